//! Which function bodies other files cannot see into.

use std::ops::Range;

use compact_str::CompactString;
use staniel_facts::LONGEST_FACTORY;
use tree_sitter::Node;

/// What becomes of a function's body in the digest.
#[derive(Clone, Copy, PartialEq)]
pub(super) enum BodyKind {
    /// It is in, but for its docstring.
    Kept,
    /// It is out, and does nothing: `...`, `pass`, a docstring.
    Stub,
    /// It is out.
    Erased,
}

/// All functions of a file, in source order.
#[derive(Default)]
pub(super) struct Bodies {
    functions: Vec<Function>,
    /// The dotted modules of `import` statements inside functions, and where they stand, in source order.
    imports: Vec<(usize, CompactString)>,
}

pub(super) struct Function {
    /// Whether something inside has an effect outside.
    pub(super) telling: bool,
    /// Whether it says what it returns.
    annotated: bool,
    /// The number of the first function behind this one and those inside.
    behind: usize,
    kind: BodyKind,
    /// From the colon to the end of the last statement.
    body: Range<usize>,
}

/// Where the text says what not everybody sees, in source order. The ranges of either list do not overlap, but `hidden`
/// ones may lie in `deep` ones.
#[derive(Default)]
pub(super) struct Unseen {
    /// What nobody sees.
    pub(super) hidden: Vec<Range<usize>>,
    /// What only those see who infer what functions return.
    pub(super) deep: Vec<Range<usize>>,
}

impl Bodies {
    /// Takes the next function down; its number.
    pub(super) fn begin(&mut self, function: Node<'_>) -> usize {
        let annotated = function.child_by_field_name("return_type").is_some();
        let kind = BodyKind::Kept;
        self.functions.push(Function { telling: false, annotated, behind: 0, kind, body: 0..0 });
        self.functions.len() - 1
    }

    /// Nothing more is inside the function with this number; whether something in there was telling. `is_top`: whether it
    /// stands in the module's own block.
    pub(super) fn end(&mut self, number: usize, node: Node<'_>, is_top: bool, text: &str) -> bool {
        let behind = self.functions.len();
        let function = &mut self.functions[number];
        function.behind = behind;
        let mut cursor = node.walk();
        let mut colon = node.end_byte();
        for child in node.children(&mut cursor) {
            match child.kind() {
                ":" => colon = child.end_byte(),
                "block" => {
                    function.kind = kind(function.telling, child, text);
                    let is_seen =
                        || is_exit(node, text) || is_top && !is_async(node) && is_factorys(child, text);
                    if function.kind == BodyKind::Erased && !function.annotated && is_seen() {
                        function.kind = BodyKind::Kept;
                    }
                    function.body = colon..child.end_byte();
                }
                _ => {}
            }
        }
        function.telling
    }

    pub(super) fn function(&mut self, number: usize) -> &mut Function {
        &mut self.functions[number]
    }

    /// Takes down the dotted modules that an import statement inside a function names; whether there are any.
    pub(super) fn note_imports(&mut self, statement: Node<'_>, text: &str) -> bool {
        let before = self.imports.len();
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
        self.imports.len() > before
    }

    /// Whether the function with this number says what it returns.
    pub(super) fn is_annotated(&self, number: usize) -> bool {
        self.functions[number].annotated
    }

    /// What becomes of the body of the function with this number.
    pub(super) fn kind(&self, number: usize) -> BodyKind {
        self.functions[number].kind
    }

    /// Where not everybody sees what the text says. Comments behind a body belong to it: on its last line there can be
    /// nothing else, and on lines of their own they mean nothing to anybody. Cost: linear in the text.
    pub(super) fn unseen(&self, text: &str) -> Unseen {
        let mut unseen = Unseen::default();
        let mut number = 0;
        while let Some(Function { annotated, behind, kind, body, .. }) = self.functions.get(number) {
            number += 1;
            if *kind == BodyKind::Kept {
                continue;
            }
            let ranges = if *annotated { &mut unseen.hidden } else { &mut unseen.deep };
            if ranges.last().is_none_or(|last| last.end <= body.start) {
                ranges.push(body.start..behind_comments(text, body.end));
            }
            if *annotated {
                number = *behind;
            }
        }
        unseen
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

/// What becomes of `block`, the body of a function.
fn kind(is_telling: bool, block: Node<'_>, text: &str) -> BodyKind {
    if is_telling {
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

/// Whether a function may tell a `with` statement to swallow what was raised, by what it returns.
fn is_exit(function: Node<'_>, text: &str) -> bool {
    let name = function.child_by_field_name("name").map_or("", |name| &text[name.byte_range()]);
    matches!(name, "__exit__" | "__aexit__")
}

fn is_async(function: Node<'_>) -> bool {
    function.child(0).is_some_and(|first| first.kind() == "async")
}

/// Whether a body is that of a factory, if its function may be one: see [`LONGEST_FACTORY`].
fn is_factorys(block: Node<'_>, text: &str) -> bool {
    const COMPOUND: [&str; 9] = [
        "class_definition",
        "decorated_definition",
        "for_statement",
        "function_definition",
        "if_statement",
        "match_statement",
        "try_statement",
        "while_statement",
        "with_statement",
    ];
    let mut cursor = block.walk();
    let mut statements = block.named_children(&mut cursor).filter(|child| !child.is_extra()).peekable();
    statements.next_if(|first| is_docstring(*first, text));
    let mut count = 0;
    let mut last = None;
    for statement in statements {
        count += 1;
        if count > LONGEST_FACTORY || COMPOUND.contains(&statement.kind()) {
            return false;
        }
        last = Some(statement);
    }
    let returned = last.filter(|last| last.kind() == "return_statement").and_then(|last| named_child(last));
    returned.map(unparenthesized).is_some_and(|value| matches!(value.kind(), "call" | "identifier"))
}

/// The only child of a node that is no layout.
fn named_child(node: Node<'_>) -> Option<Node<'_>> {
    let mut cursor = node.walk();
    let mut children = node.named_children(&mut cursor).filter(|child| !child.is_extra());
    children.next().filter(|_| children.next().is_none())
}

fn unparenthesized(mut value: Node<'_>) -> Node<'_> {
    while value.kind() == "parenthesized_expression"
        && let Some(inner) = named_child(value)
    {
        value = inner;
    }
    value
}

/// The first byte from `at` on that is neither layout nor of a comment.
fn behind_comments(text: &str, mut at: usize) -> usize {
    let bytes = text.as_bytes();
    let mut in_comment = false;
    while let Some(byte) = bytes.get(at) {
        match byte {
            b'\n' | b'\r' => in_comment = false,
            b'#' => in_comment = true,
            b' ' | b'\t' | b'\x0c' => {}
            _ if in_comment => {}
            _ => break,
        }
        at += 1;
    }
    at
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

/// The bare names an attribute of which is a target, or among its parts.
pub(super) fn stored_objects(target: Node<'_>) -> Vec<Node<'_>> {
    let mut objects = Vec::new();
    let mut pending = vec![target];
    while let Some(target) = pending.pop() {
        match target.kind() {
            "attribute" => {
                let object = target.child_by_field_name("object").map(unparenthesized);
                objects.extend(object.filter(|object| object.kind() == "identifier"));
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
    objects
}
