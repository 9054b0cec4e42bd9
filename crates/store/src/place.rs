//! Where a project's cache lies, and how it is removed.

use std::io::{self, ErrorKind};
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use etcetera::BaseStrategy;

use crate::disk;
use crate::lock::{Lock, LockError};

pub(crate) const ROWS: &str = "rows";
/// Copies of live rows on their way to the place of the rows, and those whose place they took.
pub(crate) const NEXT: &str = "rows.next";
pub(crate) const OLD: &str = "rows.old";
pub(crate) const DAMAGED: &str = "damaged";
pub(crate) const QUARANTINE: &str = "quarantine-";
pub(crate) const IN_FLIGHT: &str = "in-flight";
/// The pack that holds the import map.
pub const IMPORTS: &str = "imports";

/// The user's cache directory for staniel (`$XDG_CACHE_HOME/staniel` or its like); `None` where the system
/// does not say who the user is or the path is not UTF-8. Outside the project on purpose: a cache inside
/// the watched tree would wake the watcher with each write.
pub fn default_base() -> Option<Utf8PathBuf> {
    let cache = etcetera::choose_base_strategy().ok()?.cache_dir();
    Some(Utf8PathBuf::from_path_buf(cache).ok()?.join("staniel"))
}

/// The cache directory of the project at `canonical_root`: `<base>/<16 hexadecimal digits>`.
///
/// The digits depend on the root, so that two checkouts never share rows, and on `engine_id` (whatever
/// makes stored rows incomparable: program version, schema, grammar), so that two versions of the program
/// can be used in turn without taking each other's cache away. Touches no disk.
pub fn locate(base: &Utf8Path, canonical_root: &Utf8Path, engine_id: &str) -> Utf8PathBuf {
    let mut hasher = blake3::Hasher::new_derive_key("staniel store: the directory of a project's cache");
    hasher.update(&(canonical_root.as_str().len() as u64).to_le_bytes());
    hasher.update(canonical_root.as_str().as_bytes()).update(engine_id.as_bytes());
    base.join(&hasher.finalize().to_hex()[..16])
}

/// Bytes that the rows in `dir` take on disk, dead ones included; to be asked while nobody has them open.
pub fn rows_bytes(dir: &Utf8Path) -> u64 {
    disk::size(&dir.join(ROWS))
}

/// Removes one project's cache and says how many bytes that freed; 0 where there was none.
///
/// Only what this crate writes is removed, and the directory itself if that leaves it empty, so that a
/// mistaken path costs nobody their files.
///
/// # Errors
///
/// [`ErrorKind::WouldBlock`] while another process has the cache open; whatever the file system says.
pub fn clean(dir: &Utf8Path) -> io::Result<u64> {
    if !dir.try_exists()? {
        return Ok(0);
    }
    let lock = Lock::acquire(dir, Duration::ZERO).map_err(|error| match error {
        LockError::Held { .. } => io::Error::new(ErrorKind::WouldBlock, error),
        LockError::Io(error) => error,
    })?;
    let mut bytes = 0;
    for entry in dir.read_dir_utf8()? {
        let entry = entry?;
        let name = entry.file_name();
        let ours = [ROWS, NEXT, OLD, DAMAGED, IN_FLIGHT].contains(&name)
            || crate::head::FILES.contains(&name)
            || crate::pack::belongs_to(name, IMPORTS)
            || name.starts_with(QUARANTINE);
        if ours {
            bytes += disk::size(entry.path());
            disk::remove(entry.path())?;
        }
    }
    lock.remove()?;
    match std::fs::remove_dir(dir) {
        Err(error) if error.kind() != ErrorKind::DirectoryNotEmpty => Err(error),
        _ => Ok(bytes),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn place_depends_on_root_and_engine_and_nothing_else() {
        let at = |root: &str, engine: &str| locate("/cache".into(), root.into(), engine);
        assert_eq!(at("/p", "1"), at("/p", "1"));
        assert_ne!(at("/p", "1"), at("/q", "1"));
        assert_ne!(at("/p", "1"), at("/p", "2"));
        assert_ne!(at("/p", "q1"), at("/pq", "1"));
        assert_eq!(at("/p", "1").parent(), Some("/cache".into()));
        assert_eq!(at("/p", "1").file_name().map(str::len), Some(16));
    }
}
