//! The promise: after any sequence of edits, restarts and crashes, the answer equals a fresh run's.

use std::collections::BTreeSet;
use std::fmt;
use std::ops::AddAssign;

use crate::{Tree, compare};

/// How much `ty` answers differ from a fresh run's, over however many comparisons.
#[derive(Clone, Copy, Debug, Default)]
pub struct Figure {
    /// Definitions whose answer differs.
    pub differing: usize,
    /// All definitions compared.
    pub of: usize,
}

impl Figure {
    /// Inference cycles make some answers depend on the order of asking, in fresh runs too. This is how many
    /// may differ.
    #[track_caller]
    pub fn check(self) {
        assert!(self.differing * 100_000 <= 10 * self.of, "more than 10 of 100,000 differ: {self}");
    }
}

impl AddAssign for Figure {
    fn add_assign(&mut self, other: Self) {
        self.differing += other.differing;
        self.of += other.of;
    }
}

impl fmt::Display for Figure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} of {} answers", self.differing, self.of)
    }
}

/// Facts, edges, definitions and declared answers: equal to the letter, whatever the number of threads and the
/// order.
#[track_caller]
pub fn check_declared(tree: &Tree, order: u64) {
    let order = order.to_string();
    let fresh = ["--provider", "declared", "--jobs", "1", "--ask-order", &order];
    for what in [["hovers", "--format", "jsonl"], ["imports", "--format", "json"]] {
        let ours = tree.staniel(&what).args(["--provider", "declared"]).run().answer();
        let theirs = tree.fresh(&what).args(fresh).run().answer();
        check_equal(&ours, &theirs, what[0]);
    }
}

/// Equality of long texts, with a short message.
#[track_caller]
fn check_equal(ours: &str, theirs: &str, what: &str) {
    if ours != theirs {
        let different = ours.lines().zip(theirs.lines()).find(|(ours, theirs)| ours != theirs);
        let lengths = (ours.len(), theirs.len());
        panic!("{what} differs from a fresh run's, {lengths:?} bytes; first different lines: {different:#?}");
    }
}

/// Answers of `ty`: equal in normal form, except in files in which fresh runs differ among themselves. The import
/// map does not depend on types and is equal to the letter.
#[track_caller]
pub fn check_promise(tree: &Tree, order: u64) -> Figure {
    /// Fresh runs that may be tried to show that a file's answers depend on the order.
    const ORDERS: u64 = 10;
    let imports = ["imports", "--format", "json"];
    check_equal(&tree.staniel(&imports).run().answer(), &tree.fresh(&imports).run().answer(), "imports");

    let fresh = |jobs: &str, order: u64| {
        let order = order.to_string();
        tree.fresh(&["hovers", "--provider", "ty", "--jobs", jobs, "--ask-order", &order]).run().answer()
    };
    let ours = tree.staniel(&["hovers", "--provider", "ty"]).run().answer();
    let first = fresh("1", order);
    let disagreement = compare(&ours, &first);
    let figure = Figure { differing: disagreement.count(), of: disagreement.definitions };
    let mut unexplained: BTreeSet<&String> = disagreement.files.keys().collect();
    for other in 1..=ORDERS {
        if unexplained.is_empty() {
            return figure;
        }
        let open = compare(&first, &fresh("2", order + other));
        unexplained.retain(|path| !open.files.contains_key(*path));
    }
    if !unexplained.is_empty() {
        // Each file asked by itself: an order that no shuffle makes.
        let alone = tree.fresh(&["hovers", "--provider", "ty", "--hermetic"]).run().answer();
        let open = compare(&first, &alone);
        unexplained.retain(|path| !open.files.contains_key(*path));
    }
    assert!(
        unexplained.is_empty(),
        "answers differ from a fresh run's in {unexplained:?}, where fresh runs agree: {:#?}",
        disagreement.files
    );
    figure
}
