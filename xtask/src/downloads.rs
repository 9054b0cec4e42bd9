//! `target/downloads/`: what is fetched, and where it is put together before it appears in its final place.
//!
//! One run at a time works here, so what an interrupted one has left behind is known to be rubbish.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use anyhow::Context;
use tempfile::TempDir;

use crate::workspace::Workspace;

/// How the names of directories under construction begin.
const WORK: &str = "work-";

/// The directory, locked until this is dropped.
pub(crate) struct Downloads {
    pub(crate) directory: PathBuf,
    _lock: File,
}

impl Downloads {
    /// Waits for another run to finish, then clears away what an interrupted one has left.
    pub(crate) fn open(workspace: &Workspace) -> anyhow::Result<Self> {
        Self::open_at(workspace.target.join("downloads"))
    }

    fn open_at(directory: PathBuf) -> anyhow::Result<Self> {
        fs::create_dir_all(&directory).with_context(|| format!("creating {}", directory.display()))?;
        let path = directory.join("lock");
        let lock = File::create(&path).with_context(|| format!("creating {}", path.display()))?;
        lock.lock().with_context(|| format!("locking {}", path.display()))?;
        for entry in fs::read_dir(&directory)? {
            let entry = entry?;
            if entry.file_name().to_string_lossy().starts_with(WORK) {
                fs::remove_dir_all(entry.path())
                    .with_context(|| format!("removing {}", entry.path().display()))?;
            }
        }
        Ok(Self { directory, _lock: lock })
    }

    /// A new directory to build something in; on the file system of the final place, so that a rename brings it there.
    pub(crate) fn work(&self) -> anyhow::Result<TempDir> {
        Ok(tempfile::Builder::new().prefix(WORK).tempdir_in(&self.directory)?)
    }

    /// The mark that `name` was finished under certain pins.
    pub(crate) fn stamp(&self, name: &str, pins: &str) -> Stamp {
        Stamp { path: self.directory.join(format!("{name}.stamp")), content: pins.to_owned() }
    }
}

/// Written when something is finished and in place.
pub(crate) struct Stamp {
    path: PathBuf,
    content: String,
}

impl Stamp {
    /// Whether it was ever written, under whatever pins.
    pub(crate) fn exists(&self) -> bool {
        self.path.is_file()
    }

    /// Whether it was written under the same pins.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.content)
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("writing {}", self.path.display()))
    }

    pub(crate) fn remove(&self) -> anyhow::Result<()> {
        fs::remove_file(&self.path).with_context(|| format!("removing {}", self.path.display()))
    }
}

/// Puts a finished directory in its place, whole; what was there goes to `work` and away with it.
pub(crate) fn replace(place: &Path, new: &Path, work: &TempDir) -> anyhow::Result<()> {
    if place.exists() {
        fs::rename(place, work.path().join("old"))
            .with_context(|| format!("replacing {}", place.display()))?;
    }
    fs::rename(new, place).with_context(|| format!("creating {}", place.display()))
}

#[cfg(test)]
pub(crate) fn open_for_test(directory: &Path) -> Downloads {
    Downloads::open_at(directory.join("downloads")).unwrap()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_only_for_its_pins() {
        let directory = tempfile::tempdir().unwrap();
        let downloads = open_for_test(directory.path());
        let stamp = downloads.stamp("a-1", "digest");
        assert!(!stamp.exists() && !stamp.holds());
        stamp.write().unwrap();
        assert!(stamp.holds());
        let other = downloads.stamp("a-1", "another");
        assert!(other.exists() && !other.holds());
        assert!(!downloads.stamp("a-2", "digest").exists());
    }

    #[test]
    fn what_an_interrupted_run_left_is_cleared_away() {
        let directory = tempfile::tempdir().unwrap();
        let downloads = open_for_test(directory.path());
        let left = downloads.work().unwrap().keep();
        let archive = downloads.directory.join("a-1.tar.gz");
        fs::write(&archive, "").unwrap();
        drop(downloads);
        open_for_test(directory.path());
        assert!(!left.exists());
        assert!(archive.exists());
    }

    #[test]
    fn a_directory_is_replaced_whole() {
        let directory = tempfile::tempdir().unwrap();
        let downloads = open_for_test(directory.path());
        let place = directory.path().join("place");
        for content in ["first", "second"] {
            let work = downloads.work().unwrap();
            let new = work.path().join("new");
            fs::create_dir(&new).unwrap();
            fs::write(new.join(content), "").unwrap();
            replace(&place, &new, &work).unwrap();
        }
        let names: Vec<_> = fs::read_dir(&place).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(names, ["second"]);
    }
}
