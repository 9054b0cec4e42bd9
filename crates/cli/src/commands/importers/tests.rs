//! Which imports a name means.

use camino::Utf8PathBuf;
use expect_test::{Expect, expect};
use staniel_engine::{Imports, Options};
use staniel_facts::Cancel;

use super::find;
use super::target::How;
use crate::args::Kinds;
use crate::modules::Typed;
use crate::render::imports::line;

/// `path:line` of each import of each target.
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written in place")]
fn importers(files: &[(&str, &str)], how: How, targets: &[&str], expected: Expect) {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    let cancel = Cancel::new();
    let mut imports = Imports::open(Options::new(&root), &cancel).unwrap();
    let environment = imports.project().environment.clone();
    let mut text = String::new();
    for name in targets {
        let typed = Typed::new(name, &root);
        let found =
            imports.ask(&cancel, |map| find(map, &typed, how, Kinds::default(), &environment)).unwrap();
        let found = match found {
            Err(near) => format!("nothing; near: {}", near.join(" ")),
            Ok(importers) => {
                let mut places = Vec::new();
                for importer in &importers {
                    for edge in importer.file.edges.iter() {
                        places.push(format!("{}:{}", importer.path, line(edge, &importer.file).unwrap()));
                    }
                }
                places.dedup();
                places.join(" ")
            }
        };
        text += &format!("{name}: {found}\n");
    }
    expected.assert_eq(&text);
}

/// Re-exports, star imports, names that mean two things.
const FILES: &[(&str, &str)] = &[
    ("p/__init__.py", "from .core import T\n"),
    ("p/core.py", "class T: ...\nclass Unused: ...\n"),
    ("p/conf.py", ""),
    ("a.py", "import p.core\nfrom p import T\nfrom p import conf\n"),
    ("b.py", "from p.core import T as U\nfrom p import *\nimport os.path\nimport nowhere.at_all\n"),
    ("s1.py", "from p.core import T as R, Unused as _hidden\n"),
    ("s2.py", "from s1 import *\n__all__ = ['other']\n"),
    ("s3.py", "from s1 import *\n"),
    ("s4.py", "from s2 import *\nfrom s3 import *\n"),
    ("n/s/m.py", ""),
    ("c.py", "from n.s import m\n"),
];

#[test]
fn a_name_means_what_imports_can_mean_by_it() {
    importers(
        FILES,
        How::Explicit,
        &[
            "p",
            "p.core",
            "p/core.py",
            "p.core.T",
            "p.T",
            "p.conf",
            "p.core.Unused",
            "n.s",
            "n.s.m",
            "n",
            "os.path",
            "nowhere.at_all",
            "p.cor",
            "p.core.Tt",
            "p/cores.py",
            "zzz",
        ],
        expect![[r#"
            p: a.py:2 a.py:3 b.py:2
            p.core: a.py:1 b.py:1 p/__init__.py:1 s1.py:1
            p/core.py: a.py:1 b.py:1 p/__init__.py:1 s1.py:1
            p.core.T: a.py:2 b.py:1 b.py:2 p/__init__.py:1 s1.py:1 s2.py:1 s3.py:1 s4.py:2
            p.T: a.py:2 b.py:2
            p.conf: a.py:3
            p.core.Unused: s1.py:1
            n.s: c.py:1
            n.s.m: c.py:1
            n: 
            os.path: b.py:3
            nowhere.at_all: b.py:4
            p.cor: nothing; near: p.core
            p.core.Tt: nothing; near: 
            p/cores.py: nothing; near: p/core.py
            zzz: nothing; near: 
        "#]],
    );
}

#[test]
fn the_written_name_alone() {
    importers(
        FILES,
        How::Direct,
        &["p", "p.core", "p.core.T", "p.T", "p.conf", "n.s.m"],
        expect![[r#"
        p: a.py:2 a.py:3 b.py:2
        p.core: a.py:1 b.py:1 p/__init__.py:1 s1.py:1
        p.core.T: b.py:1 p/__init__.py:1 s1.py:1
        p.T: a.py:2
        p.conf: a.py:3
        n.s.m: c.py:1
    "#]],
    );
}

#[test]
fn what_imports_something_below_it() {
    importers(
        FILES,
        How::Implicit,
        &["p", "p.core.T"],
        expect![[r#"
        p: a.py:1 a.py:2 a.py:3 b.py:1 b.py:2 s1.py:1
        p.core.T: a.py:2 b.py:1 b.py:2 p/__init__.py:1 s1.py:1 s2.py:1 s3.py:1 s4.py:2
    "#]],
    );
}
