//! What stands at places of one file: what each identifier is there, and where it is defined.

use std::panic::AssertUnwindSafe;

use ruff_db::files::{File, FileRange, system_path_to_file};
use ruff_db::panic::catch_unwind;
use ruff_db::parsed::parsed_module;
use ruff_db::source::source_text;
use ruff_python_ast::find_node::{CoveringNode, covering_node};
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::{self as ast, AnyNodeRef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use staniel_facts::RelPath;
use ty_python_semantic::types::Type;
use ty_python_semantic::types::ide_support::definitions_for_keyword_argument;
use ty_python_semantic::{
    HasType, ImportAliasResolution, ResolvedDefinition, SemanticModel, definitions_for_attribute,
    definitions_for_imported_symbol, definitions_for_name,
};

use crate::replica::{Db, Replica};
use crate::sites::{Site, sites};
use crate::sweep::words;
use crate::types::Words;

/// An identifier, as far as its own file tells.
#[derive(Debug)]
pub(crate) struct Glimpse {
    pub(crate) token: TextRange,
    /// What to say of it, if its definition says nothing better.
    pub(crate) text: Option<String>,
    /// Where it is defined.
    pub(crate) place: Option<FileRange>,
    /// Whether its definition is to be asked what it is: it knows what a function returns, even if that is written
    /// nowhere.
    pub(crate) asks_definition: bool,
}

/// Tells what stands at each of these offsets of a file, in this order: `None` where there is no identifier, and where
/// ty panics. Says less than that if ty cannot even begin.
pub(crate) fn glimpses(
    replica: &Replica,
    path: &RelPath,
    offsets: &[u32],
    mut tell: impl FnMut(Option<Glimpse>),
) {
    let db: &dyn Db = replica;
    let Ok(file) = system_path_to_file(db, replica.path_of(path)) else { return };
    in_file(db, file, |at| {
        for &offset in offsets {
            tell(caught(path.as_str(), || at.glimpse(offset.into())).flatten());
        }
    });
}

/// Tells what each of these definitions of a file is said to be where it stands; `None` where nothing is defined.
pub(crate) fn descriptions(
    replica: &Replica,
    file: File,
    names: &[TextRange],
    mut tell: impl FnMut(Option<String>),
) {
    let db: &dyn Db = replica;
    in_file(db, file, |at| {
        for &name in names {
            let described = || at.words.of_site(name, at.sites[at.site(name)?].1);
            tell(caught(file.path(db).as_str(), described).flatten());
        }
    });
}

/// One file, made ready to be looked into.
struct At<'m, 'db> {
    file: File,
    model: &'m SemanticModel<'db>,
    root: AnyNodeRef<'m>,
    tokens: &'m Tokens,
    /// Sorted by range.
    sites: &'m [(TextRange, Site<'m>)],
    words: &'m Words<'m, 'db>,
}

fn in_file(db: &dyn Db, file: File, look: impl FnOnce(At<'_, '_>)) {
    let name = file.path(db).as_str();
    caught(name, || {
        let model = SemanticModel::new(db, db.program_file(file));
        let module = parsed_module(db, model.python_file()).load(db);
        let sites = sites(module.syntax());
        let words = Words::new(&model, &sites);
        let root = AnyNodeRef::from(module.syntax());
        look(At { file, model: &model, root, tokens: module.tokens(), sites: &sites, words: &words });
    });
}

/// `None` if ty panics.
fn caught<T>(name: &str, ask: impl FnOnce() -> T) -> Option<T> {
    let answer = catch_unwind(AssertUnwindSafe(ask));
    answer.map_err(|error| tracing::warn!("`{name}` {}", words(&error))).ok()
}

impl<'m, 'db> At<'m, 'db> {
    fn site(&self, name: TextRange) -> Option<usize> {
        let key = (name.start(), name.end());
        self.sites.binary_search_by_key(&key, |(range, _)| (range.start(), range.end())).ok()
    }

    fn glimpse(&self, offset: TextSize) -> Option<Glimpse> {
        let model = self.model;
        let (range, kind) = identifier(self.tokens, offset)?;
        let node = covering_node(self.root, range);
        let (token, Found { ty, targets }) = match kind {
            TokenKind::String => in_annotation(model, &node, offset)?,
            _ => (range, at(model, &node, range)),
        };
        let place = best(model, ty, &targets);
        // A definition says more of itself than its type does.
        if let Some(site) = self.site(token) {
            return Some(Glimpse {
                token,
                text: self.words.of_site(token, self.sites[site].1),
                place: Some(place.unwrap_or(FileRange::new(self.file, token))),
                asks_definition: false,
            });
        }
        Some(Glimpse {
            token,
            text: ty.map(|ty| self.words.of(ty)),
            place,
            asks_definition: matches!(ty, None | Some(Type::FunctionLiteral(_))),
        })
    }
}

/// What ty finds at an identifier.
#[derive(Default)]
struct Found<'db> {
    ty: Option<Type<'db>>,
    targets: Vec<ResolvedDefinition<'db>>,
}

/// The identifier, or the string that may be an annotation, which `offset` touches.
fn identifier(tokens: &Tokens, offset: TextSize) -> Option<(TextRange, TokenKind)> {
    // More than two: dedents are empty tokens before the one that they precede.
    let first = tokens.partition_point(|token| token.end() < offset);
    let touched: Vec<_> = tokens[first..].iter().take_while(|token| token.start() <= offset).collect();
    let named = touched.iter().find(|token| token.kind() == TokenKind::Name || is_soft_keyword(token.kind()));
    let token = named.or_else(|| touched.iter().find(|token| token.kind() == TokenKind::String))?;
    Some((token.range(), token.kind()))
}

/// `match`, `case` and `type` are names where they are no keywords.
fn is_soft_keyword(kind: TokenKind) -> bool {
    matches!(kind, TokenKind::Match | TokenKind::Case | TokenKind::Type)
}

/// The identifier inside a string, if the string is an annotation.
fn in_annotation<'db>(
    model: &SemanticModel<'db>,
    node: &CoveringNode<'_>,
    offset: TextSize,
) -> Option<(TextRange, Found<'db>)> {
    let string = node.ancestors().find_map(|node| match node {
        AnyNodeRef::ExprStringLiteral(string) => Some(string),
        _ => None,
    })?;
    let (annotation, model) = model.enter_string_annotation(string)?;
    let (range, kind) = identifier(annotation.tokens(), offset)?;
    if kind == TokenKind::String {
        return None;
    }
    let node = covering_node(annotation.syntax().into(), range);
    Some((range, at(&model, &node, range)))
}

/// What ty knows of the identifier `token`, which `node` covers.
fn at<'db>(model: &SemanticModel<'db>, node: &CoveringNode<'_>, token: TextRange) -> Found<'db> {
    let aliases = ImportAliasResolution::ResolveAliases;
    let mut ancestors = node.ancestors();
    let (Some(innermost), Some(parent)) = (ancestors.next(), ancestors.next()) else {
        return Found::default();
    };
    if let AnyNodeRef::ExprName(name) = innermost {
        let targets = definitions_for_name(model, name.id.as_str(), innermost, aliases);
        return Found { ty: name.inferred_type(model), targets };
    }
    let AnyNodeRef::Identifier(identifier) = innermost else { return Found::default() };
    match parent {
        AnyNodeRef::ExprAttribute(attribute) => {
            Found { ty: attribute.inferred_type(model), targets: definitions_for_attribute(model, attribute) }
        }
        AnyNodeRef::Keyword(keyword) => {
            let call = ancestors.find_map(|node| match node {
                AnyNodeRef::ExprCall(call) => Some(call),
                _ => None,
            });
            let targets = call.map(|call| definitions_for_keyword_argument(model, keyword, call));
            Found { ty: None, targets: targets.unwrap_or_default() }
        }
        AnyNodeRef::Alias(alias) => {
            let statement = ancestors.next();
            match statement {
                Some(AnyNodeRef::StmtImportFrom(statement)) => Found {
                    ty: alias.inferred_type(model),
                    targets: definitions_for_imported_symbol(model, statement, &alias.name, aliases),
                },
                _ if alias.asname.as_ref().is_some_and(|name| name == identifier) => {
                    Found { ty: alias.inferred_type(model), targets: module_target(model, &alias.name, 0) }
                }
                _ => module(model, identifier, token, 0),
            }
        }
        AnyNodeRef::StmtImportFrom(statement) => module(model, identifier, token, statement.level),
        AnyNodeRef::StmtGlobal(_) | AnyNodeRef::StmtNonlocal(_) => {
            Found { ty: None, targets: definitions_for_name(model, identifier.as_str(), innermost, aliases) }
        }
        // A definition: it is its own target.
        _ => Found::default(),
    }
}

/// The module that a dotted name means up to and including the part `token`.
fn module<'db>(
    model: &SemanticModel<'db>,
    dotted: &ast::Identifier,
    token: TextRange,
    level: u32,
) -> Found<'db> {
    let text = source_text(model.db(), model.file());
    let range = TextRange::new(dotted.start(), token.end());
    let written = text.as_str().get(range.start().into()..range.end().into()).unwrap_or_default();
    let name: String = written.split_whitespace().collect();
    Found { ty: model.resolve_module_type(Some(&name), level), targets: module_target(model, &name, level) }
}

fn module_target<'db>(model: &SemanticModel<'db>, name: &str, level: u32) -> Vec<ResolvedDefinition<'db>> {
    let file = model.resolve_module(Some(name), level).and_then(|module| module.file(model.db()));
    file.map(|file| ResolvedDefinition::FileWithRange(FileRange::new(file, TextRange::default())))
        .into_iter()
        .collect()
}

/// Of the places where an identifier may be defined, the one that its type comes from (under this platform, say); else
/// the first. A module is where it is, whatever the statement that imports it says.
fn best<'db>(
    model: &SemanticModel<'db>,
    ty: Option<Type<'db>>,
    targets: &[ResolvedDefinition<'db>],
) -> Option<FileRange> {
    let db = model.db();
    let places: Vec<FileRange> = targets.iter().map(|target| target.focus_range(db)).collect();
    if let Some(Type::ModuleLiteral(module)) = ty
        && places.first().is_some_and(|place| place.range().is_empty())
        && let Some(file) = module.module(db).file(db)
    {
        return Some(FileRange::new(file, TextRange::default()));
    }
    let from_type = ty
        .and_then(|ty| ty.definition(db, &model.program_environment()))
        .and_then(|definition| definition.focus_range(db))
        .filter(|place| places.contains(place));
    from_type.or_else(|| places.first().copied())
}
