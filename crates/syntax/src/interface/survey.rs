//! One walk over the whole tree, for all that must be known before anything is digested.

use std::ops::Range;
use std::sync::LazyLock;

use tree_sitter::{Language, Node};

use super::bodies::{self, Bodies, Function};
use super::layout::Layout;
use super::statements::{self, Statement};
use crate::grammar::GRAMMAR;
use crate::outline::unescape;

/// What a kind of node has to do with the survey.
#[derive(Clone, Copy, PartialEq)]
enum Noted {
    Nothing,
    Function,
    Class,
    /// A module or a block: it may begin with a docstring.
    Block,
    Comment,
    String,
    /// Strings side by side, which are one.
    Strings,
    /// A statement that is an expression or an assignment.
    Expression,
    /// `import …`, not `from …`.
    Import,
    Global,
    /// What concerns the function around it, and runs something else meanwhile.
    Yield,
    Nonlocal,
    /// What stores in what stands on its left side.
    Store,
    /// The same, and is a statement.
    For,
    /// What stores in all that it has.
    Targets,
    Delete,
    Except,
    /// An expression that may do more than give a value.
    Effect,
    /// Any other statement that does something.
    Statement,
}

/// By number. Most kinds do not matter, and their names are costly to compare.
static NOTED: LazyLock<Box<[Noted]>> = LazyLock::new(|| {
    let language: &Language = GRAMMAR.language();
    let noted = |id: u16| match language.node_kind_for_id(id) {
        Some(name) if language.node_kind_is_named(id) => match name {
            "function_definition" => Noted::Function,
            "class_definition" => Noted::Class,
            "module" | "block" => Noted::Block,
            "comment" => Noted::Comment,
            "string" => Noted::String,
            "concatenated_string" => Noted::Strings,
            "expression_statement" => Noted::Expression,
            "import_statement" => Noted::Import,
            "global_statement" => Noted::Global,
            "nonlocal_statement" => Noted::Nonlocal,
            "yield" => Noted::Yield,
            "assignment" | "augmented_assignment" | "for_in_clause" => Noted::Store,
            "for_statement" => Noted::For,
            "as_pattern_target" => Noted::Targets,
            "delete_statement" => Noted::Delete,
            "except_clause" => Noted::Except,
            "call" | "named_expression" | "await" => Noted::Effect,
            "assert_statement"
            | "break_statement"
            | "continue_statement"
            | "exec_statement"
            | "future_import_statement"
            | "if_statement"
            | "import_from_statement"
            | "match_statement"
            | "print_statement"
            | "raise_statement"
            | "return_statement"
            | "try_statement"
            | "type_alias_statement"
            | "while_statement"
            | "with_statement" => Noted::Statement,
            _ => Noted::Nothing,
        },
        _ => Noted::Nothing,
    };
    let kinds = language.node_kind_count() as u16;
    (0..=u16::MAX).map(|id| if id < kinds { noted(id) } else { Noted::Nothing }).collect()
});

/// What the walk finds out.
#[derive(Default)]
pub(super) struct Survey {
    pub(super) bodies: Bodies,
    /// The statements of the module, in source order.
    pub(super) statements: Vec<Statement>,
    /// Where comments and docstrings stand, in source order; they may overlap.
    pub(super) unsaid: Vec<Range<usize>>,
    /// The values of strings that do not show them in the text, and where these begin.
    pub(super) values: Vec<(usize, String)>,
    /// Whether all parsers find the same blocks.
    pub(super) is_clear: bool,
}

/// A function that the walk is in.
struct Open<'t> {
    depth: usize,
    number: usize,
    node: Node<'t>,
}

impl Survey {
    /// `original` is the text as it was before blanks were put in for the parser.
    pub(super) fn of(root: Node<'_>, text: &str, original: &str) -> Self {
        let mut walk = Walk {
            text,
            layout: Layout::new(original),
            depth: 0,
            functions: Vec::new(),
            classes: Vec::new(),
            deferred: None,
            docstring: 0..0,
            joined: (0, 0),
            survey: Self::default(),
        };
        let noted = &**NOTED;
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            if walk.depth == 1 && is_statement(node) {
                statements::begin(&mut walk.survey.statements, node);
            }
            let kind = noted[usize::from(node.kind_id())];
            if kind != Noted::Nothing {
                walk.note(node, kind);
            }
            if cursor.goto_first_child() {
                walk.depth += 1;
                continue;
            }
            walk.layout.token(node.byte_range());
            loop {
                walk.leave();
                if cursor.goto_next_sibling() {
                    break;
                }
                if !cursor.goto_parent() {
                    walk.survey.unsaid.sort_unstable_by_key(|range| range.start);
                    walk.survey.is_clear = walk.layout.finish();
                    return walk.survey;
                }
                walk.depth -= 1;
            }
        }
    }
}

/// Whether a comment is one that some type checkers take for an annotation (`# type: list[int]`), or that tells them
/// how to look at the file (`# pyright: strict`). What only silences them is neither.
pub(super) fn annotates(comment: &str) -> bool {
    const READERS: [&str; 7] = ["type", "pyright", "basedpyright", "mypy", "pyrefly", "ty", "zuban"];
    comment.split('#').any(|part| {
        let said = part.trim_start().split_once(':').filter(|(reader, _)| READERS.contains(reader));
        said.is_some_and(|(_, words)| !words.trim_start().starts_with("ignore"))
    })
}

/// Whether a child of the module is one of its statements.
pub(super) fn is_statement(node: Node<'_>) -> bool {
    node.is_named() && !node.is_extra()
}

struct Walk<'t> {
    text: &'t str,
    layout: Layout<'t>,
    depth: usize,
    /// The functions that the walk is in, the innermost last.
    functions: Vec<Open<'t>>,
    /// The depths of the classes that it is in.
    classes: Vec<usize>,
    /// The depth of the outermost body of a function: what is in there does not run with the module.
    deferred: Option<usize>,
    /// The docstring that was found last.
    docstring: Range<usize>,
    /// Depth and end of the strings side by side that were found last.
    joined: (usize, usize),
    survey: Survey,
}

impl<'t> Walk<'t> {
    fn note(&mut self, node: Node<'t>, kind: Noted) {
        match kind {
            Noted::Nothing => {}
            Noted::Function => {
                let number = self.survey.bodies.begin(node);
                self.functions.push(Open { depth: self.depth, number, node });
            }
            Noted::Class => self.classes.push(self.depth),
            Noted::Block => self.block(node),
            Noted::Comment => {
                if !annotates(&self.text[node.byte_range()]) {
                    self.survey.unsaid.push(node.byte_range());
                }
            }
            Noted::String => {
                self.layout.string(node.byte_range());
                self.string(node, kind);
            }
            Noted::Strings => self.string(node, kind),
            Noted::Expression => {
                if self.deferred.is_none() && !statements::is_plain(node) {
                    self.spoil();
                }
            }
            Noted::Import => {
                if !self.functions.is_empty() && self.survey.bodies.note_imports(node, self.text) {
                    self.spoil();
                }
                self.spoil_unless_deferred();
            }
            Noted::Global => {
                self.tell();
                self.spoil();
            }
            Noted::Yield | Noted::Nonlocal => {
                self.tell();
                self.spoil_unless_deferred();
            }
            Noted::Store => self.store(node.child_by_field_name("left")),
            Noted::For => {
                self.store(node.child_by_field_name("left"));
                self.spoil_unless_deferred();
            }
            Noted::Targets => self.store(Some(node)),
            Noted::Delete => {
                self.store(Some(node));
                self.spoil_unless_deferred();
            }
            Noted::Except => self.store(node.child_by_field_name("alias")),
            Noted::Effect | Noted::Statement => self.spoil_unless_deferred(),
        }
    }

    fn block(&mut self, block: Node<'t>) {
        self.layout.block(block);
        let above = self.depth.checked_sub(1);
        let is_body = self.functions.last().map(|function| function.depth) == above && above.is_some();
        if is_body && self.deferred.is_none() {
            self.deferred = Some(self.depth);
        }
        if above.is_none() || is_body || self.classes.last().copied() == above {
            let mut cursor = block.walk();
            let first = block.named_children(&mut cursor).find(|child| !child.is_extra());
            if let Some(first) = first.filter(|first| bodies::is_docstring(*first, self.text)) {
                self.docstring = first.byte_range();
                self.survey.unsaid.push(first.byte_range());
            }
        }
    }

    fn string(&mut self, node: Node<'t>, kind: Noted) {
        if self.docstring.contains(&node.start_byte()) {
            return;
        }
        let mut value = String::new();
        if kind == Noted::Strings {
            self.joined = (self.depth, node.end_byte());
            let mut cursor = node.walk();
            node.named_children(&mut cursor).for_each(|part| append(part, self.text, &mut value));
        } else {
            let is_part = self.depth == self.joined.0 + 1 && node.start_byte() < self.joined.1;
            if is_part || !self.text[node.byte_range()].contains('\\') {
                return;
            }
            append(node, self.text, &mut value);
        }
        self.survey.values.push((node.start_byte(), value));
    }

    /// Takes down that attributes are stored or deleted, if `target` is or has one of a bare name.
    fn store(&mut self, target: Option<Node<'t>>) {
        let Some(target) = target else { return };
        let objects = bodies::stored_objects(target);
        if objects.is_empty() {
            return;
        }
        self.tell();
        // What a method stores in its own object belongs to a class that has yet to be mentioned.
        let own = objects.iter().all(|object| {
            let name = &self.text[object.byte_range()];
            let is_first = |open: &Open<'_>| statements::first_parameter(open.node, self.text) == Some(name);
            !self.classes.is_empty() && self.functions.iter().any(is_first)
        });
        if !own {
            self.spoil();
        }
    }

    /// The function around what the walk is at has an effect outside.
    fn tell(&mut self) {
        if let Some(open) = self.functions.last() {
            self.survey.bodies.function(open.number).telling = true;
        }
    }

    /// The statement of the module that the walk is in counts for everybody.
    fn spoil(&mut self) {
        if let Some(statement) = self.survey.statements.last_mut() {
            statement.name = None;
        }
    }

    fn spoil_unless_deferred(&mut self) {
        if self.deferred.is_none() {
            self.spoil();
        }
    }

    /// Closes what stands at this depth; what is inside of a function counts for the one around it.
    fn leave(&mut self) {
        self.deferred = self.deferred.filter(|depth| *depth != self.depth);
        if self.classes.last() == Some(&self.depth) {
            self.classes.pop();
        }
        let Some(open) = self.functions.pop_if(|open| open.depth == self.depth) else { return };
        // With a decorator it is one level deeper, and nothing else that is no block is.
        let is_top = open.depth <= 2;
        let telling = self.survey.bodies.end(open.number, open.node, is_top, self.text);
        if let Some(around) = self.functions.last() {
            let Function { telling: all, .. } = self.survey.bodies.function(around.number);
            *all |= telling;
        }
    }
}

/// Appends the value of one literal; what is between braces in an f-string parts what stands beside it.
fn append(string: Node<'_>, text: &str, value: &mut String) {
    let mut cursor = string.walk();
    let mut is_raw = false;
    for part in string.children(&mut cursor) {
        let written = &text[part.byte_range()];
        match part.kind() {
            "string_start" => is_raw = written.contains(['r', 'R']),
            "string_content" if is_raw => value.push_str(written),
            "string_content" => unescape(written, value),
            "interpolation" => value.push(' '),
            _ => {}
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_statement_is_noted() {
        let nodes: serde_json::Value = serde_json::from_str(tree_sitter_python::NODE_TYPES).unwrap();
        let is_supertype = |node: &&serde_json::Value| {
            ["_simple_statement", "_compound_statement"].contains(&node["type"].as_str().unwrap())
        };
        let statements: Vec<&str> = nodes
            .as_array()
            .unwrap()
            .iter()
            .filter(is_supertype)
            .flat_map(|node| node["subtypes"].as_array().unwrap())
            .map(|node| node["type"].as_str().unwrap())
            .collect();
        assert!(statements.len() > 20);
        let language = GRAMMAR.language();
        let ignored = statements.into_iter().filter(|name| {
            let id = language.id_for_node_kind(name, true);
            NOTED[usize::from(id)] == Noted::Nothing
        });
        assert_eq!(ignored.collect::<Vec<_>>(), ["decorated_definition", "pass_statement"]);
    }
}
