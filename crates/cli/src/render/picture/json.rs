//! Pictures for programs.

use std::io::{self, Write};

use serde::Serialize;
use staniel_facts::SCHEMA;

use super::Picture;

#[derive(Serialize)]
struct NodeRow<'a> {
    label: &'a str,
    files: usize,
    in_cycle: bool,
    focus: bool,
}

#[derive(Serialize)]
struct EdgeRow {
    from: usize,
    to: usize,
    imports: usize,
    kinds: Vec<&'static str>,
    in_cycle: bool,
}

/// One object, a node or an edge per line. Edges name their ends by their places among the nodes.
pub(crate) fn json(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    write!(out, r#"{{"schema":{SCHEMA},"title":"#)?;
    serde_json::to_writer(&mut *out, &picture.title)?;
    out.write_all(br#","nodes":["#)?;
    let nodes = picture.nodes.iter().map(|node| NodeRow {
        label: &node.label,
        files: node.files,
        in_cycle: node.in_cycle,
        focus: node.focus,
    });
    rows(nodes, out)?;
    out.write_all(br#"],"edges":["#)?;
    let edges = picture.edges.iter().map(|edge| EdgeRow {
        from: edge.from,
        to: edge.to,
        imports: edge.imports,
        kinds: edge.kind_words(),
        in_cycle: edge.in_cycle,
    });
    rows(edges, out)?;
    out.write_all(b"]}\n")
}

fn rows(rows: impl Iterator<Item = impl Serialize>, out: &mut dyn Write) -> io::Result<()> {
    for (index, row) in rows.enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"\n")
}
