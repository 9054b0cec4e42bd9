//! What a module binds at its top level, from the tree.

use std::ops::Range;

use staniel_facts::{Bindings, Contexts, Import};
use tree_sitter::{Node, TreeCursor};

use super::dunder_all;
use crate::scan::bindings::BindingsBuilder;
use crate::scan::dunder_all::ALL;

/// The module's bindings; `imports`, and which bytes stand under TYPE_CHECKING, are those of the same tree, which has no
/// errors. Linear in the tree's size, but for searches in sorted lists and one sort.
pub(super) fn bindings(root: Node<'_>, text: &str, imports: &[Import], typing: &[Range<usize>]) -> Bindings {
    let mut scan = Scan { text, imports, typing, next: 0, builder: BindingsBuilder::default() };
    let mut cursor = root.walk();
    let mut frames: Vec<Frame> = Vec::new();
    'walk: loop {
        let node = cursor.node();
        let kind = if node.is_named() { node.kind() } else { "" };
        let scope = frames.last().map_or(Scope::Module, |parent| parent.scope_of(&cursor));
        let conditional = frames.last().is_some_and(|parent| parent.conditional || parent.opens_branch);
        scan.enter(node, kind, scope, conditional);
        if cursor.goto_first_child() {
            frames.push(Frame::of(kind, scope, conditional));
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                break 'walk;
            }
            frames.pop();
        }
    }
    // Imports that no node follows.
    scan.pass_imports(usize::MAX, Scope::Module);
    scan.builder.finish(text, imports)
}

/// Where a node stands, as far as binding names goes.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Module,
    /// In a function, a lambda or a class.
    Inner,
}

/// What is known of a node while its children are visited.
struct Frame {
    scope: Scope,
    /// The scope of the child in the field `body`.
    body: Scope,
    /// Whether the node may not be executed, or more than once.
    conditional: bool,
    /// Whether its children may not be.
    opens_branch: bool,
}

impl Frame {
    fn of(kind: &str, scope: Scope, conditional: bool) -> Self {
        let (inside, body) = match kind {
            // Decorators, defaults, annotations and base classes belong to the scope outside.
            "function_definition" | "class_definition" | "lambda" => (scope, Scope::Inner),
            _ => (scope, scope),
        };
        let opens_branch = matches!(
            kind,
            "if_statement" | "for_statement" | "while_statement" | "try_statement" | "match_statement"
        );
        Self { scope: inside, body, conditional, opens_branch }
    }

    fn scope_of(&self, cursor: &TreeCursor<'_>) -> Scope {
        if self.scope != self.body && cursor.field_name() == Some("body") { self.body } else { self.scope }
    }
}

struct Scan<'a> {
    text: &'a str,
    imports: &'a [Import],
    typing: &'a [Range<usize>],
    /// The first import that the walk has not come to.
    next: usize,
    builder: BindingsBuilder,
}

impl Scan<'_> {
    fn enter(&mut self, node: Node<'_>, kind: &str, scope: Scope, conditional: bool) {
        self.pass_imports(node.start_byte(), scope);
        if scope != Scope::Module {
            if kind == "global_statement" {
                self.declare_globals(node);
            }
            return;
        }
        match kind {
            "function_definition" | "class_definition" | "named_expression" => {
                self.define_field(node, "name");
            }
            "assignment" if node.child_by_field_name("right").is_none() => {
                let target = node.child_by_field_name("left").filter(|target| target.kind() == "identifier");
                if let Some(target) = target {
                    self.declare(target);
                }
            }
            "assignment" => {
                // `(x): int` declares nothing.
                let left = node.child_by_field_name("left");
                if node.child_by_field_name("right").is_some()
                    || left.is_some_and(|left| left.kind() == "identifier")
                {
                    self.define_field(node, "left");
                }
                dunder_all::assignment(&mut self.builder.all, node, self.text, conditional);
            }
            "augmented_assignment" => {
                self.define_field(node, "left");
                dunder_all::augmented(&mut self.builder.all, node, self.text);
            }
            "for_statement" => self.define_field(node, "left"),
            "call" => dunder_all::call(&mut self.builder.all, node, self.text),
            "delete_statement" => {
                dunder_all::deletion(&mut self.builder.all, node, self.text);
                if !conditional {
                    let mut cursor = node.walk();
                    for target in node.named_children(&mut cursor) {
                        names_in(target, |name| {
                            self.builder.delete(&self.text[name.byte_range()], name.start_byte());
                        });
                    }
                }
            }
            "as_pattern" => {
                // `E as target`, and in a `case` `pattern as name`.
                let mut cursor = node.walk();
                let target = node.named_children(&mut cursor).filter(|part| !part.is_extra()).last();
                let handler = node.parent().is_some_and(|parent| parent.kind() == "except_clause");
                match target {
                    Some(target) if handler => names_in(target, |name| self.declare(name)),
                    Some(target) => self.define(target),
                    None => {}
                }
            }
            "case_pattern" | "keyword_pattern" | "union_pattern" | "splat_pattern" => {
                self.define_captures(node);
            }
            "type_alias_statement" => self.define_alias(node),
            _ => {}
        }
    }

    /// Binds what the imports do that begin up to byte `start`, where the walk has come to `scope`.
    fn pass_imports(&mut self, start: usize, scope: Scope) {
        while let Some(import) =
            self.imports.get(self.next).filter(|next| next.statement.start as usize <= start)
        {
            let index = self.next as u32;
            self.next += 1;
            if import.contexts.contains(Contexts::DYNAMIC) || scope != Scope::Module {
                continue;
            }
            self.builder.import(index, import);
        }
    }

    fn define_field(&mut self, node: Node<'_>, field: &str) {
        if let Some(target) = node.child_by_field_name(field) {
            self.define(target);
        }
    }

    fn define_name(&mut self, identifier: Node<'_>) {
        let start = identifier.start_byte();
        let block = self.typing.partition_point(|block| block.end <= start);
        if self.typing.get(block).is_some_and(|block| block.start <= start) {
            self.declare(identifier);
        } else if !identifier.is_missing() {
            self.builder.define(&self.text[identifier.byte_range()], start);
        }
    }

    /// Names what is not bound while the module is loaded.
    fn declare(&mut self, identifier: Node<'_>) {
        if !identifier.is_missing() {
            self.builder.declare(&self.text[identifier.byte_range()], identifier.start_byte());
        }
    }

    /// Binds the names in an assignment target.
    fn define(&mut self, target: Node<'_>) {
        names_in(target, |name| self.define_name(name));
    }

    /// Binds the name that `type X[T] = …` defines.
    fn define_alias(&mut self, statement: Node<'_>) {
        let mut left = statement.child_by_field_name("left");
        while let Some(outer) =
            left.filter(|left| matches!(left.kind(), "type" | "generic_type" | "subscript"))
        {
            left = outer.named_child(0);
        }
        if let Some(name) = left {
            self.define(name);
        }
    }

    /// Binds the names that a part of a `case` captures. A name with a dot is a value to compare with, and the
    /// name before `=` or `(` an attribute or a class.
    fn define_captures(&mut self, pattern: Node<'_>) {
        let keyword = pattern.kind() == "keyword_pattern";
        let mut cursor = pattern.walk();
        for part in pattern.named_children(&mut cursor).skip(usize::from(keyword)) {
            match part.kind() {
                "identifier" => self.define_name(part),
                "dotted_name" if part.child_count() == 1 && &self.text[part.byte_range()] != "_" => {
                    self.define_name(part);
                }
                _ => {}
            }
        }
    }

    fn declare_globals(&mut self, statement: Node<'_>) {
        let mut around = statement.parent();
        while around.is_some_and(|around| around.kind() != "class_definition") {
            around = around.and_then(|around| around.parent());
        }
        let class = around.and_then(|class| class.child_by_field_name("name"));
        let class = class.map(|name| &self.text[name.byte_range()]);
        let mut cursor = statement.walk();
        for name in statement.named_children(&mut cursor).filter(|name| name.kind() == "identifier") {
            if &self.text[name.byte_range()] == ALL {
                self.builder.all.give_up();
            }
            let (name, at) = (&self.text[name.byte_range()], name.start_byte());
            self.builder.declare_global(name, at, class);
        }
    }
}

/// Shows `visit` each identifier in an assignment target.
fn names_in<'t>(target: Node<'t>, mut visit: impl FnMut(Node<'t>)) {
    let mut pending = vec![target];
    while let Some(target) = pending.pop() {
        match target.kind() {
            "identifier" => visit(target),
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "as_pattern_target"
            | "tuple"
            | "list"
            | "expression_list"
            | "parenthesized_expression"
            | "list_splat" => {
                let mut cursor = target.walk();
                pending.extend(target.named_children(&mut cursor));
            }
            _ => {}
        }
    }
}
