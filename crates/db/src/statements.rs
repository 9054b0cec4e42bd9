//! What one file says: its facts, and the two parts of them that others may depend on, without positions.
//!
//! Those two are views of the facts that compare without looking at places, and not copies: a module with a
//! thousand names costs no more than one with two.

use std::borrow::Cow;
use std::sync::Arc;

use staniel_facts::{Contexts, DunderAll, FileFacts, Import, ImportFacts, ModuleName, Name, RelPath};

use crate::history::{Candidate, Events, History};
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
    /// See [`Source::moment`].
    pub(crate) moment: Option<Moment>,
}

/// A file's imports in source order. Equal to others that say the same elsewhere in the text.
#[derive(Clone, Debug, salsa::SalsaValue)]
pub(crate) struct Statements<'db> {
    file: File,
    facts: Arc<ImportFacts>,
    /// One for each import: the module, and when it is asked, if it is the package itself.
    asked: Box<[(Wanted<'db>, Option<u32>)]>,
}

impl<'db> Statements<'db> {
    pub(crate) fn iter(&'db self) -> impl Iterator<Item = Statement<'db>> {
        self.asked.iter().zip(&self.facts.imports).map(|(&(module, moment), import)| Statement {
            module,
            symbol: import.symbol.as_ref(),
            contexts: import.contexts,
            moment: moment.map(|moment| (self.file, moment)),
        })
    }
}

impl PartialEq for Statements<'_> {
    fn eq(&self, other: &Self) -> bool {
        let same =
            |(one, other): (&Import, &Import)| one.symbol == other.symbol && one.contexts == other.contexts;
        self.file == other.file
            && self.asked == other.asked
            && self.facts.imports.iter().zip(&other.facts.imports).all(same)
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
    let events = Events::new(db, file, Arc::clone(&facts));
    let mut asked: Vec<(Wanted<'db>, Option<u32>)> = Vec::with_capacity(facts.imports.len());
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
        asked.push((module, events.moment(index).map(|(_, moment)| moment)));
        before = Some(import);
    }
    Statements { file, facts, asked: asked.into() }
}

/// When a statement of a package's `__init__` asks that package for an attribute: the file, and after how many events
/// of the name (see [`Events::history`]).
pub(crate) type Moment = (File, u32);

/// Where an import statement takes something from.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Source<'db> {
    pub(crate) module: Wanted<'db>,
    pub(crate) symbol: Option<&'db Name>,
    /// If a package imports from itself while it is loaded.
    pub(crate) moment: Option<Moment>,
}

/// What a name is bound to at a module's top level.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Bound<'db> {
    /// A definition in the module itself.
    Here,
    /// An import of `symbol` from the module, or of the module itself.
    Import(Source<'db>),
    /// Whatever the star import of this module brings.
    Star(Wanted<'db>),
    /// The submodule of that name.
    Submodule,
}

/// What a module binds at its top level, by name and not by statement number: equal to that of a text with
/// an import more that is bound nowhere, or with the same statements elsewhere.
#[derive(Clone, Debug, salsa::SalsaValue)]
pub(crate) struct BoundNames {
    file: File,
    events: Events,
}

impl BoundNames {
    /// Whether the module names `name` itself: otherwise only star imports or the import system could bind it.
    /// Logarithmic.
    pub(crate) fn names(&self, name: &str) -> bool {
        !self.events.facts.bindings.get(name).is_empty()
    }

    /// Whether `name` is a definition of the module itself. Logarithmic; may say no where [`Self::history`] says yes.
    pub(crate) fn defines(&self, name: &str) -> bool {
        self.events.ends_with_definition(name)
    }

    /// What `name` stands for after so many of its events, or all of them.
    pub(crate) fn history(&self, name: &Name, moment: Option<u32>) -> History {
        self.events.history(name, moment)
    }

    /// What candidates of this module's histories say.
    pub(crate) fn read<'db>(
        &'db self,
        db: &'db dyn Db,
        candidates: Vec<Candidate>,
    ) -> impl Iterator<Item = Bound<'db>> {
        let directory = directory_of(db, self.file);
        candidates.into_iter().filter_map(move |candidate| match candidate {
            Candidate::Here => Some(Bound::Here),
            Candidate::Submodule => Some(Bound::Submodule),
            Candidate::Star(index) => {
                let import = self.events.import(index)?;
                Some(Bound::Star(wanted(db, directory, import, &import.module)))
            }
            Candidate::Import(index) => {
                let import = self.events.import(index)?;
                let (module, symbol, moment) = match (&import.symbol, self.events.moment(index)) {
                    (symbol, None) => {
                        (wanted(db, directory, import, &bound_module(import)), symbol.as_ref(), None)
                    }
                    (Some(symbol), Some((_, moment))) => {
                        (wanted(db, directory, import, &import.module), Some(symbol), Some(moment))
                    }
                    // `import pkg.x as y` is `from . import x as y` once `pkg.x` is loaded.
                    (None, Some((name, moment))) => {
                        let dotted = DottedName::new(db, ModuleName::default());
                        (Wanted { directory, level: 1, dotted }, Some(name), Some(moment))
                    }
                };
                let moment = moment.map(|moment| (self.file, moment));
                Some(Bound::Import(Source { module, symbol, moment }))
            }
        })
    }

    /// The names that `__all__` lists, if the module has one, and whether there may be more.
    pub(crate) fn all(&self) -> Option<(&[Name], bool)> {
        self.dunder_all().map(|all| (&*all.names, all.partial))
    }

    /// The modules whose `__all__` is added: that of `sub` for `from . import sub`, that of `m` for
    /// `from m import *` and for `from m import __all__ as names`.
    pub(crate) fn all_from<'db>(&'db self, db: &'db dyn Db) -> impl Iterator<Item = Source<'db>> {
        let added = self.dunder_all().into_iter().flat_map(|all| &all.from);
        added.filter_map(|index| self.events.import(*index)).map(move |import| Source {
            module: wanted(db, directory_of(db, self.file), import, &import.module),
            symbol: import.symbol.as_ref().filter(|symbol| !matches!(symbol.as_str(), "*" | "__all__")),
            moment: None,
        })
    }

    fn dunder_all(&self) -> Option<&DunderAll> {
        self.events.facts.bindings.all.as_ref()
    }
}

impl PartialEq for BoundNames {
    fn eq(&self, other: &Self) -> bool {
        let same_all = match (self.dunder_all(), other.dunder_all()) {
            (Some(one), Some(two)) => {
                one.names == two.names
                    && one.partial == two.partial
                    && self.events.same_imports(&one.from, &other.events, &two.from)
            }
            (None, None) => true,
            _ => false,
        };
        same_all && self.events.say_the_same_as(&other.events) && self.file == other.file
    }
}

/// What a module binds at its top level.
///
/// Runs again when the facts change; unchanged by edits of bodies, signatures, comments.
#[salsa::tracked(returns(ref))]
pub(crate) fn bound_names(db: &dyn Db, file: File) -> BoundNames {
    let facts = Arc::clone(import_facts(db, file));
    BoundNames { file, events: Events::new(db, file, facts) }
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
