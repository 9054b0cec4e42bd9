//! Where the grammar sees no error and is wrong all the same: CPython reads these texts otherwise. Each is as narrow as
//! can be, and has the reason beside it.

use tree_sitter::Node;

/// Whether a tree without errors is not what CPython makes of the text.
pub(super) fn is_misread(root: Node<'_>, text: &str) -> bool {
    let mut cursor = root.walk();
    loop {
        if is_wrong(cursor.node(), text) {
            return true;
        }
        if cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

fn is_wrong(node: Node<'_>, text: &str) -> bool {
    let written = |node: Node<'_>| &text[node.byte_range()];
    match node.kind() {
        // `match [a]:` and the `case` on the next line are taken for an element of `match` with an annotation.
        "assignment" => {
            written(node).starts_with("match")
                && node
                    .child_by_field_name("type")
                    .is_some_and(|annotation| written(annotation).starts_with("case"))
        }
        // `with lambda: x as y:` is taken for a lambda that gives `x as y`.
        "lambda" => node.child_by_field_name("body").is_some_and(|body| body.kind() == "as_pattern"),
        _ => false,
    }
}
