//! What a process was working on, in case it dies of it.
//!
//! A small valid file can make a library overflow its stack, which no handler catches: the process is gone.
//! Each file is therefore noted before it is handed over and struck out afterwards, and the next process
//! finds what was left standing.

use std::collections::BTreeSet;
use std::fs::{self, File, OpenOptions};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk;
use crate::lock::Lock;
use crate::place::IN_FLIGHT;

/// Bytes for one entry: `1`, the length of the path (2), the hash (32), the path.
const SLOT: usize = 4096;
const FIXED: usize = 1 + 2 + 32;

/// No process has more entries at once than threads times a small number; a larger file is not ours.
const SLOTS: u64 = 1 << 14;

/// A path and the hash of what it held.
type Entry = (String, [u8; 32]);

/// How long to wait for another process that is reading leftovers just now.
const WAIT: Duration = Duration::from_secs(2);

/// A log of what is being worked on, for [`Self::open`] of a later process to read if this one dies.
///
/// Entries are written to the file at once and never synced: they survive the death of the process, not that
/// of the machine, and cost two system calls. Each living process has a file of its own, locked, so that
/// nobody takes the living for dead. Where the file cannot be had, all of this does nothing.
#[derive(Debug)]
pub struct InFlight {
    log: Option<Mutex<Log>>,
}

#[derive(Debug)]
struct Log {
    file: File,
    path: Utf8PathBuf,
    /// The entry in each slot of the file. Few: a linear search is the fastest.
    slots: Vec<Option<Box<str>>>,
}

impl InFlight {
    /// Starts a log in the cache directory `dir`; returns it and what dead processes left unfinished: paths
    /// with the hashes given for them, sorted. Leftovers are told once.
    ///
    /// A process that was killed, or interrupted by its user, leaves entries too: they accuse, they do not
    /// convict.
    pub fn open(dir: &Utf8Path) -> (Self, Vec<(String, [u8; 32])>) {
        match open(&dir.join(IN_FLIGHT)) {
            Ok((log, left)) => (Self { log: Some(Mutex::new(log)) }, left.into_iter().collect()),
            Err(error) => {
                tracing::debug!("no log of work in flight in {dir}: {error}");
                (Self::none(), Vec::new())
            }
        }
    }

    /// A log that forgets everything: for stores in memory.
    pub fn none() -> Self {
        Self { log: None }
    }

    /// Notes that work on the file with this content begins. The same path may be noted several times.
    pub fn started(&self, path: &str, hash: [u8; 32]) {
        self.with(|log| log.note(path, hash));
    }

    /// Strikes out one note of `path`.
    pub fn done(&self, path: &str) {
        self.with(|log| log.strike(path));
    }

    fn with(&self, action: impl FnOnce(&mut Log) -> io::Result<()>) {
        let Some(log) = &self.log else { return };
        if let Err(error) = action(&mut log.lock().unwrap_or_else(PoisonError::into_inner)) {
            tracing::debug!("the log of work in flight cannot be written: {error}");
        }
    }
}

impl Drop for Log {
    fn drop(&mut self) {
        if let Err(error) = fs::remove_file(&self.path) {
            tracing::debug!("cannot remove {}: {error}", self.path);
        }
    }
}

impl Log {
    fn note(&mut self, path: &str, hash: [u8; 32]) -> io::Result<()> {
        let len = path.len();
        let Some(len) = u16::try_from(len).ok().filter(|_| FIXED + len <= SLOT) else { return Ok(()) };
        let mut entry = [0; SLOT];
        entry[0] = 1;
        entry[1..3].copy_from_slice(&len.to_le_bytes());
        entry[3..FIXED].copy_from_slice(&hash);
        let end = FIXED + path.len();
        entry[FIXED..end].copy_from_slice(path.as_bytes());
        let at = self.slots.iter().position(Option::is_none).unwrap_or_else(|| {
            self.slots.push(None);
            self.slots.len() - 1
        });
        self.slots[at] = Some(path.into());
        self.write(at, &entry[..end])
    }

    fn strike(&mut self, path: &str) -> io::Result<()> {
        match self.slots.iter().position(|slot| slot.as_deref() == Some(path)) {
            Some(at) => {
                self.slots[at] = None;
                self.write(at, &[0])
            }
            None => Ok(()),
        }
    }

    fn write(&mut self, slot: usize, bytes: &[u8]) -> io::Result<()> {
        self.file.seek(SeekFrom::Start((slot * SLOT) as u64))?;
        self.file.write_all(bytes)
    }
}

fn open(dir: &Utf8Path) -> io::Result<(Log, BTreeSet<Entry>)> {
    // Held only here: between creating a file and locking it, it would look dead to others.
    let _lock = Lock::acquire(dir, WAIT).map_err(io::Error::other)?;
    let mut left = BTreeSet::new();
    for entry in dir.read_dir_utf8()? {
        let path = entry?.into_path();
        if path.extension() == Some("log") {
            collect(&path, &mut left)?;
        }
    }
    let mut number = 0u32;
    loop {
        let path = dir.join(format!("{}-{number}.log", process::id()));
        let mut options = OpenOptions::new();
        match disk::no_follow(options.write(true).create_new(true)).open(&path) {
            Ok(file) => {
                file.lock()?;
                return Ok((Log { file, path, slots: Vec::new() }, left));
            }
            Err(error) if error.kind() == io::ErrorKind::AlreadyExists => number += 1,
            Err(error) => return Err(error),
        }
    }
}

/// Reads and removes the log at `path`, unless its process lives.
fn collect(path: &Utf8Path, left: &mut BTreeSet<Entry>) -> io::Result<()> {
    let mut options = OpenOptions::new();
    let file = disk::no_follow(options.read(true).write(true)).open(path)?;
    if file.try_lock().is_err() {
        return Ok(());
    }
    let mut bytes = Vec::new();
    file.take(SLOTS * SLOT as u64).read_to_end(&mut bytes)?;
    left.extend(bytes.chunks(SLOT).filter_map(entry));
    fs::remove_file(path)
}

/// The entry in a slot; `None` for an empty one, and for bytes that are none of ours.
fn entry(slot: &[u8]) -> Option<Entry> {
    let (&1, slot) = slot.split_first()? else { return None };
    let (len, slot) = slot.split_first_chunk::<2>()?;
    let (hash, slot) = slot.split_first_chunk::<32>()?;
    let path = slot.get(..usize::from(u16::from_le_bytes(*len)))?;
    Some((String::from_utf8(path.to_vec()).ok()?, *hash))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::scratch;

    /// What a dead process leaves: its file, unlocked.
    fn die(log: InFlight, dir: &Utf8Path) {
        let path = log.log.as_ref().unwrap().lock().unwrap().path.clone();
        let bytes = fs::read(&path).unwrap();
        drop(log);
        fs::write(dir.join(IN_FLIGHT).join("1-0.log"), bytes).unwrap();
    }

    #[test]
    fn what_was_not_done_is_found_once() {
        let (_guard, dir) = scratch();
        let (log, left) = InFlight::open(&dir);
        assert_eq!(left, []);
        log.started("a.py", [1; 32]);
        log.started("b.py", [2; 32]);
        log.started("b.py", [2; 32]);
        log.done("a.py");
        log.started("a long name.py", [3; 32]);
        log.done("b.py");
        die(log, &dir);
        let (_log, left) = InFlight::open(&dir);
        assert_eq!(left, [("a long name.py".to_owned(), [3; 32]), ("b.py".to_owned(), [2; 32])]);
        assert_eq!(InFlight::open(&dir).1, []);
    }

    #[test]
    fn the_living_are_not_taken_for_dead_and_the_orderly_leave_nothing() {
        let (_guard, dir) = scratch();
        let (first, _) = InFlight::open(&dir);
        first.started("a.py", [1; 32]);
        let (second, left) = InFlight::open(&dir);
        assert_eq!(left, []);
        second.started("b.py", [1; 32]);
        drop((first, second));
        assert_eq!(InFlight::open(&dir).1, []);
    }

    #[test]
    fn a_damaged_log_and_a_path_too_long_are_no_entries() {
        let (_guard, dir) = scratch();
        let (log, _) = InFlight::open(&dir);
        log.started(&"x".repeat(5000), [1; 32]);
        log.started("é.py", [1; 32]);
        die(log, &dir);
        let path = dir.join(IN_FLIGHT).join("1-0.log");
        let mut bytes = fs::read(&path).unwrap();
        bytes[FIXED] = 0xff;
        fs::write(&path, bytes).unwrap();
        assert_eq!(InFlight::open(&dir).1, []);
    }

    #[test]
    fn without_a_place_nothing_happens() {
        let (_guard, dir) = scratch();
        fs::write(&dir, "a file").unwrap();
        let (log, left) = InFlight::open(&dir);
        log.started("a.py", [1; 32]);
        log.done("a.py");
        assert_eq!(left, []);
    }
}
