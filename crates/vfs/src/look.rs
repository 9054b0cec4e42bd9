//! Reading one file so that what was read can be trusted.

use std::fs::{File, Metadata};
use std::io::{self, Read};
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, SystemTime, UNIX_EPOCH};

use camino::Utf8Path;
use rustix::fs::{Mode, OFlags};
use staniel_facts::{ContentHash, FileState, RelPath, SkipReason, Stat};

/// How often a file that changes under the reader is tried.
const TRIES: usize = 3;

/// A file's state after reading it; `stat` held before and after.
pub(crate) enum Look {
    Present { hash: ContentHash, stat: Stat },
    Absent,
    Skipped(SkipReason),
}

/// Reads the file at `path`. Never blocks on a FIFO or device: it is opened without waiting and looked at
/// before the first byte is read. With `follow`, a link is followed (where it leads was checked before);
/// without, a link in the place of a file that was just seen there counts as a change. The bytes of a present
/// file are in `bytes` afterwards; whoever reads many files lends the same buffer again, since fresh memory for
/// each costs as much as hashing it.
pub(crate) fn look(path: &Path, follow: bool, limit: u64, bytes: &mut Vec<u8>) -> Look {
    for _ in 0..TRIES {
        match attempt(path, follow, limit, bytes) {
            Ok(Some(look)) => return look,
            Ok(None) => {}
            Err(error) => match error.kind() {
                io::ErrorKind::NotFound | io::ErrorKind::NotADirectory => return Look::Absent,
                _ if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) && !follow => {}
                // A socket cannot be opened.
                _ if error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error()) => {
                    return Look::Skipped(SkipReason::NotRegular);
                }
                _ => return Look::Skipped(unreadable(&error)),
            },
        }
    }
    Look::Skipped(SkipReason::Unstable)
}

/// `None`: the file changed meanwhile.
fn attempt(path: &Path, follow: bool, limit: u64, bytes: &mut Vec<u8>) -> io::Result<Option<Look>> {
    let mut flags = OFlags::RDONLY | OFlags::NONBLOCK | OFlags::NOCTTY | OFlags::CLOEXEC;
    if !follow {
        flags |= OFlags::NOFOLLOW;
    }
    let mut file = File::from(rustix::fs::open(path, flags, Mode::empty())?);
    let before = file.metadata()?;
    if !before.is_file() {
        return Ok(Some(Look::Skipped(SkipReason::NotRegular)));
    }
    let before = stat_of(&before);
    if before.size > limit {
        return Ok(Some(Look::Skipped(SkipReason::TooLarge { size: before.size, limit })));
    }
    let expected = usize::try_from(before.size).map_err(|_| io::ErrorKind::OutOfMemory)?;
    bytes.clear();
    bytes.reserve(expected + 1);
    // One byte more than expected, so that a file that grows is noticed and an endless one ends.
    (&mut file).take(before.size + 1).read_to_end(bytes)?;
    let after = stat_of(&file.metadata()?);
    if after != before || bytes.len() != expected {
        return Ok(None);
    }
    Ok(Some(Look::Present { hash: ContentHash::of(bytes), stat: before }))
}

/// The operating system's words, without its numbers.
pub(crate) fn unreadable(error: &io::Error) -> SkipReason {
    let text = error.to_string();
    let words = text.split(" (os error").next().unwrap_or(&text).to_lowercase();
    SkipReason::Unreadable(words.into())
}

pub(crate) fn stat_of(metadata: &Metadata) -> Stat {
    let nanoseconds = |seconds: i64, rest: i64| seconds.saturating_mul(1_000_000_000).saturating_add(rest);
    Stat {
        size: metadata.size(),
        mtime_ns: nanoseconds(metadata.mtime(), metadata.mtime_nsec()),
        ctime_ns: nanoseconds(metadata.ctime(), metadata.ctime_nsec()),
        inode: metadata.ino(),
    }
}

/// How coarse a file system's clock may be (FAT counts in two seconds; git's rule uses the same idea).
const RACY: Duration = Duration::from_secs(2);

/// The stat, if it can prove at a later look that the file has not changed. A file touched within [`RACY`]
/// of `now`, or in the future, may change again without its times changing: git's "racily clean".
pub(crate) fn lasting(stat: Stat, now: SystemTime) -> Option<Stat> {
    let horizon = now.checked_sub(RACY)?.duration_since(UNIX_EPOCH).ok()?;
    let horizon = i64::try_from(horizon.as_nanos()).ok()?;
    (stat.mtime_ns < horizon && stat.ctime_ns < horizon).then_some(stat)
}

/// Why [`read`] gives no bytes.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// The file is no longer what it was: apply the change and ask again.
    #[error("`{path}` is no longer the file that was hashed")]
    Changed {
        /// The file.
        path: RelPath,
        /// What is there now.
        state: FileState,
    },
    /// The file is there, and cannot be read.
    #[error("`{path}` cannot be read: {reason}")]
    Unreadable {
        /// The file.
        path: RelPath,
        /// Why.
        reason: SkipReason,
    },
}

/// The bytes of the file at `path` below `root`, if their hash is `expected`: what the program once saw there, or
/// nothing. Follows links. Cost: one read, one hash.
pub fn read(
    root: &Utf8Path,
    path: &RelPath,
    expected: ContentHash,
    max_file_size: u64,
) -> Result<Arc<[u8]>, ReadError> {
    let changed = |state| ReadError::Changed { path: path.clone(), state };
    let mut bytes = Vec::new();
    match look(root.join(path.as_str()).as_std_path(), true, max_file_size, &mut bytes) {
        Look::Present { hash, .. } if hash == expected => Ok(bytes.into()),
        Look::Present { hash, .. } => Err(changed(FileState::Present(hash))),
        Look::Absent => Err(changed(FileState::Absent)),
        Look::Skipped(reason @ SkipReason::Unreadable(_)) => {
            Err(ReadError::Unreadable { path: path.clone(), reason })
        }
        Look::Skipped(reason) => Err(changed(FileState::Skipped(reason))),
    }
}
