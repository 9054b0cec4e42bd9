//! Pictures as SVG, laid out here.

mod label;
mod legend;
mod path;

use std::io::{self, Write};

use staniel_check::escape_line;

use super::layout::{self, Layout, Point, Size};
use super::{Line, Picture, PictureEdge, PictureError, PictureNode};
use crate::render::numbers::counted;
pub(super) use label::escaped;
use label::{Label, common_prefix, elided, text_width};
use legend::Legend;
use path::{Head, Px, Stroke};

/// Around everything.
const MARGIN: f64 = 28.0;
const TITLE_HEIGHT: f64 = 58.0;

/// One SVG document without scripts, light or dark as its reader likes it.
pub(crate) fn svg(picture: &Picture, out: &mut dyn Write) -> Result<(), PictureError> {
    picture.check_size()?;
    Ok(draw(picture, out)?)
}

/// Draws a picture that is known to be small enough.
pub(super) fn draw(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    let show_files = picture.nodes.iter().any(|node| node.files != 1);
    let common = common_prefix(&picture.nodes);
    let labels: Vec<Label> = picture.nodes.iter().map(|node| Label::new(node, common, show_files)).collect();
    let sizes = sizes(&labels);
    let edges: Vec<layout::Edge> = picture
        .edges
        .iter()
        .map(|edge| layout::Edge { from: edge.from, to: edge.to, weight: weight(edge) })
        .collect();
    let layout = layout::lay_out(&sizes, &edges);
    let legend = Legend::new(picture, &layout);
    let title = escape_line(&picture.title);
    let title = elided(&title, 120);
    let subtitle = subtitle(picture, common);
    let inner = [layout.size.x, legend.width(), text_width(&title, 18.0), text_width(&subtitle, 12.0)]
        .into_iter()
        .fold(0.0, f64::max);
    let width = (inner + 2.0 * MARGIN).ceil();
    let height = (TITLE_HEIGHT + layout.size.y + legend.height() + 2.0 * MARGIN).ceil();

    writeln!(
        out,
        r#"<svg xmlns="http://www.w3.org/2000/svg" width="{width}" height="{height}" viewBox="0 0 {width} {height}" role="img">"#
    )?;
    let title = escaped(&title);
    writeln!(out, "<title>{title}</title>")?;
    writeln!(out, "<style>\n{}</style>", include_str!("picture.css"))?;
    writeln!(out, r#"<rect class="paper" width="{width}" height="{height}"/>"#)?;
    writeln!(out, r#"<text class="title" x="{MARGIN}" y="{}">{title}</text>"#, MARGIN + 14.0)?;
    writeln!(
        out,
        r#"<text class="subtitle" x="{MARGIN}" y="{}">{}</text>"#,
        MARGIN + 34.0,
        escaped(&subtitle)
    )?;
    let left = MARGIN + (inner - layout.size.x) / 2.0;
    writeln!(out, r#"<g transform="translate({},{})">"#, Px(left), Px(MARGIN + TITLE_HEIGHT))?;
    writeln!(out, r#"<g class="edges">"#)?;
    // Red ones last, so that no other line hides them.
    for upward in [false, true] {
        for index in (0..edges.len()).filter(|index| layout.upward[*index] == upward) {
            draw_edge(picture, &layout, index, out)?;
        }
    }
    writeln!(out, "</g>\n<g class=\"nodes\">")?;
    for (index, label) in labels.iter().enumerate() {
        draw_node(index, &picture.nodes[index], label, layout.corners[index], sizes[index], out)?;
    }
    writeln!(out, "</g>\n</g>")?;
    legend.draw(Point { x: MARGIN, y: height - MARGIN }, out)?;
    writeln!(out, "</svg>")
}

/// What is imported while modules load decides what is above what; to have the rest go up, if one must, costs little.
fn weight(edge: &PictureEdge) -> usize {
    const LOADING: usize = 10;
    match edge.line() {
        Line::Solid => edge.imports.saturating_mul(LOADING),
        Line::Dotted | Line::Dashed => edge.imports,
    }
}

/// All boxes are equally high, so that rows are rows.
fn sizes(labels: &[Label]) -> Vec<Size> {
    let height = labels.iter().map(|label| label.size().height).fold(0.0, f64::max);
    labels.iter().map(|label| Size { height, ..label.size() }).collect()
}

fn subtitle(picture: &Picture, common: &str) -> String {
    let files: usize = picture.nodes.iter().map(|node| node.files).sum();
    let imports: usize = picture.edges.iter().map(|edge| edge.imports).sum();
    let entangled = picture.nodes.iter().filter(|node| node.in_cycle).count();
    let mut parts = vec![counted(picture.nodes.len() as u64, "module", "modules")];
    if files != picture.nodes.len() {
        parts = vec![
            counted(picture.nodes.len() as u64, "group", "groups"),
            counted(files as u64, "file", "files"),
        ];
    }
    parts.push(counted(imports as u64, "import", "imports"));
    if entangled > 0 {
        parts.push(format!("{entangled} in cycles"));
    }
    if !common.is_empty() {
        let package = escape_line(common.trim_end_matches(['.', '/']));
        parts.insert(0, format!("in {}", elided(&package, 60)));
    }
    parts.join(" · ")
}

fn draw_edge(picture: &Picture, layout: &Layout, index: usize, out: &mut dyn Write) -> io::Result<()> {
    let edge = &picture.edges[index];
    let kinds = edge.kind_words().join(", ");
    writeln!(
        out,
        r#"<g class="{}" data-from="{}" data-to="{}" data-imports="{}" data-kinds="{kinds}">"#,
        edge_classes(edge, layout.upward[index]),
        edge.from,
        edge.to,
        edge.imports,
    )?;
    let label = |node: usize| escaped(&picture.nodes[node].label);
    let imports = counted(edge.imports as u64, "import", "imports");
    writeln!(out, "<title>{} → {}: {imports} ({kinds})</title>", label(edge.from), label(edge.to))?;
    let (way, width) = (&layout.ways[index], stroke_width(edge));
    writeln!(out, r#"<path class="line" stroke-width="{}" d="{}"/>"#, Px(width), Stroke { way, width })?;
    writeln!(out, r#"<path class="head" d="{}"/>"#, Head { way, width })?;
    writeln!(out, "</g>")
}

fn edge_classes(edge: &PictureEdge, upward: bool) -> String {
    let mut classes = "edge".to_owned();
    classes += match edge.line() {
        Line::Solid => "",
        Line::Dotted => " dotted",
        Line::Dashed => " dashed",
    };
    if edge.in_cycle {
        classes += if upward { " cycle up" } else { " cycle" };
    }
    classes
}

/// Wider with the order of magnitude.
fn stroke_width(edge: &PictureEdge) -> f64 {
    1.2 + 0.5 * f64::from(edge.imports.max(1).ilog2().min(6))
}

fn draw_node(
    index: usize,
    node: &PictureNode,
    label: &Label,
    corner: Point,
    size: Size,
    out: &mut dyn Write,
) -> io::Result<()> {
    let classes =
        ["node", if node.in_cycle { " cycle" } else { "" }, if node.focus { " focus" } else { "" }].concat();
    let name = escaped(&node.label);
    writeln!(
        out,
        r#"<g class="{classes}" data-node="{index}" data-label="{name}" data-files="{}" transform="translate({},{})">"#,
        node.files,
        Px(corner.x),
        Px(corner.y),
    )?;
    writeln!(out, "<title>{name} ({})</title>", counted(node.files as u64, "file", "files"))?;
    writeln!(out, r#"<rect width="{}" height="{}" rx="6"/>"#, Px(size.width), Px(size.height))?;
    label.draw(size, out)?;
    writeln!(out, "</g>")
}
