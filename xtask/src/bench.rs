//! `cargo xtask bench`: how long staniel takes, and how much memory, beside other programs.
//!
//! Whole processes, from start to exit, output to the null device. The programs take turns (A B C A B C …), so that a
//! machine that is slow for a while is slow for all of them; what counts is the ratio within a round. *Cold* means
//! without staniel's cache: the file system's is warm for everybody, since it is not what is compared.
//!
//! [`overview`] has all commands on Django; [`hover`] single places and whole projects, by provider; [`imports`] the import map on two projects, with what it is meant to
//! reach; [`scale`] the import map of ever larger projects.

mod hover;
mod imports;
mod made_up;
mod measure;
mod overview;
mod scale;
mod subject;

use std::ffi::OsString;
use std::fmt::Display;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Serialize;
use xshell::cmd;

use crate::flags::{self, BenchCmd};
use crate::peers;
use crate::pins::Pins;
use crate::workspace::Workspace;
use measure::capture;

pub(crate) fn run(workspace: &Workspace, flags: &flags::Bench) -> anyhow::Result<()> {
    let runs = flags.runs.unwrap_or(5);
    ensure!(runs > 0, "--runs must be at least 1");
    let pins = Pins::read(workspace)?;
    let programs = Programs::prepare(workspace, &pins, flags.staniel.as_deref())?;
    let report: &dyn Report = match &flags.subcommand {
        BenchCmd::Overview(_) => &overview::run(workspace, &pins, &programs, runs)?,
        BenchCmd::Hover(hover) => &hover::run(workspace, &pins, &programs, runs, &hover.provider)?,
        BenchCmd::Imports(_) => &imports::run(workspace, &pins, &programs, runs)?,
        BenchCmd::Scale(scale) => &scale::run(&programs, runs, &scale.files)?,
    };
    println!("{report}");
    if let Some(path) = &flags.json {
        fs::write(path, report.json()? + "\n").with_context(|| format!("writing {}", path.display()))?;
    }
    Ok(())
}

/// What was measured: as Markdown for people, and every single measurement as JSON.
trait Report: Display {
    fn json(&self) -> serde_json::Result<String>;
}

impl<R: Serialize + Display> Report for R {
    fn json(&self) -> serde_json::Result<String> {
        serde_json::to_string_pretty(self)
    }
}

/// What is measured, and what with.
struct Programs {
    staniel: PathBuf,
    ruff: PathBuf,
    ty: PathBuf,
    /// The import map the classic way, a script for `python3`.
    ast_pool: PathBuf,
    /// What no import map can be faster than.
    walk_hash: PathBuf,
    /// The script that makes the edits.
    edit_body: PathBuf,
    /// The script that measures.
    measure: PathBuf,
    /// What each says of itself.
    versions: Vec<String>,
    cpus: usize,
    /// Where language servers are found.
    search_path: OsString,
}

impl Programs {
    /// Builds and fetches them; `staniel` is measured instead of what would be built.
    fn prepare(workspace: &Workspace, pins: &Pins, staniel: Option<&Path>) -> anyhow::Result<Self> {
        let sh = workspace.shell()?;
        cmd!(sh, "cargo build --release --package staniel-benches --example walk_hash").quiet().run()?;
        let release = workspace.target.join("release");
        let staniel = match staniel {
            Some(program) => {
                program.canonicalize().with_context(|| format!("no program {}", program.display()))?
            }
            None => {
                cmd!(sh, "cargo build --release --package staniel").quiet().run()?;
                release.join(format!("staniel{}", std::env::consts::EXE_SUFFIX))
            }
        };
        let peers = peers::fetch(workspace, pins)?;
        let mut versions = Vec::new();
        for peer in ["ruff", "ty"] {
            versions.push(format!("{peer} {}", pins.peer(peer)?.version));
        }
        for program in [&staniel, Path::new("python3")] {
            let output = capture(Command::new(program).arg("--version"))?;
            versions.push(String::from_utf8_lossy(&output.stdout).trim().to_owned());
        }
        Ok(Self {
            staniel,
            ruff: peers.program("ruff"),
            ty: peers.program("ty"),
            ast_pool: workspace.own_file("python/ast_pool.py"),
            walk_hash: release.join("examples").join(format!("walk_hash{}", std::env::consts::EXE_SUFFIX)),
            edit_body: workspace.own_file("python/edit_body.py"),
            measure: workspace.own_file("python/measure.py"),
            versions,
            search_path: peers.search_path()?,
            cpus: std::thread::available_parallelism().map_or(1, usize::from),
        })
    }
}
