//! Which imports a name means.

use camino::Utf8PathBuf;
use expect_test::{Expect, expect};
use staniel_engine::{Engine, Options, ProviderChoice};
use staniel_facts::{Cancel, PositionEncoding};

use super::target::{Target, nearest};
use crate::session::names;

/// `path:line` of each import of each target.
#[expect(clippy::needless_pass_by_value, reason = "`expect![…]` is written in place")]
fn importers(files: &[(&str, &str)], targets: &[&str], expected: Expect) {
    let directory = tempfile::tempdir().unwrap();
    for (path, text) in files {
        let path = directory.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
    let root = Utf8PathBuf::from_path_buf(directory.path().to_owned()).unwrap();
    let mut engine =
        Engine::open(Options { provider: Some(ProviderChoice::Declared), ..Options::new(root) }).unwrap();
    let snapshot = engine.refresh(&Cancel::new()).unwrap().snapshot;
    let names = names(&engine);
    let mut text = String::new();
    for name in targets {
        let found = match Target::find(name, None, &snapshot, &names) {
            None => {
                format!(
                    "nothing; near: {}",
                    nearest(name, &snapshot, &names, &engine.project().environment).join(" ")
                )
            }
            Some(target) => {
                let mut places = Vec::new();
                for (path, record) in snapshot.records() {
                    let lines = record.facts().outline.lines.resolver();
                    for edge in record.edges().iter().filter(|edge| target.is_imported_by(edge, false)) {
                        let import = &record.facts().imports.imports[edge.import as usize];
                        let line = lines.position(import.statement.start, PositionEncoding::Utf32).line + 1;
                        places.push(format!("{path}:{line}"));
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

#[test]
fn a_name_means_what_imports_can_mean_by_it() {
    importers(
        &[
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
        ],
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
