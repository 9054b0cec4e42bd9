//! What factories give back, wherever they stand: functions whose bodies are in sight of other files, as a
//! signature is.
//!
//! ty takes the result of every function without a return annotation for unknown. Of functions in other files a body may
//! be looked into only if every key covers it that the answer is stored under, and the interface of a file covers those of its
//! factories alone: see [`LONGEST_FACTORY`]. The rule is written twice, here in ty's tree and in `staniel-syntax`
//! in its own. What is a factory here must be one there; the other way round a key covers more than it needs.

use ruff_db::parsed::parsed_module;
use ruff_python_ast::{self as ast, Expr, Stmt};
use ruff_text_size::Ranged;
use staniel_facts::LONGEST_FACTORY;
use ty_module_resolver::file_to_module;
use ty_python_core::definition::{Definition, DefinitionKind};
use ty_python_semantic::types::{Type, TypeDefinition};
use ty_python_semantic::{Db, HasType, SemanticModel};

use crate::returns::{without_docstring, yields};

/// What `call` gives back if it calls a factory and ty does not know it, where so many calls are followed: one factory may
/// give back what another one makes. What the type variables of the other stand for is not known here.
pub(crate) fn called<'db>(
    model: &SemanticModel<'db>,
    call: &ast::ExprCall,
    calls: usize,
) -> Option<Type<'db>> {
    let (db, environment) = (model.db(), model.program_environment());
    let made = made_by(model, call.func.inferred_type(model)?, calls)?;
    (!made.display(db, &environment).to_string().contains('@')).then_some(made)
}

/// What `function` gives back, if that is a factory: [`called`].
pub(crate) fn made_by<'db>(
    model: &SemanticModel<'db>,
    function: Type<'db>,
    calls: usize,
) -> Option<Type<'db>> {
    let Type::FunctionLiteral(_) = function else { return None };
    match function.definition(model.db(), &model.program_environment())? {
        TypeDefinition::Function(definition) => made(model.db(), definition, calls.checked_sub(1)?),
        _ => None,
    }
}

/// What the factory gives back that is defined there; `None` if it is none, or not the project's, if it comes to no end, or
/// if ty does not know either. Run again when the file has changed, but what it comes to is compared.
#[salsa::tracked(returns(copy))]
fn made<'db>(db: &'db dyn Db, definition: Definition<'db>, calls: usize) -> Option<Type<'db>> {
    let file = definition.program_file(db);
    if !file_to_module(db, file.resolver_file(db))?.search_path(db)?.is_first_party() {
        return None;
    }
    let model = SemanticModel::new(db, file);
    let module = parsed_module(db, model.python_file()).load(db);
    // The other parser may have made something else of a broken text.
    if !module.errors().is_empty() {
        return None;
    }
    let DefinitionKind::Function(function) = definition.kind(db) else { return None };
    let function = function.node(&module);
    let value = product(function).filter(|_| is_at_top(module.suite(), function))?;
    let ty = value.inferred_type(&model)?;
    let ty = match value {
        Expr::Call(call) if ty == Type::unknown() => called(&model, call, calls)?,
        _ => ty,
    };
    (ty != Type::Never && ty != Type::unknown()).then_some(ty)
}

/// Whether a function is among the statements of its module.
fn is_at_top(suite: &[Stmt], function: &ast::StmtFunctionDef) -> bool {
    let at = suite.binary_search_by_key(&function.start(), Ranged::start);
    at.is_ok_and(|at| suite[at].as_function_def_stmt().is_some_and(|other| std::ptr::eq(other, function)))
}

/// What a function of a module's own block returns, if it is a factory.
fn product(function: &ast::StmtFunctionDef) -> Option<&Expr> {
    if function.is_async || function.returns.is_some() {
        return None;
    }
    let body = without_docstring(&function.body);
    let (last, others) = body.split_last()?;
    let value = last.as_return_stmt()?.value.as_deref()?;
    let is_one = (value.is_call_expr() || value.is_name_expr())
        && body.len() <= LONGEST_FACTORY
        && others.iter().all(is_simple)
        && !yields(function);
    is_one.then_some(value)
}

fn is_simple(statement: &Stmt) -> bool {
    match statement {
        Stmt::Return(_)
        | Stmt::Delete(_)
        | Stmt::TypeAlias(_)
        | Stmt::Assign(_)
        | Stmt::AugAssign(_)
        | Stmt::AnnAssign(_)
        | Stmt::Raise(_)
        | Stmt::Assert(_)
        | Stmt::Import(_)
        | Stmt::ImportFrom(_)
        | Stmt::Global(_)
        | Stmt::Nonlocal(_)
        | Stmt::Expr(_)
        | Stmt::Pass(_)
        | Stmt::Break(_)
        | Stmt::Continue(_) => true,
        Stmt::FunctionDef(_)
        | Stmt::ClassDef(_)
        | Stmt::For(_)
        | Stmt::While(_)
        | Stmt::If(_)
        | Stmt::With(_)
        | Stmt::Match(_)
        | Stmt::Try(_)
        | Stmt::IpyEscapeCommand(_) => false,
    }
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};

    use staniel_facts::{InterfaceHash, SourceKind};

    use super::*;

    /// All that those see of a text who look at declarations.
    fn seen(text: &str) -> Vec<InterfaceHash> {
        let interface = staniel_syntax::facts(text.as_bytes(), SourceKind::Python).interface;
        let parts = interface.parts.iter().map(|part| part.seen.declared);
        std::iter::once(interface.rest.declared).chain(parts).collect()
    }

    /// The names of the first few factories in a text. Whoever makes something else shows it to all others.
    fn factories(text: &str, most: usize) -> Vec<String> {
        let Ok(module) = ruff_python_parser::parse_module(text) else { return Vec::new() };
        let functions = module.suite().iter().filter_map(|statement| statement.as_function_def_stmt());
        let made = functions.filter_map(|function| {
            let product = product(function)?.range().to_std_range();
            let last = function.body.last()?.range().to_std_range();
            // What stands before it, too: it may make a name of it.
            let first = without_docstring(&function.body).first()?.range().to_std_range();
            Some((function.name.to_string(), [product, last, first]))
        });
        let made: Vec<_> = made.take(most).collect();
        let before = if made.is_empty() { Vec::new() } else { seen(text) };
        for (name, places) in &made {
            for place in places {
                let mut other = text.to_owned();
                other.replace_range(place.clone(), "[]()");
                assert_ne!(seen(&other), before, "{name} in\n{text}");
            }
        }
        made.into_iter().map(|(name, _)| name).collect()
    }

    #[test]
    fn a_factory_is_one_for_the_interface_too() {
        let text = r#"
def a(): return b()
def b(): return (a)
@a
@b.c
def d(*a, **b): # return
    'doc' "string"
    import x.y; from z import w
    a = b = [c for d in e]; a[0] = lambda: 1
    del c, d
    assert a
    # return
    return ( # return
        ( d.e()() )
    ) ;
def c(match, type, print):
    type = print(match)
    print(type), [print (type)]
    type X = int
    return type
def e():
    'not one' 'doc' f'string'; 1; 2; 3; 4; 5; 6
    return print('8', *(_ for _ in a))
def f(): raise a; return f(1)(2)[3](4)
def g():
    b''
    return a()
def h(): x: int = 1; x += 2; pass; return _
def j():
    \
  x = j()
    return x
def k(): return print
def l(): return exec(type)
def m(): return match(case)
def i(): 'doc'; 1; 2; 3; 4; 5; 6; 7; return é()
"#;
        assert_eq!(factories(text, 100).join(" "), "a b d c e f g h j k l m i");
        assert_eq!(factories("def f():\n \tx = a()\n  return x\n", 1), ["f"]);
    }

    #[test]
    fn what_is_no_factory() {
        for text in [
            "def f() -> int: return g()\n",
            "async def f(): return g()\n",
            "def f(): return 1\n",
            "def f(): return a.b\n",
            "def f(): return\n",
            "def f(): g()\n",
            "def f(): return g(), 1\n",
            "def f(): return g((yield))\n",
            "def f():\n    if x: return g()\n    return g()\n",
            "def f():\n    with x: return g()\n",
            "def f():\n    def g(): ...\n    return g()\n",
            "def f(): 1; 2; 3; 4; 5; 6; 7; 8; return g()\n",
            "class C:\n    def f(self): return g()\n",
            "if x:\n    def f(): return g()\n",
            "def f(: return g()\n",
        ] {
            assert!(factories(text, 100).is_empty(), "{text}");
        }
    }

    /// Real ones, where the corpus is at hand: `cargo xtask test` says where.
    #[test]
    fn factories_of_real_projects() {
        let Ok(corpus) = std::env::var("STANIEL_CORPUS") else { return };
        let mut pending = vec![PathBuf::from(corpus)];
        let mut found = 0;
        while let Some(directory) = pending.pop() {
            for entry in std::fs::read_dir(&directory).unwrap() {
                let entry = entry.unwrap();
                if entry.file_type().unwrap().is_dir() {
                    pending.push(entry.path());
                } else if Path::new(&entry.file_name()).extension().is_some_and(|ending| ending == "py") {
                    let text = String::from_utf8(std::fs::read(entry.path()).unwrap()).unwrap_or_default();
                    found += factories(&text, 4).len();
                }
            }
        }
        assert!(found > 300, "{found}");
    }
}
