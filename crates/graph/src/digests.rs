//! Closure digests: one digest per file that names everything reachable from it.
//!
//! A Merkle digest over strongly connected components. That of a component covers its members in the order
//! of their paths (path, local digest, edges), an edge being the digest of the component it leads to and the
//! place of its end in there. So digests are equal if and only if the closures are: the same files with the
//! same local digests and the same edges among them. Members of one component share a digest, since they
//! reach the same files.

use std::cmp::Reverse;
use std::collections::{BTreeSet, BinaryHeap};

use rustc_hash::FxHashMap;
use staniel_facts::{Digest, RelPath};

use crate::Graph;
use crate::graph::Id;

const CONTEXT: &str = "staniel 2026 closure of a strongly connected component";

/// The closure digests of one graph, with what is needed to bring them up to date.
///
/// They belong to the graph that made them, in this and its later states.
#[derive(Clone, Debug, Default)]
pub struct ClosureDigests {
    /// Of the graph when they were made.
    edition: u64,
    places: FxHashMap<RelPath, Place>,
    /// Dependencies first.
    components: Vec<Component>,
}

/// Where a file's component is, and where in it the file.
#[derive(Clone, Copy, Debug)]
struct Place {
    component: u32,
    member: u32,
}

#[derive(Clone, Debug, Default)]
struct Component {
    /// Sorted by path.
    members: Vec<Member>,
    digest: Digest,
    /// The components that lead to this one, without repetitions.
    dependents: Vec<u32>,
}

#[derive(Clone, Debug)]
struct Member {
    path: RelPath,
    local: Digest,
    edges: Vec<Place>,
}

impl ClosureDigests {
    /// The digest of everything reachable from `path`; `None` if it was no node.
    pub fn get(&self, path: &RelPath) -> Option<Digest> {
        self.places.get(path).map(|place| self.components[place.component as usize].digest)
    }

    /// All files with their digests, in no particular order.
    pub fn iter(&self) -> impl Iterator<Item = (&RelPath, Digest)> {
        self.components
            .iter()
            .flat_map(|component| component.members.iter().map(|member| (&member.path, component.digest)))
    }

    fn digest_of(&self, index: u32) -> Digest {
        let component = &self.components[index as usize];
        let mut hasher = blake3::Hasher::new_derive_key(CONTEXT);
        let mut edges: Vec<([u8; 32], u32)> = Vec::new();
        for member in &component.members {
            edges.clear();
            edges.extend(member.edges.iter().map(|to| {
                // A component cannot contain its own digest: zeros stand for "in here".
                let inside = to.component == index;
                let digest = if inside { [0; 32] } else { self.components[to.component as usize].digest.0 };
                (digest, to.member)
            }));
            edges.sort_unstable();
            let path = member.path.as_str().as_bytes();
            hasher.update(&(path.len() as u64).to_le_bytes());
            hasher.update(path);
            hasher.update(&member.local.0);
            hasher.update(&(edges.len() as u64).to_le_bytes());
            for (digest, place) in &edges {
                hasher.update(digest);
                hasher.update(&place.to_le_bytes());
            }
        }
        Digest(*hasher.finalize().as_bytes())
    }
}

impl Graph {
    /// The closure digest of every node, from the nodes' own digests. Cost: nodes and edges, once, plus
    /// hashing a path per node and 36 bytes per edge.
    pub fn closure_digests(&self, local: impl Fn(&RelPath) -> Digest) -> FxHashMap<RelPath, Digest> {
        self.digests(local).iter().map(|(path, digest)| (path.clone(), digest)).collect()
    }

    /// Like [`Graph::closure_digests`], in a form that [`Graph::update_digests`] can bring up to date.
    pub fn digests(&self, local: impl Fn(&RelPath) -> Digest) -> ClosureDigests {
        let roots: Vec<Id> = self.ids().collect();
        let components = self.strong_components(&roots, |_| {});
        let mut places: Vec<Place> = vec![Place { component: 0, member: 0 }; self.nodes.len()];
        let mut digests = ClosureDigests { edition: self.edition(), ..ClosureDigests::default() };
        digests.places.reserve(roots.len());
        for (index, mut ids) in (0..).zip(components) {
            ids.sort_unstable_by_key(|id| self.path(*id));
            for (member, id) in (0..).zip(&ids) {
                let place = Place { component: index, member };
                places[*id as usize] = place;
                digests.places.insert(self.path(*id).clone(), place);
            }
            let members: Vec<Member> = ids
                .iter()
                .map(|id| Member {
                    path: self.path(*id).clone(),
                    local: local(self.path(*id)),
                    // Dependencies come first, so the places of all ends are known.
                    edges: self.nodes[*id as usize].forward.iter().map(|to| places[*to as usize]).collect(),
                })
                .collect();
            for to in members.iter().flat_map(|member| &member.edges).filter(|to| to.component != index) {
                let dependents = &mut digests.components[to.component as usize].dependents;
                // All edges from this component are added in a row.
                if dependents.last() != Some(&index) {
                    dependents.push(index);
                }
            }
            digests.components.push(Component { members, ..Component::default() });
            digests.components[index as usize].digest = digests.digest_of(index);
        }
        digests
    }

    /// Brings `previous` up to date after the local digests of `changed` changed, and returns the files
    /// whose closure digest is not what it was (new files included, vanished ones not), sorted.
    ///
    /// While the edges are what they were, only components from which a changed file can be reached are
    /// looked at, and only as far as digests really change: a file with an unchanged local digest costs one
    /// comparison. If edges did change, all is computed again.
    pub fn update_digests(
        &self,
        previous: &mut ClosureDigests,
        changed: &[RelPath],
        local: impl Fn(&RelPath) -> Digest,
    ) -> Vec<RelPath> {
        if previous.edition != self.edition() {
            let next = self.digests(local);
            let mut differing: Vec<RelPath> = next
                .iter()
                .filter(|(path, digest)| previous.get(path) != Some(*digest))
                .map(|(path, _)| path.clone())
                .collect();
            differing.sort_unstable();
            *previous = next;
            return differing;
        }
        // Dependencies have lower numbers, so the lowest first means each component once.
        let mut open: BinaryHeap<Reverse<u32>> = BinaryHeap::new();
        for path in changed {
            if let Some(place) = previous.places.get(path) {
                let member =
                    &mut previous.components[place.component as usize].members[place.member as usize];
                let next = local(path);
                if std::mem::replace(&mut member.local, next) != next {
                    open.push(Reverse(place.component));
                }
            }
        }
        let mut differing = BTreeSet::new();
        let mut last = None;
        while let Some(Reverse(index)) = open.pop() {
            if last.replace(index) == Some(index) {
                continue;
            }
            let next = previous.digest_of(index);
            let component = &mut previous.components[index as usize];
            if std::mem::replace(&mut component.digest, next) != next {
                differing.extend(component.members.iter().map(|member| member.path.clone()));
                open.extend(component.dependents.iter().copied().map(Reverse));
            }
        }
        differing.into_iter().collect()
    }
}
