//! Just enough of Rust's lexical grammar to tell code, comments and literals apart, and to find what is only
//! compiled for tests. Relies on rustfmt for nothing but attributes on lines of their own.

/// A line of a Rust file, taken apart.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Line {
    /// The code, with every literal's content and every comment left out.
    pub(super) code: String,
    /// What is said in comments.
    pub(super) comment: String,
    /// A string literal goes on after the end of this line, or came from the line before.
    pub(super) in_string: bool,
    /// Below `#[cfg(test)]`.
    pub(super) test_only: bool,
}

#[derive(Clone, Copy)]
enum State {
    Code,
    LineComment,
    BlockComment {
        depth: usize,
    },
    /// `hashes` is `None` for a string with escapes.
    String {
        hashes: Option<usize>,
    },
}

/// Takes a file apart; as many lines as [`str::lines`] gives.
pub(super) fn lines(source: &str) -> Vec<Line> {
    let mut state = State::Code;
    let mut lines: Vec<Line> = source.lines().map(|text| take_apart(text, &mut state)).collect();
    mark_tests(&mut lines);
    lines
}

fn take_apart(text: &str, state: &mut State) -> Line {
    let mut line = Line { in_string: matches!(state, State::String { .. }), ..Line::default() };
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        let mut length = c.len_utf8();
        match *state {
            State::LineComment => line.comment.push(c),
            State::BlockComment { depth } => {
                if rest.starts_with("*/") {
                    length = 2;
                    *state = if depth == 1 { State::Code } else { State::BlockComment { depth: depth - 1 } };
                } else if rest.starts_with("/*") {
                    length = 2;
                    *state = State::BlockComment { depth: depth + 1 };
                } else {
                    line.comment.push(c);
                }
            }
            State::String { hashes: None } => {
                if c == '\\' {
                    length += rest[length..].chars().next().map_or(0, char::len_utf8);
                } else if c == '"' {
                    *state = State::Code;
                    line.code.push('"');
                }
            }
            State::String { hashes: Some(hashes) } => {
                let end = rest.strip_prefix('"').map(|rest| rest.bytes().take_while(|b| *b == b'#').count());
                if end.is_some_and(|end| end >= hashes) {
                    length += hashes;
                    *state = State::Code;
                    line.code.push('"');
                }
            }
            State::Code => {
                if rest.starts_with("//") {
                    length = 2;
                    *state = State::LineComment;
                } else if rest.starts_with("/*") {
                    length = 2;
                    *state = State::BlockComment { depth: 1 };
                } else if let Some(opening) = raw_string(rest) {
                    length = opening;
                    *state = State::String { hashes: Some(opening - "r\"".len()) };
                    line.code.push('"');
                } else if let Some(literal) = char_literal(rest) {
                    length = literal;
                    line.code.push_str("''");
                } else {
                    if c == '"' {
                        *state = State::String { hashes: None };
                    }
                    line.code.push(c);
                }
            }
        }
        rest = &rest[length..];
    }
    if matches!(state, State::LineComment) {
        *state = State::Code;
    }
    line.in_string |= matches!(state, State::String { .. });
    line
}

/// Length of `r"`, `r#"`, `r##"`, … at the beginning of `rest`. A `b` or `c` before it is left to the code.
fn raw_string(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('r')?;
    let hashes = after.bytes().take_while(|b| *b == b'#').count();
    after[hashes..].starts_with('"').then_some(hashes + 2)
}

/// Length of a character literal at the beginning of `rest`; `None` for a lifetime.
fn char_literal(rest: &str) -> Option<usize> {
    let after = rest.strip_prefix('\'')?;
    let mut chars = after.char_indices();
    let (_, first) = chars.next()?;
    if first == '\\' {
        // Whatever is escaped first is not the end: `'\''`.
        chars.next()?;
        return chars.find(|(_, c)| *c == '\'').map(|(index, _)| index + 2);
    }
    chars.next().filter(|(_, c)| *c == '\'').map(|(index, _)| index + 2)
}

/// Marks each item under `#[cfg(test)]`, from its attribute to the line that closes it.
fn mark_tests(lines: &mut [Line]) {
    let mut depth = 0_usize;
    let mut in_test = false;
    for line in lines {
        let code = line.code.trim();
        let mut item = code;
        if !in_test && let Some(rest) = code.strip_prefix("#[cfg(test)]") {
            in_test = true;
            item = rest.trim();
        }
        if !in_test {
            continue;
        }
        line.test_only = true;
        for c in item.chars() {
            match c {
                '{' | '(' | '[' => depth += 1,
                '}' | ')' | ']' => depth = depth.saturating_sub(1),
                _ => {}
            }
        }
        if depth == 0 && item.ends_with(['}', ';', ',']) {
            in_test = false;
        }
    }
}

/// Whether `code` has `word` as a whole identifier.
pub(super) fn names(code: &str, word: &str) -> bool {
    let is_part = |c: char| c.is_alphanumeric() || c == '_';
    code.split(|c| !is_part(c)).any(|token| token == word)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn code(source: &str) -> Vec<String> {
        lines(source).into_iter().map(|line| line.code).collect()
    }

    #[test]
    fn literals_and_comments_are_not_code() {
        assert_eq!(code("a(\"fs // b\"); // fs"), ["a(\"\"); "]);
        assert_eq!(
            code("let c = '\"'; let d = '\\''; fn f<'a>() {}"),
            ["let c = ''; let d = ''; fn f<'a>() {}"]
        );
        assert_eq!(code("a /* b /* c */\n d */ e"), ["a ", " e"]);
        assert_eq!(code("\"\\\"fs\" x"), ["\"\" x"]);
        assert_eq!(code("br#\"a\"b\n \"#; c"), ["b\"", "\"; c"]);
    }

    #[test]
    fn comments_are_kept_apart() {
        let lines = lines("x; // one\n/* two */ y \"// three\"");
        assert_eq!(lines[0].comment, " one");
        assert_eq!(lines[1].comment, " two ");
    }

    #[test]
    fn strings_over_several_lines_are_known() {
        let in_string: Vec<bool> =
            lines("a(r\"x\n y\n\");\nb();").into_iter().map(|line| line.in_string).collect();
        assert_eq!(in_string, [true, true, true, false]);
    }

    #[test]
    fn test_items_end_where_they_end() {
        let source = "#[cfg(test)]\nuse a::{\n    b,\n};\nuse c;\n#[cfg(test)]\n#[path = \"t.rs\"]\nmod t;\n\
                      fn f() {}\n#[cfg(test)]\nmod tests {\n    fn g() {\n        \"}\";\n    }\n}\nfn h() {}\n";
        let code: Vec<String> =
            lines(source).into_iter().filter(|line| !line.test_only).map(|line| line.code).collect();
        assert_eq!(code, ["use c;", "fn f() {}", "fn h() {}"]);
    }

    #[test]
    fn names_are_whole_words() {
        assert!(names("use std::{fs, io};", "fs"));
        assert!(names("fs::read(x)", "fs"));
        assert!(!names("vfs::read(offs)", "fs"));
    }
}
