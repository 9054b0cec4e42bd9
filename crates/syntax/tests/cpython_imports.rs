//! The imports and top-level names of files that we did not write, compared with what CPython's own parser says.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use staniel_facts::{Contexts, FileFacts, LineIndex, PositionEncoding};
use staniel_syntax::{decode, facts};

/// Files larger than this are left to the slow test.
const QUICK_SIZE: u64 = 100_000;

#[test]
fn a_sample_of_the_standard_library() {
    let files = standard_library();
    let small = |path: &PathBuf| path.metadata().is_ok_and(|metadata| metadata.len() < QUICK_SIZE);
    let small: Vec<PathBuf> = files.into_iter().filter(small).collect();
    let stride = (small.len() / 450).max(1);
    println!("{}", compare(&small.into_iter().step_by(stride).collect::<Vec<_>>()));
}

#[test]
#[ignore = "some minutes: the whole standard library"]
fn the_whole_standard_library() {
    println!("{}", compare(&standard_library()));
}

/// The files of the standard library, sorted; none where there is no Python.
fn standard_library() -> Vec<PathBuf> {
    let mut files = Vec::new();
    if let Some(library) = python(&["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], "") {
        collect(Path::new(library.trim()), &mut files);
    }
    files.sort();
    files
}

/// Every file that both CPython and the grammar accept must give exactly the same imports, at the same places, and
/// the same names. Gives a summary.
fn compare(files: &[PathBuf]) -> String {
    if files.is_empty() {
        return "no python3 here: nothing was compared".to_owned();
    }
    let list: String = files.iter().map(|file| format!("{}\n", file.display())).collect();
    let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython_imports.py");
    let answers = python(&["-X", "utf8", script], &list).expect("python3 ran a moment ago");
    assert_eq!(answers.lines().count(), files.len());

    let (mut compared, mut imports, mut refused_by_cpython, mut refused_by_grammar) = (0, 0, 0, Vec::new());
    let mut wrong = Vec::new();
    for (file, answer) in files.iter().zip(answers.lines()) {
        let answer: Value = serde_json::from_str(answer).expect("the script prints JSON");
        let (Some(expected), Some(names)) = (answer["imports"].as_array(), answer["names"].as_array()) else {
            refused_by_cpython += 1;
            continue;
        };
        let bytes = std::fs::read(file).expect("CPython read it a moment ago");
        let facts = facts(&bytes);
        let text = decode(&bytes).text;
        let found = statements(&facts, &text);
        let clean = facts.refused.is_none() && !is_broken(&text);
        if !clean {
            refused_by_grammar.push(file);
            // Recovery may lose an import, but must not make one up.
            if let Some(invented) = found.iter().find(|import| !expected.contains(import)) {
                wrong.push(format!("{}: {invented} is made up", file.display()));
            }
            continue;
        }
        compared += 1;
        imports += expected.len();
        let bound: Vec<Value> = facts.imports.bindings.names.iter().map(|(name, _)| json!(name)).collect();
        if bound != *names {
            let missing: Vec<_> = names.iter().filter(|name| !bound.contains(name)).collect();
            let invented: Vec<_> = bound.iter().filter(|name| !names.contains(name)).collect();
            wrong.push(format!("{}: names {missing:?} missing, {invented:?} made up", file.display()));
        }
        if found != *expected {
            let differing = found.iter().zip(expected).find(|(found, expected)| found != expected);
            wrong.push(format!("{}: {} for {}, {differing:?}", file.display(), found.len(), expected.len()));
        }
    }
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= 400 && imports >= 2_000, "{compared} files, {imports} imports");
    format!(
        "{compared} files with {imports} imports compared; {refused_by_cpython} refused by CPython, \
         {} by the grammar: {refused_by_grammar:#?}",
        refused_by_grammar.len()
    )
}

/// The import statements as the script prints them.
fn statements(facts: &FileFacts, text: &str) -> Vec<Value> {
    let lines = LineIndex::new(text).resolver();
    let imports = facts.imports.imports.iter().filter(|import| !import.contexts.contains(Contexts::DYNAMIC));
    let rows = imports.map(|import| {
        let at = lines.position(import.statement.start, PositionEncoding::Utf8);
        json!([import.level, import.module, import.symbol, import.alias, at.line + 1, at.character])
    });
    rows.collect()
}

/// Whether the grammar has something against a text.
fn is_broken(text: &str) -> bool {
    let mut parser = tree_sitter::Parser::new();
    parser.set_language(&tree_sitter_python::LANGUAGE.into()).expect("the grammar fits");
    parser.parse(text, None).is_none_or(|tree| tree.root_node().has_error())
}

/// The Python files below a directory, but for installed packages.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("the standard library can be read").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("site-packages") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            files.push(path);
        }
    }
}

/// What `python3` prints, given some standard input; `None` if there is none, or it fails.
fn python(arguments: &[&str], input: &str) -> Option<String> {
    let mut child =
        Command::new("python3").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
