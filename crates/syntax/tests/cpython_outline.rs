//! The outline against CPython's own parser, over its standard library.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::Value;
use staniel_facts::{Definition, Namespace, PositionEncoding, SourceKind};
use staniel_syntax::facts;

/// Files larger than this are left to the slow test.
const QUICK_SIZE: u64 = 150_000;

#[test]
fn a_sample_of_the_standard_library() {
    let files = standard_library();
    let sample: Vec<PathBuf> = files
        .into_iter()
        .filter(|path| path.metadata().is_ok_and(|metadata| metadata.len() < QUICK_SIZE))
        .step_by(5)
        .collect();
    compare(&sample);
}

#[test]
#[ignore = "some minutes: the whole standard library"]
fn the_whole_standard_library() {
    compare(&standard_library());
}

fn python() -> Command {
    Command::new("python3")
}

fn standard_library() -> Vec<PathBuf> {
    let output = python()
        .args(["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"])
        .output()
        .expect("this test needs `python3` on the PATH: it compares with CPython's own parser");
    let root = PathBuf::from(String::from_utf8_lossy(&output.stdout).trim_end());
    let mut files = Vec::new();
    collect(&root, &mut files);
    files.sort();
    assert!(files.len() > 200, "no standard library with source below {}", root.display());
    files
}

fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("a directory of the standard library") {
        let path = entry.expect("an entry of it").path();
        if path.is_dir() {
            if path.file_name().is_some_and(|name| name != "site-packages") {
                collect(&path, files);
            }
        } else if path.extension().is_some_and(|extension| extension == "py") && path.to_str().is_some() {
            files.push(path);
        }
    }
}

fn compare(files: &[PathBuf]) {
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/cpython_outline.py");
    let mut child = python()
        .arg(script)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .expect("python3 was there before");
    let mut stdin = child.stdin.take().expect("it was asked for");
    let list: String = files.iter().map(|path| format!("{}\n", path.display())).collect();
    let writer = std::thread::spawn(move || stdin.write_all(list.as_bytes()));
    let output = child.wait_with_output().expect("python3 was started");
    writer.join().expect("the writer does not panic").expect("the script reads all");
    assert!(output.status.success());

    let mut differences = Vec::new();
    let mut compared = 0;
    for line in String::from_utf8_lossy(&output.stdout).lines() {
        let answer: Value = serde_json::from_str(line).expect("the script prints JSON");
        if answer.get("rejected").is_none() {
            compared += 1;
            let before = differences.len();
            compare_file(&answer, &mut differences);
            // The rest of a file mostly follows from its first differences.
            differences.truncate(before + 4);
        }
    }
    assert!(compared * 10 > files.len() * 9, "CPython rejected too many: {compared} of {}", files.len());
    let shown = differences.iter().take(60).cloned().collect::<Vec<_>>().join("\n");
    assert!(differences.is_empty(), "{} differences in {compared} files:\n{shown}", differences.len());
}

fn compare_file(answer: &Value, differences: &mut Vec<String>) {
    let path = answer["path"].as_str().expect("a path");
    for name in answer["unknown"].as_array().expect("a list") {
        differences.push(format!("{path}: the script misses a code object: {name}"));
    }
    let facts = facts(&std::fs::read(path).expect("a file of the standard library"), SourceKind::Python);
    if let Some(diagnostic) = facts.diagnostics.first() {
        differences.push(format!("{path}: valid for CPython, but {diagnostic:?}"));
    }
    let resolver = facts.outline.lines.resolver();
    if facts.outline.doc.as_deref() != answer["doc"].as_str() {
        differences.push(format!("{path}: module docstring"));
    }
    let place = |definition: &Definition| {
        let position = resolver.position(definition.name.start, PositionEncoding::Utf8);
        (u64::from(position.line) + 1, u64::from(position.character))
    };
    let namespace = |definition: &Definition| match definition.id.namespace {
        Namespace::Binding => "binding",
        Namespace::Parameter => "parameter",
        Namespace::Attribute => "attribute",
    };
    let mut ours: Vec<(String, String)> = facts
        .outline
        .definitions
        .iter()
        .map(|definition| {
            let (line, column) = place(definition);
            let name = &definition.id.qualified_name;
            let line = format!(
                "{path}:{line}:{column} {name} {} {}",
                namespace(definition),
                definition.kind.as_str()
            );
            (line, format!("{:?}", definition.doc))
        })
        .collect();
    let text = |value: &Value| value.as_str().expect("a text").to_owned();
    let mut theirs: Vec<(String, String)> = answer["definitions"]
        .as_array()
        .expect("a list")
        .iter()
        .map(|one| {
            let line =
                format!("{path}:{}:{} {} {} {}", one[3], one[4], text(&one[0]), text(&one[1]), text(&one[2]));
            (line, format!("{:?}", one[5].as_str()))
        })
        .collect();
    ours.sort();
    theirs.sort();
    let (mut left, mut right) = (ours.iter().peekable(), theirs.iter().peekable());
    loop {
        match (left.peek(), right.peek()) {
            (None, None) => break,
            (Some(a), Some(b)) if a == b => {
                left.next();
                right.next();
            }
            (Some(a), Some(b)) if a.0 == b.0 => {
                differences.push(format!("{}: doc\n  ours   {}\n  theirs {}", a.0, a.1, b.1));
                left.next();
                right.next();
            }
            (Some(a), b) if b.is_none_or(|b| *a < b) => {
                differences.push(format!("only ours:   {}", a.0));
                left.next();
            }
            (_, Some(b)) => {
                differences.push(format!("only theirs: {}", b.0));
                right.next();
            }
            (Some(_), None) => unreachable!("the guard above holds without a right side"),
        }
    }
}
