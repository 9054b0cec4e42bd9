//! Finding modules below directories, as CPython's path finder does, one slot at a time.

use staniel_facts::{ModuleName, RelPath};

use crate::Slot;
use crate::inputs::{Db, File};
use crate::looked::Looked;

/// What stands at the end of a dotted name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum Found {
    /// A module or a regular package.
    Module(Module),
    /// A namespace package (PEP 420), with the directories it consists of.
    Namespace(Box<[RelPath]>),
}

/// A module that is a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Module {
    /// The source; the stub where there is no source.
    pub(crate) file: File,
    /// The stub where there is a source too.
    pub(crate) stub: Option<File>,
    /// The directories that submodules are looked for in: none for a plain module, several for a package that
    /// extends its `__path__`.
    pub(crate) directories: Box<[RelPath]>,
}

impl Found {
    /// The module, where it is one.
    pub(crate) fn module(&self) -> Option<&Module> {
        match self {
            Self::Module(module) => Some(module),
            Self::Namespace(_) => None,
        }
    }

    /// The file, where there is one.
    pub(crate) fn file(&self) -> Option<File> {
        self.module().map(|module| module.file)
    }

    /// The directories in which submodules are looked for.
    pub(crate) fn directories(&self) -> &[RelPath] {
        match self {
            Self::Module(module) => &module.directories,
            Self::Namespace(directories) => directories,
        }
    }
}

/// Where a dotted name led.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Located {
    /// The end; `None` if some part is missing.
    pub(crate) found: Option<Found>,
    /// The packages on the way, each with the number of parts it stands for. Importing a module runs them,
    /// even if the end is missing.
    pub(crate) parents: Vec<(usize, Module)>,
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
pub(crate) fn locate(db: &dyn Db, bases: &[RelPath], parts: &[&str], looked: &mut Looked) -> Located {
    let mut located = Located::default();
    let mut below: Box<[RelPath]>;
    let mut portions = bases;
    for (index, part) in parts.iter().enumerate() {
        let last = index + 1 == parts.len();
        match step(db, portions, part, looked) {
            Some(Found::Module(module)) => {
                located.firm |= index == 0;
                if last {
                    located.found = Some(Found::Module(module));
                    break;
                }
                below = module.directories.clone();
                located.parents.push((index + 1, module));
                // A module that is no package has no submodules.
                if below.is_empty() {
                    break;
                }
            }
            Some(Found::Namespace(directories)) if last => {
                located.found = Some(Found::Namespace(directories));
                break;
            }
            Some(Found::Namespace(directories)) => below = directories,
            None => break,
        }
        portions = &below;
    }
    located
}

/// One part of [`locate`].
pub(crate) fn step(db: &dyn Db, portions: &[RelPath], part: &str, looked: &mut Looked) -> Option<Found> {
    const PACKAGE: u8 = Slot::INIT_PY | Slot::INIT_PYI;
    let mut namespaces = Vec::new();
    for (index, dir) in portions.iter().enumerate() {
        let bits = looked.probe(db, dir, part);
        if bits & PACKAGE != 0 {
            let mut directories = vec![dir.join(part)];
            let (file, stub) = source_and_stub(
                (bits & Slot::INIT_PY != 0).then(|| tracked(db, dir, part, "/__init__.py")),
                (bits & Slot::INIT_PYI != 0).then(|| tracked(db, dir, part, "/__init__.pyi")),
            )?;
            // What stands elsewhere counts only if the package says so, and what it says only if something does.
            for later in &portions[index + 1..] {
                if looked.probe(db, later, part) & (PACKAGE | Slot::DIRECTORY) != 0 {
                    namespaces.push(later.join(part));
                }
            }
            if !namespaces.is_empty() && looked.extends_path(db, file) {
                directories.append(&mut namespaces);
            }
            return Some(Found::Module(Module { file, stub, directories: directories.into() }));
        }
        if bits & (Slot::PY | Slot::PYI) != 0 {
            let (file, stub) = source_and_stub(
                (bits & Slot::PY != 0).then(|| tracked(db, dir, part, ".py")),
                (bits & Slot::PYI != 0).then(|| tracked(db, dir, part, ".pyi")),
            )?;
            return Some(Found::Module(Module { file, stub, directories: Box::default() }));
        }
        if bits & Slot::DIRECTORY != 0 {
            namespaces.push(dir.join(part));
        }
    }
    (!namespaces.is_empty()).then(|| Found::Namespace(namespaces.into()))
}

/// The file that counts, and the stub where it is another one.
fn source_and_stub(source: Option<File>, stub: Option<File>) -> Option<(File, Option<File>)> {
    match source {
        Some(source) => Some((source, stub)),
        None => stub.map(|stub| (stub, None)),
    }
}

/// Looks for `parts` in the stub packages (PEP 561) below `bases`: `a-stubs/b.pyi` for `a.b`.
pub(crate) fn locate_stubs(db: &dyn Db, bases: &[RelPath], parts: &[&str], looked: &mut Looked) -> Located {
    let Some((first, rest)) = parts.split_first() else { return Located::default() };
    let mut located = Located::default();
    for base in bases {
        if looked.probe(db, base, first) & Slot::STUBS == 0 {
            continue;
        }
        let directory = base.join(&format!("{first}-stubs"));
        let package = standing_for(db, &directory, looked);
        if rest.is_empty() {
            located.found = Some(package);
            return located;
        }
        let below = locate(db, &[directory], rest, looked);
        if below.found.is_some() {
            located.parents = package.module().map(|module| (1, module.clone())).into_iter().collect();
            located.parents.extend(below.parents.into_iter().map(|(count, module)| (count + 1, module)));
            located.found = below.found;
            return located;
        }
    }
    located
}

/// The package that `directory` itself is, without regard to other portions of it.
pub(crate) fn standing_for(db: &dyn Db, directory: &RelPath, looked: &mut Looked) -> Found {
    match init_module(db, directory, looked) {
        Some(module) => Found::Module(module),
        None => Found::Namespace([directory.clone()].into()),
    }
}

/// The `__init__` of `directory`.
pub(crate) fn init_module(db: &dyn Db, directory: &RelPath, looked: &mut Looked) -> Option<Module> {
    let bits = looked.probe(db, directory, Slot::INIT);
    let (file, stub) = source_and_stub(
        (bits & Slot::PY != 0).then(|| tracked(db, directory, Slot::INIT, ".py")),
        (bits & Slot::PYI != 0).then(|| tracked(db, directory, Slot::INIT, ".pyi")),
    )?;
    Some(Module { file, stub, directories: [directory.clone()].into() })
}

/// The file `dir/name` with `suffix`, which a slot's bits say is there.
pub(crate) fn tracked(db: &dyn Db, dir: &RelPath, name: &str, suffix: &str) -> File {
    let dir = dir.as_str();
    let mut path = String::with_capacity(dir.len() + 1 + name.len() + suffix.len());
    path.push_str(dir);
    if !dir.is_empty() {
        path.push('/');
    }
    path.push_str(name);
    path.push_str(suffix);
    db.file(&path).expect("bits are set for tracked files only, and those have inputs")
}

/// The name of the module that `path` is, under the longest of `roots` that makes it importable.
///
/// Scripts that no root makes importable (`my-dir/run.py`) get their path with dots, which no import
/// statement can spell, but people can read.
pub fn module_name(roots: &[RelPath], path: &RelPath) -> ModuleName {
    if let Some((_, module)) = importable_name(roots, path) {
        return module;
    }
    let text = path.as_str();
    let stem = text.strip_suffix(".py").or_else(|| text.strip_suffix(".pyi")).unwrap_or(text);
    let stem = stem.strip_suffix("/__init__").unwrap_or(stem);
    ModuleName::new(stem.replace('/', "."))
}

/// The longest of `roots` that makes `path` importable, and the name that it gives it.
pub(crate) fn importable_name<'a>(roots: &'a [RelPath], path: &RelPath) -> Option<(&'a RelPath, ModuleName)> {
    // A root's own `__init__` is a module by another root, if any.
    let name = |root| ModuleName::of_path(path, root).filter(|module| module.as_str() != Slot::INIT);
    let names = roots.iter().filter_map(|root| Some((root, name(root)?)));
    names.max_by_key(|(root, _)| root.as_str().len())
}

/// `directory` and the directories above it, the nearest first, the project's root last.
pub(crate) fn ancestors(directory: &RelPath) -> impl Iterator<Item = RelPath> {
    std::iter::successors(Some(directory.clone()), RelPath::parent)
}
