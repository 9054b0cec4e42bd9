//! From keys to the files that depend on them, kept by delta.

use std::collections::BTreeSet;
use std::hash::Hash;

use rustc_hash::FxHashMap;
use staniel_facts::RelPath;

/// Which files depend on a key: a slot, a consulted file, whatever a file's answer was made from.
///
/// Invariant: keys without dependents and files without keys take no room.
#[derive(Clone, Debug)]
pub struct ReverseIndex<K> {
    keys: FxHashMap<RelPath, Box<[K]>>,
    files: FxHashMap<K, BTreeSet<RelPath>>,
    none: BTreeSet<RelPath>,
}

impl<K> Default for ReverseIndex<K> {
    fn default() -> Self {
        Self { keys: FxHashMap::default(), files: FxHashMap::default(), none: BTreeSet::new() }
    }
}

impl<K: Clone + Eq + Hash + Ord> ReverseIndex<K> {
    /// An index without entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `keys` what `file` depends on, whatever it was. Cost: a comparison of both lists, and a map
    /// access for each key that differs.
    pub fn set(&mut self, file: &RelPath, keys: impl IntoIterator<Item = K>) {
        let mut next: Vec<K> = keys.into_iter().collect();
        next.sort_unstable();
        next.dedup();
        let before = self.keys.get(file).map_or(&[][..], |keys| keys);
        if *before == next {
            return;
        }
        for lost in before.iter().filter(|key| next.binary_search(key).is_err()) {
            if let Some(files) = self.files.get_mut(lost) {
                files.remove(file);
                if files.is_empty() {
                    self.files.remove(lost);
                }
            }
        }
        for added in next.iter().filter(|key| before.binary_search(key).is_err()) {
            self.files.entry(added.clone()).or_default().insert(file.clone());
        }
        if next.is_empty() {
            self.keys.remove(file);
        } else {
            self.keys.insert(file.clone(), next.into());
        }
    }

    /// Takes `file` out.
    pub fn remove(&mut self, file: &RelPath) {
        self.set(file, []);
    }

    /// The files that depend on `key`.
    pub fn dependents(&self, key: &K) -> &BTreeSet<RelPath> {
        self.files.get(key).unwrap_or(&self.none)
    }
}
