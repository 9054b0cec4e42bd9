//! What those see who infer what functions return.

use staniel_facts::Interface;

use super::{def, interface};

#[track_caller]
fn same(before: &str, after: &str) {
    let (before, after) = (interface(before), interface(after));
    assert_eq!((before.rest, before.parts), (after.rest, after.parts));
}

/// The one way to look shows it, the other does not.
#[track_caller]
fn only_inferred(before: &str, after: &str) {
    let seen = |text| {
        let Interface { rest, parts, .. } = interface(text);
        let declared: Vec<_> = parts.iter().map(|part| (part.name, part.seen.declared)).collect();
        let inferred: Vec<_> = parts.iter().map(|part| (part.name, part.seen.inferred)).collect();
        ((rest.declared, declared), (rest.inferred, inferred))
    };
    let (before_seen, after_seen) = (seen(before), seen(after));
    assert_eq!(before_seen.0, after_seen.0, "\n{before}\n---\n{after}");
    assert_ne!(before_seen.1, after_seen.1, "\n{before}\n---\n{after}");
}

#[test]
fn bodies_without_a_return_annotation_are_in() {
    let method = |body: &str| format!("f()\nclass C:\n    def m(self):\n        {body}\n");
    only_inferred(&def("return 1"), &def("return 2"));
    only_inferred(&format!("async {}", def("return 1")), &format!("async {}", def("return 2")));
    only_inferred(&method("return 1"), &method("return 2"));
    only_inferred(&def("raise E\nreturn"), &def("x\nreturn"));
    only_inferred(&def("def g(): return 1\nreturn g"), &def("def g(): return 2\nreturn g"));
    only_inferred(&def("return 1"), &def("return 1\nx"));
    // Which of two it is that says so matters.
    only_inferred(&(def("return 1") + &def("return 2")), &(def("return 2") + &def("return 1")));
    only_inferred(
        &("f()\n".to_owned() + &def("return 1") + &def("return 2")),
        &("f()\n".to_owned() + &def("return 2") + &def("return 1")),
    );
    // And what is behind.
    only_inferred(&(def("return 1") + "x = lambda: 1\n"), &(def("return 2") + "x = lambda: 1\n"));
}

#[test]
fn bodies_with_one_are_out() {
    let annotated = |body: &str| def(body).replace("):", ") -> int:");
    same(&annotated("return 1"), &annotated("return 2"));
    same(&annotated("return 1"), &annotated("def g(): return 1\nreturn g()"));
    let inside = |body: &str| def(&format!("def g() -> int:\n    {body}\nreturn g"));
    same(&inside("return 1"), &inside("x = 1\n    return 2"));
    only_inferred(&inside("return 1"), &inside("return 1").replace("return g", "return g()"));
    // Docstrings and stubs are to both what they are to one.
    same(&def("'''a'''\nreturn 1"), &def("'''b'''\nreturn 1"));
    same(&def("..."), &def("'''doc'''\npass"));
}

#[test]
fn comments_that_annotate_are_in() {
    only_inferred("x = []\n", "x = []  # type: list[int]\n");
    only_inferred("x = []  # type: list[int]\n", "x = []  # type: list[str]\n");
    only_inferred("x = []  # type: list[int]\n", "x = []  # c  # type: list[str]\n");
    only_inferred("x = 1\n", "# pyright: strict\nx = 1\n");
    same("# pyright: strict\nx = 1\n", "# c\n# pyright: strict\nx = 1\n");
    only_inferred("f(\n    x,\n)\n", "f(\n    x,  # type: int\n)\n");
    only_inferred(&def("return 1"), &def("# type: (int, str) -> None\nreturn 1"));
    only_inferred("class C:\n    x = []\n", "class C:\n    x = []  # type: list[int]\n");
    // Which of two it stands at matters, and whether it does.
    only_inferred("x = []  # type: list[int]\n", "x = []\n# type: list[int]\n");
    only_inferred("f(\n    x,  # type: int\n)\n", "f(\n    x,\n    # type: int\n)\n");
    only_inferred("f(x)\nclass C:\n    x = [] # type: T\n", "f(x)\nclass C:\n    x = []\n    # type: T\n");
    only_inferred("x = []  # type: list[int]\ny = []\n", "x = []\ny = []  # type: list[int]\n");
    // Others do not count, those that only silence a checker among them.
    same("x = []\n", "x = []  # type of a list\n");
    same("x = []\n", "x = []  # type: ignore[misc]\n");
    same("x = []\n", "x = []  # pyright: ignore\n");
    same(
        "def f() -> int:\n    return 1\n",
        "def f() -> int:\n    x = []  # type: list[int]\n    return x[0]\n",
    );
}
