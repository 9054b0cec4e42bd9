//! `staniel hovers`: what is defined everywhere.

use anyhow::Result;
use staniel_facts::RelPath;

use crate::args::{HoversArgs, HoversFormat};
use crate::error::{Exit, UserError};
use crate::render::hovers::{self, FileHovers};
use crate::root;
use crate::session::{Session, names};

pub(crate) fn run(session: &mut Session<'_>, args: &HoversArgs) -> Result<Exit> {
    let root = root::find(args.root.as_deref(), &args.paths, session.cache_base().as_deref())?;
    let below = args.paths.iter().map(|path| root::relative(&root, path)).collect::<Result<Vec<_>>>()?;
    let mut engine = session.open(&root)?;
    let snapshot = session.refresh(&mut engine)?.snapshot;
    for (written, path) in args.paths.iter().zip(&below) {
        if !snapshot.files().any(|(file, _)| lies_below(file, path)) {
            return Err(UserError::new(format!("nothing at `{written}` is analysed as part of `{root}`"))
                .hint("files that git ignores, virtual environments and caches are left out")
                .hint("if it belongs to another project, name that with `--root DIR`")
                .into());
        }
    }
    let names = names(&engine);
    let mut out = session.output();
    for (path, record) in snapshot.records() {
        if below.is_empty() || below.iter().any(|directory| lies_below(path, directory)) {
            let provider = &snapshot.provenance().provider.name;
            let file = FileHovers::new(provider, path, record.facts(), &names);
            match args.format {
                HoversFormat::Jsonl => hovers::jsonl(&file, record, args.encoding.encoding(), &mut out)?,
                HoversFormat::Text => hovers::text(&file, record, &mut out)?,
            }
        }
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(Exit::Fine)
}

fn lies_below(path: &RelPath, directory: &RelPath) -> bool {
    path == directory || path.strip_prefix(directory).is_some()
}
