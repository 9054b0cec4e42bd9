//! What goes into the store after a publication, and how it comes out again.

use std::mem;
use std::sync::Arc;
use std::time::UNIX_EPOCH;

use rustc_hash::FxHashSet;
use staniel_facts::{AnswerKey, Answers, ContentHash, Digest, Edge, FileFacts, RelPath, Snapshot};
use staniel_provider_lsp::LspProvider;
use staniel_store::{Batch, InFlight, Table};

use crate::asker::Asker;
use crate::engine::Engine;
use crate::options::{Phase, ProviderChoice};
use crate::published::Fallback;
use crate::servers;
use crate::stored::{self, Generation, Line, Row};

/// Rows that the store does not have yet.
#[derive(Default)]
pub(crate) struct Rows {
    pub(crate) facts: Vec<(ContentHash, Arc<FileFacts>)>,
    pub(crate) answers: Vec<(AnswerKey, Arc<Answers>)>,
    pub(crate) edges: Vec<(Digest, Arc<[Edge]>)>,
    /// Whether the publication is a new generation.
    pub(crate) generation: bool,
}

/// A generation out of the store.
pub(crate) struct Loaded {
    pub(crate) generation: Generation,
    /// Where each file's parts lie.
    pub(crate) files: Vec<(RelPath, Row)>,
    pub(crate) snapshot: Snapshot,
}

impl Engine {
    /// Hands what was published last to the store's writer. Does not wait.
    pub fn save(&mut self) {
        if !mem::take(&mut self.unsaved) {
            return;
        }
        if self.is_environment_doubtful() {
            self.forget_answers();
        }
        let mut batch = Batch::new();
        let rows = mem::take(&mut self.rows);
        for (hash, facts) in &rows.facts {
            batch.put(Table::Facts, &hash.0.0, &**facts);
        }
        for (key, answers) in &rows.answers {
            batch.put(Table::Answers, &key.0.0, &**answers);
        }
        for (key, edges) in &rows.edges {
            batch.put(Table::Edges, &key.0, &&**edges);
        }
        if let (true, Some(state)) = (rows.generation, &self.published)
            && let Some(id) = state.generation
        {
            let lists = stored::lists(&state.rows);
            let generation = Generation {
                id,
                parent: state.parent,
                hermetic: self.options.hermetic,
                created_ms: (self.options.clock)()
                    .duration_since(UNIX_EPOCH)
                    .map_or(0, |age| age.as_millis() as u64),
                provenance: (**state.snapshot.provenance()).clone(),
                counts: state.snapshot.counts(),
                digest: state.snapshot.digest(),
                lists: lists.iter().map(|(key, _)| *key).collect(),
                quarantined: state.quarantined.clone().into_iter().collect(),
                origin: None,
            };
            for (key, list) in lists.iter().filter(|(key, _)| !self.lists.contains(key)) {
                batch.put(Table::Lists, &key.0, list);
            }
            self.lists = generation.lists.iter().copied().collect();
            batch.put(Table::Generations, &stored::generation_key(id), &generation);
            self.drop_old_generations(&mut batch);
        }
        self.open_store().commit(batch, Some(&self.head));
        if self.texts.held() > 2 * self.world.files.len() + 1_000 {
            let live: FxHashSet<_> =
                self.world.files.values().filter_map(|tracked| tracked.state.hash()).collect();
            self.texts.retain(|hash| live.contains(hash));
        }
    }

    /// Whether answers that are about to be stored may come from another environment than their keys say: what is
    /// installed is read while it is asked about, and somebody may be installing.
    fn is_environment_doubtful(&self) -> bool {
        let reads_environment = self.choice != ProviderChoice::Declared;
        reads_environment && !self.rows.answers.is_empty() && !self.is_environment_the_same()
    }

    /// Lets go of what was published, so that the next look begins with the environment.
    fn forget_answers(&mut self) {
        let message =
            "what is installed or configured changed during the analysis: the types were not stored"
                .to_owned();
        self.fallbacks.push(Fallback { code: "environment-changed".to_owned(), message });
        self.rows.answers.clear();
        self.rows.generation = false;
        (self.published, self.asker, self.analysis) = (None, None, None);
        let (id, hermetic) = (self.id.clone(), self.options.hermetic);
        self.head.lines.retain(|line| line.provider != id || line.hermetic != hermetic);
    }

    /// Hands everything to the store and waits until it is durable. That it cannot be stored is no error:
    /// the answer is out, and the next run computes again.
    pub fn flush(&mut self) -> Vec<Fallback> {
        self.save();
        let Some(store) = self.store.get() else { return Vec::new() };
        self.options.progress.phase(Phase::Persisting, None);
        let result = store.flush();
        let mut fallbacks = self.fallbacks();
        if let Err(error) = result {
            fallbacks.push(Fallback { code: "not-persisted".to_owned(), message: error.to_string() });
        }
        fallbacks
    }

    /// What did not work as it should, the store's part included.
    pub(crate) fn fallbacks(&self) -> Vec<Fallback> {
        let store = self.store.get().map(|store| store.notices()).unwrap_or_default();
        let store = store
            .into_iter()
            .map(|notice| Fallback { code: notice.code.to_string(), message: notice.message });
        self.fallbacks.iter().cloned().chain(store).collect()
    }

    /// The newest generation of this engine's provider, if it describes the tree that HEAD knows.
    pub(crate) fn current_line(&self) -> Option<&Line> {
        let line = self.head.line(&self.id, self.options.hermetic)?;
        self.head.is_current(line, self.world.environment.digest).then_some(line)
    }

    /// A generation that was made here, with where its parts lie.
    pub(crate) fn load_generation(&self, id: u64) -> Option<Loaded> {
        let (store, texts) = (self.open_store(), &*self.texts);
        // What somebody brought is shown, and nothing is built on it.
        let generation = stored::generation(store, id).filter(|generation| generation.origin.is_none())?;
        let files = stored::files(store, &generation)?;
        let snapshot = self.pool.install(|| stored::load(store, texts, &generation, &files))?;
        Some(Loaded { generation, files, snapshot })
    }

    /// The highest number that any stored generation has; another process may have stored some meanwhile.
    pub(crate) fn newest_generation(&self) -> u64 {
        let keys = self.open_store().keys(Table::Generations);
        let numbers = keys.iter().filter_map(|key| Some(u64::from_be_bytes(key.as_slice().try_into().ok()?)));
        numbers.max().unwrap_or(0)
    }

    pub(crate) fn new_asker(&self) -> Asker {
        let provider: Box<dyn staniel_provider::TypeProvider> = match self.choice {
            ProviderChoice::Declared => Box::new(staniel_provider::Declared),
            #[cfg(feature = "ty")]
            ProviderChoice::Ty => Box::new(staniel_provider_ty::TyProvider::new(
                self.project.root.clone(),
                Arc::clone(&self.texts) as _,
                staniel_provider_ty::TyOptions {
                    hermetic: self.options.hermetic,
                    threads: self.options.jobs,
                    ..Default::default()
                },
            )),
            ProviderChoice::Server(_) => {
                let server = self.server.clone().expect("whoever chooses one has found it");
                let sources = Arc::clone(&self.texts) as _;
                Box::new(LspProvider::new(
                    servers::lsp_options(server, &self.options, &self.project),
                    sources,
                ))
            }
        };
        let in_flight = match &self.directory {
            // Repeating annotations kills nobody, nor does another process: no log, and what others left in it stays
            // for their like.
            Some(directory) if self.choice.is_in_process() && self.open_store().is_persistent() => {
                InFlight::open(directory)
            }
            _ => (InFlight::none(), Vec::new()),
        };
        Asker::new(
            provider,
            in_flight,
            self.options.isolation.clone(),
            Arc::clone(&self.options.progress),
            self.options.shuffle,
        )
    }
}
