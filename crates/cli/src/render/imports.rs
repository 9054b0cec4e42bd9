//! The import map as text, as JSON, and as `ruff analyze graph` prints it.

use std::collections::{BTreeMap, BTreeSet};
use std::io::{self, Write};

use serde::Serialize;
use staniel_check::escape_line;
use staniel_facts::{
    Contexts, Edge, FileRecord, LineResolver, PositionEncoding, Range, RelPath, SCHEMA, Snapshot, TargetClass,
};

use crate::render::names::Names;

/// How the import map is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Also what is not written: parent packages, and the names that star imports bring.
    pub(crate) implicit: bool,
    /// The units of `range`.
    pub(crate) encoding: PositionEncoding,
}

/// One file in JSON.
#[derive(Serialize)]
pub(crate) struct FileRow<'a> {
    path: &'a str,
    module: String,
    imports: Vec<ImportRow<'a>>,
}

/// One import in JSON.
#[derive(Serialize)]
struct ImportRow<'a> {
    module: &'a str,
    symbol: Option<&'a str>,
    resolved: Option<&'a str>,
    class: &'static str,
    kind: &'static str,
    contexts: Vec<&'static str>,
    /// The module as the statement spells it, leading dots included.
    written: String,
    #[serde(rename = "as")]
    alias: Option<&'a str>,
    /// The file that defines the symbol, after re-exports.
    defined_in: Option<&'a str>,
    /// What it is called there.
    defined_as: Option<String>,
    /// Of the statement; both count from 1, columns in characters.
    line: u32,
    column: u32,
    /// Of the name.
    range: Range,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    implicit: bool,
}

impl<'a> FileRow<'a> {
    /// The file's edges for which `wanted` holds.
    pub(crate) fn new(
        path: &'a RelPath,
        record: &'a FileRecord,
        names: &Names,
        encoding: PositionEncoding,
        wanted: impl Fn(&Edge) -> bool,
    ) -> Self {
        let mut lines = None;
        let imports = record
            .edges()
            .iter()
            .filter(|edge| wanted(edge))
            .filter_map(|edge| {
                let lines = lines.get_or_insert_with(|| record.facts().outline.lines.resolver());
                ImportRow::new(edge, record, lines, encoding)
            })
            .collect();
        Self { path: path.as_str(), module: names.module(path).to_string(), imports }
    }
}

impl<'a> ImportRow<'a> {
    fn new(
        edge: &'a Edge,
        record: &'a FileRecord,
        lines: &LineResolver,
        encoding: PositionEncoding,
    ) -> Option<Self> {
        let import = record.facts().imports.imports.get(edge.import as usize)?;
        let content = &*edge.content;
        let start = lines.position(import.statement.start, PositionEncoding::Utf32);
        Some(Self {
            module: content.module.as_str(),
            symbol: content.symbol.as_deref(),
            resolved: content.resolved.as_ref().map(RelPath::as_str),
            class: content.class.as_str(),
            kind: content.contexts.kind().as_str(),
            contexts: content.contexts.words(),
            written: format!("{}{}", ".".repeat(import.level as usize), import.module),
            alias: import.alias.as_deref(),
            defined_in: content.origin.as_ref().map(|origin| origin.path.as_str()),
            defined_as: content.origin.as_ref().map(|origin| match &origin.symbol {
                Some(symbol) => origin.module.child(symbol).to_string(),
                None => origin.module.to_string(),
            }),
            line: start.line + 1,
            column: start.character + 1,
            range: lines.range(import.name, encoding),
            implicit: content.implicit,
        })
    }
}

/// One object with all analysed files, a file per line.
pub(crate) fn json(snapshot: &Snapshot, names: &Names, form: Form, out: &mut dyn Write) -> io::Result<()> {
    write!(out, r#"{{"schema":{SCHEMA},"files":["#)?;
    for (index, (path, record)) in snapshot.records().enumerate() {
        out.write_all(if index == 0 { b"\n" } else { b",\n" })?;
        let row =
            FileRow::new(path, record, names, form.encoding, |edge| form.implicit || !edge.content.implicit);
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"\n]}\n")
}

/// What `ruff analyze graph` prints: each file with the first-party files that it imports by name, whatever
/// the circumstances, except through strings.
pub(crate) fn ruff(snapshot: &Snapshot, out: &mut dyn Write) -> io::Result<()> {
    let graph: BTreeMap<&str, BTreeSet<&str>> = snapshot
        .records()
        .map(|(path, record)| {
            let targets = record
                .edges()
                .iter()
                .filter(|edge| !edge.content.implicit && !edge.content.contexts.contains(Contexts::DYNAMIC))
                .filter_map(|edge| edge.content.resolved.as_ref().map(RelPath::as_str))
                .collect();
            (path.as_str(), targets)
        })
        .collect();
    serde_json::to_writer_pretty(&mut *out, &graph)?;
    writeln!(out)
}

/// For people: each file that imports something, and below it a line per import.
pub(crate) fn text(snapshot: &Snapshot, names: &Names, form: Form, out: &mut dyn Write) -> io::Result<()> {
    let mut first = true;
    for (path, record) in snapshot.records() {
        let wanted = |edge: &Edge| form.implicit || !edge.content.implicit;
        if record.edges().iter().any(wanted) {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            text_of_file(path, record, names, wanted, out)?;
        }
    }
    Ok(())
}

/// One file's imports for people.
pub(crate) fn text_of_file(
    path: &RelPath,
    record: &FileRecord,
    names: &Names,
    wanted: impl Fn(&Edge) -> bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    /// Names longer than this push their own line's target to the right, not everybody's.
    const WIDEST: usize = 56;
    writeln!(out, "{}  ({})", escape_line(path.as_str()), escape_line(names.module(path).as_str()))?;
    let lines = record.facts().outline.lines.resolver();
    let imports = &record.facts().imports.imports;
    let rows: Vec<_> = record
        .edges()
        .iter()
        .filter(|edge| wanted(edge))
        .filter_map(|edge| {
            let import = imports.get(edge.import as usize)?;
            let line = lines.position(import.statement.start, PositionEncoding::Utf32).line + 1;
            Some((line, name(edge), target(edge)))
        })
        .collect();
    let width = rows.iter().map(|(_, name, _)| name.chars().count()).filter(|&width| width <= WIDEST).max();
    for (line, name, target) in &rows {
        writeln!(out, "{line:>6}  {name:<width$}  {target}", width = width.unwrap_or(0))?;
    }
    Ok(())
}

fn name(edge: &Edge) -> String {
    let content = &*edge.content;
    let name = match &content.symbol {
        Some(symbol) => content.module.child(symbol),
        None => content.module.clone(),
    };
    escape_line(name.as_str()).into_owned()
}

fn target(edge: &Edge) -> String {
    let content = &*edge.content;
    let mut target = match (&content.resolved, content.class) {
        (Some(path), _) => format!("→ {}", escape_line(path.as_str())),
        (None, TargetClass::FirstParty) => "namespace package".to_owned(),
        (None, class) => class.as_str().to_owned(),
    };
    if let Some(origin) =
        content.origin.as_ref().filter(|origin| Some(&origin.path) != content.resolved.as_ref())
    {
        target += &format!(" → {}", escape_line(origin.path.as_str()));
    }
    let mut remarks = content.contexts.words();
    if content.implicit {
        remarks.push("implicit");
    }
    if !remarks.is_empty() {
        target += &format!("  [{}]", remarks.join(", "));
    }
    target
}
