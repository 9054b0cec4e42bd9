//! Needs: wider than edges, absent candidates included.

use expect_test::expect;

use crate::fixture::{Project, path};

#[test]
fn everything_a_file_could_mean() {
    let project = Project::of(
        &["src", ""],
        "#- pyproject.toml
#- src/pkg/__init__.py
#- src/pkg/mod.py
def f():
    from pkg.other import name
    import absent
#- src/pkg/mod.pyi
#- src/pkg/other.py
#- src/pkg/other/name.py
#- pkg-stubs/__init__.pyi
#- pkg-stubs/other.pyi
#- pkg/other.py
",
    );
    expect![[r#"
        pkg-stubs/__init__.pyi
        pkg-stubs/other.pyi
        pkg/other.py
        src/pkg/__init__.py
        src/pkg/mod.pyi
        src/pkg/other.py
        src/pkg/other/name.py
        / __init__ = 0
        / absent = 0
        / pkg = 48
        / pyproject.toml = 64
        / src = 16
        pkg/ mod = 0
        pkg/ other = 1
        pkg-stubs/ __init__ = 2
        pkg-stubs/ mod = 0
        pkg-stubs/ other = 2
        src/ __init__ = 0
        src/ absent = 0
        src/ pkg = 20
        src/ pyproject.toml = 0
        src/ src = 0
        src/pkg/ __init__ = 1
        src/pkg/ absent = 0
        src/pkg/ mod = 3
        src/pkg/ other = 17
        src/pkg/ pkg = 0
        src/pkg/ pyproject.toml = 0
        src/pkg/ src = 0
        src/pkg/other/ name = 1
    "#]]
    .assert_eq(&project.needs("src/pkg/mod.py"));
}

#[test]
fn relative_imports_need_what_lies_there() {
    let project = Project::of(
        &[""],
        "#- a/b/__init__.py\n#- a/b/c.py\nfrom .. import x, y\nfrom ...z import *\n#- a/x.py\n#- a/y/q.py\n#- z.py\n",
    );
    expect![[r#"
        a/b/__init__.py
        a/x.py
        z.py
        / __init__ = 0
        / a = 16
        / pyproject.toml = 0
        / z = 1
        a/ __init__ = 0
        a/ a = 0
        a/ b = 20
        a/ pyproject.toml = 0
        a/ x = 1
        a/ y = 16
        a/b/ __init__ = 1
        a/b/ a = 0
        a/b/ c = 1
        a/b/ pyproject.toml = 0
    "#]]
    .assert_eq(&project.needs("a/b/c.py"));
}

/// Submodules that a package's `__all__` names are needed by who imports its star.
#[test]
fn star_submodules() {
    let project = Project::of(
        &[""],
        "#- main.py\nfrom p import *\n#- p/__init__.py\n__all__ = ['s']\n#- p/s.py\n#- p/t.py\n",
    );
    let targets = &project.db.needs(&path("main.py")).targets;
    expect![[r#"["p/__init__.py", "p/s.py"]"#]].assert_eq(&format!("{targets:?}"));
}
