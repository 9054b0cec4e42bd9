//! HEAD: what the newest commit says of itself, in a file of its own.
//!
//! A run in which nothing has changed reads this one file and never opens the rows. It is swapped by rename,
//! after everything the commit put is on the medium (see `writer`), and the one before is kept, because a
//! power loss may take the newest with it.

use std::fs::{self, OpenOptions};
use std::io::{self, ErrorKind, Write};

use camino::Utf8Path;
use serde::de::DeserializeOwned;

use crate::batch::decode;
use crate::disk;
use crate::envelope::{Context, HEADER, Header, PAYLOAD_LIMIT};

const CURRENT: &str = "HEAD";
const PREVIOUS: &str = "HEAD.previous";
const NEXT: &str = "HEAD.next";

pub(crate) const FILES: [&str; 3] = [CURRENT, PREVIOUS, NEXT];

/// A head that was read, and which of the two it is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Head<T> {
    /// What was committed.
    pub value: T,
    /// [`HeadStatus::Current`] or [`HeadStatus::Previous`].
    pub status: HeadStatus,
}

/// What became of the search for a head.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum HeadStatus {
    /// The newest commit's head.
    Current,
    /// The one before: the newest is missing or damaged, and what it added is computed again.
    Previous,
    /// There is none: nothing was ever committed here.
    Missing,
    /// There was one, and neither it nor its predecessor can be trusted.
    Damaged,
}

/// Reads the newest head that is intact and decodes as `T`; `None` where there is none. Does not open the
/// rows and takes no lock: the file is swapped atomically, so any reader sees a whole one.
///
/// A head is no proof (rule R5): rows it names may be gone all the same.
pub fn read_head<T: DeserializeOwned>(dir: &Utf8Path) -> Option<Head<T>> {
    let (value, status) = search(dir, decode::<T>);
    Some(Head { value: value?, status })
}

/// Which head [`read_head`] would find, whatever type it is of: for messages and reports.
pub fn head_status(dir: &Utf8Path) -> HeadStatus {
    search(dir, |_| Some(())).1
}

fn search<T>(dir: &Utf8Path, accept: impl Fn(&[u8]) -> Option<T>) -> (Option<T>, HeadStatus) {
    let mut seen = false;
    for (name, status) in [(CURRENT, HeadStatus::Current), (PREVIOUS, HeadStatus::Previous)] {
        match read(&dir.join(name)) {
            Ok(bytes) => {
                seen = true;
                if let Some(value) = payload(&bytes).and_then(&accept) {
                    return (Some(value), status);
                }
                tracing::debug!("{name} in {dir} is damaged or of another version");
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            Err(error) => {
                seen = true;
                tracing::debug!("{name} in {dir} cannot be read: {error}");
            }
        }
    }
    (None, if seen { HeadStatus::Damaged } else { HeadStatus::Missing })
}

/// The file's bytes, unless it is something no head can be.
fn read(path: &Utf8Path) -> io::Result<Vec<u8>> {
    let metadata = path.symlink_metadata()?;
    if !metadata.is_file() || metadata.len() > PAYLOAD_LIMIT {
        return Err(ErrorKind::InvalidData.into());
    }
    fs::read(path)
}

fn payload(bytes: &[u8]) -> Option<&[u8]> {
    let (header, payload) = Header::decode(bytes)?;
    header.matches(Context::Head, payload).then_some(payload)
}

/// Swaps HEAD, keeping the one before if it is intact. The writer thread's alone.
///
/// Between the two renames there is no HEAD for a moment; a reader, or a crash, then finds the one before,
/// which is as good as having come a moment earlier.
pub(crate) fn write(dir: &Utf8Path, payload: &[u8]) -> io::Result<()> {
    let header = Header::of(Context::Head, payload).encode();
    let current = read(&dir.join(CURRENT)).ok().filter(|bytes| self::payload(bytes).is_some());
    if current.as_ref().is_some_and(|bytes| bytes[..HEADER] == header) {
        return Ok(());
    }
    let next = dir.join(NEXT);
    write_synced(&next, &[&header, payload]).inspect_err(|_| {
        // The disk is full, most likely: what was written of it goes, as far as that works.
        let _ = disk::remove(&next);
    })?;
    if current.is_some() {
        fs::rename(dir.join(CURRENT), dir.join(PREVIOUS))?;
    }
    fs::rename(&next, dir.join(CURRENT))?;
    disk::sync_dir(dir)
}

fn write_synced(path: &Utf8Path, parts: &[&[u8]]) -> io::Result<()> {
    disk::remove(path)?;
    let mut options = OpenOptions::new();
    let mut file = disk::no_follow(options.write(true).create_new(true)).open(path)?;
    for part in parts {
        file.write_all(part)?;
    }
    file.sync_all()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::batch::encode;
    use crate::store::tests::scratch;

    fn found(dir: &Utf8Path) -> (Option<u64>, HeadStatus) {
        (read_head::<u64>(dir).map(|head| head.value), head_status(dir))
    }

    #[test]
    fn the_last_two_heads_are_kept() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(&dir).unwrap();
        assert_eq!(found(&dir), (None, HeadStatus::Missing));
        for value in [1u64, 2, 3, 3] {
            write(&dir, &encode(&value)).unwrap();
        }
        assert_eq!(found(&dir), (Some(3), HeadStatus::Current));
        fs::remove_file(dir.join(CURRENT)).unwrap();
        assert_eq!(found(&dir), (Some(2), HeadStatus::Previous));
        fs::write(dir.join(PREVIOUS), "x").unwrap();
        assert_eq!(found(&dir), (None, HeadStatus::Damaged));
    }

    #[test]
    fn damage_falls_back_and_is_never_kept_as_the_previous_one() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(&dir).unwrap();
        write(&dir, &encode(&1u64)).unwrap();
        write(&dir, &encode(&2u64)).unwrap();
        let intact = fs::read(dir.join(CURRENT)).unwrap();
        for at in 0..intact.len() {
            let mut bytes = intact.clone();
            bytes[at] ^= 1;
            fs::write(dir.join(CURRENT), &bytes).unwrap();
            assert_eq!(found(&dir), (Some(1), HeadStatus::Previous), "byte {at}");
            fs::write(dir.join(CURRENT), &intact[..at]).unwrap();
            assert_eq!(found(&dir), (Some(1), HeadStatus::Previous), "cut at {at}");
        }
        write(&dir, &encode(&3u64)).unwrap();
        fs::remove_file(dir.join(CURRENT)).unwrap();
        assert_eq!(found(&dir), (Some(1), HeadStatus::Previous));
    }

    #[test]
    fn a_head_of_another_type_is_none() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(&dir).unwrap();
        write(&dir, &encode(&(1u64, 2u64))).unwrap();
        assert_eq!(read_head::<u64>(&dir), None);
        assert_eq!(read_head::<(u64, u64)>(&dir).map(|head| head.value), Some((1, 2)));
    }
}
