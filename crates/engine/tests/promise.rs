//! The promise: after any sequence of edits and restarts, the answer equals a fresh run's.
//!
//! Random scripts over a small universe of files, with the nasty cases among them; after every step the
//! living engine is compared with one that remembers nothing, asks in another order and on one thread. Now
//! and then the engine is dropped and the next one goes on from the store; sometimes several edits happen
//! between two looks, and sometimes a step is cancelled.

mod support;

use std::sync::{Arc, Mutex};

use proptest::prelude::*;
use staniel_engine::{Engine, Options, Phase, Progress, ProviderChoice};
use staniel_facts::Cancel;
use support::{Project, content, refresh};

/// Where files may appear.
const PATHS: &[&str] = &[
    "a.py",
    "b.py",
    "a/__init__.py",
    "a/inner.py",
    "p/__init__.py",
    "p/__init__.pyi",
    "p/core.py",
    "p/core.pyi",
    "p/conf.py",
    "p/sub/__init__.py",
    "p/sub/deep.py",
    "n/space.py",
    "enum.py",
    "__builtins__.pyi",
    "_version.py",
    "n/pyproject.toml",
    "p/pyproject.toml",
    "src/a.py",
    "src/q/__init__.py",
    "tests/test_a.py",
    ".gitignore",
];

/// What may stand in them.
const TEXTS: &[&str] = &[
    "",
    "x = 1\n",
    "x: int = 1\ndef f(y: int) -> str:\n    return str(y)\n",
    "x = 'one'\ndef f(y):\n    return y\n",
    "# a comment\nclass C:\n    pass\nclass C:\n    x: int = 1\n",
    "class C:\n    pass\n# between\nclass C:\n    x: str = ''\n    def m(self) -> 'C':\n        self.attr = 1\n        return self\n",
    "class C:\n    def m(self):\n        local = 'text'\n        self.attr = local\n        return self.attr\nc = C()\nv = c.attr\n",
    "counter = 0\ndef f():\n    global counter\n    counter = 'text'\n",
    "async def f() -> int:\n    yield 1\n",
    "async def f() -> int:\n    return 1\n",
    "from p import *\ny = x\n",
    "from p.core import C, f, x\nc = C()\nv = f(1)\n",
    "from p import conf, core\nfrom .core import x\nz = conf\n",
    "from .core import C\nfrom .core import f as conf\n__all__ = ['C', 'core']\n",
    "from .conf import x\nfrom . import sub\n",
    "conf = 3\nfrom p.core import *\n",
    "import a, b\nv = a.x\nw = b.f\nfrom a import inner\n",
    "import a.inner as i\nimport p.sub.deep\nv = p.sub.deep.x\n",
    "from ..core import x\nfrom ... import beyond\nfrom . import deep\n",
    "import q\nimport n.space\nfrom n import space\nv = space.x\n",
    "import _version\nv = _version.x\n",
    "import enum\nclass E(enum.Enum):\n    A = 1\ne = E.A\n",
    "import b\ndef g(o: object):\n    if hasattr(b, 'zz'):\n        return b.zz\nv = b\n",
    "from typing import TYPE_CHECKING\nif TYPE_CHECKING:\n    from p.core import C\ndef f(c: 'C'):\n    d = c\n    return d.m()\n",
    "import a\ndef make(y):\n    'doc'\n    z = a.f(y)\n    return z\nx = make(1)\n",
    "from b import make\ndef f(y): return make(y)\nv = f(2)\n",
    "def make(y):\n    return str(y)\ndef f(y): return make(y)\n",
    "def make(y):\n    return int(y)\ndef f(y): return C(y)\nclass C: ...\n",
    "def f(:\n  x =\nclass C(\n",
    "import space\nimport core\nv = core.x\n",
    "def stop():\n    raise SystemExit\ndef go() -> int:\n    stop()\n    return 1\n",
    "def spare(y):\n    return y\nx = 1\n",
    "def spare() -> str:\n    return helper()\ndef helper(): return 'one'\nclass C: ...\n",
    "import a, p.core\nv = a.spare\nw = p.core.spare(1)\n",
    "from p import core\nif hasattr(core, 'spare'):\n    v = core.helper\n",
    "_version.py\nignored.py\nb.py\n",
    "\u{feff}x = 1\r\ny = x\r\n",
];

#[derive(Clone, Debug)]
enum Step {
    Write(usize, usize),
    Latin1(usize),
    Remove(usize),
    Rename(usize, usize),
    /// Puts a comment on top.
    Comment(usize),
    Look,
    Restart,
    /// The engine goes without saving anything.
    Crash,
    /// A look that is cancelled as soon as this phase begins.
    Cancelled(Phase),
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let path = 0..PATHS.len();
    let step = prop_oneof![
        8 => (path.clone(), 0..TEXTS.len()).prop_map(|(path, text)| Step::Write(path, text)),
        1 => path.clone().prop_map(Step::Latin1),
        2 => path.clone().prop_map(Step::Remove),
        2 => (path.clone(), path.clone()).prop_map(|(from, to)| Step::Rename(from, to)),
        1 => path.prop_map(Step::Comment),
        5 => Just(Step::Look),
        1 => Just(Step::Restart),
        1 => Just(Step::Crash),
        1 => prop::sample::select(&[Phase::Walking, Phase::Analysing, Phase::Asking]).prop_map(Step::Cancelled),
    ];
    prop::collection::vec(step, 1..14)
}

/// Cancels when a phase begins.
#[derive(Default)]
struct Saboteur(Mutex<Option<(Phase, Cancel)>>);

impl Saboteur {
    fn arm(&self, plan: Option<(Phase, Cancel)>) {
        *self.0.lock().expect("nobody panics while holding it") = plan;
    }
}

impl Progress for Saboteur {
    fn phase(&self, phase: Phase, _total: Option<u64>) {
        if let Some((when, cancel)) = &*self.0.lock().expect("nobody panics while holding it")
            && *when == phase
        {
            cancel.cancel();
        }
    }
}

fn perform(project: &Project, step: &Step) {
    let read = |index: usize| std::fs::read(project.root().join(PATHS[index])).ok();
    match *step {
        Step::Write(path, text) => replace(project, PATHS[path], TEXTS[text].as_bytes()),
        Step::Latin1(path) => {
            replace(project, PATHS[path], b"# coding: latin-1\nx = '\xe9'\ndef f(y: int) -> int: return y\n");
        }
        Step::Remove(path) if read(path).is_some() => project.remove(PATHS[path]),
        Step::Rename(from, to) => {
            if let Some(bytes) = read(from) {
                project.remove(PATHS[from]);
                replace(project, PATHS[to], &bytes);
            }
        }
        Step::Comment(path) => {
            if let Some(bytes) = read(path) {
                replace(project, PATHS[path], &[b"# comment\n", &*bytes].concat());
            }
        }
        Step::Remove(_) | Step::Look | Step::Restart | Step::Crash | Step::Cancelled(_) => {}
    }
}

/// Writes a file whatever was there: a module's file gives way to a package's directory and the other way.
fn replace(project: &Project, path: &str, bytes: &[u8]) {
    if let Some((directory, _)) = path.split_once('/') {
        let module = project.root().join(format!("{directory}.py"));
        let _ = std::fs::remove_file(module);
    } else if let Some(stem) = path.strip_suffix(".py") {
        let _ = std::fs::remove_dir_all(project.root().join(stem));
    }
    project.write(path, bytes);
}

fn keeps_the_promise(provider: ProviderChoice, steps: &[Step]) {
    let project = Project::new("#- keep.py\nimport a, p\nfrom p import C\nv = p.C\n");
    let saboteur = Arc::new(Saboteur::default());
    let open = || {
        let options = Options { progress: Arc::clone(&saboteur) as _, ..project.options(provider) };
        Engine::open(options).expect("opens")
    };
    let mut engine = open();
    for step in steps.iter().chain([&Step::Look, &Step::Restart, &Step::Look]) {
        perform(&project, step);
        match step {
            Step::Look => compare(&project, &mut engine, provider),
            Step::Restart => {
                engine.flush();
                drop(engine);
                engine = open();
            }
            Step::Crash => {
                drop(engine);
                engine = open();
            }
            Step::Cancelled(phase) => {
                let cancel = Cancel::new();
                saboteur.arm(Some((*phase, cancel.clone())));
                let _ = engine.refresh(&cancel);
                saboteur.arm(None);
            }
            _ => {}
        }
    }
}

fn compare(project: &Project, engine: &mut Engine, provider: ProviderChoice) {
    let before = engine.snapshot();
    let published = refresh(engine);
    let fresh = project.fresh(provider);
    pretty_compare(&content(&published.snapshot), &content(&fresh.snapshot));
    // In another environment a delta starts from nothing: there is nothing to compare.
    if before.counts().files > 0 && before.provenance() == published.snapshot.provenance() {
        assert_eq!(before.merge(&published.delta).expect("starts there"), *published.snapshot);
    }
}

fn pretty_compare(incremental: &str, fresh: &str) {
    if incremental != fresh {
        let differing: Vec<String> = incremental
            .lines()
            .filter(|line| !fresh.lines().any(|other| other == *line))
            .map(|line| format!("- {line}"))
            .chain(
                fresh
                    .lines()
                    .filter(|line| !incremental.lines().any(|other| other == *line))
                    .map(|line| format!("+ {line}")),
            )
            .collect();
        panic!("incremental (-) differs from fresh (+):\n{}", differing.join("\n"));
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 200, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn declared(steps in steps()) {
        keeps_the_promise(ProviderChoice::Declared, &steps);
    }
}

#[cfg(feature = "ty")]
proptest! {
    #![proptest_config(ProptestConfig { cases: 60, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn ty(steps in steps()) {
        keeps_the_promise(ProviderChoice::Ty, &steps);
    }
}
