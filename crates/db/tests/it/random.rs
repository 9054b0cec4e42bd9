//! Laws of edit scripts: incremental equals fresh, and only those are asked again whose answers looked at what
//! changed.
//!
//! Scripts are made of files that come, go, move and change places, over paths chosen to get in each other's
//! way: packages and modules of one name, stubs, namespace packages and portions under two roots, conftests.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use proptest::prelude::*;
use staniel_db::{Needs, Resolution, Slot, Touched};
use staniel_facts::{Edge, FileState, RelPath, World};

use crate::fixture::{Project, environment, path};

/// Paths chosen to get in each other's way.
const PATHS: &[&str] = &[
    "a.py",
    "a.pyi",
    "a/__init__.py",
    "a/__init__.pyi",
    "a/b.py",
    "a/b/__init__.py",
    "a/b/c.py",
    "a/pyproject.toml",
    "a-stubs/__init__.pyi",
    "a-stubs/b.pyi",
    "a/conftest.py",
    "a/test_x.py",
    "b.py",
    "b/__init__.py",
    "b/c.py",
    "b/c.pyi",
    "conftest.py",
    "src/a.py",
    "src/a/__init__.py",
    "src/a/c.py",
    "src/a/b_test.py",
    "src/b/__init__.py",
    "src/b/c.py",
    "src/enum.py",
    "my-dir/c.py",
    "my-dir/run.py",
    "pyproject.toml",
];

const LINES: &[&str] = &[
    "import a",
    "import a.b",
    "import a.b.c as x",
    "import b.c, enum",
    "from a import b",
    "from a import *",
    "from a import x as c",
    "from a.b import c",
    "from a.b import *",
    "from b import c",
    "from b.c import x",
    "from . import b",
    "from . import c as b",
    "from . import b as x",
    "from a import b as c",
    "from .b import *",
    "from .. import a",
    "from ..a import x",
    "from c import x",
    "import c",
    "b = 1",
    "x = 1",
    "def c(): ...",
    "from . import b as x",
    "from .c import x",
    "if TYPE_CHECKING: from .c import b",
    "c: int",
    "del b",
    "__all__ = ['b', 'x']",
    "__all__ += b.__all__",
    "__all__.append('c')",
    "__path__ = extend_path(__path__, __name__)",
    "# nothing",
];

#[derive(Clone, Debug)]
enum Edit {
    Write(usize, Vec<usize>),
    Delete(usize),
    Move(usize, usize),
    /// A module becomes a package of its name, or the other way round.
    Swap(usize),
    Roots(bool),
}

/// Modules and the packages that they may become.
const TWINS: &[(&str, &str)] = &[
    ("a.py", "a/__init__.py"),
    ("b.py", "b/__init__.py"),
    ("a/b.py", "a/b/__init__.py"),
    ("src/a.py", "src/a/__init__.py"),
];

fn edits() -> impl Strategy<Value = Vec<Vec<Edit>>> {
    let edit = prop_oneof![
        8 => (0..PATHS.len(), prop::collection::vec(0..LINES.len(), 0..4)).prop_map(|(at, text)| Edit::Write(at, text)),
        3 => (0..PATHS.len()).prop_map(Edit::Delete),
        2 => (0..PATHS.len(), 0..PATHS.len()).prop_map(|(from, to)| Edit::Move(from, to)),
        2 => (0..TWINS.len()).prop_map(Edit::Swap),
        1 => any::<bool>().prop_map(Edit::Roots),
    ];
    prop::collection::vec(prop::collection::vec(edit, 1..5), 1..8)
}

/// The engine's share in small: answers, asked again only where something they name was touched.
#[derive(Default)]
struct Answers(BTreeMap<RelPath, (Arc<Resolution>, Arc<Needs>)>);

impl Answers {
    fn follow(&mut self, project: &Project, touched: &Touched) {
        let files: BTreeSet<&RelPath> = touched.files.iter().collect();
        let slots: BTreeSet<_> = touched.slots.iter().collect();
        self.0.retain(|path, _| project.world.files.contains_key(path));
        for path in project.world.files.keys() {
            let concerned = self.0.get(path).is_none_or(|(resolution, needs)| {
                touched.environment
                    || files.contains(path)
                    || resolution.consulted(&project.db).iter().any(|path| files.contains(path))
                    || resolution.slots(&project.db).iter().any(|slot| slots.contains(slot))
                    || needs.slots.iter().any(|(slot, _)| slots.contains(slot))
            });
            if concerned {
                let answer = (project.db.resolution(path), project.db.needs(path));
                self.0.insert(path.clone(), answer);
            }
        }
    }
}

fn apply(project: &mut Project, batch: &[Edit]) -> Touched {
    let mut texts: BTreeMap<&str, Option<String>> = BTreeMap::new();
    let mut moved = BTreeMap::new();
    let mut rename = |texts: &mut BTreeMap<_, _>, world: &World, from: &'static str, to: &'static str| {
        let tracked = world.files.get(from);
        tracked.is_some_and(|tracked| {
            moved.insert(to, tracked.clone());
            texts.insert(from, None);
            true
        })
    };
    for edit in batch {
        match edit {
            Edit::Write(at, lines) => {
                let text: String = lines.iter().map(|line| format!("{}\n", LINES[*line])).collect();
                texts.insert(PATHS[*at], Some(text));
            }
            Edit::Delete(at) => {
                texts.insert(PATHS[*at], None);
            }
            Edit::Move(from, to) => {
                rename(&mut texts, &project.world, PATHS[*from], PATHS[*to]);
            }
            Edit::Swap(at) => {
                let (module, package) = TWINS[*at];
                if !rename(&mut texts, &project.world, module, package) {
                    rename(&mut texts, &project.world, package, module);
                }
            }
            Edit::Roots(both) => {
                let roots: &[&str] = if *both { &["src", ""] } else { &[""] };
                project.world.environment = Arc::new(environment(roots));
            }
        }
    }
    for (to, tracked) in &moved {
        project.world.files.insert(path(to), tracked.clone());
        texts.remove(to);
    }
    // Moved files are edits like others; what is named without having changed must not matter.
    let mut changed: Vec<RelPath> = moved.keys().map(|to| path(to)).collect();
    changed.push(path("b.py"));
    for (file, text) in &texts {
        match text {
            Some(text) => {
                let state = FileState::Present(project.source.add(text));
                let tracked = staniel_facts::Tracked { state, ..Default::default() };
                project.world.files.insert(path(file), tracked);
            }
            None => {
                project.world.files.remove(*file);
            }
        }
        changed.push(path(file));
    }
    project.db.advance(&project.world, &changed)
}

/// What each answer says that it looked at: files and slots.
type Trails = BTreeMap<RelPath, (Vec<RelPath>, Vec<Slot>)>;

/// Asks for all edges, and returns what they looked at.
fn trails(project: &Project) -> Trails {
    let trail = |path: &RelPath| {
        let resolution = project.db.resolution(path);
        (path.clone(), (resolution.consulted(&project.db), resolution.slots(&project.db)))
    };
    project.world.files.keys().map(trail).collect()
}

/// Whether the edges of `path` may be computed again for what was touched: it changed itself, or its last answer
/// read the bindings of a file that changed, or looked at a slot that did. Nothing else may cost anything.
fn may_run(path: &RelPath, trails: &Trails, touched: &Touched) -> bool {
    touched.environment
        || touched.files.contains(path)
        || trails.get(path).is_none_or(|(consulted, slots)| {
            consulted.iter().any(|file| touched.files.contains(file))
                || slots.iter().any(|slot| touched.slots.contains(slot))
        })
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 96, ..ProptestConfig::default() })]

    #[test]
    fn incremental_equals_fresh(batches in edits()) {
        let mut project = Project::new(environment(&["src", ""]));
        let mut answers = Answers::default();
        for batch in &batches {
            let touched = apply(&mut project, batch);
            answers.follow(&project, &touched);
            let fresh = project.fresh();
            prop_assert_eq!(project.db.shadowing(), fresh.shadowing());
            prop_assert_eq!(project.db.hidden(), fresh.hidden());
            for (path, (resolution, needs)) in &answers.0 {
                prop_assert_eq!(&resolution.edges, &fresh.resolution(path).edges, "edges of {}", path);
                prop_assert_eq!(needs, &fresh.needs(path), "needs of {}", path);
                // What an edge leads to is needed, or there would be edits that nobody notices; save for what
                // pytest loads, which no type depends on.
                for edge in resolution.edges.iter().filter(|edge| edge.import != Edge::NO_IMPORT) {
                    let needed = |target: &RelPath| target == path || needs.targets.contains(target);
                    prop_assert!(edge.content.resolved.as_ref().is_none_or(needed));
                    prop_assert!(edge.content.stub.as_ref().is_none_or(needed));
                }
            }
        }
    }

    #[test]
    fn only_those_run_again_who_looked_at_what_changed(batches in edits()) {
        let mut project = Project::new(environment(&["src", ""]));
        let mut before = trails(&project);
        for batch in &batches {
            let touched = apply(&mut project, batch);
            project.db.take_executed();
            let after = trails(&project);
            for ran in project.db.take_executed() {
                let Some(path) = ran.strip_prefix("resolution(").and_then(|ran| ran.strip_suffix(")")) else { continue };
                prop_assert!(may_run(&crate::fixture::path(path), &before, &touched), "{} ran for {:?}", path, touched);
            }
            before = after;
        }
    }
}

/// Workers on clones of one database, each asking in an order of its own, get what one alone gets.
#[test]
fn several_threads_equal_one() {
    let fixture: String = (0..40)
        .map(|number| {
            let (one, other) = ((number * 7 + 1) % 40, (number * 11 + 3) % 40);
            format!("#- m{number}.py\nfrom m{one} import *\nfrom m{other} import x{one}\nimport absent{one}\nx{number} = 1\n")
        })
        .collect();
    let project = Project::of(&["src", ""], &fixture);
    let paths: Vec<RelPath> = project.world.files.keys().cloned().collect();
    let answers = |db: &staniel_db::Database, start: usize| {
        let order = paths.iter().cycle().skip(start).take(paths.len());
        order
            .map(|path| (path.clone(), (Arc::clone(&db.resolution(path).edges), db.needs(path))))
            .collect::<BTreeMap<_, _>>()
    };
    let expected = answers(&project.fresh(), 0);
    std::thread::scope(|scope| {
        let workers: Vec<_> = [0, 13, 29]
            .map(|start| {
                let (db, answers) = (project.db.clone(), &answers);
                scope.spawn(move || answers(&db, start))
            })
            .into_iter()
            .collect();
        for worker in workers {
            assert_eq!(worker.join().unwrap(), expected);
        }
    });
}
