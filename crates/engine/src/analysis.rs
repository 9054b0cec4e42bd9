//! The living analysis: the database, the import graph and the keys, kept up to date from world to world.
//!
//! Everything here is a function of the world (and of facts by content hash). What must be looked at again
//! after a change is found through reverse indices, never by asking every file: the database would answer
//! each such question quickly, but there are as many as files.

use std::collections::BTreeSet;
use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use staniel_db::{Database, FactSource, Needs, Resolution, Shadowing, Slot, Touched};
use staniel_facts::{
    AnswerKey, ContentHash, Digest, FileFacts, FileState, ProviderId, RelPath, Tracked, Visibility, World,
    digest_of,
};
use staniel_graph::{ClosureDigests, Graph, ReverseIndex};

use crate::keys::{KeyBase, Reach};
use crate::mentions::Mentions;

pub(crate) struct Analysis {
    db: Database,
    wiring: Wiring,
}

/// What was last found out about every file, and who must be asked again when something changes. Unlike the
/// database it can be read from many threads at once.
pub(crate) struct Wiring {
    provider: ProviderId,
    hermetic: bool,
    reach: Reach,
    /// Who needs whom. The root stands for all that is installed.
    graph: Graph,
    /// Which files looked whether there is a module of some name in some directory.
    by_slot: ReverseIndex<Slot>,
    /// Which files' edges looked into which other files' bindings.
    by_consulted: ReverseIndex<RelPath>,
    resolutions: FxHashMap<RelPath, (Arc<Resolution>, Arc<Needs>)>,
    /// What other files' edges can see of each file: its bindings, and what its imports say.
    surfaces: FxHashMap<RelPath, Digest>,
    /// Which names are mentioned where, for those whose reach ends at interfaces.
    mentions: Mentions,
    /// What `exposed` was made from, besides the graph.
    shadowing: Shadowing,
    /// What others than first-party files may look into, who mention names that nobody here sees.
    exposed: BTreeSet<RelPath>,
    /// What each file contributes to the keys of those that need it.
    locals: FxHashMap<RelPath, Digest>,
    /// Files that the provider fails on: those that need them are answered as if they were empty.
    quarantined: BTreeSet<RelPath>,
    closures: ClosureDigests,
    base: Option<KeyBase>,
    keys: FxHashMap<RelPath, AnswerKey>,
}

/// What one step changed.
#[derive(Debug, Default)]
pub(crate) struct Advanced {
    /// Files whose edges differ.
    pub(crate) edges: BTreeSet<RelPath>,
    /// Reported files whose key differs, new ones included.
    pub(crate) keys: BTreeSet<RelPath>,
}

impl Analysis {
    pub(crate) fn new(
        source: Arc<dyn FactSource>,
        world: &World,
        provider: ProviderId,
        hermetic: bool,
        reach: Reach,
    ) -> Self {
        let wiring = Wiring {
            provider,
            hermetic,
            reach,
            graph: Graph::new(),
            by_slot: ReverseIndex::new(),
            by_consulted: ReverseIndex::new(),
            resolutions: FxHashMap::default(),
            surfaces: FxHashMap::default(),
            mentions: Mentions::default(),
            shadowing: Shadowing::default(),
            exposed: BTreeSet::new(),
            locals: FxHashMap::default(),
            quarantined: BTreeSet::new(),
            closures: ClosureDigests::default(),
            base: None,
            keys: FxHashMap::default(),
        };
        Self { db: Database::new(source, Arc::clone(&world.environment)), wiring }
    }

    /// The database, and what was found out through it.
    pub(crate) fn parts(&self) -> (&Database, &Wiring) {
        (&self.db, &self.wiring)
    }

    pub(crate) fn graph(&self) -> &Graph {
        &self.wiring.graph
    }

    pub(crate) fn key(&self, path: &RelPath) -> Option<AnswerKey> {
        self.wiring.key(path)
    }

    /// Goes to `world`, which differs from the last one at `changed` (for the first: all of its paths).
    pub(crate) fn advance(&mut self, world: &World, changed: &[RelPath]) -> Advanced {
        let touched = self.db.advance(world, changed);
        self.wiring.advance(&self.db, world, changed, &touched)
    }

    /// Makes `files` the ones that the provider fails on; returns the files whose keys differ for that.
    pub(crate) fn quarantine(&mut self, world: &World, files: BTreeSet<RelPath>) -> BTreeSet<RelPath> {
        let before = std::mem::replace(&mut self.wiring.quarantined, files);
        let touched: Vec<RelPath> = before.symmetric_difference(&self.wiring.quarantined).cloned().collect();
        if touched.is_empty() {
            return BTreeSet::new();
        }
        self.wiring.rekey_all(&self.db, world, &[], &touched)
    }
}

impl Wiring {
    pub(crate) fn resolution(&self, path: &RelPath) -> Option<&Arc<Resolution>> {
        self.resolutions.get(path).map(|(resolution, _)| resolution)
    }

    pub(crate) fn key(&self, path: &RelPath) -> Option<AnswerKey> {
        self.keys.get(path).copied()
    }

    fn advance(&mut self, db: &Database, world: &World, changed: &[RelPath], touched: &Touched) -> Advanced {
        let again: BTreeSet<RelPath> = if touched.environment {
            // Also the first advance: everything there is.
            world.files.keys().chain(self.resolutions.keys()).cloned().collect()
        } else {
            let by_slots = touched.slots.iter().flat_map(|slot| self.by_slot.dependents(slot));
            let resurfaced: Vec<&RelPath> = touched
                .files
                .iter()
                .filter(|file| file.is_python())
                .filter(|file| {
                    let surface = surface(db, file);
                    match surface {
                        Some(surface) => self.surfaces.insert((*file).clone(), surface) != Some(surface),
                        None => self.surfaces.remove(*file).is_some(),
                    }
                })
                .collect();
            let by_files = resurfaced.into_iter().flat_map(|file| self.by_consulted.dependents(file));
            touched.files.iter().chain(by_slots).chain(by_files).cloned().collect()
        };

        let (present, gone): (Vec<_>, Vec<_>) = again
            .into_iter()
            .partition(|path| world.files.get(path).is_some_and(|tracked| is_module(path, tracked)));
        let mut advanced = Advanced::default();
        let mut rewired = !gone.is_empty();
        for path in gone {
            self.graph.remove(&path);
            self.by_slot.remove(&path);
            self.by_consulted.remove(&path);
            self.resolutions.remove(&path);
            self.surfaces.remove(&path);
            self.mentions.set(&path, None);
            self.locals.remove(&path);
            self.keys.remove(&path);
        }

        type Queried = (RelPath, Arc<Resolution>, Arc<Needs>, Option<Arc<FileFacts>>);
        let queried: Vec<Queried> = present
            .into_par_iter()
            .map_with(db.clone(), |db, path| {
                let (resolution, needs, facts) = (db.resolution(&path), db.needs(&path), db.facts(&path));
                (path, resolution, needs, facts)
            })
            .collect();
        let mut stale = BTreeSet::new();
        for (path, resolution, needs, facts) in queried {
            if self.reach.is_by_interface() {
                self.mentions.set(&path, facts.as_ref());
            }
            stale.insert(path.clone());
            let next = (Arc::clone(&resolution), Arc::clone(&needs));
            let before = self.resolutions.insert(path.clone(), next);
            if let Some((old_resolution, old_needs)) = &before
                && Arc::ptr_eq(old_resolution, &resolution)
                && Arc::ptr_eq(old_needs, &needs)
            {
                continue;
            }
            let mut targets = needs.targets.to_vec();
            targets.extend(needs.installed.then(RelPath::root));
            rewired |= self.graph.set(&path, &targets);
            let slots = needs.slots.iter().map(|(slot, _)| slot.clone()).chain(resolution.slots(db));
            self.by_slot.set(&path, slots);
            self.by_consulted.set(&path, resolution.consulted(db));
            if before.is_none_or(|(before, _)| before.edges != resolution.edges) {
                advanced.edges.insert(path);
            }
        }

        let touched = if self.reach == Reach::OwnContent {
            Vec::new()
        } else {
            stale.extend(self.expose(db, rewired));
            stale.extend(self.mentions.take_turned());
            self.relocate(world, stale)
        };
        advanced.keys = self.rekey_all(db, world, changed, &touched);
        advanced
    }

    /// Finds out what others than first-party files may look into; returns the files for which that is new.
    fn expose(&mut self, db: &Database, rewired: bool) -> Vec<RelPath> {
        let shadowing = db.shadowing();
        let same = *shadowing == self.shadowing;
        if same && !rewired {
            return Vec::new();
        }
        let installed: Vec<RelPath> = shadowing.installed.iter().cloned().collect();
        self.graph.set(&RelPath::root(), &installed);
        if !same {
            self.shadowing = shadowing.clone();
        }
        let next = self.graph.reachable(shadowing.stubs.iter().chain(&shadowing.installed));
        let before = std::mem::replace(&mut self.exposed, next);
        before.symmetric_difference(&self.exposed).cloned().collect()
    }

    /// Computes again what `files` contribute to the keys of others; returns those for which it differs.
    fn relocate(&mut self, world: &World, files: BTreeSet<RelPath>) -> Vec<RelPath> {
        let locals: Vec<(RelPath, Digest)> = files
            .into_par_iter()
            .filter_map(|path| self.local(world, &path).map(|local| (path, local)))
            .collect();
        let differs = |(path, local): (RelPath, Digest)| {
            (self.locals.insert(path.clone(), local) != Some(local)).then_some(path)
        };
        locals.into_iter().filter_map(differs).collect()
    }

    /// What a module contributes; `None` if there is none at that path.
    fn local(&self, world: &World, path: &RelPath) -> Option<Digest> {
        let (_, needs) = self.resolutions.get(path)?;
        let slots: Vec<_> = needs.slots.iter().map(|(slot, bits)| (&slot.dir, &slot.name, bits)).collect();
        if !self.reach.is_by_interface() {
            let content = world.state(path.as_str()).hash();
            return Some(digest_of("staniel 2026 local digest of contents", &(content, slots)));
        }
        let interface = &self.mentions.facts(path)?.interface;
        let parts = if self.exposed.contains(path) {
            interface.parts.iter().collect()
        } else {
            self.mentions.counting(interface, self.reach)
        };
        let parts: Vec<_> = parts.into_iter().map(|part| (part.name, self.reach.of(&part.seen))).collect();
        let rest = self.reach.of(&interface.rest);
        Some(digest_of("staniel 2026 local digest, in parts", &(rest, parts, slots)))
    }

    /// Brings the keys up to date after the contents of `changed`, and what `touched` contribute to others' keys,
    /// became others; returns the files whose keys differ.
    fn rekey_all(
        &mut self,
        db: &Database,
        world: &World,
        changed: &[RelPath],
        touched: &[RelPath],
    ) -> BTreeSet<RelPath> {
        match self.reach {
            Reach::OwnContent => {
                let base = KeyBase::of_content(&self.provider);
                self.rekey(world, changed.iter().cloned(), base)
            }
            Reach::Declared | Reach::Inferred | Reach::Contents => {
                self.rekey_by_closure(db, world, changed, touched)
            }
        }
    }

    fn rekey_by_closure(
        &mut self,
        db: &Database,
        world: &World,
        changed: &[RelPath],
        touched: &[RelPath],
    ) -> BTreeSet<RelPath> {
        let (locals, quarantined) = (&self.locals, &self.quarantined);
        // A server reads the disk: what it fails on is no emptier for the others.
        let is_hidden = |path: &RelPath| self.reach == Reach::Declared && quarantined.contains(path);
        let local = |path: &RelPath| match locals.get(path) {
            Some(_) if is_hidden(path) => digest_of("staniel 2026 quarantined", &()),
            Some(local) => *local,
            // A needed path that is not a module of the world (it was skipped, say) contributes its absence.
            None => Digest::default(),
        };
        let shadowing = db.shadowing();
        let moved = self.graph.update_digests(&mut self.closures, touched, local);
        let shadowing: Vec<_> = shadowing.stubs.iter().map(|path| (self.closures.get(path), path)).collect();
        let shadowing = digest_of("staniel 2026 shadowing modules", &shadowing);
        let base = KeyBase::new(&self.provider, self.hermetic, &world.environment, shadowing);
        let same_base = self.base.replace(base) == Some(base);
        if same_base {
            self.rekey(world, moved.into_iter().chain(changed.iter().cloned()), base)
        } else {
            self.rekey(world, world.files.keys().cloned(), base)
        }
    }

    /// Computes the keys of `paths` again; returns those that differ.
    fn rekey(
        &mut self,
        world: &World,
        paths: impl Iterator<Item = RelPath>,
        base: KeyBase,
    ) -> BTreeSet<RelPath> {
        let mut differing = BTreeSet::new();
        for path in paths {
            let Some(content) = world.files.get(&path).and_then(|tracked| reported(&path, tracked)) else {
                self.keys.remove(&path);
                continue;
            };
            let key = base.key(&path, content, self.closures.get(&path));
            if self.keys.insert(path.clone(), key) != Some(key) {
                differing.insert(path);
            }
        }
        differing
    }
}

/// What other files' edges can see of a file; `None` if it is not there.
fn surface(db: &Database, path: &RelPath) -> Option<Digest> {
    let facts = db.import_facts(path)?;
    let said: Vec<_> = facts
        .imports
        .iter()
        .map(|import| (import.level, &import.module, &import.symbol, &import.alias))
        .collect();
    Some(digest_of("staniel 2026 surface", &(said, &facts.bindings)))
}

/// Whether this is a present Python file, reported or not.
pub(crate) fn is_module(path: &RelPath, tracked: &Tracked) -> bool {
    path.is_python() && matches!(tracked.state, FileState::Present(_))
}

/// The content of a file that answers are given for.
pub(crate) fn reported(path: &RelPath, tracked: &Tracked) -> Option<ContentHash> {
    (path.is_python() && tracked.visibility == Visibility::Reported).then(|| tracked.state.hash())?
}

#[cfg(test)]
mod tests;
