//! `staniel why`: by which chain of imports one module reaches another.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Damaged, FileNumber, ImportMap};
use staniel_facts::{Environment, ModuleName, SCHEMA};
use staniel_graph::Digraph;

use crate::args::{Format, WhyArgs};
use crate::error::{Exit, UserError};
use crate::modules::{Modules, Typed, Wanted, links, unknown};
use crate::output::Output;
use crate::render::numbers::counted;
use crate::render::steps::{Step, print_steps};
use crate::session::Session;

/// How many chains `--all` prints. More are counted.
const MOST: usize = 100;

/// What there is between two ends.
#[derive(Serialize)]
struct Chains {
    schema: u32,
    from: String,
    to: String,
    /// All that are as short as these.
    total: u64,
    chains: Vec<Vec<Step>>,
}

/// Why there is no answer.
enum Misnamed {
    Unknown(String, Vec<String>),
    /// All of one end is in the other.
    Same,
}

pub(crate) fn run(session: &mut Session<'_>, args: &WhyArgs) -> Result<Exit> {
    let mut imports = session.imports(&args.project.root)?;
    let environment = imports.project().environment.clone();
    let found = imports.ask(session.cancel(), |map| find(map, args, &environment))?;
    let chains = found.map_err(|misnamed| match misnamed {
        Misnamed::Unknown(text, nearest) => unknown(&text, &nearest),
        Misnamed::Same => UserError::new(format!("`{}` and `{}` are the same files", args.from, args.to))
            .hint("name a module inside a package to see what the rest of the package has to do with it"),
    })?;
    if chains.chains.is_empty() {
        session.notice(format!("`{}` does not import `{}`, not even by way of others", args.from, args.to));
    }
    let mut out = session.output();
    match args.format {
        Format::Json => {
            serde_json::to_writer(&mut out, &chains)?;
            writeln!(out)?;
        }
        Format::Text => text(&chains, &mut out)?,
    }
    out.finish()?;
    session.keep(&mut imports);
    Ok(Exit::Fine)
}

fn find(
    map: &ImportMap,
    args: &WhyArgs,
    environment: &Environment,
) -> Result<Result<Chains, Misnamed>, Damaged> {
    let modules = Modules::new(map)?;
    let wanted = Wanted { kinds: args.kinds.kinds(), implicit: args.implicit };
    let unknown =
        |text: &str| Ok(Err(Misnamed::Unknown(text.to_owned(), modules.nearest(text, environment)?)));
    let from = modules.find_or_binding(&Typed::new(&args.from, &args.project.root))?;
    if from.is_empty() {
        return unknown(&args.from);
    }
    let mut to = modules.find(&Typed::new(&args.to, &args.project.root))?;
    // What is no file of ours is reached by whoever imports it by name.
    let name = ModuleName::new(args.to.as_str());
    let by_name = to.is_empty();
    if by_name {
        to = importing(map, &name, wanted)?;
        if to.is_empty() && map.importing_within(&name)?.is_empty() && modules.binding(&name)?.is_empty() {
            return unknown(&args.to);
        }
    }
    // Where one end lies in the other, the rest of that one is meant.
    let (from, to) = if by_name {
        (from, to)
    } else {
        let outside = |files: &[FileNumber], of: &[FileNumber]| {
            files.iter().copied().filter(|file| of.binary_search(file).is_err()).collect::<Vec<_>>()
        };
        let (rest_from, rest_to) = (outside(&from, &to), outside(&to, &from));
        match (rest_from.is_empty(), rest_to.is_empty()) {
            (true, true) => return Ok(Err(Misnamed::Same)),
            (true, false) => (from, rest_to),
            (false, _) => (rest_from, to),
        }
    };
    let graph = Digraph::new(map.files()?, links(map, wanted)?);
    let limit = if args.all { MOST } else { 1 };
    let found = graph.all_shortest_chains(from, to, limit);
    let mut chains = Vec::new();
    for chain in &found.chains {
        let mut steps = Vec::new();
        for pair in chain.windows(2) {
            steps.extend(Step::between(&modules, pair[0], pair[1], wanted)?);
        }
        if by_name && let Some(last) = chain.last() {
            steps.extend(Step::by_name(&modules, *last, &name, wanted)?);
        }
        chains.push(steps);
    }
    Ok(Ok(Chains {
        schema: SCHEMA,
        from: args.from.clone(),
        to: args.to.clone(),
        total: found.total,
        chains,
    }))
}

/// The files that import something by this name, or something in it.
fn importing(map: &ImportMap, name: &ModuleName, wanted: Wanted) -> Result<Vec<FileNumber>, Damaged> {
    let mut files = Vec::new();
    for file in map.importing_within(name)? {
        if map.file(file)?.edges.iter().any(|edge| wanted.counts(edge) && Step::names(edge, name)) {
            files.push(file);
        }
    }
    Ok(files)
}

fn text(chains: &Chains, out: &mut Output) -> Result<()> {
    for (index, chain) in chains.chains.iter().enumerate() {
        if index > 0 {
            writeln!(out)?;
        }
        let first = chain.first().map(|step| step.module.as_str()).unwrap_or_default();
        let names = chain.iter().map(|step| step.imports.as_str());
        let names: Vec<_> = std::iter::once(first).chain(names).map(escape_line).collect();
        writeln!(out, "{}", names.join(" → "))?;
        print_steps(chain, "  ", out)?;
    }
    let more = chains.total - chains.chains.len() as u64;
    if chains.chains.len() > 1 && more > 0 {
        writeln!(out, "\nand {more} more that are as short")?;
    } else if chains.chains.len() == 1 && more > 0 {
        let more = counted(more, "more chain is", "more chains are");
        writeln!(out, "\n{more} as short; `--all` shows them")?;
    }
    Ok(())
}
