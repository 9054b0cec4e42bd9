//! The provider that infers types with ty, in process.
//!
//! ty runs on a salsa database of its own, a *replica* of the world: below the root it sees exactly the
//! world's files, with texts from `Sources`; elsewhere (installed packages) the disk, read only; the
//! standard library is the typeshed that comes with it. It is driven by what changed between two worlds, so
//! that after an edit ty computes again what the edit can affect. One query per file yields the types at all
//! of its definition sites.
//!
//! What ty does not say and could, is said here: what a function without a return annotation returns (`returns`, `flow`, `factory`), the
//! signature of a function whose decorators are not known (`signature`), what a `match` pattern captures.
//!
//! **Invariant:** this is the only crate that names ty's and ruff's crates. It never reads the project's own
//! files from disk, never reads configuration, never runs anything, never writes.
//!
//! Known limits of ty itself that show here: answers inside inference cycles depend on the order of asking
//! (`hermetic` is the way out); long unions inside other types are cut in its texts (flag `PARTIAL`); a stack overflow or running out of memory ends the
//! process, for which the asker's `Observer` must keep a mark; a file that depends on one whose inference does not end does not end
//! either, and is quarantined as well.
//!
//! Start reading at [`TyProvider`]; then `replica` (the database), `system` (what it sees), `sweep` (many
//! files at once, under supervision).

mod answer;
mod factory;
mod flow;
mod glimpse;
mod inherited;
mod look;
mod memory;
mod options;
mod provider;
mod replica;
mod returns;
mod signature;
mod sites;
mod sweep;
mod system;
mod tree;
mod types;

pub use options::{Limits, TyOptions};
pub use provider::{TyProvider, id};
