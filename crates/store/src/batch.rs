//! What one commit changes.

use std::collections::BTreeMap;
use std::sync::Arc;

use serde::Serialize;

use crate::table::{RowKey, Table};

/// An encoded value, or `None` where the row goes. Shared, because readers see a commit at once while the
/// writer thread is still busy with it.
pub(crate) type Change = Option<Arc<[u8]>>;

/// Rows to put and rows to remove, all in one commit. The last word on a row counts.
///
/// Sorted by key, because neighbouring rows share a page on disk: writing them in order touches each once.
#[derive(Default)]
pub struct Batch {
    pub(crate) changes: BTreeMap<RowKey, Change>,
}

impl Batch {
    /// A batch that changes nothing yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stores `value` under `key`. Encodes at once, so the cost is here and not at the commit.
    ///
    /// # Panics
    ///
    /// If `T` cannot be encoded by postcard (it contains a sequence of unknown length): a mistake in the
    /// type, which the first test finds, and nothing that data can cause.
    pub fn put<T: Serialize>(&mut self, table: Table, key: &[u8], value: &T) {
        let encoded = encode(value);
        self.changes.insert((table, key.into()), Some(encoded.into()));
    }

    /// Removes the row, once the commit's head is on disk: until then the old head may still name it.
    pub fn remove(&mut self, table: Table, key: &[u8]) {
        self.changes.insert((table, key.into()), None);
    }

    /// Whether there is nothing to commit.
    pub fn is_empty(&self) -> bool {
        self.changes.is_empty()
    }

    /// How many rows are put or removed.
    pub fn len(&self) -> usize {
        self.changes.len()
    }
}

/// The bytes of `value`, without envelope.
pub(crate) fn encode<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    postcard::to_allocvec(value).expect("plain data of known length always encodes")
}

/// The value that `payload` encodes; `None` where it is of another type. All bytes must be used up: a
/// shorter type that happens to be a prefix of what was written is another type.
pub(crate) fn decode<T: serde::de::DeserializeOwned>(payload: &[u8]) -> Option<T> {
    match postcard::take_from_bytes(payload) {
        Ok((value, [])) => Some(value),
        _ => None,
    }
}
