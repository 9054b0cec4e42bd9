//! One step: from a change to a publication.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::Instant;

use imbl::OrdMap;
use rayon::prelude::*;
use staniel_facts::{
    AnswerKey, Cancel, Change, Coverage, Delta, Provenance, RelPath, SCHEMA, SkipReason, Snapshot, Tracked,
    Visibility, World,
};
use staniel_provider_lsp::Server;
use staniel_vfs::ScanCounts;

use crate::analysis::{Analysis, is_module};
use crate::answering::Answering;
use crate::engine::Engine;
use crate::error::EngineError;
use crate::keys::Reach;
use crate::options::{Phase, ProviderChoice};
use crate::persist::Loaded;
use crate::plan::Next;
use crate::published::{DeltaCounts, Fallback, FileCounts, Published, Summary, Work};
use crate::stored::{self, Line, Row};
use crate::texts::Texts;

/// How often files may change under our hands before the engine gives up.
const TRIES: usize = 3;

/// What was published last, or what a stored generation says.
#[derive(Clone)]
pub(crate) struct State {
    pub(crate) snapshot: Arc<Snapshot>,
    /// Where each file's parts lie in the store.
    pub(crate) rows: OrdMap<RelPath, Row>,
    pub(crate) generation: Option<u64>,
    pub(crate) parent: Option<u64>,
    pub(crate) skipped: BTreeMap<RelPath, SkipReason>,
    pub(crate) quarantined: BTreeMap<RelPath, String>,
}

impl State {
    /// Under which key a file's answers were found.
    pub(crate) fn key(&self, path: &RelPath) -> Option<AnswerKey> {
        self.rows.get(path)?.key()
    }
}

/// What differs from the publication and is not published yet. A cancelled step leaves its part here, and
/// the next one goes on from it.
#[derive(Default)]
pub(crate) struct Pending {
    pub(crate) changed: BTreeSet<RelPath>,
    pub(crate) edges: BTreeSet<RelPath>,
    pub(crate) keys: BTreeSet<RelPath>,
    /// The environment differs from the one that the stored generation was made in.
    pub(crate) environment: bool,
}

impl Pending {
    fn is_empty(&self) -> bool {
        self.changed.is_empty() && self.edges.is_empty() && self.keys.is_empty() && !self.environment
    }
}

/// Why a step was void.
pub(crate) enum Void {
    /// These files are not what they were when we looked. Look again.
    Stale(Vec<RelPath>),
    Failed(EngineError),
}

impl<E: Into<EngineError>> From<E> for Void {
    fn from(error: E) -> Self {
        Self::Failed(error.into())
    }
}

/// A step that worked, before anybody was told.
struct Computed {
    state: State,
    /// Whether any row differs from the base's: keys can change although the snapshot does not.
    moved: bool,
    work: Work,
}

impl Engine {
    /// Publishes the world after `change`. Whatever was published before must be saved already: from here on
    /// manifest and revision move together, and a HEAD written in between would pair the new tree with the
    /// old answers.
    pub(crate) fn publish(
        &mut self,
        change: Change,
        counts: ScanCounts,
        started: Instant,
        cancel: &Cancel,
    ) -> Result<Published, EngineError> {
        let published = self.publish_change(change, counts, started, cancel);
        self.texts.drop_carried();
        published
    }

    fn publish_change(
        &mut self,
        change: Change,
        counts: ScanCounts,
        started: Instant,
        cancel: &Cancel,
    ) -> Result<Published, EngineError> {
        let before = Demands::of(&self.texts);
        let mut looked = counts;
        self.take_in(change);
        let base = match self.standing() {
            Some(state) if self.pending.is_empty() => {
                return Ok(self.announce(&state, state.clone(), Work::of(looked), started));
            }
            Some(state) => state,
            None => self.empty_state(),
        };
        let is_reported = |(path, tracked): (&RelPath, &Tracked)| {
            path.is_python() && tracked.visibility == Visibility::Reported
        };
        if self.published.is_none() && !self.world.files.iter().any(is_reported) {
            return Err(EngineError::NoPython(self.project.root.clone()));
        }
        for _ in 0..TRIES {
            match self.compute(&base, cancel) {
                Ok(Computed { state, moved, work }) => {
                    let work = before.until(&self.texts, work, looked);
                    self.rows.generation = moved;
                    return Ok(self.announce(&base, state, work, started));
                }
                Err(Void::Stale(paths)) => {
                    tracing::debug!(?paths, "changed under our hands; looking again");
                    if self.server.is_some() {
                        // It has read what nobody knows, even where the world is what it was.
                        self.asker = None;
                    }
                    let scan = self.scan_paths(&paths, cancel)?;
                    self.head.manifest = scan.manifest;
                    looked.read += scan.counts.read;
                    looked.hashed += scan.counts.hashed;
                    self.take_in(scan.change);
                }
                Err(Void::Failed(error)) => return Err(error),
            }
        }
        Err(EngineError::Restless(self.pending.changed.iter().cloned().collect()))
    }

    /// Goes to the next world; notes what differs.
    pub(crate) fn take_in(&mut self, change: Change) {
        let differing: Vec<RelPath> = change
            .files
            .iter()
            .filter(|file| {
                self.world.files.get(&file.path).cloned().unwrap_or_default().state != file.tracked.state
                    || self
                        .world
                        .files
                        .get(&file.path)
                        .is_some_and(|known| known.visibility != file.tracked.visibility)
            })
            .map(|file| file.path.clone())
            .collect();
        let environment = change.environment.as_ref().is_some_and(|next| *next != self.world.environment);
        if !differing.is_empty() || environment {
            self.head.revision += 1;
            self.unsaved = true;
        }
        self.world = self.world.after(&change);
        self.pending.changed.extend(differing);
        if environment {
            // Another environment is another provenance: nothing that was found out in the old one counts.
            (self.analysis, self.published) = (None, None);
            self.pending.environment = true;
        }
        for file in change.files {
            if let (Some(hash), Some(bytes)) = (file.tracked.state.hash(), file.bytes) {
                self.texts.carry(hash, bytes);
            }
        }
    }

    /// What the next delta starts from: the publication before, else the stored generation.
    fn standing(&mut self) -> Option<State> {
        if let Some(state) = &self.published {
            return Some(state.clone());
        }
        let line = self.head.line(&self.id, self.options.hermetic)?.clone();
        let loaded = self.load_generation(line.generation).filter(|Loaded { generation, .. }| {
            // The number alone proves nothing: another process may have given it to another tree.
            generation.digest == line.digest && generation.hermetic == line.hermetic
        });
        let Some(Loaded { generation, files, snapshot }) = loaded else {
            let message = format!("generation {} is lost or damaged: analysed afresh", line.generation);
            let fallback = Fallback { code: "generation-lost".to_owned(), message };
            // A store in memory holds nothing that could be lost, and has said why it is one.
            if self.open_store().is_persistent() && !self.fallbacks.contains(&fallback) {
                self.fallbacks.push(fallback);
            }
            return None;
        };
        if line.revision != self.head.revision {
            // The generation describes an older world than the manifest: what differs is not in the change.
            self.pending.changed.extend(self.world.files.keys().cloned());
            self.pending.changed.extend(files.iter().map(|(path, _)| path.clone()));
        }
        if generation.provenance != self.provenance() {
            self.pending.environment = true;
            return None;
        }
        self.lists = generation.lists.iter().copied().collect();
        let skipped = files.iter().filter_map(|(path, row)| match row {
            Row::Skipped(reason) => Some((path.clone(), reason.clone())),
            Row::Analysed { .. } => None,
        });
        Some(State {
            skipped: skipped.collect(),
            snapshot: Arc::new(snapshot),
            rows: files.into_iter().collect(),
            generation: Some(generation.id),
            parent: generation.parent,
            quarantined: generation.quarantined.into_iter().collect(),
        })
    }

    fn empty_state(&self) -> State {
        State {
            snapshot: Arc::new(self.empty_snapshot()),
            rows: OrdMap::new(),
            generation: None,
            parent: None,
            skipped: BTreeMap::new(),
            quarantined: BTreeMap::new(),
        }
    }

    pub(crate) fn provenance(&self) -> Provenance {
        Provenance { provider: self.id.clone(), environment: self.world.environment.digest, schema: SCHEMA }
    }

    pub(crate) fn empty_snapshot(&self) -> Snapshot {
        Snapshot::new(Arc::new(self.provenance()), true)
    }

    pub(crate) fn new_analysis(&self, world: &World) -> Analysis {
        let reach = match self.choice {
            ProviderChoice::Declared => Reach::OwnContent,
            #[cfg(feature = "ty")]
            ProviderChoice::Ty => Reach::Declared,
            ProviderChoice::Server(Server::Other) => Reach::Contents,
            // They infer what a function returns from its body, wherever it is called.
            ProviderChoice::Server(_) => Reach::Inferred,
        };
        Analysis::new(Arc::clone(&self.texts) as _, world, self.id.clone(), self.options.hermetic, reach)
    }

    fn compute(&mut self, base: &State, cancel: &Cancel) -> Result<Computed, Void> {
        self.open_store();
        let fresh = self.analysis.is_none();
        let mut analysis = match self.analysis.take() {
            Some(analysis) => analysis,
            None => self.new_analysis(&self.world),
        };
        let changed: Vec<RelPath> = if fresh {
            self.world.files.keys().cloned().collect()
        } else {
            self.pending.changed.iter().cloned().collect()
        };
        self.options.progress.phase(Phase::Analysing, Some(changed.len() as u64));
        let (texts, world) = (Arc::clone(&self.texts), self.world.clone());
        let progress = Arc::clone(&self.options.progress);
        let advanced = self.pool.install(|| {
            prefetch(&texts, &world, &changed, &*progress, cancel);
            if cancel.is_cancelled() { None } else { Some(analysis.advance(&world, &changed)) }
        });
        // Cancelled in the middle of loading facts: nothing was advanced, unless the analysis is new.
        let Some(advanced) = advanced else {
            self.analysis = (!fresh).then_some(analysis);
            return Err(EngineError::Cancelled.into());
        };
        let stale = texts.take_stale();
        if !stale.is_empty() {
            return Err(Void::Stale(stale));
        }
        self.pending.edges.extend(advanced.edges);
        self.pending.keys.extend(advanced.keys);
        if fresh {
            // Every path of the world, skipped ones included, and what the base covers and the world has no more.
            self.pending.changed.extend(changed);
            self.pending
                .changed
                .extend(base.rows.keys().filter(|path| !world.files.contains_key(*path)).cloned());
        }

        self.analysis = Some(analysis);
        let mut work = Work::default();
        let Answering { next, found, failed } = self.answer(base, &world, &mut work, cancel)?;
        let mut state = base.clone();
        let mut snapshot = Snapshot::clone(&base.snapshot);
        let mut moved = false;
        for Next { path, coverage, key } in next {
            let row = match (&coverage, key) {
                (Coverage::Present(record), Some(key)) => {
                    let edges = stored::edges_key(record.edges());
                    let known = matches!(base.rows.get(&path), Some(Row::Analysed { edges: old, .. }) if *old == edges);
                    if !known {
                        self.rows.edges.push((edges, Arc::clone(record.edges())));
                    }
                    if let Some(answers) = found.get(&key) {
                        let before = base.snapshot.record(path.as_str()).and_then(|record| record.answers());
                        work.changed += u64::from(before != Some(answers));
                        self.rows.answers.push((key, Arc::clone(answers)));
                    }
                    Some(Row::Analysed { content: record.hash(), edges, key })
                }
                (Coverage::Skipped(reason), _) => Some(Row::Skipped(reason.clone())),
                _ => None,
            };
            match &coverage {
                Coverage::Skipped(reason) => state.skipped.insert(path.clone(), reason.clone()),
                _ => state.skipped.remove(&path),
            };
            let after = row.clone();
            let before = match row {
                Some(row) => state.rows.insert(path.clone(), row),
                None => state.rows.remove(&path),
            };
            moved |= before != after;
            match failed.get(&path) {
                Some(why) => {
                    state.quarantined.insert(path.clone(), why.clone());
                }
                // A file that was answered, from wherever, under a new key is out of quarantine.
                None if is_quarantined(&coverage) => {}
                None => {
                    state.quarantined.remove(&path);
                }
            }
            snapshot.set(path, coverage);
        }
        state.snapshot = Arc::new(snapshot);
        self.rows.facts.extend(self.texts.take_fresh());
        Ok(Computed { state, moved, work })
    }

    /// Makes `next` the publication.
    fn announce(&mut self, base: &State, mut next: State, work: Work, started: Instant) -> Published {
        let delta = Delta::between(&base.snapshot, &next.snapshot)
            .expect("both were made by this engine, in this environment: `standing` checked it");
        let current = self.current_line().is_some_and(|line| Some(line.generation) == base.generation);
        if !delta.is_empty() || base.generation.is_none() {
            next.parent = base.generation;
            let id = self.head.next_generation.max(self.newest_generation() + 1);
            next.generation = Some(id);
            self.head.next_generation = id + 1;
            self.rows.generation = true;
        }
        let skipped: Vec<_> = next.skipped.clone().into_iter().collect();
        let quarantined: Vec<_> = next.quarantined.clone().into_iter().collect();
        if self.rows.generation || !current {
            self.unsaved = true;
            let line = Line {
                provider: self.id.clone(),
                hermetic: self.options.hermetic,
                revision: self.head.revision,
                environment: self.world.environment.digest,
                generation: next.generation.unwrap_or_default(),
                parent: next.parent,
                digest: next.snapshot.digest(),
                counts: next.snapshot.counts(),
                skipped: skipped.clone(),
                quarantined: quarantined.clone(),
            };
            self.head.lines.retain(|line| line.provider != self.id || line.hermetic != self.options.hermetic);
            self.head.lines.push(line);
        }
        self.pending = Pending::default();
        self.seq += 1;
        let persistent = self.directory.is_some() && self.open_store().is_persistent();
        let summary = Summary {
            provider: self.id.clone(),
            generation: next.generation.filter(|_| persistent),
            parent: next.parent.filter(|_| persistent),
            files: FileCounts::of(&next.snapshot, &delta),
            work,
            counts: next.snapshot.counts(),
            delta: DeltaCounts::of(&delta),
            skipped,
            quarantined,
            fallbacks: self.fallbacks(),
            notices: self.project.notices.clone(),
            elapsed: started.elapsed(),
        };
        let snapshot = Arc::clone(&next.snapshot);
        self.published = Some(next);
        let from_nothing = base.generation.is_none();
        Published { seq: self.seq, snapshot, delta: Arc::new(delta), from_nothing, summary }
    }
}

/// Loads or computes the facts of all modules among `paths`, in the caller's thread pool: the database must
/// find them ready, for its queries run no parallel work of their own.
pub(crate) fn prefetch(
    texts: &Texts,
    world: &World,
    paths: &[RelPath],
    progress: &dyn crate::Progress,
    cancel: &Cancel,
) {
    use staniel_db::FactSource;
    paths.par_iter().for_each(|path| {
        if cancel.is_cancelled() {
            return;
        }
        if let Some(tracked) = world.files.get(path)
            && is_module(path, tracked)
            && let Some(hash) = tracked.state.hash()
        {
            texts.facts(path, hash);
        }
        progress.advance(1);
    });
}

fn is_quarantined(coverage: &Coverage) -> bool {
    let Some(answers) = coverage.record().and_then(|record| record.answers().cloned()) else { return false };
    answers.iter().any(|answer| answer.flags.contains(staniel_facts::Flags::QUARANTINED))
}

/// What the counters stood at when a step began.
struct Demands {
    read: u64,
    parsed: u64,
    sourced: u64,
}

impl Demands {
    fn of(texts: &Texts) -> Self {
        let at = |counter: &AtomicU64| counter.load(Ordering::Relaxed);
        let counters = texts.counters();
        Self { read: at(&counters.read), parsed: at(&counters.parsed), sourced: at(&counters.sourced) }
    }

    /// Adds what was demanded since to `work`. Facts that the store has lost are read again: that counts too.
    fn until(&self, texts: &Texts, work: Work, looked: ScanCounts) -> Work {
        let now = Self::of(texts);
        let read = now.read - self.read;
        let parsed = now.parsed - self.parsed;
        Work {
            read: looked.read + read,
            hashed: looked.hashed + read,
            scanned: parsed,
            outlined: parsed,
            sourced: now.sourced - self.sourced,
            ..work
        }
    }
}

impl Work {
    /// Only the look itself.
    pub(crate) fn of(looked: ScanCounts) -> Self {
        Self { read: looked.read, hashed: looked.hashed, ..Self::default() }
    }
}
