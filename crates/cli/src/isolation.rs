//! Trying out a file in a process of its own.
//!
//! A type checker that runs in our process can take it along: a stack that overflows is an abort. When a run
//! dies, the next one finds out whether a file was to blame by letting a child ask about it alone: another run of
//! this program, that remembers nothing and to which every other file is importable but not its business.

use std::env;
use std::io;
use std::path::PathBuf;
use std::process::{Command, ExitStatus, Stdio};
use std::thread;
use std::time::{Duration, Instant};

use staniel_engine::{Isolation, Options};
use staniel_facts::RelPath;

/// How long a child may take. The provider's own watchdog is faster; whoever outlives it hangs.
const DEADLINE: Duration = Duration::from_secs(60);

/// How often it is looked at whether the child is done.
const PULSE: Duration = Duration::from_millis(10);

/// Children that are as this process, but for one file.
pub(crate) struct Child {
    program: PathBuf,
    args: Vec<String>,
}

impl Child {
    /// Children of a process with these options; `None` where the system does not say which program we are.
    pub(crate) fn like(options: &Options) -> Option<Self> {
        let mut args = vec!["snapshot".to_owned(), options.root.to_string()];
        args.extend(["--no-cache", "--quiet", "--format=json", "--jobs=1"].map(str::to_owned));
        args.extend(options.hermetic.then(|| "--hermetic".to_owned()));
        args.extend(options.provider.map(|provider| format!("--provider={}", provider.as_str())));
        args.extend(options.python.as_ref().map(|python| format!("--python={python}")));
        args.extend(options.overrides.iter().map(|(key, value)| format!("--config={key}={value}")));
        Some(Self { program: env::current_exe().ok()?, args })
    }

    fn args_for(&self, path: &RelPath) -> Vec<String> {
        let everything_but = ["*".to_owned(), "!*/".to_owned(), format!("!/{}", as_pattern(path))];
        let list = serde_json::to_string(&everything_but).expect("texts always encode");
        let mut args = self.args.clone();
        args.push(format!("--config=exclude={list}"));
        args
    }

    fn run(&self, path: &RelPath) -> io::Result<Option<ExitStatus>> {
        let mut child = Command::new(&self.program)
            .args(self.args_for(path))
            .stdin(Stdio::null())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()?;
        let started = Instant::now();
        loop {
            if let Some(status) = child.try_wait()? {
                return Ok(Some(status));
            }
            if started.elapsed() > DEADLINE {
                child.kill()?;
                child.wait()?;
                return Ok(None);
            }
            thread::sleep(PULSE);
        }
    }
}

impl Isolation for Child {
    fn survives(&self, path: &RelPath) -> bool {
        match self.run(path) {
            // Without an exit code a signal ended it. Any code will do: errors are not what is asked for.
            Ok(Some(status)) => status.code().is_some(),
            Ok(None) => false,
            Err(error) => {
                tracing::debug!("`{path}` cannot be tried out: {error}");
                true
            }
        }
    }
}

/// `path` as a pattern of `.gitignore` that means it alone.
fn as_pattern(path: &RelPath) -> String {
    let mut pattern = String::new();
    for character in path.as_str().chars() {
        if matches!(character, '\\' | '*' | '?' | '[' | ']' | '!' | '#' | ' ' | '{' | '}') {
            pattern.push('\\');
        }
        pattern.push(character);
    }
    pattern
}

#[cfg(test)]
mod tests {
    use super::*;
    use camino::Utf8PathBuf;
    use staniel_engine::{Engine, ProviderChoice};
    use staniel_facts::Cancel;

    #[test]
    fn only_that_file_is_the_childs_business() {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        std::fs::create_dir_all(root.join("a/b")).unwrap();
        for path in ["a/b/[x] *y.py", "a/b/x y.py", "a/x.py", "x.py"] {
            std::fs::write(root.join(path), "").unwrap();
        }
        let mut options = Options::new(root);
        options.provider = Some(ProviderChoice::Declared);
        options.overrides = vec![("python-version".to_owned(), "3.12".to_owned())];
        let path = RelPath::new("a/b/[x] *y.py").unwrap();
        let args = Child::like(&options).unwrap().args_for(&path);
        assert_eq!(args[2..7], ["--no-cache", "--quiet", "--format=json", "--jobs=1", "--provider=declared"]);

        // What the child would understand by the last one.
        let exclude = args.last().unwrap().strip_prefix("--config=exclude=").unwrap();
        options.overrides.push(("exclude".to_owned(), exclude.to_owned()));
        let snapshot = Engine::open(options).unwrap().refresh(&Cancel::new()).unwrap().snapshot;
        assert_eq!(snapshot.files().map(|(path, _)| path.as_str()).collect::<Vec<_>>(), [path.as_str()]);
    }
}
