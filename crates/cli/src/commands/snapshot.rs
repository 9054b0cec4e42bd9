//! `staniel snapshot`: bring the snapshot up to date, and say what came of it.

use std::io::Write;

use anyhow::Result;

use crate::args::{Format, SnapshotArgs};
use crate::commands::snapshots::named;
use crate::error::Exit;
use crate::render::delta::Bounds;
use crate::render::report;
use crate::session::{Session, names};

pub(crate) fn run(session: &mut Session<'_>, args: &SnapshotArgs) -> Result<Exit> {
    let mut engine = match &args.name {
        // What is called something must be there tomorrow.
        Some(_) => session.open_stored(&args.project.root)?,
        None => session.open(&args.project.root)?,
    };
    let (summary, delta) = match engine.unchanged(session.cancel())? {
        Some(summary) => {
            session.clear_progress();
            session.tell(&summary);
            (summary, None)
        }
        None => {
            let published = session.refresh(&mut engine)?;
            (published.summary, Some(published.delta))
        }
    };
    let mut out = session.output();
    match args.format {
        Format::Json => report::json(&summary, &mut out)?,
        Format::Text => {
            let bounds = if args.all { Bounds::ALL } else { Bounds::SCREEN };
            // Without a parent everything is new: the figures say so, and a list would only hide them.
            let delta = delta.as_deref().filter(|_| summary.parent.is_some() || args.all);
            let colours = out.colours;
            report::text(&summary, delta, &names(&engine), bounds, colours, &mut out)?;
            if summary.generation.is_some()
                && summary.parent.is_none()
                && summary.work.read > 0
                && !session.is_quiet()
            {
                writeln!(out, "\nNext: edit something and run this again, or let `staniel watch` do it.")?;
            }
        }
    }
    // The answer first; the store may take its time.
    out.finish()?;
    session.flush(&mut engine);
    if let (Some(name), Some(id)) = (&args.name, summary.generation) {
        let before = engine.name_generation(id, name)?;
        session.store(&mut engine)?;
        if args.format == Format::Text {
            let mut out = session.output();
            writeln!(out, "{}", named(id, name, before))?;
            out.finish()?;
        } else if before.is_some() {
            session.notice(named(id, name, before));
        }
    }
    Ok(Exit::Fine)
}
