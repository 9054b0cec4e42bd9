//! `staniel explain`: what a rule is about.

use std::io::Write;

use anyhow::Result;
use staniel_check::Code;

use crate::args::ExplainArgs;
use crate::error::{Exit, UserError};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, args: &ExplainArgs) -> Result<Exit> {
    let mut out = session.output();
    match &args.code {
        Some(name) => {
            let code: Code = name
                .parse()
                .map_err(|error: staniel_check::UnknownCode| UserError::new(error.to_string()))?;
            write!(out, "{}", code.explanation())?;
        }
        None => {
            for code in Code::ALL {
                writeln!(out, "{code}")?;
            }
        }
    }
    out.finish()?;
    Ok(Exit::Fine)
}
