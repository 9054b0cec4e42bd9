//! Where things are: the workspace as cargo sees it.

use std::path::{Path, PathBuf};

use anyhow::Context;
use serde::Deserialize;
use xshell::{Shell, cmd};

/// The workspace, its packages and its `target` directory.
pub(crate) struct Workspace {
    /// Directory of the root `Cargo.toml`.
    pub(crate) root: PathBuf,
    /// What cargo builds into: `CARGO_TARGET_DIR`, or its configuration, or `target`.
    pub(crate) target: PathBuf,
    pub(crate) packages: Vec<Package>,
}

/// A workspace member.
#[derive(Debug, Deserialize)]
pub(crate) struct Package {
    pub(crate) name: String,
    pub(crate) manifest_path: PathBuf,
    pub(crate) dependencies: Vec<Dependency>,
}

/// A line of a member's manifest.
#[derive(Debug, Clone, Deserialize)]
pub(crate) struct Dependency {
    pub(crate) name: String,
    /// `None` for an ordinary dependency, else `dev` or `build`.
    pub(crate) kind: Option<String>,
}

/// The part of `cargo metadata` that is read here.
#[derive(Deserialize)]
struct Metadata {
    packages: Vec<Package>,
    workspace_root: PathBuf,
    target_directory: PathBuf,
}

impl Workspace {
    /// Asks cargo, once, without the network. Cost: some 50 ms, mostly cargo's start.
    pub(crate) fn open() -> anyhow::Result<Self> {
        let sh = Shell::new()?;
        // Cargo is asked from the caller's directory, not from the root: a relative `CARGO_TARGET_DIR` means
        // relative to there, and cargo's answer is absolute.
        let manifest = Path::new(env!("CARGO_MANIFEST_DIR")).join("Cargo.toml");
        let json =
            cmd!(sh, "cargo metadata --format-version 1 --no-deps --offline --manifest-path {manifest}")
                .quiet()
                .read()
                .context("asking cargo for the workspace")?;
        let mut metadata: Metadata = serde_json::from_str(&json).context("reading `cargo metadata`")?;
        metadata.packages.sort_by(|a, b| a.name.cmp(&b.name));
        Ok(Self {
            root: metadata.workspace_root,
            target: metadata.target_directory,
            packages: metadata.packages,
        })
    }

    /// A shell in the root directory, whose cargo builds where [`Workspace::target`] says.
    pub(crate) fn shell(&self) -> anyhow::Result<Shell> {
        let sh = Shell::new()?;
        sh.change_dir(&self.root);
        // Absolute, because the caller's relative one would mean another place from here.
        sh.set_var("CARGO_TARGET_DIR", &self.target);
        Ok(sh)
    }

    /// A file of this crate that is used at run time: a script or a table.
    pub(crate) fn own_file(&self, relative: &str) -> PathBuf {
        self.root.join("xtask").join(relative)
    }
}
