//! When a batch is complete.

use std::collections::BTreeSet;
use std::time::{Duration, Instant};

use staniel_facts::RelPath;

/// Beyond this many paths, looking at everything is cheaper than looking at each.
const MANY: usize = 10_000;

/// How long git may hold its lock before a batch goes out all the same: a lock that stays is one that a
/// killed git has left.
const HOLD: Duration = Duration::from_secs(5);

/// How often git's lock is looked at while a batch waits for it. A rebase takes and drops it many times a
/// second, so looking once per settle time would often find it absent by chance.
const SAMPLE: Duration = Duration::from_millis(10);

/// Where to look for changes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Batch {
    /// Files, and directories that must be searched with all that is below them. Some may not exist any more.
    Paths(BTreeSet<RelPath>),
    /// Any file may have changed.
    Everything(Reason),
}

/// Why single paths would not do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Reason {
    /// A regular look at everything, because no system reports every change (a changed target of a symbolic
    /// link, for one).
    Periodic,
    /// There are no events here; this is the only way to see changes.
    Polling,
    /// More than ten thousand paths changed at once.
    TooMany,
    /// The caller asked for it, with [`crate::Watcher::rewatch`].
    Asked,
    /// An event did not say what it is about.
    Pathless,
    /// The system dropped events.
    Overflow,
    /// The system reported an error.
    Failed,
    /// The root was removed, and there is one again.
    RootReplaced,
}

/// Gathers hints until they settle: until nothing came for the settle time, or the cap is reached, and git
/// is not in the middle of changing the tree. Knows no clock; the caller brings the time.
#[derive(Debug)]
pub(crate) struct Settle {
    settle: Duration,
    cap: Duration,
    gathered: Option<Gathered>,
}

#[derive(Debug)]
struct Gathered {
    batch: Batch,
    first: Instant,
    last: Instant,
    /// When git's lock was last seen, and when it was last looked for after that.
    lock: Option<(Instant, Instant)>,
}

impl Settle {
    pub(crate) fn new(settle: Duration, cap: Duration) -> Self {
        Self { settle, cap: cap.max(settle), gathered: None }
    }

    /// Something happened at `path`.
    pub(crate) fn path(&mut self, path: RelPath, now: Instant) {
        self.add(Batch::Paths(BTreeSet::from([path])), now);
    }

    /// Something happened, and nobody knows where.
    pub(crate) fn everything(&mut self, reason: Reason, now: Instant) {
        self.add(Batch::Everything(reason), now);
    }

    /// Takes `batch` in; also one that [`Self::take`] gave out and that could not be delivered.
    pub(crate) fn add(&mut self, batch: Batch, now: Instant) {
        let Some(gathered) = &mut self.gathered else {
            self.gathered = Some(Gathered { batch, first: now, last: now, lock: None });
            return;
        };
        gathered.last = now;
        match (&mut gathered.batch, batch) {
            (Batch::Paths(old), Batch::Paths(new)) => {
                old.extend(new);
                if old.len() > MANY {
                    gathered.batch = Batch::Everything(Reason::TooMany);
                }
            }
            (Batch::Everything(old), Batch::Everything(new)) => *old = (*old).max(new),
            (old @ Batch::Paths(_), everything @ Batch::Everything(_)) => *old = everything,
            (Batch::Everything(_), Batch::Paths(_)) => {}
        }
    }

    /// When to call [`Self::take`] next; `None` while there is nothing to take.
    pub(crate) fn due(&self) -> Option<Instant> {
        let gathered = self.gathered.as_ref()?;
        let settled = (gathered.last + self.settle).min(gathered.first + self.cap);
        Some(match gathered.lock {
            Some((_, looked)) => settled.max(looked + SAMPLE).min(settled.max(gathered.first + HOLD)),
            None => settled,
        })
    }

    /// The batch, if it is complete. `locked` tells whether git holds its lock, and is only called when that
    /// matters.
    pub(crate) fn take(&mut self, now: Instant, locked: impl FnOnce() -> bool) -> Option<Batch> {
        if self.due()? > now {
            return None;
        }
        let gathered = self.gathered.as_mut()?;
        if now < gathered.first + HOLD {
            let seen = if locked() { Some(now) } else { gathered.lock.map(|(seen, _)| seen) };
            if let Some(seen) = seen
                && now < seen + self.settle
            {
                gathered.lock = Some((seen, now));
                return None;
            }
        }
        self.gathered.take().map(|gathered| gathered.batch)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A state machine with the usual times, and a clock in milliseconds.
    struct Fixture {
        settle: Settle,
        start: Instant,
    }

    impl Fixture {
        fn new() -> Self {
            let settle = Settle::new(Duration::from_millis(50), Duration::from_millis(500));
            Self { settle, start: Instant::now() }
        }

        fn at(&self, milliseconds: u64) -> Instant {
            self.start + Duration::from_millis(milliseconds)
        }

        fn path(&mut self, milliseconds: u64, path: &str) {
            self.settle.path(RelPath::new(path).unwrap(), self.at(milliseconds));
        }

        fn everything(&mut self, milliseconds: u64, reason: Reason) {
            self.settle.everything(reason, self.at(milliseconds));
        }

        /// Lets time pass up to `end`, asking whenever something is due: what came out, and when.
        fn run(&mut self, end: u64, locked: impl Fn(u64) -> bool) -> Vec<(u64, String)> {
            let mut out = Vec::new();
            while let Some(due) = self.settle.due().filter(|due| *due <= self.at(end)) {
                let now = due.duration_since(self.start).as_millis() as u64;
                match self.settle.take(due, || locked(now)) {
                    Some(Batch::Paths(paths)) => {
                        let paths: Vec<_> = paths.iter().map(RelPath::as_str).collect();
                        out.push((now, paths.join(" ")));
                    }
                    Some(Batch::Everything(reason)) => out.push((now, format!("{reason:?}"))),
                    None => assert!(self.settle.due() > Some(due), "no progress at {now}"),
                }
            }
            out
        }
    }

    fn batch(milliseconds: u64, paths: &str) -> (u64, String) {
        (milliseconds, paths.to_owned())
    }

    #[test]
    fn a_batch_waits_for_quiet() {
        let mut f = Fixture::new();
        f.path(0, "a");
        f.path(49, "b");
        assert_eq!(f.run(98, |_| false), []);
        f.path(98, "a");
        assert_eq!(f.run(1000, |_| false), [batch(148, "a b")]);
        assert_eq!(f.settle.due(), None);
    }

    #[test]
    fn a_writer_that_never_pauses_is_served_at_the_cap() {
        let mut f = Fixture::new();
        let mut out = Vec::new();
        for now in (0..2000).step_by(10) {
            f.path(now, &format!("f{now}"));
            out.extend(f.run(now + 9, |_| false).into_iter().map(|(at, _)| at));
        }
        assert_eq!(out, [500, 1010, 1520]);
    }

    #[test]
    fn everything_swallows_paths_and_the_weightier_reason_stays() {
        let mut f = Fixture::new();
        f.path(0, "a");
        f.everything(1, Reason::Overflow);
        f.path(2, "b");
        f.everything(3, Reason::Periodic);
        assert_eq!(f.run(1000, |_| false), [batch(53, "Overflow")]);
    }

    #[test]
    fn ten_thousand_paths_are_paths_and_one_more_is_everything() {
        let mut f = Fixture::new();
        for number in 0..MANY {
            f.path(0, &format!("f{number}"));
        }
        assert!(matches!(f.settle.gathered.as_ref().unwrap().batch, Batch::Paths(_)));
        f.path(0, "one more");
        assert_eq!(f.run(1000, |_| false), [batch(50, "TooMany")]);
    }

    #[test]
    fn nothing_goes_out_while_git_holds_its_lock_nor_right_after() {
        let mut f = Fixture::new();
        f.path(0, "a");
        assert_eq!(f.run(10_000, |now| now < 300), [batch(340, "a")]);
    }

    #[test]
    fn a_lock_that_comes_and_goes_is_one_lock() {
        let mut f = Fixture::new();
        f.path(0, "a");
        let rebase = |now: u64| now < 2000 && now % 40 < 20;
        let out = f.run(10_000, rebase);
        assert!(matches!(out[..], [(2000..2100, _)]), "{out:?}");
    }

    #[test]
    fn the_cap_does_not_break_the_hold() {
        let mut f = Fixture::new();
        let mut out = Vec::new();
        for now in (0..1000).step_by(10) {
            f.path(now, "a");
            out.extend(f.run(now + 9, |now| now < 800));
        }
        assert_eq!(out, [batch(840, "a")]);
    }

    #[test]
    fn a_lock_that_was_left_behind_holds_for_five_seconds_only() {
        let mut f = Fixture::new();
        f.path(0, "a");
        assert_eq!(f.run(10_000, |_| true), [batch(5000, "a")]);
        f.path(10_000, "b");
        assert_eq!(f.run(20_000, |_| true), [batch(15_000, "b")]);
    }

    #[test]
    fn what_could_not_be_delivered_is_part_of_the_next_batch() {
        let mut f = Fixture::new();
        f.path(0, "a");
        let undelivered = f.settle.take(f.at(50), || false).unwrap();
        f.settle.add(undelivered, f.at(50));
        f.path(60, "b");
        assert_eq!(f.run(1000, |_| false), [batch(110, "a b")]);
    }
}
