//! Strings, with the replacement fields of f- and t-strings.

use super::super::token::Kind;
use super::{Lexer, is_word};

#[derive(Clone, Copy)]
pub(super) struct Quote {
    pub(super) byte: u8,
    pub(super) triple: bool,
    pub(super) raw: bool,
    /// Where the text of the string begins.
    pub(super) begin: usize,
    /// How many brackets were being recorded outside of the string.
    pub(super) level: usize,
}

/// A replacement field `{…}` of an f-string that is being read as code.
pub(super) struct Field {
    pub(super) quote: Quote,
    /// Open brackets outside of the field.
    pub(super) outside: usize,
    /// Whether it stands in the format specification of another field.
    pub(super) nested: bool,
}

impl Lexer<'_> {
    /// The beginning of the string whose quote comes next: that of its prefix, if it has one.
    pub(super) fn prefix(&self) -> usize {
        let is_letter =
            |byte: u8| matches!(byte, b'r' | b'R' | b'b' | b'B' | b'u' | b'U' | b'f' | b'F' | b't' | b'T');
        let mut start = self.at;
        while start > 0 && self.at - start < 2 && is_letter(self.bytes[start - 1]) {
            start -= 1;
        }
        if start > 0 && is_word(self.bytes[start - 1]) { self.at } else { start }
    }

    /// Reads the string that begins at `start` and whose quote comes next, or the part of it before a field.
    pub(super) fn string(&mut self, start: usize) {
        let prefix = &self.bytes[start..self.at];
        let has = |letter: u8| prefix.iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
        let byte = self.peek(0);
        let triple = self.peek(1) == byte && self.peek(2) == byte;
        self.at += if triple { 3 } else { 1 };
        let quote = Quote { byte, triple, raw: has(b'r'), begin: self.at, level: self.open.len() };
        if triple && self.at >= self.endless[usize::from(byte == b'"')] {
            self.at = self.end_of_line(self.at);
            self.record(Kind::Other, start, self.at);
        } else if has(b'f') || has(b't') {
            self.record_open(start, self.at);
            self.string_text(quote, false);
        } else {
            let closed = if triple { self.long_string(quote) } else { self.short_string(byte) };
            self.record(if closed { Kind::String } else { Kind::Other }, start, self.at);
        }
    }

    /// Whether it was closed on its line.
    fn short_string(&mut self, quote: u8) -> bool {
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let is_special = |byte: &u8| *byte == quote || matches!(byte, b'\\' | b'\n' | b'\r');
            let Some(length) = rest.iter().position(is_special) else {
                self.at = self.bytes.len();
                return false;
            };
            self.at += length;
            match self.bytes[self.at] {
                b'\\' => self.at += 1 + self.line_end(self.at + 1).max(1),
                b'\n' | b'\r' => return false,
                _ => {
                    self.at += 1;
                    return true;
                }
            }
        }
    }

    /// Whether it was closed.
    fn long_string(&mut self, quote: Quote) -> bool {
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let Some(length) = memchr::memchr2(quote.byte, b'\\', rest) else {
                self.endless(quote);
                return false;
            };
            self.at += length;
            if self.peek(0) == b'\\' {
                self.at += 2;
            } else if self.peek(1) == quote.byte && self.peek(2) == quote.byte {
                self.at += 3;
                return true;
            } else {
                self.at += 1;
            }
        }
    }

    /// Goes back to the first line of a string that has no end: that much of it is taken for the string.
    fn endless(&mut self, quote: Quote) {
        let endless = &mut self.endless[usize::from(quote.byte == b'"')];
        *endless = quote.begin.min(*endless);
        self.at = self.end_of_line(quote.begin);
    }

    /// Reads the text of an f-string, or of a format `specification` in it, to the string's end or to the beginning of a
    /// field.
    pub(super) fn string_text(&mut self, quote: Quote, mut specification: bool) {
        loop {
            let rest = &self.bytes[self.at.min(self.bytes.len())..];
            let is_special = |byte: &u8| match byte {
                b'\\' | b'{' => true,
                b'}' => specification,
                b'\n' | b'\r' => !quote.triple,
                _ => *byte == quote.byte,
            };
            let Some(length) = rest.iter().position(is_special) else {
                self.at = self.bytes.len();
                self.end_fields(quote);
                if quote.triple {
                    self.endless(quote);
                }
                return;
            };
            self.at += length;
            match self.bytes[self.at] {
                b'\\' => self.escape(quote),
                b'{' if !specification && self.peek(1) == b'{' => self.at += 2,
                b'{' => {
                    self.record_open(self.at, self.at + 1);
                    self.at += 1;
                    self.fields.push(Field { quote, outside: self.brackets, nested: specification });
                    self.brackets += 1;
                    return;
                }
                b'}' => {
                    self.record_close(self.at, self.at + 1);
                    self.at += 1;
                    let Some(field) = self.fields.pop() else { return };
                    self.brackets = field.outside;
                    specification = field.nested;
                }
                // A specification may end with its line, before the `}` that follows.
                b'\n' | b'\r' if specification => return,
                b'\n' | b'\r' => {
                    self.end_fields(quote);
                    return;
                }
                _ if quote.triple && !(self.peek(1) == quote.byte && self.peek(2) == quote.byte) => {
                    self.at += 1;
                }
                _ => {
                    self.at += if quote.triple { 3 } else { 1 };
                    self.end_fields(quote);
                    return;
                }
            }
        }
    }

    /// Behind the end of an f-string: no field of it is open any more.
    fn end_fields(&mut self, quote: Quote) {
        while let Some(field) = self.fields.pop_if(|field| field.quote.begin == quote.begin) {
            self.brackets = field.outside;
        }
        self.record_closes(quote.level);
    }

    /// Reads a backslash in an f-string and what it escapes.
    fn escape(&mut self, quote: Quote) {
        match self.peek(1) {
            b'{' | b'}' => self.at += 1,
            b'N' if !quote.raw && self.peek(2) == b'{' => {
                self.at += 3;
                let rest = &self.bytes[self.at..];
                let is_stop = |byte: &u8| matches!(byte, b'}' | b'\n' | b'\r') || *byte == quote.byte;
                self.at += rest.iter().position(is_stop).unwrap_or(rest.len());
                // This brace belongs to the character's name.
                self.at += usize::from(self.peek(0) == b'}');
            }
            _ => self.at += 1 + self.line_end(self.at + 1).max(1),
        }
    }

    /// At the end of the text: goes back to the outermost f-string that has no end for want of a `}`.
    pub(super) fn give_up_field(&mut self) -> bool {
        let Some(index) = self.fields.iter().position(|field| field.quote.triple) else { return false };
        let quote = self.fields[index].quote;
        self.brackets = self.fields[index].outside;
        self.fields.truncate(index);
        self.record_closes(quote.level);
        self.endless(quote);
        true
    }
}
