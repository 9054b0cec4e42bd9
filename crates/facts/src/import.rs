//! Imports as statements say them, before anything is resolved.

use bitflags::bitflags;
use serde::{Deserialize, Serialize};

use crate::{ImportLines, ImportRange, ModuleName, Name, PositionEncoding, SkipReason, Span};

bitflags! {
    /// The circumstances of an import statement; several can hold at once.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
    pub struct Contexts: u8 {
        /// Under `if TYPE_CHECKING`: never executed.
        const TYPING = 1;
        /// In a `try` with an ImportError handler, in such a handler, or under `contextlib.suppress`.
        const OPTIONAL = 2;
        /// In a function: executed when called.
        const DEFERRED = 4;
        /// `lazy import` (PEP 810).
        const LAZY = 8;
        /// `importlib.import_module("…")` or `__import__("…")`.
        const DYNAMIC = 16;
    }
}

/// The one word that sums [`Contexts`] up.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum ImportKind {
    /// Called for by name at run time.
    Dynamic,
    /// For type checkers only.
    Typing,
    /// PEP 810.
    Lazy,
    /// May fail without harm.
    Optional,
    /// When a function runs.
    Deferred,
    /// When the module is loaded.
    Runtime,
}

impl ImportKind {
    /// The word as JSON and people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Dynamic => "dynamic",
            Self::Typing => "typing",
            Self::Lazy => "lazy",
            Self::Optional => "optional",
            Self::Deferred => "deferred",
            Self::Runtime => "runtime",
        }
    }
}

impl Contexts {
    /// The first that holds of dynamic, typing, lazy, optional, deferred; else runtime.
    pub fn kind(self) -> ImportKind {
        [
            (Self::DYNAMIC, ImportKind::Dynamic),
            (Self::TYPING, ImportKind::Typing),
            (Self::LAZY, ImportKind::Lazy),
            (Self::OPTIONAL, ImportKind::Optional),
            (Self::DEFERRED, ImportKind::Deferred),
        ]
        .into_iter()
        .find(|(context, _)| self.contains(*context))
        .map_or(ImportKind::Runtime, |(_, kind)| kind)
    }

    /// The words of all that hold, in the fixed order typing, optional, deferred, lazy, dynamic.
    pub fn words(self) -> Vec<&'static str> {
        [
            (Self::TYPING, "typing"),
            (Self::OPTIONAL, "optional"),
            (Self::DEFERRED, "deferred"),
            (Self::LAZY, "lazy"),
            (Self::DYNAMIC, "dynamic"),
        ]
        .into_iter()
        .filter_map(|(context, word)| self.contains(context).then_some(word))
        .collect()
    }
}

/// One imported name: `import a, b` gives two, `from m import x, y` too.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Import {
    /// Leading dots; 0 for an absolute import.
    pub level: u32,
    /// The module as written, without its dots; empty in `from . import x`.
    pub module: ModuleName,
    /// The name after `import` in a `from` statement (`*` for a star import); `None` for `import a.b`.
    pub symbol: Option<Name>,
    /// The name after `as`.
    pub alias: Option<Name>,
    /// The circumstances.
    pub contexts: Contexts,
    /// The whole statement (the call, for dynamic imports).
    pub statement: Span,
    /// The imported name itself: `a.b` in `import a.b as c`, `x` in `from m import x`, the string of a
    /// dynamic import.
    pub name: Span,
}

impl Import {
    /// More leading dots than any tree is deep: beyond them a number of dots is mere text, and cut where it is shown.
    pub const MOST_DOTS: u32 = 256;

    /// The module as the statement spells it, with its dots.
    pub fn written(&self) -> String {
        format!("{}{}", ".".repeat(self.level.min(Self::MOST_DOTS) as usize), self.module)
    }

    /// Whether this is `from m import *`.
    pub fn is_star(&self) -> bool {
        self.symbol.as_deref() == Some("*")
    }
}

/// What a statement does to a name of the module's top level. Numbers of imports tell its place among them, since
/// what a package's name stands for depends on which submodules were loaded before.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum Binding {
    /// `def`, `class`, an assignment, `for`, `with`, a walrus, a capture, `type`; so many imports stand before it.
    Definition(u32),
    /// The import with this index in [`ImportFacts::imports`]. It does not bind while the module is loaded if it is
    /// one of [`Bindings::idle`].
    Import(u32),
    /// One of which nothing is left once the module is loaded: `x: int`, a definition under `if TYPE_CHECKING`, `global`,
    /// `except … as`.
    Declaration,
    /// `del` where it is certain to be executed; so many imports stand before it.
    Deletion(u32),
}

/// What is known of a module's `__all__`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct DunderAll {
    /// The literal names, in order of appearance, without repetitions, after `+=`, `extend`, `append`,
    /// `remove`.
    pub names: Box<[Name]>,
    /// Indices of imports whose module's own `__all__` is added: `__all__ += sub.__all__`.
    pub from: Box<[u32]>,
    /// Whether something was done to it that was not understood: then the names are a lower bound.
    pub partial: bool,
}

/// What a module binds and unbinds at its top level, whatever branch, loop or `try` the statement stands in.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Bindings {
    /// Sorted by name; what happens to each in source order. Star imports are not in it.
    pub names: Box<[(Name, Box<[Binding]>)]>,
    /// Indices of top-level `from m import *`.
    pub stars: Box<[u32]>,
    /// Indices of the imports, wherever they stand, that are not executed while the module is loaded: under
    /// `TYPE_CHECKING`, in functions. Ascending. Lazy ones count as executed. Their contexts say it too; here it is
    /// part of what others can see of the module.
    pub idle: Box<[u32]>,
    /// `__all__`, if the module has one.
    pub all: Option<DunderAll>,
    /// Whether the module, if it is a package, adds to its `__path__` what other search paths have of it
    /// (`pkgutil.extend_path`, `pkg_resources.declare_namespace`).
    pub extends_path: bool,
}

impl Bindings {
    /// What happens to `name`, in source order; nothing if the module does not name it itself.
    pub fn get(&self, name: &str) -> &[Binding] {
        self.names
            .binary_search_by(|(candidate, _)| candidate.as_str().cmp(name))
            .map_or(&[], |index| &self.names[index].1)
    }
}

/// All that the import map needs to know of one file: a pure function of its content.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ImportFacts {
    /// In source order.
    pub imports: Box<[Import]>,
    /// The module's top level.
    pub bindings: Bindings,
    /// Where the imports stand.
    pub lines: ImportLines,
    /// Why nothing could be read of the file; then all of the above is empty.
    pub refused: Option<SkipReason>,
}

impl ImportFacts {
    /// Where a statement stands, or a name in it. Logarithmic.
    pub fn range(&self, span: Span, encoding: PositionEncoding) -> ImportRange {
        self.lines.range(span, encoding)
    }
}
