//! Strongly connected components, and cycles.

use rustc_hash::FxHashMap;
use staniel_facts::RelPath;

use crate::Graph;
use crate::graph::Id;

impl Graph {
    /// The strongly connected components, dependencies first: a component comes after all those that it
    /// leads to. Each is sorted. The order of components that do not depend on each other is that of a walk
    /// over the sorted nodes, so equal graphs give equal answers. Cost: nodes and edges, once, and sorting.
    pub fn components(&self) -> Vec<Vec<RelPath>> {
        let mut roots: Vec<Id> = self.ids().collect();
        roots.sort_unstable_by_key(|id| self.path(*id));
        let order = |ids: &mut Vec<Id>| ids.sort_unstable_by_key(|id| self.path(*id));
        let components = self.strong_components(&roots, order);
        components.iter().map(|ids| self.paths(ids)).collect()
    }

    /// The place of each of `paths` in an order in which every file comes after what it leads to, as far as cycles
    /// let it. Cost: as for [`Graph::components`], of what `paths` reach.
    pub fn dependencies_first<'a>(
        &self,
        paths: impl IntoIterator<Item = &'a RelPath>,
    ) -> FxHashMap<&'a RelPath, usize> {
        let mut paths: Vec<&RelPath> = paths.into_iter().collect();
        paths.sort_unstable();
        let roots: Vec<Id> = paths.iter().filter_map(|path| self.id(path)).collect();
        let order = |ids: &mut Vec<Id>| ids.sort_unstable_by_key(|id| self.path(*id));
        let components = self.strong_components(&roots, order);
        let places: FxHashMap<Id, usize> =
            (0..).zip(&components).flat_map(|(place, ids)| ids.iter().map(move |id| (*id, place))).collect();
        let last = components.len();
        let place = |path: &RelPath| self.id(path).and_then(|id| places.get(&id).copied()).unwrap_or(last);
        paths.into_iter().map(|path| (path, place(path))).collect()
    }

    /// The components that are cycles: more than one file, or one that leads to itself. Each sorted, all
    /// sorted.
    pub fn cycles(&self) -> Vec<Vec<RelPath>> {
        let roots: Vec<Id> = self.ids().collect();
        let mut cycles: Vec<Vec<RelPath>> = self
            .strong_components(&roots, |_| {})
            .into_iter()
            .filter(|ids| ids.len() > 1 || self.nodes[ids[0] as usize].forward.contains(&ids[0]))
            .map(|ids| self.paths(&ids))
            .collect();
        cycles.sort_unstable();
        cycles
    }

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> {
        (0..).zip(&self.nodes).filter(|(_, node)| node.path.is_some()).map(|(id, _)| id)
    }

    fn paths(&self, ids: &[Id]) -> Vec<RelPath> {
        let mut paths: Vec<RelPath> = ids.iter().map(|id| self.path(*id).clone()).collect();
        paths.sort_unstable();
        paths
    }

    /// Tarjan's algorithm (SIAM J. Comput. 1 (1972), 146–160) with a stack of its own, over the part of the
    /// graph that `roots` reach. Dependencies first. `order` arranges each node's successors before they are
    /// walked.
    pub(crate) fn strong_components(&self, roots: &[Id], order: impl Fn(&mut Vec<Id>)) -> Vec<Vec<Id>> {
        const NEW: u32 = u32::MAX;
        struct Frame {
            id: Id,
            successors: Vec<Id>,
            next: usize,
        }
        let mut index = vec![NEW; self.nodes.len()];
        let mut low = vec![0u32; self.nodes.len()];
        let mut on_stack = vec![false; self.nodes.len()];
        let mut count = 0;
        let mut stack: Vec<Id> = Vec::new();
        let mut frames: Vec<Frame> = Vec::new();
        let mut components = Vec::new();
        let enter = |id: Id| {
            let mut successors = self.nodes[id as usize].forward.to_vec();
            order(&mut successors);
            Frame { id, successors, next: 0 }
        };
        for &root in roots {
            if index[root as usize] != NEW {
                continue;
            }
            frames.push(enter(root));
            while let Some(frame) = frames.last_mut() {
                let id = frame.id as usize;
                if index[id] == NEW {
                    index[id] = count;
                    low[id] = count;
                    count += 1;
                    stack.push(frame.id);
                    on_stack[id] = true;
                }
                if let Some(&to) = frame.successors.get(frame.next) {
                    frame.next += 1;
                    if index[to as usize] == NEW {
                        frames.push(enter(to));
                    } else if on_stack[to as usize] {
                        low[id] = low[id].min(index[to as usize]);
                    }
                    continue;
                }
                if low[id] == index[id] {
                    let start = stack.iter().rposition(|other| *other == frame.id);
                    let members =
                        stack.split_off(start.expect("a node stays on the stack until its component ends"));
                    for &member in &members {
                        on_stack[member as usize] = false;
                    }
                    components.push(members);
                }
                let finished = low[id];
                frames.pop();
                if let Some(parent) = frames.last() {
                    let parent = parent.id as usize;
                    low[parent] = low[parent].min(finished);
                }
            }
        }
        components
    }
}
