//! What answers "which type has the thing at this place": the trait, the normal form of type texts, and the
//! provider that needs no engine at all.
//!
//! A provider is an *action*, as a compiler is in a build system: declared inputs, an output that is stored
//! under a key which names all of them, run only when the key is new. It sees a [`World`], is told which
//! paths of it changed, reads texts through [`Sources`] only, and answers whole files.
//!
//! **Invariant:** this crate knows no concrete engine and no store; it reads no disk.
//!
//! Start reading at [`TypeProvider`].

mod declared;
mod normal;
mod source;

pub use declared::Declared;
pub use normal::{flags, loose_form, normal_form, widened_form};
pub use source::{SourceError, Sources};

use std::collections::BTreeMap;
use std::sync::Arc;

use rustc_hash::FxHashMap;
use staniel_facts::{Answers, Cancel, ContentHash, FileFacts, FileState, ProviderId, RelPath, Span, World};

/// All definitions of one file, to be answered together.
#[derive(Clone, Debug)]
pub struct Question {
    /// The file.
    pub path: RelPath,
    /// Its content in the world that the provider was last told of.
    pub hash: ContentHash,
    /// Its outline names the places; the answers must be as many and in the same order.
    pub facts: Arc<FileFacts>,
}

/// What became of one question.
#[derive(Clone, Debug)]
pub enum Outcome {
    /// Answered.
    Answered(Answers),
    /// The provider crashed, hung or flooded memory on this file (the words say which). The asker puts
    /// `declared` answers in its place, flagged.
    Quarantined(String),
    /// Answered, but for some definitions on which the provider fails (the words say how): their answers carry
    /// [`Flags::QUARANTINED`](staniel_facts::Flags::QUARANTINED) and no text. What others are answered does not
    /// suffer from it.
    Partly(Answers, String),
}

/// A place in a file of the world, whatever stands there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// The file.
    pub path: RelPath,
    /// Its content in the world that the provider was last told of.
    pub hash: ContentHash,
    /// Where, as a byte offset into the decoded text. The place behind an identifier's last character belongs to it.
    pub offset: u32,
}

/// An identifier, as the provider sees it where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    /// The identifier's token.
    pub token: Span,
    /// The type at this very place (narrowed, say), in the provider's words; `None` where it has none.
    pub text: Option<String>,
    /// Where what it means is defined, if the provider knows.
    pub target: Option<Target>,
}

/// Where something is defined.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Target {
    /// In which file.
    pub file: TargetFile,
    /// The token that defines it; for a module the empty span at the file's start.
    pub name: Span,
}

/// The file of a [`Target`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum TargetFile {
    /// One of the world's.
    Project(RelPath),
    /// An installed or a vendored one: what to call it, and its decoded text.
    Elsewhere {
        /// A path, or what stands for one (`stdlib/os/__init__.pyi`).
        name: String,
        /// What it says.
        text: Arc<str>,
    },
}

/// Why a whole batch has no answer.
#[derive(Debug, thiserror::Error)]
pub enum AskError {
    /// The asker raised its flag.
    #[error("cancelled")]
    Cancelled,
    /// A file is no longer what the world says. The batch is void: look again, then ask again.
    #[error("`{0}` changed while it was analysed")]
    Stale(RelPath),
    /// The provider itself does not work; the words say what the user can do.
    #[error("{0}")]
    Broken(String),
}

/// Stale, unless `path` is in `world` with this content.
pub fn check_content(world: &World, path: &RelPath, hash: ContentHash) -> Result<(), AskError> {
    if world.state(path.as_str()) == FileState::Present(hash) {
        Ok(())
    } else {
        Err(AskError::Stale(path.clone()))
    }
}

/// Told of each file as soon as it is being asked and as soon as it is done, from any thread.
pub trait Observer: Send + Sync {
    /// `path` is being asked about. If the process dies before [`Self::done`], this file is suspect.
    fn started(&self, path: &RelPath, hash: ContentHash);
    /// `path` is answered or quarantined.
    fn done(&self, path: &RelPath);
    /// `path` is not being asked any more, and has no answer yet: it may be started again.
    fn put_off(&self, path: &RelPath);
}

/// Answers for whole files. One owner, one call at a time; inside a call it may use every core.
pub trait TypeProvider: Send {
    /// Name and version: part of every key.
    fn id(&self) -> ProviderId;

    /// The next world, and every path whose state differs from the one before (for the first call: every
    /// path). A changed environment is found by comparing `world.environment`.
    fn advance(&mut self, world: &World, changed: &[RelPath]);

    /// Nobody will ask again, and the process ends. What only takes up memory need not be taken apart then: that may take a
    /// while, during which somebody waits.
    fn leave(&mut self) {}

    /// From now on these files, with these contents, are empty to those that import them: the provider failed on them
    /// before. A file that an ask quarantines is added by itself. To be called after [`Self::advance`].
    fn shun(&mut self, _files: &BTreeMap<RelPath, ContentHash>) {}

    /// By number, which files of the next ask lead to one another along imports, in whatever direction. A provider that
    /// shares its work out among processes keeps those of one number together: what one is answered may depend on
    /// what was asked before.
    fn keep_together(&mut self, _components: FxHashMap<RelPath, usize>) {}

    /// Answers each question, in the same order; begins with the first. An asker who puts what others need before them
    /// has the right file quarantined where several stumble over one.
    fn ask(
        &mut self,
        questions: &[Question],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Outcome>, AskError>;

    /// What stands at each place, references included, in the same order; `None` where there is no identifier, or one of
    /// which the provider knows nothing: all that it fails on are among these. Such answers are for one reader and are
    /// never stored.
    fn look(
        &mut self,
        places: &[Place],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Sight>>, AskError>;
}
