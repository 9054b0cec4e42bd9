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

    /// The file's module. A file that no import statement can name (`my-dir/run.py`) has its path with dots
    /// instead, which no statement can spell, but people can read.
    pub(crate) fn module(&self, path: &RelPath) -> ModuleName {
        module_of(path, &self.roots).unwrap_or_else(|| {
            let text = path.as_str();
            let stem = text.strip_suffix(".py").or_else(|| text.strip_suffix(".pyi")).unwrap_or(text);
            let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
            ModuleName::new(stem.replace('/', "."))
        })
    }

    /// Module and qualified name.
    pub(crate) fn symbol(module: &ModuleName, id: &DefinitionId) -> String {
        module.child(&id.qualified_name).to_string()
    }
}
