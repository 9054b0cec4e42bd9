//! All files: from facts to edges and needs; and one file again after an edit, which must not grow with the project.

use std::collections::HashMap;
use std::sync::{Arc, RwLock};

use divan::Bencher;
use staniel_benches::{Package, module_path, module_text};
use staniel_db::{Database, FactSource};
use staniel_facts::{ContentHash, FileFacts, ImportFacts, RelPath};

fn main() {
    divan::main();
}

/// Facts that were found beforehand.
#[derive(Default)]
struct Known(RwLock<HashMap<ContentHash, Arc<FileFacts>>>);

impl FactSource for Known {
    fn import_facts(&self, path: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        Arc::clone(&self.facts(path, hash).imports)
    }

    fn facts(&self, _path: &RelPath, hash: ContentHash) -> Arc<FileFacts> {
        Arc::clone(&self.0.read().expect("nobody panics")[&hash])
    }
}

fn database(package: &Package) -> Database {
    let known = Known(RwLock::new(package.facts.clone()));
    Database::new(Arc::new(known), Arc::clone(&package.world.environment))
}

fn resolve(database: &mut Database, package: &Package, changed: &[RelPath]) {
    database.advance(&package.world, changed);
    for path in changed {
        divan::black_box((database.resolution(path), database.needs(path)));
    }
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 10)]
fn of_all_files(bencher: Bencher<'_, '_>, modules: usize) {
    let package = Package::new(modules);
    bencher
        .with_inputs(|| database(&package))
        .bench_local_refs(|database| resolve(database, &package, &package.paths));
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 50)]
fn after_an_edit(bencher: Bencher<'_, '_>, modules: usize) {
    let mut package = Package::new(modules);
    let path = RelPath::new(module_path(modules / 2)).expect("a relative path");
    let texts = [module_text(modules / 2, 10), module_text(modules / 2, 9)];
    for text in &texts {
        package.put(&path, text);
    }
    let mut database = database(&package);
    resolve(&mut database, &package, &package.paths);
    let mut turn = 0;
    bencher.bench_local(|| {
        turn += 1;
        let hash = ContentHash::of(texts[turn % 2].as_bytes());
        package.world.files[&path].state = staniel_facts::FileState::Present(hash);
        resolve(&mut database, &package, std::slice::from_ref(&path));
    });
}
