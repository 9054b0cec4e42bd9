//! What a rule has to say.

use staniel_facts::{Position, PositionEncoding, Range, RelPath, Snapshot, Span};

use crate::{Code, Severity};

/// Where in a file a finding stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Place {
    /// Bytes of the decoded text.
    pub span: Span,
    /// The same, as lines and characters (Unicode scalar values) from 0: what people count, less one.
    pub range: Range,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// The file.
    pub path: RelPath,
    /// Where in it; `None` for the whole file.
    pub place: Option<Place>,
    /// The rule.
    pub code: Code,
    /// How serious it is.
    pub severity: Severity,
    /// What is wrong, in one line.
    pub message: String,
    /// What stands under the marked place in a code frame.
    pub label: Option<String>,
    /// What can be done about it.
    pub help: Option<String>,
}

impl Finding {
    /// Line and column as people count them; the first place of the file where there is no better one.
    pub fn line_and_column(&self) -> (u32, u32) {
        let start = self.place.map_or(Position::default(), |place| place.range.start);
        (start.line + 1, start.character + 1)
    }

    /// The place as an editor counts it. Cost: linear in the file's lines.
    pub fn range(&self, snapshot: &Snapshot, encoding: PositionEncoding) -> Option<Range> {
        let record = snapshot.record(self.path.as_str())?;
        Some(record.facts().outline.lines.resolver().range(self.place?.span, encoding))
    }

    /// By path, place and rule: the order in which findings are shown.
    pub(crate) fn order(&self, other: &Self) -> std::cmp::Ordering {
        (&self.path, self.place, self.code, &self.message).cmp(&(
            &other.path,
            other.place,
            other.code,
            &other.message,
        ))
    }
}
