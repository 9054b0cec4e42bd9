//! What can keep the engine from answering at all.

use camino::Utf8PathBuf;
use staniel_archive::ReadError;
use staniel_facts::{Cancelled, RelPath, SnapshotError};

use crate::naming::GenerationName;
use crate::options::{ProviderChoice, UnknownProvider};

/// What keeps the engine from answering at all. One bad file is never among it.
#[derive(Debug, thiserror::Error)]
pub enum EngineError {
    /// The project's directory or configuration cannot be used.
    #[error(transparent)]
    Project(#[from] staniel_project::ProjectError),
    /// The configured provider is not one of ours.
    #[error(transparent)]
    Provider(#[from] UnknownProvider),
    /// The language server that is to answer is not there.
    #[error(transparent)]
    Server(#[from] staniel_provider_lsp::FindError),
    /// The language server's own configuration leads where no key can follow.
    #[error(transparent)]
    Configuration(#[from] staniel_provider_lsp::ConfigurationError),
    /// The project itself wants a server that runs what the project's configuration names.
    #[error(
        "the project's configuration wants the provider `{0}`, which runs programs that the project's configuration \
         names; if you trust the project, say so: --provider {0}"
    )]
    Untrusted(ProviderChoice),
    /// The tree cannot be walked at all.
    #[error(transparent)]
    Scan(staniel_vfs::ScanError),
    /// There is nothing to analyse.
    #[error(
        "there are no Python files below `{0}` (files that git ignores, virtual environments and caches do not count)"
    )]
    NoPython(Utf8PathBuf),
    /// The caller raised its flag. Nothing was published.
    #[error("cancelled")]
    Cancelled,
    /// These files never held still long enough to be analysed.
    #[error("files keep changing while they are analysed: {}", list(.0))]
    Restless(Vec<RelPath>),
    /// The provider does not work at all.
    #[error("the provider failed: {0}")]
    Broken(String),
    /// No such generation, or parts of it are lost.
    #[error(
        "there is no generation {0}, or parts of it are lost; `staniel snapshots list` shows what there is"
    )]
    NoGeneration(u64),
    /// Nothing is called so.
    #[error("no generation is called `{0}`")]
    NoName(GenerationName),
    /// A file is not a snapshot that can be used.
    #[error(transparent)]
    Archive(#[from] ReadError),
    /// What was to be remembered is not.
    #[error("it could not be stored: {0}")]
    NotStored(String),
    /// Two snapshots cannot be compared.
    #[error(transparent)]
    Incomparable(#[from] SnapshotError),
}

impl From<Cancelled> for EngineError {
    fn from(_: Cancelled) -> Self {
        Self::Cancelled
    }
}

impl From<staniel_store::StoreError> for EngineError {
    fn from(error: staniel_store::StoreError) -> Self {
        Self::NotStored(error.to_string())
    }
}

impl From<staniel_vfs::ScanError> for EngineError {
    fn from(error: staniel_vfs::ScanError) -> Self {
        match error {
            staniel_vfs::ScanError::Cancelled(_) => Self::Cancelled,
            error => Self::Scan(error),
        }
    }
}

fn list(paths: &[RelPath]) -> String {
    paths.iter().map(RelPath::as_str).collect::<Vec<_>>().join(", ")
}
