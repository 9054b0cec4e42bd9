//! What the lexer makes of a statement whose inside matters.

use compact_str::CompactString;
use staniel_facts::Name;
use unicode_normalization::UnicodeNormalization as _;

/// What a token is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// An identifier or a keyword.
    Name,
    /// A number or `...`.
    Number,
    /// A whole string that has no replacement fields, from its prefix to its last quote.
    String,
    /// `(`, `[` or `{`; the beginning of an f- or t-string; the `{` of a replacement field in one.
    Open,
    /// What closes the last of those. The lexer sees to it that each has one.
    Close,
    Dot,
    Comma,
    Colon,
    /// `:=`.
    Walrus,
    /// `=`.
    Equal,
    /// `+=` and the like.
    Augment,
    Plus,
    Minus,
    Star,
    /// Other operators that bind more tightly than `+`.
    Tight,
    /// What is none of the above, or no Python.
    Other,
}

#[derive(Clone, Copy, Debug)]
pub(crate) struct Token {
    pub(crate) kind: Kind,
    /// Of an opening bracket, the index of what closes it.
    pub(crate) pair: u32,
    pub(crate) start: u32,
    pub(crate) end: u32,
}

/// Some tokens in a row, of which brackets are whole, and the text they were read from.
#[derive(Clone, Copy)]
pub(crate) struct Tokens<'t> {
    pub(crate) text: &'t str,
    /// All tokens of the statement: what `pair` counts in.
    all: &'t [Token],
    /// The first token.
    pub(crate) from: usize,
    /// The token behind the last.
    pub(crate) until: usize,
}

impl<'t> Tokens<'t> {
    pub(crate) fn new(text: &'t str, all: &'t [Token]) -> Self {
        Self { text, all, from: 0, until: all.len() }
    }

    /// The tokens from one to before another, both clamped to what there is.
    pub(crate) fn part(self, from: usize, until: usize) -> Self {
        let until = until.min(self.until);
        Self { from: from.min(until), until, ..self }
    }

    pub(crate) fn is_empty(self) -> bool {
        self.from >= self.until
    }

    /// `None` outside.
    pub(crate) fn kind(self, at: usize) -> Option<Kind> {
        (self.from..self.until).contains(&at).then(|| self.all[at].kind)
    }

    pub(crate) fn start(self, at: usize) -> usize {
        self.all[at].start as usize
    }

    pub(crate) fn end(self, at: usize) -> usize {
        self.all[at].end as usize
    }

    /// What is written from one token to before another.
    pub(crate) fn written(self) -> &'t str {
        if self.is_empty() { "" } else { &self.text[self.start(self.from)..self.end(self.until - 1)] }
    }

    /// The text of a token.
    pub(crate) fn at(self, at: usize) -> &'t str {
        &self.text[self.start(at)..self.end(at)]
    }

    /// The word at `at`, if there is one.
    pub(crate) fn word(self, at: usize) -> Option<&'t str> {
        (self.kind(at)? == Kind::Name).then(|| self.at(at))
    }

    /// The bracket that `at` opens, if it does.
    pub(crate) fn opens(self, at: usize) -> Option<&'t str> {
        (self.kind(at)? == Kind::Open).then(|| self.at(at))
    }

    /// The token behind the one at `at`, or behind the brackets that open there.
    pub(crate) fn after(self, at: usize) -> usize {
        match self.kind(at) {
            Some(Kind::Open) => self.all[at].pair as usize + 1,
            _ => at + 1,
        }
    }

    /// What stands between the brackets that open at `at`.
    pub(crate) fn inside(self, at: usize) -> Self {
        self.part(at + 1, self.after(at) - 1)
    }

    /// The first token outside of inner brackets that `is` says so of; else `until`.
    pub(crate) fn find(self, is: impl Fn(usize) -> bool) -> usize {
        let mut at = self.from;
        while at < self.until && !is(at) {
            at = self.after(at);
        }
        at.min(self.until)
    }

    /// The parts between commas outside of inner brackets. Empty parts are left out.
    pub(crate) fn split(self) -> impl Iterator<Item = Self> {
        let mut rest = self;
        std::iter::from_fn(move || {
            while !rest.is_empty() {
                let comma = rest.find(|at| rest.kind(at) == Some(Kind::Comma));
                let part = rest.part(rest.from, comma);
                rest = rest.part(comma + 1, rest.until);
                if !part.is_empty() {
                    return Some(part);
                }
            }
            None
        })
    }

    /// Whether there is a comma outside of inner brackets.
    pub(crate) fn has_comma(self) -> bool {
        self.find(|at| self.kind(at) == Some(Kind::Comma)) < self.until
    }

    /// Whether an element of a tuple, say, is over before token `at`.
    pub(crate) fn ends_part(self, at: usize) -> bool {
        matches!(self.kind(at), None | Some(Kind::Comma | Kind::Close))
    }

    /// Out of the parentheses that enclose all of it.
    pub(crate) fn plain(self) -> Self {
        let mut plain = self;
        while plain.opens(plain.from) == Some("(") && plain.after(plain.from) == plain.until {
            plain = plain.inside(plain.from);
        }
        plain
    }

    /// The only word there is.
    pub(crate) fn only_word(self) -> Option<&'t str> {
        self.word(self.from).filter(|_| self.from + 1 == self.until)
    }

    /// Where what follows an operand ends: attributes, calls, subscripts.
    pub(crate) fn trailers(self, mut at: usize) -> usize {
        loop {
            at = match self.kind(at) {
                Some(Kind::Dot) if self.kind(at + 1) == Some(Kind::Name) => at + 2,
                Some(Kind::Open) if matches!(self.at(at), "(" | "[") => self.after(at),
                _ => return at.min(self.until),
            };
        }
    }

    /// `c` of `a.b.c`, if that, whatever `a.b` is, is all there is.
    pub(crate) fn attribute(self) -> Option<&'t str> {
        let last = self.until.checked_sub(1)?;
        let name = self.word(last).filter(|_| last > self.from && self.kind(last - 1) == Some(Kind::Dot))?;
        let object = match self.kind(self.from)? {
            Kind::Name if matches!(self.at(self.from), "not" | "await" | "lambda" | "yield") => return None,
            Kind::String => self.find(|at| self.kind(at) != Some(Kind::String)),
            Kind::Name | Kind::Number | Kind::Open => self.after(self.from),
            _ => return None,
        };
        (self.trailers(object) == self.until).then_some(name)
    }

    /// The value of a string that is written down as it is: no bytes, no interpolation, no escapes. Several are
    /// joined by standing next to each other.
    pub(crate) fn literal(self) -> Option<CompactString> {
        let mut value = CompactString::default();
        for at in self.from..self.until {
            if self.kind(at) != Some(Kind::String) {
                return None;
            }
            let written = self.at(at);
            let quoted = written.trim_start_matches(|letter: char| letter.is_ascii_alphabetic());
            let prefix = &written[..written.len() - quoted.len()];
            if prefix.contains(['b', 'B', 'f', 'F', 't', 'T']) || quoted.contains('\\') {
                return None;
            }
            let quotes =
                if quoted.len() >= 6 && quoted[1..].starts_with(&quoted[..1].repeat(2)) { 3 } else { 1 };
            value.push_str(quoted.get(quotes..quoted.len() - quotes)?);
        }
        (!self.is_empty()).then_some(value)
    }
}

/// An identifier as CPython compares it: in normal form KC.
pub(crate) fn identifier(written: &str) -> Name {
    if written.is_ascii() { written.into() } else { written.nfkc().collect() }
}
