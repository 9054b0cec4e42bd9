//! A project that is measured on: a copy of its own, which may be edited.

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::path::{Path, PathBuf};
use std::process::Command;
use std::thread;
use std::time::{Duration, SystemTime};

use anyhow::Context;
use tempfile::TempDir;
use xshell::{Shell, cmd};

use super::Programs;
use super::measure::{Measured, capture, measure};
use crate::corpus;
use crate::pins::Project;
use crate::workspace::Workspace;

/// The project's tree, with room for caches beside it; outside the repository, whose ignore rules and configuration
/// every program would go looking for.
pub(super) struct Subject<'p> {
    programs: &'p Programs,
    /// Absolute and without links, as the programs will print it.
    tree: PathBuf,
    directory: TempDir,
}

impl<'p> Subject<'p> {
    /// An empty directory, for `fill` to put a tree at the path it is given.
    pub(super) fn new(
        programs: &'p Programs,
        name: &str,
        fill: impl FnOnce(&Path) -> anyhow::Result<()>,
    ) -> anyhow::Result<Self> {
        let directory = tempfile::tempdir()?;
        let tree = directory.path().canonicalize()?.join(name);
        fill(&tree)?;
        Ok(Self { programs, tree, directory })
    }

    /// A copy of a project of the corpus.
    pub(super) fn copy_of(
        programs: &'p Programs,
        workspace: &Workspace,
        project: &Project,
    ) -> anyhow::Result<Self> {
        let original = corpus::directory(workspace).join(project.directory());
        let sh = workspace.shell()?;
        // With the times of the original: no file looks freshly written.
        Self::new(programs, &project.directory(), |tree| {
            Ok(cmd!(sh, "cp -Rp {original} {tree}").quiet().run()?)
        })
    }

    /// A copy of one of its directories, as a project of its own.
    pub(super) fn part(&self, directory: &str) -> anyhow::Result<Self> {
        let original = self.tree.join(directory);
        let sh = Shell::new()?;
        Self::new(self.programs, "part", |tree| Ok(cmd!(sh, "cp -Rp {original} {tree}").quiet().run()?))
    }

    /// A file beside the tree, for what a command reads.
    pub(super) fn note(&self, name: &str, text: &str) -> anyhow::Result<PathBuf> {
        let path = self.directory.path().join(name);
        fs::write(&path, text).with_context(|| format!("writing {}", path.display()))?;
        Ok(path)
    }

    /// A directory for a cache, which is not there yet; where an installed staniel keeps its own is not touched.
    pub(super) fn cache(&self) -> anyhow::Result<Cache> {
        Ok(Cache(tempfile::Builder::new().prefix("cache-").tempdir_in(self.directory.path())?))
    }

    /// A command that looks at the tree alone: with no environment of the person who measures.
    fn command(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.current_dir(&self.tree).env_remove("VIRTUAL_ENV").env_remove("CONDA_PREFIX");
        command.env("PATH", &self.programs.search_path);
        command
    }

    pub(super) fn staniel(&self, subcommand: &str, options: &[&str], cache: &Cache) -> Command {
        let mut command = self.command(&self.programs.staniel);
        command
            .arg(subcommand)
            .arg(&self.tree)
            .args(options)
            .arg("--cache-dir")
            .arg(cache.0.path().join("c"));
        command
    }

    pub(super) fn ruff(&self) -> Command {
        let mut command = self.command(&self.programs.ruff);
        command.args(["analyze", "graph", "."]);
        command
    }

    pub(super) fn ty(&self) -> Command {
        let mut command = self.command(&self.programs.ty);
        command.args(["check", "--exit-zero", "."]);
        command
    }

    pub(super) fn ast_pool(&self) -> Command {
        let mut command = self.command("python3");
        command.arg("-I").arg(&self.programs.ast_pool).arg(&self.tree);
        command
    }

    pub(super) fn walk_hash(&self) -> Command {
        let mut command = self.command(&self.programs.walk_hash);
        command.arg(&self.tree);
        command
    }

    pub(super) fn measure(&self, command: &Command) -> anyhow::Result<Measured> {
        measure(&self.programs.measure, command)
    }

    /// The import map that a command prints in ruff's form.
    pub(super) fn map(&self, command: &mut Command) -> anyhow::Result<Map> {
        let output = capture(command)?;
        serde_json::from_slice(&output.stdout).with_context(|| format!("reading the output of {command:?}"))
    }

    /// Adds a statement to a function body of a file.
    pub(super) fn edit(&self, path: &str, statement: &str) -> anyhow::Result<Edit> {
        let path = self.tree.join(path);
        let content = fs::read(&path).with_context(|| format!("reading {}", path.display()))?;
        capture(Command::new("python3").arg("-I").arg(&self.programs.edit_body).arg(&path).arg(statement))?;
        Ok(Edit { path, content })
    }

    /// Gives every file the times that it would have after a new checkout.
    pub(super) fn touch(&self) -> anyhow::Result<()> {
        touch(&self.tree, SystemTime::now())
    }

    /// Waits until nobody need doubt the times of files that were just written: for two seconds they could be written
    /// again within the same tick of a coarse clock, and staniel reads them again.
    pub(super) fn settle(&self) {
        thread::sleep(Duration::from_millis(2100));
    }
}

/// By file, the files it imports.
pub(super) type Map = BTreeMap<String, Vec<String>>;

pub(super) fn edges(map: &Map) -> usize {
    map.values().map(Vec::len).sum()
}

/// Where a program remembers; gone when this is dropped.
pub(super) struct Cache(TempDir);

/// A changed file and what it was.
pub(super) struct Edit {
    path: PathBuf,
    content: Vec<u8>,
}

impl Edit {
    pub(super) fn undo(self) -> anyhow::Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("restoring {}", self.path.display()))
    }
}

fn touch(directory: &Path, time: SystemTime) -> anyhow::Result<()> {
    for entry in fs::read_dir(directory).with_context(|| format!("listing {}", directory.display()))? {
        let entry = entry?;
        let (kind, path) = (entry.file_type()?, entry.path());
        if kind.is_dir() {
            touch(&path, time)?;
        } else if kind.is_file() {
            let file = File::open(&path).with_context(|| format!("opening {}", path.display()))?;
            file.set_modified(time).with_context(|| format!("setting the time of {}", path.display()))?;
        }
    }
    Ok(())
}
