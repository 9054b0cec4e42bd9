//! What an edit costs, as the exact set of queries that run when everything is asked again.
//!
//! The engine asks less than everything; these tests ask it all, so that whatever could run does.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use expect_test::{Expect, expect};

use crate::fixture::Project;

const FIXTURE: &str = "#- pkg/__init__.py
from .core import T
#- pkg/core.py
class T:
    def m(self) -> int:
        return 1
#- pkg/user.py
from pkg import T
import missing
#- other.py
import os
";

/// Asks everything, makes the edits, asks again.
fn check(edits: &[(&str, Option<&str>)], expected: &Expect) {
    let mut project = Project::of(&[""], FIXTURE);
    project.ask_everything();
    assert_eq!(project.ask_everything(), "", "asking twice runs nothing");
    for asked in [&project.source.scanned, &project.source.outlined] {
        let asked = asked.swap(0, Ordering::Relaxed);
        assert_eq!(asked, project.world.files.len(), "each file's facts are asked for once");
    }
    project.edit(edits);
    expected.assert_eq(&project.ask_everything());
    assert!(project.source.scanned.load(Ordering::Relaxed) <= edits.len());
    assert!(project.source.outlined.load(Ordering::Relaxed) <= edits.len());
}

/// The import map is the common question, and an outline costs several times what a scan does.
#[test]
fn edges_and_needs_never_ask_for_outlines() {
    let project = Project::of(&[""], FIXTURE);
    for path in project.world.files.keys() {
        project.db.resolution(path);
        project.db.needs(path);
        project.db.import_facts(path);
    }
    assert_eq!(project.source.scanned.load(Ordering::Relaxed), project.world.files.len());
    assert_eq!(project.source.outlined.load(Ordering::Relaxed), 0);
}

#[test]
fn the_same_again() {
    check(&[("other.py", Some("import os\n"))], &expect![[""]]);
}

#[test]
fn a_comment_on_top() {
    check(
        &[("pkg/user.py", Some("# c\nfrom pkg import T\nimport missing\n"))],
        &expect![[r#"
            file_facts(pkg/user.py)
            import_facts(pkg/user.py)
            imports(pkg/user.py)"#]],
    );
}

#[test]
fn a_body_edit() {
    check(
        &[("pkg/core.py", Some("class T:\n    def m(self) -> int:\n        return 2\n"))],
        &expect![[r#"
            file_facts(pkg/core.py)
            import_facts(pkg/core.py)"#]],
    );
}

#[test]
fn a_signature_edit() {
    check(
        &[("pkg/core.py", Some("class T:\n    def m(self) -> str:\n        return 1\n"))],
        &expect![[r#"
            file_facts(pkg/core.py)
            import_facts(pkg/core.py)"#]],
    );
}

#[test]
fn an_import_edit() {
    check(
        &[("other.py", Some("import os\nimport pkg.core\n"))],
        &expect![[r#"
            anywhere(/: pkg.core)
            file_facts(other.py)
            import_facts(other.py)
            imports(other.py)
            needs(other.py)
            resolution(other.py)
            resolve_module(pkg.core)"#]],
    );
}

#[test]
fn changed_bindings_of_a_package() {
    check(
        &[("pkg/__init__.py", Some("T = 1\n"))],
        &expect![[r#"
            bound_names(pkg/__init__.py)
            file_facts(pkg/__init__.py)
            import_facts(pkg/__init__.py)
            imports(pkg/__init__.py)
            module_of(pkg/__init__.py)
            needs(pkg/__init__.py)
            needs(pkg/user.py)
            resolution(pkg/__init__.py)
            resolution(pkg/user.py)"#]],
    );
}

/// Numbers of imports shift, but nothing that is asked of the package changes, until the order itself does.
#[test]
fn the_order_of_bindings_in_a_package() {
    let text = "core = 1\nfrom . import core as c\nfrom .core import T\n";
    let mut project = Project::of(&[""], FIXTURE);
    project.edit(&[("pkg/__init__.py", Some(text))]);
    project.ask_everything();
    project.edit(&[("pkg/__init__.py", Some(&format!("__import__('os')\n{text}")))]);
    expect![[r#"
        anywhere(pkg/: os)
        bound_names(pkg/__init__.py)
        file_facts(pkg/__init__.py)
        import_facts(pkg/__init__.py)
        imports(pkg/__init__.py)
        needs(pkg/__init__.py)
        resolution(pkg/__init__.py)"#]]
    .assert_eq(&project.ask_everything());
    let text = "from . import core as c\ncore = 1\nfrom .core import T\n";
    project.edit(&[("pkg/__init__.py", Some(text))]);
    expect![[r#"
        bound_names(pkg/__init__.py)
        file_facts(pkg/__init__.py)
        import_facts(pkg/__init__.py)
        imports(pkg/__init__.py)
        needs(pkg/__init__.py)
        portions_of(pkg/__init__.py)
        resolution(pkg/__init__.py)
        resolution(pkg/user.py)"#]]
    .assert_eq(&project.ask_everything());
}

#[test]
fn a_new_file_satisfies_an_unresolved_import() {
    check(
        &[("missing.py", Some(""))],
        &expect![[r#"
            anywhere(/: missing)
            anywhere(pkg/: missing)
            file_facts(missing.py)
            import_facts(missing.py)
            imports(missing.py)
            inside(/: missing)
            needs(missing.py)
            needs(pkg/user.py)
            resolution(missing.py)
            resolution(pkg/user.py)
            resolve_module(missing)"#]],
    );
}

#[test]
fn a_new_file_that_nobody_waits_for() {
    check(
        &[("unrelated.py", Some(""))],
        &expect![[r#"
            anywhere(/: unrelated)
            file_facts(unrelated.py)
            import_facts(unrelated.py)
            imports(unrelated.py)
            inside(/: unrelated)
            needs(unrelated.py)
            resolution(unrelated.py)"#]],
    );
}

#[test]
fn a_deletion() {
    check(
        &[("pkg/core.py", None)],
        &expect![[r#"
            anywhere(pkg/: pkg.core.T)
            inside(pkg/: core.T)
            needs(pkg/__init__.py)
            needs(pkg/user.py)
            resolution(pkg/__init__.py)
            resolution(pkg/user.py)
            resolve_relative(pkg/: .core)"#]],
    );
}

#[test]
fn a_module_becomes_a_package() {
    check(
        &[("pkg/core.py", None), ("pkg/core/__init__.py", Some("class T: ...\n"))],
        &expect![[r#"
            above(pkg/core/: )
            anywhere(pkg/: pkg.core.T)
            anywhere(pkg/core/: pkg.core)
            bound_names(pkg/core/__init__.py)
            file_facts(pkg/core/__init__.py)
            import_facts(pkg/core/__init__.py)
            imports(pkg/core/__init__.py)
            inside(pkg/: core.T)
            inside(pkg/core/: __init__)
            module_of(pkg/core/__init__.py)
            needs(pkg/__init__.py)
            needs(pkg/core/__init__.py)
            needs(pkg/user.py)
            resolution(pkg/__init__.py)
            resolution(pkg/core/__init__.py)
            resolution(pkg/user.py)
            resolve_relative(pkg/: .core)"#]],
    );
}

/// Asks for the edges of all files, makes the edits, asks again: which files' edges were computed again, and which
/// differ.
fn check_edges(fixture: &str, edits: &[(&str, Option<&str>)], expected: &Expect) {
    let mut project = Project::of(&[""], fixture);
    let all = |project: &Project| -> BTreeMap<_, _> {
        let files = project.world.files.keys();
        files.map(|path| (path.to_string(), project.db.resolution(path).edges.clone())).collect()
    };
    let before = all(&project);
    project.db.take_executed();
    project.edit(edits);
    let after = all(&project);
    let ran = project.db.take_executed();
    let ran = ran.iter().filter_map(|ran| ran.strip_prefix("resolution(")?.strip_suffix(')'));
    let verdict = |path| match before.get(path) {
        None => "new",
        Some(edges) if *edges == after[path] => "the same",
        Some(_) => "differs",
    };
    let rows = ran.map(|path| format!("{path}: {}\n", verdict(path)));
    expected.assert_eq(&rows.collect::<String>());
}

const PACKAGE: &str = "#- pkg/__init__.py
#- pkg/y.py
#- wants_x.py
from pkg import x
#- wants_y.py
from pkg import y
import pkg.y
#- wants_all.py
from pkg import *
#- wants_none.py
import os
";

#[test]
fn a_submodule_comes_and_goes() {
    check_edges(
        PACKAGE,
        &[("pkg/x.py", Some(""))],
        &expect![[r#"
        pkg/x.py: new
        wants_x.py: differs
    "#]],
    );
    check_edges(
        PACKAGE,
        &[("pkg/y.py", None)],
        &expect![[r#"
        wants_y.py: differs
    "#]],
    );
    check_edges(
        PACKAGE,
        &[("pkg/y.py", None), ("pkg/x.py", Some(""))],
        &expect![[r#"
        pkg/x.py: new
        wants_x.py: differs
        wants_y.py: differs
    "#]],
    );
    // A module that becomes a package of the same name.
    check_edges(
        PACKAGE,
        &[("pkg/y.py", None), ("pkg/y/__init__.py", Some(""))],
        &expect![[r#"
        pkg/y/__init__.py: new
        wants_y.py: differs
    "#]],
    );
}

#[test]
fn a_namespace_package_becomes_a_regular_one() {
    check_edges(
        "#- ns/a.py\n#- wants_a.py\nfrom ns import a\n#- wants_b.py\nfrom ns import b\n#- wants_none.py\nimport os\n",
        &[("ns/__init__.py", Some("b = 1\n"))],
        &expect![[r#"
            ns/__init__.py: new
            wants_a.py: differs
            wants_b.py: differs
        "#]],
    );
}

#[test]
fn what_a_star_brings_changes() {
    check_edges(
        PACKAGE,
        &[("pkg/__init__.py", Some("__all__ = ['y']\n"))],
        &expect![[r#"
        wants_all.py: differs
        wants_x.py: the same
        wants_y.py: the same
    "#]],
    );
}

#[test]
fn a_conftest_appears() {
    check_edges(
        "#- tests/test_a.py\n#- tests/deep/test_b.py\n#- tests/helper.py\n#- other/test_c.py\n",
        &[("tests/conftest.py", Some(""))],
        &expect![[r#"
            tests/conftest.py: new
            tests/deep/test_b.py: differs
            tests/test_a.py: differs
        "#]],
    );
}

#[test]
fn a_stub_appears() {
    check_edges(
        PACKAGE,
        &[("pkg/y.pyi", Some(""))],
        &expect![[r#"
        pkg/y.pyi: new
        wants_y.py: differs
    "#]],
    );
}

#[test]
fn an_environment_that_differs_elsewhere() {
    let mut project = Project::of(&[""], FIXTURE);
    project.ask_everything();
    let mut environment = (*project.world.environment).clone();
    environment.site_packages = ["/somewhere".to_owned()].into();
    project.world.environment = std::sync::Arc::new(environment);
    assert!(project.edit(&[]).environment);
    assert_eq!(project.ask_everything(), "");
}
