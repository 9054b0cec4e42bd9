//! Making room: what is live is copied into rows of its own, and those take the place of the old ones (rule R10).
//! Deleting alone hardly shrinks sled.
//!
//! ```text
//! rows/ in use, live rows copied to rows.next/ → rows/ closed → rows/ becomes rows.old/
//!                                              → rows.next/ becomes rows/ → rows.old/ removed
//! ```
//!
//! A process may end anywhere in between: whoever opens the cache next takes `rows` if it is there, else
//! `rows.next`, and removes what is left of the others.

use std::fs;
use std::io;

use camino::Utf8Path;

use crate::disk;
use crate::place::{NEXT, OLD, ROWS};
use crate::rows::{Fault, Found, Rows, wait_until_idle};
use crate::table::RowKey;

/// Copies the rows named in `live` aside, durably. What is missing or damaged is left out.
pub(crate) fn copy(rows: &Rows, live: &[RowKey], dir: &Utf8Path) -> Result<(), Fault> {
    let next = dir.join(NEXT);
    disk::remove(&next)?;
    disk::create_private_dir(&next)?;
    let copy = Rows::open(&next)?;
    for (table, key) in live {
        if let Found::Payload(payload) = rows.get(*table, key)? {
            copy.put(*table, key, payload.bytes())?;
        }
    }
    copy.make_durable()
}

/// Puts the copy in the place of the rows, which must be closed.
pub(crate) fn swap(dir: &Utf8Path) -> io::Result<()> {
    let (rows, next, old) = (dir.join(ROWS), dir.join(NEXT), dir.join(OLD));
    if !wait_until_idle(&rows) || !wait_until_idle(&next) {
        return Err(io::ErrorKind::WouldBlock.into());
    }
    disk::remove(&old)?;
    fs::rename(&rows, &old)?;
    fs::rename(&next, &rows)?;
    disk::remove(&old)
}

/// Ends what a process before this one began.
pub(crate) fn tidy(dir: &Utf8Path) -> io::Result<()> {
    let (rows, next) = (dir.join(ROWS), dir.join(NEXT));
    if !rows.try_exists()? && next.try_exists()? {
        fs::rename(&next, &rows)?;
    }
    disk::remove(&next)?;
    disk::remove(&dir.join(OLD))
}
