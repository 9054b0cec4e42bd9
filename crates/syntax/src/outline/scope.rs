//! Scopes: where a name belongs, and what it is called.
//!
//! What `global`, `nonlocal` and a closed-over `self` mean for a name is known only when the whole text has been
//! seen, so the walk collects [`Found`]s and [`Scopes`] names them afterwards.

use std::sync::Arc;

use compact_str::CompactString;
use rustc_hash::{FxHashMap, FxHashSet};
use staniel_facts::{Definition, DefinitionId, DefinitionKind, Name, Namespace, Span};

/// Prefixes of qualified names longer than this many bytes are abbreviated (their beginning, and a digest of the
/// whole), so that a file of deeply nested scopes with endless names yields an outline of linear size.
const LONGEST_PREFIX: usize = 300;

/// How many scopes a name is looked for outwards. CPython refuses functions nested deeper than this.
const FARTHEST: usize = 200;

/// An index into the scopes of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) struct ScopeId(u32);

/// What opens a scope.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum ScopeKind {
    Module,
    Class,
    Function,
    Comprehension,
    /// A type alias: holds its type parameters.
    Alias,
}

struct Scope<'t> {
    parent: ScopeId,
    kind: ScopeKind,
    name: &'t str,
    globals: FxHashSet<&'t str>,
    nonlocals: FxHashSet<&'t str>,
    /// Of a method: the parameter through which it sets attributes of its class.
    receiver: Option<&'t str>,
    /// What stands before the names in it; computed when first asked for.
    prefix: Option<CompactString>,
}

/// Through what a name is bound.
#[derive(Clone, Copy, Debug)]
pub(super) enum Place<'t> {
    Binding,
    Parameter,
    /// `object.name`; a definition only if `object` is a method's receiver.
    Attribute {
        object: &'t str,
    },
}

/// A definition, or an attribute that may turn out to be one, as the walk meets it.
#[derive(Debug)]
pub(super) struct Found<'t> {
    pub(super) scope: ScopeId,
    pub(super) place: Place<'t>,
    pub(super) kind: DefinitionKind,
    pub(super) name: &'t str,
    pub(super) token: Span,
    pub(super) full: Span,
    pub(super) signature: Arc<str>,
    pub(super) annotation: Option<Arc<str>>,
    pub(super) decorators: Box<[Arc<str>]>,
    pub(super) doc: Option<Arc<str>>,
}

/// All scopes of one file; parents before children.
pub(super) struct Scopes<'t> {
    scopes: Vec<Scope<'t>>,
    bound: FxHashSet<(ScopeId, &'t str)>,
}

impl<'t> Scopes<'t> {
    pub(super) const MODULE: ScopeId = ScopeId(0);

    pub(super) fn new() -> Self {
        let mut scopes = Self { scopes: Vec::new(), bound: FxHashSet::default() };
        scopes.open(Self::MODULE, ScopeKind::Module, "");
        scopes
    }

    pub(super) fn open(&mut self, parent: ScopeId, kind: ScopeKind, name: &'t str) -> ScopeId {
        let id = ScopeId(self.scopes.len() as u32);
        self.scopes.push(Scope {
            parent,
            kind,
            name,
            globals: FxHashSet::default(),
            nonlocals: FxHashSet::default(),
            receiver: None,
            prefix: None,
        });
        id
    }

    pub(super) fn kind(&self, id: ScopeId) -> ScopeKind {
        self.scope(id).kind
    }

    pub(super) fn set_receiver(&mut self, id: ScopeId, name: &'t str) {
        self.scopes[id.0 as usize].receiver = Some(name);
    }

    pub(super) fn declare_global(&mut self, id: ScopeId, name: &'t str) {
        self.scopes[id.0 as usize].globals.insert(name);
    }

    pub(super) fn declare_nonlocal(&mut self, id: ScopeId, name: &'t str) {
        self.scopes[id.0 as usize].nonlocals.insert(name);
    }

    /// Where a walrus in `id` binds: the nearest scope around it that is no comprehension. Amortised over the nesting
    /// that the guard allows for brackets.
    pub(super) fn around_comprehensions(&self, mut id: ScopeId) -> ScopeId {
        while self.kind(id) == ScopeKind::Comprehension {
            id = self.scope(id).parent;
        }
        id
    }

    /// Names everything found: in source order of the name tokens, with ordinals among equals.
    pub(super) fn name(mut self, mut found: Vec<Found<'t>>) -> Vec<Definition> {
        for one in &found {
            if !matches!(one.place, Place::Attribute { .. }) {
                self.bound.insert((one.scope, one.name));
            }
        }
        found.sort_by_key(|one| one.token);

        let mut ordinals: FxHashMap<(Name, Namespace), u32> = FxHashMap::default();
        let mut definitions = Vec::with_capacity(found.len());
        for one in found {
            let Some((scope, namespace)) = self.home(&one) else { continue };
            let qualified_name = self.qualified(scope, one.name);
            let next = ordinals.entry((qualified_name.clone(), namespace)).or_insert(0);
            let ordinal = *next;
            *next += 1;
            definitions.push(Definition {
                id: DefinitionId { qualified_name, namespace, ordinal },
                kind: one.kind,
                name: one.token,
                full: one.full,
                signature: one.signature,
                annotation: one.annotation,
                decorators: one.decorators,
                doc: one.doc,
                near_error: false,
            });
        }
        definitions
    }

    fn scope(&self, id: ScopeId) -> &Scope<'t> {
        &self.scopes[id.0 as usize]
    }

    fn home(&self, found: &Found<'t>) -> Option<(ScopeId, Namespace)> {
        match found.place {
            Place::Parameter => Some((found.scope, Namespace::Parameter)),
            Place::Binding => Some((self.binding_scope(found.scope, found.name), Namespace::Binding)),
            Place::Attribute { object } => {
                Some((self.receiving_class(found.scope, object)?, Namespace::Attribute))
            }
        }
    }

    /// The scope in which a statement in `id` binds `name`.
    fn binding_scope(&self, id: ScopeId, name: &str) -> ScopeId {
        let scope = self.scope(id);
        if scope.globals.contains(name) {
            return Self::MODULE;
        }
        if !scope.nonlocals.contains(name) {
            return id;
        }
        let mut outer = scope.parent;
        for _ in 0..FARTHEST {
            let scope = self.scope(outer);
            match scope.kind {
                ScopeKind::Module => break,
                ScopeKind::Function if self.bound.contains(&(outer, name)) => {
                    if scope.globals.contains(name) {
                        return Self::MODULE;
                    }
                    if !scope.nonlocals.contains(name) {
                        return outer;
                    }
                }
                _ => {}
            }
            outer = scope.parent;
        }
        id
    }

    /// The class whose attributes are set through `object`, seen from the scope `id`: that of the nearest function
    /// around that binds `object`, if `object` is this function's receiver.
    fn receiving_class(&self, mut id: ScopeId, object: &str) -> Option<ScopeId> {
        for step in 0..FARTHEST {
            let scope = self.scope(id);
            match scope.kind {
                ScopeKind::Module => return None,
                ScopeKind::Class if step == 0 => return None,
                ScopeKind::Class | ScopeKind::Alias => {}
                ScopeKind::Function | ScopeKind::Comprehension => {
                    if scope.receiver == Some(object) {
                        return Some(scope.parent);
                    }
                    if scope.globals.contains(object) {
                        return None;
                    }
                    if self.bound.contains(&(id, object)) && !scope.nonlocals.contains(object) {
                        return None;
                    }
                }
            }
            id = scope.parent;
        }
        None
    }

    fn qualified(&mut self, id: ScopeId, name: &str) -> Name {
        let mut qualified = self.prefix(id);
        qualified.push_str(name);
        qualified
    }

    /// What stands before the names of a scope: nothing, `C.`, `f.<locals>.` or (as CPython has it) `<listcomp>.`. Fills in those of all scopes around
    /// it, outermost first.
    fn prefix(&mut self, id: ScopeId) -> CompactString {
        let mut unknown = Vec::new();
        let mut at = id;
        while self.scope(at).prefix.is_none() {
            unknown.push(at);
            let scope = self.scope(at);
            at = match scope.kind {
                ScopeKind::Module => break,
                _ => self.binding_scope(scope.parent, scope.name),
            };
        }
        while let Some(at) = unknown.pop() {
            let scope = self.scope(at);
            let prefix = match scope.kind {
                ScopeKind::Module => CompactString::default(),
                kind => {
                    let home = self.binding_scope(scope.parent, scope.name);
                    let outer = self.scope(home).prefix.as_deref().unwrap_or_default();
                    let inside = match kind {
                        ScopeKind::Function => ".<locals>.",
                        _ => ".",
                    };
                    abbreviated(compact_str::format_compact!("{outer}{}{inside}", scope.name))
                }
            };
            self.scopes[at.0 as usize].prefix = Some(prefix);
        }
        self.scope(id).prefix.clone().unwrap_or_default()
    }
}

fn abbreviated(prefix: CompactString) -> CompactString {
    if prefix.len() <= LONGEST_PREFIX {
        return prefix;
    }
    let digest = blake3::hash(prefix.as_bytes()).to_hex();
    let shown = prefix.floor_char_boundary(LONGEST_PREFIX / 2);
    compact_str::format_compact!("{}…{}.", &prefix[..shown], &digest[..16])
}
