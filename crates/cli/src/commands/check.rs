//! `staniel check`: findings.

use std::io::Write;

use anyhow::Result;
use staniel_check::{Finding, Severity, Subject, Texts, check, render_concise, render_full, render_json};
use staniel_engine::Published;

use crate::args::{CheckArgs, CheckFormat};
use crate::error::{Exit, is_broken_pipe};
use crate::output::Output;
use crate::render::numbers::counted;
use crate::session::Session;

pub(crate) fn run(session: &mut Session<'_>, args: &CheckArgs) -> Result<Exit> {
    let mut engine = session.open_untyped(&args.project.root)?;
    let published = session.refresh(&mut engine)?;
    let snapshot = &published.snapshot;
    let texts = |path: &_| engine.text(path);
    let environment = &engine.project().environment;
    let findings = check(Subject { snapshot, environment, texts: &texts });

    let exit = if findings.is_empty() || args.exit_zero { Exit::Fine } else { Exit::Findings };
    let mut out = session.output();
    let printed = print(session, args, &published, &findings, &texts, &mut out);
    session.flush(&mut engine);
    match printed {
        // That nobody reads on takes back no finding.
        Err(error) if !is_broken_pipe(&error) => Err(error),
        _ => Ok(exit),
    }
}

fn print(
    session: &Session<'_>,
    args: &CheckArgs,
    published: &Published,
    findings: &[Finding],
    texts: &Texts<'_>,
    out: &mut Output,
) -> Result<()> {
    match args.format {
        CheckFormat::Full => {
            let colours = out.colours;
            render_full(findings, texts, colours, out)?;
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
            writeln!(out, "{}", parts.join(" · "))?;
            if let Some(first) = findings.first().filter(|_| !session.is_quiet()) {
                writeln!(out, "`staniel explain {}` says more about a rule", first.code)?;
            }
        }
        CheckFormat::Concise => render_concise(findings, out)?,
        CheckFormat::Json => render_json(findings, &published.snapshot, args.encoding.encoding(), out)?,
    }
    Ok(out.flush()?)
}
