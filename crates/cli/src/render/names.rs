//! How files and definitions are called in what is printed.

use staniel_check::module_of;
use staniel_facts::{DefinitionId, ModuleName, RelPath};

/// The search paths, which decide what a file's module is called.
#[derive(Clone, Debug)]
pub(crate) struct Names {
    roots: Box<[RelPath]>,
}

impl Names {
    pub(crate) fn new(roots: &[RelPath]) -> Self {
        Self { roots: roots.into() }
    }

    /// The file's module; `None` where no import statement can name it.
    pub(crate) fn module(&self, path: &RelPath) -> Option<ModuleName> {
        module_of(path, &self.roots)
    }

    /// Module and qualified name. A file that no import can name has its bare qualified names: they may
    /// repeat between files, as all symbols may, and the path tells them apart.
    pub(crate) fn symbol(module: Option<&ModuleName>, id: &DefinitionId) -> String {
        match module {
            Some(module) => module.child(&id.qualified_name).to_string(),
            None => id.qualified_name.to_string(),
        }
    }
}
