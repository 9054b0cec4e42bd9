//! Snapshots as values: carried from place to place, put together of parts, called by names, kept and let go.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::{Duration, Instant};

use expect_test::{Expect, expect};
use serde_json::Value;
use staniel_tests::{Random, Staniel, Tree, corpus};

const SHOP: &str = "
#- shop/__init__.py
from shop.model import Model
#- shop/model.py
class Model:
    def save(self) -> int:
        return 1
#- shop/view.py
from shop import Model


def show(model: Model) -> str: ...
#- main.py
import os
import shop.view
";

const DECLARED: [&str; 2] = ["--provider", "declared"];

fn shop() -> Tree {
    Tree::of(SHOP)
}

/// A run about declared types, so that it needs nothing that a build may lack.
fn staniel(tree: &Tree, args: &[&str]) -> Staniel {
    tree.staniel(args).args(DECLARED)
}

/// What a run says that has nothing to remark.
#[track_caller]
fn answer(tree: &Tree, args: &[&str]) -> String {
    staniel(tree, args).run().answer()
}

/// What a run says that fails.
#[track_caller]
fn failure(tree: &Tree, args: &[&str]) -> String {
    let said = staniel(tree, args).run();
    assert_eq!((said.code, &*said.stdout), (Some(2), &b""[..]), "{}", said.stderr);
    said.stderr
}

#[track_caller]
fn check(said: &str, expected: &Expect) {
    expected.assert_eq(said);
}

/// Beside the project, so that files there are none of the project's.
fn beside(tree: &Tree, name: &str) -> PathBuf {
    tree.home().join(name)
}

/// Exports a generation (the latest: `None`), and returns the file's bytes.
#[track_caller]
fn export(tree: &Tree, generation: Option<&str>, to: &Path, files: &[&str]) -> Vec<u8> {
    let mut args = vec!["snapshots", "export", "-o", to.to_str().expect("UTF-8")];
    args.extend(generation);
    if !files.is_empty() {
        args.push("--files");
        args.extend(files);
    }
    answer(tree, &args);
    fs::read(to).expect("it was written")
}

#[track_caller]
fn merge(tree: &Tree, parts: &[&Path]) -> Vec<u8> {
    let to = beside(tree, "merged");
    let mut args = vec!["snapshots", "merge", "-o", to.to_str().expect("UTF-8")];
    args.extend(parts.iter().map(|part| part.to_str().expect("UTF-8")));
    answer(tree, &args);
    fs::read(to).expect("it was written")
}

fn json(text: &str) -> Value {
    serde_json::from_str(text).unwrap_or_else(|error| panic!("{error}: {text}"))
}

/// The stored generations, as JSON.
#[track_caller]
fn list(tree: &Tree) -> Vec<Value> {
    let list = json(&answer(tree, &["snapshots", "list", "--format", "json"]));
    list["generations"].as_array().expect("a list").clone()
}

#[track_caller]
fn numbers(tree: &Tree) -> Vec<u64> {
    list(tree).iter().map(|row| row["generation"].as_u64().expect("a number")).collect()
}

/// The generation with this name.
#[track_caller]
fn named(tree: &Tree, name: &str) -> Option<u64> {
    let list = list(tree);
    let named = list.iter().find(|row| row["names"].as_array().expect("a list").contains(&name.into()));
    named.map(|row| row["generation"].as_u64().expect("a number"))
}

#[test]
fn equal_trees_are_equal_bytes() {
    let tree = Tree::copy_of(&corpus("requests"));
    tree.snapshot(&DECLARED);
    let bytes = export(&tree, None, &beside(&tree, "a"), &[]);
    assert!(
        bytes.starts_with(b"staniel snapshot 1\n{\"schema\":1,"),
        "{:?}",
        String::from_utf8_lossy(&bytes[..80])
    );

    // Elsewhere, another way there, other threads, another order, another number.
    let other = Tree::copy_of(&tree.root());
    other.edit("src/requests/api.py", "def request(", "def request_by_another_name(");
    other.snapshot(&DECLARED);
    other.edit("src/requests/api.py", "def request_by_another_name(", "def request(");
    other.write("fleeting.py", "x = 1\n");
    other.snapshot(&DECLARED);
    other.remove("fleeting.py");
    let again = other.snapshot(&["--provider", "declared", "--jobs", "1", "--ask-order", "7"]);
    assert_eq!(again.generation, Some(3));
    assert!(export(&other, None, &beside(&other, "b"), &[]) == bytes, "other bytes for an equal tree");

    // From facts that were computed in one go, by as many threads as there are.
    other.staniel(&["cache", "clean"]).run().good();
    other.snapshot(&DECLARED);
    assert!(export(&other, Some("1"), &beside(&other, "c"), &[]) == bytes, "other bytes for an equal tree");

    other.edit("src/requests/api.py", "def request(", "def request_by_another_name(");
    other.snapshot(&DECLARED);
    assert!(export(&other, None, &beside(&other, "d"), &[]) != bytes, "equal bytes for another tree");
}

#[test]
fn a_file_travels() {
    let (tree, other) = (shop(), shop());
    tree.snapshot(&DECLARED);
    let file = beside(&tree, "shop.staniel");
    let path = file.to_str().expect("UTF-8");
    let bytes = export(&tree, None, &file, &[]);

    other.edit("shop/model.py", "-> int", "-> bool");
    other.snapshot(&DECLARED);
    let said = answer(&other, &["snapshots", "import", path, "--name", "theirs"]);
    check(
        &said.replace(path, "FILE"),
        &expect![[r#"
        FILE imported as generation 2: 4 files of declared 1
        generation 2 is `theirs` now
    "#]],
    );
    check(
        &answer(&other, &["snapshots", "list"]),
        &expect![[r#"
        generation  parent  provider            files  definitions  age       name
                 1       -  declared 1              4            9  just now
                 2       -  declared 1              4            9  just now  theirs, imported
    "#]],
    );
    let rows = list(&other);
    assert_eq!((&rows[0]["imported"], &rows[1]["imported"]), (&false.into(), &true.into()));
    assert_eq!(rows[1]["complete"], true);
    check(
        &answer(&other, &["delta", "theirs", "1"]),
        &expect![[r#"
        ~ shop/model.py
            ~ shop.model.Model.save  def save(self) -> int → def save(self) -> bool
    "#]],
    );
    // A file is as good as what was imported of it, and neither is what a run is compared with.
    let delta = |from: &str| json(&answer(&other, &["delta", from, "--format", "json"]));
    let (imported, mut direct) = (delta("theirs"), delta(path));
    assert_eq!((&imported["from"], &imported["to"]), (&2.into(), &1.into()));
    assert_eq!((&direct["from"], &direct["from_file"]), (&Value::Null, &path.into()));
    direct["from"] = 2.into();
    direct.as_object_mut().expect("an object").remove("from_file");
    assert_eq!(direct, imported);
    other.edit("shop/model.py", "-> bool", "-> int");
    let report = other.snapshot(&DECLARED);
    assert_eq!((report.generation, report.parent), (Some(3), Some(1)));
    check(
        &answer(&other, &["delta", "theirs", "3"]),
        &expect![[r#"
        no difference
    "#]],
    );

    // What is carried on is what came.
    assert!(export(&other, Some("theirs"), &beside(&other, "again"), &[]) == bytes);
    let said = answer(&other, &["snapshots", "import", path]);
    check(
        &said.replace(path, "FILE"),
        &expect![[r#"
        FILE was imported before as generation 2: 4 files of declared 1
    "#]],
    );
    let shown = answer(&other, &["snapshots", "show", path]);
    let figures = |text: &str| text[text.find("provider").expect("it says so")..].to_owned();
    assert_eq!(figures(&shown), figures(&answer(&other, &["snapshots", "show", "theirs"])));
    answer(&other, &["snapshots", "rm", "theirs"]);
    assert_eq!(numbers(&other), [1, 3]);
}

#[test]
fn parts_come_to_the_whole_in_any_order() {
    let tree = shop();
    tree.snapshot(&DECLARED);
    let whole = export(&tree, None, &beside(&tree, "whole"), &[]);
    let files = ["model", "others", "rest"].map(|name| beside(&tree, name));
    let [model, others, rest] = &files;
    export(&tree, None, model, &["shop/model.py"]);
    // What two parts cover they agree about.
    export(&tree, None, others, &["shop"]);
    export(&tree, None, rest, &["*.py", "**/view.py"]);
    for parts in [[model, others, rest], [rest, model, others], [others, rest, model]] {
        assert!(merge(&tree, &parts.map(PathBuf::as_path)) == whole);
    }
    let two = merge(&tree, &[model, rest]);
    assert!(merge(&tree, &[rest, model]) == two);
    assert_ne!(two, whole);
    let shown = answer(&tree, &["snapshots", "show", beside(&tree, "merged").to_str().expect("UTF-8")]);
    assert!(
        shown.contains("covers       a part of a project\n") && shown.contains("files        3,"),
        "{shown}"
    );
    // A part is imported as one, and says why it does not compare.
    let said = answer(&tree, &["snapshots", "import", model.to_str().expect("UTF-8")]);
    assert!(said.contains("1 file, a part of the project"), "{said}");
    assert!(answer(&tree, &["snapshots", "list"]).contains("  imported part\n"));
    check(
        &failure(&tree, &["delta", "2", "1"]),
        &expect![[r#"
        error: one snapshot covers a whole project and the other a part of it: compare like with like, or join the parts first
        hint: `staniel snapshots list` shows which provider and environment each generation was made with
    "#]],
    );
}

#[test]
fn parts_that_do_not_belong_together() {
    let tree = shop();
    let part = |name: &str, args: &[&str], files: &[&str]| {
        staniel(&tree, &["snapshot"]).args(args).run().good();
        let to = beside(&tree, name);
        let mut export = vec!["snapshots", "export", "-o", to.to_str().expect("UTF-8"), "--files"];
        export.extend(files);
        staniel(&tree, &export).args(args).run().good();
        to
    };
    let sound = part("sound", &[], &["shop"]);
    let other = part("other", &["-c", "python-version='3.9'"], &["main.py"]);
    let hermetic = part("hermetic", &["--hermetic"], &["main.py"]);
    tree.edit("shop/model.py", "-> int", "-> bool");
    let later = part("later", &[], &["shop", "main.py"]);
    let to = beside(&tree, "merged");
    let refusal = |parts: [&PathBuf; 2]| {
        let mut args = vec!["snapshots", "merge", "-o", to.to_str().expect("UTF-8")];
        args.extend(parts.map(|part| part.to_str().expect("UTF-8")));
        let words = failure(&tree, &args).replace(tree.home().to_str().expect("UTF-8"), "HOME");
        assert!(!to.exists());
        // Which environments, is not ours to say.
        let digits = |word: &str| {
            word.trim_end_matches(',').len() == 16 && word.bytes().all(|b| b.is_ascii_hexdigit() || b == b',')
        };
        words.split(' ').map(|word| if digits(word) { "DIGEST" } else { word }).collect::<Vec<_>>().join(" ")
    };
    check(
        &refusal([&sound, &later]),
        &expect![[r#"
        error: `HOME/sound` and `HOME/later` disagree about `shop/model.py`
        hint: parts of one project must be made of one state of its files
    "#]],
    );
    check(
        &refusal([&sound, &other]),
        &expect![[r#"
        error: `HOME/sound` and `HOME/other` were made under different circumstances: two environments, DIGEST and DIGEST (Python version, platform, settings and installed packages are in that)
        hint: parts must be made by one provider and version in one environment
    "#]],
    );
    check(
        &refusal([&hermetic, &sound]),
        &expect![[r#"
        error: `HOME/hermetic` and `HOME/sound` were made under different circumstances: one is hermetic, the other is not
        hint: parts must be made by one provider and version in one environment
    "#]],
    );
}

#[test]
fn files_that_cannot_be_used_change_nothing() {
    let tree = shop();
    tree.snapshot(&DECLARED);
    let file = beside(&tree, "file");
    let path = file.to_str().expect("UTF-8");
    let sound = export(&tree, None, &file, &[]);
    let before = list(&tree);
    let refusal = |bytes: &[u8]| {
        fs::write(&file, bytes).expect("it is ours");
        let words = failure(&tree, &["snapshots", "import", path, "--name", "broken"]);
        assert_eq!(failure(&tree, &["delta", path]), words);
        assert_eq!(list(&tree), before);
        words.replace(path, "FILE")
    };
    let mut random = Random::new(51);
    for _ in 0..20 {
        let mut bytes = sound.clone();
        bytes[random.below(sound.len())] ^= 1 << random.below(8);
        refusal(&bytes);
    }
    check(
        &refusal(&sound[..sound.len() / 2]),
        &expect![[r#"
        error: `FILE` cannot be used: it is damaged or cut short: get it again, or export it again
    "#]],
    );
    check(
        &refusal(b"import os\n"),
        &expect![[r#"
        error: `FILE` cannot be used: it is not a staniel snapshot: `staniel snapshots export` makes those
    "#]],
    );
    check(
        &refusal(b"staniel snapshot 2\n"),
        &expect![[r#"
        error: `FILE` cannot be used: it is of format 2, and this version of staniel reads format 1 only
    "#]],
    );
    fs::remove_file(&file).expect("it is ours");
    check(
        &failure(&tree, &["snapshots", "import", path]).replace(path, "FILE"),
        &expect![[r#"
        error: `FILE` cannot be read: No such file or directory (os error 2)
    "#]],
    );
    check(
        &failure(&tree, &["snapshots", "import", "shop"]),
        &expect![[r#"
        error: `shop` is not a staniel snapshot, but a directory
    "#]],
    );
}

#[test]
fn exports_that_cannot_be() {
    let tree = shop();
    let export = |args: &[&str]| failure(&tree, &[&["snapshots", "export", "-o"], args].concat());
    check(
        &export(&["x"]),
        &expect![[r#"
        error: no generation is stored for this project
        hint: `staniel snapshot` makes the first one
    "#]],
    );
    tree.snapshot(&DECLARED);
    check(
        &export(&["x", "7"]),
        &expect![[r#"
        error: there is no generation 7
        hint: there are 1
    "#]],
    );
    check(
        &export(&["x", "--files", "shop", "shopp"]),
        &expect![[r#"
        error: `shopp` means no file of generation 1
        hint: paths and globs are relative to the project: `src/shop`, `**/test_*.py`
    "#]],
    );
    check(
        &export(&["x", "--files", "../shop"]),
        &expect![[r#"
        error: `../shop` is not a path inside the project: it must be relative, with plain parts
    "#]],
    );
    let words = export(&["nowhere/x"]);
    assert!(words.starts_with("error: `nowhere/x` cannot be written: "), "{words}");
    assert!(tree.read("x").is_none());
}

#[test]
fn names() {
    let tree = shop();
    let said = answer(&tree, &["snapshot", "--name", "release-2.1"]);
    assert!(said.ends_with("\ngeneration 1 is `release-2.1` now\n"), "{said}");
    tree.edit("shop/model.py", "-> int", "-> bool");
    tree.snapshot(&DECLARED);
    check(
        &answer(&tree, &["snapshots", "list"]),
        &expect![[r#"
        generation  parent  provider            files  definitions  age       name
                 1       -  declared 1              4            9  just now  release-2.1
                 2       1  declared 1              4            9  just now
    "#]],
    );
    assert_eq!(answer(&tree, &["delta", "release-2.1"]), answer(&tree, &["delta", "1", "2"]));
    let shown = answer(&tree, &["snapshots", "show", "release-2.1"]);
    assert!(shown.starts_with("generation   1\ncalled       release-2.1\n"), "{shown}");
    // It moves, also to a tree on which there is nothing to do, and says so.
    tree.settle(&DECLARED);
    let said = answer(&tree, &["snapshot", "--name", "release-2.1"]);
    assert!(said.ends_with("\ngeneration 2 is `release-2.1` now; before, generation 1 was\n"), "{said}");
    check(
        &answer(&tree, &["snapshots", "name", "1", "release-2.1"]),
        &expect![[r#"
        generation 1 is `release-2.1` now; before, generation 2 was
    "#]],
    );
    check(
        &answer(&tree, &["snapshots", "name", "release-2.1", "stable"]),
        &expect![[r#"
        generation 1 is `stable` now
    "#]],
    );
    assert_eq!((named(&tree, "stable"), named(&tree, "release-2.1")), (Some(1), Some(1)));
    check(
        &answer(&tree, &["snapshots", "name", "--remove", "stable"]),
        &expect![[r#"
        generation 1 is not `stable` any more
    "#]],
    );
    check(
        &failure(&tree, &["snapshots", "name", "--remove", "stable"]),
        &expect![[r#"
        error: no generation is called `stable`
    "#]],
    );
    check(
        &failure(&tree, &["snapshots", "show", "release-2.2"]),
        &expect![[r#"
        error: no generation is called `release-2.2`
        hint: did you mean `release-2.1`?
        hint: nor is `release-2.2` a file that is there
    "#]],
    );
    check(
        &failure(&tree, &["snapshots", "name", "1", "12"]),
        &expect![[r#"
        error: invalid value '12' for '[NAME]': `12` is a number, as every generation has one: a name has something else in it

        For more information, try '--help'.
    "#]],
    );
    check(
        &failure(&tree, &["snapshot", "--name", "a/b"]),
        &expect![[r#"
        error: invalid value 'a/b' for '--name <NAME>': `a/b` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first

        For more information, try '--help'.
    "#]],
    );
    // Where nothing is remembered nothing can be found by name tomorrow.
    let said = tree.fresh(&["snapshot", "--name", "x"]).args(DECLARED).run();
    assert_eq!((said.code, &*said.stdout), (Some(2), &b""[..]), "{}", said.stderr);
    // Who removes a generation by number is told what it was.
    let said = staniel(&tree, &["snapshots", "rm", "1"]).run();
    check(
        &said.stderr,
        &expect![[r#"
        notice: generation 1 was `release-2.1`: the name is gone with it
    "#]],
    );
    assert_eq!((numbers(&tree), named(&tree, "release-2.1")), (vec![2], None));
}

/// However many runs come after it, and however they end.
#[test]
fn a_name_survives_restarts_and_kills() {
    const KILLS: usize = 20;
    let tree = shop();
    staniel(&tree, &["snapshot", "--name", "release"]).run().good();
    let file = beside(&tree, "file");
    let bytes = export(&tree, Some("release"), &file, &[]);
    let mut random = Random::new(52);
    let mut hit = 0;
    let mut whole = Duration::ZERO;
    for kill in 0..KILLS {
        tree.write("more.py", format!("def f{kill}() -> int: ...\n"));
        if kill == 0 {
            let start = Instant::now();
            staniel(&tree, &["snapshot", "--name", "moving"]).run().good();
            whole = start.elapsed();
            continue;
        }
        let before = named(&tree, "moving");
        let mut child = staniel(&tree, &["snapshot", "--name", "moving"]).spawn();
        thread::sleep(Duration::from_nanos(random.below(whole.as_nanos() as usize + 1) as u64));
        child.kill().expect("our own child can be killed");
        hit += usize::from(child.wait().expect("our own child can be waited for").code().is_none());

        assert!(export(&tree, Some("release"), &file, &[]) == bytes, "kill {kill}");
        // The other name is where it was, or where it was to be.
        let after = named(&tree, "moving").expect("it was there before");
        assert!(after >= before.expect("it was there before"), "kill {kill}");
        export(&tree, Some("moving"), &beside(&tree, "moving"), &[]);
    }
    assert!(hit * 4 > KILLS, "only {hit} of {KILLS} kills came in time");
}

#[test]
fn what_has_a_name_is_kept() {
    let tree = shop();
    for number in 1..=6 {
        tree.write("more.py", format!("x = {number}\ndef f{number}() -> int: ...\n"));
        let name = format!("v{number}");
        let args = if number % 3 == 0 { vec!["snapshot", "--name", &name] } else { vec!["snapshot"] };
        staniel(&tree, &args).run().good();
    }
    staniel(&tree, &["snapshot", "--hermetic"]).run().good();
    let file = beside(&tree, "file");
    let bytes = export(&tree, Some("v3"), &file, &[]);
    tree.write("more.py", "");
    tree.snapshot(&DECLARED);

    // The newest two, what has a name, and the newest of each way of asking.
    let said = answer(&tree, &["snapshots", "gc", "--keep", "1"]);
    let (first, second) = said.split_once('\n').expect("two lines");
    assert_eq!(first, "4 generations removed: 1-2, 4-5; 4 kept, 2 of them by name");
    assert!(second.ends_with("in use\n"), "{second}");
    assert_eq!(numbers(&tree), [3, 6, 7, 8]);
    assert_eq!((named(&tree, "v3"), named(&tree, "v6")), (Some(3), Some(6)));
    assert!(export(&tree, Some("v3"), &file, &[]) == bytes);
    let report = json(&answer(&tree, &["snapshots", "gc", "--keep", "0", "--format", "json"]));
    assert_eq!(report["removed"].as_array().map(Vec::len), Some(0));
    assert!(report["bytes_before"].as_u64().is_some() && report["bytes_after"].as_u64().is_some());
    // What is left is worth as much as before: nothing is asked again.
    tree.settle(&DECLARED);
    tree.write("more.py", "x = 6\ndef f6() -> int: ...\n");
    let report = tree.snapshot(&DECLARED);
    assert_eq!((report.work("asked"), report.parent), (0, Some(8)));
}

/// What is imported takes no room but its own, and gives it back.
#[test]
fn what_is_imported_is_collected_like_the_others() {
    let (tree, other) = (shop(), shop());
    other.write("more.py", "def more() -> int: ...\n");
    other.snapshot(&DECLARED);
    let file = beside(&other, "file");
    let bytes = export(&other, None, &file, &[]);
    let path = file.to_str().expect("UTF-8");
    tree.snapshot(&DECLARED);
    let archives = || {
        let stats = json(&answer(&tree, &["cache", "stats", "--format", "json"]));
        let tables = stats["tables"].as_array().expect("a list").clone();
        tables.iter().find(|table| table["table"] == "archives").expect("there is one")["rows"].clone()
    };
    answer(&tree, &["snapshots", "import", path, "--name", "theirs"]);
    answer(&tree, &["snapshots", "gc", "--keep", "1"]);
    assert_eq!((numbers(&tree), archives()), (vec![1, 2], 1.into()));
    assert!(export(&tree, Some("theirs"), &beside(&tree, "again"), &[]) == bytes);
    answer(&tree, &["snapshots", "name", "--remove", "theirs"]);
    tree.write("more.py", "");
    tree.snapshot(&DECLARED);
    answer(&tree, &["snapshots", "gc", "--keep", "1"]);
    assert_eq!((numbers(&tree), archives()), (vec![3], 0.into()));
}

#[test]
fn the_bound_on_generations_is_not_for_those_with_names() {
    const MORE: u64 = 52;
    let tree = Tree::of("#- a.py\n");
    staniel(&tree, &["snapshot", "--name", "first"]).run().good();
    for number in 1..=MORE {
        tree.write("a.py", format!("def f{number}() -> int: ...\n"));
        tree.snapshot(&DECLARED);
    }
    let numbers = numbers(&tree);
    assert_eq!(numbers.len(), 51);
    assert_eq!((numbers[0], numbers[1], numbers.last()), (1, 4, Some(&53)));
    assert_eq!(named(&tree, "first"), Some(1));
}
