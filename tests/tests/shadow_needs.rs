//! The rule that stops most edits from travelling: what a plain function body says, no other file can see. Here
//! every such body is erased, by a program of its own that follows the design and not our code, and no answer about
//! any other file may change. The same with the definitions that nobody mentions.

use std::collections::BTreeSet;
use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use staniel_tests::{Random, Tree, compare, corpus, note, python_files};

/// Erases the function bodies that can be erased.
const ERASE_BODIES: &str = "python/erase.py";

/// Has a script rewrite `paths`; the number that it says for each.
fn run(script: &str, tree: &Tree, paths: &[&String]) -> Vec<usize> {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join(script);
    let mut child = Command::new("python3")
        .args(["-I".as_ref(), "-W".as_ref(), "ignore".as_ref(), script.as_os_str(), tree.root().as_os_str()])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 is needed for this test");
    let list: String = paths.iter().map(|path| format!("{path}\n")).collect();
    child.stdin.take().expect("it is piped").write_all(list.as_bytes()).expect("it reads all");
    let output = child.wait_with_output().expect("our own child");
    assert!(output.status.success());
    let counts = String::from_utf8(output.stdout).expect("digits");
    counts.lines().map(|count| count.parse().expect("a number")).collect()
}

/// A module that mentions every word there is. A body may be the last to mention a name, and whoever defines it has
/// another key without it; that is not what is shown here.
fn mention_everything(tree: &Tree) {
    let mut words = BTreeSet::new();
    for path in python_files(&tree.root()) {
        let bytes = tree.read(&path).expect("it is there");
        let text = String::from_utf8_lossy(&bytes);
        let is_part = |c: char| c == '_' || c.is_alphanumeric();
        words.extend(text.split(|c| !is_part(c)).filter(|word| !word.is_empty()).map(str::to_owned));
    }
    let words = Vec::from_iter(words).join(" ");
    tree.write("mentions_everything.py", format!("words = \"{words}\"\n"));
}

/// One file at a time: its own key changes and no other.
#[test]
fn an_erased_body_makes_no_other_file_a_candidate() {
    const SAMPLES: usize = 12;
    let ty = ["--provider", "ty"];
    for (seed, project) in [(61, "requests"), (62, "flask"), (63, "rich")] {
        let tree = Tree::copy_of(&corpus(project));
        let mut random = Random::new(seed);
        let mut files: Vec<String> = python_files(&tree.root()).into_iter().collect();
        mention_everything(&tree);
        tree.settle(&ty);
        let mut bodies = 0;
        for _ in 0..SAMPLES {
            let path = files.swap_remove(random.below(files.len()));
            let original = tree.read(&path).expect("it is there");
            // Names of modules in strings are imports too, and cannot be kept without the body.
            if String::from_utf8_lossy(&original).contains("import_module") {
                continue;
            }
            let count = run(ERASE_BODIES, &tree, &[&path])[0];
            if count == 0 {
                continue;
            }
            bodies += count;
            let report = tree.snapshot(&ty);
            assert_eq!((report.work("candidates"), report.work("asked")), (1, 1), "{project}: {path}");
            // What comes back is known: its key is the one that it had.
            tree.write(&path, original);
            let report = tree.snapshot(&ty);
            assert_eq!(
                (report.work("candidates"), report.work("asked")),
                (1, 0),
                "{project}: {path} restored"
            );
        }
        note(&format!("{project}: {bodies} bodies erased, a file at a time"));
        assert!(bodies > 0);
    }
}

/// Lets `script` erase something in half of the files at a time: the answers about the other half stay, as runs find that
/// know of nothing before. How many `things` were erased in each half.
fn erase_by_halves(project: &str, seed: u64, script: &str, things: &str) -> [usize; 2] {
    let tree = Tree::copy_of(&corpus(project));
    // Hermetic, so that every difference is one.
    let ask = |tree: &Tree| tree.fresh(&["hovers", "--provider", "ty", "--hermetic"]).run().answer();
    let before = ask(&tree);
    let files = python_files(&tree.root());
    let mut random = Random::new(seed);
    let half: BTreeSet<&String> = files.iter().filter(|_| random.below(2) == 0).collect();
    let other: BTreeSet<&String> = files.iter().filter(|path| !half.contains(path)).collect();
    [(&half, &other), (&other, &half)].map(|(emptied, kept)| {
        let tree = Tree::copy_of(&corpus(project));
        let paths: Vec<&String> = emptied.iter().copied().collect();
        let erased: usize = run(script, &tree, &paths).into_iter().sum();
        let disagreement = compare(&about(&before, kept), &about(&ask(&tree), kept));
        note(&format!(
            "{project}: {erased} {things} erased in {} files, {} of {} answers about the others changed",
            emptied.len(),
            disagreement.count(),
            disagreement.definitions
        ));
        assert!(disagreement.files.is_empty(), "{:#?}", disagreement.files);
        erased
    })
}

#[test]
fn an_erased_body_changes_no_answer_about_another_file() {
    for (seed, project) in [(64, "requests"), (65, "flask")] {
        let erased = erase_by_halves(project, seed, ERASE_BODIES, "bodies");
        assert!(erased.iter().all(|bodies| *bodies > 0), "{project}");
    }
}

#[test]
fn an_unmentioned_definition_changes_no_answer_about_another_file() {
    for (seed, project) in [(66, "requests"), (67, "flask"), (68, "rich")] {
        let erased = erase_by_halves(project, seed, "python/unmentioned.py", "definitions");
        assert!(erased.iter().sum::<usize>() > 0, "{project}");
    }
}

/// Wherever it is put, and however many need the file.
#[test]
fn a_definition_that_nobody_mentions_asks_one_file() {
    let ty = ["--provider", "ty"];
    for (project, path) in [
        ("requests", "src/requests/structures.py"),
        ("flask", "src/flask/globals.py"),
        ("rich", "rich/segment.py"),
    ] {
        let tree = Tree::copy_of(&corpus(project));
        tree.settle(&ty);
        let text = String::from_utf8(tree.read(path).expect("it is there")).expect("UTF-8");
        for definition in [
            "\n\ndef staniel_spare(staniel_argument):\n    return staniel_argument\n",
            "\n\nclass StanielSpare:\n    def staniel_method(self):\n        self.staniel_attribute = 1\n",
            "\n\nSTANIEL_SPARE = 1\n",
        ] {
            tree.write(path, text.clone() + definition);
            let report = tree.snapshot(&ty);
            assert_eq!((report.work("candidates"), report.work("asked")), (1, 1), "{project}: {definition}");
        }
    }
}

/// The hovers of some files.
fn about(hovers: &str, paths: &BTreeSet<&String>) -> String {
    let wanted = |line: &str| {
        let row: serde_json::Value = serde_json::from_str(line).expect("JSON");
        paths.contains(&row["path"].as_str().expect("a string").to_owned())
    };
    hovers.lines().filter(|line| wanted(line)).map(|line| format!("{line}\n")).collect()
}
