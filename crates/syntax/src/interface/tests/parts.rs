//! Which definitions count only for who knows their names, and that nobody else can tell whether they are there.

use proptest::prelude::*;
use staniel_facts::{NameHash, Part, Seen};

use super::interface;

fn parts(text: &str) -> Vec<NameHash> {
    interface(text).parts.iter().map(|part| part.name).collect()
}

fn rest(text: &str) -> Seen {
    interface(text).rest
}

/// `foo` stands apart in `text`.
#[track_caller]
fn apart(text: &str) {
    assert_eq!(parts(text), [NameHash::of("foo")], "{text}");
    // Between others the rest cannot tell where it is, or whether.
    let (one, other) = ("import one\n", "one.other()\n");
    let without = rest(&format!("{one}{other}"));
    for beside in
        [format!("{text}{one}{other}"), format!("{one}{text}{other}"), format!("{one}{other}{text}")]
    {
        assert_eq!(rest(&beside), without, "{beside}");
        assert_eq!(parts(&beside), [NameHash::of("foo")], "{beside}");
    }
}

#[test]
fn definitions_stand_apart() {
    for text in [
        "def foo(): ...\n",
        "def foo(): return foo()\n",
        "async def foo(a: int, *b, c=[1, {}], **d) -> None: await a\n",
        "@bar\n@bar.baz\ndef foo(a=bar.baz): return bar(a)\n",
        "def foo[T](a: T) -> 'list[foo]':\n    '''foo'''\n    x.y = bar().z\n    for a in x: raise a\n"
            .replace("x.y = ", "x().y = ")
            .as_str(),
        // What only the function itself can see.
        "def foo():\n    yield 1\n",
        "def foo():\n    def bar():\n        nonlocal x\n        x = 1\n    x = 0\n",
        "def foo():\n    from bar.baz import x\n    import bar as y\n",
        "def foo():\n    with bar() as x: assert x\n    del x, y[0]\n    return [z := 1]\n",
        "class foo: ...\n",
        "class foo(bar, metaclass=baz):\n    '''doc'''\n    x: int\n    y, z = 1, 2\n    w: 'foo' = y\n    class Meta:\n        pass\n    def m(self): return self.x\n",
        "class foo:\n    @property\n    def m(self, a=1):\n        self.x = a\n        del self.y\n        for self.z in a: bar()\n",
        "class foo:\n    def m(self):\n        def inner():\n            self.x = 1\n",
        "foo = 1\n",
        "foo = bar + baz[0].x, [y for y in bar if y]\n",
        "foo: int\n",
        "foo: 'int | foo' = 1\n",
        "foo = lambda x: x\n",
    ] {
        apart(text);
    }
    // Two on a line, and what parts them.
    let both = [NameHash::of("a"), NameHash::of("b")].into_iter().collect::<std::collections::BTreeSet<_>>();
    assert_eq!(parts("a = 1; b = 2;\n"), both.into_iter().collect::<Vec<_>>());
    assert_eq!(rest("import c; a = 1; c.d()\n"), rest("import c; c.d()\n"));
    assert_eq!(rest("a = 1; b = 2\n"), rest(""));
}

#[test]
fn what_the_rest_says_does_not() {
    for text in [
        "foo = 1\nfoo\n",
        "foo = 1\nx.foo\n",
        "foo = 1\nf(foo=1)\n",
        "foo = 1\nfrom bar import foo\n",
        "foo = 1\nimport bar.foo\n",
        "foo = 1\nx = bar('a foo')\n",
        "foo = 1\nx = bar('fo' 'o')\n",
        "foo = 1\nx = bar('\\x66oo')\n",
        "foo = 1\nx.ｆｏｏ\n",
        "__all__ = ['foo']\nfoo = 1\n",
        "foo = 1\nx = []  # type: list[foo]\n",
        "def foo(): ...\ndef foo(): ...\n",
        "@overload\ndef foo(): ...\n@overload\ndef foo(x): ...\ndef foo(*x): ...\n",
        "def foo(): ...\ndel foo\n",
        "foo = 1\ndef bar():\n    global foo\n",
        "foo = 1\nif x:\n    def bar(a=foo): ...\n",
        "foo = 1\nx.y = []  # type: list[foo]\n",
        // By way of others.
        "def foo(): ...\ndef bar(a: foo): ...\nbar\n",
        "bar\nbaz: 'foo'\ndef bar(a=baz): ...\nclass foo: ...\n",
    ] {
        assert!(!parts(text).contains(&NameHash::of("foo")), "{text}");
    }
    // But comments and docstrings say nothing.
    assert_eq!(parts("'''foo'''\nfoo = 1\n# foo\n"), [NameHash::of("foo")]);
}

#[test]
fn parts_may_use_each_other() {
    for text in [
        "foo = 1\ndef bar(a=foo): ...\n",
        "class foo: ...\nbar: 'list[foo]'\n",
        "foo = 1\nclass bar:\n    def m(self, foo): ...\n",
        "def foo(): return bar()\ndef bar(a: foo): return foo()\n",
        "foo = 1\nbar = '\\x66oo'\n",
        "foo = 1\nbar = x.ｆｏｏ\n",
    ] {
        let parts = interface(text).parts;
        assert_eq!(parts.len(), 2, "{text}");
        let bar = parts.iter().find(|part| part.name == NameHash::of("bar")).unwrap();
        assert_eq!(*bar.uses, [NameHash::of("foo")], "{text}");
        assert_eq!(rest(text), rest(""), "{text}");
    }
}

/// Whom `bar` uses for everybody, and for who looks into bodies.
#[track_caller]
fn check_uses(text: &str, uses: &[&str], deep_uses: &[&str]) {
    let names = |names: &[&str]| {
        let mut names: Vec<NameHash> = names.iter().map(|name| NameHash::of(name)).collect();
        names.sort_unstable();
        names
    };
    for above in [true, false] {
        let used = "foo = 1\ndef baz(): ...\n";
        let text = if above { format!("{used}{text}") } else { format!("{text}{used}") };
        let found = interface(&text);
        let bar = found.parts.iter().find(|part| part.name == NameHash::of("bar")).expect("it stands apart");
        assert_eq!((bar.uses.to_vec(), bar.deep_uses.to_vec()), (names(uses), names(deep_uses)), "{text}");
        assert!(found.deep_uses.is_empty() && found.parts.len() == 3, "{text}");
        // Comments that annotate count by themselves.
        assert_eq!(rest(&text.replace("type:", "")), rest(""), "{text}");
    }
}

#[test]
fn uses_are_told_apart_by_who_sees_them() {
    // In a body that is left out, seen by nobody,
    for text in [
        "def bar() -> int: return foo\n",
        "def bar() -> int: return '\\x66oo'\n",
        "def bar() -> int: return x.ｆｏｏ\n",
        "def bar() -> int: # foo type: foo\n    # type: foo\n    x = [] # type: foo\n    # type: foo\n# type: foo\n",
        "def bar() -> int:\n    def inner(a=foo): return foo\n    return lambda: foo\n",
        "def bar():\n    def inner() -> int: return foo\n    return inner\n",
        "class bar:\n    def m(self) -> int:\n        return foo\n",
        "def bar():\n    yield 1\n    def inner() -> int: return foo\n",
    ] {
        check_uses(text, &[], &[]);
    }
    // or by who infers,
    for text in [
        "def bar(): return foo.x\n",
        "def bar(): return foo, 1\n",
        "async def bar(): return foo\n",
        "async def bar(): return 'foo'\n",
        "def bar(): return '\\x66oo'\n",
        "def bar(): return 1 # type: foo\n",
        "def bar():\n    # type: (foo) -> None\n    ...\n",
        "def bar():\n    def inner(a=foo) -> int: return baz\n    return inner\n",
        "def bar():\n    def inner(): return foo\n    return inner\n",
        "def bar():\n    def inner() -> int: return baz\n    return foo\n",
        "class bar:\n    def m(self):\n        return foo\n",
        "def bar():\n    yield 1\n    def inner(): return foo\n",
    ] {
        check_uses(text, &[], &["foo"]);
    }
    // and where everybody does.
    for text in [
        "def bar(a=foo) -> int: return 1\n",
        "def bar(a) -> 'foo': return 1\n",
        "@foo\ndef bar() -> int: return 1\n",
        "class bar(foo): ...\n",
        "class bar:\n    def m(self, a=foo) -> int: return 1\n",
        "class bar:\n    def m(self):\n        self.x = foo\n",
        "def bar():\n    yield foo\n",
        "def bar(): raise foo\n",
        "def bar(): return foo\n",
        "def bar():\n    x = foo\n    return x()\n",
        "def bar():\n    def inner() -> int:\n        yield 1\n    return foo\n",
        "bar = lambda: foo\n",
    ] {
        check_uses(text, &["foo"], &[]);
    }
    check_uses("def bar(a=foo): return [baz(foo)]\n", &["foo"], &["baz", "foo"]);
    check_uses("def bar(a=foo): return baz(foo)\n", &["baz", "foo"], &[]);
    let methods =
        "class bar:\n    def m(self) -> int: return foo\n    x = baz\n    def n(self): return foo\n";
    check_uses(methods, &["baz"], &["foo"]);
}

#[test]
fn what_bodies_of_the_rest_say_stands_apart() {
    for (text, is_deep) in [
        ("@x()\ndef bar() -> int: return foo\n", false),
        ("@x()\ndef bar(): return [foo]\n", true),
        ("def bar(): return [foo]\nbar\n", true),
        ("if x:\n    def bar(): return foo\n", true),
        ("if x:\n    def bar() -> int: return foo\n", false),
        ("def bar():\n    global x\n    def inner(): return foo\n", true),
        ("if x:\n    def bar() -> int:\n        return 1 # type: foo\n    # type: foo\n", false),
    ] {
        let text = format!("foo = 1\n{text}");
        let found = interface(&text);
        assert_eq!(parts(&text), [NameHash::of("foo")], "{text}");
        assert_eq!(found.deep_uses.contains(&NameHash::of("foo")), is_deep, "{text}");
    }
    assert_eq!(parts("foo = 1\ndef bar():\n    global x\n    x = foo\n"), []);
    assert_eq!(parts("foo = 1\n@x()\ndef bar(): return foo\n"), []);
}

/// Each with what could be seen if it were gone.
#[test]
fn what_the_rest_depends_on_does_not() {
    for (text, why) in [
        ("if x:\n    def foo(): ...\n", "whether it is there is a question of `x`"),
        ("try:\n    foo = 1\nexcept E: ...\n", "the same"),
        ("for foo in x: ...\n", "a loop runs things"),
        ("import foo\n", "an import is a need, and makes submodules attributes"),
        ("foo, = x\n", "only simple targets"),
        ("foo = x = 1\n", "the other name"),
        ("x = foo = 1\n", "the other name"),
        ("foo += 1\n", "it needs what was there"),
        ("foo.x = 1\n", "an attribute of something else"),
        ("type foo = int\n", "not worth it"),
        ("print(foo := 1)\n", "not a statement"),
        // What is called may never return.
        ("foo = bar()\n", "a call"),
        ("@bar()\ndef foo(): ...\n", "a call"),
        ("def foo(a=bar()): ...\n", "a call"),
        ("def foo(a: bar()): ...\n", "a call"),
        ("class foo(bar()): ...\n", "a call"),
        ("class foo:\n    bar()\n", "a call"),
        ("class foo:\n    x = bar()\n", "a call"),
        ("class foo:\n    def m(self, a=bar()): ...\n", "a call"),
        ("class foo:\n    @bar()\n    def m(self): ...\n", "a call"),
        ("foo = f'{bar()}'\n", "a call"),
        ("foo = await bar\n", "so may what is awaited"),
        ("foo = yield\n", "it makes the module an error"),
        ("class foo:\n    raise E\n", "nothing comes after"),
        ("class foo:\n    assert x\n", "perhaps nothing does"),
        ("class foo:\n    while True: pass\n", "nothing comes after"),
        ("class foo:\n    if x:\n        y = 1\n", "it narrows `x`"),
        ("class foo:\n    with x: ...\n", "it may swallow what is raised"),
        ("class foo:\n    import bar\n", "a need"),
        ("class foo:\n    from bar import baz\n", "a need"),
        ("class foo:\n    del x\n", "what it deletes may be the module's"),
        // It binds, or declares, names of the module.
        ("class foo:\n    global x\n    x = 1\n", "binds x"),
        ("def foo():\n    global x\n    x = 1\n", "binds x"),
        ("def foo():\n    def bar():\n        global x\n", "binds x"),
        ("class foo:\n    def m(self):\n        global x\n", "binds x"),
        ("foo = (x := 1)\n", "binds x"),
        ("foo = [x := y for y in z]\n", "binds x"),
        ("def foo(a=(x := 1)): ...\n", "binds x"),
        ("@(x := bar)\ndef foo(): ...\n", "binds x"),
        // It changes, or narrows, something else.
        ("def foo(a): a.x = 1\n", "an attribute"),
        ("def foo():\n    bar.x = 1\n", "an attribute"),
        ("class foo:\n    def m(self): bar.x = 1\n", "an attribute"),
        ("class foo:\n    def m(self, other): other.x = 1\n", "an attribute"),
        ("class foo:\n    def m(self): del bar.x\n", "an attribute"),
        ("class foo:\n    bar.x = 1\n", "an attribute"),
        ("class foo:\n    bar['x'] = 1\n", "narrows bar['x']"),
        ("class foo:\n    bar += 1\n", "may change what it is"),
        ("foo: list[int] = bar\n", "ty finds out from it what is in an empty list `bar`"),
        ("foo: list[int] = [bar]\n", "the same"),
        ("foo: str = f'{bar}'\n", "the same"),
        // Submodules become attributes of what this module exports.
        ("def foo():\n    import bar.baz\n", "`bar` has `baz` then"),
        ("class foo:\n    def m(self):\n        import bar.baz as x\n", "`bar` has `baz` then"),
        // Other spellings and hidden meanings.
        ("def _foo__foo(): ...\n", "what a class calls `__foo`"),
        ("def __getattr__(name): ...\n", "nobody writes it"),
        ("def föö(): ...\n", "it has other spellings"),
        ("def foo(): ...\nfrom __future__ import annotations\n", "nothing may stand before that"),
        ("def foo(): ...\nx = (\n", "nobody knows what this says"),
    ] {
        assert_eq!(parts(text), [], "{why}:\n{text}");
    }
}

#[test]
fn what_stands_apart_is_digested_whole() {
    let part = |text: &str| interface(text).parts[0].seen.declared;
    for (before, after) in [
        ("def foo(a): ...\n", "def foo(b): ...\n"),
        ("def foo(): ...\n", "async def foo(): ...\n"),
        ("def foo(): ...\n", "@bar\ndef foo(): ...\n"),
        ("def foo(): ...\n", "foo = 1\n"),
        ("foo = 1\n", "foo = 2\n"),
        ("foo: int\n", "foo: str\n"),
        ("class foo: x = 1\n", "class foo: x = 2\n"),
        ("class foo:\n    def m(self): self.x = 1\n", "class foo:\n    def m(self): self.x = 2\n"),
        ("def foo(): yield 1\n", "def foo(): yield 2\n"),
    ] {
        assert_ne!(part(before), part(after), "{before}{after}");
    }
    assert_eq!(part("def foo(): return 1\n"), part("# c\ndef foo():\n    'doc'\n    return 2\n"));
    assert_eq!(part("x()\ndef foo(): ...\ny()\n"), part("def foo(): ...\n"));
}

/// Statements that know nothing of the definitions below.
const OTHERS: [&str; 10] = [
    "import one.two",
    "from one import *",
    "one()",
    "if one:\n    def two(): ...\nelse:\n    two = 1",
    "class Three:\n    def four(self):\n        return self.five",
    "def four(a=one()):\n    global five\n    five = 1",
    "five: int = 5; six = five",
    "'a string'",
    "# a comment",
    "try:\n    one\nfinally:\n    two",
];

/// Each stands apart.
const DEFINITIONS: [&str; 10] = [
    "def foo(): return 1",
    "def foo(a):\n    b = one(a)\n    return b",
    "@one\nasync def foo(a: int = 1) -> None:\n    'doc'\n    await a",
    "def foo():\n    yield one",
    "class foo(Three):\n    'doc'\n    x = 1\n\n    def m(self):\n        self.x = 2",
    "class foo: ...",
    "foo = one + 1",
    "foo: int",
    "foo = [\n    1,\n]",
    "def foo(x):\n    def inner(): return x\n    return inner",
];

/// With bodies that are left out.
const BODIED: [&str; 9] = [
    "def one() -> int:\n    BODY",
    "def two():\n    BODY",
    "@three()\ndef four() -> one:\n    BODY",
    "class five:\n    def m(self, a=one):\n        BODY\n    def n(self) -> two:\n        BODY",
    "@x()\nclass six:\n    def m(self):\n        BODY",
    "if seven:\n    def eight():\n        BODY",
    "def three():\n    yield two\n    def inner():\n        BODY",
    "nine = lambda: one",
    "seven: 'six' = 7",
];

/// What may stand in one for the other.
const FILLINGS: [&str; 9] = [
    "return 1",
    "return [one(two, three=four)]",
    "x = [] # type: five",
    "'doc'; return 'seven', '\\x73ix'",
    "def nine(a=eight) -> one: return nine",
    "def nine(): return six",
    "class one: x = two",
    "x = 1 # type: nine",
    "return seven.eight.nine",
];

proptest! {
    #[test]
    fn what_a_body_says_moves_nothing(
        pieces in prop::collection::vec((0..BODIED.len(), 0..FILLINGS.len(), 0..FILLINGS.len()), 1..8),
    ) {
        let text = |second: bool| -> String {
            let piece = |&(piece, one, other): &(usize, usize, usize)| {
                BODIED[piece].replace("BODY", FILLINGS[if second { other } else { one }]) + "\n"
            };
            pieces.iter().map(piece).collect()
        };
        let declared = |text: &str| {
            let found = interface(text);
            let part = |part: &Part| (part.name, part.seen.declared, part.uses.clone());
            (found.rest.declared, found.parts.iter().map(part).collect::<Vec<_>>())
        };
        prop_assert_eq!(declared(&text(false)), declared(&text(true)), "{}\n---\n{}", text(false), text(true));
    }

    #[test]
    fn nobody_else_can_tell_whether_it_is_there(
        others in prop::collection::vec(0..OTHERS.len(), 0..6),
        definitions in prop::collection::vec((0..DEFINITIONS.len(), 0..7_usize), 1..4),
    ) {
        let mut lines: Vec<String> = others.iter().map(|&other| format!("{}\n", OTHERS[other])).collect();
        // A string at the beginning would not be a docstring any more.
        lines.insert(0, "one\n".to_owned());
        let before = interface(&lines.concat());
        for (number, &(definition, at)) in definitions.iter().enumerate() {
            let text = DEFINITIONS[definition].replace("foo", &format!("foo_{number}"));
            lines.insert(1 + at.min(lines.len() - 1), format!("{text}\n"));
        }
        let text = lines.concat();
        let after = interface(&text);
        prop_assert_eq!(before.rest, after.rest, "{}", text);
        let is_new = |part: &&Part| (0..4).any(|number| NameHash::of(&format!("foo_{number}")) == part.name);
        prop_assert_eq!(after.parts.iter().filter(is_new).count(), definitions.len(), "{}", text);
        let old: Vec<Part> = after.parts.iter().filter(|part| !is_new(part)).cloned().collect();
        prop_assert_eq!(&*before.parts, &*old, "{}", text);
    }
}

/// What runs with the module runs from top to bottom.
#[test]
fn where_a_part_stands_matters_to_what_it_uses() {
    let part = |text: &str, name: &str| -> Part {
        let found = interface(text);
        let part = found.parts.iter().find(|part| part.name == NameHash::of(name)).cloned();
        part.unwrap_or_else(|| panic!("{name} does not stand apart in {text}"))
    };
    // Another part, and something that is none.
    for (above, below) in [
        ("foo = 1\nbar = foo\n", "bar = foo\nfoo = 1\n"),
        ("import foo\nbar = foo\n", "bar = foo\nimport foo\n"),
        ("import foo\nimport foo\nbar = foo\n", "import foo\nbar = foo\nimport foo\n"),
        ("foo = 1\ndef bar(x=foo): ...\n", "def bar(x=foo): ...\nfoo = 1\n"),
    ] {
        assert_ne!(part(above, "bar").seen, part(below, "bar").seen, "{above}");
    }
    // Bodies run later, and what it does not use is nothing to it.
    for (above, below) in [
        ("foo = 1\ndef bar() -> int: return foo\n", "def bar() -> int: return foo\nfoo = 1\n"),
        ("foo = 1\nimport os\nbar = 1\n", "bar = 1\nfoo = 1\nimport os\n"),
    ] {
        assert_eq!(part(above, "bar").seen, part(below, "bar").seen, "{above}");
    }
}
