//! A language server is asked again for what an edit may have changed, and for nothing else; and what is remembered
//! then is what a server says that is asked for the first time.

#![cfg(unix)]

use expect_test::{Expect, expect};
use staniel_tests::{Edits, Report, Tree, corpus, note, servers_path};

/// Patience for a machine that does other things too.
const PATIENCE: [&str; 2] = ["--deadline", "240"];

const SHOP: &str = "
#- shop/__init__.py
#- shop/model.py
def price(amount: int) -> int:
    return amount * 2

def name():
    return 'staniel'

def told() -> str:
    return name()

sizes = []  # type: list[int]
#- shop/view.py
from shop.model import name, price, sizes
title = name()
total = price(2)
first = sizes[0]
#- shop/main.py
from shop import view
shown = view.title
#- lone.py
value = 1
";

fn ask(tree: &Tree, provider: &str) -> Report {
    let args = ["snapshot", "--format", "json", "--provider", provider];
    let said = tree.staniel(&args).args(PATIENCE).env("PATH", &servers_path()).run();
    Report::parse(&said.answer())
}

/// All hovers, from what is remembered or from a server that nobody has asked before.
fn hovers(tree: &Tree, provider: &str, fresh: bool) -> String {
    let args = ["hovers", "--provider", provider];
    let run = if fresh { tree.fresh(&args) } else { tree.staniel(&args) };
    run.args(PATIENCE).env("PATH", &servers_path()).run().answer()
}

/// What an edit of the shop asks, and that the answers are right afterwards.
fn check(edit: impl Fn(&Tree), expected: &Expect) {
    let tree = Tree::of(SHOP);
    ask(&tree, "pyright");
    edit(&tree);
    let report = ask(&tree, "pyright");
    expected.assert_eq(&format!(
        "candidates {} asked {} changed {}",
        report.work("candidates"),
        report.work("asked"),
        report.work("changed")
    ));
    assert_eq!(hovers(&tree, "pyright", false), hovers(&tree, "pyright", true));
}

#[test]
fn what_each_kind_of_edit_asks() {
    // Its function says what it returns.
    check(
        |tree| tree.edit("shop/model.py", "amount * 2", "amount * 3"),
        &expect!["candidates 1 asked 1 changed 0"],
    );
    check(
        |tree| tree.edit("shop/model.py", "def told", "def unheard(): return 1\n\ndef told"),
        &expect!["candidates 1 asked 1 changed 1"],
    );
    check(
        |tree| tree.edit("shop/model.py", "def told", "def value(): return 1\n\ndef told"),
        &expect!["candidates 3 asked 3 changed 1"],
    );
    check(
        |tree| tree.edit("shop/model.py", "amount: int", "amount: float"),
        &expect!["candidates 3 asked 3 changed 2"],
    );
    // A comment that annotates is a part of the signature.
    check(
        |tree| tree.edit("shop/model.py", "list[int]", "list[str]"),
        &expect!["candidates 3 asked 3 changed 2"],
    );
    check(
        |tree| tree.write("shop/__init__.py", "from shop.model import price\n"),
        &expect!["candidates 4 asked 4 changed 1"],
    );
}

#[test]
fn an_inferred_return_is_seen_where_it_is_used() {
    let tree = Tree::of(SHOP);
    ask(&tree, "pyright");
    let of = |hovers: &str, symbol: &str| {
        let line = hovers.lines().find(|line| line.contains(&format!("\"symbol\":\"{symbol}\"")));
        let row: serde_json::Value = serde_json::from_str(line.expect("it is defined")).expect("JSON");
        row["normal"].as_str().map(str::to_owned)
    };
    let before = hovers(&tree, "pyright", false);
    assert_eq!(of(&before, "shop.view.title").as_deref(), Some("Literal['staniel']"));
    tree.edit("shop/model.py", "return 'staniel'", "return len('staniel')");
    let report = ask(&tree, "pyright");
    assert_eq!((report.work("candidates"), report.work("asked")), (3, 3));
    let after = hovers(&tree, "pyright", false);
    assert_eq!(of(&after, "shop.view.title").as_deref(), Some("int"));
    assert_eq!(of(&after, "shop.main.shown").as_deref(), Some("int"));
    assert_eq!(after, hovers(&tree, "pyright", true));
}

/// What a server that has been asked nothing else says of the place of a hover.
fn alone(tree: &Tree, provider: &str, hover: &serde_json::Value) -> serde_json::Value {
    let start = &hover["range"]["start"];
    let place = serde_json::json!({
        "path": hover["path"], "line": start["line"], "character": start["character"],
    });
    let list = tree.home().join("place.jsonl");
    std::fs::write(&list, place.to_string()).expect("a directory of our own");
    let args = ["hover", "--provider", provider, "--positions", list.to_str().expect("UTF-8")];
    let said = tree.fresh(&args).args(PATIENCE).env("PATH", &servers_path()).run().answer();
    serde_json::from_str(&said).expect("JSON")
}

/// Whether a server answers alike in two fresh runs is measured first: what differs there is not ours to make equal. Nor
/// is an answer that hangs on what else the server was asked before; then ours must be the one that it gives when it was
/// asked nothing else.
#[test]
fn answers_equal_those_of_a_fresh_server_after_random_edits() {
    const ROUNDS: usize = 3;
    const EDITS: usize = 3;
    for (seed, provider) in [(41, "pyright"), (42, "pyrefly")] {
        let tree = Tree::copy_of(&corpus("requests"));
        let (one, other) = (hovers(&tree, provider, true), hovers(&tree, provider, true));
        let differing = one.lines().zip(other.lines()).filter(|(one, other)| one != other).count();
        note(&format!("{provider}: two fresh runs differ in {differing} of {} hovers", one.lines().count()));
        assert_eq!(differing, 0, "{provider}");

        let mut edits = Edits::new(seed);
        let files = ask(&tree, provider).work("asked");
        let (mut asked, mut compared, mut left_open) = (0, 0, 0);
        for _ in 0..ROUNDS {
            let done: Vec<String> = (0..EDITS).map(|_| edits.make(&tree)).collect();
            asked += ask(&tree, provider).work("asked");
            let (ours, fresh) = (hovers(&tree, provider, false), hovers(&tree, provider, true));
            assert_eq!(ours.lines().count(), fresh.lines().count(), "{provider}, after {done:#?}");
            compared += ours.lines().count();
            for (line, other) in ours.lines().zip(fresh.lines()).filter(|(line, other)| line != other) {
                let hover = serde_json::from_str(line).expect("JSON");
                let alone = alone(&tree, provider, &hover);
                let words = || format!("{provider}, after {done:#?}:\n{line}\n{other}\n{alone}");
                assert_eq!(hover["type"], alone["type"], "{}", words());
                left_open += 1;
            }
        }
        note(&format!(
            "{provider}: {asked} files asked after {ROUNDS} times {EDITS} edits of {files} files; {left_open} of \
             {compared} hovers hang on what else was asked before"
        ));
        assert!(left_open * 1000 <= compared, "{provider}");
    }
}
