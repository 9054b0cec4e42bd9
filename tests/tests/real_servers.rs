//! Language servers as people install them, on a real project.

#![cfg(unix)]

use std::collections::BTreeMap;
use std::fs::{self, File};
use std::process::{Child, Stdio};
use std::thread;
use std::time::Duration;

use staniel_tests::{Report, Staniel, Tree, corpus, note, servers_path};

/// Patience for a machine that does other things too.
const PATIENCE: [&str; 2] = ["--deadline", "240"];

fn fresh(tree: &Tree, provider: &str, args: &[&str]) -> Staniel {
    tree.fresh(&["hovers", "--provider", provider]).args(PATIENCE).args(args).env("PATH", &servers_path())
}

/// How many lines differ.
fn differing(a: &str, b: &str) -> usize {
    assert_eq!(a.lines().count(), b.lines().count());
    a.lines().zip(b.lines()).filter(|(a, b)| a != b).count()
}

/// Two fresh runs first: what a server answers otherwise each time is not for us to make equal.
fn however_it_is_asked(provider: &str) {
    let tree = Tree::copy_of(&corpus("requests"));
    let run = |args: &[&str]| fresh(&tree, provider, args).run().answer();
    let one = run(&[]);
    let lines = one.lines().count();
    let typed = one.lines().filter(|line| !line.contains("\"type\":null")).count();
    let again = differing(&one, &run(&[]));
    note(&format!("{provider}: {typed} of {lines} typed; two fresh runs differ in {again}"));
    assert!(typed * 100 > lines * 95);
    assert_eq!(again, 0);
    let ways: [&[&str]; 4] = [
        &["--max-concurrent", "1"],
        &["--servers", "2"],
        &["--servers", "3", "--max-concurrent", "2"],
        &["--ask-order", "7"],
    ];
    for way in ways {
        assert_eq!(differing(&one, &run(way)), 0, "{way:?}");
    }
}

#[test]
fn pyright_answers_alike_however_it_is_asked() {
    however_it_is_asked("pyright");
}

#[test]
fn pyrefly_answers_alike_however_it_is_asked() {
    however_it_is_asked("pyrefly");
}

/// Every server, on a text whose types nobody disputes, in an environment with one installed package.
#[test]
fn each_server_sees_the_project_and_its_environment_and_nothing_else() {
    let tree = Tree::of(
        "
#- src/shop/__init__.py
#- src/shop/model.py
class Model:
    def price(self) -> int:
        return 1
#- src/app.py
import sys
from shop.model import Model
import installed
import yaml_of_the_machine
wide = '😀'; price = Model().price()
theirs = installed.number()
if sys.version_info >= (3, 12):
    new = ''
else:
    new = 1
version = new
#- env/pyvenv.cfg
home = /nowhere
version = 3.12.1
#- env/lib/python3.12/site-packages/installed/__init__.py
def number() -> int: ...
#- env/lib/python3.12/site-packages/installed/py.typed
#- pyproject.toml
[project]
name = 'shop'
",
    );
    // It must be asked by nobody: a project could have anything here.
    let script = format!("#!/bin/sh\ntouch '{}/was-run'\n", tree.home().display());
    tree.write("env/bin/python", script);
    let executable = <fs::Permissions as std::os::unix::fs::PermissionsExt>::from_mode(0o755);
    fs::set_permissions(tree.root().join("env/bin/python"), executable).unwrap();
    for provider in ["pyright", "basedpyright", "ty-server", "pyrefly", "zuban"] {
        let python = tree.root().join("env");
        let hovers = fresh(&tree, provider, &["--python", python.to_str().unwrap()]).run().good();
        let types: BTreeMap<String, String> = hovers
            .lines()
            .map(|line| serde_json::from_str::<serde_json::Value>(line).unwrap())
            .map(|row| (row["symbol"].to_string(), row["normal"].to_string()))
            .collect();
        let of = |name: &str| types[&format!("\"app.{name}\"")].as_str();
        assert_eq!((of("price"), of("theirs")), ("\"int\"", "\"int\""), "{provider}: {types:#?}");
        // zuban takes no version from outside.
        let versions = if provider == "zuban" {
            ["\"int\"", "\"str\""].as_slice()
        } else {
            &["\"str\"", "\"Literal['']\""]
        };
        assert!(versions.contains(&of("version")), "{provider}: {types:#?}");
        assert!(!tree.home().join("was-run").exists(), "{provider}");
    }
}

/// A process that this one started, once it has worked for a while.
fn server_of(staniel: &Child) -> Option<u32> {
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Ok(pid) = entry.file_name().to_string_lossy().parse::<u32>() else { continue };
        let stat = fs::read_to_string(entry.path().join("stat")).unwrap_or_default();
        // Behind the name, which may contain anything, in parentheses.
        let fields: Vec<&str> = stat.rsplit(')').next().unwrap_or_default().split_whitespace().collect();
        let number = |index: usize| fields.get(index).and_then(|field| field.parse::<u32>().ok());
        // A second of user time, in ticks: far behind the start, long before the end.
        if number(1) == Some(staniel.id()) && number(11) > Some(100) {
            return Some(pid);
        }
    }
    None
}

#[test]
#[cfg(target_os = "linux")]
fn a_server_that_is_killed_in_the_middle_costs_time_and_nothing_else() {
    let tree = Tree::copy_of(&corpus("requests"));
    let undisturbed = fresh(&tree, "pyright", &[]).run().answer();
    let (stdout, stderr) = (tree.home().join("stdout"), tree.home().join("stderr"));
    let mut run = fresh(&tree, "pyright", &["-vv"]);
    run.command().stdout(File::create(&stdout).unwrap()).stderr(File::create(&stderr).unwrap());
    let mut child = run.command().stdin(Stdio::null()).spawn().unwrap();
    let server = loop {
        if let Some(server) = server_of(&child) {
            break server;
        }
        assert!(child.try_wait().unwrap().is_none(), "it was over before the server could be killed");
        thread::sleep(Duration::from_millis(5));
    };
    let pid = rustix::process::Pid::from_raw(server as i32).unwrap();
    rustix::process::kill_process(pid, rustix::process::Signal::KILL).unwrap();
    assert!(child.wait().unwrap().success());
    let log = fs::read_to_string(stderr).unwrap();
    assert_eq!(log.matches("starting another one").count(), 1, "{log}");
    assert_eq!(differing(&undisturbed, &fs::read_to_string(stdout).unwrap()), 0);
}

/// What a function returns is inferred from its body, and shown where it is called.
#[test]
fn an_inferred_return_that_changes_elsewhere_is_seen() {
    for provider in ["pyright", "pyrefly"] {
        let tree = Tree::of(
            "
#- a.py
def f(x):
    return 1
#- b.py
from a import f
called = f(0)
#- c.py
alone = 1
",
        );
        let run = |command: &[&str]| {
            let by = ["--provider", provider];
            let args = command.iter().chain(&by).chain(&PATIENCE).copied();
            tree.staniel(&args.collect::<Vec<_>>()).env("PATH", &servers_path()).run().answer()
        };
        let called = || {
            let hovers = run(&["hovers", "b.py"]);
            let line = hovers.lines().find(|line| line.contains("b.called")).unwrap().to_owned();
            serde_json::from_str::<serde_json::Value>(&line).unwrap()["normal"].as_str().unwrap().to_owned()
        };
        let before = called();
        assert!(before.contains("int") || before.contains('1'), "{provider}: {before}");
        tree.edit("a.py", "return 1", "return 'x'");
        let report = Report::parse(&run(&["snapshot", "--format", "json"]));
        assert_eq!((report.work["asked"], report.work["changed"]), (2, 2), "{provider}");
        let after = called();
        assert!(after.contains("str") || after.contains("'x'"), "{provider}: {after}");
    }
}
