//! Hints that something in a directory tree may have changed, gathered into batches.
//!
//! This crate knows how the operating system tells of changes, and how it fails to: events that are missing,
//! doubled, late, about directories that are gone again. It is the only crate that names notify. It must
//! never know what a change means, nor read a file: it says *look there*, and whoever looks (by stat and
//! hash) finds the truth.
//!
//! **Invariant:** what changed after [`Watcher::start`] returned is covered by a later [`Batch`]: by its path,
//! by that of a directory above it, or by [`Batch::Everything`]. So the order for a caller is: start, then
//! scan, then follow the batches. The converse does not hold; a batch may turn out to be about nothing.
//!
//! Start reading at [`Watcher`]. `hints` translates events, `directories` knows what is watched, `settle`
//! decides when a batch is complete (a pure state machine, tested without a clock).

mod directories;
mod git;
mod hints;
mod settle;
mod watcher;

pub use settle::{Batch, Reason};
pub use watcher::{Status, WatchError, WatchMode, WatchOptions, Watcher};
