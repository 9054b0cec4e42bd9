//! Real projects.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

/// The tree of a pinned project, below `$STANIEL_CORPUS` or else `target/corpus`. Never to be written to.
#[track_caller]
pub fn corpus(name: &str) -> PathBuf {
    let corpus = std::env::var_os("STANIEL_CORPUS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/corpus"), PathBuf::from);
    let trees = fs::read_dir(&corpus).into_iter().flatten().filter_map(|entry| Some(entry.ok()?.path()));
    let tree = trees.filter(|tree| tree.is_dir()).find(|tree| {
        let directory = tree.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        directory.rsplit_once('-').is_some_and(|(project, _)| project == name)
    });
    tree.unwrap_or_else(|| panic!("{name} is not in {}: `cargo xtask corpus` fetches it", corpus.display()))
}

/// Every file below `root` with a Python file's name, by a walk that knows no rule but `.git`; relative, with `/`.
pub fn python_files(root: &Path) -> BTreeSet<String> {
    let mut found = BTreeSet::new();
    let mut pending = vec![root.to_path_buf()];
    while let Some(directory) = pending.pop() {
        for entry in fs::read_dir(&directory).expect("a directory can be listed") {
            let path = entry.expect("a listing").path();
            let kind = fs::symlink_metadata(&path).expect("it was listed").file_type();
            if kind.is_dir() {
                if !path.ends_with(".git") {
                    pending.push(path);
                }
            } else if path.extension().is_some_and(|extension| extension == "py" || extension == "pyi") {
                let relative = path.strip_prefix(root).expect("it is below the root");
                found.insert(relative.to_str().expect("UTF-8").replace('\\', "/"));
            }
        }
    }
    found
}
