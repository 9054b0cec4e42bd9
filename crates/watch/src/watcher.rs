//! The watcher: a thread between the system's events and the caller's batches.

use std::io;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::{self, JoinHandle};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, TrySendError};
use staniel_facts::RelPath;

use crate::directories::{Directories, LimitReached, Prune};
use crate::git;
use crate::hints::{Hint, hints, is_noise};
use crate::settle::{Batch, Reason, Settle};

/// How often it is checked that the root is still the same directory: one stat.
const ROOT_CHECK: Duration = Duration::from_secs(1);

/// How often everything is looked at although events work.
const PERIOD: Duration = Duration::from_secs(60);

/// How often everything is looked at because there are no events.
const POLL: Duration = Duration::from_secs(2);

/// How a tree is watched.
#[derive(Clone)]
pub struct WatchOptions {
    /// A batch goes out when nothing came for this long (50 ms is usual).
    pub settle: Duration,
    /// It goes out this long after its first hint in any case (500 ms is usual), unless git holds its lock.
    pub cap: Duration,
    /// Look at everything every two seconds instead of relying on events.
    pub poll: bool,
    /// Which directories, by absolute path, are left out with all that is below them. Asked for each
    /// directory when it is first seen; after its answers have changed, call [`Watcher::rewatch`].
    pub prune: Arc<dyn Fn(&Utf8Path) -> bool + Send + Sync>,
}

/// Why nothing is watched. Whatever else goes wrong leads to polling, with a warning in [`Status`].
#[derive(Debug, thiserror::Error)]
pub enum WatchError {
    /// There is no directory at the root.
    #[error("{root} cannot be watched: {error}")]
    Root {
        /// The root as given.
        root: Utf8PathBuf,
        /// What the file system said.
        error: io::Error,
    },
    /// There is no thread to watch with.
    #[error("no thread to watch with: {0}")]
    Thread(io::Error),
}

/// How changes are noticed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum WatchMode {
    /// The system tells.
    Native,
    /// Everything is looked at, again and again.
    Polling,
}

/// The state of a watcher, for people.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Status {
    /// How changes are noticed.
    pub mode: WatchMode,
    /// How many directories are watched; 0 when polling.
    pub directories: usize,
    /// What does not work as it should, one sentence each.
    pub warnings: Vec<String>,
}

/// A tree that is being watched, until this is dropped.
#[derive(Debug)]
pub struct Watcher {
    orders: Sender<Order>,
    status: Arc<Mutex<Status>>,
    thread: Option<JoinHandle<()>>,
}

enum Order {
    Event(notify::Result<notify::Event>),
    Rewatch,
    Stop,
}

impl Watcher {
    /// Watches the tree at `root`, an absolute path without symbolic links. When this returns, the watches
    /// are in place: what changes from now on will be in a batch, so the first scan comes after.
    ///
    /// The channel holds one batch; while it is full, the next one grows.
    ///
    /// # Errors
    ///
    /// If `root` is no directory. Costs a walk over the tree's directories.
    pub fn start(root: &Utf8Path, options: WatchOptions) -> Result<(Self, Receiver<Batch>), WatchError> {
        let error = |error| WatchError::Root { root: root.to_owned(), error };
        let identity = match root.metadata() {
            Ok(metadata) if metadata.is_dir() => identity(root),
            Ok(_) => return Err(error(io::ErrorKind::NotADirectory.into())),
            Err(cause) => return Err(error(cause)),
        };
        let status = Status { mode: WatchMode::Polling, directories: 0, warnings: Vec::new() };
        let status = Arc::new(Mutex::new(status));
        let (orders, received) = crossbeam_channel::unbounded();
        let (batches, receiver) = crossbeam_channel::bounded(1);
        let now = Instant::now();
        let mut watching = Watching {
            root: root.to_owned(),
            identity,
            native: None,
            settle: Settle::new(options.settle, options.cap),
            orders: received,
            batches,
            status: Arc::clone(&status),
            root_check: now + ROOT_CHECK,
            everything: now + POLL,
        };
        if options.poll {
            watching.report();
        } else {
            watching.go_native(options.prune, orders.clone());
        }
        let thread = thread::Builder::new()
            .name("staniel-watch".to_owned())
            .spawn(move || watching.run())
            .map_err(WatchError::Thread)?;
        Ok((Self { orders, status, thread: Some(thread) }, receiver))
    }

    /// How it goes.
    pub fn status(&self) -> Status {
        self.status.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    /// Asks again which directories are pruned, watches accordingly, and sends [`Batch::Everything`]. For the
    /// time after ignore rules or configuration have changed.
    pub fn rewatch(&self) {
        // A thread that is gone has nothing to watch.
        let _ = self.orders.send(Order::Rewatch);
    }
}

impl Drop for Watcher {
    fn drop(&mut self) {
        let _ = self.orders.send(Order::Stop);
        if let Some(thread) = self.thread.take() {
            let _ = thread.join();
        }
    }
}

/// The thread's state.
struct Watching {
    root: Utf8PathBuf,
    /// Which directory the root was when it was last looked at; `None` while there is none.
    identity: Option<Identity>,
    /// `None` when polling.
    native: Option<Directories<notify::RecommendedWatcher>>,
    settle: Settle,
    orders: Receiver<Order>,
    batches: Sender<Batch>,
    status: Arc<Mutex<Status>>,
    /// When to look at the root next.
    root_check: Instant,
    /// When to look at everything next.
    everything: Instant,
}

impl Watching {
    fn go_native(&mut self, prune: Prune, orders: Sender<Order>) {
        if let Some(name) = remote_file_system(&self.root) {
            let why = format!("{} is on {name}, which does not report changes made elsewhere", self.root);
            return self.poll(&why);
        }
        let forward = move |event| {
            if !is_noise(&event) {
                // Unbounded: the system's thread must never wait for us. Gone only when all ends.
                let _ = orders.send(Order::Event(event));
            }
        };
        match notify::recommended_watcher(forward) {
            Ok(watches) => {
                let mut directories = Directories::new(watches, prune);
                let watched = watch_all(&mut directories, &self.root);
                self.native = Some(directories);
                self.everything = Instant::now() + PERIOD;
                self.settled(watched);
            }
            Err(error) => self.poll(&format!("the system offers no events ({error})")),
        }
    }

    fn poll(&mut self, why: &str) {
        self.native = None;
        self.everything = Instant::now() + POLL;
        self.settle.everything(Reason::Polling, Instant::now());
        let warning = format!("{why}; looking at everything every {} s instead", POLL.as_secs());
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        *status = Status { mode: WatchMode::Polling, directories: 0, warnings: vec![warning] };
    }

    /// Takes note of how watching went.
    fn settled(&mut self, watched: Result<(), LimitReached>) {
        match watched {
            Ok(()) => self.report(),
            Err(limit) => self.poll(&limit.to_string()),
        }
    }

    fn report(&self) {
        let Some(native) = &self.native else { return };
        let warnings = native.unwatchable().map(|path| format!("{path} cannot be watched")).collect();
        let mut status = self.status.lock().unwrap_or_else(PoisonError::into_inner);
        *status = Status { mode: WatchMode::Native, directories: native.len(), warnings };
    }

    fn run(mut self) {
        loop {
            let next = self.root_check.min(self.everything);
            let next = self.settle.due().map_or(next, |due| due.min(next));
            match self.orders.recv_deadline(next) {
                Ok(Order::Event(event)) => {
                    for hint in hints(event) {
                        self.take(hint);
                    }
                }
                Ok(Order::Rewatch) => self.refresh(Reason::Asked),
                Ok(Order::Stop) | Err(RecvTimeoutError::Disconnected) => return,
                Err(RecvTimeoutError::Timeout) => {}
            }
            let now = Instant::now();
            if now >= self.root_check {
                self.root_check = now + ROOT_CHECK;
                self.check_root();
            }
            if now >= self.everything {
                let (reason, period) = match self.native {
                    Some(_) => (Reason::Periodic, PERIOD),
                    None => (Reason::Polling, POLL),
                };
                self.everything = now + period;
                self.settle.everything(reason, now);
            }
            if let Some(batch) = self.settle.take(now, || git::index_is_locked(&self.root)) {
                match self.batches.try_send(batch) {
                    Ok(()) => {}
                    Err(TrySendError::Full(batch)) => self.settle.add(batch, now),
                    Err(TrySendError::Disconnected(_)) => return,
                }
            }
        }
    }

    fn take(&mut self, hint: Hint) {
        match hint {
            // Neighbours of the root are of no interest, and attributes of the root itself are not either.
            Hint::Touched(path) => match self.relative(&path) {
                Some(path) if !path.is_root() => self.settle.path(path, Instant::now()),
                _ => {}
            },
            Hint::Renamed(path) => match self.relative(&path) {
                Some(path) if path.is_root() => self.check_root(),
                Some(path) => self.renamed(path),
                None => {}
            },
            Hint::Lost(reason) => self.refresh(reason),
            Hint::Limit => self.poll(&LimitReached.to_string()),
        }
    }

    /// A name below the root appeared, vanished or changed its meaning. If there is a directory now, it is
    /// watched like a new one; its path in the batch says that all below it must be looked at.
    fn renamed(&mut self, path: RelPath) {
        let Some(native) = &mut self.native else { return };
        let absolute = self.root.join(path.as_str());
        native.forget(&absolute);
        if absolute.symlink_metadata().is_ok_and(|metadata| metadata.is_dir()) {
            if native.is_pruned(&absolute) {
                return;
            }
            let watched = native.watch_below(&absolute);
            self.settled(watched);
        } else {
            self.report();
        }
        self.settle.path(path, Instant::now());
    }

    /// Brings the watches up to date, and has everything looked at.
    fn refresh(&mut self, reason: Reason) {
        if let Some(native) = &mut self.native {
            let watched = native.refresh(&self.root);
            self.settled(watched);
        }
        self.settle.everything(reason, Instant::now());
    }

    /// Follows the root's name to another directory, should it lead to one. A root that is gone stays
    /// unwatched until there is one again; nothing is said of it until then, for a tree that is being
    /// exchanged is not a tree without files.
    fn check_root(&mut self) {
        let identity = identity(&self.root);
        if identity == self.identity {
            return;
        }
        self.identity = identity;
        if let Some(native) = &mut self.native {
            native.forget(&self.root);
            if self.identity.is_some() {
                let watched = watch_all(native, &self.root);
                self.settled(watched);
            }
        }
        if self.identity.is_some() {
            self.settle.everything(Reason::RootReplaced, Instant::now());
        }
    }

    /// `path` relative to the root, cut off before the first part that is no UTF-8; `None` where it lies
    /// outside, or in git's own directory.
    fn relative(&self, path: &std::path::Path) -> Option<RelPath> {
        let path = path.ancestors().find_map(Utf8Path::from_path)?;
        let parts: Vec<&str> =
            path.strip_prefix(&self.root).ok()?.components().map(|part| part.as_str()).collect();
        if parts.contains(&".git") {
            return None;
        }
        RelPath::new(parts.join("/")).ok()
    }
}

/// Watches the tree, and the root's parent, which tells when the root is exchanged.
fn watch_all(
    directories: &mut Directories<notify::RecommendedWatcher>,
    root: &Utf8Path,
) -> Result<(), LimitReached> {
    if let Some(parent) = root.parent() {
        directories.watch_aside(parent);
    }
    directories.watch_below(root)
}

/// What tells one directory from another of the same name.
type Identity = (u64, u64);

fn identity(directory: &Utf8Path) -> Option<Identity> {
    let metadata = directory.symlink_metadata().ok().filter(|metadata| metadata.is_dir())?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::MetadataExt;
        Some((metadata.dev(), metadata.ino()))
    }
    #[cfg(not(unix))]
    {
        let created = metadata.created().ok()?.duration_since(std::time::UNIX_EPOCH).ok()?;
        Some((created.as_secs(), u64::from(created.subsec_nanos())))
    }
}

/// The name of the file system at `path`, if changes made by other machines give no events there.
fn remote_file_system(path: &Utf8Path) -> Option<&'static str> {
    #[cfg(target_os = "linux")]
    {
        // From statfs(2) and linux/magic.h; the type's width differs between architectures.
        const REMOTE: [(u32, &str); 6] = [
            (0x6969, "NFS"),
            (0x517b, "SMB"),
            (0xff53_4d42, "CIFS"),
            (0xfe53_4d42, "SMB2"),
            (0x6573_5546, "FUSE"),
            (0x0102_1997, "9P"),
        ];
        let kind = rustix::fs::statfs(path.as_std_path()).ok()?.f_type as u32;
        REMOTE.iter().find(|(magic, _)| *magic == kind).map(|(_, name)| *name)
    }
    #[cfg(not(target_os = "linux"))]
    {
        let _ = path;
        None
    }
}

#[cfg(test)]
#[path = "watcher_tests.rs"]
pub(crate) mod tests;
