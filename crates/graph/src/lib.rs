//! The import graph: who leads to whom, both ways, kept up to date file by file.
//!
//! Nodes are files; what an edge stands for (an import, a need) is the caller's affair. This crate knows
//! reachability, strongly connected components, chains and Merkle digests over closures. It must never know
//! how edges are found (no salsa, no imports) nor what is done with the answers.
//!
//! **Invariants:** after any sequence of [`Graph::set`] and [`Graph::remove`] a graph equals one built from
//! the same edges in any other order; no recursion, whatever the depth of the graph.
//!
//! Start reading at [`Graph`]; `components` has Tarjan's algorithm, `digests` the closure digests,
//! [`ReverseIndex`] the same bookkeeping for keys that are no files.

mod components;
mod digests;
mod graph;
mod reverse;

pub use digests::ClosureDigests;
pub use graph::Graph;
pub use reverse::ReverseIndex;
