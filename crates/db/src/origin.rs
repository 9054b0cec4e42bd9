//! Where a symbol is defined, through any number of re-exports.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use staniel_facts::{Name, Origin, RelPath, TargetClass};

use crate::Slot;
use crate::inputs::{Db, File, SlotInput, unique};
use crate::locate::{Found, step};
use crate::resolve::{Target, Wanted, target};
use crate::statements::{Bound, BoundNames, Source, bound_names, module_of};

/// How many re-exports are followed before a symbol counts as not found. CPython's own recursion limit ends
/// such chains far earlier; the limit keeps work and memory bounded on texts made to be expensive.
const LONGEST_CHAIN: usize = 10_000;

/// What answering a question led past: the files whose bindings were read, the slots that were looked at.
#[derive(Default)]
pub(crate) struct Trail {
    consulted: FxHashSet<File>,
    slots: Vec<SlotInput>,
}

impl Trail {
    /// Where an import statement's module leads.
    pub(crate) fn target<'db>(&mut self, db: &'db dyn Db, module: Wanted<'db>) -> &'db Target {
        let target = target(db, module);
        self.slots.extend_from_slice(&target.slots);
        target
    }

    /// What stands in `directories` under `name`, which may be any text.
    pub(crate) fn step(&mut self, db: &dyn Db, directories: &[RelPath], name: &str) -> Option<Found> {
        let plain = !name.is_empty() && !name.contains(['/', '\0', '.']);
        if plain { step(db, directories, name, &mut self.slots) } else { None }
    }

    /// What the module `file` binds.
    fn bound_names<'db>(&mut self, db: &'db dyn Db, file: File) -> &'db BoundNames<'db> {
        self.consulted.insert(file);
        bound_names(db, file)
    }

    /// The files and the slots, each sorted.
    pub(crate) fn finish(self, db: &dyn Db) -> (Box<[RelPath]>, Box<[Slot]>) {
        let mut consulted: Box<[RelPath]> = self.consulted.iter().map(|file| file.path(db).clone()).collect();
        consulted.sort_unstable();
        let mut slots: Box<[Slot]> = unique(self.slots).iter().map(|slot| slot.slot(db).clone()).collect();
        slots.sort_unstable();
        (consulted, slots)
    }
}

/// Something still to be tried; the last pushed is tried first.
enum Goal<'a> {
    /// The name in a module; `starred` if it is brought by a star import.
    Name { file: File, name: &'a Name, starred: bool },
    /// The submodule of a package.
    Submodule { file: File, name: &'a Name },
    /// What an import statement brings.
    Import(&'a Source<'a>),
    /// The name, if the star import of this module brings it.
    Star(Wanted<'a>, &'a Name),
    /// Found: the name in this module.
    Here(File, &'a Name),
}

/// Where `name` in the module `file` is defined: the last of its bindings, through imports, aliases and
/// star imports; failing these, the submodule of that name.
///
/// Iterates with a stack of its own: chains of re-exports are as long as projects like, and longer.
pub(crate) fn origin_of<'a>(db: &'a dyn Db, file: File, name: &'a Name, trail: &mut Trail) -> Option<Origin> {
    let mut goals = vec![Goal::Name { file, name, starred: false }];
    let mut visited: FxHashSet<(File, &Name)> = FxHashSet::default();
    while let Some(goal) = goals.pop() {
        match goal {
            Goal::Here(file, name) => {
                let (path, module) = (file.path(db).clone(), module_of(db, file).clone());
                return Some(Origin { path, module, symbol: Some(name.clone()) });
            }
            Goal::Name { file, name, starred } => {
                if !visited.insert((file, name)) {
                    continue;
                }
                if visited.len() > LONGEST_CHAIN {
                    return None;
                }
                let bound = trail.bound_names(db, file);
                if starred && !is_exported(db, file, bound, name, trail) {
                    continue;
                }
                let bindings = bound.get(name);
                if bindings.is_empty() {
                    goals.push(Goal::Submodule { file, name });
                    goals.extend(bound.stars.iter().map(|module| Goal::Star(*module, name)));
                } else {
                    // The module binds it: what star imports elsewhere might bring no longer counts.
                    goals.clear();
                    goals.extend(bindings.iter().map(|binding| match binding {
                        Bound::Here => Goal::Here(file, name),
                        Bound::Import(source) => Goal::Import(source),
                    }));
                }
            }
            Goal::Submodule { file, name } => {
                if let Some(origin) = submodule(db, file, name, trail) {
                    return Some(origin);
                }
            }
            Goal::Star(module, name) => {
                if let Some(file) = trail.target(db, module).found.as_ref().and_then(Found::file) {
                    goals.push(Goal::Name { file, name, starred: true });
                }
            }
            Goal::Import(source) => {
                let target = trail.target(db, source.module);
                match (&target.found, &source.symbol) {
                    (Some(Found::File { file, .. }), None) => return Some(module_itself(db, *file)),
                    (Some(Found::File { file, .. }), Some(name)) => {
                        // Tried if the module does not bind the name, or binds it to the submodule.
                        goals.push(Goal::Submodule { file: *file, name });
                        goals.push(Goal::Name { file: *file, name, starred: false });
                    }
                    (Some(Found::Namespace(directories)), Some(name)) => {
                        if let Some(Found::File { file, .. }) = trail.step(db, directories, name) {
                            return Some(module_itself(db, file));
                        }
                    }
                    // Bound elsewhere, where we do not look. An import that leads nowhere on the other hand
                    // gives way to the binding before it: `try: import fast … except ImportError: …`.
                    (None, _) if target.class != TargetClass::Unresolved => return None,
                    _ => {}
                }
            }
        }
    }
    None
}

/// The names that `__all__` of the module `file` lists, with those of the modules whose `__all__` it adds;
/// none if it has no `__all__`.
pub(crate) fn dunder_all(db: &dyn Db, file: File, trail: &mut Trail) -> BTreeSet<Name> {
    let mut names = BTreeSet::new();
    walk_dunder_all(db, file, trail, |listed| {
        names.extend(listed.iter().cloned());
        false
    });
    names
}

/// Whether a star import of the module `file` brings `name`, if the module has it.
fn is_exported(db: &dyn Db, file: File, bound: &BoundNames<'_>, name: &Name, trail: &mut Trail) -> bool {
    match &bound.all {
        None => !name.starts_with('_'),
        Some(all) if all.partial && !bound.get(name).is_empty() => true,
        Some(_) => walk_dunder_all(db, file, trail, |listed| listed.contains(name)),
    }
}

/// Shows `visit` the `__all__` of the module `file` and those added to it, each once, until it says that it
/// has seen enough; whether it did.
fn walk_dunder_all(
    db: &dyn Db,
    file: File,
    trail: &mut Trail,
    mut visit: impl FnMut(&[Name]) -> bool,
) -> bool {
    let mut open = vec![file];
    let mut seen = FxHashSet::default();
    while let Some(file) = open.pop() {
        if seen.len() >= LONGEST_CHAIN || !seen.insert(file) {
            continue;
        }
        let Some(all) = &trail.bound_names(db, file).all else { continue };
        if visit(&all.names) {
            return true;
        }
        for source in &all.from {
            let target = trail.target(db, source.module);
            let added = match (&target.found, &source.symbol) {
                (Some(found), Some(symbol)) => {
                    trail.step(db, found.directories(), symbol).as_ref().and_then(Found::file)
                }
                (found, _) => found.as_ref().and_then(Found::file),
            };
            open.extend(added);
        }
    }
    false
}

/// The submodule `name` of the package `file`.
pub(crate) fn submodule(db: &dyn Db, file: File, name: &Name, trail: &mut Trail) -> Option<Origin> {
    let path = file.path(db);
    let package = path.parent().filter(|_| matches!(path.file_name(), "__init__.py" | "__init__.pyi"))?;
    trail.step(db, &[package], name)?.file().map(|file| module_itself(db, file))
}

/// A module as an origin.
pub(crate) fn module_itself(db: &dyn Db, file: File) -> Origin {
    Origin { path: file.path(db).clone(), module: module_of(db, file).clone(), symbol: None }
}
