//! Whether every parser finds the same blocks in a text.
//!
//! What is left out of a digest is left out by the tree of one parser, and answers come from those of others, which read
//! some texts in other ways: what a tab is worth, which of the lines counts that a backslash joins, what a line that is
//! indented like none before it belongs to, where a string without an end ends, which characters are blanks. Here all is
//! clear where statements are indented by blanks alone or by tabs alone, alike within a block and its clauses, and nothing
//! odd stands between tokens; texts for which that does not hold are rare, and seen whole.

use std::ops::Range;

use tree_sitter::Node;

/// The statements that may go on in lines that are indented like their first,
const CONTINUED: [&str; 5] =
    ["decorated_definition", "for_statement", "if_statement", "try_statement", "while_statement"];

/// and what these lines begin.
const CLAUSES: [&str; 7] = [
    "class_definition",
    "decorator",
    "elif_clause",
    "else_clause",
    "except_clause",
    "finally_clause",
    "function_definition",
];

/// What is known of the layout of a text, from what a walk has come by.
pub(super) struct Layout<'t> {
    text: &'t str,
    tabs: bool,
    blanks: bool,
    unclear: bool,
    /// The byte up to which the tokens are accounted for.
    at: usize,
}

impl<'t> Layout<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self { text, tabs: false, blanks: false, unclear: false, at: 0 }
    }

    /// Looks at a module or block: at how its statements stand, and their clauses.
    pub(super) fn block(&mut self, block: Node<'_>) {
        let mut common = (block.kind() == "module").then_some("");
        let mut cursor = block.walk();
        for statement in block.named_children(&mut cursor).filter(is_no_comment) {
            let Some(own) = self.indentation(statement) else { continue };
            self.unclear |= own != *common.get_or_insert(own);
            if CONTINUED.contains(&statement.kind()) {
                let mut cursor = statement.walk();
                for part in statement.named_children(&mut cursor) {
                    let is_clause = CLAUSES.contains(&part.kind());
                    self.unclear |= is_clause && self.indentation(part).is_some_and(|part| part != own);
                }
            }
        }
    }

    /// Takes in the next token, comment or string, in source order; what is inside of a string is passed over.
    pub(super) fn token(&mut self, range: Range<usize>) {
        let gap = self.text.as_bytes().get(self.at..range.start).unwrap_or_default();
        let is_odd = |byte: &u8| !byte.is_ascii() || matches!(byte, 0x0b | 0x1c..=0x1f);
        self.unclear |= gap.iter().any(is_odd);
        self.at = self.at.max(range.end);
    }

    /// Looks at a string.
    pub(super) fn string(&mut self, range: Range<usize>) {
        let written = &self.text.as_bytes()[range.clone()];
        self.token(range);
        let quoted =
            written.iter().position(|byte| matches!(byte, b'"' | b'\'')).map_or(written, |at| &written[at..]);
        if let [quote, second, third, ..] = quoted
            && quote == second
            && quote == third
        {
            return;
        }
        let is_open = |pair: &[u8]| {
            matches!(pair, [before, b'\n'] if !matches!(before, b'\\' | b'\r'))
                || matches!(pair, [before, b'\r'] if *before != b'\\')
        };
        self.unclear |= written.windows(2).any(is_open);
    }

    /// Whether it is clear, now that all has been looked at.
    pub(super) fn finish(mut self) -> bool {
        self.token(self.text.len()..self.text.len());
        !(self.unclear || self.tabs && self.blanks)
    }

    /// What stands before a node in its line, if that is layout.
    fn indentation(&mut self, node: Node<'_>) -> Option<&'t str> {
        let before = self.text.get(..node.start_byte())?;
        let above = before.trim_end_matches([' ', '\t', '\x0c']);
        if !above.is_empty() && !above.ends_with(['\n', '\r']) {
            return None;
        }
        // It begins anew behind a form feed.
        let own = before[above.len()..].rsplit('\x0c').next().unwrap_or("");
        self.tabs |= own.contains('\t');
        self.blanks |= own.contains(' ');
        // A line that says nothing but that it goes on.
        let joined = above.trim_end_matches([' ', '\t', '\x0c', '\n', '\r']).strip_suffix('\\');
        let is_empty = |line: &str| line.is_empty() || line.ends_with(['\n', '\r']);
        self.unclear |= joined.is_some_and(|line| is_empty(line.trim_end_matches([' ', '\t', '\x0c'])));
        Some(own)
    }
}

fn is_no_comment(node: &Node<'_>) -> bool {
    !node.is_extra() || node.is_error()
}
