//! The store: rows by table and key, the same on disk and in memory.

use std::fmt;
use std::sync::atomic::{AtomicBool, AtomicU64, AtomicUsize, Ordering};
use std::sync::mpsc::{self, Sender};
use std::sync::{Arc, Mutex, PoisonError, RwLock};
use std::thread::{self, JoinHandle};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use rustc_hash::FxHashMap;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::batch::{Batch, Change, decode, encode};
use crate::collect;
use crate::disk;
use crate::lock::Lock;
use crate::opening::{self, Opened};
use crate::place::ROWS;
use crate::rows::{Found, Rows};
use crate::table::{RowKey, Table};
use crate::writer::{self, Order};

/// How long a second process waits for the first: longer than a commit takes, shorter than a person's
/// patience.
const LOCK_WAIT: Duration = Duration::from_secs(2);

/// How a store is opened.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Mode {
    /// On disk if that is possible, else in memory.
    Persistent,
    /// In memory, touching no disk: what `--no-cache` asks for.
    Memory,
}

/// Something that fell back: told once on stderr, and counted in the summary.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Notice {
    /// Stable, for programs: `cache-locked`, `cache-unusable`, `cache-rebuilt`, `cache-failed`.
    pub code: &'static str,
    /// For people: what happened, and what it means for this run.
    pub message: String,
}

impl Notice {
    pub(crate) fn new(code: &'static str, message: String) -> Self {
        Self { code, message }
    }
}

/// Why something is not on disk.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum StoreError {
    /// The cache failed while this process used it; nothing since is on disk.
    #[error("{0}")]
    Failed(String),
}

/// What [`Store::verify`] found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct VerifyReport {
    /// Rows that are what was written.
    pub good: u64,
    /// Rows that were not, and are gone now.
    pub damaged: u64,
    /// Pieces of interrupted commits, removed.
    pub orphans: u64,
    /// The rows could not be read to the end: the next process builds the cache anew.
    pub unreadable: bool,
}

/// One table's size.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TableStats {
    /// Which table.
    pub table: Table,
    /// How many rows.
    pub rows: u64,
    /// The bytes of their encoded values.
    pub bytes: u64,
}

/// What is stored, and what it costs.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Stats {
    /// Each table, in the order of [`Table::ALL`].
    pub tables: Vec<TableStats>,
    /// Bytes of all files in the cache's directory, quarantined ones included; 0 in memory.
    pub disk_bytes: u64,
}

/// The rows of one project's cache.
///
/// Reads come from any thread and see a commit as soon as [`Self::commit`] returns; the disk follows on the
/// writer thread. Dropping the store waits for that.
pub struct Store {
    shared: Arc<Shared>,
    disk: Option<Disk>,
    notices: Vec<Notice>,
    commits: AtomicU64,
}

/// What a persistent store has and one in memory has not. Dropped in this order.
struct Disk {
    /// `None` only while dropping: its end ends the writer.
    orders: Option<Sender<Order>>,
    writer: Option<JoinHandle<()>>,
    dir: Utf8PathBuf,
    lock: Option<Lock>,
}

/// What readers and the writer thread share.
#[derive(Default)]
pub(crate) struct Shared {
    rows: Option<Rows>,
    /// Set once and for good when the rows can be used no more.
    failed: AtomicBool,
    failure: Mutex<Option<Notice>>,
    /// What is committed and not yet on disk, by table; in memory, all there is.
    pending: RwLock<[FxHashMap<Box<[u8]>, Pending>; Table::ALL.len()]>,
    /// Whether a copy of the live rows lies ready, to take their place when they are closed.
    pub(crate) collected: AtomicBool,
    /// How many entries `pending` has, so that reading from disk takes no lock.
    waiting: AtomicUsize,
}

struct Pending {
    /// The number of the commit that put it here.
    commit: u64,
    change: Change,
}

impl Shared {
    /// The rows on disk, while there are any to use.
    pub(crate) fn rows(&self) -> Option<&Rows> {
        self.rows.as_ref().filter(|_| !self.failed.load(Ordering::Acquire))
    }

    pub(crate) fn fail(&self, notice: Notice) {
        self.failure.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(notice);
        self.failed.store(true, Ordering::Release);
    }

    pub(crate) fn failure(&self) -> Result<(), StoreError> {
        match &*self.failure.lock().unwrap_or_else(PoisonError::into_inner) {
            Some(notice) => Err(StoreError::Failed(notice.message.clone())),
            None => Ok(()),
        }
    }

    fn pending(&self, table: Table, key: &[u8]) -> Option<Change> {
        if self.waiting.load(Ordering::Acquire) == 0 {
            return None;
        }
        let pending = self.pending.read().unwrap_or_else(PoisonError::into_inner);
        pending[table.index()].get(key).map(|pending| pending.change.clone())
    }

    fn enqueue(&self, number: u64, batch: &Batch) {
        let mut pending = self.pending.write().unwrap_or_else(PoisonError::into_inner);
        for ((table, key), change) in &batch.changes {
            let rows = &mut pending[table.index()];
            match change {
                // Nothing lies below that would have to be hidden.
                None if self.rows.is_none() => drop(rows.remove(key)),
                change => {
                    rows.insert(key.clone(), Pending { commit: number, change: change.clone() });
                }
            }
        }
        self.waiting.store(pending.iter().map(FxHashMap::len).sum(), Ordering::Release);
    }

    /// Drops what commit `number` put here: it is on disk now. A later commit's word stays.
    pub(crate) fn written(&self, number: u64, batch: &Batch) {
        let mut pending = self.pending.write().unwrap_or_else(PoisonError::into_inner);
        for (table, key) in batch.changes.keys() {
            let rows = &mut pending[table.index()];
            if rows.get(key).is_some_and(|pending| pending.commit == number) {
                rows.remove(key);
            }
        }
        self.waiting.store(pending.iter().map(FxHashMap::len).sum(), Ordering::Release);
    }
}

impl Store {
    /// Opens the cache in `dir`, creating it if need be. Never fails: where the disk cannot be used, the
    /// store is in memory and [`Self::notices`] says why. Waits up to two seconds for another process.
    pub fn open(dir: &Utf8Path, mode: Mode) -> Self {
        match mode {
            Mode::Memory => Self::in_memory(),
            Mode::Persistent => Self::open_waiting(dir, LOCK_WAIT),
        }
    }

    /// A store that touches no disk and is gone when dropped.
    pub fn in_memory() -> Self {
        Self::from_parts(Shared::default(), None, Vec::new())
    }

    fn from_parts(shared: Shared, disk: Option<Disk>, notices: Vec<Notice>) -> Self {
        Self { shared: Arc::new(shared), disk, notices, commits: AtomicU64::new(0) }
    }

    pub(crate) fn open_waiting(dir: &Utf8Path, wait: Duration) -> Self {
        let Opened { rows, lock, notices } = match opening::open(dir, wait) {
            Ok(opened) => opened,
            Err(notice) => return Self::from_parts(Shared::default(), None, vec![notice]),
        };
        let mut store = Self::from_parts(Shared { rows: Some(rows), ..Shared::default() }, None, notices);
        let (orders, received) = mpsc::channel();
        let (shared, writer_dir) = (Arc::clone(&store.shared), dir.to_owned());
        let spawned = thread::Builder::new()
            .name("staniel-store".to_owned())
            .spawn(move || writer::run(&received, &shared, &writer_dir));
        match spawned {
            Ok(writer) => {
                store.disk = Some(Disk {
                    orders: Some(orders),
                    writer: Some(writer),
                    dir: dir.to_owned(),
                    lock: Some(lock),
                });
                store
            }
            Err(error) => {
                let message =
                    format!("no thread to write the cache with ({error}); this run works in memory");
                Self::from_parts(Shared::default(), None, vec![Notice::new("cache-unusable", message)])
            }
        }
    }

    /// What fell back so far, and why. Grows at most once after opening, when a commit fails.
    pub fn notices(&self) -> Vec<Notice> {
        let failure = self.shared.failure.lock().unwrap_or_else(PoisonError::into_inner);
        self.notices.iter().chain(failure.as_ref()).cloned().collect()
    }

    /// Whether commits reach a disk.
    pub fn is_persistent(&self) -> bool {
        self.shared.rows().is_some()
    }

    /// The value of a row; `None` where there is none, or none that can be trusted to be a `T` that was put
    /// there. A row of the latter kind is removed.
    ///
    /// From any thread. Rows that neighbour in key order share a page.
    pub fn get<T: DeserializeOwned>(&self, table: Table, key: &[u8]) -> Option<T> {
        if let Some(change) = self.shared.pending(table, key) {
            return change.and_then(|payload| decode(&payload));
        }
        let rows = self.shared.rows()?;
        let damaged = match rows.get(table, key) {
            Ok(Found::Absent) => return None,
            Ok(Found::Payload(payload)) => match decode(payload.bytes()) {
                Some(value) => return Some(value),
                None => payload.raw,
            },
            Ok(Found::Damaged(raw)) => raw,
            Err(fault) => {
                if let Some(disk) = &self.disk {
                    writer::give_up(&self.shared, &disk.dir, &fault);
                }
                return None;
            }
        };
        tracing::debug!("a row of {} is damaged or of another version", table.name());
        self.order(Order::Forget { table, key: key.into(), raw: damaged });
        None
    }

    /// The keys of all rows of a table, sorted. Reads the whole table: for collection, not for every run.
    pub fn keys(&self, table: Table) -> Vec<Vec<u8>> {
        self.list(table).into_iter().map(|(key, _)| key).collect()
    }

    /// Key and bytes of each row, sorted by key: what is on disk as changed by what is on its way there.
    fn list(&self, table: Table) -> Vec<(Vec<u8>, u64)> {
        // Pending first: what is written between the two looks is then in both, and not in neither.
        let pending: Vec<(Vec<u8>, Option<u64>)> = {
            let pending = self.shared.pending.read().unwrap_or_else(PoisonError::into_inner);
            let size = |pending: &Pending| pending.change.as_ref().map(|payload| payload.len() as u64);
            pending[table.index()].iter().map(|(key, pending)| (key.to_vec(), size(pending))).collect()
        };
        let written = match self.shared.rows().map(|rows| rows.list(table)) {
            Some(Ok(rows)) => rows,
            Some(Err(fault)) => {
                if let Some(disk) = &self.disk {
                    writer::give_up(&self.shared, &disk.dir, &fault);
                }
                Vec::new()
            }
            None => Vec::new(),
        };
        let mut rows: std::collections::BTreeMap<Vec<u8>, u64> = written.into_iter().collect();
        for (key, bytes) in pending {
            match bytes {
                Some(bytes) => drop(rows.insert(key, bytes)),
                None => drop(rows.remove(&key)),
            }
        }
        rows.into_iter().collect()
    }

    /// Commits `batch`, then `head`. Readers see the rows at once; the disk follows on the writer thread, in
    /// the order of commits: first what is put, durably, then HEAD, then what is removed. Returns without
    /// waiting, with the cost of encoding `head`.
    ///
    /// Whether it became durable is what [`Self::flush`] tells. In memory, `head` is dropped.
    ///
    /// # Panics
    ///
    /// As [`Batch::put`], if `H` cannot be encoded.
    pub fn commit<H: Serialize>(&self, batch: Batch, head: Option<&H>) {
        let number = self.commits.fetch_add(1, Ordering::Relaxed);
        let head = head.map(encode);
        self.shared.enqueue(number, &batch);
        self.order(Order::Commit { number, batch, head });
    }

    /// Waits until all that was committed is on the medium. At once in a store opened in memory.
    ///
    /// # Errors
    ///
    /// If the disk failed since the store was opened: what was committed is then in memory only.
    pub fn flush(&self) -> Result<(), StoreError> {
        let (answer, answered) = mpsc::channel();
        self.order(Order::Flush(answer));
        answered.recv().unwrap_or_else(|_| self.shared.failure())
    }

    /// Bytes that the rows take on disk, dead ones included; 0 in memory.
    pub fn disk_bytes(&self) -> u64 {
        self.disk.as_ref().map_or(0, |disk| disk::size(&disk.dir.join(ROWS)))
    }

    /// The bytes of each row's value. Reads every row's header.
    pub fn sizes(&self) -> Vec<(RowKey, u64)> {
        let rows =
            |table: Table| self.list(table).into_iter().map(move |(key, bytes)| ((table, key.into()), bytes));
        Table::ALL.into_iter().flat_map(rows).collect()
    }

    /// Lets go of all rows but those named in `live`, when this store is dropped: deleting alone hardly makes the
    /// files smaller. To be called last, since a commit after it takes it back. In memory nothing happens.
    ///
    /// Cost: reading and writing what is live, on the writer thread.
    pub fn collect(&self, live: Vec<RowKey>) {
        self.order(Order::Collect(live));
    }

    /// What is stored, by table. Reads every row's header.
    pub fn stats(&self) -> Stats {
        let tables = Table::ALL.map(|table| {
            let rows = self.list(table);
            let bytes = rows.iter().map(|(_, bytes)| bytes).sum();
            TableStats { table, rows: rows.len() as u64, bytes }
        });
        let disk_bytes = self.disk.as_ref().map_or(0, |disk| disk::size(&disk.dir));
        Stats { tables: tables.into(), disk_bytes }
    }

    /// Reads every row, removes those that are not what was written and the leftovers of interrupted
    /// commits. Waits for commits before it. In memory there is nothing to find.
    pub fn verify(&self) -> VerifyReport {
        let (answer, answered) = mpsc::channel();
        self.order(Order::Verify(answer));
        answered.recv().unwrap_or_default()
    }

    /// Sends an order to the writer; in memory it vanishes, with its answer's sender.
    fn order(&self, order: Order) {
        if let Some(orders) = self.disk.as_ref().and_then(|disk| disk.orders.as_ref()) {
            // A writer that is gone took the shared state to failed before.
            drop(orders.send(order));
        }
    }
}

impl fmt::Debug for Store {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let place = self.disk.as_ref().map_or("memory", |disk| disk.dir.as_str());
        write!(f, "Store({place})")
    }
}

impl Drop for Store {
    fn drop(&mut self) {
        let Some(mut disk) = self.disk.take() else { return };
        drop(disk.orders.take());
        if let Some(writer) = disk.writer.take() {
            // Its panics are caught where they may happen; one that got through has been printed already.
            drop(writer.join());
        }
        let collected = self.shared.collected.load(Ordering::Relaxed);
        // The writer's share is gone, so this closes sled; only then may another process come in.
        drop(std::mem::take(&mut self.shared));
        if collected && let Err(error) = collect::swap(&disk.dir) {
            tracing::debug!("no room is made in {}: {error}", disk.dir);
        }
        drop(disk.lock.take());
    }
}

#[cfg(test)]
#[path = "store_tests.rs"]
pub(crate) mod tests;
