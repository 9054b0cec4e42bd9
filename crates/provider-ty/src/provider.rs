//! The provider: a replica kept in step with the world, and the asking.

use std::sync::Arc;
use std::thread::JoinHandle;

use camino::Utf8PathBuf;
use staniel_facts::{Answers, Cancel, FileState, ProviderId, RelPath, World};
use staniel_provider::{AskError, Observer, Outcome, Question, Sources, TypeProvider};

use crate::options::TyOptions;
use crate::replica::Replica;
use crate::sweep::{Recipe, Sweep, Verdict};

/// After an ask for more files than this the database begins a new revision at once. ty keeps this many
/// syntax trees from one revision to the next.
const MANY: usize = 200;

/// Type inference by ty, in this process.
///
/// Dropping it while it settles after a large ask does not wait.
pub struct TyProvider {
    root: Utf8PathBuf,
    sources: Arc<dyn Sources>,
    options: TyOptions,
    world: World,
    state: State,
}

/// Where the database is.
enum State {
    /// There is none: it is built when somebody asks.
    Cold,
    Warm(Box<Replica>),
    /// It frees what only its last revision held, which can take longer than answering the next edit.
    Settling(JoinHandle<Replica>),
}

impl TyProvider {
    /// A provider for the project at `root`, which must be absolute. It reads nothing yet.
    pub fn new(root: Utf8PathBuf, sources: Arc<dyn Sources>, options: TyOptions) -> Self {
        Self { root, sources, options, world: World::default(), state: State::Cold }
    }

    fn recipe(&self) -> Recipe {
        let (root, world, sources) = (self.root.clone(), self.world.clone(), Arc::clone(&self.sources));
        let log_opened = self.options.log_opened.clone();
        Arc::new(move || Replica::new(&root, world.clone(), Arc::clone(&sources), log_opened.clone()))
    }

    /// The database, if there is one.
    fn take(&mut self) -> Option<Replica> {
        match std::mem::replace(&mut self.state, State::Cold) {
            State::Cold => None,
            State::Warm(replica) => Some(*replica),
            State::Settling(thread) => thread.join().ok(),
        }
    }

    fn keep(&mut self, mut replica: Replica, asked: usize) {
        if asked <= MANY {
            self.state = State::Warm(Box::new(replica));
            return;
        }
        let thread = std::thread::Builder::new().name("ty-settling".to_owned());
        // Without a thread there is no database either, and the next ask is a cold one.
        let settling = thread.spawn(move || {
            replica.turn_over();
            replica
        });
        self.state = settling.map_or(State::Cold, State::Settling);
    }

    fn threads(&self) -> usize {
        match self.options.threads {
            0 => std::thread::available_parallelism().map_or(1, usize::from),
            threads => threads,
        }
    }
}

/// Name and version, for those who need them before there is a provider: keys, stored generations.
pub fn id() -> ProviderId {
    ProviderId { name: "ty".into(), version: "0.0.10".into() }
}

impl TypeProvider for TyProvider {
    fn id(&self) -> ProviderId {
        id()
    }

    fn advance(&mut self, world: &World, changed: &[RelPath]) {
        let same_environment = self.world.environment == world.environment;
        self.world = world.clone();
        if let Some(mut replica) = self.take()
            && same_environment
        {
            replica.advance(world.clone(), changed);
            self.state = State::Warm(Box::new(replica));
        }
    }

    fn ask(
        &mut self,
        questions: &[Question],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Outcome>, AskError> {
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(questions.len());
        let mut pending = Vec::new();
        for (index, question) in questions.iter().enumerate() {
            if self.world.state(question.path.as_str()) != FileState::Present(question.hash) {
                return Err(AskError::Stale(question.path.clone()));
            }
            let nothing = question.facts.outline.definitions.is_empty();
            outcomes.push(nothing.then(|| Outcome::Answered(Answers::default())));
            if !nothing {
                pending.push(index);
            }
        }
        if pending.is_empty() {
            return Ok(outcomes.into_iter().flatten().collect());
        }

        let asked = pending.len();
        let recipe = self.recipe();
        let shared = (!self.options.hermetic).then(|| self.take().unwrap_or_else(|| recipe()));
        let mut sweep = Sweep {
            questions,
            observer,
            cancel,
            limits: self.options.limits,
            threads: self.threads(),
            recipe,
            shared,
        };
        let verdicts = sweep.run(pending);
        // A database that has met a text which is not the world's is void, whoever asks next.
        if let Some(replica) = sweep.shared.take()
            && replica.stale().is_none()
        {
            self.keep(replica, asked);
        }
        let mut failed = Vec::new();
        for (index, verdict) in verdicts? {
            match verdict {
                Verdict::Answered(answers) => outcomes[index] = Some(Outcome::Answered(answers)),
                Verdict::Failed(words) if self.options.hermetic => {
                    outcomes[index] = Some(Outcome::Quarantined(words));
                }
                Verdict::Failed(_) => failed.push(index),
            }
        }
        if !failed.is_empty() {
            // In company a file can fail for what another one did. Alone, it answers for itself.
            failed.sort_unstable();
            sweep.threads = 1;
            for (index, verdict) in sweep.run(failed)? {
                outcomes[index] = Some(match verdict {
                    Verdict::Answered(answers) => Outcome::Answered(answers),
                    Verdict::Failed(words) => Outcome::Quarantined(words),
                });
            }
        }
        for (question, outcome) in questions.iter().zip(&outcomes) {
            if matches!(outcome, Some(Outcome::Quarantined(_))) {
                observer.done(&question.path);
            }
        }
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.expect("a sweep returns a verdict for each file or an error"))
            .collect())
    }
}
