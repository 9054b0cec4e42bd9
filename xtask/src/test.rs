//! `cargo xtask test`: everything that must hold before a change goes in, cheapest first.
//!
//! It stops at the first failure, names it, and says how to repeat just that.

use std::time::{Duration, Instant};

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::pins::Pins;
use crate::workspace::Workspace;
use crate::{corpus, flags, peers, tidy};

/// The package of the tests that run on real projects.
const REAL_PROJECTS: &str = "staniel-tests";

pub(crate) fn run(workspace: &Workspace, flags: &flags::Test) -> anyhow::Result<()> {
    let sh = workspace.shell()?;
    let (corpus, peers) = (corpus::directory(workspace), peers::directory(workspace));
    let program = workspace.target.join("debug").join(format!("staniel{}", std::env::consts::EXE_SUFFIX));
    let mut steps = Steps { start: Instant::now(), done: Vec::new() };

    steps.cargo(&sh, "formatting", &["fmt", "--all", "--check"])?;
    steps.run("tidy", "cargo xtask tidy", || tidy::run(workspace))?;
    steps.cargo(&sh, "clippy", &["clippy", "--workspace", "--all-targets", "--", "--deny", "warnings"])?;
    steps.cargo(&sh, "without ty", &["clippy", "--no-default-features", "--", "--deny", "warnings"])?;
    if flags.quick {
        steps.cargo(&sh, "tests", &["test", "--workspace", "--exclude", REAL_PROJECTS])?;
    } else {
        let pins = Pins::read(workspace)?;
        steps.run("corpus", "cargo xtask corpus", || corpus::fetch(workspace, &pins))?;
        steps.run("peers", "cargo xtask peers", || peers::fetch(workspace, &pins).map(drop))?;
        // All targets, as `cargo test` builds them: the same dependencies with the same features, so nothing is
        // compiled twice, and the program that the tests run exists before the first of them.
        steps.cargo(&sh, "build", &["build", "--workspace", "--all-targets"])?;
        let variables = [("STANIEL_BIN", program), ("STANIEL_CORPUS", corpus), ("STANIEL_PEERS", peers)];
        let words = variables.iter().map(|(name, path)| format!("{name}={} ", path.display()));
        let repeat = format!("{}cargo test --workspace", words.collect::<String>());
        steps.run("tests", &repeat, || {
            Ok(cmd!(sh, "cargo test --workspace").envs(variables).quiet().run()?)
        })?;
    }
    steps.report();
    Ok(())
}

/// What has been done, and how long it took.
struct Steps {
    start: Instant,
    done: Vec<(String, Duration)>,
}

impl Steps {
    fn cargo(&mut self, sh: &Shell, name: &str, arguments: &[&str]) -> anyhow::Result<()> {
        let repeat = format!("cargo {}", arguments.join(" "));
        self.run(name, &repeat, || Ok(cmd!(sh, "cargo {arguments...}").quiet().run()?))
    }

    /// Runs a step; `repeat` is the command that runs it alone.
    fn run(
        &mut self,
        name: &str,
        repeat: &str,
        step: impl FnOnce() -> anyhow::Result<()>,
    ) -> anyhow::Result<()> {
        eprintln!("==> {name}: {repeat}");
        let start = Instant::now();
        let result = step();
        let took = start.elapsed();
        self.done.push((name.to_owned(), took));
        if result.is_err() {
            self.report();
        }
        result.with_context(|| format!("{name} failed after {}; to repeat it: {repeat}", seconds(took)))
    }

    fn report(&self) {
        for (name, took) in &self.done {
            eprintln!("{name:>12} {:>9}", seconds(*took));
        }
        eprintln!("{:>12} {:>9}", "all", seconds(self.start.elapsed()));
    }
}

fn seconds(duration: Duration) -> String {
    format!("{:.1} s", duration.as_secs_f64())
}
