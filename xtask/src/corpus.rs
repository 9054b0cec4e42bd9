//! `cargo xtask corpus`: the real projects that tests and measurements run on.
//!
//! `target/corpus/` holds finished trees and nothing else, one directory `<name>-<version>` for each: no state of an
//! interrupted run can be taken for a project. Archives and stamps are in [`downloads`].

use std::fs;
use std::path::{Path, PathBuf};

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::downloads::Downloads;
use crate::pins::{Pins, Project};
use crate::workspace::Workspace;
use crate::{downloads, flags};

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
    let downloads = Downloads::open(workspace)?;
    let corpus = directory(workspace);
    fs::create_dir_all(&corpus).with_context(|| format!("creating {}", corpus.display()))?;
    let sh = workspace.shell()?;
    for project in &pins.projects {
        let tree = corpus.join(project.directory());
        let stamp = downloads.stamp(&project.directory(), &project.sha256);
        if stamp.holds() && tree.is_dir() {
            continue;
        }
        eprintln!("fetching {} {}", project.name, project.version);
        let archive = downloads.directory.join(&project.file);
        if !archive.is_file() {
            download(&sh, project, &downloads)?;
        }
        let script = workspace.own_file("python/unpack.py");
        unpack(&sh, &script, project, &downloads, &tree).inspect_err(|_| {
            // A damaged archive must not be found again by the next run.
            let _ = fs::remove_file(&archive);
        })?;
        stamp.write()?;
    }
    forget_old(&corpus, &downloads, pins)
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
fn download(sh: &Shell, project: &Project, downloads: &Downloads) -> anyhow::Result<()> {
    let Project { name, version, file, sha256 } = project;
    let work = downloads.work()?;
    let requirements = work.path().join("requirements.txt");
    fs::write(&requirements, format!("{name}=={version} --hash=sha256:{sha256}\n"))?;
    let fetched = work.path().join("fetched");
    cmd!(
        sh,
        "python3 -m pip --quiet --disable-pip-version-check --no-input download --progress-bar off --no-deps
         --require-hashes --no-binary {name} --dest {fetched} --requirement {requirements}"
    )
    .quiet()
    .run()
    .with_context(|| {
        format!("pip could not fetch {name} {version}; python3 with pip and an index it can reach are needed")
    })?;
    fs::rename(fetched.join(file), downloads.directory.join(file))
        .with_context(|| format!("pip fetched {name} {version}, but not as {file}, which is pinned"))
}

/// Checks the archive and puts its content at `tree`, which appears complete or not at all.
fn unpack(
    sh: &Shell,
    script: &Path,
    project: &Project,
    downloads: &Downloads,
    tree: &Path,
) -> anyhow::Result<()> {
    let work = downloads.work()?;
    let (archive, sha256, directory) =
        (downloads.directory.join(&project.file), &project.sha256, work.path());
    cmd!(sh, "python3 -I {script} {archive} {sha256} {directory}")
        .quiet()
        .run()
        .with_context(|| format!("unpacking {}", project.file))?;
    downloads::replace(tree, &directory.join("tree"), &work)
}

/// Removes the trees of former pins, so that nobody who lists the corpus finds two versions of a project.
fn forget_old(corpus: &Path, downloads: &Downloads, pins: &Pins) -> anyhow::Result<()> {
    for entry in fs::read_dir(corpus)? {
        let name = entry?.file_name().to_string_lossy().into_owned();
        let pinned = pins.projects.iter().any(|project| project.directory() == name);
        let stamp = downloads.stamp(&name, "");
        // Only what has a stamp was put there by this command.
        if !pinned && stamp.exists() {
            eprintln!("removing {name}, which is no longer pinned");
            fs::remove_dir_all(corpus.join(&name)).with_context(|| format!("removing {name}"))?;
            stamp.remove()?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_own_trees_are_forgotten() {
        let directory = tempfile::tempdir().unwrap();
        let downloads = downloads::open_for_test(directory.path());
        let corpus = directory.path().join("corpus");
        for tree in ["a-1", "a-2", "mine"] {
            fs::create_dir_all(corpus.join(tree)).unwrap();
        }
        downloads.stamp("a-1", "old").write().unwrap();
        downloads.stamp("a-2", "new").write().unwrap();
        let project =
            Project { name: "a".into(), version: "2".into(), file: "f".into(), sha256: "new".into() };
        forget_old(&corpus, &downloads, &Pins { projects: vec![project], peers: vec![] }).unwrap();
        assert!(!corpus.join("a-1").exists());
        assert!(corpus.join("a-2").exists());
        assert!(corpus.join("mine").exists());
    }
}
