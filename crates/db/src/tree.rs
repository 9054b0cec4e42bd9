//! Which modules stand in which directory, kept up to date file by file.

use rustc_hash::FxHashMap;
use staniel_facts::{Name, RelPath};

use crate::Slot;

/// The bits of all slots that hold something. Costs per added or removed file grow with the depth of its
/// path only: directories exist by a count of the files below them, never by a scan.
#[derive(Clone, Debug, Default, PartialEq)]
pub(crate) struct Tree {
    directories: FxHashMap<RelPath, Directory>,
}

#[derive(Clone, Debug, Default, PartialEq)]
struct Directory {
    /// Python files in it and below it.
    files: u32,
    names: FxHashMap<Name, u8>,
}

impl Tree {
    /// What `name` is in `dir`; 0 where there is nothing.
    pub(crate) fn bits(&self, dir: &str, name: &str) -> u8 {
        self.directories.get(dir).and_then(|directory| directory.names.get(name)).copied().unwrap_or(0)
    }

    /// Adds the file at `path`, which was not there. `changed` hears of each slot whose bits may differ, as a
    /// directory, a name, and the bits that it had.
    pub(crate) fn add(&mut self, path: &RelPath, changed: impl FnMut(&str, &str, u8)) {
        self.flip(path, true, changed);
    }

    /// Takes the file at `path`, which was there, away; as [`Tree::add`].
    pub(crate) fn remove(&mut self, path: &RelPath, changed: impl FnMut(&str, &str, u8)) {
        self.flip(path, false, changed);
    }

    fn flip(&mut self, path: &RelPath, present: bool, mut changed: impl FnMut(&str, &str, u8)) {
        let path = path.as_str();
        let (dir, file_name) = split(path);
        let (stem, module, package) = match file_name.rsplit_once('.') {
            _ if file_name == Slot::PYPROJECT => {
                return self.set(dir, file_name, Slot::FILE, present, &mut changed);
            }
            Some((stem, "py")) if !stem.is_empty() => (stem, Slot::PY, Slot::INIT_PY),
            Some((stem, "pyi")) if !stem.is_empty() => (stem, Slot::PYI, Slot::INIT_PYI),
            _ => return,
        };
        if stem == Slot::INIT && !dir.is_empty() {
            let (above, name) = split(dir);
            self.set(above, name, package, present, &mut changed);
        }
        self.set(dir, stem, module, present, &mut changed);

        let mut current = dir;
        loop {
            let directory = entry(&mut self.directories, current);
            directory.files = if present { directory.files + 1 } else { directory.files.saturating_sub(1) };
            let turned = directory.files == u32::from(present);
            let gone = directory.files == 0 && directory.names.is_empty();
            if gone {
                self.directories.remove(current);
            }
            if current.is_empty() {
                break;
            }
            let (above, name) = split(current);
            if turned {
                if let Some(stubbed) = name.strip_suffix("-stubs") {
                    self.set(above, stubbed, Slot::STUBS, present, &mut changed);
                }
                self.set(above, name, Slot::DIRECTORY, present, &mut changed);
            }
            current = above;
        }
    }

    fn set(
        &mut self,
        dir: &str,
        name: &str,
        bit: u8,
        present: bool,
        changed: &mut impl FnMut(&str, &str, u8),
    ) {
        let directory = entry(&mut self.directories, dir);
        let before = directory.names.get(name).copied().unwrap_or(0);
        let bits = if present { before | bit } else { before & !bit };
        if bits == 0 {
            directory.names.remove(name);
        } else {
            directory.names.insert(name.into(), bits);
        }
        if directory.files == 0 && directory.names.is_empty() {
            self.directories.remove(dir);
        }
        changed(dir, name, before);
    }
}

/// The directory of that path; a new one costs a copy of its name, one that is there none.
fn entry<'t>(directories: &'t mut FxHashMap<RelPath, Directory>, dir: &str) -> &'t mut Directory {
    if !directories.contains_key(dir) {
        let path = RelPath::new(dir).expect("a part of a sound path is one");
        directories.insert(path, Directory::default());
    }
    directories.get_mut(dir).expect("it is there now")
}

/// The directory of a path, and the last part; of the root nothing.
fn split(path: &str) -> (&str, &str) {
    path.rsplit_once('/').unwrap_or(("", path))
}
