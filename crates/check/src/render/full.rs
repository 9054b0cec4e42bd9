//! For people: each finding with the lines it is about.

use std::collections::BTreeSet;
use std::io::{self, Write};

use annotate_snippets::{AnnotationKind, Level, Origin, Renderer, Snippet};

use crate::{Finding, Severity, Texts, escape_line};

/// Lines longer than this (in bytes) are data, not code: showing them helps nobody.
const LONGEST_LINE: usize = 2_000;

/// Whether the output may contain escape sequences of ours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Colours {
    /// A terminal that shows them.
    On,
    /// Anything else.
    Off,
}

/// Each finding with its code frame, help and an empty line. Help that was given once is not repeated.
pub fn render_full(
    findings: &[Finding],
    texts: &Texts<'_>,
    colours: Colours,
    out: &mut dyn Write,
) -> io::Result<()> {
    let renderer = match colours {
        Colours::On => Renderer::styled(),
        Colours::Off => Renderer::plain(),
    };
    let mut given = BTreeSet::new();
    for finding in findings {
        let help = finding.help.as_deref().filter(|help| given.insert(*help));
        writeln!(out, "{}\n", frame(finding, help, texts, &renderer))?;
    }
    Ok(())
}

fn frame(finding: &Finding, help: Option<&str>, texts: &Texts<'_>, renderer: &Renderer) -> String {
    let level = match finding.severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
    };
    let path = escape_line(finding.path.as_str());
    let group = level.primary_title(finding.message.as_str()).id(finding.code.as_str());
    let text = finding.place.and_then(|_| texts(&finding.path));
    let group = match text.as_deref().and_then(|text| marked_line(finding, text)) {
        Some((line, marked)) => {
            let annotation = AnnotationKind::Primary.span(marked).label(finding.label.as_deref());
            group.element(
                Snippet::source(line)
                    .line_start(finding.line_and_column().0 as usize)
                    .path(path)
                    .annotation(annotation),
            )
        }
        None => {
            let (line, column) = finding.line_and_column();
            let origin = Origin::path(path);
            group.element(match finding.place {
                Some(_) => origin.line(line as usize).char_column(column as usize),
                None => origin,
            })
        }
    };
    let group = group.elements(help.map(|help| Level::HELP.message(help)));
    renderer.render(&[group])
}

/// The line on which the finding begins, and which bytes of it are marked. Only this line is handed to the
/// renderer: its work is then independent of the size of the file.
fn marked_line<'a>(
    finding: &Finding,
    text: &'a str,
) -> Option<(std::borrow::Cow<'a, str>, std::ops::Range<usize>)> {
    let span = finding.place?.span;
    let is_end = |byte: &u8| matches!(byte, b'\n' | b'\r');
    let start = (span.start as usize).min(text.len());
    let line_start = text.as_bytes()[..start].iter().rposition(is_end).map_or(0, |at| at + 1);
    let line_end = text.as_bytes()[start..].iter().position(is_end).map_or(text.len(), |at| start + at);
    let line = text.get(line_start..line_end)?;
    if line.len() > LONGEST_LINE {
        return None;
    }
    let end = (span.end as usize).clamp(start, line_end);
    let (before, marked, after) =
        (line.get(..start - line_start)?, text.get(start..end)?, line.get(end - line_start..)?);
    // The renderer shows tabs and most control characters harmlessly; C1 controls it lets through.
    let safe = |part: &'a str| -> std::borrow::Cow<'a, str> {
        if part.contains(|c| ('\u{80}'..='\u{9f}').contains(&c)) { escape_line(part) } else { part.into() }
    };
    let (before, marked, after) = (safe(before), safe(marked), safe(after));
    let range = before.len()..before.len() + marked.len();
    Some((before + marked + after, range))
}
