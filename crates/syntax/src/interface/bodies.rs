//! Which function bodies other files cannot see into.

use std::ops::Range;
use std::sync::LazyLock;

use compact_str::CompactString;
use tree_sitter::{Language, Node};

/// By number, the kinds of nodes that matter to [`Bodies::of`]: most do not, and their names are costly to compare.
static NOTED: LazyLock<Box<[bool]>> = LazyLock::new(|| {
    let language = Language::from(tree_sitter_python::LANGUAGE);
    let noted = |id| match language.node_kind_for_id(id) {
        Some(
            "function_definition"
            | "import_statement"
            | "yield"
            | "global_statement"
            | "nonlocal_statement"
            | "assignment"
            | "augmented_assignment"
            | "for_statement"
            | "for_in_clause"
            | "as_pattern_target"
            | "delete_statement"
            | "except_clause",
        ) => language.node_kind_is_named(id),
        _ => false,
    };
    (0..=u16::MAX).map(noted).collect()
});

/// What becomes of a function's body in the digest.
pub(super) enum BodyKind {
    /// It is in, but for its docstring.
    Kept,
    /// It is out, and does nothing: `...`, `pass`, a docstring.
    Stub,
    /// It is out.
    Erased,
}

/// All functions of a file, in source order.
pub(super) struct Bodies {
    functions: Vec<Function>,
    /// The dotted modules of `import` statements inside functions, and where they stand, in source order.
    imports: Vec<(usize, CompactString)>,
}

struct Function {
    /// Whether something inside has an effect outside.
    telling: bool,
    /// The number of the first function behind this one and those inside.
    behind: usize,
}

impl Bodies {
    /// Looks through the whole tree once.
    pub(super) fn of(root: Node<'_>, text: &str) -> Self {
        let mut bodies = Self { functions: Vec::new(), imports: Vec::new() };
        // The functions that the walk is in: their depth in the tree, and their numbers.
        let mut open: Vec<(usize, usize)> = Vec::new();
        let mut depth = 0;
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if NOTED[usize::from(node.kind_id())] {
                let kind = node.kind();
                if let Some(&(_, innermost)) = open.last() {
                    if kind == "import_statement" {
                        bodies.note_imports(node, text);
                    }
                    bodies.functions[innermost].telling |= is_telling(node, kind);
                }
                if kind == "function_definition" {
                    open.push((depth, bodies.functions.len()));
                    bodies.functions.push(Function { telling: false, behind: 0 });
                }
            }
            if cursor.goto_first_child() {
                depth += 1;
                continue;
            }
            loop {
                bodies.leave(&mut open, depth);
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    return bodies;
                }
                depth -= 1;
            }
        }
    }

    /// Closes the function at `depth`, if the node left is one; what is inside counts for what is around.
    fn leave(&mut self, open: &mut Vec<(usize, usize)>, depth: usize) {
        if open.last().is_none_or(|(at, _)| *at != depth) {
            return;
        }
        let Some((_, number)) = open.pop() else { return };
        self.functions[number].behind = self.functions.len();
        if let Some(&(_, around)) = open.last() {
            self.functions[around].telling |= self.functions[number].telling;
        }
    }

    fn note_imports(&mut self, statement: Node<'_>, text: &str) {
        let mut cursor = statement.walk();
        for name in statement.named_children(&mut cursor) {
            let name =
                if name.kind() == "aliased_import" { name.child_by_field_name("name") } else { Some(name) };
            let Some(name) = name.filter(|name| name.kind() == "dotted_name" && name.child_count() > 1)
            else {
                continue;
            };
            let mut parts = name.walk();
            let mut module = CompactString::default();
            for part in name.children(&mut parts).filter(|part| !part.is_extra()) {
                module.push_str(&text[part.byte_range()]);
            }
            self.imports.push((name.start_byte(), module));
        }
    }

    /// What becomes of `block`, the body of the function with this number.
    pub(super) fn kind(&self, number: usize, block: Node<'_>, text: &str) -> BodyKind {
        if self.functions[number].telling {
            return BodyKind::Kept;
        }
        let mut cursor = block.walk();
        let mut statements =
            block.named_children(&mut cursor).filter(|statement| !statement.is_extra()).peekable();
        statements.next_if(|first| is_docstring(*first, text));
        let Some(first) = statements.next() else { return BodyKind::Stub };
        if first.kind() == "raise_statement" && statements.peek().is_none() {
            // It may say NotImplementedError, under whatever name.
            return BodyKind::Kept;
        }
        let is_void = |statement: Node<'_>| {
            statement.kind() == "pass_statement"
                || sole_expression(statement).is_some_and(|value| value.kind() == "ellipsis")
        };
        if is_void(first) && statements.all(is_void) { BodyKind::Stub } else { BodyKind::Erased }
    }

    /// The number of the first function that is not inside the one with this number.
    pub(super) fn behind(&self, number: usize) -> usize {
        self.functions[number].behind
    }

    /// The dotted modules imported in a range of bytes.
    pub(super) fn imports_in(&self, range: Range<usize>) -> impl Iterator<Item = &str> {
        let from = self.imports.partition_point(|(at, _)| *at < range.start);
        let until = self.imports.partition_point(|(at, _)| *at < range.end);
        self.imports[from..until].iter().map(|(_, module)| module.as_str())
    }
}

/// Whether the tree has errors, other than that the grammar does not know `lazy import`.
pub(super) fn is_broken(root: Node<'_>, text: &str) -> bool {
    if !root.has_error() {
        return false;
    }
    let mut cursor = root.walk();
    loop {
        let node = cursor.node();
        let lazy = node.is_error() && text.get(node.byte_range()) == Some("lazy");
        if node.is_missing() || node.is_error() && !lazy {
            return true;
        }
        if node.has_error() && !lazy && cursor.goto_first_child() {
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return false;
            }
        }
    }
}

/// Whether a statement at the beginning of a block is a docstring: a plain string, alone, perhaps in parentheses.
pub(super) fn is_docstring(statement: Node<'_>, text: &str) -> bool {
    let is_plain = |string: Node<'_>| {
        string.kind() == "string"
            && string.child(0).is_some_and(|start| {
                !text.get(start.byte_range()).unwrap_or("").contains(['b', 'B', 'f', 'F', 't', 'T'])
            })
    };
    let Some(value) = sole_expression(statement) else { return false };
    if value.kind() != "concatenated_string" {
        return is_plain(value);
    }
    let mut cursor = value.walk();
    value.named_children(&mut cursor).filter(|part| !part.is_extra()).all(is_plain)
}

/// The expression that an expression statement consists of, out of its parentheses.
fn sole_expression(statement: Node<'_>) -> Option<Node<'_>> {
    let mut value = statement;
    while matches!(value.kind(), "expression_statement" | "parenthesized_expression") {
        let mut cursor = value.walk();
        let mut parts =
            value.children(&mut cursor).filter(|part| !part.is_extra() && !matches!(part.kind(), "(" | ")"));
        let inner = parts.next()?;
        if parts.next().is_some() {
            return None;
        }
        value = inner;
    }
    (value != statement).then_some(value)
}

/// Whether a node in a body says something that other files can see.
fn is_telling(node: Node<'_>, kind: &str) -> bool {
    match kind {
        "yield" | "global_statement" | "nonlocal_statement" => true,
        "assignment" | "augmented_assignment" | "for_statement" | "for_in_clause" => {
            node.child_by_field_name("left").is_some_and(stores_attribute)
        }
        "as_pattern_target" | "delete_statement" => stores_attribute(node),
        "except_clause" => node.child_by_field_name("alias").is_some_and(stores_attribute),
        _ => false,
    }
}

/// Whether a target is, or has among its parts, an attribute of a bare name.
fn stores_attribute(target: Node<'_>) -> bool {
    let mut pending = vec![target];
    while let Some(target) = pending.pop() {
        match target.kind() {
            "attribute" => {
                let mut object = target.child_by_field_name("object");
                while let Some(outer) = object.filter(|object| object.kind() == "parenthesized_expression") {
                    let mut cursor = outer.walk();
                    object = outer.named_children(&mut cursor).find(|inner| !inner.is_extra());
                }
                if object.is_some_and(|object| object.kind() == "identifier") {
                    return true;
                }
            }
            "pattern_list"
            | "tuple_pattern"
            | "list_pattern"
            | "list_splat_pattern"
            | "as_pattern_target"
            | "delete_statement"
            | "expression_list"
            | "tuple"
            | "list"
            | "list_splat"
            | "parenthesized_expression" => {
                let mut cursor = target.walk();
                pending.extend(target.named_children(&mut cursor));
            }
            _ => {}
        }
    }
    false
}
