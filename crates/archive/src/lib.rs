//! A snapshot as one file that can be carried elsewhere: written, read, and put together of parts.
//!
//! ```text
//! staniel snapshot 1⏎                  what this is, for people and `file`
//! {"schema":1,…}⏎                      the header, in JSON: who made it, and what is in it
//! zstd frame                           length (u32, little-endian) and postcard of one path each, in the
//!                                      order of paths, and a length of 0 behind the last
//! blake3, 32 bytes                     of all that comes before
//! ```
//!
//! There is no time in it, no number of a generation, and no path but those inside the project. So equal
//! snapshots are equal bytes, wherever, by however many threads and from whatever cache they were made, as
//! long as one version of the compressor writes them.
//!
//! This crate knows facts and bytes. It must never know disks, stores, or what an archive is good for: who
//! takes one in decides what to believe of it.
//!
//! **Invariant:** what is read is a snapshot that [`write`] could have written, or an error. The checksum
//! guards against damage and not against malice: whoever makes a file can make its checksum too. Hence no
//! length in it is believed, memory grows with what really comes, and the whole may not be larger than a
//! bound that follows from the file's own size.
//!
//! Start reading at [`Archive`], then `write`, then `read`.

mod entry;
mod header;
mod merge;
mod read;
mod write;

use staniel_facts::{RelPath, Snapshot, SnapshotDigest};

pub use merge::{MergeError, merge};
pub use read::{ReadError, read};
pub use write::{WriteError, write};

/// A snapshot with what must be known of it elsewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Archive {
    /// What is known of the files.
    pub snapshot: Snapshot,
    /// Whether each file was asked about by itself: such answers and others do not mix.
    pub hermetic: bool,
    /// The whole that this is a part of. `None` for a whole, and for parts of more than one.
    pub whole: Option<SnapshotDigest>,
}

impl Archive {
    /// What is said of the files that `keep` wants. It remembers of which whole it is a part.
    #[must_use]
    pub fn part(&self, keep: impl Fn(&RelPath) -> bool) -> Self {
        Self { snapshot: self.snapshot.part(keep), hermetic: self.hermetic, whole: self.belongs_to() }
    }

    /// The whole that this is, or is a part of.
    fn belongs_to(&self) -> Option<SnapshotDigest> {
        if self.snapshot.is_complete() { Some(self.snapshot.digest()) } else { self.whole }
    }
}

/// How many times as large as the file what is in it may be, and how much more than that. Real snapshots
/// come to some 10 times; a file of a few kilobytes that unfolds to gigabytes is nobody's snapshot.
const MOST_TIMES: u64 = 250;
const ALLOWANCE: u64 = 16 << 20;

/// What is said of one path may not take more. The largest file that is analysed by default stays far below.
const MOST_PER_PATH: usize = 256 << 20;

/// A window that every reader has room for; the level's own is smaller.
const WINDOW_LOG: u32 = 23;

/// The most that may be unfolded from a frame of so many bytes.
fn most_unfolded(compressed: u64) -> u64 {
    ALLOWANCE.saturating_add(compressed.saturating_mul(MOST_TIMES))
}

/// The checksum at the end.
fn hasher() -> blake3::Hasher {
    blake3::Hasher::new_derive_key("staniel archive: all that comes before the checksum")
}
