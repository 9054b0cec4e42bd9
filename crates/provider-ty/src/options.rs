//! How the provider is set up.

use std::fmt;
use std::sync::Arc;
use std::time::{Duration, Instant};

use crate::system::OpenedLog;

/// How the provider works. Nothing here changes an answer, `hermetic` excepted.
#[derive(Clone, Default)]
pub struct TyOptions {
    /// A fresh ty database for each file, one thread in each, source order: answers then depend on nothing
    /// but the world, not even inside inference cycles. Some ten times the CPU time.
    pub hermetic: bool,
    /// What one file may cost.
    pub limits: Limits,
    /// How many files are analysed at a time; 0 stands for as many as there are processors.
    pub threads: usize,
    /// Called with each first-party path that ty consults, from any thread, possibly often.
    ///
    /// The probes are: metadata (existence, kind, revision) and text of a file; metadata and listing of a
    /// directory. ty looks for modules in *listings*, and touches single files only where a listing has the
    /// name; so a directory stands for every candidate name in it. What the database already knows is not
    /// consulted again: a complete log takes a `hermetic` ask.
    pub log_opened: Option<OpenedLog>,
}

impl fmt::Debug for TyOptions {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("TyOptions")
            .field("hermetic", &self.hermetic)
            .field("limits", &self.limits)
            .field("threads", &self.threads)
            .field("log_opened", &self.log_opened.as_ref().map(Arc::as_ptr))
            .finish()
    }
}

/// What one file may cost before it is quarantined.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Wall time. A file that asks for more is tried once more alone, with the same limit.
    pub per_file: Duration,
    /// Resident memory of the whole process in bytes. Beyond it, a file during which memory grew by more
    /// than a quarter of the limit is given up; without such a file the limit does nothing. Linux only.
    pub memory: u64,
}

impl Limits {
    /// In what way something exceeds them that began at `since`, when `before` bytes were resident; now `resident` are.
    pub(crate) fn excess(&self, since: Instant, before: u64, resident: u64) -> Option<String> {
        if since.elapsed() > self.per_file {
            return Some(format!("took ty longer than {:?}", self.per_file));
        }
        let growth = resident.saturating_sub(before);
        (resident > self.memory && growth > self.memory / 4).then(|| {
            format!("made ty take {} MiB of memory, the limit is {} MiB", resident >> 20, self.memory >> 20)
        })
    }
}

impl Default for Limits {
    /// A minute and 8 GiB: no sane file comes near the first, no project tried the second.
    fn default() -> Self {
        Self { per_file: Duration::from_secs(60), memory: 8 << 30 }
    }
}
