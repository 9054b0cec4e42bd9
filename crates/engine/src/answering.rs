//! From what is pending to answers: planned, asked for, and asked for again where a file was too much for the provider.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use staniel_facts::{AnswerKey, Answers, Cancel, ContentHash, FileState, Manifest, RelPath, World};
use staniel_provider::{AskError, Question};

use crate::analysis::Analysis;
use crate::asker::{ABORTS, Answered, Asker, Circumstances};
use crate::engine::Engine;
use crate::error::EngineError;
use crate::plan::{Known, Next, Plan};
use crate::publish::{State, Void};
use crate::published::Work;
use crate::servers;
use crate::stored::Row;

/// The answers of a step.
pub(crate) struct Answering {
    pub(crate) next: Vec<Next>,
    /// What the provider was asked for.
    pub(crate) found: FxHashMap<AnswerKey, Arc<Answers>>,
    /// What it failed on, with its words.
    pub(crate) failed: BTreeMap<RelPath, String>,
}

impl Engine {
    /// Finds or asks for the answers of everything that is pending.
    ///
    /// A file that the provider fails on is answered as declared, and everybody who needs it is asked again as if it
    /// were empty: what others were answered while it was still in sight may depend on how far they got.
    pub(crate) fn answer(
        &mut self,
        base: &State,
        world: &World,
        work: &mut Work,
        cancel: &Cancel,
    ) -> Result<Answering, Void> {
        let mut found = FxHashMap::default();
        let mut failed = BTreeMap::new();
        let mut asked_for = BTreeSet::new();
        let mut quarantined = still_quarantined(base, world);
        self.requarantine(world, &quarantined);
        loop {
            let pending = self.pending.changed.iter().chain(&self.pending.edges).chain(&self.pending.keys);
            let paths: BTreeSet<RelPath> = pending.cloned().collect();
            let known = Known {
                snapshot: &base.snapshot,
                rows: &base.rows,
                quarantined: &base.quarantined,
                found: &found,
            };
            let (database, wiring) = self.standing_analysis().parts();
            let (parts, store) = ((database.clone(), wiring), self.open_store());
            let plan = self.pool.install(|| Plan::new(parts, world, &paths, known, store));
            let questions = plan.questions.clone();
            let is_question =
                |path: &RelPath| questions.binary_search_by(|question| question.path.cmp(path)).is_ok();
            // What failed before this step and has another key now gets another chance.
            quarantined.retain(|path, _| failed.contains_key(path) || !is_question(path));
            if self.requarantine(world, &quarantined) {
                // Who needs it is asked with it in sight then, and under keys that say so.
                continue;
            }
            let circumstances = Circumstances {
                shunned: quarantined.clone(),
                failed: failed.clone(),
                accused: base
                    .quarantined
                    .iter()
                    .filter(|(_, words)| *words == ABORTS)
                    .map(|(path, _)| path.clone())
                    .collect(),
                ..Circumstances::default()
            };
            work.candidates = plan.candidates;
            asked_for.extend(questions.iter().map(|question| question.path.clone()));
            work.asked = asked_for.len() as u64;
            let asked = self.ask(world, &questions, circumstances, cancel)?;
            for (question, answers) in questions.iter().zip(&asked.answers) {
                if let Some(key) = self.standing_analysis().key(&question.path) {
                    found.insert(key, Arc::clone(answers));
                }
                if asked.quarantined.contains_key(&question.path) {
                    quarantined.insert(question.path.clone(), question.hash);
                }
            }
            failed.extend(asked.quarantined);
            if !self.requarantine(world, &quarantined) {
                let next = self.pool.install(|| plan.finish(&asked.answers));
                return Ok(Answering { next, found, failed });
            }
        }
    }

    /// Whether the disk is still what was seen of it, now that a language server has read it: if not, its answers belong
    /// to no key. A file whose content is what it was but whose `stat` is not may have been another one in between.
    pub(crate) fn check_disk(&self, seen: &Manifest, cancel: &Cancel) -> Result<(), Void> {
        let scan = self.scan_since(seen, cancel)?;
        let is_touched = |path: &RelPath| match (seen.files.get(path), scan.manifest.files.get(path)) {
            (Some((Some(before), _)), Some((Some(now), _))) => before != now,
            _ => false,
        };
        let changed = scan.change.files.iter().map(|file| file.path.clone());
        let touched = seen.files.keys().filter(|path| is_touched(path)).cloned();
        let stale: BTreeSet<RelPath> = changed.chain(touched).collect();
        if stale.is_empty() { Ok(()) } else { Err(Void::Stale(stale.into_iter().collect())) }
    }

    fn standing_analysis(&self) -> &Analysis {
        self.analysis.as_ref().expect("there is one while a step is computed")
    }

    /// Tells the analysis which files the provider fails on; whether keys differ for that.
    fn requarantine(&mut self, world: &World, files: &BTreeMap<RelPath, ContentHash>) -> bool {
        let Some(analysis) = &mut self.analysis else { return false };
        let keys = analysis.quarantine(world, files.keys().cloned().collect());
        let differ = !keys.is_empty();
        self.pending.keys.extend(keys);
        differ
    }

    /// Who asks the provider; made when it is first needed.
    pub(crate) fn asker(&mut self) -> &mut Asker {
        if self.asker.is_none() {
            self.asker = Some(self.new_asker());
        }
        self.asker.as_mut().expect("it was made just now")
    }

    /// Asks the provider; tells it of the world first.
    pub(crate) fn ask<'q>(
        &mut self,
        world: &World,
        questions: &'q [Question],
        mut circumstances: Circumstances<'q>,
        cancel: &Cancel,
    ) -> Result<Answered, Void> {
        if questions.is_empty() {
            return Ok(Answered::default());
        }
        if self.server.is_some() && self.world.files.diff(&world.files).next().is_some() {
            let words = "a language server reads the disk, and can be asked about nothing else".to_owned();
            return Err(EngineError::Broken(words).into());
        }
        if questions.len() > 1
            && let Some(analysis) = &self.analysis
        {
            let paths = questions.iter().map(|question| &question.path);
            circumstances.places = analysis.graph().dependencies_first(paths.clone());
            if self.server.is_some() {
                circumstances.components = servers::components(analysis.graph(), paths);
            }
        }
        match self.asker().ask(world, questions, circumstances, cancel) {
            Ok(answered) => {
                if self.server.is_some() {
                    self.check_disk(&self.head.manifest, cancel)?;
                }
                Ok(answered)
            }
            Err(AskError::Cancelled) => Err(EngineError::Cancelled.into()),
            Err(AskError::Broken(why)) => Err(EngineError::Broken(why).into()),
            Err(AskError::Stale(path)) => {
                let mut stale = self.texts.take_stale();
                stale.push(path);
                Err(Void::Stale(stale))
            }
        }
    }
}

/// The files that the provider failed on, as far as they are what they were, with their contents.
pub(crate) fn still_quarantined(state: &State, world: &World) -> BTreeMap<RelPath, ContentHash> {
    let content = |path: &RelPath| match state.rows.get(path)? {
        Row::Analysed { content, .. } => Some(*content),
        Row::Skipped(_) => None,
    };
    let contents = state.quarantined.keys().filter_map(|path| Some((path.clone(), content(path)?)));
    contents.filter(|(path, hash)| world.state(path.as_str()) == FileState::Present(*hash)).collect()
}
