//! Which files there are: the walk over directories, many at a time.
//!
//! Each directory is a task of the current rayon pool and independent of its siblings; the results are sorted
//! afterwards, so their order does not depend on who was first. Linked directories wait until the tree itself
//! has been walked and are entered one after the other, sorted: only so can the bound on what links add be
//! the same in each run.

use std::ffi::OsStr;
use std::fs::{FileType, Metadata};
use std::io;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex, PoisonError};

use ignore::gitignore::Gitignore;
use staniel_facts::{Cancel, FileState, Manifest, RelPath, SkipReason, Stat, Visibility};

use crate::links::{self, Target, Via};
use crate::look::{stat_of, unreadable};
use crate::name::{ENVIRONMENT_MARKERS, EntryName, is_pruned, is_tracked};
use crate::rules::{self, RuleFiles, Rules};

/// How many entries linked directories may add. A few links can multiply a tree without end.
const MAX_LINKED_ENTRIES: u64 = 100_000;

/// Something that is tracked.
pub(crate) struct Found {
    pub(crate) path: RelPath,
    pub(crate) visibility: Visibility,
    pub(crate) what: What,
}

/// What the walk could tell of it.
pub(crate) enum What {
    /// Its state, without reading it; the stat if that is proof.
    Settled(FileState, Option<Stat>),
    /// It must be read.
    Unread { location: PathBuf, follow: bool },
}

/// A directory on the way.
#[derive(Clone)]
pub(crate) struct Directory {
    /// Where it is on disk, canonical: behind a few links the path as it is named would be refused.
    location: PathBuf,
    /// Its path below the rules' top.
    path: String,
    /// The rules inside it, once it is open; before, those around it.
    rules: Option<Arc<Rules>>,
    /// Whether it, and so everything in it, is ignored or excluded.
    ignored: bool,
    /// Whether a name on the way had to be escaped.
    bad: bool,
    via: Option<Arc<Via>>,
}

/// Where the way on leads from an entry.
pub(crate) enum Next {
    /// To nothing more.
    End,
    Directory(Directory),
    /// A directory, through a link.
    Linked(Directory),
}

/// One walk: what it obeys, and what it has found.
pub(crate) struct Walk<'a> {
    /// The root, canonical.
    pub(crate) root: PathBuf,
    /// The way from the rules' top to the root, with a slash at the end.
    pub(crate) prefix: String,
    pub(crate) around: Option<Arc<Rules>>,
    pub(crate) exclude: Option<Gitignore>,
    pub(crate) pruned: &'a [camino::Utf8PathBuf],
    pub(crate) limit: u64,
    pub(crate) before: &'a Manifest,
    pub(crate) cancel: &'a Cancel,
    pub(crate) tally: Tally,
}

/// What a walk has found so far; filled by many threads.
#[derive(Default)]
pub(crate) struct Tally {
    found: Mutex<Vec<Found>>,
    links: Mutex<Vec<(RelPath, RelPath)>>,
    linked: Mutex<Vec<Directory>>,
    pub(crate) walked: AtomicU64,
    pub(crate) stated: AtomicU64,
}

fn append<T>(list: &Mutex<Vec<T>>, mut items: Vec<T>) {
    if !items.is_empty() {
        list.lock().unwrap_or_else(PoisonError::into_inner).append(&mut items);
    }
}

fn take<T>(list: &Mutex<Vec<T>>) -> Vec<T> {
    std::mem::take(&mut list.lock().unwrap_or_else(PoisonError::into_inner))
}

impl Walk<'_> {
    /// The root, not yet open.
    pub(crate) fn root_directory(&self) -> Directory {
        Directory {
            location: self.root.clone(),
            path: self.prefix.trim_end_matches('/').to_owned(),
            rules: self.around.clone(),
            ignored: false,
            bad: false,
            via: None,
        }
    }

    /// Walks everything in and below `start`, then what links in it lead to.
    pub(crate) fn run(&self, start: Vec<Directory>) {
        rayon::scope(|scope| {
            for directory in start {
                scope.spawn(move |scope| self.visit(scope, directory));
            }
        });
        let tree = self.tally.walked.load(Ordering::Relaxed);
        loop {
            let mut linked = take(&self.tally.linked);
            if linked.is_empty() || self.cancel.is_cancelled() {
                return;
            }
            linked.sort_by(|a, b| a.path.cmp(&b.path));
            for directory in linked {
                if self.tally.walked.load(Ordering::Relaxed) - tree > MAX_LINKED_ENTRIES {
                    let reason = SkipReason::BadLink("is not followed: links multiply this tree".into());
                    append(&self.tally.found, vec![self.skipped(&directory, &directory.path, reason)]);
                } else {
                    rayon::scope(|scope| self.visit(scope, directory));
                }
            }
        }
    }

    /// What was found, sorted.
    pub(crate) fn found(&self) -> Vec<Found> {
        let mut found = take(&self.tally.found);
        found.sort_by(|a, b| a.path.cmp(&b.path));
        // A way to a path may pass the same place several times.
        found.dedup_by(|a, b| a.path == b.path);
        found
    }

    /// Which links were met, with what they go through.
    pub(crate) fn links(&self) -> Vec<(RelPath, RelPath)> {
        take(&self.tally.links)
    }

    fn visit<'scope>(&'scope self, scope: &rayon::Scope<'scope>, mut directory: Directory) {
        if self.cancel.is_cancelled() {
            return;
        }
        let mut found = Vec::new();
        let unreadable_here =
            |error: &io::Error| self.skipped(&directory, &directory.path, unreadable(error));
        let entries = match std::fs::read_dir(&directory.location) {
            Ok(entries) => entries,
            // It vanished while we walked, as anything may.
            Err(error) if vanished(&error) => return,
            Err(error) => return append(&self.tally.found, vec![unreadable_here(&error)]),
        };
        let mut interesting = Vec::new();
        let mut files = RuleFiles::default();
        let mut walked = 0;
        for entry in entries {
            let entry = match entry {
                Ok(entry) => entry,
                Err(error) => {
                    found.push(unreadable_here(&error));
                    break;
                }
            };
            walked += 1;
            let name = entry.file_name();
            if !self.is_root(&directory) && ENVIRONMENT_MARKERS.iter().any(|marker| name == *marker) {
                return;
            }
            files.git |= name == ".git";
            files.gitignore |= name == ".gitignore";
            let Ok(kind) = entry.file_type() else { continue };
            if kind.is_dir() || kind.is_symlink() || is_tracked(name.as_bytes()) {
                interesting.push((entry, name, kind));
            }
        }
        self.tally.walked.fetch_add(walked, Ordering::Relaxed);
        self.open(&mut directory, files);
        let mut linked = Vec::new();
        for (entry, name, kind) in interesting {
            match self.entry(&directory, &name, kind, || entry.metadata(), &mut found) {
                Next::End => {}
                Next::Directory(next) => scope.spawn(move |scope| self.visit(scope, next)),
                Next::Linked(next) => linked.push(next),
            }
        }
        append(&self.tally.found, found);
        append(&self.tally.linked, linked);
    }

    fn open(&self, directory: &mut Directory, files: RuleFiles) {
        if !directory.ignored {
            directory.rules =
                rules::inside(directory.rules.as_ref(), &directory.location, &directory.path, files);
        }
    }

    /// Opens a directory without listing it; `None` if it is never entered.
    pub(crate) fn pass_through(&self, mut directory: Directory) -> Option<Directory> {
        let there = |name: &&str| directory.location.join(name).symlink_metadata().is_ok();
        if !self.is_root(&directory) && ENVIRONMENT_MARKERS.iter().any(there) {
            return None;
        }
        let files = RuleFiles::of(&directory.location);
        self.open(&mut directory, files);
        Some(directory)
    }

    /// Looks at the entry `name` of `directory` from outside, as a walk would.
    pub(crate) fn step(&self, directory: &Directory, name: &str) -> Next {
        let location = directory.location.join(name);
        let mut found = Vec::new();
        let metadata = match location.symlink_metadata() {
            Ok(metadata) => metadata,
            Err(error) => {
                if !vanished(&error) && is_tracked(name.as_bytes()) {
                    let path = if directory.path.is_empty() {
                        name.to_owned()
                    } else {
                        format!("{}/{name}", directory.path)
                    };
                    found.push(self.skipped(directory, &path, unreadable(&error)));
                    append(&self.tally.found, found);
                }
                return Next::End;
            }
        };
        let next = self.entry(
            directory,
            OsStr::new(name),
            metadata.file_type(),
            || Ok(metadata.clone()),
            &mut found,
        );
        append(&self.tally.found, found);
        next
    }

    fn entry(
        &self,
        directory: &Directory,
        name: &OsStr,
        kind: FileType,
        metadata: impl FnOnce() -> io::Result<Metadata>,
        found: &mut Vec<Found>,
    ) -> Next {
        let tracked = is_tracked(name.as_bytes());
        let EntryName { text, bad } = EntryName::of(name);
        let bad = bad || directory.bad;
        let path =
            if directory.path.is_empty() { text.into_owned() } else { format!("{}/{text}", directory.path) };
        let mut skip = |reason| found.push(self.skipped(directory, &path, reason));

        if kind.is_dir() {
            if is_pruned(name.as_bytes()) {
                return Next::End;
            }
            let location = directory.location.join(name);
            if self.pruned.iter().any(|pruned| pruned.as_std_path() == location) {
                return Next::End;
            }
            if tracked {
                skip(if bad { SkipReason::BadName } else { SkipReason::NotRegular });
            }
            let ignored = self.ignored(directory, &path, true);
            let (rules, via) = (directory.rules.clone(), directory.via.clone());
            return Next::Directory(Directory { location, path, rules, ignored, bad, via });
        }
        if kind.is_symlink() {
            return self.link(directory, name, path, bad, found);
        }
        if tracked {
            if bad {
                skip(SkipReason::BadName);
            } else if kind.is_file() {
                match metadata() {
                    Ok(metadata) => found.push(self.file(directory, &path, name, &metadata, false)),
                    Err(error) if vanished(&error) => {}
                    Err(error) => skip(unreadable(&error)),
                }
            } else {
                skip(SkipReason::NotRegular);
            }
        }
        Next::End
    }

    fn link(
        &self,
        directory: &Directory,
        name: &OsStr,
        path: String,
        bad: bool,
        found: &mut Vec<Found>,
    ) -> Next {
        if is_pruned(name.as_bytes()) {
            return Next::End;
        }
        let tracked = is_tracked(name.as_bytes());
        let location = directory.location.join(name);
        if !bad {
            let link = self.relative(&path);
            let hops = links::hops(&location, &self.root);
            append(&self.tally.links, hops.into_iter().map(|hop| (link.clone(), hop)).collect());
        }
        self.tally.stated.fetch_add(1, Ordering::Relaxed);
        let mut skip = |reason| found.push(self.skipped(directory, &path, reason));
        let bad_link = |why: &str| SkipReason::BadLink(why.into());
        match links::target(&location, &self.root) {
            Target::File | Target::Special | Target::Directory(_) | Target::Dangling if bad && tracked => {
                skip(SkipReason::BadName);
            }
            Target::Directory(_) if bad => skip(SkipReason::BadName),
            Target::File if tracked => match location.metadata() {
                Ok(metadata) => found.push(self.file(directory, &path, name, &metadata, true)),
                Err(_) => skip(bad_link("leads nowhere")),
            },
            Target::Special if tracked => skip(SkipReason::NotRegular),
            Target::Dangling if tracked => skip(bad_link("leads nowhere")),
            Target::FileOutside if tracked => skip(bad_link("leads out of the project")),
            Target::Unreadable(reason) if tracked => skip(reason),
            Target::File
            | Target::Special
            | Target::Dangling
            | Target::FileOutside
            | Target::Unreadable(_) => {}
            // Reported whatever its name: Python files may lie behind it.
            Target::DirectoryOutside => skip(bad_link("leads out of the project")),
            Target::Ring => skip(bad_link("leads to itself")),
            Target::Directory(real) if self.never_entered(&real) => {}
            Target::Directory(real)
                if links::leads_back(&real, &directory.location, directory.via.as_ref()) =>
            {
                skip(bad_link("leads to a directory that contains it"));
            }
            Target::Directory(real) => {
                if tracked {
                    skip(SkipReason::NotRegular);
                }
                let via = Via { before: directory.via.clone(), left: directory.location.clone() };
                // For git a link is no directory, whatever it leads to.
                let ignored = self.ignored(directory, &path, false);
                let (rules, via) = (directory.rules.clone(), Some(Arc::new(via)));
                return Next::Linked(Directory { location: real, path, rules, ignored, bad, via });
            }
        }
        Next::End
    }

    /// Whether a link's target lies in what the walk prunes.
    fn never_entered(&self, real: &Path) -> bool {
        let Ok(way) = real.strip_prefix(&self.root) else { return true };
        let mut location = self.root.clone();
        way.components().any(|part| {
            location.push(part);
            is_pruned(part.as_os_str().as_bytes())
                || self.pruned.iter().any(|pruned| pruned.as_std_path() == location)
                || ENVIRONMENT_MARKERS.iter().any(|marker| location.join(marker).symlink_metadata().is_ok())
        })
    }

    fn file(
        &self,
        directory: &Directory,
        path: &str,
        name: &OsStr,
        metadata: &Metadata,
        follow: bool,
    ) -> Found {
        self.tally.stated.fetch_add(1, Ordering::Relaxed);
        let stat = stat_of(metadata);
        let visibility = self.visibility(directory, path);
        let relative = self.relative_text(path);
        let known = self.before.files.get_key_value(relative);
        let path = known.map_or_else(|| self.relative(path), |(path, _)| path.clone());
        let what = match known {
            _ if stat.size > self.limit => {
                let reason = SkipReason::TooLarge { size: stat.size, limit: self.limit };
                What::Settled(FileState::Skipped(reason), None)
            }
            Some((_, (Some(last), tracked))) if *last == stat => {
                What::Settled(tracked.state.clone(), Some(stat))
            }
            _ => What::Unread { location: directory.location.join(name), follow },
        };
        Found { path, visibility, what }
    }

    fn skipped(&self, directory: &Directory, path: &str, reason: SkipReason) -> Found {
        let what = What::Settled(FileState::Skipped(reason), None);
        Found { path: self.relative(path), visibility: self.visibility(directory, path), what }
    }

    fn visibility(&self, directory: &Directory, path: &str) -> Visibility {
        // `pyproject.toml` is tracked for those who resolve only.
        let name = path.rsplit('/').next().unwrap_or(path);
        if name == "pyproject.toml" || self.ignored(directory, path, false) {
            Visibility::Importable
        } else {
            Visibility::Reported
        }
    }

    fn ignored(&self, directory: &Directory, path: &str, is_dir: bool) -> bool {
        directory.ignored
            || rules::ignores(directory.rules.as_ref(), path, is_dir)
            || self
                .exclude
                .as_ref()
                .is_some_and(|exclude| exclude.matched(self.relative_text(path), is_dir).is_ignore())
    }

    fn is_root(&self, directory: &Directory) -> bool {
        self.relative_text(&directory.path).is_empty()
    }

    fn relative_text<'p>(&self, path: &'p str) -> &'p str {
        path.get(self.prefix.len()..).unwrap_or("")
    }

    fn relative(&self, path: &str) -> RelPath {
        RelPath::new(self.relative_text(path)).expect("made of names of directory entries")
    }
}

fn vanished(error: &io::Error) -> bool {
    matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory)
}
