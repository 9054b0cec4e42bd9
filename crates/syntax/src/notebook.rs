//! The code of a Jupyter notebook, as one text.
//!
//! Formats: nbformat 4 has `cells`, nbformat 3 has them in `worksheets` and says `input` for `source`. Only what is
//! needed is read, and what else a tool may write is let be.

mod magic;
#[cfg(test)]
mod tests;

use serde::Deserialize;
use serde::de::IgnoredAny;
use staniel_facts::Cell;

/// The code cells of a notebook.
pub(crate) struct Notebook {
    /// Their code, in order. Each ends with a line end. What IPython adds to Python is blanked.
    pub(crate) text: String,
    /// Where each begins.
    pub(crate) cells: Vec<Cell>,
}

#[derive(Deserialize)]
struct Document {
    #[serde(default)]
    cells: Vec<RawCell>,
    #[serde(default)]
    worksheets: Vec<Worksheet>,
}

#[derive(Deserialize)]
struct Worksheet {
    #[serde(default)]
    cells: Vec<RawCell>,
}

#[derive(Deserialize)]
struct RawCell {
    #[serde(default)]
    cell_type: Source,
    #[serde(default)]
    source: Source,
    #[serde(default)]
    input: Source,
}

/// Text, as a notebook stores it.
#[derive(Default, Deserialize)]
#[serde(untagged)]
enum Source {
    Whole(String),
    Lines(Vec<String>),
    Other(IgnoredAny),
    #[default]
    Missing,
}

impl Source {
    fn into_text(self) -> Option<String> {
        match self {
            Self::Whole(text) => Some(text),
            Self::Lines(lines) => Some(lines.concat()),
            Self::Other(_) | Self::Missing => None,
        }
    }
}

/// Reads a notebook. An error if it is not JSON, or no notebook at all.
pub(crate) fn read(bytes: &[u8]) -> Result<Notebook, serde_json::Error> {
    let bytes = bytes.strip_prefix(b"\xef\xbb\xbf").unwrap_or(bytes);
    let Document { cells, worksheets } = serde_json::from_slice(bytes)?;
    let mut notebook = Notebook { text: String::new(), cells: Vec::new() };
    let all = cells.into_iter().chain(worksheets.into_iter().flat_map(|worksheet| worksheet.cells));
    for (cell, number) in all.zip(1..) {
        if cell.cell_type.into_text().as_deref() != Some("code") {
            continue;
        }
        let Some(code) = cell.source.into_text().or_else(|| cell.input.into_text()) else { continue };
        notebook.cells.push(Cell { start: notebook.text.len() as u32, number });
        push_python(&code, &mut notebook.text);
    }
    Ok(notebook)
}

/// Appends the code of a cell, as Python, with a line end.
fn push_python(code: &str, text: &mut String) {
    let mut rest = 0;
    for blank in magic::blanks(code) {
        text.push_str(&code[rest..blank.start]);
        text.extend(
            code[blank.clone()]
                .bytes()
                .map(|byte| if matches!(byte, b'\n' | b'\r') { char::from(byte) } else { ' ' }),
        );
        rest = blank.end;
    }
    text.push_str(&code[rest..]);
    if !code.ends_with(['\n', '\r']) {
        text.push('\n');
    }
}
