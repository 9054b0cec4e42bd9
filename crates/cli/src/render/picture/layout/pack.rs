//! Parts of a picture that nothing joins are laid out one by one and put side by side.

use std::cmp::Reverse;

use staniel_graph::{Digraph, Node};

use super::order::Strata;
use super::place::{place_items, room};
use super::route::route;
use super::rows::rows;
use super::{Edge, LOOP, Layout, Point, Size};

/// How much wider than high a picture should be: as screens are.
const ASPECT: f64 = 1.5;
/// Rows may always be so wide.
const LEAST_WIDTH: f64 = 900.0;
/// What a row takes of the height, with the space to the next one.
const ROW: f64 = 120.0;
/// Between parts.
const MARGIN: f64 = 44.0;
/// Between boxes that nothing joins with anything.
const LONELY_MARGIN: f64 = 18.0;

/// Boxes that are joined and what joins them, as ascending numbers of the whole picture; and where they lie.
#[derive(Default)]
struct Part {
    nodes: Vec<usize>,
    edges: Vec<usize>,
    layout: Layout,
}

/// Lays out boxes of these sizes, joined by `edges`, whose ends are places in `sizes`.
///
/// Cost: for a few hundred boxes and edges some milliseconds; it grows with the edges times the rows that they pass.
pub(in crate::render::picture) fn lay_out(sizes: &[Size], edges: &[Edge]) -> Layout {
    let (mut parts, lonely) = parts(sizes.len(), edges);
    for part in &mut parts {
        part.lay_out(sizes, edges);
    }
    parts.sort_by_key(|part| Reverse(part.nodes.len()));
    let area: f64 =
        parts.iter().map(|part| (part.layout.size.x + MARGIN) * (part.layout.size.y + MARGIN)).sum();
    let widest = parts.iter().map(|part| part.layout.size.x).fold(0.0, f64::max);
    let width = (area * ASPECT).sqrt().max(widest).max(LEAST_WIDTH);
    let last_shelf = parts.len();
    if !lonely.is_empty() {
        parts.push(grid(lonely, sizes, width));
    }

    let mut whole = Layout {
        size: Point::default(),
        corners: vec![Point::default(); sizes.len()],
        ways: vec![super::Way::default(); edges.len()],
        upward: vec![false; edges.len()],
    };
    // Shelves, filled from the left.
    let (mut at, mut shelf) = (Point::default(), 0.0_f64);
    for (index, part) in parts.into_iter().enumerate() {
        if at.x > 0.0 && (at.x + part.layout.size.x > width || index == last_shelf) {
            at = Point { x: 0.0, y: at.y + shelf + MARGIN };
            shelf = 0.0;
        }
        let Layout { size, corners, ways, upward } = part.layout;
        for (node, corner) in part.nodes.into_iter().zip(corners) {
            whole.corners[node] = corner.moved(at);
        }
        for (edge, (mut way, upward)) in part.edges.into_iter().zip(ways.into_iter().zip(upward)) {
            way.start = way.start.moved(at);
            way.curves.iter_mut().flatten().for_each(|point| *point = point.moved(at));
            whole.ways[edge] = way;
            whole.upward[edge] = upward;
        }
        shelf = shelf.max(size.y);
        whole.size = Point { x: whole.size.x.max(at.x + size.x), y: whole.size.y.max(at.y + size.y) };
        at.x += size.x + MARGIN;
    }
    whole
}

/// What belongs together, not yet laid out; and the nodes without any edge.
fn parts(nodes: usize, edges: &[Edge]) -> (Vec<Part>, Vec<usize>) {
    let number = |node: usize| Node::try_from(node).expect("a picture has few nodes");
    let both_ways = edges.iter().flat_map(|edge| {
        let (from, to) = (number(edge.from), number(edge.to));
        [(from, to), (to, from)]
    });
    let mut components = Digraph::new(nodes, both_ways).strongly_connected();
    components.sort_unstable();
    let mut part_of = vec![0; nodes];
    let mut parts: Vec<Part> = Vec::new();
    for (part, members) in components.into_iter().enumerate() {
        let nodes: Vec<usize> = members.into_iter().map(|node| node as usize).collect();
        nodes.iter().for_each(|node| part_of[*node] = part);
        parts.push(Part { nodes, ..Part::default() });
    }
    for (index, edge) in edges.iter().enumerate() {
        parts[part_of[edge.from]].edges.push(index);
    }
    let (joined, lonely): (Vec<_>, Vec<_>) = parts.into_iter().partition(|part| !part.edges.is_empty());
    (joined, lonely.into_iter().flat_map(|part| part.nodes).collect())
}

impl Part {
    fn lay_out(&mut self, sizes: &[Size], edges: &[Edge]) {
        let place = |node: usize| self.nodes.binary_search(&node).expect("an edge's ends are in its part");
        let sizes: Vec<Size> = self.nodes.iter().map(|node| sizes[*node]).collect();
        let edges: Vec<Edge> = self
            .edges
            .iter()
            .map(|edge| edges[*edge])
            .map(|edge| Edge { from: place(edge.from), to: place(edge.to), ..edge })
            .collect();
        let mut widths: Vec<f64> = sizes.iter().map(|size| size.width).collect();
        for node in edges.iter().filter(|edge| edge.from == edge.to).map(|edge| edge.from) {
            widths[node] = sizes[node].width + LOOP;
        }
        let rooms: Vec<f64> = widths.iter().map(|width| room(*width)).collect();
        let limit = (rooms.iter().sum::<f64>() * ROW * ASPECT).sqrt().max(LEAST_WIDTH);
        let rows = rows(&rooms, &edges, limit);
        let mut strata = Strata::new(&rows, &edges);
        strata.uncross();
        let centres = place_items(&strata, &widths);
        self.layout = route(&strata, &sizes, &edges, &rows.upward, &centres);
    }
}

/// Boxes that nothing joins, line by line.
fn grid(nodes: Vec<usize>, sizes: &[Size], width: f64) -> Part {
    let (mut at, mut line, mut right) = (Point::default(), 0.0_f64, 0.0_f64);
    let mut corners = Vec::with_capacity(nodes.len());
    for node in &nodes {
        let size = sizes[*node];
        if at.x > 0.0 && at.x + size.width > width {
            at = Point { x: 0.0, y: at.y + line + LONELY_MARGIN };
            line = 0.0;
        }
        corners.push(at);
        right = right.max(at.x + size.width);
        line = line.max(size.height);
        at.x += size.width + LONELY_MARGIN;
    }
    let size = Point { x: right, y: at.y + line };
    Part { nodes, edges: Vec::new(), layout: Layout { size, corners, ..Layout::default() } }
}

impl Point {
    fn moved(self, by: Self) -> Self {
        Self { x: self.x + by.x, y: self.y + by.y }
    }
}
