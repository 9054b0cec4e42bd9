//! The rows on disk: the only module that names sled.
//!
//! sled 0.34.7 is fast and survives `kill -9`, and it panics on what it does not expect, loses rows after a
//! flipped byte without a word, and does not sync what `flush` wrote. So each call runs under
//! [`catch_unwind`], each row is checked against its envelope, and the sync is ours.
//!
//! A value is a row of at most [`PIECE`] bytes; a longer one has only its header in the table and its bytes,
//! in pieces, in a tree of their own, under the digest in the header. That makes a piece immutable: a row
//! that is written anew gets other pieces, and a torn update is a row whose pieces are missing.

use std::any::Any;
use std::collections::BTreeSet;
use std::io::{self, ErrorKind};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::thread;
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk;
use crate::envelope::{Context, HEADER, Header, PAYLOAD_LIMIT};
use crate::table::Table;

/// The most bytes of payload in one sled value.
///
/// sled splits a leaf by the number of its items only (at 17), and moves a leaf beyond 128 KiB out into a
/// file of its own, which it may never delete. With pieces of this size no leaf grows that far.
pub(crate) const PIECE: usize = 6 * 1024;

/// Pages sled keeps in memory. Rows are read once, in key order, and then live decoded in the engine.
const CACHE_BYTES: u64 = 16 << 20;

/// How long sled's own lock may outlive the `Db` it belonged to: its background threads let go of the file
/// a little later.
const LINGERING: Duration = Duration::from_secs(2);

const PIECES: &str = "pieces";

/// Why the rows could not be used.
#[derive(Debug, thiserror::Error)]
pub(crate) enum Fault {
    /// The files are not what sled wrote, or sled panicked over them.
    #[error("{0}")]
    Damaged(String),
    /// The file system refused.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl From<sled::Error> for Fault {
    fn from(error: sled::Error) -> Self {
        match error {
            sled::Error::Io(error) if is_environment(error.kind()) => Self::Io(error),
            other => Self::Damaged(other.to_string()),
        }
    }
}

/// Whether an I/O error speaks of the system and not of the bytes in the files.
fn is_environment(kind: ErrorKind) -> bool {
    matches!(
        kind,
        ErrorKind::PermissionDenied
            | ErrorKind::ReadOnlyFilesystem
            | ErrorKind::StorageFull
            | ErrorKind::QuotaExceeded
            | ErrorKind::FileTooLarge
            | ErrorKind::NotADirectory
            | ErrorKind::OutOfMemory
            | ErrorKind::WouldBlock
    )
}

/// Runs `action`, with a panic of sled's as an error.
fn guarded<T>(action: impl FnOnce() -> Result<T, Fault>) -> Result<T, Fault> {
    catch_unwind(AssertUnwindSafe(action)).unwrap_or_else(|panic| Err(Fault::Damaged(message(&*panic))))
}

fn message(panic: &(dyn Any + Send)) -> String {
    let text = panic.downcast_ref::<String>().map(String::as_str);
    text.or_else(|| panic.downcast_ref::<&str>().copied()).unwrap_or("panicked").to_owned()
}

/// A value as it lies on disk: names one version of a row, for [`Rows::forget`].
#[derive(Clone, Debug)]
pub(crate) struct Raw(sled::IVec);

/// What a row holds.
pub(crate) enum Found {
    /// The payload, checked against its envelope.
    Payload(Payload),
    /// Nothing.
    Absent,
    /// Something that is not what was written.
    Damaged(Raw),
}

/// Checked bytes.
pub(crate) struct Payload {
    /// The row they came from.
    pub(crate) raw: Raw,
    joined: Option<Vec<u8>>,
}

impl Payload {
    pub(crate) fn bytes(&self) -> &[u8] {
        self.joined.as_deref().unwrap_or_else(|| &self.raw.0[HEADER..])
    }
}

struct Trees {
    db: sled::Db,
    tables: [sled::Tree; Table::ALL.len()],
    pieces: sled::Tree,
}

/// The open rows. Read from any thread; written by the writer thread alone.
pub(crate) struct Rows {
    /// `None` only while dropping.
    trees: Option<Trees>,
    dir: Utf8PathBuf,
}

impl Rows {
    /// Opens sled in `dir`, which the caller has locked.
    pub(crate) fn open(dir: &Utf8Path) -> Result<Self, Fault> {
        let deadline = Instant::now() + LINGERING;
        loop {
            match guarded(|| Self::open_once(dir)) {
                Err(Fault::Damaged(reason)) if reason.contains("could not acquire lock") => {
                    if Instant::now() >= deadline {
                        return Err(io::Error::new(ErrorKind::WouldBlock, reason).into());
                    }
                    thread::sleep(Duration::from_millis(10));
                }
                other => return other,
            }
        }
    }

    fn open_once(dir: &Utf8Path) -> Result<Self, Fault> {
        let db = sled::Config::default()
            .path(dir)
            .mode(sled::Mode::HighThroughput)
            .cache_capacity(CACHE_BYTES)
            .flush_every_ms(None)
            .open()?;
        let open = |table: Table| db.open_tree(table.name());
        let [facts, answers, edges, generations, lists, archives, names] = Table::ALL.map(open);
        let tables = [facts?, answers?, edges?, generations?, lists?, archives?, names?];
        let pieces = db.open_tree(PIECES)?;
        Ok(Self { trees: Some(Trees { db, tables, pieces }), dir: dir.to_owned() })
    }

    fn trees(&self) -> &Trees {
        self.trees.as_ref().expect("taken in `drop` only")
    }

    fn table(&self, table: Table) -> &sled::Tree {
        &self.trees().tables[table.index()]
    }

    /// The row under `key`.
    pub(crate) fn get(&self, table: Table, key: &[u8]) -> Result<Found, Fault> {
        guarded(|| {
            let mut read = self.table(table).get(key)?;
            loop {
                let Some(raw) = read else { return Ok(Found::Absent) };
                match self.open_envelope(table, key, raw)? {
                    Found::Damaged(raw) => {
                        // Its pieces may have gone because the row was written anew just now.
                        read = self.table(table).get(key)?;
                        if read.as_ref() == Some(&raw.0) {
                            return Ok(Found::Damaged(raw));
                        }
                    }
                    found => return Ok(found),
                }
            }
        })
    }

    fn open_envelope(&self, table: Table, key: &[u8], raw: sled::IVec) -> Result<Found, Fault> {
        let Some((header, inline)) = Header::decode(&raw) else { return Ok(Found::Damaged(Raw(raw))) };
        let context = Context::Row(table, key);
        if header.len <= PIECE as u64 {
            let intact = header.matches(context, inline);
            let raw = Raw(raw);
            return Ok(if intact {
                Found::Payload(Payload { raw, joined: None })
            } else {
                Found::Damaged(raw)
            });
        }
        // Grows with what is really there: a damaged length allocates nothing.
        let mut joined = Vec::new();
        for piece in self.trees().pieces.scan_prefix(pieces_prefix(table, key, header)) {
            let (_, bytes) = piece?;
            if joined.len() as u64 + bytes.len() as u64 > header.len {
                break;
            }
            joined.extend_from_slice(&bytes);
        }
        let intact = inline.is_empty() && header.matches(context, &joined);
        let raw = Raw(raw);
        Ok(if intact { Found::Payload(Payload { raw, joined: Some(joined) }) } else { Found::Damaged(raw) })
    }

    /// Writes a row. Returns the version it replaces where that has pieces of its own: they are removed by
    /// [`Self::remove_pieces`] once nothing refers to the old version any more.
    pub(crate) fn put(&self, table: Table, key: &[u8], payload: &[u8]) -> Result<Option<Raw>, Fault> {
        if payload.len() as u64 > PAYLOAD_LIMIT {
            return Err(io::Error::from(ErrorKind::FileTooLarge).into());
        }
        guarded(|| {
            let header = Header::of(Context::Row(table, key), payload);
            let mut row = header.encode().to_vec();
            if payload.len() <= PIECE {
                row.extend_from_slice(payload);
            } else {
                let prefix = pieces_prefix(table, key, header);
                for (number, piece) in (0u32..).zip(payload.chunks(PIECE)) {
                    let key = [&prefix[..], &number.to_be_bytes()].concat();
                    self.trees().pieces.insert(key, piece)?;
                }
            }
            let old = self.table(table).insert(key, row)?;
            let replaces = |old: &sled::IVec| Header::decode(old).is_some_and(|(old, _)| old != header);
            Ok(old.filter(replaces).map(Raw))
        })
    }

    /// Removes a row and its pieces.
    pub(crate) fn remove(&self, table: Table, key: &[u8]) -> Result<(), Fault> {
        guarded(|| match self.table(table).remove(key)? {
            Some(old) => self.remove_pieces_of(table, key, &old),
            None => Ok(()),
        })
    }

    /// Removes this version of a row, and leaves any other.
    pub(crate) fn forget(&self, table: Table, key: &[u8], raw: &Raw) -> Result<(), Fault> {
        guarded(|| match self.table(table).compare_and_swap(key, Some(&raw.0), None::<&[u8]>)? {
            Ok(()) => self.remove_pieces_of(table, key, &raw.0),
            Err(_) => Ok(()),
        })
    }

    /// Removes the pieces of a version that [`Self::put`] replaced.
    pub(crate) fn remove_pieces(&self, table: Table, key: &[u8], replaced: &Raw) -> Result<(), Fault> {
        guarded(|| self.remove_pieces_of(table, key, &replaced.0))
    }

    fn remove_pieces_of(&self, table: Table, key: &[u8], raw: &[u8]) -> Result<(), Fault> {
        if let Some((header, _)) = Header::decode(raw).filter(|(header, _)| header.len > PIECE as u64) {
            for key in self.trees().pieces.scan_prefix(pieces_prefix(table, key, header)).keys() {
                self.trees().pieces.remove(key?)?;
            }
        }
        Ok(())
    }

    /// Each row's key and size in bytes (as its header has it), in key order.
    pub(crate) fn list(&self, table: Table) -> Result<Vec<(Vec<u8>, u64)>, Fault> {
        guarded(|| {
            let mut rows = Vec::new();
            for row in self.table(table) {
                let (key, raw) = row?;
                let bytes = Header::decode(&raw).map_or(raw.len() as u64, |(header, _)| header.len);
                rows.push((key.to_vec(), bytes));
            }
            Ok(rows)
        })
    }

    /// Removes pieces that belong to no row, and says how many there were. A process killed in the middle of
    /// a commit leaves such pieces.
    pub(crate) fn remove_orphans(&self) -> Result<u64, Fault> {
        guarded(|| {
            let mut wanted = BTreeSet::new();
            for table in Table::ALL {
                for row in self.table(table) {
                    let (key, raw) = row?;
                    wanted.extend(Header::decode(&raw).map(|(header, _)| pieces_prefix(table, &key, header)));
                }
            }
            let mut removed = 0;
            for key in self.trees().pieces.iter().keys() {
                let key = key?;
                if !key.split_last_chunk::<4>().is_some_and(|(prefix, _)| wanted.contains(prefix)) {
                    self.trees().pieces.remove(key)?;
                    removed += 1;
                }
            }
            Ok(removed)
        })
    }

    /// Waits until everything written so far is on the medium. sled's `flush` alone does not do that: on
    /// Linux it uses `sync_file_range`, which survives the process but not the power.
    pub(crate) fn make_durable(&self) -> Result<(), Fault> {
        guarded(|| {
            self.trees().db.flush()?;
            disk::sync_files_in(&self.dir.join("blobs"))?;
            disk::sync_files_in(&self.dir)?;
            Ok(())
        })
    }
}

/// Waits until nothing of a closed `Rows` is at work in `dir` any more: sled's background threads may write there
/// for a little while yet, and go by its name. Whether they came to an end in time.
pub(crate) fn wait_until_idle(dir: &Utf8Path) -> bool {
    let deadline = Instant::now() + LINGERING;
    let Ok(file) = std::fs::File::open(dir.join("db")) else { return false };
    while file.try_lock().is_err() {
        if Instant::now() >= deadline {
            return false;
        }
        thread::sleep(Duration::from_millis(1));
    }
    true
}

impl Drop for Rows {
    fn drop(&mut self) {
        let trees = self.trees.take();
        if let Err(fault) = guarded(|| {
            drop(trees);
            Ok(())
        }) {
            tracing::debug!("closing {}: {fault}", self.dir);
        }
    }
}

/// What the keys of a value's pieces begin with; their number follows, big-endian.
///
/// In the order of the rows, so that reading neighbouring rows reads neighbouring pieces (by digest alone,
/// loading a cache took eight times as long). The length keeps one key from being the beginning of another.
fn pieces_prefix(table: Table, key: &[u8], header: Header) -> Vec<u8> {
    let mut prefix = Vec::with_capacity(1 + 4 + key.len() + header.digest.len() + 4);
    prefix.push(table.index() as u8);
    prefix.extend_from_slice(&(key.len() as u32).to_be_bytes());
    prefix.extend_from_slice(key);
    prefix.extend_from_slice(&header.digest);
    prefix
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::scratch;

    fn payload(rows: &Rows, table: Table, key: &[u8]) -> Option<Vec<u8>> {
        match rows.get(table, key).unwrap() {
            Found::Payload(payload) => Some(payload.bytes().to_vec()),
            Found::Absent => None,
            Found::Damaged(_) => panic!("damaged"),
        }
    }

    fn pieces(rows: &Rows) -> usize {
        rows.trees().pieces.len()
    }

    #[test]
    fn values_of_every_size_come_back_and_take_their_pieces_along() {
        let (_guard, dir) = scratch();
        let rows = Rows::open(&dir).unwrap();
        for size in [0, 1, PIECE - 1, PIECE, PIECE + 1, 2 * PIECE, 2 * PIECE + 1, 20 * PIECE] {
            let value: Vec<u8> = (0..size).map(|at| (at % 251) as u8).collect();
            if let Some(old) = rows.put(Table::Facts, b"k", &value).unwrap() {
                rows.remove_pieces(Table::Facts, b"k", &old).unwrap();
            }
            assert_eq!(payload(&rows, Table::Facts, b"k"), Some(value), "{size}");
            assert_eq!(pieces(&rows), if size <= PIECE { 0 } else { size.div_ceil(PIECE) });
        }
        rows.remove(Table::Facts, b"k").unwrap();
        assert_eq!((payload(&rows, Table::Facts, b"k"), pieces(&rows)), (None, 0));
    }

    #[test]
    fn rewriting_an_equal_value_keeps_its_pieces() {
        let (_guard, dir) = scratch();
        let rows = Rows::open(&dir).unwrap();
        let value = vec![7; 3 * PIECE];
        assert!(rows.put(Table::Edges, b"k", &value).unwrap().is_none());
        assert!(rows.put(Table::Edges, b"k", &value).unwrap().is_none());
        assert_eq!(payload(&rows, Table::Edges, b"k"), Some(value));
    }

    #[test]
    fn a_row_in_anothers_place_is_damaged() {
        let (_guard, dir) = scratch();
        let rows = Rows::open(&dir).unwrap();
        for size in [10, 3 * PIECE] {
            rows.put(Table::Facts, b"k", &vec![1; size]).unwrap();
            let raw = rows.table(Table::Facts).get(b"k").unwrap().unwrap();
            for (table, key) in [(Table::Facts, b"l"), (Table::Answers, b"k")] {
                rows.table(table).insert(key, &raw).unwrap();
                assert!(matches!(rows.get(table, key).unwrap(), Found::Damaged(_)));
            }
        }
    }

    #[test]
    fn missing_altered_and_surplus_pieces_are_damage_and_forget_removes_the_version() {
        let (_guard, dir) = scratch();
        let rows = Rows::open(&dir).unwrap();
        let value = vec![1; 3 * PIECE];
        let number = |number| {
            let raw = rows.table(Table::Facts).get(b"k").unwrap().unwrap();
            let prefix = pieces_prefix(Table::Facts, b"k", Header::decode(&raw).unwrap().0);
            [&prefix[..], &u32::to_be_bytes(number)].concat()
        };
        let spoilers: [&dyn Fn(); 3] = [
            &|| drop(rows.trees().pieces.remove(number(1)).unwrap()),
            &|| drop(rows.trees().pieces.insert(number(1), vec![2; PIECE]).unwrap()),
            &|| drop(rows.trees().pieces.insert(number(0), vec![1; PIECE + 1]).unwrap()),
        ];
        for spoil in spoilers {
            rows.put(Table::Facts, b"k", &value).unwrap();
            spoil();
            let Found::Damaged(raw) = rows.get(Table::Facts, b"k").unwrap() else { panic!("not noticed") };
            rows.forget(Table::Facts, b"k", &raw).unwrap();
            assert!(matches!(rows.get(Table::Facts, b"k").unwrap(), Found::Absent));
            assert_eq!(pieces(&rows), 0);
            rows.put(Table::Facts, b"k", b"newer").unwrap();
            rows.forget(Table::Facts, b"k", &raw).unwrap();
            assert_eq!(payload(&rows, Table::Facts, b"k").as_deref(), Some(&b"newer"[..]));
        }
    }

    #[test]
    fn orphaned_pieces_are_found() {
        let (_guard, dir) = scratch();
        let rows = Rows::open(&dir).unwrap();
        rows.put(Table::Facts, b"kept", &vec![1; 2 * PIECE]).unwrap();
        rows.put(Table::Facts, b"k", &vec![1; 3 * PIECE]).unwrap();
        rows.table(Table::Facts).remove(b"k").unwrap();
        assert_eq!(rows.remove_orphans().unwrap(), 3);
        assert_eq!(payload(&rows, Table::Facts, b"kept"), Some(vec![1; 2 * PIECE]));
    }
}
