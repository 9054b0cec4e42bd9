//! The graph itself: interned nodes, edges in both directions, and questions of reachability.

use std::collections::BTreeSet;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use staniel_facts::RelPath;

/// A node's number. Numbers are reused after a node has lost its edges, so they never leave this crate.
pub(crate) type Id = u32;

/// A directed graph of files.
///
/// A path is a node while it has edges of its own ([`Graph::set`] was called for it, even with none) or
/// somebody leads to it. Memory: some 100 bytes per node and 8 per edge.
#[derive(Clone, Debug, Default)]
pub struct Graph {
    ids: FxHashMap<RelPath, Id>,
    pub(crate) nodes: Vec<Node>,
    free: Vec<Id>,
    /// Grows whenever nodes or edges change.
    edition: u64,
}

#[derive(Clone, Debug)]
pub(crate) struct Node {
    /// `None` for numbers that wait to be used again.
    pub(crate) path: Option<RelPath>,
    /// Whether `set` was called for it; else it is only led to.
    set: bool,
    /// Sorted by number.
    pub(crate) forward: SmallVec<[Id; 6]>,
    /// Sorted by number.
    pub(crate) backward: SmallVec<[Id; 6]>,
}

impl Graph {
    /// A graph without nodes.
    pub fn new() -> Self {
        Self::default()
    }

    /// Makes `to` the successors of `from`, whatever they were; whether that changed anything. Order and
    /// repetitions in `to` do not matter. Cost: what differs, each difference at the price of an insertion
    /// into the other end's sorted list.
    pub fn set(&mut self, from: &RelPath, to: &[RelPath]) -> bool {
        let id = self.intern(from);
        let was_set = std::mem::replace(&mut self.nodes[id as usize].set, true);
        let mut next: SmallVec<[Id; 6]> = to.iter().map(|path| self.intern(path)).collect();
        next.sort_unstable();
        next.dedup();
        let changed = self.replace(id, &next) || !was_set;
        self.edition += u64::from(changed);
        changed
    }

    /// Takes the edges of `path` away. It stays a node while others lead to it.
    pub fn remove(&mut self, path: &RelPath) {
        if let Some(id) = self.id(path) {
            self.edition += 1;
            self.nodes[id as usize].set = false;
            self.replace(id, &[]);
            self.release(id);
        }
    }

    /// Whether `path` is a node.
    pub fn contains(&self, path: &RelPath) -> bool {
        self.ids.contains_key(path)
    }

    /// All nodes, in no particular order.
    pub fn nodes(&self) -> impl Iterator<Item = &RelPath> {
        self.nodes.iter().filter_map(|node| node.path.as_ref())
    }

    /// How many nodes there are.
    pub fn len(&self) -> usize {
        self.ids.len()
    }

    /// Whether there are no nodes.
    pub fn is_empty(&self) -> bool {
        self.ids.is_empty()
    }

    /// Where `path` leads to, in no particular order.
    pub fn successors(&self, path: &RelPath) -> impl Iterator<Item = &RelPath> {
        self.neighbours(path, |node| &node.forward)
    }

    /// Who leads to `path`, in no particular order.
    pub fn predecessors(&self, path: &RelPath) -> impl Iterator<Item = &RelPath> {
        self.neighbours(path, |node| &node.backward)
    }

    /// Everything from which any of `from` is reachable, they themselves included (those that are no nodes
    /// too). Cost: the edges into the answer.
    pub fn reaching<'a>(&self, from: impl IntoIterator<Item = &'a RelPath>) -> BTreeSet<RelPath> {
        self.reach(from, |node| &node.backward)
    }

    /// Everything reachable from any of `from`, they themselves included (those that are no nodes too). Cost: the edges
    /// out of the answer.
    pub fn reachable<'a>(&self, from: impl IntoIterator<Item = &'a RelPath>) -> BTreeSet<RelPath> {
        self.reach(from, |node| &node.forward)
    }

    /// Everything reachable from `path`, itself included. Cost: the edges out of the answer.
    pub fn closure(&self, path: &RelPath) -> BTreeSet<RelPath> {
        self.reachable([path])
    }

    pub(crate) fn edition(&self) -> u64 {
        self.edition
    }

    pub(crate) fn id(&self, path: &RelPath) -> Option<Id> {
        self.ids.get(path).copied()
    }

    pub(crate) fn path(&self, id: Id) -> &RelPath {
        self.nodes[id as usize].path.as_ref().expect("numbers of edges and of the index are in use")
    }

    fn neighbours(
        &self,
        path: &RelPath,
        edges: impl Fn(&Node) -> &SmallVec<[Id; 6]>,
    ) -> impl Iterator<Item = &RelPath> {
        let ids = self.id(path).map(|id| edges(&self.nodes[id as usize]).as_slice());
        ids.unwrap_or_default().iter().map(|id| self.path(*id))
    }

    fn reach<'a>(
        &self,
        from: impl IntoIterator<Item = &'a RelPath>,
        edges: impl Fn(&Node) -> &SmallVec<[Id; 6]>,
    ) -> BTreeSet<RelPath> {
        let mut reached = BTreeSet::new();
        let mut seen = vec![false; self.nodes.len()];
        let mut open = Vec::new();
        for path in from {
            match self.id(path) {
                Some(id) if !std::mem::replace(&mut seen[id as usize], true) => open.push(id),
                Some(_) => {}
                None => {
                    reached.insert(path.clone());
                }
            }
        }
        while let Some(id) = open.pop() {
            reached.insert(self.path(id).clone());
            for &next in edges(&self.nodes[id as usize]) {
                if !std::mem::replace(&mut seen[next as usize], true) {
                    open.push(next);
                }
            }
        }
        reached
    }

    fn intern(&mut self, path: &RelPath) -> Id {
        if let Some(id) = self.id(path) {
            return id;
        }
        let node = Node {
            path: Some(path.clone()),
            set: false,
            forward: SmallVec::new(),
            backward: SmallVec::new(),
        };
        let id = match self.free.pop() {
            Some(id) => {
                self.nodes[id as usize] = node;
                id
            }
            None => {
                self.nodes.push(node);
                Id::try_from(self.nodes.len() - 1).expect("there are fewer than 2^32 files")
            }
        };
        self.ids.insert(path.clone(), id);
        id
    }

    /// Exchanges the successors of `id`; both lists are sorted. Whether they differ.
    fn replace(&mut self, id: Id, next: &[Id]) -> bool {
        let forward = &mut self.nodes[id as usize].forward;
        if forward.as_slice() == next {
            return false;
        }
        let before = std::mem::replace(forward, SmallVec::from_slice(next));
        for &added in next.iter().filter(|to| before.binary_search(to).is_err()) {
            let backward = &mut self.nodes[added as usize].backward;
            if let Err(place) = backward.binary_search(&id) {
                backward.insert(place, id);
            }
        }
        for &lost in before.iter().filter(|to| next.binary_search(to).is_err()) {
            let backward = &mut self.nodes[lost as usize].backward;
            if let Ok(place) = backward.binary_search(&id) {
                backward.remove(place);
            }
            self.release(lost);
        }
        true
    }

    /// Forgets a node that has no edges and was not set.
    fn release(&mut self, id: Id) {
        let node = &mut self.nodes[id as usize];
        if !node.set
            && node.forward.is_empty()
            && node.backward.is_empty()
            && let Some(path) = node.path.take()
        {
            self.ids.remove(&path);
            self.free.push(id);
        }
    }
}
