//! `staniel delta`: what differs between two stored generations.

use std::io::Write;

use anyhow::Result;
use serde::Serialize;
use staniel_engine::{Engine, EngineError, GenerationInfo};
use staniel_facts::{Delta, SCHEMA, Snapshot};

use crate::args::{DeltaArgs, Format};
use crate::error::{Exit, UserError};
use crate::render::delta::{self, Bounds, DeltaRows};
use crate::session::{Session, names};

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    from: Option<u64>,
    to: u64,
    provider: String,
    #[serde(flatten)]
    delta: DeltaRows<'a>,
}

pub(crate) fn run(session: &mut Session<'_>, args: &DeltaArgs) -> Result<Exit> {
    let mut engine = session.open_stored(&args.project.root)?;
    let generations = engine.generations();
    let to = match args.to {
        Some(to) => find(&generations, to)?,
        None => latest(session, &engine, &generations)?,
    };
    let from = args.from.or(to.parent);
    if let (None, Some(parent)) = (args.from, to.parent)
        && find(&generations, parent).is_err()
    {
        return Err(UserError::new(format!(
            "generation {parent}, which {} came after, is not stored any more",
            to.id
        ))
        .hint(format!("name another one to compare with; {}", stored(&generations)))
        .into());
    }
    if let Some(base) = from.and_then(|from| generations.iter().find(|info| info.id == from))
        && base.hermetic != to.hermetic
    {
        return Err(UserError::new(format!(
            "generations {} and {} do not compare: one is hermetic, the other is not",
            base.id, to.id
        ))
        .hint("inside inference cycles the two ways of asking differ; compare generations of one kind")
        .into());
    }
    let target = engine.load(to.id)?;
    let base = match from {
        Some(from) => {
            find(&generations, from)?;
            engine.load(from)?
        }
        // The first generation differs from nothing at all.
        None => Snapshot::new(target.provenance().clone(), true),
    };
    let delta = Delta::between(&base, &target).map_err(comparing)?;
    let names = names(&engine);
    let mut out = session.output();
    match args.format {
        Format::Json => {
            let provider = to.provenance.provider.to_string();
            let delta = DeltaRows::new(&delta, &names);
            serde_json::to_writer(&mut out, &Report { schema: SCHEMA, from, to: to.id, provider, delta })?;
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

/// The newest generation of the kind that this run would make.
fn latest<'a>(
    session: &Session<'_>,
    engine: &Engine,
    generations: &'a [GenerationInfo],
) -> Result<&'a GenerationInfo, UserError> {
    let of_provider = |info: &&GenerationInfo| {
        info.provenance.provider == *engine.provider() && info.hermetic == session.is_hermetic()
    };
    generations.iter().rev().find(of_provider).or(generations.last()).ok_or_else(|| {
        UserError::new("no generation is stored for this project")
            .hint("`staniel snapshot` makes the first one")
    })
}

pub(super) fn find(generations: &[GenerationInfo], id: u64) -> Result<&GenerationInfo, UserError> {
    generations
        .iter()
        .find(|info| info.id == id)
        .ok_or_else(|| UserError::new(format!("there is no generation {id}")).hint(stored(generations)))
}

/// Which generations there are, in words.
fn stored(generations: &[GenerationInfo]) -> String {
    const FEW: usize = 8;
    let latest = generations.len().saturating_sub(FEW);
    let numbers: Vec<_> = generations[latest..].iter().map(|info| info.id.to_string()).collect();
    match numbers.len() {
        0 => "none is stored for this project; `staniel snapshot` makes the first one".to_owned(),
        _ if latest == 0 => format!("there are {}", numbers.join(", ")),
        _ => format!("the latest are {}; `staniel snapshots list` shows all", numbers.join(", ")),
    }
}
