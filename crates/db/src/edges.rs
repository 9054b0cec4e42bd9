//! Edges: what each import of a file leads to, for people.

use std::sync::Arc;

use staniel_facts::{Edge, EdgeContent, ModuleName, Name, Origin, RelPath, TargetClass};

use crate::Slot;
use crate::inputs::{Db, File};
use crate::locate::Found;
use crate::origin::{Trail, dunder_all, module_itself, origin_of, submodule};
use crate::resolve::{Target, Wanted};
use crate::statements::{Statement, imports};

/// A file's edges, and what they were made from.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub struct Resolution {
    /// By import; for each the written one first, then the implicit ones, sorted. An import of the file
    /// itself is in it; an implicit edge to the file itself is not.
    pub edges: Arc<[Edge]>,
    /// The files whose bindings were read on the way: if one of them changes, this may. Sorted.
    pub consulted: Box<[RelPath]>,
    /// The slots that were looked at: if one of them changes, this may. Sorted.
    pub slots: Box<[Slot]>,
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
    for (import, statement) in (0..).zip(imports(db, file)) {
        let (written, mut implicit) = edges_of(db, statement, &mut trail);
        implicit.sort();
        implicit.dedup();
        implicit.retain(|content| content.resolved.as_ref() != Some(path));
        let contents = std::iter::once(written).chain(implicit);
        edges.extend(contents.map(|content| Edge { content: Arc::new(content), import }));
    }
    let (consulted, slots) = trail.finish(db);
    Arc::new(Resolution { edges: edges.into(), consulted, slots })
}

/// The edge that is written, and those that come with it.
fn edges_of<'db>(
    db: &'db dyn Db,
    statement: &'db Statement<'db>,
    trail: &mut Trail,
) -> (EdgeContent, Vec<EdgeContent>) {
    let target = trail.target(db, statement.module);
    let edge = |module: &ModuleName, symbol, end: End, implicit| EdgeContent {
        module: module.clone(),
        symbol,
        class: end.class,
        resolved: end.resolved,
        origin: end.origin,
        contexts: statement.contexts,
        implicit,
    };
    let mut implicit: Vec<EdgeContent> = Vec::new();
    let end = match &statement.symbol {
        None => End::of(db, target),
        Some(star) if star == "*" => {
            for (name, origin) in starred_submodules(db, target, trail) {
                let end =
                    End { class: target.class, resolved: Some(origin.path.clone()), origin: Some(origin) };
                implicit.push(edge(&target.module, Some(name), end, true));
            }
            End::of(db, target)
        }
        Some(symbol) => symbol_end(db, statement.module, target, symbol, trail),
    };
    for (module, file) in &target.parents {
        implicit.push(edge(module, None, End::first_party(db, *file), true));
    }
    // `from p import submodule` runs `p` on the way.
    if let Some(package) = target.found.as_ref().and_then(Found::file)
        && end.resolved.as_ref().is_some_and(|resolved| resolved != package.path(db))
    {
        implicit.push(edge(&target.module, None, End::first_party(db, package), true));
    }
    (edge(&target.module, statement.symbol.clone(), end, false), implicit)
}

/// The part of an edge that resolution finds.
struct End {
    class: TargetClass,
    resolved: Option<RelPath>,
    origin: Option<Origin>,
}

impl End {
    /// A module's file.
    fn first_party(db: &dyn Db, file: File) -> Self {
        Self { class: TargetClass::FirstParty, resolved: Some(file.path(db).clone()), origin: None }
    }

    /// The module itself.
    fn of(db: &dyn Db, target: &Target) -> Self {
        match target.found.as_ref().and_then(Found::file) {
            Some(file) if target.class == TargetClass::FirstParty => Self::first_party(db, file),
            _ => Self { class: target.class, resolved: None, origin: None },
        }
    }
}

/// Where `from p import symbol` leads: to the submodule, unless `p` binds the name to something else.
fn symbol_end<'db>(
    db: &'db dyn Db,
    module: Wanted<'db>,
    target: &Target,
    symbol: &'db Name,
    trail: &mut Trail,
) -> End {
    let directories = match &target.found {
        Some(Found::File { file, .. }) => {
            let origin = origin_of(db, *file, symbol, trail);
            let is_submodule = origin.as_ref().is_some_and(|origin| {
                origin.symbol.is_none() && submodule(db, *file, symbol, trail).as_ref() == Some(origin)
            });
            // A name that a module neither binds nor has as a submodule may still come from `__getattr__`.
            let resolved = match &origin {
                Some(origin) if is_submodule => origin.path.clone(),
                _ => file.path(db).clone(),
            };
            return End { class: TargetClass::FirstParty, resolved: Some(resolved), origin };
        }
        Some(Found::Namespace(directories)) => directories,
        None => return End::of(db, target),
    };
    // A namespace package binds nothing: all that it has are submodules. An installed distribution may share
    // it, or the submodule may lie beside the importing file only.
    let found = match trail.step(db, directories, symbol) {
        None if module.level(db) == 0 => {
            let name = target.module.child(symbol);
            trail.target(db, Wanted::new(db, module.dir(db).clone(), 0, name)).found.clone()
        }
        found => found,
    };
    match found {
        Some(Found::File { file, .. }) => {
            End { origin: Some(module_itself(db, file)), ..End::first_party(db, file) }
        }
        Some(Found::Namespace(_)) => End::of(db, target),
        None if target.class == TargetClass::ThirdParty => End::of(db, target),
        None => End { class: TargetClass::Unresolved, resolved: None, origin: None },
    }
}

/// The submodules that `from m import *` imports: those that `__all__` names and nothing else binds.
fn starred_submodules(db: &dyn Db, target: &Target, trail: &mut Trail) -> Vec<(Name, Origin)> {
    let Some(Found::File { file, package: Some(_) }) = target.found else { return Vec::new() };
    let mut submodules = Vec::new();
    for name in dunder_all(db, file, trail) {
        if let Some(found) = submodule(db, file, &name, trail)
            && origin_of(db, file, &name, trail).as_ref() == Some(&found)
        {
            submodules.push((name, found));
        }
    }
    submodules
}
