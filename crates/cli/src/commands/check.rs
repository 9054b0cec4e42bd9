//! `staniel check`: findings.

use std::io::Write;

use anyhow::Result;
use staniel_check::{Severity, Subject, check, render_concise, render_full, render_json};

use crate::args::{CheckArgs, CheckFormat};
use crate::error::Exit;
use crate::render::numbers::{counted, elapsed};
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, args: &CheckArgs) -> Result<Exit> {
    let mut engine = session.open_untyped(&args.project.root)?;
    let published = session.refresh(&mut engine)?;
    let snapshot = &published.snapshot;
    let texts = |path: &_| engine.text(path);
    let environment = &engine.project().environment;
    let findings = check(Subject { snapshot, environment, texts: &texts });

    let mut out = session.output();
    match args.format {
        CheckFormat::Full => {
            let colours = out.colours;
            render_full(&findings, &texts, colours, &mut out)?;
            let count =
                |severity| findings.iter().filter(|finding| finding.severity == severity).count() as u64;
            let mut parts = vec![counted(published.summary.files.total, "file", "files")];
            match (count(Severity::Error), count(Severity::Warning)) {
                (0, 0) => parts.push("no findings".to_owned()),
                (errors, 0) => parts.push(counted(errors, "error", "errors")),
                (errors, warnings) => {
                    parts.push(counted(errors, "error", "errors"));
                    parts.push(counted(warnings, "warning", "warnings"));
                }
            }
            parts.push(elapsed(published.summary.elapsed));
            writeln!(out, "{}", parts.join(" · "))?;
            if let Some(first) = findings.first().filter(|_| !session.is_quiet()) {
                writeln!(out, "`staniel explain {}` says more about a rule", first.code)?;
            }
        }
        CheckFormat::Concise => render_concise(&findings, &mut out)?,
        CheckFormat::Json => render_json(&findings, snapshot, args.encoding.encoding(), &mut out)?,
    }
    out.finish()?;
    session.flush(&mut engine);
    Ok(if findings.is_empty() || args.exit_zero { Exit::Fine } else { Exit::Findings })
}
