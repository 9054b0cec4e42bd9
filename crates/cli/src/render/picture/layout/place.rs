//! The x of everything: near to what it is joined with, in the order of its row, with room in between.

use super::order::Strata;

/// How far apart the borders of what stands side by side are.
const BETWEEN_BOXES: f64 = 26.0;
const BESIDE_PASSAGE: f64 = 13.0;

/// How strongly joints hold together what they join: passages of one trunk most, so that long edges are straight.
const TRUNK: f64 = 8.0;
const BRANCH: f64 = 2.0;
const SHORT: f64 = 1.0;

/// The width that an item takes with its share of the space between.
pub(super) fn room(width: f64) -> f64 {
    width + BETWEEN_BOXES
}

/// The centre of each item, the leftmost border at 0. `widths` are those of the boxes.
///
/// Row by row, to and fro, each row is put where the weighted squares of the distances to what it is joined with
/// are least. With order and distances kept that is an isotonic regression, so it is solved exactly.
pub(super) fn place_items(strata: &Strata, widths: &[f64]) -> Vec<f64> {
    const SWEEPS: usize = 32;
    let width = |item: usize| strata.items[item].node.map_or(0.0, |node| widths[node]);
    let distance = |pair: &[usize]| {
        let boxes = pair.iter().filter(|item| strata.items[**item].node.is_some()).count();
        let between = if boxes == 2 { BETWEEN_BOXES } else { BESIDE_PASSAGE };
        (width(pair[0]) + width(pair[1])) / 2.0 + between
    };
    let apart: Vec<Vec<f64>> = strata.rows.iter().map(|row| row.windows(2).map(distance).collect()).collect();
    let mut centres = vec![0.0; strata.items.len()];
    for (row, apart) in strata.rows.iter().zip(&apart) {
        let mut x = -apart.iter().sum::<f64>() / 2.0;
        for (item, next) in row.iter().zip(apart.iter().chain([&0.0])) {
            centres[*item] = x;
            x += next;
        }
    }
    for sweep in 0..SWEEPS {
        // First by turns after what is above and after what is below, in the end after both.
        let (downwards, both) = (sweep % 2 == 0, sweep > SWEEPS / 2);
        let mut rows: Vec<usize> = (0..strata.rows.len()).collect();
        if !downwards {
            rows.reverse();
        }
        for row in rows {
            let wish = |item: &usize| wish(strata, *item, downwards || both, !downwards || both, &centres);
            let wishes: Vec<Wish> = strata.rows[row].iter().map(wish).collect();
            for (item, x) in strata.rows[row].iter().zip(arrange(&wishes, &apart[row])) {
                centres[*item] = x;
            }
        }
    }
    straighten(strata, &apart, &mut centres);
    let left = (0..centres.len()).map(|item| centres[item] - width(item) / 2.0).fold(f64::INFINITY, f64::min);
    centres.iter_mut().for_each(|x| *x -= left);
    centres
}

/// Where an item would like to be, going by what it is joined with above or below.
fn wish(strata: &Strata, item: usize, above: bool, below: bool, centres: &[f64]) -> Wish {
    /// Of what nothing pulls at: it stays, unless it is in others' way.
    const IDLE: f64 = 0.125;
    let joined = strata.above[item].iter().filter(|_| above);
    let joined = joined.chain(strata.below[item].iter().filter(|_| below));
    let (mut sum, mut weight) = (0.0, 0.0);
    for &other in joined {
        let pull = match (strata.items[item].node, strata.items[other].node) {
            (None, None) => TRUNK,
            (Some(_), Some(_)) => SHORT,
            _ => BRANCH,
        };
        sum += pull * centres[other];
        weight += pull;
    }
    if weight > 0.0 { Wish { at: sum / weight, weight } } else { Wish { at: centres[item], weight: IDLE } }
}

/// Makes runs of passages that could stand exactly below each other do so, while all else stays where it is.
fn straighten(strata: &Strata, apart: &[Vec<f64>], centres: &mut [f64]) {
    const PASSES: usize = 8;
    for _ in 0..PASSES {
        for trunk in &strata.trunks {
            let mut rest = &trunk[..];
            while !rest.is_empty() {
                let (mut from, mut to, mut length) = (f64::NEG_INFINITY, f64::INFINITY, 0);
                for &item in rest {
                    let (left, right) = free(strata, item, apart, centres);
                    if from.max(left) > to.min(right) {
                        break;
                    }
                    (from, to, length) = (from.max(left), to.min(right), length + 1);
                }
                // Rounding may leave an item less than no room: it stays where it is.
                let (run, others) = rest.split_at(length.max(1));
                if length > 1 {
                    let mean = run.iter().map(|item| centres[*item]).sum::<f64>() / run.len() as f64;
                    let x = mean.max(from).min(to);
                    run.iter().for_each(|item| centres[*item] = x);
                }
                rest = others;
            }
        }
    }
}

/// From where to where an item may move without its neighbours.
fn free(strata: &Strata, item: usize, apart: &[Vec<f64>], centres: &[f64]) -> (f64, f64) {
    let row = strata.items[item].row;
    let (at, items, apart) = (strata.positions[item], &strata.rows[row], &apart[row]);
    let left = at.checked_sub(1).map(|before| centres[items[before]] + apart[before]);
    let right = items.get(at + 1).map(|after| centres[*after] - apart[at]);
    (left.unwrap_or(f64::NEG_INFINITY), right.unwrap_or(f64::INFINITY))
}

/// Where something would like to be, and how much.
#[derive(Clone, Copy, Debug)]
pub(super) struct Wish {
    pub(super) at: f64,
    pub(super) weight: f64,
}

/// Fulfils wishes as well as order and distances allow: the weighted squares of what is missed are least. Pool
/// adjacent violators (Ayer et al., Ann. Math. Stat. 26 (1955), 641–647). `apart[i]` is how far at least `i + 1` is to
/// the right of `i`.
pub(super) fn arrange(wishes: &[Wish], apart: &[f64]) -> Vec<f64> {
    struct Block {
        at: f64,
        weight: f64,
        count: usize,
    }
    let mut blocks: Vec<Block> = Vec::with_capacity(wishes.len());
    let mut offset = 0.0;
    for (index, wish) in wishes.iter().enumerate() {
        if index > 0 {
            offset += apart[index - 1];
        }
        let mut block = Block { at: wish.at - offset, weight: wish.weight, count: 1 };
        while let Some(before) = blocks.pop_if(|before| before.at > block.at) {
            let weight = before.weight + block.weight;
            let at = (before.at * before.weight + block.at * block.weight) / weight;
            block = Block { at, weight, count: before.count + block.count };
        }
        blocks.push(block);
    }
    let mut offset = 0.0;
    blocks
        .iter()
        .flat_map(|block| std::iter::repeat_n(block.at, block.count))
        .enumerate()
        .map(|(index, at)| {
            if index > 0 {
                offset += apart[index - 1];
            }
            at + offset
        })
        .collect()
}
