//! A tree in which everything is odd: it is analysed all the same, and what is not is reported with its reason.
#![cfg(unix)]

use std::collections::{BTreeMap, BTreeSet};
use std::ffi::OsStr;
use std::fs::{self, Permissions};
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::os::unix::process::CommandExt;
use std::path::Path;

use expect_test::expect;
use rustix::fs::{CWD, FileType, Mode, mknodat};
use staniel_tests::{Report, Staniel, Tree, note, program};

/// One of everything. `fine.py` and what it imports are what must not be lost among it.
fn odd_tree() -> Tree {
    let tree =
        Tree::of("#- fine.py\nimport latin, empty, deep\nvalue: int = latin.text\n#- package/__init__.py\n");
    tree.write("syntax_error.py", "def broken(:\n    pass\ndef after() -> int: ...\n");
    tree.write("python2.py", "print 'hello'\nexec 'x = 1'\nraise ValueError, 'no'\n");
    tree.write("latin.py", b"# -*- coding: latin-1 -*-\ntext: str = '\xe9'\n");
    tree.write("latin_without_cookie.py", b"text = '\xe9'\n");
    tree.write("unknown_cookie.py", "# coding: klingon\nx = 1\n");
    tree.write("utf16.py", utf16("x = 1\n"));
    tree.write("bom.py", "\u{feff}x: int = 1\r\ny: str = ''\r\n");
    tree.write("empty.py", "");
    tree.write("only_comment.py", "# nothing");
    tree.write("nul.py", b"x = 1\0\ny = 2\n");
    tree.write(
        "deep.py",
        (0..600).map(|depth| " ".repeat(depth) + "if x:\n").collect::<String>()
            + &" ".repeat(600)
            + "y = 1\n",
    );
    tree.write("brackets.py", format!("x = {}1{}\n", "(".repeat(100_000), ")".repeat(100_000)));
    tree.write("open_brackets.py", "[".repeat(100_000));
    tree.write("backslashes.py", "\\\n".repeat(100_000));
    tree.write("one_line.py", format!("x = [{}]\n", "1, ".repeat(300_000)));
    tree.write("three_megabytes.py", "value: int = 12345  # a line of a long file\n".repeat(3_000_000 / 44));
    tree.write("nine_megabytes.py", "value: int = 12345  # a line of a long file\n".repeat(9_000_000 / 44));
    tree.write("name with blanks.py", "x = 1\n");
    tree.write("not-an-identifier.py", "x = 1\n");
    tree.write("déjà_vu.py", "x = 1\n");

    let root = tree.root();
    mknodat(CWD, root.join("fifo.py"), FileType::Fifo, Mode::RUSR | Mode::WUSR, 0).expect("a FIFO");
    fs::create_dir(root.join("directory.py")).expect("a directory");
    fs::write(root.join("directory.py/inside.py"), "x = 1\n").expect("a file");
    for (target, link) in [
        ("loop_b.py", "loop_a.py"),
        ("loop_a.py", "loop_b.py"),
        ("nowhere.py", "dangling.py"),
        ("/etc/hostname", "outside.py"),
        ("..", "package/up"),
        (".", "self"),
        ("fine.py", "link.py"),
    ] {
        symlink(target, root.join(link)).expect("a link");
    }
    for name in [&b"new\nline.py"[..], b"\xff\xfe.py", b"bell\x07.py"] {
        fs::write(root.join(OsStr::from_bytes(name)), "x = 1\n").expect("any name");
    }
    tree
}

fn utf16(text: &str) -> Vec<u8> {
    [0xfeff].into_iter().chain(text.encode_utf16()).flat_map(u16::to_le_bytes).collect()
}

#[test]
fn everything_odd_is_reported_and_everything_else_analysed() {
    let tree = odd_tree();
    for provider in ["declared", "ty"] {
        let report = tree.snapshot(&["--provider", provider]);
        let skipped: String = report
            .skipped
            .iter()
            .map(|file| format!("{}: {}: {}\n", file.path.escape_debug(), file.code, file.reason))
            .collect();
        expect![[r#"
            \\xff\\xfe.py: bad-name: a name that is not printable UTF-8
            bell\\x07.py: bad-name: a name that is not printable UTF-8
            brackets.py: hostile: kept from the parser: more than 200 open brackets at line 1
            dangling.py: bad-link: symbolic link leads nowhere
            deep.py: hostile: kept from the parser: more than 380 lines, each indented further than the one before
            directory.py: not-regular: not a regular file
            fifo.py: not-regular: not a regular file
            loop_a.py: bad-link: symbolic link leads to itself
            loop_b.py: bad-link: symbolic link leads to itself
            new\\x0aline.py: bad-name: a name that is not printable UTF-8
            nine_megabytes.py: too-large: too large: 8999980 bytes, the limit is 2097152
            open_brackets.py: hostile: kept from the parser: more than 200 open brackets at line 1
            outside.py: bad-link: symbolic link leads out of the project
            package/up: bad-link: symbolic link leads to a directory that contains it
            self: bad-link: symbolic link leads to a directory that contains it
            three_megabytes.py: too-large: too large: 2999964 bytes, the limit is 2097152
        "#]].assert_eq(&skipped);
        assert_eq!((report.files["skipped"], report.fallbacks.len()), (report.skipped.len() as u64, 0));

        // Found is read and skipped; what is kept from the parser is both, for imports are found without it.
        let read = read(&tree);
        let kept = report.skipped.iter().filter(|file| file.code == "hostile").count();
        assert_eq!(report.files["total"], (read.len() + report.skipped.len() - kept) as u64);
        expect![[r#"
            backslashes.py
            bom.py
            brackets.py
            deep.py
            directory.py/inside.py
            déjà_vu.py
            empty.py
            fine.py
            latin.py
            latin_without_cookie.py
            link.py
            name with blanks.py
            not-an-identifier.py
            nul.py
            one_line.py
            only_comment.py
            open_brackets.py
            package/__init__.py
            python2.py
            syntax_error.py
            unknown_cookie.py
            utf16.py
        "#]]
        .assert_eq(&read.iter().map(|path| format!("{path}\n")).collect::<String>());

        // What is remembered of it is what a fresh run finds, though nobody can rely on the stat of a FIFO.
        let hovers = ["hovers", "--provider", provider];
        assert_eq!(tree.staniel(&hovers).run().answer(), tree.fresh(&hovers).run().answer());
    }
}

/// The files that `imports` lists, which are all that could be read.
fn read(tree: &Tree) -> BTreeSet<String> {
    let json = tree.staniel(&["imports", "--format", "json", "--quiet"]).run().answer();
    let map: serde_json::Value = serde_json::from_str(&json).expect("JSON");
    let files = map["files"].as_array().expect("a list");
    files.iter().map(|file| file["path"].as_str().expect("a string").escape_debug().to_string()).collect()
}

#[test]
fn the_check_says_what_is_wrong_with_each() {
    let tree = odd_tree();
    let said = tree.staniel(&["check", "--format", "json", "--provider", "declared"]).run();
    assert_eq!((said.code, &*said.stderr), (Some(1), ""));
    let report: serde_json::Value = serde_json::from_str(&said.text()).expect("JSON");
    let mut codes: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for finding in report["findings"].as_array().expect("a list") {
        let text = |key: &str| finding[key].as_str().expect("a string").to_owned();
        codes.entry(text("path")).or_default().insert(text("code"));
    }
    let lines: String =
        codes.iter().map(|(path, codes)| format!("{}: {codes:?}\n", path.escape_debug())).collect();
    expect![[r#"
        \\xff\\xfe.py: {"skipped-file"}
        bell\\x07.py: {"skipped-file"}
        brackets.py: {"skipped-file"}
        dangling.py: {"skipped-file"}
        deep.py: {"skipped-file"}
        directory.py: {"skipped-file"}
        fifo.py: {"skipped-file"}
        latin_without_cookie.py: {"syntax-error"}
        loop_a.py: {"skipped-file"}
        loop_b.py: {"skipped-file"}
        new\\x0aline.py: {"skipped-file"}
        nine_megabytes.py: {"skipped-file"}
        nul.py: {"syntax-error"}
        open_brackets.py: {"skipped-file"}
        outside.py: {"skipped-file"}
        package/up: {"skipped-file"}
        python2.py: {"syntax-error"}
        self: {"skipped-file"}
        syntax_error.py: {"syntax-error"}
        three_megabytes.py: {"skipped-file"}
        unknown_cookie.py: {"syntax-error"}
        utf16.py: {"syntax-error"}
    "#]]
    .assert_eq(&lines);

    // People's terminals get no control characters from it.
    for format in ["full", "concise"] {
        let said = tree.staniel(&["check", "--format", format, "--provider", "declared"]).run();
        assert!(!said.text().contains(|c: char| c.is_control() && c != '\n'), "{format}");
    }
}

/// A chain nests as deep as it is long, though no bracket shows it. Who walks syntax trees by recursion overflows
/// the stack there, which nobody can catch. What CPython compiles is analysed, what it does not is reported.
#[test]
fn long_chains_end_no_process() {
    const CHAINS: [(&str, &str, &str, &str); 9] = [
        ("attributes", "a", ".b", ""),
        ("calls", "f", "()", ""),
        ("conditions", "", "1 if 2 else ", "3"),
        ("lambdas", "", "lambda: ", "1"),
        ("minuses", "", "-", "1"),
        ("nots", "", "not ", "1"),
        ("power", "1", " ** 1", ""),
        ("subscripts", "x", "[0]", ""),
        ("sum", "1", " + 1", ""),
    ];
    for (length, skipped) in [(2_980, 0), (20_000, CHAINS.len())] {
        let tree = Tree::of("#- fine.py\nvalue = 1\n");
        for (name, before, link, after) in CHAINS {
            // For these ty takes cubic time.
            let slow = skipped == 0 && matches!(name, "attributes" | "subscripts");
            let length = if slow { length / 4 } else { length };
            tree.write(&format!("{name}.py"), format!("x = {before}{}{after}\n", link.repeat(length)));
        }
        for provider in ["declared", "ty"] {
            let report = tree.snapshot(&["--provider", provider]);
            assert_eq!((report.files["total"], report.quarantined.len()), (10, 0));
            assert_eq!(report.skipped.len(), skipped);
            assert!(report.skipped.iter().all(|file| file.code == "hostile"), "{:?}", report.skipped);
            let hovers = tree.staniel(&["hovers", "fine.py", "--provider", provider]).run().answer();
            assert!(hovers.contains("fine.value"), "{hovers}");
        }
    }
}

#[test]
fn what_may_not_be_read_is_reported() {
    let tree = Tree::of(
        "#- fine.py\nimport closed\n#- closed.py\nx = 1\n#- shut/inside.py\nx = 1\n#- half/inside.py\nx = 1\n",
    );
    // What is half shut can be listed, and nothing in it looked at.
    for (path, mode) in [("closed.py", 0o000), ("shut", 0o000), ("half", 0o744)] {
        fs::set_permissions(tree.root().join(path), Permissions::from_mode(mode)).expect("our own file");
    }
    let report = snapshot_of_somebody(&tree);
    for path in ["shut", "half"] {
        fs::set_permissions(tree.root().join(path), Permissions::from_mode(0o700))
            .expect("our own directory");
    }
    let Some(report) = report else { return };
    let skipped: Vec<_> = report.skipped.iter().map(|file| (&*file.path, &*file.code)).collect();
    for path in ["closed.py", "half/inside.py"] {
        assert!(skipped.contains(&(path, "unreadable")), "{skipped:?}");
    }
    // A directory that may not be listed must be mentioned, one way or the other.
    let mentioned = format!("{:?} {:?} {:?}", report.skipped, report.notices, report.fallbacks);
    assert!(mentioned.contains("shut"), "{mentioned}");
}

/// A snapshot made by somebody who may not read everything: root may, so for root a copy of the program runs as
/// another user. `None` where even that is forbidden.
fn snapshot_of_somebody(tree: &Tree) -> Option<Report> {
    const NOBODY: u32 = 65534;
    let args = ["snapshot", "--format", "json", "--no-cache", "--provider", "declared"];
    if !rustix::process::geteuid().is_root() {
        return Some(Report::parse(&tree.fresh(&args).run().good()));
    }
    let place = tree.home().join("staniel");
    fs::copy(program(), &place).expect("the program can be copied");
    let directory = tree.root().parent().map(Path::to_path_buf).expect("it has one");
    for path in [&directory, &tree.root(), &tree.home(), &place] {
        fs::set_permissions(path, Permissions::from_mode(0o755)).expect("our own files");
    }
    let mut run = Staniel::with(&place, &tree.root(), &tree.home()).args(args);
    run.command().uid(NOBODY).gid(NOBODY);
    let mut probe = Staniel::with(&place, &tree.root(), &tree.home()).args(["--version"]);
    probe.command().uid(NOBODY).gid(NOBODY);
    if let Err(error) = probe.command().output() {
        note(&format!("unreadable files are not tested: no run as another user: {error}"));
        return None;
    }
    Some(Report::parse(&run.run().good()))
}
