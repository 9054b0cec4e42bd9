//! What an edit may cost, as exact figures: files read, parsed, whose keys change, that are asked, whose
//! answers differ. Each edit is made twice: under a living engine, and between two engines that share
//! nothing but the store; both must do the same work and publish the same delta.

mod support;

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use expect_test::{Expect, expect};
use staniel_engine::{Engine, Options, Phase, Progress, ProviderChoice, View};
use support::{Project, content, delta, refresh, work};

const SHOP: &str = "
#- shop/__init__.py
#- shop/model.py
class Model:
    def save(self, force: bool = False) -> int:
        total = 1
        return total

def make() -> Model:
    return Model()
#- shop/view.py
from shop.model import make
item = make()
count = item.save()
#- shop/main.py
from shop import view
result = view.count
#- lone.py
value = 1
#- wants.py
import missing
from shop import extra
thing = missing.thing
";

fn check(provider: ProviderChoice, edit: impl Fn(&Project), expected: &Expect) {
    let living = Project::new(SHOP);
    let mut engine = living.engine(provider);
    refresh(&mut engine);
    edit(&living);
    let published = refresh(&mut engine);
    let said = format!("{}\n{}", work(&published), delta(&published));
    expected.assert_eq(&said);
    assert_eq!(content(&published.snapshot), content(&living.fresh(provider).snapshot));

    let restarted = Project::new(SHOP);
    let mut engine = restarted.engine(provider);
    refresh(&mut engine);
    engine.flush();
    drop(engine);
    edit(&restarted);
    let mut engine = restarted.engine(provider);
    let published = refresh(&mut engine);
    assert_eq!(format!("{}\n{}", work(&published), delta(&published)), said, "after a restart");
    assert_eq!((published.summary.generation, published.summary.parent), (Some(2), Some(1)));
}

#[cfg(feature = "ty")]
const TY: ProviderChoice = ProviderChoice::Ty;

#[test]
fn nothing_is_done_on_an_unchanged_tree() {
    let project = Project::new(SHOP);
    let mut engine = project.engine(ProviderChoice::Declared);
    refresh(&mut engine);
    engine.flush();
    drop(engine);
    let mut engine = project.engine(ProviderChoice::Declared);
    let summary = engine.unchanged(&staniel_facts::Cancel::new()).expect("looks").expect("nothing changed");
    assert_eq!(summary.work, staniel_engine::Work::default());
    assert_eq!((summary.generation, summary.parent), (Some(1), None));
    let published = refresh(&mut engine);
    assert!(published.delta.is_empty());
    assert_eq!(published.summary.work, staniel_engine::Work::default());
    assert_eq!(content(&published.snapshot), content(&project.fresh(ProviderChoice::Declared).snapshot));
}

/// Counts looks at the whole tree.
#[derive(Default)]
struct Looks(AtomicUsize);

impl Progress for Looks {
    fn phase(&self, phase: Phase, _total: Option<u64>) {
        self.0.fetch_add(usize::from(phase == Phase::Walking), Ordering::Relaxed);
    }
}

#[test]
fn a_look_is_used_once_and_not_repeated() {
    let (project, cancel) = (Project::new(SHOP), staniel_facts::Cancel::new());
    let (path, looks) = (support::path("lone.py"), Arc::new(Looks::default()));
    let open = || {
        let progress = Arc::clone(&looks) as _;
        Engine::open(Options { progress, ..project.options(ProviderChoice::Declared) }).expect("opens")
    };
    let count = || looks.0.swap(0, Ordering::Relaxed);
    let value = |engine: &Engine, view: &View| {
        engine.facts(view, &path).expect("analysed").outline.definitions[0].signature.to_string()
    };

    let mut engine = open();
    assert!(engine.unchanged(&cancel).expect("nothing to compare with").is_none());
    let view = engine.view(&cancel).expect("looks");
    refresh(&mut engine);
    assert_eq!((count(), value(&engine, &view)), (1, "value = 1".to_owned()));
    drop(engine);

    let mut engine = open();
    assert!(engine.unchanged(&cancel).expect("looks").is_some());
    let view = engine.view(&cancel).expect("has looked");
    assert_eq!(value(&engine, &view), "value = 1");
    assert!(refresh(&mut engine).delta.is_empty());
    assert_eq!((count(), value(&engine, &engine.published_view())), (1, "value = 1".to_owned()));

    // Who looks again sees what is there by then.
    project.edit("lone.py", "1", "2");
    assert!(!refresh(&mut engine).delta.is_empty());
    assert_eq!((count(), value(&engine, &engine.published_view())), (1, "value = 2".to_owned()));
    drop(engine);

    project.edit("lone.py", "2", "3");
    let mut engine = open();
    assert!(engine.unchanged(&cancel).expect("looks").is_none());
    let view = engine.view(&cancel).expect("has looked");
    assert_eq!(value(&engine, &view), "value = 3");
    assert!(!refresh(&mut engine).delta.is_empty());
    assert_eq!((count(), value(&engine, &engine.published_view())), (1, "value = 3".to_owned()));

    // A look that nobody has used is out of date when somebody has looked at a part.
    assert!(engine.unchanged(&cancel).expect("looks").is_some());
    project.edit("lone.py", "3", "4");
    engine.refresh_paths(std::slice::from_ref(&path), &cancel).expect("publishes");
    project.edit("lone.py", "4", "5");
    refresh(&mut engine);
    assert_eq!((count(), value(&engine, &engine.published_view())), (2, "value = 5".to_owned()));
}

#[test]
fn declared_answers_depend_on_the_file_alone() {
    check(
        ProviderChoice::Declared,
        |project| project.edit("shop/model.py", "-> int", "-> str"),
        &expect![[r#"
            read 1 parsed 1 candidates 1 asked 1 changed 1
            shop/model.py
              ~ Model.save: Some("int") → Some("str")
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_comment_on_top() {
    check(
        TY,
        |project| project.edit("shop/model.py", "class", "# new\nclass"),
        &expect![[r#"
        read 1 parsed 1 candidates 1 asked 1 changed 0
        shop/model.py
    "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_body_edit() {
    check(
        TY,
        |project| project.edit("shop/model.py", "total = 1", "total = 2"),
        &expect![[r#"
        read 1 parsed 1 candidates 1 asked 1 changed 1
        shop/model.py
          ~ Model.save.<locals>.total: Some("Literal[1]") → Some("Literal[2]")
    "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_signature_edit() {
    check(
        TY,
        |project| project.edit("shop/model.py", "-> int", "-> str"),
        &expect![[r#"
            read 1 parsed 1 candidates 3 asked 3 changed 3
            shop/main.py
              ~ result: Some("int") → Some("str")
            shop/model.py
              ~ Model.save: Some("save(force: bool = ...) -> int") → Some("save(force: bool = ...) -> str")
            shop/view.py
              ~ count: Some("int") → Some("str")
        "#]],
    );
}

/// What ty remembers may outlive an engine, and what the engine remembers must not hang on it.
#[cfg(feature = "ty")]
#[test]
fn the_store_is_closed_whatever_else_is_left_behind() {
    let project = Project::new(SHOP);
    let open = || Engine::open(Options { ends_process: true, ..project.options(TY) }).expect("opens");
    refresh(&mut open());
    let mut engine = open();
    assert!(engine.open_store().is_persistent(), "somebody still has it");
    assert!(engine.unchanged(&staniel_facts::Cancel::new()).expect("looks").is_some());
}

/// What a factory makes is seen where it is called, and what a context manager swallows; what another body without `->`
/// says is not.
#[cfg(feature = "ty")]
#[test]
fn bodies_that_others_see() {
    let made = |thing: &str| format!("def found():\n    item = {thing}\n    return item\n");
    let check_edit = |before: &str, after: &str, user: &str, expected: Expect| {
        let project = Project::new(SHOP);
        project.write("lone.py", before.as_bytes());
        project.write("wants.py", format!("from lone import found\n{user}\n").as_bytes());
        let mut engine = project.engine(TY);
        refresh(&mut engine);
        project.write("lone.py", after.as_bytes());
        let published = refresh(&mut engine);
        expected.assert_eq(&format!("{}\n{}", work(&published), delta(&published)));
        assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
    };
    check_edit(
        &made("str(1)"),
        &made("bytes(1)"),
        "thing = found()",
        expect![[r#"
        read 1 parsed 1 candidates 2 asked 2 changed 2
        lone.py
          ~ found: Some("found() -> str") → Some("found() -> bytes")
          ~ found.<locals>.item: Some("str") → Some("bytes")
        wants.py
          ~ found: Some("found() -> str") → Some("found() -> bytes")
          ~ thing: Some("str") → Some("bytes")
    "#]],
    );
    let looped = |thing: &str| made(thing).replace("    return", "    while not item: item = 2\n    return");
    check_edit(
        &looped("str(1)"),
        &looped("bytes(1)"),
        "thing = found()",
        expect![[r#"
        read 1 parsed 1 candidates 1 asked 1 changed 1
        lone.py
          ~ found: Some("found() -> Literal[2] | str & ~AlwaysFalsy") → Some("found() -> Literal[2] | bytes & ~AlwaysFalsy")
          ~ found.<locals>.item: Some("str") → Some("bytes")
    "#]],
    );
    let exit = |value: &str| {
        format!(
            "class found:\n    def __enter__(self): return 1\n    def __exit__(self, *a): return {value}\n"
        )
    };
    check_edit(
        &exit("None"),
        &exit("True"),
        "def f():\n    with found(): return 1",
        expect![[r#"
        read 1 parsed 1 candidates 2 asked 2 changed 2
        lone.py
          ~ found.__exit__: Some("__exit__(*a) -> None") → Some("__exit__(*a) -> Literal[True]")
        wants.py
          ~ f: Some("f() -> Literal[1]") → Some("f() -> Literal[1] | None")
    "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_new_name_that_nobody_mentions() {
    check(
        TY,
        |project| project.edit("shop/model.py", "def make", "def spare() -> int: ...\n\ndef make"),
        &expect![[r#"
        read 1 parsed 1 candidates 1 asked 1 changed 1
        shop/model.py
          + spare
    "#]],
    );
    check(
        TY,
        |project| project.write("shop/__init__.py", b"spare: int = 1\n"),
        &expect![[r#"
        read 1 parsed 1 candidates 1 asked 1 changed 1
        shop/__init__.py
          + spare
    "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_new_name_that_somebody_mentions() {
    // `shop/main.py` does, and means another.
    check(
        TY,
        |project| project.edit("shop/model.py", "def make", "def result() -> int: ...\n\ndef make"),
        &expect![[r#"
        read 1 parsed 1 candidates 3 asked 3 changed 1
        shop/model.py
          + result
    "#]],
    );
}

/// By a file that has nothing to do with the one that defines it.
#[cfg(feature = "ty")]
#[test]
fn a_name_that_becomes_known() {
    let project = Project::new(SHOP);
    project.edit("shop/model.py", "def make", "def spare() -> int: ...\n\ndef make");
    let mut engine = project.engine(TY);
    refresh(&mut engine);
    project.write("lone.py", b"value = 'spare'\n");
    let published = refresh(&mut engine);
    expect!["read 1 parsed 1 candidates 4 asked 4 changed 1"].assert_eq(&work(&published));
    assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
    engine.flush();
    project.write("lone.py", b"value = 1\n");
    let published = refresh(&mut engine);
    // All of these keys are those of before.
    expect!["read 1 parsed 0 candidates 4 asked 0 changed 0"].assert_eq(&work(&published));
    assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
}

#[cfg(feature = "ty")]
#[test]
fn an_import_edit() {
    check(
        TY,
        |project| project.edit("shop/main.py", "from shop import view", "import lone as view"),
        &expect![[r#"
            read 1 parsed 1 candidates 1 asked 1 changed 1
            shop/main.py
              ~ result: Some("int") → Some("Unknown")
              ~ view: Some("Module[view]") → Some("Module[lone]")
              + import lone  → first-party
              - import shop  → first-party
              - import shop view → first-party
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_new_file_satisfies_an_import() {
    check(
        TY,
        |project| project.write("missing.py", b"thing: int = 1\n"),
        &expect![[r#"
            read 1 parsed 1 candidates 2 asked 2 changed 2
            missing.py
              + thing
            wants.py
              ~ missing: Some("Unknown") → Some("Module[missing]")
              ~ thing: Some("Unknown") → Some("int")
              + import missing  → first-party
              - import missing  → unresolved
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_new_submodule_satisfies_an_import() {
    check(
        TY,
        |project| project.write("shop/extra.py", b""),
        &expect![[r#"
            read 1 parsed 0 candidates 2 asked 2 changed 2
            shop/extra.py
            wants.py
              ~ extra: Some("Unknown") → Some("Module[extra]")
              + import shop  → first-party
              + import shop extra → first-party
              - import shop extra → first-party
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_deletion() {
    check(
        TY,
        |project| project.remove("shop/view.py"),
        // Beside `main`, `model`: nobody mentions `make` any more.
        &expect![[r#"
            read 0 parsed 0 candidates 2 asked 2 changed 1
            shop/main.py
              ~ result: Some("int") → Some("Unknown")
              ~ view: Some("Module[view]") → Some("Unknown")
              + import shop view → first-party
              - import shop  → first-party
              - import shop view → first-party
            shop/view.py
              - count
              - item
              - make
              - import shop  → first-party
              - import shop.model make → first-party
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_module_becomes_a_package() {
    check(
        TY,
        |project| {
            project.remove("lone.py");
            project.write("lone/__init__.py", b"value = 1\n");
        },
        &expect![[r#"
            read 1 parsed 0 candidates 1 asked 1 changed 1
            lone.py
              - value
            lone/__init__.py
              + value
        "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_file_that_the_standard_library_could_import() {
    check(
        TY,
        |project| project.write("enum.py", b"class Enum: ...\n"),
        &expect![[r#"
        read 1 parsed 1 candidates 7 asked 7 changed 1
        enum.py
          + Enum
    "#]],
    );
}

#[cfg(feature = "ty")]
#[test]
fn a_second_provider_sees_skipped_files_too() {
    let project = Project::new(SHOP);
    std::os::unix::fs::symlink("nowhere", project.root().join("dangling.py")).expect("link");
    let mut engine = project.engine(ProviderChoice::Declared);
    let first = refresh(&mut engine);
    engine.flush();
    drop(engine);
    let second = refresh(&mut project.engine(TY));
    assert_eq!(first.summary.skipped, second.summary.skipped);
    assert_eq!(second.summary.files.skipped, 1);
}

#[cfg(feature = "ty")]
#[test]
fn who_stays_is_prepared_for_the_first_edit() {
    let project = Project::new(SHOP);
    let mut engine = project.engine(TY);
    refresh(&mut engine);
    engine.flush();
    drop(engine);
    let mut engine = project.engine(TY);
    refresh(&mut engine);
    engine.prepare(&staniel_facts::Cancel::new()).expect("prepares");
    project.edit("shop/model.py", "total = 1", "total = 2");
    let published = engine.refresh_paths(&[support::path("shop/model.py")], &staniel_facts::Cancel::new());
    let published = published.expect("publishes");
    assert_eq!(work(&published), "read 1 parsed 1 candidates 1 asked 1 changed 1");
    assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
}

/// Many wheels install a top-level `tests`, and might import ours: that concerns those who import wheels.
#[test]
#[cfg(feature = "ty")]
fn a_signature_edit_below_tests_that_somebody_has_installed_too() {
    let project = Project::new(
        "
#- pkg/a.py
def f(): ...
#- pkg/b.py
x = 1
#- pkg/c.py
import wheel
#- tests/__init__.py
#- tests/test_a.py
from pkg.a import f
#- .venv/pyvenv.cfg
version = 3.12.1
#- .venv/lib/python3.12/site-packages/wheel/__init__.py
#- .venv/lib/python3.12/site-packages/tests/__init__.py
",
    );
    let mut engine = project.engine(TY);
    refresh(&mut engine);
    project.edit("pkg/a.py", "f()", "f(y)");
    let published = refresh(&mut engine);
    // `a`, its test, and `c`, which imports what may import that test.
    expect!["read 1 parsed 1 candidates 3 asked 3 changed 2"].assert_eq(&work(&published));
    assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
}
