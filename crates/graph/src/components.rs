//! Strongly connected components, and cycles.

use rustc_hash::FxHashMap;
use staniel_facts::RelPath;

use crate::Graph;
use crate::graph::Id;
use crate::tarjan::strong_components;

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

    /// The components of what `roots` reach, dependencies first. `order` arranges each node's successors before
    /// they are walked.
    pub(crate) fn strong_components(&self, roots: &[Id], order: impl Fn(&mut Vec<Id>)) -> Vec<Vec<Id>> {
        let successors = |id: Id| {
            let mut successors = self.nodes[id as usize].forward.to_vec();
            order(&mut successors);
            successors
        };
        let mut components = Vec::new();
        strong_components(self.nodes.len(), roots.iter().copied(), successors, |members| {
            components.push(members.to_vec());
        });
        components
    }
}
