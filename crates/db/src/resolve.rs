//! From the name in an import statement to what it stands for.

use staniel_facts::{ModuleName, RelPath, TargetClass};

use crate::inputs::{Db, File, SlotInput, Surroundings, probe, unique};
use crate::locate::{Found, Located, ancestors, init_file, locate, locate_stubs, parts, standing_for};
use crate::{Slot, stdlib};

/// The module of an import statement as written, seen from the directory of its file: all that its meaning
/// depends on. Kept for ever, like the other names here: they are as few as a project's import statements.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct Wanted<'db> {
    #[returns(ref)]
    pub(crate) dir: RelPath,
    /// Leading dots.
    #[returns(copy)]
    pub(crate) level: u32,
    #[returns(ref)]
    pub(crate) module: ModuleName,
}

/// A module name, as a key of queries.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct AbsoluteName<'db> {
    #[returns(ref)]
    pub(crate) name: ModuleName,
}

/// A module name as seen from a directory, as a key of queries shared by all files of that directory.
#[salsa::interned(debug, revisions = usize::MAX)]
pub(crate) struct NameFrom<'db> {
    #[returns(ref)]
    pub(crate) dir: RelPath,
    #[returns(ref)]
    pub(crate) name: ModuleName,
}

/// What a module name stands for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Resolved {
    pub(crate) class: TargetClass,
    /// The end and the packages on the way. May be there for third-party names too: namespace packages
    /// (`google`) can lie both here and there.
    pub(crate) located: Located,
    /// Every slot that was looked at.
    pub(crate) slots: Box<[SlotInput]>,
}

/// What an absolute name stands for on the search path.
///
/// First-party files come before the standard library (as a script's directory does on `sys.path`), save for
/// what is built into the interpreter. A namespace directory comes after both the standard library and
/// installed distributions: any regular package on the search path beats it.
///
/// Runs again when a slot that it looked at or the environment changes; never at an edit.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolve_module<'db>(db: &'db dyn Db, key: AbsoluteName<'db>) -> Resolved {
    let name = key.name(db);
    let surroundings = Surroundings::get(db);
    let mut slots = Vec::new();
    let unlocated = |class, slots| Resolved { class, located: Located::default(), slots: unique(slots) };
    let Some(parts) = parts(name.as_str()).filter(|parts| !parts.is_empty()) else {
        return unlocated(TargetClass::Unresolved, slots);
    };
    let top = parts[0];
    if stdlib::is_builtin(top) {
        return unlocated(TargetClass::Stdlib, slots);
    }
    let roots = surroundings.roots(db);
    let located = locate(db, roots, &parts, &mut slots);
    let in_stdlib = || stdlib::is_stdlib(top, surroundings.python(db));
    let installed = || surroundings.third_party(db).contains(top);
    let class = match &located.found {
        _ if !located.firm && in_stdlib() => TargetClass::Stdlib,
        Some(Found::File { .. }) => TargetClass::FirstParty,
        Some(Found::Namespace(_)) if located.firm || !installed() => TargetClass::FirstParty,
        None if located.firm || !installed() => TargetClass::Unresolved,
        _ => TargetClass::ThirdParty,
    };
    if class == TargetClass::Stdlib {
        return unlocated(class, slots);
    }
    if class == TargetClass::Unresolved && !located.firm {
        let stubs = locate_stubs(db, roots, &parts, &mut slots);
        if stubs.found.is_some() {
            return Resolved { class: TargetClass::FirstParty, located: stubs, slots: unique(slots) };
        }
    }
    Resolved { class, located, slots: unique(slots) }
}

/// What an absolute name that the search path does not have stands for beside the importing file: below
/// its own directory or one above it that is no regular package (or has a `pyproject.toml`), as scripts and
/// test directories are run. The same rule as that of ty, so that both agree.
///
/// Runs again when a slot that it looked at changes.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolve_beside<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Resolved {
    let mut slots = Vec::new();
    let mut bases = Vec::new();
    for dir in ancestors(key.dir(db)) {
        let is_project = probe(db, &dir, Slot::PYPROJECT, &mut slots) != 0;
        if init_file(db, &dir, &mut slots).is_none() || is_project {
            bases.push(dir);
        }
    }
    let parts = parts(key.name(db).as_str()).unwrap_or_default();
    let mut located = locate(db, &bases, &parts, &mut slots);
    if located.found.is_none() {
        let stubs = locate_stubs(db, &bases, &parts, &mut slots);
        if stubs.found.is_some() {
            located = stubs;
        }
    }
    let class = if located.found.is_some() { TargetClass::FirstParty } else { TargetClass::Unresolved };
    Resolved { class, located, slots: unique(slots) }
}

/// Where the module of an import statement leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Target {
    pub(crate) class: TargetClass,
    /// The absolute name as the statement means it; as written, with its dots, beyond the top.
    pub(crate) module: ModuleName,
    pub(crate) found: Option<Found>,
    /// The first-party packages above it, outermost first.
    pub(crate) parents: Box<[(ModuleName, File)]>,
    /// Every slot that was looked at.
    pub(crate) slots: Box<[SlotInput]>,
}

/// Where the module of an import statement leads.
///
/// Runs again when what its absolute name stands for, a slot that it looked at, or the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn target<'db>(db: &'db dyn Db, key: Wanted<'db>) -> Target {
    match key.level(db) {
        0 => absolute_target(db, key.dir(db), key.module(db)),
        level => relative_target(db, key.dir(db), level, key.module(db)),
    }
}

fn absolute_target(db: &dyn Db, dir: &RelPath, module: &ModuleName) -> Target {
    let mut resolved = resolve_module(db, AbsoluteName::new(db, module.clone()));
    let mut slots = resolved.slots.to_vec();
    if resolved.class == TargetClass::Unresolved {
        let beside = resolve_beside(db, NameFrom::new(db, dir.clone(), module.clone()));
        slots.extend_from_slice(&beside.slots);
        if beside.class != TargetClass::Unresolved {
            resolved = beside;
        }
    }
    Target {
        class: resolved.class,
        module: module.clone(),
        found: resolved.located.found.clone(),
        parents: named(&resolved.located.parents, &ModuleName::default(), module).collect(),
        slots: unique(slots),
    }
}

/// Relative imports go by place and not by name, so that they work in directories without `__init__` too; where a
/// namespace package has portions under several roots, by all of their places.
fn relative_target(db: &dyn Db, dir: &RelPath, level: u32, module: &ModuleName) -> Target {
    let mut slots = Vec::new();
    let beyond = |slots| Target {
        class: TargetClass::Unresolved,
        // A number of dots that no tree is deep enough for is mere text, and cut.
        module: ModuleName::new(format!("{}{module}", ".".repeat(level.min(256) as usize))),
        found: None,
        parents: Box::default(),
        slots: unique(slots),
    };
    let Some(base) = base_of(dir, level) else { return beyond(slots) };
    let root = root_of(Surroundings::get(db).roots(db), dir);
    // The base must be a package as far as the file knows whose module name goes by the root: below it, or
    // itself a package (a project may be one as a whole). Scripts that no root makes importable go by place.
    let below = root.is_none_or(|root| base != *root && base.strip_prefix(root).is_some());
    if !below && init_file(db, &base, &mut slots).is_none() {
        return beyond(slots);
    }
    let root = root.filter(|root| base.strip_prefix(root).is_some()).cloned().unwrap_or_else(RelPath::root);
    let prefix = dotted(&base, &root);
    let portions = portions_of(db, &base, &prefix, &mut slots);
    let located = match parts(module.as_str()) {
        Some(parts) if parts.is_empty() => {
            let found = match init_file(db, &base, &mut slots) {
                None => Found::Namespace(portions.into()),
                Some(_) => standing_for(db, &base, &mut slots),
            };
            Located { found: Some(found), ..Located::default() }
        }
        Some(parts) => locate(db, &portions, &parts, &mut slots),
        None => Located::default(),
    };
    let mut parents: Vec<(ModuleName, File)> = ancestors(&base)
        .take_while(|dir| *dir != root)
        .filter_map(|dir| Some((dotted(&dir, &root), init_file(db, &dir, &mut slots)?)))
        .collect();
    parents.reverse();
    if module.as_str().is_empty() {
        // The package itself is the target, not one of its own parents.
        parents.retain(|(name, _)| *name != prefix);
    }
    parents.extend(named(&located.parents, &prefix, module));
    let class = match located.found {
        Some(_) => TargetClass::FirstParty,
        None if is_shared(db, &base, &prefix, &mut slots) => TargetClass::ThirdParty,
        None => TargetClass::Unresolved,
    };
    Target {
        class,
        module: if module.as_str().is_empty() { prefix } else { prefix.child(module.as_str()) },
        found: located.found,
        parents: parents.into(),
        slots: unique(slots),
    }
}

/// Whether the package in `base`, called `name`, is a namespace package of which a part is installed.
pub(crate) fn is_shared(db: &dyn Db, base: &RelPath, name: &ModuleName, slots: &mut Vec<SlotInput>) -> bool {
    let installed = Surroundings::get(db).third_party(db);
    !name.as_str().is_empty() && installed.contains(name.top()) && init_file(db, base, slots).is_none()
}

/// The directories in which the submodules of the package in `base`, called `name`, are looked for: those of
/// every root, in their order, if it is a namespace package. Always has `base` in it.
fn portions_of(db: &dyn Db, base: &RelPath, name: &ModuleName, slots: &mut Vec<SlotInput>) -> Vec<RelPath> {
    let alone = vec![base.clone()];
    let parts = parts(name.as_str()).unwrap_or_default();
    if parts.is_empty() || init_file(db, base, slots).is_some() {
        return alone;
    }
    match locate(db, Surroundings::get(db).roots(db), &parts, slots).found {
        Some(Found::Namespace(portions)) if portions.contains(base) => portions.into_vec(),
        _ => alone,
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
    parents: &'a [(usize, File)],
    prefix: &'a ModuleName,
    module: &'a ModuleName,
) -> impl Iterator<Item = (ModuleName, File)> + 'a {
    parents.iter().map(move |(count, file)| {
        let name = module.parts().take(*count).fold(prefix.clone(), |name, part| name.child(part));
        (name, *file)
    })
}

/// The module name of a directory below `root`.
pub(crate) fn dotted(dir: &RelPath, root: &RelPath) -> ModuleName {
    ModuleName::new(dir.strip_prefix(root).unwrap_or("").replace('/', "."))
}
