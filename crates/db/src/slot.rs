//! Slots: places where a module may stand.

use staniel_facts::{Name, RelPath};

/// A place where something importable may stand: "what is called `name` in the directory `dir`?"
///
/// The answer is a set of bits ([`Slot::PY`] and its sisters). A slot exists as a question even where nothing
/// is there, so that whoever asked is asked again when something appears. Three names are special:
/// `__init__` (with [`Slot::PY`] and [`Slot::PYI`]: is `dir` itself a regular package), `pyproject.toml`
/// (with [`Slot::FILE`]), and `n-stubs` (as a plain directory; `n` then has [`Slot::STUBS`]).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Slot {
    /// The directory.
    pub dir: RelPath,
    /// The name in it, without a suffix. Compared bytewise, whatever the disk does with case.
    pub name: Name,
}

impl Slot {
    /// `dir/name.py` is there.
    pub const PY: u8 = 1;
    /// `dir/name.pyi` is there.
    pub const PYI: u8 = 2;
    /// `dir/name/__init__.py` is there.
    pub const INIT_PY: u8 = 4;
    /// `dir/name/__init__.pyi` is there.
    pub const INIT_PYI: u8 = 8;
    /// Some tracked Python file lies below `dir/name/`.
    pub const DIRECTORY: u8 = 16;
    /// Some tracked Python file lies below `dir/name-stubs/`.
    pub const STUBS: u8 = 32;
    /// `dir/name` itself is a tracked file that is not Python: `pyproject.toml`.
    pub const FILE: u8 = 64;

    /// The name of the slot that says whether a directory is a regular package.
    pub(crate) const INIT: &str = "__init__";
    /// The one file that is not Python and yet steers resolution.
    pub(crate) const PYPROJECT: &str = "pyproject.toml";

    pub(crate) fn new(dir: RelPath, name: &str) -> Self {
        Self { dir, name: name.into() }
    }
}
