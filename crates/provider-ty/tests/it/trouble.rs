//! Files and askers that misbehave.

use std::time::Duration;

use expect_test::expect;
use staniel_facts::{Cancel, ContentHash, RelPath};
use staniel_provider::{AskError, Observer, Outcome, TypeProvider};
use staniel_provider_ty::{Limits, TyOptions};

use crate::project::{Project, rel};

#[test]
fn a_text_that_changed_meanwhile_voids_the_batch() {
    let mut project = Project::new(&[("a.py", "import b\nx = b.y\n"), ("b.py", "y = 1\n")]);
    project.shelf.lose(b"y = 1\n");
    let outcome = project.ask(&["a.py"]);
    assert!(matches!(&outcome, Err(AskError::Stale(path)) if *path == rel("b.py")), "{outcome:?}");
    // What was computed meanwhile is forgotten, even if the file comes back as it was.
    project.write("b.py", "y = 1\n");
    assert_eq!(project.show("a.py"), "b: <module 'b'>\nx: int\n");
}

#[test]
fn a_question_about_another_world_is_refused() {
    let mut project = Project::new(&[("a.py", "x = 1\n")]);
    let question = project.question("a.py");
    project.write("a.py", "x = 2\n");
    let outcome = project.provider.ask(&[question], &project.log, &Cancel::new());
    assert!(matches!(&outcome, Err(AskError::Stale(path)) if *path == rel("a.py")), "{outcome:?}");
}

/// Raises the flag as soon as the first file is begun.
struct Impatient(Cancel);

impl Observer for Impatient {
    fn started(&self, _path: &RelPath, _hash: ContentHash) {
        self.0.cancel();
    }

    fn done(&self, _path: &RelPath) {}
}

#[test]
fn a_cancelled_batch_leaves_the_provider_fit_for_the_next() {
    let mut project = Project::new(&[("a.py", "x = 1\n"), ("b.py", "y = 1\n")]);
    let questions = [project.question("a.py"), project.question("b.py")];
    let cancel = Cancel::new();
    let outcome = project.provider.ask(&questions, &Impatient(cancel.clone()), &cancel);
    assert!(matches!(outcome, Err(AskError::Cancelled)), "{outcome:?}");
    assert_eq!(project.ask(&["a.py", "b.py"]).unwrap().len(), 2);
    project.write("a.py", "x = ''\n");
    assert_eq!(project.show("a.py"), "x: Literal[\"\"]  ~  Literal['']\n");
}
