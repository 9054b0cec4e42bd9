//! What an overriding method's parameter takes, where only the overridden method says so.
//!
//! An annotation in a base class is part of that class's interface: whoever overrides the method and leaves annotations out
//! means the same. ty leaves such a parameter unknown.

use ruff_db::parsed::parsed_module;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Stmt};
use ruff_text_size::{Ranged, TextRange};
use ty_python_semantic::types::Type;
use ty_python_semantic::types::ide_support::type_hierarchy_supertypes;
use ty_python_semantic::{HasType, SemanticModel};

use crate::replica::Db;
use crate::sites::Function;

/// How many classes are looked into for one method. More than any sane hierarchy has.
const MOST: usize = 64;

/// The types that the nearest overridden method gives to the parameters of `function`, in their order: to those that have the
/// same name in the same place. Empty if there is no such method. Cost: the syntax trees of the files of base classes up
/// to that method.
pub(crate) fn parameters<'db>(
    db: &'db dyn Db,
    model: &SemanticModel<'db>,
    function: Function<'_>,
) -> Vec<Option<Type<'db>>> {
    let environment = model.program_environment();
    let class = function.class.and_then(|class| class.inferred_type(model));
    let mut classes = Vec::from_iter(class);
    let mut next = 0;
    while let Some(class) = classes.get(next).copied() {
        next += 1;
        for base in type_hierarchy_supertypes(db, &environment, class) {
            let model = SemanticModel::new(db, db.program_file(base.file.file(db)));
            let module = parsed_module(db, model.python_file()).load(db);
            let Some(node) = class_named_at(module.suite(), base.selection_range) else { continue };
            let overridden = node.body.iter().find_map(|statement| match statement {
                Stmt::FunctionDef(method) if method.name.id == function.node.name.id => Some(method),
                _ => None,
            });
            if let Some(overridden) = overridden {
                let pairs = function
                    .node
                    .parameters
                    .iter_source_order()
                    .zip(overridden.parameters.iter_source_order());
                let said = pairs.map(|(own, other)| {
                    let annotation =
                        other.annotation().filter(|_| own.name().as_str() == other.name().as_str());
                    annotation?.inferred_type(&model)
                });
                return said.collect();
            }
            if let Some(class) = node.inferred_type(&model)
                && classes.len() < MOST
                && !classes.contains(&class)
            {
                classes.push(class);
            }
        }
    }
    Vec::new()
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
