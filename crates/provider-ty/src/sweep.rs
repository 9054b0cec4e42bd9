//! Many files at once, under supervision.
//!
//! ty has small valid inputs on which it runs without end, takes gigabytes, or panics, and salsa looks at
//! cancellation only between queries. So nobody here waits for a thread unconditionally. The thread that
//! asks is the supervisor: it hands files to workers one by one, so that it knows at each moment who has
//! what since when, and takes two steps with a file that exceeds its limits: the cancellation token of
//! the worker's handle; if that is not heeded, the database is given up with every thread on it. Either way the
//! run ends there: who goes on must first see to it that nobody else runs into that file. A thread that never comes
//! back is left behind with its database: a thread cannot be ended from outside. Its memory is lost until the
//! process ends.

use std::collections::VecDeque;
use std::panic::AssertUnwindSafe;
use std::sync::{Arc, Mutex, PoisonError};
use std::thread::JoinHandle;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, Sender};
use ruff_db::panic::catch_unwind;
use salsa::{CancellationToken, Cancelled, Database as _};
use staniel_facts::{Answers, Cancel, RelPath};
use staniel_provider::{AskError, Observer, Question};

use crate::answer::answer;
use crate::memory;
use crate::options::Limits;
use crate::replica::Replica;

/// ty recurses over expressions and types. Its own program gives it a quarter of this, which 3,000 nested lambdas
/// overflow: the guard before the parser lets those pass, as CPython does.
pub(crate) const STACK: usize = 4 * ruff_db::STACK_SIZE;

/// How often limits and the asker's flag are looked at.
pub(crate) const TICK: Duration = Duration::from_millis(20);

/// How long a worker may take to heed its cancellation token. Queries of sane files take far less.
const GRACE: Duration = Duration::from_secs(1);

/// Makes a database that knows nothing yet, on the world of the day.
pub(crate) type Recipe = Arc<dyn Fn() -> Replica + Send + Sync>;

/// What became of a file.
#[derive(Debug)]
pub(crate) enum Verdict {
    Answered(Answers),
    /// It made ty panic, in words.
    Panicked(String),
}

/// What became of a run.
#[derive(Debug, Default)]
pub(crate) struct Swept {
    /// In no particular order; all files have one unless the run was stopped.
    pub(crate) verdicts: Vec<(usize, Verdict)>,
    /// The file that exceeded a limit, and how. Those without a verdict must be asked again.
    pub(crate) stopped: Option<(usize, String)>,
}

/// One run over some questions.
pub(crate) struct Sweep<'a> {
    pub(crate) questions: &'a [Question],
    pub(crate) observer: &'a dyn Observer,
    pub(crate) cancel: &'a Cancel,
    pub(crate) limits: Limits,
    pub(crate) threads: usize,
    pub(crate) recipe: Recipe,
    /// The database that all workers share; `None`: a fresh one for each file.
    pub(crate) shared: Option<Replica>,
}

struct Worker {
    number: usize,
    jobs: Sender<(usize, Question)>,
    thread: JoinHandle<()>,
    leash: Leash,
    busy: Option<Busy>,
}

struct Busy {
    index: usize,
    since: Instant,
    /// The process's memory when it began.
    resident: u64,
    /// When it was told to stop, and why.
    stopped: Option<(Instant, String)>,
}

/// By what a worker that is inside ty can be told to stop.
#[derive(Clone, Default)]
struct Leash(Arc<Mutex<Option<Handle>>>);

struct Handle {
    token: CancellationToken,
    /// A second handle on a database of the worker's own.
    own: Option<Replica>,
}

impl Leash {
    fn set(&self, handle: Option<Handle>) {
        *self.0.lock().unwrap_or_else(PoisonError::into_inner) = handle;
    }

    fn pull(&self) {
        if let Some(handle) = &*self.0.lock().unwrap_or_else(PoisonError::into_inner) {
            handle.token.cancel();
        }
    }

    fn take(&self) -> Option<Handle> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }
}

struct Report {
    worker: usize,
    result: Result<Answers, Failure>,
    stale: Option<RelPath>,
}

enum Failure {
    /// Its query was cancelled, by us or because another handle's was.
    Cancelled,
    Panicked(String),
}

impl Sweep<'_> {
    /// Answers the questions with the given indexes, begun in this order.
    ///
    /// After an error the shared database is fit for use if it is still there, unless it is stale.
    pub(crate) fn run(&mut self, indexes: Vec<usize>) -> Result<Swept, AskError> {
        let mut crew = Crew {
            workers: Vec::new(),
            hired: 0,
            pending: indexes.into(),
            swept: Swept::default(),
            reports: crossbeam_channel::unbounded(),
            resident: memory::resident().unwrap_or(0),
        };
        let outcome = self.supervise(&mut crew);
        self.call_off(&mut crew);
        crew.dismiss();
        outcome.map(|()| crew.swept)
    }

    fn supervise(&mut self, crew: &mut Crew) -> Result<(), AskError> {
        let mut looked = Instant::now();
        loop {
            self.cancel.check().map_err(|_| AskError::Cancelled)?;
            self.hand_out(crew)?;
            if crew.workers.iter().all(|worker| worker.busy.is_none()) {
                return Ok(());
            }
            if let Ok(report) = crew.reports.1.recv_timeout(TICK) {
                self.receive(crew, report)?;
            }
            if looked.elapsed() >= TICK {
                looked = Instant::now();
                self.look_after(crew);
            }
            if crew.swept.stopped.is_some() {
                return Ok(());
            }
        }
    }

    /// Gives every idle worker a file, and hires as many as there is work for.
    fn hand_out(&self, crew: &mut Crew) -> Result<(), AskError> {
        while !crew.pending.is_empty() {
            let idle = crew.workers.iter().position(|worker| worker.busy.is_none());
            let place = match idle {
                Some(place) => place,
                None if crew.workers.len() < self.threads => {
                    let worker = self.hire(crew).map_err(|error| {
                        AskError::Broken(format!("no thread can be started for the analysis: {error}"))
                    })?;
                    crew.workers.push(worker);
                    crew.workers.len() - 1
                }
                None => break,
            };
            let Some(index) = crew.pending.pop_front() else { break };
            let question = &self.questions[index];
            self.observer.started(&question.path, question.hash);
            let worker = &mut crew.workers[place];
            worker.busy = Some(Busy { index, since: Instant::now(), resident: crew.resident, stopped: None });
            worker.jobs.send((index, question.clone())).expect("a worker listens until its sender is gone");
        }
        Ok(())
    }

    fn hire(&self, crew: &mut Crew) -> std::io::Result<Worker> {
        let number = crew.hired;
        crew.hired += 1;
        let (jobs, inbox) = crossbeam_channel::unbounded();
        let leash = Leash::default();
        let desk = Desk {
            number,
            shared: self.shared.clone(),
            recipe: Arc::clone(&self.recipe),
            leash: leash.clone(),
            reports: crew.reports.0.clone(),
        };
        let thread = std::thread::Builder::new().name(format!("ty-{number}")).stack_size(STACK);
        let thread = thread.spawn(move || desk.work(&inbox))?;
        Ok(Worker { number, jobs, thread, leash, busy: None })
    }

    fn receive(&self, crew: &mut Crew, report: Report) -> Result<(), AskError> {
        // One whose database was given up may still report.
        let Some(worker) = crew.workers.iter_mut().find(|worker| worker.number == report.worker) else {
            return Ok(());
        };
        let Some(busy) = worker.busy.take() else { return Ok(()) };
        if let Some(path) = report.stale {
            return Err(AskError::Stale(path));
        }
        match (report.result, busy.stopped) {
            (Ok(answers), _) => {
                self.observer.done(&self.questions[busy.index].path);
                crew.swept.verdicts.push((busy.index, Verdict::Answered(answers)));
            }
            (Err(Failure::Panicked(words)), _) => {
                self.put_off(busy.index);
                crew.swept.verdicts.push((busy.index, Verdict::Panicked(words)));
            }
            (Err(Failure::Cancelled), Some((_, words))) => {
                self.put_off(busy.index);
                crew.swept.stopped = Some((busy.index, words));
            }
            // Somebody else's trouble.
            (Err(Failure::Cancelled), None) => {
                self.put_off(busy.index);
                crew.pending.push_front(busy.index);
            }
        }
        Ok(())
    }

    /// Tells the file that has exceeded a limit to stop, and gives it up if it does not. One at a time, the one
    /// that was begun first: others may only be waiting for what it computes.
    fn look_after(&mut self, crew: &mut Crew) {
        crew.resident = memory::resident().unwrap_or(0);
        let busy = |worker: &Worker| worker.busy.as_ref().map(|busy| (busy.stopped.is_none(), busy.since));
        let first =
            crew.workers.iter_mut().filter(|worker| worker.busy.is_some()).min_by_key(|worker| busy(worker));
        let Some(worker) = first else { return };
        let Some(busy) = &mut worker.busy else { return };
        match &busy.stopped {
            Some((when, _)) if when.elapsed() > GRACE => {
                let number = worker.number;
                crew.swept.stopped = busy.stopped.take().map(|(_, words)| (busy.index, words));
                self.give_up(crew, &[number]);
            }
            Some(_) => worker.leash.pull(),
            None => {
                if let Some(words) = self.limits.excess(busy.since, busy.resident, crew.resident) {
                    tracing::warn!("`{}` {words}", self.questions[busy.index].path);
                    busy.stopped = Some((Instant::now(), words));
                    worker.leash.pull();
                }
            }
        }
    }

    /// Leaves the named workers behind, and with a shared database everybody else who is on it: they may
    /// be waiting for what one of those computes.
    fn give_up(&mut self, crew: &mut Crew, deaf: &[usize]) {
        let shared = self.shared.take();
        let (lost, kept): (Vec<_>, Vec<_>) = std::mem::take(&mut crew.workers)
            .into_iter()
            .partition(|worker| shared.is_some() || deaf.contains(&worker.number));
        crew.workers = kept;
        for worker in lost {
            if let Some(busy) = worker.busy {
                self.put_off(busy.index);
            }
            if let Some(Handle { own: Some(own), .. }) = worker.leash.take() {
                abandon(own);
            }
        }
        if let Some(shared) = shared {
            abandon(shared);
            self.shared = Some((self.recipe)());
        }
    }

    /// Tells the observer that a file has no answer and is not being asked any more.
    fn put_off(&self, index: usize) {
        self.observer.put_off(&self.questions[index].path);
    }

    /// Ends a run, before its time if somebody is still busy: whoever does not stop in time is left behind.
    fn call_off(&mut self, crew: &mut Crew) {
        crew.pending.clear();
        let deadline = Instant::now() + GRACE;
        while crew.workers.iter().any(|worker| worker.busy.is_some()) {
            for worker in crew.workers.iter().filter(|worker| worker.busy.is_some()) {
                worker.leash.pull();
            }
            if let Ok(report) = crew.reports.1.recv_timeout(TICK)
                && let Some(worker) = crew.workers.iter_mut().find(|worker| worker.number == report.worker)
                && let Some(busy) = worker.busy.take()
            {
                self.put_off(busy.index);
            }
            if Instant::now() > deadline {
                let busy = crew.workers.iter().filter(|worker| worker.busy.is_some());
                let deaf: Vec<usize> = busy.map(|worker| worker.number).collect();
                self.give_up(crew, &deaf);
            }
        }
    }
}

/// The supervisor's books.
struct Crew {
    workers: Vec<Worker>,
    hired: usize,
    pending: VecDeque<usize>,
    swept: Swept,
    reports: (Sender<Report>, Receiver<Report>),
    resident: u64,
}

impl Crew {
    /// Sends everybody home, and waits until their handles are gone.
    fn dismiss(&mut self) {
        for worker in std::mem::take(&mut self.workers) {
            drop(worker.jobs);
            if worker.thread.join().is_err() {
                tracing::error!("a worker panicked outside of ty");
            }
        }
    }
}

/// What a worker has at hand.
struct Desk {
    number: usize,
    shared: Option<Replica>,
    recipe: Recipe,
    leash: Leash,
    reports: Sender<Report>,
}

impl Desk {
    fn work(self, inbox: &Receiver<(usize, Question)>) {
        for (_, question) in inbox {
            let mut stale = None;
            let result = catch_unwind(AssertUnwindSafe(|| {
                let own;
                let replica = match &self.shared {
                    Some(shared) => shared,
                    None => {
                        own = (self.recipe)();
                        &own
                    }
                };
                let second = self.shared.is_none().then(|| replica.clone());
                self.leash.set(Some(Handle { token: replica.cancellation_token(), own: second }));
                let answers = answer(replica, &question);
                stale = replica.stale();
                answers
            }));
            self.leash.set(None);
            if stale.is_none() {
                stale = self.shared.as_ref().and_then(Replica::stale);
            }
            let result = result.map_err(|error| match error.payload.downcast_ref::<Cancelled>() {
                Some(Cancelled::Local | Cancelled::PendingWrite) => Failure::Cancelled,
                _ => Failure::Panicked(words(&error)),
            });
            if self.reports.send(Report { worker: self.number, result, stale }).is_err() {
                return;
            }
        }
    }
}

/// One line for a report. ty's file and line go in: they tell its authors where to look.
pub(crate) fn words(error: &ruff_db::panic::PanicError) -> String {
    let payload = error.payload.to_string();
    let first = payload.lines().next().unwrap_or_default();
    match &error.location {
        Some(location) => {
            let file = location.rsplit(['/', '\\']).next().unwrap_or(location);
            format!("made ty panic ({file}): {first}")
        }
        None => format!("made ty panic: {first}"),
    }
}

/// Lets go of a database on which a thread may run for ever. Asks that thread to stop at its next query,
/// even inside a cycle, where tokens are not heeded; the asking waits for it, hence not here.
pub(crate) fn abandon(mut replica: Replica) {
    let waiting = std::thread::Builder::new().name("ty-abandoned".to_owned());
    if let Err(error) = waiting.spawn(move || replica.trigger_cancellation()) {
        tracing::warn!("an abandoned analysis goes on: {error}");
    }
}
