//! Compound statements: what their headers say about what stands in their blocks, and bind.

use std::ops::Range;

use memchr::memmem;
use staniel_facts::Contexts;

use super::blocks::{Block, Place, Role};
use super::condition::{self, Implied};
use super::lexer::{End, Look};
use super::statement;
use super::token::Tokens;
use super::{Scan, mark, target};

/// What stands between a keyword and its `:`.
struct Header {
    range: Range<usize>,
    walrus: bool,
    /// What ends it; something else than a `:` in broken text.
    end: End,
}

impl<'t> Scan<'t> {
    /// Reads the compound statement, or the clause of one, that begins with `word`, if it does; the lexer is behind the
    /// word. A clause can only be the `first` statement of its line.
    pub(super) fn compound(&mut self, word: &[u8], column: usize, first: bool) -> Option<End> {
        Some(match word {
            b"def" => self.function(column),
            b"class" => self.class(column),
            b"if" => self.branch(column),
            b"for" => self.each(column),
            b"while" => self.open(column, Role::Loop),
            b"try" => {
                let from = self.found.len();
                self.open(column, Role::Try { from, until: None })
            }
            b"with" => self.with(column),
            b"elif" if first => self.elif(column),
            b"else" | b"finally" if first => self.otherwise(column),
            b"except" if first => self.except(column),
            b"async" => {
                self.lexer.blanks();
                let word = self.lexer.word();
                self.lexer.at += word.len();
                match word {
                    b"def" => self.function(column),
                    b"for" => self.each(column),
                    b"with" => self.with(column),
                    _ => return None,
                }
            }
            b"match" => return self.match_statement(column),
            b"case" if self.blocks.last().is_some_and(|block| block.role == Role::Match) => self.case(column),
            _ => return None,
        })
    }

    /// Reads on to the `:` of the header.
    fn header(&mut self) -> Header {
        let from = self.lexer.at;
        let (mut part, mut lambdas, mut walrus) = (from, 0, false);
        loop {
            let end = self.lexer.read(Look::Colon);
            walrus |= self.lexer.walrus;
            let stop = self.lexer.stop;
            let header = Header { range: from..stop, walrus, end };
            if end != End::Colon {
                return header;
            }
            let behind = self.lexer.at;
            self.lexer.blanks();
            if self.lexer.at_line_end() {
                return header;
            }
            self.lexer.at = behind;
            // A block on the same line, unless the `:` is that of a lambda.
            if memmem::find(&self.text.as_bytes()[part..stop], b"lambda").is_some() {
                lambdas += self.with_tokens(part..stop, |_, tokens| {
                    let (mut count, mut at) = (0, tokens.from);
                    while at < tokens.until {
                        count += usize::from(tokens.word(at) == Some("lambda"));
                        at = tokens.after(at);
                    }
                    count
                });
            }
            if lambdas == 0 {
                return header;
            }
            lambdas -= 1;
            part = behind;
        }
    }

    /// Opens a compound statement whose header says nothing about its block.
    fn open(&mut self, column: usize, role: Role) -> End {
        let outside = self.blocks.place();
        let header = self.header();
        self.passing(header.range, header.walrus, outside);
        let conditional = outside.conditional || role != Role::Plain;
        self.blocks.open(Block { column, role, outside, inside: Place { conditional, ..outside } });
        header.end
    }

    fn function(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        self.name_of_definition(outside);
        let header = self.header();
        self.passing(header.range, header.walrus, outside);
        self.blocks.open(Block { column, role: Role::Plain, outside, inside: outside.in_function(1) });
        self.body = Some(column);
        header.end
    }

    fn class(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        let class = Some(self.name_of_definition(outside));
        let header = self.header();
        self.passing(header.range, header.walrus, outside);
        let inside = Place { scopes: outside.scopes + 1, class, ..outside };
        self.blocks.open(Block { column, role: Role::Plain, outside, inside });
        self.body = Some(column);
        header.end
    }

    /// Binds the name of a function or class; gives where it stands.
    fn name_of_definition(&mut self, place: Place) -> (usize, usize) {
        self.lexer.blanks();
        let start = self.lexer.at;
        let word = self.lexer.word().len();
        self.lexer.at += word;
        let name = &self.text[start..start + word];
        if place.scopes == 0 && word > 0 && statement::is_name(name) && !statement::is_keyword(name) {
            self.bind(name, start, place);
        }
        (start, start + word)
    }

    fn branch(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        let header = self.header();
        let (holds, otherwise) = self.test(header.range.clone());
        self.passing(header.range, header.walrus, outside);
        let inside = Place { conditional: true, ..outside }.typing(holds);
        self.blocks.open(Block { column, role: Role::If { otherwise }, outside, inside });
        header.end
    }

    fn elif(&mut self, column: usize) -> End {
        self.blocks.close_to(column);
        let (outside, otherwise) = match self.blocks.last() {
            Some(&Block { column: same, role: Role::If { otherwise }, outside, .. }) if same == column => {
                (outside, otherwise)
            }
            _ => {
                self.blocks.close(column);
                return self.branch(column);
            }
        };
        let place = Place { conditional: true, ..outside }.typing(otherwise);
        let header = self.header();
        let (holds, fails) = self.test(header.range.clone());
        self.passing(header.range, header.walrus, place);
        if let Some(block) = self.blocks.last_mut() {
            block.inside = place.typing(holds);
            block.role = Role::If { otherwise: otherwise || fails };
        }
        header.end
    }

    /// `else` and `finally`.
    fn otherwise(&mut self, column: usize) -> End {
        let end_of_try = self.found.len();
        let header = self.header();
        match self.blocks.last_mut() {
            Some(block) if block.column == column => {
                let otherwise = block.role == Role::If { otherwise: true };
                block.inside = Place { conditional: true, ..block.outside }.typing(otherwise);
                block.end_try(end_of_try);
            }
            _ => {
                let outside = self.blocks.place();
                self.blocks.open(Block { column, role: Role::Plain, outside, inside: outside });
            }
        }
        header.end
    }

    fn except(&mut self, column: usize) -> End {
        let end_of_try = self.found.len();
        let is_clause = self.blocks.last().is_some_and(|block| block.column == column);
        if !is_clause {
            return self.open(column, Role::Plain);
        }
        let outside = self.blocks.last().map_or_else(Place::default, |block| block.outside);
        let place = Place { conditional: true, ..outside };
        let header = self.header();
        let handles = self.with_tokens(header.range.clone(), |scan, tokens| {
            let name = tokens.find(|at| tokens.word(at) == Some("as"));
            if place.scopes == 0 {
                // Unbound again where the handler ends.
                let name = tokens.part(name + 1, tokens.until);
                target::targets(name, |at| scan.bindings.declare(tokens.at(at), tokens.start(at)));
            }
            condition::handles_import_errors(tokens)
        });
        self.passing(header.range, header.walrus, place);
        if let Some(block) = self.blocks.last_mut() {
            block.end_try(end_of_try);
            block.inside = place;
            if handles {
                block.inside.contexts |= Contexts::OPTIONAL;
            }
            if let (true, Role::Try { from, until: Some(until) }) = (handles, block.role) {
                self.found.catch(from, until, outside.functions);
            }
        }
        header.end
    }

    fn each(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        let header = self.header();
        if outside.scopes == 0 {
            self.with_tokens(header.range.clone(), |scan, tokens| {
                let end = tokens.find(|at| tokens.word(at) == Some("in"));
                target::targets(tokens.part(tokens.from, end), |at| scan.define(tokens, at, outside));
            });
        }
        self.passing(header.range, header.walrus, outside);
        let inside = Place { conditional: true, ..outside };
        self.blocks.open(Block { column, role: Role::Loop, outside, inside });
        header.end
    }

    fn with(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        let header = self.header();
        let text = &self.text.as_bytes()[header.range.clone()];
        let may_suppress = self.known.has_suppress || mark::SUPPRESS.find(text).is_some();
        let mut inside = outside;
        if may_suppress || outside.scopes == 0 {
            let suppresses = self.with_tokens(header.range.clone(), |scan, tokens| {
                if outside.scopes == 0 {
                    scan.define_items(tokens, outside);
                }
                condition::suppresses_import_errors(tokens, &scan.known)
            });
            if suppresses {
                inside.contexts |= Contexts::OPTIONAL;
            }
        }
        self.passing(header.range, header.walrus, outside);
        self.blocks.open(Block { column, role: Role::Plain, outside, inside });
        header.end
    }

    /// Binds what stands behind each `as` of a `with`.
    fn define_items(&mut self, tokens: Tokens<'_>, place: Place) {
        let mut at = tokens.from;
        while at < tokens.until {
            at += 1;
            if tokens.word(at - 1) == Some("as") {
                let rest = tokens.part(at, tokens.until);
                let end = rest.find(|at| rest.ends_part(at));
                target::targets(rest.part(at, end), |at| self.define(tokens, at, place));
                at = end;
            }
        }
    }

    /// `match` is a keyword where a `:` ends its line.
    fn match_statement(&mut self, column: usize) -> Option<End> {
        let outside = self.blocks.place();
        let from = self.lexer.at;
        let mut walrus = false;
        while self.lexer.read(Look::Colon) == End::Colon {
            walrus |= self.lexer.walrus;
            let stop = self.lexer.stop;
            self.lexer.blanks();
            if self.lexer.at_line_end() {
                self.passing(from..stop, walrus, outside);
                let inside = Place { conditional: true, ..outside };
                self.blocks.open(Block { column, role: Role::Match, outside, inside });
                return Some(End::Colon);
            }
        }
        None
    }

    fn case(&mut self, column: usize) -> End {
        let outside = self.blocks.place();
        let header = self.header();
        // In a pattern nothing is called.
        self.with_tokens(header.range.clone(), |scan, tokens| {
            let guard = tokens.find(|at| tokens.word(at) == Some("if"));
            if outside.scopes == 0 {
                target::captures(tokens.part(tokens.from, guard), |at| scan.define(tokens, at, outside));
            }
            scan.expressions(tokens.part(guard, tokens.until), outside);
        });
        self.blocks.open(Block { column, role: Role::Plain, outside, inside: outside });
        header.end
    }

    /// What the condition in `range` says about TYPE_CHECKING.
    fn test(&mut self, range: Range<usize>) -> Implied {
        let text = &self.text.as_bytes()[range.clone()];
        if !self.known.has_type_checking && mark::TYPE_CHECKING.find(text).is_none() {
            return (false, false);
        }
        self.with_tokens(range, |scan, tokens| condition::implies_typing(tokens, &scan.known))
    }
}

impl Block {
    /// Notes that the first block is over, before the import with this index.
    fn end_try(&mut self, index: usize) {
        if let Role::Try { until, .. } = &mut self.role {
            until.get_or_insert(index);
        }
    }
}

impl Place {
    fn typing(mut self, holds: bool) -> Self {
        if holds {
            self.contexts |= Contexts::TYPING;
        }
        self
    }
}
