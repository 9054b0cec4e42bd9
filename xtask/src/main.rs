//! `cargo xtask`: the project's own tooling, as a program instead of a pile of scripts.
//!
//! It knows the workspace (which crates there are, where `target` is) and the programs it calls: cargo, git, `python3`
//! with pip. It must never link a crate of the workspace: it has to build and run when they do not compile, because
//! `cargo xtask test` is what tells somebody so.
//!
//! Start reading at [`flags`]: each subcommand is a module of the same name.

#![expect(
    clippy::print_stdout,
    clippy::print_stderr,
    reason = "a command-line program: printing is its work"
)]

mod agreement;
mod bench;
mod corpus;
mod downloads;
mod flags;
mod peers;
mod pins;
mod stats;
mod test;
mod tidy;
mod workspace;

use std::process::ExitCode;

use flags::XtaskCmd;
use pins::Pins;
use workspace::Workspace;

fn main() -> ExitCode {
    match run() {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: {error:#}");
            ExitCode::FAILURE
        }
    }
}

fn run() -> anyhow::Result<()> {
    let flags = flags::Xtask::from_env_or_exit();
    let workspace = Workspace::open()?;
    match flags.subcommand {
        XtaskCmd::Agreement(agreement) => agreement::run(&workspace, &agreement),
        XtaskCmd::Bench(bench) => bench::run(&workspace, &bench),
        XtaskCmd::Corpus(corpus) => corpus::run(&workspace, &corpus),
        XtaskCmd::Peers(_) => peers::fetch(&workspace, &Pins::read(&workspace)?).map(drop),
        XtaskCmd::Test(test) => test::run(&workspace, &test),
        XtaskCmd::Tidy(_) => tidy::run(&workspace),
    }
}
