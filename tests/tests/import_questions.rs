//! What can be asked of the import map, to the letter: importers, why, cycles, graph.

use expect_test::{Expect, expect};
use staniel_tests::Tree;

/// Two packages with a cycle, a re-export, every context, a stub, a test with its conftest, and a notebook.
const SHOP: &str = r##"
#- shop/__init__.py
from .cart import Cart
#- shop/cart.py
from typing import TYPE_CHECKING
from shop.tax import rate
import yaml
if TYPE_CHECKING:
    from shop import view
class Cart: ...
#- shop/tax.py
def rate():
    import shop.cart
    return shop.cart
#- shop/tax.pyi
def rate() -> float: ...
#- shop/view.py
from shop import Cart, Cart as Basket
import shop.view
#- web/__init__.py
#- web/page.py
import importlib
from shop.view import *
importlib.import_module("shop.tax")
try:
    import fast
except ImportError:
    fast = None
#- tests/conftest.py
import web.page
#- tests/test_page.py
def test(): pass
#- analysis.ipynb
{"cells": [{"cell_type": "markdown", "source": "# hi"}, {"cell_type": "code", "source": ["%pip install shop\n", "import os\n", "from shop import Cart"]}], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
"##;

/// Each command line with its answer.
#[track_caller]
fn check(lines: &[&str], expected: &Expect) {
    let tree = Tree::of(SHOP);
    let mut shown = String::new();
    for line in lines {
        let said = tree.staniel(&line.split(' ').collect::<Vec<_>>()).run();
        let code =
            said.code.filter(|code| *code != 0).map_or_else(String::new, |code| format!("exit {code}\n"));
        shown += &format!("$ staniel {line}\n{}{code}", said.stderr.clone());
        shown += &format!("{}\n", said.text());
    }
    expected.assert_eq(&shown);
}

#[test]
fn importers() {
    check(
        &[
            "importers shop.cart.Cart --format paths",
            "importers shop.cart.Cart --format paths --direct",
            "importers shop.Cart",
            "importers shop/tax.pyi",
            "importers shop.view --no-typing",
            "importers yaml",
            "importers shop.cart.Cat",
            "importers shop/cat.py",
        ],
        &expect![[r#"
            $ staniel importers shop.cart.Cart --format paths
            analysis.ipynb
            shop/__init__.py
            shop/view.py
            web/page.py

            $ staniel importers shop.cart.Cart --format paths --direct
            shop/__init__.py

            $ staniel importers shop.Cart
            analysis.ipynb  (analysis.ipynb)
               2:3  shop.Cart  → shop/__init__.py → shop/cart.py

            shop/view.py  (shop.view)
                 1  shop.Cart  → shop/__init__.py → shop/cart.py
                 1  shop.Cart  → shop/__init__.py → shop/cart.py

            web/page.py  (web.page)
                 2  shop.view.*  → shop/view.py

            $ staniel importers shop/tax.pyi
            shop/cart.py  (shop.cart)
                 2  shop.tax.rate  → shop/tax.py (types: shop/tax.pyi)

            web/page.py  (web.page)
                 3  shop.tax  → shop/tax.py (types: shop/tax.pyi)  [dynamic]

            $ staniel importers shop.view --no-typing
            shop/view.py  (shop.view)
                 2  shop.view  → shop/view.py  [itself]

            web/page.py  (web.page)
                 2  shop.view.*  → shop/view.py

            $ staniel importers yaml
            shop/cart.py  (shop.cart)
                 3  yaml  unresolved

            $ staniel importers shop.cart.Cat
            error: nothing here is called `shop.cart.Cat`
            hint: did you mean `shop.cart.Cart`?
            exit 2

            $ staniel importers shop/cat.py
            error: nothing here is called `shop/cat.py`
            hint: did you mean `shop/cart.py`?
            exit 2

        "#]],
    );
}

#[test]
fn why() {
    check(
        &[
            "why web shop.tax",
            "why web shop.tax --no-dynamic",
            "why web shop.tax --no-dynamic --format json",
            "why web yaml",
            "why shop web",
            "why shop shop.view",
            "why shop.cart shop.cart",
            "why tests/test_page.py shop.view",
            "why tests/test_page.py shop.view --implicit",
            "why weg shop",
        ],
        &expect![[r#"
            $ staniel why web shop.tax
            web.page → shop.tax
              web/page.py:3  imports shop.tax  [dynamic]

            $ staniel why web shop.tax --no-dynamic
            web.page → shop.view → shop → shop.cart → shop.tax
              web/page.py:2       imports shop.view.*
              shop/view.py:1      imports shop.Cart
              shop/__init__.py:1  imports shop.cart.Cart
              shop/cart.py:2      imports shop.tax.rate

            $ staniel why web shop.tax --no-dynamic --format json
            {"schema":1,"from":"web","to":"shop.tax","total":1,"chains":[[{"path":"web/page.py","module":"web.page","imports":"shop.view","resolved":"shop/view.py","name":"shop.view.*","kind":"runtime","line":2,"column":1},{"path":"shop/view.py","module":"shop.view","imports":"shop","resolved":"shop/__init__.py","name":"shop.Cart","kind":"runtime","line":1,"column":1},{"path":"shop/__init__.py","module":"shop","imports":"shop.cart","resolved":"shop/cart.py","name":"shop.cart.Cart","kind":"runtime","line":1,"column":1},{"path":"shop/cart.py","module":"shop.cart","imports":"shop.tax","resolved":"shop/tax.py","name":"shop.tax.rate","kind":"runtime","line":2,"column":1}]]}

            $ staniel why web yaml
            web.page → shop.tax → shop.cart → yaml
              web/page.py:3   imports shop.tax  [dynamic]
              shop/tax.py:2   imports shop.cart  [deferred]
              shop/cart.py:3  imports yaml

            $ staniel why shop web
            notice: `shop` does not import `web`, not even by way of others

            $ staniel why shop shop.view
            shop.cart → shop.view
              shop/cart.py:5  imports shop.view  [typing]

            $ staniel why shop.cart shop.cart
            error: `shop.cart` and `shop.cart` are the same files
            hint: name a module inside a package to see what the rest of the package has to do with it
            exit 2

            $ staniel why tests/test_page.py shop.view
            notice: `tests/test_page.py` does not import `shop.view`, not even by way of others

            $ staniel why tests/test_page.py shop.view --implicit
            test_page → conftest → web.page → shop.view
              tests/test_page.py   imports conftest
              tests/conftest.py:1  imports web.page
              web/page.py:2        imports shop.view.*

            $ staniel why weg shop
            error: nothing here is called `weg`
            hint: did you mean `web`?
            exit 2

        "#]],
    );
}

#[test]
fn cycles() {
    check(
        &["cycles", "cycles --no-deferred --no-typing", "cycles --no-deferred --no-typing --format json"],
        &expect![[r#"
            $ staniel cycles
            1 import cycle with 4 modules in them

            shop.cart → shop.tax → shop.cart
              shop/cart.py:2  imports shop.tax.rate
              shop/tax.py:2   imports shop.cart  [deferred]
              entangled with these: 2 more modules
              without shop → shop.cart (shop/__init__.py:1): 2 of 4 are free, 2 are left in the largest part

            $ staniel cycles --no-deferred --no-typing
            1 import cycle with 1 module in them

            shop.view → shop.view
              shop/view.py:2  imports shop.view

            $ staniel cycles --no-deferred --no-typing --format json
            {"schema":1,"cycles":[{"modules":["shop.view"],"shortest":[{"path":"shop/view.py","module":"shop.view","imports":"shop.view","resolved":"shop/view.py","name":"shop.view","kind":"runtime","line":2,"column":1}],"cut":null}]}

        "#]],
    );
}

#[test]
fn graphs() {
    check(
        &[
            "graph",
            "graph --collapse 1 -T dot",
            "graph --collapse 1 -T mermaid --reverse",
            "graph --focus shop.tax --depth 1 -T json --no-dynamic",
            "graph --focus shop.taxes",
            "graph -T ruff --collapse 1",
        ],
        &expect![[r##"
            $ staniel graph
            imports of project

            analysis.ipynb  [1 file]
              → shop  1 import

            conftest  [1 file]
              → web.page  1 import

            shop  [1 file, in a cycle]
              → shop.cart  1 import  [cycle]

            shop.cart  [1 file, in a cycle]
              → shop.tax   1 import  [cycle]
              → shop.view  1 import  [typing, cycle]

            shop.tax  [2 files, in a cycle]
              → shop.cart  1 import  [deferred, cycle]

            shop.view  [1 file, in a cycle]
              → shop  2 imports  [cycle]

            test_page  [1 file]

            web  [1 file]

            web.page  [1 file]
              → shop.tax   1 import  [dynamic]
              → shop.view  1 import

            $ staniel graph --collapse 1 -T dot
            digraph imports {
              graph [label="imports of project", labelloc=t, rankdir=TB];
              node [shape=box, style="rounded,filled", fillcolor="#f6f8fa", color="#8c959f"];
              edge [color="#8c959f", arrowsize=0.7];
              n0 [label="analysis\n1 file"];
              n1 [label="conftest\n1 file"];
              n2 [label="shop\n5 files"];
              n3 [label="test_page\n1 file"];
              n4 [label="web\n2 files"];
              n0 -> n2 [penwidth=1];
              n1 -> n4 [penwidth=1];
              n4 -> n2 [penwidth=2, label="2"];
            }

            $ staniel graph --collapse 1 -T mermaid --reverse
            ---
            title: "importers in project"
            ---
            flowchart TD
              n0["analysis<br/>1 file"]
              n1["conftest<br/>1 file"]
              n2["shop<br/>5 files"]
              n3["test_page<br/>1 file"]
              n4["web<br/>2 files"]
              n2 --> n0
              n2 -->|2| n4
              n4 --> n1

            $ staniel graph --focus shop.tax --depth 1 -T json --no-dynamic
            {"schema":1,"title":"imports of project, around shop.tax","nodes":[
            {"label":"shop.cart","files":1,"in_cycle":true,"focus":false},
            {"label":"shop.tax","files":2,"in_cycle":true,"focus":true}
            ],"edges":[
            {"from":0,"to":1,"imports":1,"kinds":["runtime"],"in_cycle":true},
            {"from":1,"to":0,"imports":1,"kinds":["deferred"],"in_cycle":true}
            ]}

            $ staniel graph --focus shop.taxes
            error: nothing here is called `shop.taxes`
            hint: did you mean `shop.tax`?
            exit 2

            $ staniel graph -T ruff --collapse 1
            error: what ruff prints is about all files, each for itself
            hint: `-T json` can be collapsed, focused and reversed
            exit 2

        "##]],
    );
}

#[test]
fn notebooks_have_cells() {
    check(
        &["imports --no-typing", "importers shop.Cart --format json"],
        &expect![[r#"
        $ staniel imports --no-typing
        analysis.ipynb  (analysis.ipynb)
           2:2  os         stdlib
           2:3  shop.Cart  → shop/__init__.py → shop/cart.py

        shop/__init__.py  (shop)
             1  shop.cart.Cart  → shop/cart.py

        shop/cart.py  (shop.cart)
             1  typing.TYPE_CHECKING  stdlib
             2  shop.tax.rate         → shop/tax.py (types: shop/tax.pyi)
             3  yaml                  unresolved

        shop/tax.py  (shop.tax)
             2  shop.cart  → shop/cart.py  [deferred]

        shop/view.py  (shop.view)
             1  shop.Cart  → shop/__init__.py → shop/cart.py
             1  shop.Cart  → shop/__init__.py → shop/cart.py
             2  shop.view  → shop/view.py  [itself]

        tests/conftest.py  (conftest)
             1  web.page  → web/page.py

        web/page.py  (web.page)
             1  importlib    stdlib
             2  shop.view.*  → shop/view.py
             3  shop.tax     → shop/tax.py (types: shop/tax.pyi)  [dynamic]
             5  fast         unresolved  [optional]

        $ staniel importers shop.Cart --format json
        {"schema":1,"target":"shop.Cart","importers":[{"path":"analysis.ipynb","module":"analysis.ipynb","imports":[{"module":"shop","symbol":"Cart","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop","as":null,"defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","cell":2,"line":3,"column":1,"range":{"start":{"line":2,"character":17},"end":{"line":2,"character":21}}}]},{"path":"shop/view.py","module":"shop.view","imports":[{"module":"shop","symbol":"Cart","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop","as":null,"defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","line":1,"column":1,"range":{"start":{"line":0,"character":17},"end":{"line":0,"character":21}}},{"module":"shop","symbol":"Cart","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop","as":"Basket","defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","line":1,"column":1,"range":{"start":{"line":0,"character":23},"end":{"line":0,"character":27}}}]},{"path":"web/page.py","module":"web.page","imports":[{"module":"shop.view","symbol":"*","resolved":"shop/view.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop.view","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":22},"end":{"line":1,"character":23}}}]}]}

    "#]],
    );
}

#[test]
fn a_picture_that_nobody_could_read() {
    let files: String = (0..151).map(|n| format!("#- p/m{n}.py\nimport p.m{}\n", (n + 1) % 151)).collect();
    let tree = Tree::of(&files);
    let said = tree.staniel(&["graph", "-T", "svg"]).run();
    expect![[r#"
        error: 151 boxes make no picture that anybody could read; the limit is 150
        hint: `--collapse 2` draws packages instead of modules, `--focus MODULE --depth 1` a part
    "#]]
    .assert_eq(&said.stderr);
    assert_eq!((said.code, said.text().as_str()), (Some(2), ""));
    for (format, beginning) in [("svg", "<svg"), ("html", "<!doctype html>")] {
        let picture = tree.staniel(&["graph", "-T", format, "--collapse", "1"]).run().answer();
        assert!(picture.to_lowercase().starts_with(beginning), "{picture}");
        // One file that needs nothing else.
        assert!(!picture.replace("http://www.w3.org/", "").contains("://"), "{picture}");
    }
}

/// What reviewers have found.
#[test]
fn names_that_mean_less_than_they_seem() {
    let tree = Tree::of(
        "#- dup.py\nimport shop.cart\n#- dup/__init__.py\n#- user.py\nimport dup\n__import__('a', level=4000000000)\n\
         #- shop/__init__.py\n#- shop/cart.py\nclass Cart: ...\n#- shop/cart.pyi\nfrom bill import B\n#- bill.py\nimport shop.cart\n\
         #- pkg/__init__.py\n#- pkg/py.py\nimport os\n#- bad.ipynb\n{\n",
    );
    let mut shown = String::new();
    for line in [
        "importers dup.py",
        "importers dup/__init__.py --format paths",
        "cycles",
        "graph --focus bill --depth 1",
        "why bill shop.cart.Cart",
        "why shop.cart.Cart bill",
        "why pkg.py os",
        "graph --focus shop.cart.Cart --depth 0",
        "imports --no-typing",
    ] {
        let said = tree.staniel(&line.split(' ').collect::<Vec<_>>()).run();
        shown += &format!("$ staniel {line}\n{}", said.stderr.clone());
        shown += &format!("{}\n", said.text());
    }
    expect![[r#"
        $ staniel importers dup.py
        notice: nobody imports `dup.py`

        $ staniel importers dup/__init__.py --format paths
        user.py

        $ staniel cycles
        no import cycles

        $ staniel graph --focus bill --depth 1
        imports of project, around bill

        bill  [focus]
          → shop.cart  1 import

        shop.cart

        $ staniel why bill shop.cart.Cart
        notice: `bill` does not import `shop.cart.Cart`, not even by way of others

        $ staniel why shop.cart.Cart bill
        notice: `shop.cart.Cart` does not import `bill`, not even by way of others

        $ staniel why pkg.py os
        pkg.py → os
          pkg/py.py:1  imports os

        $ staniel graph --focus shop.cart.Cart --depth 0
        imports of project, around shop.cart.Cart

        shop.cart  [focus]

        $ staniel imports --no-typing
        notice: `bad.ipynb` was not read: not a notebook: EOF while parsing an object at line 2 column 0
        bill.py  (bill)
             1  shop.cart  → shop/cart.py (types: shop/cart.pyi)

        dup.py  (dup)
             1  shop.cart  → shop/cart.py (types: shop/cart.pyi)

        pkg/py.py  (pkg.py)
             1  os  stdlib

        shop/cart.pyi  (shop.cart)
             1  bill.B  → bill.py

        user.py  (user)
             1  dup  → dup/__init__.py
             2  ................................................................................................................................................................................................................................................................a  unresolved  [dynamic]

    "#]].assert_eq(&shown);
    let empty = tree.staniel(&["importers", ""]).run();
    assert_eq!(empty.code, Some(2), "{}", empty.stderr);
}
