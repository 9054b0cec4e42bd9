//! Import statements, and calls that import, in the order of the text.
//!
//! The tree says *where* a statement stands and under which circumstances; *what* it says is read from the text by
//! the same [`statement`] as the scanner uses, which tests compare with CPython.

use std::ops::Range;

use staniel_facts::{Contexts, Import};
use tree_sitter::{Node, TreeCursor};

use super::{condition, dynamic};
use crate::scan::known::KnownNames;
use crate::scan::statement;

/// All imports of a file without errors, wherever they stand, sorted by the start of their statement; and which bytes
/// stand under TYPE_CHECKING, in order. Linear in the tree's size.
pub(super) fn imports(root: Node<'_>, text: &str) -> (Box<[Import]>, Vec<Range<usize>>) {
    let mut scan = Scan { text, known: KnownNames::default(), found: Vec::new(), typing: Vec::new() };
    let mut cursor = root.walk();
    let mut frames: Vec<Frame> = Vec::new();
    loop {
        let frame = scan.enter(frames.last_mut(), &cursor);
        if cursor.goto_first_child() {
            frames.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return (scan.found.into(), scan.typing);
            }
            frames.pop();
        }
    }
}

/// What is known of a node while its children are visited.
struct Frame {
    contexts: Contexts,
    role: Role,
}

/// How a node's circumstances differ for some of its children.
enum Role {
    Plain,
    /// An `if`: whether TYPE_CHECKING holds in the first block, and in what comes after the tests so far failed.
    If {
        consequence: bool,
        otherwise: bool,
    },
    /// An `elif`: whether TYPE_CHECKING holds in its block.
    Elif {
        consequence: bool,
    },
    /// A `try` that catches, or a `with` that suppresses, ImportError.
    Guarded,
    /// A handler of ImportError.
    Handler,
    /// A function or a lambda.
    Function,
}

struct Scan<'t> {
    text: &'t str,
    known: KnownNames,
    found: Vec<Import>,
    /// The outermost blocks under TYPE_CHECKING.
    typing: Vec<Range<usize>>,
}

impl Scan<'_> {
    /// Notes what stands at the cursor; gives the frame for its children.
    fn enter(&mut self, parent: Option<&mut Frame>, cursor: &TreeCursor<'_>) -> Frame {
        let node = cursor.node();
        let kind = if node.is_named() { node.kind() } else { "" };
        let contexts = parent.map_or(Contexts::empty(), |parent| self.inherit(parent, cursor, kind));
        let is_inner = self.typing.last().is_some_and(|outer| node.start_byte() < outer.end);
        if contexts.contains(Contexts::TYPING) && !is_inner {
            self.typing.push(node.byte_range());
        }
        let role = match kind {
            "if_statement" => {
                let (consequence, otherwise) = self.test_of(node);
                Role::If { consequence, otherwise }
            }
            "elif_clause" => Role::Elif { consequence: self.test_of(node).0 },
            "try_statement" if condition::catches_import_errors(node, self.text) => Role::Guarded,
            "with_statement" if condition::suppresses_import_errors(node, self.text, &self.known) => {
                Role::Guarded
            }
            "except_clause" if condition::handles_import_errors(node, self.text) => Role::Handler,
            "function_definition" | "lambda" => Role::Function,
            "import_statement" | "import_from_statement" | "future_import_statement" => {
                self.statement(node, contexts);
                Role::Plain
            }
            "call" => {
                self.found.extend(dynamic::call(node, self.text, &self.known, contexts));
                Role::Plain
            }
            _ => Role::Plain,
        };
        Frame { contexts, role }
    }

    /// The circumstances of the node at the cursor, given those of its parent.
    fn inherit(&self, parent: &mut Frame, cursor: &TreeCursor<'_>, kind: &str) -> Contexts {
        let added = |condition: bool, context: Contexts| {
            if condition { parent.contexts | context } else { parent.contexts }
        };
        match parent.role {
            Role::Plain => parent.contexts,
            Role::If { consequence, ref mut otherwise } => match kind {
                "elif_clause" => {
                    let contexts = added(*otherwise, Contexts::TYPING);
                    *otherwise |= self.test_of(cursor.node()).1;
                    contexts
                }
                "else_clause" => added(*otherwise, Contexts::TYPING),
                _ => added(consequence && cursor.field_name() == Some("consequence"), Contexts::TYPING),
            },
            Role::Elif { consequence } => {
                added(consequence && cursor.field_name() == Some("consequence"), Contexts::TYPING)
            }
            Role::Guarded => added(cursor.field_name() == Some("body"), Contexts::OPTIONAL),
            Role::Handler => added(kind == "block", Contexts::OPTIONAL),
            // A body runs when it is called: the `try` around its `def` does not catch what fails then.
            Role::Function if cursor.field_name() == Some("body") => {
                (parent.contexts | Contexts::DEFERRED) - Contexts::OPTIONAL
            }
            Role::Function => parent.contexts,
        }
    }

    /// What the condition of an `if` or `elif` says about TYPE_CHECKING: whether it holds where the condition is
    /// true, and where it is false.
    fn test_of(&self, branch: Node<'_>) -> (bool, bool) {
        branch
            .child_by_field_name("condition")
            .map_or((false, false), |test| condition::implies_typing(test, self.text, &self.known))
    }

    fn statement(&mut self, node: Node<'_>, contexts: Contexts) {
        let start = node.start_byte();
        for import in statement::parse(self.text, start, start, contexts).imports {
            self.known.learn(&import);
            self.found.push(import);
        }
    }
}
