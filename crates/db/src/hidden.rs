//! Files that no import reaches by the name that they have.

use staniel_facts::{ModuleName, RelPath};

use crate::inputs::{Db, File, Surroundings};
use crate::locate::{Found, importable_name};
use crate::resolve::{Target, resolve_module};
use crate::wanted::DottedName;

/// A file that `import` of its module's name does not lead to: the same module lies under an earlier root, a
/// package stands beside the module, or the standard library has the name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Hidden {
    /// The name.
    pub module: ModuleName,
    /// The file that nobody can import by it.
    pub path: RelPath,
    /// The file that is found instead, or on the way; `None` where that is in the standard library or installed.
    pub winner: Option<RelPath>,
}

/// What hides `file`, if anything does.
pub(crate) fn hidden(db: &dyn Db, file: File) -> Option<Hidden> {
    let path = file.path(db);
    // Loaded by their paths: `python DIRECTORY`, and pytest.
    if matches!(path.file_name(), "conftest.py" | "__main__.py") {
        return None;
    }
    let (root, module) = importable_name(Surroundings::get(db).roots(db), path)?;
    let top = path.strip_prefix(root).and_then(|inside| inside.split('/').next());
    if top.is_some_and(|top| top.ends_with("-stubs")) {
        return None;
    }
    let target = resolve_module(db, DottedName::new(db, &module));
    let winner = match &target.found {
        Some(found) if is_part_of(db, file, found) => return None,
        Some(Found::Module(winner)) => {
            let stub = winner.stub.filter(|_| path.extension() == Some("pyi"));
            Some(stub.unwrap_or(winner.file).path(db).clone())
        }
        _ => on_the_way(target),
    };
    Some(Hidden { module, path: path.clone(), winner })
}

/// Whether `file` is what was found, or the `__init__` of a portion of it.
fn is_part_of(db: &dyn Db, file: File, found: &Found) -> bool {
    let itself = found.module().is_some_and(|module| module.file == file || module.stub == Some(file));
    itself
        || file.path(db).file_name().starts_with("__init__.")
            && file.path(db).parent().is_some_and(|package| found.directories().contains(&package))
}

/// The last of the packages that were found before the name ended.
fn on_the_way(target: &Target) -> Option<RelPath> {
    target.above.last().and_then(|package| package.resolved.clone())
}
