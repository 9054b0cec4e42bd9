//! The only door through which ty sees files: the world below the root, the disk elsewhere.

use std::any::Any;
use std::fmt;
use std::io;
use std::sync::{Arc, Mutex, PoisonError};

use camino::{Utf8Path, Utf8PathBuf};
use ruff_db::file_revision::FileRevision;
use ruff_db::system::walk_directory::{
    DirectoryWalker, IgnoreIncremental, WalkDirectoryBuilder, WalkDirectoryConfiguration,
    WalkDirectoryVisitorBuilder,
};
use ruff_db::system::{
    DirectoryEntry, FileType, Metadata, System, SystemPath, SystemPathBuf, SystemVirtualPath, WhichError,
    WhichResult, WritableSystem,
};
use ruff_notebook::{Notebook, NotebookError};
use staniel_facts::{RelPath, World};
use staniel_provider::Sources;

use crate::tree::{self, Node};

/// Told of each first-party path that ty consults; see [`crate::TyOptions::log_opened`].
pub(crate) type OpenedLog = Arc<dyn Fn(&RelPath) + Send + Sync>;

/// A [`System`] over one world.
///
/// Below the root only files of the world exist, with the exception of the `site-packages` directories, which
/// may lie there (`.venv`); those, and whatever lies outside the root, are read from the disk and never
/// written. From there nothing leads back into the project: it may be installed in its own environment, by a link
/// or as a whole, but what its files are called is said by the environment's roots alone. A clone shares
/// everything, the first [`Self::stale`] path included.
#[derive(Clone)]
pub(crate) struct WorldSystem {
    root: SystemPathBuf,
    /// The root with symbolic links resolved: editable installations may name it that way.
    real_root: SystemPathBuf,
    world: World,
    /// The `site-packages` directories below the root.
    site_packages: Arc<[SystemPathBuf]>,
    sources: Arc<dyn Sources>,
    log_opened: Option<OpenedLog>,
    stale: Arc<Mutex<Option<RelPath>>>,
}

/// Who answers for a path.
enum Owner {
    World(RelPath),
    Disk(Utf8PathBuf),
    /// Below the root, but no path that a world can hold.
    Nobody,
}

impl WorldSystem {
    pub(crate) fn new(
        root: &Utf8Path,
        world: World,
        sources: Arc<dyn Sources>,
        log_opened: Option<OpenedLog>,
    ) -> Self {
        let real_root = root.canonicalize_utf8().unwrap_or_else(|_| root.to_owned());
        let site_packages = world.environment.site_packages.iter();
        let site_packages = site_packages
            .map(|path| SystemPath::absolute(path.as_str(), SystemPath::new(root)))
            .filter(|path| path.starts_with(SystemPath::new(root)) && path.as_str() != root.as_str());
        Self {
            root: SystemPathBuf::from_utf8_path_buf(root.to_owned()),
            real_root: SystemPathBuf::from_utf8_path_buf(real_root),
            site_packages: site_packages.collect(),
            world,
            sources,
            log_opened,
            stale: Arc::default(),
        }
    }

    /// The world from now on. Its environment must be the one the system was made for.
    pub(crate) fn set_world(&mut self, world: World) {
        self.world = world;
    }

    pub(crate) fn path_of(&self, path: &RelPath) -> SystemPathBuf {
        if path.is_root() { self.root.clone() } else { self.root.join(path.as_str()) }
    }

    /// Which file of the world lies at `path`, if one does.
    pub(crate) fn path_in_world(&self, path: &SystemPath) -> Option<RelPath> {
        match self.owner(path) {
            Owner::World(path) => matches!(self.node(&path), Some(Node::File(_))).then_some(path),
            Owner::Disk(_) | Owner::Nobody => None,
        }
    }

    /// The first file whose text was no longer what the world says. Everything computed since is void.
    pub(crate) fn stale(&self) -> Option<RelPath> {
        self.stale.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    fn owner(&self, path: &SystemPath) -> Owner {
        let path = SystemPath::absolute(path, &self.root);
        if self.site_packages.iter().any(|directory| path.starts_with(directory)) {
            return Owner::Disk(path.into_utf8_path_buf());
        }
        let Ok(inside) = path.strip_prefix(&self.root) else {
            return Owner::Disk(path.into_utf8_path_buf());
        };
        let parts: Vec<&str> = inside.components().map(|part| part.as_str()).collect();
        let Ok(path) = RelPath::new(parts.join("/")) else { return Owner::Nobody };
        if let Some(log) = &self.log_opened {
            log(&path);
        }
        Owner::World(path)
    }

    /// Whether an entry of a directory that is read from the disk is to be seen. `.pth` files are not: the
    /// environment's search paths have what they say.
    fn is_seen(&self, entry: &SystemPath, kind: FileType) -> bool {
        let into_project = match kind {
            FileType::Directory => [&self.root, &self.real_root].iter().any(|root| entry == root.as_path()),
            FileType::Symlink => entry
                .as_utf8_path()
                .canonicalize_utf8()
                .is_ok_and(|real| real.starts_with(self.real_root.as_utf8_path())),
            FileType::File => false,
        };
        !into_project && entry.extension() != Some("pth")
    }

    /// What lies at `path`. Search roots are directories even while nothing lies in them, so that they are
    /// watched from the start.
    fn node(&self, path: &RelPath) -> Option<Node> {
        tree::node(&self.world, path.as_str()).or_else(|| {
            let root = path.is_root() || self.world.environment.roots.contains(path);
            root.then_some(Node::Directory)
        })
    }

    fn text(&self, path: &RelPath) -> io::Result<String> {
        match self.node(path) {
            Some(Node::File(Some(hash))) => match self.sources.text(path, hash) {
                Ok(text) => Ok(text.as_ref().to_owned()),
                Err(error) => {
                    let mut stale = self.stale.lock().unwrap_or_else(PoisonError::into_inner);
                    stale.get_or_insert_with(|| path.clone());
                    Err(io::Error::other(error))
                }
            },
            Some(Node::File(None)) => Ok(String::new()),
            Some(Node::Directory) => Err(io::ErrorKind::IsADirectory.into()),
            None => Err(io::ErrorKind::NotFound.into()),
        }
    }
}

impl fmt::Debug for WorldSystem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("WorldSystem")
            .field("root", &self.root)
            .field("files", &self.world.files.len())
            .finish_non_exhaustive()
    }
}

impl System for WorldSystem {
    fn path_metadata(&self, path: &SystemPath) -> io::Result<Metadata> {
        match self.owner(path) {
            Owner::World(path) => match self.node(&path) {
                Some(Node::File(hash)) => Ok(Metadata::new(tree::file_revision(hash), None, FileType::File)),
                Some(Node::Directory) => {
                    let revision = tree::directory_revision(&self.world, path.as_str());
                    Ok(Metadata::new(revision, None, FileType::Directory))
                }
                None => Err(io::ErrorKind::NotFound.into()),
            },
            // The environment's digest stands for what is there: a constant revision will do.
            Owner::Disk(path) => {
                let kind = file_type(path.metadata()?.file_type());
                Ok(Metadata::new(FileRevision::new(0), None, kind))
            }
            Owner::Nobody => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn canonicalize_path(&self, path: &SystemPath) -> io::Result<SystemPathBuf> {
        match self.owner(path) {
            Owner::World(path) => match self.node(&path) {
                Some(_) => Ok(self.path_of(&path)),
                None => Err(io::ErrorKind::NotFound.into()),
            },
            Owner::Disk(path) => {
                let real = SystemPathBuf::from_utf8_path_buf(path.canonicalize_utf8()?);
                Ok(match real.strip_prefix(&self.real_root) {
                    Ok(inside) => self.root.join(inside),
                    Err(_) => real,
                })
            }
            Owner::Nobody => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn is_same_file(&self, first: &SystemPath, second: &SystemPath) -> io::Result<bool> {
        Ok(self.canonicalize_path(first)? == self.canonicalize_path(second)?)
    }

    fn read_to_string(&self, path: &SystemPath) -> io::Result<String> {
        match self.owner(path) {
            Owner::World(path) => self.text(&path),
            Owner::Disk(path) => std::fs::read_to_string(path),
            Owner::Nobody => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn read_directory<'a>(
        &'a self,
        path: &SystemPath,
    ) -> io::Result<Box<dyn Iterator<Item = io::Result<DirectoryEntry>> + 'a>> {
        match self.owner(path) {
            Owner::World(directory) => {
                if self.node(&directory) != Some(Node::Directory) {
                    return Err(io::ErrorKind::NotFound.into());
                }
                let base = self.path_of(&directory);
                let names = tree::listing(&self.world, directory.as_str()).into_iter();
                Ok(Box::new(names.map(move |(name, kind)| Ok(DirectoryEntry::new(base.join(name), kind)))))
            }
            Owner::Disk(directory) => {
                let entries = directory.read_dir_utf8()?.filter_map(|entry| {
                    let read = entry.and_then(|entry| {
                        let kind = file_type(entry.file_type()?);
                        Ok((SystemPathBuf::from_utf8_path_buf(entry.into_path()), kind))
                    });
                    match read {
                        Ok((path, kind)) => {
                            self.is_seen(&path, kind).then(|| Ok(DirectoryEntry::new(path, kind)))
                        }
                        Err(error) => Some(Err(error)),
                    }
                });
                Ok(Box::new(entries))
            }
            Owner::Nobody => Err(io::ErrorKind::NotFound.into()),
        }
    }

    fn current_directory(&self) -> &SystemPath {
        &self.root
    }

    // What follows serves configuration, tools and editors, none of which ty is given here.

    fn read_to_notebook(&self, _path: &SystemPath) -> Result<Notebook, NotebookError> {
        Err(NotebookError::Io(io::ErrorKind::Unsupported.into()))
    }

    fn read_virtual_path_to_string(&self, _path: &SystemVirtualPath) -> io::Result<String> {
        Err(io::ErrorKind::Unsupported.into())
    }

    fn read_virtual_path_to_notebook(&self, _path: &SystemVirtualPath) -> Result<Notebook, NotebookError> {
        Err(NotebookError::Io(io::ErrorKind::Unsupported.into()))
    }

    fn which(&self, _binary_name: &str) -> WhichResult {
        Err(WhichError::CannotFindBinaryPath)
    }

    fn user_config_directory(&self) -> Option<SystemPathBuf> {
        None
    }

    fn cache_dir(&self) -> Option<SystemPathBuf> {
        None
    }

    fn walk_directory(&self, path: &SystemPath) -> WalkDirectoryBuilder {
        WalkDirectoryBuilder::new(path, NothingToWalk)
    }

    fn as_writable(&self) -> Option<&dyn WritableSystem> {
        None
    }

    fn as_any(&self) -> &dyn Any {
        self
    }

    fn as_any_mut(&mut self) -> &mut dyn Any {
        self
    }

    fn dyn_clone(&self) -> Box<dyn System> {
        Box::new(self.clone())
    }
}

fn file_type(kind: std::fs::FileType) -> FileType {
    if kind.is_dir() {
        FileType::Directory
    } else if kind.is_symlink() {
        FileType::Symlink
    } else {
        FileType::File
    }
}

/// ty walks directories to discover a project's files; here the asker names them.
struct NothingToWalk;

impl DirectoryWalker for NothingToWalk {
    fn walk(
        &self,
        _builder: &mut dyn WalkDirectoryVisitorBuilder,
        _configuration: WalkDirectoryConfiguration,
    ) {
    }

    fn incremental_matcher(&self, _configuration: WalkDirectoryConfiguration) -> Box<dyn IgnoreIncremental> {
        Box::new(Self)
    }
}

impl IgnoreIncremental for NothingToWalk {
    fn is_ignored(&mut self, _path: &SystemPath, _is_directory: bool) -> bool {
        true
    }
}
