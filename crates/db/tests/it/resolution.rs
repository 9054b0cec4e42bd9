//! What each form of import means.

use expect_test::{Expect, expect};

use crate::fixture::Project;

/// The edges of `main.py` (or of the file marked with `$`) in a project with the roots given.
fn check_in(roots: &[&str], fixture: &str, expected: &Expect) {
    let marked = fixture.lines().find_map(|line| line.strip_prefix("#- ")?.strip_suffix(" $"));
    let project = Project::of(roots, &fixture.replace(" $\n", "\n"));
    expected.assert_eq(&project.edges(marked.unwrap_or("main.py")));
}

fn check(fixture: &str, expected: &Expect) {
    check_in(&[""], fixture, expected);
}

#[test]
fn parents_of_dotted_modules_are_implicit() {
    check(
        "#- a/__init__.py\n#- a/b/__init__.py\n#- a/b/c.py\n#- main.py\nimport a.b.c\nimport a.b as c\nimport a.x\n",
        &expect![[r#"
            0 a.b.c → a/b/c.py
            0 a → a/__init__.py (implicit)
            0 a.b → a/b/__init__.py (implicit)
            1 a.b → a/b/__init__.py
            1 a → a/__init__.py (implicit)
            2 a.x → (unresolved)
            2 a → a/__init__.py (implicit)"#]],
    );
}

#[test]
fn submodule_or_attribute() {
    check(
        "#- pkg/__init__.py
attr = 1
#- pkg/x.py
#- pkg/main.py $
from . import x
from . import attr
from . import nothing
",
        &expect![[r#"
            0 pkg:x → pkg/x.py from pkg.x
            0 pkg → pkg/__init__.py (implicit)
            1 pkg:attr → pkg/__init__.py from pkg:attr
            2 pkg:nothing → pkg/__init__.py"#]],
    );
}

#[test]
fn an_attribute_wins_over_a_submodule() {
    check(
        "#- p/__init__.py
conf = 1
#- p/conf.py
#- q/__init__.py
from p import conf
from .core import other as n
#- q/conf.py
#- q/core.py
other = 1
#- q/n.py
#- r/__init__.py
from .conf import settings
from . import y
import r.z as z
#- r/conf.py
settings = 1
#- r/y.py
#- r/z.py
#- s/__init__.py
from .f import f
#- s/f.py
def f(): ...
#- t/__init__.py
from .f import *
#- t/f.py
def f(): ...
#- main.py
from p import conf
from q import conf, n
from r import conf, settings, y, z
from s import f
from t import f
",
        &expect![[r#"
            0 p:conf → p/__init__.py from p:conf
            1 q:conf → q/__init__.py from p:conf
            2 q:n → q/__init__.py from q.core:other
            3 r:conf → r/conf.py from r.conf
            3 r → r/__init__.py (implicit)
            4 r:settings → r/__init__.py from r.conf:settings
            5 r:y → r/y.py from r.y
            5 r → r/__init__.py (implicit)
            6 r:z → r/z.py from r.z
            6 r → r/__init__.py (implicit)
            7 s:f → s/__init__.py from s.f:f
            8 t:f → t/__init__.py from t.f:f"#]],
    );
}

#[test]
fn star_imports_bring_the_submodules_that_all_names() {
    check(
        "#- a/__init__.py
from .more import __all__ as more
from . import sub
__all__ = ['s1', 'f', 'ns', 'missing', 'x/y', '']
__all__ += ['s2']
__all__.extend(['s3'])
__all__.append('s4')
__all__ += more
__all__ += sub.__all__
def f(): ...
s4 = 1
#- a/more.py
__all__ = ['s5']
#- a/sub.py
from .sub2 import *
from . import sub2
__all__ = ['s6']
__all__ += sub2.__all__
#- a/sub2.py
from . import sub
__all__ = ['s7']
__all__ += sub.__all__
#- a/s1.py
#- a/s2.py
#- a/s3.py
#- a/s4.py
#- a/s5.py
#- a/s6.py
#- a/s7.py
#- a/s8.py
#- a/ns/x.py
#- main.py
from a import *
",
        &expect![[r#"
            0 a:* → a/__init__.py
            0 a:s1 → a/s1.py from a.s1 (implicit)
            0 a:s2 → a/s2.py from a.s2 (implicit)
            0 a:s3 → a/s3.py from a.s3 (implicit)
            0 a:s6 → a/s6.py from a.s6 (implicit)
            0 a:s7 → a/s7.py from a.s7 (implicit)"#]],
    );
}

#[test]
fn symbols_are_followed_through_re_exports() {
    check(
        "#- p/__init__.py
from .core import T, U as V
from .stars import *
import p.core as core
from numpy import array
from .cycle import round
try:
    from fast import speed
except ImportError:
    from .core import speed
try:
    from .core import slow
except ImportError:
    from gone import slow
#- p/core.py
class T: ...
class U: ...
def speed(): ...
def slow(): ...
#- p/stars.py
from .deeper import *
from .private import *
_hidden = 1
#- p/deeper.py
def deep(): ...
def _private(): ...
#- p/private.py
__all__ = ['_shown']
_shown = 1
unlisted = 2
#- p/cycle.py
from . import round
#- main.py
from p import T
from p import V
from p import deep
from p import _hidden
from p import _private
from p import _shown
from p import unlisted
from p import core
from p import array
from p import round
from p import speed
from p import slow
from p.core import U
from p.stars import _shown, unlisted
",
        &expect![[r#"
            0 p:T → p/__init__.py from p.core:T
            1 p:V → p/__init__.py from p.core:U
            2 p:deep → p/__init__.py from p.deeper:deep
            3 p:_hidden → p/__init__.py
            4 p:_private → p/__init__.py
            5 p:_shown → p/__init__.py
            6 p:unlisted → p/__init__.py
            7 p:core → p/core.py from p.core
            7 p → p/__init__.py (implicit)
            8 p:array → p/__init__.py
            9 p:round → p/__init__.py
            10 p:speed → p/__init__.py from p.core:speed
            11 p:slow → p/__init__.py from p.core:slow
            12 p.core:U → p/core.py from p.core:U
            12 p → p/__init__.py (implicit)
            13 p.stars:_shown → p/stars.py from p.private:_shown
            13 p → p/__init__.py (implicit)
            14 p.stars:unlisted → p/stars.py
            14 p → p/__init__.py (implicit)"#]],
    );
}

#[test]
fn the_last_binding_wins() {
    check(
        "#- m.py
from a import x
def x(): ...
def y(): ...
from a import y
#- a.py
x = 1
y = 2
#- main.py
from m import x, y
",
        &expect![[r#"
            0 m:x → m.py from m:x
            1 m:y → m.py from a:y"#]],
    );
}

#[test]
fn relative_imports_go_by_place() {
    check(
        "#- top/deep/o.py
#- top/deep/er/here.py $
from ...deep import o
from ..deep import o
from .. import o as again
from ...deep.o import nothing
from .... import q
from ..... import q
from ......x import q
from . import here
from .here import *
#- q.py
",
        &expect![[r#"
            0 top.deep:o → top/deep/o.py from top.deep.o
            1 top.deep.deep:o → (unresolved)
            2 top.deep:o → top/deep/o.py from top.deep.o
            3 top.deep.o:nothing → top/deep/o.py
            4 ....:q → (unresolved)
            5 .....:q → (unresolved)
            6 ......x:q → (unresolved)
            7 top.deep.er:here → top/deep/er/here.py from top.deep.er.here
            8 top.deep.er.here:* → top/deep/er/here.py"#]],
    );
}

#[test]
fn relative_imports_of_a_top_level_module_lead_nowhere() {
    check(
        "#- b.py\n#- main.py\nfrom . import b\nfrom .b import x\n",
        &expect![[r#"
        0 .:b → (unresolved)
        1 .b:x → (unresolved)"#]],
    );
    // The root is itself a package.
    check(
        "#- __init__.py\n#- b.py\n#- main.py\nfrom . import b\n",
        &expect![[r#"
        0 :b → b.py from b
        0  → __init__.py (implicit)"#]],
    );
    // No root makes the script importable: only places count.
    check(
        "#- my-dir/b.py\n#- my-dir/run.py $\nfrom . import b\nimport b\n",
        &expect![[r#"
        0 my-dir:b → my-dir/b.py from my-dir.b
        1 b → my-dir/b.py"#]],
    );
}

#[test]
fn contexts_are_passed_on() {
    check(
        "#- x.py
#- a/__init__.py
#- a/b.py
#- main.py
import typing as t
if t.TYPE_CHECKING:
    import x
try:
    import fast
except ImportError:
    import x
def f():
    import x
__import__('a.b')
import importlib
importlib.import_module('../x')
importlib.import_module('')
",
        &expect![[r#"
            0 typing → (stdlib)
            1 x → x.py typing
            2 fast → (unresolved) optional
            3 x → x.py optional
            4 x → x.py deferred
            5 a.b → a/b.py dynamic
            5 a → a/__init__.py dynamic (implicit)
            6 importlib → (stdlib)"#]],
    );
    check(
        "#- pkg/__init__.py\n#- pkg/c.py\n#- pkg/main.py $\nimport importlib\nimportlib.import_module('.c', __package__)\n",
        &expect![[r#"
            0 importlib → (stdlib)
            1 pkg.c → pkg/c.py dynamic
            1 pkg → pkg/__init__.py dynamic (implicit)"#]],
    );
}

#[test]
fn names_are_compared_bytewise() {
    check(
        "#- p/__init__.py\n#- p/core.py\n#- main.py\nimport p.Core\nimport P\n",
        &expect![[r#"
        0 p.Core → (unresolved)
        0 p → p/__init__.py (implicit)
        1 P → (unresolved)"#]],
    );
}

#[test]
fn a_module_that_imports_itself() {
    check(
        "#- p/__init__.py\nimport p.main\n#- p/main.py $\nimport p.main\nfrom p.main import f\n",
        &expect![[r#"
        0 p.main → p/main.py
        0 p → p/__init__.py (implicit)
        1 p.main:f → p/main.py
        1 p → p/__init__.py (implicit)"#]],
    );
    check(
        "#- p/__init__.py $\nfrom . import x\nfrom .x import y\nimport p\n#- p/x.py\n",
        &expect![[r#"
        0 p:x → p/x.py from p.x
        1 p.x:y → p/x.py
        2 p → p/__init__.py"#]],
    );
}

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
            0 a → a.py
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

#[test]
fn statements_side_by_side_and_broken_ones() {
    check(
        "#- a.py\n#- b.py\n#- c.py\n#- main.py\nimport a; from b \\\n  import c\nprint 'x'; import a\nx = []  # type: a.T\n\"import a\"\n",
        &expect![[r#"
            0 a → a.py
            1 b:c → b.py
            2 a → a.py"#]],
    );
}

/// Neither the length of a chain nor a star of stars may cost stack: the test's thread has 2 MB.
#[test]
fn long_chains_are_followed_without_recursion() {
    let mut fixture = String::from("#- main.py\nfrom m0 import x\nfrom s0 import y\nfrom a0 import *\n");
    for number in 0..5_000 {
        let next = number + 1;
        fixture.push_str(&format!("#- m{number}.py\nfrom m{next} import x\n"));
        fixture.push_str(&format!("#- s{number}.py\nfrom s{next} import *\n"));
        fixture.push_str(&format!("#- a{number}.py\nfrom a{next} import *\nimport a{next} as n\n__all__ = []\n__all__ += n.__all__\n"));
    }
    fixture.push_str("#- m5000.py\nx = 1\n#- s5000.py\ny = 1\n#- a5000.py\n__all__ = ['z']\n");
    check(
        &fixture,
        &expect![[r#"
        0 m0:x → m0.py from m5000:x
        1 s0:y → s0.py from s5000:y
        2 a0:* → a0.py"#]],
    );
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
