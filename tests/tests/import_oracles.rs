//! The import map of real projects beside those of two other programs, `ruff analyze graph` and grimp. Each edge that
//! only one of them has is covered by a rule in `import_differences.toml`, which says why.

use staniel_tests::{
    Difference, Edges, ImportMap, Intended, Tree, corpus, differences, edges, grimp, import_map, note, ruff,
};

/// A project of the corpus, and in which directories its imports are looked up: staniel finds that out by itself.
struct Project {
    name: &'static str,
    roots: &'static [&'static str],
}

const PROJECTS: &[Project] = &[
    Project { name: "Django", roots: &[".", "tests"] },
    Project { name: "SQLAlchemy", roots: &["lib", "."] },
    Project { name: "flask", roots: &["src", ".", "tests"] },
    Project { name: "requests", roots: &["src", "."] },
    Project { name: "rich", roots: &["."] },
];

#[test]
fn edges_are_those_of_ruff_and_grimp() {
    let found: Vec<Difference> = PROJECTS.iter().flat_map(compare).collect();
    if let Err(report) = Intended::parse(include_str!("../import_differences.toml")).check(&found) {
        panic!(
            "the import map is not what tests/import_differences.toml says\n\n{report}\nAn edge is somebody's mistake, \
             or the two mean different things: read the Python, then mend staniel or add a rule with its reason."
        );
    }
}

/// All differences in a project. The files in the map are the same for everybody.
fn compare(project: &Project) -> Vec<Difference> {
    let Project { name, roots } = *project;
    let tree = Tree::copy_of(&corpus(name));
    let imports = |format: &str| tree.staniel(&["imports", "--format", format]).run().answer();
    let json = imports("json");
    let without =
        |contexts: &[&str]| edges(&import_map(&json, |import| !contexts.iter().any(|c| is_in(import, c))));
    let map: ImportMap = serde_json::from_str(&imports("ruff")).expect("a map");
    let ours = edges(&map);
    assert!(ours == without(&["dynamic"]), "{name}: `--format ruff` and `--format json` differ");

    let others = ruff(&tree, roots, &["--type-checking-imports"]);
    assert_eq!(Vec::from_iter(map.keys()), Vec::from_iter(others.keys()), "{name}: the files differ");
    let theirs = edges(&others);
    let mut found = differences(name, "ruff", &ours, &theirs);

    // Of the edges that both have, those that only a type checker follows.
    let typing = |all: &Edges, runtime: &Edges| &(all - runtime) & &(&ours & &theirs);
    let our_typing = typing(&ours, &without(&["dynamic", "typing"]));
    let runtime = ruff(&tree, roots, &["--no-type-checking-imports"]);
    found.extend(differences(name, "ruff, typing", &our_typing, &typing(&theirs, &edges(&runtime))));

    // Last, since it writes to the tree.
    found.extend(differences(name, "grimp", &ours, &edges(&grimp(&tree, roots))));
    note(&format!("{name}: {} edges, {} differences from ruff and grimp", ours.len(), found.len()));
    found
}

fn is_in(import: &serde_json::Value, context: &str) -> bool {
    import["contexts"].as_array().expect("a list").iter().any(|other| other == context)
}
