//! The commands, one module each: what to ask the engine, and in which form to print what it says.

pub(crate) mod cache;
pub(crate) mod check;
pub(crate) mod completions;
pub(crate) mod cycles;
pub(crate) mod delta;
pub(crate) mod doctor;
pub(crate) mod explain;
pub(crate) mod graph;
pub(crate) mod hover;
pub(crate) mod hovers;
pub(crate) mod importers;
pub(crate) mod imports;
mod operand;
pub(crate) mod snapshot;
pub(crate) mod snapshots;
pub(crate) mod watch;
pub(crate) mod why;
