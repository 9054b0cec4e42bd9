//! The import map as a value that can be asked.

use std::collections::hash_map::Entry;
use std::sync::{Arc, OnceLock};

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};
use staniel_facts::{
    Edge, FileState, ImportFacts, Manifest, ModuleName, RelPath, SkipReason, Tracked, Visibility,
};
use staniel_store::Pack;

use super::links::{self, Link, Links};
use super::{packed, skipped};

/// The place of a file among those of an [`ImportMap`].
pub type FileNumber = u32;

/// What one file imports.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct FileImports {
    /// What its text says.
    pub facts: Arc<ImportFacts>,
    /// Where that leads, in source order.
    pub edges: Arc<[Edge]>,
}

/// A stored map is not what was stored.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("the stored import map is damaged")]
pub struct Damaged;

/// By which names files import something: the written ones, and those under which it is defined, each with the
/// numbers of the importing files. In the order in which they are first seen: looking through all of them costs less
/// than sorting them for a question that most runs do not ask.
pub(super) type Names = Vec<(ModuleName, Vec<FileNumber>)>;

/// Who imports whom, in all reported files. Files are numbered in the order of their paths.
///
/// One that was computed is in memory; a stored one is read as far as questions go, a group of files at a time, and
/// each question can find it [`Damaged`].
#[derive(Debug, Default)]
pub struct ImportMap {
    roots: Box<[RelPath]>,
    /// The analysed files, sorted.
    paths: Vec<RelPath>,
    skipped: Vec<(RelPath, SkipReason)>,
    /// Sources that are not reported, and what they say: for the next run.
    pub(super) hidden: Vec<(RelPath, Arc<ImportFacts>)>,
    links: OnceLock<Links>,
    names: OnceLock<Names>,
    chunks: Vec<OnceLock<Vec<FileImports>>>,
    pack: Option<Pack>,
}

impl ImportMap {
    /// The map of files with these rows, in the order of [`analysed`].
    pub(super) fn computed(
        roots: &[RelPath],
        manifest: &Manifest,
        rows: Vec<FileImports>,
        hidden: Vec<(RelPath, Arc<ImportFacts>)>,
    ) -> Self {
        let paths = analysed(manifest);
        let links = Links::new(&paths, &rows);
        let mut rows = rows.into_iter();
        let chunks = (0..packed::chunks(paths.len()))
            .map(|_| OnceLock::from(rows.by_ref().take(packed::CHUNK).collect::<Vec<_>>()))
            .collect();
        let skipped = skipped(manifest).map(|(path, reason)| (path.clone(), reason.clone())).collect();
        let (links, names) = (OnceLock::from(links), OnceLock::new());
        Self { roots: roots.into(), paths, skipped, hidden, links, names, chunks, pack: None }
    }

    /// The map in `pack`, of the tree that `manifest` describes.
    pub(super) fn stored(roots: &[RelPath], manifest: &Manifest, pack: Pack) -> Self {
        let paths = analysed(manifest);
        let skipped = skipped(manifest).map(|(path, reason)| (path.clone(), reason.clone())).collect();
        let chunks = (0..packed::chunks(paths.len())).map(|_| OnceLock::new()).collect();
        Self { roots: roots.into(), paths, skipped, chunks, pack: Some(pack), ..Self::default() }
    }

    /// The analysed files, sorted: the number of each is its place.
    pub fn paths(&self) -> &[RelPath] {
        &self.paths
    }

    /// Reported files that could not be read, with reasons, sorted.
    pub fn skipped(&self) -> &[(RelPath, SkipReason)] {
        &self.skipped
    }

    /// The first-party search paths, which decide what modules are called.
    pub fn roots(&self) -> &[RelPath] {
        &self.roots
    }

    /// What the module in a file is called; a path with dots where no import statement can spell it.
    pub fn module(&self, path: &RelPath) -> ModuleName {
        staniel_db::module_name(&self.roots, path)
    }

    /// The number of a file, also of one that is only led to. Logarithmic.
    pub fn number(&self, path: &str) -> Result<Option<FileNumber>, Damaged> {
        Ok(links::number(&self.paths, &self.read_links()?.others, path))
    }

    /// The path of a file, also of one that is only led to.
    ///
    /// # Errors
    ///
    /// [`Damaged`], as for all that follows.
    pub fn path(&self, file: FileNumber) -> Result<&RelPath, Damaged> {
        match self.paths.get(file as usize) {
            Some(path) => Ok(path),
            None => self.read_links()?.others.get(file as usize - self.paths.len()).ok_or(Damaged),
        }
    }

    /// How many files there are, with those that are importable but not reported, and are led to.
    pub fn files(&self) -> Result<usize, Damaged> {
        Ok(self.paths.len() + self.read_links()?.others.len())
    }

    /// Whom a file imports, sorted; none where the file is not an analysed one.
    pub fn links(&self, file: FileNumber) -> Result<&[Link], Damaged> {
        Ok(self.read_links()?.of(file))
    }

    /// The numbers of the files that import something by this dotted name, sorted: as their statements spell it
    /// (a module, or a module and a symbol) or as it is called where it is defined. Cost: a look at each name by
    /// which anything is imported.
    pub fn importing(&self, name: &ModuleName) -> Result<&[FileNumber], Damaged> {
        let mut names = self.read_names()?.iter();
        Ok(names.find(|(known, _)| known == name).map_or(&[], |(_, files)| files.as_slice()))
    }

    /// As [`Self::importing`], for the name and everything in it: `a`, `a.b`, `a.b.c`.
    pub fn importing_within(&self, name: &ModuleName) -> Result<Vec<FileNumber>, Damaged> {
        let inside = name.child("");
        let is_within = |known: &ModuleName| known == name || known.as_str().starts_with(inside.as_str());
        let names = self.read_names()?.iter().filter(|(known, _)| is_within(known));
        let mut found: Vec<FileNumber> = names.flat_map(|(_, files)| files).copied().collect();
        found.sort_unstable();
        found.dedup();
        Ok(found)
    }

    /// All names by which anything is imported, each once.
    pub fn imported_names(&self) -> Result<impl Iterator<Item = &ModuleName>, Damaged> {
        Ok(self.read_names()?.iter().map(|(name, _)| name))
    }

    /// What an analysed file imports. Reads its group of files at the first question.
    ///
    /// # Panics
    ///
    /// If `file` is not less than the number of [`Self::paths`].
    pub fn file(&self, file: FileNumber) -> Result<&FileImports, Damaged> {
        let file = file as usize;
        assert!(file < self.paths.len(), "no analysed file has the number {file}");
        let rows = self.chunk(file / packed::CHUNK)?;
        rows.get(file % packed::CHUNK).ok_or(Damaged)
    }

    /// All analysed files with what they import, in order.
    pub fn rows(&self) -> impl Iterator<Item = Result<(&RelPath, &FileImports), Damaged>> {
        (0..).zip(&self.paths).map(|(number, path)| Ok((path, self.file(number)?)))
    }

    /// Reads all that is not read yet, in the present thread pool.
    pub(super) fn load(&self) -> Result<(), Damaged> {
        (0..self.chunks.len()).into_par_iter().try_for_each(|chunk| self.chunk(chunk).map(drop))
    }

    /// The pack that this map is read from.
    pub(super) fn pack(&self) -> Option<&Pack> {
        self.pack.as_ref()
    }

    pub(super) fn read_links(&self) -> Result<&Links, Damaged> {
        let read = |pack: &Pack| packed::read_links(pack).filter(|links| links.fits(self.paths.len()));
        self.read(&self.links, read)
    }

    pub(super) fn read_names(&self) -> Result<&Names, Damaged> {
        if self.pack.is_none() {
            let rows = self.chunks.iter().filter_map(OnceLock::get).flatten();
            return Ok(self.names.get_or_init(|| names_of(rows)));
        }
        let fits = |names: &Names| {
            names.iter().flat_map(|(_, files)| files).all(|file| (*file as usize) < self.paths.len())
        };
        self.read(&self.names, |pack| packed::read_names(pack).filter(fits))
    }

    pub(super) fn chunk(&self, chunk: usize) -> Result<&Vec<FileImports>, Damaged> {
        self.read(&self.chunks[chunk], |pack| packed::read_chunk(pack, chunk))
    }

    pub(super) fn chunk_count(&self) -> usize {
        self.chunks.len()
    }

    fn read<'m, T>(
        &'m self,
        cell: &'m OnceLock<T>,
        read: impl FnOnce(&Pack) -> Option<T>,
    ) -> Result<&'m T, Damaged> {
        if let Some(value) = cell.get() {
            return Ok(value);
        }
        let value = self.pack.as_ref().and_then(read).ok_or(Damaged)?;
        Ok(cell.get_or_init(|| value))
    }
}

/// The reported sources that were read, sorted.
pub(super) fn analysed(manifest: &Manifest) -> Vec<RelPath> {
    sources(manifest, Visibility::Reported).cloned().collect()
}

/// The sources that can be read and are seen like this, sorted.
pub(super) fn sources(manifest: &Manifest, visibility: Visibility) -> impl Iterator<Item = &RelPath> {
    let is_source = move |path: &RelPath, tracked: &Tracked| {
        path.source_kind().is_some()
            && tracked.visibility == visibility
            && matches!(tracked.state, FileState::Present(_))
    };
    manifest.files.iter().filter(move |(path, (_, tracked))| is_source(path, tracked)).map(|(path, _)| path)
}

fn names_of<'a>(rows: impl Iterator<Item = &'a FileImports>) -> Names {
    let mut names = Names::new();
    let mut places: FxHashMap<ModuleName, usize> = FxHashMap::default();
    let mut add = |name: ModuleName, file: FileNumber| match places.entry(name) {
        Entry::Occupied(place) => {
            let files = &mut names[*place.get()].1;
            // Files come in order.
            if files.last() != Some(&file) {
                files.push(file);
            }
        }
        Entry::Vacant(place) => {
            names.push((place.key().clone(), vec![file]));
            place.insert(names.len() - 1);
        }
    };
    for (file, row) in (0..).zip(rows) {
        for edge in row.edges.iter() {
            let content = &*edge.content;
            if let Some(symbol) = content.symbol.as_ref().filter(|symbol| *symbol != "*") {
                add(content.module.child(symbol), file);
            }
            add(content.module.clone(), file);
            match content.origin.as_ref().map(|origin| (&origin.module, &origin.symbol)) {
                Some((module, Some(symbol))) => add(module.child(symbol), file),
                Some((module, None)) => add(module.clone(), file),
                None => {}
            }
        }
    }
    names
}
