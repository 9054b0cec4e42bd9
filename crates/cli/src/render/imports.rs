//! The import map as text, as JSON, and as `ruff analyze graph` prints it.

use std::io::{self, Write};

use serde::Serialize;
use serde::ser::{SerializeMap, Serializer};
use staniel_check::escape_line;
use staniel_engine::{Damaged, FileImports, FileNumber, ImportMap};
use staniel_facts::{
    Contexts, Edge, Import, ModuleName, PositionEncoding, Range, RelPath, SCHEMA, SkipReason, TargetClass,
};

use crate::modules::Wanted;

/// How the import map is shown.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Form {
    /// Which edges.
    pub(crate) wanted: Wanted,
    /// The units of `range`.
    pub(crate) encoding: PositionEncoding,
}

/// One file in JSON.
#[derive(Serialize)]
pub(crate) struct FileRow<'a> {
    path: &'a str,
    module: ModuleName,
    imports: Vec<ImportRow<'a>>,
}

/// One import in JSON.
#[derive(Serialize)]
struct ImportRow<'a> {
    module: &'a str,
    symbol: Option<&'a str>,
    resolved: Option<&'a str>,
    /// The stub that type checkers read instead.
    #[serde(skip_serializing_if = "Option::is_none")]
    stub: Option<&'a str>,
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
    /// Of a notebook, from 1: then lines count in it.
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<u32>,
    /// Of the statement; both count from 1, columns in characters. `None` where there is no statement.
    line: Option<u32>,
    column: Option<u32>,
    /// Of the name.
    range: Option<Range>,
    #[serde(skip_serializing_if = "std::ops::Not::not")]
    implicit: bool,
    /// Whether the file imports itself.
    #[serde(rename = "self", skip_serializing_if = "std::ops::Not::not")]
    itself: bool,
}

impl<'a> FileRow<'a> {
    /// The file's edges for which `wanted` holds.
    pub(crate) fn new(
        path: &'a RelPath,
        module: ModuleName,
        file: &'a FileImports,
        encoding: PositionEncoding,
        wanted: impl Fn(&Edge) -> bool,
    ) -> Self {
        let edges = file.edges.iter().filter(|edge| wanted(edge));
        let imports = edges.map(|edge| ImportRow::new(edge, path, file, encoding)).collect();
        Self { path: path.as_str(), module, imports }
    }
}

impl<'a> ImportRow<'a> {
    fn new(edge: &'a Edge, path: &RelPath, file: &'a FileImports, encoding: PositionEncoding) -> Self {
        let import = file.facts.imports.get(edge.import as usize);
        let content = &*edge.content;
        let statement = import.map(|import| file.facts.range(import.statement, PositionEncoding::Utf32));
        let start = statement.map(|statement| statement.range.start);
        Self {
            module: content.module.as_str(),
            symbol: content.symbol.as_deref(),
            resolved: content.resolved.as_ref().map(RelPath::as_str),
            stub: content.stub.as_ref().map(RelPath::as_str),
            class: content.class.as_str(),
            kind: content.contexts.kind().as_str(),
            contexts: content.contexts.words(),
            written: import.map_or_else(|| content.module.to_string(), Import::written),
            alias: import.and_then(|import| import.alias.as_deref()),
            defined_in: content.origin.as_ref().map(|origin| origin.path.as_str()),
            defined_as: content.origin.as_ref().map(|origin| match &origin.symbol {
                Some(symbol) => origin.module.child(symbol).to_string(),
                None => origin.module.to_string(),
            }),
            cell: statement.and_then(|statement| statement.cell),
            line: start.map(|start| start.line + 1),
            column: start.map(|start| start.character + 1),
            range: import.map(|import| file.facts.range(import.name, encoding).range),
            implicit: content.implicit,
            itself: content.resolved.as_ref() == Some(path),
        }
    }
}

/// A file that was not read, in JSON.
#[derive(Serialize)]
struct SkippedRow<'a> {
    path: &'a str,
    reason: &'static str,
    message: String,
}

impl<'a> SkippedRow<'a> {
    fn new((path, reason): &'a (RelPath, SkipReason)) -> Self {
        Self { path: path.as_str(), reason: reason.code(), message: reason.to_string() }
    }
}

/// One object with all analysed files, a file per line, and those that could not be read.
pub(crate) fn json(map: &ImportMap, form: Form, out: &mut dyn Write) -> anyhow::Result<()> {
    write!(out, r#"{{"schema":{SCHEMA},"files":["#)?;
    let mut skipped: Vec<(RelPath, SkipReason)> = map.skipped().to_vec();
    let mut first = true;
    for row in map.rows() {
        let (path, file) = row?;
        if let Some(reason) = &file.facts.refused {
            skipped.push((path.clone(), reason.clone()));
            continue;
        }
        out.write_all(if std::mem::take(&mut first) { b"\n" } else { b",\n" })?;
        let row = FileRow::new(path, map.module(path), file, form.encoding, |edge| form.wanted.counts(edge));
        serde_json::to_writer(&mut *out, &row)?;
    }
    out.write_all(b"\n],\"skipped\":")?;
    skipped.sort();
    serde_json::to_writer(&mut *out, &skipped.iter().map(SkippedRow::new).collect::<Vec<_>>())?;
    out.write_all(b"}\n")?;
    Ok(())
}

/// What `ruff analyze graph` prints: each file with the first-party files that it imports by name, whatever
/// the circumstances, except through strings.
pub(crate) struct RuffGraph(Vec<(RelPath, Vec<RelPath>)>);

impl RuffGraph {
    /// Made of links alone, which say enough.
    pub(crate) fn new(map: &ImportMap, wanted: Wanted) -> Result<Self, Damaged> {
        let mut rows = Vec::with_capacity(map.paths().len());
        for (file, path) in (0..).zip(map.paths()) {
            let shown = map
                .links(file)?
                .iter()
                .filter(|link| wanted.counts_link(link) && !link.contexts.contains(Contexts::DYNAMIC));
            let mut targets: Vec<FileNumber> = shown.map(|link| link.to).collect();
            targets.dedup();
            let mut targets: Vec<RelPath> =
                targets.into_iter().map(|file| map.path(file).cloned()).collect::<Result<_, _>>()?;
            // Files that are not reported have numbers behind the others.
            targets.sort_unstable();
            rows.push((path.clone(), targets));
        }
        Ok(Self(rows))
    }

    pub(crate) fn print(&self, out: &mut dyn Write) -> anyhow::Result<()> {
        serde_json::to_writer_pretty(&mut *out, self)?;
        writeln!(out)?;
        Ok(())
    }
}

impl Serialize for RuffGraph {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(Some(self.0.len()))?;
        for (path, targets) in &self.0 {
            map.serialize_entry(path, targets)?;
        }
        map.end()
    }
}

/// For people: each file that imports something, and below it a line per import.
pub(crate) fn text(map: &ImportMap, form: Form, out: &mut dyn Write) -> anyhow::Result<()> {
    let mut first = true;
    for row in map.rows() {
        let (path, file) = row?;
        if file.edges.iter().any(|edge| form.wanted.counts(edge)) {
            if !std::mem::take(&mut first) {
                writeln!(out)?;
            }
            text_of_file(path, &map.module(path), file, |edge| form.wanted.counts(edge), out)?;
        }
    }
    Ok(())
}

/// One file's imports for people.
pub(crate) fn text_of_file(
    path: &RelPath,
    module: &ModuleName,
    file: &FileImports,
    wanted: impl Fn(&Edge) -> bool,
    out: &mut dyn Write,
) -> io::Result<()> {
    /// Names longer than this push their own line's target to the right, not everybody's.
    const WIDEST: usize = 56;
    writeln!(out, "{}  ({})", escape_line(path.as_str()), escape_line(module.as_str()))?;
    let rows: Vec<_> = file
        .edges
        .iter()
        .filter(|edge| wanted(edge))
        .map(|edge| (line(edge, file).unwrap_or_default(), name(edge), target(edge, path)))
        .collect();
    let width = rows.iter().map(|(_, name, _)| name.chars().count()).filter(|&width| width <= WIDEST).max();
    for (line, name, target) in &rows {
        writeln!(out, "{line:>6}  {name:<width$}  {target}", width = width.unwrap_or(0))?;
    }
    Ok(())
}

/// The line of an edge's statement, as people count; of a notebook the cell and the line in it. `None` for what no
/// statement imports.
pub(crate) fn line(edge: &Edge, file: &FileImports) -> Option<String> {
    let import = file.facts.imports.get(edge.import as usize)?;
    let place = file.facts.range(import.statement, PositionEncoding::Utf32);
    let line = place.range.start.line + 1;
    Some(match place.cell {
        Some(cell) => format!("{cell}:{line}"),
        None => line.to_string(),
    })
}

/// What an edge imports, as a dotted name.
pub(crate) fn name(edge: &Edge) -> String {
    let content = &*edge.content;
    let name = match &content.symbol {
        Some(symbol) => content.module.child(symbol),
        None => content.module.clone(),
    };
    escape_line(name.as_str()).into_owned()
}

fn target(edge: &Edge, path: &RelPath) -> String {
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
    if let Some(stub) = &content.stub {
        target += &format!(" (types: {})", escape_line(stub.as_str()));
    }
    let mut remarks = content.contexts.words();
    if content.implicit {
        remarks.push("implicit");
    }
    if content.resolved.as_ref() == Some(path) {
        remarks.push("itself");
    }
    if !remarks.is_empty() {
        target += &format!("  [{}]", remarks.join(", "));
    }
    target
}
