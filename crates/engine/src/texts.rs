//! Where facts and texts come from: what a change carried, what the store remembers, what lies on disk.
//!
//! This is the engine's side of two traits, `db::FactSource` and `provider::Sources`. Everything is found by
//! content hash; the path only says where on disk bytes with that hash may lie.

use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError, RwLock, Weak};

use camino::Utf8PathBuf;
use rustc_hash::FxHashMap;
use staniel_db::FactSource;
use staniel_facts::{ContentHash, FileFacts, ImportFacts, RelPath, SourceKind};
use staniel_provider::{SourceError, Sources};
use staniel_store::{Store, Table};

/// Facts and texts by content hash. Shared by the database and the provider, from any thread.
pub(crate) struct Texts {
    root: Utf8PathBuf,
    max_file_size: AtomicU64,
    /// Opened at the first look, so that a run that finds nothing changed never opens it. The engine closes it, however long
    /// a type checker holds on to this.
    store: Weak<OnceLock<Store>>,
    facts: RwLock<FxHashMap<ContentHash, Arc<FileFacts>>>,
    /// Bytes that a change carried; dropped when the step that brought them is over.
    bytes: RwLock<FxHashMap<ContentHash, Arc<[u8]>>>,
    /// Facts that the store does not have yet.
    fresh: Mutex<Vec<(ContentHash, Arc<FileFacts>)>>,
    /// Files that turned out to have changed since they were last looked at.
    stale: Mutex<Vec<RelPath>>,
    counters: Counters,
}

/// Demands, counted where they happen.
#[derive(Debug, Default)]
pub(crate) struct Counters {
    pub(crate) read: AtomicU64,
    pub(crate) parsed: AtomicU64,
    pub(crate) sourced: AtomicU64,
}

/// A panic while a lock was held cannot leave these maps half-written: each write is one insertion.
fn lock<T>(mutex: &Mutex<T>) -> MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Texts {
    pub(crate) fn new(root: Utf8PathBuf, max_file_size: u64, store: Weak<OnceLock<Store>>) -> Self {
        Self {
            root,
            max_file_size: max_file_size.into(),
            store,
            facts: RwLock::default(),
            bytes: RwLock::default(),
            fresh: Mutex::default(),
            stale: Mutex::default(),
            counters: Counters::default(),
        }
    }

    /// The configuration has another limit now.
    pub(crate) fn set_max_file_size(&self, limit: u64) {
        self.max_file_size.store(limit, Ordering::Relaxed);
    }

    pub(crate) fn counters(&self) -> &Counters {
        &self.counters
    }

    /// Keeps bytes that were read already, so that nobody reads them again.
    pub(crate) fn carry(&self, hash: ContentHash, bytes: Arc<[u8]>) {
        self.bytes.write().unwrap_or_else(PoisonError::into_inner).insert(hash, bytes);
    }

    /// Lets go of all carried bytes.
    pub(crate) fn drop_carried(&self) {
        *self.bytes.write().unwrap_or_else(PoisonError::into_inner) = FxHashMap::default();
    }

    /// Forgets facts of contents that `keep` does not want: without this, a watcher that lives for weeks
    /// would remember every content that ever was.
    pub(crate) fn retain(&self, keep: impl Fn(&ContentHash) -> bool) {
        self.facts.write().unwrap_or_else(PoisonError::into_inner).retain(|hash, _| keep(hash));
    }

    /// How many contents' facts are held.
    pub(crate) fn held(&self) -> usize {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).len()
    }

    /// Facts that were computed since the last call and are not stored yet.
    pub(crate) fn take_fresh(&self) -> Vec<(ContentHash, Arc<FileFacts>)> {
        std::mem::take(&mut lock(&self.fresh))
    }

    /// Files that were found changed under our hands since the last call.
    pub(crate) fn take_stale(&self) -> Vec<RelPath> {
        let mut stale = std::mem::take(&mut *lock(&self.stale));
        stale.sort();
        stale.dedup();
        stale
    }

    fn remember(&self, hash: ContentHash, facts: Arc<FileFacts>) {
        self.facts.write().unwrap_or_else(PoisonError::into_inner).insert(hash, facts);
    }

    /// Facts from memory or the store; never from bytes.
    pub(crate) fn stored(&self, hash: ContentHash) -> Option<Arc<FileFacts>> {
        if let Some(facts) = self.known(hash) {
            return Some(facts);
        }
        let facts = Arc::new(self.store.upgrade()?.get()?.get::<FileFacts>(Table::Facts, &hash.0.0)?);
        self.remember(hash, Arc::clone(&facts));
        Some(facts)
    }

    fn known(&self, hash: ContentHash) -> Option<Arc<FileFacts>> {
        self.facts.read().unwrap_or_else(PoisonError::into_inner).get(&hash).cloned()
    }

    fn bytes(
        &self,
        path: &RelPath,
        hash: ContentHash,
        counter: &AtomicU64,
    ) -> Result<Arc<[u8]>, SourceError> {
        if let Some(bytes) = self.bytes.read().unwrap_or_else(PoisonError::into_inner).get(&hash) {
            return Ok(Arc::clone(bytes));
        }
        counter.fetch_add(1, Ordering::Relaxed);
        let limit = self.max_file_size.load(Ordering::Relaxed);
        staniel_vfs::read(&self.root, path, hash, limit).map_err(|error| {
            lock(&self.stale).push(path.clone());
            match error {
                staniel_vfs::ReadError::Changed { .. } => SourceError::Changed(path.clone()),
                staniel_vfs::ReadError::Unreadable { reason, .. } => {
                    SourceError::Unreadable(path.clone(), reason.to_string())
                }
            }
        })
    }
}

impl FactSource for Texts {
    fn import_facts(&self, path: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        Arc::clone(&self.facts(path, hash).imports)
    }

    /// From memory, else the store, else the bytes. A file that changed meanwhile has no facts and is noted
    /// as stale: the engine then voids the step and looks again.
    fn facts(&self, path: &RelPath, hash: ContentHash) -> Arc<FileFacts> {
        if let Some(facts) = self.stored(hash) {
            return facts;
        }
        let Ok(bytes) = self.bytes(path, hash, &self.counters.read) else { return Arc::default() };
        self.counters.parsed.fetch_add(1, Ordering::Relaxed);
        let kind = path.source_kind().unwrap_or(SourceKind::Python);
        let facts = Arc::new(staniel_syntax::facts(&bytes, kind));
        lock(&self.fresh).push((hash, Arc::clone(&facts)));
        self.remember(hash, Arc::clone(&facts));
        facts
    }
}

impl Sources for Texts {
    fn text(&self, path: &RelPath, hash: ContentHash) -> Result<Arc<str>, SourceError> {
        Ok(staniel_syntax::provider_text(&self.bytes(path, hash, &self.counters.sourced)?))
    }
}
