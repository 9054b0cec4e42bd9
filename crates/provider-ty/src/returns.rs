//! What a function without a return annotation returns.
//!
//! ty does not infer it: to ty, and so to every other expression, the result of such a function is `Unknown`. But
//! ty does infer the type of each expression that is returned, and more is not needed for the function's own hover.
//! Where such an expression, or one that is assigned to a name, calls a function of the same file, that one is looked
//! into as well, to a bound. Of other files only factories are (`factory`): no answer depends on another body there.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Expr, Stmt};
use ruff_text_size::Ranged;
use ty_python_semantic::SemanticModel;
use ty_python_semantic::types::{Type, UnionType};

use crate::flow::Flow;
use crate::sites::Function;

/// How many different types of `return` and `yield` are joined. Beyond it nobody reads the union, and joining is
/// quadratic.
const MOST: usize = 64;

/// What a function's body gives back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Returned<'db> {
    /// The types of what is returned, joined; `Never` where nothing is.
    pub(crate) value: Type<'db>,
    /// The types of what is yielded, joined, if it yields.
    pub(crate) yielded: Option<Type<'db>>,
}

/// What `function` returns, of which the return is not annotated; `None` where nobody can know: it raises
/// `NotImplementedError` and means others to say more, or it is a stub.
///
/// `of` says the types of expressions, if they have any.
pub(crate) fn returned<'db>(
    model: &SemanticModel<'db>,
    flow: &Flow<'_, 'db>,
    Function { node: function, class }: Function<'_>,
    of: impl Fn(&Expr) -> Option<Type<'db>>,
) -> Option<Returned<'db>> {
    let of = |expression: &Expr| of(expression).unwrap_or(Type::unknown());
    let db = model.db();
    let environment = model.program_environment();
    if is_stub(&function.body) {
        return None;
    }
    let mut ways = WaysOut::default();
    walk_body(&mut ways, &function.body);
    let mut values = Vec::new();
    for statement in ways.returns {
        if flow.never_runs(statement.start()) {
            continue;
        }
        values.push(match &statement.value {
            Some(value) => of(value),
            None => Type::none(db, &environment),
        });
    }
    if flow.falls_through(&function.body) {
        values.push(Type::none(db, &environment));
    }
    if values.is_empty() && ways.yields.is_empty() && class.is_some() && ways.not_implemented {
        return None;
    }
    let join = |mut types: Vec<Type<'db>>| {
        let mut seen = rustc_hash::FxHashSet::default();
        types.retain(|ty| seen.insert(*ty));
        if types.len() > MOST { Type::unknown() } else { UnionType::from_elements(db, &environment, types) }
    };
    let yielded = (!ways.yields.is_empty()).then(|| {
        let types = ways.yields.iter().map(|expression| match expression {
            Expr::Yield(ast::ExprYield { value: Some(value), .. }) => of(value),
            Expr::Yield(_) => Type::none(db, &environment),
            // What a `yield from` passes on is known to nobody but the iterable.
            _ => Type::unknown(),
        });
        join(types.collect())
    });
    Some(Returned { value: join(values), yielded })
}

/// Whether a function is a generator.
pub(crate) fn yields(function: &ast::StmtFunctionDef) -> bool {
    let mut ways = WaysOut::default();
    walk_body(&mut ways, &function.body);
    !ways.yields.is_empty()
}

/// Whether a body says nothing but `...`, perhaps behind a docstring.
fn is_stub(body: &[Stmt]) -> bool {
    matches!(without_docstring(body), [Stmt::Expr(only)] if only.value.is_ellipsis_literal_expr())
}

/// The statements of a body behind its docstring, if it has one.
pub(crate) fn without_docstring(body: &[Stmt]) -> &[Stmt] {
    match body {
        [Stmt::Expr(first), rest @ ..] if first.value.is_string_literal_expr() => rest,
        body => body,
    }
}

/// The ways out of a function: its own, not those of functions inside it.
#[derive(Default)]
struct WaysOut<'a> {
    returns: Vec<&'a ast::StmtReturn>,
    yields: Vec<&'a Expr>,
    not_implemented: bool,
}

impl<'a> SourceOrderVisitor<'a> for WaysOut<'a> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        match node {
            // Their bodies are other functions' (a class's cannot yield); what they are made with is this one's.
            AnyNodeRef::StmtFunctionDef(inner) => {
                inner.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                self.visit_parameters(&inner.parameters);
                return TraversalSignal::Skip;
            }
            AnyNodeRef::StmtClassDef(inner) => {
                inner.decorator_list.iter().for_each(|decorator| self.visit_decorator(decorator));
                if let Some(arguments) = &inner.arguments {
                    self.visit_arguments(arguments);
                }
                return TraversalSignal::Skip;
            }
            AnyNodeRef::ExprLambda(inner) => {
                if let Some(parameters) = &inner.parameters {
                    self.visit_parameters(parameters);
                }
                return TraversalSignal::Skip;
            }
            AnyNodeRef::StmtReturn(statement) => self.returns.push(statement),
            AnyNodeRef::StmtRaise(ast::StmtRaise { exc: Some(raised), .. }) => {
                let class = match &**raised {
                    Expr::Call(call) => &*call.func,
                    class => class,
                };
                self.not_implemented |= matches!(class, Expr::Name(name) if name.id == "NotImplementedError");
            }
            _ => {}
        }
        TraversalSignal::Traverse
    }

    fn visit_expr(&mut self, expression: &'a Expr) {
        if matches!(expression, Expr::Yield(_) | Expr::YieldFrom(_)) {
            self.yields.push(expression);
        }
        ruff_python_ast::visitor::source_order::walk_expr(self, expression);
    }
}
