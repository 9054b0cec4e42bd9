//! `staniel delta`: what differs between two stored generations, or files.

use std::io::Write;

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_engine::{EngineError, GenerationInfo};
use staniel_facts::{Delta, SCHEMA, Snapshot};

use crate::args::{DeltaArgs, Format};
use crate::commands::operand::{self, Operand, latest};
use crate::error::{Exit, UserError};
use crate::render::delta::{self, Bounds, DeltaRows};
use crate::session::{Session, names};

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    from: Option<u64>,
    /// The file, where it was none of the stored generations.
    #[serde(skip_serializing_if = "Option::is_none")]
    from_file: Option<&'a Utf8Path>,
    to: Option<u64>,
    #[serde(skip_serializing_if = "Option::is_none")]
    to_file: Option<&'a Utf8Path>,
    provider: String,
    #[serde(flatten)]
    delta: DeltaRows<'a>,
}

pub(crate) fn run(session: &mut Session<'_>, args: &DeltaArgs) -> Result<Exit> {
    let mut engine = session.open_stored(&args.project.root)?;
    let generations = engine.generations();
    let to = match &args.to {
        Some(to) => Operand::resolve(&generations, to)?,
        None => Operand::Stored(latest(session, &engine, &generations)?),
    };
    let from = match (&args.from, &to) {
        (Some(from), _) => Some(Operand::resolve(&generations, from)?),
        (None, Operand::Stored(info)) => parent(&generations, info)?.map(Operand::Stored),
        (None, Operand::File { .. }) => None,
    };
    if let Some(base) = from.as_ref().filter(|base| base.is_hermetic() != to.is_hermetic()) {
        return Err(UserError::new(format!(
            "{base} and {to} do not compare: one is hermetic, the other is not"
        ))
        .hint("inside inference cycles the two ways of asking differ; compare generations of one kind")
        .into());
    }
    let target = to.load(&mut engine)?;
    let base = match &from {
        Some(from) => from.load(&mut engine)?,
        // The first generation differs from nothing at all.
        None => Snapshot::new(target.provenance().clone(), target.is_complete()),
    };
    let delta = Delta::between(&base, &target).map_err(comparing)?;
    let names = names(&engine);
    let mut out = session.output();
    match args.format {
        Format::Json => {
            let report = Report {
                schema: SCHEMA,
                from: from.as_ref().and_then(Operand::generation),
                from_file: from.as_ref().and_then(Operand::file),
                to: to.generation(),
                to_file: to.file(),
                provider: target.provenance().provider.to_string(),
                delta: DeltaRows::new(&delta, &names),
            };
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
        Format::Text => {
            let bounds = if args.all { Bounds::ALL } else { Bounds::SCREEN };
            if delta.is_empty() {
                writeln!(out, "no difference")?;
            }
            let colours = out.colours;
            delta::text(&delta, &names, bounds, colours, &mut out)?;
        }
    }
    out.finish()?;
    Ok(Exit::Fine)
}

fn comparing(error: staniel_facts::DeltaError) -> anyhow::Error {
    match error {
        staniel_facts::DeltaError::Incomparable(error) => EngineError::Incomparable(error).into(),
        error => error.into(),
    }
}

/// What `info` came after, if that is still there.
fn parent<'a>(
    generations: &'a [GenerationInfo],
    info: &GenerationInfo,
) -> Result<Option<&'a GenerationInfo>, UserError> {
    let Some(parent) = info.parent else { return Ok(None) };
    generations.iter().find(|info| info.id == parent).map(Some).ok_or_else(|| {
        UserError::new(format!("generation {parent}, which {} came after, is not stored any more", info.id))
            .hint(format!("name another one to compare with; {}", operand::stored(generations)))
    })
}
