//! Many places asked of one server: so many requests at a time, file after file, and again where the server was in
//! the middle of something or died.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use staniel_facts::{ContentHash, LineIndex, LineResolver, RelPath};
use staniel_provider::{AskError, Observer, SourceError, Sources};

use crate::process::End;
use crate::recoded::{self, Recoded};
use crate::session::{Next, Refusal, Session};
use crate::stop::Stop;
use crate::surroundings::Surroundings;
use crate::{LspOptions, uri};

/// How often it is looked at whether the asker has raised its flag.
const TICK: Duration = Duration::from_millis(20);

/// How often a place is asked again when the server was in the middle of something.
const RETRIES: u32 = 8;

/// How often it is asked again beside others.
const INTERRUPTIONS: u32 = 2;

/// How long is waited before the first of these; each time twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// A server that fails as often as this without one answer in between does not work. A failure that takes all of the
/// deadline counts twice: nobody wants to wait longer.
const STRIKES: u32 = 4;

/// Nor does one that fails on more places than this, or is silent more often: each costs a start, or a deadline.
const MOST_FAILURES: u32 = 32;

/// A file, and what is asked about it.
pub(crate) struct Document {
    pub(crate) path: RelPath,
    pub(crate) hash: ContentHash,
    /// Byte offsets into the decoded text.
    pub(crate) offsets: Vec<u32>,
}

/// What became of a place.
#[derive(Clone, Debug)]
pub(crate) enum Reply {
    Said(Value),
    /// The server fails on it, in these words.
    Failed(String),
}

/// A request that is to be answered.
#[derive(Clone, Debug)]
struct Task {
    document: usize,
    place: usize,
    /// How often the server did not want to answer now.
    refusals: u32,
    /// How often the server died or fell silent while it had this request.
    failures: u32,
    /// Answered before: asked of a new server to see whether it works.
    is_probe: bool,
}

impl Task {
    /// Whether nothing else shall be asked meanwhile: it may be what the server fails on; or the documents that are opened
    /// for others are what the server takes for changes, each time it has begun with this one.
    fn wants_to_be_alone(&self) -> bool {
        self.failures > 0 || self.refusals > INTERRUPTIONS
    }
}

/// A document that the server has been told of.
struct Open {
    uri: String,
    lines: LineResolver,
}

/// One server's share of the work.
pub(crate) struct Sweep<'a> {
    pub(crate) options: &'a LspOptions,
    pub(crate) surroundings: &'a Surroundings,
    pub(crate) sources: &'a dyn Sources,
    pub(crate) recoded: &'a Recoded,
    pub(crate) method: &'static str,
    pub(crate) documents: Vec<&'a Document>,
    /// Of whom it is told when a document is begun and done.
    pub(crate) observer: Option<&'a dyn Observer>,
    /// Whether a server answered, be it asked by another of those who share the work.
    pub(crate) answered: &'a AtomicBool,
    pub(crate) stop: Stop<'a>,
}

struct State {
    /// In the order of asking.
    pending: VecDeque<Task>,
    /// Refused for the moment, and from when on they can be asked again.
    postponed: Vec<(Instant, Task)>,
    /// Had when the server died, or asked to see whether the next one works: asked one at a time.
    suspects: VecDeque<Task>,
    in_flight: FxHashMap<u64, Task>,
    open: FxHashMap<usize, Open>,
    replies: Vec<Vec<Option<Reply>>>,
    left: Vec<usize>,
    /// When the server last said or was asked something.
    heard: Instant,
    /// Failures since the last answer.
    strikes: u32,
    /// Places to blame and silences since the beginning.
    failures: u32,
    /// A place that was answered.
    answered: Option<(usize, usize)>,
}

impl Sweep<'_> {
    /// Asks everything; replies in the order of documents and their places. `session` is used if there is one, made if
    /// there is none, and left if it is fit for use.
    pub(crate) fn run(&self, session: &mut Option<Session>) -> Result<Vec<Vec<Reply>>, AskError> {
        let tasks = self.documents.iter().enumerate().flat_map(|(document, asked)| {
            let task = move |place| Task { document, place, refusals: 0, failures: 0, is_probe: false };
            (0..asked.offsets.len()).map(task)
        });
        let mut state = State {
            pending: tasks.collect(),
            postponed: Vec::new(),
            suspects: VecDeque::new(),
            in_flight: FxHashMap::default(),
            open: FxHashMap::default(),
            replies: self.documents.iter().map(|document| vec![None; document.offsets.len()]).collect(),
            left: self.documents.iter().map(|document| document.offsets.len()).collect(),
            heard: Instant::now(),
            strikes: 0,
            failures: 0,
            answered: None,
        };
        while state.left.iter().any(|left| *left > 0) {
            let mut current = match session.take() {
                Some(session) => session,
                None => {
                    let session = Session::start(self.surroundings.launch(self.options), self.stop)?;
                    self.recoded.open(&session, &self.options.root);
                    session
                }
            };
            match self.converse(&mut current, &mut state)? {
                None => *session = Some(current),
                Some(failure) => self.bury(&current, &mut state, &failure)?,
            }
        }
        let all = |replies: Vec<Option<Reply>>| {
            replies.into_iter().map(|reply| reply.expect("nothing is left to ask")).collect()
        };
        Ok(state.replies.into_iter().map(all).collect())
    }

    /// Until everything is answered (`None`), or the server fails.
    fn converse(&self, session: &mut Session, state: &mut State) -> Result<Option<Failure>, AskError> {
        state.heard = Instant::now();
        loop {
            self.stop.check()?;
            self.send(session, state)?;
            if state.in_flight.is_empty() && state.postponed.is_empty() {
                return Ok(None);
            }
            match session.next(self.patience(state)) {
                Next::Reply(id, result) => {
                    // One that nobody waits for any more is an old one.
                    if let Some(task) = state.in_flight.remove(&id) {
                        state.heard = Instant::now();
                        self.take(session, state, task, result)?;
                    }
                }
                Next::Ended(why) => return Ok(Some(Failure::Ended(why))),
                Next::Nothing if state.in_flight.is_empty() => state.heard = Instant::now(),
                Next::Nothing if state.heard.elapsed() >= self.options.deadline => {
                    return Ok(Some(Failure::Silent));
                }
                Next::Nothing => {}
            }
        }
    }

    /// How long to wait for a message before looking around.
    fn patience(&self, state: &State) -> Duration {
        let now = Instant::now();
        let postponed = state.postponed.iter().map(|(when, _)| when.saturating_duration_since(now)).min();
        postponed.unwrap_or(TICK).min(TICK)
    }

    /// Hands out as much as the server may have at a time. Suspects come first, each alone.
    fn send(&self, session: &mut Session, state: &mut State) -> Result<(), AskError> {
        let now = Instant::now();
        let ready: Vec<_> = state.postponed.extract_if(.., |(when, _)| *when <= now).collect();
        for (_, task) in ready {
            let queue = if task.wants_to_be_alone() { &mut state.suspects } else { &mut state.pending };
            queue.push_front(task);
        }
        while state.in_flight.len() < self.options.max_concurrent.max(1) {
            let alone = state.postponed.iter().any(|(_, task)| task.wants_to_be_alone())
                || state.in_flight.values().any(Task::wants_to_be_alone);
            let task = match state.suspects.front() {
                _ if alone => return Ok(()),
                Some(_) if !state.in_flight.is_empty() => return Ok(()),
                Some(_) => state.suspects.pop_front(),
                None => state.pending.pop_front(),
            };
            let Some(task) = task else { return Ok(()) };
            self.ask(session, state, task)?;
        }
        Ok(())
    }

    fn ask(&self, session: &mut Session, state: &mut State, task: Task) -> Result<(), AskError> {
        let document = self.documents[task.document];
        let open = match state.open.entry(task.document) {
            Entry::Occupied(open) => open.into_mut(),
            Entry::Vacant(closed) => {
                if let Some(observer) = self.observer.filter(|_| state.left[task.document] > 0) {
                    observer.started(&document.path, document.hash);
                }
                closed.insert(self.open(session, document)?)
            }
        };
        let position = open.lines.position(document.offsets[task.place], session.encoding);
        let params = json!({
            "textDocument": {"uri": open.uri},
            "position": {"line": position.line, "character": position.character},
        });
        let id = session.request(self.method, &params);
        if state.in_flight.is_empty() {
            state.heard = Instant::now();
        }
        state.in_flight.insert(id, task);
        Ok(())
    }

    fn open(&self, session: &Session, document: &Document) -> Result<Open, AskError> {
        let text = self.text(document)?;
        let uri = uri::of(&self.options.root.join(document.path.as_str()));
        if !self.recoded.contains(&document.path) {
            recoded::open(session, &uri, &text);
        }
        Ok(Open { uri, lines: LineIndex::new(&text).resolver() })
    }

    fn text(&self, document: &Document) -> Result<Arc<str>, AskError> {
        self.sources.text(&document.path, document.hash).map_err(|error| match error {
            SourceError::Changed(path) | SourceError::Unreadable(path, _) => AskError::Stale(path),
        })
    }

    fn take(
        &self,
        session: &mut Session,
        state: &mut State,
        mut task: Task,
        result: Result<Value, Refusal>,
    ) -> Result<(), AskError> {
        session.has_answered = true;
        let reply = match result {
            Ok(value) => {
                state.strikes = 0;
                state.answered = Some((task.document, task.place));
                self.answered.store(true, Ordering::Relaxed);
                Reply::Said(value)
            }
            Err(refusal) if refusal.is_temporary() && task.refusals < RETRIES => {
                let pause = PAUSE * 2u32.pow(task.refusals);
                task.refusals += 1;
                state.postponed.push((Instant::now() + pause, task));
                return Ok(());
            }
            Err(refusal) if refusal.is_temporary() => {
                return Err(AskError::Broken(format!(
                    "{} never comes to rest: \"{}\", {RETRIES} times; are its files being changed?",
                    self.options.server.describe(),
                    refusal.message
                )));
            }
            Err(refusal) => Reply::Failed(format!("the server fails: {}", refusal.message)),
        };
        self.settle(Some(session), state, &task, reply);
        Ok(())
    }

    /// A place is done with.
    fn settle(&self, session: Option<&Session>, state: &mut State, task: &Task, reply: Reply) {
        if !task.is_probe {
            state.replies[task.document][task.place] = Some(reply);
            state.left[task.document] -= 1;
        }
        if state.left[task.document] > 0 {
            return;
        }
        let stays_open = self.recoded.contains(&self.documents[task.document].path);
        if let (Some(open), Some(session), false) = (state.open.remove(&task.document), session, stays_open) {
            session.notify("textDocument/didClose", &json!({"textDocument": {"uri": open.uri}}));
        }
        if let Some(observer) = self.observer.filter(|_| !task.is_probe) {
            observer.done(&self.documents[task.document].path);
        }
    }

    /// The server has failed: what it had is asked of another one, each place alone. One that was alone when the server
    /// failed for the second time is to blame. Before them somebody else is asked: whether the server works is not for
    /// those to say on whom it failed.
    fn bury(&self, session: &Session, state: &mut State, failure: &Failure) -> Result<(), AskError> {
        let words = failure.words(self.options.deadline, session);
        tracing::debug!("{}: {words}; starting another one", self.options.server.describe());
        let is_silent = matches!(failure, Failure::Silent);
        let mut had: Vec<Task> = state.in_flight.drain().map(|(_, task)| task).collect();
        had.sort_by_key(|task| (task.document, task.place));
        let place = had.first().map(|task| &self.documents[task.document].path);
        let place = place.map_or_else(String::new, |path| format!(" (it was asked about `{path}`)"));
        state.open.clear();
        let is_alone = had.len() == 1;
        let mut is_to_blame = false;
        for mut task in had.into_iter().rev().filter(|task| !task.is_probe) {
            task.failures += 1;
            is_to_blame = is_alone && task.failures > 1;
            if is_to_blame {
                self.settle(None, state, &task, Reply::Failed(format!("the server fails on it: {words}")));
            } else {
                state.suspects.push_front(task);
            }
        }
        state.strikes += if is_silent { 2 } else { 1 };
        state.failures += u32::from(is_silent || is_to_blame);
        // Nobody is left who could say that it works, or somebody has said so to another.
        let is_spared = state.answered.is_none()
            && (state.left.iter().all(|left| *left == 0) || self.answered.load(Ordering::Relaxed));
        let nonsense = matches!(failure, Failure::Ended(End::Nonsense(_))) && !session.has_answered;
        let fault = if nonsense || (state.strikes >= STRIKES && !is_spared) {
            "does not work"
        } else if state.failures > MOST_FAILURES {
            "fails too often"
        } else {
            // Enough have been asked whether it works, in vain: what it failed on is to be settled first.
            if state.strikes < STRIKES
                && let Some(witness) = self.witness(state)
            {
                state.suspects.push_front(witness);
            }
            return Ok(());
        };
        Err(AskError::Broken(format!(
            "{} {fault}: {words}{place}; `-vv` shows all it says",
            self.options.server.describe()
        )))
    }

    /// Whom to ask first after a failure: a place that was answered; else one of a file that the server has not failed
    /// on, the later the better; else the last suspect.
    fn witness(&self, state: &mut State) -> Option<Task> {
        if let Some((document, place)) = state.answered {
            return Some(Task { document, place, refusals: 0, failures: 1, is_probe: true });
        }
        let is_suspect = |task: &Task| state.suspects.iter().any(|other| other.document == task.document);
        let innocent = state.pending.iter().rposition(|task| !is_suspect(task));
        match innocent.or(state.pending.len().checked_sub(1)) {
            Some(index) => state.pending.remove(index),
            None => state.suspects.pop_back(),
        }
    }
}

/// How a server failed.
enum Failure {
    Ended(End),
    /// Nothing was heard of it within the deadline.
    Silent,
}

impl Failure {
    fn words(&self, deadline: Duration, session: &Session) -> String {
        match self {
            Self::Silent => format!("no answer within {} s", deadline.as_secs_f32()),
            Self::Ended(why) => match session.last_words() {
                words if words.is_empty() => why.to_string(),
                words => format!("{why} ({words})"),
            },
        }
    }
}
