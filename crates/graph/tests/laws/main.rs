//! The graph's laws, against implementations too simple to be wrong.

mod digraph;

use std::collections::{BTreeMap, BTreeSet};

use proptest::prelude::*;
use staniel_facts::{Digest, RelPath};
use staniel_graph::{Graph, ReverseIndex};

/// A graph as the sentence "who was given which successors".
type Edges = BTreeMap<RelPath, BTreeSet<RelPath>>;

#[derive(Clone, Debug)]
enum Step {
    Set(u8, Vec<u8>),
    Remove(u8),
}

const FILES: u8 = 9;

fn file(number: u8) -> RelPath {
    RelPath::new(format!("f{number}.py")).expect("a plain name")
}

fn files(numbers: &[u8]) -> Vec<RelPath> {
    numbers.iter().copied().map(file).collect()
}

fn steps() -> impl Strategy<Value = Vec<Step>> {
    let set = (0..FILES, prop::collection::vec(0..FILES, 0..4)).prop_map(|(from, to)| Step::Set(from, to));
    prop::collection::vec(prop_oneof![4 => set, 1 => (0..FILES).prop_map(Step::Remove)], 0..24)
}

fn apply(steps: &[Step]) -> (Graph, Edges) {
    let mut graph = Graph::new();
    let mut edges = Edges::new();
    for step in steps {
        match step {
            Step::Set(from, to) => {
                let next: BTreeSet<RelPath> = files(to).into_iter().collect();
                let changed = graph.set(&file(*from), &files(to));
                let before = edges.insert(file(*from), next.clone());
                assert_eq!(changed, before != Some(next));
            }
            Step::Remove(from) => {
                graph.remove(&file(*from));
                edges.remove(&file(*from));
            }
        }
    }
    (graph, edges)
}

fn rebuild(edges: &Edges) -> Graph {
    let mut graph = Graph::new();
    for (from, to) in edges.iter().rev() {
        graph.set(from, &to.iter().cloned().collect::<Vec<_>>());
    }
    graph
}

fn naive_closure(edges: &Edges, from: &RelPath) -> BTreeSet<RelPath> {
    let mut closure = BTreeSet::from([from.clone()]);
    loop {
        let next: BTreeSet<RelPath> =
            closure.iter().filter_map(|path| edges.get(path)).flatten().cloned().collect();
        let before = closure.len();
        closure.extend(next);
        if closure.len() == before {
            return closure;
        }
    }
}

fn nodes(edges: &Edges) -> BTreeSet<RelPath> {
    edges.iter().flat_map(|(from, to)| to.iter().chain([from])).cloned().collect()
}

fn local(salt: u8) -> impl Fn(&RelPath) -> Digest {
    move |path| {
        Digest(
            *blake3::hash(format!("{path}{}", if path.as_str() == "f3.py" { salt } else { 0 }).as_bytes())
                .as_bytes(),
        )
    }
}

fn sorted<'a>(paths: impl Iterator<Item = &'a RelPath>) -> Vec<RelPath> {
    let mut paths: Vec<RelPath> = paths.cloned().collect();
    paths.sort();
    paths
}

proptest! {
    #[test]
    fn any_sequence_equals_a_rebuild(steps in steps()) {
        let (graph, edges) = apply(&steps);
        let fresh = rebuild(&edges);
        prop_assert_eq!(sorted(graph.nodes()), sorted(fresh.nodes()));
        prop_assert_eq!(sorted(graph.nodes()), nodes(&edges).into_iter().collect::<Vec<_>>());
        for path in graph.nodes() {
            prop_assert_eq!(sorted(graph.successors(path)), sorted(fresh.successors(path)));
            prop_assert_eq!(sorted(graph.predecessors(path)), sorted(fresh.predecessors(path)));
        }
        prop_assert_eq!(graph.closure_digests(local(0)), fresh.closure_digests(local(0)));
    }

    #[test]
    fn reachability_is_what_it_says(steps in steps()) {
        let (graph, edges) = apply(&steps);
        for number in 0..FILES {
            let path = file(number);
            prop_assert_eq!(graph.closure(&path), naive_closure(&edges, &path));
            let mut reaching: BTreeSet<RelPath> = nodes(&edges)
                .into_iter()
                .filter(|from| naive_closure(&edges, from).contains(&path))
                .collect();
            reaching.insert(path.clone());
            prop_assert_eq!(graph.reaching([&path]), reaching);
        }
    }

    #[test]
    fn dependencies_come_first(steps in steps()) {
        let (graph, edges) = apply(&steps);
        let known = nodes(&edges);
        let places = graph.dependencies_first(&known);
        for path in &known {
            for target in naive_closure(&edges, path) {
                // Files that reach each other share a place.
                let mutual = naive_closure(&edges, &target).contains(path);
                prop_assert_eq!(places[&target] == places[path], mutual);
                prop_assert!(places[&target] <= places[path]);
            }
        }
    }

    #[test]
    fn digests_are_equal_iff_closures_are(one in steps(), other in steps(), salt in 0u8..2) {
        let ((graph, edges), (second, second_edges)) = (apply(&one), apply(&other));
        let (digests, second_digests) = (graph.closure_digests(local(0)), second.closure_digests(local(salt)));
        let content = |edges: &Edges, path: &RelPath, salt: u8| -> BTreeMap<RelPath, (Digest, BTreeSet<RelPath>)> {
            naive_closure(edges, path)
                .into_iter()
                .map(|path| (path.clone(), (local(salt)(&path), edges.get(&path).cloned().unwrap_or_default())))
                .collect()
        };
        for (a, digest) in &digests {
            for (b, second_digest) in &second_digests {
                let equal = content(&edges, a, 0) == content(&second_edges, b, salt);
                prop_assert_eq!(digest == second_digest, equal, "{} {}", a, b);
            }
        }
    }

    #[test]
    fn updated_digests_equal_fresh_ones(first in steps(), second in steps(), edit: bool) {
        let (mut graph, _) = apply(&first);
        let mut digests = graph.digests(local(0));
        let before = graph.closure_digests(local(0));
        if edit {
            for step in &second {
                match step {
                    Step::Set(from, to) => { graph.set(&file(*from), &files(to)); }
                    Step::Remove(from) => graph.remove(&file(*from)),
                }
            }
        }
        let differing = graph.update_digests(&mut digests, &[file(3), file(4)], local(1));
        let after = graph.closure_digests(local(1));
        for number in 0..FILES {
            prop_assert_eq!(digests.get(&file(number)), after.get(&file(number)).copied());
        }
        let expected: Vec<RelPath> =
            sorted(after.iter().filter(|(path, digest)| before.get(*path) != Some(*digest)).map(|(path, _)| path));
        prop_assert_eq!(differing, expected);
    }

    #[test]
    fn reverse_index_equals_a_rebuild(steps in steps()) {
        let (_, edges) = apply(&steps);
        let mut index = ReverseIndex::new();
        for step in &steps {
            match step {
                Step::Set(from, to) => index.set(&file(*from), to.iter().copied()),
                Step::Remove(from) => index.remove(&file(*from)),
            }
        }
        for key in 0..FILES {
            let expected: BTreeSet<RelPath> =
                edges.iter().filter(|(_, to)| to.contains(&file(key))).map(|(from, _)| from.clone()).collect();
            prop_assert_eq!(index.dependents(&key), &expected);
        }
    }
}

/// Depth must not cost stack: the test's thread has 2 MB.
#[test]
fn a_chain_of_a_hundred_thousand_does_not_overflow() {
    let path = |number: usize| RelPath::new(format!("m{number}.py")).unwrap();
    let mut graph = Graph::new();
    for number in 0..100_000 {
        graph.set(&path(number), &[path(number + 1)]);
    }
    let ends = [path(0), path(100_000)];
    let places = graph.dependencies_first(&ends);
    assert_eq!((places[&ends[1]], places[&ends[0]]), (0, 100_000));
    assert_eq!(graph.closure(&path(0)).len(), 100_001);
    assert_eq!(graph.closure_digests(local(0)).len(), 100_001);
}
