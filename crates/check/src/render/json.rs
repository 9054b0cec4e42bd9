//! For programs: schema 1.

use std::io::{self, Write};

use serde::Serialize;
use staniel_facts::{PositionEncoding, Range, SCHEMA, Snapshot};

use crate::{Code, Finding, Severity};

#[derive(Serialize)]
struct Report<'a> {
    schema: u32,
    errors: usize,
    warnings: usize,
    findings: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    path: &'a str,
    line: u32,
    column: u32,
    range: Option<Range>,
    code: Code,
    severity: Severity,
    message: &'a str,
    help: Option<&'a str>,
}

/// One object. `line` and `column` count from 1, in characters; `range` is what an editor wants, in
/// `encoding`, and null for findings about whole files.
pub fn render_json(
    findings: &[Finding],
    snapshot: &Snapshot,
    encoding: PositionEncoding,
    out: &mut dyn Write,
) -> io::Result<()> {
    let rows = findings.iter().map(|finding| {
        let (line, column) = finding.line_and_column();
        Row {
            path: finding.path.as_str(),
            line,
            column,
            range: finding.range(snapshot, encoding),
            code: finding.code,
            severity: finding.severity,
            message: &finding.message,
            help: finding.help.as_deref(),
        }
    });
    let count = |severity| findings.iter().filter(|finding| finding.severity == severity).count();
    let report = Report {
        schema: SCHEMA,
        errors: count(Severity::Error),
        warnings: count(Severity::Warning),
        findings: rows.collect(),
    };
    serde_json::to_writer(&mut *out, &report)?;
    writeln!(out)
}
