//! `staniel importers`: who imports a module, a symbol or a file.

mod target;
#[cfg(test)]
mod tests;

use std::io::Write;

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_facts::{Edge, SCHEMA, Snapshot};

use crate::args::{ImportersArgs, ImportersFormat};
use crate::commands::importers::target::Target;
use crate::error::{Exit, UserError};
use crate::output::Output;
use crate::render::imports::{FileRow, text_of_file};
use crate::render::names::Names;
use crate::root;
use crate::session::{Session, names};

#[derive(Serialize)]
struct Importers<'a> {
    schema: u32,
    target: &'a str,
    importers: Vec<FileRow<'a>>,
}

pub(crate) fn run(session: &mut Session<'_>, args: &ImportersArgs) -> Result<Exit> {
    let mut engine = session.open_untyped(&args.project.root)?;
    let snapshot = session.refresh(&mut engine)?.snapshot;
    let names = names(&engine);
    let environment = &engine.project().environment;
    // A path may be typed as seen from here, or from the project.
    let from_here = root::relative(&args.project.root, Utf8Path::new(&args.target)).ok();
    let target = match Target::find(&args.target, from_here.as_ref(), &snapshot, &names) {
        Some(target) => target,
        None => {
            let nearest = target::nearest(&args.target, &snapshot, &names, environment);
            let error = UserError::new(format!("nothing here is called `{}`", args.target));
            return Err(match nearest[..] {
                [] => error.hint("a target is a module, a module and a symbol in it, or a path"),
                _ => error.hint(format!("did you mean {}?", list(&nearest))),
            }
            .into());
        }
    };
    if !snapshot
        .records()
        .any(|(_, record)| record.edges().iter().any(|edge| target.is_imported_by(edge, args.implicit)))
    {
        session.notice(format!("nobody imports `{}`", args.target));
    }
    let mut out = session.output();
    print(&target, args, &snapshot, &names, &mut out)?;
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}

fn print(
    target: &Target,
    args: &ImportersArgs,
    snapshot: &Snapshot,
    names: &Names,
    out: &mut Output,
) -> Result<()> {
    let is_wanted = |edge: &Edge| target.is_imported_by(edge, args.implicit);
    let importers = snapshot.records().filter(|(_, record)| record.edges().iter().any(is_wanted));
    match args.format {
        ImportersFormat::Paths => {
            for (path, _) in importers {
                writeln!(out, "{path}")?;
            }
        }
        ImportersFormat::Text => {
            for (index, (path, record)) in importers.enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                text_of_file(path, record, names, is_wanted, out)?;
            }
        }
        ImportersFormat::Json => {
            let encoding = args.encoding.encoding();
            let rows = importers.map(|(path, record)| FileRow::new(path, record, names, encoding, is_wanted));
            let importers = Importers { schema: SCHEMA, target: &args.target, importers: rows.collect() };
            serde_json::to_writer(&mut *out, &importers)?;
            writeln!(out)?;
        }
    }
    Ok(())
}

fn list(names: &[String]) -> String {
    names.iter().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(" or ")
}
