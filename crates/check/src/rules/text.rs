//! `syntax-error` and `skipped-file`: what is wrong with files themselves.

use staniel_facts::{Coverage, DiagnosticCode, FileFacts, RelPath, SkipReason};

use crate::{Code, Finding, Severity, Subject, escape_line, rules::place};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    for (path, coverage) in subject.snapshot.files() {
        match coverage {
            Coverage::Present(record) => of_text(path, record.facts(), findings),
            Coverage::Skipped(reason) => findings.push(skipped(path, reason)),
            Coverage::Absent | Coverage::NotAsked => {}
        }
    }
}

fn of_text(path: &RelPath, facts: &FileFacts, findings: &mut Vec<Finding>) {
    if let Some(reason) = &facts.refused {
        findings.push(skipped(path, reason));
    }
    for diagnostic in &facts.diagnostics {
        let help = match diagnostic.code {
            DiagnosticCode::SyntaxError => None,
            DiagnosticCode::Undecodable => Some(
                "save the file as UTF-8, or declare its encoding: `# -*- coding: latin-1 -*-`".to_owned(),
            ),
        };
        findings.push(Finding {
            path: path.clone(),
            place: Some(place(facts, diagnostic.span)),
            code: Code::SyntaxError,
            severity: Severity::Error,
            message: escape_line(&diagnostic.message).into_owned(),
            label: None,
            help,
        });
    }
}

fn skipped(path: &RelPath, reason: &SkipReason) -> Finding {
    Finding {
        path: path.clone(),
        place: None,
        code: Code::SkippedFile,
        severity: Severity::Warning,
        message: format!("not analysed: {}", escape_line(&reason.to_string())),
        label: None,
        help: Some("leave it out on purpose with `exclude` in `[tool.staniel]`".to_owned()),
    }
}
