//! What a server reads of its own configuration, and of what that leads to, as a digest: part of the environment that
//! its answers come from.

use std::collections::BTreeSet;
use std::fs;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::Value;

use crate::servers::Server;

mod format;
mod walk;

use format::{ini, without_comments, words};
use walk::{below, python_files, real};

/// Files larger than this are no configuration.
const LARGEST: u64 = 1 << 20;

/// No more than so many files of directories that configurations name are read at each look, all together,
const MOST_FILES: usize = 10_000;

/// and no more bytes.
const MOST_BYTES: u64 = 256 << 20;

/// Settings that name directories (or files, in `extends`), in whatever table.
const DIRECTORIES: &[&str] = &[
    "extra-paths",
    "extraPaths",
    "mypy_path",
    "root",
    "search-path",
    "search_path",
    "site-package-path",
    "site_package_path",
    "stubPath",
    "typeshed",
    "typeshed-path",
    "typeshedPath",
];

/// Settings that name an environment, or its interpreter.
const ENVIRONMENTS: &[&str] = &[
    "conda-environment",
    "python-interpreter",
    "python-interpreter-path",
    "python_executable",
    "python_interpreter",
    "venv",
];

/// A configuration by which answers depend on what staniel cannot watch.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ConfigurationError {
    /// Another environment than the one that keys name.
    #[error(
        "`{file}` has the server use the environment of `{path}` (`{setting}`), which is not the one that staniel \
         looks at; choose that one (--python), or take the setting out"
    )]
    Environment {
        /// The configuration file.
        file: Utf8PathBuf,
        /// The key in it.
        setting: String,
        /// What it leads to.
        path: Utf8PathBuf,
    },
    /// More than can be looked through at each look.
    #[error(
        "`{file}` names `{path}` in `{setting}`: with it more than {MOST_FILES} Python files, or {} MiB of them, would \
         have to be read at each look to know whether they change; name less, or make it a root of the project (`roots`)",
        MOST_BYTES >> 20
    )]
    TooMuch {
        /// The configuration file.
        file: Utf8PathBuf,
        /// The key in it.
        setting: String,
        /// The directory.
        path: Utf8PathBuf,
    },
}

/// What keys name of the places that a configuration may name too.
#[derive(Clone, Debug, Default)]
pub struct Known {
    /// The project's import roots, absolute.
    pub roots: Vec<Utf8PathBuf>,
    /// The prefix of the Python environment.
    pub prefix: Option<Utf8PathBuf>,
    /// Where its packages lie.
    pub site_packages: Vec<Utf8PathBuf>,
}

/// Of the files that configure `server` in `root` and above it, of those that they extend, of the Python files in
/// directories that they name, and of stubs that a server finds without an import leading there (pyright's `typings`).
/// Of a `pyproject.toml` only what the server looks at counts. pyrefly looks for a configuration beside each file, so
/// those below the root count too. Servers that nobody knows are given all that is known of the others.
///
/// What is `known` is in keys anyway. Another environment is an error, and so is a directory with too many files. Cost:
/// some lookups; reading what is there; for pyrefly a walk through the project's directories.
pub fn configuration_digest(
    server: Server,
    root: &Utf8Path,
    known: &Known,
) -> Result<[u8; 32], ConfigurationError> {
    let mut reading = Reading {
        hasher: blake3::Hasher::new_derive_key("staniel 2026 configuration of a language server"),
        server,
        root,
        known,
        seen: BTreeSet::new(),
        pending: Vec::new(),
        files_left: MOST_FILES,
        bytes_left: MOST_BYTES,
    };
    let mut directories: Vec<Utf8PathBuf> = root.ancestors().map(Utf8Path::to_owned).collect();
    if matches!(server, Server::Pyrefly | Server::Other) {
        directories.extend(below(root));
    }
    for directory in directories {
        for name in server.configuration() {
            reading.pending.push(directory.join(name));
            while let Some(path) = reading.pending.pop() {
                reading.file(&path)?;
            }
        }
    }
    if matches!(server, Server::Pyright | Server::Basedpyright | Server::Other) {
        reading.directory(root, "stubPath", &root.join("typings"))?;
    }
    Ok(*reading.hasher.finalize().as_bytes())
}

struct Reading<'a> {
    hasher: blake3::Hasher,
    server: Server,
    root: &'a Utf8Path,
    known: &'a Known,
    /// Files and directories that are in the digest.
    seen: BTreeSet<Utf8PathBuf>,
    /// Files that are extended.
    pending: Vec<Utf8PathBuf>,
    /// How many more files of directories may be read, and how many bytes of them.
    files_left: usize,
    bytes_left: u64,
}

impl Reading<'_> {
    fn say(&mut self, part: &[u8]) {
        self.hasher.update(&(part.len() as u64).to_le_bytes());
        self.hasher.update(part);
    }

    /// Takes in a file that configures the server, if it is there, and what it names.
    fn file(&mut self, path: &Utf8Path) -> Result<(), ConfigurationError> {
        let Some(bytes) = small_file(path) else { return Ok(()) };
        if !self.seen.insert(real(path)) {
            return Ok(());
        }
        let (bytes, settings) = self.settings(path, bytes);
        // Another file says by being there that those further up, or of lower rank, do not count.
        if bytes.is_empty() && path.file_name() == Some("pyproject.toml") {
            return Ok(());
        }
        // Where it lies, without what only this machine calls it.
        let name = path.strip_prefix(self.root).ok().or_else(|| path.file_name().map(Utf8Path::new));
        let above = self.root.ancestors().position(|above| path.parent() == Some(above));
        self.say(name.unwrap_or(path).as_str().as_bytes());
        self.say(&(above.unwrap_or(usize::MAX) as u64).to_le_bytes());
        self.say(&bytes);
        self.follow(path, &settings)
    }

    /// What of a file counts, in one spelling, and what it sets; nothing of one that cannot be understood.
    fn settings(&self, path: &Utf8Path, bytes: Vec<u8>) -> (Vec<u8>, Value) {
        let Ok(text) = std::str::from_utf8(&bytes) else { return (bytes, Value::Null) };
        match path.extension() {
            Some("toml") => {
                let Ok(mut document) = text.parse::<toml::Table>() else { return (bytes, Value::Null) };
                if path.file_name() == Some("pyproject.toml") {
                    let mut found = toml::Table::new();
                    if let Some(toml::Value::Table(mut tool)) = document.remove("tool") {
                        found.extend(self.server.tables().iter().filter_map(|&name| tool.remove_entry(name)));
                    }
                    document = found;
                }
                let settings = serde_json::to_value(&document).unwrap_or_default();
                (toml::to_string(&document).map_or(bytes, String::into_bytes), settings)
            }
            Some("json") => {
                let settings = serde_json::from_str(&without_comments(text)).unwrap_or_default();
                (bytes, settings)
            }
            _ => {
                let settings = ini(text);
                (bytes, settings)
            }
        }
    }

    /// Takes in whatever settings name, in whatever table.
    fn follow(&mut self, file: &Utf8Path, settings: &Value) -> Result<(), ConfigurationError> {
        match settings {
            Value::Array(items) => items.iter().try_for_each(|item| self.follow(file, item)),
            Value::Object(table) => table.iter().try_for_each(|(setting, value)| {
                let venvs = table.get("venvPath").and_then(Value::as_str).filter(|_| setting == "venv");
                for word in words(setting, value) {
                    let path = self.resolved(file, venvs.unwrap_or_default(), word);
                    if setting == "extends" {
                        self.pending.push(path);
                    } else if DIRECTORIES.contains(&setting.as_str()) {
                        self.directory(file, setting, &path)?;
                    } else if ENVIRONMENTS.contains(&setting.as_str()) {
                        self.environment(file, setting, path)?;
                    }
                }
                self.follow(file, value)
            }),
            _ => Ok(()),
        }
    }

    fn resolved(&self, file: &Utf8Path, below: &str, word: &str) -> Utf8PathBuf {
        let beside = file.parent().unwrap_or(self.root);
        let word = word
            .replace("${workspaceFolder}", self.root.as_str())
            .replace("$MYPY_CONFIG_FILE_DIR", beside.as_str());
        beside.join(below).join(word)
    }

    /// An environment that is not there is not used.
    fn environment(
        &self,
        file: &Utf8Path,
        setting: &str,
        path: Utf8PathBuf,
    ) -> Result<(), ConfigurationError> {
        // Not where its links lead: an interpreter in a virtual environment is a link out of it.
        let is_ours = self.known.prefix.as_ref().is_some_and(|prefix| {
            path.starts_with(prefix)
                || path.canonicalize_utf8().is_ok_and(|path| path.starts_with(real(prefix)))
        });
        if is_ours || !path.exists() {
            return Ok(());
        }
        Err(ConfigurationError::Environment { file: file.to_owned(), setting: setting.to_owned(), path })
    }

    /// Takes in all Python files below a directory, through links.
    fn directory(
        &mut self,
        file: &Utf8Path,
        setting: &str,
        directory: &Utf8Path,
    ) -> Result<(), ConfigurationError> {
        let place = real(directory);
        let is_known = self.known.roots.iter().any(|root| place == real(root))
            || self.known.site_packages.iter().any(|packages| place.starts_with(real(packages)))
            || place == real(self.root);
        if is_known || !self.seen.insert(place) {
            return Ok(());
        }
        let too_much = || {
            let (file, setting) = (file.to_owned(), setting.to_owned());
            ConfigurationError::TooMuch { file, setting, path: directory.to_owned() }
        };
        let entries = python_files(directory, self.files_left).ok_or_else(too_much)?;
        self.files_left -= entries.len();
        self.say(setting.as_bytes());
        self.say(&(entries.len() as u64).to_le_bytes());
        for entry in entries {
            self.say(entry.path.strip_prefix(directory).unwrap_or(&entry.path).as_str().as_bytes());
            if let Some(leads_to) = entry.leads_to {
                self.say(leads_to.as_str().as_bytes());
                continue;
            }
            let mut content = blake3::Hasher::new();
            // One that cannot be read now may be some time.
            let file = fs::File::open(&entry.path);
            let read = file.is_ok_and(|file| content.update_reader(file.take(self.bytes_left)).is_ok());
            self.bytes_left = self.bytes_left.saturating_sub(content.count());
            if self.bytes_left == 0 {
                return Err(too_much());
            }
            let digest = content.finalize();
            self.say(if read { digest.as_bytes() } else { &[] });
        }
        Ok(())
    }
}

fn small_file(path: &Utf8Path) -> Option<Vec<u8>> {
    // Opening a FIFO would wait for a writer.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    fs::File::open(path).ok()?.take(LARGEST).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}

#[cfg(test)]
mod tests {
    use super::*;

    struct Setting(tempfile::TempDir);

    impl Setting {
        fn new(files: &[(&str, &str)]) -> Self {
            let setting = Self(tempfile::tempdir().unwrap());
            files.iter().for_each(|(path, text)| setting.write(path, text));
            setting
        }

        fn path(&self) -> Utf8PathBuf {
            Utf8Path::from_path(self.0.path()).unwrap().canonicalize_utf8().unwrap()
        }

        fn write(&self, path: &str, text: &str) {
            let path = self.path().join(path);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(path, text).unwrap();
        }

        fn digest(&self, server: Server) -> Result<[u8; 32], ConfigurationError> {
            let root = self.path().join("project");
            let known = Known {
                roots: vec![root.join("src")],
                prefix: Some(root.join(".venv")),
                site_packages: vec![root.join(".venv/lib")],
            };
            configuration_digest(server, &root, &known)
        }

        /// Whether the digest is another after a file has another text.
        fn notices(&self, server: Server, path: &str) -> bool {
            let before = self.digest(server).unwrap();
            self.write(path, "changed = 1\n");
            before != self.digest(server).unwrap()
        }
    }

    #[test]
    fn what_a_configuration_names_counts() {
        let pyright = r#"{
            // A comment, "with quotes".
            "extends": "../base.json", /* and another */
            "stubPath": "stubs",
            "executionEnvironments": [{"root": "src", "extraPaths": ["../outside", "src"]},],
        }"#;
        let setting = Setting::new(&[
            ("project/pyrightconfig.json", pyright),
            ("project/src/a.py", ""),
            ("project/stubs/x/__init__.pyi", ""),
            ("project/else/x.py", ""),
            ("outside/lib.py", ""),
            ("base.json", r#"{"extends": "deep/deeper.json"}"#),
            ("deep/deeper.json", r#"{"extends": "../base.json", "extraPaths": ["paths"]}"#),
            ("deep/paths/lib.py", ""),
        ]);
        let read =
            ["project/stubs/x/__init__.pyi", "outside/lib.py", "deep/paths/lib.py", "deep/deeper.json"];
        for path in read {
            assert!(setting.notices(Server::Pyright, path), "{path}");
        }
        for path in ["project/src/a.py", "project/else/x.py", "outside/data.txt"] {
            assert!(!setting.notices(Server::Pyright, path), "{path}");
        }
    }

    #[test]
    fn mypys_paths_are_found_in_each_of_its_files() {
        for (file, text) in [
            (
                "project/mypy.ini",
                "[mypy]\nstrict = True\nmypy_path = $MYPY_CONFIG_FILE_DIR/../a:src,\n  ../b\n",
            ),
            ("project/setup.cfg", "[mypy]\n# note\nmypy_path: ../a, ../b\n[other]\nmypy_path = ../c\n"),
            ("project/pyproject.toml", "[tool.mypy]\nmypy_path = ['../a', '../b']\n"),
        ] {
            let setting = Setting::new(&[(file, text), ("a/x.pyi", ""), ("b/x.py", ""), ("c/x.py", "")]);
            assert!(setting.notices(Server::Zuban, "a/x.pyi"), "{file}");
            assert!(setting.notices(Server::Zuban, "b/x.py"), "{file}");
            assert!(!setting.notices(Server::Zuban, "c/x.py"), "{file}");
            assert!(!setting.notices(Server::Ty, "a/x.pyi"), "{file}");
        }
    }

    #[test]
    fn nested_configurations_count_where_the_server_looks_for_them() {
        let setting = Setting::new(&[("project/sub/deep/x.py", ""), ("project/node_modules/x.py", "")]);
        assert!(setting.notices(Server::Pyrefly, "project/sub/deep/pyrefly.toml"));
        assert!(!setting.notices(Server::Pyrefly, "project/node_modules/pyrefly.toml"));
        assert!(!setting.notices(Server::Pyright, "project/sub/pyrightconfig.json"));
    }

    #[cfg(unix)]
    #[test]
    fn typings_count_through_links() {
        let setting = Setting::new(&[("project/typings/x.pyi", ""), ("elsewhere/pkg/x.pyi", "")]);
        let link = setting.path().join("project/typings/linked");
        std::os::unix::fs::symlink(setting.path().join("elsewhere"), link).unwrap();
        // In circles, too.
        std::os::unix::fs::symlink("..", setting.path().join("elsewhere/pkg/up")).unwrap();
        assert!(setting.notices(Server::Pyright, "elsewhere/pkg/x.pyi"));
    }

    #[test]
    fn a_file_that_sets_nothing_counts_too() {
        let setting = Setting::new(&[("project/a.py", "")]);
        let before = setting.digest(Server::Ty).unwrap();
        setting.write("project/ty.toml", "# nothing\n");
        assert_ne!(before, setting.digest(Server::Ty).unwrap());
        let before = setting.digest(Server::Ty).unwrap();
        setting.write("project/pyproject.toml", "[tool.black]\n");
        assert_eq!(before, setting.digest(Server::Ty).unwrap());
    }

    #[cfg(unix)]
    #[test]
    fn where_files_of_named_directories_lie_counts() {
        let setting = Setting::new(&[
            ("project/ty.toml", "environment.extra-paths = ['../a', '../b']\n"),
            ("a/p/__init__.py", ""),
            ("b/p/x.py", ""),
        ]);
        let before = setting.digest(Server::Ty).unwrap();
        fs::rename(setting.path().join("a/p/__init__.py"), setting.path().join("b/p/__init__.py")).unwrap();
        let moved = setting.digest(Server::Ty).unwrap();
        assert_ne!(before, moved);
        std::os::unix::fs::symlink("p", setting.path().join("b/alias")).unwrap();
        let linked = setting.digest(Server::Ty).unwrap();
        assert_ne!(moved, linked);
        setting.write("b/p/py.typed", "partial\n");
        assert_ne!(linked, setting.digest(Server::Ty).unwrap());
    }

    #[test]
    fn another_environment_than_that_of_keys_is_an_error() {
        let pyright = |venv: &str| format!("{{\"venvPath\": \".\", \"venv\": \"{venv}\"}}");
        let setting = Setting::new(&[
            ("project/.venv/pyvenv.cfg", ""),
            ("project/other/pyvenv.cfg", ""),
            ("project/pyrightconfig.json", &pyright(".venv")),
        ]);
        setting.digest(Server::Pyright).unwrap();
        setting.write("project/pyrightconfig.json", &pyright("nowhere"));
        setting.digest(Server::Pyright).unwrap();
        setting.write("project/pyrightconfig.json", &pyright("other"));
        let error = setting.digest(Server::Pyright).unwrap_err().to_string();
        assert!(error.contains("pyrightconfig.json` has") && error.contains("(`venv`)"), "{error}");
        setting.digest(Server::Ty).unwrap();
    }
}
