//! `cargo xtask tidy`: the rules of the house that no compiler knows.
//!
//! A rule takes text or manifests and gives findings, touching nothing; reading files is done here, once. Each
//! finding says what to do about it. There is no way to silence one: a rule with exceptions says so in its table.

mod crates;
mod rust;
mod text;

use std::fmt;
use std::fs;
use std::path::Path;

use anyhow::{Context, bail};
use xshell::cmd;

use crate::workspace::Workspace;

/// Something that breaks a rule.
#[derive(Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Finding {
    /// Relative to the root, with `/`.
    path: String,
    /// From 1.
    line: usize,
    /// What, and what to do.
    message: String,
}

impl Finding {
    fn new(path: &str, line: usize, message: impl Into<String>) -> Self {
        Self { path: path.to_owned(), line, message: message.into() }
    }
}

impl fmt::Display for Finding {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}: {}", self.path, self.line, self.message)
    }
}

/// Checks everything; findings go to stdout, and any is an error.
pub(crate) fn run(workspace: &Workspace) -> anyhow::Result<()> {
    let mut findings = Vec::new();
    for path in tracked_files(workspace)? {
        let file = workspace.root.join(&path);
        // Deleted but not yet committed, a link, a submodule: nothing that has text of its own.
        if !fs::symlink_metadata(&file).is_ok_and(|metadata| metadata.is_file()) {
            continue;
        }
        let bytes = fs::read(&file).with_context(|| format!("reading {path}"))?;
        // What is not UTF-8 is a picture or a test case for decoding.
        if let Ok(text) = String::from_utf8(bytes)
            && !text.contains('\0')
        {
            text::check(&path, &text, &mut findings);
        }
    }
    check_manifests(workspace, &mut findings)?;
    check_map(workspace, &mut findings);

    findings.sort();
    for finding in &findings {
        println!("{finding}");
    }
    match findings.len() {
        0 => Ok(()),
        1 => bail!("tidy: 1 finding"),
        n => bail!("tidy: {n} findings"),
    }
}

/// Every file that is in the repository or would be with `git add --all`, relative to the root.
fn tracked_files(workspace: &Workspace) -> anyhow::Result<Vec<String>> {
    let sh = workspace.shell()?;
    let listing = cmd!(sh, "git ls-files --cached --others --exclude-standard -z")
        .quiet()
        .read()
        .context("listing the files of the repository")?;
    Ok(listing.split('\0').filter(|path| !path.is_empty()).map(str::to_owned).collect())
}

fn check_manifests(workspace: &Workspace, findings: &mut Vec<Finding>) -> anyhow::Result<()> {
    for package in &workspace.packages {
        let path = relative(&package.manifest_path, &workspace.root);
        let manifest =
            fs::read_to_string(&package.manifest_path).with_context(|| format!("reading {path}"))?;
        crates::check(package, &path, &manifest, findings);
    }
    Ok(())
}

fn check_map(workspace: &Workspace, findings: &mut Vec<Finding>) {
    let map = fs::read_to_string(workspace.root.join("ARCHITECTURE.md")).unwrap_or_default();
    let directories = workspace.packages.iter().filter_map(|package| {
        let manifest = relative(&package.manifest_path, &workspace.root);
        let directory = manifest.strip_prefix("crates/")?.strip_suffix("/Cargo.toml")?;
        Some(directory.to_owned())
    });
    text::check_map(&map, directories, findings);
}

fn relative(path: &Path, root: &Path) -> String {
    path.strip_prefix(root).unwrap_or(path).to_string_lossy().replace('\\', "/")
}
