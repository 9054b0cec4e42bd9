//! Pictures for Graphviz (<https://graphviz.org/doc/info/lang.html>).

use std::io::{self, Write};

use staniel_check::escape_line;

use super::{Line, Picture, PictureEdge, PictureNode};
use crate::render::numbers::counted;

/// A digraph in the DOT language.
pub(crate) fn dot(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "digraph imports {{")?;
    writeln!(out, "  graph [label=\"{}\", labelloc=t, rankdir=TB];", quoted(&picture.title))?;
    writeln!(out, "  node [shape=box, style=\"rounded,filled\", fillcolor=\"#f6f8fa\", color=\"#8c959f\"];")?;
    writeln!(out, "  edge [color=\"#8c959f\", arrowsize=0.7];")?;
    let show_files = picture.nodes.iter().any(|node| node.files != 1);
    for (index, node) in picture.nodes.iter().enumerate() {
        writeln!(out, "  n{index} [{}];", node_attributes(node, show_files))?;
    }
    for edge in &picture.edges {
        writeln!(out, "  n{} -> n{} [{}];", edge.from, edge.to, edge_attributes(edge))?;
    }
    writeln!(out, "}}")
}

fn node_attributes(node: &PictureNode, show_files: bool) -> String {
    let mut attributes = format!("label=\"{}", quoted(&node.label));
    if show_files {
        attributes += &format!("\\n{}", counted(node.files as u64, "file", "files"));
    }
    attributes.push('"');
    if node.focus {
        attributes += ", fillcolor=\"#ddf4ff\", penwidth=2";
    }
    if node.in_cycle {
        attributes += ", color=\"#cf222e\"";
    }
    attributes
}

fn edge_attributes(edge: &PictureEdge) -> String {
    // As wide as the order of magnitude.
    let mut attributes = format!("penwidth={}", 1 + edge.imports.max(1).ilog2().min(4));
    if edge.imports > 1 {
        attributes += &format!(", label=\"{}\"", edge.imports);
    }
    match edge.line() {
        Line::Solid => {}
        Line::Dotted => attributes += ", style=dotted",
        Line::Dashed => attributes += ", style=dashed",
    }
    if edge.in_cycle {
        attributes += ", color=\"#cf222e\"";
    }
    attributes
}

/// `text` inside double quotes. Graphviz has escapes of its own in labels (`\N` is the node's name), and reads
/// HTML's entities.
fn quoted(text: &str) -> String {
    escape_line(text).replace('\\', "\\\\").replace('"', "\\\"").replace('&', "&amp;")
}
