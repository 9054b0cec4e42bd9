//! What an edit changes elsewhere.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use expect_test::expect;
use staniel_provider_ty::TyOptions;

use crate::project::Project;

const USER: &str = "from lib import f\nx = f(1)\n";

#[test]
fn a_signature_is_seen_by_dependents_and_a_body_is_not() {
    let mut project = Project::new(&[("user.py", USER), ("lib.py", "def f(a) -> int: return 1\n")]);
    let before = project.answers("user.py");
    project.write("lib.py", "# moved\ndef f(a) -> int:\n    return 2\n");
    assert_eq!(project.answers("user.py"), before);
    project.write("lib.py", "def f(a) -> str: return ''\n");
    expect![[r#"
        f: def f(a) -> str  ~  f(a) -> str
        x: str
    "#]]
    .assert_eq(&project.show("user.py"));
}

#[test]
fn what_a_factory_makes_is_seen_by_dependents() {
    let user = "from lib import f\nx = f(1)\n";
    let mut project = Project::new(&[("user.py", user), ("lib.py", "def f(a):\n    return str(a)\n")]);
    expect![[r#"
        f: def f(a) -> str  ~  f(a) -> str
        x: str
    "#]]
    .assert_eq(&project.show("user.py"));
    project.write("lib.py", "def f(a):\n    b = bytes(a)\n    return b\n");
    expect![[r#"
        f: def f(a) -> bytes  ~  f(a) -> bytes
        x: bytes
    "#]]
    .assert_eq(&project.show("user.py"));
    project.write("lib.py", "def f(a):\n    if a: return bytes(a)\n    return b''\n");
    expect![[r#"
        f: def f(a) -> Unknown  ~  f(a) -> Unknown  [partly-unknown]
        x: Unknown  [unknown]
    "#]]
    .assert_eq(&project.show("user.py"));
}

#[test]
fn a_new_file_satisfies_an_import_and_a_deletion_takes_it_back() {
    let mut project = Project::new(&[("user.py", USER)]);
    let unresolved = project.show("user.py");
    expect![[r#"
        f: Unknown  [unknown]
        x: Unknown  [unknown]
    "#]]
    .assert_eq(&unresolved);
    project.write("lib.py", "def f(a) -> int: ...\n");
    expect![[r#"
        f: def f(a) -> int  ~  f(a) -> int
        x: int
    "#]]
    .assert_eq(&project.show("user.py"));
    project.delete("lib.py");
    assert_eq!(project.show("user.py"), unresolved);
}

#[test]
fn modules_become_packages_and_packages_modules() {
    let user = "from a.b.lib import f\nx = f(1)\n";
    let mut project = Project::new(&[("user.py", user)]);
    project.answers("user.py");
    // Three directories come into being at once.
    project.write("a/b/lib.py", "def f(a) -> int: ...\n");
    let module = project.show("user.py");
    expect![[r#"
        f: def f(a) -> int  ~  f(a) -> int
        x: int
    "#]]
    .assert_eq(&module);
    let package = b"def f(a) -> str: ...\n";
    project.change(&[("a/b/lib.py", None), ("a/b/lib/__init__.py", Some(package))]);
    expect![[r#"
        f: def f(a) -> str  ~  f(a) -> str
        x: str
    "#]]
    .assert_eq(&project.show("user.py"));
    project.change(&[("a/b/lib/__init__.py", None), ("a/b/lib.py", Some(b"def f(a) -> int: ...\n"))]);
    assert_eq!(project.show("user.py"), module);
    // A stub comes first.
    project.write("a/b/lib.pyi", "def f(a) -> bytes: ...\n");
    expect![[r#"
        f: def f(a) -> bytes  ~  f(a) -> bytes
        x: bytes
    "#]]
    .assert_eq(&project.show("user.py"));
}

#[test]
fn a_sequence_of_edits_equals_a_fresh_start() {
    let files = [
        ("pkg/__init__.py", "from .a import A\n"),
        ("pkg/a.py", "class A:\n    x = 1\n    def m(self) -> 'A': ...\n"),
        ("main.py", "from pkg import A\na = A()\nv = a.m().x\nfrom enum import Enum\n"),
    ];
    let mut project = Project::new(&files);
    project.ask(&["pkg/__init__.py", "pkg/a.py", "main.py"]).unwrap();
    project.write("pkg/a.py", "class A:\n    x = 'one'\n    def m(self) -> 'A': ...\n");
    project.answers("main.py");
    project.write("pkg/__init__.py", "from .a import A as B\n");
    project.answers("main.py");
    // The standard library's own modules import `enum`.
    project.write("enum.py", "class Enum: ...\n");
    project.answers("main.py");
    project.write("pkg/__init__.py", "from .a import A\n");

    let mut fresh = Project::new(&[]);
    fresh.write("enum.py", "class Enum: ...\n");
    fresh.write("pkg/a.py", "class A:\n    x = 'one'\n    def m(self) -> 'A': ...\n");
    fresh.change(&[
        ("pkg/__init__.py", Some(files[0].1.as_bytes())),
        ("main.py", Some(files[2].1.as_bytes())),
    ]);
    assert_eq!(project.show("main.py"), fresh.show("main.py"));
    assert_eq!(project.show("pkg/a.py"), fresh.show("pkg/a.py"));
}

#[test]
fn threads_and_hermetic_databases_give_the_same_answers() {
    let files: Vec<(String, String)> = (0..12)
        .map(|n| {
            let next = (n + 1) % 12;
            let text = format!(
                "import m{next}\nclass C{n}:\n    def f(self) -> 'm{next}.C{next}': ...\nx = C{n}().f().f()\n"
            );
            (format!("m{n}.py"), text)
        })
        .collect();
    let files: Vec<(&str, &str)> = files.iter().map(|(path, text)| (path.as_str(), text.as_str())).collect();
    let paths: Vec<&str> = files.iter().map(|(path, _)| *path).collect();
    let ask = |options: TyOptions| {
        let outcomes = Project::with(options, &files).ask(&paths).unwrap();
        format!("{outcomes:?}")
    };
    let one = ask(TyOptions { threads: 1, ..TyOptions::default() });
    assert!(one.contains("C3"), "{one}");
    assert_eq!(ask(TyOptions { threads: 2, ..TyOptions::default() }), one);
    assert_eq!(ask(TyOptions { hermetic: true, threads: 2, ..TyOptions::default() }), one);
}

#[test]
fn what_is_consulted_is_logged() {
    let opened = Arc::new(Mutex::new(BTreeSet::new()));
    let log = Arc::clone(&opened);
    let options = TyOptions {
        hermetic: true,
        threads: 1,
        log_opened: Some(Arc::new(move |path| {
            log.lock().unwrap().insert(path.to_string());
        })),
        ..TyOptions::default()
    };
    let files = [
        ("app/main.py", "import lib.util\nfrom . import other\n"),
        ("app/other.py", ""),
        ("lib/util.py", "x = 1\n"),
        ("unrelated.py", "y = 1\n"),
    ];
    let mut project = Project::with(options, &files);
    project.answers("app/main.py");
    let opened: Vec<String> = opened.lock().unwrap().iter().cloned().collect();
    expect![[r#"["", "app", "app/main", "app/main.py", "app/other", "app/other.py", "lib", "lib/util", "lib/util.py"]"#]].assert_eq(&format!("{opened:?}"));
}
