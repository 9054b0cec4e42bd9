//! The walk over the tree: which nodes bind what, and in which scope.

use std::sync::Arc;

use staniel_facts::{DefinitionKind, Span};
use tree_sitter::Node;

use super::docstring::docstring;
use super::scope::{Found, Place, ScopeId, ScopeKind, Scopes};
use super::targets::targets;
use super::written::{CUT, cut, whole, written};
use crate::complaints::Complaints;
use crate::grammar::{Field, GRAMMAR, Kind};

/// Everything but the name and place of a definition; targets of one statement share it.
#[derive(Clone)]
struct About {
    kind: DefinitionKind,
    full: Span,
    signature: Arc<str>,
    annotation: Option<Arc<str>>,
}

/// Decorators on their way to the definition they decorate.
struct Decorated {
    definition: usize,
    full: Span,
    decorators: Vec<Arc<str>>,
}

/// The state of a walk. Depth lives in vectors here, never on the stack.
pub(super) struct Walk<'t> {
    text: &'t str,
    scopes: Scopes<'t>,
    found: Vec<Found<'t>>,
    complaints: Complaints,
    /// Scopes entered and not left, with the depth of the node that entered them.
    inside: Vec<(usize, ScopeId)>,
    /// Nodes further on that will enter a scope, by their ids; the next one last.
    ahead: Vec<(usize, ScopeId)>,
    /// The kinds of the nodes around the current one.
    around: Vec<Kind>,
    decorated: Option<Decorated>,
    /// The case clause around the current node, for the captures in its patterns.
    case: Option<About>,
}

impl<'t> Walk<'t> {
    pub(super) fn new(text: &'t str) -> Self {
        Self {
            text,
            scopes: Scopes::new(),
            found: Vec::new(),
            complaints: Complaints::default(),
            inside: vec![(0, Scopes::MODULE)],
            ahead: Vec::new(),
            around: Vec::new(),
            decorated: None,
            case: None,
        }
    }

    pub(super) fn finish(self) -> (Scopes<'t>, Vec<Found<'t>>, Complaints) {
        (self.scopes, self.found, self.complaints)
    }

    /// Visits every node below `root`, parents first.
    pub(super) fn run(&mut self, root: Node<'t>) {
        let mut cursor = root.walk();
        loop {
            let node = cursor.node();
            let kind = GRAMMAR.kind(node);
            if let Some(&(id, scope)) = self.ahead.last()
                && id == node.id()
            {
                self.ahead.pop();
                self.inside.push((self.around.len(), scope));
            }
            self.complaints.look(self.text, node, kind);
            self.enter(node, kind);
            if cursor.goto_first_child() {
                self.around.push(kind);
                continue;
            }
            self.leave();
            while !cursor.goto_next_sibling() {
                if !cursor.goto_parent() {
                    return;
                }
                self.around.pop();
                self.leave();
            }
        }
    }

    /// Leaves the scopes that the current node entered.
    fn leave(&mut self) {
        while self.inside.len() > 1
            && self.inside.last().is_some_and(|(depth, _)| *depth == self.around.len())
        {
            self.inside.pop();
        }
    }

    fn enter(&mut self, node: Node<'t>, kind: Kind) {
        match kind {
            Kind::FunctionDefinition => self.function(node),
            Kind::ClassDefinition => self.class(node),
            Kind::DecoratedDefinition => self.decorators(node),
            Kind::Lambda => self.lambda(node),
            Kind::ListComprehension => self.comprehension(node, "<listcomp>"),
            Kind::SetComprehension => self.comprehension(node, "<setcomp>"),
            Kind::DictionaryComprehension => self.comprehension(node, "<dictcomp>"),
            Kind::GeneratorExpression => self.comprehension(node, "<genexpr>"),
            Kind::Assignment | Kind::AugmentedAssignment => self.assignment(node),
            Kind::NamedExpression => self.walrus(node),
            Kind::ForStatement | Kind::ForInClause => self.loop_targets(node),
            Kind::AsPattern => self.as_pattern(node),
            Kind::ExceptClause => self.except_alias(node),
            Kind::CaseClause => self.case_clause(node),
            Kind::DottedName => self.capture(node),
            Kind::SplatPattern => self.splat_capture(node),
            Kind::GlobalStatement | Kind::NonlocalStatement => self.declaration(node, kind),
            Kind::TypeAliasStatement => self.type_alias(node),
            Kind::ImportStatement | Kind::ImportFromStatement | Kind::FutureImportStatement => {
                self.import(node);
            }
            _ => {}
        }
    }

    fn scope(&self) -> ScopeId {
        self.inside.last().map_or(Scopes::MODULE, |(_, scope)| *scope)
    }

    fn token(&self, node: Node<'_>) -> &'t str {
        &self.text[node.start_byte()..node.end_byte()]
    }

    fn field(node: Node<'t>, field: Field) -> Option<Node<'t>> {
        node.child_by_field_id(field.get())
    }

    /// Records a definition, unless its name token is missing from the text.
    fn bind(
        &mut self,
        scope: ScopeId,
        place: Place<'t>,
        token: Node<'t>,
        about: About,
    ) -> Option<&mut Found<'t>> {
        let name = self.token(token);
        if name.is_empty() {
            return None;
        }
        self.found.push(Found {
            scope,
            place,
            kind: about.kind,
            name,
            token: span(token),
            full: about.full,
            signature: about.signature,
            annotation: about.annotation,
            decorators: Box::default(),
            doc: None,
        });
        self.found.last_mut()
    }

    fn bind_targets(&mut self, pattern: Node<'t>, about: &About) {
        let scope = self.scope();
        for target in targets(pattern) {
            match target.object {
                None => {
                    self.bind(scope, Place::Binding, target.token, about.clone());
                }
                Some(object) => {
                    let object = self.token(object);
                    let about = About { kind: DefinitionKind::Attribute, ..about.clone() };
                    self.bind(scope, Place::Attribute { object }, target.token, about);
                }
            }
        }
    }

    fn decorators(&mut self, node: Node<'t>) {
        let Some(definition) = Self::field(node, GRAMMAR.definition) else { return };
        let mut cursor = node.walk();
        let decorators = node
            .named_children(&mut cursor)
            .filter(|child| GRAMMAR.kind(*child) == Kind::Decorator)
            .filter_map(|decorator| {
                let mut cursor = decorator.walk();
                decorator.named_children(&mut cursor).find(|child| GRAMMAR.kind(*child) != Kind::Comment)
            })
            .map(|expression| whole(self.text, expression))
            .collect();
        self.decorated = Some(Decorated { definition: definition.id(), full: span(node), decorators });
    }

    /// The decorators of the definition `node`, and its whole span.
    fn take_decorators(&mut self, node: Node<'t>) -> (Span, Vec<Arc<str>>) {
        match self.decorated.take_if(|decorated| decorated.definition == node.id()) {
            Some(decorated) => (decorated.full, decorated.decorators),
            None => (span(node), Vec::new()),
        }
    }

    fn function(&mut self, node: Node<'t>) {
        let (full, decorators) = self.take_decorators(node);
        let outer = self.scope();
        let method = self.scopes.kind(outer) == ScopeKind::Class;
        let is_async = node.child(0).is_some_and(|child| child.kind() == "async");
        let kind = match (is_async, method) {
            (false, false) => DefinitionKind::Function,
            (true, false) => DefinitionKind::AsyncFunction,
            (false, true) => DefinitionKind::Method,
            (true, true) => DefinitionKind::AsyncMethod,
        };
        let name = Self::field(node, GRAMMAR.name);
        let parameters = Self::field(node, GRAMMAR.parameters);
        let returns = Self::field(node, GRAMMAR.return_type);
        let body = Self::field(node, GRAMMAR.body);
        let is_static = decorators.iter().any(|decorator| {
            let last = decorator.rsplit('.').next().unwrap_or("");
            matches!(last, "staticmethod" | "abstractstaticmethod")
        });

        let inner = self.scopes.open(outer, ScopeKind::Function, name.map_or("", |name| self.token(name)));
        if let Some(name) = name {
            let until = returns.or(parameters).unwrap_or(name).end_byte();
            let about = About {
                kind,
                full,
                signature: written(self.text, node, until, usize::MAX).into(),
                annotation: returns.map(|returns| whole(self.text, returns)),
            };
            let doc = body.and_then(|body| docstring(self.text, body));
            if let Some(found) = self.bind(outer, Place::Binding, name, about) {
                found.decorators = decorators.into();
                found.doc = doc;
            }
        }
        if let Some(type_parameters) = Self::field(node, GRAMMAR.type_parameters) {
            self.type_parameters(type_parameters, inner);
        }
        if let Some(parameters) = parameters {
            let first = self.parameters(parameters, inner);
            if let Some(first) = first.filter(|_| method && !is_static) {
                self.scopes.set_receiver(inner, first);
            }
        }
        if let Some(body) = body {
            self.ahead.push((body.id(), inner));
        }
    }

    fn class(&mut self, node: Node<'t>) {
        let (full, decorators) = self.take_decorators(node);
        let outer = self.scope();
        let name = Self::field(node, GRAMMAR.name);
        let type_parameters = Self::field(node, GRAMMAR.type_parameters);
        let superclasses = Self::field(node, GRAMMAR.superclasses);
        let body = Self::field(node, GRAMMAR.body);

        let inner = self.scopes.open(outer, ScopeKind::Class, name.map_or("", |name| self.token(name)));
        if let Some(name) = name {
            let until = superclasses.or(type_parameters).unwrap_or(name).end_byte();
            let signature = written(self.text, node, until, usize::MAX).into();
            let about = About { kind: DefinitionKind::Class, full, signature, annotation: None };
            let doc = body.and_then(|body| docstring(self.text, body));
            if let Some(found) = self.bind(outer, Place::Binding, name, about) {
                found.decorators = decorators.into();
                found.doc = doc;
            }
        }
        if let Some(type_parameters) = type_parameters {
            self.type_parameters(type_parameters, inner);
        }
        if let Some(body) = body {
            self.ahead.push((body.id(), inner));
        }
    }

    fn lambda(&mut self, node: Node<'t>) {
        let inner = self.scopes.open(self.scope(), ScopeKind::Function, "<lambda>");
        if let Some(parameters) = Self::field(node, GRAMMAR.parameters) {
            self.parameters(parameters, inner);
        }
        if let Some(body) = Self::field(node, GRAMMAR.body) {
            self.ahead.push((body.id(), inner));
        }
    }

    /// Records the parameters; the name of the first one, if it can be given by position.
    fn parameters(&mut self, node: Node<'t>, scope: ScopeId) -> Option<&'t str> {
        let mut first = None;
        let mut index = 0;
        let mut cursor = node.walk();
        for parameter in node.named_children(&mut cursor) {
            let (named, positional) = match GRAMMAR.kind(parameter) {
                Kind::Identifier => (Some(parameter), true),
                Kind::TypedParameter => match parameter.named_child(0) {
                    Some(child) => (Some(child), GRAMMAR.kind(child) == Kind::Identifier),
                    None => (None, false),
                },
                Kind::DefaultParameter | Kind::TypedDefaultParameter => {
                    (Self::field(parameter, GRAMMAR.name), true)
                }
                Kind::ListSplatPattern | Kind::DictionarySplatPattern | Kind::TuplePattern => {
                    (Some(parameter), false)
                }
                Kind::Comment | Kind::LineContinuation | Kind::Error => continue,
                _ => (None, false),
            };
            index += 1;
            let Some(named) = named else { continue };
            if GRAMMAR.kind(named) == Kind::TuplePattern {
                self.complaints.tuple_parameter(named);
            }
            let annotation = Self::field(parameter, GRAMMAR.type_);
            let value = Self::field(parameter, GRAMMAR.value);
            let about = About {
                kind: DefinitionKind::Parameter,
                full: span(parameter),
                signature: self.declared(named, annotation, value).into(),
                annotation: annotation.map(|annotation| whole(self.text, annotation)),
            };
            for target in targets(named) {
                if target.object.is_none() {
                    self.bind(scope, Place::Parameter, target.token, about.clone());
                }
            }
            if index == 1 && positional {
                first = Some(self.token(named));
            }
        }
        first
    }

    /// `name: annotation = value`, or `name=value` as parameters are written; the name and the value cut.
    fn declared(&self, name: Node<'t>, annotation: Option<Node<'t>>, value: Option<Node<'t>>) -> String {
        let mut signature = cut(self.text, name);
        if let Some(annotation) = annotation {
            signature.push_str(": ");
            signature.push_str(&whole(self.text, annotation));
        }
        if let Some(value) = value {
            signature.push_str(if annotation.is_some() { " = " } else { "=" });
            signature.push_str(&cut(self.text, value));
        }
        signature
    }

    fn type_parameters(&mut self, node: Node<'t>, scope: ScopeId) {
        let mut cursor = node.walk();
        for parameter in node.named_children(&mut cursor) {
            let mut name = parameter;
            while matches!(GRAMMAR.kind(name), Kind::Type | Kind::ConstrainedType | Kind::SplatType) {
                let Some(child) = name.named_child(0) else { break };
                name = child;
            }
            if GRAMMAR.kind(name) == Kind::Identifier {
                let about = About {
                    kind: DefinitionKind::TypeParameter,
                    full: span(parameter),
                    signature: whole(self.text, parameter),
                    annotation: None,
                };
                self.bind(scope, Place::Parameter, name, about);
            }
        }
    }

    /// All of a comprehension is a scope of its own, except its first iterable.
    fn comprehension(&mut self, node: Node<'t>, name: &'t str) {
        let outer = self.scope();
        let inner = self.scopes.open(outer, ScopeKind::Comprehension, name);
        self.inside.push((self.around.len(), inner));
        let mut cursor = node.walk();
        let first = node.named_children(&mut cursor).find(|child| GRAMMAR.kind(*child) == Kind::ForInClause);
        if let Some(iterable) = first.and_then(|first| Self::field(first, GRAMMAR.right)) {
            self.ahead.push((iterable.id(), outer));
        }
    }

    fn assignment(&mut self, node: Node<'t>) {
        let Some(left) = Self::field(node, GRAMMAR.left) else { return };
        let annotation = Self::field(node, GRAMMAR.type_);
        let right = Self::field(node, GRAMMAR.right);
        let mut signature = cut(self.text, left);
        let annotation = annotation.map(|annotation| whole(self.text, annotation));
        if let Some(annotation) = &annotation {
            signature.push_str(": ");
            signature.push_str(annotation);
        }
        if let Some(right) = right {
            let operator = Self::field(node, GRAMMAR.operator).map_or("=", |operator| self.token(operator));
            signature.push(' ');
            signature.push_str(operator);
            signature.push(' ');
            signature.push_str(&cut(self.text, right));
        }
        let alias =
            annotation.as_deref().is_some_and(|text| text == "TypeAlias" || text.ends_with(".TypeAlias"));
        let kind = if alias { DefinitionKind::TypeAlias } else { DefinitionKind::Variable };
        self.bind_targets(left, &About { kind, full: span(node), signature: signature.into(), annotation });
    }

    fn walrus(&mut self, node: Node<'t>) {
        // `f"{x:=5}"` formats `x` by the specification `=5`, whatever the grammar thinks.
        if self.around.last() == Some(&Kind::Interpolation) {
            return;
        }
        let Some(name) = Self::field(node, GRAMMAR.name) else { return };
        let mut signature = format!("{} :=", self.token(name));
        if let Some(value) = Self::field(node, GRAMMAR.value) {
            signature.push(' ');
            signature.push_str(&cut(self.text, value));
        }
        let scope = self.scopes.around_comprehensions(self.scope());
        self.bind(scope, Place::Binding, name, variable(span(node), signature));
    }

    fn loop_targets(&mut self, node: Node<'t>) {
        let Some(left) = Self::field(node, GRAMMAR.left) else { return };
        let is_async = node.child(0).is_some_and(|child| child.kind() == "async");
        let word = if is_async { "async for" } else { "for" };
        let mut signature = format!("{word} {}", cut(self.text, left));
        let mut end = left.end_byte();
        if let Some(right) = Self::field(node, GRAMMAR.right) {
            signature.push_str(" in ");
            signature.push_str(&cut(self.text, right));
            end = right.end_byte();
        }
        self.bind_targets(left, &variable(Span::new(node.start_byte(), end), signature));
    }

    /// `with … as target`, `except … as target`, or the capture of a case pattern.
    fn as_pattern(&mut self, node: Node<'t>) {
        let parent = self.around.last().copied().unwrap_or(Kind::Other);
        if parent == Kind::CasePattern {
            let mut cursor = node.walk();
            let name = node
                .named_children(&mut cursor)
                .filter(|child| GRAMMAR.kind(*child) == Kind::Identifier)
                .last();
            if let Some(name) = name {
                self.bind_capture(name);
            }
            return;
        }
        let Some(alias) = Self::field(node, GRAMMAR.alias) else { return };
        let word = match parent {
            Kind::WithItem => "with ",
            Kind::ExceptClause => "except ",
            _ => "",
        };
        let value = node.named_child(0).map_or_else(String::new, |value| cut(self.text, value));
        let signature = format!("{word}{value} as {}", cut(self.text, alias));
        self.bind_targets(alias, &variable(span(node), signature));
    }

    /// `except E as e`, where the grammar gives the alias to the clause.
    fn except_alias(&mut self, node: Node<'t>) {
        let Some(alias) = Self::field(node, GRAMMAR.alias) else { return };
        let value = Self::field(node, GRAMMAR.value).map_or_else(String::new, |value| cut(self.text, value));
        let signature = format!("except {value} as {}", cut(self.text, alias));
        self.bind_targets(alias, &variable(Span::new(node.start_byte(), alias.end_byte()), signature));
    }

    fn case_clause(&mut self, node: Node<'t>) {
        let mut cursor = node.walk();
        let pattern = node
            .named_children(&mut cursor)
            .take_while(|child| GRAMMAR.kind(*child) == Kind::CasePattern)
            .last();
        let until = pattern.map_or(node.start_byte(), |pattern| pattern.end_byte());
        let signature = written(self.text, node, until, CUT);
        self.case = Some(variable(Span::new(node.start_byte(), until), signature));
    }

    /// A plain name where a pattern stands captures; a dotted one is a value.
    fn capture(&mut self, node: Node<'t>) {
        let in_pattern =
            matches!(self.around.last(), Some(Kind::CasePattern | Kind::UnionPattern | Kind::KeywordPattern));
        if in_pattern && node.child_count() == 1 {
            self.bind_capture(node);
        }
    }

    fn splat_capture(&mut self, node: Node<'t>) {
        if let Some(name) = node.named_child(0) {
            self.bind_capture(name);
        }
    }

    fn bind_capture(&mut self, name: Node<'t>) {
        if self.token(name) != "_"
            && let Some(about) = self.case.clone()
        {
            self.bind(self.scope(), Place::Binding, name, about);
        }
    }

    fn declaration(&mut self, node: Node<'t>, kind: Kind) {
        let scope = self.scope();
        let mut cursor = node.walk();
        for name in node.named_children(&mut cursor).filter(|child| GRAMMAR.kind(*child) == Kind::Identifier)
        {
            let name = self.token(name);
            match kind {
                Kind::GlobalStatement => self.scopes.declare_global(scope, name),
                _ => self.scopes.declare_nonlocal(scope, name),
            }
        }
    }

    fn type_alias(&mut self, node: Node<'t>) {
        let Some(left) = Self::field(node, GRAMMAR.left) else { return };
        let mut name = left;
        let mut type_parameters = None;
        while matches!(GRAMMAR.kind(name), Kind::Type | Kind::GenericType) {
            type_parameters = name.named_child(1).or(type_parameters);
            let Some(child) = name.named_child(0) else { return };
            name = child;
        }
        if GRAMMAR.kind(name) != Kind::Identifier {
            return;
        }
        let right = Self::field(node, GRAMMAR.right).map_or_else(String::new, |right| cut(self.text, right));
        let about = About {
            kind: DefinitionKind::TypeAlias,
            full: span(node),
            signature: format!("type {} = {right}", whole(self.text, left)).into(),
            annotation: None,
        };
        self.bind(self.scope(), Place::Binding, name, about);
        if let Some(type_parameters) = type_parameters {
            let inner = self.scopes.open(self.scope(), ScopeKind::Alias, self.token(name));
            self.type_parameters(type_parameters, inner);
        }
    }

    fn import(&mut self, node: Node<'t>) {
        let from = match GRAMMAR.kind(node) {
            Kind::ImportFromStatement => {
                Self::field(node, GRAMMAR.module_name).map(|module| cut(self.text, module))
            }
            Kind::FutureImportStatement => Some("__future__".to_owned()),
            _ => None,
        };
        let mut cursor = node.walk();
        for imported in node.children_by_field_id(GRAMMAR.name, &mut cursor) {
            let token = match GRAMMAR.kind(imported) {
                Kind::AliasedImport => Self::field(imported, GRAMMAR.alias),
                _ => imported.named_child(0),
            };
            let Some(token) = token else { continue };
            let name = cut(self.text, imported);
            let signature = match &from {
                Some(module) => format!("from {module} import {name}"),
                None => format!("import {name}"),
            };
            let about = About {
                kind: DefinitionKind::Import,
                full: span(node),
                signature: signature.into(),
                annotation: None,
            };
            self.bind(self.scope(), Place::Binding, token, about);
        }
    }
}

fn span(node: Node<'_>) -> Span {
    Span::new(node.start_byte(), node.end_byte())
}

/// A variable that a statement other than an assignment binds.
fn variable(full: Span, signature: String) -> About {
    About { kind: DefinitionKind::Variable, full, signature: signature.into(), annotation: None }
}
