//! Components, cycles, and the shortest of them.

use super::{Digraph, Node};
use crate::tarjan::strong_components;

/// How many edges may be looked at in search of the shortest cycle of one component. Searching from every node is
/// quadratic, and `check` asks this of every component.
const SEARCH_BUDGET: usize = 5_000_000;

impl Digraph {
    /// The strongly connected components, dependencies first: a component comes after all those that it leads
    /// to. Each ascending; every node is in one. Cost: nodes and edges, once, and sorting the members.
    pub fn strongly_connected(&self) -> Vec<Vec<Node>> {
        let mut components = Vec::new();
        strong_components(
            self.len(),
            self.nodes(),
            |node| self.successors(node).iter().copied(),
            |members| {
                members.sort_unstable();
                components.push(members.to_vec());
            },
        );
        components
    }

    /// The components that are cycles: more than one node, or one that leads to itself. Each ascending, sorted
    /// by their first nodes. Cost: as for [`Digraph::strongly_connected`].
    pub fn cycles(&self) -> Vec<Vec<Node>> {
        let mut cycles = self.strongly_connected();
        cycles.retain(|component| component.len() > 1 || self.has_edge(component[0], component[0]));
        cycles.sort_unstable();
        cycles
    }

    /// A shortest cycle in a strongly connected component, beginning with its smallest node: of several the one
    /// whose numbers sort first. A single node, if the component is one that leads to itself; among several
    /// nodes such an edge does not count, since it says nothing of what binds them together. `None` for a
    /// component that is no cycle.
    ///
    /// Cost: nodes × edges of the component at worst, usually much less. It looks at five million edges at most, and
    /// those of the search that is under way: a component so large that this is not enough gets the shortest cycle
    /// found by then.
    pub fn shortest_cycle(&self, component: &[Node]) -> Option<Vec<Node>> {
        let (inside, names) = self.induced(component.iter().copied());
        let cycle = inside.search_shortest_cycle(SEARCH_BUDGET)?;
        Some(cycle.into_iter().map(|node| names[node as usize]).collect())
    }

    fn search_shortest_cycle(&self, mut budget: usize) -> Option<Vec<Node>> {
        if self.len() < 2 {
            return (self.edge_count() == 1).then(|| vec![0]);
        }
        let mut best: Option<Vec<Node>> = None;
        let mut search = CycleSearch::new(self);
        for start in self.nodes() {
            let limit = best.as_ref().map_or(usize::MAX, Vec::len);
            // Nothing is shorter than two nodes. The search from the first node always ends with a cycle.
            if limit <= 2 || budget == 0 {
                break;
            }
            // A cycle through a smaller node that is shorter would have been found from there.
            if let Some(cycle) = search.through(start, |node| node > start, limit, &mut budget) {
                best = Some(cycle);
            }
        }
        best
    }
}

/// Breadth-first searches for cycles, with what they share.
pub(super) struct CycleSearch<'a> {
    graph: &'a Digraph,
    came_from: Vec<Node>,
    /// In which search a node was reached last.
    reached_in: Vec<u32>,
    searches: u32,
    queue: Vec<(Node, usize)>,
}

impl<'a> CycleSearch<'a> {
    pub(super) fn new(graph: &'a Digraph) -> Self {
        let nodes = graph.len();
        Self { graph, came_from: vec![0; nodes], reached_in: vec![0; nodes], searches: 0, queue: Vec::new() }
    }

    /// The first of the shortest cycles through `start` that have fewer than `limit` nodes, at least two, and else
    /// only nodes that are `wanted`. Each edge that is looked at is taken off the budget; a search that was begun is
    /// finished.
    pub(super) fn through(
        &mut self,
        start: Node,
        wanted: impl Fn(Node) -> bool,
        limit: usize,
        budget: &mut usize,
    ) -> Option<Vec<Node>> {
        self.searches += 1;
        self.queue.clear();
        self.queue.push((start, 1));
        let mut next = 0;
        while let Some(&(node, length)) = self.queue.get(next) {
            next += 1;
            if length >= limit {
                return None;
            }
            let successors = self.graph.successors(node);
            *budget = budget.saturating_sub(successors.len());
            for &to in successors {
                if to == start && node != start {
                    return Some(self.way(start, node));
                }
                if wanted(to) && to != start && self.reached_in[to as usize] != self.searches {
                    self.reached_in[to as usize] = self.searches;
                    self.came_from[to as usize] = node;
                    self.queue.push((to, length + 1));
                }
            }
        }
        None
    }

    /// The way on which this search came from `start` to `node`.
    fn way(&self, start: Node, mut node: Node) -> Vec<Node> {
        let mut way = vec![node];
        while node != start {
            node = self.came_from[node as usize];
            way.push(node);
        }
        way.reverse();
        way
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_search_that_runs_out_shows_what_it_has() {
        // Three nodes in a ring, and two that only need each other.
        let graph = Digraph::new(5, [(0, 1), (1, 2), (2, 0), (2, 3), (3, 4), (4, 3), (4, 0)]);
        assert_eq!(graph.search_shortest_cycle(1_000), Some(vec![3, 4]));
        assert_eq!(graph.search_shortest_cycle(1), Some(vec![0, 1, 2]));
    }
}
