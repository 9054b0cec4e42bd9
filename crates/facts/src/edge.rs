//! Edges: imports after resolution.

use serde::{Deserialize, Serialize};
use std::sync::Arc;

use crate::{Contexts, ModuleName, Name, RelPath};

/// Where an import leads.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum TargetClass {
    /// To a file or namespace package of the project.
    FirstParty,
    /// To the standard library.
    Stdlib,
    /// To an installed or declared distribution.
    ThirdParty,
    /// Nowhere.
    Unresolved,
}

impl TargetClass {
    /// The word as JSON and people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::FirstParty => "first-party",
            Self::Stdlib => "stdlib",
            Self::ThirdParty => "third-party",
            Self::Unresolved => "unresolved",
        }
    }
}

/// Where a symbol is defined, after following re-exports.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Origin {
    /// The first-party file.
    pub path: RelPath,
    /// Its module name.
    pub module: ModuleName,
    /// The name there; `None` where the symbol is that module itself.
    pub symbol: Option<Name>,
}

/// What an edge says, without where it stands: this is content, compared by deltas.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct EdgeContent {
    /// The absolute module name as the statement means it; for a relative import beyond the top, the name
    /// as written with its dots.
    pub module: ModuleName,
    /// The symbol of a `from` import (`*` for a star import itself).
    pub symbol: Option<Name>,
    /// The class of the target.
    pub class: TargetClass,
    /// The first-party file that the written name leads to: the submodule's where `from p import m` means
    /// the module `p.m`, else the module's own; the source where there is a stub beside it. The importing
    /// file's own path where a module imports itself. `None` for namespace packages and other classes.
    pub resolved: Option<RelPath>,
    /// The stub that type checkers read instead of `resolved`: beside it, or in a stub package (`p-stubs/`).
    /// Nothing runs it, so it belongs in no chain or cycle; but who edits it wants to know its importers.
    pub stub: Option<RelPath>,
    /// Where the symbol is defined after re-exports, where that is a first-party file that could be found.
    pub origin: Option<Origin>,
    /// The statement's circumstances.
    pub contexts: Contexts,
    /// Not written: a parent package that importing `a.b.c` runs, a name that a star import brings, or a
    /// `conftest.py` that pytest loads before a test module.
    pub implicit: bool,
}

/// An import after resolution.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Edge {
    /// What it says.
    pub content: Arc<EdgeContent>,
    /// The statement it comes from: an index into `ImportFacts::imports`, or [`Edge::NO_IMPORT`]. Layout, not
    /// content.
    pub import: u32,
}

impl Edge {
    /// The [`import`](Edge::import) of an edge that no statement makes: the index of no import.
    pub const NO_IMPORT: u32 = u32::MAX;
}
