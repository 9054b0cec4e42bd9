//! What lies below directories: the project's own, and those that a configuration names.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::MOST_FILES;

/// Directories in which no server looks for a configuration of the project's: those that are no part of it.
const PRUNED: &[&str] =
    &[".eggs", ".git", ".hg", ".jj", ".nox", ".svn", ".tox", "__pycache__", "node_modules", "site-packages"];

/// What lies in a directory that a configuration names.
pub(super) struct Entry {
    pub(super) path: Utf8PathBuf,
    /// For a directory that is there under another name already: which one it is.
    pub(super) leads_to: Option<Utf8PathBuf>,
}

/// The Python files below a directory, and what marks packages as typed, sorted, each directory once; `None` if they
/// are more than `most`.
pub(super) fn python_files(directory: &Utf8Path, most: usize) -> Option<Vec<Entry>> {
    let (mut found, mut seen) = (Vec::new(), BTreeSet::new());
    let mut pending = vec![directory.to_owned()];
    while let Some(directory) = pending.pop() {
        let place = real(&directory);
        if !seen.insert(place.clone()) {
            found.push(Entry { path: directory, leads_to: Some(place) });
            continue;
        }
        let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
        let mut paths: Vec<Utf8PathBuf> = entries.map(camino::Utf8DirEntry::into_path).collect();
        // Under which of its names a directory is met first must not hang on how it was made.
        paths.sort();
        for path in paths {
            let counts = matches!(path.extension(), Some("py" | "pyi" | "pth"))
                || path.file_name() == Some("py.typed");
            match path.metadata() {
                Ok(metadata) if metadata.is_dir() => pending.push(path),
                Ok(metadata) if metadata.is_file() && counts => found.push(Entry { path, leads_to: None }),
                _ => {}
            }
        }
        if found.len() > most || seen.len() > MOST_FILES {
            return None;
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Some(found)
}

/// The directories below a project's root, sorted, but for those of other tools and environments. Links are not
/// followed: what they lead to inside the project has a path of its own.
pub(super) fn below(root: &Utf8Path) -> Vec<Utf8PathBuf> {
    let mut found = Vec::new();
    let mut pending = vec![root.to_owned()];
    while let Some(directory) = pending.pop() {
        for entry in directory.read_dir_utf8().into_iter().flatten().flatten() {
            let is_directory = entry.file_type().is_ok_and(|kind| kind.is_dir());
            if is_directory && !PRUNED.contains(&entry.file_name()) && !is_environment(entry.path()) {
                found.push(entry.path().to_owned());
                pending.push(entry.into_path());
            }
        }
    }
    found.sort();
    found
}

fn is_environment(directory: &Utf8Path) -> bool {
    directory.join("pyvenv.cfg").is_file() || directory.join("conda-meta").is_dir()
}

/// Where a path leads, as far as one can tell.
pub(super) fn real(path: &Utf8Path) -> Utf8PathBuf {
    path.canonicalize_utf8().unwrap_or_else(|_| path.to_owned())
}
