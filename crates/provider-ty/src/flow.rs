//! Whether control comes to the end of a function's body.
//!
//! ty knows, and tells nobody: what it publishes is which *statements* are never reached. From those, and from
//! the shape of the statements, this finds out about the end. Where the two leave it open, the end counts as
//! reached: a `None` too many in a union says less, one too few says something wrong.

use ruff_db::parsed::parsed_module;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use ty_python_core::definition::DefinitionKind;
use ty_python_semantic::types::ide_support::{UnreachableRange, unreachable_ranges};
use ty_python_semantic::types::{Type, TypeDefinition};
use ty_python_semantic::{HasType, SemanticModel};

use crate::inherited;

/// How many blocks inside each other are looked into; what is deeper counts as reaching its end. Keeps hostile
/// texts off the stack.
const DEPTH: usize = 200;

/// What of a file is never reached.
pub(crate) struct Flow<'m, 'db> {
    model: &'m SemanticModel<'db>,
    /// Sorted and disjoint.
    unreachable: &'db [UnreachableRange],
}

/// Ways out of a block.
#[derive(Clone, Copy, Default)]
struct Ways {
    /// Behind its last statement.
    end: bool,
    /// By `break` to behind the loop around it.
    broken: bool,
}

impl Ways {
    fn or(self, other: Self) -> Self {
        Self { end: self.end || other.end, broken: self.broken || other.broken }
    }
}

impl<'m, 'db> Flow<'m, 'db> {
    pub(crate) fn new(model: &'m SemanticModel<'db>) -> Self {
        Self { model, unreachable: unreachable_ranges(model.db(), model.program_file()) }
    }

    /// Whether ty holds that the statement at `start` never runs.
    pub(crate) fn never_runs(&self, start: TextSize) -> bool {
        let behind = self.unreachable.partition_point(|unreachable| unreachable.range.start() <= start);
        behind > 0 && self.unreachable[behind - 1].range.end() > start
    }

    /// Whether control may come to the end of a function's `body`.
    pub(crate) fn falls_through(&self, body: &[Stmt]) -> bool {
        self.block(body, 0).end
    }

    fn block(&self, body: &[Stmt], depth: usize) -> Ways {
        let mut ways = Ways { end: true, broken: false };
        for statement in body {
            if self.never_runs(statement.start()) {
                ways.end = false;
                break;
            }
            let next = self.statement(statement, depth);
            ways = Ways { end: next.end, broken: ways.broken || next.broken };
            if !ways.end {
                break;
            }
        }
        ways
    }

    fn statement(&self, statement: &Stmt, depth: usize) -> Ways {
        let (falls, ends) = (Ways { end: true, broken: false }, Ways::default());
        if depth > DEPTH {
            return falls;
        }
        let block = |body: &[Stmt]| self.block(body, depth + 1);
        match statement {
            Stmt::Return(_) | Stmt::Raise(_) | Stmt::Continue(_) => ends,
            Stmt::Break(_) => Ways { end: false, broken: true },
            Stmt::Expr(statement) if self.never_returns(&statement.value) => ends,
            Stmt::Assert(statement) if self.is_literally(&statement.test, false) => ends,
            Stmt::If(statement) => {
                let mut ways = block(&statement.body);
                let mut exhausted = self.always(&statement.test);
                for clause in &statement.elif_else_clauses {
                    if exhausted {
                        break;
                    }
                    ways = ways.or(block(&clause.body));
                    exhausted = clause.test.as_ref().is_none_or(|test| self.always(test));
                }
                if exhausted { ways } else { ways.or(falls) }
            }
            Stmt::While(statement) => {
                let (body, orelse) = (block(&statement.body), block(&statement.orelse));
                let runs_out = !self.always(&statement.test);
                Ways { end: body.broken || runs_out && orelse.end, broken: runs_out && orelse.broken }
            }
            Stmt::For(statement) => {
                let orelse = block(&statement.orelse);
                Ways { end: orelse.end || block(&statement.body).broken, broken: orelse.broken }
            }
            Stmt::With(statement) => {
                let ways = block(&statement.body);
                let swallowed = || {
                    statement.items.iter().any(|item| self.swallows(&item.context_expr, statement.is_async))
                };
                Ways { end: ways.end || swallowed(), broken: ways.broken }
            }
            Stmt::Try(statement) => {
                let body = block(&statement.body);
                let mut ways = Ways { end: false, broken: body.broken };
                if body.end {
                    ways = ways.or(block(&statement.orelse));
                }
                for handler in &statement.handlers {
                    let ast::ExceptHandler::ExceptHandler(handler) = handler;
                    ways = ways.or(block(&handler.body));
                }
                let last = block(&statement.finalbody);
                if last.end { Ways { broken: ways.broken || last.broken, ..ways } } else { last }
            }
            Stmt::Match(statement) => {
                let mut ways = Ways::default();
                let mut exhausted = false;
                for case in &statement.cases {
                    ways = ways.or(block(&case.body));
                    exhausted |= case.guard.is_none() && case.pattern.is_irrefutable();
                }
                if exhausted { ways } else { ways.or(falls) }
            }
            _ => falls,
        }
    }

    /// A call of something that does not return, awaited or not.
    fn never_returns(&self, expression: &Expr) -> bool {
        matches!(expression, Expr::Call(_) | Expr::Await(_))
            && expression.inferred_type(self.model) == Some(Type::Never)
    }

    /// Whether a condition holds whatever happens: `True`, `1`, a fitting version of Python.
    fn always(&self, test: &Expr) -> bool {
        match test {
            Expr::NumberLiteral(literal) => {
                matches!(&literal.value, ast::Number::Int(value) if *value != ast::Int::ZERO)
            }
            Expr::StringLiteral(literal) => !literal.value.is_empty(),
            _ => self.is_literally(test, true),
        }
    }

    fn is_literally(&self, test: &Expr, value: bool) -> bool {
        match test {
            Expr::BooleanLiteral(literal) => literal.value == value,
            _ => test.inferred_type(self.model) == Some(Type::bool_literal(value)),
        }
    }

    /// Whether a context manager may end an exception: its class, or one that this inherits from, has an `__exit__` that
    /// says so, or does not say, and returns something.
    fn swallows(&self, context: &Expr, is_async: bool) -> bool {
        let (db, environment) = (self.model.db(), self.model.program_environment());
        let exit = if is_async { "__aexit__" } else { "__exit__" };
        let Some(TypeDefinition::StaticClass(definition)) =
            context.inferred_type(self.model).and_then(|ty| ty.definition(db, &environment))
        else {
            return false;
        };
        let DefinitionKind::Class(class) = definition.kind(db) else { return false };
        let module = parsed_module(db, definition.python_file(db)).load(db);
        let class = class.node(&module);
        let model = SemanticModel::new(db, definition.program_file(db));
        if let Some(own) = inherited::method(class, exit) {
            return may_swallow(&model, own);
        }
        inherited::in_bases(&model, class, exit, may_swallow).unwrap_or(false)
    }
}

fn may_swallow(model: &SemanticModel<'_>, exit: &ast::StmtFunctionDef) -> bool {
    let Some(annotation) = &exit.returns else { return gives_back(&exit.body) };
    let environment = model.program_environment();
    let said = annotation.inferred_type(model).map(|ty| ty.display(model.db(), &environment).to_string());
    matches!(said.as_deref(), Some("bool" | "Literal[True]"))
}

/// Whether a function has a `return` of something that may be true.
fn gives_back(body: &[Stmt]) -> bool {
    struct Search(bool);
    impl<'a> SourceOrderVisitor<'a> for Search {
        fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
            match node {
                AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_) | AnyNodeRef::ExprLambda(_) => {
                    return TraversalSignal::Skip;
                }
                AnyNodeRef::StmtReturn(ast::StmtReturn { value: Some(value), .. }) => {
                    self.0 |= !matches!(&**value, Expr::NoneLiteral(_))
                        && !matches!(&**value, Expr::BooleanLiteral(literal) if !literal.value);
                }
                _ => {}
            }
            TraversalSignal::Traverse
        }
    }
    let mut search = Search(false);
    walk_body(&mut search, body);
    search.0
}
