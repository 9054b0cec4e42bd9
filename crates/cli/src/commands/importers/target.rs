//! What a name on the command line stands for, and which imports mean it.

use std::collections::BTreeSet;

use staniel_engine::{Damaged, FileImports, FileNumber};
use staniel_facts::{Contexts, Edge, ModuleName, RelPath};

use crate::modules::{Modules, Typed};

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
        let files = match typed.is_path() {
            true => modules.at_path(typed)?,
            false => modules.module(&ModuleName::new(typed.text)),
        };
        let name = match files.first().filter(|_| typed.is_path()) {
            Some(first) => modules.name(*first).clone(),
            None => ModuleName::new(typed.text),
        };
        let paths = files.iter().map(|file| map.path(*file).cloned()).collect::<Result<_, _>>()?;
        let mut target =
            Self { name, files: paths, stars: BTreeSet::new(), candidates: BTreeSet::new(), how };
        target.candidates.extend(map.importing(&target.name)?);
        let is_imported = !target.candidates.is_empty();
        let exporting = if typed.is_path() { Vec::new() } else { target.exporting(modules)? };
        let known = is_imported
            || !files.is_empty()
            || !exporting.is_empty()
            || !modules.package(&target.name).is_empty();
        if how != How::Direct {
            target.follow_stars(modules, exporting)?;
        }
        for file in 0..map.paths().len() as FileNumber {
            for link in map.links(file)? {
                let to = map.path(link.to)?;
                if target.files.contains(to) || link.star && target.stars.contains(to) {
                    target.candidates.insert(file);
                }
            }
        }
        Ok(known.then_some(target))
    }

    /// The files that may import this, sorted; [`Self::is_imported_by`] says which of their imports do.
    pub(super) fn candidates(&self) -> impl Iterator<Item = FileNumber> {
        self.candidates.iter().copied()
    }

    /// Whether an edge imports this.
    pub(super) fn is_imported_by(&self, edge: &Edge) -> bool {
        let content = &*edge.content;
        let written = match &content.symbol {
            Some(symbol) => content.module == self.name || is_child(&self.name, &content.module, symbol),
            None => content.module == self.name,
        };
        let leads_to = |files: &BTreeSet<RelPath>| {
            content.resolved.iter().chain(&content.stub).any(|path| files.contains(path))
        };
        if self.how == How::Direct {
            return !content.implicit && (written || leads_to(&self.files));
        }
        // What a star import brings is implicit, and has a symbol: it was asked for with the star.
        if content.implicit && content.symbol.is_none() && self.how != How::Implicit {
            return false;
        }
        let is_star = content.symbol.as_deref() == Some("*");
        if leads_to(&self.files) || is_star && leads_to(&self.stars) {
            return true;
        }
        written
            || content.origin.as_ref().is_some_and(|origin| match &origin.symbol {
                Some(symbol) => is_child(&self.name, &origin.module, symbol),
                None => origin.module == self.name,
            })
    }

    /// The files of the module that the symbol of this name would be in, if they bind it.
    fn exporting(&self, modules: &Modules<'_>) -> Result<Vec<FileNumber>, Damaged> {
        let (Some(module), Some(symbol)) = (self.name.parent(), self.name.parts().next_back()) else {
            return Ok(Vec::new());
        };
        let mut exporting = Vec::new();
        for file in analysed(modules, modules.module(&module)) {
            if binds(modules.map.file(file)?, symbol) {
                exporting.push(file);
            }
        }
        Ok(exporting)
    }

    /// Finds out which files bring the symbol to those who star-import them: the ones that bind it, those that
    /// import it by name (perhaps under another), and those that star-import one of these.
    fn follow_stars(&mut self, modules: &Modules<'_>, exporting: Vec<FileNumber>) -> Result<(), Damaged> {
        let Some(symbol) = self.name.parts().next_back() else { return Ok(()) };
        let map = modules.map;
        let mut exports: BTreeSet<(FileNumber, String)> = BTreeSet::new();
        for file in exporting {
            if is_public(map.file(file)?, symbol) {
                exports.insert((file, symbol.to_owned()));
            }
        }
        if exports.is_empty() {
            return Ok(());
        }
        for &file in &self.candidates {
            let row = map.file(file)?;
            for edge in row.edges.iter().filter(|edge| !edge.content.contexts.contains(Contexts::DEFERRED)) {
                let Some(import) = row.facts.imports.get(edge.import as usize) else { continue };
                if !import.is_star() && import.symbol.is_some() && self.is_imported_by(edge) {
                    let bound = import.alias.as_deref().or(import.symbol.as_deref()).unwrap_or(symbol);
                    if binds(row, bound) && is_public(row, bound) {
                        exports.insert((file, bound.to_owned()));
                    }
                }
            }
        }
        let mut stars: Vec<(FileNumber, FileNumber)> = Vec::new();
        for file in 0..map.paths().len() as FileNumber {
            let links = map.links(file)?.iter();
            let links = links.filter(|link| link.star && !link.contexts.contains(Contexts::DEFERRED));
            stars.extend(links.map(|link| (file, link.to)));
        }
        // Chains of star imports are short; each round follows all of them by one link.
        loop {
            let before = exports.len();
            for &(file, target) in &stars {
                let names = exports.range((target, String::new())..).take_while(|(from, _)| *from == target);
                let names: Vec<String> = names.map(|(_, name)| name.clone()).collect();
                for name in names {
                    if is_public(map.file(file)?, &name) {
                        exports.insert((file, name));
                    }
                }
            }
            if exports.len() == before {
                break;
            }
        }
        for (file, _) in exports {
            self.stars.insert(map.path(file)?.clone());
        }
        Ok(())
    }
}

/// Those of `files` that were analysed: of others nothing more is known.
fn analysed(modules: &Modules<'_>, files: Vec<FileNumber>) -> impl Iterator<Item = FileNumber> {
    let count = modules.map.paths().len();
    files.into_iter().filter(move |file| (*file as usize) < count)
}

/// Whether a module binds `name`.
fn binds(file: &FileImports, name: &str) -> bool {
    !file.facts.bindings.get(name).is_empty()
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
