//! `__all__`, as far as it is written down.

use rustc_hash::{FxHashMap, FxHashSet};
use staniel_facts::{DunderAll, Import, Name};
use tree_sitter::Node;

use super::ModuleNames;
use crate::imports::literal;

const ALL: &str = "__all__";

/// Collects what a module does to its `__all__`, in source order. Every operation costs what its text is long.
#[derive(Default)]
pub(super) struct AllBuilder {
    /// Whether anything was done to it.
    seen: bool,
    partial: bool,
    /// In order of appearance; removed ones leave a gap, so that removal does not search.
    names: Vec<Option<Name>>,
    index: FxHashMap<Name, usize>,
    from: Vec<u32>,
    /// What is in `from`.
    from_set: FxHashSet<u32>,
    modules: ModuleNames,
}

impl AllBuilder {
    /// Takes note of an import of the module's top level: `sub.__all__` may be added later.
    pub(super) fn import(&mut self, index: u32, import: &Import) {
        let name = match (&import.alias, &import.symbol) {
            (Some(alias), _) => alias.clone(),
            (None, Some(symbol)) if import.is_star() => {
                debug_assert_eq!(symbol, "*");
                // `from .sub import *` in a package's `__init__` binds `sub` too, in passing.
                let Some(last) = import.module.parts().next_back() else { return };
                // What binds the name outright is the better answer.
                self.modules.entry(last.into()).or_insert(index);
                return;
            }
            (None, Some(symbol)) => symbol.clone(),
            (None, None) => import.module.as_str().into(),
        };
        self.modules.insert(name, index);
    }

    /// `__all__ = …`, `__all__: … = …`. One that is certain to be executed forgets what came before.
    pub(super) fn assignment(&mut self, assignment: Node<'_>, text: &str, conditional: bool) {
        let Some(target) = assignment.child_by_field_name("left") else { return };
        if !is_all(target, text) {
            if touches_all(target, text) {
                self.give_up();
            }
            return;
        }
        let mut value = assignment.child_by_field_name("right");
        while let Some(inner) = value.filter(|value| value.kind() == "assignment") {
            value = inner.child_by_field_name("right");
        }
        let Some(value) = value else { return };
        if !conditional && !mentions_all(value, text) {
            let modules = std::mem::take(&mut self.modules);
            *self = Self { modules, ..Self::default() };
        }
        self.extend(value, text);
    }

    /// `__all__ += …`; any other operator is not understood.
    pub(super) fn augmented(&mut self, assignment: Node<'_>, text: &str) {
        let Some(target) = assignment.child_by_field_name("left").filter(|target| touches_all(*target, text))
        else {
            return;
        };
        let operator = assignment.child_by_field_name("operator").map(|operator| operator.kind());
        match assignment.child_by_field_name("right") {
            Some(value) if is_all(target, text) && operator == Some("+=") => self.extend(value, text),
            _ => self.give_up(),
        }
    }

    /// `__all__.append(…)` and the like.
    pub(super) fn call(&mut self, call: Node<'_>, text: &str) {
        let method = call.child_by_field_name("function").filter(|method| method.kind() == "attribute");
        let Some(method) = method else { return };
        if !method.child_by_field_name("object").is_some_and(|object| is_all(object, text)) {
            return;
        }
        let name = method.child_by_field_name("attribute").map_or("", |name| &text[name.byte_range()]);
        let argument = call.child_by_field_name("arguments").and_then(|arguments| {
            let mut cursor = arguments.walk();
            let mut values = arguments.named_children(&mut cursor).filter(|value| !value.is_extra());
            values.next().filter(|_| values.next().is_none())
        });
        let value = argument.and_then(|argument| literal(argument, text));
        match (name, argument, value) {
            ("append", _, Some(value)) => self.add(value),
            ("remove", _, Some(value)) => self.remove(&value),
            ("extend", Some(argument), _) => self.extend(argument, text),
            // What reads, and what changes only the order.
            ("index" | "count" | "copy" | "sort" | "reverse", ..) => {}
            _ => self.give_up(),
        }
    }

    /// `del __all__[0]`.
    pub(super) fn deletion(&mut self, statement: Node<'_>, text: &str) {
        let mut cursor = statement.walk();
        if statement.named_children(&mut cursor).any(|target| touches_all(target, text)) {
            self.give_up();
        }
    }

    /// Something was done that is not understood.
    pub(super) fn give_up(&mut self) {
        self.seen = true;
        self.partial = true;
    }

    pub(super) fn finish(self) -> Option<DunderAll> {
        self.seen.then(|| DunderAll {
            names: self.names.into_iter().flatten().collect(),
            from: self.from.into(),
            partial: self.partial,
        })
    }

    fn add(&mut self, name: Name) {
        self.seen = true;
        if !self.index.contains_key(&name) {
            self.index.insert(name.clone(), self.names.len());
            self.names.push(Some(name));
        }
    }

    fn remove(&mut self, name: &Name) {
        self.seen = true;
        match self.index.remove(name) {
            Some(at) => self.names[at] = None,
            // It may come from another module's `__all__`.
            None => self.partial = true,
        }
    }

    /// Adds the elements of a value: lists and tuples of names, `sub.__all__`, and sums of such.
    fn extend(&mut self, value: Node<'_>, text: &str) {
        self.seen = true;
        let mut pending = vec![value];
        while let Some(value) = pending.pop() {
            let mut cursor = value.walk();
            match value.kind() {
                "list" | "tuple" | "expression_list" | "set" => {
                    for element in value.named_children(&mut cursor).filter(|element| !element.is_extra()) {
                        match (element.kind(), literal(element, text)) {
                            (_, Some(name)) => self.add(name),
                            ("list_splat", _) => pending.extend(element.named_child(0)),
                            _ => self.partial = true,
                        }
                    }
                }
                "parenthesized_expression" => {
                    let inner = value.named_children(&mut cursor).find(|inner| !inner.is_extra());
                    pending.extend(inner);
                }
                "binary_operator"
                    if value
                        .child_by_field_name("operator")
                        .is_some_and(|operator| operator.kind() == "+") =>
                {
                    pending.extend(value.child_by_field_name("right"));
                    pending.extend(value.child_by_field_name("left"));
                }
                // `__all__ = __all__ + […]`: what there is stays, see `assignment`.
                "identifier" if is_all(value, text) => {}
                _ if self.module_all(value, text) => {}
                _ => self.partial = true,
            }
        }
    }

    /// Adds the `__all__` of a module that was imported, if `value` is that.
    fn module_all(&mut self, value: Node<'_>, text: &str) -> bool {
        if value.kind() != "attribute"
            || value.child_by_field_name("attribute").is_none_or(|name| &text[name.byte_range()] != ALL)
        {
            return false;
        }
        let module = value
            .child_by_field_name("object")
            .and_then(|module| self.modules.get(&text[module.byte_range()]));
        let Some(&index) = module else { return false };
        if self.from_set.insert(index) {
            self.from.push(index);
        }
        true
    }
}

fn is_all(node: Node<'_>, text: &str) -> bool {
    node.kind() == "identifier" && &text[node.byte_range()] == ALL
}

/// Whether a sum or a display contains `__all__` itself.
fn mentions_all(value: Node<'_>, text: &str) -> bool {
    let mut pending = vec![value];
    while let Some(value) = pending.pop() {
        if is_all(value, text) {
            return true;
        }
        if matches!(
            value.kind(),
            "binary_operator"
                | "parenthesized_expression"
                | "list"
                | "tuple"
                | "expression_list"
                | "list_splat"
        ) {
            let mut cursor = value.walk();
            pending.extend(value.named_children(&mut cursor));
        }
    }
    false
}

/// Whether a target is `__all__`, has it among its parts, or is a part of it.
fn touches_all(target: Node<'_>, text: &str) -> bool {
    if is_all(target, text) {
        return true;
    }
    match target.kind() {
        "subscript" => target.child_by_field_name("value").is_some_and(|value| is_all(value, text)),
        "pattern_list" | "tuple_pattern" | "list_pattern" | "expression_list" => {
            let mut cursor = target.walk();
            target.named_children(&mut cursor).any(|part| is_all(part, text))
        }
        _ => false,
    }
}
