//! Pictures for Mermaid (<https://mermaid.js.org/syntax/flowchart.html>), which GitHub and others draw in Markdown.

use std::fmt::Write as _;
use std::io::{self, Write};

use staniel_check::escape_line;

use super::{Line, Picture};
use crate::render::numbers::counted;

/// A flowchart.
pub(crate) fn mermaid(picture: &Picture, out: &mut dyn Write) -> io::Result<()> {
    writeln!(out, "---\ntitle: \"{}\"\n---", encoded(&picture.title))?;
    writeln!(out, "flowchart TD")?;
    let show_files = picture.nodes.iter().any(|node| node.files != 1);
    for (index, node) in picture.nodes.iter().enumerate() {
        write!(out, "  n{index}[\"{}", encoded(&node.label))?;
        if show_files {
            write!(out, "<br/>{}", counted(node.files as u64, "file", "files"))?;
        }
        writeln!(out, "\"]")?;
    }
    for edge in &picture.edges {
        let arrow = match edge.line() {
            Line::Solid => "-->",
            Line::Dotted | Line::Dashed => "-.->",
        };
        let count = if edge.imports > 1 { format!("|{}|", edge.imports) } else { String::new() };
        writeln!(out, "  n{} {arrow}{count} n{}", edge.from, edge.to)?;
    }
    class("cycle", "stroke:#cf222e,stroke-width:2px", |node| picture.nodes[node].in_cycle, picture, out)?;
    class(
        "focus",
        "fill:#ddf4ff,color:#1f2328,stroke-width:3px",
        |node| picture.nodes[node].focus,
        picture,
        out,
    )?;
    let red = places(picture.edges.iter().map(|edge| edge.in_cycle));
    if !red.is_empty() {
        writeln!(out, "  linkStyle {} stroke:#cf222e", red.join(","))?;
    }
    Ok(())
}

fn class(
    name: &str,
    style: &str,
    has: impl Fn(usize) -> bool,
    picture: &Picture,
    out: &mut dyn Write,
) -> io::Result<()> {
    let members = places((0..picture.nodes.len()).map(has));
    if members.is_empty() {
        return Ok(());
    }
    let members: Vec<_> = members.iter().map(|member| format!("n{member}")).collect();
    writeln!(out, "  classDef {name} {style}\n  class {} {name}", members.join(","))
}

fn places(wanted: impl Iterator<Item = bool>) -> Vec<String> {
    wanted.enumerate().filter(|(_, wanted)| *wanted).map(|(place, _)| place.to_string()).collect()
}

/// `text` inside double quotes: all that is not certainly a letter of a word as a character code. Mermaid reads
/// HTML and, in places, Markdown.
fn encoded(text: &str) -> String {
    let mut out = String::new();
    for character in escape_line(text).chars() {
        if character.is_alphanumeric()
            || matches!(character, ' ' | '.' | '_' | '/' | '-' | ':' | ',' | '(' | ')' | '=')
        {
            out.push(character);
        } else {
            write!(out, "#{};", u32::from(character)).expect("writing to a string cannot fail");
        }
    }
    out
}
