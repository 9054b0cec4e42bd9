//! Whether git is changing the tree just now.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};

/// Whether the repository that `root` lies in, if it does, has its index locked: git does that for the time
/// of a checkout, a merge, a stash, each step of a rebase. A tree seen then is a mixture of two revisions.
pub(crate) fn index_is_locked(root: &Utf8Path) -> bool {
    git_dir(root).is_some_and(|git| git.join("index.lock").symlink_metadata().is_ok())
}

/// The `.git` directory for `root`; of a linked worktree or a submodule, the directory its `.git` file names.
fn git_dir(root: &Utf8Path) -> Option<Utf8PathBuf> {
    root.ancestors().find_map(|directory| {
        let git = directory.join(".git");
        let metadata = git.metadata().ok()?;
        if metadata.is_dir() {
            return Some(git);
        }
        // A line of text; whatever is much longer is none of git's.
        let text = (metadata.is_file() && metadata.len() < 8192).then(|| fs::read_to_string(&git))?.ok()?;
        Some(directory.join(text.strip_prefix("gitdir:")?.trim()))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::watcher::tests::scratch;

    #[test]
    fn the_lock_of_the_repository_above_counts() {
        let (_guard, root) = scratch();
        fs::create_dir_all(root.join("package")).unwrap();
        assert!(!index_is_locked(&root));
        fs::create_dir(root.join(".git")).unwrap();
        assert!(!index_is_locked(&root));
        fs::write(root.join(".git/index.lock"), "").unwrap();
        assert!(index_is_locked(&root));
        assert!(index_is_locked(&root.join("package")));
    }

    #[test]
    fn a_worktree_has_its_lock_elsewhere() {
        let (_guard, root) = scratch();
        let git = root.join("main/.git/worktrees/w");
        fs::create_dir_all(&git).unwrap();
        fs::create_dir_all(root.join("w")).unwrap();
        fs::write(root.join("w/.git"), "gitdir: ../main/.git/worktrees/w\n").unwrap();
        assert!(!index_is_locked(&root.join("w")));
        fs::write(git.join("index.lock"), "").unwrap();
        assert!(index_is_locked(&root.join("w")));
        assert!(!index_is_locked(&root.join("main")));
    }
}
