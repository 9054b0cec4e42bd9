//! `staniel cache`: look after what is remembered.

use std::io::{ErrorKind, Write};

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_engine::{EngineError, Stats, VerifyReport, cache_directory, canonical_root, clean};
use staniel_facts::SCHEMA;

use crate::args::{CacheAction, CacheArgs, Format};
use crate::error::{Exit, UserError};
use crate::render::numbers::{bytes, counted, grouped};
use crate::session::Session;

#[derive(Serialize)]
struct StatsReport<'a> {
    schema: u32,
    directory: &'a Utf8Path,
    disk_bytes: u64,
    tables: Vec<TableReport>,
}

#[derive(Serialize)]
struct TableReport {
    table: &'static str,
    rows: u64,
    bytes: u64,
}

#[derive(Serialize)]
struct Verified {
    schema: u32,
    #[serde(flatten)]
    report: VerifyReport,
}

pub(crate) fn run(session: &mut Session<'_>, args: &CacheArgs) -> Result<Exit> {
    let (CacheAction::Dir { project }
    | CacheAction::Stats { project, .. }
    | CacheAction::Verify { project, .. }
    | CacheAction::Clean { project }) = &args.action;
    // Where it is hangs on the root alone: a configuration that cannot be used is in nobody's way here.
    let root = canonical_root(&project.root).map_err(EngineError::from)?;
    let Some(directory) = session.cache_base().map(|base| cache_directory(&base, &root)) else {
        return Err(UserError::new("this run remembers nothing, so there is no cache")
            .hint("leave out `--no-cache`, or name a place with `--cache-dir DIR`")
            .into());
    };
    let mut out = session.output();
    match &args.action {
        CacheAction::Dir { .. } => writeln!(out, "{directory}")?,
        CacheAction::Stats { format, .. } => {
            let found = session.open_stored(&project.root)?.open_store().stats();
            stats(&directory, &found, *format, &mut out)?;
        }
        CacheAction::Verify { format, .. } => {
            let mut engine = session.open_stored(&project.root)?;
            let found = engine.open_store().verify();
            session.flush(&mut engine);
            verify(found, *format, &mut out)?;
        }
        CacheAction::Clean { .. } => {
            let freed = clean(&directory).map_err(|error| match error.kind() {
                ErrorKind::WouldBlock => UserError::new(error.to_string())
                    .hint("wait until that process is done, or end it, then run this again"),
                _ => UserError::new(format!("`{directory}` cannot be removed: {error}")),
            })?;
            writeln!(out, "{} removed from {directory}", bytes(freed))?;
        }
    }
    out.finish()?;
    Ok(Exit::Fine)
}

fn stats(directory: &Utf8Path, stats: &Stats, format: Format, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Json => {
            let tables = stats.tables.iter().map(|table| TableReport {
                table: table.table.name(),
                rows: table.rows,
                bytes: table.bytes,
            });
            let report = StatsReport {
                schema: SCHEMA,
                directory,
                disk_bytes: stats.disk_bytes,
                tables: tables.collect(),
            };
            serde_json::to_writer(&mut *out, &report)?;
            writeln!(out)?;
        }
        Format::Text => {
            writeln!(out, "{directory}  {}", bytes(stats.disk_bytes))?;
            for table in &stats.tables {
                writeln!(
                    out,
                    "{:>12}  {:>9} rows  {:>9}",
                    table.table.name(),
                    grouped(table.rows),
                    bytes(table.bytes)
                )?;
            }
        }
    }
    Ok(())
}

fn verify(report: VerifyReport, format: Format, out: &mut dyn Write) -> Result<()> {
    match format {
        Format::Json => {
            serde_json::to_writer(&mut *out, &Verified { schema: SCHEMA, report })?;
            writeln!(out)?;
        }
        Format::Text => {
            let good = counted(report.good, "row is", "rows are");
            writeln!(
                out,
                "{good} as written, {} damaged, {} orphaned",
                grouped(report.damaged),
                grouped(report.orphans)
            )?;
            if report.damaged + report.orphans > 0 {
                writeln!(out, "what was damaged is removed, and will be computed again")?;
            }
            if report.unreadable {
                writeln!(out, "the rows could not be read to their end: the next run builds the cache anew")?;
            }
        }
    }
    Ok(())
}
