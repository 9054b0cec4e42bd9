//! What a condition says about TYPE_CHECKING, and a handler about ImportError.

use tree_sitter::Node;

use crate::scan::known::KnownNames;

/// How deep a condition may be nested before it says nothing: this recurses.
const DEPTH: u32 = 1_000;

/// Whether TYPE_CHECKING must hold where `test` is true, and where it is false.
pub(super) fn implies_typing(test: Node<'_>, text: &str, known: &KnownNames) -> (bool, bool) {
    implies(test, text, known, DEPTH)
}

fn implies(test: Node<'_>, text: &str, known: &KnownNames, depth: u32) -> (bool, bool) {
    let operand = |name: &str| {
        let operand = test.child_by_field_name(name);
        operand.map_or((false, false), |operand| implies(operand, text, known, depth - 1))
    };
    if depth == 0 {
        return (false, false);
    }
    match test.kind() {
        "identifier" => (known.is_type_checking(&text[test.byte_range()]), false),
        "attribute" => {
            let name = test.child_by_field_name("attribute");
            (name.is_some_and(|name| &text[name.byte_range()] == "TYPE_CHECKING"), false)
        }
        "parenthesized_expression" => {
            inner(test).map_or((false, false), |inner| implies(inner, text, known, depth - 1))
        }
        "not_operator" => {
            let (holds, fails) = operand("argument");
            (fails, holds)
        }
        "boolean_operator" => {
            let (left, right) = (operand("left"), operand("right"));
            match test.child_by_field_name("operator").map(|operator| operator.kind()) {
                Some("and") => (left.0 || right.0, left.1 && right.1),
                _ => (left.0 && right.0, left.1 || right.1),
            }
        }
        _ => (false, false),
    }
}

/// Whether a `try` has a handler that an ImportError reaches.
pub(super) fn catches_import_errors(statement: Node<'_>, text: &str) -> bool {
    let mut cursor = statement.walk();
    statement
        .children(&mut cursor)
        .any(|child| child.kind() == "except_clause" && handles_import_errors(child, text))
}

/// Whether an `except` clause catches ImportError: by its name or that of a class near it, or because it is bare.
pub(super) fn handles_import_errors(clause: Node<'_>, text: &str) -> bool {
    let mut cursor = clause.walk();
    let mut bare = true;
    for value in clause.children_by_field_name("value", &mut cursor) {
        bare = false;
        if covers_import_error(value, text) {
            return true;
        }
    }
    bare
}

/// Whether a `with` has an item `contextlib.suppress(…)` that covers ImportError.
pub(super) fn suppresses_import_errors(statement: Node<'_>, text: &str, known: &KnownNames) -> bool {
    let mut cursor = statement.walk();
    let Some(clause) = statement.children(&mut cursor).find(|child| child.kind() == "with_clause") else {
        return false;
    };
    let mut cursor = clause.walk();
    clause.named_children(&mut cursor).any(|item| {
        let value = item.child_by_field_name("value").map(plain);
        value.is_some_and(|value| {
            // Parentheses around the items can look like a tuple.
            let mut cursor = value.walk();
            is_suppression(value, text, known)
                || value.kind() == "tuple"
                    && value.named_children(&mut cursor).any(|item| is_suppression(plain(item), text, known))
        })
    })
}

fn is_suppression(call: Node<'_>, text: &str, known: &KnownNames) -> bool {
    let Some(callee) = call.child_by_field_name("function").filter(|_| call.kind() == "call") else {
        return false;
    };
    let suppress = match callee.kind() {
        "identifier" => known.is_suppress(&text[callee.byte_range()]),
        "attribute" => {
            callee.child_by_field_name("attribute").is_some_and(|name| &text[name.byte_range()] == "suppress")
        }
        _ => false,
    };
    let Some(arguments) = call.child_by_field_name("arguments").filter(|_| suppress) else { return false };
    let mut cursor = arguments.walk();
    arguments.named_children(&mut cursor).any(|argument| covers_import_error(argument, text))
}

/// Whether an exception class, or one of a tuple of them, is ImportError or a relative that is caught for its sake.
fn covers_import_error(value: Node<'_>, text: &str) -> bool {
    let is_one = |class: Node<'_>| {
        let name = match class.kind() {
            "identifier" => Some(class),
            "attribute" => class.child_by_field_name("attribute"),
            _ => None,
        };
        name.is_some_and(|name| {
            matches!(
                &text[name.byte_range()],
                "ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException"
            )
        })
    };
    let value = plain(value);
    if value.kind() != "tuple" {
        return is_one(value);
    }
    let mut cursor = value.walk();
    value.named_children(&mut cursor).any(is_one)
}

/// `E` of `E as name`, out of its parentheses.
fn plain(mut value: Node<'_>) -> Node<'_> {
    while matches!(value.kind(), "as_pattern" | "parenthesized_expression") {
        match inner(value) {
            Some(inner) => value = inner,
            None => break,
        }
    }
    value
}

/// The first named child that is not a comment.
fn inner(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    node.named_children(&mut cursor).find(|child| !child.is_extra())
}
