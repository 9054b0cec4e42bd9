//! Asking the provider: telling it of the world first, keeping track of what is being asked, and putting
//! declared answers where it fails.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use imbl::ordmap::DiffItem;
use rustc_hash::FxHashMap;
use staniel_facts::{
    Answer, Answers, AnswersBuilder, Cancel, ContentHash, FileFacts, Flags, RelPath, World, digest_of,
};
use staniel_provider::{AskError, Declared, Observer, Outcome, Place, Question, Sight, TypeProvider};
use staniel_store::InFlight;

use crate::options::{Isolation, Phase, Progress};

/// A provider, and the world that it was told of last.
pub(crate) struct Asker {
    provider: Box<dyn TypeProvider>,
    world: World,
    /// Outlives the process: names the files that were being asked when it died.
    in_flight: InFlight,
    /// What the process before this one was asking when it died.
    suspects: Vec<(String, [u8; 32])>,
    /// Those that were tried in a process of their own, with the content that they had, and whether it died.
    judged: BTreeMap<RelPath, (ContentHash, bool)>,
    isolation: Option<Arc<dyn Isolation>>,
    progress: Arc<dyn Progress>,
    shuffle: Option<u64>,
}

/// What the asking must take into account.
#[derive(Default)]
pub(crate) struct Circumstances<'a> {
    /// Where each file comes in the order of asking; the others come last.
    pub(crate) places: FxHashMap<&'a RelPath, usize>,
    /// Files that the provider failed on before, with their contents: nobody else shall stumble over them.
    pub(crate) shunned: BTreeMap<RelPath, ContentHash>,
    /// Those among the questions that are not to be asked again, with the provider's words.
    pub(crate) failed: BTreeMap<RelPath, String>,
    /// Which files lead to one another, if anybody wants to know.
    pub(crate) components: FxHashMap<RelPath, usize>,
    /// Files that aborted a process once: they are tried in one of their own first.
    pub(crate) accused: BTreeSet<RelPath>,
}

/// What is said of a file that a process of its own did not survive.
pub(crate) const ABORTS: &str = "it aborts the process";

/// What a batch of questions brought.
#[derive(Default)]
pub(crate) struct Answered {
    /// In the order of the questions.
    pub(crate) answers: Vec<Arc<Answers>>,
    /// The files that the provider failed on, with its words.
    pub(crate) quarantined: BTreeMap<RelPath, String>,
}

struct Watch<'a> {
    in_flight: &'a InFlight,
    progress: &'a dyn Progress,
}

impl Observer for Watch<'_> {
    fn started(&self, path: &RelPath, hash: ContentHash) {
        self.in_flight.started(path.as_str(), hash.0.0);
    }

    fn done(&self, path: &RelPath) {
        self.in_flight.done(path.as_str());
        self.progress.advance(1);
    }

    fn put_off(&self, path: &RelPath) {
        self.in_flight.done(path.as_str());
    }
}

impl Asker {
    pub(crate) fn new(
        provider: Box<dyn TypeProvider>,
        (in_flight, suspects): (InFlight, Vec<(String, [u8; 32])>),
        isolation: Option<Arc<dyn Isolation>>,
        progress: Arc<dyn Progress>,
        shuffle: Option<u64>,
    ) -> Self {
        Self {
            provider,
            world: World::default(),
            in_flight,
            suspects,
            judged: BTreeMap::new(),
            isolation,
            progress,
            shuffle,
        }
    }

    /// The process ends.
    pub(crate) fn leave(&mut self) {
        self.provider.leave();
    }

    /// Asks `questions` about `world`.
    pub(crate) fn ask(
        &mut self,
        world: &World,
        questions: &[Question],
        mut circumstances: Circumstances<'_>,
        cancel: &Cancel,
    ) -> Result<Answered, AskError> {
        self.progress.phase(Phase::Asking, Some(questions.len() as u64));
        self.tell(world);

        let mut quarantined = circumstances.failed;
        let files = || questions.iter().map(|question| (&question.path, question.hash));
        let deadly = self.proven_deadly(files(), &circumstances.accused);
        quarantined.extend(deadly.into_iter().map(|path| (path, ABORTS.to_owned())));
        for question in questions.iter().filter(|question| quarantined.contains_key(&question.path)) {
            circumstances.shunned.insert(question.path.clone(), question.hash);
        }
        self.provider.shun(&circumstances.shunned);
        let mut order: Vec<usize> =
            (0..questions.len()).filter(|&index| !quarantined.contains_key(&questions[index].path)).collect();
        match self.shuffle {
            Some(seed) => order.sort_by_key(|&index| {
                digest_of("staniel 2026 asking order", &(seed, &questions[index].path))
            }),
            None => order.sort_by_key(|&index| {
                circumstances.places.get(&questions[index].path).copied().unwrap_or(usize::MAX)
            }),
        }
        self.provider.keep_together(circumstances.components);
        let ordered: Vec<Question> = order.iter().map(|&index| questions[index].clone()).collect();
        let watch = Watch { in_flight: &self.in_flight, progress: &*self.progress };
        let mut outcomes: FxHashMap<usize, Outcome> =
            order.into_iter().zip(self.provider.ask(&ordered, &watch, cancel)?).collect();

        let mut answers = Vec::with_capacity(questions.len());
        for (index, question) in questions.iter().enumerate() {
            answers.push(Arc::new(match outcomes.remove(&index) {
                Some(Outcome::Answered(answers))
                    if answers.len() == question.facts.outline.definitions.len() =>
                {
                    answers
                }
                Some(Outcome::Partly(answers, why))
                    if answers.len() == question.facts.outline.definitions.len() =>
                {
                    quarantined.insert(question.path.clone(), why);
                    answers
                }
                Some(Outcome::Quarantined(why)) => {
                    quarantined.insert(question.path.clone(), why);
                    fallback(&question.facts)
                }
                Some(Outcome::Answered(_) | Outcome::Partly(..)) => {
                    quarantined
                        .insert(question.path.clone(), "the provider answered other questions".to_owned());
                    fallback(&question.facts)
                }
                None => fallback(&question.facts),
            }));
        }
        Ok(Answered { answers, quarantined })
    }

    /// What stands at each place of `world`; nothing in files that the provider fails on, which `circumstances` says of
    /// those that it did so before.
    pub(crate) fn look(
        &mut self,
        world: &World,
        places: &[Place],
        mut circumstances: Circumstances<'_>,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Sight>>, AskError> {
        let files: BTreeMap<&RelPath, ContentHash> =
            places.iter().map(|place| (&place.path, place.hash)).collect();
        self.progress.phase(Phase::Asking, Some(files.len() as u64));
        self.tell(world);
        for path in
            self.proven_deadly(files.iter().map(|(path, hash)| (*path, *hash)), &circumstances.accused)
        {
            let hash = files[&path];
            circumstances.shunned.insert(path, hash);
        }
        self.provider.shun(&circumstances.shunned);
        let watch = Watch { in_flight: &self.in_flight, progress: &*self.progress };
        self.provider.look(places, &watch, cancel)
    }

    /// Tells the provider of `world`, if it differs from the last one.
    fn tell(&mut self, world: &World) {
        let changed: Vec<RelPath> = self
            .world
            .files
            .diff(&world.files)
            .map(|item| match item {
                DiffItem::Add(path, _)
                | DiffItem::Remove(path, _)
                | DiffItem::Update { new: (path, _), .. } => path.clone(),
            })
            .collect();
        if !changed.is_empty() || self.world.environment != world.environment {
            self.provider.advance(world, &changed);
            self.world = world.clone();
        }
    }

    /// Those of `files` that the last process was asking when it died, and that kill a process of their own too. That
    /// it died proves nothing: somebody may have killed it.
    fn proven_deadly<'q>(
        &mut self,
        files: impl Iterator<Item = (&'q RelPath, ContentHash)>,
        accused: &BTreeSet<RelPath>,
    ) -> BTreeSet<RelPath> {
        let mut deadly = BTreeSet::new();
        let Some(isolation) = &self.isolation else { return deadly };
        for (path, hash) in files {
            let is_it = |(suspect, content): &mut (String, [u8; 32])| {
                *suspect == path.as_str() && *content == hash.0.0
            };
            let suspected = self.suspects.extract_if(.., is_it).count() > 0 || accused.contains(path);
            let judged =
                self.judged.get(path).filter(|(content, _)| *content == hash).map(|(_, deadly)| *deadly);
            let is_deadly = match judged {
                Some(is_deadly) => is_deadly,
                None if suspected => {
                    let is_deadly = !isolation.survives(path);
                    if is_deadly {
                        // Until this process ends in order: if it dies over another file, the next one must not
                        // have to find this one out again the hard way.
                        self.in_flight.started(path.as_str(), hash.0.0);
                    }
                    self.judged.insert(path.clone(), (hash, is_deadly));
                    is_deadly
                }
                None => false,
            };
            if is_deadly {
                deadly.insert(path.clone());
            }
        }
        deadly
    }
}

/// The declared answers, flagged as standing in.
fn fallback(facts: &FileFacts) -> Answers {
    let mut flagged = AnswersBuilder::default();
    for answer in Declared::answers(facts).iter() {
        flagged.push(Answer { flags: answer.flags | Flags::QUARANTINED, ..answer });
    }
    flagged.finish()
}
