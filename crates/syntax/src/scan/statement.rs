//! One import statement, read from the text.

use compact_str::CompactString;
use staniel_facts::{Contexts, Import, ModuleName, Span};

use super::token::identifier;

/// What [`parse`] made of a statement.
pub(crate) struct Parsed {
    /// One for each name.
    pub(crate) imports: Vec<Import>,
    /// The byte behind the last thing that was understood.
    pub(crate) end: usize,
    /// Whether a whole statement was read, and nothing but its end follows.
    pub(super) complete: bool,
    /// Whether the text breaks off, but on a later line than the one it begins on.
    pub(super) torn: bool,
}

/// Whether `word` is reserved. `async` and `await` are not, since old code does import them.
pub(crate) fn is_keyword(word: &str) -> bool {
    matches!(
        word,
        "False"
            | "None"
            | "True"
            | "and"
            | "as"
            | "assert"
            | "break"
            | "class"
            | "continue"
            | "def"
            | "del"
            | "elif"
            | "else"
            | "except"
            | "finally"
            | "for"
            | "from"
            | "global"
            | "if"
            | "import"
            | "in"
            | "is"
            | "lambda"
            | "nonlocal"
            | "not"
            | "or"
            | "pass"
            | "raise"
            | "return"
            | "try"
            | "while"
            | "with"
            | "yield"
    )
}

/// Whether `word` cannot begin a line between brackets: if it does, a bracket was never closed.
pub(crate) fn begins_statement(word: &[u8]) -> bool {
    matches!(
        word,
        b"assert"
            | b"break"
            | b"class"
            | b"continue"
            | b"def"
            | b"del"
            | b"elif"
            | b"except"
            | b"finally"
            | b"global"
            | b"import"
            | b"nonlocal"
            | b"pass"
            | b"raise"
            | b"return"
            | b"try"
            | b"while"
            | b"with"
    )
}

/// Whether `word` is an identifier or a keyword.
pub(super) fn is_name(word: &str) -> bool {
    word.chars().all(is_name_character) && begins_name(word)
}

fn begins_name(word: &str) -> bool {
    word.starts_with(|first: char| first == '_' || unicode_ident::is_xid_start(first))
}

/// Whether the `word` at byte `at` can only be the beginning of a statement: nothing between brackets begins like it.
pub(super) fn begins_at(text: &str, at: usize, word: &[u8]) -> bool {
    let follows = |words: [&str; 2]| {
        let mut reader = Reader { text, at: at + word.len(), inside: false };
        reader.word().is_some_and(|next| words.contains(&next))
    };
    match word {
        b"from" => {
            let parsed = parse(text, at, at, Contexts::empty());
            parsed.complete || parsed.torn
        }
        b"lazy" => follows(["import", "from"]),
        b"async" => follows(["def", "with"]),
        _ => begins_statement(word),
    }
}

/// Reads the statement whose keyword stands at byte `start`, and which begins at byte `from`, before that if it is
/// lazy. Where the text breaks off, the names on the lines before are kept: those on the same line may belong to the
/// next statement.
pub(crate) fn parse(text: &str, start: usize, from: usize, contexts: Contexts) -> Parsed {
    let mut reader = Reader { text, at: start, inside: false };
    let mut imports = Vec::new();
    let end = match reader.word() {
        Some("import") => reader.modules(contexts, &mut imports),
        Some("from") => reader.members(contexts, &mut imports),
        _ => None,
    };
    let complete = end.is_some_and(|_| reader.at_end());
    let mut torn = false;
    if !complete {
        let newline = text[start..reader.at].rfind(['\n', '\r']);
        torn = newline.is_some();
        if let Some(newline) = newline {
            imports.retain(|import| (import.name.end as usize) <= start + newline);
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
            member(identifier(name), alias, span);
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
        Some(Some((identifier(name), self.at)))
    }

    fn dotted(&mut self) -> Option<Dotted> {
        self.skip();
        let start = self.at;
        let mut name = identifier(self.name()?);
        let mut end = self.at;
        while self.eat(b'.') {
            name.push('.');
            name.push_str(&identifier(self.name()?));
            end = self.at;
        }
        Some(Dotted { name, span: Span::new(start, end) })
    }

    fn name(&mut self) -> Option<&'t str> {
        let before = self.at;
        let word = self.word()?;
        if is_keyword(word) || !begins_name(word) {
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
                b'\\' if bytes[self.at..].starts_with(b"\\\r\n") => self.at += 3,
                b'\\' if matches!(bytes.get(self.at + 1), Some(b'\n' | b'\r')) => self.at += 2,
                _ => return,
            }
        }
    }
}

/// Whether `character` can stand in an identifier.
fn is_name_character(character: char) -> bool {
    character == '_' || unicode_ident::is_xid_continue(character)
}
