//! From the name in an import statement to what it stands for.

use std::sync::Arc;

use staniel_facts::{Contexts, EdgeContent, Import, ModuleName, RelPath, TargetClass};

use crate::inputs::{Db, File, Surroundings};
use crate::locate::{Found, Located, Module, ancestors, init_module, locate, locate_stubs, parts};
use crate::looked::Looked;
use crate::statements::module_of;
use crate::wanted::{DottedName, NameFrom, RelativeName, Wanted};
use crate::{Slot, stdlib};

/// What a module name stands for, and the edges that follow from it whatever the statement.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) class: TargetClass,
    /// The absolute name as the statement means it; as written, with its dots, beyond the top.
    pub(crate) module: ModuleName,
    /// May be there for third-party names too: namespace packages (`google`) can lie both here and there.
    pub(crate) found: Option<Found>,
    /// Implicit edges, without contexts, to the first-party packages above it, outermost first.
    pub(crate) above: Box<[Arc<EdgeContent>]>,
    /// What `import` of it makes.
    pub(crate) plain: Arc<EdgeContent>,
    /// What `import` of something below it makes besides; `None` where it is no first-party file.
    pub(crate) passing: Option<Arc<EdgeContent>>,
    pub(crate) looked: Looked,
}

/// What stands at the end of a written module name, and on the way.
struct Meant {
    class: TargetClass,
    module: ModuleName,
    found: Option<Found>,
    above: Vec<(ModuleName, Module)>,
}

impl Meant {
    fn into_target(self, db: &dyn Db, looked: Looked) -> Target {
        let Self { class, module, found, above } = self;
        let edge = |name: &ModuleName, class, module: Option<&Module>, implicit| {
            Arc::new(EdgeContent {
                module: name.clone(),
                symbol: None,
                class,
                resolved: module.map(|module| module.file.path(db).clone()),
                stub: module.and_then(|module| module.stub).map(|stub| stub.path(db).clone()),
                origin: None,
                contexts: Contexts::empty(),
                implicit,
            })
        };
        // The packages on the way are there even if the end is not.
        let above = above
            .iter()
            .map(|(name, package)| edge(name, TargetClass::FirstParty, Some(package), true))
            .collect();
        let file = found.as_ref().and_then(Found::module).filter(|_| class == TargetClass::FirstParty);
        let plain = edge(&module, class, file, false);
        let passing = file.map(|file| edge(&module, class, Some(file), true));
        Target { class, module, found, above, plain, passing, looked: looked.once() }
    }
}

/// Where the module of an import statement leads; and what else was looked at to find out, if anything was.
pub(crate) fn target<'db>(db: &'db dyn Db, wanted: Wanted<'db>) -> (&'db Target, Option<&'db Target>) {
    let Wanted { directory, level, dotted } = wanted;
    if level > 0 {
        return (resolve_relative(db, RelativeName::new(db, directory, level, dotted)), None);
    }
    let found = resolve_module(db, dotted);
    if found.class != TargetClass::Unresolved {
        return (found, None);
    }
    let beside = resolve_beside(db, NameFrom::new(db, directory, dotted));
    match beside.class {
        TargetClass::Unresolved => (found, Some(beside)),
        _ => (beside, Some(found)),
    }
}

/// What an absolute name stands for on the search path.
///
/// First-party files come before the standard library (as a script's directory does on `sys.path`), save for
/// what is built into the interpreter. A namespace directory comes after both the standard library and
/// installed distributions: any regular package on the search path beats it.
///
/// Runs again when a slot that it looked at or the environment changes; never at an edit, except of an
/// `__init__` that may extend its path over another directory that is there.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolve_module<'db>(db: &'db dyn Db, key: DottedName<'db>) -> Target {
    let name = key.name(db);
    let surroundings = Surroundings::get(db);
    let mut looked = Looked::default();
    let nowhere = |class, looked| {
        Meant { class, module: name.clone(), found: None, above: Vec::new() }.into_target(db, looked)
    };
    let Some(parts) = parts(name.as_str()).filter(|parts| !parts.is_empty()) else {
        return nowhere(TargetClass::Unresolved, looked);
    };
    let top = parts[0];
    if stdlib::is_builtin(top) {
        return nowhere(TargetClass::Stdlib, looked);
    }
    let roots = surroundings.roots(db);
    let mut located = locate(db, roots, &parts, &mut looked);
    let in_stdlib = || stdlib::is_stdlib(top, surroundings.python(db));
    let installed = || surroundings.third_party(db).contains(top);
    let mut class = match &located.found {
        _ if !located.firm && in_stdlib() => TargetClass::Stdlib,
        Some(Found::Module(_)) => TargetClass::FirstParty,
        Some(Found::Namespace(_)) if located.firm || !installed() => TargetClass::FirstParty,
        None if located.firm || !installed() => TargetClass::Unresolved,
        _ => TargetClass::ThirdParty,
    };
    if class == TargetClass::Stdlib {
        return nowhere(class, looked);
    }
    if class == TargetClass::FirstParty || class == TargetClass::Unresolved && !located.firm {
        let stubs = locate_stubs(db, roots, &parts, &mut looked);
        if located.found.is_none() && stubs.found.is_some() {
            class = TargetClass::FirstParty;
            located = stubs;
        } else {
            add_stubs(&mut located, stubs);
        }
    }
    let above = named(located.parents, &ModuleName::default(), name).collect();
    Meant { class, module: name.clone(), found: located.found, above }.into_target(db, looked)
}

/// Puts the stubs of a stub package beside the sources that they describe: type checkers prefer them.
fn add_stubs(located: &mut Located, stubs: Located) {
    if let (Some(Found::Module(source)), Some(Found::Module(stub))) = (&mut located.found, stubs.found) {
        source.stub = Some(stub.file);
    }
    for (count, stub) in stubs.parents {
        if let Some((_, source)) = located.parents.iter_mut().find(|(other, _)| *other == count) {
            source.stub = Some(stub.file);
        }
    }
}

/// What an absolute name that the search path does not have stands for beside the importing file: below
/// its own directory or one above it that is no regular package (or has a `pyproject.toml`), as scripts and
/// test directories are run. The same rule as that of ty, so that both agree.
///
/// Runs again when a slot that it looked at changes.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolve_beside<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Target {
    let mut looked = Looked::default();
    let mut bases = Vec::new();
    for dir in ancestors(key.dir(db)) {
        let is_project = looked.probe(db, &dir, Slot::PYPROJECT) != 0;
        if init_module(db, &dir, &mut looked).is_none() || is_project {
            bases.push(dir);
        }
    }
    let name = key.name(db);
    let parts = parts(name.as_str()).unwrap_or_default();
    let mut located = locate(db, &bases, &parts, &mut looked);
    if located.found.is_none() {
        let stubs = locate_stubs(db, &bases, &parts, &mut looked);
        if stubs.found.is_some() {
            located = stubs;
        }
    }
    let class = if located.found.is_some() { TargetClass::FirstParty } else { TargetClass::Unresolved };
    let above = named(located.parents, &ModuleName::default(), name).collect();
    Meant { class, module: name.clone(), found: located.found, above }.into_target(db, looked)
}

/// Where the module of a relative import leads. These go by place and not by name, so that they work in
/// directories without `__init__` too; where a package has portions under several roots, by all of their places.
///
/// Runs again when a slot that it looked at or the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolve_relative<'db>(db: &'db dyn Db, key: RelativeName<'db>) -> Target {
    let (dir, level, module) = (key.directory(db).path(db), key.level(db), key.dotted(db).name(db));
    let mut looked = Looked::default();
    let beyond = |looked| {
        // A number of dots that no tree is deep enough for is mere text, and cut.
        let module =
            ModuleName::new(format!("{}{module}", ".".repeat(level.min(Import::MOST_DOTS) as usize)));
        Meant { class: TargetClass::Unresolved, module, found: None, above: Vec::new() }
            .into_target(db, looked)
    };
    let Some(base) = base_of(dir, level) else { return beyond(looked) };
    let roots = Surroundings::get(db).roots(db);
    let root = root_of(roots, dir);
    // The base must be a package as far as the file knows whose module name goes by the root: below it, or
    // itself a package (a project may be one as a whole). Scripts that no root makes importable go by place.
    let below = root.is_none_or(|root| base != *root && base.strip_prefix(root).is_some());
    if !below && init_module(db, &base, &mut looked).is_none() {
        return beyond(looked);
    }
    let root = root.filter(|root| base.strip_prefix(root).is_some()).cloned().unwrap_or_else(RelPath::root);
    let prefix = dotted(&base, &root);
    let whole = if module.as_str().is_empty() { prefix.clone() } else { prefix.child(module.as_str()) };
    let portions = portions(db, NameFrom::of(db, &base, &prefix));
    looked.extend(&portions.looked);
    let mut located = match parts(module.as_str()) {
        Some(parts) if parts.is_empty() => {
            let found = portions.package.clone().map(Found::Module);
            let found = found.unwrap_or_else(|| Found::Namespace(portions.directories.clone()));
            Located { found: Some(found), ..Located::default() }
        }
        Some(parts) => locate(db, &portions.directories, &parts, &mut looked),
        None => Located::default(),
    };
    let stubs = locate_stubs(db, roots, &parts(whole.as_str()).unwrap_or_default(), &mut looked);
    add_stubs(&mut located, Located { found: stubs.found, ..Located::default() });
    let mut above: Vec<(ModuleName, Module)> = ancestors(&base)
        .take_while(|dir| *dir != root)
        .skip(1)
        .filter_map(|dir| Some((dotted(&dir, &root), init_module(db, &dir, &mut looked)?)))
        .collect();
    above.reverse();
    // The package itself may be the target, but is none of its own parents.
    let passed = portions.package.clone().filter(|_| base != root && !module.as_str().is_empty());
    above.extend(passed.map(|package| (prefix.clone(), package)));
    above.extend(named(located.parents, &prefix, module));
    let class = match located.found {
        Some(_) => TargetClass::FirstParty,
        None if is_shared(db, &base, &prefix, &mut looked) => TargetClass::ThirdParty,
        None => TargetClass::Unresolved,
    };
    Meant { class, module: whole, found: located.found, above }.into_target(db, looked)
}

/// Whether the package in `base`, called `name`, is a namespace package of which a part is installed.
pub(crate) fn is_shared(db: &dyn Db, base: &RelPath, name: &ModuleName, looked: &mut Looked) -> bool {
    let installed = Surroundings::get(db).third_party(db);
    !name.as_str().is_empty() && installed.contains(name.top()) && init_module(db, base, looked).is_none()
}

/// The places of a package; none of what is no package.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Portions {
    /// The `__init__` that runs, if the package has one.
    package: Option<Module>,
    pub(crate) directories: Box<[RelPath]>,
    pub(crate) looked: Looked,
}

/// The directories in which the submodules of the package in a directory, called by a name, are looked for:
/// those of every root, in their order, if it is a namespace package or extends its path. Always has the
/// directory in it.
///
/// Runs again when a slot that it looked at or the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn portions<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Portions {
    let (base, name, roots) = (key.dir(db), key.name(db), Surroundings::get(db).roots(db));
    let mut looked = Looked::default();
    // With a single root there is nowhere else to look.
    if let Some(parts) = parts(name.as_str())
        && !parts.is_empty()
        && roots.len() > 1
        && let Some(found) = locate(db, roots, &parts, &mut looked).found
        && found.directories().contains(base)
    {
        let directories = found.directories().into();
        return Portions { package: found.module().cloned(), directories, looked };
    }
    let package = init_module(db, base, &mut looked);
    Portions { package, directories: [base.clone()].into(), looked }
}

/// The directories in which the submodules of the package that `file` is are looked for.
///
/// Runs again when its [`portions`] do.
#[salsa::tracked(returns(ref))]
pub(crate) fn portions_of(db: &dyn Db, file: File) -> Portions {
    let path = file.path(db);
    match path.parent().filter(|_| matches!(path.file_name(), "__init__.py" | "__init__.pyi")) {
        Some(package) => portions(db, NameFrom::of(db, &package, module_of(db, file))).clone(),
        None => Portions::default(),
    }
}

/// The directory that a relative import of `level` dots starts from, in a file of `dir`; `None` beyond the
/// project.
pub(crate) fn base_of(dir: &RelPath, level: u32) -> Option<RelPath> {
    let mut base = dir.clone();
    for _ in 1..level {
        base = base.parent()?;
    }
    Some(base)
}

/// The root that gives the modules in `dir` their names: the longest under which an import statement can
/// spell them.
fn root_of<'a>(roots: &'a [RelPath], dir: &RelPath) -> Option<&'a RelPath> {
    let module = dir.join("module.py");
    roots
        .iter()
        .filter(|root| ModuleName::of_path(&module, root).is_some())
        .max_by_key(|root| root.as_str().len())
}

/// Gives the packages on the way to `module` their names.
fn named<'a>(
    parents: Vec<(usize, Module)>,
    prefix: &'a ModuleName,
    module: &'a ModuleName,
) -> impl Iterator<Item = (ModuleName, Module)> + 'a {
    parents.into_iter().map(move |(count, package)| {
        let name = module.parts().take(count).fold(prefix.clone(), |name, part| name.child(part));
        (name, package)
    })
}

/// The module name of a directory below `root`.
pub(crate) fn dotted(dir: &RelPath, root: &RelPath) -> ModuleName {
    ModuleName::new(dir.strip_prefix(root).unwrap_or("").replace('/', "."))
}
