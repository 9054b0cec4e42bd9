//! `staniel hover`: what stands at one place, or at many.

mod base;
mod place;
mod positions;

use std::io::Write;
use std::sync::Arc;

use anyhow::Result;
use serde::Serialize;
use staniel_engine::{Engine, Seen, View};
use staniel_facts::{Answer, DefinitionKind, Flags, RelPath, SCHEMA, Snapshot};

use self::place::Place;

use crate::args::{HoverArgs, HoverFormat};
use crate::error::{Exit, UserError};
use crate::render::hovers::{self, FileHovers, HoverRow};
use crate::render::sight::{DefinitionRow, SightRow};
use crate::session::{Session, names};

/// A definition or a reference in JSON.
#[derive(Serialize)]
struct Hover<T> {
    schema: u32,
    #[serde(flatten)]
    row: T,
}

/// A definition; if it is an import, with what that means.
#[derive(Serialize)]
struct Meaning<'a> {
    #[serde(flatten)]
    row: HoverRow<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    definition: Option<DefinitionRow<'a>>,
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
    let (root, path) = place.file(args.root.as_deref(), session.cache_base().as_deref())?;
    let mut engine = session.open(&root)?;
    let eyes = Eyes::open(session, &mut engine)?;
    let Some(facts) = engine.facts(&eyes.view, &path) else {
        return Err(UserError::new(format!("`{path}` is not analysed as part of `{root}`"))
            .hint("`staniel check` lists the files that were skipped, and why")
            .into());
    };
    if let Some(reason) = &facts.refused {
        return Err(UserError::new(format!("`{path}` is not analysed: {reason}")).into());
    }
    let names = names(&engine);
    let provider = engine.provider().name.clone();
    let encoding = args.encoding.encoding();
    let lines = facts.outline.lines.resolver();
    let offset = place.offset(&facts, &lines)?;
    let mut out = session.output();
    if let Some(index) = offset.and_then(|offset| place.definition(&facts, &lines, offset)) {
        let definition = &facts.outline.definitions[index];
        let remembered = eyes.remembered(&path, index);
        // An import refers as well, and nobody remembers what to.
        let refers = definition.kind == DefinitionKind::Import;
        let seen = match remembered {
            Some(_) if !refers => None,
            _ => eyes.look_at(session, &mut engine, (path.clone(), definition.name.start))?,
        };
        let answer = remembered.unwrap_or_else(|| answer(seen.as_ref()));
        let target = seen.as_ref().and_then(|seen| seen.target.as_ref()).filter(|_| refers);
        let meant = target.map(|target| (target, DefinitionRow::new(target, &names, encoding)));
        let file = FileHovers::new(&provider, &path, &facts, &names);
        match format {
            HoverFormat::Text => {
                hovers::one(&file, definition, Some(answer), &mut out)?;
                if let Some((target, row)) = &meant {
                    row.text(target, &mut out)?;
                }
            }
            _ => {
                let (row, definition) =
                    (file.row(definition, Some(answer), encoding), meant.map(|(_, row)| row));
                write_json(&mut out, Meaning { row, definition })?;
            }
        }
    } else {
        let seen = match offset.filter(|_| place.column.is_some()) {
            Some(offset) => eyes.look_at(session, &mut engine, (path.clone(), offset))?,
            None => None,
        };
        let Some(seen) = seen else {
            return Err(place::nothing_there(&place, &facts, &provider).into());
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

    fn look_at(
        &self,
        session: &mut Session<'_>,
        engine: &mut Engine,
        place: (RelPath, u32),
    ) -> Result<Option<Seen>> {
        Ok(self.look(session, engine, &[place])?.into_iter().next().flatten())
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

#[cfg(test)]
mod tests {
    use std::fs;
    use std::sync::atomic::{AtomicUsize, Ordering};

    use camino::Utf8Path;
    use clap::Parser;
    use staniel_engine::{CacheChoice, Options, Phase, Progress, ProviderChoice};

    use super::*;
    use crate::args::Args;

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
        // How often the tree is looked at, what is answered of `x`, and what its file says by then.
        let open = |session: &mut Session<'_>| {
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
