//! Where modules lie: flat and `src/` trees, several roots, namespace packages, stubs, scripts, tests.

use expect_test::expect;

use crate::fixture::{Project, check, check_in, path};

#[test]
fn flat_and_src() {
    let fixture =
        "#- ROOTpkg/__init__.py\n#- ROOTpkg/a.py\n#- tests/test_a.py $\nimport pkg.a\nfrom pkg import a\n";
    check_in(
        &[""],
        &fixture.replace("ROOT", ""),
        &expect![[r#"
        0 pkg.a → pkg/a.py
        0 pkg → pkg/__init__.py (implicit)
        1 pkg:a → pkg/a.py from pkg.a
        1 pkg → pkg/__init__.py (implicit)"#]],
    );
    check_in(
        &["src", ""],
        &fixture.replace("ROOT", "src/"),
        &expect![[r#"
        0 pkg.a → src/pkg/a.py
        0 pkg → src/pkg/__init__.py (implicit)
        1 pkg:a → src/pkg/a.py from pkg.a
        1 pkg → src/pkg/__init__.py (implicit)"#]],
    );
}

#[test]
fn several_roots() {
    check_in(
        &["src", "lib", ""],
        "#- src/ns/one.py
#- lib/ns/two.py
#- src/late/x.py
#- lib/late/__init__.py
#- src/both.py
#- lib/both.py
#- src/pkg/__init__.py
#- src/pkg/main.py $
import ns.one, ns.two
import late
import late.x
import both
import lib.both
import src.both
from . import sub
from .. import both
from ..both import x
from ... import both
#- src/pkg/sub.py
",
        &expect![[r#"
            0 ns.one → src/ns/one.py
            1 ns.two → lib/ns/two.py
            2 late → lib/late/__init__.py
            3 late.x → src/late/x.py
            4 both → src/both.py
            5 lib.both → lib/both.py
            6 src.both → src/both.py
            7 pkg:sub → src/pkg/sub.py from pkg.sub
            7 pkg → src/pkg/__init__.py (implicit)
            8 ..:both → (unresolved)
            9 ..both:x → (unresolved)
            10 ...:both → (unresolved)"#]],
    );
}

#[test]
fn packages_before_modules_before_directories() {
    check(
        "#- a/__init__.py\n#- a.py\n#- b.py\n#- b/x.py\n#- c/x.py\n#- main.py\nimport a\nimport b\nimport b.x\nimport c\nimport c.x\n",
        &expect![[r#"
            0 a → a/__init__.py
            1 b → b.py
            2 b.x → (unresolved)
            2 b → b.py (implicit)
            3 c → (first-party)
            4 c.x → c/x.py"#]],
    );
}

#[test]
fn namespace_packages_have_submodules_only() {
    check(
        "#- ns/a.py\n#- ns/deep/b.py\n#- main.py\nfrom ns import a, deep, missing\nfrom ns import *\nimport ns.deep\n",
        &expect![[r#"
            0 ns:a → ns/a.py from ns.a
            1 ns:deep → (first-party)
            2 ns:missing → (unresolved)
            3 ns:* → (first-party)
            4 ns.deep → (first-party)"#]],
    );
}

/// A directory without `__init__` is a package too, wherever it stands on the way.
#[test]
fn namespace_packages_inside_regular_ones() {
    check(
        "#- a/__init__.py
#- a/ns/x.py
#- a/ns/y.py $
from . import x
from .x import z
from ..ns import x
from a.ns import x
import a.ns.x
",
        &expect![[r#"
            0 a.ns:x → a/ns/x.py from a.ns.x
            0 a → a/__init__.py (implicit)
            1 a.ns.x:z → a/ns/x.py
            1 a → a/__init__.py (implicit)
            2 a.ns:x → a/ns/x.py from a.ns.x
            2 a → a/__init__.py (implicit)
            3 a.ns:x → a/ns/x.py from a.ns.x
            3 a → a/__init__.py (implicit)
            4 a.ns.x → a/ns/x.py
            4 a → a/__init__.py (implicit)"#]],
    );
}

#[test]
fn the_main_module_of_a_package() {
    check(
        "#- pkg/__init__.py
#- pkg/cli.py
#- pkg/__main__.py $
from pkg.cli import main
from . import cli
import __main__
import pkg.__main__
",
        &expect![[r#"
            0 pkg.cli:main → pkg/cli.py
            0 pkg → pkg/__init__.py (implicit)
            1 pkg:cli → pkg/cli.py from pkg.cli
            1 pkg → pkg/__init__.py (implicit)
            2 __main__ → (stdlib)
            3 pkg.__main__ → pkg/__main__.py
            3 pkg → pkg/__init__.py (implicit)"#]],
    );
}

#[test]
fn stubs_beside_and_instead_of_sources() {
    check(
        "#- a.py
#- a.pyi
#- b.pyi
#- c/__init__.pyi
#- c/x.pyi
#- d-stubs/__init__.pyi
#- d-stubs/x.pyi
#- e-stubs/x.pyi
#- a-stubs/__init__.pyi
#- main.py
import a
import b
import c.x
import d
import d.x
from d import x
import e.x
import d.y
",
        &expect![[r#"
            0 a → a.py + a-stubs/__init__.pyi
            1 b → b.pyi
            2 c.x → c/x.pyi
            2 c → c/__init__.pyi (implicit)
            3 d → d-stubs/__init__.pyi
            4 d.x → d-stubs/x.pyi
            4 d → d-stubs/__init__.pyi (implicit)
            5 d:x → d-stubs/x.pyi from d.x
            5 d → d-stubs/__init__.pyi (implicit)
            6 e.x → e-stubs/x.pyi
            7 d.y → (unresolved)"#]],
    );
}

/// Whoever edits a stub wants to know who imports it; what runs is the source.
#[test]
fn stubs_beside_sources() {
    check(
        "#- p/__init__.py
__all__ = ['x']
T = 1
#- p/__init__.pyi
#- p/x.py
#- p/x.pyi
#- p/y.pyi
#- main.py
import p.x
from p import x
from p import T
from p import y
from p import *
from p.x import name
",
        &expect![[r#"
            0 p.x → p/x.py + p/x.pyi
            0 p → p/__init__.py + p/__init__.pyi (implicit)
            1 p:x → p/x.py + p/x.pyi from p.x
            1 p → p/__init__.py + p/__init__.pyi (implicit)
            2 p:T → p/__init__.py + p/__init__.pyi from p:T
            3 p:y → p/y.pyi from p.y
            3 p → p/__init__.py + p/__init__.pyi (implicit)
            4 p:* → p/__init__.py + p/__init__.pyi
            4 p:x → p/x.py + p/x.pyi from p.x (implicit)
            5 p.x:name → p/x.py + p/x.pyi
            5 p → p/__init__.py + p/__init__.pyi (implicit)"#]],
    );
}

/// A stub package counts before the stub beside the source, as it does for type checkers.
#[test]
fn stub_packages_beside_sources() {
    check_in(
        &["src", ""],
        "#- src/p/__init__.py
#- src/p/x.py
#- src/p/x.pyi
#- src/p/y.py
#- p-stubs/__init__.pyi
#- p-stubs/x.pyi
#- main.py
import p
import p.x
from p import x
from p import y
",
        &expect![[r#"
            0 p → src/p/__init__.py + p-stubs/__init__.pyi
            1 p.x → src/p/x.py + p-stubs/x.pyi
            1 p → src/p/__init__.py + p-stubs/__init__.pyi (implicit)
            2 p:x → src/p/x.py + p-stubs/x.pyi from p.x
            2 p → src/p/__init__.py + p-stubs/__init__.pyi (implicit)
            3 p:y → src/p/y.py from p.y
            3 p → src/p/__init__.py + p-stubs/__init__.pyi (implicit)"#]],
    );
}

/// Relative imports lead to the same stubs.
#[test]
fn stub_packages_of_a_package_that_imports_relatively() {
    check_in(
        &["src", ""],
        "#- src/p/__init__.py
#- src/p/x.py
#- src/p/y.py $
from . import x
from .x import name
#- p-stubs/__init__.pyi
#- p-stubs/x.pyi
",
        &expect![[r#"
            0 p:x → src/p/x.py + p-stubs/x.pyi from p.x
            0 p → src/p/__init__.py + p-stubs/__init__.pyi (implicit)
            1 p.x:name → src/p/x.py + p-stubs/x.pyi
            1 p → src/p/__init__.py (implicit)"#]],
    );
}

/// Before PEP 420 a package said in its `__init__` that it lies in several places.
#[test]
fn packages_that_extend_their_path() {
    let roots = &["one", "two", "three"];
    let fixture = |init: &str| {
        let text = "#- one/p/__init__.py
INIT
#- one/p/a.py
#- two/p/__init__.py
INIT
#- two/p/b.py $
from . import a, b
from .a import x
import p.b
import p.a
from p import b
import p.c
#- three/p/c.py
";
        text.replace("INIT", init)
    };
    for init in [
        "__path__ = __import__('pkgutil').extend_path(__path__, __name__)",
        "try:\n    pkg_resources.declare_namespace(__name__)\nexcept NameError: ...",
    ] {
        let merged = expect![[r#"
            0 p:a → one/p/a.py from p.a
            0 p → one/p/__init__.py (implicit)
            1 p:b → two/p/b.py from p.b
            1 p → one/p/__init__.py (implicit)
            2 p.a:x → one/p/a.py
            2 p → one/p/__init__.py (implicit)
            3 p.b → two/p/b.py
            3 p → one/p/__init__.py (implicit)
            4 p.a → one/p/a.py
            4 p → one/p/__init__.py (implicit)
            5 p:b → two/p/b.py from p.b
            5 p → one/p/__init__.py (implicit)
            6 p.c → three/p/c.py
            6 p → one/p/__init__.py (implicit)"#]];
        check_in(roots, &fixture(init), &merged);
    }
    check_in(
        roots,
        &fixture("x = 1"),
        &expect![[r#"
        0 p:a → two/p/__init__.py
        1 p:b → two/p/b.py from p.b
        1 p → two/p/__init__.py (implicit)
        2 p.a:x → (unresolved)
        2 p → two/p/__init__.py (implicit)
        3 p.b → two/p/b.py
        3 p → two/p/__init__.py (implicit)
        4 p.a → one/p/a.py
        4 p → one/p/__init__.py (implicit)
        5 p:b → one/p/__init__.py
        6 p.c → (unresolved)
        6 p → one/p/__init__.py (implicit)"#]],
    );
}

/// The call is a part of the text, so an edit of it moves the edges of files that name neither.
#[test]
fn a_package_begins_to_extend_its_path() {
    let mut project =
        Project::of(&["one", "two"], "#- one/p/__init__.py\n#- two/p/b.py\n#- main.py\nimport p.b\n");
    expect![[r#"
        0 p.b → (unresolved)
        0 p → one/p/__init__.py (implicit)"#]]
    .assert_eq(&project.edges("main.py"));
    let consulted = project.db.resolution(&path("main.py")).consulted(&project.db);
    assert_eq!(consulted, [path("one/p/__init__.py")]);
    let init = "from pkgutil import extend_path\n__path__ = extend_path(__path__, __name__)\n";
    project.edit(&[("one/p/__init__.py", Some(init))]);
    expect![[r#"
        0 p.b → two/p/b.py
        0 p → one/p/__init__.py (implicit)"#]]
    .assert_eq(&project.edges("main.py"));
}

#[test]
fn scripts_find_what_lies_beside_and_above_them() {
    check_in(
        &["src"],
        "#- src/pkg/__init__.py
#- tools/helper.py
#- tools/deep/near.py
#- tools/deep/os.py
#- tools/deep/inner/__init__.py
#- tools/deep/inner/sibling.py
#- tools/deep/inner/run.py $
import helper
import near
import os
import sibling
import pkg
import inner.sibling
",
        &expect![[r#"
            0 helper → tools/helper.py
            1 near → tools/deep/near.py
            2 os → (stdlib)
            3 sibling → (unresolved)
            4 pkg → src/pkg/__init__.py
            5 inner.sibling → tools/deep/inner/sibling.py
            5 inner → tools/deep/inner/__init__.py (implicit)"#]],
    );
    // A `pyproject.toml` makes even a package's directory a place to search.
    check(
        "#- a/pyproject.toml\n#- a/__init__.py\n#- a/sibling.py\n#- a/run.py $\nimport sibling\n",
        &expect!["0 sibling → a/sibling.py"],
    );
}

/// pytest loads each `conftest.py` from the project's root down to a test before the test itself.
#[test]
fn tests_depend_on_the_conftests_above_them() {
    let mut project = Project::of(
        &[""],
        "#- conftest.py
#- pkg/conftest.py
#- tests/unit/test_a.py
import os
#- tests/unit/b_test.py
#- tests/unit/conftest.py
#- tests/unit/plain.py
#- tests/unit/test_stub.pyi
#- tests/other/test_c.py
",
    );
    let conftests = |project: &Project| {
        let files = ["unit/test_a.py", "unit/b_test.py", "unit/conftest.py", "unit/plain.py"];
        let more = ["unit/test_stub.pyi", "other/test_c.py"];
        let rows = files.iter().chain(&more);
        rows.map(|file| format!("{file}:\n{}\n", project.edges(&format!("tests/{file}")))).collect::<String>()
    };
    expect![[r#"
        unit/test_a.py:
        0 os → (stdlib)
        - conftest → conftest.py (implicit)
        - tests.unit.conftest → tests/unit/conftest.py (implicit)
        unit/b_test.py:
        - conftest → conftest.py (implicit)
        - tests.unit.conftest → tests/unit/conftest.py (implicit)
        unit/conftest.py:
        - conftest → conftest.py (implicit)
        unit/plain.py:

        unit/test_stub.pyi:

        other/test_c.py:
        - conftest → conftest.py (implicit)
    "#]]
    .assert_eq(&conftests(&project));
    // No part of what the types in a test depend on.
    let needed = &project.db.needs(&path("tests/unit/test_a.py")).targets;
    assert!(!needed.contains(&path("conftest.py")));

    project.edit(&[("conftest.py", None), ("tests/conftest.py", Some(""))]);
    expect![[r#"
        unit/test_a.py:
        0 os → (stdlib)
        - tests.conftest → tests/conftest.py (implicit)
        - tests.unit.conftest → tests/unit/conftest.py (implicit)
        unit/b_test.py:
        - tests.conftest → tests/conftest.py (implicit)
        - tests.unit.conftest → tests/unit/conftest.py (implicit)
        unit/conftest.py:
        - tests.conftest → tests/conftest.py (implicit)
        unit/plain.py:

        unit/test_stub.pyi:

        other/test_c.py:
        - tests.conftest → tests/conftest.py (implicit)
    "#]]
    .assert_eq(&conftests(&project));
}
