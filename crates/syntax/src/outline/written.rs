//! Pieces of source as people read them: on one line, without comments.

use std::sync::Arc;

use tree_sitter::Node;

use crate::grammar::{GRAMMAR, Kind};

/// How many characters of a right-hand side (or anything else without a natural bound) a signature shows. The bound
/// also keeps the outline linear: nested definitions would repeat each other's text.
pub(super) const CUT: usize = 120;

/// `node` as written, cut.
pub(super) fn cut(text: &str, node: Node<'_>) -> String {
    written(text, node, node.end_byte(), CUT)
}

/// `node` as written, in full.
pub(super) fn whole(text: &str, node: Node<'_>) -> Arc<str> {
    written(text, node, node.end_byte(), usize::MAX).into()
}

/// What is written from the beginning of `node` until the offset `until`: white space collapsed to single blanks
/// (to nothing where a line ends inside a bracket's edge), comments left out, at most `limit` characters and then
/// an ellipsis.
pub(super) fn written(text: &str, node: Node<'_>, until: usize, limit: usize) -> String {
    let mut line = Line { out: String::new(), room: limit, full: false };
    let mut previous_end = node.start_byte();
    let mut cursor = node.walk();
    loop {
        let here = cursor.node();
        if here.start_byte() >= until || line.full {
            break;
        }
        let kind = GRAMMAR.kind(here);
        let skipped = matches!(kind, Kind::Comment | Kind::LineContinuation);
        if !skipped && kind != Kind::String && cursor.goto_first_child() {
            continue;
        }
        if !skipped && here.end_byte() > here.start_byte() {
            let token = &text[here.start_byte()..here.end_byte()];
            line.gap(&text[previous_end..here.start_byte()], token);
            if kind == Kind::String {
                line.string(token);
            } else {
                line.push(token);
            }
            previous_end = here.end_byte();
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return line.out;
            }
        }
    }
    line.out
}

struct Line {
    out: String,
    room: usize,
    full: bool,
}

impl Line {
    fn push(&mut self, token: &str) {
        if token.len() <= self.room {
            self.room -= token.len();
            self.out.push_str(token);
            return;
        }
        for character in token.chars() {
            if self.room == 0 {
                if !self.full {
                    self.out.push('…');
                }
                self.full = true;
                return;
            }
            self.room -= 1;
            self.out.push(character);
        }
    }

    fn gap(&mut self, between: &str, next: &str) {
        if between.is_empty() || self.out.is_empty() {
            return;
        }
        let at_bracket = self.out.ends_with(['(', '[', '{']) || matches!(next, ")" | "]" | "}");
        if !(at_bracket && between.contains('\n')) {
            self.push(" ");
        }
    }

    /// A string literal keeps its blanks; a line break in it becomes one.
    fn string(&mut self, token: &str) {
        for (index, part) in token.split('\n').enumerate() {
            if self.full {
                return;
            }
            if index == 0 {
                self.push(part.trim_end_matches('\r'));
            } else {
                self.push(" ");
                self.push(part.trim());
            }
        }
    }
}
