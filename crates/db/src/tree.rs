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

    /// Adds the file at `path`, which was not there. The slots whose bits changed are added to
    /// `touched`, each with the bits it had when it was first added.
    pub(crate) fn add(&mut self, path: &RelPath, touched: &mut FxHashMap<Slot, u8>) {
        self.flip(path, true, touched);
    }

    /// Takes the file at `path`, which was there, away.
    pub(crate) fn remove(&mut self, path: &RelPath, touched: &mut FxHashMap<Slot, u8>) {
        self.flip(path, false, touched);
    }

    fn flip(&mut self, path: &RelPath, present: bool, touched: &mut FxHashMap<Slot, u8>) {
        let Some(dir) = path.parent() else { return };
        if !path.is_python() {
            if path.file_name() == Slot::PYPROJECT {
                self.set(Slot::new(dir, Slot::PYPROJECT), Slot::FILE, present, touched);
            }
            return;
        }
        let (stem, extension) = path.file_name().rsplit_once('.').unwrap_or((path.file_name(), ""));
        let (module, package) =
            if extension == "py" { (Slot::PY, Slot::INIT_PY) } else { (Slot::PYI, Slot::INIT_PYI) };
        if stem == Slot::INIT
            && let Some(above) = dir.parent()
        {
            self.set(Slot::new(above, dir.file_name()), package, present, touched);
        }
        self.set(Slot::new(dir.clone(), stem), module, present, touched);

        let mut current = dir;
        loop {
            let directory = self.directories.entry(current.clone()).or_default();
            directory.files = if present { directory.files + 1 } else { directory.files.saturating_sub(1) };
            let turned = directory.files == u32::from(present);
            let gone = directory.files == 0 && directory.names.is_empty();
            let Some(above) = current.parent() else { break };
            if turned {
                let name = current.file_name();
                if let Some(stubbed) = name.strip_suffix("-stubs") {
                    self.set(Slot::new(above.clone(), stubbed), Slot::STUBS, present, touched);
                }
                self.set(Slot::new(above.clone(), name), Slot::DIRECTORY, present, touched);
            }
            if gone {
                self.directories.remove(&current);
            }
            current = above;
        }
    }

    fn set(&mut self, slot: Slot, bit: u8, present: bool, touched: &mut FxHashMap<Slot, u8>) {
        let directory = self.directories.entry(slot.dir.clone()).or_default();
        let before = directory.names.get(&slot.name).copied().unwrap_or(0);
        if present {
            *directory.names.entry(slot.name.clone()).or_default() |= bit;
        } else if let Some(bits) = directory.names.get_mut(&slot.name) {
            *bits &= !bit;
            if *bits == 0 {
                directory.names.remove(&slot.name);
            }
        }
        if directory.files == 0 && directory.names.is_empty() {
            self.directories.remove(&slot.dir);
        }
        touched.entry(slot).or_insert(before);
    }
}
