//! Many places asked of one server: so many requests at a time, file after file, and again where the server was in
//! the middle of something or died.

use std::collections::VecDeque;
use std::collections::hash_map::Entry;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustc_hash::FxHashMap;
use serde_json::{Value, json};
use staniel_facts::{ContentHash, LineIndex, LineResolver, RelPath};
use staniel_provider::{AskError, Observer, SourceError, Sources};

use crate::process::End;
use crate::session::{Next, Refusal, Session};
use crate::stop::Stop;
use crate::surroundings::Surroundings;
use crate::{LspOptions, uri};

/// How often it is looked at whether the asker has raised its flag.
const TICK: Duration = Duration::from_millis(20);

/// How often a place is asked again when the server was in the middle of something.
const RETRIES: u32 = 8;

/// How long is waited before the first of these; each time twice as long.
const PAUSE: Duration = Duration::from_millis(10);

/// A server that fails as often as this without one answer in between does not work. A failure that takes all of the
/// deadline counts twice: nobody wants to wait longer.
const STRIKES: u32 = 4;

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
    pub(crate) method: &'static str,
    pub(crate) documents: Vec<&'a Document>,
    /// Of whom it is told when a document is begun and done.
    pub(crate) observer: Option<&'a dyn Observer>,
    pub(crate) stop: Stop<'a>,
}

struct State {
    /// In the order of asking.
    pending: VecDeque<Task>,
    /// Refused for the moment, and from when on they can be asked again.
    postponed: Vec<(Instant, Task)>,
    /// Had when the server died: asked one at a time.
    suspects: VecDeque<Task>,
    in_flight: FxHashMap<u64, Task>,
    open: FxHashMap<usize, Open>,
    replies: Vec<Vec<Option<Reply>>>,
    left: Vec<usize>,
    /// When the server last said or was asked something.
    heard: Instant,
    strikes: u32,
}

impl Sweep<'_> {
    /// Asks everything; replies in the order of documents and their places. `session` is used if there is one, made if
    /// there is none, and left if it is fit for use.
    pub(crate) fn run(&self, session: &mut Option<Session>) -> Result<Vec<Vec<Reply>>, AskError> {
        let tasks = self.documents.iter().enumerate().flat_map(|(document, asked)| {
            let task = move |place| Task { document, place, refusals: 0, failures: 0 };
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
        };
        loop {
            let mut current = match session.take() {
                Some(session) => session,
                None => Session::start(self.surroundings.launch(self.options), self.stop)?,
            };
            match self.converse(&mut current, &mut state)? {
                None => {
                    *session = Some(current);
                    let replies = state.replies.into_iter();
                    let all = |replies: Vec<Option<Reply>>| {
                        replies.into_iter().map(|reply| reply.expect("nothing is left to ask")).collect()
                    };
                    return Ok(replies.map(all).collect());
                }
                Some(failure) => self.bury(&current, &mut state, &failure)?,
            }
        }
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
            let queue = if task.failures > 0 { &mut state.suspects } else { &mut state.pending };
            queue.push_front(task);
        }
        while state.in_flight.len() < self.options.max_concurrent.max(1) {
            let alone = state.postponed.iter().any(|(_, task)| task.failures > 0)
                || state.in_flight.values().any(|task| task.failures > 0);
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
            Entry::Vacant(closed) => closed.insert(self.open(session, document)?),
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
        let item = json!({"uri": uri, "languageId": "python", "version": 1, "text": &*text});
        session.notify("textDocument/didOpen", &json!({"textDocument": item}));
        if let Some(observer) = self.observer {
            observer.started(&document.path, document.hash);
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
        state.replies[task.document][task.place] = Some(reply);
        state.left[task.document] -= 1;
        if state.left[task.document] > 0 {
            return;
        }
        if let (Some(open), Some(session)) = (state.open.remove(&task.document), session) {
            session.notify("textDocument/didClose", &json!({"textDocument": {"uri": open.uri}}));
        }
        if let Some(observer) = self.observer {
            observer.done(&self.documents[task.document].path);
        }
    }

    /// The server has failed: what it had is asked of another one, each place alone. One that was alone when the server
    /// failed for the second time is to blame.
    fn bury(&self, session: &Session, state: &mut State, failure: &Failure) -> Result<(), AskError> {
        let words = failure.words(self.options.deadline, session);
        tracing::debug!("{}: {words}; starting another one", self.options.server.describe());
        let mut had: Vec<Task> = state.in_flight.drain().map(|(_, task)| task).collect();
        had.sort_by_key(|task| (task.document, task.place));
        state.strikes += if matches!(failure, Failure::Silent) { 2 } else { 1 };
        let nonsense = matches!(failure, Failure::Ended(End::Nonsense(_)));
        if state.strikes >= STRIKES || (nonsense && !session.has_answered) {
            let place = had.first().map(|task| &self.documents[task.document].path);
            let place = place.map_or_else(String::new, |path| format!(" (it was asked about `{path}`)"));
            return Err(AskError::Broken(format!(
                "{} does not work: {words}{place}; `-vv` shows all it says",
                self.options.server.describe()
            )));
        }
        state.open.clear();
        let alone = had.len() == 1;
        for mut task in had.into_iter().rev() {
            task.failures += 1;
            if alone && task.failures > 1 {
                self.settle(None, state, &task, Reply::Failed(format!("the server fails on it: {words}")));
            } else {
                state.suspects.push_front(task);
            }
        }
        Ok(())
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
