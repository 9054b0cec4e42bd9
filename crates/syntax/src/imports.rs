//! Import statements, and calls that import, in the order of the text.
//!
//! The tree says *where* a statement stands and under which circumstances; *what* it says is read from the text by
//! [`statement`]. So a broken file cannot make up an import: error recovery may turn `from a import b` behind an
//! unclosed parenthesis into `import b`, but the text still begins with `from`.

use rustc_hash::FxHashMap;
use staniel_facts::{Contexts, Import, Name};
use tree_sitter::{Node, TreeCursor};

mod condition;
mod dynamic;
mod literal;
mod statement;
#[cfg(test)]
pub(crate) mod tests;

pub(crate) use literal::literal;

/// All imports of a file, wherever they stand, sorted by the start of their statement. Linear in the tree's size.
pub(crate) fn imports(root: Node<'_>, text: &str) -> Box<[Import]> {
    if !text.contains("import") {
        return Box::default();
    }
    // Statements stand in few kinds of nodes; calls, and loose tokens of a broken text, in any.
    let everywhere = root.has_error() || text.contains("import_module") || text.contains("__import__");
    let mut scan =
        Scan { text, broken: root.has_error(), covered: 0, known: FxHashMap::default(), found: Vec::new() };
    let mut cursor = root.walk();
    let mut frames: Vec<Frame> = Vec::new();
    loop {
        let frame = scan.enter(frames.last_mut(), &cursor);
        if (everywhere || holds_statements(cursor.node())) && cursor.goto_first_child() {
            frames.push(frame);
            continue;
        }
        while !cursor.goto_next_sibling() {
            if !cursor.goto_parent() {
                return scan.found.into();
            }
            frames.pop();
        }
    }
}

/// Whether statements can stand somewhere in a node of a text without errors.
pub(crate) fn holds_statements(node: Node<'_>) -> bool {
    node.is_named()
        && matches!(
            node.kind(),
            "module"
                | "block"
                | "if_statement"
                | "elif_clause"
                | "else_clause"
                | "for_statement"
                | "while_statement"
                | "try_statement"
                | "except_clause"
                | "finally_clause"
                | "with_statement"
                | "match_statement"
                | "case_clause"
                | "function_definition"
                | "class_definition"
                | "decorated_definition"
        )
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

/// What a name stands for that this module looks out for.
#[derive(Clone, Copy, PartialEq)]
enum Known {
    TypeChecking,
    Suppress,
    Importlib,
    ImportModule,
    DunderImport,
}

type KnownNames = FxHashMap<Name, Known>;

struct Scan<'t> {
    text: &'t str,
    /// Whether the tree has errors anywhere: then each statement's surroundings are checked.
    broken: bool,
    /// The byte up to which statements were read already.
    covered: usize,
    known: KnownNames,
    found: Vec<Import>,
}

impl Scan<'_> {
    /// Notes what stands at the cursor; gives the frame for its children.
    fn enter(&mut self, parent: Option<&mut Frame>, cursor: &TreeCursor<'_>) -> Frame {
        let node = cursor.node();
        let kind = if node.is_named() { node.kind() } else { "" };
        let contexts = parent.map_or(Contexts::empty(), |parent| self.inherit(parent, cursor, kind));
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
            _ => {
                if self.broken && node.child_count() == 0 && !matches!(kind, "comment" | "string_content") {
                    self.recover(node.start_byte(), contexts);
                }
                Role::Plain
            }
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

    /// Takes the statement that the tree sees at `node`, unless the text says that there is none.
    fn statement(&mut self, node: Node<'_>, contexts: Contexts) {
        let start = node.start_byte();
        if start < self.covered {
            return;
        }
        match statement::before(self.text, start, self.broken) {
            Some(before) => self.take(statement::parse(self.text, start, before, contexts)),
            None => self.covered = start,
        }
    }

    /// Takes the statement that begins at a loose token of a broken text, if its first line reads like one.
    fn recover(&mut self, start: usize, contexts: Contexts) {
        if start < self.covered || !statement::keyword_at(self.text, start) {
            return;
        }
        if let Some(before) = statement::before(self.text, start, true) {
            let parsed = statement::parse(self.text, start, before, contexts);
            // Prose in a string that was never closed seldom reads on like this.
            if parsed.complete || parsed.torn {
                self.take(parsed);
            }
        }
    }

    fn take(&mut self, parsed: statement::Parsed) {
        self.covered = parsed.end;
        for import in &parsed.imports {
            self.learn(import);
        }
        self.found.extend(parsed.imports);
    }

    /// Remembers the names under which this module's landmarks are bound. Names are never forgotten: who binds
    /// `import_module` to something else after importing it is not worth a symbol table.
    fn learn(&mut self, import: &Import) {
        let known = match import.symbol.as_deref() {
            None if import.module.top() == "importlib" => Known::Importlib,
            Some("TYPE_CHECKING") => Known::TypeChecking,
            Some("suppress") => Known::Suppress,
            Some("importlib") => Known::Importlib,
            Some("import_module") => Known::ImportModule,
            Some("__import__") => Known::DunderImport,
            _ => return,
        };
        let name = match (&import.alias, &import.symbol) {
            (Some(alias), _) => {
                // `import importlib.util as u` binds the submodule.
                if import.symbol.is_none() && import.module.as_str() != "importlib" {
                    return;
                }
                alias.clone()
            }
            (None, Some(symbol)) => symbol.clone(),
            (None, None) => import.module.top().into(),
        };
        self.known.insert(name, known);
    }
}
