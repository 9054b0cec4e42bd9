//! `staniel importers`: who imports a module, a symbol or a file.

mod target;
#[cfg(test)]
mod tests;

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use staniel_engine::{Damaged, FileImports, ImportMap};
use staniel_facts::{Edge, Environment, ModuleName, RelPath, SCHEMA};

use crate::args::{ImportersArgs, ImportersFormat, Kinds};
use crate::commands::importers::target::{How, Target};
use crate::error::Exit;
use crate::modules::{Modules, Typed, unknown};
use crate::output::Output;
use crate::render::imports::{FileRow, text_of_file};
use crate::session::Session;

#[derive(Serialize)]
struct Importers<'a> {
    schema: u32,
    target: &'a str,
    importers: Vec<FileRow<'a>>,
}

/// A file that imports the target.
struct Importer {
    path: RelPath,
    module: ModuleName,
    /// With those of its edges that do.
    file: FileImports,
}

pub(crate) fn run(session: &mut Session<'_>, args: &ImportersArgs) -> Result<Exit> {
    let mut imports = session.imports(&args.project.root)?;
    let environment = imports.project().environment.clone();
    let typed = Typed::new(&args.target, &args.project.root);
    let how = match (args.direct, args.implicit) {
        (true, _) => How::Direct,
        (_, true) => How::Implicit,
        _ => How::Explicit,
    };
    let kinds = args.kinds.kinds();
    let found = imports.ask(session.cancel(), |map| find(map, &typed, how, kinds, &environment))?;
    let importers = found.map_err(|nearest| unknown(&args.target, &nearest))?;
    if importers.is_empty() {
        session.notice(format!("nobody imports `{}`", args.target));
    }
    let mut out = session.output();
    print(&importers, args, &mut out)?;
    out.finish()?;
    session.keep(&mut imports);
    Ok(Exit::Fine)
}

/// The importers, sorted by path; the nearest names, if there is no such target.
fn find(
    map: &ImportMap,
    typed: &Typed<'_>,
    how: How,
    kinds: Kinds,
    environment: &Environment,
) -> Result<Result<Vec<Importer>, Vec<String>>, Damaged> {
    let modules = Modules::new(map)?;
    let Some(target) = Target::find(&modules, typed, how)? else {
        return Ok(Err(modules.nearest(typed.text, environment)?));
    };
    let mut importers = Vec::new();
    for number in target.candidates() {
        let file = map.file(number)?;
        let wanted = |edge: &&Edge| target.is_imported_by(edge) && kinds.admit(edge.content.contexts);
        let edges: Vec<Edge> = file.edges.iter().filter(wanted).cloned().collect();
        if !edges.is_empty() {
            let file = FileImports { facts: file.facts.clone(), edges: edges.into() };
            importers.push(Importer {
                path: map.path(number)?.clone(),
                module: modules.name(number).clone(),
                file,
            });
        }
    }
    Ok(Ok(importers))
}

fn print(importers: &[Importer], args: &ImportersArgs, out: &mut Output) -> Result<()> {
    match args.format {
        ImportersFormat::Paths => {
            for importer in importers {
                writeln!(out, "{}", importer.path)?;
            }
        }
        ImportersFormat::Text => {
            for (index, Importer { path, module, file }) in importers.iter().enumerate() {
                if index > 0 {
                    writeln!(out)?;
                }
                text_of_file(path, module, file, |_| true, out)?;
            }
        }
        ImportersFormat::Json => {
            let encoding = args.encoding.encoding();
            let rows = importers.iter().map(|Importer { path, module, file }| {
                FileRow::new(path, module.clone(), file, encoding, |_| true)
            });
            let importers = rows.collect();
            let importers = Importers { schema: SCHEMA, target: &args.target, importers };
            serde_json::to_writer(&mut *out, &importers)?;
            writeln!(out)?;
        }
    }
    Ok(())
}
