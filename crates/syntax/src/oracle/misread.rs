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
    match node.kind() {
        // `match` on a new line can be taken to go on with the line before, and `case` with that: `x,\nmatch[y]: int`,
        // `match [a]:\n case …`.
        "assignment" => {
            let left = node.child_by_field_name("left").filter(|left| left.kind() == "pattern_list");
            goes_on_behind_its_line(node, text)
                || left.is_some_and(|left| goes_on_behind_its_line(left, text))
        }
        // `with lambda: x as y:` is taken for a lambda that gives `x as y`.
        "lambda" => node.child_by_field_name("body").is_some_and(|body| body.kind() == "as_pattern"),
        _ => false,
    }
}

/// Whether a line ends between two parts of a node that is not between brackets, without a backslash.
fn goes_on_behind_its_line(node: Node<'_>, text: &str) -> bool {
    let mut cursor = node.walk();
    let parts: Vec<_> = node.children(&mut cursor).collect();
    parts.windows(2).any(|pair| {
        let between = &text[pair[0].end_byte()..pair[1].start_byte()];
        between.replace("\\\n", "").replace("\\\r\n", "").contains('\n')
    })
}
