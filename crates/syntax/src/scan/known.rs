//! Names whose meaning decides about imports.

use rustc_hash::FxHashMap;
use staniel_facts::{Import, Name};

/// What a name stands for that is looked out for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Known {
    TypeChecking,
    Suppress,
    Importlib,
    ImportModule,
    DunderImport,
}

/// The names under which a file has imported its landmarks, so far. Names are never forgotten: who binds
/// `import_module` to something else after importing it is not worth a symbol table.
#[derive(Default)]
pub(crate) struct KnownNames {
    names: FxHashMap<Name, Known>,
    /// Whether a function that imports has a name that the file chose.
    pub(crate) has_alias: bool,
    /// Whether TYPE_CHECKING has.
    pub(crate) has_type_checking: bool,
    /// Whether `contextlib.suppress` has.
    pub(crate) has_suppress: bool,
}

impl KnownNames {
    /// Remembers what an import statement binds.
    pub(crate) fn learn(&mut self, import: &Import) {
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
        if import.alias.is_some() {
            match known {
                Known::ImportModule | Known::DunderImport => self.has_alias = true,
                Known::TypeChecking => self.has_type_checking = true,
                Known::Suppress => self.has_suppress = true,
                Known::Importlib => {}
            }
        }
        self.names.insert(name, known);
    }

    /// Whether `name` is the flag TYPE_CHECKING.
    pub(crate) fn is_type_checking(&self, name: &str) -> bool {
        name == "TYPE_CHECKING" || self.means(name, Known::TypeChecking)
    }

    /// Whether `name` is `contextlib.suppress`.
    pub(crate) fn is_suppress(&self, name: &str) -> bool {
        name == "suppress" || self.means(name, Known::Suppress)
    }

    /// Which function that imports a call of `name` calls.
    pub(crate) fn importer(&self, name: &str) -> Option<Known> {
        match self.names.get(name) {
            Some(&known) => {
                Some(known).filter(|known| matches!(known, Known::ImportModule | Known::DunderImport))
            }
            None => (name == "__import__").then_some(Known::DunderImport),
        }
    }

    /// Which function that imports a call of `object.attribute` calls.
    pub(crate) fn importer_of(&self, object: &str, attribute: &str) -> Option<Known> {
        match attribute {
            "import_module" => {
                (object == "importlib" || self.means(object, Known::Importlib)).then_some(Known::ImportModule)
            }
            "__import__" => Some(Known::DunderImport),
            _ => None,
        }
    }

    fn means(&self, name: &str, known: Known) -> bool {
        self.names.get(name) == Some(&known)
    }
}
