//! The Python environment, described by the files around its interpreter. Nothing is run.

use std::fs::File;
use std::io::Read;

use camino::{Utf8Path, Utf8PathBuf};
use staniel_facts::PythonVersion;

/// Configuration files of an environment larger than this are not ones.
const MAX_FILE: u64 = 1 << 20;

/// How many environments may extend one another.
const MAX_CHAIN: usize = 8;

/// A Python environment.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Interpreter {
    /// `sys.prefix`: the virtual environment's directory, or the installation's.
    pub prefix: Utf8PathBuf,
    /// Its version, where a file or a directory name tells.
    pub version: Option<PythonVersion>,
    /// Its `site-packages` and `dist-packages` directories, in the order of precedence; with those of the
    /// environments that it extends.
    pub site_packages: Vec<Utf8PathBuf>,
}

/// Why a path is not a Python environment.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum PythonError {
    /// Nothing there.
    #[error("`{0}` does not exist")]
    Missing(Utf8PathBuf),
    /// It has no `site-packages` where Python has them.
    #[error(
        "`{0}` is not a Python environment: it has no `lib/python3.*/site-packages` and no `Lib/site-packages`"
    )]
    NoSitePackages(Utf8PathBuf),
}

impl Interpreter {
    /// Describes the environment that `path` means: an interpreter, a virtual environment or a prefix.
    pub(crate) fn at(path: &Utf8Path) -> Result<Self, PythonError> {
        let (prefix, named) = if path.is_dir() {
            (path.to_path_buf(), None)
        } else if path.is_file() {
            of_executable(path)
        } else {
            return Err(PythonError::Missing(path.to_path_buf()));
        };
        let mut interpreter = Self { prefix: prefix.clone(), version: named, site_packages: Vec::new() };
        interpreter.extend(&prefix, 0);
        if interpreter.site_packages.is_empty() {
            return Err(PythonError::NoSitePackages(prefix));
        }
        Ok(interpreter)
    }

    fn extend(&mut self, prefix: &Utf8Path, depth: usize) {
        if depth > MAX_CHAIN {
            return;
        }
        let Some(venv) = VenvConfig::of(prefix) else {
            return self.add_all(prefix, true);
        };
        self.version = self.version.or(venv.version);
        self.add_all(prefix, false);
        if let Some(other) = venv.extends {
            self.extend(&other, depth + 1);
        }
        if venv.system_site_packages
            && let Some(home) = venv.home
        {
            // `home` is the directory of the interpreter that made the environment.
            let executable =
                ["python3", "python"].map(|name| home.join(name)).into_iter().find(|path| path.is_file());
            let base = match executable {
                Some(executable) => of_executable(&executable).0,
                None => home.parent().unwrap_or(&home).to_path_buf(),
            };
            self.extend(&base, depth + 1);
        }
    }

    /// Adds what lies below `prefix`; of several versions the one that is known, else the newest.
    fn add_all(&mut self, prefix: &Utf8Path, system: bool) {
        let mut libraries = Vec::new();
        for library in ["lib", "lib64", "local/lib"] {
            let Ok(entries) = prefix.join(library).read_dir_utf8() else { continue };
            for entry in entries.flatten() {
                if let Some(version) = directory_version(entry.file_name()) {
                    for packages in ["site-packages", "dist-packages"] {
                        let path = entry.path().join(packages);
                        if path.is_dir() {
                            libraries.push((version, path));
                        }
                    }
                }
            }
        }
        libraries.sort();
        let version = match self.version {
            Some(version) if libraries.iter().any(|(other, _)| *other == version) => Some(version),
            _ => libraries.last().map(|(version, _)| *version),
        };
        self.version = self.version.or(version);
        libraries.retain(|(other, _)| Some(*other) == version);
        let plain = ["Lib/site-packages"].iter().chain(system.then_some(&"lib/python3/dist-packages"));
        let plain = plain.map(|packages| prefix.join(packages)).filter(|path| path.is_dir());
        for path in libraries.into_iter().map(|(_, path)| path).chain(plain).collect::<Vec<_>>() {
            // `lib64` is often a link to `lib`.
            let path = path.canonicalize_utf8().unwrap_or(path);
            if !self.site_packages.contains(&path) {
                self.site_packages.push(path);
            }
        }
    }
}

/// The prefix of an interpreter, and its version if its name has one. A virtual environment's interpreter is
/// a link to another's: only if there is no `pyvenv.cfg` is the link followed.
fn of_executable(path: &Utf8Path) -> (Utf8PathBuf, Option<PythonVersion>) {
    let prefix_of = |path: &Utf8Path| {
        let directory = path.parent().unwrap_or(path);
        let nested = matches!(directory.file_name(), Some("bin" | "Scripts" | "sbin"));
        if nested { directory.parent().unwrap_or(directory) } else { directory }.to_path_buf()
    };
    let near = prefix_of(path);
    if near.join("pyvenv.cfg").is_file() {
        return (near, None);
    }
    let real = path.canonicalize_utf8().unwrap_or_else(|_| path.to_path_buf());
    let version = real.file_name().and_then(directory_version);
    (prefix_of(&real), version)
}

/// The version in `python3.12`, `python3.13t` or `pypy3.10`.
fn directory_version(name: &str) -> Option<PythonVersion> {
    let version = name.strip_prefix("python").or_else(|| name.strip_prefix("pypy"))?;
    let minor = version.strip_prefix("3.")?.trim_end_matches('t').parse().ok()?;
    Some(PythonVersion { major: 3, minor })
}

/// What `pyvenv.cfg` says.
#[derive(Default)]
struct VenvConfig {
    home: Option<Utf8PathBuf>,
    version: Option<PythonVersion>,
    system_site_packages: bool,
    /// uv's ephemeral environments lie on top of another one.
    extends: Option<Utf8PathBuf>,
}

impl VenvConfig {
    fn of(prefix: &Utf8Path) -> Option<Self> {
        let text = small_file(&prefix.join("pyvenv.cfg"))?;
        let mut config = Self::default();
        for (key, value) in text.lines().filter_map(|line| line.split_once('=')) {
            let value = value.trim();
            match key.trim().to_ascii_lowercase().as_str() {
                "home" => config.home = Some(value.into()),
                // `version` is venv's and virtualenv's, `version_info` uv's.
                "version" | "version_info" => {
                    let mut numbers = value.split('.').map(|number| number.parse::<u8>().ok());
                    if let (Some(Some(major @ 3)), Some(Some(minor))) = (numbers.next(), numbers.next()) {
                        config.version = Some(PythonVersion { major, minor });
                    }
                }
                "include-system-site-packages" => {
                    config.system_site_packages = value.eq_ignore_ascii_case("true");
                }
                "extends-environment" => config.extends = Some(value.into()),
                _ => {}
            }
        }
        Some(config)
    }
}

/// A regular file's text, if it is one, and not large.
pub(crate) fn small_file(path: &Utf8Path) -> Option<String> {
    // Opening a FIFO would wait for a writer.
    if !path.metadata().ok()?.is_file() {
        return None;
    }
    let mut bytes = Vec::new();
    File::open(path).ok()?.take(MAX_FILE).read_to_end(&mut bytes).ok()?;
    Some(String::from_utf8_lossy(&bytes).into_owned())
}
