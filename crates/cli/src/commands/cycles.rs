//! `staniel cycles`: modules that import each other in circles, and where to cut.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Damaged, ImportMap};
use staniel_facts::SCHEMA;
use staniel_graph::Digraph;

use crate::args::{CyclesArgs, Format};
use crate::error::Exit;
use crate::modules::{Modules, Wanted, links};
use crate::output::Output;
use crate::render::numbers::counted;
use crate::render::steps::{Step, print_steps};
use crate::session::Session;

#[derive(Serialize)]
struct Cycles {
    schema: u32,
    cycles: Vec<Cycle>,
}

/// Modules each of which reaches each other one.
#[derive(Serialize)]
struct Cycle {
    modules: Vec<String>,
    /// A shortest way round.
    shortest: Vec<Step>,
    /// The step to take back first.
    cut: Option<Cut>,
}

/// The import whose removal leaves the smallest circles, and frees most modules.
#[derive(Serialize)]
struct Cut {
    #[serde(flatten)]
    step: Step,
    /// How many modules are in no cycle any more without it.
    frees: usize,
    /// How many are in the largest cycle that is left.
    left: usize,
    /// Whether no other import does better; else the likeliest ones were tried.
    exact: bool,
}

pub(crate) fn run(session: &mut Session<'_>, args: &CyclesArgs) -> Result<Exit> {
    let mut imports = session.imports(&args.project.root)?;
    let wanted = Wanted { kinds: args.kinds.kinds(), implicit: args.implicit };
    let cycles = imports.ask(session.cancel(), |map| find(map, wanted))?;
    let mut out = session.output();
    match args.format {
        Format::Json => {
            serde_json::to_writer(&mut out, &Cycles { schema: SCHEMA, cycles })?;
            writeln!(out)?;
        }
        Format::Text => text(&cycles, &mut out)?,
    }
    out.finish()?;
    session.keep(&mut imports);
    Ok(Exit::Fine)
}

/// All cycles, the largest first.
fn find(map: &ImportMap, wanted: Wanted) -> Result<Vec<Cycle>, Damaged> {
    let modules = Modules::new(map)?;
    let graph = Digraph::new(map.files()?, links(map, wanted)?);
    let mut components = graph.cycles();
    components.sort_by_key(|component| std::cmp::Reverse(component.len()));
    let mut cycles = Vec::new();
    for component in components {
        let round = graph.shortest_cycle(&component).unwrap_or_default();
        let mut shortest = Vec::new();
        for (index, &file) in round.iter().enumerate() {
            let next = round[(index + 1) % round.len()];
            shortest.extend(Step::between(&modules, file, next, wanted)?);
        }
        let cut = match graph.most_entangled_edge(&component).filter(|_| component.len() > 1) {
            Some(edge) => Step::between(&modules, edge.from, edge.to, wanted)?.map(|step| Cut {
                step,
                frees: edge.freed,
                left: edge.largest,
                exact: edge.exact,
            }),
            None => None,
        };
        let names = component.iter().map(|file| modules.name(*file).to_string());
        cycles.push(Cycle { modules: names.collect(), shortest, cut });
    }
    Ok(cycles)
}

fn text(cycles: &[Cycle], out: &mut Output) -> Result<()> {
    let entangled: usize = cycles.iter().map(|cycle| cycle.modules.len()).sum();
    match cycles.len() {
        0 => writeln!(out, "no import cycles")?,
        number => writeln!(
            out,
            "{} with {} in them",
            counted(number as u64, "import cycle", "import cycles"),
            counted(entangled as u64, "module", "modules")
        )?,
    }
    for cycle in cycles {
        let names: Vec<_> = cycle.shortest.iter().map(|step| escape_line(&step.module)).collect();
        let first = names.first().cloned().unwrap_or_default();
        writeln!(out, "\n{} → {first}", names.join(" → "))?;
        print_steps(&cycle.shortest, "  ", out)?;
        let others = cycle.modules.len() - cycle.shortest.len();
        if others > 0 {
            writeln!(
                out,
                "  entangled with these: {}",
                counted(others as u64, "more module", "more modules")
            )?;
        }
        if let Some(Cut { step, frees, left, .. }) = &cycle.cut {
            let edge = format!("{} → {}", escape_line(&step.module), escape_line(&step.imports));
            let outcome = match left {
                0 => "nothing of it is left".to_owned(),
                _ => format!(
                    "{frees} of {} are free, {left} are left in the largest part",
                    cycle.modules.len()
                ),
            };
            writeln!(out, "  without {edge} ({}): {outcome}", step.place())?;
        }
    }
    Ok(())
}
