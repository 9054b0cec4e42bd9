//! The two looks at the disk, and what comes out of them.

use std::collections::hash_map::Entry;
use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::ops::Bound;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::time::SystemTime;

use camino::{Utf8Path, Utf8PathBuf};
use rayon::prelude::*;
use staniel_facts::{
    Cancel, Cancelled, Change, ContentHash, FileChange, FileState, Manifest, RelPath, Stat, Tracked, World,
};

use crate::links;
use crate::look::{Look, lasting, look};
use crate::rules::{self, BadPattern};
use crate::walk::{Directory, Found, Next, Tally, Walk, What};

/// What a scan looks at.
#[derive(Clone, Debug)]
pub struct ScanOptions {
    /// The project's root, absolute.
    pub root: Utf8PathBuf,
    /// Patterns in the language of `.gitignore`, relative to the root: what they match is importable, but
    /// not reported.
    pub exclude: Vec<String>,
    /// Larger files are skipped; in bytes.
    pub max_file_size: u64,
    /// How many threads work: 0 for those of the current rayon pool (within [`pool`]'s `install`: that one's),
    /// which is what a caller with a pool wants; else a pool of this many is made for the scan.
    pub threads: usize,
    /// Absolute directories that belong to the environment: not entered where they lie below the root.
    pub site_packages: Vec<Utf8PathBuf>,
}

impl ScanOptions {
    /// Everything below `root`, nothing excluded, files up to 2 MiB, on the current pool.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self {
            root: root.into(),
            exclude: Vec::new(),
            max_file_size: 2 << 20,
            threads: 0,
            site_packages: Vec::new(),
        }
    }
}

/// What a scan found out.
#[derive(Clone, Debug, Default)]
pub struct Scan {
    /// Every path whose state or visibility is not what the manifest says, sorted; with bytes where they
    /// were read; `Absent` for what has vanished. No environment.
    pub change: Change,
    /// What was seen, for the next scan.
    pub manifest: Manifest,
    /// How much work it was.
    pub counts: ScanCounts,
}

/// Work, counted where it is done.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct ScanCounts {
    /// Directory entries that were listed.
    pub walked: u64,
    /// Files and links whose metadata was looked at.
    pub stated: u64,
    /// Files that were opened to be read.
    pub read: u64,
    /// Files whose bytes were hashed: read completely, and stable.
    pub hashed: u64,
}

/// Why there is no scan. Single files never are the reason.
#[derive(Debug, thiserror::Error)]
pub enum ScanError {
    /// The root cannot be listed.
    #[error("cannot list the directory `{root}`: {source}")]
    Root {
        /// The root.
        root: Utf8PathBuf,
        /// What the operating system says.
        source: std::io::Error,
    },
    /// A pattern of `exclude` is not one.
    #[error(transparent)]
    Exclude(#[from] BadPattern),
    /// The threads that were asked for cannot be had.
    #[error("cannot start threads: {0}")]
    Threads(#[from] rayon::ThreadPoolBuildError),
    /// Somebody raised the flag.
    #[error(transparent)]
    Cancelled(#[from] Cancelled),
}

/// A rayon pool of `threads` threads (0: one for each core) with stacks of 16 MiB: what parses and infers in
/// it recurses over other people's nesting.
pub fn pool(threads: usize) -> Result<rayon::ThreadPool, rayon::ThreadPoolBuildError> {
    rayon::ThreadPoolBuilder::new()
        .num_threads(threads)
        .stack_size(16 << 20)
        .thread_name(|index| format!("staniel-{index}"))
        .build()
}

/// Looks at the whole tree.
///
/// Tracked are `.py` and `.pyi` files, notebooks, and `pyproject.toml` files (importable only: resolution probes for them).
/// Files whose stat equals the manifest's are not read. `now` is the time at which the scan starts: what
/// was touched within two seconds of it is read again next time (git's rule for "racily clean" entries).
///
/// Law: the manifest of a scan makes the next scan of the same tree, later than those two seconds, read
/// nothing and change nothing.
///
/// Links: one to a file inside the root is a file with its own name and the shared content; one to a directory
/// inside the root is entered, under its own name, unless that leads back into where it is. Links
/// out of the root, in rings, or to nothing are not followed: skipped as
/// [`BadLink`](staniel_facts::SkipReason::BadLink) if they have a tracked name, form a ring or lead
/// to a directory (Python files may lie behind it), else passed over. Directories that cannot be listed are
/// skipped under their own path.
///
/// Cost: one listing per directory, one `stat` per tracked file, one read and one hash per file that is new or
/// changed.
pub fn scan(
    options: &ScanOptions,
    before: &Manifest,
    now: SystemTime,
    cancel: &Cancel,
) -> Result<Scan, ScanError> {
    let (mut scan, bytes) = scan_reading(options, before, now, cancel, |_, _, bytes| Arc::from(bytes))?;
    carry(&mut scan.change, bytes);
    Ok(scan)
}

/// As [`scan`], and calls `visit` with path, content hash and bytes of each file that had to be read, while the bytes
/// are at hand: the change carries none of them. What it returned comes back by path, sorted.
pub fn scan_reading<T: Send>(
    options: &ScanOptions,
    before: &Manifest,
    now: SystemTime,
    cancel: &Cancel,
    visit: impl Fn(&RelPath, ContentHash, &[u8]) -> T + Sync,
) -> Result<(Scan, Vec<(RelPath, T)>), ScanError> {
    on_threads(options.threads, || {
        let walk = walk(options, before, cancel)?;
        walk.run(vec![walk.root_directory()]);
        conclude(&walk, &BTreeSet::from([RelPath::root()]), now, &visit)
    })
}

/// Gives each file of `change` the bytes that were read of it; both are sorted by path.
fn carry(change: &mut Change, bytes: Vec<(RelPath, Arc<[u8]>)>) {
    let mut bytes = bytes.into_iter().peekable();
    for file in &mut change.files {
        while bytes.next_if(|(path, _)| *path < file.path).is_some() {}
        file.bytes = bytes.next_if(|(path, _)| *path == file.path).map(|(_, bytes)| bytes);
    }
}

/// Looks at these paths only, and below them where they are directories: what a watcher has seen.
///
/// The result is that of a [`scan`], provided that everything that has changed is at or below one of `paths` (or is
/// seen through a link to such a place; the manifest knows the links). Deletions, renames (both names must be given), and
/// files replaced by directories are such changes. A changed `.gitignore`, `pyvenv.cfg` or `.git` must be
/// given as well: it widens the look to its directory. Cost: as for a scan, of those places; what is copied of the
/// manifest is linear in the tree, but only pointers.
pub fn scan_paths(
    options: &ScanOptions,
    before: &Manifest,
    paths: &[RelPath],
    now: SystemTime,
    cancel: &Cancel,
) -> Result<Scan, ScanError> {
    on_threads(options.threads, || {
        let walk = walk(options, before, cancel)?;
        let mut looked = BTreeSet::new();
        let mut start = Vec::new();
        let mut open = HashMap::new();
        for path in links::widen(paths, before) {
            looked.insert(descend(&walk, &path, &mut open, &mut start));
        }
        walk.run(start);
        let keep = |_: &RelPath, _, bytes: &[u8]| Arc::from(bytes);
        let (mut scan, bytes) = conclude(&walk, &looked, now, &keep)?;
        carry(&mut scan.change, bytes);
        Ok(scan)
    })
}

/// The world at `root` without a manifest, and the change that leads to it from nothing, which has
/// all the bytes. For tests and one-off looks.
pub fn load(root: &Utf8Path) -> Result<(World, Change), ScanError> {
    let scan = scan(&ScanOptions::new(root), &Manifest::default(), SystemTime::UNIX_EPOCH, &Cancel::new())?;
    Ok((World::default().after(&scan.change), scan.change))
}

fn on_threads<T: Send>(
    threads: usize,
    work: impl FnOnce() -> Result<T, ScanError> + Send,
) -> Result<T, ScanError> {
    if threads == 0 { work() } else { pool(threads)?.install(work) }
}

fn walk<'a>(
    options: &'a ScanOptions,
    before: &'a Manifest,
    cancel: &'a Cancel,
) -> Result<Walk<'a>, ScanError> {
    let failed = |source| ScanError::Root { root: options.root.clone(), source };
    let root = options.root.as_std_path().canonicalize().map_err(failed)?;
    std::fs::read_dir(&root).map_err(failed)?;
    let (prefix, around) = rules::around(&root);
    Ok(Walk {
        root,
        prefix,
        around,
        exclude: rules::excludes(&options.exclude)?,
        pruned: &options.site_packages,
        limit: options.max_file_size,
        before,
        cancel,
        tally: Tally::default(),
    })
}

/// Goes from the root to `path` and looks at it. Returns where the way ended: at `path`, or earlier, at something
/// that is not entered, so that nothing can be below it.
fn descend(
    walk: &Walk<'_>,
    path: &RelPath,
    open: &mut HashMap<String, Option<Directory>>,
    start: &mut Vec<Directory>,
) -> RelPath {
    if path.is_root() {
        start.push(walk.root_directory());
        return path.clone();
    }
    let mut here = RelPath::root();
    let mut directory =
        open.entry(String::new()).or_insert_with(|| walk.pass_through(walk.root_directory())).clone();
    let mut parts = path.as_str().split('/').peekable();
    while let Some(part) = parts.next() {
        let Some(inside) = &directory else { return here };
        here = here.join(part);
        if parts.peek().is_none() {
            if let Next::Directory(next) | Next::Linked(next) = walk.step(inside, part) {
                start.push(next);
            }
            break;
        }
        directory = match open.entry(here.to_string()) {
            Entry::Occupied(known) => known.get().clone(),
            Entry::Vacant(slot) => {
                let next = match walk.step(inside, part) {
                    Next::Directory(next) | Next::Linked(next) => walk.pass_through(next),
                    Next::End => None,
                };
                slot.insert(next).clone()
            }
        };
    }
    here
}

/// Reads what must be read, and puts the result in the place of what the manifest knew at and below `looked`.
fn conclude<T: Send>(
    walk: &Walk<'_>,
    looked: &BTreeSet<RelPath>,
    now: SystemTime,
    visit: &(impl Fn(&RelPath, ContentHash, &[u8]) -> T + Sync),
) -> Result<(Scan, Vec<(RelPath, T)>), ScanError> {
    walk.cancel.check()?;
    let (read, hashed) = (AtomicU64::new(0), AtomicU64::new(0));
    let seen: Vec<Option<Seen<T>>> = walk
        .found()
        .into_par_iter()
        .map_init(Vec::new, |buffer, found| {
            walk.cancel.check()?;
            Ok(settle(found, walk.limit, now, &read, &hashed, buffer, visit))
        })
        .collect::<Result<_, Cancelled>>()?;

    let before = walk.before;
    let mut change = Change::default();
    let mut visited = Vec::new();
    let mut files = BTreeMap::new();
    for Seen { path, tracked, stat, result } in seen.into_iter().flatten() {
        visited.extend(result.map(|result| (path.clone(), result)));
        if before.files.get(&path).is_none_or(|(_, last)| *last != tracked) {
            change.files.push(FileChange { path: path.clone(), tracked: tracked.clone(), bytes: None });
        }
        files.insert(path, (stat, tracked));
    }
    for (path, (_, last)) in looked.iter().flat_map(|place| at_and_below(&before.files, place)) {
        if !files.contains_key(path) {
            let tracked = Tracked { state: FileState::Absent, visibility: last.visibility };
            change.files.push(FileChange { path: path.clone(), tracked, bytes: None });
        }
    }
    change.files.sort_by(|a, b| a.path.cmp(&b.path));

    let mut links: BTreeSet<(RelPath, RelPath)> = walk.links().into_iter().collect();
    if !looked.contains(&RelPath::root()) {
        let elsewhere = |path: &RelPath| !looked.iter().any(|place| path.strip_prefix(place).is_some());
        links.extend(before.links.iter().filter(|(link, _)| elsewhere(link)).cloned());
        let mut kept = before.files.clone();
        for (path, _) in looked.iter().flat_map(|place| at_and_below(&before.files, place)) {
            kept.remove(path);
        }
        kept.append(&mut files);
        files = kept;
    }
    let counts = ScanCounts {
        walked: walk.tally.walked.load(Ordering::Relaxed),
        stated: walk.tally.stated.load(Ordering::Relaxed),
        read: read.into_inner(),
        hashed: hashed.into_inner(),
    };
    Ok((Scan { change, manifest: Manifest { files, links }, counts }, visited))
}

/// A tracked path in its final state.
struct Seen<T> {
    path: RelPath,
    tracked: Tracked,
    stat: Option<Stat>,
    /// What the visitor made of its bytes, if they were read.
    result: Option<T>,
}

/// Reads what the walk could not settle; `None` if it has vanished since.
fn settle<T>(
    found: Found,
    limit: u64,
    now: SystemTime,
    read: &AtomicU64,
    hashed: &AtomicU64,
    buffer: &mut Vec<u8>,
    visit: &impl Fn(&RelPath, ContentHash, &[u8]) -> T,
) -> Option<Seen<T>> {
    let Found { path, visibility, what } = found;
    let (state, stat, result) = match what {
        What::Settled(state, stat) => (state, stat, None),
        What::Unread { location, follow } => {
            read.fetch_add(1, Ordering::Relaxed);
            match look(&location, follow, limit, buffer) {
                Look::Absent => return None,
                Look::Skipped(reason) => (FileState::Skipped(reason), None, None),
                Look::Present { hash, stat } => {
                    hashed.fetch_add(1, Ordering::Relaxed);
                    let result = visit(&path, hash, buffer);
                    (FileState::Present(hash), lasting(stat, now), Some(result))
                }
            }
        }
    };
    Some(Seen { path, tracked: Tracked { state, visibility }, stat, result })
}

/// The entries of `place` and of everything below it. Cost: logarithmic, plus what is found.
fn at_and_below<'m, V>(
    map: &'m BTreeMap<RelPath, V>,
    place: &RelPath,
) -> impl Iterator<Item = (&'m RelPath, &'m V)> {
    let (from, to) = match place.as_str() {
        "" => (String::new(), None),
        // `0` follows `/`.
        text => (format!("{text}/"), Some(format!("{text}0"))),
    };
    let to = to.as_deref().map_or(Bound::Unbounded, Bound::Excluded);
    let below = map.range::<str, _>((Bound::Included(from.as_str()), to));
    map.get_key_value(place).filter(|_| !place.is_root()).into_iter().chain(below)
}
