//! Which edge to cut first.

use rustc_hash::FxHashMap;

use super::cycles::CycleSearch;
use super::{Digraph, Node, is_step};
use crate::tarjan::strong_components;

/// How much one component may cost, in nodes and edges looked at: a second or so.
const BUDGET: usize = 100_000_000;

/// From how many nodes shortest cycles are drawn as a sample, where not all edges can be tried.
const SAMPLES: usize = 64;

/// An edge of a strongly connected component, and what becomes of the component without it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct EntangledEdge {
    /// Where it begins.
    pub from: Node,
    /// Where it ends.
    pub to: Node,
    /// How many nodes are in no cycle any more.
    pub freed: usize,
    /// How many nodes are in the largest cycle that is left; 0, if none is.
    pub largest: usize,
    /// Whether no other edge is better. Else only the likeliest ones were tried.
    pub exact: bool,
}

impl EntangledEdge {
    /// What makes one edge better than another: less is left in one piece, more is free; else the smaller numbers.
    fn rank(&self) -> impl Ord + use<> {
        (self.largest, std::cmp::Reverse(self.freed), self.from, self.to)
    }
}

impl Digraph {
    /// The edge whose removal breaks most of a strongly connected component: the largest cycle that is left is
    /// as small as possible, and then as many nodes as possible are in no cycle any more; of several the one with
    /// the smallest numbers. `None`, if all nodes still reach each other whichever edge is removed, or if the
    /// component is no cycle. As for [`Digraph::shortest_cycle`], an edge from a node to itself counts only where
    /// there is nothing else.
    ///
    /// An edge is worth a try only if it is in a tree of ways from some node to all others, or in one of ways
    /// back: without any other edge, that node still reaches all and is reached by all. So there are two tries per
    /// node at most, each of which costs the component's nodes and edges once. While that makes less than 10^8
    /// (2,000 nodes with 20,000 edges), all are tried and the answer is exact. In a larger component as many as
    /// that much work allows are tried, those on most of the shortest cycles through 64 of its nodes first.
    pub fn most_entangled_edge(&self, component: &[Node]) -> Option<EntangledEdge> {
        let (inside, names) = self.induced(component.iter().copied());
        let best = inside.search_entangled_edge(BUDGET)?;
        Some(EntangledEdge { from: names[best.from as usize], to: names[best.to as usize], ..best })
    }

    fn search_entangled_edge(&self, budget: usize) -> Option<EntangledEdge> {
        if self.len() < 2 {
            let edge = EntangledEdge { from: 0, to: 0, freed: 1, largest: 0, exact: true };
            return (self.edge_count() == 1).then_some(edge);
        }
        let mut candidates = self.tree_edges();
        let tries = budget / (self.len() + self.edge_count()).max(1);
        let exact = candidates.len() <= tries;
        if !exact {
            let load = self.cycle_load();
            candidates.sort_by_key(|edge| std::cmp::Reverse(load.get(edge).copied().unwrap_or(0)));
            candidates.truncate(tries.max(1));
        }
        candidates
            .into_iter()
            .map(|(from, to)| EntangledEdge { exact, ..self.without(from, to) })
            .filter(|edge| edge.largest < self.len())
            .min_by_key(EntangledEdge::rank)
    }

    /// The edges of a tree of shortest ways from the first node to all others, and of one back, ascending.
    fn tree_edges(&self) -> Vec<(Node, Node)> {
        let mut edges = self.spanning_tree();
        edges.extend(self.reversed().spanning_tree().into_iter().map(|(from, to)| (to, from)));
        edges.sort_unstable();
        edges.dedup();
        edges
    }

    fn spanning_tree(&self) -> Vec<(Node, Node)> {
        let (distance, _) = self.distances([0]);
        let mut entered = vec![false; self.len()];
        let mut enters = |from: Node, to: Node| {
            is_step(&distance, from, to) && !std::mem::replace(&mut entered[to as usize], true)
        };
        self.edges().filter(|(from, to)| enters(*from, *to)).collect()
    }

    /// What is left without an edge.
    fn without(&self, from: Node, to: Node) -> EntangledEdge {
        let (mut largest, mut entangled) = (0, 0);
        let successors = |node: Node| {
            self.successors(node).iter().copied().filter(move |next| node != from || *next != to)
        };
        strong_components(self.len(), self.nodes(), successors, |members| {
            if members.len() > 1 {
                largest = largest.max(members.len());
                entangled += members.len();
            }
        });
        EntangledEdge { from, to, freed: self.len() - entangled, largest, exact: true }
    }

    /// On how many of the shortest cycles through evenly drawn nodes each edge is.
    fn cycle_load(&self) -> FxHashMap<(Node, Node), usize> {
        let mut load = FxHashMap::default();
        let mut boundless = usize::MAX;
        let mut search = CycleSearch::new(self);
        for start in self.nodes().step_by(self.len().div_ceil(SAMPLES)) {
            let cycle = search.through(start, |_| true, usize::MAX, &mut boundless).unwrap_or_default();
            for (at, &from) in cycle.iter().enumerate() {
                *load.entry((from, cycle[(at + 1) % cycle.len()])).or_default() += 1;
            }
        }
        load
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn where_not_all_can_be_tried_the_busiest_edge_is() {
        // Many small rings through one edge, and a long one beside it.
        let spokes = (2..40).flat_map(|node| [(1, node), (node, 0)]);
        let graph = Digraph::new(42, spokes.chain([(0, 1), (1, 40), (40, 41), (41, 0)]));
        let exact = graph.search_entangled_edge(BUDGET).unwrap();
        assert_eq!((exact.from, exact.to, exact.freed, exact.exact), (0, 1, 42, true));
        let hurried = graph.search_entangled_edge(1).unwrap();
        assert_eq!(hurried, EntangledEdge { exact: false, ..exact });
    }
}
