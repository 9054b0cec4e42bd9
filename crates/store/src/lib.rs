//! The cache on disk: rows by table and key, and HEAD, the little file that says what is there.
//!
//! This crate knows how to keep bytes so that a crash, a full disk, a flipped bit or a second process costs
//! time and never correctness. It is the only crate that names sled, and sled is trusted with little: each
//! row carries its own checksum, each commit is synced by us, and HEAD lies outside. It must never know what
//! is stored: values are anything serde can encode, tables are only names, and whether a row is still wanted
//! is the caller's business.
//!
//! **Invariant:** what is read is what was written under that table and key, or nothing. Absence is never
//! proof of anything but absence: every caller must be able to compute a row again. Nothing here fails the
//! user's command; what cannot be kept on disk is kept in memory, and a [`Notice`] says why.
//!
//! ```text
//! <base>/<16 hex>/  lock        held while the rows are open; names the process
//!                   HEAD        the newest commit's head, HEAD.previous the one before
//!                   rows/       sled's files (rows.next/, rows.old/ while room is made)
//!                   damaged     left by a process that found the rows broken: the next one starts afresh
//!                   quarantine-N/  broken rows, at most two, for whoever wants to look into it
//!                   imports     the import map, a pack: read and written without the rows (see [`Pack`])
//!                   in-flight/  one file per living process: see [`InFlight`]
//! ```
//!
//! Start reading at [`Store`]; what happens to a commit is in `writer`, what happens when the disk is not as
//! it should be in `opening`.

mod batch;
mod collect;
mod disk;
mod envelope;
mod head;
mod in_flight;
mod lock;
mod opening;
mod pack;
mod place;
mod rows;
mod store;
mod table;
mod writer;

pub use batch::Batch;
pub use head::{Head, HeadStatus, head_status, read_head};
pub use in_flight::InFlight;
pub use pack::{Pack, PackWriter, encoded};
pub use place::{IMPORTS, clean, default_base, locate, rows_bytes};
pub use store::{Mode, Notice, Stats, Store, StoreError, TableStats, VerifyReport};
pub use table::{RowKey, Table};
