//! What is done to `__all__`, from the tree.

use tree_sitter::Node;

use super::literal;
use crate::scan::dunder_all::{ALL, AllBuilder, Part};

/// `__all__ = …`, `__all__: … = …`.
pub(super) fn assignment(all: &mut AllBuilder, assignment: Node<'_>, text: &str, conditional: bool) {
    let Some(target) = assignment.child_by_field_name("left") else { return };
    let mut value = assignment.child_by_field_name("right");
    while let Some(inner) = value.filter(|value| value.kind() == "assignment") {
        value = inner.child_by_field_name("right");
    }
    let Some(value) = value else { return };
    if is_all(target, text) {
        all.assign(parts(value, text), conditional);
    } else if touches_all(target, text) {
        all.give_up();
    }
}

/// `__all__ += …`; any other operator is not understood.
pub(super) fn augmented(all: &mut AllBuilder, assignment: Node<'_>, text: &str) {
    let Some(target) = assignment.child_by_field_name("left").filter(|target| touches_all(*target, text))
    else {
        return;
    };
    let operator = assignment.child_by_field_name("operator").map(|operator| operator.kind());
    match assignment.child_by_field_name("right") {
        Some(value) if is_all(target, text) && operator == Some("+=") => all.extend(parts(value, text)),
        _ => all.give_up(),
    }
}

/// `__all__.append(…)` and the like.
pub(super) fn call(all: &mut AllBuilder, call: Node<'_>, text: &str) {
    let method = call.child_by_field_name("function").filter(|method| method.kind() == "attribute");
    let Some(method) = method else { return };
    if !method.child_by_field_name("object").is_some_and(|object| is_all(object, text)) {
        return;
    }
    let name = method.child_by_field_name("attribute").map_or("", |name| &text[name.byte_range()]);
    let list = call.child_by_field_name("arguments").filter(|list| list.kind() == "argument_list");
    let argument = list.and_then(|list| {
        let mut cursor = list.walk();
        let mut values = list.named_children(&mut cursor).filter(|value| !value.is_extra());
        values.next().filter(|_| values.next().is_none())
    });
    let value = argument.and_then(|argument| literal(argument, text));
    all.method(name, argument.map(|argument| parts(argument, text)), value);
}

/// `del __all__[0]`.
pub(super) fn deletion(all: &mut AllBuilder, statement: Node<'_>, text: &str) {
    let mut cursor = statement.walk();
    if statement.named_children(&mut cursor).any(|target| touches_all(target, text)) {
        all.give_up();
    }
}

/// The pieces of a value, in order: the elements of lists, tuples and sets of names, `sub.__all__`, and sums of such.
fn parts<'t>(value: Node<'_>, text: &'t str) -> Vec<Part<'t>> {
    let mut parts = Vec::new();
    // What is left to do, the next last, and whether it is an element of a display.
    let mut pending = vec![(value, false)];
    while let Some((value, is_element)) = pending.pop() {
        let mut cursor = value.walk();
        match value.kind() {
            "string" | "concatenated_string" if is_element => {
                parts.push(literal(value, text).map_or(Part::Unknown, Part::Name));
            }
            "list_splat" if is_element => pending.extend(value.named_child(0).map(|inner| (inner, false))),
            _ if is_element => parts.push(Part::Unknown),
            "list" | "tuple" | "expression_list" | "set" => {
                let elements = value.named_children(&mut cursor).filter(|element| !element.is_extra());
                let mut elements: Vec<_> = elements.map(|element| (element, true)).collect();
                elements.reverse();
                pending.append(&mut elements);
            }
            "parenthesized_expression" => {
                let inner = value.named_children(&mut cursor).find(|inner| !inner.is_extra());
                pending.extend(inner.map(|inner| (inner, false)));
            }
            "binary_operator"
                if value.child_by_field_name("operator").is_some_and(|operator| operator.kind() == "+") =>
            {
                pending.extend(value.child_by_field_name("right").map(|operand| (operand, false)));
                pending.extend(value.child_by_field_name("left").map(|operand| (operand, false)));
            }
            "identifier" if is_all(value, text) => parts.push(Part::Itself),
            "attribute" if value.child_by_field_name("attribute").is_some_and(|name| is_all(name, text)) => {
                let module = value.child_by_field_name("object").map(|module| &text[module.byte_range()]);
                parts.push(module.map_or(Part::Unknown, Part::Module));
            }
            _ => parts.push(Part::Unknown),
        }
    }
    parts
}

fn is_all(node: Node<'_>, text: &str) -> bool {
    node.kind() == "identifier" && &text[node.byte_range()] == ALL
}

/// Whether a target is `__all__` or an element of it, or has such a part.
fn touches_all(target: Node<'_>, text: &str) -> bool {
    let mut pending = vec![target];
    while let Some(target) = pending.pop() {
        let mut cursor = target.walk();
        match target.kind() {
            "identifier" if is_all(target, text) => return true,
            "subscript" if target.child_by_field_name("value").is_some_and(|value| is_all(value, text)) => {
                return true;
            }
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "expression_list"
            | "tuple"
            | "list"
            | "list_splat"
            | "parenthesized_expression" => pending.extend(target.named_children(&mut cursor)),
            _ => {}
        }
    }
    false
}
