//! The statements of a module, and which of them do nothing but define a name.
//!
//! Such a definition is one statement of the module's own block, and what of it runs with the module only gives values.
//! Above all it calls nothing: after what never returns, nothing can be reached.

use std::ops::Range;

use tree_sitter::Node;

/// A statement of the module's own block.
pub(super) struct Statement {
    pub(super) range: Range<usize>,
    /// Where the name stands that it defines, if it does nothing else.
    pub(super) name: Option<Range<usize>>,
}

/// Takes the next statement down.
pub(super) fn begin(statements: &mut Vec<Statement>, node: Node<'_>) {
    if node.kind() == "future_import_statement" {
        // It must stand before everything else: what is gone from before it makes it count.
        statements.iter_mut().for_each(|before| before.name = None);
    }
    let name = defined(node).map(|name| name.byte_range());
    statements.push(Statement { range: node.byte_range(), name });
}

/// The name that a statement of the module defines, if that is all that it does, as far as its form shows.
fn defined(node: Node<'_>) -> Option<Node<'_>> {
    match node.kind() {
        "decorated_definition" => node.child_by_field_name("definition")?.child_by_field_name("name"),
        "function_definition" | "class_definition" => node.child_by_field_name("name"),
        "expression_statement" => {
            let assignment = sole_child(node).filter(|child| child.kind() == "assignment")?;
            let name = assignment.child_by_field_name("left").filter(|left| left.kind() == "identifier")?;
            let is_annotated = assignment.child_by_field_name("type").is_some();
            match assignment.child_by_field_name("right") {
                // The other names of `a = b = 1` would need the same.
                Some(value) if matches!(value.kind(), "assignment" | "augmented_assignment") => None,
                // ty takes what an annotated assignment says of an empty list that it uses for the list's own type.
                Some(value) if is_annotated && !is_literal(value) => None,
                _ => Some(name),
            }
        }
        _ => None,
    }
}

fn is_literal(value: Node<'_>) -> bool {
    match value.kind() {
        "integer" | "float" | "true" | "false" | "none" | "ellipsis" => true,
        "string" => {
            let mut cursor = value.walk();
            value.named_children(&mut cursor).all(|part| part.kind() != "interpolation")
        }
        _ => false,
    }
}

/// Whether a statement that is an expression or an assignment leaves everything but the names that it binds as it is,
/// as far as that shows from outside: what is inside is looked at by itself.
pub(super) fn is_plain(statement: Node<'_>) -> bool {
    let Some(inner) = sole_child(statement) else { return false };
    match inner.kind() {
        "string" | "concatenated_string" | "ellipsis" => true,
        "assignment" => inner.child_by_field_name("left").is_some_and(binds_names),
        _ => false,
    }
}

/// Whether a target consists of bare names. Others change what is there already, or what is known about it.
fn binds_names(target: Node<'_>) -> bool {
    let mut pending = vec![target];
    while let Some(target) = pending.pop() {
        match target.kind() {
            "identifier" | "comment" => {}
            "pattern_list" | "tuple_pattern" | "list_pattern" | "list_splat_pattern" => {
                let mut cursor = target.walk();
                pending.extend(target.named_children(&mut cursor));
            }
            _ => return false,
        }
    }
    true
}

fn sole_child(node: Node<'_>) -> Option<Node<'_>> {
    node.named_child(0).filter(|_| node.child_count() == 1)
}

/// The name of a function's first parameter.
pub(super) fn first_parameter<'t>(function: Node<'_>, text: &'t str) -> Option<&'t str> {
    let parameters = function.child_by_field_name("parameters")?;
    let mut cursor = parameters.walk();
    let first = parameters.named_children(&mut cursor).find(|child| !child.is_extra())?;
    let name = match first.kind() {
        "typed_parameter" => first.named_child(0)?,
        "default_parameter" | "typed_default_parameter" => first.child_by_field_name("name")?,
        _ => first,
    };
    (name.kind() == "identifier").then(|| &text[name.byte_range()])
}
