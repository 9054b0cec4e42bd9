//! Finding modules below directories, as CPython's path finder does, one slot at a time.

use staniel_facts::{ModuleName, RelPath};

use crate::Slot;
use crate::inputs::{Db, File, SlotInput, probe};

/// What stands at the end of a dotted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A module or a regular package, by its source (its stub where there is no source).
    File {
        file: File,
        /// The directory that submodules are looked for in.
        package: Option<RelPath>,
    },
    /// A namespace package (PEP 420), with the directories it consists of.
    Namespace(Box<[RelPath]>),
}

impl Found {
    /// The file, where there is one.
    pub(crate) fn file(&self) -> Option<File> {
        match self {
            Self::File { file, .. } => Some(*file),
            Self::Namespace(_) => None,
        }
    }

    /// The directories in which submodules are looked for.
    pub(crate) fn directories(&self) -> &[RelPath] {
        match self {
            Self::File { package, .. } => package.as_slice(),
            Self::Namespace(directories) => directories,
        }
    }
}

/// Where a dotted name led.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Located {
    /// The end; `None` if some part is missing.
    pub(crate) found: Option<Found>,
    /// The files of the packages on the way, each with the number of parts it stands for. Importing a module
    /// runs them, even if the end is missing.
    pub(crate) parents: Vec<(usize, File)>,
    /// Whether the first part is a regular package or a module: then nothing behind it on the search path
    /// counts.
    pub(crate) firm: bool,
}

/// The parts of a module name, or `None` for what cannot be one: dynamic imports hold any text.
pub(crate) fn parts(name: &str) -> Option<Vec<&str>> {
    let parts: Vec<&str> = if name.is_empty() { Vec::new() } else { name.split('.').collect() };
    parts.iter().all(|part| !part.is_empty() && !part.contains(['/', '\0'])).then_some(parts)
}

/// Looks for `parts` below `bases`, in order: for each part a regular package wins over a module, both win
/// over namespace directories wherever those stand, and namespace directories of several bases are merged.
/// Every slot that was looked at is added to `slots`.
pub(crate) fn locate(db: &dyn Db, bases: &[RelPath], parts: &[&str], slots: &mut Vec<SlotInput>) -> Located {
    let mut located = Located::default();
    let mut portions = bases.to_vec();
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        match step(db, &portions, part, slots) {
            Some(Found::File { file, package }) => {
                located.firm |= index == 0;
                if last {
                    located.found = Some(Found::File { file, package });
                } else {
                    located.parents.push((index + 1, file));
                    // A module that is no package has no submodules.
                    let Some(directory) = package else { break };
                    portions = vec![directory];
                }
            }
            Some(Found::Namespace(directories)) if last => {
                located.found = Some(Found::Namespace(directories));
            }
            Some(Found::Namespace(directories)) => portions = directories.into_vec(),
            None => break,
        }
    }
    located
}

/// One part of [`locate`].
pub(crate) fn step(
    db: &dyn Db,
    portions: &[RelPath],
    part: &str,
    slots: &mut Vec<SlotInput>,
) -> Option<Found> {
    let mut namespaces = Vec::new();
    for dir in portions {
        let bits = probe(db, dir, part, slots);
        if bits & (Slot::INIT_PY | Slot::INIT_PYI) != 0 {
            let package = dir.join(part);
            let file = tracked(db, &package.join(init_of(bits & Slot::INIT_PY != 0)));
            return Some(Found::File { file, package: Some(package) });
        }
        if bits & (Slot::PY | Slot::PYI) != 0 {
            let suffix = if bits & Slot::PY != 0 { "py" } else { "pyi" };
            let file = tracked(db, &dir.join(&format!("{part}.{suffix}")));
            return Some(Found::File { file, package: None });
        }
        if bits & Slot::DIRECTORY != 0 {
            namespaces.push(dir.join(part));
        }
    }
    (!namespaces.is_empty()).then(|| Found::Namespace(namespaces.into()))
}

/// Looks for `parts` in the stub packages (PEP 561) below `bases`: `a-stubs/b.pyi` for `a.b`.
pub(crate) fn locate_stubs(
    db: &dyn Db,
    bases: &[RelPath],
    parts: &[&str],
    slots: &mut Vec<SlotInput>,
) -> Located {
    let Some((first, rest)) = parts.split_first() else { return Located::default() };
    let mut located = Located::default();
    for base in bases {
        if probe(db, base, first, slots) & Slot::STUBS == 0 {
            continue;
        }
        let directory = base.join(&format!("{first}-stubs"));
        let package = standing_for(db, &directory, slots);
        if rest.is_empty() {
            located.found = Some(package);
            return located;
        }
        let below = locate(db, &[directory], rest, slots);
        if below.found.is_some() {
            located.parents = package.file().map(|file| (1, file)).into_iter().collect();
            located.parents.extend(below.parents.into_iter().map(|(count, file)| (count + 1, file)));
            located.found = below.found;
            return located;
        }
    }
    located
}

/// The package that `directory` itself is.
pub(crate) fn standing_for(db: &dyn Db, directory: &RelPath, slots: &mut Vec<SlotInput>) -> Found {
    match init_file(db, directory, slots) {
        Some(file) => Found::File { file, package: Some(directory.clone()) },
        None => Found::Namespace([directory.clone()].into()),
    }
}

/// The `__init__` of `directory`, its source before its stub.
pub(crate) fn init_file(db: &dyn Db, directory: &RelPath, slots: &mut Vec<SlotInput>) -> Option<File> {
    let bits = probe(db, directory, Slot::INIT, slots);
    (bits & (Slot::PY | Slot::PYI) != 0).then(|| tracked(db, &directory.join(init_of(bits & Slot::PY != 0))))
}

/// The file that a slot's bits say is there.
pub(crate) fn tracked(db: &dyn Db, path: &RelPath) -> File {
    db.file(path.as_str()).expect("bits are set for tracked files only, and those have inputs")
}

fn init_of(source: bool) -> &'static str {
    if source { "__init__.py" } else { "__init__.pyi" }
}

/// The name of the module that `path` is, under the longest of `roots` that makes it importable.
///
/// Scripts that no root makes importable (`my-dir/run.py`) get their path with dots, which no import
/// statement can spell, but people can read.
pub fn module_name(roots: &[RelPath], path: &RelPath) -> ModuleName {
    let importable = roots.iter().filter_map(|root| {
        // A root's own `__init__` is a module by another root, if any.
        let module = ModuleName::of_path(path, root).filter(|module| module.as_str() != Slot::INIT)?;
        Some((root.as_str().len(), module))
    });
    if let Some((_, module)) = importable.max_by_key(|(length, _)| *length) {
        return module;
    }
    let text = path.as_str();
    let stem = text.strip_suffix(".py").or_else(|| text.strip_suffix(".pyi")).unwrap_or(text);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    ModuleName::new(stem.replace('/', "."))
}

/// `directory` and the directories above it, the nearest first, the project's root last.
pub(crate) fn ancestors(directory: &RelPath) -> impl Iterator<Item = RelPath> {
    std::iter::successors(Some(directory.clone()), RelPath::parent)
}
