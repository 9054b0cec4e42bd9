//! What is said of one path, as it is written.

use std::sync::Arc;

use serde::{Deserialize, Serialize};
use staniel_facts::{Answers, ContentHash, Coverage, Edge, FileFacts, FileRecord, SkipReason};

/// [`Coverage`] without what can be computed from it.
#[derive(Serialize, Deserialize)]
pub(crate) enum Entry {
    Present { hash: ContentHash, facts: Arc<FileFacts>, edges: Arc<[Edge]>, answers: Option<Arc<Answers>> },
    Absent,
    Skipped(SkipReason),
    NotAsked,
}

impl Entry {
    pub(crate) fn of(coverage: &Coverage) -> Self {
        match coverage {
            Coverage::Present(record) => Self::Present {
                hash: record.hash(),
                facts: Arc::clone(record.facts()),
                edges: Arc::clone(record.edges()),
                answers: record.answers().cloned(),
            },
            Coverage::Absent => Self::Absent,
            Coverage::Skipped(reason) => Self::Skipped(reason.clone()),
            Coverage::NotAsked => Self::NotAsked,
        }
    }

    /// `None` where the parts do not belong together.
    pub(crate) fn coverage(self) -> Option<Coverage> {
        Some(match self {
            Self::Present { hash, facts, edges, answers } => {
                let definitions = facts.outline.definitions.len();
                let imports = facts.imports.imports.len();
                let answered = answers.as_ref().is_none_or(|answers| answers.len() == definitions);
                let stated = edges
                    .iter()
                    .all(|edge| edge.import == Edge::NO_IMPORT || (edge.import as usize) < imports);
                if !(answered && stated) {
                    return None;
                }
                Coverage::Present(Arc::new(FileRecord::new(hash, facts, edges, answers)))
            }
            Self::Absent => Coverage::Absent,
            Self::Skipped(reason) => Coverage::Skipped(reason),
            Self::NotAsked => Coverage::NotAsked,
        })
    }
}
