//! Names: of files, of modules, of things inside them.

use std::borrow::Borrow;
use std::fmt;
use std::sync::Arc;

use compact_str::CompactString;
use serde::{Deserialize, Serialize};

/// An identifier as the source spells it.
pub type Name = CompactString;

/// A path relative to the project's root: UTF-8, `/` between parts, no `.`, `..`, empty part or leading
/// slash. The root itself is the empty path. Sorted bytewise. Cheap to clone.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "Arc<str>", into = "Arc<str>")]
pub struct RelPath(Arc<str>);

/// Why a text is not a [`RelPath`].
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is not a path inside the project: it must be relative, with plain parts")]
pub struct RelPathError(String);

impl RelPath {
    /// Checks `path` and takes it as it is.
    pub fn new(path: impl AsRef<str>) -> Result<Self, RelPathError> {
        let path = path.as_ref();
        let plain = |part: &str| !matches!(part, "" | "." | "..") && !part.contains('\0');
        if path.is_empty() || path.split('/').all(plain) {
            Ok(Self(path.into()))
        } else {
            Err(RelPathError(path.to_owned()))
        }
    }

    /// The project's root: the empty path.
    pub fn root() -> Self {
        Self("".into())
    }

    /// The path as text; empty for the root.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Whether this is the project's root.
    pub fn is_root(&self) -> bool {
        self.0.is_empty()
    }

    /// `self/name`. `name` is one plain part (checked in debug builds only: callers pass identifiers).
    pub fn join(&self, name: &str) -> Self {
        debug_assert!(Self::new(name).is_ok(), "{name}");
        if self.is_root() { Self(name.into()) } else { Self(format!("{}/{name}", self.0).into()) }
    }

    /// The directory that contains this path; `None` for the root.
    pub fn parent(&self) -> Option<Self> {
        if self.is_root() {
            return None;
        }
        Some(self.0.rfind('/').map_or_else(Self::root, |slash| Self(self.0[..slash].into())))
    }

    /// The last part; empty for the root.
    pub fn file_name(&self) -> &str {
        self.0.rsplit('/').next().unwrap_or("")
    }

    /// The text after the last dot of the file name, if there is one that is not its first byte.
    pub fn extension(&self) -> Option<&str> {
        match self.file_name().rsplit_once('.') {
            Some((stem, extension)) if !stem.is_empty() => Some(extension),
            _ => None,
        }
    }

    /// Whether this is Python source or a stub: `.py` or `.pyi`.
    pub fn is_python(&self) -> bool {
        matches!(self.extension(), Some("py" | "pyi"))
    }

    /// How the bytes of a file of this name are read; `None` where they say nothing about Python.
    pub fn source_kind(&self) -> Option<SourceKind> {
        match self.extension()? {
            "py" | "pyi" => Some(SourceKind::Python),
            "ipynb" => Some(SourceKind::Notebook),
            _ => None,
        }
    }

    /// `self` relative to `directory`; `None` where it does not lie below it.
    pub fn strip_prefix(&self, directory: &Self) -> Option<&str> {
        if directory.is_root() {
            return Some(self.as_str());
        }
        match self.0.strip_prefix(directory.as_str())? {
            "" => Some(""),
            rest => rest.strip_prefix('/'),
        }
    }
}

/// What a file's bytes are.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum SourceKind {
    /// A module or a stub.
    Python,
    /// A Jupyter notebook: JSON with cells of code. It imports, and nobody imports it.
    Notebook,
}

impl TryFrom<Arc<str>> for RelPath {
    type Error = RelPathError;
    fn try_from(path: Arc<str>) -> Result<Self, Self::Error> {
        Self::new(path)
    }
}

impl From<RelPath> for Arc<str> {
    fn from(path: RelPath) -> Self {
        path.0
    }
}

impl Borrow<str> for RelPath {
    fn borrow(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for RelPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

/// An absolute dotted module name such as `django.apps.config`. May be empty: the module of a root's own
/// `__init__.py`, which has no importable name.
#[derive(Clone, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ModuleName(CompactString);

impl ModuleName {
    /// Takes a dotted name as it is.
    pub fn new(name: impl Into<CompactString>) -> Self {
        Self(name.into())
    }

    /// The dotted text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// The parts between the dots; none for the empty name.
    pub fn parts(&self) -> impl DoubleEndedIterator<Item = &str> {
        self.0.split('.').filter(|part| !part.is_empty())
    }

    /// The first part: what must be found on the search path.
    pub fn top(&self) -> &str {
        self.0.split('.').next().unwrap_or("")
    }

    /// `self.name`, or `name` where `self` is empty.
    pub fn child(&self, name: &str) -> Self {
        if self.0.is_empty() {
            Self(name.into())
        } else {
            Self(compact_str::format_compact!("{}.{name}", self.0))
        }
    }

    /// The containing package's name; `None` for a top-level module and the empty name.
    pub fn parent(&self) -> Option<Self> {
        self.0.rsplit_once('.').map(|(parent, _)| Self(parent.into()))
    }

    /// The module that `path` is when `root` is on the search path: `src/a/b.py` under `src` is `a.b`, a
    /// package's `__init__` is the package. `None` where `path` is not below `root`, is not Python, or has
    /// a directory or stem that no import statement can spell. Stub packages (`a-stubs/`) stand for `a`.
    pub fn of_path(path: &RelPath, root: &RelPath) -> Option<Self> {
        let inside = path.strip_prefix(root)?;
        let stem = inside.strip_suffix(".py").or_else(|| inside.strip_suffix(".pyi"))?;
        let mut parts: Vec<&str> = stem.split('/').collect();
        if parts.len() > 1 && parts.last() == Some(&"__init__") {
            parts.pop();
        }
        if let Some(first) = parts.first_mut() {
            *first = first.strip_suffix("-stubs").unwrap_or(first);
        }
        parts.iter().all(|part| is_identifier(part)).then(|| Self(parts.join(".").into()))
    }
}

/// Whether Python would accept `text` as an identifier, near enough: letters of any script, digits and
/// underscores, not beginning with a digit.
fn is_identifier(text: &str) -> bool {
    let mut characters = text.chars();
    characters.next().is_some_and(|c| c == '_' || c.is_alphabetic())
        && characters.all(|c| c == '_' || c.is_alphanumeric() || !c.is_ascii())
}

impl fmt::Display for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for ModuleName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        fmt::Debug::fmt(&self.0, f)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_that_leave_the_root_are_refused() {
        for bad in ["/a", "a//b", "../a", "a/./b", "a/", "a/\0"] {
            assert!(RelPath::new(bad).is_err(), "{bad:?}");
        }
    }

    #[test]
    fn modules_of_paths() {
        let module = |path: &str, root: &str| {
            ModuleName::of_path(&RelPath::new(path).unwrap(), &RelPath::new(root).unwrap())
                .map(|module| module.to_string())
        };
        assert_eq!(module("src/a/b.py", "src").as_deref(), Some("a.b"));
        assert_eq!(module("a/__init__.pyi", "").as_deref(), Some("a"));
        assert_eq!(module("a-stubs/b.pyi", "").as_deref(), Some("a.b"));
        assert_eq!(module("my-dir/b.py", ""), None);
        assert_eq!(module("lib/b.py", "src"), None);
        assert_eq!(module("__init__.py", "").as_deref(), Some("__init__"));
    }
}
