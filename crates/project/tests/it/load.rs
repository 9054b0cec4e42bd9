//! Projects as they are found on disks.

use std::fs;

use camino::{Utf8Path, Utf8PathBuf};
use expect_test::{Expect, expect};
use staniel_facts::EnvironmentDigest;
use staniel_project::{Options, Project, ProjectError, load};

struct Place {
    _directory: tempfile::TempDir,
    root: Utf8PathBuf,
}

/// A directory with files, written `path: text`, one a line; `⏎` is a line's end in a text.
fn place(files: &str) -> Place {
    let directory = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap();
    let place = Place { _directory: directory, root };
    place.add(files);
    place
}

impl Place {
    fn add(&self, files: &str) {
        for line in files.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (path, text) = line.split_once(": ").unwrap_or((line, ""));
            let path = self.root.join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text.replace('⏎', "\n").replace("ROOT", self.root.as_str())).unwrap();
        }
    }

    fn options(&self) -> Options {
        Options { root: self.root.clone(), ..Options::default() }
    }

    fn load(&self) -> Project {
        load(&self.options()).unwrap()
    }

    fn digest(&self) -> EnvironmentDigest {
        self.load().environment.digest
    }
}

fn roots(files: &str) -> String {
    let project = place(files).load();
    project.environment.roots.iter().map(|root| format!("/{root}")).collect::<Vec<_>>().join(" ")
}

#[test]
fn layouts() {
    assert_eq!(roots("pkg/__init__.py"), "/");
    assert_eq!(roots("src/pkg/__init__.py\ntests/test_a.py"), "/src / /tests");
    assert_eq!(roots("src/ns/deep/a.py"), "/src /");
    assert_eq!(roots("src/__init__.py\ntests/__init__.py"), "/");
    assert_eq!(roots("src/main.rs\npython/pkg/__init__.py"), "/python /");
    assert_eq!(roots("pyproject.toml: [project]⏎name = 'pg'\npg/pg/__init__.py"), "/pg /");
    assert_eq!(roots("staniel.toml: roots = ['lib', '.', './lib/']\nlib/a.py\nsrc/a.py"), "/lib /");
}

#[test]
fn roots_that_the_build_names() {
    let lib = "lib/pkg/__init__.py\ntest/a.py";
    assert_eq!(roots(lib), "/lib /");
    assert_eq!(roots("lib/pkg/a.py\nlib/x.js"), "/");
    for configuration in [
        "setup.cfg: [options]⏎package_dir =⏎  =code",
        "setup.cfg: [options.packages.find]⏎where = code",
        "pyproject.toml: [tool.setuptools]⏎package-dir = { '' = './code' }",
        "pyproject.toml: [tool.setuptools.packages.find]⏎where = ['code/']",
        "pyproject.toml: [tool.poetry]⏎packages = [{ include = 'pkg', from = 'code' }, { include = 'x' }]",
        "pyproject.toml: [tool.hatch.build.targets.wheel]⏎packages = ['code/pkg', 'other']",
        "pyproject.toml: [tool.pdm.build]⏎package-dir = 'code'",
        "pyproject.toml: [tool.maturin]⏎python-source = 'code'",
        "pyproject.toml: [tool.uv.build-backend]⏎module-root = 'code'",
    ] {
        assert_eq!(roots(&format!("{configuration}\ncode/pkg/__init__.py")), "/code /", "{configuration}");
    }
    // Nothing outside, nothing that is not there, no package.
    assert_eq!(roots("setup.cfg: [options]⏎package_dir =⏎  =../up"), "/");
    assert_eq!(roots("setup.cfg: [options]⏎package_dir =⏎  =gone"), "/");
    assert_eq!(roots("pyproject.toml: tool.pdm.build.package-dir = 'pkg'\npkg/__init__.py"), "/");
    // The configuration of staniel itself goes before all of it.
    assert_eq!(roots(&format!("staniel.toml: roots = ['.']\n{lib}")), "/");
}

#[test]
fn dependencies_are_declared_in_many_files() {
    let project = place(
        "
        pyproject.toml: [project]⏎name = 'shop'⏎dependencies = ['PyYAML']
        setup.cfg: [options]⏎install_requires = greenlet
        requirements-dev.txt: pytest==8
        requirements/docs.txt: sphinx
        notes.txt: prose
        ",
    )
    .load();
    let modules: Vec<_> = project.environment.third_party.iter().map(|name| name.as_str()).collect();
    assert_eq!(modules, ["_pytest", "greenlet", "pytest", "pyyaml", "sphinx", "yaml"]);
}

fn check_error(files: &str, overrides: &[(&str, &str)], expected: &Expect) {
    let place = place(files);
    let mut options = place.options();
    options.overrides = overrides.iter().map(|(key, value)| ((*key).into(), (*value).into())).collect();
    let error = load(&options).unwrap_err().to_string().replace(place.root.as_str(), "ROOT");
    expected.assert_eq(&error);
}

#[test]
fn mistakes_in_the_configuration_have_a_place() {
    check_error(
        "pyproject.toml: [project]⏎name = 'x'⏎[tool.staniel]⏎python-verson = '3.12'",
        &[],
        &expect!["pyproject.toml:4:1: unknown key `python-verson` (did you mean `python-version`?)"],
    );
    check_error(
        "staniel.toml: frobnicate = 1",
        &[],
        &expect![
            "staniel.toml:1:1: unknown key `frobnicate` (there are: exclude, max-concurrent, max-file-size, platform, provider, python, python-version, roots, servers)"
        ],
    );
    check_error(
        "staniel.toml: python-version = 3.10",
        &[],
        &expect![[r#"staniel.toml:1:18: a version must be in quotes (a string such as "3.12")"#]],
    );
    check_error(
        "staniel.toml: exclude = 'a'",
        &[],
        &expect!["staniel.toml:1:11: a list of strings is expected here, not string"],
    );
    check_error(
        "pyproject.toml: [project]⏎name = ",
        &[],
        &expect!["pyproject.toml:2:7: string values must be quoted, expected literal string"],
    );
    check_error(
        "",
        &[("provider", "typ")],
        &expect!["-c provider: there is no provider `typ` (did you mean `ty`?)"],
    );
    check_error(
        "staniel.toml: roots = ['../other']",
        &[],
        &expect![
            "staniel.toml:1:9: `../other` is not inside the project (roots are relative to the project's root)"
        ],
    );
    check_error(
        "staniel.toml: roots = ['gone']",
        &[],
        &expect![
            "`gone` in `roots` is not a directory inside the project (create it, or take it out of the configuration)"
        ],
    );
    check_error(
        "staniel.toml: python = 'env'",
        &[],
        &expect![
            "`python` in the configuration: `ROOT/env` does not exist (give an interpreter, a virtual environment, or a prefix such as /usr)"
        ],
    );
    check_error(
        "staniel.toml: max-file-size = -1",
        &[],
        &expect!["staniel.toml:1:17: `-1` is no number of bytes (a positive integer)"],
    );
    check_error(
        "pyproject.toml: tool.staniel = 3",
        &[],
        &expect!["pyproject.toml:1:16: a table is expected here, not integer"],
    );
}

#[test]
fn configuration() {
    let place = place(
        "
        staniel.toml: exclude = ['a/']⏎max-file-size = 0x10⏎provider = 'declared'⏎python-version = '3.9'
        pyproject.toml: [tool.staniel]⏎exclude = ['b/']
        ",
    );
    let mut options = place.options();
    options.overrides = [("python-version", "3.10"), ("exclude", "['c', 'd']"), ("platform", "win32")]
        .map(|(key, value)| (key.into(), value.into()))
        .into();
    let project = load(&options).unwrap();
    let text = format!("{:#?}\n{:#?}", project.config, project.notices).replace(place.root.as_str(), "ROOT");
    expect![[r#"
        Config {
            roots: None,
            exclude: [
                "c",
                "d",
            ],
            python_version: Some(
                PythonVersion {
                    major: 3,
                    minor: 10,
                },
            ),
            platform: Some(
                "win32",
            ),
            python: None,
            max_file_size: 16,
            provider: Some(
                Declared,
            ),
            max_concurrent: None,
            servers: None,
        }
        [
            "both `staniel.toml` and `[tool.staniel]` in `pyproject.toml` are there: `staniel.toml` counts",
        ]"#]]
    .assert_eq(&text);
    assert_eq!(project.environment.python.to_string(), "3.10");
    assert_eq!(project.environment.platform, "win32");
}

#[test]
fn roots_that_are_none() {
    let place = place("file.py");
    let error = |root: &Utf8Path| {
        let error = load(&Options { root: root.to_owned(), ..Options::default() }).unwrap_err();
        error.to_string().replace(place.root.as_str(), "ROOT")
    };
    expect![
        "the directory `ROOT/gone` does not exist (check the path; staniel takes a project's root directory)"
    ]
    .assert_eq(&error(&place.root.join("gone")));
    expect!["`ROOT/file.py` is a file, not a directory (give the directory that contains the project)"]
        .assert_eq(&error(&place.root.join("file.py")));
    expect!["`/dev/null` is neither a file nor a directory (give the directory that contains the project)"]
        .assert_eq(&error(Utf8Path::new("/dev/null")));
}

#[test]
#[cfg(target_os = "linux")]
fn root_whose_path_is_not_utf8() {
    use std::os::unix::ffi::OsStrExt;
    let place = place("");
    let bad = place.root.as_std_path().join(std::ffi::OsStr::from_bytes(b"bad\xff"));
    fs::create_dir(&bad).unwrap();
    std::os::unix::fs::symlink(&bad, place.root.join("link")).unwrap();
    let error = load(&Options { root: place.root.join("link"), ..Options::default() }).unwrap_err();
    assert!(matches!(error, ProjectError::RootNotUtf8(_)), "{error}");
}

const VENV: &str = "
    .venv/pyvenv.cfg: home = /nowhere/bin⏎version = 3.11.4⏎include-system-site-packages = false
    .venv/bin/python
    .venv/lib/python3.11/site-packages/six.py: 1
    .venv/lib/python3.11/site-packages/six-1.dist-info/RECORD: six.py,sha256=abc,1⏎../../../bin/six,sha256=place,1⏎../../../bin/x.py,sha256=place,1⏎six-1.dist-info/RECORD,,
    .venv/lib/python3.11/site-packages/yaml/__init__.py: 1
    .venv/lib/python3.11/site-packages/yaml/py.typed
    .venv/lib/python3.11/site-packages/PyYAML-6.dist-info/RECORD: yaml/__init__.py,sha256=def,1⏎yaml/py.typed,,0
    .venv/lib/python3.11/site-packages/_yaml.cpython-311-x86_64-linux-gnu.so
    .venv/lib/python3.11/site-packages/requests-stubs/__init__.pyi
    .venv/lib/python3.11/site-packages/loose/__init__.py: x = 1
    .venv/lib/python3.11/site-packages/__pycache__/six.pyc
    .venv/lib/python3.11/site-packages/hook-0.dist-info/RECORD: __editable__.hook.pth,sha256=place,1⏎__editable___hook_finder.py,sha256=1,1
    .venv/lib/python3.11/site-packages/hook-0.dist-info/top_level.txt: hooked
    .venv/lib/python3.11/site-packages/__editable__.hook.pth: import __editable___hook_finder; 1
";

#[test]
fn virtual_environment() {
    let place = place(VENV);
    place.add("pyproject.toml: [project]⏎dependencies = ['Flask-Login >= 2']");
    let project = place.load();
    assert_eq!(project.environment.python.to_string(), "3.11");
    let text = format!("{:#?}{:#?}", project.environment.third_party, project.environment.site_packages)
        .replace(place.root.as_str(), "ROOT");
    expect![[r#"
        {
            "_yaml",
            "flask_login",
            "hooked",
            "loose",
            "requests",
            "six",
            "yaml",
        }[
            "ROOT/.venv/lib/python3.11/site-packages",
        ]"#]]
    .assert_eq(&text);
}

#[test]
fn equal_installations_in_different_places_have_equal_digests() {
    let editable = "
        outside/lib/__init__.py: x = 1
        root/.venv/lib/python3.11/site-packages/lib.pth: ROOT/outside⏎# comment⏎ROOT/gone
        root/ws/part/src/part.py: 1
        root/.venv/lib/python3.11/site-packages/part.pth: ROOT/root/ws/part/src
    ";
    let copies = [place(""), place("")].map(|mut copy| {
        copy.add(&VENV.replace("    .venv", "    root/.venv"));
        copy.add(editable);
        copy.root = copy.root.join("root");
        copy
    });
    let [a, b] = copies.each_ref().map(Place::load);
    assert_eq!(a.environment.digest, b.environment.digest);
    assert_ne!(a.environment.site_packages, b.environment.site_packages);
    assert_eq!(a.environment.site_packages.len(), 2);
    assert_eq!(a.environment.roots.iter().map(|root| root.as_str()).collect::<Vec<_>>(), ["ws/part/src", ""]);
    assert!(a.environment.third_party.contains("lib"));
}

#[test]
fn what_changes_the_digest() {
    let base = || {
        let place = place(VENV);
        place.add("lib/__init__.py: x = 1\n.venv/lib/python3.11/site-packages/lib.pth: ROOT/lib");
        place
    };
    let site = ".venv/lib/python3.11/site-packages";
    let first = base().digest();
    assert_eq!(base().digest(), first);
    let with = |files: &str| {
        let place = base();
        place.add(files);
        place.digest()
    };
    // Places, scripts, caches and the project's own files are no input.
    assert_eq!(with(&format!("{site}/__pycache__/x.pyc: 2")), first);
    assert_eq!(
        with(&format!("{site}/six-1.dist-info/RECORD: six.py,sha256=abc,1⏎../../../bin/six,sha256=other,1")),
        first
    );
    assert_eq!(with("lib/__init__.py: x = 2\nother.py"), first);
    // What is installed, its hashes, and what has no hash are.
    assert_ne!(with(&format!("{site}/six-1.dist-info/RECORD: six.py,sha256=new,1")), first);
    assert_ne!(with(&format!("{site}/loose/__init__.py: x = 2")), first);
    assert_ne!(with(&format!("{site}/new.py: 1")), first);
    assert_ne!(with("staniel.toml: python-version = '3.12'"), first);
    assert_ne!(with("staniel.toml: platform = 'win32'"), first);
    assert_ne!(with("src/a.py"), first);
    assert_ne!(with("pyproject.toml: [project]⏎dependencies = ['x']"), first);
}

#[test]
fn editable_outside_the_project_counts_by_content() {
    let place = place(&VENV.replace("    .venv", "    root/.venv"));
    place
        .add("outside/lib/__init__.py: x = 1\nroot/.venv/lib/python3.11/site-packages/lib.pth: ROOT/outside");
    let digest =
        || load(&Options { root: place.root.join("root"), ..Options::default() }).unwrap().environment.digest;
    let first = digest();
    place.add("outside/lib/readme.txt: x\noutside/lib/.git/x.py: 1");
    assert_eq!(digest(), first);
    place.add("outside/lib/__init__.py: x = 2");
    assert_ne!(digest(), first);
}

#[test]
fn order_of_environments() {
    let venv = |name: &str, minor: u8| {
        format!(
            "{name}/pyvenv.cfg: version_info = 3.{minor}.0\n{name}/lib/python3.{minor}/site-packages/x.py\n{name}/bin/python"
        )
    };
    let place = place(&[venv("venv", 8), venv(".venv", 9), venv("active", 11), venv("flag", 12)].join("\n"));
    let version = |options: &Options| load(options).unwrap().environment.python.minor;
    let mut options = place.options();
    assert_eq!(version(&options), 9);
    place.add("staniel.toml: python = 'conf'");
    place.add(&venv("conf", 10));
    assert_eq!(version(&options), 10);
    options.virtual_env = Some(place.root.join("active"));
    assert_eq!(version(&options), 11);
    options.python = Some(place.root.join("flag/bin/python"));
    assert_eq!(version(&options), 12);
    // The project's own claim goes before the environment's version.
    place.add("pyproject.toml: [project]⏎requires-python = '>=3.7'");
    assert_eq!(version(&options), 7);
    options.python = None;
    options.virtual_env = Some(place.root.join("gone"));
    let project = load(&options).unwrap();
    assert_eq!(project.interpreter.unwrap().prefix, place.root.join("conf"));
    assert_eq!(project.notices.len(), 1, "{:?}", project.notices);
}

#[test]
fn system_installation_below_a_virtual_environment() {
    let place = place(
        "
        usr/bin/python3.10
        usr/lib/python3.10/site-packages/a.py
        usr/lib/python3/dist-packages/b.py
        usr/lib/python3.9/site-packages/old.py
        p/.venv/pyvenv.cfg: home = ROOT/usr/bin⏎include-system-site-packages = true⏎version = 3.10.2
        p/.venv/lib/python3.10/site-packages/c.py
        ",
    );
    std::os::unix::fs::symlink("python3.10", place.root.join("usr/bin/python3")).unwrap();
    let project = load(&Options { root: place.root.join("p"), ..Options::default() }).unwrap();
    let modules: Vec<_> = project.environment.third_party.iter().map(|name| name.as_str()).collect();
    assert_eq!(modules, ["a", "b", "c"]);
    let python = Some(place.root.join("usr/bin/python3"));
    let system = load(&Options { root: place.root.join("p"), python, ..Options::default() }).unwrap();
    assert_eq!(system.environment.site_packages.len(), 2);
    assert_eq!(system.environment.python.minor, 10);
}
