//! `staniel hover`: what stands at one place, or at many.

mod positions;

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_engine::{Engine, Seen, View};
use staniel_facts::{Answer, FileFacts, Flags, Position, PositionEncoding, RelPath, SCHEMA, Snapshot};

use crate::args::{HoverArgs, HoverFormat};
use crate::error::{Exit, UserError};
use crate::render::hovers::{self, FileHovers};
use crate::render::sight::SightRow;
use crate::root;
use crate::session::{Session, names};

/// A definition or a reference in JSON.
#[derive(Serialize)]
struct Hover<T> {
    schema: u32,
    #[serde(flatten)]
    row: T,
}

pub(crate) fn run(session: &mut Session<'_>, args: &HoverArgs) -> Result<Exit> {
    let format = match (&args.positions, args.format) {
        (Some(positions), None | Some(HoverFormat::Jsonl)) => {
            return positions::run(session, args, positions);
        }
        (Some(_), Some(_)) => {
            return Err(UserError::new("many places are answered as JSON lines only")
                .hint("leave `--format` out, or write `--format jsonl`")
                .into());
        }
        (None, format) => format.unwrap_or(HoverFormat::Text),
    };
    let place: Place<'_> = Place::parse(args.place.as_deref().unwrap_or_default())?;
    let paths = [place.path.to_owned()];
    let root = root::find(args.root.as_deref(), &paths, session.cache_base().as_deref())?;
    let path = match (&args.root, RelPath::new(place.path.as_str())) {
        // With a root, a path may also be the one that every other command prints.
        (Some(root), Ok(path)) if !place.path.exists() && root.join(place.path).exists() => path,
        _ => root::relative(&root, place.path)?,
    };
    let mut engine = session.open(&root)?;
    let eyes = Eyes::open(session, &mut engine)?;
    let Some(facts) = engine.facts(&eyes.view, &path) else {
        return Err(UserError::new(format!("`{path}` is not analysed as part of `{root}`"))
            .hint("`staniel check` lists the files that were skipped, and why")
            .into());
    };
    let names = names(&engine);
    let provider = engine.provider().name.clone();
    let encoding = args.encoding.encoding();
    let mut out = session.output();
    if let Some(index) = place.definition(&facts)? {
        let definition = &facts.outline.definitions[index];
        let seen;
        let answer = match eyes.remembered(&path, index) {
            Some(answer) => answer,
            None => {
                let places = [(path.clone(), definition.name.start)];
                seen = eyes.look(session, &mut engine, &places)?.into_iter().next().flatten();
                answer(seen.as_ref())
            }
        };
        let file = FileHovers::new(&provider, &path, &facts, &names);
        match format {
            HoverFormat::Text => hovers::one(&file, definition, Some(answer), &mut out)?,
            _ => write_json(&mut out, file.row(definition, Some(answer), encoding))?,
        }
    } else {
        let places: Vec<_> = place.offset(&facts)?.into_iter().map(|offset| (path.clone(), offset)).collect();
        let seen = eyes.look(session, &mut engine, &places)?;
        let Some(seen) = seen.into_iter().next().flatten() else {
            return Err(nothing_there(&place, &facts, &provider).into());
        };
        let sight = SightRow::new(&path, &facts, &seen, &provider, &names, encoding);
        match format {
            HoverFormat::Text => sight.text(&facts, &seen, &mut out)?,
            _ => write_json(&mut out, sight)?,
        }
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}

/// What single places are looked at with: the answers that are remembered, if they are of the present tree; else the
/// provider, of which nobody wants to know about every file.
struct Eyes {
    view: View,
    stored: Option<Arc<Snapshot>>,
}

impl Eyes {
    fn open(session: &mut Session<'_>, engine: &mut Engine) -> Result<Self> {
        let current = session.politely(|session| engine.unchanged(session.cancel()))?.is_some();
        // Annotations are read from files, not asked for place by place.
        let cheap = engine.provider().name == "declared";
        if current || cheap {
            let stored = Some(session.refresh(engine)?.snapshot);
            return Ok(Self { view: engine.published_view(), stored });
        }
        let view = session.politely(|session| engine.view(session.cancel()));
        session.clear_progress();
        Ok(Self { view: view?, stored: None })
    }

    fn look(
        &self,
        session: &mut Session<'_>,
        engine: &mut Engine,
        places: &[(RelPath, u32)],
    ) -> Result<Vec<Option<Seen>>> {
        let seen = session.politely(|session| engine.look(&self.view, places, session.cancel()));
        session.clear_progress();
        Ok(seen?)
    }

    /// What is remembered of the definition with this index.
    fn remembered(&self, path: &RelPath, index: usize) -> Option<Answer<'_>> {
        let record = self.stored.as_ref()?.record(path.as_str())?;
        record.answers().map(|answers| answers.get(index))
    }
}

/// What the provider says of a definition when it looks at its name.
fn answer(seen: Option<&Seen>) -> Answer<'_> {
    let Some(seen) = seen else { return Answer { flags: Flags::UNKNOWN, ..Answer::default() } };
    Answer { text: seen.text.as_deref(), normal: seen.normal.as_deref(), flags: seen.flags }
}

fn write_json(out: &mut dyn Write, row: impl Serialize) -> Result<()> {
    serde_json::to_writer(&mut *out, &Hover { schema: SCHEMA, row })?;
    Ok(writeln!(out)?)
}

/// A place as people type it.
#[derive(Debug, PartialEq, Eq)]
struct Place<'a> {
    path: &'a Utf8Path,
    line: u32,
    column: Option<u32>,
}

impl<'a> Place<'a> {
    fn parse(text: &'a str) -> Result<Self, UserError> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number > 0);
        let split = |text: &'a str| {
            let (rest, last) = text.rsplit_once(':')?;
            Some((rest, number(last)?))
        };
        let place = split(text).filter(|(rest, _)| !rest.is_empty()).map(|(rest, last)| match split(rest) {
            Some((path, line)) if !path.is_empty() => Self { path: path.into(), line, column: Some(last) },
            _ => Self { path: rest.into(), line: last, column: None },
        });
        place.ok_or_else(|| {
            UserError::new(format!("`{text}` names no place")).hint(
                "a place is FILE:LINE or FILE:LINE:COL, counted from 1: `staniel hover shop/cart.py:12:7`",
            )
        })
    }

    /// Where this is in the decoded text; `None` without a column, and behind the end of the line.
    fn offset(&self, facts: &FileFacts) -> Result<Option<u32>, UserError> {
        let start = self.start(facts)?;
        let lines = facts.outline.lines.resolver();
        let on_line = lines.position(start, PositionEncoding::Utf32).line == self.line - 1;
        Ok((self.column.is_some() && on_line).then_some(start))
    }

    fn start(&self, facts: &FileFacts) -> Result<u32, UserError> {
        let outline = &facts.outline;
        let start = Position { line: self.line - 1, character: self.column.map_or(0, |column| column - 1) };
        outline.lines.resolver().offset(start, PositionEncoding::Utf32).ok_or_else(|| {
            let count = outline.lines.line_count();
            UserError::new(format!("`{}` has no line {}, it ends with {count}", self.path, self.line))
        })
    }

    /// The definition whose name stands here; without a column, the first on the line.
    fn definition(&self, facts: &FileFacts) -> Result<Option<usize>, UserError> {
        let outline = &facts.outline;
        let lines = outline.lines.resolver();
        let line = self.line - 1;
        let offset = self.start(facts)?;
        let on_line = |offset: u32| lines.position(offset, PositionEncoding::Utf32).line == line;
        Ok(outline.definitions.iter().position(|definition| match self.column {
            // A column behind the line's end is no place in the next line.
            Some(_) => definition.name.touches(offset) && on_line(definition.name.start),
            None => on_line(definition.name.start),
        }))
    }
}

/// Says what there is instead: other definitions on the line, or else the one that the place lies in.
fn nothing_there(place: &Place<'_>, facts: &FileFacts, provider: &str) -> UserError {
    let outline = &facts.outline;
    let lines = outline.lines.resolver();
    let position = |offset: u32| lines.position(offset, PositionEncoding::Utf32);
    let named = |definition: &staniel_facts::Definition| {
        let start = position(definition.name.start);
        format!(
            "`{}` at {}:{}:{}",
            definition.id.qualified_name,
            place.path,
            start.line + 1,
            start.character + 1
        )
    };
    let error = UserError::new(match place.column {
        Some(column) => format!("nothing is known at {}:{}:{column}", place.path, place.line),
        None => format!("nothing is defined on line {} of {}", place.line, place.path),
    });
    let on_line: Vec<_> = outline
        .definitions
        .iter()
        .filter(|definition| position(definition.name.start).line + 1 == place.line)
        .take(4)
        .map(named)
        .collect();
    if !on_line.is_empty() {
        return error.hint(format!("on this line: {}", on_line.join(", ")));
    }
    let start = Position { line: place.line - 1, character: place.column.map_or(0, |column| column - 1) };
    let offset = lines.offset(start, PositionEncoding::Utf32).unwrap_or(0);
    let around = outline.definitions.iter().filter(|definition| definition.full.touches(offset));
    match around.min_by_key(|definition| definition.full.end - definition.full.start) {
        Some(definition) => error.hint(format!("the place lies in {}", named(definition))),
        None if provider == "declared" => {
            error.hint("`declared` knows what a file defines, not what it uses: ask another provider")
        }
        None => error.hint("a place is the line and the column of a name: `staniel hover FILE:LINE:COL`"),
    }
}

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use camino::Utf8Path;
    use clap::Parser;
    use staniel_engine::{CacheChoice, Options, Phase, Progress, ProviderChoice};

    use super::*;
    use crate::args::Args;

    #[test]
    fn places() {
        let place = |path: &'static str, line, column| Some(Place { path: path.into(), line, column });
        assert_eq!(Place::parse("a/b.py:12").ok(), place("a/b.py", 12, None));
        assert_eq!(Place::parse("a/b.py:12:7").ok(), place("a/b.py", 12, Some(7)));
        assert_eq!(Place::parse("C:/b:1.py:12:7").ok(), place("C:/b:1.py", 12, Some(7)));
        for bad in ["", "a.py", "a.py:", ":3", "a.py:0", "a.py:x", "a.py:99999999999"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }

    /// Counts looks at the whole tree.
    #[derive(Default)]
    struct Looks(AtomicUsize);

    impl Progress for Looks {
        fn phase(&self, phase: Phase, _total: Option<u64>) {
            self.0.fetch_add(usize::from(phase == Phase::Walking), Ordering::Relaxed);
        }
    }

    #[test]
    fn a_tree_is_looked_at_once() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8Path::from_path(directory.path()).unwrap();
        fs::create_dir(root.join("project")).unwrap();
        let file = root.join("project/a.py");
        fs::write(&file, "x: int = 1\n").unwrap();
        let path = RelPath::new("a.py").unwrap();
        let args = Args::parse_from(["staniel", "hover", "a.py:1", "--quiet"]);
        let mut session = Session::new(&args.global);
        // What is remembered, and what the annotation of `x` is, if it is known after one look.
        let mut open = |session: &mut Session<'_>| {
            let looks = Arc::new(Looks::default());
            let mut engine = Engine::open(Options {
                provider: Some(ProviderChoice::Declared),
                cache: CacheChoice::Base(root.join("cache")),
                progress: Arc::clone(&looks) as _,
                ..Options::new(root.join("project"))
            })
            .unwrap();
            let eyes = Eyes::open(session, &mut engine).unwrap();
            let answer = eyes.remembered(&path, 0).and_then(|answer| answer.text).map(str::to_owned);
            let signature = engine.facts(&eyes.view, &path).unwrap().outline.definitions[0].signature.clone();
            session.flush(&mut engine);
            (looks.0.load(Ordering::Relaxed), answer, signature)
        };
        let said = |looks, text: &str, signature: &str| (looks, Some(text.to_owned()), signature.into());
        assert_eq!(open(&mut session), said(1, "int", "x: int = 1"));
        assert_eq!(open(&mut session), said(1, "int", "x: int = 1"), "nothing has changed");
        fs::write(&file, "x: str = ''\n").unwrap();
        assert_eq!(open(&mut session), said(1, "str", "x: str = ''"), "an edit");
        assert_eq!(open(&mut session), said(1, "str", "x: str = ''"));
    }
}
