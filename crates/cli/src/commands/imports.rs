//! `staniel imports`: the import map.

use anyhow::Result;

use crate::args::{ImportsArgs, ImportsFormat};
use crate::error::Exit;
use crate::modules::Wanted;
use crate::render::imports::{self, Form, RuffGraph};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, args: &ImportsArgs) -> Result<Exit> {
    let mut imports = session.imports(&args.project.root)?;
    let wanted = Wanted { kinds: args.kinds.kinds(), implicit: args.implicit };
    let form = Form { wanted, encoding: args.encoding.encoding() };
    let mut out = session.output();
    match args.format {
        ImportsFormat::Text => {
            let map = imports.load(session.cancel())?;
            for row in map.rows() {
                let (path, file) = row?;
                if let Some(reason) = &file.facts.refused {
                    session.notice(format!("`{path}` was not read: {reason}"));
                }
            }
            imports::text(map, form, &mut out)?;
        }
        ImportsFormat::Json => imports::json(imports.load(session.cancel())?, form, &mut out)?,
        ImportsFormat::Ruff => {
            imports.ask(session.cancel(), |map| RuffGraph::new(map, wanted))?.print(&mut out)?;
        }
    }
    out.finish()?;
    session.keep(&mut imports);
    Ok(Exit::Fine)
}
