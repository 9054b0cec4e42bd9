//! What the engine says after each step.

use std::sync::Arc;
use std::time::Duration;

use serde::{Deserialize, Serialize};
use staniel_facts::{Counts, Coverage, Delta, HoverChange, ProviderId, RelPath, SkipReason, Snapshot};

/// The disk's next world, analysed. Immutable: readers keep it as long as they like.
#[derive(Clone, Debug)]
pub struct Published {
    /// Counts publications of this engine, from 1.
    pub seq: u64,
    /// What is known now.
    pub snapshot: Arc<Snapshot>,
    /// What differs from the publication before (for the first: from the stored generation).
    pub delta: Arc<Delta>,
    /// Whether there was nothing to compare with, so that the delta lists everything: the first time, and in an
    /// environment that is not the one before.
    pub from_nothing: bool,
    /// The figures.
    pub summary: Summary,
}

/// The figures of one step.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Summary {
    /// Who answered.
    pub provider: ProviderId,
    /// The generation that holds this snapshot; `None` where nothing is remembered.
    pub generation: Option<u64>,
    /// The generation that `delta` starts from.
    pub parent: Option<u64>,
    /// Files by what became of them.
    pub files: FileCounts,
    /// What had to be done.
    pub work: Work,
    /// What there is.
    pub counts: Counts,
    /// What differs from the parent.
    pub delta: DeltaCounts,
    /// Reported files that were not analysed, with reasons.
    pub skipped: Vec<(RelPath, SkipReason)>,
    /// Files that the provider could not answer, with reasons; their answers are the declared ones.
    pub quarantined: Vec<(RelPath, String)>,
    /// What did not work as it should and was done another way.
    pub fallbacks: Vec<Fallback>,
    /// Remarks about the project's configuration and environment.
    pub notices: Vec<String>,
    /// From the question to the answer; persisting not included.
    pub elapsed: Duration,
}

/// Something that did not work as it should and was done another way, with the same answers.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Fallback {
    /// A short stable word.
    pub code: String,
    /// For people.
    pub message: String,
}

/// Reported files by what became of them since the parent.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileCounts {
    /// Analysed and skipped.
    pub total: u64,
    /// New.
    pub added: u64,
    /// With other content, or skipped for another reason.
    pub changed: u64,
    /// Gone.
    pub deleted: u64,
    /// Not analysed.
    pub skipped: u64,
}

/// What had to be done: demands, counted where they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Work {
    /// Files read to learn their content.
    pub read: u64,
    /// Files hashed.
    pub hashed: u64,
    /// Files whose imports were extracted.
    pub scanned: u64,
    /// Files whose outline was computed.
    pub outlined: u64,
    /// Files whose key changed.
    pub candidates: u64,
    /// Files handed to the provider.
    pub asked: u64,
    /// Files among them whose answer differs from the one before.
    pub changed: u64,
    /// Texts that the provider had to read again, because it does not live as long as the store does.
    pub sourced: u64,
}

/// What a delta contains.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct DeltaCounts {
    /// New definitions.
    pub hovers_added: u64,
    /// Definitions that are gone.
    pub hovers_removed: u64,
    /// Definitions whose hover differs.
    pub hovers_modified: u64,
    /// New edges.
    pub edges_added: u64,
    /// Edges that are gone.
    pub edges_removed: u64,
}

impl DeltaCounts {
    /// Counts what `delta` contains.
    pub fn of(delta: &Delta) -> Self {
        let mut counts = Self::default();
        for file in delta.files().values() {
            for (_, change) in file.hovers() {
                match change {
                    HoverChange::Added(_) => counts.hovers_added += 1,
                    HoverChange::Removed(_) => counts.hovers_removed += 1,
                    HoverChange::Modified(..) => counts.hovers_modified += 1,
                }
            }
            let (added, removed) = file.edges();
            counts.edges_added += added.len() as u64;
            counts.edges_removed += removed.len() as u64;
        }
        counts
    }
}

impl FileCounts {
    /// Counts files in `delta`, and in the snapshot that it leads to.
    pub fn of(snapshot: &Snapshot, delta: &Delta) -> Self {
        let counts = snapshot.counts();
        let mut files = Self { total: counts.files, skipped: counts.skipped, ..Self::default() };
        for file in delta.files().values() {
            match (&file.old, &file.new) {
                (Coverage::Absent | Coverage::NotAsked, _) => files.added += 1,
                (_, Coverage::Absent | Coverage::NotAsked) => files.deleted += 1,
                (Coverage::Present(old), Coverage::Present(new)) if old.hash() == new.hash() => {}
                _ => files.changed += 1,
            }
        }
        files
    }
}
