//! What the user may ask of the engine.

use std::ffi::OsString;
use std::fmt;
use std::str::FromStr;
use std::sync::Arc;
use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;
use staniel_facts::RelPath;
use staniel_provider_lsp::Server;

/// Everything that decides what is analysed, by whom, and where it is remembered.
#[derive(Clone)]
pub struct Options {
    /// The project's directory.
    pub root: Utf8PathBuf,
    /// Who answers; `None`: the project's configuration, else [`ProviderChoice::default`].
    pub provider: Option<ProviderChoice>,
    /// Ask file by file with nothing shared: deterministic to the letter, and some ten times the work.
    pub hermetic: bool,
    /// Worker threads; 0 for one per core.
    pub jobs: usize,
    /// Where to remember.
    pub cache: CacheChoice,
    /// `key=value` settings that win over the configuration file.
    pub overrides: Vec<(String, String)>,
    /// An interpreter, virtual environment or prefix whose packages are visible.
    pub python: Option<Utf8PathBuf>,
    /// The activated virtual environment, as the program's edge read it.
    pub virtual_env: Option<Utf8PathBuf>,
    /// Told of what goes on.
    pub progress: Arc<dyn Progress>,
    /// What time it is: decides which files are too freshly written for their time stamp to prove anything.
    pub clock: fn() -> SystemTime,
    /// Shuffles the order in which files are asked about; for tests that the order does not matter.
    pub shuffle: Option<u64>,
    /// How a file that may abort the process is tried out; `None`: it is not.
    pub isolation: Option<Arc<dyn Isolation>>,
    /// How language servers are found and asked.
    pub servers: ServerOptions,
    /// The caller wants no types: whatever snapshot of the present world is remembered will do, and where
    /// there is none the cheapest provider answers.
    pub any_provider: bool,
    /// The process ends with the engine, which need not clear up its memory then.
    pub ends_process: bool,
}

impl Options {
    /// Defaults for `root`: nothing remembered, nobody told.
    pub fn new(root: impl Into<Utf8PathBuf>) -> Self {
        Self {
            root: root.into(),
            provider: None,
            hermetic: false,
            jobs: 0,
            cache: CacheChoice::None,
            overrides: Vec::new(),
            python: None,
            virtual_env: None,
            progress: Arc::new(Silent),
            clock: SystemTime::now,
            shuffle: None,
            isolation: None,
            servers: ServerOptions::default(),
            any_provider: false,
            ends_process: false,
        }
    }
}

/// How language servers are found and asked.
#[derive(Clone, Debug, Default)]
pub struct ServerOptions {
    /// A command that the user trusts, in place of the one that is found on `search_path`. Without a provider, the
    /// provider is `command`.
    pub command: Option<String>,
    /// `$PATH`, as the program's edge read it.
    pub search_path: Option<OsString>,
    /// How many requests a server has at a time; `None`: the project's configuration, else 10.
    pub max_concurrent: Option<usize>,
    /// How many processes share the files; `None`: the project's configuration, else 1.
    pub count: Option<usize>,
    /// How long a server may take to start, or say nothing while it is asked; `None`: a minute.
    pub deadline: Option<Duration>,
}

impl fmt::Debug for Options {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Options")
            .field("root", &self.root)
            .field("provider", &self.provider)
            .field("hermetic", &self.hermetic)
            .field("jobs", &self.jobs)
            .field("cache", &self.cache)
            .finish_non_exhaustive()
    }
}

/// Which provider answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ProviderChoice {
    /// Annotations as written.
    Declared,
    /// Type inference in process.
    #[cfg(feature = "ty")]
    Ty,
    /// A language server.
    Server(Server),
}

impl ProviderChoice {
    /// The names that [`FromStr`] knows.
    pub const NAMES: &[&str] = &[
        "declared",
        #[cfg(feature = "ty")]
        "ty",
        "pyright",
        "basedpyright",
        "ty-server",
        "pyrefly",
        "zuban",
        "command",
    ];

    /// Whether it infers in this process, so that what it dies of kills us.
    pub(crate) fn is_in_process(self) -> bool {
        !matches!(self, Self::Declared | Self::Server(_))
    }

    /// The name.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Declared => "declared",
            #[cfg(feature = "ty")]
            Self::Ty => "ty",
            Self::Server(server) => server.name(),
        }
    }
}

impl fmt::Display for ProviderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The best that this build has.
impl Default for ProviderChoice {
    fn default() -> Self {
        #[cfg(feature = "ty")]
        return Self::Ty;
        #[cfg(not(feature = "ty"))]
        return Self::Declared;
    }
}

/// No provider has this name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("there is no provider `{name}`; the providers are: {}", ProviderChoice::NAMES.join(", "))]
pub struct UnknownProvider {
    /// What was asked for.
    pub name: String,
}

impl FromStr for ProviderChoice {
    type Err = UnknownProvider;
    fn from_str(name: &str) -> Result<Self, Self::Err> {
        match name {
            "declared" => Ok(Self::Declared),
            #[cfg(feature = "ty")]
            "ty" => Ok(Self::Ty),
            _ => Server::ALL
                .into_iter()
                .find(|server| server.name() == name)
                .map(Self::Server)
                .ok_or_else(|| UnknownProvider { name: name.to_owned() }),
        }
    }
}

/// Where facts, answers and generations are remembered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum CacheChoice {
    /// Below this directory, each project in a directory of its own.
    Base(Utf8PathBuf),
    /// Nowhere.
    None,
}

/// What the engine is doing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Phase {
    /// Looking at the tree.
    Walking,
    /// Parsing and resolving; counted in files.
    Analysing,
    /// Asking the provider; counted in files.
    Asking,
    /// Writing to the store.
    Persisting,
}

/// Told of what goes on, from any thread. Must not block.
pub trait Progress: Send + Sync {
    /// A phase begins; `total` where the number of files is known.
    fn phase(&self, _phase: Phase, _total: Option<u64>) {}
    /// `by` more files of the phase are done.
    fn advance(&self, _by: u64) {}
}

/// Tells nobody.
#[derive(Clone, Copy, Debug, Default)]
pub struct Silent;

impl Progress for Silent {}

/// Tries a file out in a process of its own.
pub trait Isolation: Send + Sync {
    /// `false` if a process that asked about this file alone aborted.
    fn survives(&self, path: &RelPath) -> bool;
}
