//! Language servers that answer for the program: when they are started, when not, and what of them is stored.
//!
//! The server is a script that misbehaves as it is told (`python/fake_server.py`), and keeps a log.

#![cfg(unix)]

use std::fs;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;

use staniel_tests::{Report, Staniel, Tree};

const PROJECT: &str = "
#- a.py
def f(x):
    return 1
#- b.py
import a
v = a.f(0)
#- c.py
alone = 1
#- pyproject.toml
[tool.black]
line-length = 1
";

/// A project, and a server that does as it is told.
struct Served {
    tree: Tree,
    command: String,
}

impl Served {
    fn new() -> Self {
        let tree = Tree::of(PROJECT);
        let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("python/fake_server.py");
        let command = format!("python3 \"{}\" as-told \"{}\"", script.display(), tree.home().display());
        let served = Self { tree, command };
        served.tell("plain");
        served
    }

    fn tell(&self, mode: &str) {
        fs::write(self.tree.home().join("mode"), mode).expect("a file of our own");
    }

    fn run(&self, args: &[&str]) -> Staniel {
        let path = std::env::var("PATH").unwrap_or_default();
        self.tree.staniel(args).args(["--provider-command", &self.command]).env("PATH", &path)
    }

    #[track_caller]
    fn snapshot(&self) -> Report {
        Report::parse(&self.run(&["snapshot", "--format", "json"]).run().answer())
    }

    /// How often the server's log has a line that begins like this.
    fn logged(&self, beginning: &str) -> usize {
        let log = fs::read_to_string(self.tree.home().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.starts_with(beginning)).count()
    }
}

#[track_caller]
fn failure(run: Staniel) -> String {
    let said = run.run();
    assert_eq!(said.code, Some(2), "{}", said.stderr);
    said.stderr
}

#[test]
fn what_a_server_says_of_a_place_while_files_change_is_an_error() {
    let served = Served::new();
    served.tell("edit");
    let why = failure(served.run(&["hover", "b.py:2:5"]));
    assert!(why.contains("edited.py"), "{why}");
    let said = served.run(&["hover", "b.py:2:5"]).run().answer();
    assert!(said.contains("(variable) a: int"), "{said}");
}

#[test]
fn an_unchanged_tree_starts_no_server() {
    let served = Served::new();
    assert_eq!(served.snapshot().work["asked"], 3);
    assert_eq!((served.logged("start"), served.logged("hover")), (1, 5));
    // Whatever a server would do now, there is none.
    served.tell("die");
    let before = served.run(&["hovers"]).run().answer();
    assert!(before.contains("(variable) alone: int"), "{before}");
    assert_eq!(served.snapshot().work["asked"], 0);
    served.run(&["check"]).run().good();
    served.run(&["doctor"]).run().good();
    assert_eq!(served.logged("start"), 1);
}

#[test]
fn only_what_a_change_can_reach_is_asked() {
    let served = Served::new();
    served.snapshot();
    served.tree.edit("c.py", "1", "2");
    assert_eq!(served.snapshot().work["asked"], 1);
    // Some servers infer from bodies what others see.
    served.tree.edit("a.py", "return 1", "return 2");
    assert_eq!(served.snapshot().work["asked"], 2);
    // And all of them read configuration of their own.
    served.tree.write("pyrightconfig.json", "{}");
    assert_eq!(served.snapshot().work["asked"], 3);
    served.tree.edit("pyproject.toml", "1", "2");
    assert_eq!(served.snapshot().work["asked"], 0);
    served.tree.write("pyproject.toml", "[tool.pyright]\n");
    assert_eq!(served.snapshot().work["asked"], 3);
}

#[test]
fn a_server_that_fails_leaves_what_is_stored_alone() {
    let served = Served::new();
    served.snapshot();
    let stored = || {
        let list = served.run(&["snapshots", "list", "--format", "json"]).run().answer();
        list + &served.run(&["snapshots", "show", "1", "--format", "json"]).run().answer()
    };
    let before = stored();
    served.tree.edit("a.py", "return 1", "return 2");
    for (mode, words) in [
        ("die", "does not start: it has ended (it says: no such option)"),
        ("nonsense", "not the language server protocol"),
        ("huge", "impossible length"),
        ("hang-start", "hangs"),
        ("hang", "no answer within"),
    ] {
        served.tell(mode);
        let said = failure(served.run(&["snapshot", "--deadline", "2"]));
        assert!(said.contains(words), "{mode}: {said}");
        assert_eq!(stored(), before, "{mode}");
    }
    served.tell("plain");
    assert_eq!(served.snapshot().work["asked"], 2);
}

#[test]
fn what_a_server_fails_on_is_reported_and_the_rest_is_answered() {
    let served = Served::new();
    served.tree.write("c.py", "alone = 1\ndeadly = 2\nafter = 3\n");
    served.tell("deadly");
    let report = served.run(&["snapshot", "--format", "json"]).run().good();
    assert!(report.contains("the server fails on it"), "{report}");
    assert_eq!(served.logged("start"), 3);
    let hovers = served.run(&["hovers"]).run().good();
    let line = |name: &str| hovers.lines().find(|line| line.contains(&format!("\"c.{name}\""))).unwrap();
    assert!(line("after").contains("(variable) after: int"), "{hovers}");
    assert!(line("deadly").contains("\"quarantined\""), "{hovers}");
    // It is not asked again, nor is anybody else.
    assert_eq!(served.logged("start"), 3);
}

#[test]
fn what_changes_while_it_is_read_is_read_again() {
    let served = Served::new();
    served.tree.write("edited.py", "before = 1\n");
    served.tell("edit");
    let hovers = served.run(&["hovers"]).run().answer();
    assert!(hovers.contains("edited.after") && !hovers.contains("before"), "{hovers}");
    assert_eq!(served.logged("start"), 2);
}

#[test]
fn a_server_inside_the_project_is_not_run() {
    let tree = Tree::of(PROJECT);
    let script = format!("#!/bin/sh\ntouch '{}/was-run'\n", tree.home().display());
    tree.write("bin/pyright-langserver", script);
    let program = tree.root().join("bin/pyright-langserver");
    fs::set_permissions(&program, fs::Permissions::from_mode(0o755)).unwrap();
    // Elsewhere, but it leads inside.
    let links = tree.home().join("links");
    fs::create_dir(&links).unwrap();
    symlink(&program, links.join("pyright-langserver")).unwrap();
    symlink(tree.root().join("bin"), tree.home().join("bin")).unwrap();
    for directory in [tree.root().join("bin"), links, tree.home().join("bin")] {
        let path = format!("{}:/usr/bin:/bin", directory.display());
        let said = failure(tree.staniel(&["snapshot", "--provider", "pyright"]).env("PATH", &path));
        assert!(said.contains("lies inside the project"), "{said}");
    }
    // A relative entry means the project as well.
    let run = tree.staniel(&["snapshot", "--provider", "pyright"]).env("PATH", "bin");
    assert!(failure(run).contains("is not on PATH"));
    assert!(!tree.home().join("was-run").exists());
    // The user may.
    let named = format!("{} --stdio", program.display());
    let args = ["snapshot", "--provider", "pyright", "--provider-command", &named];
    failure(tree.staniel(&args).env("PATH", "/usr/bin:/bin"));
    assert!(tree.home().join("was-run").exists());
    // The project may not.
    fs::remove_file(tree.home().join("was-run")).unwrap();
    tree.write("staniel.toml", "provider-command = \"bin/pyright-langserver\"\n");
    assert!(failure(tree.staniel(&["snapshot"])).contains("unknown key"));
}
