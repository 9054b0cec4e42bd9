//! `staniel imports`: the import map.

use anyhow::Result;

use crate::args::{ImportsArgs, ImportsFormat};
use crate::error::Exit;
use crate::render::imports::{self, Form};
use crate::session::{Session, names};

pub(crate) fn run(session: &mut Session<'_>, args: &ImportsArgs) -> Result<Exit> {
    let mut engine = session.open_untyped(&args.project.root)?;
    let snapshot = session.refresh(&mut engine)?.snapshot;
    let form = Form { implicit: args.implicit, encoding: args.encoding.encoding() };
    let mut out = session.output();
    match args.format {
        ImportsFormat::Text => imports::text(&snapshot, &names(&engine), form, &mut out)?,
        ImportsFormat::Json => imports::json(&snapshot, &names(&engine), form, &mut out)?,
        ImportsFormat::Ruff => imports::ruff(&snapshot, &mut out)?,
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}
