//! `staniel snapshots`: the stored generations.

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use serde::Serialize;
use staniel_engine::GenerationInfo;
use staniel_facts::{ImportCounts, SCHEMA};

use crate::args::{Format, SnapshotsAction, SnapshotsArgs};
use crate::commands::delta::find;
use crate::error::Exit;
use crate::render::numbers::{counted, grouped};
use crate::session::Session;

/// One generation in JSON.
#[derive(Serialize)]
struct Row {
    generation: u64,
    parent: Option<u64>,
    provider: String,
    hermetic: bool,
    environment: String,
    digest: String,
    /// Milliseconds since the epoch.
    created_ms: u64,
    files: u64,
    skipped: u64,
    definitions: u64,
    edges: u64,
    imports: ImportCounts,
}

#[derive(Serialize)]
struct List {
    schema: u32,
    generations: Vec<Row>,
}

#[derive(Serialize)]
struct Show {
    schema: u32,
    #[serde(flatten)]
    row: Row,
}

impl From<&GenerationInfo> for Row {
    fn from(info: &GenerationInfo) -> Self {
        Self {
            generation: info.id,
            parent: info.parent,
            provider: info.provenance.provider.to_string(),
            hermetic: info.hermetic,
            environment: info.provenance.environment.to_string(),
            digest: info.digest.to_string(),
            created_ms: info.created_ms,
            files: info.counts.files,
            skipped: info.counts.skipped,
            definitions: info.counts.definitions,
            edges: info.counts.edges,
            imports: info.counts.imports,
        }
    }
}

pub(crate) fn run(session: &mut Session<'_>, args: &SnapshotsArgs) -> Result<Exit> {
    match &args.action {
        SnapshotsAction::List { project, format } => {
            let generations = session.open_stored(&project.root)?.generations();
            let mut out = session.output();
            match format {
                Format::Json => {
                    let generations = generations.iter().map(Row::from).collect();
                    serde_json::to_writer(&mut out, &List { schema: SCHEMA, generations })?;
                    writeln!(out)?;
                }
                Format::Text if generations.is_empty() => {
                    writeln!(out, "none yet; `staniel snapshot` makes the first one")?;
                }
                Format::Text => table(&generations, &mut out)?,
            }
            out.finish()?;
        }
        SnapshotsAction::Show { generation, project, format } => {
            let generations = session.open_stored(&project.root)?.generations();
            let info = find(&generations, *generation)?;
            let mut out = session.output();
            match format {
                Format::Json => {
                    serde_json::to_writer(&mut out, &Show { schema: SCHEMA, row: info.into() })?;
                    writeln!(out)?;
                }
                Format::Text => show(info, &mut out)?,
            }
            out.finish()?;
        }
        SnapshotsAction::Rm { generations, project } => {
            let mut engine = session.open_stored(&project.root)?;
            let stored = engine.generations();
            // All or none: a misspelt number must not leave half of the work done.
            for &id in generations {
                find(&stored, id)?;
            }
            for &id in generations {
                engine.remove_generation(id)?;
            }
            session.flush(&mut engine);
        }
    }
    Ok(Exit::Fine)
}

fn table(generations: &[GenerationInfo], out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(
        out,
        "{:>10}  {:>6}  {:<14}  {:>9}  {:>11}  age",
        "generation", "parent", "provider", "files", "definitions"
    )?;
    for info in generations {
        let parent = info.parent.map_or_else(|| "-".to_owned(), |parent| parent.to_string());
        let hermetic = if info.hermetic { ", hermetic" } else { "" };
        writeln!(
            out,
            "{:>10}  {parent:>6}  {:<14}  {:>9}  {:>11}  {}",
            info.id,
            format!("{}{hermetic}", info.provenance.provider),
            grouped(info.counts.files),
            grouped(info.counts.definitions),
            age(info.created_ms),
        )?;
    }
    Ok(())
}

fn show(info: &GenerationInfo, out: &mut dyn Write) -> std::io::Result<()> {
    let imports = info.counts.imports;
    writeln!(out, "generation   {}", info.id)?;
    writeln!(
        out,
        "parent       {}",
        info.parent.map_or_else(|| "none".to_owned(), |parent| parent.to_string())
    )?;
    writeln!(out, "made         {}", age(info.created_ms))?;
    writeln!(
        out,
        "provider     {}{}",
        info.provenance.provider,
        if info.hermetic { ", hermetic" } else { "" }
    )?;
    writeln!(out, "environment  {}", info.provenance.environment.0.short())?;
    writeln!(out, "digest       {}", info.digest.0.short())?;
    writeln!(
        out,
        "files        {}, {} of them skipped",
        grouped(info.counts.files),
        grouped(info.counts.skipped)
    )?;
    writeln!(out, "definitions  {}", grouped(info.counts.definitions))?;
    writeln!(
        out,
        "imports      {} first-party, {} stdlib, {} third-party, {} unresolved",
        grouped(imports.first_party),
        grouped(imports.stdlib),
        grouped(imports.third_party),
        grouped(imports.unresolved)
    )
}

/// How long ago, in words: for people only.
fn age(created_ms: u64) -> String {
    let now = SystemTime::now().duration_since(UNIX_EPOCH).map_or(0, |now| now.as_secs());
    let seconds = now.saturating_sub(created_ms / 1000);
    match seconds {
        0..60 => "just now".to_owned(),
        60..3_600 => format!("{} ago", counted(seconds / 60, "minute", "minutes")),
        3_600..86_400 => format!("{} ago", counted(seconds / 3_600, "hour", "hours")),
        _ => format!("{} ago", counted(seconds / 86_400, "day", "days")),
    }
}
