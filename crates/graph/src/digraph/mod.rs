//! A finished graph over numbers, and its simple questions. Those about ways are in `chains`, those about
//! cycles in `cycles` and `entangled`.

mod chains;
mod cycles;
mod entangled;

pub use chains::Chains;
pub use entangled::EntangledEdge;

/// A node's number: its place in the caller's table. A table that is sorted makes the answers' order that of the
/// names.
pub type Node = u32;

/// A finished directed graph over the nodes `0..n`, at most one edge from one node to another, possibly edges
/// from a node to itself.
///
/// Compressed sparse rows: 4 bytes per node and 4 per edge. Every answer is a function of the set of edges, and
/// no question recurses.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Digraph {
    /// Where each node's targets begin; one more for where the last one's end.
    starts: Box<[u32]>,
    /// Sorted within each node.
    targets: Box<[Node]>,
}

/// A graph whose nodes are groups of another's.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Collapsed {
    /// The groups, numbered in the order of their labels. No edge leads from a group to itself.
    pub graph: Digraph,
    /// The group of each node of the other graph.
    pub group_of: Vec<Node>,
    /// How many edges of the other graph each edge stands for, in the order of [`Digraph::edges`].
    pub weights: Vec<usize>,
}

impl Digraph {
    /// The graph of `nodes` nodes with `edges`, in any order, repetitions merged. Cost: sorting the edges.
    ///
    /// # Panics
    ///
    /// If an edge ends outside `0..nodes`.
    pub fn new(nodes: usize, edges: impl IntoIterator<Item = (Node, Node)>) -> Self {
        let mut edges: Vec<(Node, Node)> = edges.into_iter().collect();
        edges.sort_unstable();
        edges.dedup();
        let inside = |node: Node| (node as usize) < nodes;
        assert!(
            edges.iter().all(|(from, to)| inside(*from) && inside(*to)),
            "edges join the {nodes} nodes that there are"
        );
        Self::from_sorted(nodes, &edges)
    }

    /// From edges that are sorted, each once.
    fn from_sorted(nodes: usize, edges: &[(Node, Node)]) -> Self {
        let mut starts = vec![0; nodes + 1];
        for (from, _) in edges {
            starts[*from as usize + 1] += 1;
        }
        for node in 0..nodes {
            starts[node + 1] += starts[node];
        }
        Self { starts: starts.into(), targets: edges.iter().map(|(_, to)| *to).collect() }
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.starts.len() - 1
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.len() == 0
    }

    /// How many edges there are.
    pub fn edge_count(&self) -> usize {
        self.targets.len()
    }

    /// All nodes, ascending.
    pub fn nodes(&self) -> impl Iterator<Item = Node> + use<> {
        (0..).take(self.len())
    }

    /// All edges, ascending.
    pub fn edges(&self) -> impl Iterator<Item = (Node, Node)> {
        self.nodes().flat_map(|from| self.successors(from).iter().map(move |to| (from, *to)))
    }

    /// Where `node` leads to, ascending. Constant cost.
    pub fn successors(&self, node: Node) -> &[Node] {
        let (start, end) = (self.starts[node as usize], self.starts[node as usize + 1]);
        &self.targets[start as usize..end as usize]
    }

    /// Whether an edge leads from `from` to `to`. Cost: a binary search.
    pub fn has_edge(&self, from: Node, to: Node) -> bool {
        self.successors(from).binary_search(&to).is_ok()
    }

    /// The graph with all edges turned round: asked there, what leads somewhere becomes who leads here. Cost:
    /// nodes and edges, once.
    pub fn reversed(&self) -> Self {
        let mut starts = vec![0; self.starts.len()];
        for to in &self.targets {
            starts[*to as usize + 1] += 1;
        }
        for node in 0..self.len() {
            starts[node + 1] += starts[node];
        }
        let mut free = starts.clone();
        let mut targets = vec![0; self.targets.len()];
        // Ascending sources make ascending targets.
        for (from, to) in self.edges() {
            targets[free[to as usize] as usize] = from;
            free[to as usize] += 1;
        }
        Self { starts: starts.into(), targets: targets.into() }
    }

    /// What can be reached from any of `from` by at most `depth` edges (any number, if there is no bound), they
    /// themselves included, ascending. Cost: nodes and edges, once.
    pub fn reachable(&self, from: impl IntoIterator<Item = Node>, depth: Option<usize>) -> Vec<Node> {
        let (distance, mut reached) = self.distances(from);
        if let Some(depth) = depth {
            reached
                .retain(|node| distance[*node as usize].is_some_and(|distance| distance as usize <= depth));
        }
        reached.sort_unstable();
        reached
    }

    /// How many edges each node is away from the nearest of `from`, where it can be reached; and those that can,
    /// the nearest first. Cost: nodes and edges, once.
    fn distances(&self, from: impl IntoIterator<Item = Node>) -> (Vec<Option<u32>>, Vec<Node>) {
        let mut distance = vec![None; self.len()];
        let mut reached: Vec<Node> = Vec::new();
        for node in from {
            if distance[node as usize].replace(0).is_none() {
                reached.push(node);
            }
        }
        let mut next = 0;
        while let Some(&node) = reached.get(next) {
            next += 1;
            let further = distance[node as usize].map(|distance| distance + 1);
            for &to in self.successors(node) {
                if distance[to as usize].is_none() {
                    distance[to as usize] = further;
                    reached.push(to);
                }
            }
        }
        (distance, reached)
    }

    /// The part of the graph that `nodes` make up, with the edges among them, and what its numbers stand for:
    /// node `i` of it is the `i`-th of `nodes`, ascending, each once. Cost: the edges out of `nodes`, a binary
    /// search each; nothing for the rest of the graph.
    pub fn induced(&self, nodes: impl IntoIterator<Item = Node>) -> (Self, Vec<Node>) {
        let mut nodes: Vec<Node> = nodes.into_iter().collect();
        nodes.sort_unstable();
        nodes.dedup();
        let place = |node: Node| nodes.binary_search(&node).ok().and_then(|place| Node::try_from(place).ok());
        // Places ascend as numbers do, so the edges are sorted.
        let edges: Vec<(Node, Node)> = (0..)
            .zip(&nodes)
            .flat_map(|(from, node)| {
                self.successors(*node).iter().filter_map(move |to| Some((from, place(*to)?)))
            })
            .collect();
        (Self::from_sorted(nodes.len(), &edges), nodes)
    }

    /// The graph whose nodes are the different labels, ascending; a label leads to another if a node with the
    /// one leads to a node with the other. Edges among nodes of one label are left out: what happens inside a
    /// package is no cycle of packages. Cost: sorting labels and edges.
    ///
    /// # Panics
    ///
    /// If there is not exactly one label for each node.
    pub fn collapse<L: Ord>(&self, labels: &[L]) -> Collapsed {
        assert_eq!(labels.len(), self.len(), "each node has a label");
        let mut groups: Vec<&L> = labels.iter().collect();
        groups.sort_unstable();
        groups.dedup();
        let group = |label: &L| groups.binary_search(&label).expect("each label is among the groups");
        let group_of: Vec<Node> = labels
            .iter()
            .map(|label| Node::try_from(group(label)).expect("there are no more groups than nodes"))
            .collect();
        let mut edges: Vec<(Node, Node)> = self
            .edges()
            .map(|(from, to)| (group_of[from as usize], group_of[to as usize]))
            .filter(|(from, to)| from != to)
            .collect();
        edges.sort_unstable();
        let weights = edges.chunk_by(|one, other| one == other).map(<[_]>::len).collect();
        edges.dedup();
        Collapsed { graph: Self::from_sorted(groups.len(), &edges), group_of, weights }
    }
}

/// Whether `to` is one edge further away than `from`.
fn is_step(distance: &[Option<u32>], from: Node, to: Node) -> bool {
    distance[from as usize].is_some_and(|near| distance[to as usize] == Some(near + 1))
}
