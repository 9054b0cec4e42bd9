//! What `staniel snapshot` says: figures for programs, sentences for people.

use std::io::{self, Write};

use serde::Serialize;
use staniel_check::{Colours, escape_line};
use staniel_engine::{DeltaCounts, Fallback, FileCounts, Summary, Work};
use staniel_facts::{Delta, ImportCounts, SCHEMA};

use crate::render::delta::{self, Bounds};
use crate::render::names::Names;
use crate::render::numbers::{counted, elapsed, grouped};

/// The report in JSON, schema 1.
#[derive(Serialize)]
pub(crate) struct Report<'a> {
    schema: u32,
    provider: String,
    generation: Option<u64>,
    parent: Option<u64>,
    files: FileCounts,
    work: Work,
    definitions: u64,
    edges: u64,
    imports: ImportCounts,
    delta: DeltaReport,
    fallbacks: &'a [Fallback],
    skipped: Vec<Skipped<'a>>,
    quarantined: Vec<Quarantined<'a>>,
    notices: &'a [String],
    elapsed_ms: f64,
}

/// How much a delta contains.
#[derive(Serialize)]
pub(crate) struct DeltaReport {
    hovers: HoverFigures,
    edges: EdgeFigures,
}

#[derive(Serialize)]
struct HoverFigures {
    added: u64,
    removed: u64,
    modified: u64,
}

#[derive(Serialize)]
struct EdgeFigures {
    added: u64,
    removed: u64,
}

#[derive(Serialize)]
struct Skipped<'a> {
    path: &'a str,
    code: &'static str,
    reason: String,
}

#[derive(Serialize)]
struct Quarantined<'a> {
    path: &'a str,
    reason: &'a str,
}

impl From<DeltaCounts> for DeltaReport {
    fn from(counts: DeltaCounts) -> Self {
        Self {
            hovers: HoverFigures {
                added: counts.hovers_added,
                removed: counts.hovers_removed,
                modified: counts.hovers_modified,
            },
            edges: EdgeFigures { added: counts.edges_added, removed: counts.edges_removed },
        }
    }
}

impl<'a> Report<'a> {
    pub(crate) fn new(summary: &'a Summary) -> Self {
        let skipped = summary.skipped.iter();
        let quarantined = summary.quarantined.iter();
        Self {
            schema: SCHEMA,
            provider: summary.provider.to_string(),
            generation: summary.generation,
            parent: summary.parent,
            files: summary.files,
            work: summary.work,
            definitions: summary.counts.definitions,
            edges: summary.counts.edges,
            imports: summary.counts.imports,
            delta: summary.delta.into(),
            fallbacks: &summary.fallbacks,
            skipped: skipped
                .map(|(path, reason)| Skipped {
                    path: path.as_str(),
                    code: reason.code(),
                    reason: reason.to_string(),
                })
                .collect(),
            quarantined: quarantined
                .map(|(path, reason)| Quarantined { path: path.as_str(), reason })
                .collect(),
            notices: &summary.notices,
            elapsed_ms: (summary.elapsed.as_secs_f64() * 1e6).round() / 1e3,
        }
    }
}

/// The report as one line of JSON.
pub(crate) fn json(summary: &Summary, out: &mut dyn Write) -> io::Result<()> {
    serde_json::to_writer(&mut *out, &Report::new(summary))?;
    writeln!(out)
}

/// The report for people. `delta` is what differs from the parent, where there is one to differ from.
pub(crate) fn text(
    summary: &Summary,
    delta: Option<&Delta>,
    names: &Names,
    bounds: Bounds,
    colours: Colours,
    out: &mut dyn Write,
) -> io::Result<()> {
    writeln!(out, "{}", contents(summary))?;
    writeln!(out, "{}", happenings(summary))?;
    listed(out, "not analysed", &summary.skipped, bounds)?;
    listed(out, "answered by `declared` only", &summary.quarantined, bounds)?;
    if let Some(delta) = delta.filter(|delta| !delta.is_empty()) {
        writeln!(out)?;
        delta::text(delta, names, bounds, colours, out)?;
    }
    Ok(())
}

/// What there is.
fn contents(summary: &Summary) -> String {
    let imports = summary.counts.imports;
    let classes = [
        (imports.first_party, "first-party"),
        (imports.stdlib, "stdlib"),
        (imports.third_party, "third-party"),
        (imports.unresolved, "unresolved"),
    ];
    let total: u64 = classes.iter().map(|(number, _)| number).sum();
    let mut imports = counted(total, "import", "imports");
    let classes: Vec<_> = classes
        .iter()
        .filter(|(number, _)| *number > 0)
        .map(|(number, class)| format!("{} {class}", grouped(*number)))
        .collect();
    if !classes.is_empty() {
        imports += &format!(" ({})", classes.join(", "));
    }
    let files = counted(summary.files.total, "file", "files");
    let definitions = counted(summary.counts.definitions, "definition", "definitions");
    format!("{files} · {definitions} · {imports}")
}

/// What was done, and what came of it.
fn happenings(summary: &Summary) -> String {
    let (files, work, delta) = (summary.files, summary.work, summary.delta);
    let mut parts = Vec::new();
    match (summary.generation, summary.parent) {
        (Some(generation), Some(parent)) if work != Work::default() || !is_empty(delta) => {
            parts.push(format!("generation {generation}, after {parent}"));
        }
        (Some(generation), _) => parts.push(format!("generation {generation}")),
        (None, _) => parts.push("not stored".to_owned()),
    }
    let mut changes = Vec::new();
    if summary.parent.is_some() {
        for (number, what) in [(files.added, "added"), (files.changed, "changed"), (files.deleted, "deleted")]
        {
            if number > 0 {
                changes.push(format!("{} {what}", counted(number, "file", "files")));
            }
        }
    }
    let nothing_to_do = work == Work::default() && summary.generation.is_some();
    if changes.is_empty() && is_empty(delta) && (summary.parent.is_some() || nothing_to_do) {
        changes.push("nothing changed".to_owned());
    }
    parts.extend(changes);
    if work.asked > 0 || work.candidates > 0 {
        parts.push(format!("{} of {} files asked", grouped(work.asked), grouped(files.total)));
    }
    if summary.parent.is_some() {
        let hovers =
            signed(&[("+", delta.hovers_added), ("-", delta.hovers_removed), ("~", delta.hovers_modified)]);
        let edges = signed(&[("+", delta.edges_added), ("-", delta.edges_removed)]);
        parts.extend(hovers.map(|figures| format!("hovers {figures}")));
        parts.extend(edges.map(|figures| format!("imports {figures}")));
    }
    parts.push(summary.provider.to_string());
    parts.push(elapsed(summary.elapsed));
    escape_line(&parts.join(" · ")).into_owned()
}

pub(crate) fn is_empty(delta: DeltaCounts) -> bool {
    delta == DeltaCounts::default()
}

/// `+1 -2 ~3`, without what is zero; `None` if everything is.
pub(crate) fn signed(figures: &[(&str, u64)]) -> Option<String> {
    let some: Vec<_> = figures
        .iter()
        .filter(|(_, number)| *number > 0)
        .map(|(sign, number)| format!("{sign}{}", grouped(*number)))
        .collect();
    (!some.is_empty()).then(|| some.join(" "))
}

fn listed<R: ToString>(
    out: &mut dyn Write,
    what: &str,
    files: &[(staniel_facts::RelPath, R)],
    bounds: Bounds,
) -> io::Result<()> {
    if files.is_empty() {
        return Ok(());
    }
    writeln!(out, "\n{} {what}:", counted(files.len() as u64, "file", "files"))?;
    for (path, reason) in files.iter().take(bounds.files) {
        writeln!(out, "  {}: {}", escape_line(path.as_str()), escape_line(&reason.to_string()))?;
    }
    if files.len() > bounds.files {
        writeln!(out, "  … and {} more", files.len() - bounds.files)?;
    }
    Ok(())
}
