//! `cargo xtask peers`: the programs that staniel is measured against and compared with, in `target/peers`.
//!
//! ```text
//! target/peers/         a virtual environment of the machine's python3
//!     bin/ruff
//!     bin/python        imports grimp
//!     bin/pyrefly, zuban, basedpyright-langserver
//!     ty/bin/ty
//!     node/node_modules/.bin/pyright-langserver
//! ```

use std::ffi::OsString;
use std::path::{Path, PathBuf};

use anyhow::Context;
use xshell::{Shell, cmd};

use crate::downloads::{self, Downloads};
use crate::pins::{Peer, Pins, Source};
use crate::workspace::Workspace;

/// The peer that is kept out of the virtual environment, in a directory of its own name.
///
/// It takes the environment that it is installed in for the project's, if the project has none: its packages become
/// search paths, and its version of Python is what the code is checked for. (`ty check -v` says so: "Using
/// site-packages from ty's environment".) It would answer other questions than the program that it is measured
/// against, and other ones on each machine. What `pip install --target` makes is no environment.
const APART: &str = "ty";

/// The directory of the peers that are packages of npm.
const NODE: &str = "node";

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

    /// `PATH` with the peers before everything else.
    pub(crate) fn search_path(&self) -> anyhow::Result<OsString> {
        let node = self.directory.join(NODE).join("node_modules").join(".bin");
        let own = [node, self.directory.join("bin"), self.directory.join(APART).join("bin")];
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
    let (from_npm, from_pip): (Vec<&Peer>, Vec<&Peer>) =
        pins.peers.iter().partition(|peer| peer.from == Source::Npm);
    let (apart, together): (Vec<&Peer>, Vec<&Peer>) =
        from_pip.into_iter().partition(|peer| peer.name == APART);
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
    install_from_npm(&sh, &new.join(NODE), &from_npm)?;
    move_scripts(&new, &peers.directory)?;
    downloads::replace(&peers.directory, &new, &work)?;
    stamp.write()?;
    Ok(peers)
}

/// Without a pip of its own, which some systems ship as a package apart: the outer one can install into it. It can
/// be moved: besides its `activate` scripts, which nobody uses, only the first lines of scripts name the place where it
/// was made.
fn make_environment(sh: &Shell, place: &Path) -> anyhow::Result<()> {
    cmd!(sh, "python3 -m venv --without-pip {place}").quiet().run().context(
        "python3 could not make a virtual environment; 3.11 or newer is needed, with its `venv` module (where \
         systems take the standard library apart, that is a package of a name like python3-venv)",
    )
}

/// Lets scripts that name the interpreter in the environment `from` name the one in `to`.
fn move_scripts(from: &Path, to: &Path) -> anyhow::Result<()> {
    let (from, to) = (from.display().to_string(), to.display().to_string());
    for entry in std::fs::read_dir(Path::new(&from).join("bin"))? {
        let path = entry?.path();
        let bytes = std::fs::read(&path)?;
        if bytes.starts_with(b"#!")
            && let Ok(text) = String::from_utf8(bytes)
        {
            std::fs::write(&path, text.replace(&from, &to))
                .with_context(|| format!("writing {}", path.display()))?;
        }
    }
    Ok(())
}

/// Exactly these: what they depend on is pinned beside them; `before` and `after` are options of pip and of its
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

/// npm makes links that are relative, so the directory can be moved. No scripts of packages are run.
fn install_from_npm(sh: &Shell, place: &Path, peers: &[&Peer]) -> anyhow::Result<()> {
    sh.create_dir(place)?;
    let list: Vec<String> = peers.iter().map(|peer| format!("{}@{}", peer.name, peer.version)).collect();
    let wanted = list.join(", ");
    cmd!(
        sh,
        "npm install --prefix {place} --no-audit --no-fund --no-save --omit=optional --ignore-scripts --silent {list...}"
    )
    .quiet()
    .run()
    .with_context(|| {
        format!("npm could not install {wanted}; node 18 or newer, with its npm and a registry it can reach, is needed")
    })
}

fn list(peers: &[&Peer]) -> Vec<String> {
    peers.iter().map(|peer| format!("{}=={}", peer.name, peer.version)).collect()
}
