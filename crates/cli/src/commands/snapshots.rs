//! `staniel snapshots`: the stored generations, and files that generations are carried in.

mod files;
mod keeping;

use std::io::Write;
use std::time::{SystemTime, UNIX_EPOCH};

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Archive, GenerationInfo, GenerationName};
use staniel_facts::{Counts, ImportCounts, Provenance, SCHEMA, SnapshotDigest};

use crate::args::{Format, SnapshotsAction, SnapshotsArgs};
use crate::commands::operand::Operand;
use crate::error::Exit;
use crate::render::numbers::{counted, grouped};
use crate::session::Session;

pub(crate) use keeping::named;

/// One generation in JSON.
#[derive(Serialize)]
struct Row {
    generation: u64,
    parent: Option<u64>,
    names: Vec<String>,
    /// It came from elsewhere, in a file.
    imported: bool,
    /// It covers a whole project.
    complete: bool,
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

/// A snapshot file in JSON.
#[derive(Serialize)]
struct ShowFile<'a> {
    schema: u32,
    file: &'a Utf8Path,
    complete: bool,
    /// The digest of the whole that it was taken from.
    part_of: Option<String>,
    provider: String,
    hermetic: bool,
    environment: String,
    digest: String,
    files: u64,
    skipped: u64,
    definitions: u64,
    edges: u64,
    imports: ImportCounts,
}

impl<'a> ShowFile<'a> {
    fn of(file: &'a Utf8Path, archive: &Archive) -> Self {
        let Archive { snapshot, hermetic, whole } = archive;
        let counts = snapshot.counts();
        Self {
            schema: SCHEMA,
            file,
            complete: snapshot.is_complete(),
            part_of: whole.map(|whole| whole.to_string()),
            provider: snapshot.provenance().provider.to_string(),
            hermetic: *hermetic,
            environment: snapshot.provenance().environment.to_string(),
            digest: snapshot.digest().to_string(),
            files: counts.files,
            skipped: counts.skipped,
            definitions: counts.definitions,
            edges: counts.edges,
            imports: counts.imports,
        }
    }
}

impl From<&GenerationInfo> for Row {
    fn from(info: &GenerationInfo) -> Self {
        Self {
            generation: info.id,
            parent: info.parent,
            names: info.names.iter().map(GenerationName::to_string).collect(),
            imported: info.imported,
            complete: info.complete,
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
            let operand = Operand::resolve(&generations, generation)?;
            let mut out = session.output();
            match (format, &operand) {
                (Format::Json, Operand::Stored(info)) => {
                    serde_json::to_writer(&mut out, &Show { schema: SCHEMA, row: (*info).into() })?;
                    writeln!(out)?;
                }
                (Format::Json, Operand::File { path, archive }) => {
                    serde_json::to_writer(&mut out, &ShowFile::of(path, archive))?;
                    writeln!(out)?;
                }
                (Format::Text, Operand::Stored(info)) => show(info, &mut out)?,
                (Format::Text, Operand::File { path, archive }) => show_file(path, archive, &mut out)?,
            }
            out.finish()?;
        }
        SnapshotsAction::Rm { generations, project } => keeping::remove(session, &project.root, generations)?,
        SnapshotsAction::Name { remove: Some(name), project, .. } => {
            keeping::take_name(session, &project.root, name)?;
        }
        SnapshotsAction::Name { generation, name, project, remove: None } => {
            let (Some(generation), Some(name)) = (generation, name) else {
                unreachable!("required unless `--remove` is there")
            };
            keeping::give_name(session, &project.root, generation, name)?;
        }
        SnapshotsAction::Gc { keep, project, format } => {
            keeping::keep(session, &project.root, *keep, *format)?;
        }
        SnapshotsAction::Export { generation, output, files, project } => {
            files::export(session, &project.root, generation.as_deref(), output, files)?;
        }
        SnapshotsAction::Import { file, name, project, format } => {
            files::import(session, &project.root, file, name.as_ref(), *format)?;
        }
        SnapshotsAction::Merge { parts, output } => files::merge(session, parts, output)?,
    }
    Ok(Exit::Fine)
}

/// What is said of a generation behind its figures: what it is called, and whether it is not as the others.
fn remarks(info: &GenerationInfo) -> String {
    let mut remarks: Vec<String> = info.names.iter().map(GenerationName::to_string).collect();
    if info.imported {
        remarks.push(if info.complete { "imported" } else { "imported part" }.to_owned());
    }
    remarks.join(", ")
}

fn table(generations: &[GenerationInfo], out: &mut dyn Write) -> std::io::Result<()> {
    let remarks: Vec<String> = generations.iter().map(remarks).collect();
    let ages: Vec<String> = generations.iter().map(|info| age(info.created_ms)).collect();
    // Without any there is no column for them.
    let width = ages.iter().map(String::len).max().filter(|_| remarks.iter().any(|text| !text.is_empty()));
    let last = |age: &str, remark: &str| match width {
        Some(width) => format!("{age:<width$}  {remark}").trim_end().to_owned(),
        None => age.to_owned(),
    };
    writeln!(
        out,
        "{:>10}  {:>6}  {:<14}  {:>9}  {:>11}  {}",
        "generation",
        "parent",
        "provider",
        "files",
        "definitions",
        last("age", "name")
    )?;
    for ((info, age), remark) in generations.iter().zip(&ages).zip(&remarks) {
        let parent = info.parent.map_or_else(|| "-".to_owned(), |parent| parent.to_string());
        let hermetic = if info.hermetic { ", hermetic" } else { "" };
        writeln!(
            out,
            "{:>10}  {parent:>6}  {:<14}  {:>9}  {:>11}  {}",
            info.id,
            format!("{}{hermetic}", info.provenance.provider),
            grouped(info.counts.files),
            grouped(info.counts.definitions),
            last(age, remark),
        )?;
    }
    Ok(())
}

fn show(info: &GenerationInfo, out: &mut dyn Write) -> std::io::Result<()> {
    writeln!(out, "generation   {}", info.id)?;
    if !info.names.is_empty() {
        let names: Vec<&str> = info.names.iter().map(GenerationName::as_str).collect();
        writeln!(out, "called       {}", names.join(", "))?;
    }
    if info.imported {
        writeln!(out, "imported     {}", age(info.created_ms))?;
    } else {
        let parent = info.parent.map_or_else(|| "none".to_owned(), |parent| parent.to_string());
        writeln!(out, "parent       {parent}")?;
        writeln!(out, "made         {}", age(info.created_ms))?;
    }
    circumstances(info.complete, &info.provenance, info.hermetic, info.digest, out)?;
    figures(info.counts, out)
}

fn show_file(path: &Utf8Path, archive: &Archive, out: &mut dyn Write) -> std::io::Result<()> {
    let Archive { snapshot, hermetic, .. } = archive;
    writeln!(out, "file         {}", escape_line(path.as_str()))?;
    circumstances(snapshot.is_complete(), snapshot.provenance(), *hermetic, snapshot.digest(), out)?;
    figures(snapshot.counts(), out)
}

fn circumstances(
    complete: bool,
    provenance: &Provenance,
    hermetic: bool,
    digest: SnapshotDigest,
    out: &mut dyn Write,
) -> std::io::Result<()> {
    if !complete {
        writeln!(out, "covers       a part of a project")?;
    }
    writeln!(out, "provider     {}{}", provenance.provider, if hermetic { ", hermetic" } else { "" })?;
    writeln!(out, "environment  {}", provenance.environment.0.short())?;
    writeln!(out, "digest       {}", digest.0.short())
}

fn figures(counts: Counts, out: &mut dyn Write) -> std::io::Result<()> {
    let imports = counts.imports;
    writeln!(out, "files        {}, {} of them skipped", grouped(counts.files), grouped(counts.skipped))?;
    writeln!(out, "definitions  {}", grouped(counts.definitions))?;
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
