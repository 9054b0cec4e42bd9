//! Where boxes and edges of a picture lie: layers from the top down, as Sugiyama, Tagawa and Toda draw them
//! (IEEE Trans. SMC 11 (1981), 109–125).
//!
//! ```text
//! sizes, edges ─▶ rows: which row ─▶ order: where in it ─▶ place: which x ─▶ route: rows apart, ways ─▶ pack: parts
//! ```
//!
//! Crates that do this were tried. `rust-sugiyama` says where nodes lie but not where edges run; `layout-rs` draws
//! with a pen of its own; `dagre` let a twelfth of the edges of random graphs run through boxes, took three
//! seconds for 120 nodes, and like the others it lets a row grow as wide as it likes, where a picture is for
//! a screen. What is here is less than what it would take to wrap them.
//!
//! **Invariants:** a function of its arguments, the same on every machine. Boxes do not overlap, and no edge runs
//! through one: between rows edges bend, past a row they go straight down, in room of their own.

mod order;
mod pack;
mod place;
mod route;
mod rows;
#[cfg(test)]
mod tests;

pub(super) use pack::lay_out;

/// A place; y grows downwards. All lengths are CSS pixels.
#[derive(Clone, Copy, Debug, Default, PartialEq)]
pub(super) struct Point {
    pub(super) x: f64,
    pub(super) y: f64,
}

/// How large a box is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub(super) struct Size {
    pub(super) width: f64,
    pub(super) height: f64,
}

/// An edge to be drawn.
#[derive(Clone, Copy, Debug)]
pub(super) struct Edge {
    pub(super) from: usize,
    pub(super) to: usize,
    /// How much it weighs. Of the edges of a cycle, light ones are those that go up.
    pub(super) weight: usize,
}

/// A way as SVG draws it: from a point on, one cubic Bézier curve after another, each as its two control points
/// and its end.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Way {
    pub(super) start: Point,
    pub(super) curves: Vec<[Point; 3]>,
}

/// What is where.
#[derive(Clone, Debug, Default, PartialEq)]
pub(super) struct Layout {
    pub(super) size: Point,
    /// The top left corner of each box.
    pub(super) corners: Vec<Point>,
    /// From the border of one box to that of another. Begins and ends vertically, except from a box to itself.
    pub(super) ways: Vec<Way>,
    /// Whether the way leads up, or back to where it comes from: without these edges there would be no cycles.
    pub(super) upward: Vec<bool>,
}

/// Room beside a box for an edge from it to itself.
const LOOP: f64 = 26.0;
