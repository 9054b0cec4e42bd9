//! `staniel completions`: what a shell needs to complete our arguments.

use std::io::Write;

use anyhow::Result;
use clap::CommandFactory;

use crate::args::{Args, CompletionsArgs};
use crate::error::Exit;
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, args: &CompletionsArgs) -> Result<Exit> {
    // Into memory first: the generator does not expect that writing can fail.
    let mut script = Vec::new();
    clap_complete::generate(args.shell, &mut Args::command(), "staniel", &mut script);
    let mut out = session.output();
    out.write_all(&script)?;
    out.finish()?;
    Ok(Exit::Fine)
}
