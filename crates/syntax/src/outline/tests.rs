//! Fixture in, one line per definition out.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use staniel_facts::{DefinitionId, Namespace, PositionEncoding, SourceKind};

use crate::facts;

/// `line:column kind name`, then what there is of ordinal, signature (if it is more than the name), annotation,
/// decorators, docstring; `!` if near an error. Complaints follow.
fn render(text: &str) -> String {
    let facts = facts(text.as_bytes(), SourceKind::Python);
    assert_eq!(facts.refused, None);
    let resolver = facts.outline.lines.resolver();
    let place = |offset| {
        let position = resolver.position(offset, PositionEncoding::Utf32);
        format!("{}:{}", position.line + 1, position.character + 1)
    };
    let mut out = String::new();
    if let Some(doc) = &facts.outline.doc {
        writeln!(out, "doc {doc:?}").unwrap();
    }
    for definition in &facts.outline.definitions {
        let DefinitionId { qualified_name, ordinal, .. } = &definition.id;
        let near = if definition.near_error { "!" } else { "" };
        write!(out, "{near}{} {} {qualified_name}", place(definition.name.start), definition.kind.as_str())
            .unwrap();
        if *ordinal > 0 {
            write!(out, "#{ordinal}").unwrap();
        }
        write!(out, " | {}", definition.signature).unwrap();
        if let Some(annotation) = &definition.annotation {
            write!(out, " : {annotation}").unwrap();
        }
        for decorator in &definition.decorators {
            write!(out, " @{decorator}").unwrap();
        }
        if let Some(doc) = &definition.doc {
            write!(out, " {doc:?}").unwrap();
        }
        out.push('\n');
    }
    for diagnostic in &facts.diagnostics {
        let (start, end) = (place(diagnostic.span.start), place(diagnostic.span.end));
        writeln!(out, "{start}-{end}: {}", diagnostic.message).unwrap();
    }
    out
}

#[track_caller]
#[expect(clippy::needless_pass_by_value, reason = "reads best where the expectation is written in place")]
fn check(text: &str, expected: Expect) {
    expected.assert_eq(&render(text));
}

#[test]
fn functions_and_parameters() {
    check(
        "
@cache
@a.route( '/x',  y=1 )  # comment
async def f(a, b: int = 3, /, c=4, *args: int, d, e: str = 'x # y', **kw) -> list[
    int,  # comment
]:
    \"\"\"Does.\"\"\"
    def g(): 'raw' r'\\d'
class C:
    def m(self): x = 1
    async def n(self,): pass
",
        expect![[r#"
            4:11 async-function f | async def f(a, b: int = 3, /, c=4, *args: int, d, e: str = 'x # y', **kw) -> list[int,] : list[int,] @cache @a.route( '/x', y=1 ) "Does."
            4:13 parameter f.<locals>.a | a
            4:16 parameter f.<locals>.b | b: int = 3 : int
            4:31 parameter f.<locals>.c | c=4
            4:37 parameter f.<locals>.args | *args: int : int
            4:48 parameter f.<locals>.d | d
            4:51 parameter f.<locals>.e | e: str = 'x # y' : str
            4:71 parameter f.<locals>.kw | **kw
            8:9 function f.<locals>.g | def g() "raw\\d"
            9:7 class C | class C
            10:9 method C.m | def m(self)
            10:11 parameter C.m.<locals>.self | self
            10:18 variable C.m.<locals>.x | x = 1
            11:15 async-method C.n | async def n(self,)
            11:17 parameter C.n.<locals>.self | self
        "#]],
    );
}

#[test]
fn variables_of_all_statements() {
    check(
        "
a = b = 1
c, (d, *e), [f] = g.h, i[0] = point
x: int
y: 'str' = \"two  blanks\"
a += 1
for j, k in zip(
    a, b,
): pass
with open(p) as l, q() as (m, n): pass
try: pass
except (A, B) as o: pass
except* C as q: pass
(r := 5)
async def s():
    async for t in u: pass
    async with v as w: pass
del a
z = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 32]
",
        expect![[r#"
            2:1 variable a | a = b = 1
            2:5 variable b | b = 1
            3:1 variable c | c, (d, *e), [f] = g.h, i[0] = point
            3:5 variable d | c, (d, *e), [f] = g.h, i[0] = point
            3:9 variable e | c, (d, *e), [f] = g.h, i[0] = point
            3:14 variable f | c, (d, *e), [f] = g.h, i[0] = point
            4:1 variable x | x: int : int
            5:1 variable y | y: 'str' = "two  blanks" : 'str'
            6:1 variable a#1 | a += 1
            7:5 variable j | for j, k in zip(a, b,)
            7:8 variable k | for j, k in zip(a, b,)
            10:17 variable l | with open(p) as l
            10:28 variable m | with q() as (m, n)
            10:31 variable n | with q() as (m, n)
            12:18 variable o | except (A, B) as o
            13:14 variable q | except C as q
            14:2 variable r | r := 5
            15:11 async-function s | async def s()
            16:15 variable s.<locals>.t | async for t in u
            17:21 variable s.<locals>.w | with v as w
            19:1 variable z | z = [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11, 12, 13, 14, 15, 16, 17, 18, 19, 20, 21, 22, 23, 24, 25, 26, 27, 28, 29, 30, 31, 3…
        "#]],
    );
}

#[test]
fn scopes_of_expressions() {
    check(
        "
l = lambda x, *y, z=lambda w: w: (v := x)
def f(p=lambda q: q):
    return [(k := a, lambda i: i) for a, b in [c for c in p] if (h := b) for d in {e: 1 for e in a}]
class C:
    s = {x for x in y}
    g = list(x for x in y)
t = f'{u:=5} {(v := 5)}'
",
        expect![[r#"
            2:1 variable l | l = lambda x, *y, z=lambda w: w: (v := x)
            2:12 parameter <lambda>.<locals>.x | x
            2:16 parameter <lambda>.<locals>.y | *y
            2:19 parameter <lambda>.<locals>.z | z=lambda w: w
            2:28 parameter <lambda>.<locals>.w | w
            2:35 variable <lambda>.<locals>.v | v := x
            3:5 function f | def f(p=lambda q: q)
            3:7 parameter f.<locals>.p | p=lambda q: q
            3:16 parameter <lambda>.<locals>.q | q
            4:14 variable f.<locals>.k | k := a
            4:29 parameter f.<locals>.<listcomp>.<lambda>.<locals>.i | i
            4:39 variable f.<locals>.<listcomp>.a | for a, b in [c for c in p]
            4:42 variable f.<locals>.<listcomp>.b | for a, b in [c for c in p]
            4:54 variable f.<locals>.<listcomp>.c | for c in p
            4:66 variable f.<locals>.h | h := b
            4:78 variable f.<locals>.<listcomp>.d | for d in {e: 1 for e in a}
            4:93 variable f.<locals>.<listcomp>.<dictcomp>.e | for e in a
            5:7 class C | class C
            6:5 variable C.s | s = {x for x in y}
            6:16 variable C.<setcomp>.x | for x in y
            7:5 variable C.g | g = list(x for x in y)
            7:20 variable C.<genexpr>.x | for x in y
            8:1 variable t | t = f'{u:=5} {(v := 5)}'
            8:16 variable v | v := 5
        "#]],
    );
}

#[test]
fn global_and_nonlocal() {
    check(
        "
def f():
    global x, g
    x = 1
    def g():
        y = 1
    z = 2
    def h():
        nonlocal z, unknown
        z = 3
        unknown = 4
        class C:
            nonlocal z
            z = 5
class D:
    global w
    w = 1
",
        expect![[r#"
            2:5 function f | def f()
            4:5 variable x | x = 1
            5:9 function g | def g()
            6:9 variable g.<locals>.y | y = 1
            7:5 variable f.<locals>.z | z = 2
            8:9 function f.<locals>.h | def h()
            10:9 variable f.<locals>.z#1 | z = 3
            11:9 variable f.<locals>.h.<locals>.unknown | unknown = 4
            12:15 class f.<locals>.h.<locals>.C | class C
            14:13 variable f.<locals>.z#2 | z = 5
            15:7 class D | class D
            17:5 variable w | w = 1
        "#]],
    );
}

#[test]
fn attributes_through_the_receiver() {
    check(
        "
class C:
    def __init__(self, x: int):
        self.a = x
        self.b: list[int] = []
        self.c, (self.d, *self.e) = x
        self.a += 1
        self.f.g = 1
        other.h = 2
        self[0] = 1
        for self.i in x: pass
        with x as self.j: pass
        def nested():
            self.k = 1
        def shadowed(self):
            self.no = 1
        [0 for self.l in x]
    @classmethod
    def make(cls): cls.m = 1
    @staticmethod
    def free(self): self.no = 1
    def none(*self): self.no = 1
def function(self): self.no = 1
",
        expect![[r#"
            2:7 class C | class C
            3:9 method C.__init__ | def __init__(self, x: int)
            3:18 parameter C.__init__.<locals>.self | self
            3:24 parameter C.__init__.<locals>.x | x: int : int
            4:14 attribute C.a | self.a = x
            5:14 attribute C.b | self.b: list[int] = [] : list[int]
            6:14 attribute C.c | self.c, (self.d, *self.e) = x
            6:23 attribute C.d | self.c, (self.d, *self.e) = x
            6:32 attribute C.e | self.c, (self.d, *self.e) = x
            7:14 attribute C.a#1 | self.a += 1
            11:18 attribute C.i | for self.i in x
            12:24 attribute C.j | with x as self.j
            13:13 function C.__init__.<locals>.nested | def nested()
            14:18 attribute C.k | self.k = 1
            15:13 function C.__init__.<locals>.shadowed | def shadowed(self)
            15:22 parameter C.__init__.<locals>.shadowed.<locals>.self | self
            17:21 attribute C.l | for self.l in x
            19:9 method C.make | def make(cls) @classmethod
            19:14 parameter C.make.<locals>.cls | cls
            19:24 attribute C.m | cls.m = 1
            21:9 method C.free | def free(self) @staticmethod
            21:14 parameter C.free.<locals>.self | self
            22:9 method C.none | def none(*self)
            22:15 parameter C.none.<locals>.self | *self
            23:5 function function | def function(self)
            23:14 parameter function.<locals>.self | self
        "#]],
    );
}

#[test]
fn patterns() {
    check(
        "
match command:
    case {'k': v, K.y: w, **rest}: pass
    case [a, *b] | C(d, e=f) as g if (h := g): pass
    case 1 | i, _: pass
    case (p): pass
    case -1 | 'x' | X.y | None: pass
    case [*_]: pass
",
        expect![[r#"
            3:16 variable v | case {'k': v, K.y: w, **rest}
            3:24 variable w | case {'k': v, K.y: w, **rest}
            3:29 variable rest | case {'k': v, K.y: w, **rest}
            4:11 variable a | case [a, *b] | C(d, e=f) as g
            4:15 variable b | case [a, *b] | C(d, e=f) as g
            4:22 variable d | case [a, *b] | C(d, e=f) as g
            4:27 variable f | case [a, *b] | C(d, e=f) as g
            4:33 variable g | case [a, *b] | C(d, e=f) as g
            4:39 variable h | h := g
            5:14 variable i | case 1 | i, _
            6:11 variable p | case (p)
        "#]],
    );
}

#[test]
fn types() {
    check(
        "
type A = int
type B[T: (int, str), *Ts, **P] = dict[T, P]
def f[T](x: T) -> T: pass
class C[K, V](dict[K, V]): pass
D: TypeAlias = 'C[int, str]'
E: typing.TypeAlias = int
type = 1
type(x)
",
        expect![[r#"
            2:6 type-alias A | type A = int
            3:6 type-alias B | type B[T: (int, str), *Ts, **P] = dict[T, P]
            3:8 type-parameter B.T | T: (int, str)
            3:24 type-parameter B.Ts | *Ts
            3:30 type-parameter B.P | **P
            4:5 function f | def f[T](x: T) -> T : T
            4:7 type-parameter f.<locals>.T | T
            4:10 parameter f.<locals>.x | x: T : T
            5:7 class C | class C[K, V](dict[K, V])
            5:9 type-parameter C.K | K
            5:12 type-parameter C.V | V
            6:1 type-alias D | D: TypeAlias = 'C[int, str]' : TypeAlias
            7:1 type-alias E | E: typing.TypeAlias = int : typing.TypeAlias
            8:1 variable type | type = 1
        "#]],
    );
}

#[test]
fn imports() {
    check(
        "
import a.b, c as d
from . import e, f as g
from ..m.n import (
    h,
    i as j,  # comment
)
from m import *
from __future__ import annotations
def f():
    import a.b
",
        expect![[r#"
            2:8 import a | import a.b
            2:18 import d | import c as d
            3:15 import e | from . import e
            3:23 import g | from . import f as g
            5:5 import h | from ..m.n import h
            6:10 import j | from ..m.n import i as j
            9:24 import annotations | from __future__ import annotations
            10:5 function f | def f()
            11:12 import f.<locals>.a | import a.b
        "#]],
    );
}

#[test]
fn docstrings() {
    check(
        "# comment
(
    '''Module
      \ttab
        two
    '''  ' and'  r'\\n'
)
class C:
    # comment
    'a\\tb\\x41\\u00e9\\101\\q\\
'
def f(): f'no'
def g(): b'no'
def h(): 'no', 'no'
def i(): 'no'.strip()
def j():
    x = 1
    'no'
def k(): ''
def l(): 'yes'; x = 1
",
        expect![[r#"
            doc "Module\n   tab\n   two\nand\\n"
            8:7 class C | class C "a       bAéA\\q"
            12:5 function f | def f()
            13:5 function g | def g()
            14:5 function h | def h()
            15:5 function i | def i()
            16:5 function j | def j()
            17:5 variable j.<locals>.x | x = 1
            19:5 function k | def k() ""
            20:5 function l | def l() "yes"
            20:17 variable l.<locals>.x | x = 1
        "#]],
    );
}

#[test]
fn redefinitions_have_ordinals() {
    check(
        "
if a:
    def f(x): y = 1
else:
    def f(x): y = 2
f = (lambda x: x, lambda x: x)
class f:
    def x(self): self.x = 1
    def x(self): self.x = 2
",
        expect![[r#"
            3:9 function f | def f(x)
            3:11 parameter f.<locals>.x | x
            3:15 variable f.<locals>.y | y = 1
            5:9 function f#1 | def f(x)
            5:11 parameter f.<locals>.x#1 | x
            5:15 variable f.<locals>.y#1 | y = 2
            6:1 variable f#2 | f = (lambda x: x, lambda x: x)
            6:13 parameter <lambda>.<locals>.x | x
            6:26 parameter <lambda>.<locals>.x#1 | x
            7:7 class f#3 | class f
            8:9 method f.x | def x(self)
            8:11 parameter f.x.<locals>.self | self
            8:23 attribute f.x | self.x = 1
            9:9 method f.x#1 | def x(self)
            9:11 parameter f.x.<locals>.self#1 | self
            9:23 attribute f.x#1 | self.x = 2
        "#]],
    );
}

#[test]
fn broken_text_has_an_outline() {
    check(
        "
def f(x:
    y = 1

class C:
    def m(self):
        return (1 +
    def n(self): pass
z = 1
",
        expect![[r#"
            !2:5 function f | def f(x: y = 1 class C: def m(self)
            !2:7 parameter f.<locals>.x | x: y = 1 class C: def m(self) : y
            !8:9 function n | def n(self)
            8:11 parameter n.<locals>.self | self
            5:1-5:9: invalid syntax
            6:16-6:16: expected ')'
            7:16-7:17: '(' was never closed
            8:22-8:22: invalid syntax
        "#]],
    );
}

#[test]
fn python_2() {
    check(
        "
print 'x', y
exec 'code' in ns
a = `b` <> 0777L, 0777
raise E, 'value'
def f((a, b), c): pass
try: pass
except E, e: pass
print >>f, x
print(x)
b = 00, 0_0, 0o17, 07j
",
        expect![[r#"
            4:1 variable a | a = `b` <> 0777L, 0777
            6:5 function f | def f((a, b), c)
            6:8 parameter f.<locals>.a | (a, b)
            6:11 parameter f.<locals>.b | (a, b)
            6:15 parameter f.<locals>.c | c
            11:1 variable b | b = 00, 0_0, 0o17, 07j
            2:1-2:13: Missing parentheses in call to 'print'. Did you mean print(...)?
            3:1-3:18: Missing parentheses in call to 'exec'. Did you mean exec(...)?
            4:5-4:6: invalid syntax: backquotes are Python 2's repr()
            4:9-4:11: invalid syntax: '<>' is Python 2's '!='
            4:12-4:17: invalid decimal literal
            4:19-4:23: leading zeros in decimal integer literals are not permitted; use an 0o prefix for octal integers
            5:1-5:17: invalid syntax: 'raise E, value' is Python 2
            6:7-6:13: Function parameters cannot be parenthesized
        "#]],
    );
}

#[test]
fn spans_count_bytes_of_decoded_text() {
    check(
        "\u{feff}# é\r\nclass Ünï:\r\n    '''d\r\n    e'''\r\n    é = 'ö'; x = 1\r\rz = 2\r",
        expect![[r#"
            2:7 class Ünï | class Ünï "d\ne"
            5:5 variable Ünï.é | é = 'ö'
            5:14 variable Ünï.x | x = 1
            7:1 variable z | z = 2
        "#]],
    );
}

#[test]
fn full_spans_hold_whole_definitions() {
    let text = "@d\ndef f(a: int = 1):\n    x: int = 2\n\nfor i in x:\n    pass\nimport a, b\n";
    let outline = facts(text.as_bytes(), SourceKind::Python).outline;
    let full = |index: usize| {
        let full = outline.definitions[index].full;
        &text[full.start as usize..full.end as usize]
    };
    assert_eq!(full(0).trim_end(), "@d\ndef f(a: int = 1):\n    x: int = 2");
    assert_eq!(full(1), "a: int = 1");
    assert_eq!(full(2), "x: int = 2");
    assert_eq!(full(3), "for i in x");
    assert_eq!(full(4), "import a, b");
    assert_eq!(full(5), "import a, b");
}

#[test]
fn endless_qualified_names_are_abbreviated() {
    let name = "n".repeat(1_000);
    let text = format!("class {name}:\n  a = 1\n  class {name}:\n    b = 2\n");
    let outline = facts(text.as_bytes(), SourceKind::Python).outline;
    let names: Vec<&str> =
        outline.definitions.iter().map(|definition| definition.id.qualified_name.as_str()).collect();
    assert_eq!(names[0], name);
    assert!(names[1].ends_with(".a") && names[1].len() < 400, "{}", names[1]);
    assert!(names[3].ends_with(".b") && names[3].len() < 400, "{}", names[3]);
    assert_ne!(names[1].rsplit_once('.').unwrap().0, names[3].rsplit_once('.').unwrap().0);
}

/// Texts that are deep, long or nasty in one way each: all have facts, on the stack that a thread gets by default.
#[test]
fn hostile_shapes() {
    let many = |piece: &str| piece.repeat(4_000);
    let texts = [
        format!("x = a{}\n", many(".b")),
        format!("x = 1{}\n", many(" + 1")),
        format!("x = 1{}\n", many(" ** 1")),
        format!("x = {}1\n", many("not ")),
        format!("x = {}1\n", many("lambda: ")),
        format!("x = {}1\n", many("lambda a: ")),
        format!("x = {}1{}\n", many("lambda a="), many(": 1")),
        format!("x = {}1\n", many("a if b else ")),
        format!("if a: pass\n{}", many("elif a: pass\n")),
        format!("{}1\n", many("a = ")),
        format!("{} = x\n", many("a, ")),
        format!("from a import ({})\n", many("b, ")),
        format!("def f({}): pass\n", many("a, ")),
        format!("({}): int = 1\n", many("a, ")),
        format!("x = {}1{}\n", "f'{f\"{".repeat(40), "}\"}'".repeat(40)),
        format!("x = {}y{}\n", "[a for a in ".repeat(190), " if (b := a)]".repeat(190)),
        format!("def f():\n    x = 1\n{}    y = 2\n", many("    # comment\n")),
        format!("x = 1{}\n", many("\\\n")),
        format!("global {}x\n{}", many("a, "), many("a = 1\n")),
        format!("class C:\n def f(self):\n{}", many("  self.a = 1\n")),
        format!("match x:\n case {}a{}: pass\n", "[".repeat(190), "]".repeat(190)),
        many("print x\n"),
        many("def f(:\n"),
        many("class\n"),
        many("x x "),
        many("'''"),
        many("@"),
        many("`"),
        many("(\n)"),
        many(")"),
        many("f'{"),
        many("\0\r\x0c\\"),
        many("😀 = 'é"),
    ];
    let thread = std::thread::Builder::new().stack_size(2 << 20);
    let run = thread.spawn(move || {
        for text in &texts {
            facts(text.as_bytes(), SourceKind::Python);
        }
    });
    run.unwrap().join().unwrap();
}

const LINES: &[&str] = &[
    "class C:\n",
    "    def m(self, x=lambda y: y):\n        'doc'\n        self.a = x\n",
    "def f(a):\n    def g():\n        nonlocal a\n        a = 1\n    return [b for b in a]\n",
    "x = y = 1\n",
    "import a.b, c as d\n",
    "for i in x:\n    z = 1\n",
    "with a as b: pass\n",
    "if (w := 1): pass\n",
];

fn identities(text: &str) -> Vec<DefinitionId> {
    let outline = facts(text.as_bytes(), SourceKind::Python).outline;
    outline.definitions.iter().map(|definition| definition.id.clone()).collect()
}

proptest! {
    /// Comments and empty lines above anything, or a changed right-hand side, leave every identity as it was.
    #[test]
    fn moved_lines_keep_their_identity(
        picks in proptest::collection::vec(0..LINES.len(), 1..8),
        inserted in proptest::collection::vec((0usize..40, prop::sample::select(vec!["\n", "# c\n", "        # c\n", "  \n"])), 1..6),
    ) {
        let text: String = picks.iter().map(|pick| LINES[*pick]).collect();
        let mut lines: Vec<&str> = text.split_inclusive('\n').collect();
        for (at, line) in inserted {
            lines.insert(at % (lines.len() + 1), line);
        }
        prop_assert_eq!(identities(&text), identities(&lines.concat()));
        prop_assert_eq!(identities(&text), identities(&text.replace("= 1", "= 'other'")));
    }

    /// No identity twice; ordinals count from zero; source order; spans inside the text.
    #[test]
    fn identities_are_unique(pieces in proptest::collection::vec(prop::sample::select(vec![
        "def f(", "x", ")", ":", "\n", "\n    ", " = ", "lambda ", "class C", "for ", " in ", "(", "[", "]", ",",
        "'", "f'{", "}'", "import ", "as ", "global ", "self.", "match ", "case ", "é", "\\\n", "#", "\t", "\r",
    ]), 0..60)) {
        let text = pieces.concat();
        let outline = facts(text.as_bytes(), SourceKind::Python).outline;
        let mut seen = std::collections::HashMap::<(String, Namespace), u32>::new();
        let mut last = 0;
        for definition in &outline.definitions {
            let next = seen.entry((definition.id.qualified_name.to_string(), definition.id.namespace)).or_default();
            prop_assert_eq!(definition.id.ordinal, *next);
            *next += 1;
            prop_assert!(last <= definition.name.start && definition.name.start < definition.name.end);
            prop_assert!(definition.full.start <= definition.name.start && definition.name.end <= definition.full.end);
            prop_assert!(text.get(definition.name.start as usize..definition.name.end as usize).is_some());
            last = definition.name.start;
        }
    }
}
