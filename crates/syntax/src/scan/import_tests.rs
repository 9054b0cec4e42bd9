use std::fmt::Write as _;

use expect_test::{Expect, expect};
use staniel_facts::Import;

/// The imports of a text.
pub(super) fn scan(text: &str) -> Box<[Import]> {
    super::scan(text).0
}

/// Compares the imports of a text, one a line: its line, what the name's span covers, what is imported, contexts.
#[expect(clippy::needless_pass_by_value, reason = "that is what `expect!` makes")]
pub(super) fn check(text: &str, expected: Expect) {
    let mut shown = String::new();
    for import in &scan(text) {
        let line = text[..import.statement.start as usize].matches('\n').count() + 1;
        let name = &text[import.name.start as usize..import.name.end as usize];
        let dots = ".".repeat(import.level as usize);
        write!(shown, "{line}: {name:?} → {dots}{}", import.module).unwrap();
        if let Some(symbol) = &import.symbol {
            write!(shown, " {symbol}").unwrap();
        }
        if let Some(alias) = &import.alias {
            write!(shown, " as {alias}").unwrap();
        }
        writeln!(shown, " {}", import.contexts.words().join(" ")).unwrap();
    }
    expected.assert_eq(&shown.replace(" \n", "\n"));
}

/// Compares the texts of all statements.
#[expect(clippy::needless_pass_by_value, reason = "that is what `expect!` makes")]
fn check_statements(text: &str, expected: Expect) {
    let imports = scan(text);
    let texts =
        imports.iter().map(|import| &text[import.statement.start as usize..import.statement.end as usize]);
    expected.assert_eq(&format!("{:#?}\n", texts.collect::<Vec<_>>()));
}

#[test]
fn plain_statements() {
    check(
        "\
import a.b.c
import a.b as c
from . import x
from pkg import conf
from a import *
from ..deep import o
from .... import q
from __future__ import annotations
",
        expect![[r#"
            1: "a.b.c" → a.b.c
            2: "a.b" → a.b as c
            3: "x" → . x
            4: "conf" → pkg conf
            5: "*" → a *
            6: "o" → ..deep o
            7: "q" → .... q
            8: "annotations" → __future__ annotations
        "#]],
    );
}

#[test]
fn several_names_and_lines() {
    check(
        "\
import a, b.c as d; from e \\
  import f
from m import (a, # one
  b as c,
)
from.x import(y)
import a . b, \\
 c
from . . x import y
from ... import z; import w
",
        expect![[r#"
            1: "a" → a
            1: "b.c" → b.c as d
            1: "f" → e f
            3: "a" → m a
            3: "b" → m b as c
            6: "y" → .x y
            7: "a . b" → a.b
            7: "c" → c
            9: "y" → ..x y
            10: "z" → ... z
            10: "w" → w
        "#]],
    );
}

#[test]
fn spans_cover_whole_statements() {
    check_statements(
        "\
import a.b as c # x
from m import (a, # one
  b as c,
) ; x = 1
f(importlib.import_module('x').y)
lazy from a import b
",
        expect![[r#"
            [
                "import a.b as c",
                "from m import (a, # one\n  b as c,\n)",
                "from m import (a, # one\n  b as c,\n)",
                "importlib.import_module('x')",
                "lazy from a import b",
            ]
        "#]],
    );
}

#[test]
fn under_type_checking() {
    check(
        "\
import typing as t
from typing import TYPE_CHECKING as TC
if t.TYPE_CHECKING: import a1
if TC:
    import a2
    if x:
        import a3
    else:
        import a4
elif y:
    import runtime1
else:
    import runtime2
if not TYPE_CHECKING:
    import runtime3
elif x:
    import a5
else:
    import a6
if x:
    import runtime4
elif TYPE_CHECKING:
    import a7
elif not typing_extensions.TYPE_CHECKING:
    import runtime5
else:
    import a8
if TYPE_CHECKING and x: import a9
if TYPE_CHECKING or x: import runtime6
else: import runtime7
if not (TYPE_CHECKING or x): import runtime8
else: import runtime9
if not TYPE_CHECKING or x: import runtime10
else: import a10
if x and (y or not TYPE_CHECKING): pass
else: import runtime11
class A:
    if TYPE_CHECKING:
        def f(self):
            import a11
for i in TYPE_CHECKING: import runtime12
else: import runtime13
",
        expect![[r#"
            1: "typing" → typing as t
            2: "TYPE_CHECKING" → typing TYPE_CHECKING as TC
            3: "a1" → a1 typing
            5: "a2" → a2 typing
            7: "a3" → a3 typing
            9: "a4" → a4 typing
            11: "runtime1" → runtime1
            13: "runtime2" → runtime2
            15: "runtime3" → runtime3
            17: "a5" → a5 typing
            19: "a6" → a6 typing
            21: "runtime4" → runtime4
            23: "a7" → a7 typing
            25: "runtime5" → runtime5
            27: "a8" → a8 typing
            28: "a9" → a9 typing
            29: "runtime6" → runtime6
            30: "runtime7" → runtime7
            31: "runtime8" → runtime8
            32: "runtime9" → runtime9
            33: "runtime10" → runtime10
            34: "a10" → a10 typing
            36: "runtime11" → runtime11
            40: "a11" → a11 typing deferred
            41: "runtime12" → runtime12
            42: "runtime13" → runtime13
        "#]],
    );
}

#[test]
fn optional_ones() {
    check(
        "\
try:
    import fast
    try: import inner
    finally: import in_finally
except ImportError: import slow
else: import plain1
finally: import plain2
try: import plain3
except KeyError: import plain4
except (ValueError, builtins.ModuleNotFoundError) as e:
    import o1
try: import o2
except: import o3
try: import o4
except Exception as e: import o5
try: import o6
except A, ImportError: import o7
try: import o8
except* (((ImportError))): import o9
try: import plain5
finally: import plain6
with contextlib.suppress(ImportError): import o10
with open(x) as f, suppress(KeyError, ImportError) as s: import o11
with suppress(KeyError): import plain7
from contextlib import suppress as quiet
with (quiet(Exception)): import o12
with (open(x), quiet(Exception)): import o13
with (open(x) as y, quiet(Exception) as z): import o14
try:
    def f(): import only_deferred
except ImportError: pass
try: import o15
except E:
    import plain8
    try: pass
    except: pass
    try: import o16
    except: pass
except: pass
try:
    def f():
        try: import deferred_too
        except: pass
except: pass
",
        expect![[r#"
            2: "fast" → fast optional
            3: "inner" → inner optional
            4: "in_finally" → in_finally optional
            5: "slow" → slow optional
            6: "plain1" → plain1
            7: "plain2" → plain2
            8: "plain3" → plain3 optional
            9: "plain4" → plain4
            11: "o1" → o1 optional
            12: "o2" → o2 optional
            13: "o3" → o3 optional
            14: "o4" → o4 optional
            15: "o5" → o5 optional
            16: "o6" → o6 optional
            17: "o7" → o7 optional
            18: "o8" → o8 optional
            19: "o9" → o9 optional
            20: "plain5" → plain5
            21: "plain6" → plain6
            22: "o10" → o10 optional
            23: "o11" → o11 optional
            24: "plain7" → plain7
            25: "suppress" → contextlib suppress as quiet
            26: "o12" → o12 optional
            27: "o13" → o13 optional
            28: "o14" → o14 optional
            30: "only_deferred" → only_deferred deferred
            32: "o15" → o15 optional
            34: "plain8" → plain8
            37: "o16" → o16 optional
            42: "deferred_too" → deferred_too optional deferred
        "#]],
    );
}

#[test]
fn deferred_ones() {
    check(
        "\
def f(): import a
class C:
    import b
    def m(self):
        class D:
            import c
        match x:
            case 1:
                import d
        async def n():
            while x:
                import e
        try: import f
        except ImportError: pass
f = lambda x=__import__('g'): __import__('h')
@__import__('i')
def f(x=__import__('j')) -> __import__('k'): return __import__('l')
",
        expect![[r#"
            1: "a" → a deferred
            3: "b" → b
            6: "c" → c deferred
            9: "d" → d deferred
            12: "e" → e deferred
            13: "f" → f optional deferred
            15: "'g'" → g dynamic
            15: "'h'" → h deferred dynamic
            16: "'i'" → i dynamic
            17: "'j'" → j dynamic
            17: "'k'" → k dynamic
            17: "'l'" → l deferred dynamic
        "#]],
    );
}

#[test]
fn lazy_ones() {
    check(
        "\
lazy import a
lazy from b import c as d, e
if x:
    lazy import f, g.h
lazy = 1
lazy
import i
lazy from .j import (
    k,
    l)
import m; lazy import n
lazy.lazy(lazy)
if TYPE_CHECKING: lazy import o
",
        expect![[r#"
            1: "a" → a lazy
            2: "c" → b c as d lazy
            2: "e" → b e lazy
            4: "f" → f lazy
            4: "g.h" → g.h lazy
            7: "i" → i
            8: "k" → .j k lazy
            8: "l" → .j l lazy
            11: "m" → m
            11: "n" → n lazy
            13: "o" → o typing lazy
        "#]],
    );
}

#[test]
fn dynamic_ones() {
    check(
        "\
import importlib, importlib as il
from importlib import import_module, import_module as im
__import__('a.b')
importlib.import_module('c' '.d')
import_module('.e', __package__)
im('..f', package=__name__)
il.import_module(name='g')
import_module('..h', 'p.q.r')
import_module('.', 'p')
__import__('i', globals(), locals(), ['x'], 2)
__import__('j', level=0)
__import__('', globals(), level=1)
builtins.__import__('k')
x = [import_module(n) for n in ('no', __import__('l'))]
f'{__import__(\"m\")}'
import_module(f'no{x}'), import_module(b'no'), import_module('no\\x41'), import_module('.no')
import_module('...no', 'p'), other.import_module('no'), __import__(), import_module(*['no'])
import_module('.no', package), __import__('not this')
try: import_module(r'n')
except ImportError: pass
",
        expect![[r#"
            1: "importlib" → importlib
            1: "importlib" → importlib as il
            2: "import_module" → importlib import_module
            2: "import_module" → importlib import_module as im
            3: "'a.b'" → a.b dynamic
            4: "'c' '.d'" → c.d dynamic
            5: "'.e'" → .e dynamic
            6: "'..f'" → ..f dynamic
            7: "'g'" → g dynamic
            8: "'..h'" → p.q.h dynamic
            9: "'.'" → p dynamic
            10: "'i'" → ..i dynamic
            11: "'j'" → j dynamic
            12: "''" → . dynamic
            13: "'k'" → k dynamic
            14: "'l'" → l dynamic
            15: "\"m\"" → m dynamic
            19: "r'n'" → n optional dynamic
        "#]],
    );
}

#[test]
fn texts_that_only_look_like_imports() {
    check(
        "\
'import a'
def f():
    '''
    import a
    >>> import b
    '''
# import c
x = []  # type: a.T
y = f'import d {z}'
imported = importer
from_ = 1
",
        expect![[""]],
    );
}

#[test]
fn newer_syntax_around() {
    check(
        "\
try: pass
except A, B: import a
type X[T] = int
def f[T](x: T): import b
class C[T: (int, str) = int]: import c
t'{x}'; import d
f'{x!r:>{y}} {'nested'}'; import e
match x:
    case {'a': [*_]} if y: import g
",
        expect![[r#"
            2: "a" → a
            4: "b" → b deferred
            5: "c" → c
            6: "d" → d
            7: "e" → e
            9: "g" → g
        "#]],
    );
}

#[test]
fn python_2() {
    check(
        "\
print \"x\"; import a
exec 'x'
print >>f, x
try: import b
except ImportError, e: import c
raise E, 'x'
x = `y`
import d
",
        expect![[r#"
            1: "a" → a
            4: "b" → b optional
            5: "c" → c optional
            8: "d" → d
        "#]],
    );
}
