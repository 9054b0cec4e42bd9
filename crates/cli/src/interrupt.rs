//! Ctrl-C: a polite end first, a quick one after.

use std::io::{IsTerminal, Write};
use std::process;

use crossbeam_channel::{Receiver, bounded};
use staniel_facts::Cancel;

/// The first Ctrl-C (or termination signal) raises the flag and speaks up on the channel; the work ends at the
/// next good moment: nothing half done is published, and no file is suspected of having killed us. The
/// second ends the process at once; the store survives that by design.
pub(crate) struct Interrupt {
    /// For work: looked at between steps.
    pub(crate) cancel: Cancel,
    /// For who waits.
    pub(crate) happened: Receiver<()>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let cancel = Cancel::new();
        let (speak, happened) = bounded(1);
        let flag = cancel.clone();
        let installed = ctrlc::set_handler(move || {
            if flag.is_cancelled() {
                process::exit(130);
            }
            flag.cancel();
            _ = speak.try_send(());
            if std::io::stderr().is_terminal() {
                _ = writeln!(std::io::stderr().lock(), "stopping; once more to stop at once");
            }
        });
        if let Err(error) = installed {
            tracing::debug!("no handler for Ctrl-C: {error}");
        }
        Self { cancel, happened }
    }
}
