//! The rules, one module each.

mod cycles;
mod imports;
mod shadowed;
mod text;

use std::sync::Arc;

use staniel_facts::{Environment, FileFacts, PositionEncoding, RelPath, Snapshot, Span};

use crate::{Finding, Place};

/// Decoded texts by path; `None` where a text cannot be had, which costs a finding precision, never the finding.
pub type Texts<'a> = dyn Fn(&RelPath) -> Option<Arc<str>> + 'a;

/// What is checked.
#[derive(Clone, Copy)]
pub struct Subject<'a> {
    /// What is known of the project.
    pub snapshot: &'a Snapshot,
    /// In which environment.
    pub environment: &'a Environment,
    /// The files' texts. Asked for files with findings only.
    pub texts: &'a Texts<'a>,
}

/// All findings of all rules, sorted by path, place and rule. Linear in the snapshot; texts are fetched for
/// files with findings only.
pub fn check(subject: Subject<'_>) -> Vec<Finding> {
    let mut findings = Vec::new();
    text::check(subject, &mut findings);
    imports::check(subject, &mut findings);
    cycles::check(subject, &mut findings);
    shadowed::check(subject, &mut findings);
    findings.sort_by(Finding::order);
    findings
}

/// The place of `span` in a file.
fn place(facts: &FileFacts, span: Span) -> Place {
    Place { span, range: facts.outline.lines.resolver().range(span, PositionEncoding::Utf32) }
}
