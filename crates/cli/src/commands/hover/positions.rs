//! `staniel hover --positions`: what stands at many places of one project.

use std::collections::BTreeMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use staniel_facts::{Answer, Definition, FileFacts, Position, PositionEncoding, RelPath};

use super::Eyes;
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
enum Found<'a> {
    /// Remembered, of this definition.
    Remembered(Answer<'a>, &'a Definition),
    /// Among those that the provider was asked for; with the definition that stands there, if one does.
    Looked(usize, Option<&'a Definition>),
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
    let eyes = Eyes::open(session, &mut engine)?;
    let mut files: BTreeMap<RelPath, Option<Arc<FileFacts>>> = BTreeMap::new();
    for path in asked.iter().filter_map(|asked| RelPath::new(&asked.path).ok()) {
        files.entry(path).or_insert_with_key(|path| engine.facts(&eyes.view, path));
    }
    let mut places = Vec::new();
    let answers: Vec<Option<Found<'_>>> = asked
        .iter()
        .map(|asked| {
            let (path, facts) = files.get_key_value(asked.path.as_str())?;
            let facts = facts.as_ref()?;
            let offset = offset(facts, asked, args.encoding.encoding())?;
            let definitions = &facts.outline.definitions;
            let index = definitions.iter().position(|definition| definition.name.touches(offset));
            let definition = index.map(|index| &definitions[index]);
            if let Some(answer) = index.and_then(|index| eyes.remembered(path, index)) {
                return Some(Found::Remembered(answer, definition?));
            }
            places.push((path.clone(), offset));
            Some(Found::Looked(places.len() - 1, definition))
        })
        .collect();
    let looked = eyes.look(session, &mut engine, &places)?;

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
        match answer {
            Some(Found::Remembered(answer, definition)) => {
                (row.text, row.normal) = (answer.text, answer.normal);
                (row.signature, row.doc) = (Some(&*definition.signature), definition.doc.as_deref());
            }
            Some(Found::Looked(index, definition)) => {
                let seen = looked[index].as_ref();
                row.text = seen.and_then(|seen| seen.text.as_deref());
                row.normal = seen.and_then(|seen| seen.normal.as_deref());
                let target = seen.and_then(|seen| seen.target.as_ref());
                let meant = definition.or_else(|| target?.definition.as_ref());
                row.signature = meant.map(|meant| &*meant.signature);
                row.doc = match definition {
                    Some(definition) => definition.doc.as_deref(),
                    None => target.and_then(|target| target.doc.as_deref()),
                };
            }
            None => {}
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

/// Where a position is in its file's decoded text; `None` if there is no such line or column.
fn offset(facts: &FileFacts, asked: &Asked, encoding: PositionEncoding) -> Option<u32> {
    let lines = facts.outline.lines.resolver();
    let position = Position { line: asked.line, character: asked.character };
    let offset = lines.offset(position, encoding)?;
    (lines.position(offset, encoding).line == asked.line).then_some(offset)
}
