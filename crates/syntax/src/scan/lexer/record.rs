//! Tokens of statements whose inside matters.

use super::super::statement;
use super::super::token::{Kind, Token};
use super::{Lexer, Look};

impl<'t> Lexer<'t> {
    /// The tokens of a part of the text that was passed over before and ended outside of brackets. Give them back
    /// with [`Self::recycle`].
    pub(crate) fn tokens(&mut self, from: usize, until: usize) -> Vec<Token> {
        let (at, stop, bytes) = (self.at, self.stop, self.bytes);
        let (equals, colons, walrus) = (self.equals, self.colons, self.walrus);
        (self.at, self.bytes) = (from, &self.text.as_bytes()[..until]);
        self.recording = true;
        while self.at < until {
            self.read(Look::Tokens);
        }
        self.record_closes(0);
        self.recording = false;
        (self.at, self.stop, self.bytes) = (at, stop, bytes);
        (self.equals, self.colons, self.walrus) = (equals, colons, walrus);
        std::mem::take(&mut self.tokens)
    }

    pub(crate) fn recycle(&mut self, mut tokens: Vec<Token>) {
        tokens.clear();
        self.tokens = tokens;
    }

    pub(super) fn name(&mut self) {
        let word = self.word();
        let start = self.at;
        self.at += word.len();
        let is_prefix = word.len() <= 2 && word.iter().all(|byte| b"rRbBuUfFtT".contains(byte));
        if is_prefix && matches!(self.peek(0), b'"' | b'\'') {
            self.string(start);
        } else if word.is_ascii() || statement::is_name(&self.text[start..self.at]) {
            self.record(Kind::Name, start, self.at);
        } else {
            self.record(Kind::Other, start, self.at);
        }
    }

    pub(super) fn number(&mut self) {
        let start = self.at;
        let radix: fn(&u8) -> bool = match (self.peek(0), self.peek(1)) {
            (b'0', b'x' | b'X') => u8::is_ascii_hexdigit,
            (b'0', b'o' | b'O' | b'b' | b'B') => u8::is_ascii_digit,
            _ => {
                self.digits();
                if self.peek(0) == b'.' {
                    self.at += 1;
                    self.digits();
                }
                if matches!(self.peek(0), b'e' | b'E') {
                    let sign = usize::from(matches!(self.peek(1), b'+' | b'-'));
                    if self.peek(1 + sign).is_ascii_digit() {
                        self.at += 1 + sign;
                        self.digits();
                    }
                }
                self.at += usize::from(matches!(self.peek(0), b'j' | b'J' | b'l' | b'L'));
                return self.record(Kind::Number, start, self.at);
            }
        };
        self.at += 2;
        while radix(&self.peek(0)) || self.peek(0) == b'_' {
            self.at += 1;
        }
        self.record(Kind::Number, start, self.at);
    }

    fn digits(&mut self) {
        while self.peek(0).is_ascii_digit() || self.peek(0) == b'_' {
            self.at += 1;
        }
    }

    /// A token that is no word, number, bracket or string.
    pub(super) fn other(&mut self, byte: u8) {
        let (next, third) = (self.peek(1), self.peek(2));
        let (kind, length) = match (byte, next, third) {
            (b'.', b'0'..=b'9', _) => return self.number(),
            (b'.', b'.', b'.') => (Kind::Number, 3),
            (b'.', ..) => (Kind::Dot, 1),
            (b',', ..) => (Kind::Comma, 1),
            (b'*' | b'/' | b'<' | b'>', _, b'=') if next == byte => (Kind::Augment, 3),
            (b'<' | b'>' | b'!', b'=', _) => (Kind::Other, 2),
            (b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^', b'=', _) => (Kind::Augment, 2),
            (b'*' | b'/', ..) if next == byte => (Kind::Tight, 2),
            (b'-', b'>', _) => (Kind::Other, 2),
            (b'*', ..) => (Kind::Star, 1),
            (b'/' | b'%' | b'@' | b'~', ..) => (Kind::Tight, 1),
            (b'+', ..) => (Kind::Plus, 1),
            (b'-', ..) => (Kind::Minus, 1),
            _ => (Kind::Other, 1),
        };
        self.operator(kind, length);
    }

    /// Passes over a token of some bytes.
    pub(super) fn operator(&mut self, kind: Kind, length: usize) {
        self.record(kind, self.at, self.at + length);
        self.at += length;
    }

    pub(super) fn record(&mut self, kind: Kind, start: usize, end: usize) {
        if self.recording {
            self.tokens.push(Token { kind, pair: 0, start: start as u32, end: end as u32 });
        }
    }

    pub(super) fn record_open(&mut self, start: usize, end: usize) {
        if self.recording {
            self.open.push(self.tokens.len() as u32);
            self.record(Kind::Open, start, end);
        }
    }

    pub(super) fn record_close(&mut self, start: usize, end: usize) {
        if let Some(open) = self.open.pop() {
            self.tokens[open as usize].pair = self.tokens.len() as u32;
            self.record(Kind::Close, start, end);
        }
    }

    /// Closes what was opened beyond some level: an f-string, or what broken text leaves open.
    pub(super) fn record_closes(&mut self, level: usize) {
        while self.open.len() > level {
            self.record_close(self.at, self.at);
        }
    }
}
