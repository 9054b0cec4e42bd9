//! Attribute or submodule: what names of a package stand for, compared with what CPython makes of the same texts.

use std::io::Write as _;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use staniel_facts::EdgeContent;

use crate::fixture::{Project, path};

/// What every package has besides its `__init__`: a submodule `x`, and others that bind the name or do not.
const MODULES: &[(&str, &str)] = &[
    ("p/x/__init__.py", "v = 1\nx = 2\n"),
    ("p/x/deep.py", ""),
    ("p/other.py", "x = 'attribute'\nv = 2\n"),
    ("p/hidden.py", "x = 'attribute'\n__all__ = []\n"),
    ("p/sub.py", "w = 1\n"),
    ("p/pack/__init__.py", ""),
    ("p/pack/x.py", ""),
];

/// Before each `__init__`, as real ones begin.
const HEAD: &str = "from typing import TYPE_CHECKING\nfrom contextlib import nullcontext as C\n";

/// Statements that have, or seem to have, something to do with `x`.
const STATEMENTS: &[&str] = &[
    "x = 1",
    "x: int",
    "x: int = 1",
    "x, q = 1, 2",
    "x += 1",
    "(x := 1)",
    "[x := 1 for _ in 'a']",
    "[x for x in range(3)]",
    "lambda x: x",
    "lambda: (x := 1)",
    "def x(): ...",
    "class x: ...",
    "del x",
    "del x, q",
    "for x in [1]:\n    pass",
    "with C() as x:\n    pass",
    "match 1:\n    case x:\n        pass",
    "if True:\n    x = 1",
    "try:\n    x\nexcept NameError:\n    pass",
    "try:\n    from .nope import x\nexcept ImportError:\n    x = None",
    "try:\n    pass\nexcept ValueError as x:\n    pass",
    "def f():\n    global x\n    x = 1",
    "def f():\n    from .x import v",
    "class K:\n    x = 1",
    "class K:\n    from .x import v",
    "if TYPE_CHECKING:\n    from .other import x",
    "if TYPE_CHECKING:\n    from . import x",
    "if TYPE_CHECKING:\n    from .x import v",
    "if TYPE_CHECKING:\n    from .other import *",
    "if TYPE_CHECKING:\n    x: int = 3",
    "if TYPE_CHECKING:\n    def x(): ...\nelse:\n    q = 1",
    "if not TYPE_CHECKING:\n    x = 5",
    "from . import x",
    "from . import x as z",
    "from p import x",
    "from .x import v",
    "from .x import x",
    "from .x import *",
    "from .other import x",
    "from .other import v as x",
    "from .other import *",
    "from .hidden import *",
    "from .pack import *",
    "from .sub import w",
    "from . import sub as x",
    "import p.x",
    "import p.x as x",
    "import p.x as z",
    "import p.x.deep",
    "import p.sub as x",
    "import os as x",
    "import importlib; importlib.import_module('p.x')",
    "import importlib; importlib.import_module('.x', __package__)",
    "__all__ = ['x']",
];

/// Each statement alone, each pair, each pair around the question, and some of the longer sequences. What another module
/// does to `p` while it is loaded by one of these is not followed, and none of them does anything.
#[test]
fn attribute_or_submodule_as_in_cpython() {
    let cases = cases();
    let Some(answers) = ask(&cases) else {
        eprintln!("skipped: there is no `python3`, 3.10 or newer, on the PATH");
        return;
    };
    assert_eq!(answers.len(), cases.len());
    let (mut compared, mut wrong) = (0, Vec::new());
    for (case, answer) in cases.iter().zip(&answers) {
        let Some(expected) = answer.as_object() else { continue };
        let found = found(case);
        for (name, found) in found {
            // Where CPython has no `z`, a file that asks for it has an edge nevertheless.
            let Some(expected) = expected[name].as_bool() else { continue };
            compared += 1;
            if found != expected {
                let word = |is_submodule| if is_submodule { "submodule" } else { "attribute" };
                wrong.push(format!("{name} is the {}, not the {}:\n{case}", word(expected), word(found)));
            }
        }
    }
    println!("{compared} names in {} packages compared", cases.len());
    wrong.sort_by_key(String::len);
    wrong.truncate(20);
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    assert!(compared > 5_000, "{compared} names compared");
}

/// The texts of `__init__` behind the head.
fn cases() -> Vec<String> {
    let count = STATEMENTS.len();
    let text = |picked: &[usize]| picked.iter().map(|at| format!("{}\n", STATEMENTS[*at])).collect();
    let question = STATEMENTS.iter().position(|statement| *statement == "from . import x as z");
    let question = question.expect("it is in the list");
    let mut cases: Vec<String> = (0..count).map(|at| text(&[at])).collect();
    for (one, two) in (0..count).flat_map(|one| (0..count).map(move |two| (one, two))) {
        cases.push(text(&[one, two]));
        cases.push(text(&[one, question, two]));
    }
    // Steps that are prime to the number of statements, so that each comes in each place.
    cases.extend(
        (0..count.pow(3)).step_by(97).map(|n| text(&[n % count, n / count % count, n / count.pow(2)])),
    );
    cases.extend(
        (0..count.pow(4))
            .step_by(6_007)
            .map(|n| text(&[n % count, n / count % count, n / count.pow(2) % count, n / count.pow(3)])),
    );
    cases
}

/// Whether `from p import x` and `from p import z` are the submodule `p.x`.
fn found(case: &str) -> [(&'static str, bool); 2] {
    let mut project = Project::new(crate::fixture::environment(&[""]));
    let init = format!("{HEAD}{case}");
    let mut files = vec![("p/__init__.py", Some(init.as_str())), ("main.py", Some("from p import x, z\n"))];
    files.extend(MODULES.iter().map(|(path, text)| (*path, Some(*text))));
    project.edit(&files);
    let edges = &project.db.resolution(&path("main.py")).edges;
    let content = |name| -> &EdgeContent {
        let written = |content: &EdgeContent| !content.implicit && content.symbol.as_deref() == Some(name);
        edges.iter().map(|edge| &*edge.content).find(|content| written(content)).expect("it is imported")
    };
    let leads = content("x").resolved.as_ref().is_some_and(|path| path.as_str() == "p/x/__init__.py");
    let origin = content("z").origin.as_ref();
    let is = origin.is_some_and(|origin| origin.symbol.is_none() && origin.module.as_str() == "p.x");
    [("x", leads), ("z", is)]
}

/// What CPython says about each; `None` if there is none.
fn ask(cases: &[String]) -> Option<Vec<Value>> {
    let version = "import sys; sys.exit(sys.version_info < (3, 10))";
    if !Command::new("python3").args(["-I", "-c", version]).status().is_ok_and(|status| status.success()) {
        return None;
    }
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython_order.py");
    let mut python = Command::new("python3");
    let mut python = python
        .args(["-I", "-X", "utf8", script])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 ran a moment ago");
    let name = |path: &str| path.trim_end_matches(".py").trim_end_matches("/__init__").replace('/', ".");
    let modules: serde_json::Map<_, _> =
        MODULES.iter().map(|(path, text)| (name(path), json!(text))).collect();
    let mut input = format!("{}\n", Value::from(modules));
    for case in cases {
        input.push_str(&format!("{}\n", json!(format!("{HEAD}{case}"))));
    }
    let mut stdin = python.stdin.take().expect("it is piped");
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = python.wait_with_output().expect("its output can be read");
    writer.join().expect("nothing panics there").expect("the script reads its input to the end");
    assert!(output.status.success(), "the script fails");
    let lines = String::from_utf8(output.stdout).expect("JSON is UTF-8");
    Some(lines.lines().map(|line| serde_json::from_str(line).expect("the script prints JSON")).collect())
}
