//! Mistakes that people make, and machines that are not as they should be: messages one can act on.

use std::fs;
use std::io::{BufRead, BufReader, Read};
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

/// A run that fails says so in its exit code, and nothing on stdout. Returns what it says on stderr.
#[track_caller]
fn failure(tree: &Tree, run: Staniel) -> String {
    let said = run.run();
    assert_eq!((said.code, String::from_utf8_lossy(&said.stdout)), (Some(2), "".into()), "{}", said.stderr);
    messages(tree, &said)
}

#[track_caller]
fn check(tree: &Tree, args: &[&str], expected: &Expect) {
    expected.assert_eq(&failure(tree, tree.staniel(args)));
}

/// Several runs that fail, one after the other.
#[track_caller]
fn check_all(tree: &Tree, runs: &[Vec<&str>], expected: &Expect) {
    let messages = runs.iter().map(|args| failure(tree, tree.staniel(args)));
    expected.assert_eq(&messages.collect::<Vec<_>>().join("\n"));
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
    check(
        &tree,
        &["snapshot", "shopp"],
        &expect![[r#"
        error: the directory `shopp` does not exist (check the path; staniel takes a project's root directory)
    "#]],
    );
}

#[test]
fn a_root_that_is_a_file() {
    let tree = Tree::of(SHOP);
    check(
        &tree,
        &["snapshot", "shop/model.py"],
        &expect![[r#"
        error: `shop/model.py` is a file, not a directory (give the directory that contains the project)
    "#]],
    );
}

#[test]
fn a_root_without_python_files() {
    let tree = Tree::of("#- notes.txt\nnothing\n");
    check_all(
        &tree,
        &["snapshot", "imports", "check"].map(|command| vec![command]),
        &expect![[r#"
        error: there are no Python files below `ROOT` (files that git ignores, virtual environments and caches do not count)
        hint: name the project's directory, or look at `exclude` in its configuration

        error: there are no Python files below `ROOT` (files that git ignores, virtual environments and caches do not count)
        hint: name the project's directory, or look at `exclude` in its configuration

        error: there are no Python files below `ROOT` (files that git ignores, virtual environments and caches do not count)
        hint: name the project's directory, or look at `exclude` in its configuration
    "#]],
    );
}

#[test]
fn an_unknown_provider() {
    let tree = Tree::of(SHOP);
    check(
        &tree,
        &["snapshot", "--provider", "declard"],
        &expect![[r#"
            error: invalid value 'declard' for '--provider <NAME>': there is no provider `declard`; the providers are: declared, ty, pyright, basedpyright, ty-server, pyrefly, zuban, command; did you mean `declared`?

            For more information, try '--help'.
        "#]],
    );
    tree.write("staniel.toml", "provider = 'declard'\n");
    check(
        &tree,
        &["snapshot"],
        &expect![[r#"
        error: staniel.toml:1:12: there is no provider `declard` (did you mean `declared`?)
    "#]],
    );
}

#[test]
fn an_unknown_setting() {
    let tree = Tree::of(SHOP);
    check(
        &tree,
        &["snapshot", "-c", "excludes=['a']"],
        &expect![[r#"
        error: -c excludes: unknown key `excludes` (did you mean `exclude`?)
    "#]],
    );
    tree.write("pyproject.toml", "[project]\nname = 'shop'\n\n[tool.staniel]\nexcludes = ['a']\n");
    check(
        &tree,
        &["snapshot"],
        &expect![[r#"
        error: pyproject.toml:5:1: unknown key `excludes` (did you mean `exclude`?)
    "#]],
    );
}

#[test]
fn a_broken_configuration() {
    let tree = Tree::of(SHOP);
    tree.write("pyproject.toml", "[tool.staniel\n");
    check(
        &tree,
        &["snapshot"],
        &expect![[r#"
        error: pyproject.toml:1:14: unclosed table, expected `]`
    "#]],
    );
    tree.remove("pyproject.toml");
    tree.write("staniel.toml", "exclude = 1\n");
    check(
        &tree,
        &["snapshot"],
        &expect![[r#"
        error: staniel.toml:1:11: a list of strings is expected here, not integer
    "#]],
    );
}

#[test]
fn an_interpreter_that_is_not_there() {
    let tree = Tree::of(SHOP);
    check(
        &tree,
        &["snapshot", "--python", "nowhere/python"],
        &expect![[r#"
        error: --python: `nowhere/python` does not exist (give an interpreter, a virtual environment, or a prefix such as /usr)
    "#]],
    );
}

#[test]
fn a_target_that_nobody_could_mean() {
    let tree = Tree::of(SHOP);
    let targets = ["shop.modl", "shop.model.Modle", "shop/modle.py", "quite.something.else"];
    check_all(
        &tree,
        &targets.map(|target| vec!["importers", target]),
        &expect![[r#"
        error: nothing here is called `shop.modl`
        hint: did you mean `shop.model`?

        error: nothing here is called `shop.model.Modle`
        hint: did you mean `shop.model.Model`?

        error: nothing here is called `shop/modle.py`
        hint: did you mean `shop/model.py`?

        error: nothing here is called `quite.something.else`
        hint: a target is a module, a module and a symbol in it, or a path
    "#]],
    );
}

#[test]
fn a_place_in_what_is_no_python_file_searches_no_tree() {
    let tree = Tree::of(SHOP);
    tree.write("notes.ipynb", "{}");
    tree.write("deep.py", "(".repeat(10_000));
    let places = ["/etc/passwd:1:1", "/dev/null:1", "notes.ipynb:1", "shop:1", "/:1", "deep.py:1:1"];
    let mut runs = places.map(|place| vec!["hover", place]).to_vec();
    // Nor is a root that is not there.
    runs.extend(
        ["/etc/passwd:1:1", "shop/model.py:1"].map(|place| vec!["hover", "--root", "nowhere", place]),
    );
    check_all(
        &tree,
        &runs,
        &expect![[r#"
        error: `/etc/passwd` is no Python file
        hint: definitions are known of `.py` and `.pyi` files

        error: `/dev/null` is no Python file
        hint: definitions are known of `.py` and `.pyi` files

        error: `notes.ipynb` is a notebook, of which only the imports are known

        error: `shop` is a directory, and a place lies in a file
        hint: `staniel hovers shop` lists all that is defined there

        error: `/` is a directory, and a place lies in a file
        hint: `staniel hovers /` lists all that is defined there

        error: `deep.py` is not analysed: kept from the parser: more than 200 open brackets at line 1

        error: `/etc/passwd` is no Python file
        hint: definitions are known of `.py` and `.pyi` files

        error: `nowhere` cannot be used: No such file or directory (os error 2)
    "#]],
    );
}

#[test]
fn what_is_no_position_is_named_with_its_line() {
    let tree = Tree::of(SHOP);
    let fine = br#"{"path":"shop/model.py","line":0,"character":0}"#;
    let mut said = String::new();
    for wrong in [
        &br#"["shop/model.py",0,0]"#[..],
        br#"{"path":"shop/model.py","line":-1,"character":0}"#,
        br#"{"path":"shop/model.py","line":0,"character":1.5}"#,
        br#"{"path":"shop/model.py","line":0}"#,
        br#"{"path":"shop/model.py""#,
        b"shop/model.py:1:1",
        b"{\"path\":\"\xff.py\",\"line\":0,\"character\":0}",
    ] {
        tree.write("places.jsonl", [fine, &b"\n\n"[..], wrong, b"\n", fine].concat());
        let run = tree.staniel(&["hover", "--positions", "places.jsonl", "--provider", "declared"]).run();
        assert_eq!((run.code, &*run.stdout), (Some(2), &b""[..]));
        said += run.stderr.lines().next().expect("an error");
        said.push('\n');
    }
    expect![[r#"
        error: line 3 of `places.jsonl` is no position: it is no JSON object
        error: line 3 of `places.jsonl` is no position: `line` and `character` are whole numbers, from 0 on (column 33)
        error: line 3 of `places.jsonl` is no position: `line` and `character` are whole numbers, from 0 on (column 49)
        error: line 3 of `places.jsonl` is no position: missing field `character` (column 33)
        error: line 3 of `places.jsonl` is no position: EOF while parsing an object (column 23)
        error: line 3 of `places.jsonl` is no position: it is no JSON object
        error: line 3 of `places.jsonl` is no position: it is not UTF-8
    "#]].assert_eq(&said);
}

#[test]
fn a_place_where_nothing_is() {
    let tree = Tree::of(SHOP);
    let places =
        ["shop/model.py", "shop/model.py:99", "shop/model.py:0", "shop/none.py:1", "../elsewhere.py:1"];
    check_all(
        &tree,
        &places.map(|place| vec!["hover", place]),
        &expect![[r#"
        error: `shop/model.py` names no place
        hint: a place is FILE:LINE or FILE:LINE:COL, counted from 1: `staniel hover shop/cart.py:12:7`

        error: `shop/model.py` has no line 99, it ends with 4

        error: `shop/model.py:0` names no place
        hint: a place is FILE:LINE or FILE:LINE:COL, counted from 1: `staniel hover shop/cart.py:12:7`

        error: `shop/none.py` cannot be used: No such file or directory (os error 2)

        error: `../elsewhere.py` cannot be used: No such file or directory (os error 2)
    "#]],
    );
}

#[test]
fn a_generation_that_there_is_not() {
    let tree = Tree::of(SHOP);
    tree.snapshot(&[]);
    check(
        &tree,
        &["delta", "1", "7"],
        &expect![[r#"
        error: there is no generation 7
        hint: there are 1
    "#]],
    );
    check(
        &tree,
        &["snapshots", "show", "7"],
        &expect![[r#"
        error: there is no generation 7
        hint: there are 1
    "#]],
    );
    check(
        &tree,
        &["snapshots", "rm", "7"],
        &expect![[r#"
        error: there is no generation 7
        hint: there are 1
    "#]],
    );
    check(
        &tree,
        &["delta", "one"],
        &expect![[r#"
        error: no generation is called `one`
        hint: there are 1
        hint: nor is `one` a file that is there
    "#]],
    );
}

#[test]
fn an_unknown_command() {
    let tree = Tree::of(SHOP);
    check(
        &tree,
        &["snapshto"],
        &expect![[r#"
            error: unrecognized subcommand 'snapshto'

              tip: some similar subcommands exist: 'snapshots', 'snapshot'

            Usage: staniel [OPTIONS] <COMMAND>

            For more information, try '--help'.
        "#]],
    );
}

#[test]
fn a_cache_that_cannot_be_written() {
    let tree = Tree::of(SHOP);
    // Below a regular file there is no directory, whoever asks.
    fs::write(tree.cache(), "").expect("a new file");
    let args = ["hovers", "--provider", "declared"];
    let said = tree.staniel(&args).run();
    let own_cache = tree.staniel(&["cache", "dir"]).run().answer();
    let message = said.stderr.replace(own_cache.trim_end(), "CACHE");
    expect![[r#"
        notice: the cache in CACHE cannot be used (Not a directory (os error 20)); this run keeps everything in memory. Choose another place with --cache-dir, or none with --no-cache
    "#]].assert_eq(&message);
    assert_eq!(said.good(), tree.fresh(&args).run().answer());
}

/// No configuration is in the way of those who look after their cache; a mistyped root is.
#[test]
fn a_cache_whose_root_is_not_there_or_misconfigured() {
    let tree = Tree::of("#- pyproject.toml\n[tool.staniel]\nbogus = 1\n#- a.py\n");
    let said = tree.staniel(&["cache", "dir", "--root", "missing"]).run();
    assert_eq!((said.code, &*said.stdout), (Some(2), &b""[..]));
    assert!(said.stderr.contains("does not exist"), "{}", said.stderr);
    assert!(tree.staniel(&["cache", "dir"]).run().answer().contains("cache"));
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
        // What was found out is remembered all the same.
        assert_eq!(tree.snapshot(&["--provider", "declared"]).work("outlined"), 0);
        tree.staniel(&["cache", "clean"]).run().good();
    }
}

/// A finding is one, whether anybody reads on or not.
#[test]
fn a_pipe_that_is_closed_before_all_findings_are_read() {
    let text: String = (0..5000).map(|number| format!("import nowhere_{number}\n")).collect();
    let tree = Tree::empty();
    tree.write("long.py", text);
    let mut run = tree.staniel(&["check"]);
    let mut child = run.command().stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut stdout = child.stdout.take().expect("it is piped");
    stdout.read_exact(&mut [0; 10]).expect("there is output");
    drop(stdout);
    assert_eq!(child.wait().expect("our own child").code(), Some(1));
}

/// Somebody watches: those who ask for types are served from memory, those who ask for what is stored are told.
#[test]
fn a_cache_that_another_process_holds() {
    let tree = Tree::of(SHOP);
    let mut run = tree.staniel(&["watch", "--format", "jsonl", "--provider", "declared"]);
    let mut watch =
        run.command().stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().expect("the program runs");
    let mut events = BufReader::new(watch.stdout.take().expect("it is piped"));
    events.read_line(&mut String::new()).expect("there is output");

    let hovers = ["hovers", "--provider", "declared"];
    let said = tree.staniel(&hovers).run();
    assert!(said.stderr.starts_with("notice: ") && said.stderr.lines().count() == 1, "{}", said.stderr);
    assert_eq!(said.good(), tree.fresh(&hovers).run().answer());
    for args in [&["snapshots", "list"][..], &["delta"], &["cache", "stats"], &["cache", "verify"]] {
        let said = tree.staniel(args).run();
        assert_eq!((said.code, &*said.stdout), (Some(2), &b""[..]), "{args:?}");
        assert!(said.stderr.contains("another process"), "{}", said.stderr);
    }

    // The program that reads its events is gone.
    drop(watch.stdin.take());
    assert_eq!(watch.wait().expect("our own child").code(), Some(0));
    assert!(tree.staniel(&["snapshots", "list"]).run().answer().contains("declared"));
}
