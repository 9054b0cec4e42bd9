//! The disk as a world: which Python files there are, what is in them, and what has changed since the last
//! look.
//!
//! [`scan`] looks at a whole tree ([`scan_reading`] for those who do something with the bytes at once), [`scan_paths`]
//! at the places a watcher points to; all compare with a [`Manifest`](staniel_facts::Manifest) and give a
//! [`Change`](staniel_facts::Change), which carries the bytes of what had to be read, so that nobody reads a file twice.
//! [`read`] gets a single file's bytes again, by hash.
//!
//! **Invariant:** this crate knows `facts` only. It has no idea what the bytes mean, keeps no state between
//! calls, reads no clock and no environment variable (callers pass both), and never follows a link out of the
//! root. The same tree gives the same result with any number of threads. Nothing in a tree stops the scan:
//! what cannot be read is reported as [`Skipped`](staniel_facts::FileState::Skipped).
//!
//! Start reading at [`scan`] (the law of manifests), then `walk` (which files), `rules` (who sees them), `look`
//! (what is in them).

mod links;
mod look;
mod name;
mod rules;
mod scan;
mod walk;

pub use look::{ReadError, read};
pub use rules::BadPattern;
pub use scan::{Scan, ScanCounts, ScanError, ScanOptions, load, pool, scan, scan_paths, scan_reading};
