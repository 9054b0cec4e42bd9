//! The program `staniel`: arguments in, answers out.
//!
//! ```text
//! args (as written) ──▶ session (resolved: options, cancellation, terminal) ──▶ one of commands ──▶ render ──▶ stdout
//! ```
//!
//! It knows the terminal, the environment variables and the exit codes, and nothing of how things are
//! computed: everything goes through the engine's door.
//!
//! **Invariant:** stdout carries the answer and nothing else. How a run ends is decided in one place, here.
//!
//! Start reading at [`args`], then `run`, then the command you are interested in.

mod args;
mod commands;
mod error;
mod interrupt;
mod isolation;
mod modules;
mod output;
mod panics;
mod progress;
mod render;
mod root;
mod run;
mod session;
#[cfg(test)]
mod tests;

use std::process::ExitCode;

use clap::Parser;

use crate::args::Args;
use crate::error::{Exit, report};
use crate::panics::Panics;

#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() -> ExitCode {
    let args = Args::parse();
    let panics = Panics::observe();
    let exit = match std::panic::catch_unwind(|| run::run(&args)) {
        Ok(Ok(exit)) => exit,
        Ok(Err(error)) => report(&error),
        Err(_) => {
            panics.report();
            Exit::Internal
        }
    };
    exit.into()
}
