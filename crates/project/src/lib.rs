//! What a project is, besides its files: its configuration, its roots, and the Python environment it lives in.
//!
//! [`load`] answers all of it in one go: zero configuration works for flat, `src/` and namespace layouts, and for
//! virtual environments in the usual places. The result's [`Environment`](staniel_facts::Environment) carries a
//! digest of everything outside the project's own files that an answer can depend on.
//!
//! **Invariant:** this crate knows `facts` only, reads no environment variable (the caller passes `$VIRTUAL_ENV`),
//! and never runs anything: an interpreter is described by the files around it. No absolute path goes into
//! the digest, so that two machines with equal installations in different places agree.
//!
//! Start reading at `project` (the order of events), then `config`, `roots`, `interpreter`, `installed`.

mod config;
mod dependencies;
mod installed;
mod interpreter;
mod metadata;
mod project;
mod roots;
mod setup_cfg;

pub use config::{Config, ConfigError, DEFAULT_MAX_FILE_SIZE, ProviderChoice};
pub use interpreter::{Interpreter, PythonError};
pub use project::{Options, Project, ProjectError, canonical_root, load};
