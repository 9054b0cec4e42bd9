//! Mistakes that people make, and machines that are not as they should be: messages one can act on.

use std::fs;
use std::io::Read;
use std::process::Stdio;

use expect_test::{Expect, expect};
use staniel_tests::{Said, Staniel, Tree};

/// What a run says on stderr, with the places of this test called by names.
fn messages(tree: &Tree, said: &Said) -> String {
    let mut text = said.stderr.clone();
    for (place, name) in [(tree.cache(), "CACHE"), (tree.root(), "ROOT"), (tree.home(), "HOME")] {
        for place in [place.canonicalize().unwrap_or_else(|_| place.clone()), place] {
            text = text.replace(place.to_str().expect("UTF-8"), name);
        }
    }
    text
}

/// A run that fails says nothing on stdout.
#[track_caller]
fn check(tree: &Tree, args: &[&str], expected: &Expect) {
    check_run(tree, tree.staniel(args), expected);
}

#[track_caller]
fn check_run(tree: &Tree, run: Staniel, expected: &Expect) {
    let said = run.run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    assert_eq!(String::from_utf8_lossy(&said.stdout), "");
    expected.assert_eq(&messages(tree, &said));
}

const SHOP: &str = "
#- shop/__init__.py
from shop.model import Model
#- shop/model.py
class Model:
    def save(self) -> int:
        return 1
";

#[test]
fn a_root_that_does_not_exist() {
    let tree = Tree::of(SHOP);
    check(&tree, &["snapshot", "shopp"], &expect![[""]]);
}

#[test]
fn a_root_that_is_a_file() {
    let tree = Tree::of(SHOP);
    check(&tree, &["snapshot", "shop/model.py"], &expect![[""]]);
}

#[test]
fn a_root_without_python_files() {
    let tree = Tree::of("#- notes.txt\nnothing\n");
    for command in ["snapshot", "imports", "check"] {
        check(&tree, &[command], &expect![[""]]);
    }
}

#[test]
fn an_unknown_provider() {
    let tree = Tree::of(SHOP);
    check(&tree, &["snapshot", "--provider", "declard"], &expect![[""]]);
    tree.write("staniel.toml", "provider = 'declard'\n");
    check(&tree, &["snapshot"], &expect![[""]]);
}

#[test]
fn an_unknown_setting() {
    let tree = Tree::of(SHOP);
    check(&tree, &["snapshot", "-c", "excludes=['a']"], &expect![[""]]);
    tree.write("pyproject.toml", "[project]\nname = 'shop'\n\n[tool.staniel]\nexcludes = ['a']\n");
    check(&tree, &["snapshot"], &expect![[""]]);
}

#[test]
fn a_broken_configuration() {
    let tree = Tree::of(SHOP);
    tree.write("pyproject.toml", "[tool.staniel\n");
    check(&tree, &["snapshot"], &expect![[""]]);
    tree.remove("pyproject.toml");
    tree.write("staniel.toml", "exclude = 1\n");
    check(&tree, &["snapshot"], &expect![[""]]);
}

#[test]
fn an_interpreter_that_is_not_there() {
    let tree = Tree::of(SHOP);
    check(&tree, &["snapshot", "--python", "nowhere/python"], &expect![[""]]);
}

#[test]
fn a_target_that_nobody_could_mean() {
    let tree = Tree::of(SHOP);
    for target in ["shop.modl", "shop.model.Modle", "shop/modle.py", "quite.something.else"] {
        check(&tree, &["importers", target], &expect![[""]]);
    }
}

#[test]
fn a_place_where_nothing_is() {
    let tree = Tree::of(SHOP);
    for place in
        ["shop/model.py", "shop/model.py:99", "shop/model.py:0", "shop/none.py:1", "../elsewhere.py:1"]
    {
        check(&tree, &["hover", place], &expect![[""]]);
    }
}

#[test]
fn a_generation_that_there_is_not() {
    let tree = Tree::of(SHOP);
    tree.snapshot(&[]);
    check(&tree, &["delta", "1", "7"], &expect![[""]]);
    check(&tree, &["snapshots", "show", "7"], &expect![[""]]);
    check(&tree, &["snapshots", "rm", "7"], &expect![[""]]);
    check(&tree, &["delta", "one"], &expect![[""]]);
}

#[test]
fn an_unknown_command() {
    let tree = Tree::of(SHOP);
    check_run(&tree, Staniel::new(&tree.root(), &tree.home()).args(["snapshto"]), &expect![[""]]);
}

#[test]
fn a_cache_that_cannot_be_written() {
    let tree = Tree::of(SHOP);
    // Below a regular file there is no directory, whoever asks.
    fs::write(tree.cache(), "").expect("a new file");
    let args = ["hovers", "--provider", "declared"];
    let said = tree.staniel(&args).run();
    expect![[""]].assert_eq(&messages(&tree, &said));
    assert_eq!(said.good(), tree.fresh(&args).run().answer());
}

#[test]
fn a_pipe_that_is_closed() {
    // More than a pipe holds, or nobody would notice that it is closed.
    let text: String =
        (0..5000).map(|number| format!("def function_{number}(x: int) -> str: ...\n")).collect();
    let tree = Tree::empty();
    tree.write("long.py", text);
    for args in [&["hovers", "--provider", "declared"][..], &["snapshot", "--all", "--provider", "declared"]]
    {
        let mut run = tree.staniel(args);
        let mut child =
            run.command().stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().expect("the program runs");
        let mut stdout = child.stdout.take().expect("it is piped");
        stdout.read_exact(&mut [0; 10]).expect("there is output");
        drop(stdout);
        let end = child.wait_with_output().expect("our own child");
        assert_eq!((end.status.code(), String::from_utf8_lossy(&end.stderr)), (Some(0), "".into()));
    }
}
