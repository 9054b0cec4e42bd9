//! The program as its users see it: what the tests beside this crate have in common.
//!
//! It runs `staniel` as a process on trees of its own, reads what that prints, edits trees at random (the same
//! way each time), and knows what the promise of equal answers means: [`compare`] and [`check_promise`]. It must
//! never know how anything is computed: no test here calls a crate of the workspace, and what they compare with
//! is another run, an independent walk, CPython, or another program that answers the same question.
//!
//! The tests are those that take a process or a real project. What can be shown in memory is shown in the crates.
//! Start reading at [`Tree`], then any file of `tests/`.

mod agreement;
mod answers;
mod corpus;
mod differences;
mod edits;
mod import_map;
mod peers;
mod program;
mod promise;
mod random;
mod report;
mod tree;

pub use agreement::{Agreement, Dispute, HoverLine, Tally, agreement};
pub use answers::{Disagreement, compare};
pub use corpus::{corpus, python_files};
pub use differences::{Difference, Intended, Side, differences};
pub use edits::Edits;
pub use import_map::{Edges, ImportMap, edges, import_map};
pub use peers::{grimp, ruff, servers_path};
pub use program::{Said, Staniel, program};
pub use promise::{Figure, check_declared, check_promise};
pub use random::Random;
pub use report::{Report, Skipped};
pub use tree::Tree;

use std::io::Write;

/// An answer on standard output.
pub fn say(text: &str) {
    _ = writeln!(std::io::stdout(), "{text}");
}

/// Says something even when the tests pass: figures that people want to follow over time. (`eprintln!` would be
/// caught by the test harness.)
pub fn note(text: &str) {
    _ = writeln!(std::io::stderr(), "{text}");
}
