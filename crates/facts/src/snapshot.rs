//! Snapshots: what is known of every file of one world, as a value.

use std::collections::BTreeMap;
use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::{
    Answer, Answers, ContentHash, Definition, DefinitionId, DefinitionKind, Digest, Edge, EdgeContent,
    EnvironmentDigest, FileFacts, Flags, ProviderId, RelPath, SkipReason, SnapshotDigest, TargetClass,
    digest_of,
};

/// Under which circumstances a snapshot was made. Snapshots of different provenance are never compared.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Provenance {
    /// Who answered.
    pub provider: ProviderId,
    /// What the answers depended on besides the project's files; configuration is in it.
    pub environment: EnvironmentDigest,
    /// [`crate::SCHEMA`] of the writer.
    pub schema: u32,
}

/// A definition's answer without its place: this is content, compared by deltas.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize)]
pub struct Hover<'a> {
    /// What it is.
    pub kind: DefinitionKind,
    /// How it is written.
    pub signature: &'a str,
    /// Decorators as written.
    pub decorators: &'a [Arc<str>],
    /// The type in normal form; `None` where nobody knows, or nobody was asked.
    pub normal: Option<&'a str>,
    /// The cleaned docstring, from the definition's own file.
    pub doc: Option<&'a str>,
    /// What else must be known.
    pub flags: Flags,
}

impl<'a> Hover<'a> {
    /// Joins a definition and what was answered of it.
    pub fn new(definition: &'a Definition, answer: Answer<'a>) -> Self {
        let near_error = if definition.near_error { Flags::NEAR_ERROR } else { Flags::empty() };
        Self {
            kind: definition.kind,
            signature: &definition.signature,
            decorators: &definition.decorators,
            normal: answer.normal,
            doc: definition.doc.as_deref(),
            flags: answer.flags | near_error,
        }
    }
}

/// What is known of one analysed file.
#[derive(Clone, Debug)]
pub struct FileRecord {
    hash: ContentHash,
    facts: Arc<FileFacts>,
    edges: Arc<[Edge]>,
    answers: Option<Arc<Answers>>,
    counts: Counts,
    digest: Digest,
}

impl PartialEq for FileRecord {
    /// By digest: it covers everything else.
    fn eq(&self, other: &Self) -> bool {
        self.digest == other.digest
    }
}

impl Eq for FileRecord {}

impl FileRecord {
    /// Joins a file's facts, edges and answers (`None`: no provider was asked). Hashes all of it.
    pub fn new(
        hash: ContentHash,
        facts: Arc<FileFacts>,
        edges: Arc<[Edge]>,
        answers: Option<Arc<Answers>>,
    ) -> Self {
        // The content hash stands for everything that is a function of the content.
        let digest = digest_of("staniel 2026 file record", &(hash, &edges, &answers));
        let mut counts =
            Counts { files: 1, definitions: facts.outline.definitions.len() as u64, ..Counts::default() };
        for edge in edges.iter() {
            if !edge.content.implicit {
                counts.imports.add(edge.content.class, 1);
            }
            counts.edges += u64::from(edge.content.class == TargetClass::FirstParty);
        }
        Self { hash, facts, edges, answers, counts, digest }
    }

    /// The file's content hash; it fixes the layout too.
    pub fn hash(&self) -> ContentHash {
        self.hash
    }

    /// Imports, outline and the rest that follows from the content alone.
    pub fn facts(&self) -> &Arc<FileFacts> {
        &self.facts
    }

    /// The resolved imports, in source order.
    pub fn edges(&self) -> &Arc<[Edge]> {
        &self.edges
    }

    /// What the provider said; `None` if it was not asked.
    pub fn answers(&self) -> Option<&Arc<Answers>> {
        self.answers.as_ref()
    }

    /// The hover of the definition with this index in the outline. Panics behind the end.
    pub fn hover(&self, index: usize) -> Hover<'_> {
        let answer = self.answers.as_ref().map(|answers| answers.get(index)).unwrap_or_default();
        Hover::new(&self.facts.outline.definitions[index], answer)
    }

    /// All hovers by identity.
    pub fn hovers(&self) -> BTreeMap<&DefinitionId, Hover<'_>> {
        let definitions = self.facts.outline.definitions.iter().enumerate();
        definitions.map(|(index, definition)| (&definition.id, self.hover(index))).collect()
    }

    /// The edges' content, sorted, with repetitions.
    pub fn edge_contents(&self) -> Vec<&EdgeContent> {
        let mut contents: Vec<_> = self.edges.iter().map(|edge| &*edge.content).collect();
        contents.sort_unstable();
        contents
    }
}

/// What a snapshot says of a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Coverage {
    /// Analysed.
    Present(Arc<FileRecord>),
    /// There is nothing.
    Absent,
    /// There is something that is not analysed.
    Skipped(SkipReason),
    /// Nobody asked.
    NotAsked,
}

impl Coverage {
    /// The record of an analysed file.
    pub fn record(&self) -> Option<&Arc<FileRecord>> {
        match self {
            Self::Present(record) => Some(record),
            _ => None,
        }
    }

    fn digest(&self, path: &RelPath) -> Digest {
        let state = match self {
            Self::Present(record) => (0u8, Some(record.digest), None),
            Self::Absent => (1, None, None),
            Self::Skipped(reason) => (2, None, Some(reason)),
            Self::NotAsked => (3, None, None),
        };
        digest_of("staniel 2026 covered path", &(path, state))
    }

    fn counts(&self) -> Counts {
        match self {
            Self::Present(record) => record.counts,
            Self::Skipped(_) => Counts { files: 1, skipped: 1, ..Counts::default() },
            Self::Absent | Self::NotAsked => Counts::default(),
        }
    }
}

/// How many imports lead where. Statements' names, implicit edges not counted.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ImportCounts {
    /// To the project's own files and namespace packages.
    pub first_party: u64,
    /// To the standard library.
    pub stdlib: u64,
    /// To distributions.
    pub third_party: u64,
    /// Nowhere.
    pub unresolved: u64,
}

impl ImportCounts {
    fn add(&mut self, class: TargetClass, number: u64) {
        *match class {
            TargetClass::FirstParty => &mut self.first_party,
            TargetClass::Stdlib => &mut self.stdlib,
            TargetClass::ThirdParty => &mut self.third_party,
            TargetClass::Unresolved => &mut self.unresolved,
        } += number;
    }
}

/// A snapshot's figures.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Counts {
    /// Analysed and skipped files.
    pub files: u64,
    /// Skipped ones among them.
    pub skipped: u64,
    /// Definitions.
    pub definitions: u64,
    /// First-party edges, implicit ones included.
    pub edges: u64,
    /// Imports by class.
    pub imports: ImportCounts,
}

impl Counts {
    fn combine(&mut self, other: &Self, with: impl Fn(u64, u64) -> u64) {
        let pairs = [
            (&mut self.files, other.files),
            (&mut self.skipped, other.skipped),
            (&mut self.definitions, other.definitions),
            (&mut self.edges, other.edges),
            (&mut self.imports.first_party, other.imports.first_party),
            (&mut self.imports.stdlib, other.imports.stdlib),
            (&mut self.imports.third_party, other.imports.third_party),
            (&mut self.imports.unresolved, other.imports.unresolved),
        ];
        for (mine, theirs) in pairs {
            *mine = with(*mine, theirs);
        }
    }
}

/// Why two snapshots cannot be joined.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SnapshotError {
    /// They were made by different providers, versions or environments.
    #[error(
        "the snapshots were made under different circumstances ({0}): compare snapshots of one provider, version and environment"
    )]
    Provenance(String),
    /// One knows that what it does not name is absent, the other did not ask.
    #[error(
        "one snapshot covers a whole project and the other a part of it: compare like with like, or join the parts first"
    )]
    Coverage,
    /// Both say something of this path, and not the same.
    #[error("the snapshots disagree about `{0}`")]
    Conflict(RelPath),
}

/// What is known of all files of one world. Clones share structure; exchanging one file is logarithmic.
#[derive(Clone, Debug)]
pub struct Snapshot {
    provenance: Arc<Provenance>,
    files: OrdMap<RelPath, Coverage>,
    /// Whether paths without an entry are known to be absent (a whole project), or were not asked (a shard).
    complete: bool,
    counts: Counts,
    digest: SnapshotDigest,
}

impl PartialEq for Snapshot {
    fn eq(&self, other: &Self) -> bool {
        self.digest() == other.digest()
    }
}

impl Eq for Snapshot {}

impl Snapshot {
    /// A snapshot that says nothing yet; `complete` if paths it will not name are known to be absent.
    pub fn new(provenance: Arc<Provenance>, complete: bool) -> Self {
        let digest = SnapshotDigest(digest_of("staniel 2026 snapshot", &(&*provenance, complete)));
        Self { provenance, files: OrdMap::new(), complete, counts: Counts::default(), digest }
    }

    /// The circumstances.
    pub fn provenance(&self) -> &Arc<Provenance> {
        &self.provenance
    }

    /// Whether unnamed paths are absent rather than not asked.
    pub fn is_complete(&self) -> bool {
        self.complete
    }

    /// The figures. Free: kept up to date by [`Self::set`].
    pub fn counts(&self) -> Counts {
        self.counts
    }

    /// The digest of provenance, coverage, content and layout. Free: kept up to date by [`Self::set`].
    pub fn digest(&self) -> SnapshotDigest {
        self.digest
    }

    /// What is said of paths that are not named.
    fn rest(&self) -> &'static Coverage {
        if self.complete { &Coverage::Absent } else { &Coverage::NotAsked }
    }

    /// What is said of `path`.
    pub fn coverage(&self, path: &str) -> &Coverage {
        self.files.get(path).unwrap_or(self.rest())
    }

    /// The record of an analysed file.
    pub fn record(&self, path: &str) -> Option<&Arc<FileRecord>> {
        self.files.get(path)?.record()
    }

    /// All named paths, sorted.
    pub fn files(&self) -> impl Iterator<Item = (&RelPath, &Coverage)> {
        self.files.iter()
    }

    /// All analysed files, sorted.
    pub fn records(&self) -> impl Iterator<Item = (&RelPath, &Arc<FileRecord>)> {
        self.files.iter().filter_map(|(path, coverage)| Some((path, coverage.record()?)))
    }

    /// Says `coverage` of `path` from now on.
    pub fn set(&mut self, path: RelPath, coverage: Coverage) {
        if let Some(old) = self.files.get(&path) {
            self.digest = self.digest.minus(old.digest(&path));
            self.counts.combine(&old.counts(), u64::wrapping_sub);
        }
        if coverage == *self.rest() {
            self.files.remove(&path);
        } else {
            self.digest = self.digest.plus(coverage.digest(&path));
            self.counts.combine(&coverage.counts(), u64::wrapping_add);
            self.files.insert(path, coverage);
        }
    }

    /// The paths whose coverage differs, with both sides. Shared structure is skipped, so two neighbouring
    /// generations in one process cost what differs, not what there is.
    pub(crate) fn differences<'a>(
        &'a self,
        other: &'a Self,
    ) -> Vec<(&'a RelPath, &'a Coverage, &'a Coverage)> {
        use imbl::ordmap::DiffItem;
        self.files
            .diff(&other.files)
            .map(|item| match item {
                DiffItem::Add(path, new) => (path, self.rest(), new),
                DiffItem::Update { old: (path, old), new: (_, new) } => (path, old, new),
                DiffItem::Remove(path, old) => (path, old, other.rest()),
            })
            .filter(|(_, old, new)| old != new)
            .collect()
    }

    /// Joins shards of one project: order does not matter, and where both cover a path they must agree.
    pub fn join(&self, other: &Self) -> Result<Self, SnapshotError> {
        self.require_same_provenance(other)?;
        let mut joined = if self.complete { self.clone() } else { other.clone() };
        let addition = if self.complete { other } else { self };
        for (path, coverage) in addition.files() {
            match joined.coverage(path.as_str()) {
                Coverage::NotAsked => joined.set(path.clone(), coverage.clone()),
                said if said == coverage => {}
                _ => return Err(SnapshotError::Conflict(path.clone())),
            }
        }
        if self.complete && other.complete {
            // What one names and the other holds to be absent is a disagreement too.
            if let Some((path, ..)) = self.differences(other).first() {
                return Err(SnapshotError::Conflict((*path).clone()));
            }
        }
        Ok(joined)
    }

    /// What is said of the paths that `keep` wants: a shard, for of all others nothing is said.
    #[must_use]
    pub fn part(&self, keep: impl Fn(&RelPath) -> bool) -> Self {
        self.restated(false, keep)
    }

    /// The same, with all that is not named known to be absent: what shards come to once they are all there.
    /// Whether they are is the caller's to know; the digest of the whole tells.
    #[must_use]
    pub fn completed(&self) -> Self {
        self.restated(true, |_| true)
    }

    fn restated(&self, complete: bool, keep: impl Fn(&RelPath) -> bool) -> Self {
        let mut snapshot = Self::new(Arc::clone(&self.provenance), complete);
        for (path, coverage) in self.files().filter(|(path, _)| keep(path)) {
            snapshot.set(path.clone(), coverage.clone());
        }
        snapshot
    }

    pub(crate) fn require_same_provenance(&self, other: &Self) -> Result<(), SnapshotError> {
        let (mine, theirs) = (&*self.provenance, &*other.provenance);
        if mine == theirs {
            return Ok(());
        }
        let what = if mine.provider != theirs.provider {
            format!("{} and {}", mine.provider, theirs.provider)
        } else if mine.environment != theirs.environment {
            "two environments".to_owned()
        } else {
            format!("schema {} and schema {}", mine.schema, theirs.schema)
        };
        Err(SnapshotError::Provenance(what))
    }
}
