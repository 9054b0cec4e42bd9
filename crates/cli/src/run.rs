//! From resolved arguments to the command that does the work.

use anyhow::Result;
use tracing_subscriber::EnvFilter;

use crate::args::{Args, Command};
use crate::commands;
use crate::error::Exit;
use crate::session::Session;

/// Does what the arguments say.
pub(crate) fn run(args: &Args) -> Result<Exit> {
    log(args.global.verbose);
    let session = &mut Session::new(&args.global);
    match &args.command {
        Command::Snapshot(args) => commands::snapshot::run(session, args),
        Command::Imports(args) => commands::imports::run(session, args),
        Command::Importers(args) => commands::importers::run(session, args),
        Command::Why(args) => commands::why::run(session, args),
        Command::Cycles(args) => commands::cycles::run(session, args),
        Command::Graph(args) => commands::graph::run(session, args),
        Command::Hover(args) => commands::hover::run(session, args),
        Command::Hovers(args) => commands::hovers::run(session, args),
        Command::Delta(args) => commands::delta::run(session, args),
        Command::Snapshots(args) => commands::snapshots::run(session, args),
        Command::Watch(args) => commands::watch::run(session, args),
        Command::Check(args) => commands::check::run(session, args),
        Command::Cache(args) => commands::cache::run(session, args),
        Command::Doctor(args) => commands::doctor::run(session, args),
        Command::Explain(args) => commands::explain::run(session, args),
        Command::Completions(args) => commands::completions::run(session, args),
    }
}

/// Logs to stderr as loudly as asked for. `STANIEL_LOG` takes what `tracing` understands, such as
/// `staniel_engine=debug`, and adds to it.
fn log(verbose: u8) {
    let level = ["warn", "info", "debug", "trace"][usize::from(verbose.min(3))];
    let filter = std::env::var("STANIEL_LOG").unwrap_or_default();
    // Only our own crates (a name stands for all that begin with it): the libraries below log for their authors.
    let filter = EnvFilter::builder().parse_lossy(format!("off,staniel={level},{filter}"));
    tracing_subscriber::fmt()
        .with_env_filter(filter)
        .with_writer(std::io::stderr)
        .with_target(verbose > 1)
        .without_time()
        .init();
}
