//! Trees that want to stop the scan, or lead it astray.

use std::ffi::OsStr;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::PermissionsExt;
use std::os::unix::net::UnixListener;

use expect_test::expect;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use staniel_facts::{FileState, Manifest, SkipReason};

use crate::fixture::Tree;

#[test]
fn what_is_no_file() {
    let tree = Tree::new("ok.py: 1\ndirectory.py/inside.py: 1");
    mknodat(CWD, tree.path("fifo.py"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    let _socket = UnixListener::bind(tree.path("socket.py")).unwrap();
    tree.link("to-fifo.py", "fifo.py");
    expect![[r#"
        directory.py not-regular: not a regular file
        directory.py/inside.py present
        fifo.py not-regular: not a regular file
        ok.py present
        socket.py not-regular: not a regular file
        to-fifo.py not-regular: not a regular file
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn a_rules_file_that_is_a_fifo() {
    let tree = Tree::new("ok.py: 1");
    mknodat(CWD, tree.path(".gitignore"), FileType::Fifo, Mode::RWXU, 0).unwrap();
    expect![[r#"
        ok.py present
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn links() {
    let tree = Tree::new("a/m.py: 1\n.venv/pyvenv.cfg:\n.venv/lib/x.py: 1");
    fs::create_dir(tree.outside("elsewhere")).unwrap();
    fs::write(tree.outside("elsewhere/x.py"), "1").unwrap();
    tree.link("same.py", "a/m.py");
    tree.link("linked", "a");
    tree.link("linked.py", "a");
    tree.link("nowhere.py", "gone.py");
    tree.link("nowhere", "gone");
    tree.link("itself.py", "itself.py");
    tree.link("ring", "ring2");
    tree.link("ring2", "ring");
    tree.link("a/up", "..");
    tree.link("a/here", ".");
    tree.link("out", "../elsewhere");
    tree.link("out.py", "../elsewhere/x.py");
    tree.link("environment", ".venv/lib");
    expect![[r#"
        a/here bad-link: symbolic link leads to a directory that contains it
        a/m.py present
        a/up bad-link: symbolic link leads to a directory that contains it
        itself.py bad-link: symbolic link leads to itself
        linked.py not-regular: not a regular file
        linked.py/here bad-link: symbolic link leads to a directory that contains it
        linked.py/m.py present
        linked.py/up bad-link: symbolic link leads to a directory that contains it
        linked/here bad-link: symbolic link leads to a directory that contains it
        linked/m.py present
        linked/up bad-link: symbolic link leads to a directory that contains it
        nowhere.py bad-link: symbolic link leads nowhere
        out bad-link: symbolic link leads out of the project
        out.py bad-link: symbolic link leads out of the project
        ring bad-link: symbolic link leads to itself
        ring2 bad-link: symbolic link leads to itself
        same.py present
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn links_that_multiply_end() {
    // Followed freely, twelve directories that link to one another have a billion paths.
    let tree = Tree::new("");
    for from in 0..12 {
        tree.write(&format!("d{from}/m.py"), "");
        for to in (0..12).filter(|to| *to != from) {
            tree.link(&format!("d{from}/l{to}"), &format!("../d{to}"));
        }
    }
    let scan = tree.scan(&Manifest::default());
    assert!(scan.counts.walked < 110_000, "{}", scan.counts.walked);
    let multiplied = |(_, tracked): &(_, staniel_facts::Tracked)| matches!(&tracked.state, FileState::Skipped(SkipReason::BadLink(why)) if why.contains("multiply"));
    assert!(scan.manifest.files.values().any(multiplied));
}

#[test]
fn names_that_cannot_be_written_down() {
    let tree = Tree::new("ok.py: 1");
    for name in [&b"bad\xff.py"[..], br"bad\xff.py", b"line\nbreak.py", b"not-python\xff"] {
        fs::write(tree.options.root.as_std_path().join(OsStr::from_bytes(name)), "1").unwrap();
    }
    let directory = tree.options.root.as_std_path().join(OsStr::from_bytes(b"dir\xff"));
    fs::create_dir(&directory).unwrap();
    fs::write(directory.join("inside.py"), "1").unwrap();
    expect![[r#"
        bad\\xff.py bad-name: a name that is not printable UTF-8
        bad\xff.py bad-name: a name that is not printable UTF-8
        dir\xff/inside.py bad-name: a name that is not printable UTF-8
        line\x0abreak.py bad-name: a name that is not printable UTF-8
        ok.py present
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn files_that_are_too_large() {
    let mut tree = Tree::new("large.py: 123456\nsmall.py: 12345");
    tree.options.max_file_size = 5;
    expect![[r#"
        large.py too-large: too large: 6 bytes, the limit is 5
        small.py present
    "#]]
    .assert_eq(&tree.seen());
    // A lower limit counts for files that are known, too.
    let first = tree.scan(&Manifest::default());
    tree.options.max_file_size = 4;
    assert_eq!(
        crate::fixture::changes(&tree.scan(&first.manifest)),
        "large.py: too-large\nsmall.py: too-large\n"
    );
}

#[test]
fn what_the_system_refuses() {
    let tree = Tree::new("locked.py: 1\nlocked/x.py: 1");
    let lock =
        |path: &str, mode| fs::set_permissions(tree.path(path), fs::Permissions::from_mode(mode)).unwrap();
    lock("locked.py", 0o000);
    lock("locked", 0o000);
    let seen = tree.seen();
    // For root, permissions do not count.
    let privileged = fs::read(tree.path("locked.py")).is_ok();
    lock("locked", 0o755);
    if privileged {
        eprintln!("skipped: this user may read everything");
        return;
    }
    expect![[r#"
        locked unreadable: cannot be read: permission denied
        locked.py unreadable: cannot be read: permission denied
    "#]]
    .assert_eq(&seen);
}

#[test]
fn paths_that_are_too_long_to_open() {
    // Each step is relative, so that the tree can become deeper than a path can be long.
    let tree = Tree::new("ok.py: 1");
    let name = "d".repeat(200);
    let mut directory = rustix::fs::open(
        tree.options.root.as_std_path(),
        rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY,
        Mode::empty(),
    )
    .unwrap();
    for _ in 0..30 {
        rustix::fs::mkdirat(&directory, &*name, Mode::RWXU).unwrap();
        let flags = rustix::fs::OFlags::DIRECTORY | rustix::fs::OFlags::RDONLY;
        directory = rustix::fs::openat(&directory, &*name, flags, Mode::empty()).unwrap();
    }
    let seen = tree.scan(&Manifest::default()).manifest;
    let states: Vec<String> = seen
        .files
        .iter()
        .map(|(path, (_, tracked))| match &tracked.state {
            FileState::Skipped(reason) => format!("{} parts: {reason}", path.as_str().split('/').count()),
            state => format!("{path}: {}", state.hash().is_some()),
        })
        .collect();
    assert_eq!(states.len(), 2, "{states:?}");
    assert!(states[0].ends_with("cannot be read: file name too long"), "{states:?}");
}
