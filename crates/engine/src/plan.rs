//! From what must be looked at again to coverage: what is known already, and what the provider must be asked.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::OrdMap;
use rayon::prelude::*;
use rustc_hash::FxHashMap;
use staniel_db::Database;
use staniel_facts::{
    AnswerKey, Answers, ContentHash, Coverage, Edge, FileFacts, FileRecord, FileState, Flags, RelPath,
    Snapshot, Visibility, World,
};
use staniel_provider::Question;
use staniel_store::{Store, Table};

use crate::analysis::Wiring;
use crate::stored::Row;

/// What was known before: answers whose key is still the same are taken from here.
#[derive(Clone, Copy)]
pub(crate) struct Known<'a> {
    pub(crate) snapshot: &'a Snapshot,
    pub(crate) rows: &'a OrdMap<RelPath, Row>,
    pub(crate) quarantined: &'a BTreeMap<RelPath, String>,
    /// What the provider has answered in this step already.
    pub(crate) found: &'a FxHashMap<AnswerKey, Arc<Answers>>,
}

impl Known<'_> {
    pub(crate) fn key(&self, path: &RelPath) -> Option<AnswerKey> {
        self.rows.get(path)?.key()
    }
}

/// An analysed file on its way to a record.
struct Draft {
    path: RelPath,
    content: ContentHash,
    key: AnswerKey,
    facts: Arc<FileFacts>,
    edges: Arc<[Edge]>,
    /// `None`: the provider must be asked.
    answers: Option<Arc<Answers>>,
    candidate: bool,
}

/// A file's next coverage, and the key of its answers where it has some.
pub(crate) struct Next {
    pub(crate) path: RelPath,
    pub(crate) coverage: Coverage,
    pub(crate) key: Option<AnswerKey>,
}

/// What becomes of a set of files.
pub(crate) struct Plan {
    settled: Vec<Next>,
    drafts: Vec<Draft>,
    /// For the provider, in path order.
    pub(crate) questions: Vec<Question>,
    /// How many files' keys differ from what was known.
    pub(crate) candidates: u64,
}

impl Plan {
    /// Decides for each of `paths`. Runs in the caller's thread pool.
    pub(crate) fn new(
        (database, wiring): (Database, &Wiring),
        world: &World,
        paths: &BTreeSet<RelPath>,
        known: Known<'_>,
        store: &Store,
    ) -> Self {
        let decided: Vec<Result<Draft, Next>> = paths
            .par_iter()
            .map_with(database, |database, path| {
                let settled = |coverage| Next { path: path.clone(), coverage, key: None };
                let Some(tracked) =
                    world.files.get(path).filter(|tracked| tracked.visibility == Visibility::Reported)
                else {
                    return Err(settled(Coverage::Absent));
                };
                let content = match &tracked.state {
                    FileState::Present(content) => *content,
                    FileState::Skipped(reason) => return Err(settled(Coverage::Skipped(reason.clone()))),
                    FileState::Absent => return Err(settled(Coverage::Absent)),
                };
                let (Some(facts), Some(resolution), Some(key)) =
                    (database.facts(path), wiring.resolution(path), wiring.key(path))
                else {
                    return Err(settled(Coverage::Absent));
                };
                if let Some(reason) = &facts.refused {
                    return Err(settled(Coverage::Skipped(reason.clone())));
                }
                let candidate = known.key(path) != Some(key);
                let remembered = || known.snapshot.record(path.as_str())?.answers().cloned();
                let stored = || {
                    let answers = store.get::<Answers>(Table::Answers, &key.0.0)?;
                    // Answers that stand in for a provider's failure are no function of the key: the machine may
                    // have been slow. They hold only as long as the failure is reported.
                    let stands_in = answers.iter().any(|answer| answer.flags.contains(Flags::QUARANTINED));
                    (!stands_in || known.quarantined.contains_key(path)).then(|| Arc::new(answers))
                };
                let found = || known.found.get(&key).cloned();
                let before = || if candidate { stored() } else { remembered().or_else(stored) };
                let answers = found()
                    .or_else(before)
                    .filter(|answers| answers.len() == facts.outline.definitions.len());
                let edges = Arc::clone(&resolution.edges);
                Ok(Draft { path: path.clone(), content, key, facts, edges, answers, candidate })
            })
            .collect();

        let mut plan = Self { settled: Vec::new(), drafts: Vec::new(), questions: Vec::new(), candidates: 0 };
        for decision in decided {
            match decision {
                Err(next) => plan.settled.push(next),
                Ok(draft) => {
                    plan.candidates += u64::from(draft.candidate);
                    if draft.answers.is_none() {
                        plan.questions.push(Question {
                            path: draft.path.clone(),
                            hash: draft.content,
                            facts: Arc::clone(&draft.facts),
                        });
                    }
                    plan.drafts.push(draft);
                }
            }
        }
        plan
    }

    /// Joins the provider's answers, given in the order of the questions.
    pub(crate) fn finish(self, answers: &[Arc<Answers>]) -> Vec<Next> {
        let mut answers = answers.iter();
        let mut drafts = self.drafts;
        for draft in &mut drafts {
            if draft.answers.is_none() {
                draft.answers = answers.next().cloned();
            }
        }
        let mut next = self.settled;
        next.par_extend(drafts.into_par_iter().map(|draft| {
            let record = FileRecord::new(draft.content, draft.facts, draft.edges, draft.answers);
            Next { path: draft.path, coverage: Coverage::Present(Arc::new(record)), key: Some(draft.key) }
        }));
        next
    }
}
