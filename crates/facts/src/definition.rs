//! Definitions and the outline: what a file defines, as a pure function of its content.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::{Diagnostic, ImportFacts, Interface, LineIndex, Name, SkipReason, Span};

/// What a definition is. Not part of its identity: `def` → `async def` is a modification.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum DefinitionKind {
    /// `def` outside a class body.
    Function,
    /// `async def` outside a class body.
    AsyncFunction,
    /// `def` directly in a class body.
    Method,
    /// `async def` directly in a class body.
    AsyncMethod,
    /// `class`.
    Class,
    /// A parameter of a function or lambda.
    Parameter,
    /// Anything else that binds a name: assignment, `for`, `with`, walrus, capture, `except … as`.
    Variable,
    /// An attribute set through the first parameter of a method (`self.x = …`).
    Attribute,
    /// `type X = …` (PEP 695), or an assignment annotated `TypeAlias`.
    TypeAlias,
    /// A type parameter (PEP 695).
    TypeParameter,
    /// A name bound by an import statement.
    Import,
}

impl DefinitionKind {
    /// The word as JSON and people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Function => "function",
            Self::AsyncFunction => "async-function",
            Self::Method => "method",
            Self::AsyncMethod => "async-method",
            Self::Class => "class",
            Self::Parameter => "parameter",
            Self::Variable => "variable",
            Self::Attribute => "attribute",
            Self::TypeAlias => "type-alias",
            Self::TypeParameter => "type-parameter",
            Self::Import => "import",
        }
    }
}

/// In which of a scope's name spaces a definition stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Namespace {
    /// Names bound by statements.
    Binding,
    /// Parameters, type parameters included.
    Parameter,
    /// Attributes set through `self`; their qualified name is `Class.attribute`.
    Attribute,
}

/// Who a definition is inside its file. No position in it: moving it changes nothing.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct DefinitionId {
    /// In CPython's form: `Class.method`, `f.<locals>.g`. Parameters of `f` are `f.<locals>.p`; those of a
    /// lambda `<lambda>.<locals>.p` below the scope that contains it; comprehension variables are
    /// `<listcomp>.x` (`<setcomp>`, `<dictcomp>`, `<genexpr>`) there, as code objects are named.
    pub qualified_name: Name,
    /// The name space.
    pub namespace: Namespace,
    /// How many definitions with equal name and name space stand before it in the file.
    pub ordinal: u32,
}

/// One definition.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Definition {
    /// Its identity.
    pub id: DefinitionId,
    /// What it is.
    pub kind: DefinitionKind,
    /// The name token: where types are asked for. For `import a.b` (binds `a`) the first part; for an alias
    /// the alias; for `self.x = …` the token `x`.
    pub name: Span,
    /// The whole definition, decorators included.
    pub full: Span,
    /// How it is written, white space collapsed to single blanks, comments left out: `def f(x: int) -> str`,
    /// `class C(Base)`, `x: int = 3` (long right-hand sides cut at 120 characters with `…`), `import a.b`.
    pub signature: Arc<str>,
    /// The annotation as written, white space collapsed: a parameter's, a variable's, a function's return.
    pub annotation: Option<Arc<str>>,
    /// Decorators as written, without `@`, white space collapsed.
    pub decorators: Box<[Arc<str>]>,
    /// The docstring, cleaned as `inspect.cleandoc` does. Functions and classes only.
    pub doc: Option<Arc<str>>,
    /// The parser had to recover inside or directly around it.
    pub near_error: bool,
}

/// A file's definitions, in source order of their name tokens.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Outline {
    /// In source order.
    pub definitions: Box<[Definition]>,
    /// The module's docstring, cleaned.
    pub doc: Option<Arc<str>>,
    /// To turn spans into lines and columns without the text.
    pub lines: LineIndex,
}

/// Everything that one parse of a file yields. A pure function of the content: stored under its hash.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileFacts {
    /// For the import map.
    pub imports: Arc<ImportFacts>,
    /// For the hover snapshot.
    pub outline: Arc<Outline>,
    /// What other files can see, and what this one asks of them by name.
    pub interface: Interface,
    /// Complaints about the text.
    pub diagnostics: Box<[Diagnostic]>,
    /// Why the guard kept the text from the parser; then all of the above is that of an empty file, but for the
    /// imports (unless the file is too large), and everybody (providers too) treats it as an empty one.
    pub refused: Option<SkipReason>,
}
