use std::fmt::Write as _;

use expect_test::{Expect, expect};
use staniel_facts::{Binding, Bindings};

fn bind(text: &str) -> Bindings {
    super::scan(text).1
}

/// Compares what a text binds: each name with `d` for a definition, `@` how many imports stand before it, and the index
/// for an import; star imports; imports that are idle; `__all__`.
#[expect(clippy::needless_pass_by_value, reason = "that is what `expect!` makes")]
fn check(text: &str, expected: Expect) {
    let bindings = bind(text);
    let mut shown = String::new();
    for (name, by) in &bindings.names {
        let by = by.iter().map(|binding| match binding {
            Binding::Definition(0) => "d".to_owned(),
            Binding::Definition(before) => format!("d@{before}"),
            Binding::Import(index) => index.to_string(),
            Binding::Declaration => "declared".to_owned(),
            Binding::Deletion(before) => format!("del@{before}"),
        });
        writeln!(shown, "{name}: {}", by.collect::<Vec<_>>().join(" ")).unwrap();
    }
    if !bindings.stars.is_empty() {
        writeln!(shown, "stars {:?}", bindings.stars).unwrap();
    }
    if !bindings.idle.is_empty() {
        writeln!(shown, "idle {:?}", bindings.idle).unwrap();
    }
    if let Some(all) = &bindings.all {
        let partial = if all.partial { ", and more" } else { "" };
        writeln!(shown, "all {:?} from {:?}{partial}", all.names, all.from).unwrap();
    }
    expected.assert_eq(&shown);
}

#[test]
fn all_that_binds() {
    check(
        "\
def f(p): local = 1
class C:
    attribute = 1
    def method(self): pass
a = b = 1
c, (d, *e), [f2, x.no, y[no]] = 1
annotated: int
g: int = 1
h += 1
for i, j in k: l = 1
while m: n = 1
with o as p, q as (r, s): pass
try: t = 1
except E as u: pass
else: v = 1
if (w := 1): pass
type X[T] = int
type Y = int
async def z(): pass
@decorator
class D: pass
print((aa := 1), lambda q: (no := 1))
del a
",
        expect![[r#"
            C: d
            D: d
            X: d
            Y: d
            a: d del@0
            aa: d
            annotated: declared
            b: d
            c: d
            d: d
            e: d
            f: d
            f2: d
            g: d
            h: d
            i: d
            j: d
            l: d
            n: d
            p: d
            r: d
            s: d
            t: d
            u: declared
            v: d
            w: d
            z: d
        "#]],
    );
}

#[test]
fn private_names_of_classes() {
    check(
        "\
class __C:
    global __a, __b__
    class _: global __c
    def f(self):
        global __d
def g():
    global __e
",
        expect![[r#"
            _C__a: declared
            _C__d: declared
            __C: d
            __b__: declared
            __c: declared
            __e: declared
            g: d
        "#]],
    );
}

#[test]
fn what_looks_like_a_target() {
    check(
        "\
(no).x, yes1 = 1
(no): int
(yes2): int = 1
[no, no][0], (no,).x, *yes3 = 1
with a as (yes4, [yes5]), b as no.x, c as no[0], (d as yes6, e as yes7): pass
for no[i], no.j in k: pass
type(no)
type[no] = 1
print(no == 1, no=2)
f'{yes8!r:{(yes9 := 1)}}' f'{no:=1}'
yes8 = no != no <= no
assert no, lambda x=1: no
",
        expect![[r#"
            yes1: d
            yes2: d
            yes3: d
            yes4: d
            yes5: d
            yes6: d
            yes7: d
            yes8: d
            yes9: d
        "#]],
    );
}

#[test]
fn imports_bind() {
    check(
        "\
import a.b
import c.d as e
from f import g, h as i
from j import *
class K:
    import no
    from no import *
def l():
    import no
if x: from . import m
try: import n
except ImportError: n = None
__import__('no')
lazy import p
from __future__ import q
import n
",
        expect![[r#"
            K: d@5
            a: 0
            e: 1
            g: 2
            i: 3
            l: d@7
            m: 8
            n: 9 d@10 13
            p: 11
            q: 12
            stars [4]
            idle [7]
        "#]],
    );
}

/// What is bound for type checkers only, what is unbound again, and how many imports stand before.
#[test]
fn declarations_and_deletions() {
    check(
        "\
from typing import TYPE_CHECKING as TC
a: int
if TC:
    import b
    from c import *
    d = 1
    def e(): pass
    for f in g: (h := 1)
    with i as j: pass
elif (k := 1):
    l = 1
else:
    m = 1
if not TC: n = 1
elif (o := 1): p = 1
else: q = 1
del a, (m, [n]), x.no, y[no]
if z: del l
def r():
    global s
    import no
    del no
try: pass
except t as u: pass
v = __import__('w')
(no): int
",
        expect![[r#"
            TC: 0
            a: declared del@3
            b: 1
            d: declared
            e: declared
            f: declared
            h: declared
            j: declared
            k: d@3
            l: d@3
            m: d@3 del@3
            n: d@3 del@3
            o: declared
            p: declared
            q: declared
            r: d@3
            s: declared
            u: declared
            v: d@4
            stars [2]
            idle [1, 2, 3]
        "#]],
    );
}

#[test]
fn captures_of_patterns() {
    check(
        "\
match x:
    case [a, *b, _]: pass
    case {'k': c, no.no: d, **e}: pass
    case no(f, no=g): pass
    case no.no() as h: pass
    case (str(i) | j): pass
    case -1 | None | True | 'no': pass
    case k if (l := 1): pass
    case m, n: o = 1
",
        expect![[r#"
            a: d
            b: d
            c: d
            d: d
            e: d
            f: d
            g: d
            h: d
            i: d
            j: d
            k: d
            l: d
            m: d
            n: d
            o: d
        "#]],
    );
}

#[test]
fn scopes_inside() {
    check(
        "\
[no for no in (yes1 := x) if (yes2 := no)]
{k: (yes3 := v) for k, v in x}
lambda: [(no := 1) for no in x]
class C(yes4 := D):
    (no := 1)
    [no for no in x]
def f(no=(yes5 := 1)) -> (yes6 := int):
    global yes7, yes8
    yes7 = no = 1
    def g():
        nonlocal no
        global yes9
class E:
    global yes10
@(yes11 := decorator)
def h(): pass
",
        expect![[r#"
            C: d
            E: d
            f: d
            h: d
            yes1: d
            yes10: declared
            yes11: d
            yes2: d
            yes3: d
            yes4: d
            yes5: d
            yes6: d
            yes7: declared
            yes8: declared
            yes9: declared
        "#]],
    );
}

#[test]
fn dunder_all_written_down() {
    check(
        "__all__ = ['a', \"b\" 'c', 'a']\n",
        expect![[r#"
        __all__: d
        all ["a", "bc"] from []
    "#]],
    );
    check(
        "__all__: list[str] = ('a',)\n__all__ += ['b']\n__all__ += 'c', 'd'\n",
        expect![[r#"
        __all__: d d d
        all ["a", "b", "c", "d"] from []
    "#]],
    );
    check(
        "__all__ = []\n__all__.extend(['a', 'b'])\n__all__.append('c')\n__all__.remove('a')\n__all__.append('a')\n\
         __all__.sort()\n",
        expect![[r#"
            __all__: d
            all ["b", "c", "a"] from []
        "#]],
    );
    check(
        "x = __all__ = ['a']\n__all__ = y = ['b'] + ['c'] + (['d'])\n",
        expect![[r#"
        __all__: d d
        x: d
        y: d
        all ["b", "c", "d"] from []
    "#]],
    );
    check(
        "if x: __all__ = ['a']\nelse: __all__ = ['b']\n",
        expect![[r#"
        __all__: d d
        all ["a", "b"] from []
    "#]],
    );
    check(
        "__all__ = ['a']\n__all__ = ['b']\n",
        expect![[r#"
        __all__: d d
        all ["b"] from []
    "#]],
    );
    check(
        "__all__ = ['a']\n__all__ = __all__ + ['b']\n__all__ = [*__all__, 'c']\n",
        expect![[r#"
        __all__: d d d
        all ["a", "b", "c"] from []
    "#]],
    );
    check(
        "__all__: list[str]\n",
        expect![[r#"
            __all__: declared
        "#]],
    );
    check(
        "class C:\n    __all__ = ['a']\ndef f():\n    __all__ = ['b']\n",
        expect![[r#"
        C: d
        f: d
    "#]],
    );
}

#[test]
fn dunder_all_of_other_modules() {
    check(
        "\
from . import a
from .b import *
import c.d
from e import f as g
from .h import no
__all__ = ['x', *b.__all__] + a.__all__
__all__ += c.d.__all__
__all__.extend(g.__all__)
__all__ += a.__all__
",
        expect![[r#"
            __all__: d@5 d@5 d@5
            a: 0
            c: 2
            g: 3
            no: 4
            stars [1]
            all ["x"] from [1, 0, 2, 3]
        "#]],
    );
    check(
        "from .h import x\n__all__ = h.__all__\n",
        expect![[r#"
            __all__: d@1
            x: 0
            all [] from [], and more
        "#]],
    );
}

#[test]
fn dunder_all_not_understood() {
    for text in [
        "__all__ = list(x)",
        "__all__ = ['a', b]",
        "__all__ = ['a', f'b']",
        "__all__ = [x for x in dir()]",
        "__all__ = ['a']\n__all__ *= 2",
        "__all__ = ['a']\n__all__.insert(0, 'b')",
        "__all__ = ['a']\n__all__.append(b)",
        "__all__ = ['a']\ndel __all__[0]",
        "__all__ = ['a']\n__all__.remove('b')",
        "__all__, x = ['a'], 1",
        "def f():\n    global __all__",
    ] {
        assert!(bind(text).all.is_some_and(|all| all.partial), "{text}");
    }
}

/// Long and deep texts take no stack, and no more than linear time.
#[test]
fn hostile_shapes() {
    let many = 20_000;
    let on_small_stack = |text: String, names: usize| {
        let work = move || assert_eq!(bind(&text).all.unwrap().names.len(), names);
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    };
    let names: Vec<String> = (0..many).map(|n| format!("'n{n}'")).collect();
    let display = format!("__all__ = [{}]\n", names.join(","));
    let removals: String = names.iter().map(|name| format!("__all__.remove({name})\n")).collect();
    on_small_stack(display + &removals, 0);
    on_small_stack(
        format!("__all__ = {}\n", names.iter().map(|n| format!("[{n}]")).collect::<Vec<_>>().join("+")),
        many,
    );
    on_small_stack(format!("__all__ = {}['a']\n", "a = ".repeat(many)), 1);
    let imports: String =
        (0..many).map(|n| format!("from . import m{n}\n__all__ += m{n}.__all__\n")).collect();
    on_small_stack(imports, 0);
    on_small_stack(format!("{} = 1\n__all__ = []\n", "x, ".repeat(many)), 0);
}
