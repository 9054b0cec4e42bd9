//! The plain data that every other crate speaks in.
//!
//! Names, hashes, file states, worlds and changes; imports, definitions and edges; answers, hovers,
//! snapshots and deltas with their laws. This crate knows nothing of disks, parsers, salsa or stores: each
//! type here is a value that can be compared, hashed, encoded and sent to another thread.
//!
//! **Invariant:** no I/O, no clock, no global state. Two values that are equal encode to the same bytes.
//!
//! Start reading at [`World`] (what there is), then [`FileFacts`] (what one file says), then [`Snapshot`]
//! and [`Delta`] (what is known of all files, and how two such states differ).

mod answer;
mod cancel;
mod definition;
mod delta;
mod diagnostic;
mod edge;
mod environment;
mod hash;
mod import;
mod import_lines;
mod interface;
mod name;
mod snapshot;
mod text;
mod world;

pub use answer::{Answer, Answers, AnswersBuilder, Flags, ProviderId};
pub use cancel::{Cancel, Cancelled};
pub use definition::{Definition, DefinitionId, DefinitionKind, FileFacts, Namespace, Outline};
pub use delta::{Delta, DeltaError, FileDelta, HoverChange};
pub use diagnostic::{Diagnostic, DiagnosticCode};
pub use edge::{Edge, EdgeContent, Origin, TargetClass};
pub use environment::{Environment, PythonVersion};
pub use hash::{AnswerKey, ContentHash, Digest, EnvironmentDigest, InterfaceHash, SnapshotDigest, digest_of};
pub use import::{Binding, Bindings, Contexts, DunderAll, Import, ImportFacts, ImportKind};
pub use import_lines::{Cell, ImportLines, ImportRange};
pub use interface::{Interface, LONGEST_FACTORY, NameHash, Part, Seen};
pub use name::{ModuleName, Name, RelPath, RelPathError, SourceKind};
pub use snapshot::{Counts, Coverage, FileRecord, Hover, ImportCounts, Provenance, Snapshot, SnapshotError};
pub use text::{LineIndex, LineResolver, Position, PositionEncoding, Range, Span};
pub use world::{Change, FileChange, FileState, Manifest, SkipReason, Stat, Tracked, Visibility, World};

/// The version of everything that staniel stores and of the JSON it prints (`"schema": 1`).
pub const SCHEMA: u32 = 1;
