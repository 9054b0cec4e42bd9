//! A place as people type it: which file it means, where that is in it, and what to say where nothing is.

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use staniel_facts::{FileFacts, LineResolver, Position, PositionEncoding, RelPath, SourceKind};

use super::base::Base;
use crate::error::UserError;
use crate::root;

/// A place as people type it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Place<'a> {
    path: &'a Utf8Path,
    line: u32,
    pub(super) column: Option<u32>,
}

impl<'a> Place<'a> {
    pub(super) fn parse(text: &'a str) -> Result<Self, UserError> {
        let number = |text: &str| text.parse::<u32>().ok().filter(|&number| number > 0);
        let split = |text: &'a str| {
            let (rest, last) = text.rsplit_once(':')?;
            Some((rest, number(last)?))
        };
        let place = split(text).filter(|(rest, _)| !rest.is_empty()).map(|(rest, last)| match split(rest) {
            Some((path, line)) if !path.is_empty() => Self { path: path.into(), line, column: Some(last) },
            _ => Self { path: rest.into(), line: last, column: None },
        });
        place.ok_or_else(|| {
            UserError::new(format!("`{text}` names no place")).hint(
                "a place is FILE:LINE or FILE:LINE:COL, counted from 1: `staniel hover shop/cart.py:12:7`",
            )
        })
    }

    /// The project of the file and what the file is called in it. The file is there, and one of those that are
    /// analysed as far as its name says: for anything else no tree is searched.
    pub(super) fn file(
        &self,
        root: Option<&Utf8Path>,
        cache_base: Option<&Utf8Path>,
    ) -> Result<(Utf8PathBuf, RelPath)> {
        // With a root, a path may also be the one that every other command prints.
        if let Some(root) = root.filter(|root| !self.path.exists() && root.join(self.path).exists())
            && let Some(path) = Base::new(root)?.inside(self.path.as_str())
        {
            check_file(&root.join(self.path))?;
            return Ok((root.to_owned(), path));
        }
        check_file(self.path)?;
        let root = root::find(root, &[self.path.to_owned()], cache_base)?;
        let path = root::relative(&root, self.path)?;
        Ok((root, path))
    }

    /// Where this is in the decoded text, or where the line begins if there is no column; `None` behind the
    /// end of the line.
    pub(super) fn offset(&self, facts: &FileFacts, lines: &LineResolver) -> Result<Option<u32>, UserError> {
        let count = facts.outline.lines.line_count();
        if self.line > count {
            let words = format!("`{}` has no line {}, it ends with {count}", self.path, self.line);
            return Err(UserError::new(words));
        }
        let place = Position { line: self.line - 1, character: self.column.map_or(0, |column| column - 1) };
        Ok(exact_offset(lines, place, PositionEncoding::Utf32))
    }

    /// The definition whose name stands at `offset`; without a column, the first on the line.
    pub(super) fn definition(&self, facts: &FileFacts, lines: &LineResolver, offset: u32) -> Option<usize> {
        if self.column.is_some() {
            return definition_at(facts, offset);
        }
        let line = |offset: u32| lines.position(offset, PositionEncoding::Utf32).line;
        let definitions = &facts.outline.definitions;
        let first = definitions.partition_point(|definition| definition.name.start < offset);
        (line(definitions.get(first)?.name.start) == line(offset)).then_some(first)
    }
}

/// Where a position is in the decoded text; `None` if there is no such line, or the line ends before.
pub(super) fn exact_offset(
    lines: &LineResolver,
    position: Position,
    encoding: PositionEncoding,
) -> Option<u32> {
    let offset = lines.offset(position, encoding)?;
    // Otherwise it is the end of the line, or the beginning of the next.
    (lines.position(offset, encoding) == position).then_some(offset)
}

/// The definition whose name stands at an offset, or ends there. Cost: logarithmic.
pub(super) fn definition_at(facts: &FileFacts, offset: u32) -> Option<usize> {
    // Names are tokens: in the order in which they begin they also end.
    let definitions = &facts.outline.definitions;
    let index = definitions.partition_point(|definition| definition.name.end < offset);
    definitions.get(index)?.name.touches(offset).then_some(index)
}

/// Says what is wrong with a file of which nothing can be known, whatever project it belongs to.
fn check_file(path: &Utf8Path) -> Result<(), UserError> {
    let metadata =
        path.metadata().map_err(|error| UserError::new(format!("`{path}` cannot be used: {error}")))?;
    if metadata.is_dir() {
        return Err(UserError::new(format!("`{path}` is a directory, and a place lies in a file"))
            .hint(format!("`staniel hovers {path}` lists all that is defined there")));
    }
    let name = RelPath::new(path.file_name().unwrap_or_default());
    match name.ok().and_then(|name| name.source_kind()) {
        Some(SourceKind::Python) => Ok(()),
        Some(SourceKind::Notebook) => {
            Err(UserError::new(format!("`{path}` is a notebook, of which only the imports are known")))
        }
        None => Err(UserError::new(format!("`{path}` is no Python file"))
            .hint("definitions are known of `.py` and `.pyi` files")),
    }
}

/// Says what there is instead: other definitions on the line, or else the one that the place lies in.
pub(super) fn nothing_there(place: &Place<'_>, facts: &FileFacts, provider: &str) -> UserError {
    let outline = &facts.outline;
    let lines = outline.lines.resolver();
    let position = |offset: u32| lines.position(offset, PositionEncoding::Utf32);
    let named = |definition: &staniel_facts::Definition| {
        let start = position(definition.name.start);
        format!(
            "`{}` at {}:{}:{}",
            definition.id.qualified_name,
            place.path,
            start.line + 1,
            start.character + 1
        )
    };
    let error = UserError::new(match place.column {
        Some(column) => format!("nothing is known at {}:{}:{column}", place.path, place.line),
        None => format!("nothing is defined on line {} of {}", place.line, place.path),
    });
    let on_line: Vec<_> = outline
        .definitions
        .iter()
        .filter(|definition| position(definition.name.start).line + 1 == place.line)
        .take(4)
        .map(named)
        .collect();
    if !on_line.is_empty() {
        return error.hint(format!("on this line: {}", on_line.join(", ")));
    }
    let start = Position { line: place.line - 1, character: place.column.map_or(0, |column| column - 1) };
    let offset = lines.offset(start, PositionEncoding::Utf32).unwrap_or(0);
    let around = outline.definitions.iter().filter(|definition| definition.full.touches(offset));
    match around.min_by_key(|definition| definition.full.end - definition.full.start) {
        Some(definition) => error.hint(format!("the place lies in {}", named(definition))),
        None if provider == "declared" => {
            error.hint("`declared` knows what a file defines, not what it uses: ask another provider")
        }
        None => error.hint("a place is the line and the column of a name: `staniel hover FILE:LINE:COL`"),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn places() {
        let place = |path: &'static str, line, column| Some(Place { path: path.into(), line, column });
        assert_eq!(Place::parse("a/b.py:12").ok(), place("a/b.py", 12, None));
        assert_eq!(Place::parse("a/b.py:12:7").ok(), place("a/b.py", 12, Some(7)));
        assert_eq!(Place::parse("C:/b:1.py:12:7").ok(), place("C:/b:1.py", 12, Some(7)));
        for bad in ["", "a.py", "a.py:", ":3", "a.py:0", "a.py:x", "a.py:99999999999"] {
            assert!(Place::parse(bad).is_err(), "{bad}");
        }
    }
}
