//! `staniel watch`: stay, and print what each change changes.

use std::io::{self, Write};
use std::sync::Arc;
use std::thread;
use std::time::Duration;

use anyhow::Result;
use camino::Utf8Path;
use crossbeam_channel::{Receiver, never, select};
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Engine, EngineError, Published, Summary};
use staniel_facts::{Delta, RelPath, SCHEMA};
use staniel_watch::{Batch, WatchOptions, Watcher};

use crate::args::{WatchArgs, WatchFormat};
use crate::error::Exit;
use crate::output::Output;
use crate::render::delta::{self, Bounds, DeltaRows};
use crate::render::numbers::{counted, elapsed, grouped};
use crate::render::report::{self, Report, signed};
use crate::session::{Session, names};

/// How long nothing must happen before it is looked at what did: an editor's save is several events.
const SETTLE: Duration = Duration::from_millis(50);

/// How long a writer that never pauses can put that off.
const CAP: Duration = Duration::from_millis(500);

/// What tells a virtual environment, and what declares itself a cache (<https://bford.info/cachedir/>).
const PRUNING_MARKS: [&str; 2] = ["pyvenv.cfg", "CACHEDIR.TAG"];

/// A step in JSON.
#[derive(Serialize)]
struct Event<'a> {
    #[serde(flatten)]
    report: Report<'a>,
    /// `start` for the first, which compares with the last run; then `change`.
    event: &'static str,
    /// Counts these events, from 1.
    seq: u64,
    changes: Option<DeltaRows<'a>>,
}

/// A step that did not work in JSON.
#[derive(Serialize)]
struct Failure<'a> {
    schema: u32,
    event: &'static str,
    message: &'a str,
}

pub(crate) fn run(session: &mut Session<'_>, args: &WatchArgs) -> Result<Exit> {
    session.politely(|session| stay(session, args))
}

fn stay(session: &mut Session<'_>, args: &WatchArgs) -> Result<Exit> {
    let root = &args.project.root;
    let mut engine = session.open_for_now(root)?;
    // Watch first, then look: what changes in between is reported, and looked at again.
    let options = WatchOptions { settle: SETTLE, cap: CAP, poll: args.poll, prune: Arc::new(is_pruned) };
    let (watcher, batches) = Watcher::start(&engine.project().root, options)?;
    for warning in watcher.status().warnings {
        session.notice(warning);
    }
    let mut printer = Printer { args, out: session.output(), seq: 0, failure: None };
    let first = match session.refresh(&mut engine) {
        Err(EngineError::Cancelled) => return Ok(Exit::Fine),
        first => first?,
    };
    printer.start(session, &engine, &first)?;
    engine.save();
    match engine.prepare(session.cancel()) {
        Err(EngineError::Cancelled) => return Ok(Exit::Fine),
        prepared => prepared?,
    }

    let reader = match args.format {
        WatchFormat::Jsonl => reader_is_gone(),
        WatchFormat::Text => never(),
    };
    let interrupted = session.interrupted().clone();
    // None after the configuration has become one that cannot be used, until it can.
    let mut engine = Some(engine);
    loop {
        let batch = select! {
            recv(interrupted) -> _ => break,
            recv(reader) -> _ => break,
            recv(batches) -> batch => batch,
        };
        // The watcher's thread ends before its owner only if it panicked: there is nothing to wait for then.
        let Ok(batch) = batch else {
            crate::error::say("error", &"watching has ended by a fault of ours");
            return Ok(Exit::Internal);
        };
        for warning in watcher.status().warnings {
            session.notice(warning);
        }
        if names_any(&batch, &PRUNING_MARKS) {
            watcher.rewatch();
        }
        if names_any(&batch, &["pyproject.toml", "staniel.toml"]) {
            // Two engines never hold one store: the old one goes before the new one comes.
            engine = None;
        }
        match step(session, root, &mut engine, &batch) {
            Ok((engine, published)) => {
                if published.from_nothing {
                    // Another environment: what was compared with before is no measure any more.
                    printer.start(session, engine, &published)?;
                } else {
                    printer.change(engine, &published)?;
                }
                engine.save();
            }
            Err(EngineError::Cancelled) => break,
            Err(error) => printer.failure(error)?,
        }
    }
    if let Some(engine) = &mut engine {
        session.flush(engine);
    }
    Ok(Exit::Fine)
}

/// Brings the engine up to date with what may have changed.
fn step<'e>(
    session: &mut Session<'_>,
    root: &Utf8Path,
    engine: &'e mut Option<Engine>,
    batch: &Batch,
) -> Result<(&'e mut Engine, Published), EngineError> {
    let engine = match engine {
        Some(engine) => engine,
        None => engine.insert(session.open_for_now(root)?),
    };
    let published = match batch {
        Batch::Paths(paths) => {
            let paths: Vec<RelPath> = paths.iter().cloned().collect();
            engine.refresh_paths(&paths, session.cancel())
        }
        Batch::Everything(reason) => {
            tracing::debug!("looking at everything: {reason:?}");
            engine.refresh(session.cancel())
        }
    };
    session.clear_progress();
    let published = published?;
    session.tell(&published.summary);
    Ok((engine, published))
}

/// Whether a file of one of these names may have changed.
fn names_any(batch: &Batch, names: &[&str]) -> bool {
    let Batch::Paths(paths) = batch else { return false };
    paths.iter().any(|path| names.contains(&path.file_name()))
}

/// Directories that are never part of a project, and in which a lot happens: not watched at all. Should one of
/// them hold a file of the project after all, the watcher's regular look at everything finds its changes.
fn is_pruned(directory: &Utf8Path) -> bool {
    const NAMES: [&str; 8] =
        [".git", ".hg", ".svn", ".jj", "node_modules", "site-packages", "__pycache__", ".staniel"];
    directory.file_name().is_some_and(|name| NAMES.contains(&name))
        || PRUNING_MARKS.iter().any(|mark| directory.join(mark).exists())
}

/// Prints steps.
struct Printer<'a> {
    args: &'a WatchArgs,
    out: Output,
    /// How many events were printed.
    seq: u64,
    /// The last thing that went wrong, if nothing has gone right since: once is enough.
    failure: Option<String>,
}

impl Printer<'_> {
    fn start(&mut self, session: &Session<'_>, engine: &Engine, published: &Published) -> Result<()> {
        self.failure = None;
        let delta = Some(&*published.delta).filter(|_| !published.from_nothing);
        match self.args.format {
            WatchFormat::Text => {
                let (colours, out) = (self.out.colours, &mut self.out);
                report::text(&published.summary, delta, &names(engine), Bounds::SCREEN, colours, out)?;
                if !session.is_quiet() {
                    writeln!(out, "\nwatching {}; Ctrl-C ends it", engine.project().root)?;
                }
            }
            WatchFormat::Jsonl => {
                let changes = delta.map(|delta| DeltaRows::new(delta, &names(engine)));
                self.event("start", published, changes)?;
            }
        }
        Ok(self.out.flush()?)
    }

    fn change(&mut self, engine: &Engine, published: &Published) -> Result<()> {
        self.failure = None;
        if published.delta.is_empty() {
            return Ok(());
        }
        let names = names(engine);
        match self.args.format {
            WatchFormat::Text => {
                let (colours, out) = (self.out.colours, &mut self.out);
                writeln!(out, "{}", headline(&published.delta, &published.summary))?;
                delta::text(&published.delta, &names, Bounds::SCREEN, colours, out)?;
            }
            WatchFormat::Jsonl => {
                self.event("change", published, Some(DeltaRows::new(&published.delta, &names)))?;
            }
        }
        Ok(self.out.flush()?)
    }

    fn failure(&mut self, error: EngineError) -> Result<()> {
        let message = error.to_string();
        if self.failure.as_ref() == Some(&message) {
            return Ok(());
        }
        match self.args.format {
            WatchFormat::Text => {
                crate::error::report(&error.into());
            }
            WatchFormat::Jsonl => {
                let failure = Failure { schema: SCHEMA, event: "error", message: &message };
                serde_json::to_writer(&mut self.out, &failure)?;
                writeln!(self.out)?;
            }
        }
        self.failure = Some(message);
        Ok(self.out.flush()?)
    }

    fn event(
        &mut self,
        event: &'static str,
        published: &Published,
        changes: Option<DeltaRows<'_>>,
    ) -> Result<()> {
        self.seq += 1;
        let event = Event { report: Report::new(&published.summary), event, seq: self.seq, changes };
        serde_json::to_writer(&mut self.out, &event)?;
        Ok(writeln!(self.out)?)
    }
}

/// `shop/cart.py: hovers ~2, imports +1 · 3 of 12,481 files asked · 8 ms`.
fn headline(delta: &Delta, summary: &Summary) -> String {
    let mut paths = delta.files().keys();
    let what = match (paths.next(), paths.next()) {
        (Some(only), None) => escape_line(only.as_str()).into_owned(),
        _ => counted(delta.files().len() as u64, "file", "files"),
    };
    let counts = summary.delta;
    let hovers =
        signed(&[("+", counts.hovers_added), ("-", counts.hovers_removed), ("~", counts.hovers_modified)]);
    let edges = signed(&[("+", counts.edges_added), ("-", counts.edges_removed)]);
    let changes: Vec<_> = [("hovers", hovers), ("imports", edges)]
        .into_iter()
        .filter_map(|(what, figures)| Some(format!("{what} {}", figures?)))
        .collect();
    let changes = if changes.is_empty() { "layout only".to_owned() } else { changes.join(", ") };
    let asked = format!("{} of {} files asked", grouped(summary.work.asked), grouped(summary.files.total));
    format!("{what}: {changes} · {asked} · {}", elapsed(summary.elapsed))
}

/// Speaks up when standard input ends, if it is a pipe: the program that reads our events is gone then, even
/// if there is nothing to tell it for hours.
fn reader_is_gone() -> Receiver<()> {
    if !stdin_is_a_pipe() {
        return never();
    }
    let (ended, receiver) = crossbeam_channel::bounded(1);
    thread::spawn(move || {
        let read = io::copy(&mut io::stdin().lock(), &mut io::sink());
        tracing::debug!("standard input ended: {read:?}");
        _ = ended.send(());
    });
    receiver
}

#[cfg(unix)]
fn stdin_is_a_pipe() -> bool {
    use std::os::unix::fs::FileTypeExt;
    std::fs::metadata("/dev/stdin").is_ok_and(|stdin| stdin.file_type().is_fifo())
}

#[cfg(not(unix))]
fn stdin_is_a_pipe() -> bool {
    false
}
