//! Needs: everything whose existence or content an answer about a file can depend on.
//!
//! Deliberately wider than edges. Edges say what a statement means; needs must hold whatever a type provider
//! might look at to find out, by rules of its own: a need too many costs a question, one too few a wrong
//! answer.

use std::sync::Arc;

use rustc_hash::FxHashSet;
use staniel_facts::{Edge, ModuleName, RelPath, TargetClass};

use crate::Slot;
use crate::edges::resolution;
use crate::inputs::{Db, File, SlotInput, Surroundings};
use crate::locate::{ancestors, parts, tracked};
use crate::looked::{Looked, unique};
use crate::resolve::{base_of, dotted, is_shared, target};
use crate::statements::imports;
use crate::wanted::NameFrom;

/// What an answer about a file can depend on, one step far; the rest follows by closure.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Needs {
    /// Existing files, sorted; the file itself is not in it.
    pub targets: Box<[RelPath]>,
    /// Every slot that could hold, or hide, something the file means, with what it held; absent ones
    /// (0) too. Sorted.
    pub slots: Box<[(Slot, u8)]>,
    /// Whether it imports something installed. That may import what it likes: see
    /// [`Shadowing::installed`](crate::Shadowing::installed).
    pub installed: bool,
}

/// A part of the needs of several files, by ids: what these stand for is looked up once per file.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Candidates {
    files: Vec<File>,
    slots: Box<[SlotInput]>,
}

/// What a file needs.
///
/// Runs again when its import statements change, when its edges do, and when a slot that it looked at does.
#[salsa::tracked(returns(ref))]
pub(crate) fn needs(db: &dyn Db, file: File) -> Arc<Needs> {
    let path = file.path(db);
    let Some(dir) = path.parent() else { return Arc::default() };
    let mut parts: Vec<&Candidates> = vec![above(db, NameFrom::of(db, &dir, &ModuleName::default()))];

    // What else bears the file's own name: stub and source, module and package, in every place.
    for name in names(db, &dir, |base| ModuleName::of_path(path, base)) {
        parts.push(anywhere(db, NameFrom::of(db, &dir, &name)));
    }
    let stem = path.file_name().rsplit_once('.').map_or(path.file_name(), |(stem, _)| stem);
    parts.push(inside(db, NameFrom::of(db, &dir, &ModuleName::new(stem))));

    let mut installed = false;
    for statement in imports(db, file).iter() {
        installed |= target(db, statement.module).0.class == TargetClass::ThirdParty;
        let module = statement.module.dotted.name(db);
        let name = match statement.symbol.filter(|symbol| *symbol != "*") {
            Some(symbol) => module.child(symbol),
            None => module.clone(),
        };
        match statement.module.level {
            0 => parts.push(anywhere(db, NameFrom::of(db, &dir, &name))),
            level => {
                let Some(base) = base_of(&dir, level) else { continue };
                // By place, and by each absolute name that the statement may amount to.
                let below = |root: &RelPath| base.strip_prefix(root).map(|_| dotted(&base, root));
                for package in names(db, &dir, below).into_iter().filter(|name| !name.as_str().is_empty()) {
                    // The slot that this looks at is among those above the file.
                    installed |= is_shared(db, &base, &package, &mut Looked::default());
                    let name = name.parts().fold(package, |package, part| package.child(part));
                    parts.push(anywhere(db, NameFrom::of(db, &dir, &name)));
                }
                parts.push(inside(db, NameFrom::of(db, &base, &name)));
            }
        }
    }

    let slots = unique(parts.iter().flat_map(|part| part.slots.iter().copied()).collect());
    let mut slots: Box<[(Slot, u8)]> =
        slots.iter().map(|slot| (slot.slot(db).clone(), slot.bits(db))).collect();
    slots.sort_unstable();
    let files: FxHashSet<File> = parts.iter().flat_map(|part| part.files.iter().copied()).collect();
    let mut targets: Vec<RelPath> = files.into_iter().map(|file| file.path(db).clone()).collect();
    // Star imports of packages run the submodules that somebody else's `__all__` names. What pytest loads before
    // a file on the other hand has no part in its types.
    let edges = resolution(db, file).edges.iter().filter(|edge| edge.import != Edge::NO_IMPORT);
    targets.extend(edges.filter_map(|edge| edge.content.resolved.clone()));
    targets.sort_unstable();
    targets.dedup();
    targets.retain(|target| target != path);
    Arc::new(Needs { targets: targets.into(), slots, installed })
}

/// The absolute names that something seen from `dir` may go by, each made by `name` of a directory from which modules
/// get their names: every root, and every directory above `dir` that has a `pyproject.toml`.
fn names(db: &dyn Db, dir: &RelPath, name: impl Fn(&RelPath) -> Option<ModuleName>) -> Vec<ModuleName> {
    let roots = Surroundings::get(db).roots(db);
    let projects = ancestors(dir).filter(|dir| db.slot(dir, Slot::PYPROJECT).bits(db) != 0);
    let mut names: Vec<ModuleName> =
        roots.iter().cloned().chain(projects).filter_map(|base| name(&base)).collect();
    names.sort_unstable();
    names.dedup();
    names
}

/// What every file in a directory needs: whether that and each directory above it is a package, a project,
/// or anything at all. The key's name is empty.
///
/// Runs again when one of these slots changes.
#[salsa::tracked(returns(ref))]
pub(crate) fn above<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Candidates {
    let mut found = Search::new(db);
    for dir in ancestors(key.dir(db)) {
        found.look(&dir, Slot::INIT);
        found.look(&dir, Slot::PYPROJECT);
        if let Some(parent) = dir.parent() {
            found.look(&parent, dir.file_name());
        }
    }
    found.finish()
}

/// All that an absolute name could mean to a file in a directory: under every root, even if an earlier one
/// has it, and beside and above the file.
///
/// Runs again when one of the slots on the way or the roots change.
#[salsa::tracked(returns(ref))]
pub(crate) fn anywhere<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Candidates {
    let mut bases = Surroundings::get(db).roots(db).to_vec();
    bases.extend(ancestors(key.dir(db)));
    bases.sort_unstable();
    bases.dedup();
    everything_below(db, bases, key.name(db))
}

/// All that a name could mean below one directory.
///
/// Runs again when one of the slots on the way changes.
#[salsa::tracked(returns(ref))]
pub(crate) fn inside<'db>(db: &'db dyn Db, key: NameFrom<'db>) -> Candidates {
    everything_below(db, vec![key.dir(db).clone()], key.name(db))
}

fn everything_below(db: &dyn Db, bases: Vec<RelPath>, name: &ModuleName) -> Candidates {
    let mut found = Search::new(db);
    let mut dirs = bases;
    for (index, part) in parts(name.as_str()).unwrap_or_default().into_iter().enumerate() {
        let mut below = Vec::new();
        for dir in &dirs {
            let bits = found.look(dir, part);
            if bits & Slot::DIRECTORY != 0 {
                below.push(dir.join(part));
            }
            if index == 0 && bits & Slot::STUBS != 0 {
                let stubs = dir.join(&format!("{part}-stubs"));
                found.look(&stubs, Slot::INIT);
                below.push(stubs);
            }
        }
        dirs = below;
    }
    found.finish()
}

/// Slots asked for, and the files that they hold.
struct Search<'db> {
    db: &'db dyn Db,
    files: Vec<File>,
    looked: Looked,
}

impl<'db> Search<'db> {
    fn new(db: &'db dyn Db) -> Self {
        Self { db, files: Vec::new(), looked: Looked::default() }
    }

    /// Asks for one slot and takes down what it holds.
    fn look(&mut self, dir: &RelPath, name: &str) -> u8 {
        let bits = self.looked.probe(self.db, dir, name);
        let held = [
            (Slot::PY, ".py"),
            (Slot::PYI, ".pyi"),
            (Slot::INIT_PY, "/__init__.py"),
            (Slot::INIT_PYI, "/__init__.pyi"),
        ];
        let held = held.into_iter().filter(|(bit, _)| bits & bit != 0);
        self.files.extend(held.map(|(_, suffix)| tracked(self.db, dir, name, suffix)));
        bits
    }

    fn finish(self) -> Candidates {
        Candidates { files: self.files, slots: unique(self.looked.slots) }
    }
}
