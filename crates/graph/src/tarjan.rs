//! Strongly connected components, the one implementation for all graphs of this crate.

/// Tarjan's algorithm (SIAM J. Comput. 1 (1972), 146–160) with a stack of its own, over what `roots` reach of
/// the nodes `0..nodes`. Gives each component to `found`, dependencies first; the order of its members is that
/// of the walk, and `found` may change it. Cost: nodes and edges, once.
pub(crate) fn strong_components<S: IntoIterator<Item = u32>>(
    nodes: usize,
    roots: impl IntoIterator<Item = u32>,
    successors: impl Fn(u32) -> S,
    mut found: impl FnMut(&mut [u32]),
) {
    const NEW: u32 = u32::MAX;
    /// Of a node whose component is complete: no index is less than its own because of it.
    const DONE: u32 = u32::MAX - 1;
    let mut index = vec![NEW; nodes];
    let mut low = vec![0; nodes];
    let mut count = 0;
    let mut stack: Vec<u32> = Vec::new();
    let mut calls: Vec<(u32, S::IntoIter)> = Vec::new();
    for root in roots {
        if index[root as usize] != NEW {
            continue;
        }
        calls.push((root, successors(root).into_iter()));
        while let Some((node, next)) = calls.last_mut() {
            let (node, at) = (*node, *node as usize);
            if index[at] == NEW {
                index[at] = count;
                low[at] = count;
                count += 1;
                stack.push(node);
            }
            if let Some(to) = next.next() {
                match index[to as usize] {
                    NEW => calls.push((to, successors(to).into_iter())),
                    seen => low[at] = low[at].min(seen),
                }
                continue;
            }
            calls.pop();
            if let Some(&(caller, _)) = calls.last() {
                low[caller as usize] = low[caller as usize].min(low[at]);
            }
            if low[at] == index[at] {
                let start = stack
                    .iter()
                    .rposition(|other| *other == node)
                    .expect("a node stays on the stack until its component is complete");
                let members = &mut stack[start..];
                for member in &*members {
                    index[*member as usize] = DONE;
                }
                found(members);
                stack.truncate(start);
            }
        }
    }
}
