//! The key of a stored answer: everything that the answer depends on, in one digest.

use staniel_facts::{
    AnswerKey, ContentHash, Digest, Environment, InterfaceHash, ProviderId, RelPath, SCHEMA, Seen, digest_of,
};

/// How far a provider looks when it answers for one file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Reach {
    /// At that file's content alone.
    OwnContent,
    /// At what everything that the file needs, directly or not, declares.
    Declared,
    /// The same, and into the bodies of functions that do not say what they return.
    Inferred,
    /// Anywhere in what the file needs.
    Contents,
}

impl Reach {
    /// What of a text is in sight; `None` for those who look at no interfaces.
    pub(crate) fn of(self, seen: &Seen) -> Option<InterfaceHash> {
        match self {
            Self::OwnContent | Self::Contents => None,
            Self::Declared => Some(seen.declared),
            Self::Inferred => Some(seen.inferred),
        }
    }

    /// Whether what others mention decides what counts.
    pub(crate) fn is_by_interface(self) -> bool {
        matches!(self, Self::Declared | Self::Inferred)
    }
}

/// What all keys of one step have in common, hashed once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KeyBase(Digest);

impl KeyBase {
    /// `shadowing` covers the closures of first-party modules that the standard library's stubs may import
    /// instead of what they mean.
    pub(crate) fn new(
        provider: &ProviderId,
        hermetic: bool,
        environment: &Environment,
        shadowing: Digest,
    ) -> Self {
        Self(digest_of("staniel 2026 key base", &(SCHEMA, provider, hermetic, environment.digest, shadowing)))
    }

    /// Keys of answers that depend on nothing but the file's own content.
    pub(crate) fn of_content(provider: &ProviderId) -> Self {
        Self(digest_of("staniel 2026 key base, content only", &(SCHEMA, provider)))
    }

    /// One file's key. The path is in it: it decides the module's name and what relative imports mean.
    pub(crate) fn key(self, path: &RelPath, content: ContentHash, closure: Option<Digest>) -> AnswerKey {
        AnswerKey(digest_of("staniel 2026 answer key", &(self.0, path, content, closure)))
    }
}
