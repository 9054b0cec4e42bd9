//! What the store holds for the engine, and how a snapshot is found in it again.
//!
//! Facts lie under their content hash, answers under their key, edges under their own digest; a generation
//! is the list that joins them. Nothing here is believed: a generation whose parts do not add up to the
//! digest that it was stored with is no generation.

use std::sync::Arc;

use imbl::OrdMap;
use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use staniel_facts::{
    AnswerKey, Answers, ContentHash, Counts, Coverage, Digest, Edge, EnvironmentDigest, FileRecord, Manifest,
    Provenance, ProviderId, RelPath, SCHEMA, SkipReason, Snapshot, SnapshotDigest, World, digest_of,
};
use staniel_store::{Batch, Store, Table};

use crate::naming::{self, GenerationName};
use crate::texts::Texts;

/// What HEAD says: all that a run on an unchanged tree needs to answer.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub(crate) struct HeadValue {
    pub(crate) schema: u32,
    /// The number that the next generation gets.
    pub(crate) next_generation: u64,
    /// Counts worlds: it grows whenever a file's state differs from the look before.
    pub(crate) revision: u64,
    /// The tree as it was seen last.
    pub(crate) manifest: Manifest,
    /// One for each provider that was ever asked here.
    pub(crate) lines: Vec<Line>,
}

/// The newest generation of one provider.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Line {
    pub(crate) provider: ProviderId,
    pub(crate) hermetic: bool,
    /// The world that it describes; the present one if equal to [`HeadValue::revision`].
    pub(crate) revision: u64,
    /// The environment that it was made in.
    pub(crate) environment: EnvironmentDigest,
    pub(crate) generation: u64,
    pub(crate) parent: Option<u64>,
    /// The digest of its snapshot.
    pub(crate) digest: SnapshotDigest,
    pub(crate) counts: Counts,
    pub(crate) skipped: Vec<(RelPath, SkipReason)>,
    pub(crate) quarantined: Vec<(RelPath, String)>,
}

impl HeadValue {
    /// The newest generation of `provider`, whether or not it describes the present world.
    pub(crate) fn line(&self, provider: &ProviderId, hermetic: bool) -> Option<&Line> {
        self.lines.iter().find(|line| line.provider == *provider && line.hermetic == hermetic)
    }

    /// The world that the manifest describes, without its environment.
    pub(crate) fn world(&self) -> World {
        let files =
            self.manifest.files.iter().map(|(path, (_, tracked))| (path.clone(), tracked.clone())).collect();
        World { files, ..World::default() }
    }

    /// Whether `line` describes the world that the manifest does, in this environment.
    pub(crate) fn is_current(&self, line: &Line, environment: EnvironmentDigest) -> bool {
        line.revision == self.revision && line.environment == environment
    }

    pub(crate) fn is_current_schema(&self) -> bool {
        self.schema == SCHEMA
    }
}

/// A stored generation. Its files lie in lists that it shares with its neighbours as far as they are equal: an edit
/// writes one of them, and not as much as the project has files.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Generation {
    pub(crate) id: u64,
    pub(crate) parent: Option<u64>,
    pub(crate) hermetic: bool,
    /// Milliseconds since the epoch. For people: nothing is decided by it.
    pub(crate) created_ms: u64,
    pub(crate) provenance: Provenance,
    pub(crate) counts: Counts,
    pub(crate) digest: SnapshotDigest,
    /// Under which keys its lists lie, in the order of paths.
    pub(crate) lists: Vec<Digest>,
    pub(crate) quarantined: Vec<(RelPath, String)>,
    /// Where it came from, if from elsewhere: then it has no lists, and none of the rows that ours are made of.
    pub(crate) origin: Option<Elsewhere>,
}

/// What else must be known of a generation that somebody brought.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Elsewhere {
    /// Under which key the file lies, as it came: its own checksum.
    pub(crate) archive: Digest,
    /// Whether it covers a whole project.
    pub(crate) complete: bool,
}

/// One file of a generation.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Row {
    /// Where its parts lie.
    Analysed { content: ContentHash, edges: Digest, key: AnswerKey },
    /// It was not analysed.
    Skipped(SkipReason),
}

impl Row {
    /// Under which key the file's answers are; `None` where it has none.
    pub(crate) fn key(&self) -> Option<AnswerKey> {
        match self {
            Self::Analysed { key, .. } => Some(*key),
            Self::Skipped(_) => None,
        }
    }
}

/// What people want to know of a generation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GenerationInfo {
    /// Its number.
    pub id: u64,
    /// The generation before it, of the same provider.
    pub parent: Option<u64>,
    /// Under which circumstances it was made.
    pub provenance: Provenance,
    /// Whether it was asked for file by file.
    pub hermetic: bool,
    /// Milliseconds since the epoch.
    pub created_ms: u64,
    /// The figures.
    pub counts: Counts,
    /// The digest of its snapshot.
    pub digest: SnapshotDigest,
    /// Whether it came from elsewhere, in a file.
    pub imported: bool,
    /// Whether it covers a whole project. All but imported ones do.
    pub complete: bool,
    /// What people call it, sorted.
    pub names: Vec<GenerationName>,
}

impl From<Generation> for GenerationInfo {
    fn from(generation: Generation) -> Self {
        let Generation { id, parent, hermetic, created_ms, provenance, counts, digest, origin, .. } =
            generation;
        let complete = origin.is_none_or(|origin| origin.complete);
        let (imported, names) = (origin.is_some(), Vec::new());
        Self { id, parent, provenance, hermetic, created_ms, counts, digest, imported, complete, names }
    }
}

/// Under which key a generation lies: sorted by number.
pub(crate) fn generation_key(id: u64) -> [u8; 8] {
    id.to_be_bytes()
}

/// A part of a generation's files, by path.
pub(crate) type List<'a> = Vec<(&'a RelPath, &'a Row)>;

/// Cuts a generation's files into lists, each with the key that it lies under. Where a list ends is said by the path
/// alone, so that files that come and go leave the lists of others as they are.
pub(crate) fn lists(files: &OrdMap<RelPath, Row>) -> Vec<(Digest, List<'_>)> {
    /// The expected length. Longer lists make every edit dearer, shorter ones every generation.
    const LENGTH: u8 = 32;
    let mut lists = Vec::new();
    let mut list = List::new();
    let mut left = files.len();
    for (path, row) in files {
        left -= 1;
        list.push((path, row));
        if left == 0 || digest_of("staniel 2026 end of a list", path).0[0] < (256 / u16::from(LENGTH)) as u8 {
            let list = std::mem::take(&mut list);
            lists.push((digest_of("staniel 2026 list of files", &list), list));
        }
    }
    lists
}

/// The files of a generation, by path; `None` if any list is missing or damaged.
pub(crate) fn files(store: &Store, generation: &Generation) -> Option<Vec<(RelPath, Row)>> {
    let list = |key: &Digest| store.get::<Vec<(RelPath, Row)>>(Table::Lists, &key.0);
    let lists: Option<Vec<_>> = generation.lists.iter().map(list).collect();
    Some(lists?.into_iter().flatten().collect())
}

/// Under which key a file's edges lie.
pub(crate) fn edges_key(edges: &[Edge]) -> Digest {
    digest_of("staniel 2026 edges row", edges)
}

/// The generation with this number, if the store has it.
pub(crate) fn generation(store: &Store, id: u64) -> Option<Generation> {
    store.get::<Generation>(Table::Generations, &generation_key(id)).filter(|generation| generation.id == id)
}

/// All generations that the store has, in the order of their numbers.
pub(crate) fn generations(store: &Store) -> Vec<Generation> {
    let keys = store.keys(Table::Generations);
    let mut all: Vec<Generation> =
        keys.iter().filter_map(|key| store.get::<Generation>(Table::Generations, key)).collect();
    all.sort_by_key(|generation| generation.id);
    all
}

/// Removes a generation, what only it has, and what it is called. Its facts and answers stay, since others may
/// share them.
pub(crate) fn remove(store: &Store, batch: &mut Batch, id: u64) {
    if let Some(origin) = generation(store, id).and_then(|generation| generation.origin) {
        batch.remove(Table::Archives, &origin.archive.0);
    }
    batch.remove(Table::Generations, &generation_key(id));
    for (name, _) in naming::all(store).iter().filter(|(_, named)| named.generation == id) {
        batch.remove(Table::Names, name.key());
    }
}

/// Puts a generation's snapshot together again. `None` if any part is missing or damaged.
pub(crate) fn load(
    store: &Store,
    texts: &Texts,
    generation: &Generation,
    files: &[(RelPath, Row)],
) -> Option<Snapshot> {
    let coverages: Option<Vec<(RelPath, Coverage)>> = files
        .par_iter()
        .map(|(path, row)| {
            let coverage = match row {
                Row::Skipped(reason) => Coverage::Skipped(reason.clone()),
                Row::Analysed { content, edges, key } => {
                    let facts = texts.stored(*content)?;
                    let edges = store.get::<Vec<Edge>>(Table::Edges, &edges.0)?;
                    let answers = store.get::<Answers>(Table::Answers, &key.0.0)?;
                    // A row that belongs to another outline would make every later index lie.
                    if answers.len() != facts.outline.definitions.len() {
                        return None;
                    }
                    Coverage::Present(Arc::new(FileRecord::new(
                        *content,
                        facts,
                        edges.into(),
                        Some(answers.into()),
                    )))
                }
            };
            Some((path.clone(), coverage))
        })
        .collect();
    let mut snapshot = Snapshot::new(Arc::new(generation.provenance.clone()), true);
    for (path, coverage) in coverages? {
        snapshot.set(path, coverage);
    }
    (snapshot.digest() == generation.digest).then_some(snapshot)
}
