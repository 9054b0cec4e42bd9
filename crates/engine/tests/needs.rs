//! What a provider opens lies in what the file needs: each path that ty consulted while it answered for one
//! file, asked alone in a database of its own, is in the closure of that file's needs. Whatever is missing
//! there could change an answer without changing its key.

#![cfg(feature = "ty")]

mod support;

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex};

use camino::Utf8Path;
use staniel_db::{Database, FactSource};
use staniel_facts::{Cancel, ContentHash, FileFacts, ImportFacts, RelPath, SourceKind, World};
use staniel_graph::Graph;
use staniel_provider::{Observer, Question, SourceError, Sources, TypeProvider};
use staniel_provider_ty::{TyOptions, TyProvider};
use support::Project;

/// Bytes by hash; everything that the provider and the database may want.
struct Bytes(std::collections::HashMap<ContentHash, Arc<[u8]>>);

impl FactSource for Bytes {
    fn import_facts(&self, path: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        Arc::clone(&self.facts(path, hash).imports)
    }

    fn facts(&self, _path: &RelPath, hash: ContentHash) -> Arc<FileFacts> {
        Arc::new(
            self.0
                .get(&hash)
                .map(|bytes| staniel_syntax::facts(bytes, SourceKind::Python))
                .unwrap_or_default(),
        )
    }
}

impl Sources for Bytes {
    fn text(&self, path: &RelPath, hash: ContentHash) -> Result<Arc<str>, SourceError> {
        let bytes = self.0.get(&hash).ok_or_else(|| SourceError::Changed(path.clone()))?;
        Ok(staniel_syntax::provider_text(bytes))
    }
}

struct Nobody;

impl Observer for Nobody {
    fn started(&self, _path: &RelPath, _hash: ContentHash) {}
    fn done(&self, _path: &RelPath) {}
    fn put_off(&self, _path: &RelPath) {}
}

/// Asks for every file of the tree alone; returns the paths that were opened and not needed.
fn opened_but_not_needed(root: &Utf8Path) -> Vec<String> {
    let project =
        staniel_project::load(&staniel_project::Options { root: root.to_owned(), ..Default::default() })
            .expect("a project");
    let (world, change) = staniel_vfs::load(&project.root).expect("a tree");
    let world = World { environment: Arc::new(project.environment.clone()), ..world };
    let bytes = change.files.into_iter().filter_map(|file| Some((file.tracked.state.hash()?, file.bytes?)));
    let bytes = Arc::new(Bytes(bytes.collect()));

    let paths: Vec<RelPath> = world.files.keys().cloned().collect();
    let mut database = Database::new(Arc::clone(&bytes) as _, Arc::clone(&world.environment));
    database.advance(&world, &paths);
    let mut graph = Graph::new();
    let modules: Vec<&RelPath> =
        paths.iter().filter(|path| path.is_python() && world.state(path.as_str()).hash().is_some()).collect();
    for path in &modules {
        let needs = database.needs(path);
        let installed = needs.installed.then(RelPath::root);
        graph.set(path, &needs.targets.iter().cloned().chain(installed).collect::<Vec<_>>());
    }
    let shadowing = database.shadowing();
    graph.set(&RelPath::root(), &shadowing.installed.iter().cloned().collect::<Vec<_>>());
    let shadowing: BTreeSet<RelPath> = shadowing.stubs.iter().flat_map(|path| graph.closure(path)).collect();

    let opened: Arc<Mutex<BTreeSet<RelPath>>> = Arc::default();
    let log = Arc::clone(&opened);
    let options = TyOptions {
        hermetic: true,
        threads: 1,
        log_opened: Some(Arc::new(move |path: &RelPath| {
            log.lock().expect("no panic while logging").insert(path.clone());
        })),
        ..TyOptions::default()
    };
    let mut provider = TyProvider::new(project.root, Arc::clone(&bytes) as _, options);
    provider.advance(&world, &paths);
    let mut surprises = Vec::new();
    let mut looked_at = 0;
    for path in modules {
        let hash = world.state(path.as_str()).hash().expect("present");
        let question = Question { path: path.clone(), hash, facts: bytes.facts(path, hash) };
        opened.lock().expect("no panic while logging").clear();
        provider.ask(&[question], &Nobody, &Cancel::new()).expect("answers");
        let closure = graph.closure(path);
        for seen in opened.lock().expect("no panic while logging").iter() {
            let present = world.state(seen.as_str()).hash().is_some() && seen.is_python();
            looked_at += usize::from(present);
            if present && seen != path && !closure.contains(seen) && !shadowing.contains(seen) {
                surprises.push(format!("{path} opened {seen}"));
            }
        }
    }
    assert!(looked_at > 0, "the log saw nothing");
    surprises
}

#[test]
fn of_a_nasty_project() {
    let project = Project::new(
        "
#- pyproject.toml
#- app/__init__.py
from .core import *
from . import late
#- app/core.py
import os, helper, enum
from app.sub.deep import thing
__all__ = ['os', 'C']
class C(enum.Enum):
    A = thing
#- app/late.py
def f():
    import app.sub.other
    return app.sub.other.value
#- app/sub/__init__.pyi
#- app/sub/deep.py
from ...beyond import nothing
from .. import core
thing = core.helper.value
#- app/sub/deep.pyi
thing: int
#- app/sub/other.py
value = 'other'
#- enum.py
import typing, helper
class Enum: value = helper.value
#- helper.py
value = 3
#- helper-stubs/__init__.pyi
value: str
#- nested/pyproject.toml
#- nested/lib.py
x = 1
#- nested/pkg/mod.py
import lib, sibling
y = lib.x
z = sibling.x
#- nested/pkg/sibling.py
x = 2
#- scripts/run.py
import beside
import app
v = app.C.A
#- scripts/beside.py
x = 1
#- __builtins__.pyi
extra: int
#- ns/one/a.py
from ns.two import b
#- ns/two/b.py
v = extra
#- ns/near.py
from .far import q
from .one import a
p = q
#- src/ns/far.py
from .two.b import v
from . import near, shadowed
q = v
#- ns/shadowed.py
x = 'here'
#- src/ns/shadowed.py
x = 'there'
#- ns/two/c.py
from ..shadowed import x
y = x
#- star.py
from app import *
from ns.one.a import *
v = C
",
    );
    let surprises = opened_but_not_needed(&project.root());
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Its environment, which lies inside, leads back into it in every way that installers have: ty must get there by
/// the project's own roots or not at all.
#[test]
#[cfg(unix)]
fn of_a_project_that_is_installed_in_its_own_environment() {
    let project = Project::new(
        "
#- staniel.toml
roots = ['app']
#- app/x.py
from foo import f
from linked import g
from lib import h
import whole.foo
a = f()
b = g()
c = h()
#- libs/foo.py
def f() -> int: ...
#- libs/linked.py
def g() -> int: ...
#- .venv/pyvenv.cfg
version = 3.12.1
#- .venv/lib/python3.12/site-packages/paths.pth
../../../../libs
../../../../..
#- .venv/lib/python3.12/site-packages/lib/__init__.py
from foo import f
from linked import g
import other
def h() -> str: ...
#- app/other/__init__.py
from other import part
#- app/other/part.py
x = 1
#- .venv/lib/python3.12/site-packages/other/__init__.py
#- app/space/near.py
from .far import h
from . import away
x = h()
#- .venv/lib/python3.12/site-packages/space/far.py
from other.part import x
def h(): return x
#- .venv/lib/python3.12/site-packages/space/away.py
import other.part
",
    );
    let root = project.root();
    let packages = root.join(".venv/lib/python3.12/site-packages");
    for (link, target) in [("linked.py", "libs/linked.py"), ("whole", "libs")] {
        std::os::unix::fs::symlink(root.join(target), packages.join(link)).unwrap();
    }
    let surprises = opened_but_not_needed(&root);
    assert!(surprises.is_empty(), "{}", surprises.join("\n"));
}

/// Real ones, where the corpus is at hand: `cargo xtask test` says where.
#[test]
fn of_real_projects() {
    let Ok(corpus) = std::env::var("STANIEL_CORPUS") else { return };
    for project in ["flask-3.1.3/src", "requests-2.32.5/src", "rich-14.3.4/rich/_unicode_data"] {
        let root = Utf8Path::new(&corpus).join(project);
        let surprises = opened_but_not_needed(&root);
        assert!(surprises.is_empty(), "{project}:\n{}", surprises.join("\n"));
    }
}
