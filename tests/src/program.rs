//! The program as a process.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::process::{Child, Command, Stdio};
use std::sync::OnceLock;
use std::sync::mpsc::channel;
use std::thread;
use std::time::Duration;

/// A run that takes longer hangs. Far above what anything here needs, so that it never decides about a slow
/// machine.
const DEADLINE: Duration = Duration::from_secs(300);

/// The program to test: `$STANIEL_BIN`; without it, what cargo builds of this workspace, in the same profile and
/// target directory as the tests themselves.
pub fn program() -> &'static Path {
    static PROGRAM: OnceLock<PathBuf> = OnceLock::new();
    PROGRAM.get_or_init(|| match std::env::var_os("STANIEL_BIN") {
        Some(program) => PathBuf::from(program),
        None => build(),
    })
}

fn build() -> PathBuf {
    let tests = std::env::current_exe().expect("a running program has a path");
    // <target>/<profile>/deps/<test>
    let profile = tests.ancestors().nth(2).expect("cargo puts tests below `deps`");
    let target = profile.parent().expect("a profile's directory is below the target directory");
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--package", "staniel", "--bin", "staniel"]);
    command.arg("--manifest-path").arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("../Cargo.toml"));
    command.arg("--target-dir").arg(target);
    if profile.ends_with("release") {
        command.arg("--release");
    }
    let status = command.status().expect("cargo runs, since it runs the tests");
    assert!(status.success(), "`cargo build -p staniel` failed; or set STANIEL_BIN to a program");
    profile.join(format!("staniel{}", std::env::consts::EXE_SUFFIX))
}

/// A run of the program that is about to begin. It sees none of the caller's environment variables: neither a
/// virtual environment nor a cache directory nor a wish for colours gets in.
#[derive(Debug)]
pub struct Staniel {
    command: Command,
}

impl Staniel {
    /// In `directory`, with a home of its own.
    pub fn new(directory: &Path, home: &Path) -> Self {
        Self::with(program(), directory, home)
    }

    /// The same with another copy of the program.
    pub fn with(program: &Path, directory: &Path, home: &Path) -> Self {
        let mut command = Command::new(program);
        command.current_dir(directory).env_clear().env("HOME", home).stdin(Stdio::null());
        Self { command }
    }

    /// Adds arguments.
    #[must_use]
    pub fn args<A: AsRef<std::ffi::OsStr>>(mut self, args: impl IntoIterator<Item = A>) -> Self {
        self.command.args(args);
        self
    }

    /// Sets an environment variable.
    #[must_use]
    pub fn env(mut self, name: &str, value: &str) -> Self {
        self.command.env(name, value);
        self
    }

    /// The command, for what is not offered here.
    pub fn command(&mut self) -> &mut Command {
        &mut self.command
    }

    /// Runs to the end. A run that does not end is killed, and the test fails.
    pub fn run(mut self) -> Said {
        self.command.stdout(Stdio::piped()).stderr(Stdio::piped());
        let mut child = self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command));
        let (sender, receiver) = channel();
        let mut stdout = child.stdout.take().expect("it is piped");
        let mut stderr = child.stderr.take().expect("it is piped");
        thread::spawn(move || {
            let errors = thread::spawn(move || {
                let mut bytes = Vec::new();
                stderr.read_to_end(&mut bytes).map(|_| bytes)
            });
            let mut bytes = Vec::new();
            let read = stdout.read_to_end(&mut bytes).map(|_| bytes);
            _ = sender.send((read, errors.join().expect("reading does not panic")));
        });
        let Ok((stdout, stderr)) = receiver.recv_timeout(DEADLINE) else {
            child.kill().expect("our own child can be killed");
            panic!("{:?} does not end", self.command);
        };
        let status = child.wait().expect("our own child can be waited for");
        Said {
            command: format!("{:?}", self.command),
            code: status.code(),
            stdout: stdout.expect("a pipe can be read"),
            stderr: String::from_utf8(stderr.expect("a pipe can be read")).expect("messages are UTF-8"),
        }
    }

    /// Begins a run that nobody listens to.
    pub fn spawn(mut self) -> Child {
        self.command.stdout(Stdio::null()).stderr(Stdio::null());
        self.command.spawn().unwrap_or_else(|error| panic!("{:?}: {error}", self.command))
    }
}

/// What a run said.
#[derive(Debug)]
pub struct Said {
    command: String,
    /// The exit code; `None` if a signal ended it.
    pub code: Option<i32>,
    /// Standard output.
    pub stdout: Vec<u8>,
    /// Standard error.
    pub stderr: String,
}

impl Said {
    /// Standard output of a run that ended well and had nothing to remark.
    #[track_caller]
    pub fn answer(self) -> String {
        assert_eq!(self.stderr, "", "{}", self.command);
        self.good()
    }

    /// Standard output of a run that ended well, whatever it remarked.
    #[track_caller]
    pub fn good(self) -> String {
        assert_eq!(self.code, Some(0), "{}\n{}", self.command, self.stderr);
        self.text()
    }

    /// Standard output of any run.
    #[track_caller]
    pub fn text(self) -> String {
        String::from_utf8(self.stdout).expect("output is UTF-8")
    }
}
