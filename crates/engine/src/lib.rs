//! The only writer: joins the file system's view, the query database, the import graph, a type provider and
//! the store, and publishes snapshots.
//!
//! ```text
//! Change ──▶ take_in ──▶ Analysis::advance ──▶ Plan ──▶ Asker::ask ──▶ announce ──▶ Published ──▶ save
//!            next world   facts, edges, needs,   known?   new keys       delta,        (printed     rows,
//!                         keys                            only           figures       first)       HEAD
//! ```
//!
//! **Invariants.** Readers see published, immutable snapshots only; cancelled work publishes nothing. An
//! answer is stored under a key that names everything it depends on, and the first answer stored under a
//! key is the answer. Nothing that the store says is believed without its digest. The engine prints nothing
//! and reads no environment variable.
//!
//! Start reading at [`Engine`], then follow one step through `publish`.

mod analysis;
mod answering;
mod asker;
mod carried;
mod engine;
mod error;
mod imports;
mod keeping;
mod keys;
mod look;
mod mentions;
mod naming;
mod options;
mod persist;
mod plan;
mod publish;
mod published;
mod servers;
mod stored;
mod texts;

pub use carried::{Imported, read_archive, write_archive};
pub use engine::{Engine, cache_directory};
pub use error::EngineError;
pub use imports::{Damaged, FileImports, FileNumber, ImportMap, ImportWork, Imports, Link};
pub use keeping::Kept;
pub use look::{Defined, Seen, View};
pub use naming::{GenerationName, NameError};
pub use options::{
    CacheChoice, Isolation, Options, Phase, Progress, ProviderChoice, ServerOptions, Silent, UnknownProvider,
};
pub use published::{DeltaCounts, Fallback, FileCounts, Published, Summary, Work};
pub use servers::{MOST_REQUESTS, MOST_SERVERS};
pub use staniel_archive::{Archive, MergeError, ReadError, WriteError, merge};
pub use staniel_project::{Project, ProjectError, canonical_root};
pub use staniel_provider_lsp::{Installed, Server, find as find_server};
pub use staniel_store::{HeadStatus, Stats, VerifyReport, clean, default_base, head_status};
pub use stored::GenerationInfo;
