//! The order in which files come after what they lead to.

use rustc_hash::FxHashMap;
use staniel_facts::RelPath;

use crate::Graph;
use crate::graph::Id;
use crate::tarjan::strong_components;

impl Graph {
    /// The place of each of `paths` in an order in which every file comes after what it leads to, as far as cycles
    /// let it. Cost: nodes and edges that `paths` reach, once, and sorting.
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

    pub(crate) fn ids(&self) -> impl Iterator<Item = Id> {
        (0..).zip(&self.nodes).filter(|(_, node)| node.path.is_some()).map(|(id, _)| id)
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
