//! What each form of import means: one test for each kind of line that a correct import map must get right.
//!
//! In this order: dotted names, submodules and attributes, stars, re-exports, relative imports, circumstances,
//! dynamic imports, places in the text, what is no import, newer and older Python, names, self-imports.

use expect_test::expect;

use crate::fixture::{Project, check};

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

/// `import a.b.c` binds `a`, `import a.b.c as c` the module itself: what others import by that name.
#[test]
fn what_a_dotted_import_binds() {
    check(
        "#- a/__init__.py\n#- a/b.py\n#- m.py\nimport a.b\nimport a.b as c\n#- main.py\nfrom m import a, c, b\n",
        &expect![[r#"
            0 m:a → m.py from a
            1 m:c → m.py from a.b
            2 m:b → m.py"#]],
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

/// What is left once a module is loaded is no attribute if nothing was ever bound, or only for type checkers; where no
/// submodule has the name, it is one all the same.
#[test]
fn a_declaration_does_not_win_over_a_submodule() {
    check(
        "#- p/__init__.py
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from ._types import T
    from ._types import imported
    reactor: T
    defined = 1
else:
    attribute = 1
annotated: int
nothing: int
def f():
    global called
    called = 1
try:
    attribute
except NameError as handled:
    pass
#- p/_types.py
class T: ...
imported = 1
#- p/reactor.py
#- p/imported.py
#- p/defined.py
#- p/attribute.py
#- p/annotated.py
#- p/called.py
#- p/handled.py
#- main.py
from p import T, nothing
from p import reactor
from p import imported, defined, attribute
from p import annotated, called, handled
",
        &expect![[r#"
            0 p:T → p/__init__.py from p._types:T
            1 p:nothing → p/__init__.py from p:nothing
            2 p:reactor → p/reactor.py from p.reactor
            2 p → p/__init__.py (implicit)
            3 p:imported → p/imported.py from p.imported
            3 p → p/__init__.py (implicit)
            4 p:defined → p/defined.py from p.defined
            4 p → p/__init__.py (implicit)
            5 p:attribute → p/__init__.py from p:attribute
            6 p:annotated → p/annotated.py from p.annotated
            6 p → p/__init__.py (implicit)
            7 p:called → p/called.py from p.called
            7 p → p/__init__.py (implicit)
            8 p:handled → p/handled.py from p.handled
            8 p → p/__init__.py (implicit)"#]],
    );
    // At its own statement too.
    check(
        "#- p/__init__.py $
from typing import TYPE_CHECKING
if TYPE_CHECKING:
    from .other import x
from . import x as z
#- p/other.py
x = 1
#- p/x.py
",
        &expect![[r#"
            0 typing:TYPE_CHECKING → (stdlib)
            1 p.other:x → p/other.py from p.other:x typing
            2 p:x → p/x.py from p.x"#]],
    );
}

/// To load a submodule binds its name in the package, whatever was bound before; but it is loaded only once.
#[test]
fn a_submodule_that_is_loaded_later_wins() {
    check(
        "#- p/__init__.py
conf = mode = late = again = gone = 1
from .conf import settings
import p.mode
def f():
    from .late import nothing
from .again import one
again = 2
from .again import two
del gone
#- p/conf.py
settings = 1
#- p/mode.py
#- p/late.py
#- p/again.py
one = two = 1
#- p/gone.py
#- main.py
from p import conf, mode
from p import late, again
from p import gone
",
        &expect![[r#"
            0 p:conf → p/conf.py from p.conf
            0 p → p/__init__.py (implicit)
            1 p:mode → p/mode.py from p.mode
            1 p → p/__init__.py (implicit)
            2 p:late → p/__init__.py from p:late
            3 p:again → p/__init__.py from p:again
            4 p:gone → p/gone.py from p.gone
            4 p → p/__init__.py (implicit)"#]],
    );
    // Star imports have their place in the order too.
    check(
        "#- p/__init__.py
from .names import *
from .one import v
from .two import v
from .names import *
from .three import v
del four, five
five = 1
#- p/names.py
one = two = three = four = 1
#- p/one.py
v = 1
#- p/two.py
v = 1
#- p/three.py
v = 1
#- p/four.py
#- p/five.py
#- main.py
from p import one, two
from p import three
from p import four
from p import five
",
        &expect![[r#"
            0 p:one → p/__init__.py from p.names:one
            1 p:two → p/__init__.py from p.names:two
            2 p:three → p/three.py from p.three
            2 p → p/__init__.py (implicit)
            3 p:four → p/four.py from p.four
            3 p → p/__init__.py (implicit)
            4 p:five → p/__init__.py from p:five"#]],
    );
}

/// `from . import x` takes the attribute if there is one: nothing is loaded then.
#[test]
fn an_attribute_stays_what_it_is_when_the_package_asks_for_it() {
    check(
        "#- p/__init__.py $\nx = 1\nfrom . import x\nfrom p import x as y\n#- p/x.py\n",
        &expect![[r#"
            0 p:x → p/__init__.py from p:x
            1 p:x → p/__init__.py from p:x"#]],
    );
    check(
        "#- p/__init__.py\nx = 1\nfrom . import x\nfrom p import x as y\n#- p/x.py\n#- main.py\nfrom p import x, y\n",
        &expect![[r#"
            0 p:x → p/__init__.py from p:x
            1 p:y → p/__init__.py from p:x"#]],
    );
}

/// A star import brings the attributes of a package: a submodule is one if something loads it, or `__all__` names it. A
/// submodule of one's own with that name comes before one that is not named.
#[test]
fn star_imports_bring_submodules_that_are_loaded() {
    check(
        "#- p/__init__.py
from q import *
from r import *
#- p/idle.py
#- p/own.py
#- q/__init__.py
from .busy import v
from .own import v
#- q/busy.py
v = 1
#- q/own.py
v = 1
#- q/idle.py
#- r/__init__.py
__all__ = ['listed']
#- r/listed.py
#- main.py
from p import busy
from p import idle
from p import own
from p import listed
",
        &expect![[r#"
            0 p:busy → p/__init__.py from q.busy
            1 p:idle → p/idle.py from p.idle
            1 p → p/__init__.py (implicit)
            2 p:own → p/own.py from p.own
            2 p → p/__init__.py (implicit)
            3 p:listed → p/__init__.py from r.listed"#]],
    );
}

/// While `__init__` runs, it imports from itself what is bound already: a name that it binds later on is still
/// the submodule. In a function everything is bound.
#[test]
fn a_package_imports_from_itself() {
    check(
        "#- p/__init__.py $
from . import mapper as mapperlib
from ._ctor import fn as mapper
from . import mapper as attribute
from . import late
from p import late as again
def f():
    from . import late
late = 1
#- p/_ctor.py
def fn(): ...
#- p/mapper.py
#- p/late.py
",
        &expect![[r#"
            0 p:mapper → p/mapper.py from p.mapper
            1 p._ctor:fn → p/_ctor.py from p._ctor:fn
            2 p:mapper → p/__init__.py from p._ctor:fn
            3 p:late → p/late.py from p.late
            4 p:late → p/late.py from p.late
            5 p:late → p/__init__.py from p:late deferred"#]],
    );
    check(
        "#- p/__init__.py
from . import mapper as mapperlib
from ._ctor import fn as mapper
#- p/_ctor.py
def fn(): ...
#- p/mapper.py
#- main.py
from p import mapper
from p import mapperlib
",
        &expect![[r#"
            0 p:mapper → p/__init__.py from p._ctor:fn
            1 p:mapperlib → p/__init__.py from p.mapper"#]],
    );
    // A star import may have bound it before.
    check(
        "#- p/__init__.py $\nfrom .x import *\nfrom . import y as z\n#- p/x.py\ny = 1\n#- p/y.py\n",
        &expect![[r#"
            0 p.x:* → p/x.py
            1 p:y → p/__init__.py from p.x:y"#]],
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

/// Star imports take their place among the other bindings; one that leads back gives way to what stands before it.
#[test]
fn star_imports_and_definitions() {
    check(
        "#- m.py
x = y = z = 1
from n import _a
from n import *
y = 2
#- n.py
from m import z
x = y = _a = 3
#- main.py
from m import x, y, z, _a
",
        &expect![[r#"
            0 m:x → m.py from n:x
            1 m:y → m.py from m:y
            2 m:z → m.py from m:z
            3 m:_a → m.py from n:_a"#]],
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
fn re_exports_in_circles_end() {
    check(
        "#- a.py
from b import x
from b import *
#- b.py
from a import x
from a import *
#- main.py
from a import x, y
from b import *
",
        &expect![[r#"
            0 a:x → a.py
            1 a:y → a.py
            2 b:* → b.py"#]],
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

/// No number of dots may do harm: what no tree is deep enough for is cut.
#[test]
fn beyond_the_top_is_unresolved() {
    let dots = ".".repeat(300);
    let project = Project::of(&[""], &format!("#- main.py\nfrom .... import q\nfrom {dots}x import y\n"));
    let cut = format!("0 ....:q → (unresolved)\n1 {}x:y → (unresolved)", ".".repeat(256));
    assert_eq!(project.edges("main.py"), cut);
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
fn type_checking_under_other_names() {
    check(
        "#- x.py
#- main.py
import typing as t
from typing import TYPE_CHECKING as TC
if t.TYPE_CHECKING: import x
if TC:
    import x
elif other:
    import x
else:
    import x
if not TC:
    import x
else:
    import x
if other and t.TYPE_CHECKING:
    if again:
        import x
",
        &expect![[r#"
            0 typing → (stdlib)
            1 typing:TYPE_CHECKING → (stdlib)
            2 x → x.py typing
            3 x → x.py typing
            4 x → x.py
            5 x → x.py
            6 x → x.py
            7 x → x.py typing
            8 x → x.py typing"#]],
    );
}

#[test]
fn imports_that_may_fail() {
    check(
        "#- slow.py
#- main.py
import contextlib
try: import fast
except ImportError: import slow
try:
    import fast
except ModuleNotFoundError:
    fast = None
try:
    import fast
except ValueError:
    import slow
with contextlib.suppress(ImportError):
    import fast
",
        &expect![[r#"
            0 contextlib → (stdlib)
            1 fast → (unresolved) optional
            2 slow → slow.py optional
            3 fast → (unresolved) optional
            4 fast → (unresolved)
            5 slow → slow.py
            6 fast → (unresolved) optional"#]],
    );
}

#[test]
fn deferred_imports_in_every_kind_of_body() {
    check(
        "#- x.py
#- main.py
def f(): import x
async def g():
    while True:
        import x
class C:
    import x
    def m(self):
        match self:
            case 1: import x
while True:
    import x
",
        &expect![[r#"
            0 x → x.py deferred
            1 x → x.py deferred
            2 x → x.py
            3 x → x.py deferred
            4 x → x.py"#]],
    );
}

#[test]
fn dynamic_imports() {
    check(
        "#- pkg/__init__.py
#- pkg/c.py
#- a/__init__.py
#- a/b.py
#- pkg/main.py $
import importlib
from importlib import import_module as load
__import__('a.b')
importlib.import_module('.c', __package__)
load('pkg.c')
load(name)
",
        &expect![[r#"
            0 importlib → (stdlib)
            1 importlib:import_module → (stdlib)
            2 a.b → a/b.py dynamic
            2 a → a/__init__.py dynamic (implicit)
            3 pkg.c → pkg/c.py dynamic
            3 pkg → pkg/__init__.py dynamic (implicit)
            4 pkg.c → pkg/c.py dynamic
            4 pkg → pkg/__init__.py dynamic (implicit)"#]],
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

#[test]
fn edges_know_their_lines() {
    let project = Project::of(
        &[""],
        "#- a.py\n#- b.py\n#- main.py\nimport a; from b \\\n  import c\n\n\nfrom b import (\n    x,\n    y,\n)\n",
    );
    expect![[r#"
        1:8 a -
        2:10 b c
        6:5 b x
        7:5 b y"#]]
    .assert_eq(&project.lines("main.py"));
}

#[test]
fn texts_that_are_no_imports() {
    check(
        "#- a.py
#- main.py
\"import a\"
'''import a'''
def f():
    \"\"\"
    >>> import a
    \"\"\"
# import a
x = []  # type: a.T
y = f\"{'import a'} import a\"
",
        &expect![[r#""#]],
    );
}

/// PEP 810, as keyword and as a name; PEP 758; and what stands behind newer syntax (PEP 750, 695, 701).
#[test]
fn newer_python() {
    check(
        "#- x.py
#- main.py
lazy import x
lazy = 1
lazy from x import y
try:
    import x
except ImportError, B: import x
t'{x}'; import x
type T[K] = dict[K, int]; import x
f'{f'{x}'}'; import x
",
        &expect![[r#"
            0 x → x.py lazy
            1 x:y → x.py lazy
            2 x → x.py optional
            3 x → x.py optional
            4 x → x.py
            5 x → x.py
            6 x → x.py"#]],
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
