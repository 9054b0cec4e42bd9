//! The inputs of the database, and the trait through which queries see what is not theirs.

use std::collections::BTreeSet;
use std::sync::Arc;

use staniel_facts::{FileState, Name, PythonVersion, RelPath};

use crate::{FactSource, Slot};

/// What queries may ask of the database besides other queries.
#[salsa::db]
pub(crate) trait Db: salsa::Database {
    /// The input of a path that was tracked at some time.
    fn file(&self, path: &str) -> Option<File>;

    /// The input of a slot, made on demand: absence is an answer that can change.
    fn slot(&self, dir: &RelPath, name: &str) -> SlotInput;

    /// Where facts come from.
    fn facts_source(&self) -> &dyn FactSource;
}

/// A path that is, or once was, tracked. Whether it *exists* is never asked here but of slots: resolution
/// would otherwise run again at each edit of a target.
#[salsa::input(debug)]
pub(crate) struct File {
    /// Never changes.
    #[returns(ref)]
    pub(crate) path: RelPath,
    /// What is there. Changes all the time: low durability.
    #[returns(ref)]
    pub(crate) state: FileState,
}

/// What stands in a slot. Changes when files come and go, not when they are edited: medium durability, so
/// that after an edit nothing that depends on slots alone is even verified.
#[salsa::input(debug)]
pub(crate) struct SlotInput {
    /// Never changes.
    #[returns(ref)]
    pub(crate) slot: Slot,
    #[returns(copy)]
    pub(crate) bits: u8,
}

/// The part of the environment that resolution depends on, field by field: a new `site-packages` digest
/// alone runs nothing again.
#[salsa::input(singleton)]
pub(crate) struct Surroundings {
    #[returns(ref)]
    pub(crate) roots: Box<[RelPath]>,
    #[returns(copy)]
    pub(crate) python: PythonVersion,
    #[returns(ref)]
    pub(crate) third_party: Arc<BTreeSet<Name>>,
}
