//! The import map alone: for questions that need neither definitions nor types.
//!
//! ```text
//! pack ──▶ manifest ──▶ scan ──nothing changed──▶ ImportMap, read from the pack as far as a question goes
//!                        │ read, hash, scan in one pass over the bytes
//!                        └──▶ edges of all files ──▶ ImportMap in memory ──▶ (asked, printed) ──▶ pack
//! ```
//!
//! It has a manifest of its own in the pack that holds the map, so that both are always of a piece, and takes no lock: a
//! pack is swapped by rename. The rows and HEAD are neither read nor written. An answer is the same whether it comes
//! from a pack or not; what is damaged in one is as if it were not there.
//!
//! Start reading at [`Imports`], then `map` (what can be asked) and `packed` (how it lies on disk).

mod facts;
mod links;
mod map;
mod packed;

use std::sync::Arc;
use std::time::SystemTime;

use camino::Utf8PathBuf;
use rayon::prelude::*;
use staniel_db::Database;
use staniel_facts::{Cancel, FileState, Manifest, RelPath, SkipReason, SourceKind, Visibility, World};
use staniel_project::Project;
use staniel_store::{IMPORTS, Pack};
use staniel_vfs::{Scan, ScanOptions};

use crate::engine::{cache_directory, project_options, scan_options};
use crate::error::EngineError;
use crate::options::{CacheChoice, Options, Phase};
use crate::published::Fallback;
use facts::{Known, Scanned};
use packed::Meta;

pub use links::Link;
pub use map::{Damaged, FileImports, FileNumber, ImportMap};

/// What had to be done to answer: demands, counted where they happen.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default)]
pub struct ImportWork {
    /// Files read to learn their content.
    pub read: u64,
    /// Files hashed.
    pub hashed: u64,
    /// Files whose imports were extracted.
    pub scanned: u64,
    /// Files whose imports were resolved.
    pub resolved: u64,
}

/// The import map of a project, kept from run to run.
pub struct Imports {
    options: Options,
    project: Project,
    pool: rayon::ThreadPool,
    directory: Option<Utf8PathBuf>,
    /// Current as of the last look.
    map: ImportMap,
    manifest: Manifest,
    work: ImportWork,
    /// Whether the pack on disk is not what it should be.
    unsaved: bool,
}

impl Imports {
    /// Looks at the tree, and brings the map up to date. Cost: a walk and a `stat` of each file; where nothing has
    /// changed, no more; else reading, hashing and scanning what has, and the edges of all files.
    ///
    /// Files that cannot be read are reported in [`ImportMap::skipped`].
    pub fn open(options: Options, cancel: &Cancel) -> Result<Self, EngineError> {
        let project = staniel_project::load(&project_options(&options))?;
        let pool = staniel_vfs::pool(options.jobs).map_err(staniel_vfs::ScanError::from)?;
        let directory = match &options.cache {
            CacheChoice::Base(base) => Some(cache_directory(base, &project.root)),
            CacheChoice::None => None,
        };
        let mut imports = Self {
            map: ImportMap::default(),
            manifest: Manifest::default(),
            work: ImportWork::default(),
            unsaved: false,
            options,
            project,
            pool,
            directory,
        };
        imports.look(true, cancel)?;
        Ok(imports)
    }

    /// The project as it was loaded.
    pub fn project(&self) -> &Project {
        &self.project
    }

    /// Reported files that could not be read, with reasons, sorted.
    pub fn skipped(&self) -> &[(RelPath, SkipReason)] {
        self.map.skipped()
    }

    /// What had to be done so far.
    pub fn work(&self) -> ImportWork {
        self.work
    }

    /// Answers a question. It is asked again of a map that was made anew if the one at hand turns out to be damaged,
    /// so it should be of the kind that collects, and leave printing to its caller.
    pub fn ask<T>(
        &mut self,
        cancel: &Cancel,
        question: impl Fn(&ImportMap) -> Result<T, Damaged>,
    ) -> Result<T, EngineError> {
        if let Ok(answer) = question(&self.map) {
            return Ok(answer);
        }
        tracing::debug!("the stored import map is damaged: it is made anew");
        self.look(false, cancel)?;
        Ok(question(&self.map).expect("a map in memory is whole"))
    }

    /// Loads all of the map, many files at a time: for questions that need it.
    pub fn load(&mut self, cancel: &Cancel) -> Result<&ImportMap, EngineError> {
        if self.pool.install(|| self.map.load()).is_err() {
            self.look(false, cancel)?;
        }
        Ok(&self.map)
    }

    /// Stores the map, if the stored one is not as good. To be called when the answer is out. That it cannot be
    /// stored is no error: the next run computes it again.
    pub fn save(&mut self) -> Vec<Fallback> {
        let Some(directory) = self.directory.as_deref().filter(|_| self.unsaved) else { return Vec::new() };
        self.unsaved = false;
        self.options.progress.phase(Phase::Persisting, None);
        let meta = Meta::new(self.project.environment.digest, &self.manifest);
        let written = match self.pool.install(|| packed::pack(&meta, &self.map)) {
            Ok(pack) => pack.write(directory, IMPORTS),
            // Found by the next run that needs what is damaged.
            Err(Damaged) => return Vec::new(),
        };
        let failed = written.err().map(|error| Fallback {
            code: "not-persisted".to_owned(),
            message: format!(
                "the import map cannot be kept in {directory} ({error}): the next run makes it again"
            ),
        });
        failed.into_iter().collect()
    }

    /// Looks at the tree; at everything in it, unless what is stored may be `trusted`.
    fn look(&mut self, trusted: bool, cancel: &Cancel) -> Result<(), EngineError> {
        self.options.progress.phase(Phase::Walking, None);
        let pack = self.directory.as_deref().filter(|_| trusted).and_then(|dir| Pack::open(dir, IMPORTS));
        let stored = pack.and_then(|pack| Some((Meta::read(&pack)?, pack)));
        let (meta, pack) = match stored {
            Some((meta, pack)) => (meta, Some(pack)),
            None => (Meta::default(), None),
        };
        let (Scan { change, manifest, counts }, scanned) = self.scan(&meta.manifest, cancel)?;
        self.work.read += counts.read;
        self.work.hashed += counts.hashed;
        if !manifest.files.iter().any(|(path, (_, tracked))| {
            path.source_kind().is_some() && tracked.visibility == Visibility::Reported
        }) {
            return Err(EngineError::NoPython(self.project.root.clone()));
        }
        let same_environment = meta.environment == self.project.environment.digest;
        if let Some(pack) = pack {
            if change.files.is_empty() && same_environment {
                self.unsaved = manifest != meta.manifest;
                self.map = ImportMap::stored(&self.project.environment.roots, &manifest, pack);
                self.manifest = manifest;
                return Ok(());
            }
            // What is known of files that did not change need not be found out again; what is damaged must be.
            let Some(known) = self.pool.install(|| Known::stored(&meta.manifest, &pack)) else {
                return self.look(false, cancel);
            };
            return self.resolve(manifest, known.with(scanned), cancel);
        }
        self.resolve(manifest, Known::default().with(scanned), cancel)
    }

    /// Walks, reads what differs from `before`, and extracts imports while the bytes are at hand.
    fn scan(
        &self,
        before: &Manifest,
        cancel: &Cancel,
    ) -> Result<(Scan, Vec<(RelPath, Scanned)>), EngineError> {
        let options: ScanOptions = scan_options(&self.project);
        let now: SystemTime = (self.options.clock)();
        let visit = |path: &RelPath, hash, bytes: &[u8]| -> Scanned {
            let kind: SourceKind = path.source_kind()?;
            let known =
                before.files.get(path).is_some_and(|(_, last)| last.state == FileState::Present(hash));
            (!known).then(|| Arc::new(staniel_syntax::import_facts(bytes, kind)))
        };
        Ok(self.pool.install(|| staniel_vfs::scan_reading(&options, before, now, cancel, visit))?)
    }

    /// Makes the map of the tree that `manifest` describes.
    fn resolve(&mut self, manifest: Manifest, known: Known, cancel: &Cancel) -> Result<(), EngineError> {
        let environment = Arc::new(self.project.environment.clone());
        let files = manifest.files.iter().map(|(path, (_, tracked))| (path.clone(), tracked.clone()));
        let world = World { files: files.collect(), environment: Arc::clone(&environment) };
        self.work.scanned += known.scanned;
        let known = Arc::new(known);
        let mut database = Database::new(Arc::clone(&known) as _, environment);
        let paths: Vec<RelPath> = world.files.keys().cloned().collect();
        database.advance(&world, &paths);
        let analysed = map::analysed(&manifest);
        self.options.progress.phase(Phase::Analysing, Some(analysed.len() as u64));
        self.work.resolved += analysed.len() as u64;
        let (progress, root) = (&*self.options.progress, &self.project.environment.roots);
        let asked = database.clone();
        let rows = self.pool.install(|| {
            let rows = analysed.par_iter().map_with(asked, |database, path| {
                cancel.check()?;
                progress.advance(1);
                let edges = Arc::clone(&database.resolution(path).edges);
                Ok(FileImports { facts: known.facts(path), edges })
            });
            rows.collect::<Result<Vec<_>, EngineError>>()
        })?;
        // Nobody needs it any more, and nobody need wait until it is taken apart.
        self.pool.spawn(move || drop(database));
        let hidden = map::sources(&manifest, Visibility::Importable);
        let hidden = hidden.map(|path| (path.clone(), known.facts(path))).collect();
        self.map = self.pool.install(|| ImportMap::computed(root, &manifest, rows, hidden));
        self.manifest = manifest;
        self.unsaved = true;
        Ok(())
    }
}

/// Reported files that were not read, with reasons.
fn skipped(manifest: &Manifest) -> impl Iterator<Item = (&RelPath, &SkipReason)> {
    manifest.files.iter().filter_map(|(path, (_, tracked))| match &tracked.state {
        FileState::Skipped(reason) if tracked.visibility == Visibility::Reported => Some((path, reason)),
        _ => None,
    })
}
