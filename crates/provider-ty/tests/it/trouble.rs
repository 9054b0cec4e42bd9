//! Files and askers that misbehave.

use std::collections::BTreeSet;
use std::time::Duration;

use staniel_facts::{Cancel, ContentHash, RelPath};
use staniel_provider::{AskError, Observer, Outcome, Place, TypeProvider};
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
    assert_eq!(project.show("a.py"), "b: <module 'b'>  ~  Module[b]\nx: Literal[1]\n");
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
    fn put_off(&self, _path: &RelPath) {}
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

/// Small, valid, and too much for ty: each case that does not match leaves an alternative for each element
/// that can have been the reason.
fn endless() -> String {
    let literals = (0..12).map(|n| n.to_string()).collect::<Vec<_>>().join(", ");
    let cases: String =
        (0..8).map(|n| format!("        case [{n}, {n}, {n}, {n}, {n}, {n}]: ...\n")).collect();
    format!(
        "from typing import Literal
L = Literal[{literals}]
def f(x: tuple[L, L, L, L, L, L]):
    match x:
{cases}        case _:
            y = x
"
    )
}

fn impatient(hermetic: bool) -> TyOptions {
    let limits = Limits { per_file: Duration::from_secs(3), ..Limits::default() };
    TyOptions { hermetic, limits, threads: 2, ..TyOptions::default() }
}

#[test]
fn an_endless_file_is_quarantined_and_the_others_are_answered() {
    for hermetic in [false, true] {
        let files =
            [("a.py", "import endless\nx = endless.L\n"), ("endless.py", &*endless()), ("z.py", "z = 1\n")];
        let mut project = Project::with(impatient(hermetic), &files);
        let outcomes = project.ask(&["endless.py", "a.py", "z.py"]).unwrap();
        let [Outcome::Quarantined(words), Outcome::Answered(_), Outcome::Answered(z)] = outcomes.as_slice()
        else {
            panic!("{outcomes:?}")
        };
        assert_eq!(words, "took ty longer than 3s");
        assert_eq!(z.get(0).text, Some("Literal[1]"));
        balanced(&project.log.take());

        // The next world is asked as if nothing had been.
        project.write("endless.py", "L = int\n");
        assert_eq!(project.show("endless.py"), "L: <class 'int'>  ~  type[int]\n");
    }
}

#[test]
fn nothing_is_seen_in_an_endless_file_and_the_others_are_looked_into() {
    let text = endless();
    let files = [
        ("endless.py", &*text),
        (
            "z.py",
            "import endless
z = 1
z
endless
",
        ),
    ];
    let mut project = Project::with(impatient(false), &files);
    let place = |index: usize, name: &str| {
        let (path, text) = files[index];
        let offset = text.rfind(name).expect("it is there") as u32;
        Place { path: rel(path), hash: ContentHash::of(text.as_bytes()), offset }
    };
    let places = [place(1, "z"), place(0, "y = x"), place(1, "endless"), place(0, "L")];
    let sights = project.provider.look(&places, &project.log, &Cancel::new()).unwrap();
    let seen: Vec<_> =
        sights.iter().map(|sight| sight.as_ref().and_then(|sight| sight.text.as_deref())).collect();
    assert_eq!(seen, [Some("Literal[1]"), None, Some("<module 'endless'>"), None]);
    balanced(&project.log.take());
}

/// Whatever was begun was answered, once, or put off before it was begun again.
fn balanced(log: &[String]) {
    let mut open = BTreeSet::new();
    let mut done = BTreeSet::new();
    for line in log {
        let fresh = match line.split_once(' ').expect("two words") {
            ("started", path) => open.insert(path),
            ("done", path) => {
                open.remove(path);
                done.insert(path)
            }
            (_, rest) => open.remove(rest.trim_start_matches("off ")),
        };
        assert!(fresh, "{line} in {log:#?}");
    }
    assert!(open.is_empty(), "{log:#?}");
}

/// Each of those who need it would run into it, for as long as the limit lets them: two at a time, and again alone.
#[test]
fn who_needs_an_endless_file_is_answered_as_if_it_were_empty() {
    const NEEDY: usize = 40;
    for hermetic in [false, true] {
        // Whoever asks what the module holds must get past the endless part.
        let endless = endless()
            .replace(
                "def f(x: tuple[L, L, L, L, L, L]):",
                "def f() -> tuple[L, L, L, L, L, L]: ...\nx = f()\nif x:",
            )
            .replace("            y = x", "            y = x\nelse:\n    y = 1");
        let names: Vec<String> = (0..NEEDY).map(|n| format!("a{n}.py")).collect();
        let text = "from endless import y\nz = y\n";
        let files = names.iter().map(|name| (&**name, text)).chain([("endless.py", &*endless)]);
        let mut project = Project::with(impatient(hermetic), &files.collect::<Vec<_>>());
        let asked: Vec<&str> = ["endless.py"].into_iter().chain(names.iter().map(|name| &**name)).collect();
        let outcomes = project.ask(&asked).unwrap();
        let (first, others) = outcomes.split_first().expect("as many as questions");
        assert!(matches!(first, Outcome::Quarantined(_)), "{first:?}");
        for outcome in others {
            let Outcome::Answered(answers) = outcome else { panic!("{outcome:?}") };
            assert_eq!(answers.get(1).text, Some("Unknown"));
        }
        let log = project.log.take();
        balanced(&log);
        let begun = log.iter().filter(|line| *line == "started endless.py").count();
        assert_eq!(begun, if hermetic { 1 } else { 2 }, "{log:#?}");
    }
}

#[test]
#[cfg(target_os = "linux")]
fn a_flood_of_memory_is_noticed() {
    let limits = Limits { memory: 1 << 20, ..Limits::default() };
    let options = TyOptions { hermetic: true, limits, threads: 1, ..TyOptions::default() };
    let mut project = Project::with(options, &[("m.py", &endless())]);
    let outcomes = project.ask(&["m.py"]).unwrap();
    let [Outcome::Quarantined(words)] = outcomes.as_slice() else { panic!("{outcomes:?}") };
    assert!(words.starts_with("made ty take") && words.ends_with("the limit is 1 MiB"), "{words}");
}

/// Raises the flag while the endless file is being looked at.
#[test]
fn an_endless_file_can_be_cancelled() {
    let mut project =
        Project::with(TyOptions { threads: 1, ..TyOptions::default() }, &[("m.py", &endless())]);
    let question = project.question("m.py");
    let cancel = Cancel::new();
    let outcome = project.provider.ask(&[question], &Impatient(cancel.clone()), &cancel);
    assert!(matches!(outcome, Err(AskError::Cancelled)), "{outcome:?}");
    project.write("m.py", "x = 1\n");
    assert_eq!(project.show("m.py"), "x: Literal[1]\n");
}
