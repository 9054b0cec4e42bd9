//! The scanner against the syntax tree, over files that we did not write.

mod files;

use staniel_facts::{ImportFacts, SourceKind};
use staniel_syntax::{decode, import_facts, oracle};

/// Wherever the tree has no errors, it says the same: imports with their places and circumstances, bindings, `__all__`.
#[test]
fn the_tree_says_the_same() {
    let files = files::all();
    let next = std::sync::atomic::AtomicUsize::new(0);
    let work = || {
        let (mut compared, mut wrong) = (0, Vec::new());
        while let Some(file) = files.get(next.fetch_add(1, std::sync::atomic::Ordering::Relaxed)) {
            let bytes = std::fs::read(file).expect("a file that was listed a moment ago");
            let Some(expected) = oracle::import_facts(&decode(&bytes).text) else { continue };
            compared += 1;
            let found = import_facts(&bytes, SourceKind::Python);
            if found != expected {
                wrong.push(format!("{}: {}", file.display(), difference(&found, &expected)));
            }
        }
        (compared, wrong)
    };
    let (compared, wrong) = std::thread::scope(|scope| {
        let (one, other) = (scope.spawn(work), scope.spawn(work));
        let [one, other] = [one, other].map(|half| half.join().expect("nothing panics there"));
        (one.0 + other.0, [one.1, other.1].concat())
    });
    println!("{compared} of {} files compared", files.len());
    assert!(wrong.is_empty(), "{wrong:#?}");
    assert!(compared >= 400, "{compared} files");
}

/// The first thing that differs.
fn difference(found: &ImportFacts, expected: &ImportFacts) -> String {
    let imports = found.imports.iter().zip(&expected.imports).find(|(found, expected)| found != expected);
    if let Some(pair) = imports {
        return format!("{pair:#?}");
    }
    if found.imports.len() != expected.imports.len() {
        return format!("{} imports for {}", found.imports.len(), expected.imports.len());
    }
    let only = |these: &ImportFacts, those: &ImportFacts| {
        let names = these.bindings.names.iter().filter(|one| !those.bindings.names.contains(one));
        format!("{:?}", names.collect::<Vec<_>>())
    };
    format!(
        "only found {}, only expected {}; {:?} for {:?}",
        only(found, expected),
        only(expected, found),
        found.bindings.all,
        expected.bindings.all
    )
}
