//! Hovers as JSON lines, and for people.

use std::io::{self, Write};

use serde::Serialize;
use staniel_check::{escape_line, escape_text};
use staniel_facts::{FileRecord, Flags, LineResolver, ModuleName, PositionEncoding, Range, RelPath};

use crate::render::names::Names;

/// One definition in JSON.
#[derive(Serialize)]
pub(crate) struct HoverRow<'a> {
    path: &'a str,
    symbol: String,
    kind: &'static str,
    range: Range,
    full_range: Range,
    signature: &'a str,
    decorators: &'a [std::sync::Arc<str>],
    #[serde(rename = "type")]
    text: Option<&'a str>,
    normal: Option<&'a str>,
    doc: Option<&'a str>,
    provider: Option<&'a str>,
    flags: Vec<&'static str>,
}

/// What the rows of one file have in common.
pub(crate) struct FileHovers<'a> {
    path: &'a RelPath,
    record: &'a FileRecord,
    module: ModuleName,
    provider: &'a str,
    lines: LineResolver,
}

impl<'a> FileHovers<'a> {
    pub(crate) fn new(provider: &'a str, path: &'a RelPath, record: &'a FileRecord, names: &Names) -> Self {
        Self {
            path,
            record,
            module: names.module(path),
            provider,
            lines: record.facts().outline.lines.resolver(),
        }
    }

    /// How many definitions the file has.
    fn len(&self) -> usize {
        self.record.facts().outline.definitions.len()
    }

    /// The definition with this index in the outline.
    pub(crate) fn row(&self, index: usize, encoding: PositionEncoding) -> HoverRow<'a> {
        let definition = &self.record.facts().outline.definitions[index];
        let hover = self.record.hover(index);
        let provider = self
            .record
            .answers()
            .map(|_| if hover.flags.contains(Flags::QUARANTINED) { "declared" } else { self.provider });
        HoverRow {
            path: self.path.as_str(),
            symbol: Names::symbol(&self.module, &definition.id),
            kind: definition.kind.as_str(),
            range: self.lines.range(definition.name, encoding),
            full_range: self.lines.range(definition.full, encoding),
            signature: &definition.signature,
            decorators: hover.decorators,
            text: self.record.answers().and_then(|answers| answers.get(index).text),
            normal: hover.normal,
            doc: hover.doc,
            provider,
            flags: hover.flags.words(),
        }
    }

    /// Line and column of the definition's name, as people count.
    fn place(&self, index: usize) -> (u32, u32) {
        let name = self.record.facts().outline.definitions[index].name;
        let start = self.lines.position(name.start, PositionEncoding::Utf32);
        (start.line + 1, start.character + 1)
    }
}

/// One line of JSON per definition.
pub(crate) fn jsonl(
    file: &FileHovers<'_>,
    encoding: PositionEncoding,
    out: &mut dyn Write,
) -> io::Result<()> {
    for index in 0..file.len() {
        serde_json::to_writer(&mut *out, &file.row(index, encoding))?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// One line per definition, for people.
pub(crate) fn text(file: &FileHovers<'_>, out: &mut dyn Write) -> io::Result<()> {
    let path = escape_line(file.path.as_str());
    for index in 0..file.len() {
        let row = file.row(index, PositionEncoding::Utf32);
        let (line, column) = file.place(index);
        let symbol = escape_line(&row.symbol);
        write!(out, "{path}:{line}:{column}: {} {symbol}", row.kind)?;
        match row.text {
            Some(text) => writeln!(out, ": {}", escape_line(text))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// One definition in full, for people.
pub(crate) fn one(file: &FileHovers<'_>, index: usize, out: &mut dyn Write) -> io::Result<()> {
    let row = file.row(index, PositionEncoding::Utf32);
    let (line, column) = file.place(index);
    let (path, symbol) = (escape_line(row.path), escape_line(&row.symbol));
    writeln!(out, "{path}:{line}:{column}  {} {symbol}\n", row.kind)?;
    for decorator in row.decorators {
        writeln!(out, "    @{}", escape_line(decorator))?;
    }
    writeln!(out, "    {}", escape_line(row.signature))?;
    let provider = row.provider.unwrap_or("nobody was asked");
    let remarks = std::iter::once(provider).chain(row.flags).collect::<Vec<_>>().join(", ");
    let text = escape_line(row.text.unwrap_or("unknown"));
    writeln!(out, "\ntype: {text}  ({remarks})")?;
    if let Some(doc) = row.doc {
        writeln!(out, "\n{}", escape_text(doc))?;
    }
    Ok(())
}
