//! Where statements end: strings, comments, brackets, continuations and line ends.
//!
//! One loop serves two purposes. Most of a text is passed over, with a look only at the few bytes that can matter to
//! where a statement ends; where the inside of a statement matters, it is read once more as tokens.
//!
//! Right about every text that CPython accepts, old or new: what PEP 701 allows inside f-strings was an error before.
//! About others it need only be sensible: a bracket that is not closed ends before the next line that can only begin a
//! statement, a string that is not closed ends with its line.

mod block;
mod record;
mod strings;

use super::statement;
use super::token::{Kind, Token};
use block::Block;
use strings::Field;

/// What ends a statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// The end of the logical line or of the text.
    Line,
    /// `;`.
    Semicolon,
    /// The `:` of a header.
    Colon,
}

/// What to look out for beside the end of the statement.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Look {
    Nothing,
    /// A `:` outside of brackets ends the statement.
    Colon,
    /// `=` and `:` outside of brackets are counted.
    Signs,
    /// Everything is recorded.
    Tokens,
    /// `;` ends nothing, nor does the end of a line if the next is still in the body that is being read.
    Body,
}

/// What a byte can mean outside of strings and comments.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Class {
    Nothing,
    Newline,
    Quote,
    Hash,
    Open,
    Close,
    Backslash,
    Semicolon,
    Colon,
    Equal,
    Word,
    Digit,
    Operator,
}

static NOTHING: [Class; 256] = classes(Look::Nothing);
static COLON: [Class; 256] = classes(Look::Colon);
static SIGNS: [Class; 256] = classes(Look::Signs);
static TOKENS: [Class; 256] = classes(Look::Tokens);
static BODY: [Class; 256] = classes(Look::Body);

const fn classes(look: Look) -> [Class; 256] {
    let mut classes = [Class::Nothing; 256];
    let mut byte = 0;
    while byte < 256 {
        classes[byte] = match byte as u8 {
            b'\n' | b'\r' => Class::Newline,
            b'"' | b'\'' => Class::Quote,
            b'#' => Class::Hash,
            b'(' | b'[' | b'{' => Class::Open,
            b')' | b']' | b'}' => Class::Close,
            b'\\' => Class::Backslash,
            b';' if !matches!(look, Look::Body) => Class::Semicolon,
            b':' if !matches!(look, Look::Nothing | Look::Body) => Class::Colon,
            b'=' if matches!(look, Look::Signs | Look::Tokens) => Class::Equal,
            b' ' | b'\t' | b'\x0c' => Class::Nothing,
            _ if !matches!(look, Look::Tokens) => Class::Nothing,
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'\x80'.. => Class::Word,
            b'0'..=b'9' => Class::Digit,
            _ => Class::Operator,
        };
        byte += 1;
    }
    classes
}

pub(crate) struct Lexer<'t> {
    text: &'t str,
    /// The bytes of the text, up to where it is to be read.
    bytes: &'t [u8],
    /// The next byte.
    pub(crate) at: usize,
    /// Where the statement that was read last ended: its `;`, `:` or line end.
    pub(super) stop: usize,
    /// How many bytes of that statement look like signs of an assignment: `=`.
    pub(super) equals: usize,
    /// How many `:` stand in it outside of brackets.
    pub(super) colons: usize,
    /// Whether a `:=` may stand in it.
    pub(super) walrus: bool,
    block: Block,
    /// Of the body that is being read, the column of its header and how far it is to be read.
    body: (usize, usize),
    brackets: usize,
    fields: Vec<Field>,
    /// Where, if anywhere, a string between triple quotes of each kind begins that has no end: none that begins later
    /// has.
    endless: [usize; 2],
    recording: bool,
    tokens: Vec<Token>,
    /// Indices of the brackets that are open among the tokens.
    open: Vec<u32>,
}

impl<'t> Lexer<'t> {
    pub(crate) fn new(text: &'t str) -> Self {
        Self {
            text,
            bytes: text.as_bytes(),
            at: 0,
            stop: 0,
            equals: 0,
            colons: 0,
            walrus: false,
            block: Block::default(),
            body: (0, 0),
            brackets: 0,
            fields: Vec::new(),
            endless: [usize::MAX; 2],
            recording: false,
            tokens: Vec::new(),
            open: Vec::new(),
        }
    }

    pub(super) fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(b'\0')
    }

    /// Goes to the next line that holds a statement; gives the column that it begins in, as CPython counts.
    pub(crate) fn next_line(&mut self) -> Option<usize> {
        loop {
            let mut column = 0;
            let mut before_continuation = 0;
            loop {
                match *self.bytes.get(self.at)? {
                    b' ' => column += 1,
                    b'\t' => column = (column / 8 + 1) * 8,
                    b'\x0c' => column = 0,
                    b'\\' if self.line_end(self.at + 1) > 0 => {
                        // The first part of an indentation counts, if it is one.
                        before_continuation =
                            if before_continuation > 0 { before_continuation } else { column };
                        self.at += self.line_end(self.at + 1);
                    }
                    _ => break,
                }
                self.at += 1;
            }
            match self.bytes[self.at] {
                b'\n' | b'\r' => self.at += self.line_end(self.at),
                b'#' => self.comment(),
                _ => return Some(if before_continuation > 0 { before_continuation } else { column }),
            }
        }
    }

    /// Skips blanks and continuations inside a line.
    pub(super) fn blanks(&mut self) {
        loop {
            match self.peek(0) {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\\' if self.line_end(self.at + 1) > 0 => self.at += 1 + self.line_end(self.at + 1),
                _ => return,
            }
        }
    }

    /// Whether nothing else follows on the line.
    pub(super) fn at_line_end(&self) -> bool {
        matches!(self.bytes.get(self.at), None | Some(b'\n' | b'\r' | b'#'))
    }

    /// The word at the next byte; empty if there is none.
    pub(super) fn word(&self) -> &'t [u8] {
        let rest = &self.bytes[self.at.min(self.bytes.len())..];
        let length = rest.iter().position(|byte| !is_word(*byte)).unwrap_or(rest.len());
        if rest.first().is_some_and(u8::is_ascii_digit) { &[] } else { &rest[..length] }
    }

    /// Reads on from a line of a body to the end of the last that is indented further than `column`, or of one behind
    /// byte `limit`. May stop before: then there is another such line.
    pub(super) fn read_body(&mut self, column: usize, limit: usize) {
        self.body = (column, limit);
        self.read_for(Look::Body, &BODY);
    }

    /// Behind a line end: whether the next line is surely in the body that is being read, or holds no statement.
    fn body_goes_on(&mut self) -> bool {
        let (column, limit) = self.body;
        let rest = &self.bytes[self.at..];
        let blanks = rest.iter().position(|byte| *byte != b' ').unwrap_or(rest.len());
        let goes_on = match rest.get(blanks) {
            // Rare ones are left to who measures indentation properly.
            None | Some(b'\t' | b'\x0c' | b'\\' | b'\r') => false,
            Some(b'\n' | b'#') => true,
            Some(_) => blanks > column,
        };
        if goes_on && self.at <= limit {
            self.at += blanks;
            return true;
        }
        false
    }

    /// Reads to the end of the statement.
    pub(crate) fn read(&mut self, look: Look) -> End {
        // One loop for each purpose, without the questions of the others.
        match look {
            Look::Nothing => self.read_for(Look::Nothing, &NOTHING),
            Look::Colon => self.read_for(Look::Colon, &COLON),
            Look::Signs => self.read_for(Look::Signs, &SIGNS),
            Look::Tokens => self.read_for(Look::Tokens, &TOKENS),
            Look::Body => self.read_for(Look::Body, &BODY),
        }
    }

    #[inline(always)]
    fn read_for(&mut self, look: Look, wanted: &'static [Class; 256]) -> End {
        self.brackets = 0;
        self.fields.clear();
        (self.equals, self.colons, self.walrus) = (0, 0, false);
        loop {
            // The `:` of a field begins a format specification.
            let is_blind = matches!(look, Look::Nothing | Look::Body);
            let classes = if is_blind && !self.fields.is_empty() { &COLON } else { wanted };
            if look == Look::Body && self.fields.is_empty() {
                self.at = self.block.next(self.bytes, self.at);
            }
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let Some(skipped) = rest.iter().position(|byte| classes[usize::from(*byte)] != Class::Nothing)
            else {
                self.at = self.bytes.len();
                if self.give_up_field() {
                    continue;
                }
                self.stop = self.at;
                return End::Line;
            };
            self.at += skipped;
            let byte = self.bytes[self.at];
            match classes[usize::from(byte)] {
                Class::Newline => {
                    let line = self.at;
                    self.at += self.line_end(self.at);
                    let ends = if self.brackets > 0 {
                        self.ends_brackets()
                    } else {
                        look != Look::Body || !self.body_goes_on()
                    };
                    if ends {
                        self.stop = line;
                        return End::Line;
                    }
                }
                Class::Quote => {
                    let start = self.prefix();
                    self.string(start);
                }
                Class::Hash => self.comment(),
                Class::Open => {
                    self.record_open(self.at, self.at + 1);
                    self.at += 1;
                    self.brackets += 1;
                }
                Class::Close => self.close(byte),
                Class::Backslash => match self.line_end(self.at + 1) {
                    0 => self.operator(Kind::Other, 1),
                    length => self.at += 1 + length,
                },
                Class::Semicolon if self.brackets == 0 => {
                    self.stop = self.at;
                    self.at += 1;
                    return End::Semicolon;
                }
                Class::Semicolon => self.operator(Kind::Other, 1),
                Class::Colon => {
                    if self.colon(look) {
                        return End::Colon;
                    }
                }
                Class::Equal => self.equal(),
                Class::Word => self.name(),
                Class::Digit => self.number(),
                Class::Operator => self.other(byte),
                Class::Nothing => self.at += 1,
            }
        }
    }

    /// The length of the line end at `at`; 0 if there is none.
    fn line_end(&self, at: usize) -> usize {
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\n' | b'\r'), _) => 1,
            _ => 0,
        }
    }

    fn comment(&mut self) {
        self.at = self.end_of_line(self.at);
    }

    /// Where the physical line ends that `at` is on.
    pub(crate) fn end_of_line(&self, at: usize) -> usize {
        memchr::memchr2(b'\n', b'\r', &self.bytes[at..]).map_or(self.bytes.len(), |length| at + length)
    }

    /// Behind a line end between brackets: whether the next line can only begin a statement.
    fn ends_brackets(&mut self) -> bool {
        let line = self.at;
        let rest = &self.bytes[line..];
        let is_blank = |byte: &u8| matches!(byte, b' ' | b'\t' | b'\x0c');
        self.at += rest.iter().position(|byte| !is_blank(byte)).unwrap_or(rest.len());
        if !self.peek(0).is_ascii_lowercase() || !statement::begins_at(self.text, self.at, self.word()) {
            return false;
        }
        self.at = line;
        match self.fields.iter().position(|field| field.quote.triple) {
            // No field after all: the string goes on.
            Some(index) => {
                let Field { quote, outside, .. } = self.fields.swap_remove(index);
                self.fields.truncate(index);
                self.brackets = outside;
                self.record_closes(quote.level + 1);
                self.string_text(quote, false);
                false
            }
            None => true,
        }
    }

    fn close(&mut self, byte: u8) {
        let inside = self.fields.last().map_or(0, |field| field.outside + 1);
        if self.brackets > inside {
            self.brackets -= 1;
            self.record_close(self.at, self.at + 1);
            self.at += 1;
        } else if byte == b'}' && inside > 0 {
            self.record_close(self.at, self.at + 1);
            self.at += 1;
            if let Some(field) = self.fields.pop() {
                self.brackets = field.outside;
                self.string_text(field.quote, field.nested);
            }
        } else {
            self.operator(Kind::Other, 1);
        }
    }

    /// Whether this `:` ends the statement.
    fn colon(&mut self, look: Look) -> bool {
        if let Some(field) = self.fields.last().filter(|field| field.outside + 1 == self.brackets) {
            let quote = field.quote;
            self.operator(Kind::Colon, 1);
            self.string_text(quote, true);
        } else if self.peek(1) == b'=' {
            self.walrus = true;
            self.operator(Kind::Walrus, 2);
        } else if look == Look::Colon && self.brackets == 0 {
            self.stop = self.at;
            self.at += 1;
            return true;
        } else {
            self.colons += usize::from(self.brackets == 0);
            self.operator(Kind::Colon, 1);
        }
        false
    }

    fn equal(&mut self) {
        if self.peek(1) == b'=' {
            self.operator(Kind::Other, 2);
        } else {
            self.equals += usize::from(self.brackets == 0);
            self.operator(Kind::Equal, 1);
        }
    }
}

/// Whether a byte can be part of a word.
fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\x80'..)
}
