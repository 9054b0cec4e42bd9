//! Docstrings: which string literal is one, what it means, and how `inspect.cleandoc` cleans it.

use std::sync::Arc;

use tree_sitter::Node;

use crate::grammar::{GRAMMAR, Kind};

/// The cleaned docstring of a module or a body: its first statement, if that is nothing but string literals, none of
/// them bytes or a template.
pub(super) fn docstring(text: &str, body: Node<'_>) -> Option<Arc<str>> {
    let statement = first(body)?;
    if GRAMMAR.kind(statement) != Kind::ExpressionStatement || statement.named_child_count() != 1 {
        return None;
    }
    let mut expression = first(statement)?;
    while GRAMMAR.kind(expression) == Kind::ParenthesizedExpression {
        expression = first(expression)?;
    }
    let mut value = String::new();
    match GRAMMAR.kind(expression) {
        Kind::String => literal(text, expression, &mut value)?,
        Kind::ConcatenatedString => {
            let mut cursor = expression.walk();
            for part in expression.named_children(&mut cursor) {
                if GRAMMAR.kind(part) == Kind::String {
                    literal(text, part, &mut value)?;
                }
            }
        }
        _ => return None,
    }
    Some(clean(&value).into())
}

/// The first named child that is not a comment.
fn first<'t>(node: Node<'t>) -> Option<Node<'t>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor)
        .find(|child| !matches!(GRAMMAR.kind(*child), Kind::Comment | Kind::LineContinuation))
}

/// Appends the value of one literal; `None` for bytes and templates.
fn literal(text: &str, string: Node<'_>, value: &mut String) -> Option<()> {
    let opening = string.child(0)?;
    let closing = string.child(string.child_count().checked_sub(1)?)?;
    if opening.kind() != "string_start" || closing.kind() != "string_end" {
        return None;
    }
    let prefix = text[opening.start_byte()..opening.end_byte()].trim_end_matches(['"', '\'', '`']);
    let has = |letter: char| prefix.contains([letter, letter.to_ascii_uppercase()]);
    if has('b') || has('f') || has('t') {
        return None;
    }
    let content = &text[opening.end_byte()..closing.start_byte()];
    if has('r') {
        push_lines(content, value);
    } else {
        unescape(content, value);
    }
    Some(())
}

/// Source lines end with `\n`, whatever the file does.
fn push_lines(content: &str, value: &mut String) {
    let mut rest = content;
    while let Some(at) = rest.find('\r') {
        value.push_str(&rest[..at]);
        value.push('\n');
        rest = &rest[at + 1..];
        rest = rest.strip_prefix('\n').unwrap_or(rest);
    }
    value.push_str(rest);
}

/// Python's escapes. `\N{…}` stays as written (a table of all character names would be needed), and so does what
/// is no escape; a lone surrogate, which a Rust string cannot hold, becomes U+FFFD.
pub(crate) fn unescape(content: &str, value: &mut String) {
    let mut rest = content;
    while let Some(at) = rest.find('\\') {
        push_lines(&rest[..at], value);
        rest = &rest[at + 1..];
        let Some(escape) = rest.chars().next() else {
            value.push('\\');
            break;
        };
        let simple = match escape {
            '\\' | '\'' | '"' => Some(escape),
            'a' => Some('\x07'),
            'b' => Some('\x08'),
            'f' => Some('\x0c'),
            'n' => Some('\n'),
            'r' => Some('\r'),
            't' => Some('\t'),
            'v' => Some('\x0b'),
            _ => None,
        };
        if let Some(character) = simple {
            value.push(character);
            rest = &rest[1..];
            continue;
        }
        let (digits_from, radix, least, most) = match escape {
            '\n' => {
                rest = &rest[1..];
                continue;
            }
            '\r' => {
                rest = rest[1..].strip_prefix('\n').unwrap_or(&rest[1..]);
                continue;
            }
            '0'..='7' => (0, 8, 1, 3),
            'x' => (1, 16, 2, 2),
            'u' => (1, 16, 4, 4),
            'U' => (1, 16, 8, 8),
            _ => (0, 0, 1, 0),
        };
        let digits = rest[digits_from.min(rest.len())..]
            .bytes()
            .take(most)
            .take_while(|byte| radix > 0 && char::from(*byte).is_digit(radix))
            .count();
        if digits < least {
            value.push('\\');
            continue;
        }
        let end = digits_from + digits;
        let code = u32::from_str_radix(&rest[digits_from..end], radix).unwrap_or(u32::MAX);
        value.push(char::from_u32(code).unwrap_or(char::REPLACEMENT_CHARACTER));
        rest = &rest[end..];
    }
    push_lines(rest, value);
}

/// What `str.isspace` says of one character: Unicode white space and the four ASCII separators.
fn is_space(character: char) -> bool {
    character.is_whitespace() || matches!(character, '\x1c'..='\x1f')
}

/// `inspect.cleandoc`.
fn clean(doc: &str) -> String {
    let doc = expand_tabs(doc);
    let mut lines: Vec<&str> = doc.split('\n').collect();
    let margin = lines[1..]
        .iter()
        .filter(|line| !line.trim_start_matches(is_space).is_empty())
        .map(|line| line.chars().take_while(|character| is_space(*character)).count())
        .min();
    lines[0] = lines[0].trim_start_matches(is_space);
    if let Some(margin) = margin {
        for line in &mut lines[1..] {
            let from = line.char_indices().nth(margin).map_or(line.len(), |(at, _)| at);
            *line = &line[from..];
        }
    }
    let from = lines.iter().position(|line| !line.is_empty()).unwrap_or(lines.len());
    let until = lines.iter().rposition(|line| !line.is_empty()).map_or(from, |last| last + 1);
    lines[from..until].join("\n")
}

/// `str.expandtabs`.
fn expand_tabs(doc: &str) -> String {
    if !doc.contains('\t') {
        return doc.to_owned();
    }
    let mut out = String::with_capacity(doc.len() + 64);
    let mut column = 0;
    for character in doc.chars() {
        match character {
            '\t' => {
                let width = 8 - column % 8;
                out.extend(std::iter::repeat_n(' ', width));
                column += width;
            }
            '\n' | '\r' => {
                out.push(character);
                column = 0;
            }
            _ => {
                out.push(character);
                column += 1;
            }
        }
    }
    out
}
