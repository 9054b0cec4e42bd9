//! Real projects: the edges of all files from facts that are known already, as a cold run of the import map asks for
//! them.
//!
//! Measures the trees below `target/corpus`, where `cargo xtask corpus` puts them; nothing where there are none.

use std::collections::HashMap;
use std::sync::Arc;

use camino::Utf8PathBuf;
use divan::Bencher;
use rayon::prelude::*;
use staniel_db::{Database, FactSource};
use staniel_facts::{ContentHash, FileFacts, ImportFacts, RelPath, World};

/// That of the program: half of what is measured here is memory that is asked for and given back.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

fn main() {
    divan::main();
}

/// A project as it was read, with the facts of its files.
struct Tree {
    world: World,
    paths: Vec<RelPath>,
    facts: Arc<Known>,
}

struct Known(HashMap<ContentHash, Arc<ImportFacts>>);

impl FactSource for Known {
    fn import_facts(&self, _path: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        Arc::clone(&self.0[&hash])
    }

    fn facts(&self, _path: &RelPath, _hash: ContentHash) -> Arc<FileFacts> {
        unreachable!("edges need no outline")
    }
}

fn corpus() -> Utf8PathBuf {
    Utf8PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("../target/corpus")
}

fn trees() -> Vec<String> {
    let entries = corpus().read_dir_utf8().into_iter().flatten().flatten();
    let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_owned()).collect();
    names.sort();
    names
}

/// Each tree on one thread and on two.
fn cases() -> Vec<(String, usize)> {
    trees().into_iter().flat_map(|tree| [(tree.clone(), 1), (tree, 2)]).collect()
}

impl Tree {
    fn load(name: &str) -> Self {
        let root = corpus().join(name);
        let (mut world, change) = staniel_vfs::load(&root).expect("the tree can be read");
        let project = staniel_project::load(&staniel_project::Options { root, ..Default::default() })
            .expect("the tree has a sound configuration");
        world.environment = Arc::new(project.environment);
        let facts: HashMap<_, _> = change
            .files
            .par_iter()
            .filter(|file| file.path.is_python())
            .filter_map(|file| {
                let imports = staniel_syntax::import_facts(file.bytes.as_ref()?, file.path.source_kind()?);
                Some((file.tracked.state.hash()?, Arc::new(imports)))
            })
            .collect();
        let paths = world.files.keys().cloned().collect();
        Self { world, paths, facts: Arc::new(Known(facts)) }
    }

    fn resolve(&self) -> usize {
        let mut database = Database::new(self.facts.clone(), Arc::clone(&self.world.environment));
        database.advance(&self.world, &self.paths);
        let modules = self.paths.par_iter().filter(|path| path.is_python());
        modules.map_with(database, |database, path| database.resolution(path).edges.len()).sum()
    }
}

#[divan::bench(args = cases(), sample_count = 30, sample_size = 1)]
fn edges(bencher: Bencher<'_, '_>, case: &(String, usize)) {
    let (name, threads) = case;
    let tree = Tree::load(name);
    let pool = rayon::ThreadPoolBuilder::new().num_threads(*threads).build().expect("threads can be had");
    bencher.bench_local(|| pool.install(|| tree.resolve()));
}

/// The part that one thread does before the others begin.
#[divan::bench(args = trees(), sample_count = 30, sample_size = 1)]
fn inputs(bencher: Bencher<'_, '_>, name: &str) {
    let tree = Tree::load(name);
    bencher.bench_local(|| {
        let mut database = Database::new(tree.facts.clone(), Arc::clone(&tree.world.environment));
        database.advance(&tree.world, &tree.paths).slots.len()
    });
}
