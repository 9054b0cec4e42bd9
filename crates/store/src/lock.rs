//! One process at a time.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read, Seek, SeekFrom, Write};
use std::process;
use std::thread;
use std::time::{Duration, Instant, SystemTime, UNIX_EPOCH};

use camino::{Utf8Path, Utf8PathBuf};

use crate::disk;

const NAME: &str = "lock";

/// How often a held lock is tried again.
const PAUSE: Duration = Duration::from_millis(10);

/// The right to use a cache directory. It is the kernel's lock on a file, not the file's existence: a killed
/// process leaves nothing behind that has to be recognised as stale. The file names its holder (process id,
/// seconds since 1970) for messages only.
#[derive(Debug)]
pub(crate) struct Lock {
    _file: File,
    path: Utf8PathBuf,
}

/// Why there is no lock.
#[derive(Debug, thiserror::Error)]
pub(crate) enum LockError {
    /// Another process has it.
    #[error("another process{holder} has the cache open")]
    Held { holder: String },
    /// The directory cannot be used.
    #[error(transparent)]
    Io(#[from] io::Error),
}

impl Lock {
    /// Takes the lock in `dir`, which is created if missing; waits at most `wait` for another holder.
    pub(crate) fn acquire(dir: &Utf8Path, wait: Duration) -> Result<Self, LockError> {
        let path = dir.join(NAME);
        let deadline = Instant::now() + wait;
        loop {
            disk::create_private_dir(dir)?;
            let mut options = OpenOptions::new();
            options.read(true).write(true).create(true).truncate(false);
            let mut file = disk::no_follow(&mut options).open(&path)?;
            match file.try_lock() {
                // The holder before us may have removed the file it held: then ours has no name any more,
                // and the next process would lock another one.
                Ok(()) if is_named(&file, &path) => {
                    // Only for messages: a lock without a name in it is a lock all the same.
                    let _ = write_holder(&mut file);
                    return Ok(Self { _file: file, path });
                }
                Ok(()) => continue,
                Err(TryLockError::Error(error)) => return Err(error.into()),
                Err(TryLockError::WouldBlock) if Instant::now() >= deadline => {
                    return Err(LockError::Held { holder: read_holder(&mut file) });
                }
                Err(TryLockError::WouldBlock) => thread::sleep(PAUSE),
            }
        }
    }

    /// Gives the lock up and removes its file.
    pub(crate) fn remove(self) -> io::Result<()> {
        fs::remove_file(&self.path)
    }
}

/// Whether `path` still names the open `file`.
fn is_named(file: &File, path: &Utf8Path) -> bool {
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        let identity = |metadata: fs::Metadata| (metadata.dev(), metadata.ino());
        let open = file.metadata().map(identity);
        open.is_ok() && open.ok() == path.symlink_metadata().map(identity).ok()
    }
    #[cfg(not(unix))]
    {
        // An open file cannot be removed there.
        let _ = (file, path);
        true
    }
}

fn write_holder(file: &mut File) -> io::Result<()> {
    let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default().as_secs();
    file.set_len(0)?;
    file.seek(SeekFrom::Start(0))?;
    file.write_all(format!("{} {since}\n", process::id()).as_bytes())
}

/// ` 1234`, or nothing where the file does not say.
fn read_holder(file: &mut File) -> String {
    let mut text = String::new();
    let read = file.take(64).read_to_string(&mut text);
    match text.split(' ').next().and_then(|word| word.parse::<u32>().ok()) {
        Some(pid) if read.is_ok() => format!(" ({pid})"),
        _ => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::store::tests::scratch;

    #[test]
    fn second_holder_is_told_who_is_first_and_gets_it_afterwards() {
        let (_guard, dir) = scratch();
        let lock = Lock::acquire(&dir, Duration::ZERO).unwrap();
        let refused = Lock::acquire(&dir, Duration::ZERO).unwrap_err().to_string();
        assert_eq!(refused, format!("another process ({}) has the cache open", process::id()));
        drop(lock);
        Lock::acquire(&dir, Duration::ZERO).unwrap();
    }

    #[test]
    fn leftover_of_a_dead_holder_is_no_lock() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join(NAME), "1 0\n").unwrap();
        Lock::acquire(&dir, Duration::ZERO).unwrap();
    }

    #[cfg(unix)]
    #[test]
    fn a_lock_that_is_a_link_is_not_written_through() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(&dir).unwrap();
        fs::write(dir.join("precious"), "text").unwrap();
        std::os::unix::fs::symlink("precious", dir.join(NAME)).unwrap();
        assert!(matches!(Lock::acquire(&dir, Duration::ZERO), Err(LockError::Io(_))));
        assert_eq!(fs::read_to_string(dir.join("precious")).unwrap(), "text");
    }
}
