//! What becomes of panics.
//!
//! Some are caught and answered below us (a provider that fails on a file); those must not spill over the
//! terminal. So the hook only takes notes, and `main` reads them out if a panic reaches it.

use std::backtrace::{Backtrace, BacktraceStatus};
use std::io::Write;
use std::sync::{Arc, Mutex, PoisonError};

/// The note on the latest panic.
pub(crate) struct Panics(Arc<Mutex<Option<String>>>);

impl Panics {
    /// Takes notes from now on.
    pub(crate) fn observe() -> Self {
        let latest = Arc::new(Mutex::new(None));
        let notes = Arc::clone(&latest);
        std::panic::set_hook(Box::new(move |info| {
            let mut note = info.to_string();
            let backtrace = Backtrace::capture();
            if backtrace.status() == BacktraceStatus::Captured {
                note = format!("{note}\n{backtrace}");
            }
            tracing::debug!("{note}");
            *notes.lock().unwrap_or_else(PoisonError::into_inner) = Some(note);
        }));
        Self(latest)
    }

    /// Tells stderr what happened and what the user can do.
    pub(crate) fn report(&self) {
        let note = self.0.lock().unwrap_or_else(PoisonError::into_inner).take();
        let version = env!("CARGO_PKG_VERSION");
        _ = writeln!(
            std::io::stderr().lock(),
            "internal error: {}\n\nThis is a bug in staniel {version}, not in your project. Please report it with the text above, the \
             output of `staniel doctor`, and the command; RUST_BACKTRACE=1 adds detail.",
            note.as_deref().unwrap_or("no details"),
        );
    }
}
