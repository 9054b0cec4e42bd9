//! Deltas: how one snapshot differs from another, as a value that can be applied and composed.
//!
//! A delta holds whole files: for each path whose coverage differs, both sides. The laws (`merge` restores
//! the target, composition is associative, what returns to its base vanishes) then hold by construction;
//! what changed *inside* a file, by identity, is computed from the two sides when somebody looks.

use std::collections::BTreeMap;

use crate::{
    Coverage, DefinitionId, EdgeContent, FileRecord, Hover, RelPath, Snapshot, SnapshotDigest, SnapshotError,
};

/// Why a delta cannot be applied or composed.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum DeltaError {
    /// It starts from another snapshot.
    #[error("the delta starts from snapshot {expected:?}, not from {found:?}")]
    OtherBase {
        /// Its base.
        expected: SnapshotDigest,
        /// What it was applied to.
        found: SnapshotDigest,
    },
    /// The two snapshots cannot be compared.
    #[error(transparent)]
    Incomparable(#[from] SnapshotError),
}

/// Both sides of one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileDelta {
    /// Before.
    pub old: Coverage,
    /// After; never equal to `old`.
    pub new: Coverage,
}

/// What happened to one definition.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum HoverChange<'a> {
    /// It is new.
    Added(Hover<'a>),
    /// It is gone.
    Removed(Hover<'a>),
    /// Its hover differs: before, after.
    Modified(Hover<'a>, Hover<'a>),
}

impl FileDelta {
    /// The two records to compare: `None` for an absent side, and nothing at all where a side is skipped
    /// or was not asked, for a delta speaks only about what both sides cover.
    fn sides(&self) -> Option<(Option<&FileRecord>, Option<&FileRecord>)> {
        let side = |coverage: &'_ Coverage| match coverage {
            Coverage::Present(_) | Coverage::Absent => Some(()),
            Coverage::Skipped(_) | Coverage::NotAsked => None,
        };
        side(&self.old)?;
        side(&self.new)?;
        Some((self.old.record().map(|r| &**r), self.new.record().map(|r| &**r)))
    }

    /// The definitions that changed, by identity. Where one side's provider was not asked, types are not
    /// compared: asking more is no modification.
    pub fn hovers(&self) -> Vec<(&DefinitionId, HoverChange<'_>)> {
        let Some((old, new)) = self.sides() else { return Vec::new() };
        let (mut before, mut after) = (
            old.map(FileRecord::hovers).unwrap_or_default(),
            new.map(FileRecord::hovers).unwrap_or_default(),
        );
        if let (Some(old), Some(new)) = (old, new)
            && old.answers().is_some() != new.answers().is_some()
        {
            for hover in before.values_mut().chain(after.values_mut()) {
                hover.normal = None;
                hover.flags &= crate::Flags::NEAR_ERROR;
            }
        }
        let mut changes = Vec::new();
        for (id, hover) in &before {
            match after.get(id) {
                None => changes.push((*id, HoverChange::Removed(hover.clone()))),
                Some(new) if new != hover => {
                    changes.push((*id, HoverChange::Modified(hover.clone(), new.clone())));
                }
                Some(_) => {}
            }
        }
        for (id, hover) in after {
            if !before.contains_key(id) {
                changes.push((id, HoverChange::Added(hover)));
            }
        }
        changes.sort_by_key(|(id, _)| *id);
        changes
    }

    /// The edges that were added and removed, as multisets, each sorted: (added, removed).
    pub fn edges(&self) -> (Vec<&EdgeContent>, Vec<&EdgeContent>) {
        let Some((old, new)) = self.sides() else { return Default::default() };
        let (before, after) = (contents(old), contents(new));
        (surplus(&after, &before), surplus(&before, &after))
    }
}

/// How often a record has each edge.
fn contents(record: Option<&FileRecord>) -> BTreeMap<&EdgeContent, usize> {
    let mut counts = BTreeMap::new();
    for content in record.map(FileRecord::edge_contents).unwrap_or_default() {
        *counts.entry(content).or_default() += 1;
    }
    counts
}

/// What `of` has more than `over`, as multisets.
fn surplus<'a>(
    of: &BTreeMap<&'a EdgeContent, usize>,
    over: &BTreeMap<&'a EdgeContent, usize>,
) -> Vec<&'a EdgeContent> {
    let mut out = Vec::new();
    for (content, count) in of {
        for _ in over.get(content).copied().unwrap_or(0)..*count {
            out.push(*content);
        }
    }
    out
}

/// How one snapshot differs from another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delta {
    base: SnapshotDigest,
    target: SnapshotDigest,
    files: BTreeMap<RelPath, FileDelta>,
}

impl Delta {
    /// What turns `base` into `target`. Different provenance is an error, and so is comparing a whole project
    /// with a part of one: what the part does not name would have two meanings.
    pub fn between(base: &Snapshot, target: &Snapshot) -> Result<Self, DeltaError> {
        base.require_same_provenance(target)?;
        if base.is_complete() != target.is_complete() {
            return Err(SnapshotError::Coverage.into());
        }
        let files = base
            .differences(target)
            .into_iter()
            .map(|(path, old, new)| (path.clone(), FileDelta { old: old.clone(), new: new.clone() }))
            .collect();
        Ok(Self { base: base.digest(), target: target.digest(), files })
    }

    /// The snapshot it starts from.
    pub fn base(&self) -> SnapshotDigest {
        self.base
    }

    /// The snapshot it leads to.
    pub fn target(&self) -> SnapshotDigest {
        self.target
    }

    /// The files that differ, sorted by path.
    pub fn files(&self) -> &BTreeMap<RelPath, FileDelta> {
        &self.files
    }

    /// Whether nothing differs.
    pub fn is_empty(&self) -> bool {
        self.files.is_empty()
    }

    /// This delta and then `next`. Associative; files that return to their base vanish.
    pub fn then(&self, next: &Self) -> Result<Self, DeltaError> {
        if self.target != next.base {
            return Err(DeltaError::OtherBase { expected: next.base, found: self.target });
        }
        let mut files = self.files.clone();
        for (path, change) in &next.files {
            let old = files.remove(path).map_or_else(|| change.old.clone(), |first| first.old);
            if old != change.new {
                files.insert(path.clone(), FileDelta { old, new: change.new.clone() });
            }
        }
        Ok(Self { base: self.base, target: next.target, files })
    }
}

impl Snapshot {
    /// The snapshot that `delta` leads to. Refuses a delta that starts elsewhere.
    pub fn merge(&self, delta: &Delta) -> Result<Self, DeltaError> {
        if delta.base != self.digest() {
            return Err(DeltaError::OtherBase { expected: delta.base, found: self.digest() });
        }
        let mut merged = self.clone();
        for (path, change) in &delta.files {
            merged.set(path.clone(), change.new.clone());
        }
        Ok(merged)
    }
}
