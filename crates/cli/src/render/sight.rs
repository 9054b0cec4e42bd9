//! What stands at a place that defines nothing, and what a name means that is defined elsewhere: as JSON, and for people.

use std::io::{self, Write};

use serde::Serialize;
use staniel_check::{escape_line, escape_text};
use staniel_engine::{Defined, Seen};
use staniel_facts::{FileFacts, PositionEncoding, Range, RelPath};

use crate::render::hovers::write_type;
use crate::render::names::Names;

/// An identifier in JSON.
#[derive(Serialize)]
pub(crate) struct SightRow<'a> {
    path: &'a str,
    range: Range,
    #[serde(rename = "type")]
    text: Option<&'a str>,
    normal: Option<&'a str>,
    provider: &'a str,
    flags: Vec<&'static str>,
    definition: Option<DefinitionRow<'a>>,
}

/// What an identifier means.
#[derive(Serialize)]
pub(crate) struct DefinitionRow<'a> {
    path: &'a str,
    range: Range,
    /// Outside of the project, the name within its file.
    symbol: Option<String>,
    kind: &'static str,
    signature: Option<&'a str>,
    decorators: Vec<&'a str>,
    doc: Option<&'a str>,
}

impl<'a> SightRow<'a> {
    pub(crate) fn new(
        path: &'a RelPath,
        facts: &FileFacts,
        seen: &'a Seen,
        provider: &'a str,
        names: &Names,
        encoding: PositionEncoding,
    ) -> Self {
        Self {
            path: path.as_str(),
            range: facts.outline.lines.resolver().range(seen.token, encoding),
            text: seen.text.as_deref(),
            normal: seen.normal.as_deref(),
            provider,
            flags: seen.flags.words(),
            definition: seen.target.as_ref().map(|target| DefinitionRow::new(target, names, encoding)),
        }
    }

    /// For people.
    pub(crate) fn text(&self, facts: &FileFacts, seen: &Seen, out: &mut dyn Write) -> io::Result<()> {
        let lines = facts.outline.lines.resolver();
        let start = lines.position(seen.token.start, PositionEncoding::Utf32);
        writeln!(out, "{}:{}:{}", escape_line(self.path), start.line + 1, start.character + 1)?;
        let remarks = std::iter::once(self.provider).chain(self.flags.iter().copied());
        let remarks = remarks.collect::<Vec<_>>().join(", ");
        write_type(self.text, &remarks, out)?;
        match (&self.definition, &seen.target) {
            (Some(row), Some(target)) => row.text(target, out),
            _ => Ok(()),
        }
    }
}

impl<'a> DefinitionRow<'a> {
    pub(crate) fn new(target: &'a Defined, names: &Names, encoding: PositionEncoding) -> Self {
        let module = target.path.as_ref().map(|path| names.module(path));
        let definition = target.definition.as_ref();
        let is_module = definition.is_none() && target.name.start == target.name.end;
        let symbol = match (module, definition) {
            (Some(module), Some(definition)) => Some(Names::symbol(&module, &definition.id)),
            (Some(module), None) if is_module => Some(module.to_string()),
            (None, Some(definition)) => Some(definition.id.qualified_name.to_string()),
            _ => None,
        };
        Self {
            path: &target.file,
            range: target.lines.range(target.name, encoding),
            symbol,
            kind: match definition {
                Some(definition) => definition.kind.as_str(),
                None if is_module => "module",
                None => "name",
            },
            signature: definition.map(|definition| &*definition.signature),
            decorators: definition
                .map(|definition| definition.decorators.iter().map(|decorator| &**decorator).collect())
                .unwrap_or_default(),
            doc: target.doc.as_deref(),
        }
    }

    /// For people, below what was said of the identifier.
    pub(crate) fn text(&self, target: &Defined, out: &mut dyn Write) -> io::Result<()> {
        let at = target.lines.position(target.name.start, PositionEncoding::Utf32);
        let (file, symbol) = (escape_line(self.path), self.symbol.as_deref().map(escape_line));
        write!(out, "\n{file}:{}:{}  {}", at.line + 1, at.character + 1, self.kind)?;
        match symbol {
            Some(symbol) => writeln!(out, " {symbol}")?,
            None => writeln!(out)?,
        }
        if self.signature.is_some() {
            writeln!(out)?;
        }
        for decorator in &self.decorators {
            writeln!(out, "    @{}", escape_line(decorator))?;
        }
        if let Some(signature) = self.signature {
            writeln!(out, "    {}", escape_line(signature))?;
        }
        if let Some(doc) = self.doc {
            writeln!(out, "\n{}", escape_text(doc))?;
        }
        Ok(())
    }
}
