//! `shadowed-module`: files that are the same module as another one, which is found first.

use std::collections::BTreeMap;

use staniel_facts::{ModuleName, RelPath};

use crate::{Code, Finding, Severity, Subject, escape_line, module_of};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let roots = &subject.environment.roots;
    let mut files: BTreeMap<(ModuleName, bool), Vec<&RelPath>> = BTreeMap::new();
    for (path, _) in subject.snapshot.records() {
        // Those are found by their paths: by pytest, and by `python DIRECTORY`.
        if matches!(path.file_name(), "conftest.py" | "__main__.py") {
            continue;
        }
        if let Some(module) = module_of(path, roots) {
            files.entry((module, path.extension() == Some("pyi"))).or_default().push(path);
        }
    }
    for ((module, _), mut same) in files.into_iter().filter(|(_, same)| same.len() > 1) {
        same.sort_by_key(|path| (place(path, roots), !path.file_name().starts_with("__init__.")));
        let (winner, shadowed) = same.split_first().expect("there are two at least");
        let (module, winner) = (escape_line(module.as_str()), escape_line(winner.as_str()));
        findings.extend(shadowed.iter().map(|path| Finding {
            path: (*path).clone(),
            place: None,
            code: Code::ShadowedModule,
            severity: Severity::Warning,
            message: format!("`{module}` is found in `{winner}`, and never here"),
            label: None,
            help: Some("rename one of them, or set `roots` in `[tool.staniel]`".to_owned()),
        }));
    }
}

/// Which of the search paths names the module: the deepest that it lies below, as for [`module_of`].
fn place(path: &RelPath, roots: &[RelPath]) -> Option<usize> {
    let below = |(_, root): &(usize, &RelPath)| path.strip_prefix(root).is_some();
    let deepest = roots.iter().enumerate().filter(below).max_by_key(|(_, root)| root.as_str().len());
    deepest.map(|(place, _)| place)
}
