//! Which row each box is in: whoever imports stands above whom it imports, as far as cycles let it.

use std::cmp::Reverse;
use std::collections::BTreeMap;

use staniel_graph::{Digraph, Node};

use super::Edge;

/// The rows of the boxes, from 0 at the top, all used; and which edges lead up.
pub(super) struct Rows {
    pub(super) of: Vec<usize>,
    pub(super) upward: Vec<bool>,
}

/// Puts boxes of these widths in rows no wider than `limit`, if there is no single box that is wider.
pub(super) fn rows(widths: &[f64], edges: &[Edge], limit: f64) -> Rows {
    let places = importers_first(widths.len(), edges);
    let upward: Vec<bool> = edges.iter().map(|edge| places[edge.from] >= places[edge.to]).collect();
    let mut down = Neighbours::new(widths.len());
    for (edge, upward) in edges.iter().zip(&upward).filter(|(edge, _)| edge.from != edge.to) {
        let (above, below) = if *upward { (edge.to, edge.from) } else { (edge.from, edge.to) };
        down.below[above].push(below);
        down.above[below].push(above);
    }
    let mut levels = Levels::new(widths, &down, &places, limit);
    levels.shorten(&down, widths);
    Rows { of: levels.rows(), upward }
}

/// Whom each box stands above and below of. Without cycles.
struct Neighbours {
    above: Vec<Vec<usize>>,
    below: Vec<Vec<usize>>,
}

impl Neighbours {
    fn new(nodes: usize) -> Self {
        Self { above: vec![Vec::new(); nodes], below: vec![Vec::new(); nodes] }
    }
}

/// The place of each box in an order against which only few and light edges lead, and only such as are in a cycle.
fn importers_first(nodes: usize, edges: &[Edge]) -> Vec<usize> {
    let number = |node: usize| Node::try_from(node).expect("a picture has few nodes");
    let graph = Digraph::new(nodes, edges.iter().map(|edge| (number(edge.from), number(edge.to))));
    let mut component_of = vec![0; nodes];
    let components = graph.strongly_connected();
    for (component, members) in components.iter().enumerate() {
        members.iter().for_each(|node| component_of[*node as usize] = component);
    }
    let mut inside: Vec<Vec<&Edge>> = vec![Vec::new(); components.len()];
    for edge in edges.iter().filter(|edge| component_of[edge.from] == component_of[edge.to]) {
        inside[component_of[edge.from]].push(edge);
    }
    let mut places = vec![0; nodes];
    let ordered = components.iter().zip(&inside).rev().flat_map(|(members, edges)| untangle(members, edges));
    for (place, node) in ordered.enumerate() {
        places[node] = place;
    }
    places
}

/// An order of the nodes of a cycle with little weight against it: the heuristic of Eades, Lin and Smyth
/// (Inf. Process. Lett. 47 (1993), 319–323) with weights.
fn untangle(members: &[Node], edges: &[&Edge]) -> Vec<usize> {
    let mut left: Vec<usize> = members.iter().map(|node| *node as usize).collect();
    let place = |left: &[usize], node: usize| left.binary_search(&node).ok();
    let (mut head, mut tail) = (Vec::new(), Vec::new());
    let mut gone = vec![false; edges.len()];
    let (mut out, mut into) = (vec![0_usize; left.len()], vec![0_usize; left.len()]);
    for edge in edges.iter().filter(|edge| edge.from != edge.to) {
        if let (Some(from), Some(to)) = (place(&left, edge.from), place(&left, edge.to)) {
            out[from] += edge.weight.max(1);
            into[to] += edge.weight.max(1);
        }
    }
    while !left.is_empty() {
        // Whoever imports nobody who is left goes to the end, whom nobody who is left imports to the beginning.
        let at =
            (0..left.len()).find(|at| out[*at] == 0).or_else(|| (0..left.len()).find(|at| into[*at] == 0));
        let at = at.unwrap_or_else(|| {
            let gain = |at: &usize| (out[*at] as i128 - into[*at] as i128, Reverse(*at));
            (0..left.len()).max_by_key(gain).unwrap_or(0)
        });
        let node = left[at];
        let end = if out[at] == 0 { &mut tail } else { &mut head };
        end.push(node);
        for (edge, gone) in edges.iter().zip(&mut gone).filter(|(edge, _)| edge.from != edge.to) {
            if (edge.from == node || edge.to == node) && !std::mem::replace(gone, true) {
                if let Some(from) = place(&left, edge.from) {
                    out[from] -= edge.weight.max(1);
                }
                if let Some(to) = place(&left, edge.to) {
                    into[to] -= edge.weight.max(1);
                }
            }
        }
        left.remove(at);
        out.remove(at);
        into.remove(at);
    }
    head.extend(tail.into_iter().rev());
    sift(&mut head, edges);
    head
}

/// Moves each node to where the least weight leads against the order, until that helps no more: the heuristic
/// above decides early and does not look back.
fn sift(order: &mut Vec<usize>, edges: &[&Edge]) {
    const PASSES: usize = 8;
    for _ in 0..PASSES {
        let mut moved = false;
        for node in order.clone() {
            // For each other node, what it costs to stand after it rather than before it.
            let mut price: BTreeMap<usize, i128> = BTreeMap::new();
            for edge in edges.iter().filter(|edge| edge.from != edge.to) {
                if edge.from == node {
                    *price.entry(edge.to).or_default() += edge.weight.max(1) as i128;
                } else if edge.to == node {
                    *price.entry(edge.from).or_default() -= edge.weight.max(1) as i128;
                }
            }
            let Some(at) = order.iter().position(|other| *other == node) else { continue };
            order.remove(at);
            let mut costs = vec![0];
            for other in &*order {
                costs.push(costs[costs.len() - 1] + price.get(other).copied().unwrap_or(0));
            }
            let best = (0..costs.len()).min_by_key(|place| costs[*place]).unwrap_or(at);
            let to = if costs[best] < costs[at] { best } else { at };
            moved |= to != at;
            order.insert(to, node);
        }
        if !moved {
            break;
        }
    }
}

/// Rows counted from the bottom, while they are filled.
struct Levels {
    of: Vec<usize>,
    /// The width that is taken on each level.
    taken: Vec<f64>,
    limit: f64,
}

impl Levels {
    /// From the bottom up: on each level those below whom everything is placed, those under the longest chains
    /// first, while there is room (Coffman and Graham, Acta Inform. 1 (1972), 200–213, with real widths).
    fn new(widths: &[f64], neighbours: &Neighbours, places: &[usize], limit: f64) -> Self {
        let mut top_down: Vec<usize> = (0..widths.len()).collect();
        top_down.sort_unstable_by_key(|node| places[*node]);
        let mut chain = vec![0; widths.len()];
        for &node in &top_down {
            chain[node] = neighbours.above[node].iter().map(|above| chain[*above] + 1).max().unwrap_or(0);
        }
        let mut waiting_for: Vec<usize> = neighbours.below.iter().map(Vec::len).collect();
        let mut levels = Self { of: vec![0; widths.len()], taken: Vec::new(), limit };
        let mut ready: Vec<usize> = (0..widths.len()).filter(|node| waiting_for[*node] == 0).collect();
        while !ready.is_empty() {
            ready.sort_unstable_by_key(|node| (Reverse(chain[*node]), *node));
            let level = levels.taken.len();
            levels.taken.push(0.0);
            let mut later = Vec::new();
            let mut placed = Vec::new();
            for node in ready {
                if placed.is_empty() || levels.taken[level] + widths[node] <= limit {
                    levels.taken[level] += widths[node];
                    levels.of[node] = level;
                    placed.push(node);
                } else {
                    later.push(node);
                }
            }
            for above in placed.iter().flat_map(|node| &neighbours.above[*node]) {
                waiting_for[*above] -= 1;
                if waiting_for[*above] == 0 {
                    later.push(*above);
                }
            }
            ready = later;
        }
        levels
    }

    /// Moves boxes to where their edges are shorter, as long as the room lasts: whoever is imported from high up
    /// need not lie at the bottom.
    fn shorten(&mut self, neighbours: &Neighbours, widths: &[f64]) {
        const PASSES: usize = 8;
        let mut highest_first: Vec<usize> = (0..self.of.len()).collect();
        for _ in 0..PASSES {
            highest_first.sort_by_key(|node| Reverse(self.of[*node]));
            let mut moved = false;
            for &node in &highest_first {
                let (above, below) = (&neighbours.above[node], &neighbours.below[node]);
                let lowest = below.iter().map(|other| self.of[*other] + 1).max().unwrap_or(0);
                let highest = above.iter().map(|other| self.of[*other] - 1).min();
                // The sum of the lengths is linear in between, so one of the ends is best, or next to it.
                let (from, up) = (self.of[node], above.len() > below.len());
                let range = lowest..=highest.unwrap_or(lowest).max(lowest);
                let has_room =
                    |level: &usize| *level == from || self.taken[*level] + widths[node] <= self.limit;
                let to = if up { range.rev().find(has_room) } else { range.into_iter().find(has_room) };
                if let Some(to) = to.filter(|to| *to != from && above.len() != below.len()) {
                    self.taken[from] -= widths[node];
                    self.taken[to] += widths[node];
                    self.of[node] = to;
                    moved = true;
                }
            }
            if !moved {
                break;
            }
        }
    }

    /// Rows from the top, without empty ones.
    fn rows(&self) -> Vec<usize> {
        let mut used: Vec<usize> = self.of.clone();
        used.sort_unstable();
        used.dedup();
        self.of.iter().map(|level| used.len() - 1 - used.binary_search(level).unwrap_or(0)).collect()
    }
}
