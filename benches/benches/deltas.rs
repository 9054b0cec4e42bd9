//! Snapshots: what differs between two that share nearly everything, and what that contains.

use std::sync::Arc;

use divan::Bencher;
use staniel_benches::{Package, module_text};
use staniel_facts::{Coverage, Delta, FileRecord, Provenance, RelPath, Snapshot, SourceKind};

fn main() {
    divan::main();
}

fn record(text: &str) -> Coverage {
    let facts = Arc::new(staniel_syntax::facts(text.as_bytes(), SourceKind::Python));
    let hash = staniel_facts::ContentHash::of(text.as_bytes());
    Coverage::Present(Arc::new(FileRecord::new(hash, facts, Arc::default(), None)))
}

fn snapshot(package: &Package) -> Snapshot {
    let mut snapshot = Snapshot::new(Arc::new(Provenance::default()), true);
    for (path, tracked) in &package.world.files {
        let hash = tracked.state.hash().expect("all are present");
        let facts = Arc::clone(&package.facts[&hash]);
        let record = FileRecord::new(hash, facts, Arc::default(), None);
        snapshot.set(path.clone(), Coverage::Present(Arc::new(record)));
    }
    snapshot
}

/// One file of the package is another; the rest is shared, as it is between publications.
fn edited(base: &Snapshot, path: &RelPath) -> Snapshot {
    let mut target = base.clone();
    target.set(path.clone(), record(&module_text(3, 9)));
    target
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 50)]
fn between(bencher: Bencher<'_, '_>, modules: usize) {
    let package = Package::new(modules);
    let base = snapshot(&package);
    let target = edited(&base, &package.paths[modules / 2]);
    bencher.bench(|| Delta::between(&base, &target));
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 50)]
fn merge(bencher: Bencher<'_, '_>, modules: usize) {
    let package = Package::new(modules);
    let base = snapshot(&package);
    let delta = Delta::between(&base, &edited(&base, &package.paths[modules / 2])).expect("same provenance");
    bencher.bench(|| base.merge(&delta));
}

/// What changed inside a file is computed when somebody looks.
#[divan::bench]
fn inside_a_file(bencher: Bencher<'_, '_>) {
    let package = Package::new(10);
    let base = snapshot(&package);
    let delta = Delta::between(&base, &edited(&base, &package.paths[5])).expect("same provenance");
    let file = delta.files().values().next().expect("one file differs");
    bencher.bench(|| (file.hovers().len(), file.edges()));
}
