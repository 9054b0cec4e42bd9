//! One import statement, read from the text.

use compact_str::CompactString;
use staniel_facts::{Contexts, Import, ModuleName, Span};

/// What [`parse`] made of a statement.
pub(super) struct Parsed {
    /// One for each name.
    pub(super) imports: Vec<Import>,
    /// The byte behind the last thing that was understood.
    pub(super) end: usize,
    /// Whether a whole statement was read, and nothing but its end follows.
    pub(super) complete: bool,
    /// Whether the text breaks off, but on a later line than the one it begins on.
    pub(super) torn: bool,
}

/// What stands before an import statement on its logical line.
#[derive(Clone, Copy)]
pub(super) enum Before {
    /// Nothing, or another statement and `;`, or the `:` of a block on the same line.
    Nothing,
    /// The soft keyword `lazy`, at this byte.
    Lazy(usize),
}

/// Words that are no names. Without `async` and `await`, which old code does import.
const KEYWORDS: [&str; 33] = [
    "False", "None", "True", "and", "as", "assert", "break", "class", "continue", "def", "del", "elif",
    "else", "except", "finally", "for", "from", "global", "if", "import", "in", "is", "lambda", "nonlocal",
    "not", "or", "pass", "raise", "return", "try", "while", "with", "yield",
];

/// Whether the word at byte `at` is `import` or `from`.
pub(super) fn keyword_at(text: &str, at: usize) -> bool {
    // A token may be one byte of a longer character where the text is broken.
    text.get(at..)
        .is_some_and(|_| matches!(Reader { text, at, inside: false }.word(), Some("import" | "from")))
}

/// What precedes the statement at byte `start`; `None` where that is something an import statement cannot follow.
/// A text that parsed needs no such `check`: there only `lazy` is looked for, which the grammar does not know.
pub(super) fn before(text: &str, start: usize, check: bool) -> Option<Before> {
    if !check {
        return Some(Before::Nothing);
    }
    let ahead = skip_back(&text[..start]);
    if let Some(rest) = ahead.strip_suffix("lazy")
        && begins(skip_back(rest))
        && ahead.len() < start
    {
        return Some(Before::Lazy(rest.len()));
    }
    begins(ahead).then_some(Before::Nothing)
}

/// `text` without the blanks and line continuations at its end.
fn skip_back(mut text: &str) -> &str {
    loop {
        text = text.trim_end_matches([' ', '\t', '\x0c']);
        match text.strip_suffix("\\\n").or_else(|| text.strip_suffix("\\\r\n")) {
            Some(shorter) => text = shorter,
            None => return text,
        }
    }
}

/// Whether a statement can begin behind `text`.
fn begins(text: &str) -> bool {
    matches!(text.as_bytes().last(), None | Some(b'\n' | b'\r' | b';' | b':'))
}

/// Reads the statement whose keyword stands at byte `start`. Where the text breaks off, the names on the lines
/// before are kept: those on the same line may belong to the next statement.
pub(super) fn parse(text: &str, start: usize, before: Before, contexts: Contexts) -> Parsed {
    let mut reader = Reader { text, at: start, inside: false };
    let (from, contexts) = match before {
        Before::Nothing => (start, contexts),
        Before::Lazy(at) => (at, contexts | Contexts::LAZY),
    };
    let mut imports = Vec::new();
    let end = match reader.word() {
        Some("import") => reader.modules(contexts, &mut imports),
        Some("from") => reader.members(contexts, &mut imports),
        _ => None,
    };
    let complete = end.is_some_and(|_| reader.at_end());
    let mut torn = false;
    if !complete {
        let line = text[..reader.at].rfind(['\n', '\r']).map_or(0, |newline| newline + 1);
        torn = line > start;
        if torn {
            imports.retain(|import| (import.name.end as usize) <= line);
        } else {
            imports.pop();
        }
    }
    let end = match end {
        Some(end) if complete => end,
        _ => imports.last().map_or(start, |import| import.name.end as usize),
    };
    for import in &mut imports {
        import.statement = Span::new(from, end);
    }
    Parsed { imports, end, complete, torn }
}

/// A dotted name and where it stands.
struct Dotted {
    name: CompactString,
    span: Span,
}

struct Reader<'t> {
    text: &'t str,
    at: usize,
    /// Whether a parenthesis is open: then lines do not end, and comments are skipped.
    inside: bool,
}

impl<'t> Reader<'t> {
    /// `a.b as c, d` behind `import`: gives the end of the last.
    fn modules(&mut self, contexts: Contexts, found: &mut Vec<Import>) -> Option<usize> {
        loop {
            let Dotted { name, span } = self.dotted()?;
            let alias = self.alias()?;
            let end = alias.as_ref().map_or(span.end as usize, |(_, end)| *end);
            found.push(Import {
                level: 0,
                module: ModuleName::new(name),
                symbol: None,
                alias: alias.map(|(alias, _)| alias),
                contexts,
                statement: Span::default(),
                name: span,
            });
            if !self.eat(b',') {
                return Some(end);
            }
        }
    }

    /// `..a.b import c as d, e`, `.a import *` behind `from`: gives the statement's end.
    fn members(&mut self, contexts: Contexts, found: &mut Vec<Import>) -> Option<usize> {
        let mut level = 0;
        while self.eat(b'.') {
            level += 1;
        }
        let before_module = self.at;
        let module = match self.word()? {
            "import" if level > 0 => CompactString::default(),
            _ => {
                self.at = before_module;
                let module = self.dotted()?.name;
                self.word().filter(|&word| word == "import")?;
                module
            }
        };
        let mut member = |name: CompactString, alias, span| {
            found.push(Import {
                level,
                module: ModuleName::new(module.clone()),
                symbol: Some(name),
                alias,
                contexts,
                statement: Span::default(),
                name: span,
            });
        };
        self.skip();
        let star = self.at;
        if self.eat(b'*') {
            member("*".into(), None, Span::new(star, star + 1));
            return Some(star + 1);
        }
        self.inside = self.eat(b'(');
        loop {
            self.skip();
            let start = self.at;
            let name = self.name()?;
            let mut end = self.at;
            let span = Span::new(start, end);
            let alias = self.alias()?.map(|(alias, alias_end)| {
                end = alias_end;
                alias
            });
            member(name.into(), alias, span);
            let comma = self.eat(b',');
            if self.inside {
                self.skip();
                if self.eat(b')') {
                    self.inside = false;
                    return Some(self.at);
                }
            }
            if !comma {
                return (!self.inside).then_some(end);
            }
        }
    }

    /// `as name`, if it comes next; `None` where the name is missing.
    fn alias(&mut self) -> Option<Option<(CompactString, usize)>> {
        let before = self.at;
        if self.word() != Some("as") {
            self.at = before;
            return Some(None);
        }
        let name = self.name()?;
        Some(Some((name.into(), self.at)))
    }

    fn dotted(&mut self) -> Option<Dotted> {
        self.skip();
        let start = self.at;
        let mut name = CompactString::new(self.name()?);
        let mut end = self.at;
        while self.eat(b'.') {
            name.push('.');
            name.push_str(self.name()?);
            end = self.at;
        }
        Some(Dotted { name, span: Span::new(start, end) })
    }

    fn name(&mut self) -> Option<&'t str> {
        let before = self.at;
        let word = self.word()?;
        if KEYWORDS.contains(&word) || word.starts_with(|first: char| first.is_ascii_digit()) {
            self.at = before;
            return None;
        }
        Some(word)
    }

    /// The identifier or keyword that comes next.
    fn word(&mut self) -> Option<&'t str> {
        self.skip();
        let rest = &self.text[self.at..];
        let length = rest
            .bytes()
            .position(|byte| !(byte.is_ascii_alphanumeric() || byte == b'_'))
            .filter(|&end| rest.as_bytes()[end].is_ascii())
            .unwrap_or_else(|| rest.find(|character| !is_name_character(character)).unwrap_or(rest.len()));
        self.at += length;
        (length > 0).then(|| &rest[..length])
    }

    fn eat(&mut self, byte: u8) -> bool {
        self.skip();
        let found = self.text.as_bytes().get(self.at) == Some(&byte);
        self.at += usize::from(found);
        found
    }

    fn at_end(&mut self) -> bool {
        self.skip();
        matches!(self.text.as_bytes().get(self.at), None | Some(b'\n' | b'\r' | b';' | b'#'))
    }

    /// Skips what separates tokens here.
    fn skip(&mut self) {
        let bytes = self.text.as_bytes();
        while let Some(byte) = bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\n' | b'\r' if self.inside => self.at += 1,
                b'#' if self.inside => {
                    self.at += bytes[self.at..]
                        .iter()
                        .position(|byte| matches!(byte, b'\n' | b'\r'))
                        .unwrap_or(bytes.len() - self.at);
                }
                b'\\' if bytes[self.at..].starts_with(b"\\\n") => self.at += 2,
                b'\\' if bytes[self.at..].starts_with(b"\\\r\n") => self.at += 3,
                _ => return,
            }
        }
    }
}

/// Whether `character` can stand in an identifier, near enough: combining marks count, blanks of any script and
/// the invisible characters that the grammar skips do not.
fn is_name_character(character: char) -> bool {
    character == '_'
        || character.is_alphanumeric()
        || !(character.is_ascii()
            || character.is_whitespace()
            || matches!(character, '\u{feff}' | '\u{2060}' | '\u{200b}'))
}
