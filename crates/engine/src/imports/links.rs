//! Who leads to whom, without what the statements say.

use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use staniel_facts::{Contexts, Edge, RelPath};

use super::FileNumber;
use super::map::FileImports;

/// That a file imports another. A file that does so under several circumstances has a link for each.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Link {
    /// The imported file.
    pub to: FileNumber,
    /// The circumstances of a statement that imports it.
    pub contexts: Contexts,
    /// Whether nobody wrote it: a parent package, or what a star import brings.
    pub implicit: bool,
    /// Whether it is a star import.
    pub star: bool,
}

/// Every file's links, and the files beyond the reported ones that they lead to.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub(super) struct Links {
    /// Files that are importable and not reported, or not read; numbered behind the reported ones. Sorted.
    pub(super) others: Box<[RelPath]>,
    /// By importing file, each sorted.
    by_file: Box<[Box<[Link]>]>,
}

impl Links {
    pub(super) fn new(paths: &[RelPath], rows: &[FileImports]) -> Self {
        let mut numbers: FxHashMap<&RelPath, FileNumber> = paths.iter().zip(0..).collect();
        let edges = rows.iter().flat_map(|row| row.edges.iter());
        let targets = edges.filter_map(|edge| edge.content.resolved.as_ref());
        let mut others: Vec<&RelPath> = targets.filter(|path| !numbers.contains_key(path)).collect();
        others.sort_unstable();
        others.dedup();
        numbers.extend(others.iter().copied().zip(paths.len() as FileNumber..));
        let link = |edge: &Edge| {
            let content = &*edge.content;
            Some(Link {
                to: *numbers.get(content.resolved.as_ref()?)?,
                contexts: content.contexts,
                implicit: content.implicit,
                star: content.symbol.as_deref() == Some("*"),
            })
        };
        let links_of = |row: &FileImports| {
            let mut links: Vec<Link> = row.edges.iter().filter_map(link).collect();
            links.sort_unstable();
            links.dedup();
            Box::from(links)
        };
        let by_file = rows.iter().map(links_of).collect();
        Self { others: others.into_iter().cloned().collect(), by_file }
    }

    pub(super) fn of(&self, file: FileNumber) -> &[Link] {
        self.by_file.get(file as usize).map_or(&[], |links| links)
    }

    /// Whether every number in it is that of a file, with `reported` files before the others.
    pub(super) fn fits(&self, reported: usize) -> bool {
        let files = reported + self.others.len();
        self.by_file.len() == reported && self.by_file.iter().flatten().all(|link| (link.to as usize) < files)
    }
}

/// The number of a file.
pub(super) fn number(paths: &[RelPath], others: &[RelPath], path: &str) -> Option<FileNumber> {
    let find = |paths: &[RelPath]| paths.binary_search_by(|known| known.as_str().cmp(path)).ok();
    let index = find(paths).or_else(|| Some(paths.len() + find(others)?))?;
    FileNumber::try_from(index).ok()
}
