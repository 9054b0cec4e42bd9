//! Where a symbol is defined, through any number of re-exports.

use std::collections::BTreeSet;

use rustc_hash::FxHashSet;
use staniel_facts::{Name, Origin, RelPath, TargetClass};

use crate::history::Candidate;
use crate::inputs::{Db, File};
use crate::locate::{Found, step};
use crate::looked::Looked;
use crate::resolve::{Target, portions_of, target};
use crate::statements::{Bound, BoundNames, Moment, Source, bound_names, module_of};
use crate::wanted::Wanted;

/// How many re-exports are followed before a symbol counts as not found. CPython's own recursion limit ends
/// such chains far earlier; the limit keeps work and memory bounded on texts made to be expensive.
const LONGEST_CHAIN: usize = 10_000;

/// What answering a question led past.
#[derive(Default)]
pub(crate) struct Trail {
    pub(crate) looked: Looked,
}

impl Trail {
    /// Where an import statement's module leads.
    pub(crate) fn target<'db>(&mut self, db: &'db dyn Db, module: Wanted<'db>) -> &'db Target {
        let (target, other) = target(db, module);
        self.looked.extend(&target.looked);
        if let Some(other) = other {
            self.looked.extend(&other.looked);
        }
        target
    }

    /// What stands in `directories` under `name`, which may be any text.
    pub(crate) fn step(&mut self, db: &dyn Db, directories: &[RelPath], name: &str) -> Option<Found> {
        let plain = !name.is_empty() && !name.contains(['/', '\0', '.']);
        if plain { step(db, directories, name, &mut self.looked) } else { None }
    }

    /// The submodule `name` of the package `file`.
    pub(crate) fn submodule(&mut self, db: &dyn Db, file: File, name: &str) -> Option<Found> {
        let portions = portions_of(db, file);
        self.looked.extend(&portions.looked);
        self.step(db, &portions.directories, name)
    }

    /// What the module `file` binds.
    fn bound_names<'db>(&mut self, db: &'db dyn Db, file: File) -> &'db BoundNames {
        if self.looked.consulted.last() != Some(&file) {
            self.looked.consulted.push(file);
        }
        bound_names(db, file)
    }
}

/// Something still to be tried; the last pushed is tried first.
enum Goal<'a> {
    /// The name in a module, after so many of its events; `starred` if it is brought by a star import.
    Name { file: File, name: &'a Name, moment: Option<u32>, starred: bool },
    /// The submodule of a package.
    Submodule { file: File, name: &'a Name },
    /// What an import statement brings.
    Import(Source<'a>),
    /// The name, if the star import of this module brings it.
    Star(Wanted<'a>, &'a Name),
    /// Found: the name in this module.
    Here(File, &'a Name),
}

/// Where `name` in the module `file` is defined: the last that it was bound to, through imports, aliases and
/// star imports, or the submodule of that name, if this was loaded later, or nothing else is left. If a statement of
/// that very module asks, what happens later than its `moment` does not count.
///
/// Iterates with a stack of its own: chains of re-exports are as long as projects like, and longer.
pub(crate) fn origin_of<'a>(
    db: &'a dyn Db,
    file: File,
    name: &'a Name,
    moment: Option<Moment>,
    trail: &mut Trail,
) -> Option<Origin> {
    let moment = at(moment, file);
    // Most names are definitions where they are asked for: not worth a stack.
    if trail.bound_names(db, file).defines(name) && moment.is_none() {
        return Some(defined_in(db, file, name));
    }
    let mut goals = vec![Goal::Name { file, name, moment, starred: false }];
    let mut visited: FxHashSet<(File, &Name, Option<u32>, bool)> = FxHashSet::default();
    while let Some(goal) = goals.pop() {
        match goal {
            Goal::Here(file, name) => return Some(defined_in(db, file, name)),
            Goal::Name { file, name, moment, starred } => {
                if !visited.insert((file, name, moment, starred)) {
                    continue;
                }
                if visited.len() > LONGEST_CHAIN {
                    return None;
                }
                let bound = trail.bound_names(db, file);
                if starred && !is_exported(db, file, bound, name, trail) {
                    continue;
                }
                let mut history = bound.history(name, moment);
                if history.bound {
                    // Then it is no submodule, not even if what binds it leads nowhere that is known.
                    goals.retain(|goal| !matches!(goal, Goal::Submodule { .. }));
                }
                let goal = |bound| match bound {
                    Bound::Here => Goal::Here(file, name),
                    Bound::Import(source) => Goal::Import(source),
                    Bound::Star(module) => Goal::Star(module, name),
                    Bound::Submodule => Goal::Submodule { file, name },
                };
                goals.extend(bound.read(db, history.declared).map(goal));
                let submodule = Goal::Submodule { file, name };
                // A star import loads what `__all__` names. Else it brings no submodule but one that was loaded, and that only
                // by the way: a package that has one of the same name will load its own sooner or later.
                let in_passing = starred && bound.all().is_none();
                if in_passing && !history.bound {
                    history.candidates.retain(|candidate| !matches!(candidate, Candidate::Submodule));
                    if history.loaded {
                        goals.insert(0, submodule);
                    }
                } else if !history.bound {
                    goals.push(submodule);
                }
                goals.extend(bound.read(db, history.candidates).map(goal));
            }
            Goal::Submodule { file, name } => {
                if let Some(found) = trail.submodule(db, file, name) {
                    return found.file().map(|file| module_itself(db, file));
                }
            }
            Goal::Star(module, name) => {
                if let Some(file) = trail.target(db, module).found.as_ref().and_then(Found::file) {
                    goals.push(Goal::Name { file, name, moment: None, starred: true });
                }
            }
            Goal::Import(source) => {
                let target = trail.target(db, source.module);
                match (&target.found, source.symbol) {
                    (Some(Found::Module(module)), None) => return Some(module_itself(db, module.file)),
                    (Some(Found::Module(module)), Some(name)) => {
                        let file = module.file;
                        // If two modules import a name from each other, neither has bound it yet.
                        goals.push(Goal::Submodule { file, name });
                        let moment = at(source.moment, file);
                        goals.push(Goal::Name { file, name, moment, starred: false });
                    }
                    (Some(Found::Namespace(directories)), Some(name)) => {
                        if let Some(file) = trail.step(db, directories, name).as_ref().and_then(Found::file) {
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
pub(crate) fn dunder_all<'a>(db: &'a dyn Db, file: File, trail: &mut Trail) -> BTreeSet<&'a Name> {
    let mut names = BTreeSet::new();
    walk_dunder_all(db, file, trail, |listed| {
        names.extend(listed);
        false
    });
    names
}

/// Whether a star import of the module `file` brings `name`, if the module has it.
fn is_exported(db: &dyn Db, file: File, bound: &BoundNames, name: &Name, trail: &mut Trail) -> bool {
    match bound.all() {
        None => !name.starts_with('_'),
        Some((_, true)) if bound.names(name) => true,
        Some(_) => walk_dunder_all(db, file, trail, |listed| listed.contains(name)),
    }
}

/// Shows `visit` the `__all__` of the module `file` and those added to it, each once, until it says that it
/// has seen enough; whether it did.
fn walk_dunder_all<'a>(
    db: &'a dyn Db,
    file: File,
    trail: &mut Trail,
    mut visit: impl FnMut(&'a [Name]) -> bool,
) -> bool {
    let mut open = vec![file];
    let mut seen = FxHashSet::default();
    while let Some(file) = open.pop() {
        if seen.len() >= LONGEST_CHAIN || !seen.insert(file) {
            continue;
        }
        let bound = trail.bound_names(db, file);
        let Some((names, _)) = bound.all() else { continue };
        if visit(names) {
            return true;
        }
        for source in bound.all_from(db) {
            let target = trail.target(db, source.module);
            let added = match (&target.found, source.symbol) {
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

/// The moment, if it is one in the loading of `file`.
fn at(moment: Option<Moment>, file: File) -> Option<u32> {
    moment.filter(|(loading, _)| *loading == file).map(|(_, moment)| moment)
}

/// The name in the module that defines it.
fn defined_in(db: &dyn Db, file: File, name: &Name) -> Origin {
    Origin { symbol: Some(name.clone()), ..module_itself(db, file) }
}

/// A module as an origin.
pub(crate) fn module_itself(db: &dyn Db, file: File) -> Origin {
    Origin { path: file.path(db).clone(), module: module_of(db, file).clone(), symbol: None }
}
