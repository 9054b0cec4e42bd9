//! Which directories are watched.
//!
//! One watch for each directory, none for what is pruned: a recursive watch would spend thousands on
//! `node_modules` before a single event could be ignored.

use std::collections::BTreeSet;
use std::io::ErrorKind as IoErrorKind;
use std::ops::Bound;
use std::sync::Arc;

use camino::{Utf8Path, Utf8PathBuf};
use notify::{ErrorKind, RecursiveMode};

/// Decides whether a directory, given by its absolute path, is left out with all that is below it.
pub(crate) type Prune = Arc<dyn Fn(&Utf8Path) -> bool + Send + Sync>;

/// The system's watches; a seam for tests.
pub(crate) trait Watches {
    /// Watches the entries of `directory`, and itself, not what is further below.
    fn watch(&mut self, directory: &Utf8Path) -> notify::Result<()>;
    /// Stops watching it; fine if it is not watched.
    fn unwatch(&mut self, directory: &Utf8Path);
}

impl Watches for notify::RecommendedWatcher {
    fn watch(&mut self, directory: &Utf8Path) -> notify::Result<()> {
        notify::Watcher::watch(self, directory.as_std_path(), RecursiveMode::NonRecursive)
    }

    fn unwatch(&mut self, directory: &Utf8Path) {
        // Not watched any more is what was wanted.
        let _ = notify::Watcher::unwatch(self, directory.as_std_path());
    }
}

/// No more directories can be watched.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("no more directories can be watched (on Linux, raise fs.inotify.max_user_watches)")]
pub(crate) struct LimitReached;

/// The watched directories at and below a root.
pub(crate) struct Directories<W> {
    watches: W,
    prune: Prune,
    watched: BTreeSet<Utf8PathBuf>,
    unwatchable: BTreeSet<Utf8PathBuf>,
}

impl<W: Watches> Directories<W> {
    pub(crate) fn new(watches: W, prune: Prune) -> Self {
        Self { watches, prune, watched: BTreeSet::new(), unwatchable: BTreeSet::new() }
    }

    pub(crate) fn len(&self) -> usize {
        self.watched.len()
    }

    /// Directories that exist and cannot be watched.
    pub(crate) fn unwatchable(&self) -> impl Iterator<Item = &Utf8Path> {
        self.unwatchable.iter().map(Utf8PathBuf::as_path)
    }

    /// Watches a single directory that is not part of the tree; failure is no harm.
    pub(crate) fn watch_aside(&mut self, directory: &Utf8Path) {
        if let Err(error) = self.watches.watch(directory) {
            tracing::debug!("{directory} is not watched: {error}");
        }
    }

    /// Watches `directory` and what is below it; whether or not it was watched before, for the name may stand
    /// for another directory now. Each directory is watched before it is read, so that what appears in it
    /// meanwhile is either read or reported.
    pub(crate) fn watch_below(&mut self, directory: &Utf8Path) -> Result<(), LimitReached> {
        let mut left = vec![directory.to_owned()];
        while let Some(directory) = left.pop() {
            self.unwatchable.remove(&directory);
            match self.watches.watch(&directory) {
                Ok(()) => {}
                Err(error) => match error.kind {
                    ErrorKind::MaxFilesWatch => return Err(LimitReached),
                    ErrorKind::PathNotFound => continue,
                    ErrorKind::Io(error) if error.kind() == IoErrorKind::NotFound => continue,
                    other => {
                        tracing::debug!("{directory} is not watched: {other:?}");
                        self.unwatchable.insert(directory);
                        continue;
                    }
                },
            }
            for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
                // A link to a directory is not a directory here: what it leads to is not part of the tree.
                let below =
                    entry.file_type().is_ok_and(|kind| kind.is_dir()) && !self.is_pruned(entry.path());
                left.extend(below.then(|| entry.into_path()));
            }
            self.watched.insert(directory);
        }
        Ok(())
    }

    /// Whether `directory` stays unwatched. git's own always does: what happens there is not about sources.
    pub(crate) fn is_pruned(&self, directory: &Utf8Path) -> bool {
        directory.file_name() == Some(".git") || (self.prune)(directory)
    }

    /// Stops watching `directory` and all below it.
    pub(crate) fn forget(&mut self, directory: &Utf8Path) {
        // Paths are ordered by their parts: whatever is below follows at once.
        let gone: Vec<_> = self
            .watched
            .range::<Utf8Path, _>((Bound::Included(directory), Bound::Unbounded))
            .take_while(|path| path.starts_with(directory))
            .cloned()
            .collect();
        for directory in gone {
            self.watched.remove(&directory);
            self.watches.unwatch(&directory);
        }
        self.unwatchable.retain(|path| !path.starts_with(directory));
    }

    /// Brings the watches in line with the tree at `root`, after events were lost or pruning changed.
    pub(crate) fn refresh(&mut self, root: &Utf8Path) -> Result<(), LimitReached> {
        let before = std::mem::take(&mut self.watched);
        self.unwatchable.clear();
        self.watch_below(root)?;
        for gone in before.difference(&self.watched) {
            self.watches.unwatch(gone);
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::watcher::tests::scratch;

    /// Remembers what it is asked to watch.
    #[derive(Default)]
    struct Fake {
        watched: BTreeSet<Utf8PathBuf>,
        limit: Option<usize>,
    }

    impl Watches for Fake {
        fn watch(&mut self, directory: &Utf8Path) -> notify::Result<()> {
            if directory.file_name() == Some("closed") {
                return Err(notify::Error::io(IoErrorKind::PermissionDenied.into()));
            }
            if self.limit.is_some_and(|limit| self.watched.len() >= limit) {
                return Err(notify::Error::new(ErrorKind::MaxFilesWatch));
            }
            if !directory.is_dir() {
                return Err(notify::Error::path_not_found());
            }
            self.watched.insert(directory.to_owned());
            Ok(())
        }

        fn unwatch(&mut self, directory: &Utf8Path) {
            self.watched.remove(directory);
        }
    }

    fn tree(root: &Utf8Path, directories: &[&str]) {
        for directory in directories {
            fs::create_dir_all(root.join(directory)).unwrap();
        }
    }

    fn directories(limit: Option<usize>) -> Directories<Fake> {
        let prune = |path: &Utf8Path| path.file_name() == Some("node_modules");
        Directories::new(Fake { limit, ..Fake::default() }, Arc::new(prune))
    }

    fn watched(directories: &Directories<Fake>, root: &Utf8Path) -> Vec<String> {
        assert_eq!(directories.watched, directories.watches.watched);
        let names = directories.watched.iter().map(|path| path.strip_prefix(root).unwrap().to_string());
        names.collect()
    }

    #[test]
    fn pruned_directories_cost_nothing() {
        let (_guard, root) = scratch();
        tree(&root, &["a/b", "node_modules/x/y", "a/node_modules/z", ".git/objects"]);
        let mut d = directories(None);
        d.watch_below(&root).unwrap();
        assert_eq!(watched(&d, &root), ["", "a", "a/b"]);
    }

    #[cfg(unix)]
    #[test]
    fn links_are_not_followed() {
        let (_guard, root) = scratch();
        tree(&root, &["a"]);
        std::os::unix::fs::symlink("..", root.join("a/up")).unwrap();
        let mut d = directories(None);
        d.watch_below(&root).unwrap();
        assert_eq!(watched(&d, &root), ["", "a"]);
    }

    #[test]
    fn forgetting_takes_what_is_below_and_no_neighbour() {
        let (_guard, root) = scratch();
        tree(&root, &["a/b/c", "a-b/c", "a.b", "ab"]);
        let mut d = directories(None);
        d.watch_below(&root).unwrap();
        d.forget(&root.join("a"));
        assert_eq!(watched(&d, &root), ["", "a-b", "a-b/c", "a.b", "ab"]);
        d.forget(&root.join("nothing"));
        d.forget(&root);
        assert_eq!(watched(&d, &root), [""; 0]);
    }

    #[test]
    fn a_refresh_finds_what_came_and_drops_what_went() {
        let (_guard, root) = scratch();
        tree(&root, &["a/b", "c"]);
        let mut d = directories(None);
        d.watch_below(&root).unwrap();
        fs::remove_dir_all(root.join("a")).unwrap();
        tree(&root, &["d/e"]);
        d.refresh(&root).unwrap();
        assert_eq!(watched(&d, &root), ["", "c", "d", "d/e"]);
    }

    #[test]
    fn the_limit_is_told_and_a_closed_directory_is_remembered() {
        let (_guard, root) = scratch();
        tree(&root, &["a", "closed"]);
        let mut d = directories(None);
        d.watch_below(&root).unwrap();
        assert_eq!(d.unwatchable().collect::<Vec<_>>(), [root.join("closed")]);
        assert_eq!(directories(Some(1)).watch_below(&root), Err(LimitReached));
    }
}
