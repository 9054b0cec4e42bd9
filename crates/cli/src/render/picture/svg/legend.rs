//! What the lines and borders mean, as far as there are any.

use std::io::{self, Write};

use super::label::text_width;
use super::path::Px;
use crate::render::picture::layout::{Layout, Point};
use crate::render::picture::{Line, Picture};

const TEXT: f64 = 11.0;
const SIGN: f64 = 34.0;
const SPACE: f64 = 24.0;
/// Between the picture and the legend, and from line to line of it.
const ABOVE: f64 = 30.0;
const LINE: f64 = 20.0;
/// The legend is not broken into lines narrower than this, however narrow the picture is.
const LEAST_WIDTH: f64 = 640.0;

/// Signs with their meanings, in lines.
pub(super) struct Legend(Vec<Vec<Entry>>);

struct Entry {
    sign: Sign,
    meaning: &'static str,
}

enum Sign {
    /// A box with this class.
    Box(&'static str),
    /// A line with this class.
    Line(&'static str),
}

impl Legend {
    pub(super) fn new(picture: &Picture, layout: &Layout) -> Self {
        let has_node = |wanted: fn(&super::PictureNode) -> bool| picture.nodes.iter().any(wanted);
        let has_line = |line: Line| picture.edges.iter().any(|edge| edge.line() == line);
        let up = picture.edges.iter().zip(&layout.upward).any(|(edge, upward)| edge.in_cycle && *upward);
        let wide = picture.edges.iter().any(|edge| edge.imports > 1);
        let solid = if wide { "imports; the wider, the more" } else { "imports" };
        let entries = [
            (has_node(|node| node.focus), Sign::Box("focus"), "what was asked about"),
            (has_node(|node| node.in_cycle), Sign::Box("cycle"), "in a cycle"),
            (!picture.edges.is_empty(), Sign::Line("edge"), solid),
            (has_line(Line::Dotted), Sign::Line("edge dotted"), "only once it is called for"),
            (has_line(Line::Dashed), Sign::Line("edge dashed"), "for type checkers only"),
            (up, Sign::Line("edge cycle up"), "closes a cycle; without these there would be none"),
        ];
        let mut lines: Vec<Vec<Entry>> = Vec::new();
        let mut left = 0.0;
        for (_, sign, meaning) in entries.into_iter().filter(|(is_there, ..)| *is_there) {
            let entry = Entry { sign, meaning };
            left -= entry.width();
            match lines.last_mut() {
                Some(line) if left >= 0.0 => line.push(entry),
                _ => {
                    left = layout.size.x.max(LEAST_WIDTH) - entry.width();
                    lines.push(vec![entry]);
                }
            }
        }
        Self(lines)
    }

    pub(super) fn width(&self) -> f64 {
        self.0.iter().map(|line| line.iter().map(Entry::width).sum::<f64>() - SPACE).fold(0.0, f64::max)
    }

    pub(super) fn height(&self) -> f64 {
        if self.0.is_empty() { 0.0 } else { ABOVE + LINE * self.0.len() as f64 }
    }

    /// From this bottom left corner.
    pub(super) fn draw(&self, corner: Point, out: &mut dyn Write) -> io::Result<()> {
        writeln!(out, r#"<g class="legend">"#)?;
        let mut at = Point { x: corner.x, y: corner.y + TEXT / 2.0 - LINE * self.0.len() as f64 };
        for line in &self.0 {
            for entry in line {
                entry.draw(at, out)?;
                at.x += entry.width();
            }
            at = Point { x: corner.x, y: at.y + LINE };
        }
        writeln!(out, "</g>")
    }
}

impl Entry {
    fn width(&self) -> f64 {
        SIGN + text_width(self.meaning, TEXT) + SPACE
    }

    fn draw(&self, at: Point, out: &mut dyn Write) -> io::Result<()> {
        let (x, y, right) = (Px(at.x), Px(at.y), Px(at.x + SIGN - 10.0));
        match self.sign {
            Sign::Box(class) => writeln!(
                out,
                r#"<g class="node {class}"><rect x="{x}" y="{}" width="24" height="12" rx="3"/></g>"#,
                Px(at.y - 6.0)
            )?,
            Sign::Line(class) => {
                writeln!(
                    out,
                    r#"<g class="{class}"><path class="line" stroke-width="1.8" d="M{x},{y}H{right}"/></g>"#
                )?;
            }
        }
        writeln!(
            out,
            r#"<text class="meaning" x="{}" y="{}">{}</text>"#,
            Px(at.x + SIGN),
            Px(at.y + 4.0),
            self.meaning
        )
    }
}
