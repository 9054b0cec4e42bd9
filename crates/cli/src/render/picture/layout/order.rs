//! In which order boxes and passing edges stand in each row, so that few edges cross.

use std::collections::BTreeMap;

use super::Edge;
use super::rows::Rows;

/// What stands in a row: a box, or the place where edges pass by.
#[derive(Clone, Copy, Debug)]
pub(super) struct Item {
    /// The box; `None`, if edges pass.
    pub(super) node: Option<usize>,
    pub(super) row: usize,
}

/// All rows with what stands in them, and how it is joined from each row to the next.
pub(super) struct Strata {
    /// Boxes have the numbers that they have outside; passages follow.
    pub(super) items: Vec<Item>,
    /// The items of each row from left to right.
    pub(super) rows: Vec<Vec<usize>>,
    /// For each item those in the row above that it is joined with, and those below.
    pub(super) above: Vec<Vec<usize>>,
    pub(super) below: Vec<Vec<usize>>,
    /// The items of each edge from its upper end to its lower one; none for an edge from a box to itself.
    pub(super) chains: Vec<Vec<usize>>,
    /// The passages of edges that share them, row by row from the top.
    pub(super) trunks: Vec<Vec<usize>>,
    /// Where in its row each item stands.
    pub(super) positions: Vec<usize>,
}

impl Strata {
    /// Edges of several rows to the same box share their passages: one trunk that its branches join on the way
    /// down, instead of as many lines side by side as a popular module has importers. Lines that meet lead to the
    /// same place. Those that lead up have trunks of their own.
    pub(super) fn new(rows: &Rows, edges: &[Edge]) -> Self {
        let mut items: Vec<Item> =
            rows.of.iter().enumerate().map(|(node, row)| Item { node: Some(node), row: *row }).collect();
        // For each box that is led to, and whether upwards, the passages by their rows.
        let mut trunks: BTreeMap<(usize, bool), BTreeMap<usize, usize>> = BTreeMap::new();
        let mut chains = Vec::with_capacity(edges.len());
        for (edge, &upward) in edges.iter().zip(&rows.upward) {
            if edge.from == edge.to {
                chains.push(Vec::new());
                continue;
            }
            let (upper, lower) = if upward { (edge.to, edge.from) } else { (edge.from, edge.to) };
            let mut chain = vec![upper];
            let trunk = trunks.entry((edge.to, upward)).or_default();
            for row in rows.of[upper] + 1..rows.of[lower] {
                let passage = *trunk.entry(row).or_insert(items.len());
                if passage == items.len() {
                    items.push(Item { node: None, row });
                }
                chain.push(passage);
            }
            chain.push(lower);
            chains.push(chain);
        }
        let count = items.len();
        let mut strata = Self {
            rows: vec![Vec::new(); rows.of.iter().max().map_or(0, |last| last + 1)],
            above: vec![Vec::new(); count],
            below: vec![Vec::new(); count],
            positions: vec![0; count],
            items,
            chains,
            trunks: trunks.into_values().map(|trunk| trunk.into_values().collect()).collect(),
        };
        for pair in strata.chains.iter().flat_map(|chain| chain.windows(2)) {
            strata.below[pair[0]].push(pair[1]);
            strata.above[pair[1]].push(pair[0]);
        }
        for joined in strata.below.iter_mut().chain(&mut strata.above) {
            joined.sort_unstable();
            joined.dedup();
        }
        strata.first_order();
        strata
    }

    /// Depth first from the top, so that what belongs together stands together.
    fn first_order(&mut self) {
        let mut roots: Vec<usize> = (0..self.items.len()).collect();
        roots.sort_by_key(|item| self.items[*item].row);
        let mut seen = vec![false; self.items.len()];
        let mut open: Vec<usize> = roots.into_iter().rev().collect();
        while let Some(item) = open.pop() {
            if !std::mem::replace(&mut seen[item], true) {
                self.rows[self.items[item].row].push(item);
                open.extend(self.below[item].iter().rev().filter(|next| !seen[**next]));
            }
        }
        self.number();
    }

    fn number(&mut self) {
        for row in &self.rows {
            for (position, item) in row.iter().enumerate() {
                self.positions[*item] = position;
            }
        }
    }

    /// Sweeps down and up until crossings have not become fewer for some time, and keeps the best order. The work
    /// is bounded: a picture with a hundred thousand passages is not going to be read.
    pub(super) fn uncross(&mut self) {
        const PATIENCE: usize = 6;
        const WORK: usize = 4_000_000;
        let joints: usize = self.below.iter().map(Vec::len).sum::<usize>() + self.items.len();
        let sweeps = (WORK / joints.max(1)).clamp(2, 60);
        let mut best = (self.crossings(), self.rows.clone());
        let mut last_gain = 0;
        for sweep in 0..sweeps {
            let downwards = sweep % 2 == 0;
            self.sort_rows(downwards);
            self.exchange_neighbours();
            let crossings = self.crossings();
            if crossings < best.0 {
                best = (crossings, self.rows.clone());
                last_gain = sweep;
            }
            if best.0 == 0 || sweep - last_gain > PATIENCE {
                break;
            }
        }
        self.rows = best.1;
        self.number();
    }

    /// Sorts each row by the mean position of what its items are joined with in the row before.
    fn sort_rows(&mut self, downwards: bool) {
        let order: Vec<usize> =
            if downwards { (0..self.rows.len()).collect() } else { (0..self.rows.len()).rev().collect() };
        for row in order {
            let joined = if downwards { &self.above } else { &self.below };
            let mut sorted: Vec<(f64, usize)> = self.rows[row]
                .iter()
                .map(|item| {
                    let others = &joined[*item];
                    let sum: usize = others.iter().map(|other| self.positions[*other]).sum();
                    let mean = sum as f64 / others.len() as f64;
                    // Nobody pulls at it: it stays where it is, as far as others let it.
                    (if others.is_empty() { self.positions[*item] as f64 } else { mean }, *item)
                })
                .collect();
            sorted.sort_by(|one, other| one.0.total_cmp(&other.0));
            for (position, (_, item)) in sorted.iter().enumerate() {
                self.rows[row][position] = *item;
                self.positions[*item] = position;
            }
        }
    }

    /// Exchanges neighbours as long as that takes crossings away.
    fn exchange_neighbours(&mut self) {
        const PASSES: usize = 4;
        for row in 0..self.rows.len() {
            let sorted_positions = |joined: &[Vec<usize>]| -> Vec<Vec<usize>> {
                let positions = |item: &usize| {
                    let mut positions: Vec<usize> =
                        joined[*item].iter().map(|other| self.positions[*other]).collect();
                    positions.sort_unstable();
                    positions
                };
                self.rows[row].iter().map(positions).collect()
            };
            let (mut above, mut below) = (sorted_positions(&self.above), sorted_positions(&self.below));
            for _ in 0..PASSES {
                let mut exchanged = false;
                for left in 0..self.rows[row].len().saturating_sub(1) {
                    let right = left + 1;
                    let now =
                        inversions(&above[left], &above[right]) + inversions(&below[left], &below[right]);
                    let then =
                        inversions(&above[right], &above[left]) + inversions(&below[right], &below[left]);
                    if then < now {
                        self.rows[row].swap(left, right);
                        above.swap(left, right);
                        below.swap(left, right);
                        exchanged = true;
                    }
                }
                if !exchanged {
                    break;
                }
            }
            for (position, item) in self.rows[row].iter().enumerate() {
                self.positions[*item] = position;
            }
        }
    }

    /// How many pairs of edges cross between neighbouring rows (Barth, Jünger and Mutzel, GD 2002, 130–141).
    fn crossings(&self) -> usize {
        let mut crossings = 0;
        for pair in self.rows.windows(2) {
            // A Fenwick tree over the lower row's positions: how many edges have ended up to there.
            let mut ended = vec![0_usize; pair[1].len() + 1];
            let mut total = 0;
            for upper in &pair[0] {
                let mut lower: Vec<usize> =
                    self.below[*upper].iter().map(|item| self.positions[*item]).collect();
                lower.sort_unstable();
                for position in &lower {
                    let mut at = position + 1;
                    let mut before = 0;
                    while at > 0 {
                        before += ended[at];
                        at &= at - 1;
                    }
                    crossings += total - before;
                }
                for position in lower {
                    let mut at = position + 1;
                    while at < ended.len() {
                        ended[at] += 1;
                        at += at & at.wrapping_neg();
                    }
                    total += 1;
                }
            }
        }
        crossings
    }
}

/// How many pairs of one of the first and one of the second stand in the wrong order. Both are sorted.
fn inversions(left: &[usize], right: &[usize]) -> usize {
    let mut below = 0;
    left.iter()
        .map(|position| {
            while below < right.len() && right[below] < *position {
                below += 1;
            }
            below
        })
        .sum()
}
