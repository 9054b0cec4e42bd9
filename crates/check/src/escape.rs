//! Text from the analysed tree, made safe for a terminal.
//!
//! A file name, a docstring or a type text may hold escape sequences that repaint the terminal, or
//! bidirectional controls that make a line read as something else. What people read is escaped; JSON has
//! its own rules and is left to them.

use std::borrow::Cow;
use std::fmt::Write as _;

/// `text` for one line: control characters (line ends and tabs too) and bidirectional controls escaped as
/// `\u{…}`. Free where there is nothing to escape.
pub fn escape_line(text: &str) -> Cow<'_, str> {
    escape(text, is_deceptive)
}

/// Like [`escape_line`], but line feeds and tabs stay as they are.
pub fn escape_text(text: &str) -> Cow<'_, str> {
    escape(text, |c| is_deceptive(c) && !matches!(c, '\n' | '\t'))
}

fn escape(text: &str, deceptive: impl Fn(char) -> bool) -> Cow<'_, str> {
    if !text.contains(&deceptive) {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 8);
    for character in text.chars() {
        match character {
            '\n' if deceptive('\n') => out.push_str("\\n"),
            '\t' if deceptive('\t') => out.push_str("\\t"),
            '\r' => out.push_str("\\r"),
            c if deceptive(c) => {
                write!(out, "\\u{{{:x}}}", u32::from(c)).expect("writing to a string cannot fail");
            }
            c => out.push(c),
        }
    }
    Cow::Owned(out)
}

/// Control characters (C0, DEL, C1), line and paragraph separators, and everything that changes the
/// direction of the text around it.
fn is_deceptive(character: char) -> bool {
    character.is_control()
        || matches!(character,
            '\u{61c}' | '\u{200e}' | '\u{200f}' | '\u{2028}'..='\u{202e}' | '\u{2066}'..='\u{2069}' | '\u{feff}')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_could_repaint_or_reorder_is_escaped() {
        assert_eq!(escape_line("plain ä 世"), "plain ä 世");
        assert!(matches!(escape_line("plain"), Cow::Borrowed(_)));
        assert_eq!(escape_line("a\x1b[31m\n\r\u{202e}b"), "a\\u{1b}[31m\\n\\r\\u{202e}b");
        assert_eq!(escape_text("two\n\tlines\x07"), "two\n\tlines\\u{7}");
    }
}
