//! What is wrong with a file's text, as data.

use std::sync::Arc;

use serde::{Deserialize, Serialize};

use crate::Span;

/// The kinds of complaint about a file's own text.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub enum DiagnosticCode {
    /// The parser had to recover, or met Python 2.
    SyntaxError,
    /// Bytes that the declared (or default) encoding does not allow; replaced by U+FFFD.
    Undecodable,
}

/// One complaint. It never stops the analysis of the file, let alone of others.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Serialize, Deserialize)]
pub struct Diagnostic {
    /// The kind.
    pub code: DiagnosticCode,
    /// What is wrong, for people; without a place in it.
    pub message: Arc<str>,
    /// Where.
    pub span: Span,
}
