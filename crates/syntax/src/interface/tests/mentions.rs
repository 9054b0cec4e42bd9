//! Which names a text says.

use staniel_facts::{NameHash, SourceKind};

use super::interface;

/// Of `names`, those that `text` says.
fn mentioned<'n>(text: &str, names: &[&'n str]) -> Vec<&'n str> {
    let mentions = interface(text).mentions;
    assert!(mentions.is_sorted_by(|one, next| one < next));
    names.iter().copied().filter(|name| mentions.binary_search(&NameHash::of(name)).is_ok()).collect()
}

#[track_caller]
fn says(text: &str, name: &str) {
    assert_eq!(mentioned(text, &[name]), [name], "{text}");
}

#[track_caller]
fn does_not_say(text: &str, name: &str) {
    assert_eq!(mentioned(text, &[name]), [""; 0], "{text}");
}

#[test]
fn names_are_said_wherever_they_stand() {
    for text in [
        "foo\n",
        "foo = 1\n",
        "x.foo\n",
        "f(foo=1)\n",
        "import foo\n",
        "import a.foo.b\n",
        "from a import foo\n",
        "from a import x as foo\n",
        "from .foo import x\n",
        "def foo(): ...\n",
        "class foo: ...\n",
        "def f(foo): ...\n",
        "def f() -> foo: ...\n",
        "@foo\ndef f(): ...\n",
        "def f():\n    global foo\n",
        "def f():\n    '''doc'''\n    return foo\n",
        "match x:\n    case foo(): ...\n",
        "match x:\n    case A(foo=1): ...\n",
        "type foo = int\n",
        "lambda foo: 1\n",
        "x = 1 if foo else 2\n",
        "0x1for foo in x\n",
    ] {
        says(text, "foo");
    }
    // Where a keyword may be a name, it is said either way.
    for name in ["match", "case", "type", "print", "exec", "lazy"] {
        says("match x:\n    case 1: ...\ntype X = int\nprint x\nexec(y)\nlazy import z\n", name);
    }
    does_not_say("foobar, barfoo, foo_, _foo, foo1, 1_foo, Foo\n", "foo");
}

#[test]
fn words_in_strings_are_said() {
    for text in [
        "'foo'\n",
        "y\nx: 'list[foo] | None'\n",
        "hasattr(lib, 'foo')\n",
        "1\n__all__ = ['foo']\n",
        "1\n__all__ += 'foo',\n",
        "b'foo'\n",
        "rb'a foo'\n",
        "u'''\n\nfoo\n'''\n",
        "f'foo'\n",
        "f'{foo}'\n",
        "f'{x!r:{foo}}'\n",
        "f'{x:foo}'\n",
        "f'{\"foo\"}'\n",
        // Escapes are read,
        r"'\x66oo'",
        r"'f\157o'",
        r"'\u0066oo'",
        r"'\nfoo'",
        "'fo\\\no'\n",
        r"f'\x66oo{x}'",
        r"f'{x}{'\x66oo'}'",
        // and strings side by side are one.
        "'fo' 'o'\n",
        "('fo' # c\n'o')\n",
        r"'\x66' r'oo'",
        r"f'{'\x66oo'}' 'y'",
        "'fo' f'o{x}'\n",
    ] {
        says(&format!("x = {text}"), "foo");
    }
    for text in [r"r'\x66oo'", "f'fo{x}o'\n", "'fo', 'o'\n", "f'fo{x}' 'o'\n"] {
        does_not_say(&format!("x = {text}"), "foo");
    }
}

#[test]
fn comments_and_docstrings_say_nothing() {
    for text in [
        "# foo\n",
        "x = 1  # foo\n",
        "x = [ # foo\n]\n",
        "'''foo'''\n",
        "# c\n(\n# d\n'foo' 'bar')\n",
        "def f():\n    'foo'\n",
        "def f(): 'foo'\n",
        "class C:\n    # c\n    r'foo'\n    x = 1\n",
        "async def f():\n    'foo \\x20'\n    return 1\n",
    ] {
        does_not_say(text, "foo");
    }
    for text in [
        // What some take for an annotation,
        "x = []  # type: list[foo]\n",
        "def f(x):\n    # type: (foo) -> None\n    return 1\n",
        // and strings that are no docstrings.
        "x = 1\n'foo'\n",
        "'''doc'''\n'foo'\n",
        "f'foo'\n",
        "'foo', 1\n",
        "if x:\n    'foo'\n",
        "class C:\n    x = 1\n    'foo'\n",
    ] {
        says(text, "foo");
    }
}

#[test]
fn names_are_compared_as_python_does() {
    says("ﬁle\n", "file");
    says("x.ｆｏｏ\n", "foo");
    says("x = 'é'\n", "é");
    says("e\u{301}\n", "é");
    says("x = 'caf\\xe9'\n", "café");
    says("x = '“foo”'\n", "foo");
}

#[test]
fn of_a_text_that_cannot_be_read_all_words_count() {
    for text in ["x = (\n# foo\n", "def f(:\n    'foo'\n", "x ===\n'\\x66oo'\n", "'''foo"] {
        says(text, "foo");
    }
    for (text, kind) in [
        ("x = 1\0 # foo\n", SourceKind::Python),
        (r##"{"cells": [{"cell_type": "code", "source": "# foo"}], "metadata": {}}"##, SourceKind::Notebook),
    ] {
        let facts = crate::facts(text.as_bytes(), kind);
        assert!(facts.interface.mentions.contains(&NameHash::of("foo")), "{text}");
        assert!(facts.interface.parts.is_empty(), "{text}");
    }
    // To everybody else a refused file is an empty one.
    let refused = crate::facts(format!("foo{}", "(".repeat(500)).as_bytes(), SourceKind::Python);
    assert!(refused.interface.mentions.is_empty());
}

/// Comments in long runs are hidden from the parser; here they must not be.
#[test]
fn what_the_parser_does_not_see_is_said() {
    let text = format!("x = [  # type: list[foo]\n{}]\n", "# c\n".repeat(80));
    let facts = crate::facts(text.as_bytes(), SourceKind::Python);
    assert!(facts.interface.mentions.contains(&NameHash::of("foo")));
}
