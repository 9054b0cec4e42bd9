//! Trees of brackets as texts again, in normal form.

use super::parse::{Element, Kind, Member, Segment, Separator, Token, closing};

/// What editors' servers put before a definition, in parentheses.
const LABELS: &[&str] = &[
    "async function",
    "async method",
    "attribute",
    "class",
    "constant",
    "field",
    "function",
    "import",
    "keyword",
    "method",
    "module",
    "parameter",
    "property",
    "type",
    "type alias",
    "type parameter",
    "type variable",
    "variable",
];

/// The normal form of a whole text.
pub(super) fn whole(mut elements: Vec<Element>) -> String {
    while let [element] = elements.as_mut_slice() {
        let changed = drop_label(element) || drop_name(element) || drop_body(element) || drop_def(element);
        if changed {
            continue;
        }
        match unwrap(elements.remove(0)) {
            Ok(inner) => elements = vec![inner],
            Err(element) => return print(element),
        }
    }
    list(elements)
}

/// The normal form of what stands between brackets.
pub(super) fn list(elements: Vec<Element>) -> String {
    let mut text = String::new();
    for (index, element) in elements.into_iter().enumerate() {
        let element = print(element);
        if index > 0 {
            text.push_str(if element.is_empty() { "," } else { ", " });
        }
        text.push_str(&element);
    }
    text
}

/// `(function) …` → `…`
fn drop_label(element: &mut Element) -> bool {
    let member = first_member(element);
    let [Token { kind: Kind::Group('(', inside), .. }, next, ..] = member.as_slice() else { return false };
    let labelled = matches!(inside.as_slice(), [only] if only.separators.is_empty()
        && matches!(only.segments[0].as_slice(), [words] if is_label(words)));
    let found = labelled && matches!(next.kind, Kind::Word(_) | Kind::Mark('<'));
    if found {
        member.remove(0);
    }
    found
}

fn is_label(member: &Member) -> bool {
    let words: Option<Vec<&str>> = member
        .iter()
        .map(|token| match &token.kind {
            Kind::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    words.is_some_and(|words| LABELS.contains(&words.join(" ").as_str()))
}

/// `name: …` → `…`
fn drop_name(element: &mut Element) -> bool {
    let found = element.separators.first() == Some(&Separator::Colon)
        && matches!(element.segments[0].as_slice(), [name] if matches!(name.as_slice(),
            [Token { kind: Kind::Word(_), .. }]))
        && !is_empty(&element.segments[1]);
    if found {
        element.segments.remove(0);
        element.separators.remove(0);
    }
    found
}

/// `…: ...` → `…`
fn drop_body(element: &mut Element) -> bool {
    let dots = matches!(element.segments.last().map(Vec::as_slice), Some([body])
        if matches!(body.as_slice(), [Token { kind: Kind::Word(word), .. }] if word == "..."));
    let found = dots && element.separators.last() == Some(&Separator::Colon);
    if found {
        element.segments.pop();
        element.separators.pop();
    }
    found
}

/// `def f(…)` → `f(…)`, and `bound method f(…)` likewise.
fn drop_def(element: &mut Element) -> bool {
    drop_words(first_member(element))
}

fn drop_words(member: &mut Member) -> bool {
    let word = |index: usize| match member.get(index).map(|token| &token.kind) {
        Some(Kind::Word(word)) => word.as_str(),
        _ => "",
    };
    let count = match (word(0), word(1), word(2)) {
        ("bound", "method", _) if member.len() > 2 => 2,
        ("async", "def", name) if !name.is_empty() => 2,
        ("def", name, _) if !name.is_empty() => 1,
        _ => 0,
    };
    member.drain(..count);
    count > 0
}

fn first_member(element: &mut Element) -> &mut Member {
    element.segments[0].first_mut().expect("a segment is read with at least one member")
}

/// What is in the parentheses, where they are all there is; otherwise the element again.
fn unwrap(mut element: Element) -> Result<Element, Element> {
    let alone = element.separators.is_empty()
        && matches!(element.segments[0].as_slice(), [member] if matches!(member.as_slice(),
            [Token { kind: Kind::Group('(', inside), .. }] if inside.len() == 1));
    if !alone {
        return Err(element);
    }
    match element.segments[0][0].pop() {
        Some(Token { kind: Kind::Group(_, mut inside), .. }) => Ok(inside.remove(0)),
        _ => Err(element),
    }
}

fn print(mut element: Element) -> String {
    loop {
        match unwrap(element) {
            Ok(inner) => element = inner,
            Err(same) => {
                element = same;
                break;
            }
        }
    }
    let Element { segments, separators } = element;
    let mut text = String::new();
    for (index, segment) in segments.into_iter().enumerate() {
        let parameters = separators.get(index) == Some(&Separator::Arrow);
        let segment = union(segment, parameters);
        if let Some(before) = index.checked_sub(1).map(|before| separators[before]) {
            let sign = match before {
                Separator::Colon => ":",
                Separator::Equals => "=",
                Separator::Arrow => "->",
            };
            if before != Separator::Colon && !text.is_empty() {
                text.push(' ');
            }
            text.push_str(sign);
            if !segment.is_empty() {
                text.push(' ');
            }
        }
        text.push_str(&segment);
    }
    text
}

/// The normal form of a union; `parameters` if it stands before an arrow, where parentheses have a meaning.
fn union(segment: Segment, parameters: bool) -> String {
    let keep = parameters && segment.iter().filter(|member| !member.is_empty()).count() == 1;
    let mut literals = Vec::new();
    let mut members = Vec::new();
    collect(segment, keep, &mut literals, &mut members);
    if !literals.is_empty() {
        literals.sort();
        literals.dedup();
        members.push(format!("Literal[{}]", literals.join(", ")));
    }
    members.sort();
    members.dedup();
    members.join(" | ")
}

fn collect(segment: Segment, keep: bool, literals: &mut Vec<String>, members: &mut Vec<String>) {
    for mut member in segment {
        while drop_words(&mut member) {}
        match member.as_mut_slice() {
            [] => {}
            [Token { kind: Kind::Group('(', inside), .. }]
                if !keep && matches!(inside.as_slice(), [one] if one.separators.is_empty()) =>
            {
                collect(inside.remove(0).segments.remove(0), false, literals, members);
            }
            [Token { kind: Kind::Word(word), .. }, Token { kind: Kind::Group('[', inside), .. }]
                if word == "Literal" =>
            {
                literals.extend(std::mem::take(inside).into_iter().map(print));
            }
            _ => members.push(tokens(member)),
        }
    }
}

fn tokens(member: Member) -> String {
    let mut text = String::new();
    for token in member {
        if token.spaced && !text.is_empty() {
            text.push(' ');
        }
        match token.kind {
            Kind::Word(word) => text.push_str(&word),
            Kind::Text(prefix, content) => {
                text.push_str(&prefix);
                text.push('\'');
                text.push_str(&content);
                text.push('\'');
            }
            Kind::Group(open, inside) => {
                text.push(open);
                text.push_str(&list(inside));
                text.push_str(closing(open));
            }
            Kind::Mark(mark) => text.push(mark),
        }
    }
    text
}

fn is_empty(segment: &Segment) -> bool {
    segment.iter().all(Vec::is_empty)
}
