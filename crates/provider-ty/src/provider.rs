//! The provider: a replica kept in step with the world, and the asking.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::thread::JoinHandle;

use camino::Utf8PathBuf;
use staniel_facts::{Answers, Cancel, ContentHash, FileState, ProviderId, RelPath, SkipReason, World};
use staniel_provider::{
    AskError, Observer, Outcome, Place, Question, Sight, Sources, TypeProvider, check_content,
};

use crate::look::{Looked, look_at_all};
use crate::options::TyOptions;
use crate::replica::Replica;
use crate::sweep::{Recipe, Sweep, Verdict};

/// After an ask for more files than this the database begins a new revision at once. ty keeps this many
/// syntax trees from one revision to the next.
const MANY: usize = 200;

/// No more files than that are waited for in vain before places are not looked at any more: each costs all that a file
/// may, and a database.
const MOST_ENDLESS: usize = 4;

/// Type inference by ty, in this process.
///
/// Dropping it while it settles after a large ask does not wait.
pub struct TyProvider {
    root: Utf8PathBuf,
    sources: Arc<dyn Sources>,
    options: TyOptions,
    world: World,
    /// Files that ty hangs, panics or aborts on, with the content that it does so for.
    shunned: BTreeMap<RelPath, ContentHash>,
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
        Self { root, sources, options, world: World::default(), shunned: BTreeMap::new(), state: State::Cold }
    }

    fn recipe(&self) -> Recipe {
        let (root, world, sources) = (self.root.clone(), self.shown(), Arc::clone(&self.sources));
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

/// Name and version, for those who need them before there is a provider: keys, stored generations. What is said beyond
/// ty's own words is the second part of the version.
pub fn id() -> ProviderId {
    ProviderId { name: "ty".into(), version: "0.0.10+4".into() }
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
            replica.advance(self.shown(), changed);
            self.state = State::Warm(Box::new(replica));
        }
    }

    fn leave(&mut self) {
        std::mem::forget(std::mem::replace(&mut self.state, State::Cold));
    }

    fn shun(&mut self, files: &BTreeMap<RelPath, ContentHash>) {
        if self.shunned == *files {
            return;
        }
        let before = std::mem::replace(&mut self.shunned, files.clone());
        let changed: Vec<RelPath> = before.into_keys().chain(files.keys().cloned()).collect();
        if let Some(mut replica) = self.take() {
            replica.advance(self.shown(), &changed);
            self.state = State::Warm(Box::new(replica));
        }
    }

    fn ask(
        &mut self,
        questions: &[Question],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Outcome>, AskError> {
        let mut shunned = self.shunned.clone();
        shunned.retain(|path, _| !questions.iter().any(|question| question.path == *path));
        self.shun(&shunned);
        let mut outcomes: Vec<Option<Outcome>> = Vec::with_capacity(questions.len());
        let mut pending = Vec::new();
        for (index, question) in questions.iter().enumerate() {
            check_content(&self.world, &question.path, question.hash)?;
            let nothing = question.facts.outline.definitions.is_empty();
            outcomes.push(nothing.then(|| Outcome::Answered(Answers::default())));
            if nothing {
                observer.done(&question.path);
            } else {
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
        let result = self.sweep(&mut sweep, pending, &mut outcomes);
        // A database that has met a text which is not the world's is void, whoever asks next.
        if let Some(replica) = sweep.shared.take()
            && replica.stale().is_none()
        {
            self.keep(replica, asked);
        }
        result?;
        Ok(outcomes
            .into_iter()
            .map(|outcome| outcome.expect("a sweep ends with an outcome for each file, or with an error"))
            .collect())
    }

    fn look(
        &mut self,
        places: &[Place],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Sight>>, AskError> {
        for place in places {
            check_content(&self.world, &place.path, place.hash)?;
        }
        for _ in 0..MOST_ENDLESS {
            let fit: Vec<bool> = places.iter().map(|place| !self.shunned.contains_key(&place.path)).collect();
            let asked: Vec<Place> =
                places.iter().zip(&fit).filter(|(_, fit)| **fit).map(|(place, _)| place.clone()).collect();
            let replica = self.take().unwrap_or_else(|| self.recipe()());
            match look_at_all(replica, &self.world, &asked, self.options.limits, observer, cancel)? {
                Looked::Seen(replica, sights) => {
                    if let Some(path) = replica.stale() {
                        return Err(AskError::Stale(path));
                    }
                    let mut sights = sights.into_iter();
                    self.state = State::Warm(replica);
                    let seen = |fit| if fit { sights.next().flatten() } else { None };
                    return Ok(fit.into_iter().map(seen).collect());
                }
                // What the others were told with that file in sight may depend on how far they got.
                Looked::Endless(path, words) => {
                    tracing::warn!("`{path}` {words}: nothing is said of it");
                    if let FileState::Present(hash) = self.world.state(path.as_str()) {
                        self.shunned.insert(path, hash);
                    }
                }
            }
        }
        Err(AskError::Broken(format!(
            "{MOST_ENDLESS} files are too much for ty; ask about fewer places, or have `staniel snapshot` find out which"
        )))
    }
}

impl TyProvider {
    /// Answers the questions `pending`. A file that fails is shown empty from then on to those that import it,
    /// and the others are asked as if nothing had been.
    fn sweep(
        &mut self,
        sweep: &mut Sweep<'_>,
        mut pending: Vec<usize>,
        outcomes: &mut [Option<Outcome>],
    ) -> Result<(), AskError> {
        let threads = sweep.threads;
        while !pending.is_empty() {
            sweep.threads = threads;
            let swept = sweep.run(pending.clone())?;
            let mut suspects: Vec<(usize, String)> = swept.stopped.into_iter().collect();
            for (index, verdict) in swept.verdicts {
                match verdict {
                    Verdict::Answered(answers) => outcomes[index] = Some(Outcome::Answered(answers)),
                    Verdict::Panicked(words) => suspects.push((index, words)),
                }
            }
            // In the order of asking: what others need comes before them.
            suspects.sort_unstable();
            sweep.threads = 1;
            // In company a file can fail for what another one did. Alone, it answers for itself.
            let mut was_alone = self.options.hermetic;
            for (index, words) in suspects {
                let verdict = if std::mem::take(&mut was_alone) {
                    Err(words)
                } else {
                    let swept = sweep.run(vec![index])?;
                    match (swept.stopped, swept.verdicts.into_iter().next()) {
                        (Some((_, words)), _) | (None, Some((_, Verdict::Panicked(words)))) => Err(words),
                        (None, Some((_, Verdict::Answered(answers)))) => Ok(answers),
                        (None, None) => Err("ty has no answer".to_owned()),
                    }
                };
                outcomes[index] = Some(match verdict {
                    Ok(answers) => Outcome::Answered(answers),
                    Err(words) => {
                        self.give_up(sweep, index);
                        Outcome::Quarantined(words)
                    }
                });
            }
            pending.retain(|index| outcomes[*index].is_none());
        }
        Ok(())
    }

    /// Shows a file that failed as empty from now on.
    fn give_up(&mut self, sweep: &mut Sweep<'_>, index: usize) {
        let Question { path, hash, .. } = &sweep.questions[index];
        sweep.observer.done(path);
        self.shunned.insert(path.clone(), *hash);
        sweep.recipe = self.recipe();
        if let Some(replica) = &mut sweep.shared {
            replica.advance(self.shown(), std::slice::from_ref(path));
        }
    }

    /// The world as ty sees it: without the texts of the shunned files.
    fn shown(&self) -> World {
        let mut world = self.world.clone();
        for (path, hash) in &self.shunned {
            if let Some(tracked) = world.files.get_mut(path)
                && tracked.state == FileState::Present(*hash)
            {
                tracked.state =
                    FileState::Skipped(SkipReason::Hostile("the type checker fails on it".into()));
            }
        }
        world
    }
}
