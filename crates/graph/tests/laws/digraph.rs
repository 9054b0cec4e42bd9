//! A finished graph's answers are what they say they are.

use std::cmp::Reverse;
use std::collections::BTreeSet;

use expect_test::expect;
use proptest::prelude::*;
use staniel_graph::{Chains, Digraph, EntangledEdge, Node};

const NODES: Node = 9;

type Edges = BTreeSet<(Node, Node)>;

fn edges() -> impl Strategy<Value = Edges> {
    // From a few edges, where there are many components, to so many that all are one.
    (0_usize..28).prop_flat_map(|most| prop::collection::btree_set((0..NODES, 0..NODES), 0..=most))
}

fn graph(edges: &Edges) -> Digraph {
    Digraph::new(NODES as usize, edges.iter().copied())
}

fn some_nodes() -> impl Strategy<Value = BTreeSet<Node>> {
    prop::collection::btree_set(0..NODES, 0..4)
}

/// What can be reached from `from` by at most `depth` edges.
fn reach(edges: &Edges, from: &BTreeSet<Node>, depth: usize) -> BTreeSet<Node> {
    let mut reached = from.clone();
    for _ in 0..depth {
        let next: Vec<Node> = edges.iter().filter(|(a, _)| reached.contains(a)).map(|(_, b)| *b).collect();
        reached.extend(next);
    }
    reached
}

fn closure(edges: &Edges, from: Node) -> BTreeSet<Node> {
    reach(edges, &BTreeSet::from([from]), NODES as usize)
}

/// The nodes that reach each other, each class ascending, classes by their first nodes.
fn components(edges: &Edges) -> BTreeSet<Vec<Node>> {
    let mutual = |a: Node| {
        (0..NODES).filter(|b| closure(edges, a).contains(b) && closure(edges, *b).contains(&a)).collect()
    };
    (0..NODES).map(mutual).collect()
}

fn is_cycle(edges: &Edges, component: &[Node]) -> bool {
    component.len() > 1 || edges.contains(&(component[0], component[0]))
}

/// The edges among the nodes of a component; from a node to itself only where there is no other.
fn inside(edges: &Edges, component: &[Node]) -> Edges {
    let is_inside = |(a, b): &(Node, Node)| {
        component.contains(a) && component.contains(b) && (a != b || component.len() == 1)
    };
    edges.iter().copied().filter(is_inside).collect()
}

/// All ways of `length` edges from `from` to `to`, ascending.
fn ways(edges: &Edges, from: &BTreeSet<Node>, to: &BTreeSet<Node>, length: usize) -> Vec<Vec<Node>> {
    let mut ways: Vec<Vec<Node>> = from.iter().map(|node| vec![*node]).collect();
    for _ in 0..length {
        ways = ways
            .iter()
            .flat_map(|way| {
                let last = way[way.len() - 1];
                edges.range((last, 0)..=(last, NODES)).map(|(_, next)| [&way[..], &[*next]].concat())
            })
            .collect();
    }
    ways.retain(|way| to.contains(&way[way.len() - 1]));
    ways
}

/// The best edge of a component, by trying all of them.
fn best_edge(edges: &Edges, component: &[Node]) -> Option<EntangledEdge> {
    let inside = inside(edges, component);
    let tried = inside.iter().map(|&(from, to)| {
        let mut left = inside.clone();
        left.remove(&(from, to));
        let cycles: Vec<_> =
            components(&left).into_iter().filter(|members| is_cycle(&left, members)).collect();
        let largest = cycles.iter().map(Vec::len).max().unwrap_or(0);
        let entangled = cycles.iter().map(Vec::len).sum::<usize>();
        EntangledEdge { from, to, freed: component.len() - entangled, largest, exact: true }
    });
    tried
        .filter(|edge| edge.largest < component.len())
        .min_by_key(|edge| (edge.largest, Reverse(edge.freed), edge.from, edge.to))
}

proptest! {
    #[test]
    fn a_graph_is_the_set_of_its_edges(edges in edges()) {
        let graph = graph(&edges);
        prop_assert!(graph.edges().eq(edges.iter().copied()));
        prop_assert_eq!(graph.edge_count(), edges.len());
        for from in 0..NODES {
            for to in 0..NODES {
                prop_assert_eq!(graph.has_edge(from, to), edges.contains(&(from, to)));
            }
        }
        let twice = edges.iter().rev().chain(&edges).copied();
        prop_assert_eq!(&Digraph::new(NODES as usize, twice), &graph);
        let turned: Edges = edges.iter().map(|(from, to)| (*to, *from)).collect();
        prop_assert!(graph.reversed().edges().eq(turned));
        prop_assert_eq!(graph.reversed().reversed(), graph);
    }

    #[test]
    fn reachable_is_what_so_many_steps_reach(edges in edges(), from in some_nodes(), depth in 0_usize..5) {
        let graph = graph(&edges);
        let bounded: Vec<Node> = reach(&edges, &from, depth).into_iter().collect();
        prop_assert_eq!(graph.reachable(from.iter().copied(), Some(depth)), bounded);
        let all: Vec<Node> = reach(&edges, &from, NODES as usize).into_iter().collect();
        prop_assert_eq!(graph.reachable(from, None), all);
    }

    #[test]
    fn components_are_classes_of_mutual_reach_dependencies_first(edges in edges()) {
        let graph = graph(&edges);
        let found = graph.strongly_connected();
        let expected = components(&edges);
        prop_assert_eq!(&found.iter().cloned().collect::<BTreeSet<_>>(), &expected);
        prop_assert_eq!(found.len(), expected.len());
        let place = |node: Node| found.iter().position(|members| members.contains(&node));
        prop_assert!(edges.iter().all(|(from, to)| place(*to) <= place(*from)));
        let cycles: Vec<_> = expected.into_iter().filter(|members| is_cycle(&edges, members)).collect();
        prop_assert_eq!(graph.cycles(), cycles);
    }

    #[test]
    fn the_shortest_cycle_is_the_first_of_the_shortest(edges in edges()) {
        let graph = graph(&edges);
        for component in components(&edges) {
            let inside = inside(&edges, &component);
            let shortest = (1..=component.len()).find_map(|length| {
                component.iter().find_map(|start| {
                    let start = BTreeSet::from([*start]);
                    ways(&inside, &start, &start, length).into_iter().next()
                })
            });
            let expected = shortest.map(|mut way| { way.pop(); way });
            prop_assert_eq!(graph.shortest_cycle(&component), expected);
        }
    }

    #[test]
    fn the_most_entangled_edge_is_the_best_of_all(edges in edges()) {
        let graph = graph(&edges);
        for component in components(&edges) {
            prop_assert_eq!(graph.most_entangled_edge(&component), best_edge(&edges, &component));
        }
    }

    #[test]
    fn shortest_chains_are_all_of_them_in_order(
        edges in edges(), from in some_nodes(), to in some_nodes(), limit in 0_usize..6
    ) {
        let graph = graph(&edges);
        let all = (0..NODES as usize)
            .map(|length| ways(&edges, &from, &to, length))
            .find(|ways| !ways.is_empty())
            .unwrap_or_default();
        let total = all.len() as u64;
        let first: Vec<_> = all.iter().take(limit).cloned().collect();
        prop_assert_eq!(
            graph.all_shortest_chains(from.clone(), to.clone(), limit),
            Chains { chains: first, total }
        );
        prop_assert_eq!(graph.shortest_chain(from, to), all.into_iter().next());
    }

    #[test]
    fn an_induced_graph_has_the_edges_among_its_nodes(edges in edges(), wanted in some_nodes()) {
        let (inside, names) = graph(&edges).induced(wanted.iter().copied().chain(wanted.iter().rev().copied()));
        prop_assert!(names.iter().eq(&wanted));
        prop_assert_eq!(inside.len(), wanted.len());
        let found: Edges =
            inside.edges().map(|(from, to)| (names[from as usize], names[to as usize])).collect();
        let expected: Edges =
            edges.into_iter().filter(|(from, to)| wanted.contains(from) && wanted.contains(to)).collect();
        prop_assert_eq!(found, expected);
    }

    #[test]
    fn a_collapsed_graph_counts_the_edges_between_labels(
        edges in edges(), labels in prop::collection::vec("[a-d]", NODES as usize)
    ) {
        let collapsed = graph(&edges).collapse(&labels);
        let groups: Vec<&String> = labels.iter().collect::<BTreeSet<_>>().into_iter().collect();
        for (node, label) in labels.iter().enumerate() {
            prop_assert_eq!(groups[collapsed.group_of[node] as usize], label);
        }
        prop_assert_eq!(collapsed.graph.len(), groups.len());
        let mut counted = 0;
        for ((from, to), weight) in collapsed.graph.edges().zip(&collapsed.weights) {
            let group_of = |node: Node| collapsed.group_of[node as usize];
            let between = edges.iter().filter(|(a, b)| group_of(*a) == from && group_of(*b) == to).count();
            prop_assert!(from != to && between > 0);
            prop_assert_eq!(*weight, between);
            counted += between;
        }
        prop_assert_eq!(collapsed.graph.edge_count(), collapsed.weights.len());
        let across = edges.iter().filter(|(a, b)| labels[*a as usize] != labels[*b as usize]).count();
        prop_assert_eq!(counted, across);
    }
}

/// A ladder of `rungs` diamonds: as many chains as there are subsets of rungs.
#[test]
fn chains_that_nobody_could_list_are_counted() {
    let diamond = |rung: Node| {
        let at = rung * 3;
        [(at, at + 1), (at, at + 2), (at + 1, at + 3), (at + 2, at + 3)]
    };
    let ladder = |rungs: Node| Digraph::new(rungs as usize * 3 + 1, (0..rungs).flat_map(diamond));
    let chains = ladder(3).all_shortest_chains([0], [9], 2);
    expect!["8 of them, first [[0, 1, 3, 4, 6, 7, 9], [0, 1, 3, 4, 6, 8, 9]]"]
        .assert_eq(&format!("{} of them, first {:?}", chains.total, chains.chains));
    assert_eq!(ladder(40).all_shortest_chains([0], [120], 1).total, 1 << 40);
    assert_eq!(ladder(100).all_shortest_chains([0], [300], 1).total, u64::MAX);
}

/// Two rings that touch in one node: cutting a ring's edge frees the others of that ring.
#[test]
fn the_larger_ring_is_cut_first() {
    let rings = [(0, 1), (1, 2), (2, 3), (3, 0), (3, 4), (4, 5), (5, 3)];
    let edge = Digraph::new(6, rings).most_entangled_edge(&[0, 1, 2, 3, 4, 5]);
    expect!["Some(EntangledEdge { from: 0, to: 1, freed: 3, largest: 3, exact: true })"]
        .assert_eq(&format!("{edge:?}"));
}

#[test]
fn where_all_need_all_no_single_edge_helps() {
    let pairs = (0..4).flat_map(|from| (0..4).map(move |to| (from, to)));
    assert_eq!(Digraph::new(4, pairs).most_entangled_edge(&[0, 1, 2, 3]), None);
}

/// Depth must not cost stack, nor a ring as long as a project quadratic time.
#[test]
fn a_ring_as_long_as_a_project() {
    let nodes: Node = 200_000;
    let ring = Digraph::new(nodes as usize, (0..nodes).map(|node| (node, (node + 1) % nodes)));
    let cycles = ring.cycles();
    assert_eq!(cycles.len(), 1);
    assert_eq!(ring.shortest_cycle(&cycles[0]).map(|cycle| cycle.len()), Some(nodes as usize));
    let edge = ring.most_entangled_edge(&cycles[0]).unwrap();
    assert_eq!((edge.freed, edge.largest, edge.exact), (nodes as usize, 0, false));
    assert_eq!(ring.reachable([0], None).len(), nodes as usize);
    assert_eq!(ring.shortest_chain([1], [0]).map(|chain| chain.len()), Some(nodes as usize));
}
