//! Django 5.2, as its source distribution has it: what a run costs, first, again, and after an edit.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;

use expect_test::expect;
use staniel_tests::{ImportMap, Tree, check_declared, check_promise, corpus, import_map, note, python_files};

/// Files with a Python file's name in the source distribution.
const FILES: u64 = 2818;

const TY: [&str; 2] = ["--provider", "ty"];
const HOVERS: [&str; 3] = ["hovers", "--provider", "ty"];
const IMPORTS: [&str; 3] = ["imports", "--format", "json"];

/// One test, since each part goes on from the one before, and all of them want both cores.
#[test]
fn django() {
    let tree = Tree::copy_of(&corpus("Django"));

    first_run(&tree);
    let answers = [HOVERS, IMPORTS].map(|args| tree.staniel(&args).run().answer());
    nothing_lost(&tree, &answers[1]);

    tree.settle(&TY);
    unchanged(&tree, &answers);
    comment_on_top(&tree);
    body_edit(&tree);
    signature_edit(&tree);

    check_declared(&tree, 51);
    let figure = check_promise(&tree, 51);
    note(&format!("Django, after edits: {figure} of ty differ from a fresh run's"));
    figure.check();
}

fn first_run(tree: &Tree) {
    let found = python_files(&tree.root());
    assert_eq!(found.len() as u64, FILES);
    let report = tree.snapshot(&TY);
    assert_eq!((report.schema, report.generation, report.parent), (1, Some(1), None));
    assert_eq!((report.files["total"], report.files["added"]), (FILES, FILES));
    // Equal files share their facts.
    let texts: BTreeSet<Vec<u8>> = found.iter().map(|path| tree.read(path).expect("it was found")).collect();
    let analysed = FILES - report.files["skipped"];
    for (demand, least) in [
        ("read", FILES),
        ("hashed", FILES),
        ("scanned", texts.len() as u64),
        ("outlined", texts.len() as u64),
        ("candidates", analysed),
        ("asked", analysed),
    ] {
        let figure = report.work(demand);
        // What is there for those who resolve imports, and not reported, is looked at too.
        assert!((least..least + 10).contains(&figure), "{demand}: {figure}, not {least}");
    }
    assert!(report.definitions >= 150_000, "{} definitions", report.definitions);
    assert_eq!((report.quarantined, report.fallbacks, report.notices), (vec![], vec![], vec![]));
    expect![[r#"
        {
            "first_party": 15004,
            "stdlib": 2717,
            "third_party": 83,
            "unresolved": 293,
        }
        []
    "#]]
    .assert_eq(&format!("{:#?}\n{:#?}\n", report.imports, report.skipped));
}

/// Analysed and skipped is found, file by file.
fn nothing_lost(tree: &Tree, imports: &str) {
    let mut files: BTreeSet<String> = import_map(imports, |_| true).into_keys().collect();
    files.extend(tree.snapshot(&TY).skipped.into_iter().map(|file| file.path));
    assert_eq!(files, python_files(&tree.root()));
}

/// A new process on an unchanged tree demands nothing, and does not so much as open the rows: they are out of
/// reach while it runs.
fn unchanged(tree: &Tree, answers: &[String; 2]) {
    let rows = tree.own_cache().join("rows");
    let elsewhere = tree.home().join("rows");
    fs::rename(&rows, &elsewhere).expect("both are in the same directory tree");
    let report = tree.snapshot(&TY);
    assert!(!rows.exists(), "the rows were opened");
    fs::rename(&elsewhere, &rows).expect("both are in the same directory tree");

    assert!(report.work.values().all(|figure| *figure == 0), "{:?}", report.work);
    assert_eq!((report.files["total"], report.changes()), (FILES, String::new()));
    assert!(report.definitions >= 150_000, "{} definitions", report.definitions);
    for (args, answer) in [HOVERS, IMPORTS].iter().zip(answers) {
        assert!(tree.staniel(args).run().answer() == *answer, "{args:?} differs from the run before");
    }
}

fn comment_on_top(tree: &Tree) {
    let path = "django/utils/functional.py";
    let text = tree.read(path).expect("Django has it");
    tree.write(path, [b"# a comment\n", &*text].concat());
    let report = tree.snapshot(&TY);
    assert_eq!((report.files["changed"], report.changes()), (1, String::new()));
    expect!["read 1, hashed 1, scanned 1, outlined 1, candidates 1, asked 1"].assert_eq(&report.demands());
    tree.settle(&TY);
}

fn body_edit(tree: &Tree) {
    let path = "django/utils/text.py";
    tree.edit(path, "    return x[0].upper() + x[1:]", "    return x.capitalize()");
    let report = tree.snapshot(&TY);
    assert_eq!((report.files["changed"], report.changes()), (1, String::new()));
    expect!["read 1, hashed 1, scanned 1, outlined 1, candidates 1, asked 1"].assert_eq(&report.demands());
    tree.settle(&TY);
}

fn signature_edit(tree: &Tree) {
    let path = "django/utils/functional.py";
    tree.edit(
        path,
        "def partition(predicate, values):",
        "def partition(predicate, values, *, limit: int = 0):",
    );
    let report = tree.snapshot(&TY);
    assert_eq!(report.files["changed"], 1);
    for demand in ["read", "hashed", "scanned", "outlined"] {
        assert_eq!(report.work(demand), 1, "{demand}");
    }
    // Candidates are what reaches the file along `needs`, which are wider than the edges that are printed.
    let implicit = tree.staniel(&["imports", "--format", "json", "--implicit"]).run().answer();
    let map = import_map(&implicit, |_| true);
    let reaching = reaching(&map, path);
    let candidates = report.work("candidates");
    note(&format!(
        "Django, a signature in {path}: {} files reach it, {candidates} candidates, {} answers differ",
        reaching.len(),
        report.work("changed")
    ));
    assert!(reaching.len() > 1000, "{} files", reaching.len());
    assert!((reaching.len() as u64..=FILES).contains(&candidates), "{candidates} candidates");
    assert_eq!(report.work("asked"), candidates);
    assert_eq!(report.changes(), "hovers added 1, hovers modified 3");
}

/// The files from which `target` is reached along imports, itself included.
fn reaching<'a>(map: &'a ImportMap, target: &'a str) -> BTreeSet<&'a str> {
    let mut importers: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
    for (path, targets) in map {
        for target in targets {
            importers.entry(target).or_default().push(path);
        }
    }
    let mut reaching = BTreeSet::from([target]);
    let mut pending = vec![target];
    while let Some(path) = pending.pop() {
        for importer in importers.get(path).into_iter().flatten() {
            if reaching.insert(importer) {
                pending.push(importer);
            }
        }
    }
    reaching
}
