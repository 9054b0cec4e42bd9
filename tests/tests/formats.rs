//! What programs read and people see, to the letter: schema 1.

use expect_test::{Expect, expect};
use staniel_tests::{Said, Tree};

/// All that formats have a word for: a re-export, a star import, the contexts of imports, a name beyond the basic
/// plane before a definition, every kind of definition, a file that does not parse.
const SHOP: &str = r#"
#- shop/__init__.py
"""A shop."""
from .model import Model as Model
#- shop/model.py
from __future__ import annotations
from typing import TYPE_CHECKING, Any
if TYPE_CHECKING:
    from shop import view
try:
    import fast_json as json
except ImportError:
    import json

𝒳 = "𝒳"; price: int = 3

class Model(Base):
    """What is sold.

        Indented.
    """
    count: int = 0

    @property
    def name(self) -> str:
        """Its name."""
        self._seen: bool = True
        return "name"

    async def save(self, *, force: bool = False) -> int:
        import shop.view
        return 1

type Pair[T] = tuple[T, T]
#- shop/view.py
from shop import Model
from shop.model import *

def show(model: Model, /, *rest: "Any") -> str:
    return model.name
#- shop/broken.py
def f(:
#- main.py
import importlib
import os.path
import shop.view as view
from nowhere import thing
importlib.import_module("shop.model")
result = view.show(view.Model())
"#;

fn shop() -> Tree {
    Tree::of(SHOP)
}

/// What is measured differs from run to run.
fn without_times(text: &str) -> String {
    let mut out = String::new();
    for line in text.lines() {
        let line = match line.split_once("\"elapsed_ms\":") {
            Some((before, after)) => {
                let rest = after.trim_start_matches(|c: char| c.is_ascii_digit() || c == '.');
                format!("{before}\"elapsed_ms\":0{rest}")
            }
            None => match line.rsplit_once(" · ") {
                Some((before, time)) if time.ends_with(" ms") || time.ends_with(" s") => {
                    format!("{before} · TIME")
                }
                _ => line.to_owned(),
            },
        };
        out.push_str(&line);
        out.push('\n');
    }
    out
}

/// A run that ends well, on nobody's terminal, says its answer on stdout and nothing on stderr.
#[track_caller]
fn check(said: Said, expected: &Expect) {
    expected.assert_eq(&without_times(&said.answer()));
}

/// Declared types, so that only our own words are in it.
#[track_caller]
fn check_declared(args: &[&str], expected: &Expect) {
    check(shop().staniel(args).args(["--provider", "declared"]).run(), expected);
}

#[test]
fn snapshot_json() {
    let tree = shop();
    let snapshot = ["snapshot", "--format", "json", "--provider", "declared"];
    check(tree.staniel(&snapshot).run(), &expect![[""]]);
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    check(tree.staniel(&snapshot).run(), &expect![[""]]);
    check(tree.fresh(&snapshot).run(), &expect![[""]]);
}

#[test]
fn snapshot_text() {
    let tree = shop();
    let snapshot = ["snapshot", "--provider", "declared"];
    check(tree.staniel(&snapshot).run(), &expect![[""]]);
    check(tree.staniel(&snapshot).run(), &expect![[""]]);
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    check(tree.staniel(&snapshot).run(), &expect![[""]]);
}

#[test]
fn imports_json() {
    check_declared(&["imports", "--format", "json"], &expect![[""]]);
}

#[test]
fn imports_text() {
    check_declared(&["imports"], &expect![[""]]);
    check_declared(&["imports", "--implicit"], &expect![[""]]);
}

#[test]
fn imports_as_ruff_prints_them() {
    check_declared(&["imports", "--format", "ruff"], &expect![[""]]);
}

#[test]
fn importers_of_a_module() {
    check_declared(&["importers", "shop.view"], &expect![[""]]);
    check_declared(&["importers", "shop.view", "--format", "json"], &expect![[""]]);
}

#[test]
fn importers_of_a_symbol_through_a_re_export() {
    for target in ["shop.model.Model", "shop.Model"] {
        check_declared(&["importers", target, "--format", "paths"], &expect![[""]]);
    }
    check_declared(&["importers", "shop.model.Model"], &expect![[""]]);
}

#[test]
fn importers_of_a_path() {
    check_declared(&["importers", "shop/model.py", "--format", "paths"], &expect![[""]]);
}

#[test]
fn hovers_jsonl() {
    check_declared(&["hovers"], &expect![[""]]);
}

#[test]
fn hovers_of_some_files_with_inferred_types() {
    check(shop().staniel(&["hovers", "main.py", "shop/view.py", "--provider", "ty"]).run(), &expect![[""]]);
    check(
        shop().staniel(&["hovers", "shop/view.py", "--provider", "ty", "--format", "text"]).run(),
        &expect![[""]],
    );
}

#[test]
fn positions_in_other_units() {
    for encoding in ["utf-8", "utf-16", "utf-32"] {
        let tree = Tree::of("#- a.py\n𝒳 = 1; b: int = 2\n");
        let args = ["hovers", "--provider", "declared", "--position-encoding", encoding];
        let answer = tree.staniel(&args).run().answer();
        let hover: serde_json::Value =
            serde_json::from_str(answer.lines().nth(1).expect("two lines")).expect("JSON");
        let column = &hover["range"]["start"]["character"];
        assert_eq!(
            (encoding, column.as_u64()),
            (
                encoding,
                Some(
                    [11, 9, 8][["utf-8", "utf-16", "utf-32"]
                        .iter()
                        .position(|e| *e == encoding)
                        .expect("one of them")]
                )
            )
        );
    }
}

#[test]
fn hover_at_a_place() {
    check_declared(&["hover", "shop/model.py:23:9"], &expect![[""]]);
    check_declared(&["hover", "shop/model.py:28"], &expect![[""]]);
    check_declared(&["hover", "shop/model.py:12:10", "--format", "json"], &expect![[""]]);
}

#[test]
fn delta_between_generations() {
    let tree = shop();
    tree.snapshot(&["--provider", "declared"]);
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    tree.rename("shop/view.py", "shop/sight.py");
    tree.snapshot(&["--provider", "declared"]);
    check(tree.staniel(&["delta", "--provider", "declared"]).run(), &expect![[""]]);
    check(
        tree.staniel(&["delta", "1", "2", "--provider", "declared", "--format", "json"]).run(),
        &expect![[""]],
    );
    check(tree.staniel(&["delta", "2", "2", "--provider", "declared"]).run(), &expect![[""]]);
}

#[test]
fn generations() {
    let tree = shop();
    let declared = ["--provider", "declared"];
    tree.snapshot(&declared);
    tree.write("new.py", "");
    tree.snapshot(&declared);
    check(tree.staniel(&["snapshots", "list"]).args(declared).run(), &expect![[""]]);
    check(tree.staniel(&["snapshots", "rm", "1"]).args(declared).run(), &expect![[""]]);
    check(tree.staniel(&["snapshots", "list"]).args(declared).run(), &expect![[""]]);
}

#[track_caller]
fn check_findings(format: &str, expected: &Expect) {
    let said = shop().staniel(&["check", "--format", format, "--provider", "declared"]).run();
    assert_eq!((said.code, &*said.stderr), (Some(1), ""));
    expected.assert_eq(&without_times(&said.text()));
}

#[test]
fn findings() {
    check_findings("full", &expect![[""]]);
    check_findings("concise", &expect![[""]]);
    check_findings("json", &expect![[""]]);
}

#[test]
fn no_findings() {
    let tree = Tree::of("#- a.py\nimport os\n");
    check(tree.staniel(&["check"]).run(), &expect![[""]]);
    check(tree.staniel(&["check", "--format", "json"]).run(), &expect![[""]]);
}
