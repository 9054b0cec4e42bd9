//! What a name on the command line stands for, and which imports mean it.

use std::collections::BTreeSet;

use staniel_check::{KnownModules, nearest as nearest_name};
use staniel_facts::{Contexts, Edge, Environment, FileRecord, ModuleName, Namespace, RelPath, Snapshot};

use crate::render::names::Names;

/// What is looked for. A dotted name may be a module and a symbol at once (`pkg.conf`, where `conf.py`
/// exists and `__init__` binds the name too): then both are meant.
#[derive(Debug)]
pub(super) struct Target {
    /// The dotted name.
    name: ModuleName,
    /// The files that it is, if it is a module.
    files: BTreeSet<RelPath>,
    /// The files that bring it to whoever star-imports them, if it is a symbol.
    stars: BTreeSet<RelPath>,
}

impl Target {
    /// What `text` stands for: a path (also as seen from the present directory) or a dotted name. `None` if the
    /// project has nothing of that name and imports nothing of it either.
    pub(super) fn find(
        text: &str,
        from_here: Option<&RelPath>,
        snapshot: &Snapshot,
        names: &Names,
    ) -> Option<Self> {
        let from_root = RelPath::new(text).ok();
        let is_file = |path: &&RelPath| !path.is_root() && snapshot.files().any(|(file, _)| file == *path);
        if let Some(path) = from_root.as_ref().filter(is_file).or(from_here.filter(is_file)) {
            let files = BTreeSet::from([path.clone()]);
            return Some(Self { name: names.module(path), files, stars: BTreeSet::new() });
        }
        let name = ModuleName::new(text);
        let files: BTreeSet<_> = snapshot
            .files()
            .filter(|(path, _)| names.module(path) == name)
            .map(|(path, _)| path.clone())
            .collect();
        let mut target = Self { name: name.clone(), files, stars: BTreeSet::new() };
        target.follow_stars(&name, snapshot, names);
        let known = !target.files.is_empty()
            || is_namespace_package(&name, snapshot, names)
            || is_symbol(&name, snapshot, names)
            || snapshot
                .records()
                .any(|(_, record)| record.edges().iter().any(|edge| target.is_imported_by(edge, true)));
        known.then_some(target)
    }

    /// Whether an edge imports this. `implicit`: also edges to parent packages that nobody wrote.
    pub(super) fn is_imported_by(&self, edge: &Edge, implicit: bool) -> bool {
        let content = &*edge.content;
        // What a star import brings is implicit, and has a symbol: it was asked for with the star.
        if content.implicit && content.symbol.is_none() && !implicit {
            return false;
        }
        let is_star = content.symbol.as_deref() == Some("*");
        let leads_to =
            |files: &BTreeSet<RelPath>| content.resolved.as_ref().is_some_and(|path| files.contains(path));
        if leads_to(&self.files) || is_star && leads_to(&self.stars) {
            return true;
        }
        let name = &self.name;
        let written = match &content.symbol {
            Some(symbol) => content.module == *name || names_child(name, &content.module, symbol),
            None => content.module == *name,
        };
        written
            || content.origin.as_ref().is_some_and(|origin| match &origin.symbol {
                Some(symbol) => names_child(name, &origin.module, symbol),
                None => origin.module == *name,
            })
    }
}

/// A file and a name that it exports.
type Export<'a> = (&'a RelPath, &'a str);

impl Target {
    /// Finds out which files bring the symbol `name` to those who star-import them: the one that defines it,
    /// those that import it by name (perhaps under another), and those that star-import one of these.
    fn follow_stars(&mut self, name: &ModuleName, snapshot: &Snapshot, names: &Names) {
        let (Some(module), Some(symbol)) = (name.parent(), name.parts().next_back()) else { return };
        let mut exports: BTreeSet<Export<'_>> = snapshot
            .records()
            .filter(|(path, record)| names.module(path) == module && exported(record, symbol))
            .map(|(path, _)| (path, symbol))
            .collect();
        if exports.is_empty() {
            return;
        }
        let mut stars = Vec::new();
        for (path, record) in snapshot.records() {
            for edge in
                record.edges().iter().filter(|edge| !edge.content.contexts.contains(Contexts::DEFERRED))
            {
                let Some(import) = record.facts().imports.imports.get(edge.import as usize) else { continue };
                if import.is_star() {
                    stars.extend(edge.content.resolved.as_ref().map(|target| (path, record, target)));
                } else if import.symbol.is_some() && self.is_imported_by(edge, false) {
                    let bound = import.alias.as_deref().or(import.symbol.as_deref()).unwrap_or(symbol);
                    exports.extend(exported(record, bound).then_some((path, bound)));
                }
            }
        }
        // Chains of star imports are short; each round follows all of them by one link.
        loop {
            let before = exports.len();
            for (path, record, target) in &stars {
                let passed: Vec<Export<'_>> = exports
                    .range((*target, "")..)
                    .take_while(|(file, _)| file == target)
                    .filter(|(_, bound)| is_public(record, bound))
                    .map(|(_, bound)| (*path, *bound))
                    .collect();
                exports.extend(passed);
            }
            if exports.len() == before {
                break;
            }
        }
        self.stars = exports.into_iter().map(|(path, _)| path.clone()).collect();
    }
}

/// Whether a module binds `name` and a star import takes it.
fn exported(record: &FileRecord, name: &str) -> bool {
    symbols(record).contains(name) && is_public(record, name)
}

/// Whether a star import takes `name`, if the module has it.
fn is_public(record: &FileRecord, name: &str) -> bool {
    match &record.facts().imports.bindings.all {
        // A list that is not understood to its end may name it.
        Some(all) => all.partial || !all.from.is_empty() || all.names.iter().any(|listed| listed == name),
        None => !name.starts_with('_'),
    }
}

/// Whether `name` is `module.symbol`, without making a string for each edge.
fn names_child(name: &ModuleName, module: &ModuleName, symbol: &str) -> bool {
    if module.as_str().is_empty() {
        return name.as_str() == symbol;
    }
    let rest = name.as_str().strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.'));
    rest == Some(symbol)
}

/// A directory without `__init__` that modules lie in.
fn is_namespace_package(name: &ModuleName, snapshot: &Snapshot, names: &Names) -> bool {
    let prefix = format!("{name}.");
    snapshot.files().any(|(path, _)| names.module(path).as_str().starts_with(&prefix))
}

/// Something that a module of the project binds.
fn is_symbol(name: &ModuleName, snapshot: &Snapshot, names: &Names) -> bool {
    let Some(module) = name.parent() else { return false };
    let symbol = name.as_str().rsplit('.').next().unwrap_or("");
    modules(&module, snapshot, names).any(|record| symbols(record).contains(symbol))
}

fn modules<'a>(
    module: &ModuleName,
    snapshot: &'a Snapshot,
    names: &Names,
) -> impl Iterator<Item = &'a FileRecord> {
    snapshot.records().filter(move |(path, _)| names.module(path) == *module).map(|(_, record)| &**record)
}

/// The names at a module's top level.
fn symbols(record: &FileRecord) -> BTreeSet<&str> {
    let bound = record.facts().imports.bindings.names.iter().map(|(name, _)| name.as_str());
    let defined = record
        .facts()
        .outline
        .definitions
        .iter()
        .filter(|definition| definition.id.namespace == Namespace::Binding)
        .map(|definition| definition.id.qualified_name.as_str())
        .filter(|name| !name.contains('.'));
    bound.chain(defined).collect()
}

/// What may have been meant by a name that stands for nothing: a module, a symbol of a module, or a path.
pub(super) fn nearest(
    text: &str,
    snapshot: &Snapshot,
    names: &Names,
    environment: &Environment,
) -> Vec<String> {
    let mut found = BTreeSet::new();
    if text.contains('/') || text.ends_with(".py") {
        found.extend(nearest_name(text, snapshot.files().map(|(path, _)| path.as_str())).map(str::to_owned));
    }
    let name = ModuleName::new(text);
    if let Some(module) = name.parent() {
        let symbol = text.rsplit('.').next().unwrap_or("");
        let records = modules(&module, snapshot, names);
        found.extend(
            records
                .filter_map(|record| Some(module.child(nearest_name(symbol, symbols(record))?).to_string())),
        );
    }
    found.extend(KnownModules::new(snapshot, environment).suggest(&name));
    found.into_iter().take(3).collect()
}
