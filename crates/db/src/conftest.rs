//! What pytest loads before a test module: the `conftest.py` files beside and above it.

use std::sync::Arc;

use staniel_facts::{Contexts, EdgeContent, TargetClass};

use crate::Slot;
use crate::inputs::{Db, File};
use crate::locate::{ancestors, tracked};
use crate::looked::Looked;
use crate::statements::module_of;
use crate::wanted::Directory;

/// The name that pytest looks for.
const CONFTEST: &str = "conftest";

/// The `conftest.py` files that pytest loads before a file's own code, the outermost first, as implicit
/// edges; none for files that pytest does not load by itself. Only the project's own: pytest stops there too.
pub(crate) fn before<'db>(db: &'db dyn Db, file: File, looked: &mut Looked) -> &'db [Arc<EdgeContent>] {
    let path = file.path(db);
    let name = path.file_name();
    let Some(directory) = path.parent() else { return &[] };
    // A nested `conftest.py` comes after those above it, and is not its own.
    let from = match name {
        "conftest.py" => directory.parent(),
        _ if is_test(name) => Some(directory),
        _ => None,
    };
    let Some(from) = from else { return &[] };
    let found = conftests(db, Directory::new(db, from));
    looked.extend(&found.looked);
    &found.edges
}

/// Whether pytest collects a file of that name, unless told otherwise (`python_files`).
fn is_test(name: &str) -> bool {
    name.strip_suffix(".py").is_some_and(|stem| stem.starts_with("test_") || stem.ends_with("_test"))
}

/// The `conftest.py` files of a directory and those above it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Conftests {
    edges: Box<[Arc<EdgeContent>]>,
    looked: Looked,
}

/// The `conftest.py` files of a directory and those above it, the outermost first.
///
/// Runs again when one appears or vanishes.
#[salsa::tracked(returns(ref))]
pub(crate) fn conftests<'db>(db: &'db dyn Db, key: Directory<'db>) -> Conftests {
    let mut looked = Looked::default();
    let mut edges = Vec::new();
    for dir in ancestors(key.path(db)) {
        if looked.probe(db, &dir, CONFTEST) & Slot::PY != 0 {
            let file = tracked(db, &dir, CONFTEST, ".py");
            edges.push(Arc::new(EdgeContent {
                module: module_of(db, file).clone(),
                symbol: None,
                class: TargetClass::FirstParty,
                resolved: Some(file.path(db).clone()),
                stub: None,
                origin: None,
                contexts: Contexts::empty(),
                implicit: true,
            }));
        }
    }
    edges.reverse();
    Conftests { edges: edges.into(), looked }
}
