//! A conversation with one server: the handshake, requests and their replies, and what the server itself asks.

use std::process::Command;
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use staniel_facts::PositionEncoding;
use staniel_provider::AskError;

use crate::process::{End, Event, Process};
use crate::stop::Stop;
use crate::{LspOptions, uri};

/// How often it is looked at whether the asker has raised its flag.
const TICK: Duration = Duration::from_millis(20);

/// How long a server may take to say goodbye, and then to go.
const FAREWELL: Duration = Duration::from_secs(1);

/// What is asked of the user where a program says nothing.
const DOUBT: &str = "is this a language server that talks over standard input and output?";

/// JSON-RPC's "method not found".
const METHOD_NOT_FOUND: i64 = -32601;

/// More settings than that are not asked for at once by anybody who means it.
const MOST_ITEMS: usize = 1_000;

/// Everything that a new process is told.
pub(crate) struct Launch<'a> {
    pub(crate) options: &'a LspOptions,
    pub(crate) command: Command,
    /// `initializationOptions`.
    pub(crate) initialization: Value,
    /// What `workspace/configuration` asks for, by section.
    pub(crate) settings: Value,
}

/// A server that has shaken hands.
pub(crate) struct Session {
    process: Process,
    /// In what units it counts.
    pub(crate) encoding: PositionEncoding,
    settings: Value,
    root: String,
    next_id: u64,
    /// Whether it has answered anything but the greeting.
    pub(crate) has_answered: bool,
}

/// What comes next.
pub(crate) enum Next {
    /// The reply to the request of this number.
    Reply(u64, Result<Value, Refusal>),
    /// The server is no more; why.
    Ended(End),
    /// Nothing for the time being.
    Nothing,
}

/// An error in place of a result.
#[derive(Clone, Debug)]
pub(crate) struct Refusal {
    code: i64,
    pub(crate) message: String,
}

impl Refusal {
    /// Whether the same question may be answered the next time: `ContentModified`, `RequestCancelled`,
    /// `ServerCancelled`.
    pub(crate) fn is_temporary(&self) -> bool {
        matches!(self.code, -32802..=-32800)
    }
}

impl Session {
    /// Starts a process and shakes hands.
    pub(crate) fn start(launch: Launch<'_>, stop: Stop<'_>) -> Result<Self, AskError> {
        let Launch { options, command, initialization, settings } = launch;
        let broken = |words: String| AskError::Broken(format!("{} {words}", options.server.describe()));
        let process = Process::spawn(command).map_err(|error| {
            broken(format!("cannot be started: {error}; is it installed as it should be?"))
        })?;
        let root = uri::of(&options.root);
        let mut session = Self {
            process,
            encoding: PositionEncoding::Utf16,
            settings,
            root,
            next_id: 0,
            has_answered: false,
        };
        let hello = session.request("initialize", &session.introduction(&initialization));
        let patience = options.start_deadline;
        let until = Instant::now() + patience;
        let welcome = loop {
            stop.check()?;
            match session.next(TICK) {
                Next::Reply(id, Ok(welcome)) if id == hello => break welcome,
                Next::Reply(id, Err(refusal)) if id == hello => {
                    return Err(broken(format!("refuses to start: {}", refusal.message)));
                }
                Next::Reply(..) | Next::Nothing => {}
                Next::Ended(why) => {
                    let words = session.process.last_words();
                    let advice = match (&why, words.is_empty()) {
                        (End::Closed, true) => format!("; {DOUBT}"),
                        (End::Nonsense(_), true) => String::new(),
                        _ => {
                            format!(" (it says: {words}); try the command by itself, `-vv` shows all it says")
                        }
                    };
                    return Err(broken(format!("does not start: {why}{advice}")));
                }
            }
            if Instant::now() >= until {
                return Err(broken(format!(
                    "hangs: no answer to the greeting within {} s; {DOUBT}",
                    patience.as_secs_f32()
                )));
            }
        };
        let encoding = welcome.pointer("/capabilities/positionEncoding").and_then(Value::as_str);
        session.encoding = match encoding {
            Some("utf-8") => PositionEncoding::Utf8,
            _ => PositionEncoding::Utf16,
        };
        tracing::debug!("{} is there: {}", options.server.describe(), welcome["serverInfo"]);
        session.notify("initialized", &json!({}));
        Ok(session)
    }

    /// Pull diagnostics are claimed so that servers do not compute any by themselves: nobody pulls.
    fn introduction(&self, initialization: &Value) -> Value {
        json!({
            "processId": std::process::id(),
            "clientInfo": {"name": "staniel", "version": env!("CARGO_PKG_VERSION")},
            "rootUri": self.root,
            "workspaceFolders": self.folders(),
            "initializationOptions": initialization,
            "capabilities": {
                "general": {"positionEncodings": ["utf-8", "utf-16"]},
                "workspace": {"configuration": true, "workspaceFolders": true},
                "window": {"workDoneProgress": true},
                "textDocument": {
                    "synchronization": {},
                    "hover": {"contentFormat": ["markdown", "plaintext"]},
                    "definition": {"linkSupport": true},
                    "diagnostic": {},
                },
            },
        })
    }

    fn folders(&self) -> Value {
        json!([{"uri": self.root, "name": "project"}])
    }

    pub(crate) fn notify(&self, method: &str, params: &Value) {
        self.process.send(json!({"jsonrpc": "2.0", "method": method, "params": params}));
    }

    /// Sends a request; its number comes back with the reply.
    pub(crate) fn request(&mut self, method: &str, params: &Value) -> u64 {
        self.next_id += 1;
        let id = self.next_id;
        self.process.send(json!({"jsonrpc": "2.0", "id": id, "method": method, "params": params}));
        id
    }

    /// Waits at most `patience` for what matters; what the server asks meanwhile is answered.
    pub(crate) fn next(&mut self, patience: Duration) -> Next {
        let until = Instant::now() + patience;
        let mut heard = false;
        loop {
            let left = until.saturating_duration_since(Instant::now());
            // A server that never stops talking must not keep its asker from looking at the clock.
            if heard && left.is_zero() {
                return Next::Nothing;
            }
            heard = true;
            let message = match self.process.next(left) {
                None => return Next::Nothing,
                Some(Event::Ended(why)) => return Next::Ended(why),
                Some(Event::Message(message)) => message,
            };
            match (message.get("method").and_then(Value::as_str), message.get("id")) {
                // No server greets: this is our own greeting.
                (Some("initialize"), Some(_)) => {
                    let words = "it sends back what it is sent: this is no language server";
                    return Next::Ended(End::Nonsense(words.to_owned()));
                }
                (Some(method), Some(id)) => self.process.send(self.reply(method, id, &message["params"])),
                (Some("window/logMessage" | "window/showMessage"), None) => {
                    tracing::debug!("language server: {}", message["params"]["message"]);
                }
                (Some(_), None) => {}
                (None, Some(id)) => {
                    let Some(id) = id.as_u64() else { continue };
                    let refusal = message.get("error").map(|error| Refusal {
                        code: error["code"].as_i64().unwrap_or_default(),
                        message: error["message"].as_str().unwrap_or("an error without words").to_owned(),
                    });
                    let result = message.get("result").cloned().unwrap_or_default();
                    return Next::Reply(id, refusal.map_or(Ok(result), Err));
                }
                (None, None) => {
                    let words = format!("its output is not JSON-RPC: {message}");
                    return Next::Ended(End::Nonsense(words));
                }
            }
        }
    }

    /// Pyright, ty and pyrefly wait for ever for some of these.
    fn reply(&self, method: &str, id: &Value, params: &Value) -> Value {
        let result = match method {
            "workspace/configuration" => {
                let items = params["items"].as_array().map(Vec::as_slice).unwrap_or_default();
                let items = &items[..items.len().min(MOST_ITEMS)];
                let section = |item: &Value| setting(&self.settings, item["section"].as_str().unwrap_or(""));
                items.iter().map(section).collect()
            }
            "workspace/workspaceFolders" => self.folders(),
            "client/registerCapability"
            | "client/unregisterCapability"
            | "window/workDoneProgress/create"
            | "window/showMessageRequest" => Value::Null,
            "workspace/applyEdit" => json!({"applied": false}),
            _ => {
                let error = json!({"code": METHOD_NOT_FOUND, "message": format!("staniel has no {method}")});
                return json!({"jsonrpc": "2.0", "id": id, "error": error});
            }
        };
        json!({"jsonrpc": "2.0", "id": id, "result": result})
    }

    /// What the server complained of last.
    pub(crate) fn last_words(&self) -> String {
        self.process.last_words()
    }

    /// Takes leave as the protocol wants it; what does not go by itself is ended, with all that it started.
    pub(crate) fn close(mut self) {
        let farewell = self.request("shutdown", &Value::Null);
        let until = Instant::now() + FAREWELL;
        loop {
            match self.next(until.saturating_duration_since(Instant::now())) {
                Next::Reply(id, _) if id == farewell => break,
                Next::Reply(..) => {}
                Next::Ended(_) | Next::Nothing => return,
            }
        }
        self.notify("exit", &Value::Null);
        self.process.hang_up();
        self.process.wait_for_end(FAREWELL);
    }
}

/// The part of `settings` that a dotted section names; all of it for an empty name.
fn setting(settings: &Value, section: &str) -> Value {
    let mut parts = section.split('.').filter(|part| !part.is_empty());
    parts.try_fold(settings, |value, part| value.get(part)).cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn sections_are_dotted() {
        let settings = json!({"python": {"analysis": {"x": 1}}});
        assert_eq!(setting(&settings, "python.analysis"), json!({"x": 1}));
        assert_eq!(setting(&settings, ""), settings);
        assert_eq!(setting(&settings, "python.nothing.x"), Value::Null);
    }
}
