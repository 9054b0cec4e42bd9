//! What a manifest saves, and what it must not hide.

use std::fs::{self, File, FileTimes};
use std::time::{Duration, SystemTime};

use expect_test::expect;
use staniel_facts::{Cancel, ContentHash, FileState, Manifest, RelPath, World};
use staniel_vfs::{ReadError, load, pool, read, scan};

use crate::fixture::{Tree, changes, later};

const FILES: &str = "
    pyproject.toml: [project]
    a.py: import b
    b/__init__.py:
    b/c.pyi: x: int
    b/readme.txt: no
";

#[test]
fn first_scan_reads_everything_once() {
    let tree = Tree::new(FILES);
    let first = tree.scan(&Manifest::default());
    expect![[r#"
        a.py: import b
        b/__init__.py: 
        b/c.pyi: x: int
        pyproject.toml: [project]
    "#]]
    .assert_eq(&changes(&first));
    assert_eq!((first.counts.stated, first.counts.read, first.counts.hashed), (4, 4, 4));
}

#[test]
fn unchanged_tree_is_not_read() {
    let tree = Tree::new(FILES);
    let first = tree.scan(&Manifest::default());
    let second = tree.scan(&first.manifest);
    assert_eq!((second.counts.stated, second.counts.read), (4, 0));
    assert_eq!(changes(&second), "");
    assert_eq!(second.manifest, first.manifest);
}

#[test]
fn fresh_files_prove_nothing() {
    let tree = Tree::new(FILES);
    let at_once = scan(&tree.options, &Manifest::default(), SystemTime::now(), &Cancel::new()).unwrap();
    assert!(at_once.manifest.files.values().all(|(stat, _)| stat.is_none()));
    let second = tree.scan(&at_once.manifest);
    assert_eq!(second.counts.read, 4);
    // The bytes are what they were: no change.
    assert_eq!(changes(&second), "");
    assert_eq!(tree.scan(&second.manifest).counts.read, 0);
}

#[test]
fn a_time_in_the_future_proves_nothing() {
    let tree = Tree::new("a.py: 1");
    let future = FileTimes::new().set_modified(later() + Duration::from_secs(3600));
    File::options().write(true).open(tree.path("a.py")).unwrap().set_times(future).unwrap();
    let first = tree.scan(&Manifest::default());
    assert_eq!(tree.scan(&first.manifest).counts.read, 1);
}

#[test]
fn edit_of_equal_size_with_time_set_back() {
    let tree = Tree::new("a.py: 1\nb.py: 1");
    let first = tree.scan(&Manifest::default());
    tree.tick();
    let before = fs::metadata(tree.path("a.py")).unwrap().modified().unwrap();
    tree.write("a.py", "2");
    let times = FileTimes::new().set_modified(before);
    File::options().write(true).open(tree.path("a.py")).unwrap().set_times(times).unwrap();
    let second = tree.scan(&first.manifest);
    assert_eq!(changes(&second), "a.py: 2\n");
    assert_eq!(second.counts.read, 1);
}

#[test]
fn touched_file_is_read_and_unchanged() {
    let tree = Tree::new("a.py: 1\nb.py: 1");
    let first = tree.scan(&Manifest::default());
    tree.tick();
    tree.write("a.py", "1");
    let second = tree.scan(&first.manifest);
    assert_eq!(second.counts.read, 1);
    assert_eq!(changes(&second), "");
}

/// Does `edit`, and checks that a look at the whole tree and one at `paths` see `expected`, and agree.
fn check(files: &str, edit: impl FnOnce(&Tree), paths: &[&str], expected: &expect_test::Expect) {
    let tree = Tree::new(files);
    let first = tree.scan(&Manifest::default());
    tree.tick();
    edit(&tree);
    let whole = tree.scan(&first.manifest);
    let part = tree.scan_paths(&first.manifest, paths);
    expected.assert_eq(&changes(&whole));
    assert_eq!(changes(&part), changes(&whole));
    assert_eq!(part.manifest, whole.manifest);
    assert_eq!(whole.manifest, tree.scan(&Manifest::default()).manifest);
}

#[test]
fn deletions() {
    check(FILES, |tree| tree.remove("a.py"), &["a.py"], &expect!["a.py: absent\n"]);
    check(
        FILES,
        |tree| tree.remove("b"),
        &["b"],
        &expect![[r#"
            b/__init__.py: absent
            b/c.pyi: absent
        "#]],
    );
}

#[test]
fn renamed_directory() {
    check(
        FILES,
        |tree| tree.rename("b", "d"),
        &["b", "d"],
        &expect![[r#"
            b/__init__.py: absent
            b/c.pyi: absent
            d/__init__.py: 
            d/c.pyi: x: int
        "#]],
    );
}

#[test]
fn module_becomes_package_and_back() {
    let swap = |tree: &Tree| {
        tree.remove("a.py");
        tree.write("a/__init__.py", "import b");
    };
    check(
        FILES,
        swap,
        &["a.py", "a"],
        &expect![[r#"
            a.py: absent
            a/__init__.py: import b
        "#]],
    );
    let swap = |tree: &Tree| {
        tree.remove("b");
        tree.write("b", "a file now");
    };
    check(
        FILES,
        swap,
        &["b/c.pyi", "b/__init__.py"],
        &expect![[r#"
            b/__init__.py: absent
            b/c.pyi: absent
        "#]],
    );
}

#[test]
fn file_becomes_directory_of_the_same_name() {
    let swap = |tree: &Tree| {
        tree.remove("a.py");
        tree.write("a.py/m.py", "x");
    };
    check(
        FILES,
        swap,
        &["a.py/m.py"],
        &expect![[r#"
            a.py: not-regular
            a.py/m.py: x
        "#]],
    );
}

#[test]
fn rules_change_visibility_without_reading() {
    check(
        FILES,
        |tree| tree.write(".gitignore", "b/"),
        &[".gitignore"],
        &expect![[r#"
        b/__init__.py: present, not read
        b/c.pyi: present, not read
    "#]],
    );
    check(
        FILES,
        |tree| tree.write("b/pyvenv.cfg", ""),
        &["b/pyvenv.cfg"],
        &expect![[r#"
        b/__init__.py: absent
        b/c.pyi: absent
    "#]],
    );
}

#[test]
fn change_at_a_links_target() {
    let tree = Tree::new("a/m.py: 1\na/n/o.py: 1");
    tree.link("b", "a");
    tree.link("m.py", "b/m.py");
    let first = tree.scan(&Manifest::default());
    tree.tick();
    tree.write("a/m.py", "2");
    tree.write("a/n/p.py", "new");
    let part = tree.scan_paths(&first.manifest, &["a/m.py", "a/n/p.py"]);
    expect![[r#"
        a/m.py: 2
        a/n/p.py: new
        b/m.py: 2
        b/n/p.py: new
        m.py: 2
    "#]]
    .assert_eq(&changes(&part));
    assert_eq!(part.manifest, tree.scan(&first.manifest).manifest);
}

#[test]
fn small_looks_are_small() {
    let tree = Tree::new(FILES);
    let first = tree.scan(&Manifest::default());
    tree.tick();
    tree.write("b/c.pyi", "y: int");
    let part = tree.scan_paths(&first.manifest, &["b/c.pyi"]);
    assert_eq!((part.counts.walked, part.counts.read), (0, 1));
}

#[test]
fn threads_do_not_matter() {
    let tree = Tree::new("");
    for file in 0..200 {
        tree.write(&format!("d{}/e{}/f{file}.py", file % 7, file % 11), &file.to_string());
    }
    tree.link("link", "d1");
    let look = |threads| pool(threads).unwrap().install(|| tree.scan(&Manifest::default()));
    let (one, eight) = (look(1), look(8));
    assert_eq!(one.manifest, eight.manifest);
    assert_eq!(changes(&one), changes(&eight));
    assert_eq!(one.counts, eight.counts);
    let mut own = tree.options.clone();
    own.threads = 3;
    let three = scan(&own, &Manifest::default(), later(), &Cancel::new()).unwrap();
    assert_eq!(three.manifest, one.manifest);
}

#[test]
fn cancelled_scan_gives_nothing() {
    let tree = Tree::new(FILES);
    let cancel = Cancel::new();
    cancel.cancel();
    let error = scan(&tree.options, &Manifest::default(), later(), &cancel).unwrap_err();
    assert_eq!(error.to_string(), "cancelled");
}

#[test]
fn root_that_is_not_there() {
    let tree = Tree::new("");
    tree.remove("");
    let error = scan(&tree.options, &Manifest::default(), later(), &Cancel::new()).unwrap_err();
    assert!(error.to_string().starts_with("cannot list the directory"), "{error}");
}

#[test]
fn pattern_that_is_none() {
    let mut tree = Tree::new("");
    tree.options.exclude = vec!["a{".into()];
    let error = scan(&tree.options, &Manifest::default(), later(), &Cancel::new()).unwrap_err();
    expect!["`a{` in `exclude` is not a pattern: error parsing glob 'a{': unclosed alternate group; missing '}' (maybe escape '{' with '[{]'?)"]
        .assert_eq(&error.to_string());
}

#[test]
fn reading_again_by_hash() {
    let tree = Tree::new("a.py: 1");
    let path = RelPath::new("a.py").unwrap();
    let hash = ContentHash::of(b"1");
    let again = || read(&tree.options.root, &path, hash, 100);
    assert_eq!(&*again().unwrap(), b"1");
    tree.write("a.py", "2");
    let state = FileState::Present(ContentHash::of(b"2"));
    assert_eq!(again(), Err(ReadError::Changed { path: path.clone(), state }));
    tree.remove("a.py");
    assert_eq!(again(), Err(ReadError::Changed { path: path.clone(), state: FileState::Absent }));
}

#[test]
fn whole_world_at_once() {
    let tree = Tree::new(FILES);
    let (world, change) = load(&tree.options.root).unwrap();
    assert_eq!(world, World::default().after(&change));
    assert_eq!(world.files.len(), 4);
    assert!(change.files.iter().all(|file| file.bytes.is_some()));
}
