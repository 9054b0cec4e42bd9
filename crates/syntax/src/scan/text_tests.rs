//! Where statements begin and end: strings, lines, brackets, broken text.

use expect_test::expect;
use staniel_facts::ImportKind;

use super::import_tests::{check, scan};

#[test]
fn broken_text_invents_nothing() {
    check(
        "x = (1,\nfrom a import b\nimport c\n",
        expect![[r#"
        2: "b" → a b
        3: "c" → c
    "#]],
    );
    check(
        "foo(1,\n  2\nfrom a import b\nimport c\nif x:\n    from .d import (e,\n      f)\n",
        expect![[r#"
        3: "b" → a b
        4: "c" → c
        6: "e" → .d e
        6: "f" → .d f
    "#]],
    );
    check(
        "from a import (b, c\nx = 1\nimport d\n",
        expect![[r#"
        1: "b" → a b
        1: "c" → a c
        3: "d" → d
    "#]],
    );
    check(
        "from a import (b,\nx = 1\nimport d\n",
        expect![[r#"
        1: "b" → a b
        3: "d" → d
    "#]],
    );
    check(
        "from a import (b,\n  c,\nfrom d import e\n",
        expect![[r#"
        1: "b" → a b
        1: "c" → a c
        3: "e" → d e
    "#]],
    );
    check(
        "from a import b c\nimport d e\nimport f\n",
        expect![[r#"
        3: "f" → f
    "#]],
    );
    check(
        "from a import\nimport\nfrom\nimport b.\nfrom . import c.d\nimport e\n",
        expect![[r#"
        6: "e" → e
    "#]],
    );
    check("import a as\nimport b as c.d\nfrom a import *, b\nimport if\n", expect![[""]]);
    check("x = 1 import a\ny = x from b import c\nz import d\n", expect![[""]]);
    check(
        "def f(:\n    import a\nclass B(\n    import b\n'''open\nimport c\n",
        expect![[r#"
        2: "a" → a deferred
        4: "b" → b
        6: "c" → c
    "#]],
    );
}

#[test]
fn names_of_other_scripts() {
    check(
        "import größe.名前 as ñ\nfrom è import е\u{301}ж\n",
        expect![[r#"
        1: "größe.名前" → größe.名前 as ñ
        2: "е\u{301}ж" → è е́ж
    "#]],
    );
}

#[test]
fn carriage_returns_and_form_feeds() {
    check(
        "import a\r\nfrom b import (c,\r\n d)\r\n\x0cimport e \\\r\n , f\r\n",
        expect![[r#"
        1: "a" → a
        2: "c" → b c
        2: "d" → b d
        4: "e" → e
        4: "f" → f
    "#]],
    );
}

#[test]
fn lone_carriage_returns_and_tabs() {
    let text = "import a\rif x:\r\timport b\r        import c\r\t\rdef f():\r\ttry:\r\t    import \\\r d\r\texcept E: pass\r";
    let found: Vec<_> =
        scan(text).iter().map(|import| (import.module.to_string(), import.contexts.kind())).collect();
    let expected = [
        ("a", ImportKind::Runtime),
        ("b", ImportKind::Runtime),
        ("c", ImportKind::Runtime),
        ("d", ImportKind::Deferred),
    ];
    assert_eq!(found, expected.map(|(module, kind)| (module.to_owned(), kind)));
}

#[test]
fn strings_of_all_kinds() {
    check(
        r#"
x = 'it\'s; import no'; import a1
x = r'\\'; import a2
x = rb"\\"; import a3
x = """
import no
\"""
import no
"""; import a4
x = '\
import no'; import a5
x = f'{y!r:>{z}}import no'; import a6
x = f'{"'" + '}'}import no'; import a7
x = f"{f"{f'{"import no"}'}"}"; import a8
x = f'{{import no}}' rf'\{y}'; import a9
x = f'\N{LEFT CURLY BRACKET}' f'\{y}'; import a10
x = f"""
import no
{y:
import no
} {z['a']} "
"""; import a11
x = f'{
y}'; import a12
x = t'{y}' "" Rb'' uR''; import a13
x = f'{lambda x: 1}' f'{y:=^9}' f'{(z:=9)}' f'{y != z}'; import a14
x = 1if"a"else 2; import a15
"#,
        expect![[r#"
            2: "a1" → a1
            3: "a2" → a2
            4: "a3" → a3
            9: "a4" → a4
            11: "a5" → a5
            12: "a6" → a6
            13: "a7" → a7
            14: "a8" → a8
            15: "a9" → a9
            16: "a10" → a10
            22: "a11" → a11
            24: "a12" → a12
            25: "a13" → a13
            26: "a14" → a14
            27: "a15" → a15
        "#]],
    );
}

#[test]
fn soft_keywords() {
    check(
        "\
match = case = type = lazy = 1
match(x); import a
match[case]: int = 1; import b
match x, *y: # c
    case lambda_: import c
    # d
    case {'a': [1, (2)]} if z[:]: import d
match (x):
    case _:
        def f(): import e
type X[T: (int, str)] = lambda: 1; import f
type(x); import g
lazy; import h
async = 1; import i
print >>x, 'y'; import j
",
        expect![[r#"
            2: "a" → a
            3: "b" → b
            5: "c" → c
            7: "d" → d
            10: "e" → e deferred
            11: "f" → f
            12: "g" → g
            13: "h" → h
            14: "i" → i
            15: "j" → j
        "#]],
    );
}

#[test]
fn headers_with_colons_inside() {
    check(
        "\
if lambda: x: import a
while (lambda x=lambda: 1: {2: 3}[4:5])(): import b
for x in lambda: 1, lambda y: 2: import c
with f(lambda: x) as y[1:2]: import d
def f(x: int = lambda: 1) -> {1: 2}[1:]: import e
class C(metaclass=lambda: x): import f
if x: \\
  import g
if (
    x
): import h
if x:import i
else:import j
",
        expect![[r#"
            1: "a" → a
            2: "b" → b
            3: "c" → c
            4: "d" → d
            5: "e" → e deferred
            6: "f" → f
            8: "g" → g
            11: "h" → h
            12: "i" → i
            13: "j" → j
        "#]],
    );
}

#[test]
fn more_broken_text() {
    // A line that can only begin a statement ends brackets; one that could be part of an expression does not.
    check(
        "x = [\n  1,\nimport_a\nfrom_b\nasync def f(): import c\nlazy import d\ny = (\nfrom e\n)\nimport f\n",
        expect![[r#"
            5: "c" → c deferred
            6: "d" → d lazy
            10: "f" → f
        "#]],
    );
    // Nor does one in a string, though a brace in it was meant as such.
    check(
        "x = f'''\nclass A {\nimport no\n}\n'''\nimport a\ny = f'{\nimport b\n",
        expect![[r#"
            6: "a" → a
            8: "b" → b
        "#]],
    );
    // A string that has no end ends with its line, and others of its kind have none either.
    check(
        "import a\nx = 'no\nimport b\ndef f():\n    \"\"\"No\n    import c\n\"\"\"\nimport d\nf\"\"\"{\nimport e\n",
        expect![[r#"
            1: "a" → a
            3: "b" → b
            8: "d" → d
            10: "e" → e
        "#]],
    );
    check(
        "if x\n    import a\nelse\n    import b\ntry\n    import c\nexcept ImportError\n    import d\nelse: import e\n\
         elif x: import f\n  finally: import g\n",
        expect![[r#"
            2: "a" → a
            4: "b" → b
            6: "c" → c optional
            8: "d" → d optional
            9: "e" → e
            10: "f" → f
            11: "g" → g
        "#]],
    );
    check("import größ\u{a0}e\nimport a\u{fffd}\nimport 1a\nimport \0b\n", expect![[""]]);
}

/// Long and deep texts take no stack, and no more than linear time.
#[test]
fn hostile_shapes() {
    let (many, deep) = (20_000, 100_000);
    let on_small_stack = |text: String, count: usize| {
        let work = move || assert_eq!(scan(&text).len(), count);
        std::thread::Builder::new().stack_size(2 << 20).spawn(work).unwrap().join().unwrap();
    };
    on_small_stack(format!("import a{}\n", ".b".repeat(deep)), 1);
    on_small_stack(format!("from m import ({})\n", "x,".repeat(many)), many);
    on_small_stack("import a\n".repeat(many), many);
    on_small_stack(
        format!("if x: pass\n{}else: import a\n", "elif not TYPE_CHECKING: pass\n".repeat(many)),
        1,
    );
    on_small_stack(format!("if x{}: import a\n", " and x".repeat(deep)), 1);
    on_small_stack(format!("if {}x: import a\n", "not ".repeat(deep)), 1);
    on_small_stack(format!("try: import a\n{}", "except E: import b\n".repeat(many)), many + 1);
    on_small_stack(format!("x{}\nimport a\n", ".y()".repeat(deep)), 1);
    on_small_stack(format!("f(\n{}", "from a import b\n".repeat(many)), many);
    on_small_stack(format!("f(\n{}", "import \\\n".repeat(1000)), 0);
}
