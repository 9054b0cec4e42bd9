//! What stands at one place: references as well as definitions.

use std::panic::AssertUnwindSafe;
use std::time::Instant;

use crossbeam_channel::RecvTimeoutError;
use ruff_db::files::{File, FileRange, system_path_to_file};
use ruff_db::panic::catch_unwind;
use ruff_db::parsed::parsed_module;
use ruff_db::source::source_text;
use ruff_python_ast::find_node::{CoveringNode, covering_node};
use ruff_python_ast::token::{TokenKind, Tokens};
use ruff_python_ast::{self as ast, AnyNodeRef};
use ruff_text_size::{Ranged, TextRange, TextSize};
use staniel_facts::{Cancel, RelPath, Span};
use staniel_provider::{AskError, Place, Sight, Target, TargetFile};
use ty_python_semantic::types::Type;
use ty_python_semantic::types::ide_support::definitions_for_keyword_argument;
use ty_python_semantic::{
    HasType, ImportAliasResolution, ResolvedDefinition, SemanticModel, definitions_for_attribute,
    definitions_for_imported_symbol, definitions_for_name,
};

use crate::options::Limits;
use crate::replica::{Db, Replica};
use crate::sites::{Site, sites};
use crate::sweep::{STACK, TICK, abandon, words};
use crate::types::Words;

/// What stands at each of `places`, one after the other, and the database again. A place that makes ty panic has no
/// answer; one that takes longer than a file may ends everything, and its database is left behind.
pub(crate) fn look_at_all(
    replica: Replica,
    places: &[Place],
    limits: Limits,
    cancel: &Cancel,
) -> Result<(Replica, Vec<Option<Sight>>), AskError> {
    let (sender, sights) = crossbeam_channel::unbounded();
    let (theirs, asked) = (replica.clone(), places.to_vec());
    let thread = std::thread::Builder::new().name("ty-look".to_owned()).stack_size(STACK);
    let thread = thread.spawn(move || {
        for Place { path, offset, .. } in asked {
            let sight = catch_unwind(AssertUnwindSafe(|| look(&theirs, &path, offset)));
            let sight = sight.unwrap_or_else(|error| {
                tracing::warn!("`{path}` {}", words(&error));
                None
            });
            if sender.send(sight).is_err() {
                return;
            }
        }
    });
    let thread =
        thread.map_err(|error| AskError::Broken(format!("no thread can be started to look: {error}")))?;
    let mut found = Vec::with_capacity(places.len());
    let mut since = Instant::now();
    while let Some(place) = places.get(found.len()) {
        match sights.recv_timeout(TICK) {
            Ok(sight) => {
                found.push(sight);
                since = Instant::now();
            }
            Err(RecvTimeoutError::Disconnected) => {
                return Err(AskError::Broken(format!("looking into `{}` failed", place.path)));
            }
            Err(RecvTimeoutError::Timeout) if cancel.is_cancelled() => {
                abandon(replica);
                return Err(AskError::Cancelled);
            }
            Err(RecvTimeoutError::Timeout) if since.elapsed() > limits.per_file => {
                abandon(replica);
                let words = format!("`{}` took ty longer than {:?}", place.path, limits.per_file);
                return Err(AskError::Broken(words));
            }
            Err(RecvTimeoutError::Timeout) => {}
        }
    }
    // Its handle on the database must be gone before anybody writes.
    if thread.join().is_err() {
        tracing::error!("a thread panicked outside of ty");
    }
    Ok((replica, found))
}

/// What ty finds at an identifier.
#[derive(Default)]
struct Found<'db> {
    ty: Option<Type<'db>>,
    targets: Vec<ResolvedDefinition<'db>>,
}

/// What stands at `offset` of `path`; `None` where there is no identifier.
pub(crate) fn look(replica: &Replica, path: &RelPath, offset: u32) -> Option<Sight> {
    let db: &dyn Db = replica;
    let file = system_path_to_file(db, replica.path_of(path)).ok()?;
    let model = SemanticModel::new(db, db.program_file(file));
    let module = parsed_module(db, model.python_file()).load(db);
    let root = AnyNodeRef::from(module.syntax());
    let token = identifier(module.tokens(), offset.into())?;
    let node = covering_node(root, token.0);
    let found = match token.1 {
        TokenKind::String => in_annotation(&model, &node, offset.into())?,
        _ => (token.0, at(&model, &node, token.0)),
    };
    let (range, Found { ty, targets }) = found;
    let all = sites(module.syntax());
    let words = Words::new(&model, &all);
    // A definition says more of itself than its type does.
    let site =
        all.binary_search_by_key(&(range.start(), range.end()), |(range, _)| (range.start(), range.end()));
    let place = match (site, best(&model, ty, &targets)) {
        (_, Some(place)) => Some(place),
        (Ok(_), None) => Some(FileRange::new(file, range)),
        (Err(_), None) => None,
    };
    let there = || place.and_then(|place| described(replica, &place));
    let text = match (site, ty) {
        (Ok(index), _) => words.of_site(range, all[index].1),
        // Its definition knows what it returns, even if that is written nowhere.
        (Err(_), Some(ty @ Type::FunctionLiteral(_))) => there().or_else(|| Some(words.of(ty))),
        (Err(_), Some(ty)) => Some(words.of(ty)),
        (Err(_), None) => there(),
    };
    Some(Sight { token: span(range), text, target: place.and_then(|place| target(replica, place)) })
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

/// What a definition is said to be where it stands.
fn described(replica: &Replica, place: &FileRange) -> Option<String> {
    let db: &dyn Db = replica;
    let model = SemanticModel::new(db, db.program_file(place.file()));
    let module = parsed_module(db, model.python_file()).load(db);
    let all: Vec<(TextRange, Site<'_>)> = sites(module.syntax());
    let (range, site) = all.iter().find(|(range, _)| *range == place.range())?;
    Words::new(&model, &all).of_site(*range, *site)
}

fn target(replica: &Replica, place: FileRange) -> Option<Target> {
    let db: &dyn Db = replica;
    let file: File = place.file();
    let name = span(place.range());
    let file = match replica.path_in_world(file) {
        Some(path) => TargetFile::Project(path),
        None => TargetFile::Elsewhere {
            name: file.path(db).as_str().to_owned(),
            text: source_text(db, file).as_str().into(),
        },
    };
    Some(Target { file, name })
}

fn span(range: TextRange) -> Span {
    Span::new(range.start().into(), range.end().into())
}
