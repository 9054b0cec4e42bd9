//! The engine: from a change to a published snapshot, a delta, and rows in the store.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, OnceLock};
use std::time::Instant;

use camino::{Utf8Path, Utf8PathBuf};
use imbl::OrdMap;
use rustc_hash::{FxHashMap, FxHashSet};
use staniel_facts::{
    Cancel, Change, ContentHash, Digest, FileChange, FileState, Manifest, Provenance, ProviderId, RelPath,
    SCHEMA, Snapshot, World,
};
use staniel_graph::Graph;
use staniel_project::Project;
use staniel_provider::{Declared, TypeProvider};
use staniel_provider_lsp::Installed;
use staniel_store::{Batch, Mode, Store, Table};
use staniel_vfs::{Scan, ScanCounts, ScanOptions};

use crate::analysis::Analysis;
use crate::answering::still_quarantined;
use crate::asker::{Answered, Asker, Circumstances};
use crate::error::EngineError;
use crate::naming;
use crate::options::{CacheChoice, Options, Phase, ProviderChoice};
use crate::persist::Rows;
use crate::plan::{Known, Plan};
use crate::publish::{Pending, State, Void, prefetch};
use crate::published::{DeltaCounts, Fallback, FileCounts, Published, Summary, Work};
use crate::servers::{self, Settled};
use crate::stored::{self, Generation, GenerationInfo, HeadValue, Line};
use crate::texts::Texts;

/// What a look at the tree has found.
pub(crate) enum Looked {
    /// All is what HEAD says it is, and the manifest is HEAD's already.
    Unchanged(ScanCounts),
    /// Not all.
    Changed(Scan),
}

/// The only writer: owns the disk's world, its analysis, and the store.
pub struct Engine {
    pub(crate) options: Options,
    pub(crate) project: Project,
    pub(crate) choice: ProviderChoice,
    /// The language server, if the choice is one.
    pub(crate) server: Option<Installed>,
    pub(crate) id: ProviderId,
    pub(crate) pool: rayon::ThreadPool,
    /// The project's own cache directory.
    pub(crate) directory: Option<Utf8PathBuf>,
    pub(crate) store: Arc<OnceLock<Store>>,
    pub(crate) texts: Arc<Texts>,
    pub(crate) head: HeadValue,
    /// A look at the tree that nobody has used yet.
    pub(crate) looked: Option<Looked>,
    /// The disk as it was seen last.
    pub(crate) world: World,
    /// `None` until something must be analysed, and after it was fed with what had changed meanwhile.
    pub(crate) analysis: Option<Analysis>,
    pub(crate) asker: Option<Asker>,
    pub(crate) published: Option<State>,
    /// What differs from the publication and is not published yet.
    pub(crate) pending: Pending,
    /// What the store does not have yet.
    pub(crate) rows: Rows,
    /// The lists of the generation that was stored or loaded last.
    pub(crate) lists: FxHashSet<Digest>,
    pub(crate) unsaved: bool,
    /// Whether the store makes room at the end however little there is to win.
    pub(crate) compacts: bool,
    pub(crate) fallbacks: Vec<Fallback>,
    pub(crate) seq: u64,
}

impl Engine {
    /// Loads the project and looks at HEAD. Does not walk the tree, and does not open the store.
    pub fn open(options: Options) -> Result<Self, EngineError> {
        let Settled { project, mut choice, server } = servers::settle(&options)?;
        let directory = match &options.cache {
            CacheChoice::Base(base) => Some(cache_directory(base, &project.root)),
            CacheChoice::None => None,
        };
        let head: HeadValue = directory
            .as_deref()
            .and_then(staniel_store::read_head::<HeadValue>)
            .map(|head| head.value)
            .filter(HeadValue::is_current_schema)
            .unwrap_or_else(|| HeadValue { schema: SCHEMA, next_generation: 1, ..HeadValue::default() });
        if options.any_provider && options.provider.is_none() {
            let environment = project.environment.digest;
            let present = head.lines.iter().find(|line| head.is_current(line, environment) && !line.hermetic);
            let ours = |line: &Line| {
                let choice: ProviderChoice = line.provider.name.parse().ok()?;
                (provider_id(choice, None) == line.provider).then_some(choice)
            };
            choice = present.and_then(ours).unwrap_or(ProviderChoice::Declared);
        }
        let pool = staniel_vfs::pool(options.jobs).map_err(staniel_vfs::ScanError::from)?;
        let store = Arc::new(OnceLock::new());
        let texts =
            Arc::new(Texts::new(project.root.clone(), project.config.max_file_size, Arc::downgrade(&store)));
        let world = World { environment: Arc::new(project.environment.clone()), ..head.world() };
        Ok(Self {
            id: provider_id(choice, server.as_ref()),
            choice,
            server,
            pool,
            directory,
            store,
            texts,
            head,
            looked: None,
            world,
            analysis: None,
            asker: None,
            published: None,
            pending: Pending::default(),
            rows: Rows::default(),
            lists: FxHashSet::default(),
            unsaved: false,
            compacts: false,
            fallbacks: Vec::new(),
            seq: 0,
            project,
            options,
        })
    }

    /// The project as it was loaded.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Who answers.
    pub fn provider(&self) -> &ProviderId {
        &self.id
    }

    /// The project's own cache directory; `None` where nothing is remembered.
    pub fn cache_directory(&self) -> Option<&Utf8Path> {
        self.directory.as_deref()
    }

    /// The snapshot that was published last; an empty one before the first publication.
    pub fn snapshot(&self) -> Arc<Snapshot> {
        match &self.published {
            Some(state) => Arc::clone(&state.snapshot),
            None => Arc::new(self.empty_snapshot()),
        }
    }

    /// Who needs whom, for invalidation; the root stands for all that is installed. `None` before something had to be analysed.
    pub fn needs(&self) -> Option<&Graph> {
        self.analysis.as_ref().map(Analysis::graph)
    }

    /// A file's decoded text, for code frames; `None` if it is not there any more as it was analysed.
    pub fn text(&self, path: &RelPath) -> Option<Arc<str>> {
        let hash = self.snapshot().record(path.as_str())?.hash();
        let bytes =
            staniel_vfs::read(&self.project.root, path, hash, self.project.config.max_file_size).ok()?;
        Some(staniel_syntax::decode(&bytes).text)
    }

    /// Looks at the tree. If its files are what HEAD says they were, answers from HEAD alone, without opening
    /// the store; `None` if there is something to do. What comes next, [`Self::refresh`] or [`Self::view`], goes on
    /// from this look. Where contents were equal and only `stat` was not, the next [`Self::save`] writes HEAD again.
    pub fn unchanged(&mut self, cancel: &Cancel) -> Result<Option<Summary>, EngineError> {
        let started = Instant::now();
        let Some(line) = self.current_line().cloned() else { return Ok(None) };
        let scan = self.scan(cancel)?;
        if !scan.change.files.is_empty() {
            self.looked = Some(Looked::Changed(scan));
            return Ok(None);
        }
        let work = Work::of(scan.counts);
        self.looked = Some(Looked::Unchanged(scan.counts));
        self.unsaved |= scan.manifest != self.head.manifest;
        self.head.manifest = scan.manifest;
        let files =
            FileCounts { total: line.counts.files, skipped: line.counts.skipped, ..FileCounts::default() };
        Ok(Some(Summary {
            provider: line.provider,
            generation: Some(line.generation),
            parent: line.parent,
            files,
            work,
            counts: line.counts,
            delta: DeltaCounts::default(),
            skipped: line.skipped,
            quarantined: line.quarantined,
            fallbacks: Vec::new(),
            notices: self.project.notices.clone(),
            elapsed: started.elapsed(),
        }))
    }

    /// Looks at the whole tree and publishes what it is now.
    pub fn refresh(&mut self, cancel: &Cancel) -> Result<Published, EngineError> {
        let started = Instant::now();
        self.save();
        let scan = match self.looked.take() {
            Some(Looked::Unchanged(counts)) => {
                return self.publish(Change::default(), counts, started, cancel);
            }
            Some(Looked::Changed(scan)) => scan,
            None => {
                self.reload()?;
                self.scan(cancel)?
            }
        };
        if self.options.any_provider && self.options.provider.is_none() && !scan.change.files.is_empty() {
            // The remembered types are of another world, and nobody wants any: the cheapest provider will do.
            self.switch_to(ProviderChoice::Declared, None);
        }
        self.adopt(scan, started, cancel)
    }

    /// Looks at these paths, and below them where they are directories, and publishes.
    pub fn refresh_paths(&mut self, paths: &[RelPath], cancel: &Cancel) -> Result<Published, EngineError> {
        if self.published.is_none() {
            return self.refresh(cancel);
        }
        let started = Instant::now();
        self.save();
        self.looked = None;
        let scan = self.scan_paths(paths, cancel)?;
        // Conventional roots and declared dependencies hang on what there is, not on what stands in it.
        let appeared = |file: &FileChange| {
            file.tracked.state == FileState::Absent || !self.world.files.contains_key(&file.path)
        };
        let of_server = self.server.as_ref().map(|server| server.server.configuration()).unwrap_or_default();
        let configures = |path: &RelPath| {
            let names = ["pyproject.toml", "staniel.toml", "setup.cfg", "pyvenv.cfg"];
            names.iter().chain(of_server).any(|name| *name == path.file_name())
        };
        let layout = scan.change.files.iter().any(appeared) || paths.iter().any(configures);
        if layout && self.reload()? {
            let scan = self.scan(cancel)?;
            return self.adopt(scan, started, cancel);
        }
        self.adopt(scan, started, cancel)
    }

    /// Builds what the next change will need and an unchanged tree did not: for those who stay. Cost: the facts
    /// of all files from the store, and their resolution.
    pub fn prepare(&mut self, cancel: &Cancel) -> Result<(), EngineError> {
        if self.analysis.is_some() {
            return Ok(());
        }
        let mut analysis = self.new_analysis(&self.world);
        let paths: Vec<RelPath> = self.world.files.keys().cloned().collect();
        let (texts, progress, world) = (&*self.texts, &*self.options.progress, &self.world);
        let advanced = self.pool.install(|| {
            prefetch(texts, world, &paths, progress, cancel);
            (!cancel.is_cancelled()).then(|| analysis.advance(world, &paths))
        });
        let advanced = advanced.ok_or(EngineError::Cancelled)?;
        // A file that changed meanwhile has no facts: then the next step builds everything itself.
        if self.texts.take_stale().is_empty()
            && let Some(state) = &self.published
        {
            let quarantined = still_quarantined(state, &self.world);
            let mut keys = advanced.keys;
            keys.extend(analysis.quarantine(&self.world, quarantined.into_keys().collect()));
            let differing = keys.into_iter().filter(|path| state.key(path) != analysis.key(path));
            self.pending.keys.extend(differing);
            self.analysis = Some(analysis);
        }
        Ok(())
    }

    /// Publishes the world after `change`. Bytes that it carries are not read again.
    pub fn apply(&mut self, change: Change, cancel: &Cancel) -> Result<Published, EngineError> {
        self.save();
        self.looked = None;
        for file in &change.files {
            // Nobody has looked at the disk: whatever lies there must be looked at next time.
            if file.tracked.state == FileState::Absent {
                self.head.manifest.files.remove(&file.path);
            } else {
                self.head.manifest.files.insert(file.path.clone(), (None, file.tracked.clone()));
            }
        }
        self.publish(change, ScanCounts::default(), Instant::now(), cancel)
    }

    /// What would be known of another world, whose bytes that are not on disk come in `bytes`. Publishes
    /// nothing; answers are remembered by key like any others. Cost: all files' resolution, and asking for
    /// every file whose key is new.
    pub fn at(
        &mut self,
        world: &World,
        bytes: impl IntoIterator<Item = (ContentHash, Arc<[u8]>)>,
        cancel: &Cancel,
    ) -> Result<Arc<Snapshot>, EngineError> {
        self.save();
        self.open_store();
        for (hash, bytes) in bytes {
            self.texts.carry(hash, bytes);
        }
        let result = self.snapshot_of(world, cancel);
        self.texts.drop_carried();
        match result {
            Ok(snapshot) => Ok(Arc::new(snapshot)),
            Err(Void::Stale(paths)) => Err(EngineError::Restless(paths)),
            Err(Void::Failed(error)) => Err(error),
        }
    }

    fn snapshot_of(&mut self, world: &World, cancel: &Cancel) -> Result<Snapshot, Void> {
        let mut analysis = self.new_analysis(world);
        let paths: Vec<RelPath> = world.files.keys().cloned().collect();
        let provenance = Provenance { environment: world.environment.digest, ..self.provenance() };
        let mut snapshot = Snapshot::new(Arc::new(provenance), true);
        let (texts, progress) = (&*self.texts, &*self.options.progress);
        self.pool.install(|| {
            prefetch(texts, world, &paths, progress, cancel);
            if !cancel.is_cancelled() {
                analysis.advance(world, &paths);
            }
        });
        cancel.check()?;
        let shunned =
            self.published.as_ref().map(|state| still_quarantined(state, world)).unwrap_or_default();
        analysis.quarantine(world, shunned.keys().cloned().collect());
        let (database, wiring) = analysis.parts();
        let (parts, store) = ((database.clone(), wiring), self.open_store());
        let (paths, rows) = (BTreeSet::from_iter(paths), OrdMap::new());
        let known = Known {
            snapshot: &snapshot,
            rows: &rows,
            quarantined: &BTreeMap::new(),
            found: &FxHashMap::default(),
        };
        let plan = self.pool.install(|| Plan::new(parts, world, &paths, known, store));
        let stale = self.texts.take_stale();
        if !stale.is_empty() {
            return Err(Void::Stale(stale));
        }
        let questions = plan.questions.clone();
        let words = self.published.as_ref().map(|state| state.quarantined.clone()).unwrap_or_default();
        let failed = words.into_iter().filter(|(path, _)| shunned.contains_key(path)).collect();
        let circumstances = Circumstances { shunned, failed, ..Circumstances::default() };
        let Answered { answers, quarantined } = self.ask(world, &questions, circumstances, cancel)?;
        // Who needs a file that the provider failed on was answered in its absence, which the key does not say.
        let doubtful = analysis.graph().reaching(quarantined.keys());
        let mut batch = Batch::new();
        let same = self.choice == ProviderChoice::Declared || self.is_environment_the_same();
        let certain =
            questions.iter().zip(&answers).filter(|(question, _)| same && !doubtful.contains(&question.path));
        for (question, answers) in certain {
            if let Some(key) = analysis.key(&question.path) {
                batch.put(Table::Answers, &key.0.0, &**answers);
            }
        }
        for (hash, facts) in self.texts.take_fresh() {
            batch.put(Table::Facts, &hash.0.0, &*facts);
        }
        for next in self.pool.install(|| plan.finish(&answers)) {
            snapshot.set(next.path, next.coverage);
        }
        self.open_store().commit::<HeadValue>(batch, None);
        Ok(snapshot)
    }

    /// The generations that the store holds, oldest first.
    pub fn generations(&mut self) -> Vec<GenerationInfo> {
        let store = self.open_store();
        let names = naming::all(store);
        let with_names = |generation: Generation| {
            let mut info = GenerationInfo::from(generation);
            let ours = names.iter().filter(|(_, named)| named.stands_for(info.id, info.digest));
            info.names = ours.map(|(name, _)| name.clone()).collect();
            info
        };
        stored::generations(store).into_iter().map(with_names).collect()
    }

    /// The snapshot of a stored generation.
    pub fn load(&mut self, id: u64) -> Result<Snapshot, EngineError> {
        self.archive(id).map(|archive| archive.snapshot)
    }

    /// Removes a stored generation and what it is called; its facts and answers stay, since others may share them.
    pub fn remove_generation(&mut self, id: u64) -> Result<(), EngineError> {
        let store = self.open_store();
        stored::generation(store, id).ok_or(EngineError::NoGeneration(id))?;
        let mut batch = Batch::new();
        stored::remove(store, &mut batch, id);
        self.head.lines.retain(|line| line.generation != id);
        if self.published.as_ref().is_some_and(|state| state.generation == Some(id)) {
            self.published = None;
        }
        let head = self.head.clone();
        self.open_store().commit(batch, Some(&head));
        Ok(())
    }

    /// The store, opened if it was not.
    pub fn open_store(&self) -> &Store {
        self.store.get_or_init(|| match &self.directory {
            Some(directory) => Store::open(directory, Mode::Persistent),
            None => Store::in_memory(),
        })
    }

    /// Whether the environment is still the one that this engine works in.
    pub(crate) fn is_environment_the_same(&self) -> bool {
        // What cannot be loaded is for the next look to complain of.
        servers::settle(&self.options).map_or(true, |now| {
            let same_server = self.server.is_none() || now.server == self.server;
            same_server && now.project.environment.digest == self.project.environment.digest
        })
    }

    /// Looks at configuration and environment again; whether they differ. Then everything is analysed anew.
    fn reload(&mut self) -> Result<bool, EngineError> {
        let Settled { project, choice, server } = servers::settle(&self.options)?;
        let same_server = self.options.any_provider || server == self.server;
        if project.environment == self.project.environment
            && project.config == self.project.config
            && same_server
        {
            return Ok(false);
        }
        let environment = Arc::new(project.environment.clone());
        self.texts.set_max_file_size(project.config.max_file_size);
        if !self.options.any_provider {
            self.switch_to(choice, server);
        }
        self.project = project;
        self.take_in(Change { files: Vec::new(), environment: Some(environment) });
        Ok(true)
    }

    fn switch_to(&mut self, choice: ProviderChoice, server: Option<Installed>) {
        if self.choice != choice || self.server != server {
            self.id = provider_id(choice, server.as_ref());
            (self.choice, self.server) = (choice, server);
            (self.analysis, self.asker, self.published) = (None, None, None);
        }
    }

    pub(crate) fn scan(&self, cancel: &Cancel) -> Result<Scan, EngineError> {
        self.options.progress.phase(Phase::Walking, None);
        self.scan_since(&self.head.manifest, cancel)
    }

    /// What has changed since this was seen.
    pub(crate) fn scan_since(&self, seen: &Manifest, cancel: &Cancel) -> Result<Scan, EngineError> {
        let (options, now) = (scan_options(&self.project), (self.options.clock)());
        Ok(self.pool.install(|| staniel_vfs::scan(&options, seen, now, cancel))?)
    }

    pub(crate) fn scan_paths(&self, paths: &[RelPath], cancel: &Cancel) -> Result<Scan, EngineError> {
        let options = scan_options(&self.project);
        let (manifest, now) = (&self.head.manifest, (self.options.clock)());
        Ok(self.pool.install(|| staniel_vfs::scan_paths(&options, manifest, paths, now, cancel))?)
    }

    fn adopt(&mut self, scan: Scan, started: Instant, cancel: &Cancel) -> Result<Published, EngineError> {
        self.unsaved |= scan.manifest != self.head.manifest;
        self.head.manifest = scan.manifest;
        self.publish(scan.change, scan.counts, started, cancel)
    }
}

impl Drop for Engine {
    /// What was published is remembered, even if whoever wanted to read of it has gone.
    fn drop(&mut self) {
        if self.options.ends_process
            && let Some(asker) = &mut self.asker
        {
            asker.leave();
        }
        if !std::thread::panicking() {
            self.save();
            self.make_room();
            if let Some(store) = self.store.get()
                && let Err(error) = store.flush()
            {
                tracing::debug!("not all is stored: {error}");
            }
        }
    }
}

/// What a scan of the project looks at.
pub(crate) fn scan_options(project: &Project) -> ScanOptions {
    ScanOptions {
        root: project.root.clone(),
        exclude: project.config.exclude.clone(),
        max_file_size: project.config.max_file_size,
        threads: 0,
        site_packages: project.environment.site_packages.iter().map(Utf8PathBuf::from).collect(),
    }
}

pub(crate) fn project_options(options: &Options) -> staniel_project::Options {
    staniel_project::Options {
        root: options.root.clone(),
        overrides: options.overrides.clone(),
        python: options.python.clone(),
        virtual_env: options.virtual_env.clone(),
    }
}

/// Grows with each change of what facts say of the same content, or edges of the same facts, and of how they are stored.
pub(crate) const FACTS: u32 = 11;

/// Where below `base` the project at `root` (canonical) is remembered. The program's version and the schema
/// are part of the name: facts are found by content hash alone, so those of another version must not be.
pub fn cache_directory(base: &Utf8Path, root: &Utf8Path) -> Utf8PathBuf {
    let version = env!("CARGO_PKG_VERSION");
    let engine = format!("staniel {version}, schema {SCHEMA}, facts {FACTS}, tree-sitter-python 0.25");
    staniel_store::locate(base, root, &engine)
}

/// Who answers, by name and version. A server that nobody has found has none.
fn provider_id(choice: ProviderChoice, server: Option<&Installed>) -> ProviderId {
    match choice {
        ProviderChoice::Declared => Declared.id(),
        #[cfg(feature = "ty")]
        ProviderChoice::Ty => staniel_provider_ty::id(),
        ProviderChoice::Server(_) => server.map(Installed::id).unwrap_or_default(),
    }
}
