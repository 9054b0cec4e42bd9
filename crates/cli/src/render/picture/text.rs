//! Pictures as lists, for people in a terminal.

use std::io::{self, Write};

use staniel_check::escape_line;

use super::{Picture, PictureNode};
use crate::render::numbers::counted;

/// Each node, and below it whom it imports, with how often and how.
pub(crate) fn text(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    /// Names longer than this push their own line to the right, not everybody's.
    const WIDEST: usize = 48;
    writeln!(out, "{}", escape_line(&picture.title))?;
    let mut targets = vec![Vec::new(); picture.nodes.len()];
    for edge in &picture.edges {
        targets[edge.from].push(edge);
    }
    let show_files = picture.nodes.iter().any(|node| node.files != 1);
    for (node, edges) in picture.nodes.iter().zip(targets) {
        writeln!(out, "\n{}{}", escape_line(&node.label), remarks(&remarks_on(node, show_files)))?;
        let names: Vec<_> = edges.iter().map(|edge| escape_line(&picture.nodes[edge.to].label)).collect();
        let width = names.iter().map(|name| name.chars().count()).filter(|&width| width <= WIDEST).max();
        for (edge, name) in edges.iter().zip(names) {
            let imports = counted(edge.imports as u64, "import", "imports");
            let mut words: Vec<_> = edge.kind_words().into_iter().map(str::to_owned).collect();
            if words == ["runtime"] {
                words.clear();
            }
            words.extend(edge.in_cycle.then(|| "cycle".to_owned()));
            let width = width.unwrap_or(0);
            writeln!(out, "  → {name:<width$}  {imports}{}", remarks(&words))?;
        }
    }
    Ok(())
}

fn remarks_on(node: &PictureNode, show_files: bool) -> Vec<String> {
    let mut remarks = Vec::new();
    if show_files {
        remarks.push(counted(node.files as u64, "file", "files"));
    }
    remarks.extend(node.focus.then(|| "focus".to_owned()));
    remarks.extend(node.in_cycle.then(|| "in a cycle".to_owned()));
    remarks
}

fn remarks(remarks: &[String]) -> String {
    if remarks.is_empty() { String::new() } else { format!("  [{}]", remarks.join(", ")) }
}
