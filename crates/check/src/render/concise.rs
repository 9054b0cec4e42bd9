//! One line per finding, for `grep`, editors and logs.

use std::io::{self, Write};

use crate::{Finding, escape_line};

/// `path:line:column: code message`, one line per finding.
pub fn render_concise(findings: &[Finding], out: &mut dyn Write) -> io::Result<()> {
    for finding in findings {
        let (line, column) = finding.line_and_column();
        let path = escape_line(finding.path.as_str());
        writeln!(out, "{path}:{line}:{column}: {} {}", finding.code, finding.message)?;
    }
    Ok(())
}
