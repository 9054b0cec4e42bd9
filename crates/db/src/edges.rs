//! Edges: what each import of a file leads to, for people.

use std::sync::Arc;

use staniel_facts::{Contexts, Edge, EdgeContent, Name, Origin, RelPath, TargetClass};

use crate::inputs::{Db, File, SlotInput};
use crate::locate::{Found, Module};
use crate::looked::{Looked, unique};
use crate::origin::{Trail, dunder_all, module_itself, origin_of};
use crate::resolve::Target;
use crate::statements::{Statement, imports};
use crate::wanted::Wanted;
use crate::{Database, Slot, conftest};

/// A file's edges, and what they were made from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolution {
    /// By import; for each the written one first, then the implicit ones, sorted. An import of the file
    /// itself is in it; an implicit edge to the file itself is not. At the end those that no import makes.
    pub edges: Arc<[Edge]>,
    looked: Looked,
}

impl Resolution {
    /// The files whose bindings were read on the way: if one of them changes, this may. Sorted. `db` is a
    /// handle to the database that this came from.
    pub fn consulted(&self, db: &Database) -> Vec<RelPath> {
        let files = unique(self.looked.consulted.clone());
        let mut paths: Vec<RelPath> = files.iter().map(|file| file.path(db).clone()).collect();
        paths.sort_unstable();
        paths
    }

    /// The slots that were looked at: if one of them changes, this may. Sorted. `db` is a handle to the
    /// database that this came from.
    pub fn slots(&self, db: &Database) -> Vec<Slot> {
        let slots: Box<[SlotInput]> = unique(self.looked.slots.clone());
        let mut slots: Vec<Slot> = slots.iter().map(|slot| slot.slot(db).clone()).collect();
        slots.sort_unstable();
        slots
    }
}

/// What a file's imports lead to.
///
/// Runs again when its import statements change (not when they only move), when a slot that it looked at or
/// the bindings of a module that it followed a symbol through change, or the environment does.
#[salsa::tracked(returns(ref))]
pub(crate) fn resolution(db: &dyn Db, file: File) -> Arc<Resolution> {
    let path = file.path(db);
    let mut trail = Trail::default();
    let mut edges = Vec::new();
    let mut implicit = Vec::new();
    let mut before: Option<(Wanted<'_>, &Target)> = None;
    for (import, statement) in (0..).zip(imports(db, file).iter()) {
        // `from m import x, y` asks for one module twice.
        let target = match before {
            Some((module, target)) if module == statement.module => target,
            _ => trail.target(db, statement.module),
        };
        before = Some((statement.module, target));
        let written = edges_of(db, statement, target, &mut trail, &mut implicit);
        edges.push(Edge { content: written, import });
        let others = implicit.drain(..).filter(|content| content.resolved.as_ref() != Some(path));
        edges.extend(others.map(|content| Edge { content, import }));
    }
    for content in conftest::before(db, file, &mut trail.looked) {
        edges.push(Edge { content: Arc::clone(content), import: Edge::NO_IMPORT });
    }
    Arc::new(Resolution { edges: edges.into(), looked: trail.looked })
}

/// The edge that is written; those that come with it are added to `implicit`, sorted.
fn edges_of<'db>(
    db: &'db dyn Db,
    statement: Statement<'db>,
    target: &'db Target,
    trail: &mut Trail,
    implicit: &mut Vec<Arc<EdgeContent>>,
) -> Arc<EdgeContent> {
    let contexts = statement.contexts;
    implicit.extend(target.above.iter().map(|above| under(above, contexts)));
    let Some(symbol) = statement.symbol else { return under(&target.plain, contexts) };
    let edge = |symbol: &Name, end: End, implicit| {
        Arc::new(EdgeContent {
            module: target.module.clone(),
            symbol: Some(symbol.clone()),
            class: end.class,
            resolved: end.resolved,
            stub: end.stub,
            origin: end.origin,
            contexts,
            implicit,
        })
    };
    if symbol == "*" {
        for (name, end) in starred_submodules(db, target, trail) {
            implicit.push(edge(name, end, true));
        }
        return edge(symbol, End::of(target), false);
    }
    let end = symbol_end(db, statement, target, symbol, trail);
    // `from p import submodule` runs `p` on the way.
    if let Some(passing) = &target.passing
        && end.resolved.is_some()
        && end.resolved != passing.resolved
    {
        implicit.push(under(passing, contexts));
    }
    edge(symbol, end, false)
}

/// The same edge under a statement's circumstances. Most have none, and share it.
fn under(content: &Arc<EdgeContent>, contexts: Contexts) -> Arc<EdgeContent> {
    if contexts.is_empty() {
        return Arc::clone(content);
    }
    Arc::new(EdgeContent { contexts, ..(**content).clone() })
}

/// The part of an edge that resolution finds.
struct End {
    class: TargetClass,
    resolved: Option<RelPath>,
    stub: Option<RelPath>,
    origin: Option<Origin>,
}

impl End {
    fn nowhere(class: TargetClass) -> Self {
        Self { class, resolved: None, stub: None, origin: None }
    }

    /// The target itself.
    fn of(target: &Target) -> Self {
        let EdgeContent { resolved, stub, .. } = &*target.plain;
        Self { resolved: resolved.clone(), stub: stub.clone(), ..Self::nowhere(target.class) }
    }

    /// A module that a symbol is.
    fn submodule(db: &dyn Db, module: &Module) -> Self {
        Self {
            class: TargetClass::FirstParty,
            resolved: Some(module.file.path(db).clone()),
            stub: module.stub.map(|stub| stub.path(db).clone()),
            origin: Some(module_itself(db, module.file)),
        }
    }

    /// With its stub in the stub package, if `target`, whose submodule `name` it is, has one.
    fn beside_stubs_of(mut self, db: &dyn Db, target: &Target, name: &Name, trail: &mut Trail) -> Self {
        let package = target.plain.stub.as_ref().filter(|stub| stub.file_name() == "__init__.pyi");
        if let Some(package) = package.and_then(RelPath::parent)
            && target.found.as_ref().is_some_and(|found| !found.directories().contains(&package))
            && let Some(Found::Module(stub)) = trail.step(db, &[package], name)
        {
            self.stub = Some(stub.file.path(db).clone());
        }
        self
    }
}

/// Where `from p import symbol` leads: to the submodule, unless `p` binds the name to something else.
fn symbol_end<'db>(
    db: &'db dyn Db,
    statement: Statement<'db>,
    target: &'db Target,
    symbol: &'db Name,
    trail: &mut Trail,
) -> End {
    let directories = match &target.found {
        Some(Found::Module(module)) => {
            let origin = origin_of(db, module.file, symbol, statement.moment, trail);
            if let Some(Origin { path, symbol: None, .. }) = &origin
                && let Some(Found::Module(submodule)) = trail.submodule(db, module.file, symbol)
                && submodule.file.path(db) == path
            {
                return End::submodule(db, &submodule).beside_stubs_of(db, target, symbol, trail);
            }
            // A name that a module neither binds nor has as a submodule may still come from `__getattr__`.
            return End { origin, ..End::of(target) };
        }
        Some(Found::Namespace(directories)) => directories,
        None => return End::of(target),
    };
    // A namespace package binds nothing: all that it has are submodules. An installed distribution may share
    // it, or the submodule may lie beside the importing file only.
    let found = match trail.step(db, directories, symbol) {
        None if statement.module.level == 0 => {
            let name = target.module.child(symbol);
            trail.target(db, statement.module.named(db, &name)).found.clone()
        }
        found => found,
    };
    match found {
        Some(Found::Module(module)) => End::submodule(db, &module),
        Some(Found::Namespace(_)) => End::of(target),
        None if target.class == TargetClass::ThirdParty => End::of(target),
        None => End::nowhere(TargetClass::Unresolved),
    }
}

/// The submodules that `from m import *` imports: those that `__all__` names and nothing else binds.
fn starred_submodules<'db>(db: &'db dyn Db, target: &'db Target, trail: &mut Trail) -> Vec<(&'db Name, End)> {
    let Some(Found::Module(package)) = &target.found else { return Vec::new() };
    if package.directories.is_empty() {
        return Vec::new();
    }
    let mut submodules = Vec::new();
    for name in dunder_all(db, package.file, trail) {
        if let Some(Found::Module(module)) = trail.submodule(db, package.file, name) {
            let end = End::submodule(db, &module);
            if origin_of(db, package.file, name, None, trail) == end.origin {
                submodules.push((name, end));
            }
        }
    }
    submodules
}
