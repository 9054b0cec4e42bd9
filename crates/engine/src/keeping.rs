//! What is kept of what was stored, and how room is made.

use std::collections::{BTreeMap, BTreeSet};

use staniel_store::{Batch, RowKey, Table};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::naming;
use crate::stored::{self, GenerationInfo, HeadValue, Row};

/// How many generations without a name are kept, of all providers together. Recovery needs two; the rest is for
/// people who compare.
const GENERATIONS_KEPT: usize = 50;

/// A cache may take this much room, whatever is in it.
const ALLOWED_BYTES: u64 = 32 << 20;
const ALLOWED_BYTES_PER_FILE: u64 = 32 << 10;

/// How many times as much room as what is live may be taken beyond that. sled itself needs twice as much.
const MOST_TIMES_LIVE: u64 = 4;

/// What came of removing generations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Kept {
    /// Those that are gone, oldest first.
    pub removed: Vec<GenerationInfo>,
    /// Those that are left.
    pub kept: Vec<GenerationInfo>,
    /// Bytes that the rows took on disk before.
    pub bytes_before: u64,
    /// And after.
    pub bytes_after: u64,
}

impl Engine {
    /// Removes all generations but the `keep` newest, those that have a name, and the newest of each provider, and
    /// lets go of what only the others needed. The last thing that an engine does, since room is made when its
    /// store is closed. Cost: reading and writing what is left.
    pub fn keep(mut self, keep: usize) -> Result<Kept, EngineError> {
        self.save();
        let all = self.generations();
        let store = self.open_store();
        let bytes_before = store.disk_bytes();
        // The store is ours by now, and what HEAD said before may be old.
        let head = self.directory.as_deref().and_then(staniel_store::read_head::<HeadValue>);
        let lines =
            head.map(|head| head.value).filter(HeadValue::is_current_schema).unwrap_or_default().lines;
        let newest = all.len().saturating_sub(keep);
        let wanted = |index: usize, info: &GenerationInfo| {
            index >= newest || !info.names.is_empty() || lines.iter().any(|line| line.generation == info.id)
        };
        let (mut kept, mut removed, mut batch) = (Vec::new(), Vec::new(), Batch::new());
        for (index, info) in all.into_iter().enumerate() {
            if wanted(index, &info) {
                kept.push(info);
            } else {
                stored::remove(store, &mut batch, info.id);
                removed.push(info);
            }
        }
        store.commit::<HeadValue>(batch, None);
        store.flush()?;
        self.compacts = true;
        let directory = self.directory.clone();
        drop(self);
        let bytes_after = directory.as_deref().map_or(0, staniel_store::rows_bytes);
        Ok(Kept { removed, kept, bytes_before, bytes_after })
    }

    /// The oldest generations go; those that have a name or that a line of HEAD names stay.
    pub(crate) fn drop_old_generations(&self, batch: &mut Batch) {
        let store = self.open_store();
        let named: BTreeSet<u64> = naming::all(store).iter().map(|(_, named)| named.generation).collect();
        let keys = store.keys(Table::Generations);
        let numbers = keys.iter().filter_map(|key| Some(u64::from_be_bytes(key.as_slice().try_into().ok()?)));
        let mut unnamed: Vec<u64> = numbers.filter(|number| !named.contains(number)).collect();
        unnamed.sort_unstable();
        let surplus = (unnamed.len() + 1).saturating_sub(GENERATIONS_KEPT);
        let needed = |number: &u64| self.head.lines.iter().any(|line| line.generation == *number);
        for number in unnamed.iter().filter(|number| !needed(number)).take(surplus) {
            stored::remove(store, batch, *number);
        }
    }

    /// Lets the store make room if it takes much more of it than what is live: contents and keys that no kept
    /// generation has any more. The last thing that an engine does with its store.
    pub(crate) fn make_room(&self) {
        let Some(store) = self.store.get().filter(|store| store.is_persistent()) else { return };
        let taken = store.disk_bytes();
        let allowed = ALLOWED_BYTES + ALLOWED_BYTES_PER_FILE * self.world.files.len() as u64;
        if taken <= allowed && !self.compacts {
            return;
        }
        let mut live: BTreeSet<RowKey> = BTreeSet::new();
        live.extend(store.keys(Table::Names).into_iter().map(|key| (Table::Names, key.into())));
        for generation in stored::generations(store) {
            live.insert((Table::Generations, stored::generation_key(generation.id).into()));
            live.extend(generation.origin.map(|origin| (Table::Archives, origin.archive.0.into())));
            live.extend(generation.lists.iter().map(|list| (Table::Lists, list.0.into())));
            for (_, row) in stored::files(store, &generation).unwrap_or_default() {
                if let Row::Analysed { content, edges, key } = row {
                    live.insert((Table::Facts, content.0.0.into()));
                    live.insert((Table::Edges, edges.0.into()));
                    live.insert((Table::Answers, key.0.0.into()));
                }
            }
        }
        let sizes: BTreeMap<RowKey, u64> = store.sizes().into_iter().collect();
        let live_bytes: u64 = live.iter().filter_map(|row| sizes.get(row)).sum();
        if self.compacts || taken > MOST_TIMES_LIVE * live_bytes {
            tracing::debug!("making room: {live_bytes} of {taken} bytes are live");
            store.collect(live.into_iter().collect());
        }
    }
}
