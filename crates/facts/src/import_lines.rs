//! Where a file's imports stand, without the places of everything else.

use serde::{Deserialize, Serialize};

use crate::{Position, PositionEncoding, Range, Span};

/// The lines on which a file's imports stand: what gives their spans lines and columns without the text, and
/// without a [`crate::LineIndex`] of all of it. Memory: some ten bytes per line that an import stands on.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct ImportLines {
    /// Sorted.
    lines: Box<[ImportLine]>,
    /// The characters of more than one byte on these lines: (offset, length). Sorted.
    wide: Box<[(u32, u8)]>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
struct ImportLine {
    /// Its first byte.
    start: u32,
    /// Counts from 0, in the cell if there are cells.
    number: u32,
    /// Counts from 1; 0 outside notebooks.
    cell: u32,
}

/// A cell of a notebook whose code is part of a text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Cell {
    /// The first byte of its code.
    pub start: u32,
    /// Its number among all cells of the notebook, from 1.
    pub number: u32,
}

/// A range of an import and the notebook cell that it is in.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub struct ImportRange {
    /// The cell, from 1; `None` outside notebooks.
    pub cell: Option<u32>,
    /// Lines count from the beginning of the cell, or else of the file.
    pub range: Range,
}

impl ImportLines {
    /// Finds the lines of `spans`, which must be sorted by start, in a decoded text; `cells` are those of a
    /// notebook, in order, and empty elsewhere. Cost: one pass up to the last span.
    pub fn new(text: &str, spans: impl IntoIterator<Item = Span>, cells: &[Cell]) -> Self {
        let bytes = text.as_bytes();
        let mut lines: Vec<ImportLine> = Vec::new();
        let mut wide = Vec::new();
        // Without carriage returns, which few texts have, lines are counted by whole machine words.
        let unix = memchr::memchr(b'\r', bytes).is_none();
        let (mut counted, mut number, mut cell) = (0usize, 0u32, 0usize);
        // Where the last line ends that was looked at. Many imports may stand on one, which may be as long as the text.
        let mut behind = 0;
        for span in spans {
            let (start, end) = ((span.start as usize).min(bytes.len()), (span.end as usize).min(bytes.len()));
            let mut line = if start < behind { behind } else { line_start(bytes, start) };
            while line <= end {
                let next = line_end(bytes, line);
                while cells.get(cell).is_some_and(|cell| cell.start as usize <= line) {
                    (counted, number) = (cells[cell].start as usize, 0);
                    cell += 1;
                }
                number += newlines(&bytes[counted..line], unix);
                counted = line;
                let cell = cell.checked_sub(1).map_or(0, |cell| cells[cell].number);
                lines.push(ImportLine { start: line as u32, number, cell });
                let content = &text[line..next];
                if !content.is_ascii() {
                    let long = content.char_indices().filter(|(_, character)| !character.is_ascii());
                    wide.extend(long.map(|(at, c)| ((line + at) as u32, c.len_utf8() as u8)));
                }
                // Behind a line without an end there is nothing.
                let ends = matches!(bytes[line..next].last(), Some(b'\n' | b'\r'));
                behind = if ends { next } else { usize::MAX };
                line = behind;
            }
        }
        Self { lines: lines.into(), wide: wide.into() }
    }

    /// Where `span`, which is that of an import or of a name in it, stands. Logarithmic. Spans on other lines
    /// have no place here: they are given that of the line before.
    pub fn range(&self, span: Span, encoding: PositionEncoding) -> ImportRange {
        let (cell, start) = self.position(span.start, encoding);
        let (_, end) = self.position(span.end, encoding);
        ImportRange { cell: (cell > 0).then_some(cell), range: Range { start, end } }
    }

    fn position(&self, offset: u32, encoding: PositionEncoding) -> (u32, Position) {
        let index = self.lines.partition_point(|line| line.start <= offset);
        let Some(line) = index.checked_sub(1).map(|index| self.lines[index]) else {
            return (0, Position::default());
        };
        let from = self.wide.partition_point(|&(at, _)| at < line.start);
        let until = self.wide.partition_point(|&(at, _)| at < offset);
        let surplus: u32 = self.wide[from..until].iter().map(|&(_, length)| encoding.surplus(length)).sum();
        let character = (offset - line.start).saturating_sub(surplus);
        (line.cell, Position { line: line.number, character })
    }
}

/// The start of the line that byte `at` is on.
fn line_start(bytes: &[u8], at: usize) -> usize {
    memchr::memrchr2(b'\n', b'\r', &bytes[..at]).map_or(0, |newline| newline + 1)
}

/// The byte behind the line that begins at `start`, its terminator included.
fn line_end(bytes: &[u8], start: usize) -> usize {
    match memchr::memchr2(b'\n', b'\r', &bytes[start..]) {
        Some(length) if bytes[start + length..].starts_with(b"\r\n") => start + length + 2,
        Some(length) => start + length + 1,
        None => bytes.len(),
    }
}

/// How many lines end in `bytes`, which do not break off between `\r` and `\n`.
fn newlines(bytes: &[u8], unix: bool) -> u32 {
    let count = if unix {
        memchr::memchr_iter(b'\n', bytes).count()
    } else {
        let ends = memchr::memchr2_iter(b'\n', b'\r', bytes);
        ends.filter(|&at| bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n')).count()
    };
    u32::try_from(count).unwrap_or(u32::MAX)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::LineIndex;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn places_are_those_of_the_whole_index(
            text in "[ab\n\ré😀世]{0,40}",
            cuts in prop::collection::vec((0usize..40, 0usize..8), 0..4),
        ) {
            let boundary = |at: usize| (0..=at.min(text.len())).rev().find(|at| text.is_char_boundary(*at));
            let mut spans: Vec<Span> = cuts
                .iter()
                .map(|(start, length)| {
                    let start = boundary(*start).unwrap();
                    Span::new(start, boundary(start + length).unwrap().max(start))
                })
                .collect();
            spans.sort();
            // Between `\r` and `\n` no import begins or ends.
            let split = |at: u32| text[..at as usize].ends_with('\r') && text[at as usize..].starts_with('\n');
            spans.retain(|span| !split(span.start) && !split(span.end));
            let lines = ImportLines::new(&text, spans.iter().copied(), &[]);
            let whole = LineIndex::new(&text).resolver();
            for span in spans {
                for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
                    let expected = ImportRange { cell: None, range: whole.range(span, encoding) };
                    prop_assert_eq!(lines.range(span, encoding), expected);
                }
            }
        }
    }

    /// Were each span's line looked at anew, this would take hours.
    #[test]
    fn many_spans_on_one_long_line() {
        let text = "import a;".repeat(200_000);
        let spans = (0..200_000).map(|number| Span::new(9 * number, 9 * number + 8));
        let lines = ImportLines::new(&text, spans, &[]);
        let last = lines.range(Span::new(1_799_991, 1_799_999), PositionEncoding::Utf8);
        assert_eq!((last.range.start.line, last.range.start.character), (0, 1_799_991));
    }

    #[test]
    fn lines_of_notebooks_count_in_their_cell() {
        let text = "import a\n\nx\nimport b\n";
        let cells = [Cell { start: 0, number: 2 }, Cell { start: 10, number: 5 }];
        let lines = ImportLines::new(text, [Span::new(0, 8), Span::new(12, 20)], &cells);
        let place = |start, end| {
            let found = lines.range(Span::new(start, end), PositionEncoding::Utf16);
            (found.cell, found.range.start.line, found.range.start.character)
        };
        assert_eq!(place(7, 8), (Some(2), 0, 7));
        assert_eq!(place(19, 20), (Some(5), 1, 7));
    }
}
