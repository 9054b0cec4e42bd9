//! Whether control comes to the end of a function's body.
//!
//! ty knows, and tells nobody: what it publishes is which *statements* are never reached. From those, and from
//! the shape of the statements, this finds out about the end. Where the two leave it open, the end counts as
//! reached: a `None` too many in a union says less, one too few says something wrong.

use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::{Ranged, TextSize};
use ty_python_semantic::types::ide_support::{UnreachableRange, unreachable_ranges};
use ty_python_semantic::types::{Type, TypeDefinition};
use ty_python_semantic::{HasType, SemanticModel};

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
        if body.first().is_some_and(|first| self.never_runs(first.start())) {
            return Ways::default();
        }
        let mut ways = Ways { end: true, broken: false };
        for statement in body {
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
                let broken = block(&statement.body).broken;
                let runs_out = !self.always(&statement.test) && block(&statement.orelse).end;
                Ways { end: broken || runs_out, broken: block(&statement.orelse).broken }
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
                if last.end { ways } else { last }
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
            Expr::BooleanLiteral(literal) => literal.value,
            Expr::NumberLiteral(literal) => {
                matches!(&literal.value, ast::Number::Int(value) if *value != ast::Int::ZERO)
            }
            _ => test.inferred_type(self.model) == Some(Type::bool_literal(true)),
        }
    }

    /// Whether a context manager may end an exception: its class says that `__exit__` returns a `bool`.
    fn swallows(&self, context: &Expr, is_async: bool) -> bool {
        let (db, environment) = (self.model.db(), self.model.program_environment());
        let Some(TypeDefinition::StaticClass(definition)) =
            context.inferred_type(self.model).and_then(|ty| ty.definition(db, &environment))
        else {
            return false;
        };
        let module = ruff_db::parsed::parsed_module(db, definition.python_file(db)).load(db);
        let ty_python_core::definition::DefinitionKind::Class(class) = definition.kind(db) else {
            return false;
        };
        let exit = if is_async { "__aexit__" } else { "__exit__" };
        class.node(&module).body.iter().any(|statement| match statement {
            Stmt::FunctionDef(function) => {
                function.name.as_str() == exit
                    && matches!(function.returns.as_deref(), Some(Expr::Name(name)) if name.id == "bool")
            }
            _ => false,
        })
    }
}
