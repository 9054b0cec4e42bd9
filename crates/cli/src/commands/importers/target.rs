//! What a name on the command line stands for, and which imports mean it.

use std::collections::BTreeSet;

use rustc_hash::{FxHashMap, FxHashSet};
use staniel_engine::{Damaged, FileImports, FileNumber, Link};
use staniel_facts::{Contexts, Edge, ModuleName, Name, RelPath};

use crate::modules::{Modules, Typed};

/// What is looked for. A dotted name may be a module and a symbol at once (`pkg.conf`, where `conf.py`
/// exists and `__init__` binds the name too): then both are meant.
#[derive(Debug)]
pub(super) struct Target {
    /// The dotted name; `None` for a path, which means these files and not what else has their name.
    name: Option<ModuleName>,
    /// The files that it is, if it is a module.
    files: BTreeSet<RelPath>,
    /// The files that bring it to whoever star-imports them, if it is a symbol.
    stars: BTreeSet<RelPath>,
    /// The files one of which every import that means it stands in.
    candidates: BTreeSet<FileNumber>,
    how: How,
}

/// What counts as importing something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum How {
    /// Writing its name.
    Direct,
    /// Writing its name or another under which it can be had, or star-importing it.
    Explicit,
    /// Also importing something below it.
    Implicit,
}

impl Target {
    /// What was `typed`: a path (also as seen from the present directory) or a dotted name. `None` if the
    /// project has nothing of that name and imports nothing of it either.
    ///
    /// Reads the links, the names, and the files that may have to do with it.
    pub(super) fn find(modules: &Modules<'_>, typed: &Typed<'_>, how: How) -> Result<Option<Self>, Damaged> {
        let map = modules.map;
        let at_path = if typed.may_be_path() { modules.at_path(typed)? } else { Vec::new() };
        let name = at_path.is_empty().then(|| ModuleName::new(typed.text));
        let files: BTreeSet<FileNumber> = match &name {
            Some(name) => modules.module(name).into_iter().collect(),
            None => at_path.into_iter().collect(),
        };
        let mut target =
            Self { name, files: BTreeSet::new(), stars: BTreeSet::new(), candidates: BTreeSet::new(), how };
        // Who imports a module by its name may mean its stub.
        let names: BTreeSet<&ModuleName> =
            files.iter().map(|file| modules.name(*file)).chain(&target.name).collect();
        for name in names {
            target.candidates.extend(map.importing(name)?);
        }
        for file in &files {
            target.files.insert(map.path(*file)?.clone());
        }
        let mut stars = BTreeSet::new();
        if let Some(name) = target.name.clone() {
            let binding = modules.binding(&name)?;
            let known = !target.candidates.is_empty()
                || !files.is_empty()
                || !binding.is_empty()
                || !modules.package(&name).is_empty();
            if !known {
                return Ok(None);
            }
            if how != How::Direct
                && let Some(symbol) = name.parts().next_back()
            {
                stars = target.follow_stars(modules, binding, symbol)?;
            }
        }
        for file in 0..map.paths().len() as FileNumber {
            let means = |link: &Link| files.contains(&link.to) || link.star && stars.contains(&link.to);
            if map.links(file)?.iter().any(means) {
                target.candidates.insert(file);
            }
        }
        for file in stars {
            target.stars.insert(map.path(file)?.clone());
        }
        Ok(Some(target))
    }

    /// The files that may import this, sorted; [`Self::is_imported_by`] says which of their imports do.
    pub(super) fn candidates(&self) -> impl Iterator<Item = FileNumber> {
        self.candidates.iter().copied()
    }

    /// Whether an edge imports this.
    pub(super) fn is_imported_by(&self, edge: &Edge) -> bool {
        let content = &*edge.content;
        let leads_to = |files: &BTreeSet<RelPath>| {
            content.resolved.iter().chain(&content.stub).any(|path| files.contains(path))
        };
        let written = || {
            self.name.as_ref().is_some_and(|name| match &content.symbol {
                Some(symbol) => content.module == *name || is_child(name, &content.module, symbol),
                None => content.module == *name,
            })
        };
        if self.how == How::Direct {
            return !content.implicit && (written() || leads_to(&self.files));
        }
        // What a star import brings is implicit, and has a symbol: it was asked for with the star.
        if content.implicit && content.symbol.is_none() && self.how != How::Implicit {
            return false;
        }
        let is_star = content.symbol.as_deref() == Some("*");
        if leads_to(&self.files) || is_star && leads_to(&self.stars) || written() {
            return true;
        }
        content.origin.as_ref().is_some_and(|origin| match (&self.name, &origin.symbol) {
            (Some(name), Some(symbol)) => is_child(name, &origin.module, symbol),
            (Some(name), None) => origin.module == *name,
            (None, None) => self.files.contains(&origin.path),
            (None, Some(_)) => false,
        })
    }

    /// The files that bring `symbol` to those who star-import them: of `binding` those that export it, those that
    /// import it by name (perhaps under another), and those that star-import one of these. Cost: star imports, and
    /// what is exported.
    fn follow_stars(
        &self,
        modules: &Modules<'_>,
        binding: Vec<FileNumber>,
        symbol: &str,
    ) -> Result<BTreeSet<FileNumber>, Damaged> {
        let map = modules.map;
        let mut open: Vec<(FileNumber, Name)> = Vec::new();
        for file in binding {
            if is_public(map.file(file)?, symbol) {
                open.push((file, symbol.into()));
            }
        }
        if open.is_empty() {
            return Ok(BTreeSet::new());
        }
        for &file in &self.candidates {
            let row = map.file(file)?;
            for edge in row.edges.iter().filter(|edge| !edge.content.contexts.contains(Contexts::DEFERRED)) {
                let Some(import) = row.facts.imports.get(edge.import as usize) else { continue };
                if !import.is_star() && import.symbol.is_some() && self.is_imported_by(edge) {
                    let bound = import.alias.as_deref().or(import.symbol.as_deref()).unwrap_or(symbol);
                    if !row.facts.bindings.get(bound).is_empty() && is_public(row, bound) {
                        open.push((file, bound.into()));
                    }
                }
            }
        }
        let mut importers: FxHashMap<FileNumber, Vec<FileNumber>> = FxHashMap::default();
        for file in 0..map.paths().len() as FileNumber {
            let links = map.links(file)?.iter();
            for link in links.filter(|link| link.star && !link.contexts.contains(Contexts::DEFERRED)) {
                importers.entry(link.to).or_default().push(file);
            }
        }
        let mut exports: FxHashSet<(FileNumber, Name)> = open.iter().cloned().collect();
        while let Some((file, name)) = open.pop() {
            for &importer in importers.get(&file).into_iter().flatten() {
                let export = (importer, name.clone());
                if !exports.contains(&export) && is_public(map.file(importer)?, &name) {
                    exports.insert(export.clone());
                    open.push(export);
                }
            }
        }
        Ok(exports.into_iter().map(|(file, _)| file).collect())
    }
}

/// Whether a star import takes `name`, if the module has it.
fn is_public(file: &FileImports, name: &str) -> bool {
    match &file.facts.bindings.all {
        // A list that is not understood to its end may name it.
        Some(all) => all.partial || !all.from.is_empty() || all.names.iter().any(|listed| listed == name),
        None => !name.starts_with('_'),
    }
}

/// Whether `name` is `module.symbol`, without making a string for each edge.
fn is_child(name: &ModuleName, module: &ModuleName, symbol: &str) -> bool {
    if module.as_str().is_empty() {
        return name.as_str() == symbol;
    }
    let rest = name.as_str().strip_prefix(module.as_str()).and_then(|rest| rest.strip_prefix('.'));
    rest == Some(symbol)
}
