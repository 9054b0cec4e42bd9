//! `import-cycle`: modules that need each other to be loaded.

use rustc_hash::FxHashMap;
use staniel_facts::{FileRecord, ImportKind, RelPath};
use staniel_graph::{Digraph, Node};

use crate::{Code, Finding, Severity, Subject, escape_line, module_of, rules::place};

/// First-party imports that run when a module is loaded: for each file, numbered in the order of their paths, the
/// files it imports, with the import that does it.
struct Loads<'a> {
    files: Vec<(&'a RelPath, &'a FileRecord)>,
    targets: Vec<Vec<(Node, u32)>>,
}

impl<'a> Loads<'a> {
    fn new(subject: Subject<'a>) -> Self {
        let files: Vec<_> = subject.snapshot.records().map(|(path, record)| (path, &**record)).collect();
        let numbers: FxHashMap<&str, Node> =
            (0..).zip(&files).map(|(number, (path, _))| (path.as_str(), number)).collect();
        let targets = (0..)
            .zip(&files)
            .map(|(number, (path, record))| {
                // A package's `__init__` that names itself finds what it has bound so far: no loading.
                let is_package = path.file_name().starts_with("__init__.");
                let mut targets: Vec<(Node, u32)> = record
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

    fn graph(&self) -> Digraph {
        let edges = (0..)
            .zip(&self.targets)
            .flat_map(|(file, targets)| targets.iter().map(move |(target, _)| (file, *target)));
        Digraph::new(self.files.len(), edges)
    }
}

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let loads = Loads::new(subject);
    let graph = loads.graph();
    for component in graph.cycles() {
        if let Some(cycle) = graph.shortest_cycle(&component) {
            findings.push(finding(subject, &loads, component.len(), &cycle));
        }
    }
}

fn finding(subject: Subject<'_>, loads: &Loads<'_>, members: usize, cycle: &[Node]) -> Finding {
    let (path, record) = loads.files[cycle[0] as usize];
    let name = |file: Node| {
        let path = loads.files[file as usize].0;
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
    let import = loads.targets[cycle[0] as usize]
        .iter()
        .find(|(target, _)| *target == next)
        .map(|(_, import)| *import);
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
