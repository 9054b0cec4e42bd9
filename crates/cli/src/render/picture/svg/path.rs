//! Ways as SVG writes them.

use std::fmt;

use crate::render::picture::layout::{Point, Way};

/// A length, to a tenth of a pixel.
pub(super) struct Px(pub(super) f64);

impl fmt::Display for Px {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Zero has no sign.
        let tenths = (self.0 * 10.0).round() + 0.0;
        write!(f, "{}", tenths / 10.0)
    }
}

/// How long an arrow's head is.
fn head_length(width: f64) -> f64 {
    6.0 + width
}

/// The line of a way, up to where its head begins.
pub(super) struct Stroke<'a> {
    pub(super) way: &'a Way,
    pub(super) width: f64,
}

impl fmt::Display for Stroke<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let start = self.way.start;
        write!(f, "M{},{}", Px(start.x), Px(start.y))?;
        let direction = self.way.direction();
        // A little of the line is under the head, or there would be a crack.
        let back = head_length(self.width) - 1.5;
        for (index, curve) in self.way.curves.iter().enumerate() {
            let [mut second, mut end] = [curve[1], curve[2]];
            if index + 1 == self.way.curves.len() {
                second = second.back(direction, back);
                end = end.back(direction, back);
            }
            let straight = start_of(self.way, index).x == end.x && curve[0].x == end.x && second.x == end.x;
            if straight {
                write!(f, "V{}", Px(end.y))?;
            } else {
                write!(
                    f,
                    "C{},{} {},{} {},{}",
                    Px(curve[0].x),
                    Px(curve[0].y),
                    Px(second.x),
                    Px(second.y),
                    Px(end.x),
                    Px(end.y)
                )?;
            }
        }
        Ok(())
    }
}

/// The head of a way: its tip is the way's end.
pub(super) struct Head<'a> {
    pub(super) way: &'a Way,
    pub(super) width: f64,
}

impl fmt::Display for Head<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (tip, direction) = (self.way.end(), self.way.direction());
        let base = tip.back(direction, head_length(self.width));
        let half = 2.6 + self.width * 0.6;
        let side = Point { x: -direction.y * half, y: direction.x * half };
        write!(
            f,
            "M{},{}L{},{}L{},{}Z",
            Px(tip.x),
            Px(tip.y),
            Px(base.x + side.x),
            Px(base.y + side.y),
            Px(base.x - side.x),
            Px(base.y - side.y)
        )
    }
}

fn start_of(way: &Way, curve: usize) -> Point {
    if curve == 0 { way.start } else { way.curves[curve - 1][2] }
}

impl Way {
    /// Where it goes in the end; a vector of length 1.
    fn direction(&self) -> Point {
        let Some([_, second, end]) = self.curves.last() else { return Point { x: 0.0, y: 1.0 } };
        let (x, y) = (end.x - second.x, end.y - second.y);
        let length = x.hypot(y);
        if length > 0.0 { Point { x: x / length, y: y / length } } else { Point { x: 0.0, y: 1.0 } }
    }
}

impl Point {
    fn back(self, direction: Self, by: f64) -> Self {
        Self { x: self.x - direction.x * by, y: self.y - direction.y * by }
    }
}
