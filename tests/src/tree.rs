//! A project of one's own.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::{Report, Staniel};

/// A project in a temporary directory, with a cache and a home beside it; all gone when the test is over.
#[derive(Debug)]
pub struct Tree {
    directory: TempDir,
}

impl Tree {
    /// Writes `fixture`: files, each after a line `#- path`.
    pub fn of(fixture: &str) -> Self {
        let tree = Self::empty();
        let mut path = None;
        let mut text = String::new();
        for line in fixture.lines() {
            if let Some(next) = line.strip_prefix("#- ") {
                if let Some(path) = path.replace(next) {
                    tree.write(path, std::mem::take(&mut text));
                }
            } else if path.is_some() {
                text.push_str(line);
                text.push('\n');
            }
        }
        tree.write(path.expect("a fixture has files"), text);
        tree
    }

    /// A copy of a directory, to do with as one likes.
    pub fn copy_of(original: &Path) -> Self {
        let tree = Self::empty();
        copy(original, &tree.root());
        tree
    }

    /// Nothing yet.
    pub fn empty() -> Self {
        let directory = tempfile::Builder::new().prefix("staniel-").tempdir().expect("a temporary directory");
        let tree = Self { directory };
        for directory in [tree.root(), tree.home()] {
            fs::create_dir(directory).expect("a new directory is empty");
        }
        tree
    }

    /// The project's directory.
    pub fn root(&self) -> PathBuf {
        self.directory.path().join("project")
    }

    /// Where results are kept between runs.
    pub fn cache(&self) -> PathBuf {
        self.directory.path().join("cache")
    }

    /// What the program takes for the user's home.
    pub fn home(&self) -> PathBuf {
        self.directory.path().join("home")
    }

    /// The directory of this project's results, below [`Self::cache`].
    pub fn own_cache(&self) -> PathBuf {
        let mut entries = fs::read_dir(self.cache()).expect("there has been a run");
        let own = entries.next().expect("there has been a run").expect("a listing").path();
        assert!(entries.next().is_none(), "one project has one directory");
        own
    }

    /// Writes a file, and what directories it takes.
    pub fn write(&self, path: &str, bytes: impl AsRef<[u8]>) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().expect("it is below the root")).expect("directories");
        fs::write(&file, bytes).unwrap_or_else(|error| panic!("{}: {error}", file.display()));
    }

    /// A file's bytes; `None` where there is none.
    pub fn read(&self, path: &str) -> Option<Vec<u8>> {
        fs::read(self.root().join(path)).ok()
    }

    /// Replaces the first occurrence of `from`.
    pub fn edit(&self, path: &str, from: &str, to: &str) {
        let text = String::from_utf8(self.read(path).expect("the file is there")).expect("UTF-8");
        assert!(text.contains(from), "{path} does not contain {from:?}");
        self.write(path, text.replacen(from, to, 1));
    }

    /// Removes a file or a directory.
    pub fn remove(&self, path: &str) {
        let path = self.root().join(path);
        if path.is_dir() { fs::remove_dir_all(path) } else { fs::remove_file(path) }.expect("it is there");
    }

    /// Moves a file.
    pub fn rename(&self, from: &str, to: &str) {
        let target = self.root().join(to);
        fs::create_dir_all(target.parent().expect("it is below the root")).expect("directories");
        fs::rename(self.root().join(from), target).expect("both are in the same directory tree");
    }

    /// A run in the project's directory that remembers, in a cache of the test's own.
    pub fn staniel(&self, args: &[&str]) -> Staniel {
        Staniel::new(&self.root(), &self.home())
            .args(args)
            .args(["--cache-dir".as_ref(), self.cache().as_os_str()])
    }

    /// A run that knows nothing of any run before it.
    pub fn fresh(&self, args: &[&str]) -> Staniel {
        Staniel::new(&self.root(), &self.home()).args(args).args(["--no-cache"])
    }

    /// What `snapshot` reports.
    #[track_caller]
    pub fn snapshot(&self, args: &[&str]) -> Report {
        Report::parse(&self.staniel(&["snapshot", "--format", "json"]).args(args).run().answer())
    }

    /// Runs `snapshot` until it need not read anything. A file's time stamp proves nothing as long as the file
    /// could be written again within the same tick of the clock, so files are read again for two seconds.
    #[track_caller]
    pub fn settle(&self, args: &[&str]) {
        const PATIENCE: usize = 200;
        for _ in 0..PATIENCE {
            let report = self.snapshot(args);
            if report.work.values().all(|figure| *figure == 0) {
                return;
            }
            thread::sleep(Duration::from_millis(50));
        }
        panic!("an unchanged tree is read again and again");
    }
}

/// Copies directories, files and links.
pub(crate) fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).expect("a directory of our own");
    let entries = fs::read_dir(from).unwrap_or_else(|error| panic!("{}: {error}", from.display()));
    for entry in entries {
        let entry = entry.expect("a listing");
        let (kind, target) = (entry.file_type().expect("a listing"), to.join(entry.file_name()));
        if kind.is_dir() {
            copy(&entry.path(), &target);
        } else if kind.is_symlink() {
            #[cfg(unix)]
            std::os::unix::fs::symlink(fs::read_link(entry.path()).expect("a link"), target)
                .expect("a new link");
        } else {
            fs::copy(entry.path(), target).expect("a file can be copied");
        }
    }
}
