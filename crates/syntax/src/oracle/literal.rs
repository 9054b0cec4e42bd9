//! The value of a string that is written down as it is.

use compact_str::CompactString;
use tree_sitter::Node;

/// The text of a string literal, of several joined by standing next to each other too; `None` for bytes, for
/// strings with interpolations or escapes, and for anything else. No name or module needs an escape.
pub(super) fn literal(node: Node<'_>, text: &str) -> Option<CompactString> {
    let mut value = CompactString::default();
    let mut cursor = node.walk();
    match node.kind() {
        "string" => push_part(node, text, &mut value)?,
        "concatenated_string" => {
            for part in node.named_children(&mut cursor) {
                match part.kind() {
                    "string" => push_part(part, text, &mut value)?,
                    "comment" | "line_continuation" => {}
                    _ => return None,
                }
            }
        }
        _ => return None,
    }
    Some(value)
}

fn push_part(string: Node<'_>, text: &str, value: &mut CompactString) -> Option<()> {
    let mut cursor = string.walk();
    for part in string.children(&mut cursor) {
        let written = text.get(part.byte_range())?;
        match part.kind() {
            "string_start" if written.contains(['b', 'B', 'f', 'F', 't', 'T']) => return None,
            "string_start" | "string_end" => {}
            "string_content" if !written.contains('\\') => value.push_str(written),
            _ => return None,
        }
    }
    Some(())
}
