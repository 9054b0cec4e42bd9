//! The import graph: who leads to whom, both ways, kept up to date file by file.
//!
//! Nodes are files; what an edge stands for (an import, a need) is the caller's affair. This crate knows
//! reachability, strongly connected components, chains and Merkle digests over closures. It must never know
//! how edges are found (no salsa, no imports) nor what is done with the answers.
//!
//! There are two graphs. [`Graph`] changes edge by edge and knows paths: it tells what an edit invalidates.
//! [`Digraph`] is finished and knows numbers: it answers what people ask of a snapshot (why, which cycles, what
//! to cut), over files or over whatever they were collapsed into.
//!
//! **Invariants:** after any sequence of [`Graph::set`] and [`Graph::remove`] a graph equals one built from
//! the same edges in any other order; no recursion, whatever the depth of the graph.
//!
//! Start reading at [`Graph`] or at [`Digraph`]; `tarjan` has Tarjan's algorithm for both, `digests` the closure
//! digests, [`ReverseIndex`] the same bookkeeping for keys that are no files.

mod components;
mod digests;
mod digraph;
mod graph;
mod reverse;
mod tarjan;

pub use digests::ClosureDigests;
pub use digraph::{Chains, Collapsed, Digraph, EntangledEdge, Node};
pub use graph::Graph;
pub use reverse::ReverseIndex;
