//! What stands in a box, and how wide it is.

use std::borrow::Cow;
use std::io::{self, Write};

use staniel_check::escape_line;

use super::path::Px;
use crate::render::numbers::counted;
use crate::render::picture::PictureNode;
use crate::render::picture::layout::Size;

const NAME: f64 = 13.0;
const SMALL: f64 = 10.0;
const PADDING: f64 = 11.0;
/// Longer texts lose their middle: the beginning says whose it is, the end what it is.
const LONGEST: usize = 36;

/// A box's text: the last part of the name large, what comes before it small and above.
pub(super) struct Label {
    prefix: String,
    name: String,
    files: String,
}

impl Label {
    /// Without `common`, if that is how it begins.
    pub(super) fn new(node: &PictureNode, common: &str, show_files: bool) -> Self {
        let label = escape_line(node.label.strip_prefix(common).unwrap_or(&node.label));
        let separator = if label.contains('/') { '/' } else { '.' };
        let split = label.rfind(separator).map(|at| at + 1).filter(|at| *at < label.len()).unwrap_or(0);
        Self {
            prefix: elided(&label[..split], LONGEST).into_owned(),
            name: elided(&label[split..], LONGEST).into_owned(),
            files: if show_files { counted(node.files as u64, "file", "files") } else { String::new() },
        }
    }

    pub(super) fn size(&self) -> Size {
        let files = if self.files.is_empty() { 0.0 } else { text_width(&self.files, SMALL) + SMALL };
        let text = text_width(&self.prefix, SMALL).max(text_width(&self.name, NAME) + files);
        Size {
            width: (text + 2.0 * PADDING).ceil(),
            height: if self.prefix.is_empty() { 30.0 } else { 42.0 },
        }
    }

    /// In a box of this size, from its top left corner.
    pub(super) fn draw(&self, size: Size, out: &mut dyn Write) -> io::Result<()> {
        let middle = size.height / 2.0;
        let mut baseline = middle + 4.5;
        if !self.prefix.is_empty() {
            writeln!(
                out,
                r#"<text class="prefix" x="{}" y="{}">{}</text>"#,
                Px(PADDING),
                Px(middle - 5.0),
                escaped(&self.prefix)
            )?;
            baseline = middle + 12.0;
        }
        write!(
            out,
            r#"<text class="name" x="{}" y="{}">{}</text>"#,
            Px(PADDING),
            Px(baseline),
            escaped(&self.name)
        )?;
        if !self.files.is_empty() {
            let right = size.width - PADDING;
            write!(
                out,
                r#"<text class="files" x="{}" y="{}">{}</text>"#,
                Px(right),
                Px(baseline),
                self.files
            )?;
        }
        writeln!(out)
    }
}

/// How all labels begin, up to a dot or a slash, where they are more than one; a package may itself be among what
/// is in it. Said once it need not be said in each box.
pub(super) fn common_prefix(nodes: &[PictureNode]) -> &str {
    let longest = nodes.iter().max_by_key(|node| node.label.len());
    let Some(longest) = longest.filter(|_| nodes.len() > 1) else { return "" };
    let separator = if nodes.iter().any(|node| node.label.contains('/')) { '/' } else { '.' };
    let begins = |node: &PictureNode, prefix: &str| {
        node.label.starts_with(prefix) || prefix.strip_suffix(separator) == Some(&node.label)
    };
    let mut prefixes = longest.label.rmatch_indices(separator).map(|(at, _)| &longest.label[..=at]);
    prefixes.find(|prefix| nodes.iter().all(|node| begins(node, prefix))).unwrap_or("")
}

/// Text of the tree for SVG and HTML, between tags and in double quotes. What paints over or turns round other text
/// is shown as an escape; what XML cannot hold at all as the mark for something else.
pub(crate) fn escaped(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for character in escape_line(text).chars() {
        match character {
            '&' => out.push_str("&amp;"),
            '<' => out.push_str("&lt;"),
            '>' => out.push_str("&gt;"),
            '"' => out.push_str("&quot;"),
            '\'' => out.push_str("&#39;"),
            '\u{fffe}' | '\u{ffff}' => out.push('\u{fffd}'),
            character => out.push(character),
        }
    }
    out
}

/// `text`, or its beginning and its end.
pub(super) fn elided(text: &str, longest: usize) -> Cow<'_, str> {
    let count = text.chars().count();
    if count <= longest {
        return Cow::Borrowed(text);
    }
    let head = longest / 3;
    let beginning: String = text.chars().take(head).collect();
    let end: String = text.chars().skip(count - (longest - head - 1)).collect();
    Cow::Owned(format!("{beginning}…{end}"))
}

/// About how wide `text` is in a monospaced font of `size` pixels: 0.6 em for a character in the usual ones, twice as
/// much from Hangul on, where wide scripts begin.
pub(super) fn text_width(text: &str, size: f64) -> f64 {
    text.chars()
        .map(|character| if character < '\u{1100}' || character == '…' { 0.605 } else { 1.21 })
        .sum::<f64>()
        * size
}
