//! `cargo xtask bench`: how long staniel takes beside other programs, on Django, in one run.
//!
//! Whole processes, from start to exit, output to the null device. The programs take turns (A B C A B C …), so that a
//! machine that is slow for a while is slow for all of them; what counts is the ratio within a round. *Cold* means
//! without staniel's cache: the file system's is warm for everybody, since it is not what is compared.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output, Stdio};
use std::time::Instant;

use anyhow::{Context, bail, ensure};
use serde::Serialize;
use tempfile::TempDir;
use xshell::cmd;

use crate::peers::Peers;
use crate::pins::{Pins, Project};
use crate::stats::{median, paired_ratio};
use crate::workspace::Workspace;
use crate::{corpus, flags, peers};

/// The project that is measured.
const PROJECT: &str = "Django";

/// What a round edits, in turn: files of a few and of many importers, 200 to 2,700 lines.
const EDITED: &[&str] = &[
    "django/db/models/query.py",
    "django/utils/text.py",
    "django/shortcuts.py",
    "django/template/defaulttags.py",
    "django/forms/models.py",
];

/// The ways to call staniel that are measured: the name in the results, the arguments before ROOT, and those after.
const WAYS: &[(&str, &str, &[&str])] = &[
    ("staniel imports", "imports", &["--format", "json"]),
    ("staniel snapshot (declared)", "snapshot", &["--format", "json", "--provider", "declared"]),
    ("staniel snapshot (ty)", "snapshot", &["--format", "json", "--provider", "ty"]),
];

const RUFF: &str = "ruff analyze graph";
const AST_POOL: &str = "ast + ProcessPoolExecutor";
const TY: &str = "ty check";

/// Which peer a way is compared with: one that does the same work.
fn peers_of(way: &str) -> &'static [&'static str] {
    if way.ends_with("(ty)") { &[TY] } else { &[RUFF, AST_POOL] }
}

/// What `--json` writes.
#[derive(Serialize)]
struct Report {
    schema: u32,
    project: String,
    cpus: usize,
    /// What each program says of itself.
    programs: Vec<String>,
    /// Files in the import map, by program: that they did the same work.
    files: BTreeMap<String, usize>,
    /// Wall time in seconds, one for each round. staniel's names end in `, cold`, `, warm` or `, one edit`.
    seconds: BTreeMap<String, Vec<f64>>,
}

pub(crate) fn run(workspace: &Workspace, flags: &flags::Bench) -> anyhow::Result<()> {
    let runs = flags.runs.unwrap_or(5);
    ensure!(runs > 0, "--runs must be at least 1");
    let pins = Pins::read(workspace)?;
    let project = pins.project(PROJECT)?;
    corpus::fetch(workspace, &pins)?;
    let peers = peers::fetch(workspace, &pins)?;
    let sh = workspace.shell()?;
    cmd!(sh, "cargo build --release --package staniel").quiet().run()?;

    let bench = Bench::prepare(workspace, project, &peers)?;
    eprintln!("every program once, untimed");
    let mut report = bench.rehearse(&pins, project)?;
    for round in 0..runs {
        eprintln!("round {} of {runs}", round + 1);
        bench.round(round, &mut report.seconds)?;
    }
    println!("{}", table(&report, runs));
    if let Some(path) = &flags.json {
        let json = serde_json::to_string_pretty(&report)?;
        fs::write(path, json + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// The programs, and the tree they run on.
struct Bench {
    staniel: PathBuf,
    ruff: PathBuf,
    ty: PathBuf,
    ast_pool: PathBuf,
    edit_body: PathBuf,
    /// A copy of the project, because a round edits it; outside the repository, whose ignore rules and configuration
    /// every program would go looking for.
    tree: PathBuf,
    directory: TempDir,
}

impl Bench {
    fn prepare(workspace: &Workspace, project: &Project, peers: &Peers) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        // Absolute and without links, as the programs will print it.
        let tree = directory.path().canonicalize()?.join(project.directory());
        let original = corpus::directory(workspace).join(project.directory());
        let sh = workspace.shell()?;
        // With the times of the original: no file looks freshly written.
        cmd!(sh, "cp -Rp {original} {tree}").quiet().run()?;
        let exe = std::env::consts::EXE_SUFFIX;
        Ok(Self {
            staniel: workspace.target.join("release").join(format!("staniel{exe}")),
            ruff: peers.program("ruff"),
            ty: peers.program("ty"),
            ast_pool: workspace.own_file("python/ast_pool.py"),
            edit_body: workspace.own_file("python/edit_body.py"),
            tree,
            directory,
        })
    }

    /// Runs everything once: fills the file system's cache, and shows that all saw the same files.
    fn rehearse(&self, pins: &Pins, project: &Project) -> anyhow::Result<Report> {
        let mut files = BTreeMap::new();
        let by_path = |output: Output| -> anyhow::Result<usize> {
            Ok(serde_json::from_slice::<serde_json::Map<_, _>>(&output.stdout)?.len())
        };
        let output = capture(&mut self.ruff_command())?;
        files.insert(RUFF.to_owned(), by_path(output).context("reading the output of ruff")?);
        let output = capture(&mut self.ast_pool_command())?;
        files.insert(AST_POOL.to_owned(), by_path(output).context("reading the output of ast_pool.py")?);
        capture(&mut self.ty_command())?;
        let (imports, ..) = WAYS[0];
        let cache = self.cache()?;
        let output = capture(&mut self.staniel_command(0, cache.path()))?;
        let map: serde_json::Value =
            serde_json::from_slice(&output.stdout).context("reading the output of staniel")?;
        ensure!(map["schema"] == 1, "`{imports}` printed schema {}, 1 is known here", map["schema"]);
        let count = map["files"].as_array().context("`staniel imports` printed no files")?.len();
        files.insert(imports.to_owned(), count);

        let mut programs = vec![format!("ruff {}", pins.peer("ruff")?.version)];
        programs.push(format!("ty {}", pins.peer("ty")?.version));
        for program in [&self.staniel, Path::new("python3")] {
            let output = capture(Command::new(program).arg("--version"))?;
            programs.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Ok(Report {
            schema: 1,
            project: format!("{} {}", project.name, project.version),
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
            programs,
            files,
            seconds: BTreeMap::new(),
        })
    }

    /// Everybody's turn.
    fn round(&self, round: usize, seconds: &mut BTreeMap<String, Vec<f64>>) -> anyhow::Result<()> {
        let mut record = |name: &str, command: &mut Command| -> anyhow::Result<()> {
            let took = time(command)?;
            seconds.entry(name.to_owned()).or_default().push(took);
            Ok(())
        };
        record(RUFF, &mut self.ruff_command())?;
        record(AST_POOL, &mut self.ast_pool_command())?;
        record(TY, &mut self.ty_command())?;
        for (index, (way, ..)) in WAYS.iter().enumerate() {
            let cache = self.cache()?;
            record(&format!("{way}, cold"), &mut self.staniel_command(index, cache.path()))?;
            record(&format!("{way}, warm"), &mut self.staniel_command(index, cache.path()))?;
            let edit = self.edit(round)?;
            record(&format!("{way}, one edit"), &mut self.staniel_command(index, cache.path()))?;
            edit.undo()?;
        }
        Ok(())
    }

    /// A new empty directory; where an installed staniel keeps its own is not touched.
    fn cache(&self) -> anyhow::Result<TempDir> {
        Ok(tempfile::Builder::new().prefix("cache-").tempdir_in(self.directory.path())?)
    }

    fn edit(&self, round: usize) -> anyhow::Result<Edit> {
        let path = self.tree.join(EDITED[round % EDITED.len()]);
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        let statement = format!("edit_{round} = {round}");
        capture(Command::new("python3").arg("-I").arg(&self.edit_body).arg(&path).arg(statement))?;
        Ok(Edit { path, content })
    }

    fn staniel_command(&self, way: usize, cache: &Path) -> Command {
        let (_, subcommand, options) = WAYS[way];
        let mut command = self.command(&self.staniel);
        command.arg(subcommand).arg(&self.tree).args(options).arg("--cache-dir").arg(cache);
        command
    }

    fn ruff_command(&self) -> Command {
        let mut command = self.command(&self.ruff);
        command.args(["analyze", "graph", "."]);
        command
    }

    fn ty_command(&self) -> Command {
        let mut command = self.command(&self.ty);
        // Findings are no failure here, and printing them is not what is measured.
        command.args(["check", "--exit-zero", "--quiet", "."]);
        command
    }

    fn ast_pool_command(&self) -> Command {
        let mut command = self.command(Path::new("python3"));
        command.arg("-I").arg(&self.ast_pool).arg(&self.tree);
        command
    }

    fn command(&self, program: &Path) -> Command {
        let mut command = Command::new(program);
        // No environment of the person who measures: all look at the tree alone.
        command.current_dir(&self.tree).env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
        command
    }
}

/// A changed file and what it was.
struct Edit {
    path: PathBuf,
    content: Vec<u8>,
}

impl Edit {
    fn undo(self) -> anyhow::Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("restoring {}", self.path.display()))
    }
}

/// Wall time of a whole process, in seconds.
fn time(command: &mut Command) -> anyhow::Result<f64> {
    command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::piped());
    let start = Instant::now();
    let output = command.spawn().and_then(std::process::Child::wait_with_output);
    let took = start.elapsed().as_secs_f64();
    succeeded(command, output)?;
    Ok(took)
}

fn capture(command: &mut Command) -> anyhow::Result<Output> {
    let output = command.stdin(Stdio::null()).output();
    succeeded(command, output)
}

fn succeeded(command: &Command, output: std::io::Result<Output>) -> anyhow::Result<Output> {
    let output = output.with_context(|| format!("starting {command:?}"))?;
    if !output.status.success() {
        let errors = String::from_utf8_lossy(&output.stderr);
        let last: Vec<&str> = errors.lines().rev().take(10).collect();
        let last = last.into_iter().rev().collect::<Vec<_>>().join("\n");
        bail!("{command:?} failed ({}):\n{last}", output.status);
    }
    Ok(output)
}

/// The results as Markdown.
fn table(report: &Report, runs: usize) -> String {
    let mut text = String::new();
    let of = |name: &str| report.seconds.get(name).map(Vec::as_slice).unwrap_or_default();
    let cell = |value: Option<f64>, unit: &str| value.map_or_else(String::new, |v| format!("{v:.3}{unit}"));
    let times = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.1}"));
    let columns = [RUFF, AST_POOL, TY];

    let _ = writeln!(text, "| {}, median of {runs} | time | × {} |", report.project, columns.join(" | × "));
    let _ = writeln!(text, "| :-- | --: | --: | --: | --: |");
    for (way, ..) in WAYS {
        for state in ["cold", "warm", "one edit"] {
            let name = format!("{way}, {state}");
            let ratios = columns.map(|peer| {
                if peers_of(way).contains(&peer) {
                    times(paired_ratio(of(peer), of(&name)))
                } else {
                    String::new()
                }
            });
            let _ = writeln!(text, "| {name} | {} | {} |", cell(median(of(&name)), " s"), ratios.join(" | "));
        }
    }
    for peer in columns {
        let _ = writeln!(text, "| {peer} | {} | | | |", cell(median(of(peer)), " s"));
    }
    let _ = write!(
        text,
        "\n× says how many times as long that program took in the same round (median of the rounds). {} CPUs. {}.\n\
         Files in the import map: {}.",
        report.cpus,
        report.programs.join(", "),
        report.files.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", "),
    );
    text
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_table_compares_equal_work() {
        let mut seconds = BTreeMap::from([
            (RUFF.to_owned(), vec![0.3, 0.6]),
            (AST_POOL.to_owned(), vec![3.0, 6.0]),
            (TY.to_owned(), vec![8.0, 8.0]),
        ]);
        for (way, ..) in WAYS {
            for (state, took) in [("cold", 0.1), ("warm", 0.01), ("one edit", 0.02)] {
                seconds.insert(format!("{way}, {state}"), vec![took, took * 2.0]);
            }
        }
        let report = Report {
            schema: 1,
            project: "Django 5.2".into(),
            cpus: 2,
            programs: vec!["ruff 1".into(), "ty 2".into()],
            files: BTreeMap::from([("a".into(), 7), ("b".into(), 7)]),
            seconds,
        };
        expect![[r#"
            | Django 5.2, median of 2 | time | × ruff analyze graph | × ast + ProcessPoolExecutor | × ty check |
            | :-- | --: | --: | --: | --: |
            | staniel imports, cold | 0.150 s | 3.0 | 30.0 |  |
            | staniel imports, warm | 0.015 s | 30.0 | 300.0 |  |
            | staniel imports, one edit | 0.030 s | 15.0 | 150.0 |  |
            | staniel snapshot (declared), cold | 0.150 s | 3.0 | 30.0 |  |
            | staniel snapshot (declared), warm | 0.015 s | 30.0 | 300.0 |  |
            | staniel snapshot (declared), one edit | 0.030 s | 15.0 | 150.0 |  |
            | staniel snapshot (ty), cold | 0.150 s |  |  | 60.0 |
            | staniel snapshot (ty), warm | 0.015 s |  |  | 600.0 |
            | staniel snapshot (ty), one edit | 0.030 s |  |  | 300.0 |
            | ruff analyze graph | 0.450 s | | | |
            | ast + ProcessPoolExecutor | 4.500 s | | | |
            | ty check | 8.000 s | | | |

            × says how many times as long that program took in the same round (median of the rounds). 2 CPUs. ruff 1, ty 2.
            Files in the import map: a 7, b 7."#]].assert_eq(&table(&report, 2));
    }

    #[test]
    fn a_failure_shows_its_last_words() {
        let mut command = Command::new("python3");
        command.args(["-c", "import sys; sys.exit('no such luck')"]);
        let error = time(&mut command).unwrap_err().to_string();
        assert!(error.contains("no such luck") && error.contains("exit status: 1"), "{error}");
    }
}
