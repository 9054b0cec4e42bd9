//! What a run of a program took.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output, Stdio};

use anyhow::{Context, bail};
use serde::{Deserialize, Serialize};

/// What a whole process took.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
pub(super) struct Measured {
    /// Wall time.
    pub(super) seconds: f64,
    /// The most memory it had at a time, shared pages included.
    pub(super) peak_bytes: u64,
}

/// By row of a table, a measurement for each round.
#[derive(Debug, Default, Serialize)]
pub(super) struct Runs(BTreeMap<&'static str, Vec<Measured>>);

impl Runs {
    pub(super) fn add(&mut self, row: &'static str, measured: Measured) {
        self.0.entry(row).or_default().push(measured);
    }

    /// Wall time of each round.
    pub(super) fn seconds(&self, row: &str) -> Vec<f64> {
        self.0.get(row).into_iter().flatten().map(|run| run.seconds).collect()
    }

    /// The highest peak of all rounds, in bytes.
    pub(super) fn peak(&self, row: &str) -> Option<f64> {
        self.0.get(row)?.iter().map(|run| run.peak_bytes as f64).max_by(f64::total_cmp)
    }
}

/// Runs a program to its end, by way of `script`, which says why.
pub(super) fn measure(script: &Path, command: &Command) -> anyhow::Result<Measured> {
    let mut outer = Command::new("python3");
    outer.arg("-I").arg(script).arg(command.get_program()).args(command.get_args());
    if let Some(directory) = command.get_current_dir() {
        outer.current_dir(directory);
    }
    for (name, value) in command.get_envs() {
        match value {
            Some(value) => outer.env(name, value),
            None => outer.env_remove(name),
        };
    }
    let output = capture(&mut outer)?;
    serde_json::from_slice(&output.stdout).context("reading the output of measure.py")
}

/// Runs a program that must succeed.
pub(super) fn capture(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.stdin(Stdio::null()).output().with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last: Vec<&str> = errors.lines().rev().take(10).collect();
        let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
        bail!("{command:?} failed ({}):\n{last}", output.status);
    }
    Ok(output)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn measure_python(code: &str) -> anyhow::Result<Measured> {
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/measure.py");
        let mut command = Command::new("python3");
        command.args(["-I", "-c", code]);
        measure(&script, &command)
    }

    #[test]
    fn a_failure_shows_its_last_words() {
        let error = measure_python("import sys; sys.exit('no such luck')").unwrap_err().to_string();
        assert!(error.contains("no such luck") && error.contains("exit status: 1"), "{error}");
        let error = measure_python("import os; os.kill(os.getpid(), 9)").unwrap_err().to_string();
        assert!(error.contains("ended by signal 9"), "{error}");
    }

    #[test]
    fn the_peak_is_the_programs_own() {
        let held = vec![1_u8; 300 << 20];
        let small = measure_python("").unwrap().peak_bytes;
        let large = measure_python("b'x' * (100 << 20)").unwrap().peak_bytes;
        assert!(small < 100 << 20 && large > 100 << 20 && large < 300 << 20, "{small}, {large}");
        assert_eq!(held.last(), Some(&1));
    }
}
