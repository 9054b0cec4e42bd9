//! What an overriding method's parameter takes, where only the overridden method says so.
//!
//! An annotation in a base class is part of that class's interface: whoever overrides the method and leaves annotations out
//! means the same. ty leaves such a parameter unknown.

use ruff_db::files::FileRange;
use ruff_db::parsed::parsed_module;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Stmt};
use ruff_text_size::{Ranged, TextRange};
use ty_python_semantic::types::ide_support::type_hierarchy_supertypes;
use ty_python_semantic::types::{Type, TypeDefinition};
use ty_python_semantic::{HasType, SemanticModel};

use crate::sites::Function;

/// How many classes are looked into for one method. More than any sane hierarchy has.
const MOST: usize = 64;

/// The types that the nearest overridden method gives to the parameters of `function`, in their order: to those that have the
/// same name in the same place. Empty if there is no such method. Cost: the syntax trees of the files of base classes up
/// to that method.
pub(crate) fn parameters<'db>(model: &SemanticModel<'db>, function: Function<'_>) -> Vec<Option<Type<'db>>> {
    let Some(class) = function.class else { return Vec::new() };
    let said = in_bases(model, class, &function.node.name, |model, overridden| {
        let pairs =
            function.node.parameters.iter_source_order().zip(overridden.parameters.iter_source_order());
        let said = pairs.map(|(own, other)| {
            let annotation = other.annotation().filter(|_| own.name().as_str() == other.name().as_str());
            annotation?.inferred_type(model)
        });
        said.collect()
    });
    said.unwrap_or_default()
}

/// What `found` makes of the method `name` of the nearest base of `class` that has one; in breadth, not in the order in
/// which methods are resolved, which only differs where bases share one.
pub(crate) fn in_bases<'db, R>(
    model: &SemanticModel<'db>,
    class: &ast::StmtClassDef,
    name: &str,
    found: impl FnOnce(&SemanticModel<'db>, &ast::StmtFunctionDef) -> R,
) -> Option<R> {
    let db = model.db();
    let mut classes = bases(model, class);
    classes.truncate(MOST);
    let mut next = 0;
    while let Some(class) = classes.get(next).copied() {
        next += 1;
        let model = SemanticModel::new(db, db.program_file(class.file()));
        let module = parsed_module(db, model.python_file()).load(db);
        let Some(node) = class_named_at(module.suite(), class.range()) else { continue };
        if let Some(method) = method(node, name) {
            return Some(found(&model, method));
        }
        for base in bases(&model, node) {
            if classes.len() < MOST && !classes.contains(&base) {
                classes.push(base);
            }
        }
    }
    None
}

/// Where the names of the classes stand that a class inherits from. If a decorator that nobody knows makes something unknown
/// of it, the class statement itself says so.
fn bases(model: &SemanticModel<'_>, class: &ast::StmtClassDef) -> Vec<FileRange> {
    let (db, environment) = (model.db(), model.program_environment());
    match class.inferred_type(model) {
        None => Vec::new(),
        Some(Type::Dynamic(_)) => {
            let place = |base: &ast::Expr| match base.inferred_type(model)?.definition(db, &environment)? {
                TypeDefinition::StaticClass(definition) => {
                    TypeDefinition::StaticClass(definition).focus_range(db)
                }
                _ => None,
            };
            class.bases().iter().filter_map(place).collect()
        }
        Some(ty) => type_hierarchy_supertypes(db, &environment, ty)
            .into_iter()
            .map(|base| FileRange::new(base.file.file(db), base.selection_range))
            .collect(),
    }
}

/// The method that a class itself has under this name.
pub(crate) fn method<'a>(class: &'a ast::StmtClassDef, name: &str) -> Option<&'a ast::StmtFunctionDef> {
    class.body.iter().find_map(|statement| match statement {
        Stmt::FunctionDef(method) if method.name.as_str() == name => Some(method),
        _ => None,
    })
}

/// The class whose name stands at `range`.
fn class_named_at(body: &[Stmt], range: TextRange) -> Option<&ast::StmtClassDef> {
    struct Search<'a> {
        range: TextRange,
        found: Option<&'a ast::StmtClassDef>,
    }
    impl<'a> SourceOrderVisitor<'a> for Search<'a> {
        fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
            match node {
                AnyNodeRef::StmtClassDef(class) if class.name.range() == self.range => {
                    self.found = Some(class);
                    TraversalSignal::Skip
                }
                node if self.found.is_none() && node.range().contains_range(self.range) => {
                    TraversalSignal::Traverse
                }
                _ => TraversalSignal::Skip,
            }
        }
    }
    let mut search = Search { range, found: None };
    walk_body(&mut search, body);
    search.found
}
