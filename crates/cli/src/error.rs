//! How a run ends: exit codes, and errors with hints at what can be done about them.

use std::fmt;
use std::io::{self, ErrorKind, Write};
use std::process::ExitCode;

use staniel_check::escape_text;
use staniel_engine::EngineError;

/// How a run ends. A pipe that its reader closed is a fine end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Exit {
    /// The answer was given.
    Fine,
    /// It was given, and it contains findings.
    Findings,
    /// Usage, configuration, input or output are at fault.
    Failed,
    /// We are.
    Internal,
    /// The user stopped it: what a shell expects of a program that Ctrl-C ended.
    Interrupted,
}

impl From<Exit> for ExitCode {
    fn from(exit: Exit) -> Self {
        Self::from(match exit {
            Exit::Fine => 0,
            Exit::Findings => 1,
            Exit::Failed => 2,
            Exit::Internal => 101,
            Exit::Interrupted => 130,
        })
    }
}

/// What the user asked for cannot be done, and what can be done instead.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct UserError {
    message: String,
    hints: Vec<String>,
}

impl UserError {
    pub(crate) fn new(message: impl Into<String>) -> Self {
        Self { message: message.into(), hints: Vec::new() }
    }

    pub(crate) fn hint(mut self, hint: impl Into<String>) -> Self {
        self.hints.push(hint.into());
        self
    }
}

/// Tells stderr about `error`, if it is one, and says how the run ends.
pub(crate) fn report(error: &anyhow::Error) -> Exit {
    let exit = exit_of(error);
    if exit == Exit::Failed {
        say("error", &message(error));
        for hint in hints(error) {
            say("hint", &hint);
        }
    }
    exit
}

fn exit_of(error: &anyhow::Error) -> Exit {
    if is_broken_pipe(error) {
        Exit::Fine
    } else if matches!(error.downcast_ref(), Some(EngineError::Cancelled)) {
        Exit::Interrupted
    } else {
        Exit::Failed
    }
}

/// The error with its causes, each said once: many causes repeat what their error has said already.
fn message(error: &anyhow::Error) -> String {
    let mut message = String::new();
    for cause in error.chain() {
        let cause = cause.to_string();
        if message.is_empty() {
            message = cause;
        } else if !message.contains(&cause) {
            message = format!("{message}: {cause}");
        }
    }
    message
}

pub(crate) fn hints(error: &anyhow::Error) -> Vec<String> {
    if let Some(error) = error.downcast_ref::<UserError>() {
        return error.hints.clone();
    }
    let hint = match error.downcast_ref::<EngineError>() {
        Some(EngineError::NoPython(_)) => {
            "name the project's directory, or look at `exclude` in its configuration"
        }
        Some(EngineError::Restless(_)) => "wait until whatever writes them is done, then run this again",
        Some(EngineError::Broken(_)) => "`--provider declared` needs no type checker",
        Some(EngineError::Incomparable(_)) => {
            "`staniel snapshots list` shows which provider and environment each generation was made with"
        }
        _ => return Vec::new(),
    };
    vec![hint.to_owned()]
}

pub(crate) fn is_broken_pipe(error: &anyhow::Error) -> bool {
    error.chain().any(|cause| {
        let kind = cause
            .downcast_ref::<io::Error>()
            .map(io::Error::kind)
            .or_else(|| cause.downcast_ref::<serde_json::Error>().and_then(serde_json::Error::io_error_kind));
        kind == Some(ErrorKind::BrokenPipe)
    })
}

/// `word: text` on stderr. What cannot be said there cannot be said anywhere.
pub(crate) fn say(word: &str, text: &dyn fmt::Display) {
    let text = text.to_string();
    _ = writeln!(io::stderr().lock(), "{word}: {}", escape_text(&text));
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_closed_pipe_is_a_fine_end() {
        let closed = || io::Error::from(ErrorKind::BrokenPipe);
        assert_eq!(exit_of(&anyhow::Error::new(closed())), Exit::Fine);
        assert_eq!(exit_of(&anyhow::Error::new(closed()).context("writing")), Exit::Fine);
        assert_eq!(exit_of(&anyhow::Error::new(serde_json::Error::io(closed()))), Exit::Fine);
        assert_eq!(exit_of(&anyhow::Error::new(io::Error::from(ErrorKind::NotFound))), Exit::Failed);
        assert_eq!(exit_of(&EngineError::Cancelled.into()), Exit::Interrupted);
    }

    #[test]
    fn causes_are_said_once() {
        let error = anyhow::anyhow!("no such file").context("reading `a`: no such file").context("loading");
        assert_eq!(message(&error), "loading: reading `a`: no such file");
    }
}
