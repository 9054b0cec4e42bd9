//! The import map alone: what it costs, and that it is always what a fresh one would be.

mod support;

use std::fs;
use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;
use proptest::prelude::*;
use staniel_engine::{CacheChoice, Damaged, FileImports, ImportMap, Imports, Options, cache_directory};
use staniel_facts::{Cancel, ModuleName, RelPath};

use support::Project;

fn options(project: &Project) -> Options {
    Options {
        cache: CacheChoice::Base(project.cache()),
        clock: || SystemTime::now() + Duration::from_secs(60),
        ..Options::new(project.root())
    }
}

fn open(project: &Project) -> Imports {
    Imports::open(options(project), &Cancel::new()).expect("opens")
}

/// A run of the program: what it had to do.
fn run(project: &Project) -> String {
    let mut imports = open(project);
    let work = imports.work();
    assert_eq!(imports.save(), []);
    format!("read {} hashed {} scanned {} resolved {}", work.read, work.hashed, work.scanned, work.resolved)
}

type Row = (RelPath, FileImports, Vec<staniel_engine::Link>, Vec<(String, Vec<u32>)>);

/// All that a map says.
fn everything(map: &ImportMap) -> Result<Vec<Row>, Damaged> {
    let names: Vec<ModuleName> = map.imported_names()?.cloned().collect();
    (0..)
        .zip(map.rows())
        .map(|(number, row)| {
            let (path, file) = row?;
            let mut named = Vec::new();
            for name in &names {
                let importing = map.importing(name)?;
                if importing.contains(&number) {
                    named.push((name.to_string(), importing.to_vec()));
                }
            }
            Ok((path.clone(), file.clone(), map.links(number)?.to_vec(), named))
        })
        .collect()
}

fn answer(imports: &mut Imports) -> Vec<Row> {
    imports.ask(&Cancel::new(), everything).expect("answers")
}

/// What a run without any memory says.
fn fresh(project: &Project) -> Vec<Row> {
    let options = Options { cache: CacheChoice::None, jobs: 1, ..options(project) };
    answer(&mut Imports::open(options, &Cancel::new()).expect("opens"))
}

fn pack(project: &Project) -> Utf8PathBuf {
    let root = project.root().canonicalize_utf8().expect("exists");
    cache_directory(&project.cache(), &root).join("imports")
}

const SHOP: &str = "\
#- shop/__init__.py
from .cart import Cart
#- shop/cart.py
import os
from . import tax
class Cart: ...
#- shop/tax.py
rate = 1
#- notes.ipynb
{\"cells\": [{\"cell_type\": \"code\", \"source\": \"from shop import Cart\"}], \"nbformat\": 4, \"metadata\": {}}
";

#[test]
fn an_unchanged_tree_costs_a_look() {
    let project = Project::new(SHOP);
    assert_eq!(run(&project), "read 4 hashed 4 scanned 4 resolved 4");
    assert_eq!(run(&project), "read 0 hashed 0 scanned 0 resolved 0");
    // A fresh checkout: other times, equal contents.
    for path in ["shop/__init__.py", "shop/cart.py", "shop/tax.py", "notes.ipynb"] {
        let file = fs::File::options().write(true).open(project.root().join(path)).expect("opens");
        file.set_modified(SystemTime::now() - Duration::from_secs(3_600)).expect("has times");
    }
    assert_eq!(run(&project), "read 4 hashed 4 scanned 0 resolved 0");
    assert_eq!(run(&project), "read 0 hashed 0 scanned 0 resolved 0");
    project.edit("shop/tax.py", "rate", "import os; rate");
    assert_eq!(run(&project), "read 1 hashed 1 scanned 1 resolved 4");
    assert_eq!(run(&project), "read 0 hashed 0 scanned 0 resolved 0");
    project.remove("shop/tax.py");
    assert_eq!(run(&project), "read 0 hashed 0 scanned 0 resolved 3");
}

#[test]
fn nobody_imports_a_notebook_and_it_imports() {
    let project = Project::new(SHOP);
    let mut imports = open(&project);
    let rows = answer(&mut imports);
    let (path, file, links, _) = &rows[0];
    assert_eq!(path.as_str(), "notes.ipynb");
    assert_eq!(file.edges[0].content.resolved.as_ref().map(RelPath::as_str), Some("shop/__init__.py"));
    assert_eq!(links.len(), 1);
    assert!(rows.iter().all(|(_, _, links, _)| links.iter().all(|link| link.to != 0)));
}

#[test]
fn a_question_reads_what_it_is_about() {
    // Three groups of files.
    let files: String = (0..90).map(|n| format!("#- m{n:02}.py\nimport m{:02}\n", (n + 1) % 90)).collect();
    let project = Project::new(&files);
    run(&project);
    let expected = fresh(&project);
    let path = pack(&project);
    let mut bytes = fs::read(&path).expect("the pack is there");
    let end = bytes.len();
    bytes[end - 1] ^= 1;
    fs::write(&path, bytes).expect("writes");
    let mut imports = open(&project);
    let one = |map: &ImportMap| {
        let importing = map.importing(&ModuleName::new("m01"))?.to_vec();
        Ok((importing.clone(), map.file(importing[0])?.clone()))
    };
    let (importing, file) = imports.ask(&Cancel::new(), one).expect("answers");
    assert_eq!((importing, &file), (vec![0], &expected[0].1));
    assert_eq!(imports.work().read, 0, "the last group is damaged, and nobody asked for it");
    assert_eq!(answer(&mut imports), expected);
    assert_eq!(imports.work().read, 90);
    imports.save();
    assert_eq!(run(&project), "read 0 hashed 0 scanned 0 resolved 0");
}

#[test]
fn damage_costs_time_only() {
    let project = Project::new(SHOP);
    run(&project);
    let expected = fresh(&project);
    let path = pack(&project);
    let intact = fs::read(&path).expect("the pack is there");
    for at in (0..intact.len()).step_by(7) {
        let mut bytes = intact.clone();
        bytes[at] ^= 0x10;
        fs::write(&path, bytes).expect("writes");
        assert_eq!(answer(&mut open(&project)), expected, "byte {at}");
        // What is damaged must not mislead a run that has something to do either.
        project.edit("shop/tax.py", "rate", "rate = rate");
        fs::write(&path, &intact[..at]).expect("writes");
        assert_eq!(answer(&mut open(&project)), fresh(&project), "cut at {at}");
        project.write("shop/tax.py", b"rate = 1\n");
    }
}

#[test]
fn another_environment_is_another_map() {
    let project = Project::new("#- a.py\nimport yaml\n");
    run(&project);
    project.write("pyproject.toml", b"[project]\nname = 'x'\ndependencies = ['yaml']\n");
    assert_eq!(answer(&mut open(&project)), fresh(&project));
}

/// An edit of a tree of few names, so that edits have to do with each other.
#[derive(Clone, Debug)]
enum Edit {
    Write(usize, usize),
    Remove(usize),
    /// A module becomes a package, or the other way round.
    Swap(usize),
}

const MODULES: [&str; 4] = ["a", "b", "p/a", "p/b"];
const TEXTS: [&str; 7] = [
    "",
    "import a, b\n",
    "from p import a, X\n",
    "from . import a\nfrom .b import X as Y\n",
    "from p import *\n__all__ = ['a', 'X']\n",
    "X = 1\n__all__ = ['X']\n__all__ += ['b']\n",
    "from p.a import *\nimport p.b\n",
];

fn edits() -> impl Strategy<Value = Vec<Edit>> {
    let edit = prop_oneof![
        3 => (0..MODULES.len() + 1, 0..TEXTS.len()).prop_map(|(module, text)| Edit::Write(module, text)),
        1 => (0..MODULES.len() + 1).prop_map(Edit::Remove),
        1 => (0..MODULES.len()).prop_map(Edit::Swap),
    ];
    prop::collection::vec(edit, 1..12)
}

fn apply(project: &Project, edit: &Edit) {
    let file =
        |module: usize| MODULES.get(module).map_or("p/__init__.py".to_owned(), |name| format!("{name}.py"));
    let package = |module: usize| format!("{}/__init__.py", MODULES[module]);
    let exists = |path: &str| project.root().join(path).exists();
    match *edit {
        Edit::Write(module, text) => project.write(&file(module), TEXTS[text].as_bytes()),
        Edit::Remove(module) if exists(&file(module)) => project.remove(&file(module)),
        Edit::Remove(_) => {}
        Edit::Swap(module) => {
            let (from, to) = if exists(&package(module)) {
                (package(module), file(module))
            } else {
                (file(module), package(module))
            };
            if exists(&from) {
                let text = fs::read(project.root().join(&from)).expect("reads");
                project.remove(&from);
                project.write(&to, &text);
            }
        }
    }
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 24, failure_persistence: None, ..ProptestConfig::default() })]

    /// After any edits, with a run of the program behind each, the stored map is what a fresh run finds.
    #[test]
    fn the_map_equals_a_fresh_one(edits in edits()) {
        let project = Project::new("#- main.py\nimport p.a\nfrom p import b, X\n");
        for edit in &edits {
            apply(&project, edit);
            let mut imports = open(&project);
            imports.save();
            let stored = answer(&mut open(&project));
            prop_assert_eq!(&stored, &fresh(&project));
            prop_assert_eq!(&stored, &answer(&mut imports));
        }
    }
}
