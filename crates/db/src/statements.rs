//! What one file says: its facts, and the two parts of them that others may depend on, without positions.
//!
//! Those two are views of the facts that compare without looking at places, and not copies: a module with a
//! thousand names costs no more than one with two.

use std::borrow::Cow;
use std::sync::Arc;

use staniel_facts::{Binding, Contexts, FileFacts, Import, ImportFacts, ModuleName, Name, RelPath};

use crate::inputs::{Db, File, Surroundings};
use crate::locate::module_name;
use crate::wanted::{Directory, DottedName, Wanted};

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
#[derive(Clone, Copy, Debug)]
pub(crate) struct Statement<'db> {
    pub(crate) module: Wanted<'db>,
    pub(crate) symbol: Option<&'db Name>,
    pub(crate) contexts: Contexts,
    /// See [`Source::early`].
    pub(crate) early: bool,
}

/// A file's imports in source order. Equal to others that say the same elsewhere in the text.
#[derive(Clone, Debug, salsa::SalsaValue)]
pub(crate) struct Statements<'db> {
    facts: Arc<ImportFacts>,
    /// One for each import: the module, and whether it is early.
    asked: Box<[(Wanted<'db>, bool)]>,
}

impl<'db> Statements<'db> {
    pub(crate) fn iter(&'db self) -> impl Iterator<Item = Statement<'db>> {
        self.asked.iter().zip(&self.facts.imports).map(|(&(module, early), import)| Statement {
            module,
            symbol: import.symbol.as_ref(),
            contexts: import.contexts,
            early,
        })
    }
}

impl PartialEq for Statements<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same =
            |(one, other): (&Import, &Import)| one.symbol == other.symbol && one.contexts == other.contexts;
        self.asked == other.asked && self.facts.imports.iter().zip(&other.facts.imports).all(same)
    }
}

/// A file's imports in source order.
///
/// Runs again when the facts change, that is at each edit; unchanged as long as no import statement changes,
/// wherever the statements move to.
#[salsa::tracked(returns(ref))]
pub(crate) fn imports<'db>(db: &'db dyn Db, file: File) -> Statements<'db> {
    let facts = Arc::clone(import_facts(db, file));
    let directory = directory_of(db, file);
    let early = early_imports(db, file, &facts);
    let mut asked: Vec<(Wanted<'db>, bool)> = Vec::with_capacity(facts.imports.len());
    let mut before: Option<&Import> = None;
    for (index, import) in (0..).zip(&facts.imports) {
        // `from m import x, y` asks for one module twice.
        let module = match (before, asked.last()) {
            (Some(before), Some((module, _)))
                if before.level == import.level && before.module == import.module =>
            {
                *module
            }
            _ => wanted(db, directory, import, &import.module),
        };
        asked.push((module, early.binary_search(&index).is_ok()));
        before = Some(import);
    }
    Statements { facts, asked: asked.into() }
}

/// Where an import statement takes something from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'db> {
    pub(crate) module: Wanted<'db>,
    pub(crate) symbol: Option<&'db Name>,
    /// Whether a package imports the name from itself before anything has bound it: then the submodule is
    /// meant, even if the name is bound to something else later on (`from . import x as y`,
    /// `from ._x import f as x`). Definitions count as earlier: where they stand is not kept.
    pub(crate) early: bool,
}

/// What a name is bound to at a module's top level.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound<'db> {
    /// A definition in the module itself.
    Here,
    /// An import of `symbol` from the module, or of the module itself.
    Import(Source<'db>),
}

/// What a module binds at its top level, by name and not by statement number: equal to that of a text with
/// an import more that is bound nowhere, or with the same statements elsewhere.
#[derive(Clone, Debug, salsa::SalsaValue)]
pub(crate) struct BoundNames {
    file: File,
    facts: Arc<ImportFacts>,
    /// Ascending.
    early: Box<[u32]>,
}

impl BoundNames {
    /// The bindings of `name`, for [`BoundNames::read`]; empty where only star imports or the import system could
    /// bind it. Logarithmic.
    pub(crate) fn get(&self, name: &str) -> &[Binding] {
        self.facts.bindings.get(name)
    }

    /// What bindings of this module say.
    pub(crate) fn read<'db>(
        &'db self,
        db: &'db dyn Db,
        bindings: &'db [Binding],
    ) -> impl Iterator<Item = Bound<'db>> {
        bindings.iter().filter_map(move |binding| match binding {
            Binding::Definition => Some(Bound::Here),
            Binding::Import(index) => {
                let import = self.import(*index)?;
                let module = wanted(db, directory_of(db, self.file), import, &bound_module(import));
                let early = self.early.binary_search(index).is_ok();
                Some(Bound::Import(Source { module, symbol: import.symbol.as_ref(), early }))
            }
        })
    }

    /// The modules of top-level star imports, in source order.
    pub(crate) fn stars<'db>(&'db self, db: &'db dyn Db) -> impl Iterator<Item = Wanted<'db>> {
        let imports = self.facts.bindings.stars.iter().filter_map(|index| self.import(*index));
        imports.map(move |import| wanted(db, directory_of(db, self.file), import, &import.module))
    }

    /// The names that `__all__` lists, if the module has one, and whether there may be more.
    pub(crate) fn all(&self) -> Option<(&[Name], bool)> {
        self.facts.bindings.all.as_ref().map(|all| (&*all.names, all.partial))
    }

    /// The modules whose `__all__` is added: that of `sub` for `from . import sub`, that of `m` for
    /// `from m import *` and for `from m import __all__ as names`.
    pub(crate) fn all_from<'db>(&'db self, db: &'db dyn Db) -> impl Iterator<Item = Source<'db>> {
        let added = self.facts.bindings.all.iter().flat_map(|all| &all.from);
        added.filter_map(|index| self.import(*index)).map(move |import| Source {
            module: wanted(db, directory_of(db, self.file), import, &import.module),
            symbol: import.symbol.as_ref().filter(|symbol| !matches!(symbol.as_str(), "*" | "__all__")),
            early: false,
        })
    }

    /// An index out of bounds can only come from a damaged store: then the binding is left out.
    fn import(&self, index: u32) -> Option<&Import> {
        self.facts.imports.get(usize::try_from(index).ok()?)
    }

    /// What an import binds, without its place.
    fn said(&self, index: u32) -> Option<impl PartialEq> {
        let import = self.import(index)?;
        let early = self.early.binary_search(&index).is_ok();
        Some((import.level, &import.module, import.symbol.as_ref(), import.alias.is_some(), early))
    }
}

impl PartialEq for BoundNames {
    fn eq(&self, other: &Self) -> bool {
        let (one, two) = (&self.facts.bindings, &other.facts.bindings);
        let same_imports = |one: &[u32], two: &[u32]| {
            one.len() == two.len() && one.iter().zip(two).all(|(a, b)| self.said(*a) == other.said(*b))
        };
        let same = |(a, b): (&Binding, &Binding)| match (a, b) {
            (Binding::Definition, Binding::Definition) => true,
            (Binding::Import(a), Binding::Import(b)) => self.said(*a) == other.said(*b),
            _ => false,
        };
        let same_bound =
            |one: &[Binding], two: &[Binding]| one.len() == two.len() && one.iter().zip(two).all(same);
        let same_all = match (&one.all, &two.all) {
            (Some(one), Some(two)) => {
                one.names == two.names && one.partial == two.partial && same_imports(&one.from, &two.from)
            }
            (None, None) => true,
            _ => false,
        };
        same_all
            && one.names.len() == two.names.len()
            && one.names.iter().zip(&two.names).all(|((a, one), (b, two))| a == b && same_bound(one, two))
            && same_imports(&one.stars, &two.stars)
            && self.file == other.file
    }
}

/// What a module binds at its top level.
///
/// Runs again when the facts change; unchanged by edits of bodies, signatures, comments.
#[salsa::tracked(returns(ref))]
pub(crate) fn bound_names(db: &dyn Db, file: File) -> BoundNames {
    let facts = Arc::clone(import_facts(db, file));
    let early = early_imports(db, file, &facts);
    BoundNames { file, facts, early }
}

/// Whether the package lies in several places and says so.
///
/// Runs again when the facts change; unchanged by nearly every edit.
#[salsa::tracked(returns(copy))]
pub(crate) fn extends_path(db: &dyn Db, file: File) -> bool {
    import_facts(db, file).bindings.extends_path
}

/// The module that an import asks for; `module` is what counts of its name.
fn wanted<'db>(
    db: &'db dyn Db,
    directory: Directory<'db>,
    import: &Import,
    module: &ModuleName,
) -> Wanted<'db> {
    Wanted { directory, level: import.level, dotted: DottedName::new(db, module) }
}

/// The indices of imports that are [early](Source::early), ascending.
fn early_imports(db: &dyn Db, file: File, facts: &ImportFacts) -> Box<[u32]> {
    if !matches!(file.path(db).file_name(), "__init__.py" | "__init__.pyi") {
        return Box::default();
    }
    let bindings = &facts.bindings;
    let is_from_itself = |import: &Import| match import.level {
        0 => import.module == *module_of(db, file),
        1 => import.module.as_str().is_empty(),
        _ => false,
    };
    let is_unbound = |symbol: &str, index| {
        let later = |binding: &Binding| matches!(binding, Binding::Import(other) if *other >= index);
        bindings.get(symbol).iter().all(later) && bindings.stars.iter().all(|star| *star > index)
    };
    let is_early = |import: &Import, index| {
        import.symbol.as_deref().is_some_and(|symbol| symbol != "*" && is_unbound(symbol, index))
            && !import.contexts.intersects(Contexts::DEFERRED | Contexts::DYNAMIC)
            && is_from_itself(import)
    };
    let imports = (0..).zip(&facts.imports);
    imports.filter(|(index, import)| is_early(import, *index)).map(|(index, _)| index).collect()
}

/// The module in what `import` binds: `import a.b` binds `a`, `import a.b as c` binds `a.b`.
fn bound_module(import: &Import) -> Cow<'_, ModuleName> {
    match (&import.symbol, &import.alias) {
        (None, None) => Cow::Owned(ModuleName::new(import.module.top())),
        _ => Cow::Borrowed(&import.module),
    }
}

/// Where relative imports start, and scripts look for their neighbours.
fn directory_of(db: &dyn Db, file: File) -> Directory<'_> {
    Directory::new(db, file.path(db).parent().unwrap_or_else(RelPath::root))
}

/// The name of the module that a file is.
///
/// Runs again when the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn module_of(db: &dyn Db, file: File) -> ModuleName {
    module_name(Surroundings::get(db).roots(db), file.path(db))
}
