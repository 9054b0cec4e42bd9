//! Opening the rows whatever state the directory is in (rule R6).
//!
//! ```text
//! lock → drop sled's unfinished snapshot → open → drop all of sled's snapshots, open again
//!      → put the rows aside as quarantine-N (two are kept), open afresh
//! ```
//!
//! What is wrong with the bytes leads down this ladder; what is wrong with the system (a full disk, missing
//! permission, another process) ends it at once: then the rows are probably fine and only not ours to use.

use std::fs;
use std::io::{self, ErrorKind};
use std::time::Duration;

use camino::Utf8Path;

use crate::collect;
use crate::disk;
use crate::lock::{Lock, LockError};
use crate::place::{DAMAGED, QUARANTINE, ROWS};
use crate::rows::{Fault, Rows};
use crate::store::Notice;

/// How many broken caches are kept for inspection.
const QUARANTINED: usize = 2;

/// An open cache and what had to be done to open it.
pub(crate) struct Opened {
    pub(crate) rows: Rows,
    pub(crate) lock: Lock,
    pub(crate) notices: Vec<Notice>,
}

/// Opens the cache in `dir`, waiting at most `wait` for another process; otherwise says why not.
pub(crate) fn open(dir: &Utf8Path, wait: Duration) -> Result<Opened, Notice> {
    let lock = Lock::acquire(dir, wait).map_err(|error| match error {
        LockError::Held { .. } => {
            Notice::new("cache-locked", format!("{error}; this run does not use the cache in {dir}"))
        }
        LockError::Io(error) => unusable(dir, &error),
    })?;
    let mut notices = Vec::new();
    let rows = open_locked(dir, &mut notices).map_err(|fault| unusable(dir, &fault))?;
    Ok(Opened { rows, lock, notices })
}

fn unusable(dir: &Utf8Path, error: &dyn std::fmt::Display) -> Notice {
    let message = format!(
        "the cache in {dir} cannot be used ({error}); this run keeps everything in memory. \
         Choose another place with --cache-dir, or none with --no-cache"
    );
    Notice::new("cache-unusable", message)
}

fn open_locked(dir: &Utf8Path, notices: &mut Vec<Notice>) -> Result<Rows, Fault> {
    collect::tidy(dir)?;
    let rows = dir.join(ROWS);
    if rows.symlink_metadata().is_ok_and(|metadata| !metadata.is_dir()) {
        // A file or a link where our directory should be: sled would follow it.
        disk::remove(&rows)?;
    }
    disk::create_private_dir(&rows)?;
    let reason = if dir.join(DAMAGED).try_exists()? {
        "the last run found damaged rows".to_owned()
    } else {
        // An empty one makes sled report corruption; a full one says nothing the log does not.
        remove_snapshots(&rows, |name| name.ends_with(".generating"))?;
        match Rows::open(&rows) {
            Err(Fault::Damaged(reason)) => {
                tracing::debug!("{rows}: {reason}; trying without snapshots");
                remove_snapshots(&rows, |_| true)?;
                match Rows::open(&rows) {
                    Err(Fault::Damaged(reason)) => reason,
                    other => return other,
                }
            }
            other => return other,
        }
    };
    let aside = quarantine(dir)?;
    notices.push(Notice::new(
        "cache-rebuilt",
        format!("the cache was damaged and is built anew ({reason}); the damaged one is in {aside}"),
    ));
    disk::create_private_dir(&rows)?;
    Rows::open(&rows)
}

fn remove_snapshots(rows: &Utf8Path, which: impl Fn(&str) -> bool) -> io::Result<()> {
    for entry in rows.read_dir_utf8()? {
        let entry = entry?;
        if entry.file_name().starts_with("snap.") && which(entry.file_name()) {
            disk::remove(entry.path())?;
        }
    }
    Ok(())
}

/// Puts the rows aside under the next free number, and removes all but the newest quarantines.
fn quarantine(dir: &Utf8Path) -> io::Result<camino::Utf8PathBuf> {
    let mut numbers = Vec::new();
    for entry in dir.read_dir_utf8()? {
        let number =
            entry?.file_name().strip_prefix(QUARANTINE).and_then(|number| number.parse::<u32>().ok());
        numbers.extend(number);
    }
    numbers.sort_unstable();
    let next = numbers.last().map_or(1, |last| last.saturating_add(1));
    let aside = dir.join(format!("{QUARANTINE}{next}"));
    fs::rename(dir.join(ROWS), &aside)?;
    disk::remove(&dir.join(DAMAGED))?;
    numbers.push(next);
    for number in &numbers[..numbers.len().saturating_sub(QUARANTINED)] {
        disk::remove(&dir.join(format!("{QUARANTINE}{number}")))?;
    }
    Ok(aside)
}

/// Leaves word for the next process that the rows must not be trusted to sled again.
pub(crate) fn mark_damaged(dir: &Utf8Path) {
    let mut options = fs::OpenOptions::new();
    let marked = disk::no_follow(options.write(true).create_new(true)).open(dir.join(DAMAGED));
    if let Err(error) = marked
        && error.kind() != ErrorKind::AlreadyExists
    {
        tracing::debug!("cannot mark {dir} as damaged: {error}");
    }
}
