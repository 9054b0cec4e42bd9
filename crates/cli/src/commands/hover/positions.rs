//! `staniel hover --positions`: what stands at many places of one project.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, BufRead, BufReader, Write};
use std::sync::Arc;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use serde::de::Error as _;
use serde::{Deserialize, Deserializer, Serialize};
use serde_json::value::RawValue;
use staniel_engine::{Engine, Seen};
use staniel_facts::{Answer, Definition, FileFacts, LineResolver, Position, PositionEncoding, RelPath};

use super::Eyes;
use super::base::Base;
use super::place::{definition_at, exact_offset};
use crate::args::HoverArgs;
use crate::error::{Exit, UserError};
use crate::session::Session;

/// A line of the input.
#[derive(Deserialize)]
struct Asked {
    path: String,
    line: Count,
    character: Count,
}

/// A number as it was written, so that it can be given back however large it is.
#[derive(Serialize)]
struct Count(Box<RawValue>);

impl<'de> Deserialize<'de> for Count {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let written = Box::<RawValue>::deserialize(deserializer)?;
        if written.get().bytes().all(|byte| byte.is_ascii_digit()) {
            return Ok(Self(written));
        }
        Err(D::Error::custom("`line` and `character` are whole numbers, from 0 on"))
    }
}

impl Count {
    /// `None` where no file can have so many.
    fn get(&self) -> Option<u32> {
        self.0.get().parse().ok()
    }
}

/// A line of the output: the place as it was asked for, and `null` for what is not known of it.
#[derive(Serialize)]
struct Row<'a> {
    path: &'a str,
    line: &'a Count,
    character: &'a Count,
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

/// An analysed file that is asked about.
struct Analysed {
    path: RelPath,
    facts: Arc<FileFacts>,
    lines: LineResolver,
}

impl Analysed {
    /// What `path` means; `None` if that is not analysed.
    fn find(base: &Base, path: &str, eyes: &Eyes, engine: &Engine) -> Option<Self> {
        let path = base.inside(path)?;
        let facts = engine.facts(&eyes.view, &path).filter(|facts| facts.refused.is_none())?;
        let lines = facts.outline.lines.resolver();
        Some(Self { path, facts, lines })
    }

    fn offset(&self, asked: &Asked, encoding: PositionEncoding) -> Option<u32> {
        let position = Position { line: asked.line.get()?, character: asked.character.get()? };
        exact_offset(&self.lines, position, encoding)
    }
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
    let base = Base::new(&root)?;
    let mut engine = session.open(&root)?;
    let eyes = Eyes::open(session, &mut engine)?;
    let mut files: HashMap<&str, Option<Analysed>> = HashMap::new();
    for Asked { path, .. } in &asked {
        files.entry(path).or_insert_with(|| Analysed::find(&base, path, &eyes, &engine));
    }
    if let Some(notice) = unknown_files(&asked, &files, &engine.project().root) {
        session.notice(notice);
    }
    let mut places = Vec::new();
    let answers: Vec<Option<Found<'_>>> = asked
        .iter()
        .map(|asked| {
            let file = files.get(&*asked.path)?.as_ref()?;
            let offset = file.offset(asked, args.encoding.encoding())?;
            let index = definition_at(&file.facts, offset);
            let definition = index.map(|index| &file.facts.outline.definitions[index]);
            if let Some(answer) = index.and_then(|index| eyes.remembered(&file.path, index)) {
                return Some(Found::Remembered(answer, definition?));
            }
            places.push((file.path.clone(), offset));
            Some(Found::Looked(places.len() - 1, definition))
        })
        .collect();
    let looked = eyes.look(session, &mut engine, &places)?;

    let mut out = session.output();
    for (asked, answer) in asked.iter().zip(answers) {
        serde_json::to_writer(&mut out, &row(asked, answer.as_ref(), &looked))?;
        out.write_all(b"\n")?;
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}

fn row<'a>(asked: &'a Asked, answer: Option<&Found<'a>>, looked: &'a [Option<Seen>]) -> Row<'a> {
    let mut row = Row {
        path: &asked.path,
        line: &asked.line,
        character: &asked.character,
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
            let seen = looked[*index].as_ref();
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
    row
}

/// A file that is not analysed is a miss like any other; many of them are a mistake in what wrote the positions.
fn unknown_files(
    asked: &[Asked],
    files: &HashMap<&str, Option<Analysed>>,
    root: &Utf8Path,
) -> Option<String> {
    let mut unknown = asked.iter().filter(|asked| files[&*asked.path].is_none());
    let first = &unknown.next()?.path;
    let (count, all) = (unknown.count() + 1, asked.len());
    let words = if count == 1 { "names a file that is" } else { "name files that are" };
    let which = if count == 1 { "" } else { "the first " };
    Some(format!(
        "{count} of {all} positions {words} not analysed as part of `{root}`: {which}`{first}`; paths are relative \
         to the project's directory"
    ))
}

/// The lines of `input`; empty ones are left out.
fn read(input: &Utf8Path) -> Result<Vec<Asked>> {
    let name = if input == "-" { "standard input".to_owned() } else { format!("`{input}`") };
    let unreadable = |error: io::Error| UserError::new(format!("{name} cannot be read: {error}"));
    let mut reader: Box<dyn BufRead> = if input == "-" {
        Box::new(io::stdin().lock())
    } else {
        Box::new(BufReader::new(File::open(input).map_err(unreadable)?))
    };
    let mut asked = Vec::new();
    let mut line = Vec::new();
    for number in 1.. {
        line.clear();
        if reader.read_until(b'\n', &mut line).map_err(unreadable)? == 0 {
            break;
        }
        let wrong = |why: &str| UserError::new(format!("line {number} of {name} is no position: {why}"));
        let text = str::from_utf8(&line).map_err(|_| wrong("it is not UTF-8"))?;
        let text = if number == 1 { text.trim_start_matches('\u{feff}') } else { text }.trim();
        if !text.is_empty() {
            asked.push(position(text).map_err(|why| {
                wrong(&why).hint(
                    "a position is `{\"path\":\"shop/cart.py\",\"line\":0,\"character\":4}`, counted from 0",
                )
            })?);
        }
    }
    Ok(asked)
}

fn position(text: &str) -> Result<Asked, String> {
    // An array with the same three would do for serde.
    if !text.starts_with('{') {
        return Err("it is no JSON object".to_owned());
    }
    serde_json::from_str(text).map_err(|error| {
        let words = error.to_string();
        // It counts lines too, of which there is one.
        let words = words.rsplit_once(" at line ").map_or(&*words, |(words, _)| words);
        format!("{words} (column {})", error.column())
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_are_objects_of_a_path_and_two_counts() {
        let read = |line: &str, character: &str| {
            let asked = position(&format!(r#"{{"path":"a.py","line":{line},"character":{character}}}"#))?;
            Ok::<_, String>((asked.line.get(), asked.character.get()))
        };
        assert_eq!(read("0", "4294967295"), Ok((Some(0), Some(u32::MAX))));
        assert_eq!(read("2147483648", "4294967296"), Ok((Some(1 << 31), None)));
        assert_eq!(read(&"9".repeat(400), "1"), Ok((None, Some(1))));
        for bad in ["-1", "-0", "1.5", "1.0", "1e3", "\"1\"", "null", "[1]", "01", "true", ""] {
            assert!(read(bad, "0").is_err() && read("0", bad).is_err(), "{bad}");
        }
        for bad in [r#"["a.py",0,4]"#, "{}", "null", r#"{"path":"a.py","line":0}"#, "{} {}"] {
            assert!(position(bad).is_err(), "{bad}");
        }
    }
}
