//! The servers that are known by name, where they are found, and which version they are, without starting one.

use std::ffi::OsStr;
use std::fmt;
use std::fs;
use std::io::Read;
use std::path::PathBuf;

use camino::{Utf8Path, Utf8PathBuf};
use staniel_facts::ProviderId;

/// Counts what is made of a server's words, and what it is told of the project: part of each version, so that what is
/// stored is never mixed with what would be answered now.
const REVISION: u32 = 1;

/// A language server that is known by name.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Server {
    /// Microsoft's, in TypeScript.
    Pyright,
    /// A fork of it.
    Basedpyright,
    /// Astral's, as a process: the provider `ty` runs an older one in this process.
    Ty,
    /// Meta's.
    Pyrefly,
    /// David Halter's, which does as mypy does.
    Zuban,
    /// Any other.
    Other,
}

impl Server {
    /// All of them.
    pub const ALL: [Self; 6] =
        [Self::Pyright, Self::Basedpyright, Self::Ty, Self::Pyrefly, Self::Zuban, Self::Other];

    /// The word by which people choose it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Pyright => "pyright",
            Self::Basedpyright => "basedpyright",
            Self::Ty => "ty-server",
            Self::Pyrefly => "pyrefly",
            Self::Zuban => "zuban",
            Self::Other => "command",
        }
    }

    /// The command that starts it; empty for one that only a command of the user's can name.
    pub fn command(self) -> &'static [&'static str] {
        match self {
            Self::Pyright => &["pyright-langserver", "--stdio"],
            Self::Basedpyright => &["basedpyright-langserver", "--stdio"],
            Self::Ty => &["ty", "server"],
            Self::Pyrefly => &["pyrefly", "lsp"],
            Self::Zuban => &["zuban", "server"],
            Self::Other => &[],
        }
    }

    /// The package that it is installed as.
    fn package(self) -> &'static str {
        match self {
            Self::Ty => "ty",
            other => other.name(),
        }
    }

    /// How one gets it.
    fn advice(self) -> &'static str {
        match self {
            Self::Pyright => "`npm install -g pyright` installs it",
            Self::Basedpyright => "`pip install basedpyright` installs it",
            Self::Ty => "`pip install ty` installs it",
            Self::Pyrefly => "`pip install pyrefly` installs it",
            Self::Zuban => "`pip install zuban` installs it",
            Self::Other => "check the spelling",
        }
    }

    /// Files by which it is configured: in the root, or in a directory above it.
    pub fn configuration(self) -> &'static [&'static str] {
        match self {
            Self::Pyright => &["pyrightconfig.json", "pyproject.toml"],
            Self::Basedpyright => &["pyrightconfig.json", "pyproject.toml"],
            Self::Ty => &["ty.toml", "pyproject.toml"],
            Self::Pyrefly => {
                &["pyrefly.toml", "pyproject.toml", "pyrightconfig.json", "mypy.ini", ".mypy.ini"]
            }
            Self::Zuban => &["mypy.ini", ".mypy.ini", "pyproject.toml", "setup.cfg"],
            Self::Other => &[
                "pyrightconfig.json",
                "ty.toml",
                "pyrefly.toml",
                "mypy.ini",
                ".mypy.ini",
                "setup.cfg",
                "pyproject.toml",
            ],
        }
    }

    /// The tables of `pyproject.toml`, below `tool`, that it reads.
    pub(crate) fn tables(self) -> &'static [&'static str] {
        match self {
            Self::Pyright => &["pyright"],
            Self::Basedpyright => &["basedpyright", "pyright"],
            Self::Ty => &["ty"],
            Self::Pyrefly => &["pyrefly", "pyright", "mypy"],
            Self::Zuban => &["mypy", "zuban"],
            Self::Other => &["basedpyright", "mypy", "pylsp", "pyrefly", "pyright", "ty", "zuban"],
        }
    }
}

impl fmt::Display for Server {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// A server that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Installed {
    /// Which.
    pub server: Server,
    /// The program to run, absolute.
    pub program: Utf8PathBuf,
    /// Its arguments.
    pub args: Vec<String>,
    /// Its own, without what [`Self::id`] adds.
    pub version: String,
}

impl Installed {
    /// Name and version, for keys and provenance. The second part of the version, behind a `+`, is staniel's.
    pub fn id(&self) -> ProviderId {
        let version = format!("{}+{REVISION}", self.version);
        ProviderId { name: self.server.name().into(), version: version.into() }
    }

    /// For messages.
    pub fn describe(&self) -> String {
        format!("`{} {}`", self.program, self.args.join(" ")).replace(" `", "`")
    }
}

/// Why a server cannot be asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum FindError {
    /// It is nowhere.
    #[error("`{program}` is not on PATH ({advice}; or say where it is with --provider-command){passed_over}")]
    Missing {
        /// What was looked for.
        program: String,
        /// How one gets it.
        advice: &'static str,
        /// What was found and is not run.
        passed_over: String,
    },
    /// It was named, and is not there.
    #[error("`{0}` is no program that can be run (check --provider-command)")]
    NoProgram(String),
    /// No command at all.
    #[error("the provider `command` needs --provider-command \"PROGRAM ARGUMENTS\"")]
    NoCommand,
    /// Its files cannot be read.
    #[error("`{0}` cannot be read: {1}")]
    Unreadable(Utf8PathBuf, String),
}

/// Finds a server: by the user's own `command` (split at white space; quotes hold together what belongs together), or
/// else on `search_path`. What lies inside the project at `root`, by its own path or by where its links lead, is passed
/// over unless `command` names it. Starts nothing.
///
/// The version is that of the package which the program belongs to (npm's `package.json`, or the `.dist-info` beside
/// it); of a program without one, and of any `command` for no known server, a digest of its files. Cost: a few files;
/// for the digest all of the program.
pub fn find(
    server: Server,
    root: &Utf8Path,
    search_path: Option<&OsStr>,
    command: Option<&str>,
) -> Result<Installed, FindError> {
    let (program, args): (Utf8PathBuf, Vec<String>) = match command {
        Some(command) => {
            let mut words = words(command).into_iter();
            let program = words.next().ok_or(FindError::NoCommand)?;
            // Of the files that arguments name: the server is started in another directory than this one.
            let absolute = |arg: String| match camino::absolute_utf8(&arg) {
                Ok(path) if path.is_file() => path.into_string(),
                _ => arg,
            };
            (named(&program, search_path)?, words.map(absolute).collect())
        }
        None => {
            let (program, args) = server.command().split_first().ok_or(FindError::NoCommand)?;
            let args = args.iter().map(|&arg| arg.to_owned()).collect();
            (on_path(program, server, root, search_path)?, args)
        }
    };
    let version = version(server, &program, &args)?;
    Ok(Installed { server, program, args, version })
}

/// `PATH` without what lies inside the project, and without what depends on where one stands: a server must not find
/// its own helpers there either.
pub fn outside(root: &Utf8Path, search_path: Option<&OsStr>) -> Option<std::ffi::OsString> {
    let is_outside = |directory: &PathBuf| {
        directory.is_absolute() && !directory.starts_with(root) && !is_inside(root, directory)
    };
    std::env::join_paths(std::env::split_paths(search_path?).filter(is_outside)).ok()
}

fn on_path(
    program: &str,
    server: Server,
    root: &Utf8Path,
    search_path: Option<&OsStr>,
) -> Result<Utf8PathBuf, FindError> {
    let mut passed_over = String::new();
    for directory in std::env::split_paths(search_path.unwrap_or_default()) {
        let Ok(candidate) = Utf8PathBuf::from_path_buf(directory.join(executable(program))) else { continue };
        if !is_program(&candidate) {
            continue;
        }
        if candidate.is_absolute() && !is_inside(root, candidate.as_std_path()) {
            return Ok(candidate);
        }
        if passed_over.is_empty() {
            passed_over = format!(
                ". `{candidate}` lies inside the project and is not run unless you name it: --provider-command \
                 \"{candidate} {}\"",
                server.command()[1..].join(" ")
            );
        }
    }
    Err(FindError::Missing { program: program.to_owned(), advice: server.advice(), passed_over })
}

/// A program that the user named: wherever it lies, the user wants it.
fn named(program: &str, search_path: Option<&OsStr>) -> Result<Utf8PathBuf, FindError> {
    let no_program = || FindError::NoProgram(program.to_owned());
    if program.contains(std::path::is_separator) {
        let path = camino::absolute_utf8(program).map_err(|_| no_program())?;
        return if is_program(&path) { Ok(path) } else { Err(no_program()) };
    }
    std::env::split_paths(search_path.unwrap_or_default())
        .filter_map(|directory| Utf8PathBuf::from_path_buf(directory.join(executable(program))).ok())
        .find(|candidate| candidate.is_absolute() && is_program(candidate))
        .ok_or_else(no_program)
}

fn executable(program: &str) -> String {
    format!("{program}{}", std::env::consts::EXE_SUFFIX)
}

fn is_inside(root: &Utf8Path, path: &std::path::Path) -> bool {
    let real = path.canonicalize();
    path.starts_with(root)
        || real.is_ok_and(|real| real.starts_with(root))
        // A link from elsewhere to a directory of the project.
        || path.parent().and_then(|parent| parent.canonicalize().ok()).is_some_and(|real| real.starts_with(root))
}

#[cfg(unix)]
fn is_program(path: &Utf8Path) -> bool {
    use std::os::unix::fs::PermissionsExt;
    path.metadata().is_ok_and(|metadata| metadata.is_file() && metadata.permissions().mode() & 0o111 != 0)
}

#[cfg(not(unix))]
fn is_program(path: &Utf8Path) -> bool {
    path.is_file()
}

/// Splits a command as people write it.
fn words(command: &str) -> Vec<String> {
    let mut words = Vec::new();
    let mut word: Option<String> = None;
    let mut quote = None;
    for c in command.chars() {
        match (c, quote) {
            (c, Some(open)) if c == open => quote = None,
            ('"' | '\'', None) => {
                quote = Some(c);
                word.get_or_insert_default();
            }
            (c, None) if c.is_whitespace() => words.extend(word.take()),
            (c, _) => word.get_or_insert_default().push(c),
        }
    }
    words.extend(word);
    words
}

fn version(server: Server, program: &Utf8Path, args: &[String]) -> Result<String, FindError> {
    if server != Server::Other
        && let Some(version) = packaged(server, program)
    {
        return Ok(version);
    }
    // What an argument names may be the server itself: `node server.js`.
    let mut hasher = blake3::Hasher::new_derive_key("staniel 2026 language server");
    let files = args.iter().map(Utf8PathBuf::from).filter(|path| path.is_file());
    for path in std::iter::once(program.to_owned()).chain(files) {
        let unreadable = |error: std::io::Error| FindError::Unreadable(path.clone(), error.to_string());
        let mut file = fs::File::open(&path).map_err(unreadable)?;
        hasher.update_reader(&mut file).map_err(unreadable)?;
    }
    for arg in args {
        hasher.update(&(arg.len() as u64).to_le_bytes()).update(arg.as_bytes());
    }
    let name = program.file_stem().unwrap_or_default();
    let digest = &hasher.finalize().to_hex()[..16];
    Ok(if server == Server::Other { format!("{name} {digest}") } else { digest.to_owned() })
}

/// The version of the package that a program was installed with.
fn packaged(server: Server, program: &Utf8Path) -> Option<String> {
    let real = program.canonicalize_utf8().ok()?;
    // npm: the program is a link to a file of the package.
    let near = real.ancestors().skip(1).take(4);
    for directory in near {
        let text = small_text(&directory.join("package.json")).unwrap_or_default();
        let Ok(package) = serde_json::from_str::<serde_json::Value>(&text) else { continue };
        if package["name"].as_str() == Some(server.package()) {
            return package["version"].as_str().map(str::to_owned);
        }
    }
    // pip: beside the directory of programs there is one of libraries; with `--target` they are the same.
    let prefixes = [program.parent()?.parent()?, real.parent()?.parent()?];
    let mut libraries = Vec::new();
    for prefix in prefixes {
        libraries.push(prefix.to_owned());
        libraries.push(prefix.join("Lib/site-packages"));
        for library in ["lib", "lib64"] {
            let entries = prefix.join(library).read_dir_utf8().into_iter().flatten().flatten();
            let pythons = entries.filter(|entry| entry.file_name().starts_with("python"));
            libraries.extend(pythons.map(|entry| entry.path().join("site-packages")));
        }
    }
    let beginning = format!("{}-", server.package());
    let versions =
        libraries.iter().flat_map(|library| library.read_dir_utf8().into_iter().flatten().flatten());
    let mut versions: Vec<String> = versions
        .filter_map(|entry| {
            let name = entry.file_name().strip_suffix(".dist-info")?;
            name.strip_prefix(&beginning).map(str::to_owned)
        })
        .collect();
    versions.sort();
    versions.dedup();
    // Two of them: nobody can say which one the program is.
    if let [version] = versions.as_slice() { Some(version.clone()) } else { None }
}

fn small_text(path: &Utf8Path) -> Option<String> {
    let mut text = String::new();
    fs::File::open(path).ok()?.take(1 << 20).read_to_string(&mut text).ok()?;
    Some(text)
}
