//! A graph of imports as pictures, for people and for the programs that draw them.
//!
//! ```text
//! Picture ─┬─▶ text, json, dot, mermaid       as it is
//!          └─▶ layout ─▶ svg ─▶ html          laid out here, so that nothing else need be installed
//! ```
//!
//! Labels come from the analysed tree, and its author may not be a friend: each form escapes whatever its readers
//! would take for something else than text.

mod dot;
mod html;
mod json;
mod layout;
mod mermaid;
mod svg;
#[cfg(test)]
mod tests;
mod text;

use std::collections::BTreeSet;
use std::io;

use staniel_facts::ImportKind;

pub(crate) use dot::dot;
pub(crate) use html::html;
pub(crate) use json::json;
pub(crate) use mermaid::mermaid;
pub(crate) use svg::svg;
pub(crate) use text::text;

/// What there is to be drawn. Equal pictures give equal bytes.
#[derive(Clone, Debug, Default)]
pub(crate) struct Picture {
    /// What it shows, in a few words.
    pub(crate) title: String,
    /// In the order in which they are listed.
    pub(crate) nodes: Vec<PictureNode>,
    /// At most one from one node to another. In the order in which they are listed.
    pub(crate) edges: Vec<PictureEdge>,
}

/// A module, or several that were collapsed into one.
#[derive(Clone, Debug, Default)]
pub(crate) struct PictureNode {
    /// A dotted name or a path.
    pub(crate) label: String,
    /// How many files it stands for.
    pub(crate) files: usize,
    /// Whether it reaches itself by way of others.
    pub(crate) in_cycle: bool,
    /// Whether it is what was asked about.
    pub(crate) focus: bool,
}

/// All that one node imports of another.
#[derive(Clone, Debug, Default)]
pub(crate) struct PictureEdge {
    /// A place in `nodes`: who imports.
    pub(crate) from: usize,
    /// A place in `nodes`: who is imported.
    pub(crate) to: usize,
    /// How many imports there are.
    pub(crate) imports: usize,
    /// Of which kinds they are.
    pub(crate) kinds: BTreeSet<ImportKind>,
    /// Whether `to` leads back to `from`.
    pub(crate) in_cycle: bool,
}

/// When what an edge stands for happens at the earliest: how its line is drawn.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Line {
    /// Something is imported when the module is loaded.
    Solid,
    /// Nothing before something is called, or used.
    Dotted,
    /// Only type checkers follow it.
    Dashed,
}

impl PictureEdge {
    fn line(&self) -> Line {
        use ImportKind::{Deferred, Dynamic, Lazy, Optional, Runtime, Typing};
        let has = |kind: ImportKind| self.kinds.contains(&kind);
        if has(Runtime) || has(Optional) || self.kinds.is_empty() {
            Line::Solid
        } else if has(Deferred) || has(Lazy) || has(Dynamic) {
            Line::Dotted
        } else {
            debug_assert!(has(Typing), "every kind has a line");
            Line::Dashed
        }
    }

    fn kind_words(&self) -> Vec<&'static str> {
        self.kinds.iter().rev().map(|kind| kind.as_str()).collect()
    }
}

/// A picture that is laid out here has no more nodes than this: nobody could read it.
pub(crate) const MOST_NODES: usize = 150;

/// Why there is no picture.
#[derive(Debug, thiserror::Error)]
pub(crate) enum PictureError {
    /// Collapse it, or look at a part.
    #[error("{nodes} boxes make no picture that anybody could read; the limit is {MOST_NODES}")]
    TooManyNodes { nodes: usize },
    /// It could not be written.
    #[error("{0}")]
    Output(#[from] io::Error),
}

impl Picture {
    /// Whether it is small enough to be laid out.
    fn check_size(&self) -> Result<(), PictureError> {
        match self.nodes.len() {
            0..=MOST_NODES => Ok(()),
            nodes => Err(PictureError::TooManyNodes { nodes }),
        }
    }
}
