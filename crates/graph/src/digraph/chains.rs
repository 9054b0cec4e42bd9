//! Shortest ways from some nodes to others.

use super::{Digraph, Node, is_step};

/// Shortest chains between two sets of nodes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Chains {
    /// The first ones, in the order of their numbers; all equally long, both ends included.
    pub chains: Vec<Vec<Node>>,
    /// How many there are in all; `u64::MAX` if they are more than can be counted.
    pub total: u64,
}

impl Digraph {
    /// A shortest chain from one of `from` to one of `to`, both included: of several the one whose numbers sort
    /// first. A single node, if it is in both; `None`, if there is no way. Cost: nodes and edges, a few times.
    pub fn shortest_chain(
        &self,
        from: impl IntoIterator<Item = Node>,
        to: impl IntoIterator<Item = Node>,
    ) -> Option<Vec<Node>> {
        self.all_shortest_chains(from, to, 1).chains.pop()
    }

    /// The first `limit` of all shortest chains from one of `from` to one of `to`, and how many there are: in a
    /// graph of layers that grows exponentially with the depth. Cost: nodes and edges, a few times, and for each
    /// chain that is given the edges out of its nodes.
    pub fn all_shortest_chains(
        &self,
        from: impl IntoIterator<Item = Node>,
        to: impl IntoIterator<Item = Node>,
        limit: usize,
    ) -> Chains {
        let (distance, nearest_first) = self.reversed().distances(to);
        let mut starts: Vec<Node> = from.into_iter().collect();
        starts.sort_unstable();
        starts.dedup();
        let Some(nearest) = starts.iter().filter_map(|start| distance[*start as usize]).min() else {
            return Chains::default();
        };
        starts.retain(|start| distance[*start as usize] == Some(nearest));

        // One step nearer to a goal; from a goal itself, nowhere.
        let distance = &*distance;
        let nearer =
            |node: Node| self.successors(node).iter().copied().filter(move |to| is_step(distance, *to, node));
        let mut count = vec![0_u64; self.len()];
        let sum = |count: &[u64], nodes: &mut dyn Iterator<Item = Node>| {
            nodes.fold(0, |sum: u64, node| sum.saturating_add(count[node as usize]))
        };
        for &node in &nearest_first {
            let is_goal = distance[node as usize] == Some(0);
            count[node as usize] = if is_goal { 1 } else { sum(&count, &mut nearer(node)) };
        }

        // Depth first, the smallest number first. Whatever is entered leads to a goal, so no step is in vain.
        let mut chains = Vec::new();
        let mut chain = Vec::new();
        let mut open: Vec<(usize, Node)> = starts.iter().rev().map(|start| (0, *start)).collect();
        while chains.len() < limit
            && let Some((depth, node)) = open.pop()
        {
            chain.truncate(depth);
            chain.push(node);
            if distance[node as usize] == Some(0) {
                chains.push(chain.clone());
            }
            open.extend(nearer(node).rev().map(|to| (depth + 1, to)));
        }
        Chains { chains, total: sum(&count, &mut starts.iter().copied()) }
    }
}
