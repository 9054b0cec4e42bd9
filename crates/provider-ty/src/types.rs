//! What ty says of the sites of one file, as text; and what it could say and does not.

use std::cell::RefCell;

use ruff_db::files::File;
use ruff_db::parsed::parsed_module;
use ruff_python_ast::visitor::source_order::{SourceOrderVisitor, TraversalSignal, walk_body};
use ruff_python_ast::{self as ast, AnyNodeRef, Expr};
use ruff_text_size::{Ranged, TextRange};
use rustc_hash::FxHashMap;
use staniel_facts::{Flags, Span};
use staniel_provider::flags;
use ty_python_semantic::types::{Type, TypeDefinition};
use ty_python_semantic::{HasType, ProgramEnvironment, SemanticModel};

use crate::factory;
use crate::flow::Flow;
use crate::replica::Db;
use crate::returns::{Returned, returned, yields};
use crate::sites::{Function, Site, sites};
use crate::{inherited, signature};

/// The types at all sites of one file, as texts. Equal texts are kept once.
#[derive(Clone, Debug, PartialEq, Eq, Default)]
pub(crate) struct Types {
    /// Sorted by span; with each the number of its text.
    sites: Box<[(Span, Option<u32>)]>,
    texts: Box<[Box<str>]>,
}

impl Types {
    /// The type at the name token `span`: `None` where ty's tree has nothing there, `Some(None)` where it
    /// has no type for what is there.
    pub(crate) fn at(&self, span: Span) -> Option<Option<&str>> {
        let index = self.sites.binary_search_by_key(&span, |(span, _)| *span).ok()?;
        Some(self.sites[index].1.map(|text| &*self.texts[text as usize]))
    }
}

/// The types at all sites of a file. Run again when anything they were inferred from has changed.
#[salsa::tracked(returns(ref))]
pub(crate) fn inferred_types(db: &dyn Db, file: File) -> Types {
    let file = db.program_file(file);
    let module = parsed_module(db, file.python_file(db)).load(db);
    let model = SemanticModel::new(db, file);
    let sites = sites(module.syntax());
    let words = Words::new(&model, &sites);

    let mut known = FxHashMap::default();
    let mut texts: Vec<Box<str>> = Vec::new();
    let mut typed = Vec::new();
    for (range, site) in &sites {
        let text = words.of_site(*range, *site).map(|text| {
            *known.entry(text).or_insert_with_key(|text: &String| {
                texts.push(text.as_str().into());
                texts.len() as u32 - 1
            })
        });
        typed.push((Span::new(range.start().into(), range.end().into()), text));
    }
    Types { sites: typed.into(), texts: texts.into() }
}

/// Finds words for the types of one file.
pub(crate) struct Words<'m, 'db> {
    model: &'m SemanticModel<'db>,
    environment: ProgramEnvironment<'db>,
    flow: Flow<'m, 'db>,
    /// The file's functions, by the range of their names.
    functions: FxHashMap<TextRange, Function<'m>>,
    /// How many patterns capture each name.
    captures: FxHashMap<&'m str, usize>,
    shown: RefCell<FxHashMap<Type<'db>, String>>,
    /// What functions give back, by the ranges of their names and by how many calls are followed.
    returned: RefCell<FxHashMap<(TextRange, usize), Option<Returned<'db>>>>,
    /// What overridden methods say of parameters, by the place of the overriding one's name.
    inherited: RefCell<FxHashMap<TextRange, Vec<Option<Type<'db>>>>>,
}

impl<'m, 'db> Words<'m, 'db> {
    /// For the file of `model`, whose sites these are.
    pub(crate) fn new(model: &'m SemanticModel<'db>, sites: &[(TextRange, Site<'m>)]) -> Self {
        let functions = sites.iter().filter_map(|(range, site)| match site {
            Site::Function(function) => Some((*range, *function)),
            _ => None,
        });
        let mut captures = FxHashMap::default();
        for (_, site) in sites {
            if let Site::Capture(_, name) = site {
                *captures.entry(name.as_str()).or_default() += 1;
            }
        }
        Self {
            model,
            environment: model.program_environment(),
            flow: Flow::new(model),
            functions: functions.collect(),
            captures,
            shown: RefCell::default(),
            returned: RefCell::default(),
            inherited: RefCell::default(),
        }
    }

    pub(crate) fn model(&self) -> &'m SemanticModel<'db> {
        self.model
    }

    /// What to say of a site; `None` where ty has no type.
    pub(crate) fn of_site(&self, range: TextRange, site: Site<'_>) -> Option<String> {
        if let Site::Capture(case, name) = site {
            return self.captured(case, name).map(|ty| self.of(ty));
        }
        let ty = site.inferred(self.model)?;
        match (site, ty) {
            (Site::Function(function), ty) => Some(self.of_function(function, ty)),
            // A decorator that nobody knows: most of them return the class that they are given.
            (Site::Class(class), Type::Dynamic(_)) => Some(format!("<class '{}'>", class.name)),
            (Site::Parameter(node, Some(function)), ty) if node.annotation.is_none() => {
                let parameters = &function.node.parameters;
                let is = |variadic: &Option<Box<ast::Parameter>>| variadic.as_deref() == Some(node);
                Some(match self.inherited(function, node) {
                    Some(item) if is(&parameters.vararg) => format!("tuple[{item}, ...]"),
                    Some(item) if is(&parameters.kwarg) => format!("dict[str, {item}]"),
                    Some(ty) => ty,
                    None => self.of(ty),
                })
            }
            (Site::Target(_, Some(value)), ty) if ty == Type::unknown() => {
                Some(self.of(self.called(value, CALLS).unwrap_or(ty)))
            }
            (Site::Alias(_), Type::FunctionLiteral(_)) => Some(self.of_imported(ty)),
            // ty's way to say that nobody comes here.
            (_, Type::Never) if self.flow.never_runs(range.start()) => None,
            _ => Some(self.of(ty)),
        }
    }

    /// What to say of a function where it is defined: with what it returns, inferred if need be. A property is what one
    /// reads from it. What decorators make of a function is said instead, if ty knows what that is.
    fn of_function(&self, function: Function<'_>, ty: Type<'db>) -> String {
        match ty {
            Type::FunctionLiteral(_) | Type::Dynamic(_) => {
                let result = self.result(function);
                format!("{} -> {result}", signature::head(self, function))
            }
            Type::PropertyInstance(property) => {
                property.getter(self.model.db()).map_or_else(|| self.of(ty), |getter| self.read_from(getter))
            }
            ty => self.of(ty),
        }
    }

    /// What to say of a function where it is imported: what ty says, and of a factory what it makes.
    fn of_imported(&self, ty: Type<'db>) -> String {
        let text = self.of(ty);
        let Some((head, "Unknown")) = signature::split(&text) else { return text };
        match factory::made_by(self.model, ty, CALLS) {
            Some(made) => format!("{head} -> {}", self.of(made)),
            None => text,
        }
    }

    /// What a parameter without an annotation takes, if a method that is overridden says so.
    pub(crate) fn inherited(&self, function: Function<'_>, parameter: &ast::Parameter) -> Option<String> {
        function.class?;
        let mut known = self.inherited.borrow_mut();
        let types = known
            .entry(function.node.name.range())
            .or_insert_with(|| inherited::parameters(self.model, function));
        let mut parameters = function.node.parameters.iter_source_order();
        let place = parameters.position(|other| other.name().range() == parameter.name.range())?;
        let ty = types.get(place).copied().flatten()?;
        drop(known);
        Some(self.of(ty))
    }

    /// What a property with this getter is when it is read.
    fn read_from(&self, getter: Type<'db>) -> String {
        if let Some(own) = self.own(getter) {
            return self.result(own);
        }
        let text = self.of(getter);
        signature::split(&text).map_or(text.as_str(), |(_, result)| result).to_owned()
    }

    /// What a function of this file gives back.
    fn result(&self, function: Function<'_>) -> String {
        let ast::StmtFunctionDef { is_async, returns, .. } = function.node;
        let coroutine =
            |value: String| if *is_async { format!("CoroutineType[Any, Any, {value}]") } else { value };
        if let Some(annotation) = returns {
            let written = annotation.inferred_type(self.model).map_or_else(unknown, |ty| self.of(ty));
            // An asynchronous generator is annotated as what it is, everything else as what is awaited.
            return if yields(function.node) { written } else { coroutine(written) };
        }
        let Some(Returned { value, yielded }) = self.returned(function, CALLS) else {
            return coroutine(unknown());
        };
        let value = || match value {
            Type::Never => "NoReturn".to_owned(),
            Type::FunctionLiteral(_) => match self.own(value) {
                // A function that is made here and handed out.
                Some(inner) if inner.is_inside(function) => {
                    format!("({} -> {})", signature::parameters(self, inner), self.result(inner))
                }
                _ => self.of(value),
            },
            value => self.of(value),
        };
        match (yielded, is_async) {
            (None, _) => coroutine(value()),
            (Some(yielded), true) => format!("AsyncGenerator[{}, Any]", self.of(yielded)),
            (Some(yielded), false) => format!("Generator[{}, Any, {}]", self.of(yielded), value()),
        }
    }

    /// What the body of a function of this file gives back, where so many calls are followed.
    fn returned(&self, function: Function<'_>, calls: usize) -> Option<Returned<'db>> {
        let key = (function.node.name.range(), calls);
        if let Some(known) = self.returned.borrow().get(&key) {
            return *known;
        }
        let value = |expression: &Expr| {
            let ty = expression.inferred_type(self.model)?;
            let called = || self.called(expression, calls);
            Some(if ty == Type::unknown() { called().unwrap_or(ty) } else { ty })
        };
        let found = returned(self.model, &self.flow, function, value);
        self.returned.borrow_mut().insert(key, found);
        found
    }

    /// What a call, or what is awaited of one, gives back if ty does not know it, since what is called is a function
    /// without a return annotation: one of this file, or a factory. Into others is not looked: their bodies would be
    /// part of every key.
    fn called(&self, expression: &Expr, calls: usize) -> Option<Type<'db>> {
        let (call, is_awaited) = match expression {
            Expr::Await(awaited) => (awaited.value.as_call_expr()?, true),
            expression => (expression.as_call_expr()?, false),
        };
        let Some(own) = self.own(call.func.inferred_type(self.model)?) else {
            return if is_awaited { None } else { factory::called(self.model, call, calls) };
        };
        if own.node.returns.is_some() || own.node.is_async != is_awaited {
            return None;
        }
        let Returned { value, yielded: None } = self.returned(own, calls.checked_sub(1)?)? else {
            return None;
        };
        // A call that never returns has nothing to give, and what the type variables of the other stand for is not known here.
        (value != Type::Never && !self.of(value).contains('@')).then_some(value)
    }

    /// The type of a name that a `match` pattern captures. ty has no public way to ask for it, but says what the name is
    /// where it is used; where it is not used, what it is anywhere, if no other pattern captures the same name.
    fn captured(&self, case: &ast::MatchCase, name: &str) -> Option<Type<'db>> {
        if let Some(used) = first_use(case, name) {
            return used.inferred_type(self.model);
        }
        // Asking for all names of a scope again and again is quadratic.
        if self.captures.get(name) != Some(&1) || self.captures.len() > MOST_CAPTURES {
            return None;
        }
        let inside = case.body.first()?;
        let members = self.model.members_in_scope_at(inside.into());
        members.get(name).map(|member| member.ty)
    }

    /// What to say of a type.
    ///
    /// ty leaves members out of unions that have more than a few. Those of the union itself are said all the same;
    /// what is left out further inside cannot be had.
    pub(crate) fn of(&self, ty: Type<'db>) -> String {
        if let Some(text) = self.shown.borrow().get(&ty) {
            return text.clone();
        }
        let db = self.model.db();
        let display = |ty: Type<'db>| ty.display(db, &self.environment).to_string();
        let mut text = display(ty);
        if flags(&text, "").contains(Flags::PARTIAL)
            && let Some(union) = ty.as_union()
        {
            let members = union.elements(db).iter().map(|member| {
                let text = display(*member);
                if text.contains("->") { format!("({text})") } else { text }
            });
            text = members.collect::<Vec<_>>().join(" | ");
        }
        self.shown.borrow_mut().insert(ty, text.clone());
        text
    }

    /// The function of this file that has this type.
    fn own(&self, ty: Type<'db>) -> Option<Function<'m>> {
        let db = self.model.db();
        let definition = ty.definition(db, &self.environment)?;
        let TypeDefinition::Function(function) = definition else { return None };
        // To ask for the place of another file's would be to depend on all of its text.
        if function.file(db) != self.model.file() {
            return None;
        }
        self.functions.get(&definition.focus_range(db)?.range()).copied()
    }
}

/// How many calls are followed, one function giving back what another one does.
const CALLS: usize = 3;

/// In a file that captures more names than that, those that are not used have no type.
const MOST_CAPTURES: usize = 300;

fn unknown() -> String {
    "Unknown".to_owned()
}

/// Where a `match` case uses the name that it captured: first in its guard, then in its body.
fn first_use<'a>(case: &'a ast::MatchCase, name: &str) -> Option<&'a ast::ExprName> {
    struct Search<'a, 'n> {
        name: &'n str,
        found: Option<&'a ast::ExprName>,
    }
    impl<'a> SourceOrderVisitor<'a> for Search<'a, '_> {
        fn enter_node(&mut self, node: AnyNodeRef<'a>) -> TraversalSignal {
            match node {
                _ if self.found.is_some() => return TraversalSignal::Skip,
                // Another scope, where the name may be another one.
                AnyNodeRef::StmtFunctionDef(_) | AnyNodeRef::StmtClassDef(_) | AnyNodeRef::ExprLambda(_) => {
                    return TraversalSignal::Skip;
                }
                AnyNodeRef::ExprName(used) if used.id == *self.name => self.found = Some(used),
                _ => {}
            }
            TraversalSignal::Traverse
        }
    }
    let mut search = Search { name, found: None };
    if let Some(guard) = &case.guard {
        search.visit_expr(guard);
    }
    walk_body(&mut search, &case.body);
    search.found.filter(|used| used.ctx == ast::ExprContext::Load)
}
