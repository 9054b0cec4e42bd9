//! Type texts as trees of brackets.

use std::collections::HashMap;

/// How many brackets inside each other are looked into. More than any type that people write; little
/// enough for any stack.
pub(super) const DEPTH: usize = 64;

/// How far behind an `@` the line and column of a path are looked for, in bytes.
const PATH_LIMIT: usize = 1024;

/// What stands between two commas: segments with separators between them.
#[derive(Clone, Debug, Default)]
pub(super) struct Element {
    /// One more than there are separators.
    pub(super) segments: Vec<Segment>,
    pub(super) separators: Vec<Separator>,
}

/// The members of a union; one, if it is none.
pub(super) type Segment = Vec<Member>;

/// What stands between two `|`.
pub(super) type Member = Vec<Token>;

/// What binds more weakly than `|`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Separator {
    Colon,
    Equals,
    Arrow,
}

#[derive(Clone, Debug)]
pub(super) struct Token {
    pub(super) kind: Kind,
    /// Whether white space stands before it.
    pub(super) spaced: bool,
}

#[derive(Clone, Debug)]
pub(super) enum Kind {
    /// A name without its qualifiers, a number, or dots.
    Word(String),
    /// A string literal: its prefix, and its content with only backslashes and `'` escaped.
    Text(String, String),
    /// Brackets with what is in them.
    Group(char, Vec<Element>),
    /// Any other character.
    Mark(char),
}

/// Reads `text`, whose white space is collapsed. `None` where brackets or quotes do not match, or go too deep.
pub(super) fn parse(text: &str) -> Option<Vec<Element>> {
    Parser { rest: text, namesakes: &mut HashMap::new(), literal: false }.all(0)
}

/// Which places each name was seen with: the ordinal of a place is its index plus one.
type Namesakes = HashMap<String, Vec<String>>;

struct Parser<'t, 'n> {
    rest: &'t str,
    namesakes: &'n mut Namesakes,
    /// Between the brackets of a `Literal`, where `Color.RED` is a member, not a name with its module.
    literal: bool,
}

impl<'t> Parser<'t, '_> {
    fn all(mut self, depth: usize) -> Option<Vec<Element>> {
        let elements = self.elements(depth)?;
        self.rest.is_empty().then_some(elements)
    }

    /// Up to a closing bracket or the end.
    fn elements(&mut self, depth: usize) -> Option<Vec<Element>> {
        if depth > DEPTH {
            return None;
        }
        let mut elements = Vec::new();
        let mut element = Element::default();
        let mut segment = Segment::new();
        let mut member = Member::new();
        // Something was left out here: what follows must not grow together with what went before.
        let mut gap = false;
        loop {
            let spaced = self.eat(" ") || std::mem::take(&mut gap);
            let Some(next) = self.rest.chars().next() else { break };
            if matches!(next, ')' | ']' | '}') {
                break;
            }
            let separator = if self.eat("->") {
                Some(Separator::Arrow)
            } else if self.eat(":") {
                Some(Separator::Colon)
            } else if self.eat("=") {
                Some(Separator::Equals)
            } else {
                None
            };
            if let Some(separator) = separator {
                segment.push(std::mem::take(&mut member));
                element.segments.push(std::mem::take(&mut segment));
                element.separators.push(separator);
            } else if self.eat("|") {
                segment.push(std::mem::take(&mut member));
            } else if self.eat(",") {
                segment.push(std::mem::take(&mut member));
                element.segments.push(std::mem::take(&mut segment));
                elements.push(std::mem::take(&mut element));
            } else {
                self.token(&mut member, spaced, depth)?;
                if is_variance(&member) && !self.rest.trim_start().starts_with("->") {
                    member.pop();
                    gap = true;
                }
            }
        }
        segment.push(member);
        element.segments.push(segment);
        let nothing = element.separators.is_empty() && element.segments[0].iter().all(Vec::is_empty);
        // `()` has no element; `(a,)` has a second, empty one.
        if !(elements.is_empty() && nothing) {
            elements.push(element);
        }
        Some(elements)
    }

    fn token(&mut self, member: &mut Member, spaced: bool, depth: usize) -> Option<()> {
        let next = self.rest.chars().next()?;
        if is_word(next) {
            self.word(member, spaced);
            return Some(());
        }
        self.rest = &self.rest[next.len_utf8()..];
        let kind = match next {
            '(' | '[' | '{' => {
                let around = self.literal;
                self.literal =
                    matches!(member.last(), Some(Token { kind: Kind::Word(word), .. }) if word == "Literal");
                let elements = self.elements(depth + 1)?;
                self.literal = around;
                self.eat(closing(next)).then_some(())?;
                Kind::Group(next, elements)
            }
            '\'' | '"' => {
                let content = self.string(next)?;
                match member.as_slice() {
                    [.., Token { kind: Kind::Mark('<'), .. }, Token { kind: Kind::Word(word), .. }]
                        if word == "class" =>
                    {
                        Kind::Text(String::new(), self.inner(&content, depth))
                    }
                    [.., Token { kind: Kind::Word(word), .. }] if !spaced && is_prefix(word) => {
                        let prefix = word.clone();
                        member.last_mut()?.kind = Kind::Text(prefix, content);
                        return Some(());
                    }
                    _ => Kind::Text(String::new(), content),
                }
            }
            mark => Kind::Mark(mark),
        };
        member.push(Token { kind, spaced });
        Some(())
    }

    /// A word with what belongs to it: its qualifiers, an `@Scope`, a place.
    fn word(&mut self, member: &mut Member, mut spaced: bool) {
        let end = self.rest.find(|c| !is_word(c)).unwrap_or(self.rest.len());
        let (whole, rest) = self.rest.split_at(end);
        self.rest = rest;
        if whole.starts_with('.')
            && !spaced
            && matches!(member.last(), Some(Token { kind: Kind::Group(..), .. }))
            && whole.contains(|c| c != '.')
        {
            spaced = drop_owner(member);
        }
        let mut word = if self.literal { enum_member(whole) } else { unqualified(whole) }.to_owned();
        while let Some(scope) = self.rest.strip_prefix('@').filter(|scope| scope.starts_with(is_name)) {
            self.rest = scope.trim_start_matches(is_name);
            // The scope of `Self` has its own arguments: `Self@Box[T@Box]`.
            if word == "Self"
                && let Some(arguments) = self.rest.strip_prefix('[')
                && let Some(end) = end_of_brackets(arguments)
            {
                self.rest = &arguments[end..];
            }
        }
        // ty's name for a type variable of a callable that is returned.
        if let Some(rest) = self.rest.strip_prefix("'return").filter(|rest| !rest.starts_with(is_name)) {
            self.rest = rest;
        }
        if let Some((place, rest)) = self.rest.strip_prefix(" @ ").and_then(split_place) {
            self.rest = rest;
            let places = self.namesakes.entry(word.clone()).or_default();
            let index = places.iter().position(|known| known == place).unwrap_or_else(|| {
                places.push(place.to_owned());
                places.len() - 1
            });
            word = format!("{word}#{}", index + 1);
        }
        if matches!(word.as_str(), "Divergent" | "UnspecializedTypeVar") {
            "Unknown".clone_into(&mut word);
        }
        member.push(Token { kind: Kind::Word(word), spaced });
    }

    /// The rest of a string literal, behind its opening quote.
    fn string(&mut self, quote: char) -> Option<String> {
        let mut content = String::new();
        let mut characters = self.rest.char_indices();
        while let Some((at, character)) = characters.next() {
            match character {
                _ if character == quote => {
                    self.rest = &self.rest[at + 1..];
                    return Some(content);
                }
                '\\' => match characters.next()?.1 {
                    '"' => content.push('"'),
                    other => content.extend(['\\', other]),
                },
                '\'' => content.push_str("\\'"),
                other => content.push(other),
            }
        }
        None
    }

    /// The normal form of the type in `<class '…'>`.
    fn inner(&mut self, content: &str, depth: usize) -> String {
        let plain = content.replace("\\'", "'");
        let inner = Parser { rest: plain.trim(), namesakes: self.namesakes, literal: false };
        match inner.all(depth + 1).map(super::form::list) {
            // Quotes within quotes within quotes are nobody's type.
            Some(form) if !form.contains('\\') => form.replace('\'', "\\'"),
            _ => content.to_owned(),
        }
    }

    fn eat(&mut self, start: &str) -> bool {
        self.rest.strip_prefix(start).map(|rest| self.rest = rest).is_some()
    }
}

/// Takes `Box[int]` away, of which `.get` was just found; whether white space stood before it.
fn drop_owner(member: &mut Member) -> bool {
    let mut spaced = false;
    while let Some(Token { kind: Kind::Group(..) | Kind::Word(_), .. }) = member.last() {
        let Some(token) = member.pop() else { break };
        spaced = token.spaced;
        if spaced || matches!(token.kind, Kind::Word(_)) {
            break;
        }
    }
    spaced
}

/// `a.b.C` → `C`. Numbers and dots stay, and `P.args`, whose owner is no module.
fn unqualified(word: &str) -> &str {
    if word.starts_with(|c: char| c.is_ascii_digit()) {
        return word;
    }
    match word.rsplit_once('.') {
        None | Some((_, "")) => word,
        Some((owner, "args" | "kwargs")) => {
            let from = owner.rfind('.').map_or(0, |dot| dot + 1);
            if from == owner.len() { &word[from + 1..] } else { &word[from..] }
        }
        Some((_, name)) => name,
    }
}

/// `a.b.Color.RED` → `Color.RED`
fn enum_member(word: &str) -> &str {
    let mut dots = word.rmatch_indices('.').map(|(at, _)| at);
    match (dots.next(), dots.next()) {
        (Some(_), Some(before)) if !word.starts_with(|c: char| c.is_ascii_digit()) => &word[before + 1..],
        _ => word,
    }
}

/// Behind the bracket that closes one which was opened before `text`.
fn end_of_brackets(text: &str) -> Option<usize> {
    let mut depth = 1_usize;
    text.bytes()
        .position(|byte| {
            match byte {
                b'[' => depth += 1,
                b']' => depth -= 1,
                _ => {}
            }
            depth == 0
        })
        .map(|at| at + 1)
}

/// Splits `path:line:column` from what follows.
fn split_place(text: &str) -> Option<(&str, &str)> {
    let mut limit = PATH_LIMIT.min(text.len());
    while !text.is_char_boundary(limit) {
        limit -= 1;
    }
    let limit = text[..limit].find(['|', '\'', '"']).unwrap_or(limit);
    let digits = |from: usize| text[from..].bytes().take_while(u8::is_ascii_digit).count();
    for (colon, _) in text[..limit].match_indices(':') {
        let line = digits(colon + 1);
        let second = colon + 1 + line;
        if line > 0 && text[second..].starts_with(':') {
            let column = digits(second + 1);
            if column > 0 {
                return Some(text.split_at(second + 1 + column));
            }
        }
    }
    None
}

pub(super) fn closing(open: char) -> &'static str {
    match open {
        '(' => ")",
        '[' => "]",
        _ => "}",
    }
}

/// Whether a word directly before a quote belongs to the string.
fn is_prefix(word: &str) -> bool {
    word.len() <= 2 && word.chars().all(|letter| "bBrRuUfFtT".contains(letter))
}

/// Whether `(invariant)` was just read, behind something and a space.
fn is_variance(member: &Member) -> bool {
    let [_, .., Token { kind: Kind::Group('(', inside), spaced: true }] = member.as_slice() else {
        return false;
    };
    let [only] = inside.as_slice() else { return false };
    only.separators.is_empty()
        && matches!(only.segments[0].as_slice(), [words] if matches!(words.as_slice(),
            [Token { kind: Kind::Word(word), .. }] if word == "invariant"))
}

fn is_name(character: char) -> bool {
    character == '_' || character.is_alphanumeric()
}

fn is_word(character: char) -> bool {
    is_name(character) || matches!(character, '.' | '#')
}
