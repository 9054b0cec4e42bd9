//! The writer thread: the only one that changes the disk (rule R3).
//!
//! One commit, in this order (rule R4), so that HEAD never names what is not there:
//!
//! ```text
//! rows put → flush → fsync of sled's files and directory → HEAD swapped → rows and old versions removed
//! ```
//!
//! The first thing that goes wrong ends persistence for this process: HEAD stays where it was, and the
//! store goes on in memory.

use std::sync::Arc;
use std::sync::atomic::Ordering;
use std::sync::mpsc::{Receiver, Sender};

use camino::Utf8PathBuf;

use crate::batch::Batch;
use crate::collect;
use crate::head;
use crate::opening::mark_damaged;
use crate::rows::{Fault, Found, Raw, Rows};
use crate::store::{Notice, Shared, StoreError, VerifyReport};
use crate::table::{RowKey, Table};

/// What the writer is asked to do, in the order of asking.
pub(crate) enum Order {
    /// Make a batch durable, then the head that names it.
    Commit { number: u64, batch: Batch, head: Option<Vec<u8>> },
    /// Remove one version of a row, which a reader found to be damaged.
    Forget { table: Table, key: Box<[u8]>, raw: Raw },
    /// Say when everything before is done.
    Flush(Sender<Result<(), StoreError>>),
    /// Copy these rows aside, to be all there is from the next opening on.
    Collect(Vec<RowKey>),
    /// Read every row.
    Verify(Sender<VerifyReport>),
}

/// Follows orders until the store is dropped.
pub(crate) fn run(orders: &Receiver<Order>, shared: &Arc<Shared>, dir: &Utf8PathBuf) {
    for order in orders {
        match order {
            Order::Commit { number, batch, head } => {
                let Some(rows) = shared.rows() else { continue };
                // The copy does not have what comes now.
                shared.collected.store(false, Ordering::Relaxed);
                match commit(rows, &batch, head.as_deref(), dir) {
                    Ok(()) => shared.written(number, &batch),
                    Err(fault) => give_up(shared, dir, &fault),
                }
            }
            Order::Forget { table, key, raw } => {
                let Some(rows) = shared.rows() else { continue };
                if let Err(fault) = rows.forget(table, &key, &raw) {
                    give_up(shared, dir, &fault);
                }
            }
            // Whoever asked may have gone; nothing depends on the answer.
            Order::Flush(answer) => {
                let _ = answer.send(shared.failure());
            }
            Order::Collect(live) => {
                let Some(rows) = shared.rows() else { continue };
                match collect::copy(rows, &live, dir) {
                    Ok(()) => shared.collected.store(true, Ordering::Relaxed),
                    // Everything is where it was, only not smaller.
                    Err(fault) => tracing::debug!("no room is made in {dir}: {fault}"),
                }
            }
            Order::Verify(answer) => {
                let report = match shared.rows() {
                    Some(rows) => verify(rows).unwrap_or_else(|fault| {
                        give_up(shared, dir, &fault);
                        VerifyReport { unreadable: true, ..VerifyReport::default() }
                    }),
                    None => VerifyReport::default(),
                };
                let _ = answer.send(report);
            }
        }
    }
}

fn commit(rows: &Rows, batch: &Batch, head: Option<&[u8]>, dir: &Utf8PathBuf) -> Result<(), Fault> {
    let mut replaced = Vec::new();
    for ((table, key), change) in &batch.changes {
        if let Some(payload) = change {
            let old = rows.put(*table, key, payload)?;
            replaced.extend(old.map(|old| (*table, key, old)));
        }
    }
    rows.make_durable()?;
    if let Some(head) = head {
        head::write(dir, head)?;
    }
    for ((table, key), change) in &batch.changes {
        if change.is_none() {
            rows.remove(*table, key)?;
        }
    }
    for (table, key, old) in replaced {
        rows.remove_pieces(table, key, &old)?;
    }
    Ok(())
}

fn verify(rows: &Rows) -> Result<VerifyReport, Fault> {
    let mut report = VerifyReport::default();
    for table in Table::ALL {
        for (key, _) in rows.list(table)? {
            match rows.get(table, &key)? {
                Found::Payload(_) => report.good += 1,
                Found::Absent => {}
                Found::Damaged(raw) => {
                    report.damaged += 1;
                    rows.forget(table, &key, &raw)?;
                }
            }
        }
    }
    report.orphans = rows.remove_orphans()?;
    rows.make_durable()?;
    Ok(report)
}

/// Ends the use of the rows. Damage is remembered for the next process, which then starts afresh; what the
/// system refused is not.
pub(crate) fn give_up(shared: &Shared, dir: &Utf8PathBuf, fault: &Fault) {
    if matches!(fault, Fault::Damaged(_)) {
        mark_damaged(dir);
    }
    let message = format!(
        "the cache in {dir} failed ({fault}); this run goes on in memory, and the next one starts from the \
         last complete commit"
    );
    shared.fail(Notice::new("cache-failed", message));
}
