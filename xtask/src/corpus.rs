//! `cargo xtask corpus`: the real projects that tests and measurements run on.
//!
//! `target/corpus/` holds finished trees and nothing else, one directory `<name>-<version>` for each. The archives, a
//! stamp for each finished tree, and trees that are still being unpacked are in `target/corpus-parts/`, so that no
//! state of an interrupted run can be taken for a project.

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::flags;
use crate::pins::{Pins, Project};
use crate::workspace::Workspace;

pub(crate) fn run(workspace: &Workspace, flags: &flags::Corpus) -> anyhow::Result<()> {
    let pins = Pins::read(workspace)?;
    fetch(workspace, &pins)?;
    if flags.print {
        for project in &pins.projects {
            println!("{}", directory(workspace).join(project.directory()).display());
        }
    }
    Ok(())
}

/// Where the trees are.
pub(crate) fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target.join("corpus")
}

/// Brings every pinned project into [`directory`]; does nothing for those that are there. Safe to interrupt.
pub(crate) fn fetch(workspace: &Workspace, pins: &Pins) -> anyhow::Result<()> {
    let (corpus, parts) = (directory(workspace), workspace.target.join("corpus-parts"));
    fs::create_dir_all(&corpus).with_context(|| format!("creating {}", corpus.display()))?;
    fs::create_dir_all(&parts).with_context(|| format!("creating {}", parts.display()))?;
    let sh = workspace.shell()?;
    for project in &pins.projects {
        let tree = corpus.join(project.directory());
        let stamp = Stamp::new(&parts, &project.directory(), &project.sha256);
        if stamp.holds() && tree.is_dir() {
            continue;
        }
        eprintln!("fetching {} {}", project.name, project.version);
        let archive = parts.join(&project.file);
        if !archive.is_file() {
            download(&sh, project, &parts)?;
        }
        unpack(workspace, &sh, project, &archive, &tree).inspect_err(|_| {
            // A damaged archive must not be found again by the next run.
            let _ = fs::remove_file(&archive);
        })?;
        stamp.write()?;
    }
    forget_old(&corpus, &parts, pins)
}

/// Lets pip fetch the archive, from whichever index and through whichever proxy the machine is set up for.
///
/// `pip download` has no way to leave a source distribution alone: it always asks the project's build backend for
/// its metadata. What that takes decides how reliable the download is:
///
/// * `--no-binary :all:` applies to the build requirements too: pip then *builds* setuptools, hatchling and even
///   Cython from source (minutes, and a C compiler). So only the project itself is named.
/// * `--no-build-isolation` needs setuptools, flit-core and poetry-core installed beforehand, in versions that fit:
///   true on the developer's machine, false on a fresh one.
/// * With isolation pip fetches the backend's wheel into a temporary environment: a megabyte, some seconds, no state.
///
/// The digest goes to pip as well: it checks it before it starts any backend.
fn download(sh: &Shell, project: &Project, into: &Path) -> anyhow::Result<()> {
    let Project { name, version, file, sha256 } = project;
    let work = tempfile::tempdir_in(into)?;
    let requirements = work.path().join("requirements.txt");
    fs::write(&requirements, format!("{name}=={version} --hash=sha256:{sha256}\n"))?;
    let downloads = work.path().join("downloads");
    cmd!(
        sh,
        "python3 -m pip --quiet --disable-pip-version-check --no-input download --progress-bar off --no-deps
         --require-hashes --no-binary {name} --dest {downloads} --requirement {requirements}"
    )
    .quiet()
    .run()
    .with_context(|| {
        format!("pip could not fetch {name} {version}; python3 with pip and an index it can reach are needed")
    })?;
    fs::rename(downloads.join(file), into.join(file))
        .with_context(|| format!("pip fetched {name} {version}, but not as {file}, which is pinned"))
}

/// Checks the archive and puts its content at `tree`, which appears complete or not at all.
fn unpack(
    workspace: &Workspace,
    sh: &Shell,
    project: &Project,
    archive: &Path,
    tree: &Path,
) -> anyhow::Result<()> {
    // Next to the final place, so that the renames stay on one file system.
    let work = tempfile::tempdir_in(archive.parent().context("an archive has a directory")?)?;
    let (script, sha256, directory) = (workspace.own_file("python/unpack.py"), &project.sha256, work.path());
    cmd!(sh, "python3 -I {script} {archive} {sha256} {directory}")
        .quiet()
        .run()
        .with_context(|| format!("unpacking {}", project.file))?;
    if tree.exists() {
        // Unpacked under other pins, or without a stamp: it goes away in one step too.
        fs::rename(tree, directory.join("old"))?;
    }
    fs::rename(directory.join("tree"), tree).with_context(|| format!("creating {}", tree.display()))
}

/// Removes the trees of former pins, so that nobody who lists the corpus finds two versions of a project.
fn forget_old(corpus: &Path, parts: &Path, pins: &Pins) -> anyhow::Result<()> {
    for entry in fs::read_dir(corpus)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let pinned = pins.projects.iter().any(|project| project.directory() == name);
        let stamp = Stamp::new(parts, &name, "");
        // Only what has a stamp was put there by this command.
        if !pinned && stamp.path.is_file() {
            eprintln!("removing {name}, which is no longer pinned");
            fs::remove_dir_all(corpus.join(&name)).with_context(|| format!("removing {name}"))?;
            fs::remove_file(&stamp.path)?;
        }
    }
    Ok(())
}

/// The mark that something was finished under certain pins. Written last.
pub(crate) struct Stamp {
    path: PathBuf,
    content: String,
}

impl Stamp {
    pub(crate) fn new(directory: &Path, name: &str, content: &str) -> Self {
        Self { path: directory.join(format!("{name}.stamp")), content: content.to_owned() }
    }

    /// Whether the mark is there and says the same.
    pub(crate) fn holds(&self) -> bool {
        fs::read_to_string(&self.path).is_ok_and(|found| found == self.content)
    }

    pub(crate) fn write(&self) -> anyhow::Result<()> {
        fs::write(&self.path, &self.content).with_context(|| format!("writing {}", self.path.display()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_stamp_holds_only_for_its_pins() {
        let directory = tempfile::tempdir().unwrap();
        let stamp = Stamp::new(directory.path(), "a-1", "digest");
        assert!(!stamp.holds());
        stamp.write().unwrap();
        assert!(stamp.holds());
        assert!(!Stamp::new(directory.path(), "a-1", "another").holds());
        assert!(!Stamp::new(directory.path(), "a-2", "digest").holds());
    }

    #[test]
    fn only_own_trees_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let (corpus, parts) = (directory.path().join("corpus"), directory.path().join("parts"));
        for tree in ["a-1", "a-2", "mine"] {
            fs::create_dir_all(corpus.join(tree)).unwrap();
        }
        fs::create_dir(&parts).unwrap();
        Stamp::new(&parts, "a-1", "old").write().unwrap();
        Stamp::new(&parts, "a-2", "new").write().unwrap();
        let project =
            Project { name: "a".into(), version: "2".into(), file: "f".into(), sha256: "new".into() };
        forget_old(&corpus, &parts, &Pins { projects: vec![project], peers: vec![] }).unwrap();
        assert!(!corpus.join("a-1").exists());
        assert!(corpus.join("a-2").exists());
        assert!(corpus.join("mine").exists());
    }
}
