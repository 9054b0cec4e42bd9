//! `cargo xtask agreement`: how far two providers agree about real projects.
//!
//! Both are asked through staniel itself, once; what they said is remembered in `target/agreement`, so that a second run after a
//! change of the normal form asks nobody. What agreement means is in the crate of the tests, which may know the normal
//! form; this only makes its input.

use std::ffi::OsString;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use anyhow::{Context, ensure};
use xshell::cmd;

use crate::pins::Pins;
use crate::workspace::Workspace;
use crate::{corpus, flags, peers};

/// Who is compared.
const LEFT: &str = "ty";

/// Two projects with annotations, two mostly without.
const PROJECTS: &[&str] = &["rich", "requests", "SQLAlchemy", "Django"];

pub(crate) fn run(workspace: &Workspace, flags: &flags::Agreement) -> anyhow::Result<()> {
    let sh = workspace.shell()?;
    let pins = Pins::read(workspace)?;
    corpus::fetch(workspace, &pins)?;
    let peers = peers::fetch(workspace, &pins)?;
    let staniel = match &flags.staniel {
        Some(program) => {
            program.canonicalize().with_context(|| format!("no program {}", program.display()))?
        }
        None => {
            cmd!(sh, "cargo build --release --package staniel").quiet().run()?;
            workspace.target.join("release").join(format!("staniel{}", std::env::consts::EXE_SUFFIX))
        }
    };
    cmd!(sh, "cargo build --package staniel-tests --bin agreement").quiet().run()?;
    let compare = workspace.target.join("debug").join(format!("agreement{}", std::env::consts::EXE_SUFFIX));
    let asked = Asked { staniel, path: peers.search_path()?, directory: workspace.target.join("agreement") };
    fs::create_dir_all(&asked.directory)
        .with_context(|| format!("creating {}", asked.directory.display()))?;

    let right = flags.with.as_deref().unwrap_or("pyright");
    let named: Vec<&str> = flags.project.iter().map(String::as_str).collect();
    for name in if named.is_empty() { PROJECTS } else { &named } {
        let project = pins.project(name)?.directory();
        let tree = corpus::directory(workspace).join(&project);
        let [mine, theirs] =
            [LEFT, right].map(|provider| asked.hovers(&project, &tree, provider, &flags.below));
        let (mine, theirs) = (mine?, theirs?);
        println!("## {project}: {LEFT} and {right}\n");
        cmd!(sh, "{compare} {LEFT} {mine} {right} {theirs}").quiet().run()?;
    }
    Ok(())
}

struct Asked {
    staniel: PathBuf,
    /// Where servers are found.
    path: OsString,
    directory: PathBuf,
}

impl Asked {
    /// The file with what `provider` says of all definitions of the project.
    fn hovers(
        &self,
        project: &str,
        tree: &Path,
        provider: &str,
        below: &[PathBuf],
    ) -> anyhow::Result<PathBuf> {
        eprintln!("asking {provider} about {project}");
        let answers = self.directory.join(format!("{project}.{provider}.jsonl"));
        let file = File::create(&answers).with_context(|| format!("creating {}", answers.display()))?;
        let status = Command::new(&self.staniel)
            .args(["hovers", "--provider", provider, "--root"])
            .arg(tree)
            .args(below.iter().map(|directory| tree.join(directory)))
            .arg("--cache-dir")
            .arg(self.directory.join("cache"))
            .env("PATH", &self.path)
            .env_remove("VIRTUAL_ENV")
            .stdin(Stdio::null())
            .stdout(file)
            .status()
            .with_context(|| format!("starting {}", self.staniel.display()))?;
        ensure!(status.success(), "`staniel hovers --provider {provider}` failed ({status})");
        Ok(answers)
    }
}
