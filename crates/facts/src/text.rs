//! Places in a text: byte spans inside, lines and columns at the door.

use serde::{Deserialize, Serialize};

/// A half-open range of bytes in a file's *decoded* text (UTF-8, without a byte order mark).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Span {
    /// The first byte.
    pub start: u32,
    /// The byte after the last.
    pub end: u32,
}

impl Span {
    /// The span from `start` to `end`.
    pub fn new(start: usize, end: usize) -> Self {
        let narrow = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: narrow(start), end: narrow(end) }
    }

    /// Whether `offset` lies inside, or directly behind the last byte (where a cursor still touches it).
    pub fn touches(&self, offset: u32) -> bool {
        self.start <= offset && offset <= self.end
    }
}

/// A place as people and editors name it; both parts count from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Position {
    /// The line.
    pub line: u32,
    /// Code units of the chosen [`PositionEncoding`] before the place in its line.
    pub character: u32,
}

/// Two [`Position`]s, the end exclusive.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Range {
    /// The first place.
    pub start: Position,
    /// The place after the last.
    pub end: Position,
}

/// In what units [`Position::character`] counts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub enum PositionEncoding {
    /// Bytes.
    Utf8,
    /// What the language server protocol counts unless told otherwise.
    #[default]
    Utf16,
    /// Unicode scalar values: what `path:line:col` for people counts.
    Utf32,
}

impl PositionEncoding {
    /// How many bytes more than code units a character of `length` bytes takes.
    pub(crate) fn surplus(self, length: u8) -> u32 {
        let units = match self {
            Self::Utf8 => length,
            Self::Utf16 if length == 4 => 2,
            Self::Utf16 | Self::Utf32 => 1,
        };
        u32::from(length - units.min(length))
    }
}

/// What is needed to turn byte offsets into lines and columns without the text: where lines start, and
/// which characters are longer than a byte. A line ends with `\n`, `\r\n` or a lone `\r`.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct LineIndex {
    /// Each line's length in bytes, terminator included: small numbers, which encode to a byte or two.
    lengths: Box<[u32]>,
    /// Each character of more than one byte: (bytes since the previous such character began, its length).
    wide: Box<[(u32, u8)]>,
}

impl LineIndex {
    /// Indexes a decoded text. One pass.
    pub fn new(text: &str) -> Self {
        let bytes = text.as_bytes();
        let mut lengths = Vec::new();
        let mut start = 0;
        let mut at = 0;
        while at < bytes.len() {
            let end = match bytes[at] {
                b'\n' => at + 1,
                b'\r' if bytes.get(at + 1) == Some(&b'\n') => at + 2,
                b'\r' => at + 1,
                _ => {
                    at += 1;
                    continue;
                }
            };
            lengths.push((end - start) as u32);
            start = end;
            at = end;
        }
        lengths.push((bytes.len() - start) as u32);

        let mut wide = Vec::new();
        if !text.is_ascii() {
            let mut previous = 0;
            for (offset, character) in text.char_indices().filter(|(_, c)| !c.is_ascii()) {
                wide.push(((offset - previous) as u32, character.len_utf8() as u8));
                previous = offset;
            }
        }
        Self { lengths: lengths.into(), wide: wide.into() }
    }

    /// The number of lines; a text that ends with a terminator has an empty last one.
    pub fn line_count(&self) -> u32 {
        self.lengths.len() as u32
    }

    /// A resolver that answers many questions; building it is linear in lines, each question logarithmic.
    pub fn resolver(&self) -> LineResolver {
        let mut starts = Vec::with_capacity(self.lengths.len());
        let mut start = 0u32;
        for length in &self.lengths {
            starts.push(start);
            start = start.saturating_add(*length);
        }
        let (mut wide, mut surplus) = (Vec::with_capacity(self.wide.len()), vec![[0; 3]]);
        let (mut at, mut sums) = (0u32, [0; 3]);
        for &(gap, length) in &self.wide {
            at = at.saturating_add(gap);
            wide.push(at);
            for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
                sums[encoding as usize] += encoding.surplus(length);
            }
            surplus.push(sums);
        }
        LineResolver { starts, wide, surplus, end: start }
    }
}

/// A [`LineIndex`] unpacked for searching.
#[derive(Clone, Debug)]
pub struct LineResolver {
    starts: Vec<u32>,
    /// Where characters of more than one byte are.
    wide: Vec<u32>,
    /// How many bytes more than code units, in each encoding, the characters before each of these take; and all of them.
    surplus: Vec<[u32; 3]>,
    end: u32,
}

impl LineResolver {
    /// The position of a byte offset. Offsets behind the text are its end.
    pub fn position(&self, offset: u32, encoding: PositionEncoding) -> Position {
        let offset = offset.min(self.end);
        let line = self.starts.partition_point(|&start| start <= offset).saturating_sub(1);
        let start = self.starts.get(line).copied().unwrap_or(0);
        let surplus = self.surplus_before(offset, encoding) - self.surplus_before(start, encoding);
        Position { line: line as u32, character: (offset - start).saturating_sub(surplus) }
    }

    fn surplus_before(&self, offset: u32, encoding: PositionEncoding) -> u32 {
        self.surplus[self.wide.partition_point(|&at| at < offset)][encoding as usize]
    }

    /// The positions of both ends of `span`.
    pub fn range(&self, span: Span, encoding: PositionEncoding) -> Range {
        Range { start: self.position(span.start, encoding), end: self.position(span.end, encoding) }
    }

    /// The byte offset of a position; `None` where the file has no such line. A column behind the line's
    /// end is the line's end (its terminator included), as editors treat it.
    pub fn offset(&self, position: Position, encoding: PositionEncoding) -> Option<u32> {
        let start = *self.starts.get(position.line as usize)?;
        let end = self.starts.get(position.line as usize + 1).copied().unwrap_or(self.end);
        let surplus = |index: usize| self.surplus[index][encoding as usize];
        // Code units before a wide character of this line, counted from the line's start.
        let first = self.wide.partition_point(|&at| at < start);
        let units = |index: usize| self.wide[index] - start - (surplus(index) - surplus(first));
        let (mut low, mut high) = (first, self.wide.len());
        while low < high {
            let middle = low.midpoint(high);
            if units(middle) < position.character { low = middle + 1 } else { high = middle }
        }
        let offset = start.saturating_add(position.character).saturating_add(surplus(low) - surplus(first));
        Some(offset.min(end))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn slow_position(text: &str, offset: usize, encoding: PositionEncoding) -> Position {
        let before = &text[..offset];
        let unified = before.replace("\r\n", "\n").replace('\r', "\n");
        // A `\r` whose `\n` lies behind the offset has not ended its line yet.
        let split = before.ends_with('\r') && text[offset..].starts_with('\n');
        let line = unified.matches('\n').count() - usize::from(split);
        let tail = match (split, unified.trim_end_matches('\n')) {
            (true, _) => before[..before.len() - 1].rsplit(['\n', '\r']).next().unwrap().to_owned() + "\r",
            (false, _) => unified.rsplit('\n').next().unwrap().to_owned(),
        };
        let character = match encoding {
            PositionEncoding::Utf8 => tail.len(),
            PositionEncoding::Utf16 => tail.encode_utf16().count(),
            PositionEncoding::Utf32 => tail.chars().count(),
        };
        Position { line: line as u32, character: character as u32 }
    }

    #[test]
    fn a_long_line_of_wide_characters_is_searched() {
        let text = "é".repeat(1_000_000);
        let resolver = LineIndex::new(&text).resolver();
        // Linear in each question, these would be 10^11 steps.
        for character in (0..1_000_000).step_by(10) {
            let position = Position { line: 0, character };
            assert_eq!(resolver.position(2 * character, PositionEncoding::Utf16), position);
            assert_eq!(resolver.offset(position, PositionEncoding::Utf16), Some(2 * character));
        }
    }

    proptest! {
        #[test]
        fn positions_equal_counting_from_the_start(text in "[ab\n\ré😀世]{0,40}") {
            let resolver = LineIndex::new(&text).resolver();
            prop_assert_eq!(resolver.offset(Position { line: 0, character: u32::MAX }, PositionEncoding::Utf8),
                Some(resolver.starts.get(1).copied().unwrap_or(resolver.end)));
            for (offset, _) in text.char_indices().chain([(text.len(), ' ')]) {
                for encoding in [PositionEncoding::Utf8, PositionEncoding::Utf16, PositionEncoding::Utf32] {
                    let position = resolver.position(offset as u32, encoding);
                    prop_assert_eq!(position, slow_position(&text, offset, encoding));
                    prop_assert_eq!(resolver.offset(position, encoding), Some(offset as u32));
                }
            }
        }
    }
}
