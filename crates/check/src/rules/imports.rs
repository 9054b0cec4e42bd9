//! `unresolved-import`: imports that lead nowhere.

use std::collections::BTreeSet;

use staniel_facts::{
    Contexts, Edge, EdgeContent, FileRecord, Import, ImportKind, ModuleName, RelPath, Span, TargetClass,
};

use crate::{Code, Finding, KnownModules, Severity, Subject, escape_line, rules::place};

pub(super) fn check(subject: Subject<'_>, findings: &mut Vec<Finding>) {
    let mut known = None;
    for (path, record) in subject.snapshot.records() {
        // `from nowhere import a, b` is two imports and one mistake.
        let mut seen = BTreeSet::new();
        let mut text = None;
        for edge in record.edges().iter().filter(|edge| counts(edge)) {
            let Some(import) = record.facts().imports.imports.get(edge.import as usize) else { continue };
            let known = known.get_or_insert_with(|| KnownModules::new(subject.snapshot, subject.environment));
            let missing = missing(edge, known);
            if !seen.insert((import.statement, missing.clone())) {
                continue;
            }
            let text = text.get_or_insert_with(|| (subject.texts)(path));
            findings.push(finding(subject, known, path, record, edge, import, &missing, text.as_deref()));
        }
    }
}

/// Whether an edge that leads nowhere is a mistake: not when its statement expects that.
fn counts(edge: &Edge) -> bool {
    let content = &edge.content;
    content.class == TargetClass::Unresolved
        && !content.implicit
        && !content.contexts.contains(Contexts::OPTIONAL)
}

/// What is missing: the module, or in `from p import m` the submodule of a namespace package that is there.
fn missing(edge: &Edge, known: &KnownModules) -> ModuleName {
    let EdgeContent { module, symbol, .. } = &*edge.content;
    match symbol.as_deref().filter(|symbol| *symbol != "*" && known.contains(module)) {
        Some(symbol) => module.child(symbol),
        None => module.clone(),
    }
}

#[expect(clippy::too_many_arguments, reason = "one call; each is a different thing")]
fn finding(
    subject: Subject<'_>,
    known: &KnownModules,
    path: &RelPath,
    record: &FileRecord,
    edge: &Edge,
    import: &Import,
    module: &ModuleName,
    text: Option<&str>,
) -> Finding {
    let written = text.filter(|_| *module == edge.content.module);
    let span = written.and_then(|text| module_span(import, text)).unwrap_or(import.name);
    let beyond = module.as_str().starts_with('.');
    let (message, label) = if beyond {
        let dots = import.level;
        (
            format!("`{}` leads out of the project", escape_line(module.as_str())),
            Some(format!("{dots} dots are more than this file has packages")),
        )
    } else {
        (format!("cannot find `{}`", escape_line(module.as_str())), searched(subject, known, import, module))
    };
    let severity = match edge.content.contexts.kind() {
        ImportKind::Typing | ImportKind::Dynamic => Severity::Warning,
        _ => Severity::Error,
    };
    Finding {
        path: path.clone(),
        place: Some(place(record.facts(), span)),
        code: Code::UnresolvedImport,
        severity,
        message,
        label,
        help: (!beyond).then(|| help(subject, known, import, module)).flatten(),
    }
}

/// Where was looked, for names that were looked for on the search path.
fn searched(
    subject: Subject<'_>,
    known: &KnownModules,
    import: &Import,
    module: &ModuleName,
) -> Option<String> {
    if import.level > 0 || known.contains(&ModuleName::new(module.top())) {
        return None;
    }
    const SHOWN: usize = 4;
    let roots = &subject.environment.roots;
    let mut names: Vec<_> =
        roots.iter().take(SHOWN).map(|root| if root.is_root() { "." } else { root.as_str() }).collect();
    if roots.len() > SHOWN {
        names.push("…");
    }
    if !subject.environment.site_packages.is_empty() {
        names.push("site-packages");
    }
    (!names.is_empty()).then(|| format!("searched: {}", escape_line(&names.join(", "))))
}

fn help(subject: Subject<'_>, known: &KnownModules, import: &Import, module: &ModuleName) -> Option<String> {
    if let Some(meant) = known.suggest(module) {
        return Some(format!("did you mean `{}`?", escape_line(&meant)));
    }
    let top_is_new = import.level == 0 && !known.contains(&ModuleName::new(module.top()));
    (top_is_new && subject.environment.site_packages.is_empty()).then(|| {
        "no Python environment was found: if this is installed, name its environment with `--python PATH`"
            .to_owned()
    })
}

/// The module's name in `from a.b import c`, where the import's own span covers `c` only.
fn module_span(import: &Import, text: &str) -> Option<Span> {
    import.symbol.as_ref()?;
    let start = import.statement.start as usize;
    let statement = text.get(start..import.name.start as usize)?;
    let after = statement.find("from")? + "from".len();
    let rest = &statement[after..];
    let begin = after + rest.find(|c: char| !c.is_whitespace() && c != '\\')?;
    let length =
        statement[begin..].find(|c: char| c.is_whitespace() || c == '\\').unwrap_or(statement.len() - begin);
    Some(Span::new(start + begin, start + begin + length))
}
