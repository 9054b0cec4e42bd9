//! The salsa database: what the project's imports mean, recomputed only where something differs.
//!
//! Inputs are the states of files, what stands in which directory, and the environment; queries are pure
//! functions of them. This crate knows how Python finds modules. It must never know where bytes come from
//! (facts arrive through [`FactSource`], by content hash), nor threads, stores or providers.
//!
//! **Invariants:** no I/O and no rayon inside a query; no recursion along chains of imports; no query over
//! all files (verifying one would cost as much as there are files, on each edit).
//!
//! Start reading at [`Database`], then follow a file: `statements` (what it imports and binds) and `history` (in which
//! order), `locate` and `resolve` (module name → file), `origin` (through re-exports), `edges` and `needs` (the two answers).
//! `wanted` holds the keys of the queries, `looked` what answering one led past.

mod conftest;
mod database;
mod edges;
mod execution;
mod hidden;
mod history;
mod inputs;
mod locate;
mod looked;
mod needs;
mod origin;
mod resolve;
mod slot;
mod statements;
mod stdlib;
mod tree;
mod wanted;

pub use database::{Database, FactSource, Shadowing, Touched};
pub use edges::Resolution;
pub use hidden::Hidden;
pub use locate::module_name;
pub use needs::Needs;
pub use slot::Slot;
pub use stdlib::is_stdlib;
