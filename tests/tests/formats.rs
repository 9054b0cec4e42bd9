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
    let declared = ["--provider", "declared"];
    let snapshot = ["snapshot", "--format", "json", "--provider", "declared"];
    check(
        tree.staniel(&snapshot).run(),
        &expect![[r#"
        {"schema":1,"provider":"declared 1","generation":1,"parent":null,"files":{"total":5,"added":5,"changed":0,"deleted":0,"skipped":0},"work":{"read":5,"hashed":5,"scanned":5,"outlined":5,"candidates":5,"asked":5,"changed":5,"sourced":0},"definitions":30,"edges":12,"imports":{"first_party":7,"stdlib":6,"third_party":0,"unresolved":2},"delta":{"hovers":{"added":30,"removed":0,"modified":0},"edges":{"added":20,"removed":0}},"fallbacks":[],"skipped":[],"quarantined":[],"notices":[],"elapsed_ms":0}
    "#]],
    );
    tree.settle(&declared);
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    check(
        tree.staniel(&snapshot).run(),
        &expect![[r#"
            {"schema":1,"provider":"declared 1","generation":2,"parent":1,"files":{"total":5,"added":0,"changed":2,"deleted":0,"skipped":0},"work":{"read":2,"hashed":2,"scanned":2,"outlined":2,"candidates":2,"asked":2,"changed":2,"sourced":0},"definitions":29,"edges":12,"imports":{"first_party":7,"stdlib":5,"third_party":0,"unresolved":2},"delta":{"hovers":{"added":0,"removed":1,"modified":2},"edges":{"added":0,"removed":1}},"fallbacks":[],"skipped":[],"quarantined":[],"notices":[],"elapsed_ms":0}
        "#]],
    );
    check(
        tree.fresh(&snapshot).run(),
        &expect![[r#"
        {"schema":1,"provider":"declared 1","generation":null,"parent":null,"files":{"total":5,"added":5,"changed":0,"deleted":0,"skipped":0},"work":{"read":5,"hashed":5,"scanned":5,"outlined":5,"candidates":5,"asked":5,"changed":5,"sourced":0},"definitions":29,"edges":12,"imports":{"first_party":7,"stdlib":5,"third_party":0,"unresolved":2},"delta":{"hovers":{"added":29,"removed":0,"modified":0},"edges":{"added":19,"removed":0}},"fallbacks":[],"skipped":[],"quarantined":[],"notices":[],"elapsed_ms":0}
    "#]],
    );
}

#[test]
fn snapshot_text() {
    let tree = shop();
    let declared = ["--provider", "declared"];
    let snapshot = ["snapshot", "--provider", "declared"];
    check(
        tree.staniel(&snapshot).run(),
        &expect![[r#"
        5 files · 30 definitions · 15 imports (7 first-party, 6 stdlib, 2 unresolved)
        generation 1 · 5 of 5 files asked · declared 1 · TIME

        Next: edit something and run this again, or let `staniel watch` do it.
    "#]],
    );
    tree.settle(&declared);
    check(
        tree.staniel(&snapshot).run(),
        &expect![[r#"
            5 files · 30 definitions · 15 imports (7 first-party, 6 stdlib, 2 unresolved)
            generation 1 · nothing changed · declared 1 · TIME
        "#]],
    );
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    check(
        tree.staniel(&snapshot).run(),
        &expect![[r#"
        5 files · 29 definitions · 14 imports (7 first-party, 5 stdlib, 2 unresolved)
        generation 2, after 1 · 2 files changed · 2 of 5 files asked · hovers -1 ~2 · imports -1 · declared 1 · TIME

        ~ main.py
            - main.os  import os.path
            - import os.path  (stdlib)
        ~ shop/model.py
            ~ shop.model.Model.save  async def save(self, *, force: bool = False) -> int → async def save(self, *, force: int = False) -> int
            ~ shop.model.Model.save.<locals>.force  force: bool = False → force: int = False; type: bool → int
    "#]],
    );
}

#[test]
fn imports_json() {
    check_declared(
        &["imports", "--format", "json"],
        &expect![[r#"
            {"schema":1,"files":[
            {"path":"main.py","module":"main","imports":[{"module":"importlib","symbol":null,"resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"importlib","as":null,"defined_in":null,"defined_as":null,"line":1,"column":1,"range":{"start":{"line":0,"character":7},"end":{"line":0,"character":16}}},{"module":"os.path","symbol":null,"resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"os.path","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":7},"end":{"line":1,"character":14}}},{"module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop.view","as":"view","defined_in":null,"defined_as":null,"line":3,"column":1,"range":{"start":{"line":2,"character":7},"end":{"line":2,"character":16}}},{"module":"nowhere","symbol":"thing","resolved":null,"class":"unresolved","kind":"runtime","contexts":[],"written":"nowhere","as":null,"defined_in":null,"defined_as":null,"line":4,"column":1,"range":{"start":{"line":3,"character":20},"end":{"line":3,"character":25}}},{"module":"shop.model","symbol":null,"resolved":"shop/model.py","class":"first-party","kind":"dynamic","contexts":["dynamic"],"written":"shop.model","as":null,"defined_in":null,"defined_as":null,"line":5,"column":1,"range":{"start":{"line":4,"character":24},"end":{"line":4,"character":36}}}]},
            {"path":"shop/__init__.py","module":"shop","imports":[{"module":"shop.model","symbol":"Model","resolved":"shop/model.py","class":"first-party","kind":"runtime","contexts":[],"written":".model","as":"Model","defined_in":"shop/model.py","defined_as":"shop.model.Model","line":2,"column":1,"range":{"start":{"line":1,"character":19},"end":{"line":1,"character":24}}}]},
            {"path":"shop/broken.py","module":"shop.broken","imports":[]},
            {"path":"shop/model.py","module":"shop.model","imports":[{"module":"__future__","symbol":"annotations","resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"__future__","as":null,"defined_in":null,"defined_as":null,"line":1,"column":1,"range":{"start":{"line":0,"character":23},"end":{"line":0,"character":34}}},{"module":"typing","symbol":"TYPE_CHECKING","resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"typing","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":19},"end":{"line":1,"character":32}}},{"module":"typing","symbol":"Any","resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"typing","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":34},"end":{"line":1,"character":37}}},{"module":"shop","symbol":"view","resolved":"shop/view.py","class":"first-party","kind":"typing","contexts":["typing"],"written":"shop","as":null,"defined_in":"shop/view.py","defined_as":"shop.view","line":4,"column":5,"range":{"start":{"line":3,"character":21},"end":{"line":3,"character":25}}},{"module":"fast_json","symbol":null,"resolved":null,"class":"unresolved","kind":"optional","contexts":["optional"],"written":"fast_json","as":"json","defined_in":null,"defined_as":null,"line":6,"column":5,"range":{"start":{"line":5,"character":11},"end":{"line":5,"character":20}}},{"module":"json","symbol":null,"resolved":null,"class":"stdlib","kind":"optional","contexts":["optional"],"written":"json","as":null,"defined_in":null,"defined_as":null,"line":8,"column":5,"range":{"start":{"line":7,"character":11},"end":{"line":7,"character":15}}},{"module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"deferred","contexts":["deferred"],"written":"shop.view","as":null,"defined_in":null,"defined_as":null,"line":26,"column":9,"range":{"start":{"line":25,"character":15},"end":{"line":25,"character":24}}}]},
            {"path":"shop/view.py","module":"shop.view","imports":[{"module":"shop","symbol":"Model","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop","as":null,"defined_in":"shop/model.py","defined_as":"shop.model.Model","line":1,"column":1,"range":{"start":{"line":0,"character":17},"end":{"line":0,"character":22}}},{"module":"shop.model","symbol":"*","resolved":"shop/model.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop.model","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":23},"end":{"line":1,"character":24}}}]}
            ],"skipped":[]}
        "#]],
    );
}

#[test]
fn imports_text() {
    check_declared(
        &["imports"],
        &expect![[r#"
        main.py  (main)
             1  importlib      stdlib
             2  os.path        stdlib
             3  shop.view      → shop/view.py
             4  nowhere.thing  unresolved
             5  shop.model     → shop/model.py  [dynamic]

        shop/__init__.py  (shop)
             2  shop.model.Model  → shop/model.py

        shop/model.py  (shop.model)
             1  __future__.annotations  stdlib
             2  typing.TYPE_CHECKING    stdlib
             2  typing.Any              stdlib
             4  shop.view               → shop/view.py  [typing]
             6  fast_json               unresolved  [optional]
             8  json                    stdlib  [optional]
            26  shop.view               → shop/view.py  [deferred]

        shop/view.py  (shop.view)
             1  shop.Model    → shop/__init__.py → shop/model.py
             2  shop.model.*  → shop/model.py
    "#]],
    );
    check_declared(
        &["imports", "--implicit"],
        &expect![[r#"
        main.py  (main)
             1  importlib      stdlib
             2  os.path        stdlib
             3  shop.view      → shop/view.py
             3  shop           → shop/__init__.py  [implicit]
             4  nowhere.thing  unresolved
             5  shop.model     → shop/model.py  [dynamic]
             5  shop           → shop/__init__.py  [dynamic, implicit]

        shop/__init__.py  (shop)
             2  shop.model.Model  → shop/model.py

        shop/model.py  (shop.model)
             1  __future__.annotations  stdlib
             2  typing.TYPE_CHECKING    stdlib
             2  typing.Any              stdlib
             4  shop.view               → shop/view.py  [typing]
             4  shop                    → shop/__init__.py  [typing, implicit]
             6  fast_json               unresolved  [optional]
             8  json                    stdlib  [optional]
            26  shop.view               → shop/view.py  [deferred]
            26  shop                    → shop/__init__.py  [deferred, implicit]

        shop/view.py  (shop.view)
             1  shop.Model    → shop/__init__.py → shop/model.py
             2  shop.model.*  → shop/model.py
             2  shop          → shop/__init__.py  [implicit]
    "#]],
    );
}

#[test]
fn imports_as_ruff_prints_them() {
    check_declared(
        &["imports", "--format", "ruff"],
        &expect![[r#"
        {
          "main.py": [
            "shop/view.py"
          ],
          "shop/__init__.py": [
            "shop/model.py"
          ],
          "shop/broken.py": [],
          "shop/model.py": [
            "shop/view.py"
          ],
          "shop/view.py": [
            "shop/__init__.py",
            "shop/model.py"
          ]
        }
    "#]],
    );
}

#[test]
fn importers_of_a_module() {
    check_declared(
        &["importers", "shop.view"],
        &expect![[r#"
        main.py  (main)
             3  shop.view  → shop/view.py

        shop/model.py  (shop.model)
             4  shop.view  → shop/view.py  [typing]
            26  shop.view  → shop/view.py  [deferred]
    "#]],
    );
    check_declared(
        &["importers", "shop.view", "--format", "json"],
        &expect![[r#"
        {"schema":1,"target":"shop.view","importers":[{"path":"main.py","module":"main","imports":[{"module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop.view","as":"view","defined_in":null,"defined_as":null,"line":3,"column":1,"range":{"start":{"line":2,"character":7},"end":{"line":2,"character":16}}}]},{"path":"shop/model.py","module":"shop.model","imports":[{"module":"shop","symbol":"view","resolved":"shop/view.py","class":"first-party","kind":"typing","contexts":["typing"],"written":"shop","as":null,"defined_in":"shop/view.py","defined_as":"shop.view","line":4,"column":5,"range":{"start":{"line":3,"character":21},"end":{"line":3,"character":25}}},{"module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"deferred","contexts":["deferred"],"written":"shop.view","as":null,"defined_in":null,"defined_as":null,"line":26,"column":9,"range":{"start":{"line":25,"character":15},"end":{"line":25,"character":24}}}]}]}
    "#]],
    );
}

#[test]
fn importers_of_a_symbol_through_a_re_export() {
    check_declared(
        &["importers", "shop.model.Model", "--format", "paths"],
        &expect![[r#"
        shop/__init__.py
        shop/view.py
    "#]],
    );
    check_declared(
        &["importers", "shop.Model", "--format", "paths"],
        &expect![[r#"
        shop/view.py
    "#]],
    );
    check_declared(
        &["importers", "shop.model.Model"],
        &expect![[r#"
        shop/__init__.py  (shop)
             2  shop.model.Model  → shop/model.py

        shop/view.py  (shop.view)
             1  shop.Model    → shop/__init__.py → shop/model.py
             2  shop.model.*  → shop/model.py
    "#]],
    );
}

#[test]
fn importers_of_a_path() {
    check_declared(
        &["importers", "shop/model.py", "--format", "paths"],
        &expect![[r#"
        main.py
        shop/__init__.py
        shop/view.py
    "#]],
    );
}

#[test]
fn hovers_jsonl() {
    check_declared(
        &["hovers"],
        &expect![[r#"
        {"path":"main.py","symbol":"main.importlib","kind":"import","range":{"start":{"line":0,"character":7},"end":{"line":0,"character":16}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":16}},"signature":"import importlib","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"main.py","symbol":"main.os","kind":"import","range":{"start":{"line":1,"character":7},"end":{"line":1,"character":9}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":14}},"signature":"import os.path","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"main.py","symbol":"main.view","kind":"import","range":{"start":{"line":2,"character":20},"end":{"line":2,"character":24}},"full_range":{"start":{"line":2,"character":0},"end":{"line":2,"character":24}},"signature":"import shop.view as view","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"main.py","symbol":"main.thing","kind":"import","range":{"start":{"line":3,"character":20},"end":{"line":3,"character":25}},"full_range":{"start":{"line":3,"character":0},"end":{"line":3,"character":25}},"signature":"from nowhere import thing","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"main.py","symbol":"main.result","kind":"variable","range":{"start":{"line":5,"character":0},"end":{"line":5,"character":6}},"full_range":{"start":{"line":5,"character":0},"end":{"line":5,"character":32}},"signature":"result = view.show(view.Model())","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/__init__.py","symbol":"shop.Model","kind":"import","range":{"start":{"line":1,"character":28},"end":{"line":1,"character":33}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":33}},"signature":"from .model import Model as Model","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/broken.py","symbol":"shop.broken.f","kind":"function","range":{"start":{"line":0,"character":4},"end":{"line":0,"character":5}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":7}},"signature":"def f(","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown","near-error"]}
        {"path":"shop/model.py","symbol":"shop.model.annotations","kind":"import","range":{"start":{"line":0,"character":23},"end":{"line":0,"character":34}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":34}},"signature":"from __future__ import annotations","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.TYPE_CHECKING","kind":"import","range":{"start":{"line":1,"character":19},"end":{"line":1,"character":32}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":37}},"signature":"from typing import TYPE_CHECKING","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Any","kind":"import","range":{"start":{"line":1,"character":34},"end":{"line":1,"character":37}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":37}},"signature":"from typing import Any","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.view","kind":"import","range":{"start":{"line":3,"character":21},"end":{"line":3,"character":25}},"full_range":{"start":{"line":3,"character":4},"end":{"line":3,"character":25}},"signature":"from shop import view","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.json","kind":"import","range":{"start":{"line":5,"character":24},"end":{"line":5,"character":28}},"full_range":{"start":{"line":5,"character":4},"end":{"line":5,"character":28}},"signature":"import fast_json as json","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.json","kind":"import","range":{"start":{"line":7,"character":11},"end":{"line":7,"character":15}},"full_range":{"start":{"line":7,"character":4},"end":{"line":7,"character":15}},"signature":"import json","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.𝒳","kind":"variable","range":{"start":{"line":9,"character":0},"end":{"line":9,"character":2}},"full_range":{"start":{"line":9,"character":0},"end":{"line":9,"character":9}},"signature":"𝒳 = \"𝒳\"","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.price","kind":"variable","range":{"start":{"line":9,"character":11},"end":{"line":9,"character":16}},"full_range":{"start":{"line":9,"character":11},"end":{"line":9,"character":25}},"signature":"price: int = 3","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model","kind":"class","range":{"start":{"line":11,"character":6},"end":{"line":11,"character":11}},"full_range":{"start":{"line":11,"character":0},"end":{"line":26,"character":16}},"signature":"class Model(Base)","decorators":[],"type":null,"normal":null,"doc":"What is sold.\n\nIndented.","provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Model.count","kind":"variable","range":{"start":{"line":16,"character":4},"end":{"line":16,"character":9}},"full_range":{"start":{"line":16,"character":4},"end":{"line":16,"character":18}},"signature":"count: int = 0","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model.name","kind":"method","range":{"start":{"line":19,"character":8},"end":{"line":19,"character":12}},"full_range":{"start":{"line":18,"character":4},"end":{"line":22,"character":21}},"signature":"def name(self) -> str","decorators":["property"],"type":"str","normal":"str","doc":"Its name.","provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model.name.<locals>.self","kind":"parameter","range":{"start":{"line":19,"character":13},"end":{"line":19,"character":17}},"full_range":{"start":{"line":19,"character":13},"end":{"line":19,"character":17}},"signature":"self","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Model._seen","kind":"attribute","range":{"start":{"line":21,"character":13},"end":{"line":21,"character":18}},"full_range":{"start":{"line":21,"character":8},"end":{"line":21,"character":31}},"signature":"self._seen: bool = True","decorators":[],"type":"bool","normal":"bool","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model.save","kind":"async-method","range":{"start":{"line":24,"character":14},"end":{"line":24,"character":18}},"full_range":{"start":{"line":24,"character":4},"end":{"line":26,"character":16}},"signature":"async def save(self, *, force: bool = False) -> int","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model.save.<locals>.self","kind":"parameter","range":{"start":{"line":24,"character":19},"end":{"line":24,"character":23}},"full_range":{"start":{"line":24,"character":19},"end":{"line":24,"character":23}},"signature":"self","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Model.save.<locals>.force","kind":"parameter","range":{"start":{"line":24,"character":28},"end":{"line":24,"character":33}},"full_range":{"start":{"line":24,"character":28},"end":{"line":24,"character":47}},"signature":"force: bool = False","decorators":[],"type":"bool","normal":"bool","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/model.py","symbol":"shop.model.Model.save.<locals>.shop","kind":"import","range":{"start":{"line":25,"character":15},"end":{"line":25,"character":19}},"full_range":{"start":{"line":25,"character":8},"end":{"line":25,"character":24}},"signature":"import shop.view","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Pair","kind":"type-alias","range":{"start":{"line":28,"character":5},"end":{"line":28,"character":9}},"full_range":{"start":{"line":28,"character":0},"end":{"line":28,"character":26}},"signature":"type Pair[T] = tuple[T, T]","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/model.py","symbol":"shop.model.Pair.T","kind":"type-parameter","range":{"start":{"line":28,"character":10},"end":{"line":28,"character":11}},"full_range":{"start":{"line":28,"character":10},"end":{"line":28,"character":11}},"signature":"T","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/view.py","symbol":"shop.view.Model","kind":"import","range":{"start":{"line":0,"character":17},"end":{"line":0,"character":22}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":22}},"signature":"from shop import Model","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/view.py","symbol":"shop.view.show","kind":"function","range":{"start":{"line":3,"character":4},"end":{"line":3,"character":8}},"full_range":{"start":{"line":3,"character":0},"end":{"line":4,"character":21}},"signature":"def show(model: Model, /, *rest: \"Any\") -> str","decorators":[],"type":"str","normal":"str","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/view.py","symbol":"shop.view.show.<locals>.model","kind":"parameter","range":{"start":{"line":3,"character":9},"end":{"line":3,"character":14}},"full_range":{"start":{"line":3,"character":9},"end":{"line":3,"character":21}},"signature":"model: Model","decorators":[],"type":"Model","normal":"Model","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/view.py","symbol":"shop.view.show.<locals>.rest","kind":"parameter","range":{"start":{"line":3,"character":27},"end":{"line":3,"character":31}},"full_range":{"start":{"line":3,"character":26},"end":{"line":3,"character":38}},"signature":"*rest: \"Any\"","decorators":[],"type":"\"Any\"","normal":"'Any'","doc":null,"provider":"declared","flags":[]}
    "#]],
    );
}

#[test]
fn hovers_of_some_files_with_inferred_types() {
    check(
        shop().staniel(&["hovers", "main.py", "shop/view.py", "--provider", "ty"]).run(),
        &expect![[r#"
            {"path":"main.py","symbol":"main.importlib","kind":"import","range":{"start":{"line":0,"character":7},"end":{"line":0,"character":16}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":16}},"signature":"import importlib","decorators":[],"type":"<module 'importlib'>","normal":"Module[importlib]","doc":null,"provider":"ty","flags":[]}
            {"path":"main.py","symbol":"main.os","kind":"import","range":{"start":{"line":1,"character":7},"end":{"line":1,"character":9}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":14}},"signature":"import os.path","decorators":[],"type":"<module 'os'>","normal":"Module[os]","doc":null,"provider":"ty","flags":[]}
            {"path":"main.py","symbol":"main.view","kind":"import","range":{"start":{"line":2,"character":20},"end":{"line":2,"character":24}},"full_range":{"start":{"line":2,"character":0},"end":{"line":2,"character":24}},"signature":"import shop.view as view","decorators":[],"type":"<module 'shop.view'>","normal":"Module[view]","doc":null,"provider":"ty","flags":[]}
            {"path":"main.py","symbol":"main.thing","kind":"import","range":{"start":{"line":3,"character":20},"end":{"line":3,"character":25}},"full_range":{"start":{"line":3,"character":0},"end":{"line":3,"character":25}},"signature":"from nowhere import thing","decorators":[],"type":"Unknown","normal":"Unknown","doc":null,"provider":"ty","flags":["unknown"]}
            {"path":"main.py","symbol":"main.result","kind":"variable","range":{"start":{"line":5,"character":0},"end":{"line":5,"character":6}},"full_range":{"start":{"line":5,"character":0},"end":{"line":5,"character":32}},"signature":"result = view.show(view.Model())","decorators":[],"type":"str","normal":"str","doc":null,"provider":"ty","flags":[]}
            {"path":"shop/view.py","symbol":"shop.view.Model","kind":"import","range":{"start":{"line":0,"character":17},"end":{"line":0,"character":22}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":22}},"signature":"from shop import Model","decorators":[],"type":"<class 'Model'>","normal":"type[Model]","doc":null,"provider":"ty","flags":[]}
            {"path":"shop/view.py","symbol":"shop.view.show","kind":"function","range":{"start":{"line":3,"character":4},"end":{"line":3,"character":8}},"full_range":{"start":{"line":3,"character":0},"end":{"line":4,"character":21}},"signature":"def show(model: Model, /, *rest: \"Any\") -> str","decorators":[],"type":"def show(model: Model, /, *rest: Any) -> str","normal":"show(model: Model, /, *rest: Any) -> str","doc":null,"provider":"ty","flags":[]}
            {"path":"shop/view.py","symbol":"shop.view.show.<locals>.model","kind":"parameter","range":{"start":{"line":3,"character":9},"end":{"line":3,"character":14}},"full_range":{"start":{"line":3,"character":9},"end":{"line":3,"character":21}},"signature":"model: Model","decorators":[],"type":"Model","normal":"Model","doc":null,"provider":"ty","flags":[]}
            {"path":"shop/view.py","symbol":"shop.view.show.<locals>.rest","kind":"parameter","range":{"start":{"line":3,"character":27},"end":{"line":3,"character":31}},"full_range":{"start":{"line":3,"character":26},"end":{"line":3,"character":38}},"signature":"*rest: \"Any\"","decorators":[],"type":"tuple[Any, ...]","normal":"tuple[Any, ...]","doc":null,"provider":"ty","flags":[]}
        "#]],
    );
    check(
        shop().staniel(&["hovers", "shop/view.py", "--provider", "ty", "--format", "text"]).run(),
        &expect![[r#"
            shop/view.py:1:18: import shop.view.Model: <class 'Model'>
            shop/view.py:4:5: function shop.view.show: def show(model: Model, /, *rest: Any) -> str
            shop/view.py:4:10: parameter shop.view.show.<locals>.model: Model
            shop/view.py:4:28: parameter shop.view.show.<locals>.rest: tuple[Any, ...]
        "#]],
    );
}

#[test]
fn positions_in_other_units() {
    for (encoding, column) in [("utf-8", 10), ("utf-16", 8), ("utf-32", 7)] {
        let tree = Tree::of("#- a.py\n𝒳 = 1; b: int = 2\n");
        let args = ["hovers", "--provider", "declared", "--position-encoding", encoding];
        let answer = tree.staniel(&args).run().answer();
        let second = answer.lines().nth(1).expect("two definitions");
        let hover: serde_json::Value = serde_json::from_str(second).expect("JSON");
        assert_eq!(hover["range"]["start"]["character"], column, "{encoding}");
    }
}

#[test]
fn hover_at_a_place() {
    check_declared(
        &["hover", "shop/model.py:22:14"],
        &expect![[r#"
        shop/model.py:22:14  attribute shop.model.Model._seen

            self._seen: bool = True

        type: bool  (declared)
    "#]],
    );
    check_declared(
        &["hover", "shop/model.py:25"],
        &expect![[r#"
        shop/model.py:25:15  async-method shop.model.Model.save

            async def save(self, *, force: bool = False) -> int

        type: int  (declared)
    "#]],
    );
    check_declared(
        &["hover", "shop/model.py:10:10", "--format", "json"],
        &expect![[r#"
            {"schema":1,"path":"shop/model.py","symbol":"shop.model.price","kind":"variable","range":{"start":{"line":9,"character":11},"end":{"line":9,"character":16}},"full_range":{"start":{"line":9,"character":11},"end":{"line":9,"character":25}},"signature":"price: int = 3","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
        "#]],
    );
}

#[test]
fn hover_at_a_reference() {
    let hover = |args: &[&str]| shop().staniel(args).args(["--provider", "ty"]).run();
    check(
        hover(&["hover", "main.py:6:15"]),
        &expect![[r#"
        main.py:6:15

        type: def show(model: Model, /, *rest: Any) -> str  (ty)

        shop/view.py:4:5  function shop.view.show

            def show(model: Model, /, *rest: "Any") -> str
    "#]],
    );
    check(
        hover(&["hover", "shop/view.py:5:18"]),
        &expect![[r#"
        shop/view.py:5:18

        type: str  (ty)

        shop/model.py:20:9  method shop.model.Model.name

            @property
            def name(self) -> str

        Its name.
    "#]],
    );
    // An import is both.
    check(
        hover(&["hover", "shop/view.py:1:18"]),
        &expect![[r#"
        shop/view.py:1:18  import shop.view.Model

            from shop import Model

        type: <class 'Model'>  (ty)

        shop/model.py:12:7  class shop.model.Model

            class Model(Base)

        What is sold.

        Indented.
    "#]],
    );
    check(
        hover(&["hover", "shop/view.py:1:18", "--format", "json"]),
        &expect![[r#"
        {"schema":1,"path":"shop/view.py","symbol":"shop.view.Model","kind":"import","range":{"start":{"line":0,"character":17},"end":{"line":0,"character":22}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":22}},"signature":"from shop import Model","decorators":[],"type":"<class 'Model'>","normal":"type[Model]","doc":null,"provider":"ty","flags":[],"definition":{"path":"shop/model.py","range":{"start":{"line":11,"character":6},"end":{"line":11,"character":11}},"symbol":"shop.model.Model","kind":"class","signature":"class Model(Base)","decorators":[],"doc":"What is sold.\n\nIndented."}}
    "#]],
    );
    check(
        hover(&["hover", "main.py:2:12"]),
        &expect![[r#"
        main.py:2:11

        type: <module 'os.path'>  (ty)

        stdlib/os/path.pyi:1:1  module

        Common operations on Posix pathnames.

        Instead of importing this module directly, import os and refer to
        this module as os.path.  The "os.path" name is an alias for this
        module on Posix systems; on other systems (e.g. Windows),
        os.path provides the same operations in a manner specific to that
        platform, and is an alias to another module (e.g. ntpath).

        Some of this can actually be useful on non-Posix systems too, e.g.
        for manipulation of the pathname component of URLs.
    "#]],
    );
    check(
        hover(&["hover", "main.py:6:20", "--format", "json"]),
        &expect![[r#"
        {"schema":1,"path":"main.py","range":{"start":{"line":5,"character":19},"end":{"line":5,"character":23}},"type":"<module 'shop.view'>","normal":"Module[view]","provider":"ty","flags":[],"definition":{"path":"shop/view.py","range":{"start":{"line":0,"character":0},"end":{"line":0,"character":0}},"symbol":"shop.view","kind":"module","signature":null,"decorators":[],"doc":null}}
    "#]],
    );
    check(
        hover(&["hover", "shop/model.py:25:37"]),
        &expect![[r#"
        shop/model.py:25:36

        type: bool  (ty)

        stdlib/builtins.pyi:2737:7  class bool

            @final
            class bool(int)

        Returns True when the argument is true, False otherwise.
        The builtins True and False are the only two instances of the class bool.
        The class bool is a subclass of the class int, and cannot be subclassed.
    "#]],
    );
}

#[test]
fn hovers_at_many_positions() {
    let tree = shop();
    tree.write(
        "places.jsonl",
        r#"{"path":"shop/model.py","line":9,"character":0}
{"path":"shop/model.py","line":9,"character":12}

{"path":"shop/view.py","line":4,"character":17}
{"path":"shop/view.py","line":0,"character":0}
{"path":"nowhere.py","line":0,"character":0}
{"path":"../out.py","line":0,"character":0}
{"path":"main.py","line":99,"character":0}
{"path":"main.py","line":0,"character":99}
"#,
    );
    let places = ["hover", "--positions", "places.jsonl", ".", "--format", "jsonl", "--quiet"];
    check(
        tree.staniel(&places).args(["--provider", "ty"]).run(),
        &expect![[r#"
            {"path":"shop/model.py","line":9,"character":0,"type":"Literal[\"𝒳\"]","normal":"Literal['𝒳']","signature":"𝒳 = \"𝒳\"","doc":null}
            {"path":"shop/model.py","line":9,"character":12,"type":"Literal[3]","normal":"Literal[3]","signature":"price: int = 3","doc":null}
            {"path":"shop/view.py","line":4,"character":17,"type":"str","normal":"str","signature":"def name(self) -> str","doc":"Its name."}
            {"path":"shop/view.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
            {"path":"nowhere.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
            {"path":"../out.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
            {"path":"main.py","line":99,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
            {"path":"main.py","line":0,"character":99,"type":null,"normal":null,"signature":null,"doc":null}
        "#]],
    );
    check(
        tree.staniel(&places).args(["--provider", "declared"]).run(),
        &expect![[r#"
        {"path":"shop/model.py","line":9,"character":0,"type":null,"normal":null,"signature":"𝒳 = \"𝒳\"","doc":null}
        {"path":"shop/model.py","line":9,"character":12,"type":"int","normal":"int","signature":"price: int = 3","doc":null}
        {"path":"shop/view.py","line":4,"character":17,"type":null,"normal":null,"signature":null,"doc":null}
        {"path":"shop/view.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
        {"path":"nowhere.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
        {"path":"../out.py","line":0,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
        {"path":"main.py","line":99,"character":0,"type":null,"normal":null,"signature":null,"doc":null}
        {"path":"main.py","line":0,"character":99,"type":null,"normal":null,"signature":null,"doc":null}
    "#]],
    );
}

#[test]
fn positions_as_programs_write_them() {
    let tree = shop();
    let link = tree.home().join("link");
    #[cfg(unix)]
    std::os::unix::fs::symlink(tree.root(), &link).expect("a new link");
    let (real, link) = (tree.root().canonicalize().expect("it is there"), link.display());
    let root = real.display();
    let paths = [
        "shop/model.py".to_owned(),
        "./shop/model.py".to_owned(),
        "shop//model.py".to_owned(),
        "shop/none/../model.py".to_owned(),
        "../project/shop/model.py".to_owned(),
        format!("{root}/shop/model.py"),
        format!("{link}/shop/./model.py"),
    ];
    let line = |path: &str, line: &str, character: &str| {
        format!("{{\"path\":\"{path}\",\"line\":{line},\"character\":{character}}}\n")
    };
    let mut list = "\u{feff}".to_owned();
    list.extend(paths.iter().map(|path| line(path, "9", "12")));
    list += &line("shop/model.py", "9", "18446744073709551616");
    list += &line("shop/model.py", "4294967296", "12");
    list += &line("shop/view.py", "4", "99");
    tree.write("places.jsonl", &list);
    let run = |root: &str| {
        let args = ["hover", "--positions", "places.jsonl", root, "--provider", "declared"];
        tree.staniel(&args).run().answer()
    };
    let answer = run(&link.to_string());
    let known = r#""type":"int","normal":"int","signature":"price: int = 3","doc":null}"#;
    let unknown = r#""type":null,"normal":null,"signature":null,"doc":null}"#;
    let mut asked = list.trim_start_matches('\u{feff}').lines();
    let mut answers = answer.lines();
    for (asked, answer) in asked.by_ref().zip(answers.by_ref()).take(paths.len()) {
        assert_eq!(answer, format!("{},{known}", asked.trim_end_matches('}')));
    }
    for (asked, answer) in asked.zip(answers) {
        assert_eq!(answer, format!("{},{unknown}", asked.trim_end_matches('}')));
    }
    assert_eq!(answer.lines().count(), 10);
}

#[test]
fn positions_in_files_that_nobody_analyses_are_told_once() {
    let tree = shop();
    let said = |list: &str| {
        tree.write("places.jsonl", list);
        let said = tree.staniel(&["hover", "--positions", "places.jsonl", "--provider", "declared"]).run();
        let stderr = said.stderr.replace(&*tree.root().canonicalize().unwrap().to_string_lossy(), "ROOT");
        assert_eq!(said.good().lines().count(), list.lines().count());
        stderr
    };
    let place = |path: &str| format!("{{\"path\":\"{path}\",\"line\":0,\"character\":0}}\n");
    assert_eq!(said(&place("main.py")), "");
    assert_eq!(
        said(&(place("main.py") + &place("none.py"))),
        "notice: 1 of 2 positions names a file that is not analysed as part of `ROOT`: `none.py`; paths are \
         relative to the project's directory\n"
    );
    assert_eq!(
        said(&(place("../x.py") + &place("main.py") + &place("none.py") + &place("/etc/passwd"))),
        "notice: 3 of 4 positions name files that are not analysed as part of `ROOT`: the first `../x.py`; paths \
         are relative to the project's directory\n"
    );
}

#[test]
fn delta_between_generations() {
    let tree = shop();
    tree.snapshot(&["--provider", "declared"]);
    tree.edit("shop/model.py", "force: bool", "force: int");
    tree.edit("main.py", "import os.path\n", "");
    tree.rename("shop/view.py", "shop/sight.py");
    tree.snapshot(&["--provider", "declared"]);
    check(
        tree.staniel(&["delta", "--provider", "declared"]).run(),
        &expect![[r#"
            ~ main.py
                - main.os  import os.path
                + import shop.view  (unresolved)
                - import os.path  (stdlib)
                - import shop.view  → shop/view.py
            ~ shop/model.py
                ~ shop.model.Model.save  async def save(self, *, force: bool = False) -> int → async def save(self, *, force: int = False) -> int
                ~ shop.model.Model.save.<locals>.force  force: bool = False → force: int = False; type: bool → int
                + import shop.view  → shop/__init__.py
                + import shop.view  (unresolved)
                - import shop.view  → shop/view.py
                - import shop.view  → shop/view.py
            + shop/sight.py
                + shop.sight.Model  from shop import Model
                + shop.sight.show  def show(model: Model, /, *rest: "Any") -> str  (and 2 inside)
                + import shop.Model  → shop/__init__.py
                + import shop.model.*  → shop/model.py
            - shop/view.py
                - shop.view.Model  from shop import Model
                - shop.view.show  def show(model: Model, /, *rest: "Any") -> str  (and 2 inside)
                - import shop.Model  → shop/__init__.py
                - import shop.model.*  → shop/model.py
        "#]],
    );
    check(
        tree.staniel(&["delta", "1", "2", "--provider", "declared", "--format", "json"]).run(),
        &expect![[r#"
            {"schema":1,"from":1,"to":2,"provider":"declared 1","files":{"added":["shop/sight.py"],"removed":["shop/view.py"],"changed":["main.py","shop/model.py"]},"hovers":{"added":[{"path":"shop/sight.py","symbol":"shop.sight.Model","namespace":"binding","ordinal":0,"kind":"import","signature":"from shop import Model","decorators":[],"normal":null,"doc":null,"flags":["unknown"]},{"path":"shop/sight.py","symbol":"shop.sight.show","namespace":"binding","ordinal":0,"kind":"function","signature":"def show(model: Model, /, *rest: \"Any\") -> str","decorators":[],"normal":"str","doc":null,"flags":[]},{"path":"shop/sight.py","symbol":"shop.sight.show.<locals>.model","namespace":"parameter","ordinal":0,"kind":"parameter","signature":"model: Model","decorators":[],"normal":"Model","doc":null,"flags":[]},{"path":"shop/sight.py","symbol":"shop.sight.show.<locals>.rest","namespace":"parameter","ordinal":0,"kind":"parameter","signature":"*rest: \"Any\"","decorators":[],"normal":"'Any'","doc":null,"flags":[]}],"removed":[{"path":"main.py","symbol":"main.os","namespace":"binding","ordinal":0,"kind":"import","signature":"import os.path","decorators":[],"normal":null,"doc":null,"flags":["unknown"]},{"path":"shop/view.py","symbol":"shop.view.Model","namespace":"binding","ordinal":0,"kind":"import","signature":"from shop import Model","decorators":[],"normal":null,"doc":null,"flags":["unknown"]},{"path":"shop/view.py","symbol":"shop.view.show","namespace":"binding","ordinal":0,"kind":"function","signature":"def show(model: Model, /, *rest: \"Any\") -> str","decorators":[],"normal":"str","doc":null,"flags":[]},{"path":"shop/view.py","symbol":"shop.view.show.<locals>.model","namespace":"parameter","ordinal":0,"kind":"parameter","signature":"model: Model","decorators":[],"normal":"Model","doc":null,"flags":[]},{"path":"shop/view.py","symbol":"shop.view.show.<locals>.rest","namespace":"parameter","ordinal":0,"kind":"parameter","signature":"*rest: \"Any\"","decorators":[],"normal":"'Any'","doc":null,"flags":[]}],"modified":[{"path":"shop/model.py","symbol":"shop.model.Model.save","namespace":"binding","ordinal":0,"old":{"kind":"async-method","signature":"async def save(self, *, force: bool = False) -> int","decorators":[],"normal":"int","doc":null,"flags":[]},"new":{"kind":"async-method","signature":"async def save(self, *, force: int = False) -> int","decorators":[],"normal":"int","doc":null,"flags":[]}},{"path":"shop/model.py","symbol":"shop.model.Model.save.<locals>.force","namespace":"parameter","ordinal":0,"old":{"kind":"parameter","signature":"force: bool = False","decorators":[],"normal":"bool","doc":null,"flags":[]},"new":{"kind":"parameter","signature":"force: int = False","decorators":[],"normal":"int","doc":null,"flags":[]}}]},"edges":{"added":[{"path":"main.py","module":"shop.view","symbol":null,"resolved":null,"class":"unresolved","kind":"runtime","contexts":[],"defined_in":null,"implicit":false},{"path":"shop/model.py","module":"shop","symbol":"view","resolved":"shop/__init__.py","class":"first-party","kind":"typing","contexts":["typing"],"defined_in":null,"implicit":false},{"path":"shop/model.py","module":"shop.view","symbol":null,"resolved":null,"class":"unresolved","kind":"deferred","contexts":["deferred"],"defined_in":null,"implicit":false},{"path":"shop/sight.py","module":"shop","symbol":null,"resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":null,"implicit":true},{"path":"shop/sight.py","module":"shop","symbol":"Model","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":"shop/model.py","implicit":false},{"path":"shop/sight.py","module":"shop.model","symbol":"*","resolved":"shop/model.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":null,"implicit":false}],"removed":[{"path":"main.py","module":"os.path","symbol":null,"resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"defined_in":null,"implicit":false},{"path":"main.py","module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":null,"implicit":false},{"path":"shop/model.py","module":"shop","symbol":null,"resolved":"shop/__init__.py","class":"first-party","kind":"typing","contexts":["typing"],"defined_in":null,"implicit":true},{"path":"shop/model.py","module":"shop","symbol":"view","resolved":"shop/view.py","class":"first-party","kind":"typing","contexts":["typing"],"defined_in":"shop/view.py","implicit":false},{"path":"shop/model.py","module":"shop.view","symbol":null,"resolved":"shop/view.py","class":"first-party","kind":"deferred","contexts":["deferred"],"defined_in":null,"implicit":false},{"path":"shop/view.py","module":"shop","symbol":null,"resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":null,"implicit":true},{"path":"shop/view.py","module":"shop","symbol":"Model","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":"shop/model.py","implicit":false},{"path":"shop/view.py","module":"shop.model","symbol":"*","resolved":"shop/model.py","class":"first-party","kind":"runtime","contexts":[],"defined_in":null,"implicit":false}]}}
        "#]],
    );
    check(
        tree.staniel(&["delta", "2", "2", "--provider", "declared"]).run(),
        &expect![[r#"
        no difference
    "#]],
    );
}

#[test]
fn generations() {
    let tree = shop();
    let declared = ["--provider", "declared"];
    tree.snapshot(&declared);
    tree.write("new.py", "");
    tree.snapshot(&declared);
    check(
        tree.staniel(&["snapshots", "list"]).args(declared).run(),
        &expect![[r#"
        generation  parent  provider            files  definitions  age
                 1       -  declared 1              5           30  just now
                 2       1  declared 1              6           30  just now
    "#]],
    );
    check(tree.staniel(&["snapshots", "rm", "1"]).args(declared).run(), &expect![[""]]);
    check(
        tree.staniel(&["snapshots", "list"]).args(declared).run(),
        &expect![[r#"
        generation  parent  provider            files  definitions  age
                 2       1  declared 1              6           30  just now
    "#]],
    );
}

#[track_caller]
fn check_findings(format: &str, expected: &Expect) {
    let said = shop().staniel(&["check", "--format", format, "--provider", "declared"]).run();
    assert_eq!((said.code, &*said.stderr), (Some(1), ""));
    expected.assert_eq(&without_times(&said.text()));
}

#[test]
fn findings() {
    check_findings(
        "full",
        &expect![[r#"
            error[unresolved-import]: cannot find `nowhere`
             --> main.py:4:6
              |
            4 | from nowhere import thing
              |      ^^^^^^^ searched: .
              |
              = help: no Python environment was found: if this is installed, name its environment with `--python PATH`

            error[syntax-error]: expected ')'
             --> shop/broken.py:1:7
              |
            1 | def f(:
              |       ^

            5 files · 2 errors
            `staniel explain unresolved-import` says more about a rule
        "#]],
    );
    check_findings(
        "concise",
        &expect![[r#"
        main.py:4:6: unresolved-import cannot find `nowhere`
        shop/broken.py:1:7: syntax-error expected ')'
    "#]],
    );
    check_findings(
        "json",
        &expect![[r#"
            {"schema":1,"errors":2,"warnings":0,"findings":[{"path":"main.py","line":4,"column":6,"range":{"start":{"line":3,"character":5},"end":{"line":3,"character":12}},"code":"unresolved-import","severity":"error","message":"cannot find `nowhere`","help":"no Python environment was found: if this is installed, name its environment with `--python PATH`"},{"path":"shop/broken.py","line":1,"column":7,"range":{"start":{"line":0,"character":6},"end":{"line":0,"character":6}},"code":"syntax-error","severity":"error","message":"expected ')'","help":null}]}
        "#]],
    );
}

#[test]
fn no_findings() {
    let tree = Tree::of("#- a.py\nimport os\n");
    check(
        tree.staniel(&["check"]).run(),
        &expect![[r#"
            1 file · no findings
        "#]],
    );
    check(
        tree.staniel(&["check", "--format", "json"]).run(),
        &expect![[r#"
        {"schema":1,"errors":0,"warnings":0,"findings":[]}
    "#]],
    );
}

#[test]
fn a_cycle() {
    let tree = Tree::of("#- a.py\nimport b\n#- b.py\nfrom c import d\n#- c.py\nimport a\nd = a\n");
    let said = tree.staniel(&["check", "--provider", "declared"]).run();
    assert_eq!((said.code, &*said.stderr), (Some(1), ""));
    expect![[r#"
        warning[import-cycle]: import cycle: a → b → c → a
         --> a.py:1:1
          |
        1 | import b
          | ^^^^^^^^
          |
          = help: move what both need into a module of its own, or import it inside the function that needs it

        3 files · 0 errors · 1 warning
        `staniel explain import-cycle` says more about a rule
    "#]]
    .assert_eq(&without_times(&said.text()));
}
