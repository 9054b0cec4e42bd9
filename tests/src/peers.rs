//! Other programs that make import maps.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::{ImportMap, Tree};

/// A program of the virtual environment `$STANIEL_PEERS`, or else `target/peers`.
#[track_caller]
fn peer(name: &str) -> PathBuf {
    let peers = std::env::var_os("STANIEL_PEERS")
        .map_or_else(|| Path::new(env!("CARGO_MANIFEST_DIR")).join("../target/peers"), PathBuf::from);
    let program = peers.join("bin").join(name);
    assert!(program.is_file(), "{name} is not in {}: `cargo xtask peers` fetches it", peers.display());
    program
}

/// A `PATH` on which the language servers of `cargo xtask peers` come first. Node and the shell are the machine's.
#[track_caller]
pub fn servers_path() -> String {
    let directory = peer("pyrefly").parent().expect("a program is in a directory").to_path_buf();
    let above = directory.parent().expect("the peers' directory").to_path_buf();
    let npm = above.join("node").join("node_modules").join(".bin");
    let found = npm.join("pyright-langserver");
    assert!(found.exists(), "{} is not there: `cargo xtask peers` fetches it", found.display());
    let path = std::env::var_os("PATH").unwrap_or_default();
    let parts =
        [npm, directory, above.join("ty").join("bin")].into_iter().chain(std::env::split_paths(&path));
    let path = std::env::join_paths(parts).expect("parts of a path");
    path.into_string().expect("UTF-8")
}

/// What `ruff analyze graph` finds, with these arguments more. The roots are those of the project, before all the
/// others that ruff makes up: whatever directory holds a package is one.
#[track_caller]
pub fn ruff(tree: &Tree, roots: &[&str], arguments: &[&str]) -> ImportMap {
    let mut command = Command::new(peer("ruff"));
    command.args(["analyze", "graph", "--isolated", "--config", &format!("src = {roots:?}")]).args(arguments);
    run(tree, command)
}

/// What grimp finds in the packages below these roots. Writes to the tree: where grimp does not get past a file, there
/// is an empty one afterwards.
#[track_caller]
pub fn grimp(tree: &Tree, roots: &[&str]) -> ImportMap {
    let mut command = Command::new(peer("python"));
    command.args(["-I", "-B"]).arg(Path::new(env!("CARGO_MANIFEST_DIR")).join("python/grimp_edges.py"));
    command.args(roots);
    run(tree, command)
}

/// Runs it in the tree, with none of the caller's environment.
#[track_caller]
fn run(tree: &Tree, mut command: Command) -> ImportMap {
    command.current_dir(tree.root()).env_clear().env("HOME", tree.home());
    let output = command.output().unwrap_or_else(|error| panic!("{command:?}: {error}"));
    assert!(output.status.success(), "{command:?}\n{}", String::from_utf8_lossy(&output.stderr));
    serde_json::from_slice(&output.stdout).unwrap_or_else(|error| panic!("{command:?}: {error}"))
}
