//! Whose module it is: the project's, the standard library's, somebody else's, nobody's.

use std::sync::Arc;

use expect_test::expect;
use staniel_facts::PythonVersion;

use crate::fixture::{Project, check};

#[test]
fn classes_of_targets() {
    check(
        "#- email/__init__.py
#- sys.py
#- xml/own.py
#- numpy/own.py
#- yaml/own.py
#- google/cloud/own.py
#- main.py
import email.message
import email
import sys
import xml.own
import numpy.linalg
import numpy.own
import numpy
from numpy import own
from google.cloud import own
from google.cloud import storage
import os.path
import distutils
import yaml
import yaml.own
from yaml import own, other
import nowhere
from nowhere import x
from __future__ import annotations
",
        &expect![[r#"
            0 email.message → (unresolved)
            0 email → email/__init__.py (implicit)
            1 email → email/__init__.py
            2 sys → (stdlib)
            3 xml.own → (stdlib)
            4 numpy.linalg → (third-party)
            5 numpy.own → numpy/own.py
            6 numpy → (third-party)
            7 numpy:own → numpy/own.py from numpy.own
            8 google.cloud:own → google/cloud/own.py from google.cloud.own
            9 google.cloud:storage → (third-party)
            10 os.path → (stdlib)
            11 distutils → (unresolved)
            12 yaml → (first-party)
            13 yaml.own → yaml/own.py
            14 yaml:own → yaml/own.py from yaml.own
            15 yaml:other → (unresolved)
            16 nowhere → (unresolved)
            17 nowhere:x → (unresolved)
            18 __future__:annotations → (stdlib)"#]],
    );
}

/// What the standard library has depends on the version that the code is for.
#[test]
fn the_standard_library_of_a_version() {
    let mut project = Project::of(&[""], "#- main.py\nimport tomllib, distutils, os.path, annotationlib\n");
    expect![[r#"
        0 tomllib → (stdlib)
        1 distutils → (unresolved)
        2 os.path → (stdlib)
        3 annotationlib → (unresolved)"#]]
    .assert_eq(&project.edges("main.py"));
    let mut environment = (*project.world.environment).clone();
    environment.python = PythonVersion { major: 3, minor: 10 };
    project.world.environment = Arc::new(environment);
    project.edit(&[]);
    expect![[r#"
        0 tomllib → (unresolved)
        1 distutils → (stdlib)
        2 os.path → (stdlib)
        3 annotationlib → (unresolved)"#]]
    .assert_eq(&project.edges("main.py"));
}

#[test]
fn shadowing_files_are_kept_up_to_date() {
    let mut project = Project::of(
        &["src", ""],
        "#- src/enum.py\n#- __builtins__.pyi\n#- numpy-stubs/x.pyi\n#- src/pkg/enum.py\n#- tests/a.py\n#- test/b.py\n",
    );
    let shadowing = |project: &Project| format!("{:?}", project.db.shadowing());
    expect![[
        r#"Shadowing { stubs: {"__builtins__.pyi", "src/enum.py"}, installed: {"numpy-stubs/x.pyi"} }"#
    ]]
    .assert_eq(&shadowing(&project));
    project.edit(&[("src/enum.py", None), ("src/json/x.py", Some(""))]);
    expect![[
        r#"Shadowing { stubs: {"__builtins__.pyi", "src/json/x.py"}, installed: {"numpy-stubs/x.pyi"} }"#
    ]]
    .assert_eq(&shadowing(&project));
    let mut environment = (*project.world.environment).clone();
    environment.third_party.clear();
    environment.third_party.insert("tests".into());
    project.world.environment = std::sync::Arc::new(environment);
    project.edit(&[]);
    expect![[r#"Shadowing { stubs: {"__builtins__.pyi", "src/json/x.py"}, installed: {"tests/a.py"} }"#]]
        .assert_eq(&shadowing(&project));
}

/// The same module in two places, and other files that no import by their own name reaches.
#[test]
fn hidden_files() {
    let mut project = Project::of(
        &["src", "", "tests"],
        "#- src/pkg/__init__.py
#- src/pkg/both.py
#- src/pkg/both/__init__.py
#- src/pkg/fine.py
#- src/pkg/fine.pyi
#- pkg/__init__.py
#- pkg/a.py
#- utils.py
#- tests/utils.py
#- tests/conftest.py
#- conftest.py
#- sys.py
#- __main__.py
#- mod.py
#- mod/part.py
#- numpy/own.py
#- numpy-stubs/own.pyi
#- my-dir/run.py
#- json/x.py
",
    );
    let hidden = |project: &Project| {
        let row = |hidden: staniel_db::Hidden| {
            let winner = hidden.winner.map_or("(installed)".to_owned(), |winner| winner.to_string());
            format!("{}: {winner} hides {}\n", hidden.module, hidden.path)
        };
        project.db.hidden().into_iter().map(row).collect::<String>()
    };
    expect![[r#"
        json.x: (installed) hides json/x.py
        mod.part: mod.py hides mod/part.py
        pkg: src/pkg/__init__.py hides pkg/__init__.py
        pkg.a: src/pkg/__init__.py hides pkg/a.py
        pkg.both: src/pkg/both/__init__.py hides src/pkg/both.py
        sys: (installed) hides sys.py
        utils: utils.py hides tests/utils.py
    "#]]
    .assert_eq(&hidden(&project));
    project.edit(&[("utils.py", None), ("src/pkg/__init__.py", None)]);
    expect![[r#"
        json.x: (installed) hides json/x.py
        mod.part: mod.py hides mod/part.py
        pkg.both: pkg/__init__.py hides src/pkg/both.py
        pkg.both: pkg/__init__.py hides src/pkg/both/__init__.py
        pkg.fine: pkg/__init__.py hides src/pkg/fine.py
        pkg.fine: pkg/__init__.py hides src/pkg/fine.pyi
        sys: (installed) hides sys.py
    "#]]
    .assert_eq(&hidden(&project));
}
