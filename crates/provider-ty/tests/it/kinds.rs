//! What ty says of each kind of definition.

use expect_test::{Expect, expect};
use staniel_facts::{Environment, Outline, PythonVersion, RelPath, Span};
use staniel_provider::{Outcome, TypeProvider};
use staniel_provider_ty::TyOptions;

use crate::project::{Log, Project};

fn check(text: &str, expected: &Expect) {
    expected.assert_eq(&Project::new(&[("m.py", text)]).show("m.py"));
}

#[test]
fn functions_classes_and_parameters() {
    check(
        "
def f(x: int, *args: str, flag=True, **rest) -> str | None: ...
async def g(): return 1
class Box[T]:
    def get(self) -> T: ...
    @property
    def size(self) -> int: ...
    @classmethod
    def make(cls): ...
h = lambda y: y
",
        &expect![[r#"
            f: def f(x: int, *args: str, flag: bool = True, **rest) -> str | None  ~  f(x: int, *args: str, flag: bool = ..., **rest) -> None | str
            f.<locals>.x: int
            f.<locals>.args: tuple[str, ...]
            f.<locals>.flag: Unknown | Literal[True]  ~  Literal[True]  [partly-unknown]
            f.<locals>.rest: dict[str, Unknown]  [partly-unknown]
            g: def g() -> CoroutineType[Any, Any, Literal[1]]  ~  g() -> Literal[1]
            Box: <class 'Box'>  ~  type[Box]
            Box.T: TypeVar
            Box.get: def get(self) -> T@Box  ~  get() -> T
            Box.get.<locals>.self: Self@get  ~  Self
            Box.size: int
            Box.size.<locals>.self: Self@size  ~  Self
            Box.make: def make(cls) -> Unknown  ~  make() -> Unknown  [partly-unknown]
            Box.make.<locals>.cls: type[Self@make]  ~  type[Self]
            h: (y) -> Unknown  [partly-unknown]
            <lambda>.<locals>.y: Unknown  [unknown]
        "#]],
    );
}

#[test]
fn variables_and_attributes() {
    check(
        "
import os.path as p
limit = 100
names: list[str] = []
first, *others = 1, 'a', b'c'
for i in range(3): ...
with open('x') as file: ...
try: ...
except (OSError, ValueError) as error: ...
if (found := limit): ...
squares = [n for n in range(9)]
class C:
    kind: str
    count = 0
    def __init__(self, other: 'C'):
        self.size = len('abc')
        self.other = other
        other.size += 1
",
        &expect![[r#"
            p: <module 'os.path'>  ~  Module[path]
            limit: Literal[100]
            names: list[str]
            first: Literal[1]
            others: list[Literal["a", b"c"]]  ~  list[Literal['a', b'c']]
            i: int
            file: TextIOWrapper[_WrappedBuffer]
            error: OSError | ValueError
            found: Literal[100]
            squares: list[int]
            <listcomp>.n: int
            C: <class 'C'>  ~  type[C]
            C.kind: str
            C.count: Literal[0]
            C.__init__: def __init__(self, other: C) -> None  ~  __init__(other: C) -> None
            C.__init__.<locals>.self: Self@__init__  ~  Self
            C.__init__.<locals>.other: C
            C.size: Literal[3]
            C.other: C
        "#]],
    );
}

#[test]
fn imports_aliases_type_parameters_and_captures() {
    check(
        "
import os.path, missing
from collections import OrderedDict as D, nothing
type Pair[K, *Ts, **P] = tuple[K, K]
def f(x: int | list[int]):
    match x:
        case [one, *more]: ...
        case {'k': _, **rest}: ...
        case int() as number: ...
",
        &expect![[r#"
            os: <module 'os'>  ~  Module[os]
            missing: Unknown  [unknown]
            D: <class 'OrderedDict'>  ~  type[OrderedDict]
            nothing: Unknown  [unknown]
            Pair: TypeAliasType
            Pair.K: TypeVar
            Pair.Ts: TypeVarTuple
            Pair.P: ParamSpec
            f: def f(x: int | list[int]) -> None  ~  f(x: int | list[int]) -> None
            f.<locals>.x: int | list[int]
            f.<locals>.one: -  [unknown]
            f.<locals>.more: -  [unknown]
            f.<locals>.rest: -  [unknown]
            f.<locals>.number: -  [unknown]
        "#]],
    );
}

#[test]
fn namesakes_and_long_unions() {
    let members: Vec<String> = (0..20).map(|n| format!("tuple[Literal[{n}]]")).collect();
    let text = format!(
        "
from typing import Literal
class C: ...
def namesake():
    class C: ...
    return C
Both = tuple[C, namesake()]
def f(c: C, long: {}):
    class C: ...
    pair = (c, C())
",
        members.join(" | ")
    );
    check(
        &text,
        &expect![[r#"
            Literal: <special-form 'typing.Literal'>  ~  type[Literal]
            C: <class 'C'>  ~  type[C]
            namesake: def namesake() -> <class 'C'>  ~  namesake() -> type[C]
            namesake.<locals>.C: <class 'C'>  ~  type[C]
            Both: <class 'tuple[C, Unknown]'>  ~  type[tuple[C, Unknown]]  [partly-unknown]
            f: def f(c: C, long: tuple[Literal[0]] | tuple[Literal[1]] | tuple[Literal[2]] | tuple[Literal[3]] | tuple[Literal[4]] | tuple[Literal[5]] | tuple[Literal[6]] | tuple[Literal[7]] | tuple[Literal[8]] | tuple[Literal[9]] | tuple[Literal[10]] | tuple[Literal[11]] | tuple[Literal[12]] | tuple[Literal[13]] | tuple[Literal[14]] | tuple[Literal[15]] | tuple[Literal[16]] | tuple[Literal[17]] | tuple[Literal[18]] | tuple[Literal[19]]) -> None  ~  f(c: C, long: tuple[Literal[0]] | tuple[Literal[10]] | tuple[Literal[11]] | tuple[Literal[12]] | tuple[Literal[13]] | tuple[Literal[14]] | tuple[Literal[15]] | tuple[Literal[16]] | tuple[Literal[17]] | tuple[Literal[18]] | tuple[Literal[19]] | tuple[Literal[1]] | tuple[Literal[2]] | tuple[Literal[3]] | tuple[Literal[4]] | tuple[Literal[5]] | tuple[Literal[6]] | tuple[Literal[7]] | tuple[Literal[8]] | tuple[Literal[9]]) -> None
            f.<locals>.c: C
            f.<locals>.long: tuple[Literal[0]] | tuple[Literal[1]] | tuple[Literal[2]] | tuple[Literal[3]] | tuple[Literal[4]] | tuple[Literal[5]] | tuple[Literal[6]] | tuple[Literal[7]] | tuple[Literal[8]] | tuple[Literal[9]] | tuple[Literal[10]] | tuple[Literal[11]] | tuple[Literal[12]] | tuple[Literal[13]] | tuple[Literal[14]] | tuple[Literal[15]] | tuple[Literal[16]] | tuple[Literal[17]] | tuple[Literal[18]] | tuple[Literal[19]]  ~  tuple[Literal[0]] | tuple[Literal[10]] | tuple[Literal[11]] | tuple[Literal[12]] | tuple[Literal[13]] | tuple[Literal[14]] | tuple[Literal[15]] | tuple[Literal[16]] | tuple[Literal[17]] | tuple[Literal[18]] | tuple[Literal[19]] | tuple[Literal[1]] | tuple[Literal[2]] | tuple[Literal[3]] | tuple[Literal[4]] | tuple[Literal[5]] | tuple[Literal[6]] | tuple[Literal[7]] | tuple[Literal[8]] | tuple[Literal[9]]
            f.<locals>.C: <class 'C'>  ~  type[C]
            f.<locals>.pair: tuple[m.C, m.<locals of function 'f'>.C]  ~  tuple[C, m.<locals of function 'f'>C]
        "#]],
    );
}

#[test]
fn a_place_where_ty_has_nothing() {
    let mut project = Project::new(&[("m.py", "x = 1\n")]);
    let mut question = project.question("m.py");
    let mut facts = (*question.facts).clone();
    let mut definition = facts.outline.definitions[0].clone();
    definition.name = Span::new(4, 5);
    facts.outline = Outline { definitions: Box::new([definition]), ..Outline::default() }.into();
    question.facts = facts.into();
    let outcome = project.provider.ask(&[question], &Log::default(), &Default::default()).unwrap().remove(0);
    let Outcome::Answered(answers) = outcome else { panic!("{outcome:?}") };
    assert_eq!(answers.get(0).text, None);
    assert_eq!(answers.get(0).flags.words(), ["unknown", "no-site"]);
}

#[test]
fn syntax_errors_cost_only_what_is_near() {
    check(
        "x = 1\ndef f(a): return (\n    y = 1\nclass C: ...\nz = 'a'\n",
        &expect![[r#"
        x: Literal[1]
    "#]],
    );
}

#[test]
fn roots_version_and_platform_come_from_the_environment() {
    let environment = Environment {
        roots: Box::new([RelPath::new("src").unwrap(), RelPath::new("lib").unwrap()]),
        python: PythonVersion { major: 3, minor: 9 },
        platform: "win32".into(),
        ..Environment::default()
    };
    let files = [
        (
            "src/a.py",
            "import b, c, sys\nversion = b.X, c.Y, sys.version_info >= (3, 10), sys.platform == 'win32'\n",
        ),
        ("src/b.py", "X = 1\n"),
        ("lib/b.py", "X = 'never'\n"),
        ("lib/c.py", "Y = b'c'\n"),
        ("c.py", "Y = 'never'\n"),
    ];
    let options = TyOptions { threads: 1, ..TyOptions::default() };
    let mut project = Project::on("/nowhere/project", environment, options, &files);
    expect![[r#"
        b: <module 'b'>  ~  Module[b]
        c: <module 'c'>  ~  Module[c]
        sys: <module 'sys'>  ~  Module[sys]
        version: tuple[Literal[1], Literal[b"c"], Literal[False], Literal[True]]  ~  tuple[Literal[1], Literal[b'c'], Literal[False], Literal[True]]
    "#]].assert_eq(&project.show("src/a.py"));

    // Another version and order of roots: another database.
    let mut environment = (*project.world.environment).clone();
    environment.python.minor = 13;
    environment.roots.reverse();
    project.world.environment = environment.into();
    project.change(&[]);
    expect![[r#"
        b: <module 'b'>  ~  Module[b]
        c: <module 'c'>  ~  Module[c]
        sys: <module 'sys'>  ~  Module[sys]
        version: tuple[Literal["never"], Literal[b"c"], Literal[True], Literal[True]]  ~  tuple[Literal['never'], Literal[b'c'], Literal[True], Literal[True]]
    "#]].assert_eq(&project.show("src/a.py"));
}

#[test]
fn decoded_texts_are_what_ty_sees() {
    let mut project = Project::new(&[("user.py", "from legacy import café, Ü\nx = café\n")]);
    let latin1 = b"# -*- coding: latin-1 -*-\ncaf\xe9 = 'caf\xe9'\nclass \xdc: ...\n";
    project.change(&[("legacy.py", Some(latin1))]);
    let bom = b"\xef\xbb\xbfy = 1\n";
    project.change(&[("bom.py", Some(bom))]);
    expect![[r#"
        café: Literal["café"]  ~  Literal['café']
        Ü: <class 'Ü'>  ~  type[Ü]
        x: Literal["café"]  ~  Literal['café']
        café: Literal["café"]  ~  Literal['café']
        Ü: <class 'Ü'>  ~  type[Ü]
        y: Literal[1]
    "#]]
    .assert_eq(&(project.show("user.py") + &project.show("legacy.py") + &project.show("bom.py")));
}

#[test]
fn site_packages_lie_on_the_disk_even_below_the_root() {
    let directory = std::env::temp_dir().join(format!("staniel-ty-{}", std::process::id()));
    let packages = directory.join(".venv/lib/python3.13/site-packages");
    std::fs::create_dir_all(packages.join("dep")).unwrap();
    std::fs::write(packages.join("dep/__init__.py"), "value = 1\n").unwrap();
    // On the disk, but not in the world.
    std::fs::write(directory.join("stray.py"), "value = 1\n").unwrap();
    let environment = Environment {
        roots: Box::new([RelPath::root()]),
        site_packages: Box::new([packages.to_str().unwrap().to_owned()]),
        ..Environment::default()
    };
    let files = [("m.py", "import dep, stray\nx = dep.value\ny = stray.value\n")];
    let options = TyOptions { threads: 1, ..TyOptions::default() };
    let mut project = Project::on(directory.to_str().unwrap(), environment, options, &files);
    expect![[r#"
        dep: <module 'dep'>  ~  Module[dep]
        stray: Unknown  [unknown]
        x: Literal[1]
        y: Unknown  [unknown]
    "#]]
    .assert_eq(&project.show("m.py"));
    std::fs::remove_dir_all(directory).unwrap();
}
