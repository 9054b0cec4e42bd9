//! Trees of brackets as texts again, in normal form.

use super::parse::{Element, Kind, Member, Segment, Separator, Token, closing};

/// What is not known. Beside something that is, it goes without saying.
const UNKNOWN: &str = "Unknown";

/// What editors' servers put before a definition, in parentheses.
const LABELS: &[&str] = &[
    "ParamSpec",
    "TypeVar",
    "TypeVarTuple",
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
    "param",
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
    let mut label = String::new();
    while let [element] = elements.as_mut_slice() {
        if let Some(overloads) = overloads(element) {
            return overloads;
        }
        if let Some(name) = class_statement(element) {
            return type_of(&name);
        }
        if let Some(found) = drop_label(element) {
            label = found;
            continue;
        }
        if drop_alias(element) {
            return type_of(&list(elements));
        }
        if drop_name(element) || drop_body(element) || drop_def(element) {
            continue;
        }
        match unwrap(elements.remove(0)) {
            Ok(inner) => elements = vec![inner],
            Err(element) => {
                return match label.as_str() {
                    "module" if lone_name(&element) => format!("Module[{}]", print(element)),
                    "class" | "type" if lone_name(&element) => type_of(&print(element)),
                    "class" if let Some(class) = called(&element) => type_of(class),
                    "property" => result(element),
                    _ => print(element),
                };
            }
        }
    }
    list(elements)
}

/// `type[…]` with what a class object's type says of it.
fn type_of(class: &str) -> String {
    format!("type[{class}]")
}

/// What is read from a property: the last result of its signature.
fn result(mut element: Element) -> String {
    if element.separators.as_slice() == [Separator::Arrow]
        && let Some(result) = element.segments.pop()
    {
        return union(result, false);
    }
    print(element)
}

/// `class C(x: int): ...`, perhaps more than once: the class.
fn class_statement(element: &Element) -> Option<String> {
    match element.segments[0].as_slice() {
        [member] => match member.as_slice() {
            [Token { kind: Kind::Word(keyword), .. }, Token { kind: Kind::Word(name), .. }, ..]
                if keyword == "class" =>
            {
                Some(name.clone())
            }
            _ => None,
        },
        _ => None,
    }
}

/// `def f(…) -> …: ... def f(…) -> …: ...`, as some engines list overloads, as one `Overload[…, …]`.
fn overloads(element: &mut Element) -> Option<String> {
    let starts = |segment: &Segment| {
        let member = segment.last()?;
        let is = |token: &Token, word: &str| matches!(&token.kind, Kind::Word(found) if found == word);
        member.windows(2).position(|pair| is(&pair[0], "...") && is(&pair[1], "def"))
    };
    element.segments.iter().skip(1).find_map(starts)?;
    let mut rest = std::mem::take(element);
    let mut variants = Vec::new();
    while let Some(before) = rest.segments.iter().skip(1).position(|segment| starts(segment).is_some()) {
        let at = before + 1;
        let start = starts(&rest.segments[at])?;
        let mut tail = rest.segments.split_off(at);
        let mut separators = rest.separators.split_off(at);
        rest.separators.pop();
        // What is left begins with its `def`.
        tail[0].last_mut()?.drain(..=start);
        variants.push(std::mem::take(&mut rest));
        rest = Element { segments: std::mem::take(&mut tail), separators: std::mem::take(&mut separators) };
    }
    variants.push(rest);
    let variants = variants.into_iter().map(|mut variant| {
        while drop_label(&mut variant).is_some() || drop_body(&mut variant) || drop_def(&mut variant) {}
        let member = first_member(&mut variant);
        if matches!(
            member.as_slice(),
            [Token { kind: Kind::Word(_), .. }, Token { kind: Kind::Group(..), .. }, ..]
        ) {
            member.remove(0);
        }
        print(variant)
    });
    Some(format!("Overload[{}]", variants.collect::<Vec<_>>().join(", ")))
}

/// What is called in `Box(size: int) -> Box`.
fn called(element: &Element) -> Option<&str> {
    match element.segments[0].last()?.as_slice() {
        [Token { kind: Kind::Word(name), .. }, Token { kind: Kind::Group('(', _), .. }]
            if element.separators.as_slice() == [Separator::Arrow] =>
        {
            Some(name)
        }
        _ => None,
    }
}

fn lone_name(element: &Element) -> bool {
    element.separators.is_empty()
        && matches!(element.segments[0].as_slice(), [member]
            if matches!(member.as_slice(), [Token { kind: Kind::Word(_), .. }]))
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

/// `(function) …` → `…`; the label, if there was one.
fn drop_label(element: &mut Element) -> Option<String> {
    let member = first_member(element);
    let [Token { kind: Kind::Group('(', inside), .. }, next, ..] = member.as_slice() else { return None };
    let [only] = inside.as_slice() else { return None };
    let [words] = only.segments[0].as_slice() else { return None };
    let label = label(words).filter(|_| only.separators.is_empty())?;
    let is_type = matches!(next.kind, Kind::Word(_) | Kind::Mark('<'))
        || (matches!(label.as_str(), "ParamSpec" | "TypeVarTuple") && matches!(next.kind, Kind::Mark('*')));
    if !is_type {
        return None;
    }
    member.remove(0);
    Some(label)
}

fn label(member: &Member) -> Option<String> {
    let words: Option<Vec<&str>> = member
        .iter()
        .map(|token| match &token.kind {
            Kind::Word(word) => Some(word.as_str()),
            _ => None,
        })
        .collect();
    words.map(|words| words.join(" ")).filter(|words| LABELS.contains(&words.as_str()))
}

/// `Name = …`, as type aliases are shown, → `…`
fn drop_alias(element: &mut Element) -> bool {
    let found = element.separators.as_slice() == [Separator::Equals]
        && matches!(element.segments[0].as_slice(), [name] if matches!(name.as_slice(),
            [Token { kind: Kind::Word(_), .. }]))
        && !is_empty(&element.segments[1]);
    if found {
        element.segments.remove(0);
        element.separators.clear();
    }
    found
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
        // zuban's `def [T] f(x: T) -> T`, and `def (x: int) -> str` of what has no name.
        ("def", ..) if member.len() > 2 && is_group(member.get(1), '[') => 2,
        ("def", ..) if is_group(member.get(1), '(') => 1,
        _ => 0,
    };
    member.drain(..count);
    count > 0
}

fn is_group(token: Option<&Token>, open: char) -> bool {
    matches!(token, Some(Token { kind: Kind::Group(found, _), .. }) if *found == open)
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
    for (index, mut segment) in segments.into_iter().enumerate() {
        let parameters = separators.get(index) == Some(&Separator::Arrow);
        if parameters && let Some(member) = segment.last_mut() {
            signature(member);
        }
        let result = index.checked_sub(1).is_some_and(|before| separators[before] == Separator::Arrow);
        if result {
            unwrap_coroutine(&mut segment);
        }
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

/// `f[T](self, x: Unknown = 3)` → `f(x = ...)`, where an arrow follows.
fn signature(member: &mut Member) {
    if !is_group(member.last(), '(') {
        return;
    }
    let before = member.len() - 1;
    if before > 0 && is_group(member.get(before - 1), '[') {
        member.remove(before - 1);
        if let [only] = member.as_mut_slice() {
            only.spaced = false;
        }
    }
    let Some(Token { kind: Kind::Group(_, parameters), .. }) = member.last_mut() else { return };
    let named = |parameter: &Element, names: &[&str]| {
        matches!(parameter.segments[0].as_slice(), [member] if matches!(member.as_slice(),
            [Token { kind: Kind::Word(word), .. }] if names.contains(&word.as_str())))
    };
    let bound = parameters
        .first()
        .is_some_and(|first| named(first, &["self", "cls"]) && !first.separators.contains(&Separator::Arrow));
    if bound {
        parameters.remove(0);
        let slash = parameters.first().is_some_and(|first| {
            first.separators.is_empty()
                && matches!(first.segments[0].as_slice(), [member] if matches!(member.as_slice(),
                    [Token { kind: Kind::Mark('/'), .. }]))
        });
        if slash {
            parameters.remove(0);
        }
        // What is left of `(self,)`.
        if let [only] = parameters.as_slice()
            && only.separators.is_empty()
            && is_empty(&only.segments[0])
        {
            parameters.clear();
        }
    }
    for parameter in parameters {
        if parameter.separators.last() == Some(&Separator::Equals)
            && let Some(default) = parameter.segments.last_mut()
        {
            *default = vec![vec![Token { kind: Kind::Word("...".to_owned()), spaced: false }]];
        }
        let unknown = parameter.separators.first() == Some(&Separator::Colon)
            && parameter.separators.get(1).is_none_or(|next| *next == Separator::Equals)
            && is_word(&parameter.segments[1], &[UNKNOWN, "Divergent"]);
        if unknown {
            parameter.segments.remove(1);
            parameter.separators.remove(0);
        }
    }
}

/// `CoroutineType[Any, Any, int]` as a whole result → `int`
fn unwrap_coroutine(segment: &mut Segment) {
    let [member] = segment.as_mut_slice() else { return };
    let [Token { kind: Kind::Word(word), .. }, Token { kind: Kind::Group('[', inside), .. }] =
        member.as_mut_slice()
    else {
        return;
    };
    if !matches!(word.as_str(), "CoroutineType" | "Coroutine") || inside.len() != 3 {
        return;
    }
    if inside[2].separators.is_empty()
        && let Some(value) = inside.pop().and_then(|mut value| value.segments.pop())
    {
        *segment = value;
    }
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
    if members.len() > 1 {
        members.retain(|member| member != UNKNOWN);
    }
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
            [Token { kind: Kind::Word(word), .. }, Token { kind: Kind::Group('[', inside), .. }]
                if matches!(word.as_str(), "Optional" | "Union" | "type" | "Type")
                    && inside.iter().all(|element| element.separators.is_empty()) =>
            {
                let mut inner: Segment = std::mem::take(inside)
                    .into_iter()
                    .flat_map(|mut element| element.segments.remove(0))
                    .collect();
                if word == "Optional" {
                    inner.push(vec![Token { kind: Kind::Word("None".to_owned()), spaced: false }]);
                }
                if word == "Optional" || word == "Union" {
                    collect(inner, false, literals, members);
                } else {
                    classes(inner, members);
                }
            }
            _ => members.push(tokens(member)),
        }
    }
}

/// `type[A | B]` → `type[A] | type[B]`; what stands for any argument, as in `type[list[_T]]`, goes.
fn classes(inner: Segment, members: &mut Vec<String>) {
    let (mut inner_literals, mut inner_members) = (Vec::new(), Vec::new());
    collect(inner, false, &mut inner_literals, &mut inner_members);
    if !inner_literals.is_empty() {
        inner_members.push(format!("Literal[{}]", inner_literals.join(", ")));
    }
    members.extend(inner_members.iter().map(|member| {
        let bare = member.strip_suffix(']').and_then(|open| open.split_once('[')).filter(|(_, arguments)| {
            arguments.split(", ").all(|argument| {
                let letters = argument.trim_start_matches('_');
                (argument.starts_with('_') || letters.len() == 1)
                    && letters.starts_with(|c: char| c.is_ascii_uppercase())
                    && letters.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'_')
            })
        });
        let class = bare.map_or(member.as_str(), |(class, _)| class);
        type_of(TYPING.iter().find(|(name, _)| *name == class).map_or(class, |(_, builtin)| builtin))
    }));
}

/// What `<class 'a.C'>`, `<module 'a.b'>` and the like mean, and `Module("b")`.
fn object(member: &[Token]) -> Option<String> {
    let word = |index: usize| match member.get(index).map(|token| &token.kind) {
        Some(Kind::Word(word)) => word.as_str(),
        _ => "",
    };
    if let [Token { kind: Kind::Word(module), .. }, Token { kind: Kind::Group('(', inside), .. }] = member {
        let [only] = inside.as_slice() else { return None };
        let [name] = only.segments[0].as_slice() else { return None };
        return match name.as_slice() {
            [Token { kind: Kind::Text(_, name), .. }] if module == "Module" => {
                Some(format!("Module[{}]", name.rsplit('.').next().unwrap_or(name)))
            }
            _ => None,
        };
    }
    let [Token { kind: Kind::Mark('<'), .. }, .., text, Token { kind: Kind::Mark('>'), .. }] = member else {
        return None;
    };
    let Kind::Text(_, text) = &text.kind else { return None };
    let plain = text.replace("\\'", "'");
    match (word(1), member.len()) {
        ("module", 4) => Some(format!("Module[{}]", plain.rsplit('.').next().unwrap_or(&plain))),
        ("class", 4) => Some(type_of(&plain)),
        // `special-form`, whose hyphen is a mark; `UnionType special-form` and others.
        (_, length) if length > 5 && word(length - 3) == "form" => {
            let name = if plain.contains(['[', '|', ' ']) { &plain } else { plain.rsplit('.').next()? };
            Some(type_of(name))
        }
        _ => None,
    }
}

/// Names under which `typing` has what is built in, where they are subscripted.
const TYPING: &[(&str, &str)] = &[
    ("DefaultDict", "defaultdict"),
    ("Deque", "deque"),
    ("Dict", "dict"),
    ("FrozenSet", "frozenset"),
    ("List", "list"),
    ("Set", "set"),
    ("Tuple", "tuple"),
    ("Type", "type"),
];

fn tokens(mut member: Member) -> String {
    if let Some(object) = object(&member) {
        return object;
    }
    for at in 1..member.len() {
        if matches!(member[at], Token { kind: Kind::Group('[', _), .. })
            && let Kind::Word(word) = &mut member[at - 1].kind
            && let Some((_, builtin)) = TYPING.iter().find(|(name, _)| name == word)
        {
            (*builtin).clone_into(word);
        }
    }
    if let [Token { kind: Kind::Mark('@'), .. }, Token { kind: Kind::Word(todo), .. }, ..] = member.as_slice()
        && todo == "Todo"
    {
        return UNKNOWN.to_owned();
    }
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

/// The normal form with classes in the place of literals.
pub(super) fn widened(elements: Vec<Element>) -> String {
    list(elements.into_iter().map(widened_element).collect())
}

fn widened_element(mut element: Element) -> Element {
    for (index, segment) in element.segments.iter_mut().enumerate() {
        if element.separators.get(index) == Some(&Separator::Arrow)
            && let [member] = segment.as_mut_slice()
        {
            nameless(member);
        }
    }
    let segments = element.segments.into_iter().map(|segment| {
        let members =
            segment.into_iter().map(without_exclusions).flat_map(|member| match member.as_slice() {
                [Token { kind: Kind::Word(word), .. }, Token { kind: Kind::Group('[', values), .. }]
                    if word == "Literal" =>
                {
                    values.iter().map(|value| vec![class_of(value)]).collect::<Vec<_>>()
                }
                _ => vec![member.into_iter().map(widened_token).collect()],
            });
        members.collect()
    });
    Element { segments: segments.collect(), separators: element.separators }
}

/// `f(int, /)` → `(int)`, `f(*args: Any, **kwargs: Any)` → `(...)`: a callable for what it takes and gives back. Whether a
/// function's name is told depends on how one came by it.
fn nameless(member: &mut Member) {
    let Some(Token { kind: Kind::Group('(', parameters), .. }) = member.last_mut() else { return };
    let is = |element: &Element, mark: char, count: usize| {
        matches!(element.segments[0].as_slice(), [member] if member.len() == count
            && member.iter().take(count.max(2) - 1).all(|token| matches!(token.kind, Kind::Mark(found) if found == mark)))
    };
    let plain = |element: &Element| element.separators.is_empty();
    if let [before @ .., last] = parameters.as_slice()
        && plain(last)
        && is(last, '/', 1)
        && before.iter().all(plain)
    {
        parameters.pop();
    }
    let takes_all = |element: &Element, stars: usize| {
        is(element, '*', stars + 1)
            && !element.separators.contains(&Separator::Equals)
            && element.segments.get(1).is_none_or(|ty| is_word(ty, &["Any", UNKNOWN]))
    };
    if let [args, kwargs] = parameters.as_slice()
        && takes_all(args, 1)
        && takes_all(kwargs, 2)
    {
        let dots = Token { kind: Kind::Word("...".to_owned()), spaced: false };
        *parameters = vec![Element { segments: vec![vec![vec![dots]]], separators: Vec::new() }];
    }
    if let Some(mut group) = member.pop() {
        group.spaced = false;
        *member = vec![group];
    }
}

/// `A & ~B` → `A`: what an intersection excludes, and what it adds to nothing known, only some engines can say.
fn without_exclusions(mut member: Member) -> Member {
    let is_mark = |token: &Token, mark: char| matches!(token.kind, Kind::Mark(found) if found == mark);
    // `float*`: ty's mark for a number that may be an `int` as well.
    if member.len() > 1 && member.last().is_some_and(|last| is_mark(last, '*')) {
        member.pop();
    }
    if !member.iter().any(|token| is_mark(token, '&')) {
        return member;
    }
    let parts: Vec<&[Token]> = member.split(|token| is_mark(token, '&')).collect();
    let says_nothing = |part: &&[Token]| {
        part.first().is_some_and(|first| is_mark(first, '~'))
            || matches!(part, [Token { kind: Kind::Word(word), .. }]
                if matches!(word.as_str(), UNKNOWN | "AlwaysTruthy" | "AlwaysFalsy"))
    };
    let kept: Vec<&[Token]> = parts.iter().copied().filter(|part| !says_nothing(part)).collect();
    match kept.as_slice() {
        [] => vec![Token { kind: Kind::Word(UNKNOWN.to_owned()), spaced: false }],
        kept => kept.join(&Token { kind: Kind::Mark('&'), spaced: true }),
    }
}

fn widened_token(token: Token) -> Token {
    let kind = match token.kind {
        Kind::Group(open, inside) => Kind::Group(open, inside.into_iter().map(widened_element).collect()),
        Kind::Word(word) if word == "LiteralString" => Kind::Word("str".to_owned()),
        kind => kind,
    };
    Token { kind, ..token }
}

/// The widened form with `Unknown` in the place of `Any`, and `Never` in that of `NoReturn`.
pub(super) fn loosened(elements: Vec<Element>) -> String {
    list(elements.into_iter().map(loosened_element).collect())
}

fn loosened_element(element: Element) -> Element {
    let member = |member: Member| member.into_iter().map(loosened_token).collect();
    let segment = |segment: Segment| segment.into_iter().map(member).collect();
    Element { segments: element.segments.into_iter().map(segment).collect(), ..element }
}

fn loosened_token(token: Token) -> Token {
    let kind = match token.kind {
        Kind::Group(open, inside) => Kind::Group(open, inside.into_iter().map(loosened_element).collect()),
        Kind::Word(word) if word == "Any" => Kind::Word(UNKNOWN.to_owned()),
        Kind::Word(word) if word == "NoReturn" => Kind::Word("Never".to_owned()),
        kind => kind,
    };
    Token { kind, ..token }
}

/// The class of a literal.
fn class_of(value: &Element) -> Token {
    let token = value.segments[0].first().and_then(|member| member.last());
    let class = match token.map(|token| &token.kind) {
        Some(Kind::Text(prefix, _)) if prefix.contains(['b', 'B']) => "bytes",
        Some(Kind::Text(..)) => "str",
        Some(Kind::Word(word)) if word == "True" || word == "False" => "bool",
        Some(Kind::Word(word)) if word == "None" => "None",
        Some(Kind::Word(word)) if word.starts_with(|c: char| c.is_ascii_digit()) => "int",
        Some(Kind::Word(word)) => word.rsplit_once('.').map_or(word.as_str(), |(owner, _)| owner),
        _ => UNKNOWN,
    };
    Token { kind: Kind::Word(class.to_owned()), spaced: false }
}

/// Whether a segment is nothing but one of these words.
fn is_word(segment: &Segment, words: &[&str]) -> bool {
    matches!(segment.as_slice(), [member] if matches!(member.as_slice(),
        [Token { kind: Kind::Word(word), .. }] if words.contains(&word.as_str())))
}

fn is_empty(segment: &Segment) -> bool {
    segment.iter().all(Vec::is_empty)
}
