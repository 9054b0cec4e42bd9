//! How far rows are apart, and the ways of the edges.

use std::collections::BTreeMap;

use super::order::Strata;
use super::place::{Wish, arrange};
use super::{Edge, LOOP, Layout, Point, Size, Way};

/// Rows are at least and at most so far apart.
const GAP: (f64, f64) = (46.0, 120.0);
/// How much further for each pixel that an edge goes sideways: flat lines are hard to follow.
const GAP_PER_SIDEWAYS: f64 = 0.07;
/// How far apart edges leave a box, where it is wide enough.
const PORTS_APART: f64 = 12.0;
/// How near to its corners.
const CORNER: f64 = 10.0;

/// Puts together what the steps before have found. `centres` are those of the items, of boxes that have an edge to
/// themselves with the room for it.
pub(super) fn route(
    strata: &Strata,
    sizes: &[Size],
    edges: &[Edge],
    upward: &[bool],
    centres: &[f64],
) -> Layout {
    let mut loops = vec![false; sizes.len()];
    for edge in edges.iter().filter(|edge| edge.from == edge.to) {
        loops[edge.from] = true;
    }
    // The room for an edge to itself is to the right of a box.
    let centre =
        |item: usize| centres[item] - if loops.get(item).is_some_and(|has| *has) { LOOP / 2.0 } else { 0.0 };

    let bands = Bands::new(strata, sizes, &centre);
    let joints = joints(strata, sizes, upward, &centre);
    let corner = |node: usize| {
        let band = bands.0[strata.items[node].row];
        Point {
            x: centre(node) - sizes[node].width / 2.0,
            y: (band.top + band.bottom - sizes[node].height) / 2.0,
        }
    };
    let corners: Vec<Point> = (0..sizes.len()).map(corner).collect();
    let way = |chain: &[usize], upward: bool| {
        let mut way = Way::default();
        for pair in chain.windows(2) {
            let (upper, lower) = (strata.items[pair[0]], strata.items[pair[1]]);
            let joint = joints[&(pair[0], pair[1], upward)];
            if let Some(node) = upper.node {
                way.start = Point { x: joint.leaves, y: corners[node].y + sizes[node].height };
                way.descend(Point { x: joint.leaves, y: bands.0[upper.row].bottom });
            }
            let band = bands.0[lower.row];
            way.bend(Point { x: joint.arrives, y: band.top });
            // To the box, or past the row.
            way.descend(Point {
                x: joint.arrives,
                y: lower.node.map_or(band.bottom, |node| corners[node].y),
            });
        }
        if upward { way.reversed() } else { way }
    };
    let ways = edges
        .iter()
        .zip(upward)
        .zip(&strata.chains)
        .map(|((edge, upward), chain)| {
            if chain.is_empty() {
                own_loop(corners[edge.from], sizes[edge.from])
            } else {
                way(chain, *upward)
            }
        })
        .collect();
    let half = |item: usize| match strata.items[item].node {
        Some(node) => (sizes[node].width + if loops[node] { LOOP } else { 0.0 }) / 2.0,
        None => 0.0,
    };
    let right = (0..strata.items.len()).map(|item| centres[item] + half(item)).fold(0.0, f64::max);
    let bottom = bands.0.last().map_or(0.0, |band| band.bottom);
    Layout { size: Point { x: right, y: bottom }, corners, ways, upward: upward.to_vec() }
}

/// From where to where each row goes, from the top.
struct Bands(Vec<Band>);

#[derive(Clone, Copy)]
struct Band {
    top: f64,
    bottom: f64,
}

impl Bands {
    fn new(strata: &Strata, sizes: &[Size], centre: &dyn Fn(usize) -> f64) -> Self {
        let mut top = 0.0;
        let band = |row: &Vec<usize>| {
            let heights =
                row.iter().filter_map(|item| strata.items[*item].node).map(|node| sizes[node].height);
            let band = Band { top, bottom: top + heights.fold(0.0, f64::max) };
            let sideways = row.iter().flat_map(|upper| {
                strata.below[*upper].iter().map(|lower| (centre(*upper) - centre(*lower)).abs())
            });
            let furthest = sideways.fold(0.0, f64::max);
            top = band.bottom + (GAP.0 + furthest * GAP_PER_SIDEWAYS).min(GAP.1);
            band
        };
        Self(strata.rows.iter().map(band).collect())
    }
}

/// A line from one row to the next, which all edges share that take it.
#[derive(Clone, Copy)]
struct Joint {
    leaves: f64,
    arrives: f64,
}

/// All lines, by their items and whether edges go up there. First where they leave boxes downwards, then where they
/// arrive from above: straight below, if the box is there.
fn joints(
    strata: &Strata,
    sizes: &[Size],
    upward: &[bool],
    centre: &dyn Fn(usize) -> f64,
) -> BTreeMap<(usize, usize, bool), Joint> {
    let mut joints: BTreeMap<(usize, usize, bool), Joint> = BTreeMap::new();
    let mut leaving: Vec<Vec<(usize, usize, bool)>> = vec![Vec::new(); strata.items.len()];
    let mut arriving = leaving.clone();
    for (chain, &upward) in strata.chains.iter().zip(upward) {
        for pair in chain.windows(2) {
            let key = (pair[0], pair[1], upward);
            let joint = Joint { leaves: centre(pair[0]), arrives: centre(pair[1]) };
            if joints.insert(key, joint).is_none() {
                leaving[pair[0]].push(key);
                arriving[pair[1]].push(key);
            }
        }
    }
    // Boxes are the first items.
    let boxes = sizes.iter().enumerate().map(|(item, size)| {
        let half = (size.width / 2.0 - CORNER).max(0.0);
        (item, (centre(item) - half, centre(item) + half))
    });
    for (item, span) in boxes.clone() {
        leaving[item].sort_by(|one, other| joints[one].arrives.total_cmp(&joints[other].arrives));
        let wishes: Vec<f64> = leaving[item].iter().map(|key| joints[key].arrives).collect();
        for (key, x) in leaving[item].iter().zip(ports(&wishes, span)) {
            joints.entry(*key).and_modify(|joint| joint.leaves = x);
        }
    }
    for (item, span) in boxes {
        arriving[item].sort_by(|one, other| joints[one].leaves.total_cmp(&joints[other].leaves));
        let wishes: Vec<f64> = arriving[item].iter().map(|key| joints[key].leaves).collect();
        for (key, x) in arriving[item].iter().zip(ports(&wishes, span)) {
            joints.entry(*key).and_modify(|joint| joint.arrives = x);
        }
    }
    joints
}

/// Where edges touch a border from `span.0` to `span.1`, as near as possible to their ascending wishes.
fn ports(wishes: &[f64], span: (f64, f64)) -> Vec<f64> {
    let steps = wishes.len().saturating_sub(1) as f64;
    let apart = if steps > 0.0 { ((span.1 - span.0) / steps).min(PORTS_APART) } else { 0.0 };
    let wishes: Vec<Wish> =
        wishes.iter().map(|wish| Wish { at: wish.clamp(span.0, span.1), weight: 1.0 }).collect();
    let arranged = arrange(&wishes, &vec![apart; wishes.len().saturating_sub(1)]);
    arranged
        .into_iter()
        .enumerate()
        .map(|(index, x)| {
            let (first, last) = (span.0 + apart * index as f64, span.1 - apart * (steps - index as f64));
            x.max(first).min(last.max(first))
        })
        .collect()
}

/// From the right border of a box back to it.
fn own_loop(corner: Point, size: Size) -> Way {
    let x = corner.x + size.width;
    let middle = corner.y + size.height / 2.0;
    let reach = size.height * 0.25;
    let out = LOOP * 0.9;
    Way {
        start: Point { x, y: middle - reach },
        curves: vec![[
            Point { x: x + out, y: middle - reach * 2.0 },
            Point { x: x + out, y: middle + reach * 2.0 },
            Point { x, y: middle + reach },
        ]],
    }
}

impl Way {
    pub(in crate::render::picture) fn end(&self) -> Point {
        self.curves.last().map_or(self.start, |curve| curve[2])
    }

    /// Straight down.
    fn descend(&mut self, to: Point) {
        let from = self.end();
        if from != to {
            let third = |share: f64| Point { x: to.x, y: from.y + (to.y - from.y) * share };
            self.curves.push([third(1.0 / 3.0), third(2.0 / 3.0), to]);
        }
    }

    /// Down and sideways, upright at both ends.
    fn bend(&mut self, to: Point) {
        let from = self.end();
        let middle = (from.y + to.y) / 2.0;
        self.curves.push([Point { x: from.x, y: middle }, Point { x: to.x, y: middle }, to]);
    }

    fn reversed(&self) -> Self {
        let mut way = Self { start: self.end(), curves: Vec::with_capacity(self.curves.len()) };
        for (index, curve) in self.curves.iter().enumerate().rev() {
            let start = if index == 0 { self.start } else { self.curves[index - 1][2] };
            way.curves.push([curve[1], curve[0], start]);
        }
        way
    }
}
