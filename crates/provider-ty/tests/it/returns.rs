//! What functions without a return annotation return.

use expect_test::{Expect, expect};

use crate::project::Project;

/// Shows the functions of `text` alone.
fn check(text: &str, expected: &Expect) {
    let shown = Project::new(&[("m.py", text)]).show("m.py");
    let functions = shown.lines().filter(|line| line.contains("def ") || !line.contains("<locals>"));
    expected.assert_eq(
        &functions.map(|line| format!("{}\n", line.split("  ~  ").next().unwrap())).collect::<String>(),
    );
}

#[test]
fn what_is_returned_is_joined() {
    check(
        "
def nothing(): pass
def one(x: int): return x
def either(x: int, y: str, flag):
    if flag: return x
    return y
def perhaps(x: int, flag):
    if flag: return x
def bare(x: int):
    if x: return
    return x
def inner():
    def other(): return 1
    class C:
        def m(self): return b''
    return other
def text(x): return f'{x}'
def told(x) -> int: return x
h = lambda: 1
",
        &expect![[r#"
            nothing: def nothing() -> None
            one: def one(x: int) -> int
            either: def either(x: int, y: str, flag) -> int | str
            perhaps: def perhaps(x: int, flag) -> int | None
            bare: def bare(x: int) -> None | (int & ~AlwaysTruthy)
            inner: def inner() -> (() -> Literal[1])
            inner.<locals>.other: def other() -> Literal[1]
            inner.<locals>.C.m: def m(self) -> Literal[b""]
            text: def text(x) -> str
            told: def told(x) -> int
            h: () -> Literal[1]
        "#]],
    );
}

#[test]
fn ends_that_are_not_reached() {
    check(
        "
import sys
from typing import NoReturn
from contextlib import suppress
def stop() -> NoReturn: sys.exit()
def fails(): raise ValueError
def ends(): stop()
def asks():
    while True:
        if input(): return 1
def breaks():
    while True:
        if input(): break
    else: return 2
def tries():
    try: return 1
    except ValueError: raise
    finally: print()
def last():
    try: return 1
    finally: return 'a'
def handles():
    try: return 1
    except ValueError: pass
def holds():
    with open('x') as f: return f.read()
def swallows():
    with suppress(ValueError): return 1
class Suppress(suppress): ...
class Says:
    def __enter__(self): ...
    def __exit__(self, *rest) -> 'bool': ...
class Returns:
    def __exit__(self, *rest): return True
class Closes:
    def __exit__(self, *rest): self.close()
def inherits():
    with Suppress(ValueError): return 1
def says():
    with Says(): return 1
def returns():
    with Returns(): return 1
def closes():
    with Closes(): return 1
def finally_breaks(x):
    while True:
        try: return 1
        finally:
            if x: break
def never(x):
    if x: return 1
    assert False
def exits():
    y = sys.exit()
    print(y)
def for_ever():
    while 'x': pass
def made_with():
    def inner(x=(yield 1)): return x
    return 2
def matches(x):
    match x:
        case 1: return 1
        case _: return 'b'
def may_match(x):
    match x:
        case 1: return 1
def old():
    if sys.version_info < (3,): return b''
    return 'new'
def loops(xs):
    for x in xs: return 1
    else: return 'none'
def loops_on(xs):
    for x in xs:
        if x: break
    else: return 'none'
",
        &expect![[r#"
            sys: <module 'sys'>
            NoReturn: <special-form 'typing.NoReturn'>
            suppress: <class 'suppress'>
            stop: def stop() -> Never
            fails: def fails() -> NoReturn
            ends: def ends() -> NoReturn
            asks: def asks() -> Literal[1]
            breaks: def breaks() -> None
            tries: def tries() -> Literal[1]
            last: def last() -> Literal[1, "a"]
            handles: def handles() -> Literal[1]
            holds: def holds() -> str
            swallows: def swallows() -> Literal[1] | None
            Suppress: <class 'Suppress'>
            Says: <class 'Says'>
            Says.__enter__: def __enter__(self) -> Unknown
            Says.__exit__: def __exit__(self, *rest) -> bool
            Returns: <class 'Returns'>
            Returns.__exit__: def __exit__(self, *rest) -> Literal[True]
            Closes: <class 'Closes'>
            Closes.__exit__: def __exit__(self, *rest) -> None
            inherits: def inherits() -> Literal[1] | None
            says: def says() -> Literal[1] | None
            returns: def returns() -> Literal[1] | None
            closes: def closes() -> Literal[1]
            finally_breaks: def finally_breaks(x) -> Literal[1] | None
            never: def never(x) -> Literal[1]
            exits: def exits() -> None
            for_ever: def for_ever() -> NoReturn
            made_with: def made_with() -> Generator[Literal[1], Any, Literal[2]]
            made_with.<locals>.inner: def inner(x=yield 1) -> Unknown
            matches: def matches(x) -> Literal[1, "b"]
            may_match: def may_match(x) -> Literal[1] | None
            old: def old() -> Literal["new"]
            loops: def loops(xs) -> Literal[1, "none"]
            loops_on: def loops_on(xs) -> Literal["none"] | None
        "#]],
    );
}

#[test]
fn generators_coroutines_and_those_that_leave_it_open() {
    check(
        "
import abc
from typing import overload, Protocol, AsyncIterator
def numbers():
    yield 1
    got = yield 'a'
    return b''
async def later(): return 1
async def stream():
    yield 1
async def told() -> AsyncIterator[int]:
    yield 1
def passes_on(xs):
    yield from xs
class Base:
    def name(self): raise NotImplementedError
    def size(self): raise NotImplementedError('say it')
    def never(self): raise ValueError
    @abc.abstractmethod
    def shape(self): ...
    @property
    def width(self): return 1
    @width.setter
    def width(self, value): pass
    @staticmethod
    def make(): return 1
    @classmethod
    def build(cls): return cls()
def not_a_method(): raise NotImplementedError
@overload
def f(x: int) -> int: ...
@overload
def f(x: str) -> str: ...
def f(x): return x
def count(n):
    if n: return count(n - 1)
    return 0
def a(): return b()
def b(): return a()
",
        &expect![[r#"
            abc: <module 'abc'>
            overload: def overload[_F](func: _F) -> _F
            Protocol: <special-form 'typing.Protocol'>
            AsyncIterator: <class 'AsyncIterator'>
            numbers: def numbers() -> Generator[Literal[1, "a"], Any, Literal[b""]]
            later: def later() -> CoroutineType[Any, Any, Literal[1]]
            stream: def stream() -> AsyncGenerator[Literal[1], Any]
            told: def told() -> AsyncIterator[int]
            passes_on: def passes_on(xs) -> Generator[Unknown, Any, None]
            Base: <class 'Base'>
            Base.name: def name(self) -> Unknown
            Base.size: def size(self) -> Unknown
            Base.never: def never(self) -> NoReturn
            Base.shape: def shape(self) -> Unknown
            Base.width: Literal[1]
            Base.width: Literal[1]
            Base.make: def make() -> Literal[1]
            Base.build: def build(cls) -> Self@build
            not_a_method: def not_a_method() -> NoReturn
            f: def f(x: int) -> int
            f: def f(x: str) -> str
            f: def f(x) -> Unknown
            count: def count(n) -> Unknown | Literal[0]
            a: def a() -> Unknown
            b: def b() -> Unknown
        "#]],
    );
}

#[test]
fn signatures_are_put_together_from_the_parts() {
    check(
        "
from nowhere import decorator
from functools import lru_cache
from contextlib import contextmanager
@decorator
def f(a, /, b: int, *args: str, c: 'int | None' = None, d=True, e=None, g=(), **rest): return 1
def kw(*, x, y: float = 1.0): pass
def box[T](x: T, *Ts): return x
@lru_cache
def cached(x: int): return x
@contextmanager
def managed():
    yield 1
def long(x='0123456789012345678901234567890123456789012345'): pass
",
        &expect![[r#"
            decorator: Unknown  [unknown]
            lru_cache: Overload[(maxsize: int | None = 128, typed: bool = False) -> ([_T'return]((...) -> _T'return, /) -> _lru_cache_wrapper[_T'return]), [_T](maxsize: (...) -> _T, typed: bool = False) -> _lru_cache_wrapper[_T]]
            contextmanager: Overload[[**_P, _T_co](func: (**_P) -> Generator[_T_co, None, object]) -> ((**_P) -> _GeneratorContextManager[_T_co, None, None]), [**_P, _T_co](func: (**_P) -> Iterator[_T_co]) -> ((**_P) -> _GeneratorContextManager[_T_co, None, None])]
            f: def f(a, /, b: int, *args: str, c: int | None = None, d: bool = True, e: Unknown | None = None, g=(), **rest) -> Literal[1]
            kw: def kw(*, x, y: float = 1.0) -> None
            box: def box[T](x: T@box, *Ts) -> T@box
            cached: _lru_cache_wrapper[Unknown]  [partly-unknown]
            managed: () -> _GeneratorContextManager[Unknown, None, None]  [partly-unknown]
            long: def long(x: str = ...) -> None
        "#]],
    );
}

#[test]
fn what_a_base_class_says_of_a_parameter_holds_for_who_overrides_it() {
    let files = [
        (
            "m.py",
            "
from base import Middle, unknown
class Own(Middle):
    def load(self, path, mode, other=None): return path
    def save(self, where): pass
    def only(self, x): pass
@unknown
class Decorated(Middle):
    def load(self, path): pass
    def take(self, *args, **kwargs): pass
",
        ),
        (
            "base.py",
            "
from typing import Generic, TypeVar
class Base:
    def load(self, path: str, mode: 'int', other: bytes | None = None) -> None: ...
    def save(self, target: str) -> None: ...
    def take(self, *args: int, **kwargs: str) -> None: ...
class Middle(Base):
    pass
",
        ),
    ];
    let shown = Project::new(&files).show("m.py");
    expect![[r#"
        Middle: <class 'Middle'>  ~  type[Middle]
        unknown: Unknown  [unknown]
        Own: <class 'Own'>  ~  type[Own]
        Own.load: def load(self, path: str, mode: int, other: bytes | None = None) -> Unknown  ~  load(path: str, mode: int, other: None | bytes = ...) -> Unknown  [partly-unknown]
        Own.load.<locals>.self: Self@load  ~  Self
        Own.load.<locals>.path: str
        Own.load.<locals>.mode: int
        Own.load.<locals>.other: bytes | None  ~  None | bytes
        Own.save: def save(self, where) -> None  ~  save(where) -> None
        Own.save.<locals>.self: Self@save  ~  Self
        Own.save.<locals>.where: Unknown  [unknown]
        Own.only: def only(self, x) -> None  ~  only(x) -> None
        Own.only.<locals>.self: Self@only  ~  Self
        Own.only.<locals>.x: Unknown  [unknown]
        Decorated: <class 'Decorated'>  ~  type[Decorated]
        Decorated.load: def load(self, path: str) -> None  ~  load(path: str) -> None
        Decorated.load.<locals>.self: Self@load  ~  Self
        Decorated.load.<locals>.path: str
        Decorated.take: def take(self, *args: int, **kwargs: str) -> None  ~  take(*args: int, **kwargs: str) -> None
        Decorated.take.<locals>.self: Self@take  ~  Self
        Decorated.take.<locals>.args: tuple[int, ...]
        Decorated.take.<locals>.kwargs: dict[str, str]
    "#]].assert_eq(&shown);
}

#[test]
fn what_another_function_of_the_file_gives_back_is_known() {
    let files = [
        (
            "m.py",
            "
from lib import elsewhere
def one(): return 1
def two(): return one()
def around(x): return around(x) if x else two()
def deep(): return around(0)
async def later(): return 'x'
async def awaits(): return await later()
def many(): yield one()
def fails(): raise E
def same[T](x: T): return x
class C:
    def m(self): return self.n()
    def n(self): return [1]
    @property
    def p(self): return self.m()
a = two()
b = c = C().m()
d: object = two()
e, f = two(), 1
g = elsewhere()
h = many()
i = fails()
j = same(1)
k = later()
C.l = two()
",
        ),
        (
            "lib.py",
            "def elsewhere(): return 1
",
        ),
    ];
    let shown = Project::new(&files).show("m.py");
    expect![[r#"
        elsewhere: def elsewhere() -> Unknown  ~  elsewhere() -> Unknown  [partly-unknown]
        one: def one() -> Literal[1]  ~  one() -> Literal[1]
        two: def two() -> Literal[1]  ~  two() -> Literal[1]
        around: def around(x) -> Unknown  ~  around(x) -> Unknown  [partly-unknown]
        around.<locals>.x: Unknown  [unknown]
        deep: def deep() -> Unknown  ~  deep() -> Unknown  [partly-unknown]
        later: def later() -> CoroutineType[Any, Any, Literal["x"]]  ~  later() -> Literal['x']
        awaits: def awaits() -> CoroutineType[Any, Any, Literal["x"]]  ~  awaits() -> Literal['x']
        many: def many() -> Generator[Literal[1], Any, None]  ~  many() -> Generator[Literal[1], Any, None]
        fails: def fails() -> NoReturn  ~  fails() -> NoReturn
        same: def same[T](x: T@same) -> T@same  ~  same(x: T) -> T
        same.<locals>.T: TypeVar
        same.<locals>.x: T@same  ~  T
        C: <class 'C'>  ~  type[C]
        C.m: def m(self) -> list[int]  ~  m() -> list[int]
        C.m.<locals>.self: Self@m  ~  Self
        C.n: def n(self) -> list[int]  ~  n() -> list[int]
        C.n.<locals>.self: Self@n  ~  Self
        C.p: list[int]
        C.p.<locals>.self: Self@p  ~  Self
        a: Literal[1]
        b: list[int]
        c: list[int]
        d: Unknown  [unknown]
        e: Unknown  [unknown]
        f: Literal[1]
        g: Unknown  [unknown]
        h: Unknown  [unknown]
        i: Unknown  [unknown]
        j: Unknown  [unknown]
        k: CoroutineType[Any, Any, Unknown]  [partly-unknown]
    "#]]
    .assert_eq(&shown);
}

/// Of other files only short functions that go straight to a `return` of what they made are looked into.
#[test]
fn factories_of_other_files_are_looked_into() {
    let files = [
        (
            "m.py",
            "
from lib import far, made, nested, generic, special, told, tested, stops, endless, second
import lib
a = made()
b = lib.made(1)
c = nested()
d = far()
e = generic(1)
r = special()
f = told()
g = tested()
h = stops()
i = endless()
j: object = made()
k, l = made(), made()
class C:
    def m(self): self.x = made()
    def n(self): return made()
def again(): return nested()
o = again()
p = lib.C.made()
q = second()
",
        ),
        (
            "lib.py",
            "
import sys
from other import make
class C:
    def made(): return C()
def made(x=1, *, y=None):
    'doc'
    x = C()
    print(x)
    return x
def nested(): return (made())
def far(): return make(1)
def generic[T](x: T): return list([x])
def special(): return generic(1)
@staticmethod
def told(): return made()
def tested():
    if C: return C()
    return C()
def stops():
    sys.exit()
    return C()
def endless(): return endless()
def second(): return tested()
",
        ),
        ("other.py", "def make(text): return str(text)\n"),
    ];
    let mut project = Project::new(&files);
    expect![[r#"
        far: def far() -> str  ~  far() -> str
        made: def made(x=1, *, y=None) -> C  ~  made(x = ..., *, y = ...) -> C
        nested: def nested() -> C  ~  nested() -> C
        generic: def generic[T](x: T) -> list[T@generic]  ~  generic(x: T) -> list[T]
        special: def special() -> Unknown  ~  special() -> Unknown  [partly-unknown]
        told: def told() -> C  ~  told() -> C
        tested: def tested() -> Unknown  ~  tested() -> Unknown  [partly-unknown]
        stops: def stops() -> Unknown  ~  stops() -> Unknown  [partly-unknown]
        endless: def endless() -> Unknown  ~  endless() -> Unknown  [partly-unknown]
        second: def second() -> Unknown  ~  second() -> Unknown  [partly-unknown]
        lib: <module 'lib'>  ~  Module[lib]
        a: C
        b: C
        c: C
        d: str
        e: Unknown  [unknown]
        r: Unknown  [unknown]
        f: C
        g: Unknown  [unknown]
        h: Unknown  [unknown]
        i: Unknown  [unknown]
        j: Unknown  [unknown]
        k: Unknown  [unknown]
        l: Unknown  [unknown]
        C: <class 'C'>  ~  type[C]
        C.m: def m(self) -> None  ~  m() -> None
        C.m.<locals>.self: Self@m  ~  Self
        C.x: C
        C.n: def n(self) -> C  ~  n() -> C
        C.n.<locals>.self: Self@n  ~  Self
        again: def again() -> C  ~  again() -> C
        o: C
        p: Unknown  [unknown]
        q: Unknown  [unknown]
    "#]]
    .assert_eq(&project.show("m.py"));
}

/// Each level looks once into each block below it.
#[test]
fn nested_loops_are_looked_into_once() {
    let mut text = "def f(x):\n".to_owned();
    for level in 1..60 {
        let indent = " ".repeat(level);
        text += &format!("{indent}while x: pass\n{indent}else:\n");
    }
    text += &format!("{}return 1\n", " ".repeat(60));
    let shown = Project::new(&[("m.py", &text)]).show("m.py");
    assert!(shown.starts_with("f: def f(x) -> "), "{shown}");
}
