//! `import-cycle`: modules that need each other to be loaded.

use std::collections::VecDeque;

use rustc_hash::FxHashMap;
use staniel_facts::{FileRecord, ImportKind, RelPath};

use crate::{Code, Finding, Severity, Subject, escape_line, module_of, rules::place};

/// How many edges may be looked at in search of the shortest cycle of one component. Searching from every
/// member is quadratic; a component so large that this runs out shows the shortest cycle found by then.
const SEARCH_BUDGET: usize = 5_000_000;

/// First-party imports that run when a module is loaded: for each file the files it imports, as numbers,
/// with the import that does it.
struct Loads<'a> {
    files: Vec<(&'a RelPath, &'a FileRecord)>,
    targets: Vec<Vec<(usize, u32)>>,
}

impl<'a> Loads<'a> {
    fn new(subject: Subject<'a>) -> Self {
        let files: Vec<_> = subject.snapshot.records().map(|(path, record)| (path, &**record)).collect();
        let numbers: FxHashMap<&str, usize> =
            files.iter().enumerate().map(|(number, (path, _))| (path.as_str(), number)).collect();
        let targets = files
            .iter()
            .enumerate()
            .map(|(number, (path, record))| {
                // A package's `__init__` that names itself finds what it has bound so far: no loading.
                let is_package = path.file_name().starts_with("__init__.");
                let mut targets: Vec<(usize, u32)> = record
                    .edges()
                    .iter()
                    .filter(|edge| {
                        !edge.content.implicit && edge.content.contexts.kind() == ImportKind::Runtime
                    })
                    .filter_map(|edge| {
                        Some((*numbers.get(edge.content.resolved.as_ref()?.as_str())?, edge.import))
                    })
                    .filter(|(target, _)| !(is_package && *target == number))
                    .collect();
                targets.sort_unstable();
                targets.dedup_by_key(|(target, _)| *target);
                targets
            })
            .collect();
        Self { files, targets }
    }
}

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let loads = Loads::new(subject);
    let components = strongly_connected(&loads.targets);
    let mut component_of = vec![usize::MAX; loads.files.len()];
    for (number, component) in components.iter().enumerate() {
        for &file in component {
            component_of[file] = number;
        }
    }
    for component in &components {
        if let Some(cycle) = shortest_cycle(component, &component_of, &loads.targets) {
            findings.push(finding(subject, &loads, component.len(), &cycle));
        }
    }
}

fn finding(subject: Subject<'_>, loads: &Loads<'_>, members: usize, cycle: &[usize]) -> Finding {
    let (path, record) = loads.files[cycle[0]];
    let name = |file: usize| {
        let path = loads.files[file].0;
        let name =
            module_of(path, &subject.environment.roots).map_or_else(|| path.to_string(), |m| m.to_string());
        escape_line(&name).into_owned()
    };
    let mut chain: Vec<_> = cycle.iter().map(|&file| name(file)).collect();
    chain.push(chain[0].clone());
    let message = if cycle.len() == 1 {
        format!("`{}` imports itself", chain[0])
    } else {
        format!("import cycle: {}", chain.join(" → "))
    };
    let next = cycle[1 % cycle.len()];
    let import =
        loads.targets[cycle[0]].iter().find(|(target, _)| *target == next).map(|(_, import)| *import);
    let span =
        import.and_then(|import| record.facts().imports.imports.get(import as usize)).map(|i| i.statement);
    let help = if cycle.len() == 1 {
        "remove the import: the names are there already".to_owned()
    } else {
        let advice =
            "move what both need into a module of its own, or import it inside the function that needs it";
        match members - cycle.len() {
            0 => advice.to_owned(),
            1 => format!("one more module is entangled; {advice}"),
            others => format!("{others} more modules are entangled; {advice}"),
        }
    };
    Finding {
        path: path.clone(),
        place: span.map(|span| place(record.facts(), span)),
        code: Code::ImportCycle,
        severity: Severity::Warning,
        message,
        label: None,
        help: Some(help),
    }
}

/// The strongly connected components, members sorted, components by their first member. Tarjan's algorithm
/// (1972), with a stack of its own: chains of imports can be as long as a project is large.
fn strongly_connected(targets: &[Vec<(usize, u32)>]) -> Vec<Vec<usize>> {
    const UNSEEN: usize = usize::MAX;
    let mut index = vec![UNSEEN; targets.len()];
    let mut low = vec![0; targets.len()];
    let mut on_stack = vec![false; targets.len()];
    let (mut stack, mut components, mut next) = (Vec::new(), Vec::new(), 0);
    for start in 0..targets.len() {
        if index[start] != UNSEEN {
            continue;
        }
        let mut calls = vec![(start, 0)];
        while let Some(&mut (file, ref mut edge)) = calls.last_mut() {
            if *edge == 0 {
                index[file] = next;
                low[file] = next;
                next += 1;
                stack.push(file);
                on_stack[file] = true;
            }
            if let Some(&(target, _)) = targets[file].get(*edge) {
                *edge += 1;
                if index[target] == UNSEEN {
                    calls.push((target, 0));
                } else if on_stack[target] {
                    low[file] = low[file].min(index[target]);
                }
                continue;
            }
            calls.pop();
            if let Some(&(caller, _)) = calls.last() {
                low[caller] = low[caller].min(low[file]);
            }
            if low[file] == index[file] {
                let at = stack
                    .iter()
                    .rposition(|&member| member == file)
                    .expect("a file is on the stack until its component is complete");
                let mut component = stack.split_off(at);
                component.iter().for_each(|&member| on_stack[member] = false);
                component.sort_unstable();
                components.push(component);
            }
        }
    }
    components.sort_unstable_by_key(|component| component[0]);
    components
}

/// A shortest cycle inside a component, beginning with its first file; `None` where there is none (a single
/// file that does not import itself). Of equally short ones the one that begins first.
fn shortest_cycle(
    component: &[usize],
    component_of: &[usize],
    targets: &[Vec<(usize, u32)>],
) -> Option<Vec<usize>> {
    let mut best: Option<Vec<usize>> = None;
    let mut budget = SEARCH_BUDGET;
    for &start in component {
        let limit = best.as_ref().map_or(usize::MAX, Vec::len);
        // Nothing is shorter than two files, except a file that imports itself.
        if limit <= 2 || budget == 0 {
            break;
        }
        if let Some(cycle) = cycle_through(start, limit, component_of, targets, &mut budget) {
            best = Some(cycle);
        }
    }
    best
}

/// The shortest cycle through `start` that has fewer than `limit` files, by breadth-first search.
fn cycle_through(
    start: usize,
    limit: usize,
    component_of: &[usize],
    targets: &[Vec<(usize, u32)>],
    budget: &mut usize,
) -> Option<Vec<usize>> {
    let mut came_from: FxHashMap<usize, usize> = FxHashMap::default();
    let mut queue = VecDeque::from([(start, 1)]);
    while let Some((file, length)) = queue.pop_front() {
        if length >= limit {
            return None;
        }
        for &(target, _) in &targets[file] {
            *budget = budget.saturating_sub(1);
            if target == start {
                let mut cycle = vec![file];
                while let Some(&previous) = cycle.last().and_then(|last| came_from.get(last)) {
                    cycle.push(previous);
                }
                cycle.reverse();
                return Some(cycle);
            }
            if component_of[target] == component_of[start] && !came_from.contains_key(&target) {
                came_from.insert(target, file);
                queue.push_back((target, length + 1));
            }
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    fn graph(edges: &[(usize, usize)], files: usize) -> Vec<Vec<(usize, u32)>> {
        let mut targets = vec![Vec::new(); files];
        for &(from, to) in edges {
            targets[from].push((to, 0));
        }
        targets
    }

    fn cycles(edges: &[(usize, usize)], files: usize) -> Vec<Vec<usize>> {
        let targets = graph(edges, files);
        let components = strongly_connected(&targets);
        let mut component_of = vec![0; files];
        for (number, component) in components.iter().enumerate() {
            component.iter().for_each(|&file| component_of[file] = number);
        }
        components.iter().filter_map(|component| shortest_cycle(component, &component_of, &targets)).collect()
    }

    #[test]
    fn a_shortest_cycle_for_each_component() {
        assert_eq!(cycles(&[(0, 1), (1, 2)], 3), Vec::<Vec<usize>>::new());
        assert_eq!(cycles(&[(0, 0)], 1), [[0]]);
        assert_eq!(cycles(&[(0, 1), (1, 2), (2, 0), (2, 1), (3, 3)], 4), [vec![1, 2], vec![3]]);
        assert_eq!(cycles(&[(2, 0), (0, 1), (1, 2), (2, 3)], 4), [[0, 1, 2]]);
    }

    #[test]
    fn components_of_a_chain_as_long_as_a_project() {
        let files = 200_000;
        let edges: Vec<_> = (0..files).map(|file| (file, (file + 1) % files)).collect();
        assert_eq!(cycles(&edges, files).len(), 1);
    }
}
