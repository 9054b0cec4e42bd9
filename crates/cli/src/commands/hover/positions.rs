//! `staniel hover --positions`: what stands at many places of one project.

use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use staniel_facts::{Position, PositionEncoding, RelPath, Snapshot};

use crate::args::HoverArgs;
use crate::error::{Exit, UserError};
use crate::session::Session;

/// A line of the input.
#[derive(Deserialize)]
struct Asked {
    path: String,
    line: u32,
    character: u32,
}

/// A line of the output: the place as it was asked for, and `null` for what is not known of it.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a str,
    line: u32,
    character: u32,
    #[serde(rename = "type")]
    text: Option<&'a str>,
    normal: Option<&'a str>,
    signature: Option<&'a str>,
    doc: Option<&'a str>,
}

/// Where the answer to a line is.
enum Answer {
    /// Among the snapshot's hovers: the definition with this index.
    Defined(RelPath, usize),
    /// Among those that the provider was asked for.
    Looked(usize),
    Nowhere,
}

pub(crate) fn run(session: &mut Session<'_>, args: &HoverArgs, input: &Utf8Path) -> Result<Exit> {
    let asked = read(input)?;
    let root = match (&args.root, &args.place) {
        (Some(root), None) => root.clone(),
        (None, root) => root.as_deref().map_or_else(|| ".".into(), Utf8PathBuf::from),
        (Some(_), Some(_)) => {
            return Err(UserError::new("the project's directory is given twice").into());
        }
    };
    let mut engine = session.open(&root)?;
    let snapshot = session.refresh(&mut engine)?.snapshot;
    let mut places = Vec::new();
    let answers: Vec<Answer> = asked
        .iter()
        .map(|asked| match place(&snapshot, asked, args.encoding.encoding()) {
            None => Answer::Nowhere,
            Some((path, offset)) => match definition(&snapshot, &path, offset) {
                Some(index) => Answer::Defined(path, index),
                None => {
                    places.push((path, offset));
                    Answer::Looked(places.len() - 1)
                }
            },
        })
        .collect();
    let looked = session.politely(|session| engine.look(&places, session.cancel()))?;
    session.clear_progress();

    let mut out = session.output();
    for (asked, answer) in asked.iter().zip(answers) {
        let mut row = Row {
            path: &asked.path,
            line: asked.line,
            character: asked.character,
            text: None,
            normal: None,
            signature: None,
            doc: None,
        };
        match &answer {
            Answer::Defined(path, index) => {
                if let Some(record) = snapshot.record(path.as_str()) {
                    let hover = record.hover(*index);
                    row.text = record.answers().and_then(|answers| answers.get(*index).text);
                    (row.normal, row.signature, row.doc) = (hover.normal, Some(hover.signature), hover.doc);
                }
            }
            Answer::Looked(index) => {
                if let Some(seen) = &looked[*index] {
                    (row.text, row.normal) = (seen.text.as_deref(), seen.normal.as_deref());
                    if let Some(target) = &seen.target {
                        row.signature = target.definition.as_ref().map(|definition| &*definition.signature);
                        row.doc = target.doc.as_deref();
                    }
                }
            }
            Answer::Nowhere => {}
        }
        serde_json::to_writer(&mut out, &row)?;
        out.write_all(b"\n")?;
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}

/// The lines of `input`; empty ones are left out.
fn read(input: &Utf8Path) -> Result<Vec<Asked>> {
    let unreadable = |error: io::Error| UserError::new(format!("`{input}` cannot be read: {error}"));
    let reader: Box<dyn BufRead> = if input == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(input).map_err(unreadable)?))
    };
    let mut asked = Vec::new();
    for (index, line) in reader.lines().enumerate() {
        let line = line.map_err(unreadable)?;
        if line.trim().is_empty() {
            continue;
        }
        asked.push(serde_json::from_str(&line).map_err(|error| {
            UserError::new(format!("line {} of `{input}` is no position: {error}", index + 1)).hint(
                "a position is `{\"path\":\"shop/cart.py\",\"line\":0,\"character\":4}`, counted from 0",
            )
        })?);
    }
    Ok(asked)
}

/// Where a position is in its file's decoded text; `None` if there is no such file, line or column.
fn place(snapshot: &Snapshot, asked: &Asked, encoding: PositionEncoding) -> Option<(RelPath, u32)> {
    let path = RelPath::new(&asked.path).ok()?;
    let lines = snapshot.record(path.as_str())?.facts().outline.lines.resolver();
    let position = Position { line: asked.line, character: asked.character };
    let offset = lines.offset(position, encoding)?;
    (lines.position(offset, encoding).line == asked.line).then_some((path, offset))
}

/// The definition whose name is touched.
fn definition(snapshot: &Snapshot, path: &RelPath, offset: u32) -> Option<usize> {
    let definitions = &snapshot.record(path.as_str())?.facts().outline.definitions;
    definitions.iter().position(|definition| definition.name.touches(offset))
}
