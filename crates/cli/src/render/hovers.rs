//! Hovers as JSON lines, and for people.

use std::io::{self, Write};

use serde::Serialize;
use staniel_check::{escape_line, escape_text};
use staniel_facts::{
    Answer, Definition, FileFacts, FileRecord, Flags, Hover, LineResolver, ModuleName, PositionEncoding,
    Range, RelPath,
};

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
    module: ModuleName,
    provider: &'a str,
    lines: LineResolver,
}

impl<'a> FileHovers<'a> {
    pub(crate) fn new(provider: &'a str, path: &'a RelPath, facts: &FileFacts, names: &Names) -> Self {
        let (module, lines) = (names.module(path), facts.outline.lines.resolver());
        Self { path, module, provider, lines }
    }

    /// A definition of this file, with the answer; `None` where nobody was asked.
    pub(crate) fn row(
        &self,
        definition: &'a Definition,
        answer: Option<Answer<'a>>,
        encoding: PositionEncoding,
    ) -> HoverRow<'a> {
        let hover = Hover::new(definition, answer.unwrap_or_default());
        let stands_in = hover.flags.contains(Flags::QUARANTINED);
        HoverRow {
            path: self.path.as_str(),
            symbol: Names::symbol(&self.module, &definition.id),
            kind: hover.kind.as_str(),
            range: self.lines.range(definition.name, encoding),
            full_range: self.lines.range(definition.full, encoding),
            signature: hover.signature,
            decorators: hover.decorators,
            text: answer.and_then(|answer| answer.text),
            normal: hover.normal,
            doc: hover.doc,
            provider: answer.map(|_| if stands_in { "declared" } else { self.provider }),
            flags: hover.flags.words(),
        }
    }

    /// All definitions of the file, as `record` has them.
    fn rows(
        &self,
        record: &'a FileRecord,
        encoding: PositionEncoding,
    ) -> impl Iterator<Item = (&'a Definition, HoverRow<'a>)> {
        let definitions = record.facts().outline.definitions.iter().enumerate();
        definitions.map(move |(index, definition)| {
            let answer = record.answers().map(|answers| answers.get(index));
            (definition, self.row(definition, answer, encoding))
        })
    }

    /// Line and column of a definition's name, as people count.
    fn place(&self, definition: &Definition) -> (u32, u32) {
        let start = self.lines.position(definition.name.start, PositionEncoding::Utf32);
        (start.line + 1, start.character + 1)
    }
}

/// One line of JSON per definition.
pub(crate) fn jsonl(
    file: &FileHovers<'_>,
    record: &FileRecord,
    encoding: PositionEncoding,
    out: &mut dyn Write,
) -> io::Result<()> {
    for (_, row) in file.rows(record, encoding) {
        serde_json::to_writer(&mut *out, &row)?;
        out.write_all(b"\n")?;
    }
    Ok(())
}

/// One line per definition, for people.
pub(crate) fn text(file: &FileHovers<'_>, record: &FileRecord, out: &mut dyn Write) -> io::Result<()> {
    let path = escape_line(file.path.as_str());
    for (definition, row) in file.rows(record, PositionEncoding::Utf32) {
        let (line, column) = file.place(definition);
        let symbol = escape_line(&row.symbol);
        write!(out, "{path}:{line}:{column}: {} {symbol}", row.kind)?;
        match row.text {
            Some(text) => writeln!(out, ": {}", escape_line(&one_line(text)))?,
            None => writeln!(out)?,
        }
    }
    Ok(())
}

/// One definition in full, for people.
pub(crate) fn one(
    file: &FileHovers<'_>,
    definition: &Definition,
    answer: Option<Answer<'_>>,
    out: &mut dyn Write,
) -> io::Result<()> {
    let row = file.row(definition, answer, PositionEncoding::Utf32);
    let (line, column) = file.place(definition);
    let (path, symbol) = (escape_line(row.path), escape_line(&row.symbol));
    writeln!(out, "{path}:{line}:{column}  {} {symbol}\n", row.kind)?;
    for decorator in row.decorators {
        writeln!(out, "    @{}", escape_line(decorator))?;
    }
    writeln!(out, "    {}", escape_line(row.signature))?;
    let provider = row.provider.unwrap_or("nobody was asked");
    let remarks = std::iter::once(provider).chain(row.flags).collect::<Vec<_>>().join(", ");
    write_type(row.text, &remarks, out)?;
    if let Some(doc) = row.doc {
        writeln!(out, "\n{}", escape_text(doc))?;
    }
    Ok(())
}

/// A type, and what must be said of it, for people. Servers write long ones as several lines.
pub(super) fn write_type(text: Option<&str>, remarks: &str, out: &mut dyn Write) -> io::Result<()> {
    let text = text.unwrap_or("unknown");
    if !text.contains('\n') {
        return writeln!(out, "\ntype: {}  ({remarks})", escape_line(text));
    }
    writeln!(out, "\ntype  ({remarks}):\n")?;
    for line in text.lines() {
        writeln!(out, "{}", format!("    {}", escape_line(line)).trim_end())?;
    }
    Ok(())
}

/// Several lines as one, as if they had never been broken.
fn one_line(text: &str) -> String {
    let mut whole = String::new();
    for line in text.lines().map(str::trim).filter(|line| !line.is_empty()) {
        if !whole.is_empty() && !whole.ends_with(['(', '[']) && !line.starts_with([')', ']']) {
            whole.push(' ');
        }
        whole.push_str(line);
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn types_of_several_lines() {
        let text =
            "(method) def f(\n    self: C,\n    x: list[\n        int\n    ]\n) -> None\n\nMight be: \x1b[1m";
        assert_eq!(one_line(text), "(method) def f(self: C, x: list[int]) -> None Might be: \x1b[1m");
        let mut out = Vec::new();
        write_type(Some(text), "pyright, partial", &mut out).unwrap();
        let expected = r"
type  (pyright, partial):

    (method) def f(
        self: C,
        x: list[
            int
        ]
    ) -> None

    Might be: \u{1b}[1m
";
        assert_eq!(String::from_utf8(out).unwrap(), expected);
    }
}
