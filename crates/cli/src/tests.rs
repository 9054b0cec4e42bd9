//! From a small project to what is printed.

use std::fs;

use camino::Utf8PathBuf;
use expect_test::{Expect, expect};
use staniel_check::Colours;
use staniel_engine::{Engine, Imports, Options, ProviderChoice};
use staniel_facts::{Answer, Cancel, Delta, Flags, PositionEncoding, RelPath, Snapshot};
use tempfile::TempDir;

use crate::args::Kinds;
use crate::modules::Wanted;
use crate::render::delta::{self, Bounds, DeltaRows};
use crate::render::hovers::{self, FileHovers};
use crate::render::imports::{self, Form, RuffGraph};
use crate::render::names::Names;
use crate::render::report;
use crate::session::names;

/// A project in a directory of its own, analysed by the provider that needs nothing.
struct Project {
    directory: TempDir,
    engine: Engine,
}

impl Project {
    fn new(files: &[(&str, &str)]) -> Self {
        let directory = tempfile::tempdir().unwrap();
        write(&directory, files);
        let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
        let options = Options { provider: Some(ProviderChoice::Declared), ..Options::new(root) };
        Self { directory, engine: Engine::open(options).unwrap() }
    }

    fn snapshot(&mut self) -> std::sync::Arc<Snapshot> {
        self.engine.refresh(&Cancel::new()).unwrap().snapshot
    }

    fn imports(&self) -> Imports {
        Imports::open(Options::new(self.engine.project().root.clone()), &Cancel::new()).unwrap()
    }

    fn names(&self) -> Names {
        names(&self.engine)
    }
}

fn write(directory: &TempDir, files: &[(&str, &str)]) {
    for (path, text) in files {
        let path = directory.path().join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
}

#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written in place")]
fn printed<E: std::fmt::Debug>(print: impl FnOnce(&mut Vec<u8>) -> Result<(), E>, expected: Expect) {
    let mut out = Vec::new();
    print(&mut out).unwrap();
    expected.assert_eq(&String::from_utf8(out).unwrap());
}

const SHOP: &[(&str, &str)] = &[
    ("shop/__init__.py", "from .cart import Cart\n"),
    (
        "shop/cart.py",
        "import os.path as 世, sys\nfrom typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from shop import Cart as C\n\n\n\
         class Cart:\n    \"\"\"What is bought.\"\"\"\n\n    def total(self, tax: int = 0) -> int:\n        return tax\n",
    ),
    ("shop/main.py", "from shop import *\nfrom . import Cart\nimport nowhere\nimport shop.cart\n"),
];

fn form(implicit: bool) -> Form {
    Form { wanted: Wanted { kinds: Kinds::default(), implicit }, encoding: PositionEncoding::Utf16 }
}

#[test]
fn the_import_map_for_people() {
    let shop = Project::new(SHOP);
    let mut map = shop.imports();
    printed(
        |out| imports::text(map.load(&Cancel::new())?, form(false), out),
        expect![[r#"
        shop/__init__.py  (shop)
             1  shop.cart.Cart  → shop/cart.py

        shop/cart.py  (shop.cart)
             1  os.path               stdlib
             1  sys                   stdlib
             2  typing.TYPE_CHECKING  stdlib
             4  shop.Cart             → shop/__init__.py → shop/cart.py  [typing]

        shop/main.py  (shop.main)
             1  shop.*     → shop/__init__.py
             2  shop.Cart  → shop/__init__.py → shop/cart.py
             3  nowhere    unresolved
             4  shop.cart  → shop/cart.py
    "#]],
    );
}

#[test]
fn the_import_map_for_programs() {
    let shop = Project::new(SHOP);
    let mut map = shop.imports();
    printed(
        |out| imports::json(map.load(&Cancel::new())?, form(false), out),
        expect![[r#"
            {"schema":1,"files":[
            {"path":"shop/__init__.py","module":"shop","imports":[{"module":"shop.cart","symbol":"Cart","resolved":"shop/cart.py","class":"first-party","kind":"runtime","contexts":[],"written":".cart","as":null,"defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","line":1,"column":1,"range":{"start":{"line":0,"character":18},"end":{"line":0,"character":22}}}]},
            {"path":"shop/cart.py","module":"shop.cart","imports":[{"module":"os.path","symbol":null,"resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"os.path","as":"世","defined_in":null,"defined_as":null,"line":1,"column":1,"range":{"start":{"line":0,"character":7},"end":{"line":0,"character":14}}},{"module":"sys","symbol":null,"resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"sys","as":null,"defined_in":null,"defined_as":null,"line":1,"column":1,"range":{"start":{"line":0,"character":21},"end":{"line":0,"character":24}}},{"module":"typing","symbol":"TYPE_CHECKING","resolved":null,"class":"stdlib","kind":"runtime","contexts":[],"written":"typing","as":null,"defined_in":null,"defined_as":null,"line":2,"column":1,"range":{"start":{"line":1,"character":19},"end":{"line":1,"character":32}}},{"module":"shop","symbol":"Cart","resolved":"shop/__init__.py","class":"first-party","kind":"typing","contexts":["typing"],"written":"shop","as":"C","defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","line":4,"column":5,"range":{"start":{"line":3,"character":21},"end":{"line":3,"character":25}}}]},
            {"path":"shop/main.py","module":"shop.main","imports":[{"module":"shop","symbol":"*","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop","as":null,"defined_in":null,"defined_as":null,"line":1,"column":1,"range":{"start":{"line":0,"character":17},"end":{"line":0,"character":18}}},{"module":"shop","symbol":"Cart","resolved":"shop/__init__.py","class":"first-party","kind":"runtime","contexts":[],"written":".","as":null,"defined_in":"shop/cart.py","defined_as":"shop.cart.Cart","line":2,"column":1,"range":{"start":{"line":1,"character":14},"end":{"line":1,"character":18}}},{"module":"nowhere","symbol":null,"resolved":null,"class":"unresolved","kind":"runtime","contexts":[],"written":"nowhere","as":null,"defined_in":null,"defined_as":null,"line":3,"column":1,"range":{"start":{"line":2,"character":7},"end":{"line":2,"character":14}}},{"module":"shop.cart","symbol":null,"resolved":"shop/cart.py","class":"first-party","kind":"runtime","contexts":[],"written":"shop.cart","as":null,"defined_in":null,"defined_as":null,"line":4,"column":1,"range":{"start":{"line":3,"character":7},"end":{"line":3,"character":16}}}]}
            ],"skipped":[]}
        "#]],
    );
    printed(
        |out| map.ask(&Cancel::new(), |map| RuffGraph::new(map, form(false).wanted))?.print(out),
        expect![[r#"
        {
          "shop/__init__.py": [
            "shop/cart.py"
          ],
          "shop/cart.py": [
            "shop/__init__.py"
          ],
          "shop/main.py": [
            "shop/__init__.py",
            "shop/cart.py"
          ]
        }
    "#]],
    );
}

#[test]
fn implicit_edges_are_shown_on_demand() {
    let shop = Project::new(SHOP);
    let mut map = shop.imports();
    printed(
        |out| imports::text(map.load(&Cancel::new())?, form(true), out),
        expect![[r#"
        shop/__init__.py  (shop)
             1  shop.cart.Cart  → shop/cart.py

        shop/cart.py  (shop.cart)
             1  os.path               stdlib
             1  sys                   stdlib
             2  typing.TYPE_CHECKING  stdlib
             4  shop.Cart             → shop/__init__.py → shop/cart.py  [typing]

        shop/main.py  (shop.main)
             1  shop.*     → shop/__init__.py
             2  shop.Cart  → shop/__init__.py → shop/cart.py
             3  nowhere    unresolved
             4  shop.cart  → shop/cart.py
             4  shop       → shop/__init__.py  [implicit]
    "#]],
    );
}

#[test]
fn hovers_as_lines_of_json_and_for_people() {
    let mut shop = Project::new(SHOP);
    let (snapshot, names) = (shop.snapshot(), shop.names());
    let path = RelPath::new("shop/cart.py").unwrap();
    let record = snapshot.record(path.as_str()).unwrap();
    let file = FileHovers::new(&snapshot.provenance().provider.name, &path, record.facts(), &names);
    printed(
        |out| hovers::jsonl(&file, record, PositionEncoding::Utf16, out),
        expect![[r#"
        {"path":"shop/cart.py","symbol":"shop.cart.世","kind":"import","range":{"start":{"line":0,"character":18},"end":{"line":0,"character":19}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":24}},"signature":"import os.path as 世","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.sys","kind":"import","range":{"start":{"line":0,"character":21},"end":{"line":0,"character":24}},"full_range":{"start":{"line":0,"character":0},"end":{"line":0,"character":24}},"signature":"import sys","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.TYPE_CHECKING","kind":"import","range":{"start":{"line":1,"character":19},"end":{"line":1,"character":32}},"full_range":{"start":{"line":1,"character":0},"end":{"line":1,"character":32}},"signature":"from typing import TYPE_CHECKING","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.C","kind":"import","range":{"start":{"line":3,"character":29},"end":{"line":3,"character":30}},"full_range":{"start":{"line":3,"character":4},"end":{"line":3,"character":30}},"signature":"from shop import Cart as C","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.Cart","kind":"class","range":{"start":{"line":6,"character":6},"end":{"line":6,"character":10}},"full_range":{"start":{"line":6,"character":0},"end":{"line":10,"character":18}},"signature":"class Cart","decorators":[],"type":null,"normal":null,"doc":"What is bought.","provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.Cart.total","kind":"method","range":{"start":{"line":9,"character":8},"end":{"line":9,"character":13}},"full_range":{"start":{"line":9,"character":4},"end":{"line":10,"character":18}},"signature":"def total(self, tax: int = 0) -> int","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
        {"path":"shop/cart.py","symbol":"shop.cart.Cart.total.<locals>.self","kind":"parameter","range":{"start":{"line":9,"character":14},"end":{"line":9,"character":18}},"full_range":{"start":{"line":9,"character":14},"end":{"line":9,"character":18}},"signature":"self","decorators":[],"type":null,"normal":null,"doc":null,"provider":"declared","flags":["unknown"]}
        {"path":"shop/cart.py","symbol":"shop.cart.Cart.total.<locals>.tax","kind":"parameter","range":{"start":{"line":9,"character":20},"end":{"line":9,"character":23}},"full_range":{"start":{"line":9,"character":20},"end":{"line":9,"character":32}},"signature":"tax: int = 0","decorators":[],"type":"int","normal":"int","doc":null,"provider":"declared","flags":[]}
    "#]],
    );
    printed(
        |out| hovers::text(&file, record, out),
        expect![[r#"
        shop/cart.py:1:19: import shop.cart.世
        shop/cart.py:1:22: import shop.cart.sys
        shop/cart.py:2:20: import shop.cart.TYPE_CHECKING
        shop/cart.py:4:30: import shop.cart.C
        shop/cart.py:7:7: class shop.cart.Cart
        shop/cart.py:10:9: method shop.cart.Cart.total: int
        shop/cart.py:10:15: parameter shop.cart.Cart.total.<locals>.self
        shop/cart.py:10:21: parameter shop.cart.Cart.total.<locals>.tax: int
    "#]],
    );
    printed(
        |out| {
            let definition = &record.facts().outline.definitions[5];
            let answer = Answer { text: Some("-> int"), normal: None, flags: Flags::QUARANTINED };
            hovers::one(&file, definition, None, out)?;
            hovers::one(&file, definition, Some(Answer::default()), out)?;
            hovers::one(&file, definition, Some(answer), out)
        },
        expect![[r#"
            shop/cart.py:10:9  method shop.cart.Cart.total

                def total(self, tax: int = 0) -> int

            type: unknown  (nobody was asked)
            shop/cart.py:10:9  method shop.cart.Cart.total

                def total(self, tax: int = 0) -> int

            type: unknown  (declared)
            shop/cart.py:10:9  method shop.cart.Cart.total

                def total(self, tax: int = 0) -> int

            type: -> int  (declared, quarantined)
        "#]],
    );
}

/// An edit of everything that people look at in a delta.
fn edited() -> (Project, Delta) {
    let mut shop = Project::new(SHOP);
    let before = shop.snapshot();
    let cart = "import sys\n\n\nclass Cart:\n    \"\"\"What was bought.\"\"\"\n\n    @property\n    def total(self) -> \"float\":\n        return 0.0\n\n\nclass Till:\n    def open(self, key): ...\n\n\nx\u{202e} = 1\n";
    write(&shop.directory, &[("shop/cart.py", cart), ("shop/new.py", "y: int = 1\n")]);
    fs::remove_file(shop.directory.path().join("shop/main.py")).unwrap();
    let delta = Delta::between(&before, &shop.snapshot()).unwrap();
    (shop, delta)
}

#[test]
fn deltas_for_people() {
    let (shop, delta) = edited();
    let names = shop.names();
    printed(
        |out| delta::text(&delta, &names, Bounds::ALL, Colours::Off, out),
        expect![[r#"
            ~ shop/cart.py
                - shop.cart.C  from shop import Cart as C
                ~ shop.cart.Cart  docstring
                ~ shop.cart.Cart.total  def total(self, tax: int = 0) -> int → def total(self) -> "float"; decorators: none → @property
                - shop.cart.Cart.total.<locals>.tax  tax: int = 0
                - shop.cart.TYPE_CHECKING  from typing import TYPE_CHECKING
                + shop.cart.Till  class Till  (and 3 inside)
                + shop.cart.x  x = 1
                - shop.cart.世  import os.path as 世
                - import os.path  (stdlib)
                - import shop.Cart  → shop/__init__.py
                - import typing.TYPE_CHECKING  (stdlib)
            - shop/main.py
                - shop.main.Cart  from . import Cart
                - shop.main.nowhere  import nowhere
                - shop.main.shop  import shop.cart
                - import nowhere  (unresolved)
                - import shop.*  → shop/__init__.py
                - import shop.Cart  → shop/__init__.py
                - import shop.cart  → shop/cart.py
            + shop/new.py
                + shop.new.y  y: int = 1
        "#]],
    );
    let bounds = Bounds { per_file: 1, files: 2, ..Bounds::ALL };
    printed(
        |out| delta::text(&delta, &names, bounds, Colours::On, out),
        expect![[r#"
            [33m~[0m shop/cart.py
                [31m-[0m shop.cart.C  from shop import Cart as C
                … and 10 more
            [31m-[0m shop/main.py
                [31m-[0m shop.main.Cart  from . import Cart
                … and 6 more
            … and 1 more file
        "#]],
    );
}

#[test]
fn deltas_for_programs() {
    let (shop, delta) = edited();
    let rows = DeltaRows::new(&delta, &shop.names());
    printed(
        |out| serde_json::to_writer_pretty(out, &rows),
        expect![[r#"
            {
              "files": {
                "added": [
                  "shop/new.py"
                ],
                "removed": [
                  "shop/main.py"
                ],
                "changed": [
                  "shop/cart.py"
                ]
              },
              "hovers": {
                "added": [
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Till",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "class",
                    "signature": "class Till",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Till.open",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "method",
                    "signature": "def open(self, key)",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Till.open.<locals>.key",
                    "namespace": "parameter",
                    "ordinal": 0,
                    "kind": "parameter",
                    "signature": "key",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Till.open.<locals>.self",
                    "namespace": "parameter",
                    "ordinal": 0,
                    "kind": "parameter",
                    "signature": "self",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.x",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "variable",
                    "signature": "x = 1",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown",
                      "near-error"
                    ]
                  },
                  {
                    "path": "shop/new.py",
                    "symbol": "shop.new.y",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "variable",
                    "signature": "y: int = 1",
                    "decorators": [],
                    "normal": "int",
                    "doc": null,
                    "flags": []
                  }
                ],
                "removed": [
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.C",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "from shop import Cart as C",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Cart.total.<locals>.tax",
                    "namespace": "parameter",
                    "ordinal": 0,
                    "kind": "parameter",
                    "signature": "tax: int = 0",
                    "decorators": [],
                    "normal": "int",
                    "doc": null,
                    "flags": []
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.TYPE_CHECKING",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "from typing import TYPE_CHECKING",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.世",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "import os.path as 世",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/main.py",
                    "symbol": "shop.main.Cart",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "from . import Cart",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/main.py",
                    "symbol": "shop.main.nowhere",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "import nowhere",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  },
                  {
                    "path": "shop/main.py",
                    "symbol": "shop.main.shop",
                    "namespace": "binding",
                    "ordinal": 0,
                    "kind": "import",
                    "signature": "import shop.cart",
                    "decorators": [],
                    "normal": null,
                    "doc": null,
                    "flags": [
                      "unknown"
                    ]
                  }
                ],
                "modified": [
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Cart",
                    "namespace": "binding",
                    "ordinal": 0,
                    "old": {
                      "kind": "class",
                      "signature": "class Cart",
                      "decorators": [],
                      "normal": null,
                      "doc": "What is bought.",
                      "flags": [
                        "unknown"
                      ]
                    },
                    "new": {
                      "kind": "class",
                      "signature": "class Cart",
                      "decorators": [],
                      "normal": null,
                      "doc": "What was bought.",
                      "flags": [
                        "unknown"
                      ]
                    }
                  },
                  {
                    "path": "shop/cart.py",
                    "symbol": "shop.cart.Cart.total",
                    "namespace": "binding",
                    "ordinal": 0,
                    "old": {
                      "kind": "method",
                      "signature": "def total(self, tax: int = 0) -> int",
                      "decorators": [],
                      "normal": "int",
                      "doc": null,
                      "flags": []
                    },
                    "new": {
                      "kind": "method",
                      "signature": "def total(self) -> \"float\"",
                      "decorators": [
                        "property"
                      ],
                      "normal": "'float'",
                      "doc": null,
                      "flags": []
                    }
                  }
                ]
              },
              "edges": {
                "added": [],
                "removed": [
                  {
                    "path": "shop/cart.py",
                    "module": "os.path",
                    "symbol": null,
                    "resolved": null,
                    "class": "stdlib",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": false
                  },
                  {
                    "path": "shop/cart.py",
                    "module": "shop",
                    "symbol": "Cart",
                    "resolved": "shop/__init__.py",
                    "class": "first-party",
                    "kind": "typing",
                    "contexts": [
                      "typing"
                    ],
                    "defined_in": "shop/cart.py",
                    "implicit": false
                  },
                  {
                    "path": "shop/cart.py",
                    "module": "typing",
                    "symbol": "TYPE_CHECKING",
                    "resolved": null,
                    "class": "stdlib",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": false
                  },
                  {
                    "path": "shop/main.py",
                    "module": "nowhere",
                    "symbol": null,
                    "resolved": null,
                    "class": "unresolved",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": false
                  },
                  {
                    "path": "shop/main.py",
                    "module": "shop",
                    "symbol": null,
                    "resolved": "shop/__init__.py",
                    "class": "first-party",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": true
                  },
                  {
                    "path": "shop/main.py",
                    "module": "shop",
                    "symbol": "*",
                    "resolved": "shop/__init__.py",
                    "class": "first-party",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": false
                  },
                  {
                    "path": "shop/main.py",
                    "module": "shop",
                    "symbol": "Cart",
                    "resolved": "shop/__init__.py",
                    "class": "first-party",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": "shop/cart.py",
                    "implicit": false
                  },
                  {
                    "path": "shop/main.py",
                    "module": "shop.cart",
                    "symbol": null,
                    "resolved": "shop/cart.py",
                    "class": "first-party",
                    "kind": "runtime",
                    "contexts": [],
                    "defined_in": null,
                    "implicit": false
                  }
                ]
              }
            }"#]],
    );
}

#[test]
fn reports() {
    let mut shop = Project::new(SHOP);
    let mut summary = shop.engine.refresh(&Cancel::new()).unwrap().summary;
    summary.elapsed = std::time::Duration::from_millis(12);
    let names = shop.names();
    printed(
        |out| report::json(&summary, out),
        expect![[r#"
        {"schema":1,"provider":"declared 1","generation":null,"parent":null,"files":{"total":3,"added":3,"changed":0,"deleted":0,"skipped":0},"work":{"read":3,"hashed":3,"scanned":3,"outlined":3,"candidates":3,"asked":3,"changed":3,"sourced":0},"definitions":12,"edges":6,"imports":{"first_party":5,"stdlib":3,"third_party":0,"unresolved":1},"delta":{"hovers":{"added":12,"removed":0,"modified":0},"edges":{"added":10,"removed":0}},"fallbacks":[],"skipped":[],"quarantined":[],"notices":[],"elapsed_ms":12.0}
    "#]],
    );
    printed(
        |out| report::text(&summary, None, &names, Bounds::SCREEN, Colours::Off, out),
        expect![[r#"
        3 files · 12 definitions · 9 imports (5 first-party, 3 stdlib, 1 unresolved)
        not stored · 3 of 3 files asked · declared 1 · 12 ms
    "#]],
    );
    let (shop, delta) = edited();
    summary.generation = Some(2);
    summary.parent = Some(1);
    summary.delta = staniel_engine::DeltaCounts::of(&delta);
    let path = |path: &str| RelPath::new(path).unwrap();
    summary.skipped = vec![(path("fifo.py"), staniel_facts::SkipReason::NotRegular)];
    summary.quarantined = vec![(path("deep.py"), "the type checker crashed".to_owned())];
    let bounds = Bounds { per_file: 0, files: 1, ..Bounds::ALL };
    printed(
        |out| report::text(&summary, Some(&delta), &shop.names(), bounds, Colours::Off, out),
        expect![[r#"
            3 files · 12 definitions · 9 imports (5 first-party, 3 stdlib, 1 unresolved)
            generation 2, after 1 · 3 files added · 3 of 3 files asked · hovers +6 -7 ~2 · imports -8 · declared 1 · 12 ms

            1 file not analysed:
              fifo.py: not a regular file

            1 file answered by `declared` only:
              deep.py: the type checker crashed

            ~ shop/cart.py
                … and 11 more
            … and 2 more files
        "#]],
    );
}
