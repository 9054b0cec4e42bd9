//! A run that is killed at any moment costs the next one time, and nothing else.

use std::thread;
use std::time::{Duration, Instant};

use staniel_tests::{Edits, Figure, Random, Tree, check_declared, check_promise, corpus, note};

const KILLS: usize = 50;

/// So many kills go without comparing types: a fresh run of `ty` takes a while.
const UNCOMPARED: usize = 10;

#[test]
fn the_run_after_a_kill_is_like_any_other() {
    let tree = Tree::copy_of(&corpus("requests"));
    let mut edits = Edits::new(31);
    let mut random = Random::new(32);
    let mut figure = Figure::default();
    let mut hit = 0;
    // How long an undisturbed run takes: from nothing, and after an edit.
    let undisturbed = |tree: &Tree, provider: &str| {
        let start = Instant::now();
        tree.snapshot(&["--provider", provider]);
        start.elapsed()
    };
    for kill in 0..KILLS {
        let provider = ["ty", "declared"][kill % 2];
        // Every tenth time from nothing, so that all of the work is in reach.
        if kill % 10 < 2 {
            tree.staniel(&["cache", "clean"]).run().good();
        }
        let whole = if kill % 10 < 2 {
            let other = Tree::copy_of(&tree.root());
            undisturbed(&other, provider)
        } else {
            println!("{kill}: {}", edits.make(&tree));
            let whole = undisturbed(&tree, provider);
            println!("{kill}: {}", edits.make(&tree));
            whole
        };
        let mut child = tree.staniel(&["snapshot", "--provider", provider]).spawn();
        thread::sleep(Duration::from_nanos(random.below(whole.as_nanos() as usize + 1) as u64));
        child.kill().expect("our own child can be killed");
        let status = child.wait().expect("our own child can be waited for");
        println!("{kill}: {provider}, {status}");
        hit += usize::from(status.code().is_none());

        tree.snapshot(&["--provider", provider]);
        check_declared(&tree, kill as u64);
        if kill % UNCOMPARED == UNCOMPARED - 1 {
            figure += check_promise(&tree, kill as u64);
        }
    }
    note(&format!(
        "{hit} of {KILLS} kills hit a run that was not over; {figure} of ty differ from a fresh run's"
    ));
    assert!(hit * 2 > KILLS, "only {hit} of {KILLS} kills came in time");
    figure.check();
}
