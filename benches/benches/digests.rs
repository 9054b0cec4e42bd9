//! The import graph: closure digests of all files, and again after one interface changed.

use divan::Bencher;
use staniel_benches::{imports_of, module_path};
use staniel_facts::{ContentHash, Digest, RelPath};
use staniel_graph::Graph;

fn main() {
    divan::main();
}

fn path(number: usize) -> RelPath {
    RelPath::new(module_path(number)).expect("a relative path")
}

/// Modules that import others before them; every fiftieth also one behind it, which makes cycles.
fn graph(modules: usize) -> Graph {
    let mut graph = Graph::new();
    for number in 0..modules {
        let mut targets: Vec<RelPath> = imports_of(number).map(path).collect();
        if number % 50 == 0 {
            targets.push(path((number + 5).min(modules - 1)));
        }
        targets.sort_unstable();
        graph.set(&path(number), &targets);
    }
    graph
}

fn local(path: &RelPath) -> Digest {
    ContentHash::of(path.as_str().as_bytes()).0
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 20)]
fn of_all_files(bencher: Bencher<'_, '_>, modules: usize) {
    let graph = graph(modules);
    bencher.bench_local(|| graph.digests(local));
}

/// The last module, which nobody imports, and the first, which everybody reaches.
#[divan::bench(args = [(10_000, 9_999), (10_000, 0)], sample_count = 20)]
fn after_an_interface_edit(bencher: Bencher<'_, '_>, (modules, edited): (usize, usize)) {
    let graph = graph(modules);
    let edited = path(edited);
    let mut digests = graph.digests(local);
    let mut turn = 0_usize;
    bencher.bench_local(|| {
        turn += 1;
        let local = |path: &RelPath| match path {
            path if *path == edited => ContentHash::of(&turn.to_le_bytes()).0,
            path => local(path),
        };
        graph.update_digests(&mut digests, std::slice::from_ref(&edited), local)
    });
}

#[divan::bench(args = [100, 1_000, 10_000], sample_count = 20)]
fn reaching(bencher: Bencher<'_, '_>, modules: usize) {
    let graph = graph(modules);
    let first = path(0);
    bencher.bench_local(|| graph.reaching([&first]));
}
