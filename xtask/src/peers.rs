//! `cargo xtask peers`: the programs that `bench` measures staniel against, in `target/peers/bin`.

use std::path::PathBuf;

use anyhow::Context;
use xshell::cmd;

use crate::downloads::{self, Downloads};
use crate::pins::Pins;
use crate::workspace::Workspace;

/// Installs the pinned peers unless they are there; gives the directory of their programs.
///
/// `pip install --target` instead of a virtual environment: it needs nothing but pip (some systems ship `venv` as a
/// package of its own), and `ty` would take the packages of the environment it is installed in for the project's.
pub(crate) fn fetch(workspace: &Workspace) -> anyhow::Result<PathBuf> {
    let pins = Pins::read(workspace)?;
    let wanted: Vec<String> =
        pins.peers.iter().map(|peer| format!("{}=={}", peer.name, peer.version)).collect();
    let described = wanted.join(", ");
    let downloads = Downloads::open(workspace)?;
    let directory = workspace.target.join("peers");
    let stamp = downloads.stamp("peers", &described);
    if stamp.holds() && directory.is_dir() {
        return Ok(directory.join("bin"));
    }
    eprintln!("fetching {described}");
    let work = downloads.work()?;
    let new = work.path().join("new");
    let sh = workspace.shell()?;
    // Quiet about everything but errors: pip warns everybody who is root, as people in containers are.
    cmd!(
        sh,
        "python3 -m pip --quiet --quiet --disable-pip-version-check --no-input install --progress-bar off --no-deps
         --only-binary :all: --target {new} {wanted...}"
    )
    .quiet()
    .run()
    .with_context(|| format!("pip could not install {described}"))?;
    downloads::replace(&directory, &new, &work)?;
    stamp.write()?;
    Ok(directory.join("bin"))
}
