use proptest::prelude::*;
use staniel_facts::{Interface, InterfaceHash, NameHash, SourceKind};

use crate::facts::parse;

mod inferred;
mod mentions;
mod parts;

fn interface(text: &str) -> Interface {
    super::interface(parse(text, usize::MAX).unwrap().root_node(), text, text)
}

/// All that those see of a text who look at declarations.
fn digest(text: &str) -> (InterfaceHash, Vec<(NameHash, InterfaceHash)>) {
    let Interface { rest, parts, .. } = interface(text);
    (rest.declared, parts.iter().map(|part| (part.name, part.seen.declared)).collect())
}

#[track_caller]
fn same(before: &str, after: &str) {
    assert_eq!(digest(before), digest(after), "\n{before}\n---\n{after}");
}

#[track_caller]
fn differs(before: &str, after: &str) {
    assert_ne!(digest(before), digest(after), "\n{before}\n---\n{after}");
}

/// A function around a body of one or more lines.
fn def(body: &str) -> String {
    format!("def f(a, b=1):\n    {}\n", body.replace('\n', "\n    "))
}

#[test]
fn comments_and_layout_are_out() {
    same("x = 1\n", "# c\n\nx  =  1  # d\n\n# e\n");
    same("if x:\n    y = 1\n    z = 2\nw = 3\n", "if x: # c\n\n\t# d\n\ty = 1\n\n\tz = 2\n# e\nw = 3\n");
    same("class C:\n    x = 1\n", "class C:\n  # c\n\n  x = 1\n\n  # d\n# e\n");
    same("f(a, b)\n", "f(\n    a,  # c\n    b\n)\n");
    same("x = 1 + 2\n", "x = 1 \\\n    + 2\n");
    same("x = 1\ny = 2\n", "x = 1\r\ny = 2\r\n");
    same("x = 1\n", "x = 1");
    same("if x: y\n", "if x:\n    y\n");
}

#[test]
fn nesting_is_in() {
    differs("if x:\n    y\n    z\n", "if x:\n    y\nz\n");
    differs("if x:\n    if y:\n        z\n    w\n", "if x:\n    if y:\n        z\n        w\n");
    differs("class C:\n    x = 1\n    def f(self): pass\n", "class C:\n    x = 1\ndef f(self): pass\n");
    differs("x\ny\n", "x(y)\n");
    differs("a\n-b\n", "a - b\n");
    differs("ab = 1\n", "a = 1\n");
}

#[test]
fn docstrings_are_out() {
    same("'''a'''\nx = 1\n", "# c\n'''b\n\nc'''\nx = 1\n");
    same("class C:\n    '''a'''\n    x = 1\n", "class C:\n    'b' r'c'\n    x = 1\n");
    same("class C:\n    '''a'''\n    x = 1\n", "class C:\n    x = 1\n");
    same(&def("'''a'''\nreturn 1"), &def("return 1"));
    same(&def("'''a'''\nglobal x"), &def("'''b'''\nglobal x"));
    // Only the first statement is one, and only a plain string.
    differs("x = 1\n'a'\n", "x = 1\n'b'\n");
    differs("class C:\n    x = 1\n    'a'\n", "class C:\n    x = 1\n    'b'\n");
    differs("'a'\n'b'\n", "'a'\n'c'\n");
    differs("b'a'\n", "b'b'\n");
    differs("f'a'\n", "f'b'\n");
    differs("'a', 1\n", "'b', 1\n");
    // A module's `__doc__` is `str` or `None`.
    differs("x = 1\n", "'''a'''\nx = 1\n");
}

#[test]
fn bodies_are_out() {
    for (before, after) in [
        ("return 1", "return 2"),
        ("return 1", "x = 1\nprint(x)\nfor y in x: x += y\nreturn"),
        ("return 1", "raise E\nreturn"),
        ("return 1", "while True: pass"),
        ("return 1", "x.y.z = 1\nx[0] = 1\nx().y = 1\nx[0].y = 1\ndel x[0], y"),
        ("return a.b", "def g(): return 1\nreturn g"),
        ("return 1", "import x\nfrom x.y import z"),
        ("return 1", "class C:\n    def m(self): return 1"),
        ("return 1", "lambda: 1\n[x for x in y]\nreturn 1"),
        ("return 1", "with x as y, z as (u, v): return 1"),
        ("return 1", "try: return 1\nexcept E as e: return 2"),
        ("return 1", "(x := 1)\nassert x"),
    ] {
        same(&def(before), &def(after));
        same(&format!("async {}", def(before)), &format!("async {}", def(after)));
    }
    same(&format!("async {}", def("return 1")), &format!("async {}", def("await x\nreturn 1")));
    same("def f(): return 1\n", "def f():\n    return 2\n");
    same(
        "class C:\n    def m(self):\n        return self.x\n",
        "class C:\n    def m(self):\n        return self.y\n",
    );
}

#[test]
fn bodies_that_tell_are_in() {
    for body in [
        "global x\nx = 1",
        "yield 1",
        "x = yield",
        "yield from 1",
        "print(f'{(yield 1)}')",
        "def g():\n    nonlocal a\n    a = 1",
        "def g():\n    def h(): global x",
        "a.x = 1",
        "a.x: int = 1",
        "a.x: int",
        "a.x += 1",
        "(a).x = 1",
        "b = a.x = 1",
        "b, (a.x, c) = 1",
        "[b, *a.x] = 1",
        "for a.x in 1: pass",
        "for b, a.x in 1: pass",
        "[1 for a.x in b]",
        "with 1 as a.x: pass",
        "with 1 as (b, a.x): pass",
        "with (1 as a.x): pass",
        "del a.x, b",
        "del (a.x)",
        "class C:\n    def m(self): self.x = 1",
        "if 1:\n    while 1:\n        a.x = 1",
    ] {
        // It appears, and what is beside it changes.
        let after = format!("{body}\nreturn 1");
        differs(&def("return 1"), &def(&after));
        differs(&def(&after), &def(&format!("local = 2\n{after}")));
        differs(&def(&after), &def(&after.replace('1', "2")));
        // But only this body is.
        same(&(def("return 1") + &def(&after)), &(def("return 2") + &def(&after)));
        same(&(def(&after) + &def("return 1")), &(def(&after) + &def("return 2")));
    }
    // A local that feeds an attribute.
    differs(&def("local = 1\na.x = local"), &def("local = ''\na.x = local"));
    // Bodies inside such a body are looked at by themselves.
    same(&def("def g(): return 1\na.x = g()"), &def("def g(): return 2\na.x = g()"));
}

#[test]
fn bodies_of_factories_are_in() {
    for (before, after) in [
        ("return a()", "return b()"),
        ("return a()", "return (  # c\n    a)"),
        ("x = a()\nreturn x", "x = b()\nreturn x"),
        ("a.b()\nreturn a()", "return a()"),
        ("return a()", "if a: pass\nreturn a()"),
        ("return a()", "return a.b"),
        ("return a()", "1; 2; 3; 4; 5; 6; 7; 8; return a()"),
    ] {
        differs(&def(before), &def(after));
        differs(&format!("@d\n{}", def(before)), &format!("@d\n{}", def(after)));
    }
    same(&def("return a()"), &def("'doc'\n# c\nreturn a()  # d"));
    same(&def("1; 2; 3; 4; 5; 6; 7; return a()"), &def("'doc'\n1; 2; 3; 4; 5; 6; 7; return a()"));
    // Others are not.
    for others in ["async ", "class C:\n  ", "if x:\n  ", "def g():\n  "] {
        let body = |body: &str| format!("{others}def f(): {body}\n");
        same(&body("return a()"), &body("return b()"));
    }
    same("def f() -> int: return a()\n", "def f() -> int: return b()\n");
    same(&def("with a: pass\nreturn a()"), &def("with b: pass\nreturn b()"));
    same(&def("1; 2; 3; 4; 5; 6; 7; 8; return a()"), &def("1; 2; 3; 4; 5; 6; 7; 9; return b()"));
}

/// Where another parser may find other blocks, strings or tokens, nothing is left out.
#[test]
fn what_parsers_read_in_different_ways_is_in() {
    for text in [
        // Tabs beside blanks.
        "def f():\n \tx = a()\n  return x\n",
        "class C:\n    def f(self):\n\tx = a()\n\treturn x\n",
        "def f():\n\tx = a()\ndef g():\n    x = a()\n",
        // A line that only continues, and counts, or does not.
        "def f():\n    \\\n  x = a()\n    return x\n",
        "def f():\n    return 1\n\\\n    y = a()\n",
        "def f():\n    x = 1\n\\\r\n    y = a()\n",
        "class C:\n    def f(self):\n        x = 1\n    \\\n \x0c        y = a()\n",
        "class C:\n    if p:\n        def f(self):\n            if q:\n                pass\n    \\\n        else:\n                y = a()\n",
        &format!("class C:\n    def f(self):\n{}        y = a()\n", "    \\\n".repeat(60)),
        "\\\nlazy import b\nx = a()\n",
        // Lines that are indented like none before.
        "@d\n        def f():\n    x = a()\n",
        "if p:\n    x\n  else:\n    def f(): y = a()\n",
        "try:\n    x\n  except E:\n    def f(): y = a()\n",
        // Strings that do not end in their line.
        "def f():\n    return '\ny = a()'\n",
        "'\ny = a()'\n",
        "def f():\n    return b'ab\\t\ny = a()'\n",
        // What is no blank to others.
        "def f():\u{200b}\n    x = a()\n",
        "def f(): x = a() \x0b + 1\n",
    ] {
        differs(text, &text.replacen("a()", "b()", 1));
        differs(text, &format!("# c\n{text}"));
    }
    // Nobody can mistake these.
    for text in [
        "def f():\n\tx = 1\n\t# c\n        # d\n\treturn [1,\n \t 2]\n",
        "def f():\n    x = '''\n\t\n'''\n    return 'a\\\nb', 'c\\\r\nd'\n",
        "\x0cdef f(): x = 1; y = 2\n\x0c\n\n\x0cif x:\n  y\nelse:\n    z\n",
        "def f():\n    x = 1 \\\n + 2\n    return x\n",
        "# \\\nx = 1\nclass C:\n  # \\\n  y = 1\n",
        "@d # e\n# f\nclass C:\n    @d\n    def m(self):\n        try: x\n        except E:\n            pass\n        else: y\n        finally:\n            pass\n",
        "for x in (\n  y\n):\n    z\nelse:\n    z\nwhile (\nx\n): y\nmatch x:\n    case 1: y\n    case (\n2): z\n",
        "if x: a\nelif (b\n  ): c\nelse: d\n",
        "for a, \\\n  b in \\\n    c: d\n",
        "x = '\u{200b}\u{3000}' # \u{a0}\n",
        "lazy import a\nx = 1\nlazy import b\n",
    ] {
        same(text, &format!("# c\n{text}"));
    }
}

#[test]
fn bodies_that_may_swallow_are_in() {
    for name in ["__exit__", "__aexit__"] {
        for keyword in ["def", "async def"] {
            let method = |body: &str| format!("class C:\n    {keyword} {name}(self, *a): {body}\n");
            differs(&method("return None"), &method("return True"));
            let annotated = |body: &str| method(body).replace("):", ") -> bool:");
            same(&annotated("return None"), &annotated("return True"));
        }
    }
}

#[test]
fn what_ty_reads_of_bodies_is_in() {
    // Whether it is a stub, and whether it always raises.
    same(&def("..."), &def("'''doc'''\npass; (...)"));
    same(&def("..."), &def("('doc')"));
    differs(&def("..."), &def("return 1"));
    differs(&def("pass"), &def("raise NotImplementedError"));
    differs(&def("raise NotImplementedError"), &def("raise KeyError"));
    differs(&def("raise NotImplementedError"), &def("return 1"));
    same(&def("raise NotImplementedError"), &def("'''doc'''\nraise NotImplementedError # c"));
    // Submodules that become attributes of a module which is exported.
    differs(&def("return 1"), &def("import x.y"));
    differs(&def("import x.y"), &def("import x.z as y"));
    same(&def("import x.y"), &def("print(1)\nimport x . y"));
}

#[test]
fn all_else_is_in() {
    let before = "@d\ndef f[T](a: int, *, b: str = 'x') -> None: return 1\n";
    for (from, to) in [
        ("@d\n", ""),
        ("@d", "@e"),
        ("@d", "@d(1)"),
        ("def", "async def"),
        ("f[", "g["),
        ("[T]", "[U]"),
        ("a:", "c:"),
        ("int", "str"),
        ("*, ", ""),
        ("'x'", "'y'"),
        (" = 'x'", ""),
        ("-> None", "-> int"),
        ("-> None", ""),
    ] {
        differs(before, &before.replacen(from, to, 1));
    }
    differs("class C(A): pass\n", "class C(B): pass\n");
    differs("class C:\n    x: int\n", "class C:\n    x: str\n");
    differs("x = lambda: 1\n", "x = lambda: 2\n");
    differs("x = [1]\n", "x = [2]\n");
    differs("f'{x}a'\n", "f'{x}b'\n");
    differs("f'{x:>1}'\n", "f'{x:>2}'\n");
    differs("x = 'a\\n'\n", "x = 'a\\t'\n");
    differs("import a\n", "import b\n");
    differs("from a import (b)\n", "from a import (c)\n");
    differs("x = 1\n", "x = 1\ny = 2\n");
    differs("if x: y\n", "while x: y\n");
    differs("x = not y\n", "x = ~y\n");
    differs("print x\n", "print y\n");
}

#[test]
fn broken_files_are_in_as_a_whole() {
    differs("x = (1\ndef f(): return 1\n", "# c\nx = (1\ndef f(): return 1\n");
    differs("x = (1,\ny = )\ndef f(): return 1\n", "x = (1,\ny = )\ndef f(): return 2\n");
    differs("def f(a): return 1\nx ===\n", "def f(a): return 2\nx ===\n");
    // Some parsers find blocks where the grammar finds none.
    differs("def f(\n    x\n    return x\n", "def f(\n    x\nreturn x\n");
    differs("x === a \\\n(b)\n", "x === a\n(b)\n");
    // The grammar does not know `lazy`; the file is not broken for that.
    same("lazy import a\ndef f(): return 1\n", "lazy import a\ndef f(): return 2\n");
    differs("lazy import a\n", "import a\n");
    differs("lazy import a\n", "lazy import b\n");
}

/// Long and deep texts take no stack, and no more than linear time.
#[test]
fn hostile_shapes() {
    let (many, deep) = (20_000, 100_000);
    let on_small_stack = |text: String| {
        let work = move || digest(&text);
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    };
    on_small_stack(format!("x{}\n", ".y()".repeat(deep)));
    on_small_stack(format!("x = {}1\n", "lambda: ".repeat(deep)));
    on_small_stack(format!("x = {}1\n", "-".repeat(deep)));
    on_small_stack("def f(): return 1\n".repeat(many));
    on_small_stack(format!("def f():\n{}", " a.b = 1\n".repeat(many)));
    on_small_stack(format!("def f():\n{}", " import a.b\n".repeat(many)));
    on_small_stack(format!("def f(): {}a.b = 1\n", "x, ".repeat(many)));
}

const PIECES: [&str; 14] = [
    "x = 1",
    "'text'",
    "import a.b",
    "def f(a=(1, 2)): return a",
    "def f():\n    'doc'\n    x = [\n        1,\n    ]\n    return x",
    "def f(self):\n    self.x = 1\n    if x:\n        yield 2",
    "class C:\n    x: int\n\n    def m(self):\n        def g():\n            global y\n        return '''a\n        b'''\n    z = 1",
    "if x:\n    y\nelif z:\n    w\nelse:\n    v",
    "try:\n    x\nexcept E:\n    y\nfinally:\n    z",
    "@d(\n    1\n)\nclass D(\n    A\n): pass",
    "match x:\n    case 1:\n        y\n    case _:\n        z",
    "with x as y:\n    z",
    "for x in y:\n    z\nelse:\n    w",
    "async def f():\n    await x",
];

/// The lines before which a comment or an empty line may stand: all but those inside strings, which here are those
/// that begin with `        b'''`.
fn insertable(line: &str) -> bool {
    !line.starts_with("        b'''")
}

proptest! {
    #[test]
    fn inserted_comments_and_empty_lines_change_nothing(
        pieces in prop::collection::vec(0..PIECES.len(), 1..6),
        marks in prop::collection::vec(0..6_u8, 60),
    ) {
        let text = pieces.iter().map(|&piece| PIECES[piece].to_owned() + "\n").collect::<String>();
        let mut changed = String::new();
        for (line, mark) in text.lines().zip(marks.iter().cycle()) {
            if insertable(line) {
                let indent = &line[..line.len() - line.trim_start().len()];
                changed += &match mark {
                    0 => "\n".to_owned(),
                    1 => "# comment\n".to_owned(),
                    2 => format!("{indent}# comment\n"),
                    3 => format!("{indent}      # comment\n   \n"),
                    _ => String::new(),
                };
            }
            changed += line;
            if *mark == 4 && !line.contains("'''") {
                changed += "  # comment";
            }
            changed += "\n";
        }
        changed += "# end\n";
        prop_assert_eq!(digest(&text), digest(&changed), "{}\n---\n{}", text, changed);
    }

    #[test]
    fn a_deeper_indentation_changes_nothing(pieces in prop::collection::vec(0..PIECES.len(), 1..6)) {
        // The text with a string over several lines is left out: its indentation is part of it.
        let text = pieces.iter().filter(|&&piece| piece != 6).map(|&piece| PIECES[piece].to_owned() + "\n").collect::<String>();
        let deeper: String = text.lines().map(|line| {
            let body = line.trim_start();
            format!("{}{body}\n", "\t".repeat((line.len() - body.len()) / 4))
        }).collect();
        prop_assert_eq!(digest(&text), digest(&deeper));
    }

    #[test]
    fn any_text_has_a_digest(text in "[ \n\t()\\[\\]:='\"#\\\\.,a-c]{0,60}|(def |class |yield|import |from |\n|    |:|\\(|\\)|x|\"\"\"|lazy ){0,30}") {
        digest(&text);
    }
}

#[test]
fn what_only_the_parser_takes_for_a_blank_is_in() {
    let digest = |text: &str| crate::facts(text.as_bytes(), SourceKind::Python).interface;
    for odd in ["\0", "\x0b", "\u{a0}"] {
        assert_ne!(digest("x = 1 + 2\n"), digest(&format!("x = 1 +{odd}2\n")), "{odd:?}");
    }
    assert_eq!(digest("x = 1 + 2\n"), digest("x = 1 +\x0c2\n"));
}
