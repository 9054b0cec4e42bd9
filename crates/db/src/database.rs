//! The database: inputs kept in step with a world, and the questions others may ask.

use std::collections::BTreeSet;
use std::hash::{BuildHasher, BuildHasherDefault};
use std::sync::{Arc, OnceLock, PoisonError, RwLock};

use rustc_hash::{FxHashMap, FxHasher};
use salsa::{Database as _, Durability, EventKind, Setter};
use staniel_facts::{
    ContentHash, Environment, FileFacts, FileState, ImportFacts, Name, RelPath, SkipReason, World,
};

use crate::execution::ExecutionLog;
use crate::inputs::{Db, File, SlotInput, Surroundings};
use crate::statements::{file_facts, import_facts};
use crate::tree::Tree;
use crate::{Hidden, Needs, Resolution, Slot, edges, hidden, needs, stdlib};

/// Where facts come from. Called inside queries, from several threads at once, each question at most once for
/// each state of a file: whoever implements it counts, and may answer from a cache.
///
/// Both answers are pure functions of `hash`, and `path` is only a hint where the bytes may be found. Neither
/// can fail: who cannot get the bytes must have found out before the world said that they are there.
pub trait FactSource: Send + Sync {
    /// What the content with this hash imports and binds. Edges and needs ask for nothing else, so that who
    /// wants only those never pays for an outline.
    fn import_facts(&self, path: &RelPath, hash: ContentHash) -> Arc<ImportFacts>;

    /// All facts of the content with this hash; their `imports` equal what
    /// [`import_facts`](FactSource::import_facts) gives.
    fn facts(&self, path: &RelPath, hash: ContentHash) -> Arc<FileFacts>;
}

/// What [`Database::advance`] changed.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Touched {
    /// Files whose state differs. Sorted.
    pub files: Vec<RelPath>,
    /// Slots that hold something else than before, of those that anybody had asked for. Sorted.
    pub slots: Vec<Slot>,
    /// Whether the environment differs: then anything may.
    pub environment: bool,
}

/// A handle to the queries. Clones are cheap and share everything: give one to each worker.
///
/// [`Database::advance`] waits until all other clones are dropped, and cancels what they are computing
/// (their calls unwind with `salsa::Cancelled`); a clone kept on the calling thread would make it wait for
/// ever.
#[salsa::db]
#[derive(Clone)]
pub struct Database {
    /// Replaced, never shared mutably: an older handle keeps seeing the older state.
    files: Arc<FxHashMap<RelPath, File>>,
    tree: Arc<Tree>,
    /// Found out when somebody asks, and then kept up to date.
    shadowing: Arc<OnceLock<Shadowing>>,
    environment: Arc<Environment>,
    slots: Arc<Slots>,
    source: Arc<dyn FactSource>,
    log: Option<Arc<ExecutionLog>>,
    storage: salsa::Storage<Self>,
}

#[salsa::db]
impl salsa::Database for Database {}

#[salsa::db]
impl Db for Database {
    fn file(&self, path: &str) -> Option<File> {
        self.files.get(path).copied()
    }

    fn slot(&self, dir: &RelPath, name: &str) -> SlotInput {
        self.slots.get_or_insert(dir, name, || {
            let bits = self.tree.bits(dir.as_str(), name);
            SlotInput::builder(Slot::new(dir.clone(), name), bits)
                .durability(Durability::MEDIUM)
                .slot_durability(Durability::NEVER_CHANGE)
                .new(self)
        })
    }

    fn facts_source(&self) -> &dyn FactSource {
        &*self.source
    }
}

impl Database {
    /// A database of a world without files.
    pub fn new(source: Arc<dyn FactSource>, environment: Arc<Environment>) -> Self {
        Self::build(source, environment, None)
    }

    /// Like [`Database::new`], and keeps a log of the queries that run, for [`Database::take_executed`].
    pub fn logging(source: Arc<dyn FactSource>, environment: Arc<Environment>) -> Self {
        Self::build(source, environment, Some(Arc::default()))
    }

    fn build(
        source: Arc<dyn FactSource>,
        environment: Arc<Environment>,
        log: Option<Arc<ExecutionLog>>,
    ) -> Self {
        let hook = log.clone().map(|log| -> Box<dyn Fn(salsa::Event) + Send + Sync> {
            Box::new(move |event| {
                if let EventKind::WillExecute { database_key } = event.kind {
                    log.push(database_key);
                }
            })
        });
        let roots = environment.roots.clone();
        let (python, third_party) = (environment.python, Arc::new(environment.third_party.clone()));
        let db = Self {
            files: Arc::default(),
            tree: Arc::default(),
            shadowing: Arc::default(),
            environment,
            slots: Arc::default(),
            source,
            log,
            storage: salsa::Storage::new(hook),
        };
        // A singleton: queries find it through the database.
        let _ = Surroundings::builder(roots, python, third_party).durability(Durability::HIGH).new(&db);
        db
    }

    /// The queries that ran since the last call, as `query(key)`, sorted. Empty unless made by
    /// [`Database::logging`].
    pub fn take_executed(&self) -> Vec<String> {
        self.log.as_ref().map(|log| log.take(self)).unwrap_or_default()
    }

    /// Makes `world` the current one. `changed` must name every path in which it differs from the world
    /// before (an empty one at first); it may name others.
    ///
    /// Compares before it sets anything, so that what is the same runs nothing again. Cost: proportional to
    /// `changed`, times the depth of a path for files that appear or vanish; to all files if the roots, the
    /// Python version or the installed names change.
    pub fn advance(&mut self, world: &World, changed: &[RelPath]) -> Touched {
        // Waits for the other handles: what they still compute must see the tree as it was.
        self.trigger_cancellation();
        let mut touched =
            Touched { environment: self.set_environment(&world.environment), ..Touched::default() };
        let mut slots: FxHashMap<SlotInput, u8> = FxHashMap::default();
        for path in changed {
            let state = world.files.get(path).map_or(FileState::Absent, |tracked| tracked.state.clone());
            let input = self.file(path.as_str());
            let before = input.map_or(&FileState::Absent, |file| file.state(self));
            if *before == state {
                continue;
            }
            touched.files.push(path.clone());
            match (is_importable(before), is_importable(&state)) {
                (false, true) => self.appear(path, &mut slots),
                (true, false) => self.vanish(path, &mut slots),
                _ => {}
            }
            match input {
                Some(file) => {
                    file.set_state(self).to(state);
                }
                None => {
                    let file = File::builder(path.clone(), state)
                        .durability(Durability::LOW)
                        .path_durability(Durability::NEVER_CHANGE)
                        .new(self);
                    Arc::make_mut(&mut self.files).insert(path.clone(), file);
                }
            }
        }
        for (slot, before) in slots {
            // A file that vanished and another that appeared may leave a slot as it was.
            let (dir, name, bits) = {
                let slot = slot.slot(self);
                (slot.dir.clone(), slot.name.clone(), self.tree.bits(slot.dir.as_str(), &slot.name))
            };
            if bits != before {
                slot.set_bits(self).with_durability(Durability::MEDIUM).to(bits);
                touched.slots.push(Slot { dir, name });
            }
        }
        touched.slots.sort_unstable();
        touched.files.sort();
        touched.files.dedup();
        touched
    }

    /// What a file that is present imports and binds; `None` for absent and skipped ones. Asks for no outline.
    pub fn import_facts(&self, path: &RelPath) -> Option<Arc<ImportFacts>> {
        let file = self.file(path.as_str())?;
        file.state(self).hash().map(|_| Arc::clone(import_facts(self, file)))
    }

    /// All facts of a file that is present; `None` for absent and skipped ones.
    pub fn facts(&self, path: &RelPath) -> Option<Arc<FileFacts>> {
        let file = self.file(path.as_str())?;
        file.state(self).hash().map(|_| Arc::clone(file_facts(self, file)))
    }

    /// A file's edges; empty for files that are not there.
    pub fn resolution(&self, path: &RelPath) -> Arc<Resolution> {
        self.tracked(path).map(|file| Arc::clone(edges::resolution(self, file))).unwrap_or_default()
    }

    /// A file's needs; empty for files that are not there.
    pub fn needs(&self, path: &RelPath) -> Arc<Needs> {
        self.tracked(path).map(|file| Arc::clone(needs::needs(self, file))).unwrap_or_default()
    }

    /// The files that no import reaches by their own name, sorted by name: nearly always a mistake, and one
    /// that is hard to see. Cost: one resolution per module, remembered as all are.
    pub fn hidden(&self) -> Vec<Hidden> {
        let modules =
            self.files.iter().filter(|(path, file)| path.is_python() && is_importable(file.state(self)));
        let mut hidden: Vec<Hidden> = modules.filter_map(|(_, file)| hidden::hidden(self, *file)).collect();
        hidden.sort_unstable();
        hidden
    }

    /// First-party files that somebody outside the project may import instead of what he means. Cost: the first
    /// time, and after another environment, proportional to all files; then nothing.
    pub fn shadowing(&self) -> &Shadowing {
        self.shadowing.get_or_init(|| {
            let mut shadowing = Shadowing::default();
            let there = self.files.iter().filter(|(_, file)| is_importable(file.state(self)));
            there.for_each(|(path, _)| shadowing.add(&self.environment, path));
            shadowing
        })
    }

    fn tracked(&self, path: &RelPath) -> Option<File> {
        self.file(path.as_str()).filter(|file| *file.state(self) != FileState::Absent)
    }

    fn set_environment(&mut self, next: &Arc<Environment>) -> bool {
        if self.environment == *next {
            return false;
        }
        let before = std::mem::replace(&mut self.environment, Arc::clone(next));
        let surroundings = Surroundings::get(self);
        let names = before.third_party != next.third_party;
        if before.roots != next.roots {
            surroundings.set_roots(self).to(next.roots.clone());
        }
        if before.python != next.python {
            surroundings.set_python(self).to(next.python);
        }
        if names {
            surroundings.set_third_party(self).to(Arc::new(next.third_party.clone()));
        }
        if names || before.roots != next.roots || before.python != next.python {
            self.shadowing = Arc::default();
        }
        true
    }

    /// Takes down that a file is there now; `slots` gets those that somebody has asked for, each with the bits
    /// that it had when it was first added.
    fn appear(&mut self, path: &RelPath, slots: &mut FxHashMap<SlotInput, u8>) {
        let asked = &self.slots;
        Arc::make_mut(&mut self.tree).add(path, |dir, name, before| {
            if let Some(slot) = asked.get(dir, name) {
                slots.entry(slot).or_insert(before);
            }
        });
        if let Some(shadowing) = Arc::make_mut(&mut self.shadowing).get_mut() {
            shadowing.add(&self.environment, path);
        }
    }

    /// Takes down that a file is gone; as [`Database::appear`].
    fn vanish(&mut self, path: &RelPath, slots: &mut FxHashMap<SlotInput, u8>) {
        let asked = &self.slots;
        Arc::make_mut(&mut self.tree).remove(path, |dir, name, before| {
            if let Some(slot) = asked.get(dir, name) {
                slots.entry(slot).or_insert(before);
            }
        });
        if let Some(shadowing) = Arc::make_mut(&mut self.shadowing).get_mut() {
            shadowing.stubs.remove(path);
            shadowing.installed.remove(path);
        }
    }
}

/// Whether an import statement finds the file: what we do not analyse may still be there for Python.
fn is_importable(state: &FileState) -> bool {
    match state {
        FileState::Present(_) => true,
        FileState::Absent => false,
        FileState::Skipped(reason) => match reason {
            SkipReason::Unreadable(_)
            | SkipReason::TooLarge { .. }
            | SkipReason::Unstable
            | SkipReason::Hostile(_) => true,
            SkipReason::NotRegular
            | SkipReason::BadLink(_)
            | SkipReason::BadName
            | SkipReason::BadNotebook(_) => false,
        },
    }
}

/// First-party files by whose top-level module name, under some root, others may import them by mistake.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Shadowing {
    /// The stubs of the standard library may, so that every file needs these.
    pub stubs: BTreeSet<RelPath>,
    /// Only what is installed may: files that import something installed need these.
    pub installed: BTreeSet<RelPath>,
}

impl Shadowing {
    fn add(&mut self, environment: &Environment, path: &RelPath) {
        if !path.is_python() {
            return;
        }
        let tops = environment.roots.iter().map(|root| {
            let top = path.strip_prefix(root).and_then(|inside| inside.split('/').next()).unwrap_or("");
            let top = top.strip_suffix(".pyi").or_else(|| top.strip_suffix(".py")).unwrap_or(top);
            top.strip_suffix("-stubs").unwrap_or(top)
        });
        if tops.clone().any(|top| stdlib::is_known_to_stubs(top, environment.python)) {
            self.stubs.insert(path.clone());
        } else if tops.clone().any(|top| environment.third_party.contains(top)) {
            self.installed.insert(path.clone());
        }
    }
}

/// The inputs of all slots that anybody asked for, by directory and name, so that looking one up copies
/// nothing. Sharded by directory, since workers fill it while they compute.
#[derive(Default)]
struct Slots {
    shards: [RwLock<FxHashMap<RelPath, FxHashMap<Name, SlotInput>>>; 16],
}

impl Slots {
    fn shard(&self, dir: &str) -> &RwLock<FxHashMap<RelPath, FxHashMap<Name, SlotInput>>> {
        let hash = BuildHasherDefault::<FxHasher>::default().hash_one(dir);
        // The upper bits: the map inside a shard uses the lower ones.
        &self.shards[(hash >> 60) as usize]
    }

    fn get(&self, dir: &str, name: &str) -> Option<SlotInput> {
        let shard = self.shard(dir).read().unwrap_or_else(PoisonError::into_inner);
        shard.get(dir)?.get(name).copied()
    }

    fn get_or_insert(&self, dir: &RelPath, name: &str, make: impl FnOnce() -> SlotInput) -> SlotInput {
        if let Some(input) = self.get(dir.as_str(), name) {
            return input;
        }
        let mut shard = self.shard(dir.as_str()).write().unwrap_or_else(PoisonError::into_inner);
        *shard.entry(dir.clone()).or_default().entry(name.into()).or_insert_with(make)
    }
}
