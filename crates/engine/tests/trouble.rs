//! What happens to answers when a file is too much for the provider, or the ground moves under it.

#![cfg(feature = "ty")]

mod support;

use std::fs;
use std::sync::Arc;

use camino::Utf8PathBuf;
use expect_test::{Expect, expect};
use staniel_engine::{Engine, Isolation, Options, ProviderChoice, Published};
use staniel_facts::{Cancel, Change, ContentHash, FileChange, FileState, RelPath, Tracked, Visibility};
use staniel_store::InFlight;
use support::{Project, content, delta, path, refresh, work};

const TY: ProviderChoice = ProviderChoice::Ty;

/// Convicts whoever is accused, as long as the file has this text.
struct Deadly(Utf8PathBuf, &'static str);

impl Isolation for Deadly {
    fn survives(&self, path: &RelPath) -> bool {
        fs::read_to_string(self.0.join(path.as_str())).expect("it is there") != self.1
    }
}

/// An engine that is told of the file with this text that it kills.
fn guarded(project: &Project, text: &'static str) -> Engine {
    let isolation = Some(Arc::new(Deadly(project.root(), text)) as _);
    Engine::open(Options { isolation, ..project.options(TY) }).expect("opens")
}

/// Makes the next engine believe that a process died over a file.
fn accuse(engine: &Engine, file: &str, bytes: &[u8]) {
    let cache = engine.cache_directory().expect("a cache");
    let (log, _) = InFlight::open(cache);
    log.started(file, ContentHash::of(bytes).0.0);
    let logs = fs::read_dir(cache.join("in-flight")).expect("logs").map(|log| log.expect("a log").path());
    let own = logs.into_iter().find(|path| path.extension().is_some_and(|end| end == "log")).expect("a log");
    let bytes = fs::read(own).expect("a log");
    drop(log);
    fs::write(cache.join("in-flight/1-0.log"), bytes).expect("a log");
}

fn says(published: &Published) -> String {
    let quarantined: Vec<_> = published.summary.quarantined.iter().map(|(path, _)| path.as_str()).collect();
    format!("{}\nquarantined {quarantined:?}\n{}", work(published), delta(published))
}

fn check(engine: &mut Engine, expected: &Expect) {
    expected.assert_eq(&says(&refresh(engine)));
}

#[test]
fn who_needs_a_deadly_file_is_answered_without_it_until_it_is_mended() {
    let text = "y = 1\ndef f():\n    return 1\n";
    let project =
        Project::new(&format!("#- a.py\nfrom bad import y\nz = y\n#- bad.py\n{text}#- lone.py\nx = 1\n"));
    let open = || guarded(&project, text);
    accuse(&open(), "bad.py", text.as_bytes());
    let mut engine = open();
    check(
        &mut engine,
        &expect![[r#"
            read 3 parsed 3 candidates 3 asked 3 changed 3
            quarantined ["bad.py"]
            a.py
              + y
              + z
              + import bad y → first-party
            bad.py
              + f
              + y
            lone.py
              + x
        "#]],
    );
    engine.flush();
    drop(engine);

    // Nobody is accused any more, and nothing is asked again.
    let mut engine = open();
    check(
        &mut engine,
        &expect![[r#"
            read 0 parsed 0 candidates 0 asked 0 changed 0
            quarantined ["bad.py"]
        "#]],
    );
    project.write("a.py", b"from bad import y\nz = [y]\n");
    check(
        &mut engine,
        &expect![[r#"
            read 1 parsed 1 candidates 1 asked 1 changed 1
            quarantined ["bad.py"]
            a.py
              ~ z: Some("Unknown") → Some("list[Unknown]")
        "#]],
    );
    engine.flush();
    drop(engine);

    // What others see of it is what it was, and yet they are asked again: they did not see it before.
    project.edit("bad.py", "return 1", "return 2");
    let mut engine = open();
    let published = refresh(&mut engine);
    expect![[r#"
        read 1 parsed 1 candidates 2 asked 2 changed 2
        quarantined []
        a.py
          ~ y: Some("Unknown") → Some("Literal[1]")
          ~ z: Some("list[Unknown]") → Some("list[int]")
        bad.py
          ~ f: None → Some("f() -> Literal[2]")
          ~ y: None → Some("Literal[1]")
    "#]]
    .assert_eq(&says(&published));
    assert_eq!(content(&published.snapshot), content(&project.fresh(TY).snapshot));
}

/// Its key changes, so it gets another chance, and fails again: nobody may have seen it meanwhile.
#[test]
fn a_deadly_file_that_fails_again_stays_out_of_sight() {
    let text = "from dep import D\ny = 1\nd = D()\n";
    let project = Project::new(&format!(
        "#- a.py\nfrom bad import y\nz = y\n#- bad.py\n{text}#- dep.py\nclass D: ...\n"
    ));
    let open = || guarded(&project, text);
    accuse(&open(), "bad.py", text.as_bytes());
    let mut engine = open();
    refresh(&mut engine);
    project.write("dep.py", b"class D:\n    x = 1\n");
    let check = |engine: &mut Engine| {
        let published = refresh(engine);
        assert_eq!(published.summary.quarantined.len(), 1);
        let record = published.snapshot.record("a.py").expect("it is there").clone();
        let types: Vec<_> = (0..2).map(|index| record.hover(index).normal.map(str::to_owned)).collect();
        assert_eq!(types, [Some("Unknown".to_owned()), Some("Unknown".to_owned())]);
    };
    check(&mut engine);
    engine.flush();
    drop(engine);
    // Nor in a process that knows of it from the store alone.
    project.write("dep.py", b"class D:\n    x = ''\n");
    check(&mut open());
}

#[test]
fn types_from_an_environment_that_changed_meanwhile_are_not_stored() {
    let project = Project::new(
        "
#- a.py
from lib import f
x = f()
#- .venv/pyvenv.cfg
version = 3.12.1
#- .venv/lib/python3.12/site-packages/lib.py
def f() -> int: ...
",
    );
    let mut engine = project.engine(TY);
    let before = refresh(&mut engine);
    let library = ".venv/lib/python3.12/site-packages/lib.py";
    project.edit(library, "int", "str");
    let fallbacks = engine.flush();
    assert_eq!(fallbacks.iter().map(|fallback| &*fallback.code).collect::<Vec<_>>(), ["environment-changed"]);
    // Living or not, the next one finds out.
    let after = engine.refresh_paths(&[path("a.py")], &Default::default()).expect("publishes");
    assert_ne!(content(&after.snapshot), content(&before.snapshot));
    let fresh = content(&project.fresh(TY).snapshot);
    assert_eq!(content(&after.snapshot), fresh);
    engine.flush();
    drop(engine);
    let mut engine = project.engine(TY);
    assert_eq!(content(&refresh(&mut engine).snapshot), fresh);
    // As it was before: what was not stored is not found either.
    project.edit(library, "str", "int");
    assert_eq!(content(&refresh(&mut engine).snapshot), content(&before.snapshot));
}

/// What a look at the disk would have found, said by somebody else.
#[test]
fn a_change_that_is_handed_over_is_like_one_that_was_found() {
    let project = Project::new("#- a.py\nfrom b import y\nz = y\n#- b.py\ny = 1\n#- c.py\n");
    let mut engine = project.engine(TY);
    refresh(&mut engine);
    let bytes: Arc<[u8]> = Arc::from(&b"y = ''\n"[..]);
    project.write("b.py", &bytes);
    project.remove("c.py");
    let file = |path: &str, state: FileState, bytes| FileChange {
        path: support::path(path),
        tracked: Tracked { state, visibility: Visibility::Reported },
        bytes,
    };
    let files = vec![
        file("b.py", FileState::Present(ContentHash::of(&bytes)), Some(Arc::clone(&bytes))),
        file("c.py", FileState::Absent, None),
    ];
    let published = engine.apply(Change { files, environment: None }, &Cancel::new()).expect("publishes");
    expect!["read 0 parsed 1 candidates 2 asked 2 changed 2"].assert_eq(&work(&published));
    let fresh = content(&project.fresh(TY).snapshot);
    assert_eq!(content(&published.snapshot), fresh);
    // The next look finds what it was told.
    let published = refresh(&mut engine);
    assert_eq!((content(&published.snapshot), published.delta.is_empty()), (fresh, true));
}

/// Unsaved text, say.
#[test]
fn another_world_is_answered_and_changes_nothing() {
    let project = Project::new("#- a.py\nfrom b import y\nz = y\n#- b.py\ny = 1\n");
    let mut engine = project.engine(TY);
    let disk = refresh(&mut engine);
    let world = staniel_vfs::load(&project.root()).expect("a tree").0;
    let mut world =
        staniel_facts::World { environment: Arc::new(engine.project().environment.clone()), ..world };
    let bytes: Arc<[u8]> = Arc::from(&b"y = ''\n"[..]);
    let hash = ContentHash::of(&bytes);
    world.files[&path("b.py")].state = FileState::Present(hash);
    let other = engine.at(&world, [(hash, Arc::clone(&bytes))], &Cancel::new()).expect("answers");
    assert_eq!(content(&engine.snapshot()), content(&disk.snapshot));
    assert!(refresh(&mut engine).delta.is_empty());
    project.write("b.py", &bytes);
    assert_eq!(content(&other), content(&project.fresh(TY).snapshot));
    // What was found out about it is known.
    assert_eq!(work(&refresh(&mut engine)), "read 1 parsed 0 candidates 2 asked 0 changed 0");
}
