//! What a layout promises, of graphs of all kinds.

use std::collections::BTreeSet;

use proptest::prelude::*;
use staniel_graph::{Digraph, Node};

use super::{Edge, Layout, Point, Size, Way, lay_out};

#[derive(Clone, Debug)]
struct Drawing {
    sizes: Vec<Size>,
    edges: Vec<Edge>,
}

/// Up to thirty boxes, of different sizes, with anything from no edges to many, from a box to itself too.
fn drawings() -> impl Strategy<Value = Drawing> {
    (0_usize..30, 0_usize..90).prop_flat_map(|(boxes, most)| {
        let sizes = prop::collection::vec((20_u16..300, 20_u16..60), boxes);
        let most = if boxes == 0 { 0 } else { most };
        let end = 0..boxes.max(1);
        let edges = prop::collection::btree_set((end.clone(), end), 0..=most.min(boxes * boxes));
        (sizes, edges, prop::collection::vec(0_usize..20, most)).prop_map(|(sizes, edges, weights)| Drawing {
            sizes: sizes
                .into_iter()
                .map(|(width, height)| Size { width: f64::from(width), height: f64::from(height) })
                .collect(),
            edges: edges
                .into_iter()
                .zip(weights)
                .map(|((from, to), weight)| Edge { from, to, weight })
                .collect(),
        })
    })
}

/// Less than this is nothing.
const NOTHING: f64 = 1e-6;

/// Whether a point is inside the box with this corner and size, and not just on its border.
fn is_inside(point: Point, corner: Point, size: Size) -> bool {
    point.x > corner.x + NOTHING
        && point.x < corner.x + size.width - NOTHING
        && point.y > corner.y + NOTHING
        && point.y < corner.y + size.height - NOTHING
}

/// Whether it is on the border.
fn touches(point: Point, corner: Point, size: Size) -> bool {
    let grown = Size { width: size.width + 4.0 * NOTHING, height: size.height + 4.0 * NOTHING };
    let outer = Point { x: corner.x - 2.0 * NOTHING, y: corner.y - 2.0 * NOTHING };
    is_inside(point, outer, grown) && !is_inside(point, corner, size)
}

fn overlap(one: (Point, Size), other: (Point, Size)) -> bool {
    let apart = |start: f64, length: f64, other: f64, other_length: f64| {
        start + length <= other + NOTHING || other + other_length <= start + NOTHING
    };
    !apart(one.0.x, one.1.width, other.0.x, other.1.width)
        && !apart(one.0.y, one.1.height, other.0.y, other.1.height)
}

/// Points along a way, its ends included.
fn samples(way: &Way) -> Vec<Point> {
    const PER_CURVE: u8 = 12;
    let mut points = vec![way.start];
    let mut from = way.start;
    for &[first, second, to] in &way.curves {
        for step in 1..=PER_CURVE {
            let t = f64::from(step) / f64::from(PER_CURVE);
            let s = 1.0 - t;
            let at = |a: f64, b: f64, c: f64, d: f64| {
                s * s * s * a + 3.0 * s * s * t * b + 3.0 * s * t * t * c + t * t * t * d
            };
            points.push(Point {
                x: at(from.x, first.x, second.x, to.x),
                y: at(from.y, first.y, second.y, to.y),
            });
        }
        from = to;
    }
    points
}

fn check(drawing: &Drawing, layout: &Layout) {
    let Drawing { sizes, edges } = drawing;
    assert_eq!((layout.corners.len(), layout.ways.len()), (sizes.len(), edges.len()));
    let within = |point: Point| {
        let is_on = |value: f64, most: f64| value.is_finite() && value >= -NOTHING && value <= most + NOTHING;
        is_on(point.x, layout.size.x) && is_on(point.y, layout.size.y)
    };
    let boxes: Vec<(Point, Size)> = layout.corners.iter().copied().zip(sizes.iter().copied()).collect();
    for (node, (corner, size)) in boxes.iter().enumerate() {
        assert!(within(*corner) && within(Point { x: corner.x + size.width, y: corner.y + size.height }));
        let under = boxes[..node].iter().position(|other| overlap((*corner, *size), *other));
        assert_eq!(under, None, "{node} lies over it");
    }
    for (edge, way) in edges.iter().zip(&layout.ways) {
        assert!(touches(way.start, layout.corners[edge.from], sizes[edge.from]), "start of {edge:?}");
        assert!(touches(way.end(), layout.corners[edge.to], sizes[edge.to]), "end of {edge:?}");
        for point in samples(way) {
            assert!(within(point), "{edge:?} leaves the picture at {point:?} of {:?}", layout.size);
            let hit = boxes.iter().position(|(corner, size)| is_inside(point, *corner, *size));
            assert_eq!(hit, None, "{edge:?} runs through a box");
        }
    }
    check_directions(drawing, layout);
}

/// Up lead only edges of cycles, and without them there are none.
fn check_directions(drawing: &Drawing, layout: &Layout) {
    let number = |node: usize| Node::try_from(node).expect("few nodes");
    let graph = |wanted: &dyn Fn(usize) -> bool| {
        let edges = drawing.edges.iter().enumerate().filter(|(index, _)| wanted(*index));
        Digraph::new(drawing.sizes.len(), edges.map(|(_, edge)| (number(edge.from), number(edge.to))))
    };
    assert_eq!(graph(&|index| !layout.upward[index]).cycles(), Vec::<Vec<Node>>::new());
    let cycles: Vec<BTreeSet<Node>> =
        graph(&|_| true).cycles().into_iter().map(|cycle| cycle.into_iter().collect()).collect();
    for (edge, upward) in drawing.edges.iter().zip(&layout.upward) {
        let (from, to) = (number(edge.from), number(edge.to));
        assert!(!upward || cycles.iter().any(|cycle| cycle.contains(&from) && cycle.contains(&to)));
    }
}

proptest! {
    #[test]
    fn boxes_do_not_overlap_and_edges_go_from_box_to_box_around_the_others(drawing in drawings()) {
        let layout = lay_out(&drawing.sizes, &drawing.edges);
        check(&drawing, &layout);
        prop_assert_eq!(lay_out(&drawing.sizes, &drawing.edges), layout);
    }
}

fn drawing(boxes: usize, edges: impl IntoIterator<Item = (usize, usize)>) -> Drawing {
    let sizes =
        (0..boxes).map(|node| Size { width: 50.0 + (node % 7) as f64 * 20.0, height: 40.0 }).collect();
    Drawing { sizes, edges: edges.into_iter().map(|(from, to)| Edge { from, to, weight: 1 }).collect() }
}

#[test]
fn as_many_as_there_may_be() {
    const MOST: usize = crate::render::picture::MOST_NODES;
    let chain = drawing(MOST, (1..MOST).map(|node| (node - 1, node)));
    let star = drawing(MOST, (1..MOST).map(|node| (0, node)));
    let all_import_one = drawing(MOST, (1..MOST).map(|node| (node, 0)));
    let lonely = drawing(MOST, []);
    let dense =
        drawing(MOST, (0..MOST).flat_map(|from| (0..8).map(move |step| (from, from * (step + 3) % MOST))));
    for drawing in [chain, star, all_import_one, lonely, dense] {
        check(&drawing, &lay_out(&drawing.sizes, &drawing.edges));
    }
}

#[test]
fn whoever_imports_stands_above() {
    let drawing = drawing(6, [(0, 1), (1, 2), (0, 2), (3, 2), (4, 4)]);
    let layout = lay_out(&drawing.sizes, &drawing.edges);
    let y = |node: usize| layout.corners[node].y;
    assert!(y(0) < y(1) && y(1) < y(2) && y(3) < y(2));
    assert_eq!(layout.upward, [false, false, false, false, true]);
}

/// Of two that import each other, the one with the heavier imports stands above.
#[test]
fn of_a_cycle_the_light_edge_goes_up() {
    let mut drawing = drawing(2, [(0, 1), (1, 0)]);
    for (light, heavy) in [(0, 1), (1, 0)] {
        drawing.edges[heavy].weight = 9;
        drawing.edges[light].weight = 2;
        let layout = lay_out(&drawing.sizes, &drawing.edges);
        assert!(layout.upward[light] && !layout.upward[heavy]);
    }
}
