//! What answering a question led past.

use salsa::plumbing::AsId;
use staniel_facts::RelPath;

use crate::inputs::{Db, File, SlotInput};
use crate::statements::extends_path;

/// The slots that were looked at, and the files in whose bindings something was looked up: an answer can
/// change only if one of them does. May name them more than once: to sort them is left to who wants to know.
///
/// Both go by their ids, which are cheap to copy from answer to answer.
#[derive(Clone, Debug, PartialEq, Eq, Default, salsa::SalsaValue)]
pub(crate) struct Looked {
    pub(crate) slots: Vec<SlotInput>,
    pub(crate) consulted: Vec<File>,
}

impl Looked {
    /// What stands in `dir` under `name`. Depends on that slot alone.
    pub(crate) fn probe(&mut self, db: &dyn Db, dir: &RelPath, name: &str) -> u8 {
        let slot = db.slot(dir, name);
        self.slots.push(slot);
        slot.bits(db)
    }

    /// Whether the package `file` says that it lies in several places.
    pub(crate) fn extends_path(&mut self, db: &dyn Db, file: File) -> bool {
        self.consulted.push(file);
        extends_path(db, file)
    }

    /// The same, each once: for answers that many others copy.
    pub(crate) fn once(self) -> Self {
        Self { slots: unique(self.slots).into_vec(), consulted: unique(self.consulted).into_vec() }
    }

    /// Adds what another answer looked at.
    pub(crate) fn extend(&mut self, other: &Self) {
        self.slots.extend_from_slice(&other.slots);
        self.consulted.extend_from_slice(&other.consulted);
    }
}

/// Leaves each once, in the order of ids.
pub(crate) fn unique<T: AsId + Copy + PartialEq>(mut ids: Vec<T>) -> Box<[T]> {
    ids.sort_unstable_by_key(AsId::as_id);
    ids.dedup();
    ids.into()
}
