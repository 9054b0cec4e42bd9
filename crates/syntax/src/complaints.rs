//! What is wrong with the syntax, from the tree: where the parser recovered, and what only Python 2 accepts.

use std::sync::Arc;

use staniel_facts::{Diagnostic, DiagnosticCode, Span};
use tree_sitter::Node;

use crate::grammar::{GRAMMAR, Kind};

/// How many complaints of one file are kept. A file with more is no Python, and one more line would not help.
const MOST: usize = 100;

/// Collects complaints while somebody walks the tree in source order.
#[derive(Default)]
pub(crate) struct Complaints {
    diagnostics: Vec<Diagnostic>,
    /// Where the parser recovered: outermost places, in source order, not touching.
    recovered: Vec<Span>,
}

impl Complaints {
    /// Looks at one node.
    pub(crate) fn look(&mut self, text: &str, node: Node<'_>, kind: Kind) {
        match kind {
            Kind::Error => self.error(text, node),
            _ if node.is_missing() => {
                let message = match node.is_named() {
                    true => "invalid syntax".to_owned(),
                    false => format!("expected '{}'", node.kind()),
                };
                self.recovered(text, node);
                self.complain(node, message);
            }
            Kind::PrintStatement if node.child(1).is_some_and(|child| child.kind() != "chevron") => {
                self.complain(node, "Missing parentheses in call to 'print'. Did you mean print(...)?");
            }
            Kind::ExecStatement => {
                self.complain(node, "Missing parentheses in call to 'exec'. Did you mean exec(...)?");
            }
            Kind::StringStart if text[..node.end_byte()].ends_with('`') => {
                self.complain(node, "invalid syntax: backquotes are Python 2's repr()");
            }
            Kind::Integer => self.integer(text, node),
            Kind::LessGreater => self.complain(node, "invalid syntax: '<>' is Python 2's '!='"),
            Kind::RaiseStatement
                if node.named_child(0).is_some_and(|child| GRAMMAR.kind(child) == Kind::ExpressionList) =>
            {
                self.complain(node, "invalid syntax: 'raise E, value' is Python 2");
            }
            _ => {}
        }
    }

    /// A parameter that is a tuple of names.
    pub(crate) fn tuple_parameter(&mut self, node: Node<'_>) {
        self.complain(node, "Function parameters cannot be parenthesized");
    }

    /// Whether the parser recovered inside `span` or directly at its edges (white space aside).
    pub(crate) fn near(&self, span: Span) -> bool {
        let next = self.recovered.partition_point(|recovered| recovered.end < span.start);
        self.recovered.get(next).is_some_and(|recovered| recovered.start <= span.end)
    }

    /// What was found, in source order.
    pub(crate) fn into_diagnostics(self) -> Vec<Diagnostic> {
        self.diagnostics
    }

    fn error(&mut self, text: &str, node: Node<'_>) {
        let nested = self.recovered.last().is_some_and(|last| node.start_byte() < last.end as usize);
        self.recovered(text, node);
        match unclosed(node) {
            Some((bracket, at)) => {
                self.complain(at, format!("'{bracket}' was never closed"));
            }
            None if nested => {}
            None => {
                let line = text[node.start_byte()..node.end_byte()].lines().next().unwrap_or("").len();
                let span = Span::new(node.start_byte(), node.start_byte() + line);
                self.complain_at(span, "invalid syntax");
            }
        }
    }

    fn integer(&mut self, text: &str, node: Node<'_>) {
        let digits = &text[node.start_byte()..node.end_byte()];
        if digits.ends_with(['l', 'L']) {
            self.complain(node, "invalid decimal literal");
        } else if digits.starts_with('0')
            && digits.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_')
            && digits.bytes().any(|byte| matches!(byte, b'1'..=b'9'))
        {
            self.complain(
                node,
                "leading zeros in decimal integer literals are not permitted; \
                 use an 0o prefix for octal integers",
            );
        }
    }

    fn recovered(&mut self, text: &str, node: Node<'_>) {
        let floor = self.recovered.last().map_or(0, |last| last.end as usize);
        let start = node.start_byte().max(floor);
        let before = &text[floor..start];
        let start = floor + before.trim_end().len();
        let end = node.end_byte().max(start);
        let after = &text[end..];
        let end = end + (after.len() - after.trim_start().len());
        match self.recovered.last_mut() {
            Some(last) if start <= last.end as usize => {
                last.end = last.end.max(Span::new(0, end).end);
            }
            _ => self.recovered.push(Span::new(start, end)),
        }
    }

    fn complain(&mut self, node: Node<'_>, message: impl Into<Arc<str>>) {
        self.complain_at(Span::new(node.start_byte(), node.end_byte()), message);
    }

    fn complain_at(&mut self, span: Span, message: impl Into<Arc<str>>) {
        if self.diagnostics.len() < MOST {
            self.diagnostics.push(Diagnostic {
                code: DiagnosticCode::SyntaxError,
                message: message.into(),
                span,
            });
        }
    }
}

/// The last bracket that opens directly in an error node and does not close there.
fn unclosed<'t>(error: Node<'t>) -> Option<(&'t str, Node<'t>)> {
    let mut open = Vec::new();
    let mut cursor = error.walk();
    for child in error.children(&mut cursor) {
        match child.kind() {
            bracket @ ("(" | "[" | "{") => open.push((bracket, child)),
            ")" | "]" | "}" => {
                open.pop();
            }
            _ => {}
        }
    }
    open.pop()
}
