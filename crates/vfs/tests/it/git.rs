//! Who sees a file: the same as git says.

use std::collections::BTreeSet;
use std::fs;
use std::path::Path;
use std::process::Command;

use expect_test::expect;
use staniel_facts::{Manifest, Visibility};

use crate::fixture::Tree;

/// Runs git without anything that the user or the machine has configured.
fn git(directory: &Path, arguments: &[&str]) -> String {
    let output = Command::new("git")
        .args(arguments)
        .current_dir(directory)
        .env("GIT_CONFIG_GLOBAL", "/dev/null")
        .env("GIT_CONFIG_NOSYSTEM", "1")
        .env("GIT_CEILING_DIRECTORIES", "/")
        .env("XDG_CONFIG_HOME", "/nonexistent")
        .env_remove("GIT_DIR")
        .output()
        .expect("git is there");
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

fn reported(tree: &Tree) -> BTreeSet<String> {
    let manifest = tree.scan(&Manifest::default()).manifest;
    manifest
        .files
        .iter()
        .filter(|(path, (_, tracked))| path.is_python() && tracked.visibility == Visibility::Reported)
        .map(|(path, _)| path.to_string())
        .collect()
}

fn listed(directory: &Path) -> BTreeSet<String> {
    git(directory, &["ls-files", "-co", "--exclude-standard", "-z"])
        .split('\0')
        .filter(|path| path.ends_with(".py"))
        .map(str::to_owned)
        .collect()
}

#[test]
fn ignored_files_are_importable() {
    let tree = Tree::new(
        "
        .gitignore: _version.py
        pkg/__init__.py:
        pkg/_version.py:
        .hidden/x.py:
        .gitignore.py:
        node_modules/x.py:
        __pycache__/x.py:
        lib/site-packages/x.py:
        env/pyvenv.cfg:
        env/x.py:
        conda/conda-meta/history:
        conda/x.py:
        pyproject.toml:
        pkg/pyproject.toml:
        ",
    );
    expect![[r#"
        .gitignore.py present
        .hidden/x.py present
        pkg/__init__.py present
        pkg/_version.py (importable) present
        pkg/pyproject.toml (importable) present
        pyproject.toml (importable) present
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn excluded_files_are_importable() {
    let mut tree = Tree::new("a/x.py:\nb/x.py:\nb/deep/y.py:\nc/a/z.py:");
    tree.options.exclude = vec!["/a".into(), "deep/".into()];
    tree.options.site_packages = vec![tree.options.root.join("c")];
    expect![[r#"
        a/x.py (importable) present
        b/deep/y.py (importable) present
        b/x.py present
    "#]]
    .assert_eq(&tree.seen());
}

#[test]
fn root_inside_a_repository() {
    let tree = Tree::new("sub/x.py:\nsub/gen/y.py:\nsub/z.py:\n.gitignore: gen");
    fs::create_dir_all(tree.path(".git/info")).unwrap();
    fs::write(tree.path(".git/info/exclude"), "/sub/z.py").unwrap();
    let mut inner = Tree::new("");
    inner.options.root = tree.options.root.join("sub");
    expect![[r#"
        gen/y.py (importable) present
        x.py present
        z.py (importable) present
    "#]]
    .assert_eq(&inner.seen());
    // A root that the repository ignores was named on purpose.
    inner.options.root = tree.options.root.join("sub/gen");
    expect![[r#"
        y.py present
    "#]]
    .assert_eq(&inner.seen());
}

#[test]
fn repositories_in_repositories_have_their_own_rules() {
    let tree = Tree::new(".gitignore: x.py\nouter/x.py:\ninner/x.py:\ninner/y.py:\ninner/.gitignore: y.py");
    git(&tree.path(""), &["init", "-q"]);
    git(&tree.path("inner"), &["init", "-q"]);
    assert_eq!(reported(&tree), BTreeSet::from(["inner/x.py".to_owned()]));
    assert_eq!(listed(&tree.path("inner")), BTreeSet::from(["x.py".to_owned()]));
}

#[test]
fn worktrees_share_their_exclude_file() {
    let tree = Tree::new("a.py:");
    let main = tree.path("");
    git(&main, &["init", "-q"]);
    git(&main, &["add", "a.py"]);
    git(&main, &["-c", "user.name=x", "-c", "user.email=x@x", "commit", "-qm", "x"]);
    let side = tree.outside("side");
    git(&main, &["worktree", "add", "-q", side.to_str().unwrap()]);
    fs::write(tree.path(".git/info/exclude"), "b.py").unwrap();
    let mut other = Tree::new("");
    other.options.root = side.clone().try_into().unwrap();
    fs::write(side.join("b.py"), "").unwrap();
    fs::write(side.join("c.py"), "").unwrap();
    assert_eq!(reported(&other), listed(&side));
    assert_eq!(reported(&other), BTreeSet::from(["a.py".to_owned(), "c.py".to_owned()]));
}

/// A small generator of numbers, so that a failure can be repeated.
pub(crate) struct Dice(pub(crate) u64);

impl Dice {
    pub(crate) fn roll(&mut self, sides: usize) -> usize {
        self.0 = self.0.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
        (self.0 >> 33) as usize % sides
    }

    pub(crate) fn pick<'a, T: ?Sized>(&mut self, of: &[&'a T]) -> &'a T {
        of[self.roll(of.len())]
    }
}

#[test]
fn random_rules() {
    let names = ["a", "b", "c", "ab", ".d", "e f"];
    let patterns = [
        "a",
        "/a",
        "a/",
        "*.py",
        "!a.py",
        "!b.py",
        "b/*",
        "!b/a.py",
        "**/c",
        "c/**",
        "a/**/b",
        "ab*",
        "[ab].py",
        "?.py",
        "!/a/",
        "/b/a",
        "# comment",
        "",
        "\\!x",
        "*",
        "!*/",
        "!.d",
        ".*",
        "e\\ f",
        "e f.py ",
        "a/b/",
        "!**/ab.py",
        "*b",
        "[!a].py",
        "a.py/",
        "**/a/**",
        "/*",
        "!/b",
        "**",
        "c/*/a.py",
    ];
    for seed in 0..25 {
        let mut dice = Dice(seed);
        let tree = Tree::new("");
        git(&tree.path(""), &["init", "-q"]);
        for _ in 0..30 {
            let depth = dice.roll(4);
            let mut path: String = (0..depth).map(|_| format!("{}/", dice.pick(&names))).collect();
            if dice.roll(5) == 0 {
                path.push_str(".gitignore");
                let lines: Vec<&str> = (0..=dice.roll(3)).map(|_| dice.pick(&patterns)).collect();
                tree.write(&path, &lines.join("\n"));
            } else {
                tree.write(&format!("{path}{}.py", dice.pick(&names)), "");
            }
        }
        fs::create_dir_all(tree.path(".git/info")).unwrap();
        fs::write(tree.path(".git/info/exclude"), dice.pick(&patterns)).unwrap();
        assert_eq!(reported(&tree), listed(&tree.path("")), "seed {seed}");
    }
}
