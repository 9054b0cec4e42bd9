//! Everything about a project, in the order in which it is found out.

use std::collections::BTreeSet;
use std::fs;
use std::io;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use staniel_facts::{
    Digest, Environment, EnvironmentDigest, Name, PythonVersion, RelPath, SCHEMA, digest_of,
};

use toml::de::DeTable;

use crate::config::{Config, ConfigError, Document};
use crate::dependencies::Declarations;
use crate::installed::{Installed, PathDigest};
use crate::interpreter::{Interpreter, PythonError, small_file};
use crate::metadata::{self, Metadata};
use crate::roots;
use crate::setup_cfg::SetupCfg;

/// Where to look, and what the user said on the command line.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project's root.
    pub root: Utf8PathBuf,
    /// `-c key=value`, in order: the value is TOML, or else text.
    pub overrides: Vec<(String, String)>,
    /// `--python`: an interpreter, a virtual environment or a prefix.
    pub python: Option<Utf8PathBuf>,
    /// `$VIRTUAL_ENV`. Passed in: this crate reads no environment variables.
    pub virtual_env: Option<Utf8PathBuf>,
}

/// A project, as far as it can be known without its files.
#[derive(Clone, Debug)]
pub struct Project {
    /// The root: absolute, without links in it.
    pub root: Utf8PathBuf,
    /// The configuration.
    pub config: Config,
    /// What answers depend on besides the project's files.
    pub environment: Environment,
    /// The Python environment that was found, if any.
    pub interpreter: Option<Interpreter>,
    /// What the user should know, a sentence each.
    pub notices: Vec<String>,
}

/// Why there is no project to speak of, with what to do about it.
#[derive(Debug, thiserror::Error)]
pub enum ProjectError {
    /// Nothing at the root.
    #[error("the directory `{0}` does not exist (check the path; staniel takes a project's root directory)")]
    RootMissing(Utf8PathBuf),
    /// A file at the root.
    #[error("`{0}` is a file, not a directory (give the directory that contains the project)")]
    RootIsFile(Utf8PathBuf),
    /// Something else at the root.
    #[error("`{0}` is neither a file nor a directory (give the directory that contains the project)")]
    RootNotDirectory(Utf8PathBuf),
    /// The root is there and cannot be entered.
    #[error("cannot open the directory `{root}`: {source} (check its permissions)")]
    RootUnreadable {
        /// The root.
        root: Utf8PathBuf,
        /// What the operating system says.
        source: io::Error,
    },
    /// The root's path, links resolved, has bytes that are not UTF-8.
    #[error(
        "the path `{0}` is not UTF-8 (rename the directory, or analyse it through a mount at another path)"
    )]
    RootNotUtf8(String),
    /// A configuration file is there and cannot be read.
    #[error("cannot read `{file}`: {source} (check its permissions, or remove it)")]
    ConfigUnreadable {
        /// The file, relative to the root.
        file: String,
        /// What the operating system says.
        source: io::Error,
    },
    /// A configuration file is not text.
    #[error("`{0}` is not UTF-8 (save it as UTF-8: TOML knows no other encoding)")]
    ConfigNotUtf8(String),
    /// The configuration is wrong.
    #[error(transparent)]
    Config(#[from] ConfigError),
    /// A configured root is not a directory inside the project.
    #[error(
        "`{0}` in `roots` is not a directory inside the project (create it, or take it out of the configuration)"
    )]
    NotARoot(RelPath),
    /// The Python environment that the user asked for is none.
    #[error("{origin}: {source} (give an interpreter, a virtual environment, or a prefix such as /usr)")]
    Python {
        /// Who asked for it: `--python`, or the key.
        origin: &'static str,
        /// What is wrong with it.
        source: PythonError,
    },
}

/// Finds out everything about the project at `options.root`. Runs nothing, and reads no project file but the
/// configuration.
///
/// Which Python: `--python`, `$VIRTUAL_ENV`, `python` in the configuration, `.venv`, `venv`; the first that is there.
/// Which version: `python-version` in the configuration, the lower bound of `requires-python` (code must be right for the
/// oldest version it claims; ty's rule), the environment's, 3.13.
///
/// Cost: a few milliseconds, nearly all of it the reading of RECORD files; more where something is installed
/// without one.
pub fn load(options: &Options) -> Result<Project, ProjectError> {
    let root = canonical_root(&options.root)?;
    let mut notices = Vec::new();

    let pyproject_text = config_file(&root, "pyproject.toml")?;
    let staniel_text = config_file(&root, "staniel.toml")?;
    let pyproject = Document { name: "pyproject.toml", text: pyproject_text.as_deref().unwrap_or_default() };
    let pyproject_table = pyproject.parse()?;
    let own = metadata::table(&pyproject_table, "tool").and_then(|tool| tool.get("staniel"));

    let mut config = Config::default();
    if let Some(text) = &staniel_text {
        let document = Document { name: "staniel.toml", text };
        config.read(&document, &document.parse()?, &root)?;
        if own.is_some() {
            notices.push("both `staniel.toml` and `[tool.staniel]` in `pyproject.toml` are there: `staniel.toml` counts".into());
        }
    } else if let Some(own) = own {
        config.read(&pyproject, pyproject.as_table(own)?, &root)?;
    }
    for (key, value) in &options.overrides {
        config.override_with(key, value, &root)?;
    }

    let interpreter = find_interpreter(options, &config, &root, &mut notices)?;
    let setup = small_file(&root.join("setup.cfg")).map(|text| SetupCfg::parse(&text)).unwrap_or_default();
    let said = Said::of(&root, &pyproject_table, &setup);
    let environment = environment(&root, &config, &said, interpreter.as_ref(), &mut notices)?;
    Ok(Project { root, config, environment, interpreter, notices })
}

/// The project's root, absolute and without links in it.
///
/// # Errors
///
/// If it is no directory that can be listed.
pub fn canonical_root(root: &Utf8Path) -> Result<Utf8PathBuf, ProjectError> {
    let unreadable = |source: io::Error| match source.kind() {
        io::ErrorKind::NotFound => ProjectError::RootMissing(root.to_owned()),
        // Somewhere on the way is a file.
        io::ErrorKind::NotADirectory => ProjectError::RootMissing(root.to_owned()),
        _ => ProjectError::RootUnreadable { root: root.to_owned(), source },
    };
    let metadata = root.metadata().map_err(unreadable)?;
    if metadata.is_file() {
        return Err(ProjectError::RootIsFile(root.to_owned()));
    }
    if !metadata.is_dir() {
        return Err(ProjectError::RootNotDirectory(root.to_owned()));
    }
    let real = root.canonicalize().map_err(unreadable)?;
    fs::read_dir(&real).map_err(unreadable)?;
    Utf8PathBuf::from_path_buf(real).map_err(|path| ProjectError::RootNotUtf8(path.display().to_string()))
}

/// The text of a configuration file; `None` if it is not there.
fn config_file(root: &Utf8Path, name: &str) -> Result<Option<String>, ProjectError> {
    let path = root.join(name);
    let failed = |source| ProjectError::ConfigUnreadable { file: name.to_owned(), source };
    match path.metadata() {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed(error)),
        Ok(metadata) if !metadata.is_file() => Err(failed(io::Error::other("not a regular file"))),
        Ok(_) => fs::read_to_string(&path).map(Some).map_err(|error| match error.kind() {
            io::ErrorKind::InvalidData => ProjectError::ConfigNotUtf8(name.to_owned()),
            _ => failed(error),
        }),
    }
}

fn find_interpreter(
    options: &Options,
    config: &Config,
    root: &Utf8Path,
    notices: &mut Vec<String>,
) -> Result<Option<Interpreter>, ProjectError> {
    let wanted = |origin, path: &Utf8Path| {
        Interpreter::at(path).map(Some).map_err(|source| ProjectError::Python { origin, source })
    };
    if let Some(path) = &options.python {
        return wanted("--python", path);
    }
    if let Some(path) = &options.virtual_env {
        match Interpreter::at(path) {
            Ok(interpreter) => return Ok(Some(interpreter)),
            Err(error) => notices.push(format!("VIRTUAL_ENV is passed over: {error}")),
        }
    }
    if let Some(path) = &config.python {
        return wanted("`python` in the configuration", path);
    }
    let conventional = [".venv", "venv"].map(|name| root.join(name));
    let venv = conventional.iter().filter(|path| path.join("pyvenv.cfg").is_file());
    for path in venv {
        match Interpreter::at(path) {
            Ok(interpreter) => return Ok(Some(interpreter)),
            Err(error) => notices.push(format!("the virtual environment is passed over: {error}")),
        }
    }
    Ok(None)
}

/// What the project says of itself, for whomever.
struct Said {
    metadata: Metadata,
    /// The modules of declared dependencies.
    dependencies: BTreeSet<Name>,
    /// Where a build looks for the code.
    code: Vec<RelPath>,
}

impl Said {
    fn of(root: &Utf8Path, pyproject: &DeTable<'_>, setup: &SetupCfg) -> Self {
        let metadata = Metadata::of(pyproject, setup);
        let own = metadata.name.as_deref().map(metadata::module_spelling);
        let requirements = requirements(root);
        let declarations = Declarations { pyproject, setup, requirements: &requirements };
        let dependencies = declarations.modules(own.as_ref());
        Self { metadata, dependencies, code: roots::named_by_the_build(pyproject, setup) }
    }
}

/// The texts of `requirements.txt` and what is called like it, in the root or in `requirements/`.
fn requirements(root: &Utf8Path) -> Vec<String> {
    let listed = |directory: Utf8PathBuf, wanted: fn(&str) -> bool| {
        let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().to_owned()).collect();
        names.retain(|name| name.ends_with(".txt") && wanted(name));
        names.sort();
        names.into_iter().filter_map(move |name| small_file(&directory.join(name)))
    };
    let beside = listed(root.to_owned(), |name| name.contains("requirements"));
    beside.chain(listed(root.join("requirements"), |_| true)).collect()
}

/// What the environment digest covers. Versions and names, never places.
#[derive(Serialize)]
struct Inputs<'a> {
    schema: u32,
    python: PythonVersion,
    platform: &'a Name,
    settings: Digest,
    roots: &'a [RelPath],
    third_party: &'a BTreeSet<Name>,
    search_paths: &'a [PathDigest],
}

fn environment(
    root: &Utf8Path,
    config: &Config,
    said: &Said,
    interpreter: Option<&Interpreter>,
    notices: &mut Vec<String>,
) -> Result<Environment, ProjectError> {
    let site_packages =
        interpreter.map(|interpreter| interpreter.site_packages.as_slice()).unwrap_or_default();
    let metadata = &said.metadata;
    let own = metadata.name.as_deref().map(metadata::module_spelling);
    let installed = Installed::at(site_packages, root, own.as_ref());
    notices.extend(installed.notices);

    let roots = match &config.roots {
        Some(configured) => {
            for path in configured {
                let real = root.join(path.as_str()).canonicalize_utf8().unwrap_or_default();
                if !real.starts_with(root) || !real.is_dir() {
                    return Err(ProjectError::NotARoot(path.clone()));
                }
            }
            let mut seen = BTreeSet::new();
            configured.iter().filter(|path| seen.insert(*path)).cloned().collect()
        }
        None => roots::conventional(root, metadata.name.as_deref(), &said.code, installed.inside),
    };
    let python = config
        .python_version
        .or(metadata.oldest_python)
        .or(interpreter.and_then(|interpreter| interpreter.version))
        .unwrap_or_default();
    let platform = config.platform.clone().unwrap_or_else(host_platform);
    let mut third_party = installed.modules;
    third_party.extend(said.dependencies.iter().cloned());
    // An editable installation of the project itself makes none of its modules somebody else's.
    if let Some(own) = &own {
        third_party.remove(own);
    }

    let digest = digest_of(
        "staniel 2026-11 environment",
        &Inputs {
            schema: SCHEMA,
            python,
            platform: &platform,
            settings: config.digest(),
            roots: &roots,
            third_party: &third_party,
            search_paths: &installed.digests,
        },
    );
    Ok(Environment {
        digest: EnvironmentDigest(digest),
        roots: roots.into(),
        python,
        platform,
        third_party,
        site_packages: installed.search_paths.into_iter().map(Utf8PathBuf::into_string).collect(),
    })
}

/// What `sys.platform` says on this machine.
fn host_platform() -> Name {
    match std::env::consts::OS {
        "macos" => "darwin".into(),
        "windows" => "win32".into(),
        other => other.into(),
    }
}
