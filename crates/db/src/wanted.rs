//! What import statements ask for: the keys of the queries that find it.

use staniel_facts::{ModuleName, RelPath};

/// A directory. Kept for ever, like the other names here: they are as few as a project's directories and the
/// modules that its import statements name.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct Directory<'db> {
    #[returns(ref)]
    pub(crate) path: RelPath,
}

/// A module name as an import statement writes it, without leading dots.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct DottedName<'db> {
    #[returns(ref)]
    pub(crate) name: ModuleName,
}

/// A module name as seen from a directory, as a key of queries shared by all files of that directory.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct NameFrom<'db> {
    #[returns(copy)]
    pub(crate) directory: Directory<'db>,
    #[returns(copy)]
    pub(crate) dotted: DottedName<'db>,
}

impl<'db> NameFrom<'db> {
    pub(crate) fn of(db: &'db dyn salsa::Database, dir: &RelPath, name: &ModuleName) -> Self {
        Self::new(db, Directory::new(db, dir), DottedName::new(db, name))
    }

    pub(crate) fn dir(self, db: &'db dyn salsa::Database) -> &'db RelPath {
        self.directory(db).path(db)
    }

    pub(crate) fn name(self, db: &'db dyn salsa::Database) -> &'db ModuleName {
        self.dotted(db).name(db)
    }
}

/// The module of a relative import, as a key of queries.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct RelativeName<'db> {
    #[returns(copy)]
    pub(crate) directory: Directory<'db>,
    /// Leading dots, at least one.
    #[returns(copy)]
    pub(crate) level: u32,
    #[returns(copy)]
    pub(crate) dotted: DottedName<'db>,
}

/// The module of an import statement as written, and the directory of its file: all that its meaning depends
/// on. No key itself: what an absolute name stands for hardly ever depends on the directory.
#[derive(Clone, Copy, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Wanted<'db> {
    pub(crate) directory: Directory<'db>,
    /// Leading dots; 0 for an absolute import.
    pub(crate) level: u32,
    pub(crate) dotted: DottedName<'db>,
}

impl<'db> Wanted<'db> {
    /// Another absolute name, as seen from the same directory.
    pub(crate) fn named(self, db: &'db dyn salsa::Database, name: &ModuleName) -> Self {
        Self { level: 0, dotted: DottedName::new(db, name), ..self }
    }
}
