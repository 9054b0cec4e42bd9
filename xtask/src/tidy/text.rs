//! Rules about the text of one file.

use super::{Finding, rust};

/// Crates that may touch the disk. Everything else gets bytes and gives facts, which is what lets any world (a
/// revision, unsaved text) be analysed, and what lets tests run without one.
const DISK: &[&str] = &[
    "cli",          // an edge: it writes what the user asked for
    "project",      // looks for configuration and interpreters
    "provider-lsp", // finds servers and their configuration, makes them an environment, reads where a definition leads
    "provider-ty",  // ty's `System`, below the search paths of the environment
    "store",        // its own directory
    "vfs",          // the door to the tree
    "watch",        // names what is to be watched
];

/// Lines above which a file is certainly two ideas.
const MAX_LINES: usize = 800;

/// Beginnings of absolute paths that are true on one machine only. Taken apart, or this file would name them.
const MACHINE_PATHS: &[&str] = &[concat!("/", "home/"), concat!("/", "root/"), concat!("/", "work/")];

/// Checks a file at `path`, relative to the root.
pub(super) fn check(path: &str, text: &str, findings: &mut Vec<Finding>) {
    // What is there to be analysed may be as ugly as its test needs it.
    if path.split('/').any(|part| part == "fixtures") {
        return;
    }
    if path.ends_with(".rs") {
        check_rust(path, text, findings);
    } else {
        check_other(path, text, findings);
    }
    for (number, line) in numbered(text) {
        if let Some(found) = MACHINE_PATHS.iter().find(|beginning| has_path(line, beginning)) {
            let message =
                format!("a path of somebody's machine ({found}): use a relative one, or a made-up root");
            findings.push(Finding::new(path, number, message));
        }
    }
    if !text.is_empty() && !text.ends_with('\n') {
        findings.push(Finding::new(path, text.lines().count(), "no newline at the end: add one"));
    }
}

fn check_rust(path: &str, text: &str, findings: &mut Vec<Finding>) {
    let lines = rust::lines(text);
    for ((number, text), line) in numbered(text).zip(&lines) {
        check_mark(path, number, &line.comment, findings);
        // Inside a literal, white space is content.
        if line.in_string {
            continue;
        }
        check_line_end(path, number, text, findings);
        if text.contains('\t') {
            findings.push(Finding::new(path, number, "a tab: indent with spaces, write `\\t` in a literal"));
        }
    }
    let count = lines.len();
    if let Some(name) = library(path) {
        if count > MAX_LINES {
            let message = format!("{count} lines: split it by concept, {MAX_LINES} is the limit");
            findings.push(Finding::new(path, MAX_LINES + 1, message));
        }
        if !DISK.contains(&name) && !is_test_file(path) {
            let uses =
                lines.iter().zip(1..).filter(|(line, _)| !line.test_only && rust::names(&line.code, "fs"));
            findings.extend(uses.map(|(_, number)| {
                let message = format!(
                    "`fs` in `{name}`, which must not touch the disk: take bytes or a trait from the caller, or do it in \
                     one of {}",
                    DISK.join(", ")
                );
                Finding::new(path, number, message)
            }));
        }
    }
    let is_root = path.ends_with("src/lib.rs") || path.ends_with("src/main.rs");
    if is_root && !text.starts_with("//!") {
        let message = "no `//!` at the top: say what the crate is, what it knows and what it must never know";
        findings.push(Finding::new(path, 1, message));
    }
}

fn check_other(path: &str, text: &str, findings: &mut Vec<Finding>) {
    for (number, line) in numbered(text) {
        check_mark(path, number, line, findings);
        check_line_end(path, number, line, findings);
    }
}

fn check_line_end(path: &str, number: usize, line: &str, findings: &mut Vec<Finding>) {
    if line.ends_with(char::is_whitespace) {
        findings.push(Finding::new(path, number, "white space at the end of the line: remove it"));
    }
}

/// A mark for later must say why it is not done now.
fn check_mark(path: &str, number: usize, text: &str, findings: &mut Vec<Finding>) {
    for mark in ["TODO", "FIXME"] {
        for (at, _) in text.match_indices(mark) {
            let (before, after) = (&text[..at], &text[at + mark.len()..]);
            let is_part = |c: char| c.is_alphanumeric() || c == '_';
            if before.ends_with(is_part) || after.starts_with(is_part) {
                continue;
            }
            let reason = after.strip_prefix('(').and_then(|rest| rest.split_once(')'));
            if reason.is_none_or(|(reason, _)| reason.trim().is_empty()) {
                let message = format!("{mark} without a reason: write `{mark}(why not now)`, or do it");
                findings.push(Finding::new(path, number, message));
            }
        }
    }
}

/// Checks that the guest's map names each directory of `crates/`.
pub(super) fn check_map(map: &str, crates: impl Iterator<Item = String>, findings: &mut Vec<Finding>) {
    for name in crates {
        let named = map.lines().any(|line| {
            line.contains(&format!("`{name}`"))
                || line.match_indices(&format!("{name}/")).any(|(at, _)| {
                    !line[..at].ends_with(|c: char| c.is_alphanumeric() || matches!(c, '-' | '_'))
                })
        });
        if !named {
            let message = format!("crates/{name} is not on the map: say what it is, as `{name}` or {name}/");
            findings.push(Finding::new("ARCHITECTURE.md", 1, message));
        }
    }
}

/// Lines with their numbers, from 1. A carriage return stays: it is white space at the end.
fn numbered(text: &str) -> impl Iterator<Item = (usize, &str)> {
    (1..).zip(text.split_terminator('\n'))
}

/// Whether `line` has a path with this beginning; not one that merely goes on with it, as `a/home/` does.
fn has_path(line: &str, beginning: &str) -> bool {
    line.match_indices(beginning)
        .any(|(at, _)| !line[..at].ends_with(|c: char| c.is_alphanumeric() || "_-.~$*})>/".contains(c)))
}

/// The crate of a source file below `crates/*/src`.
fn library(path: &str) -> Option<&str> {
    let (name, rest) = path.strip_prefix("crates/")?.split_once('/')?;
    rest.starts_with("src/").then_some(name)
}

/// Whether a whole file is only compiled for tests, going by its name.
fn is_test_file(path: &str) -> bool {
    path.split('/').any(|part| part == "tests" || part == "tests.rs")
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn check_text(path: &str, text: &str, expected: &Expect) {
        let mut findings = Vec::new();
        check(path, text, &mut findings);
        let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        expected.assert_eq(&lines);
    }

    #[test]
    fn a_clean_file_has_no_findings() {
        check_text("crates/db/src/lib.rs", "//! The queries.\n\nfn f() {}\n", &expect![""]);
        check_text("README.md", "# staniel\n", &expect![""]);
        check_text("tests/src/empty.rs", "", &expect![""]);
    }

    #[test]
    fn marks_need_a_reason() {
        check_text(
            "crates/db/src/a.rs",
            "// TODO: later\n// TODO(when salsa 0.29 is out): faster\nlet x = \"TODO\"; // FIXME()\nTODOS; // TODOS\n",
            &expect![[r#"
                crates/db/src/a.rs:1: TODO without a reason: write `TODO(why not now)`, or do it
                crates/db/src/a.rs:3: FIXME without a reason: write `FIXME(why not now)`, or do it
            "#]],
        );
        check_text(
            "a.toml",
            "x = 1 # FIXME\n",
            &expect![[r#"
                a.toml:1: FIXME without a reason: write `FIXME(why not now)`, or do it
            "#]],
        );
    }

    #[test]
    fn white_space_is_clean_outside_literals() {
        check_text(
            "xtask/src/a.rs",
            "let a = 1; \n\tlet b = 2;\nlet c = r\"x \n\ty \n\";\nlet d = 1;\r\n",
            &expect![[r#"
                xtask/src/a.rs:1: white space at the end of the line: remove it
                xtask/src/a.rs:2: a tab: indent with spaces, write `\t` in a literal
                xtask/src/a.rs:6: white space at the end of the line: remove it
            "#]],
        );
        check_text(
            "a.md",
            "a  \nb",
            &expect![[r#"
                a.md:1: white space at the end of the line: remove it
                a.md:2: no newline at the end: add one
            "#]],
        );
        check_text("tests/fixtures/a.py", "x = 1 \n\ty", &expect![""]);
    }

    #[test]
    fn the_disk_is_for_some() {
        let source = "//! A.\nuse std::{fs, io};\n#[cfg(test)]\nmod tests {\n    use std::fs;\n}\n";
        check_text(
            "crates/graph/src/lib.rs",
            source,
            &expect![[r#"
                crates/graph/src/lib.rs:2: `fs` in `graph`, which must not touch the disk: take bytes or a trait from the caller, or do it in one of cli, project, provider-lsp, provider-ty, store, vfs, watch
            "#]],
        );
        check_text("crates/vfs/src/lib.rs", source, &expect![""]);
        check_text("crates/graph/src/tests.rs", source, &expect![""]);
        check_text("crates/graph/tests/a.rs", source, &expect![""]);
        check_text("xtask/src/main.rs", source, &expect![""]);
        check_text("crates/graph/src/a.rs", "// like std::fs\nlet a = \"fs::read\";\n", &expect![""]);
    }

    #[test]
    fn a_crate_introduces_itself() {
        check_text(
            "crates/graph/src/lib.rs",
            "use a;\n",
            &expect![[r#"
                crates/graph/src/lib.rs:1: no `//!` at the top: say what the crate is, what it knows and what it must never know
            "#]],
        );
    }

    #[test]
    fn long_files_are_two_ideas() {
        check_text("crates/graph/src/a.rs", &"\n".repeat(800), &expect![""]);
        check_text(
            "crates/graph/src/a.rs",
            &"\n".repeat(801),
            &expect![[r#"
                crates/graph/src/a.rs:801: 801 lines: split it by concept, 800 is the limit
            "#]],
        );
        check_text("crates/graph/tests/a.rs", &"\n".repeat(801), &expect![""]);
    }

    #[test]
    fn paths_of_a_machine_stay_out() {
        let home = MACHINE_PATHS[0];
        let text = format!("see {home}me/x\n\"{home}me\"\nsrc{home}x\n{{root}}{home}x\n");
        let mut findings = Vec::new();
        check("a.md", &text, &mut findings);
        let numbers: Vec<usize> = findings.iter().map(|finding| finding.line).collect();
        assert_eq!(numbers, [1, 2]);
    }

    #[test]
    fn the_map_names_every_room() {
        let mut findings = Vec::new();
        let map = "crates/\n  facts/   data\n  provider-ty/  types\nThe `db` asks.\n";
        let crates = ["db", "facts", "provider", "provider-ty", "ty"].map(str::to_owned);
        check_map(map, crates.into_iter(), &mut findings);
        let lines: String = findings.iter().map(|finding| format!("{finding}\n")).collect();
        expect![[r#"
            ARCHITECTURE.md:1: crates/provider is not on the map: say what it is, as `provider` or provider/
            ARCHITECTURE.md:1: crates/ty is not on the map: say what it is, as `ty` or ty/
        "#]]
        .assert_eq(&lines);
    }
}
