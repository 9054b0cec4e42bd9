//! Where a provider gets texts from.

use std::sync::Arc;

use staniel_facts::{ContentHash, RelPath};

/// Why a text cannot be had.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SourceError {
    /// What lies at the path has another hash by now.
    #[error("`{0}` has changed")]
    Changed(RelPath),
    /// It cannot be read at all.
    #[error("`{0}` cannot be read: {1}")]
    Unreadable(RelPath, String),
}

/// Texts by path and hash. Whoever implements it checks the hash of what it hands out.
pub trait Sources: Send + Sync {
    /// The decoded text (UTF-8, no byte order mark, `coding:` cookie honoured) of the file whose bytes have
    /// this hash; the empty text for a file that the guard refused.
    fn text(&self, path: &RelPath, hash: ContentHash) -> Result<Arc<str>, SourceError>;
}
