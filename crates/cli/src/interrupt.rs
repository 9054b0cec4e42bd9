//! Ctrl-C: a polite end first, a quick one after.

use std::io::{IsTerminal, Write};
use std::process;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use crossbeam_channel::{Receiver, bounded};
use staniel_facts::Cancel;

/// While there is work that looks at the flag, the first Ctrl-C (or termination signal) raises it and speaks up on the
/// channel; the work ends at the next good moment: nothing half done is published, and no file is suspected of having
/// killed us. The second, and the first at any other time, ends the process at once; the store survives that by
/// design.
#[derive(Clone)]
pub(crate) struct Interrupt {
    /// For work: looked at between steps.
    pub(crate) cancel: Cancel,
    /// For who waits.
    pub(crate) happened: Receiver<()>,
    /// Whether there is such work.
    polite: Arc<AtomicBool>,
}

impl Interrupt {
    /// Listens from now on.
    pub(crate) fn listen() -> Self {
        let cancel = Cancel::new();
        let (speak, happened) = bounded(1);
        let flag = cancel.clone();
        let polite = Arc::new(AtomicBool::new(false));
        let is_polite = Arc::clone(&polite);
        let installed = ctrlc::set_handler(move || {
            if flag.is_cancelled() || !is_polite.load(Ordering::Relaxed) {
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
        Self { cancel, happened, polite }
    }

    /// Does work that looks at the flag.
    pub(crate) fn politely<T>(&self, work: impl FnOnce() -> T) -> T {
        let before = self.polite.swap(true, Ordering::Relaxed);
        let result = work();
        self.polite.store(before, Ordering::Relaxed);
        result
    }
}
