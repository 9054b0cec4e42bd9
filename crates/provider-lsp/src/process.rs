//! One server process, in a process group of its own, with a thread for each of its streams.
//!
//! Nobody here waits for the server: what is to be said goes to a thread that writes, what it says comes from
//! one that reads, and what it complains of goes to the log. So a server that neither reads nor writes, or that
//! floods its standard error, holds up nobody.

use std::fmt;
use std::io::{BufReader, BufWriter, Read};
use std::process::{Child, ChildStderr, ChildStdin, ChildStdout, Command, Stdio};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;
use std::time::{Duration, Instant};

use crossbeam_channel::{Receiver, RecvTimeoutError, Sender, bounded};
use serde_json::Value;

use crate::wire::{self, WireError};

/// So much of what the server says may wait to be heard: beyond it the server waits.
const BACKLOG: usize = 1_000;

/// So much may wait to be said to it: beyond it the server does not listen. A request for each of many places, and the texts of
/// their files.
const OUTBOX: usize = 10_000;

/// How many bytes of the last complaint are kept, for error messages.
const LAST_WORDS: usize = 400;

/// How long is waited for the last complaint of a server that has ended.
const GRACE: Duration = Duration::from_secs(1);

/// How often it is looked at whether the server has ended.
const PULSE: Duration = Duration::from_millis(5);

/// What comes from a server.
#[derive(Debug)]
pub(crate) enum Event {
    Message(Value),
    /// It will say no more.
    Ended(End),
}

/// Why a server says no more.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum End {
    /// It closed its output.
    Closed,
    /// What it says cannot be understood, in words.
    Nonsense(String),
}

impl fmt::Display for End {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Closed => f.write_str("it has ended"),
            Self::Nonsense(words) => f.write_str(words),
        }
    }
}

/// A running server. Dropping it ends the whole process group.
pub(crate) struct Process {
    child: Child,
    outbox: Option<Sender<Value>>,
    inbox: Receiver<Event>,
    last_words: Arc<Mutex<String>>,
    /// Closed when no more complaints can come.
    complaints: Receiver<()>,
}

impl Process {
    pub(crate) fn spawn(mut command: Command) -> std::io::Result<Self> {
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped());
        // Wrappers start the real server as a child of theirs; and Ctrl-C is for us alone.
        #[cfg(unix)]
        std::os::unix::process::CommandExt::process_group(&mut command, 0);
        let mut child = command.spawn()?;
        let stdin = child.stdin.take().expect("it is piped");
        let stdout = child.stdout.take().expect("it is piped");
        let stderr = child.stderr.take().expect("it is piped");
        let (outbox, to_write) = bounded(OUTBOX);
        let (events, inbox) = bounded(BACKLOG);
        let last_words = Arc::new(Mutex::new(String::new()));
        let (complaining, complaints) = bounded(0);
        let words = Arc::clone(&last_words);
        let process = Self { child, outbox: Some(outbox), inbox, last_words, complaints };
        let thread = |name: &str| thread::Builder::new().name(format!("language server {name}"));
        thread("input").spawn(move || write_all(stdin, &to_write))?;
        thread("output").spawn(move || read_all(stdout, &events))?;
        thread("log").spawn(move || {
            log_all(stderr, &words);
            drop(complaining);
        })?;
        Ok(process)
    }

    /// Says something, some time.
    pub(crate) fn send(&self, message: Value) {
        if let Some(outbox) = &self.outbox {
            // The thread that writes has ended: so has the server, and the reader says so. Or the server does not listen:
            // then it answers nothing, and the deadline says so.
            _ = outbox.try_send(message);
        }
    }

    /// What the server says next; `None` if it says nothing for `patience`.
    pub(crate) fn next(&self, patience: Duration) -> Option<Event> {
        match self.inbox.recv_timeout(patience) {
            Ok(event) => Some(event),
            Err(RecvTimeoutError::Timeout) => None,
            Err(RecvTimeoutError::Disconnected) => Some(Event::Ended(End::Closed)),
        }
    }

    /// What the server complained of last; for those whom its end surprises.
    pub(crate) fn last_words(&self) -> String {
        // What it wrote before it closed its output may still be on its way. A child of its own may hold the pipe.
        _ = self.complaints.recv_timeout(GRACE);
        let words = self.last_words.lock().unwrap_or_else(PoisonError::into_inner);
        words.lines().rev().map(str::trim).find(|line| !line.is_empty()).unwrap_or_default().to_owned()
    }

    /// Whether the server ends by itself in time. It is not reaped: until then its group keeps its number.
    pub(crate) fn wait_for_end(&self, patience: Duration) -> bool {
        let until = Instant::now() + patience;
        loop {
            if self.has_ended() {
                return true;
            }
            if Instant::now() >= until {
                return false;
            }
            thread::sleep(PULSE);
        }
    }

    /// Its input ends here.
    pub(crate) fn hang_up(&mut self) {
        self.outbox = None;
    }

    #[cfg(unix)]
    fn has_ended(&self) -> bool {
        use rustix::process::{Pid, WaitId, WaitIdOptions, waitid};
        let options = WaitIdOptions::EXITED | WaitIdOptions::NOHANG | WaitIdOptions::NOWAIT;
        !matches!(waitid(WaitId::Pid(Pid::from_child(&self.child)), options), Ok(None))
    }

    #[cfg(not(unix))]
    fn has_ended(&self) -> bool {
        false
    }

    #[cfg(unix)]
    fn kill(&mut self) {
        use rustix::process::{Pid, Signal, kill_process_group};
        _ = kill_process_group(Pid::from_child(&self.child), Signal::KILL);
    }

    #[cfg(not(unix))]
    fn kill(&mut self) {
        _ = self.child.kill();
    }
}

impl Drop for Process {
    fn drop(&mut self) {
        self.kill();
        if let Err(error) = self.child.wait() {
            tracing::debug!("a language server cannot be waited for: {error}");
        }
    }
}

fn write_all(stdin: ChildStdin, messages: &Receiver<Value>) {
    let mut stdin = BufWriter::new(stdin);
    for message in messages {
        if let Err(error) = wire::write(&mut stdin, &message) {
            tracing::debug!("a language server does not listen: {error}");
            return;
        }
    }
}

fn read_all(stdout: ChildStdout, events: &Sender<Event>) {
    let mut stdout = BufReader::new(stdout);
    loop {
        let (event, over) = match wire::read(&mut stdout) {
            Ok(Some(message)) => (Event::Message(message), false),
            Ok(None) | Err(WireError::Io(_)) => (Event::Ended(End::Closed), true),
            Err(error) => (Event::Ended(End::Nonsense(error.to_string())), true),
        };
        if events.send(event).is_err() || over {
            break;
        }
    }
    // Whatever else it says, it shall not block on it.
    _ = std::io::copy(&mut stdout, &mut std::io::sink());
}

fn log_all(mut stderr: ChildStderr, last_words: &Mutex<String>) {
    let mut chunk = [0; 4096];
    while let Ok(length @ 1..) = stderr.read(&mut chunk) {
        let text = String::from_utf8_lossy(&chunk[..length]);
        for line in text.lines() {
            tracing::debug!("language server: {line}");
        }
        let mut last = last_words.lock().unwrap_or_else(PoisonError::into_inner);
        last.push_str(&text);
        let surplus = last.len().saturating_sub(LAST_WORDS);
        let start = (surplus..=last.len()).find(|&at| last.is_char_boundary(at)).unwrap_or(0);
        last.drain(..start);
    }
}
