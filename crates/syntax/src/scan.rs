//! Imports and top-level bindings, read from the text in one forward pass, without a syntax tree.
//!
//! A [`lexer`] knows where statements end and passes over most of what stands in them; what is indented under which
//! header is kept as a stack of [`blocks`]. The tokens of a statement are made only if it can import or bind: it
//! begins with the right word, or has the right word or sign somewhere. So ordinary code is read at the speed of a
//! loop over its bytes.
//!
//! Linear in the text and without recursion, whatever the text is: what is nested is kept on stacks, and a context
//! that only a later clause decides (`try`) is handed on to the imports at the end, to all at once.
//!
//! The tree that the outline is made from gives the same answers at a fraction of the speed; `oracle` does that, for
//! tests. Broken text gives what its lines say by themselves: nothing is made up, and an import is read from its own
//! text alone.

use std::ops::Range;

use staniel_facts::{Bindings, Contexts, Import};

#[cfg(test)]
mod binding_tests;
pub(crate) mod bindings;
mod blocks;
mod condition;
pub(crate) mod dunder_all;
pub(crate) mod dynamic;
mod expression;
mod found;
mod header;
#[cfg(test)]
mod import_tests;
pub(crate) mod known;
pub(crate) mod lexer;
mod mark;
pub(crate) mod statement;
mod target;
#[cfg(test)]
mod text_tests;
pub(crate) mod token;

use bindings::BindingsBuilder;
use blocks::{Blocks, Place};
use dunder_all::ALL;
use found::Found;
use known::KnownNames;
use lexer::{End, Lexer, Look};
use mark::Mark;
use token::{Kind, Tokens};

/// How many functions and classes deep a body may be that is passed over as one. Each is tried at most once, so a byte is
/// read at most so many times more.
const PASSED_DEPTH: u32 = 2;

/// All imports of a decoded text, wherever they stand, sorted by the start of their statement; and what the module binds
/// at its top level.
pub(crate) fn scan(text: &str) -> (Box<[Import]>, Bindings) {
    let mut scan = Scan {
        text,
        lexer: Lexer::new(text),
        blocks: Blocks::default(),
        body: None,
        known: KnownNames::default(),
        found: Found::default(),
        bindings: BindingsBuilder::default(),
        import: Mark::new(text, &mark::IMPORT),
        global: Mark::new(text, &mark::GLOBAL),
        dunder_all: Mark::new(text, &mark::DUNDER_ALL),
    };
    scan.run();
    let imports = scan.found.into_imports();
    let bindings = scan.bindings.finish(text, &imports);
    (imports, bindings)
}

struct Scan<'t> {
    text: &'t str,
    lexer: Lexer<'t>,
    blocks: Blocks,
    /// The column of the function or class whose body begins with the next line.
    body: Option<usize>,
    known: KnownNames,
    found: Found,
    bindings: BindingsBuilder,
    import: Mark<'t>,
    global: Mark<'t>,
    dunder_all: Mark<'t>,
}

impl<'t> Scan<'t> {
    fn run(&mut self) {
        let mut line = self.lexer.next_line();
        while let Some(column) = line {
            self.blocks.close_to(column);
            let body = self.body.take().filter(|body| column > *body);
            line = match body.and_then(|body| self.pass_body(body)) {
                Some(next) => next,
                None => {
                    self.line(column);
                    self.lexer.next_line()
                }
            };
        }
    }

    /// Passes over the body of the function or class in `column`, unless something in it matters; gives the next line
    /// behind it.
    fn pass_body(&mut self, column: usize) -> Option<Option<usize>> {
        if self.blocks.place().scopes > PASSED_DEPTH || self.known.has_alias {
            return None;
        }
        let begin = self.lexer.at;
        let limit = self.import.next(begin).min(self.global.next(begin));
        loop {
            self.lexer.read_body(column, limit);
            let next = self.lexer.next_line();
            if self.lexer.at > limit {
                self.lexer.at = begin;
                return None;
            }
            if next.is_none_or(|next| next <= column) {
                return Some(next);
            }
        }
    }

    /// Reads the statements of a logical line that begins in `column`.
    fn line(&mut self, column: usize) {
        let mut first = true;
        while self.statement(column, first) != End::Line {
            first = false;
            self.lexer.blanks();
            if self.lexer.at_line_end() {
                return;
            }
            self.body = None;
        }
    }

    fn statement(&mut self, column: usize, first: bool) -> End {
        let start = self.lexer.at;
        let word = self.lexer.word();
        let is_clause = matches!(word, b"elif" | b"else" | b"except" | b"finally");
        if first && !is_clause {
            self.blocks.close(column);
        }
        self.lexer.at += word.len();
        match word {
            b"import" | b"from" => return self.import(start, start, Contexts::empty()),
            b"lazy" => {
                self.lexer.blanks();
                if matches!(self.lexer.word(), b"import" | b"from") && self.lexer.at > start + word.len() {
                    return self.import(start, self.lexer.at, Contexts::LAZY);
                }
            }
            b"global" => return self.globals(),
            b"del" => return self.deletion(),
            _ => {
                if let Some(end) = self.compound(word, column, first) {
                    return end;
                }
            }
        }
        self.lexer.at = start;
        self.simple(&self.text[start..start + word.len()])
    }

    /// Reads the import statement that begins at byte `start` and whose first hard keyword stands at `keyword`.
    fn import(&mut self, start: usize, keyword: usize, contexts: Contexts) -> End {
        let place = self.blocks.place();
        let parsed = statement::parse(self.text, keyword, start, place.contexts | contexts);
        self.lexer.at = if parsed.complete { parsed.end } else { keyword };
        for import in parsed.imports {
            self.known.learn(&import);
            if place.scopes == 0 {
                self.bindings.import(self.found.len() as u32, &import);
            }
            self.found.push(import, place.functions);
        }
        self.lexer.read(Look::Nothing)
    }

    /// A statement without a block that begins with `word`, or with something else if that is empty.
    fn simple(&mut self, word: &'t str) -> End {
        let place = self.blocks.place();
        let start = self.lexer.at;
        if place.scopes > 0 {
            let end = self.lexer.read(Look::Nothing);
            self.passing(start..self.lexer.stop, false, place);
            return end;
        }
        let end = self.lexer.read(Look::Signs);
        let range = start..self.lexer.stop;
        let signs = self.lexer.equals + self.lexer.colons;
        let walrus = self.lexer.walrus;
        if signs == 1 && is_assignment(&self.text.as_bytes()[start + word.len()..]) && is_plain(word) {
            self.bind(word, start, place);
        } else if signs > 0 {
            self.with_tokens(range.clone(), |scan, tokens| scan.assignment(tokens, place));
        }
        self.passing(range, walrus, place);
        end
    }

    /// `global`, which matters in functions and classes.
    fn globals(&mut self) -> End {
        let start = self.lexer.at;
        let end = self.lexer.read(Look::Nothing);
        let place = self.blocks.place();
        if place.scopes > 0 {
            let class = place.class.map(|(from, until)| &self.text[from..until]);
            self.with_tokens(start..self.lexer.stop, |scan, tokens| {
                let declare = |at| scan.bindings.declare_global(tokens.at(at), tokens.start(at), class);
                if target::targets(tokens, declare) {
                    scan.bindings.all.give_up();
                }
            });
        }
        end
    }

    fn deletion(&mut self) -> End {
        let place = self.blocks.place();
        let start = self.lexer.at;
        let end = self.lexer.read(Look::Signs);
        let (range, walrus) = (start..self.lexer.stop, self.lexer.walrus);
        if place.scopes == 0 {
            self.with_tokens(range.clone(), |scan, tokens| {
                let touches_all = target::targets(tokens, |at| {
                    if !place.conditional {
                        scan.bindings.delete(tokens.at(at), tokens.start(at));
                    }
                });
                if touches_all {
                    scan.bindings.all.give_up();
                }
            });
        }
        self.passing(range, walrus, place);
        end
    }

    /// What a statement with `=` or `:` in it binds.
    fn assignment(&mut self, tokens: Tokens<'_>, place: Place) {
        if let Some(name) = type_alias(tokens) {
            return self.define(tokens, name, place);
        }
        let mut targets = Vec::new();
        let mut rest = tokens;
        let mut lambdas = 0;
        let mut at = tokens.from;
        let mut annotated = false;
        let mut augmented = None;
        while at < tokens.until {
            match tokens.kind(at) {
                Some(Kind::Name) if tokens.at(at) == "lambda" => lambdas += 1,
                Some(Kind::Colon) if lambdas > 0 => lambdas -= 1,
                Some(Kind::Colon) if targets.is_empty() && !annotated => {
                    annotated = true;
                    targets.push(tokens.part(tokens.from, at));
                    rest = tokens.part(tokens.until, tokens.until);
                }
                Some(Kind::Equal) if lambdas == 0 => {
                    if !annotated {
                        targets.push(rest.part(rest.from, at));
                    }
                    rest = tokens.part(at + 1, tokens.until);
                }
                Some(Kind::Augment) if lambdas == 0 && targets.is_empty() => {
                    augmented = Some(tokens.at(at));
                    targets.push(tokens.part(tokens.from, at));
                    rest = tokens.part(at + 1, tokens.until);
                    break;
                }
                _ => {}
            }
            at = tokens.after(at);
        }
        let mut value = Some(rest);
        for target in targets {
            if annotated && rest.is_empty() {
                // `(x): int` declares nothing.
                if target.only_word().is_some() {
                    target::targets(target, |at| self.bindings.declare(tokens.at(at), tokens.start(at)));
                }
                continue;
            }
            if !target::targets(target, |at| self.define(tokens, at, place)) {
                continue;
            }
            match (target.only_word(), augmented) {
                // Said twice in one statement, it is the same.
                (Some(_), None) => {
                    if let Some(value) = value.take() {
                        self.bindings.all.assign(dunder_all::parts(value), place.conditional);
                    }
                }
                (Some(_), Some("+=")) => self.bindings.all.extend(dunder_all::parts(rest)),
                _ => self.bindings.all.give_up(),
            }
        }
    }

    /// Looks through the expressions in `range`, part of a statement that stands at `place`, if there can be something
    /// to find.
    fn passing(&mut self, range: Range<usize>, walrus: bool, place: Place) {
        let calls = self.known.has_alias || self.import.next(range.start) < range.end;
        let binds = place.scopes == 0 && (walrus || self.dunder_all.next(range.start) < range.end);
        if calls || binds {
            self.with_tokens(range, |scan, tokens| scan.expressions(tokens, place));
        }
    }

    /// Does something with the tokens of a part of the text that was passed over.
    fn with_tokens<R>(&mut self, range: Range<usize>, act: impl FnOnce(&mut Self, Tokens<'_>) -> R) -> R {
        let tokens = self.lexer.tokens(range.start, range.end);
        let answer = act(self, Tokens::new(self.text, &tokens));
        self.lexer.recycle(tokens);
        answer
    }

    fn define(&mut self, tokens: Tokens<'_>, at: usize, place: Place) {
        self.bind(tokens.at(at), tokens.start(at), place);
    }

    /// Binds an identifier in a statement that stands at `place`.
    fn bind(&mut self, written: &str, at: usize, place: Place) {
        if place.contexts.contains(Contexts::TYPING) {
            self.bindings.declare(written, at);
        } else {
            self.bindings.define(written, at);
        }
    }
}

/// Whether a plain `=` comes next.
fn is_assignment(rest: &[u8]) -> bool {
    let blanks = rest.iter().take_while(|byte| **byte == b' ').count();
    rest.get(blanks) == Some(&b'=') && rest.get(blanks + 1) != Some(&b'=')
}

/// Whether assigning to `word` does nothing but bind it.
fn is_plain(word: &str) -> bool {
    !word.is_empty() && word.is_ascii() && word != ALL && !statement::is_keyword(word)
}

/// The name that `type X = …` or `type X[T] = …` defines.
fn type_alias(tokens: Tokens<'_>) -> Option<usize> {
    let name = tokens.from + 1;
    let is_alias = tokens.word(tokens.from) == Some("type")
        && tokens.word(name).is_some_and(|name| !statement::is_keyword(name));
    let brackets = tokens.opens(name + 1) == Some("[");
    let equal = if brackets { tokens.after(name + 1) } else { name + 1 };
    (is_alias && tokens.kind(equal) == Some(Kind::Equal)).then_some(name)
}
