//! `cargo xtask peers`: the programs that staniel is measured against and compared with, in `target/peers`.
//!
//! ```text
//! target/peers/         a virtual environment of the machine's python3
//!     bin/ruff
//!     bin/python        imports grimp
//!     ty/bin/ty
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::downloads::{self, Downloads};
use crate::pins::{Peer, Pins};
use crate::workspace::Workspace;

/// The peer that is kept out of the virtual environment, in a directory of its own name.
///
/// It takes the environment that it is installed in for the project's, if the project has none: its packages become
/// search paths, and its version of Python is what the code is checked for. (`ty check -v` says so: "Using
/// site-packages from ty's environment".) It would answer other questions than the program that it is measured
/// against, and other ones on each machine. What `pip install --target` makes is no environment.
const APART: &str = "ty";

/// Where the peers are.
pub(crate) struct Peers {
    /// The virtual environment.
    pub(crate) directory: PathBuf,
}

impl Peers {
    /// A peer that is a program of its own.
    pub(crate) fn program(&self, name: &str) -> PathBuf {
        let prefix = if name == APART { self.directory.join(APART) } else { self.directory.clone() };
        prefix.join("bin").join(format!("{name}{}", std::env::consts::EXE_SUFFIX))
    }
}

impl Peers {
    /// `PATH` with the peers before everything else.
    pub(crate) fn search_path(&self) -> anyhow::Result<OsString> {
        let own = [self.directory.join("bin"), self.directory.join(APART).join("bin")];
        let before = std::env::var_os("PATH").unwrap_or_default();
        let all = own.into_iter().chain(std::env::split_paths(&before));
        std::env::join_paths(all).context("PATH cannot be put together")
    }
}

/// Where they are, once they have been fetched.
pub(crate) fn directory(workspace: &Workspace) -> PathBuf {
    workspace.target.join("peers")
}

/// Installs the pinned peers unless they are there.
pub(crate) fn fetch(workspace: &Workspace, pins: &Pins) -> anyhow::Result<Peers> {
    let sh = workspace.shell()?;
    let (apart, together): (Vec<&Peer>, Vec<&Peer>) = pins.peers.iter().partition(|peer| peer.name == APART);
    let described = list(&pins.peers.iter().collect::<Vec<_>>()).join(", ");
    // An environment is of use only to the interpreter that made it.
    let interpreter = cmd!(sh, "python3 -c 'import sys; print(sys.base_prefix, sys.version)'")
        .quiet()
        .read()
        .context("python3 is needed")?;
    let downloads = Downloads::open(workspace)?;
    let peers = Peers { directory: directory(workspace) };
    let stamp = downloads.stamp("peers", &format!("{described} for {interpreter}"));
    if stamp.holds() && peers.directory.is_dir() {
        return Ok(peers);
    }
    eprintln!("fetching {described}");
    let work = downloads.work()?;
    let new = work.path().join("new");
    make_environment(&sh, &new)?;
    let (python, target) = (new.join("bin").join("python"), new.join(APART));
    install(&sh, &["--python".as_ref(), python.as_ref()], &[], &together)?;
    install(&sh, &[], &["--target".as_ref(), target.as_ref()], &apart)?;
    downloads::replace(&peers.directory, &new, &work)?;
    stamp.write()?;
    Ok(peers)
}

/// Without a pip of its own, which some systems ship as a package apart: the outer one can install into it. It can
/// be moved, since only its `activate` scripts name the place where it was made, and nobody activates it.
fn make_environment(sh: &Shell, place: &Path) -> anyhow::Result<()> {
    cmd!(sh, "python3 -m venv --without-pip {place}").quiet().run().context(
        "python3 could not make a virtual environment; 3.11 or newer is needed, with its `venv` module (where \
         systems take the standard library apart, that is a package of a name like python3-venv)",
    )
}

/// Exactly these and no dependencies, of which they have none; `before` and `after` are options of pip and of its
/// `install`. Quiet about everything but errors: pip warns everybody who is root, as people in containers are.
fn install(sh: &Shell, before: &[&Path], after: &[&Path], peers: &[&Peer]) -> anyhow::Result<()> {
    let list = list(peers);
    let wanted = list.join(", ");
    cmd!(
        sh,
        "python3 -m pip --quiet --quiet --disable-pip-version-check --no-input {before...} install
         --progress-bar off --no-deps --only-binary :all: {after...} {list...}"
    )
    .quiet()
    .run()
    .with_context(|| {
        format!(
            "pip could not install {wanted}; python3 3.11 or newer, with pip 22.3 or newer and an index it can \
             reach, is needed"
        )
    })
}

fn list(peers: &[&Peer]) -> Vec<String> {
    peers.iter().map(|peer| format!("{}=={}", peer.name, peer.version)).collect()
}
