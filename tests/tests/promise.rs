//! The promise on real projects: after random edits, with runs in between, what is remembered equals what a
//! fresh run finds, in another process, another order and with another number of threads.

use staniel_tests::{Edits, Figure, Tree, check_declared, check_promise, corpus, note};

/// Comparisons for each project, and edits before each.
const ROUNDS: u64 = 4;
const EDITS: usize = 5;

#[test]
fn answers_equal_a_fresh_runs() {
    let mut figure = Figure::default();
    for (seed, project) in [(11, "requests"), (12, "flask"), (13, "rich")] {
        let tree = Tree::copy_of(&corpus(project));
        let mut edits = Edits::new(seed);
        tree.snapshot(&["--provider", "ty"]);
        for round in 0..ROUNDS {
            for _ in 0..EDITS {
                println!("{project} {round}: {}", edits.make(&tree));
                // Some edits share a run; the providers take turns, and go on from each other's facts.
                match edits.random().below(4) {
                    0 => {}
                    1 => drop(tree.snapshot(&["--provider", "declared"])),
                    _ => drop(tree.snapshot(&["--provider", "ty"])),
                }
            }
            check_declared(&tree, seed + round);
            figure += check_promise(&tree, seed + round);
        }
    }
    note(&format!("after random edits, {figure} of ty differ from a fresh run's"));
    figure.check();
}

const SHOP: &str = "
#- shop/__init__.py
from .model import Model as Model
#- shop/model.py
from . import view
class Model:
    def save(self, force: bool = False) -> int:
        self.saved = view.count
        return self.saved
def make():
    return Model()
#- shop/view.py
from shop.model import make
item = make()
count = item.save()
table = [item, count]
#- shop/report.py
from shop import Model
from shop.view import *
def report(model: Model):
    value = model.saved
    return value, count
#- main.py
import shop.report
result = shop.report.report(shop.Model())
";

#[test]
fn hermetic_answers_are_always_the_same() {
    const STEPS: usize = 25;
    let tree = Tree::of(SHOP);
    let mut edits = Edits::new(21);
    let mut done = Vec::new();
    for step in 0..STEPS {
        if step > 0 {
            done.push(edits.make(&tree));
        }
        let hovers = ["hovers", "--hermetic", "--provider", "ty"];
        let order = step.to_string();
        tree.snapshot(&["--hermetic", "--provider", "ty"]);
        let ours = tree.staniel(&hovers).run().answer();
        let fresh = tree.fresh(&hovers).args(["--jobs", "1", "--ask-order", &order]).run().answer();
        assert!(ours == fresh, "after {done:#?}\n{ours}\n{fresh}");
    }
}
