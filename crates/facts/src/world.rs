//! Worlds: what files there are, and how one state of affairs becomes the next.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt;
use std::sync::Arc;

use imbl::OrdMap;
use serde::{Deserialize, Serialize};

use crate::{ContentHash, Environment, RelPath};

/// Why a file is not analysed. Reported, never fatal.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "kebab-case")]
pub enum SkipReason {
    /// A FIFO, socket, device or directory with a Python file's name.
    NotRegular,
    /// The operating system would not let us read it; its words.
    Unreadable(Arc<str>),
    /// More bytes than the limit.
    TooLarge {
        /// Its size in bytes.
        size: u64,
        /// The limit in bytes.
        limit: u64,
    },
    /// It changed each time it was read.
    Unstable,
    /// A symbolic link that leads to itself, out of the root, or nowhere.
    BadLink(Arc<str>),
    /// A name that is not UTF-8 or has a control character in it: it cannot be printed or stored safely.
    BadName,
    /// The guard before the parser refused it: nesting, brackets or continuations beyond what CPython
    /// itself accepts.
    Hostile(Arc<str>),
    /// A notebook whose JSON is none.
    BadNotebook(Arc<str>),
}

impl SkipReason {
    /// A short stable word for programs.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NotRegular => "not-regular",
            Self::Unreadable(_) => "unreadable",
            Self::TooLarge { .. } => "too-large",
            Self::Unstable => "unstable",
            Self::BadLink(_) => "bad-link",
            Self::BadName => "bad-name",
            Self::Hostile(_) => "hostile",
            Self::BadNotebook(_) => "bad-notebook",
        }
    }
}

impl fmt::Display for SkipReason {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotRegular => f.write_str("not a regular file"),
            Self::Unreadable(why) => write!(f, "cannot be read: {why}"),
            Self::TooLarge { size, limit } => write!(f, "too large: {size} bytes, the limit is {limit}"),
            Self::Unstable => f.write_str("changed each time it was read"),
            Self::BadLink(why) => write!(f, "symbolic link {why}"),
            Self::BadName => f.write_str("a name that is not printable UTF-8"),
            Self::Hostile(why) => write!(f, "kept from the parser: {why}"),
            Self::BadNotebook(why) => write!(f, "not a notebook: {why}"),
        }
    }
}

/// What is at a path.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum FileState {
    /// A file with these bytes.
    Present(ContentHash),
    /// Nothing. Tracked all the same: others may be waiting for it.
    #[default]
    Absent,
    /// Something that is not analysed.
    Skipped(SkipReason),
}

impl FileState {
    /// The hash of a present file.
    pub fn hash(&self) -> Option<ContentHash> {
        match self {
            Self::Present(hash) => Some(*hash),
            Self::Absent | Self::Skipped(_) => None,
        }
    }
}

/// Who sees a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum Visibility {
    /// Discovered: analysed, and part of every answer.
    #[default]
    Reported,
    /// Ignored by git or excluded by configuration, or not Python (`pyproject.toml`): not part of any
    /// answer, but there for those who resolve imports.
    Importable,
}

/// A path's state and who sees it.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Tracked {
    /// What is there.
    pub state: FileState,
    /// Who sees it.
    pub visibility: Visibility,
}

/// An immutable map from path to state, plus the environment. Clones share structure.
///
/// Paths that are not in it are absent. The disk is a world; a git revision is one; the disk with somebody's
/// unsaved text over it is one.
#[derive(Clone, Debug, PartialEq, Default)]
pub struct World {
    /// Python files, notebooks, and the `pyproject.toml` files that resolution looks for. Never holds `Absent`.
    pub files: OrdMap<RelPath, Tracked>,
    /// Everything outside the project's own files.
    pub environment: Arc<Environment>,
}

impl World {
    /// What is at `path`.
    pub fn state(&self, path: &str) -> FileState {
        self.files.get(path).map_or(FileState::Absent, |tracked| tracked.state.clone())
    }

    /// The world after `change`. Cost: logarithmic per changed file.
    #[must_use]
    pub fn after(&self, change: &Change) -> Self {
        let mut next = self.clone();
        for file in &change.files {
            if file.tracked.state == FileState::Absent {
                next.files.remove(&file.path);
            } else {
                next.files.insert(file.path.clone(), file.tracked.clone());
            }
        }
        if let Some(environment) = &change.environment {
            next.environment = Arc::clone(environment);
        }
        next
    }
}

/// One path's next state, with the bytes where they were read, so that nothing is read twice.
#[derive(Clone, Debug)]
pub struct FileChange {
    /// Where.
    pub path: RelPath,
    /// What is there now; `Absent` for a deletion.
    pub tracked: Tracked,
    /// The bytes whose hash `tracked` carries, if this change had to read them.
    pub bytes: Option<Arc<[u8]>>,
}

/// What turns one world into the next. May name files that did not change: whoever applies it compares.
#[derive(Clone, Debug, Default)]
pub struct Change {
    /// Each path at most once.
    pub files: Vec<FileChange>,
    /// The next environment, if it was looked at.
    pub environment: Option<Arc<Environment>>,
}

/// What `stat` says of a file: as long as it is the same, and not racily fresh, the file need not be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Stat {
    /// Bytes.
    pub size: u64,
    /// Modification time, nanoseconds since the epoch.
    pub mtime_ns: i64,
    /// Status change time, nanoseconds since the epoch: cannot be set back by a program.
    pub ctime_ns: i64,
    /// The inode.
    pub inode: u64,
}

/// What was seen at the last look, so that the next one need not read what has not changed.
#[derive(Clone, Debug, PartialEq, Default, Serialize, Deserialize)]
pub struct Manifest {
    /// Each tracked path with its `stat`, taken before and after its bytes were read. `None`: nothing that
    /// can be relied on (a skipped or racily fresh file); the next look reads it.
    pub files: BTreeMap<RelPath, (Option<Stat>, Tracked)>,
    /// Symbolic links that were met: the link, and a path inside the root that it goes through or leads to
    /// (several rows where it leads there by way of another link). What changes at the target changes at
    /// the link too, which a look at single paths could not know otherwise.
    pub links: BTreeSet<(RelPath, RelPath)>,
}
