//! What one file says: its facts, and the two parts of them that others may depend on, without positions.

use std::sync::Arc;

use staniel_facts::{Binding, Contexts, FileFacts, Import, ImportFacts, ModuleName, Name, RelPath};

use crate::inputs::{Db, File, Surroundings};
use crate::locate::module_name;
use crate::resolve::Wanted;

/// What a file imports and binds, with places; nothing where there is no file.
///
/// Runs again when the file's state changes. The bytes are pinned by their hash, so the source's answer is a
/// pure function of the input.
#[salsa::tracked(returns(ref))]
pub(crate) fn import_facts(db: &dyn Db, file: File) -> Arc<ImportFacts> {
    match file.state(db).hash() {
        Some(hash) => db.facts_source().import_facts(file.path(db), hash),
        None => Arc::default(),
    }
}

/// All facts of a file; those of an empty file where there is none. No other query may ask for them: it would
/// pay for the outline.
///
/// Runs again when the file's state changes.
#[salsa::tracked(returns(ref))]
pub(crate) fn file_facts(db: &dyn Db, file: File) -> Arc<FileFacts> {
    match file.state(db).hash() {
        Some(hash) => db.facts_source().facts(file.path(db), hash),
        None => Arc::default(),
    }
}

/// An import without its place in the text.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Statement<'db> {
    pub(crate) module: Wanted<'db>,
    pub(crate) symbol: Option<Name>,
    pub(crate) contexts: Contexts,
}

/// A file's imports in source order.
///
/// Runs again when the facts change, that is at each edit; unchanged as long as no import statement changes,
/// wherever the statements move to.
#[salsa::tracked(returns(deref))]
pub(crate) fn imports<'db>(db: &'db dyn Db, file: File) -> Box<[Statement<'db>]> {
    let facts = import_facts(db, file);
    let dir = directory_of(db, file);
    let statement = |import: &Import| Statement {
        module: Wanted::new(db, dir.clone(), import.level, import.module.clone()),
        symbol: import.symbol.clone(),
        contexts: import.contexts,
    };
    facts.imports.iter().map(statement).collect()
}

/// What a name is bound to at a module's top level.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) enum Bound<'db> {
    /// A definition in the module itself.
    Here,
    /// An import of `symbol` from the module, or of the module itself.
    Import(Source<'db>),
}

/// Where an import statement takes something from.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
pub(crate) struct Source<'db> {
    pub(crate) module: Wanted<'db>,
    pub(crate) symbol: Option<Name>,
}

/// `__all__`, with the modules whose `__all__` is added to it.
#[derive(Clone, Debug, PartialEq, Eq, Default, salsa::SalsaValue)]
pub(crate) struct All<'db> {
    pub(crate) names: Box<[Name]>,
    pub(crate) from: Box<[Source<'db>]>,
    pub(crate) partial: bool,
}

/// A name and what it is bound to, in source order.
#[derive(Clone, Debug, PartialEq, Eq, salsa::SalsaValue)]
struct BoundName<'db> {
    name: Name,
    bindings: Box<[Bound<'db>]>,
}

/// What a module binds at its top level, by name and not by statement number: an import added above changes
/// nothing here but its own line.
#[derive(Clone, Debug, PartialEq, Eq, Default, salsa::SalsaValue)]
pub(crate) struct BoundNames<'db> {
    /// Sorted by name.
    names: Box<[BoundName<'db>]>,
    /// The modules of top-level star imports, in source order.
    pub(crate) stars: Box<[Wanted<'db>]>,
    pub(crate) all: Option<All<'db>>,
}

impl<'db> BoundNames<'db> {
    /// What `name` is bound to, in source order: the last binding wins. Empty where only star imports or the
    /// import system could bind it.
    pub(crate) fn get(&self, name: &str) -> &[Bound<'db>] {
        self.names
            .binary_search_by(|candidate| candidate.name.as_str().cmp(name))
            .map_or(&[], |index| &self.names[index].bindings)
    }
}

/// What a module binds at its top level.
///
/// Runs again when the facts change; unchanged by edits of bodies, signatures, comments.
#[salsa::tracked(returns(ref))]
pub(crate) fn bound_names<'db>(db: &'db dyn Db, file: File) -> BoundNames<'db> {
    let facts = import_facts(db, file);
    let dir = directory_of(db, file);
    let wanted = |import: &Import, module: ModuleName| Wanted::new(db, dir.clone(), import.level, module);
    let imports = &facts.imports;
    let bindings = &facts.bindings;
    // An index out of bounds can only come from a damaged store: then the binding is left out.
    let import = |index: &u32| imports.get(usize::try_from(*index).ok()?);
    let bound = |binding: &Binding| match binding {
        Binding::Definition => Some(Bound::Here),
        Binding::Import(index) => import(index).map(|import| {
            let module = wanted(import, bound_module(import));
            Bound::Import(Source { module, symbol: import.symbol.clone() })
        }),
    };
    let names = bindings
        .names
        .iter()
        .map(|(name, all)| BoundName { name: name.clone(), bindings: all.iter().filter_map(bound).collect() })
        .filter(|bound| !bound.bindings.is_empty())
        .collect();
    let starred = |import: &Import| wanted(import, import.module.clone());
    let stars = bindings.stars.iter().filter_map(import).map(starred).collect();
    // The module whose `__all__` is meant: that of `sub` for `from . import sub`, that of `m` for
    // `from m import *` and for `from m import __all__ as names`.
    let added = |import: &Import| Source {
        module: wanted(import, import.module.clone()),
        symbol: import.symbol.clone().filter(|symbol| !matches!(symbol.as_str(), "*" | "__all__")),
    };
    let all = bindings.all.as_ref().map(|all| All {
        names: all.names.clone(),
        from: all.from.iter().filter_map(import).map(added).collect(),
        partial: all.partial,
    });
    BoundNames { names, stars, all }
}

/// The module in what `import` binds: `import a.b` binds `a`, `import a.b as c` binds `a.b`.
fn bound_module(import: &Import) -> ModuleName {
    match (&import.symbol, &import.alias) {
        (None, None) => ModuleName::new(import.module.top()),
        _ => import.module.clone(),
    }
}

/// Where relative imports start, and scripts look for their neighbours.
fn directory_of(db: &dyn Db, file: File) -> RelPath {
    file.path(db).parent().unwrap_or_else(RelPath::root)
}

/// The name of the module that a file is.
///
/// Runs again when the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn module_of(db: &dyn Db, file: File) -> ModuleName {
    module_name(Surroundings::get(db).roots(db), file.path(db))
}
