//! The imports and top-level names of files that we did not write, compared with what CPython's own parser says.

mod files;

use std::path::PathBuf;

use serde_json::{Value, json};
use staniel_facts::{Contexts, ImportFacts, LineIndex, PositionEncoding, SourceKind};
use staniel_syntax::{decode, import_facts};

/// Every file that CPython accepts must give exactly the same imports, at the same places, and the same names.
#[test]
fn imports_and_names_are_those_of_cpython() {
    let files = files::all();
    let answers = ask(&files);
    let (mut compared, mut imports, mut refused) = (0, 0, 0);
    let mut wrong = Vec::new();
    for (file, answer) in files.iter().zip(&answers) {
        let (Some(expected), Some(names)) = (answer["imports"].as_array(), answer["names"].as_array()) else {
            refused += 1;
            continue;
        };
        compared += 1;
        imports += expected.len();
        let bytes = std::fs::read(file).expect("CPython read it a moment ago");
        let facts = import_facts(&bytes, SourceKind::Python);
        let bound: Vec<Value> = facts.bindings.names.iter().map(|(name, _)| json!(name)).collect();
        if bound != *names {
            let missing: Vec<_> = names.iter().filter(|name| !bound.contains(name)).collect();
            let invented: Vec<_> = bound.iter().filter(|name| !names.contains(name)).collect();
            wrong.push(format!("{}: names {missing:?} missing, {invented:?} made up", file.display()));
        }
        let found = statements(&facts, &decode(&bytes).text);
        if found != *expected {
            let differing = found.iter().zip(expected).find(|(found, expected)| found != expected);
            wrong.push(format!("{}: {} for {}, {differing:?}", file.display(), found.len(), expected.len()));
        }
    }
    println!("{compared} files with {imports} imports compared, {refused} refused by CPython");
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= 400 && imports >= 2_000, "{compared} files, {imports} imports");
}

/// What CPython says about each file, from two processes, since this is what takes the time.
fn ask(files: &[PathBuf]) -> Vec<Value> {
    let half = |begin: usize| {
        let list: String =
            files.iter().skip(begin).step_by(2).map(|file| format!("{}\n", file.display())).collect();
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython_imports.py");
        std::thread::spawn(move || files::python(&["-X", "utf8", script], &list))
    };
    let halves = [half(0), half(1)].map(|half| {
        let answers = half.join().expect("nothing panics there").expect("python3 ran a moment ago");
        let parse = |line| serde_json::from_str(line).expect("the script prints JSON");
        answers.lines().map(parse).collect::<Vec<Value>>()
    });
    assert_eq!(halves[0].len() + halves[1].len(), files.len());
    let mut halves = halves.map(Vec::into_iter);
    (0..files.len()).filter_map(|index| halves[index % 2].next()).collect()
}

/// The import statements as the script prints them.
fn statements(facts: &ImportFacts, text: &str) -> Vec<Value> {
    let lines = LineIndex::new(text).resolver();
    let imports = facts.imports.iter().filter(|import| !import.contexts.contains(Contexts::DYNAMIC));
    let rows = imports.map(|import| {
        let at = lines.position(import.statement.start, PositionEncoding::Utf8);
        json!([import.level, import.module, import.symbol, import.alias, at.line + 1, at.character])
    });
    rows.collect()
}
