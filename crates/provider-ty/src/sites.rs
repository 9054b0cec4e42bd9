//! Where a file defines something, in ty's tree: name token → node.

use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Expr, ExprContext, ExprRef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use rustc_hash::FxHashSet;
use ty_python_semantic::types::Type;
use ty_python_semantic::{HasType, SemanticModel};

/// A function, and the class that it stands in, if it is a method.
#[derive(Clone, Copy)]
pub(crate) struct Function<'a> {
    pub(crate) node: &'a ast::StmtFunctionDef,
    pub(crate) class: Option<&'a ast::StmtClassDef>,
}

impl Function<'_> {
    /// Whether this function is defined in the body of the other one.
    pub(crate) fn is_inside(self, other: Function<'_>) -> bool {
        let first = other.node.body.first().map(Ranged::start);
        first.is_some_and(|first| first <= self.node.start()) && self.node.end() <= other.node.end()
    }
}

/// A node that binds a name, with the type of the binding as ty sees it.
#[derive(Clone, Copy)]
pub(crate) enum Site<'a> {
    Function(Function<'a>),
    Class(&'a ast::StmtClassDef),
    /// With the function, where it is not a lambda's.
    Parameter(&'a ast::Parameter, Option<Function<'a>>),
    Alias(&'a ast::Alias),
    TypeAlias(&'a ast::StmtTypeAlias),
    TypeVar(&'a ast::TypeParamTypeVar),
    ParamSpec(&'a ast::TypeParamParamSpec),
    TypeVarTuple(&'a ast::TypeParamTypeVarTuple),
    ExceptHandler(&'a ast::ExceptHandlerExceptHandler),
    /// An assignment target: a name or an attribute; with what is assigned, if that is an expression of its own.
    Target(ExprRef<'a>, Option<&'a Expr>),
    /// `case … as x`, `case [*x]`, `case {**x}`: ty infers a type and has no public way to ask for it. The case, and the
    /// name.
    Capture(&'a ast::MatchCase, &'a ast::Identifier),
}

impl<'a> Site<'a> {
    /// What ty infers for the binding; `None` where it keeps no type (unreachable code, say).
    pub(crate) fn inferred<'db>(self, model: &SemanticModel<'db>) -> Option<Type<'db>> {
        match self {
            Self::Function(function) => function.node.inferred_type(model),
            Self::Class(node) => node.inferred_type(model),
            Self::Parameter(node, _) => node.inferred_type(model),
            Self::Alias(node) => node.inferred_type(model),
            Self::TypeAlias(node) => node.inferred_type(model),
            Self::TypeVar(node) => node.inferred_type(model),
            Self::ParamSpec(node) => node.inferred_type(model),
            Self::TypeVarTuple(node) => node.inferred_type(model),
            Self::ExceptHandler(node) => node.inferred_type(model),
            Self::Target(node, _) => node.inferred_type(model),
            Self::Capture(..) => None,
        }
    }
}

/// All sites of a module, sorted by their name tokens' ranges, which are distinct. One walk.
pub(crate) fn sites(module: &ast::ModModule) -> Vec<(TextRange, Site<'_>)> {
    let mut collector = Collector::default();
    walk_body(&mut collector, &module.body);
    let mut sites = collector.sites;
    sites.sort_by_key(|(range, _)| (range.start(), range.end()));
    sites
}

#[derive(Clone, Copy)]
enum Scope<'a> {
    Class(&'a ast::StmtClassDef),
    Function(Function<'a>),
    Lambda,
}

#[derive(Default)]
struct Collector<'a> {
    sites: Vec<(TextRange, Site<'a>)>,
    seen: FxHashSet<TextRange>,
    /// The scopes around.
    scopes: Vec<Scope<'a>>,
    /// The `match` cases around.
    cases: Vec<&'a ast::MatchCase>,
}

impl<'a> Collector<'a> {
    fn add(&mut self, range: TextRange, site: Site<'a>) {
        // An outer node comes first and knows more: a type alias's name is a target as well.
        if !range.is_empty() && self.seen.insert(range) {
            self.sites.push((range, site));
        }
    }

    fn add_target(&mut self, node: ExprRef<'a>, value: Option<&'a Expr>) {
        match node {
            ExprRef::Name(name) if name.ctx == ExprContext::Store => {
                self.add(name.range(), Site::Target(node, value));
            }
            ExprRef::Attribute(attribute) if attribute.ctx == ExprContext::Store => {
                self.add(attribute.attr.range(), Site::Target(node, value));
            }
            _ => {}
        }
    }
}

impl<'a> SourceOrderVisitor<'a> for Collector<'a> {
    fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
        match node {
            AnyNodeRef::StmtFunctionDef(node) => {
                let class = match self.scopes.last() {
                    Some(Scope::Class(class)) => Some(*class),
                    _ => None,
                };
                let function = Function { node, class };
                self.add(node.name.range(), Site::Function(function));
                self.scopes.push(Scope::Function(function));
            }
            AnyNodeRef::StmtClassDef(node) => {
                self.add(node.name.range(), Site::Class(node));
                self.scopes.push(Scope::Class(node));
            }
            AnyNodeRef::ExprLambda(_) => self.scopes.push(Scope::Lambda),
            AnyNodeRef::MatchCase(node) => self.cases.push(node),
            AnyNodeRef::StmtTypeAlias(node) => self.add(node.name.range(), Site::TypeAlias(node)),
            AnyNodeRef::Parameter(node) => {
                let function = match self.scopes.last() {
                    Some(Scope::Function(function)) => Some(*function),
                    _ => None,
                };
                self.add(node.name.range(), Site::Parameter(node, function));
            }
            AnyNodeRef::TypeParamTypeVar(node) => self.add(node.name.range(), Site::TypeVar(node)),
            AnyNodeRef::TypeParamParamSpec(node) => self.add(node.name.range(), Site::ParamSpec(node)),
            AnyNodeRef::TypeParamTypeVarTuple(node) => self.add(node.name.range(), Site::TypeVarTuple(node)),
            AnyNodeRef::Alias(node) if &node.name != "*" => {
                self.add(bound_name(node), Site::Alias(node));
            }
            AnyNodeRef::ExceptHandlerExceptHandler(node) => {
                if let Some(name) = &node.name {
                    self.add(name.range(), Site::ExceptHandler(node));
                }
            }
            AnyNodeRef::StmtAssign(node) => {
                for target in &node.targets {
                    self.add_target(target.into(), Some(&node.value));
                }
            }
            AnyNodeRef::ExprName(node) => self.add_target(node.into(), None),
            AnyNodeRef::ExprAttribute(node) => self.add_target(node.into(), None),
            AnyNodeRef::PatternMatchAs(ast::PatternMatchAs { name: Some(name), .. })
            | AnyNodeRef::PatternMatchStar(ast::PatternMatchStar { name: Some(name), .. })
            | AnyNodeRef::PatternMatchMapping(ast::PatternMatchMapping { rest: Some(name), .. }) => {
                if let Some(case) = self.cases.last() {
                    self.add(name.range(), Site::Capture(case, name));
                }
            }
            _ => {}
        }
        TraversalSignal::Traverse
    }

    fn leave_node(&mut self, node: AnyNodeRef<'a>) {
        match node {
            AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_) | AnyNodeRef::ExprLambda(_) => {
                self.scopes.pop();
            }
            AnyNodeRef::MatchCase(_) => {
                self.cases.pop();
            }
            _ => {}
        }
    }
}

/// The token that an import binds: the alias, or the first part of the dotted name.
fn bound_name(alias: &ast::Alias) -> TextRange {
    if let Some(name) = &alias.asname {
        return name.range();
    }
    let name = alias.name.as_str();
    let first = name.split('.').next().unwrap_or(name);
    // White space may surround the dots (`import a . b`), but not stand before the first part.
    TextRange::at(alias.name.start(), TextSize::of(first))
}
