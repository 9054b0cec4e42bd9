//! Findings from fixture to print.

use expect_test::{Expect, expect};
use staniel_facts::{Coverage, PositionEncoding, RelPath, SkipReason};

use crate::fixture::Fixture;
use crate::{Colours, render_concise, render_full, render_json};

#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written in place")]
fn concise(files: &[(&str, &str)], expected: Expect) {
    let mut out = Vec::new();
    render_concise(&Fixture::new(files).findings(), &mut out).unwrap();
    expected.assert_eq(&String::from_utf8(out).unwrap());
}

#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written in place")]
fn full(fixture: Fixture, expected: Expect) {
    let mut out = Vec::new();
    render_full(&fixture.findings(), &|path| fixture.text(path), Colours::Off, &mut out).unwrap();
    expected.assert_eq(&String::from_utf8(out).unwrap());
}

#[test]
fn a_fine_project_has_no_findings() {
    concise(&[("a.py", "import b\nimport sys\n"), ("b.py", "x = 1\n")], expect![""]);
}

#[test]
fn imports_that_lead_nowhere() {
    concise(
        &[(
            "a.py",
            "import nowhere\nfrom nowhere import b\nimport gone  # typing\nimport maybe  # optional\nimport later  # deferred\nfrom .... import x\n",
        )],
        expect![[r#"
            a.py:1:8: unresolved-import cannot find `nowhere`
            a.py:2:6: unresolved-import cannot find `nowhere`
            a.py:3:8: unresolved-import cannot find `gone`
            a.py:5:8: unresolved-import cannot find `later`
            a.py:6:6: unresolved-import `....` leads out of the project
        "#]],
    );
}

/// A directory without `__init__` is there, and what is missing is in it.
#[test]
fn submodules_of_namespace_packages_that_are_missing() {
    full(
        Fixture::new(&[("ns/taxes.py", ""), ("a.py", "from ns import taxs\nfrom ns import other\n")]),
        expect![[r#"
            error[unresolved-import]: cannot find `ns.taxs`
             --> a.py:1:16
              |
            1 | from ns import taxs
              |                ^^^^
              |
              = help: did you mean `ns.taxes`?

            error[unresolved-import]: cannot find `ns.other`
             --> a.py:2:16
              |
            2 | from ns import other
              |                ^^^^^

        "#]],
    );
}

#[test]
fn frames_mark_the_module_and_suggest_its_neighbour() {
    full(
        Fixture::new(&[
            ("shop/cart.py", "# ä\nif 世 := 1:\n    from billing.tax import rate\nimport shopp.cart\n!\n"),
            ("shop/__init__.py", ""),
            ("billing/taxes.py", ""),
        ]),
        expect![[r#"
            error[unresolved-import]: cannot find `billing.tax`
             --> shop/cart.py:3:10
              |
            3 |     from billing.tax import rate
              |          ^^^^^^^^^^^
              |
              = help: did you mean `billing.taxes`?

            error[unresolved-import]: cannot find `shopp.cart`
             --> shop/cart.py:4:8
              |
            4 | import shopp.cart
              |        ^^^^^^^^^^ searched: .
              |
              = help: did you mean `shop.cart`?

            error[syntax-error]: this is not Python
             --> shop/cart.py:5:1
              |
            5 | !
              | ^

        "#]],
    );
}

#[test]
fn cycles_of_modules_that_load_each_other() {
    full(
        Fixture::new(&[
            ("a.py", "\nimport b\nimport c  # deferred\n"),
            ("b.py", "from d import x\n"),
            ("c.py", "import a\n"),
            ("d.py", "import b\nimport a\n"),
            ("self.py", "import self\n"),
            ("p/__init__.py", "from p import x\n"),
        ]),
        expect![[r#"
            warning[import-cycle]: import cycle: b → d → b
             --> b.py:1:1
              |
            1 | from d import x
              | ^^^^^^^^^^^^^^^
              |
              = help: one more module is entangled; move what both need into a module of its own, or import it inside the function that needs it

            warning[import-cycle]: `self` imports itself
             --> self.py:1:1
              |
            1 | import self
              | ^^^^^^^^^^^
              |
              = help: remove the import: the names are there already

        "#]],
    );
}

#[test]
fn skipped_files_have_no_place_but_a_reason() {
    let mut fixture = Fixture::new(&[]);
    let path = RelPath::new("pipe\u{202e}.py").unwrap();
    fixture.snapshot.set(path, Coverage::Skipped(SkipReason::NotRegular));
    full(
        fixture,
        expect![[r#"
        warning[skipped-file]: not analysed: not a regular file
        --> pipe\u{202e}.py
         = help: leave it out on purpose with `exclude` in `[tool.staniel]`

    "#]],
    );
}

#[test]
fn hostile_lines_are_not_shown_raw() {
    full(
        Fixture::new(&[("a.py", "import no\u{9b}31m\x1b[31m\n")]),
        expect![[r#"
            error[unresolved-import]: cannot find `no\u{9b}31m\u{1b}[31m`
             --> a.py:1:8
              |
            1 | import no\u{9b}31m\u{1b}[31m
              |        ^^^^^^^^^^^^^^^^^^^^^ searched: .
              |
              = help: no Python environment was found: if this is installed, name its environment with `--python PATH`

        "#]],
    );
    let long = format!("{}import x\n", " ".repeat(3_000));
    full(
        Fixture::new(&[("a.py", long.as_str())]),
        expect![[r#"
            error[unresolved-import]: cannot find `x`
            --> a.py:1:3008
             = help: no Python environment was found: if this is installed, name its environment with `--python PATH`

        "#]],
    );
}

#[test]
fn json_is_for_programs() {
    let fixture = Fixture::new(&[("a.py", "import nowhere\n!\n")]);
    let mut out = Vec::new();
    render_json(&fixture.findings(), &fixture.snapshot, PositionEncoding::Utf16, &mut out).unwrap();
    expect![[r#"
        {"schema":1,"errors":2,"warnings":0,"findings":[{"path":"a.py","line":1,"column":8,"range":{"start":{"line":0,"character":7},"end":{"line":0,"character":14}},"code":"unresolved-import","severity":"error","message":"cannot find `nowhere`","help":"no Python environment was found: if this is installed, name its environment with `--python PATH`"},{"path":"a.py","line":2,"column":1,"range":{"start":{"line":1,"character":0},"end":{"line":1,"character":1}},"code":"syntax-error","severity":"error","message":"this is not Python","help":null}]}
    "#]].assert_eq(&String::from_utf8(out).unwrap());
}

#[test]
fn files_that_are_the_same_module() {
    let mut fixture = Fixture::new(&[
        ("shop.py", ""),
        ("shop/__init__.py", ""),
        ("shop/cart.py", ""),
        ("shop/cart.pyi", ""),
        ("src/shop/__init__.py", ""),
        ("src/shop/cart.py", ""),
        ("conftest.py", ""),
        ("src/conftest.py", ""),
        ("src/alone.py", ""),
    ]);
    fixture.environment.roots = ["src", ""].map(|root| RelPath::new(root).unwrap()).into();
    let mut out = Vec::new();
    render_concise(&fixture.findings(), &mut out).unwrap();
    expect![[r#"
        shop.py:1:1: shadowed-module `shop` is found in `src/shop/__init__.py`, and never here
        shop/__init__.py:1:1: shadowed-module `shop` is found in `src/shop/__init__.py`, and never here
        shop/cart.py:1:1: shadowed-module `shop.cart` is found in `src/shop/cart.py`, and never here
    "#]]
    .assert_eq(&String::from_utf8(out).unwrap());
}
