//! What a module binds at its top level: names, star imports, `__all__`.
//!
//! The branch, loop or `try` a statement stands in does not matter, nor what deletes a name again: the question is
//! what *can* be bound. Functions and classes are looked into only for `global`.

use rustc_hash::FxHashMap;
use staniel_facts::{Binding, Bindings, Contexts, Import, Name};
use tree_sitter::{Node, TreeCursor};

mod dunder_all;
#[cfg(test)]
mod tests;

use crate::imports::holds_statements;
use dunder_all::AllBuilder;

/// The module's bindings; `imports` are those of the same tree. Linear in the tree's size, but for one sort.
pub(crate) fn bindings(root: Node<'_>, text: &str, imports: &[Import]) -> Bindings {
    let mut scan =
        Scan { text, imports, next: 0, found: Vec::new(), stars: Vec::new(), all: AllBuilder::default() };
    // Expressions bind by `:=` alone, functions and classes by `global`.
    let in_expressions = root.has_error() || text.contains(":=");
    let in_bodies = text.contains("global");
    let mut cursor = root.walk();
    let mut frames: Vec<Frame> = Vec::new();
    'walk: loop {
        let node = cursor.node();
        let kind = if node.is_named() { node.kind() } else { "" };
        let scope = frames.last().map_or(Scope::Module, |parent| parent.scope_of(&cursor));
        let conditional = frames.last().is_some_and(|parent| parent.conditional || parent.opens_branch);
        scan.enter(node, kind, scope, conditional);
        if scope == Scope::Inner && !in_bodies {
            scan.skip_imports(node.end_byte());
        } else if (in_expressions || holds_bindings(node, kind)) && cursor.goto_first_child() {
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
    scan.finish()
}

/// Whether something can bind in a node of a text without errors and `:=`.
fn holds_bindings(node: Node<'_>, kind: &str) -> bool {
    holds_statements(node)
        || matches!(
            kind,
            "expression_statement"
                | "assignment"
                | "with_clause"
                | "with_item"
                | "as_pattern"
                | "case_pattern"
        )
        || kind.ends_with("_pattern")
}

/// Where a node stands, as far as binding names goes.
#[derive(Clone, Copy, PartialEq)]
enum Scope {
    Module,
    /// In a comprehension of the module: only `:=` binds outside.
    Comprehension,
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
            "list_comprehension"
            | "set_comprehension"
            | "dictionary_comprehension"
            | "generator_expression"
                if scope == Scope::Module =>
            {
                (Scope::Comprehension, Scope::Comprehension)
            }
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
    /// The first import that the walk has not come to.
    next: usize,
    found: Vec<(Name, usize, Binding)>,
    stars: Vec<u32>,
    all: AllBuilder,
}

impl Scan<'_> {
    fn enter(&mut self, node: Node<'_>, kind: &str, scope: Scope, conditional: bool) {
        self.pass_imports(node.start_byte(), scope);
        if scope != Scope::Module {
            match kind {
                "named_expression" if scope == Scope::Comprehension => self.define_field(node, "name"),
                "global_statement" => self.define_globals(node),
                _ => {}
            }
            return;
        }
        match kind {
            "function_definition" | "class_definition" | "named_expression" => {
                self.define_field(node, "name");
            }
            "assignment" => {
                self.define_field(node, "left");
                self.all.assignment(node, self.text, conditional);
            }
            "augmented_assignment" => {
                self.define_field(node, "left");
                self.all.augmented(node, self.text);
            }
            "for_statement" => self.define_field(node, "left"),
            "call" => self.all.call(node, self.text),
            "delete_statement" => self.all.deletion(node, self.text),
            "except_clause" => self.define_field(node, "alias"),
            "as_pattern" => {
                // `E as target`, and in a `case` `pattern as name`.
                let mut cursor = node.walk();
                if let Some(target) = node.named_children(&mut cursor).filter(|part| !part.is_extra()).last()
                {
                    self.define(target);
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
            self.all.import(index, import);
            if import.is_star() {
                self.stars.push(index);
                continue;
            }
            let name = match (&import.alias, &import.symbol) {
                (Some(alias), _) => alias.clone(),
                (None, Some(symbol)) => symbol.clone(),
                (None, None) => import.module.top().into(),
            };
            self.found.push((name, import.name.start as usize, Binding::Import(index)));
        }
    }

    /// Passes over the imports that begin before byte `end`, which bind nothing here.
    fn skip_imports(&mut self, end: usize) {
        while self.imports.get(self.next).is_some_and(|next| (next.statement.start as usize) < end) {
            self.next += 1;
        }
    }

    fn define_field(&mut self, node: Node<'_>, field: &str) {
        if let Some(target) = node.child_by_field_name(field) {
            self.define(target);
        }
    }

    fn define_name(&mut self, identifier: Node<'_>) {
        if !identifier.is_missing() {
            let name = &self.text[identifier.byte_range()];
            self.found.push((name.into(), identifier.start_byte(), Binding::Definition));
        }
    }

    /// Binds the names in an assignment target.
    fn define(&mut self, target: Node<'_>) {
        let mut pending = vec![target];
        while let Some(target) = pending.pop() {
            match target.kind() {
                "identifier" => self.define_name(target),
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

    fn define_globals(&mut self, statement: Node<'_>) {
        let mut cursor = statement.walk();
        for name in statement.named_children(&mut cursor).filter(|name| name.kind() == "identifier") {
            if &self.text[name.byte_range()] == "__all__" {
                self.all.give_up();
            }
            self.define_name(name);
        }
    }

    fn finish(mut self) -> Bindings {
        // Imports that no node follows.
        self.pass_imports(usize::MAX, Scope::Module);
        self.found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut names: Vec<(Name, Box<[Binding]>)> = Vec::new();
        for same in self.found.chunk_by(|a, b| a.0 == b.0) {
            names.push((same[0].0.clone(), same.iter().map(|(_, _, binding)| *binding).collect()));
        }
        Bindings { names: names.into(), stars: self.stars.into(), all: self.all.finish() }
    }
}

/// The imports by which a module's submodules or other modules can be meant in `name.__all__`.
type ModuleNames = FxHashMap<Name, u32>;
