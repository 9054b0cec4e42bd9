//! The configuration: `staniel.toml`, or `[tool.staniel]` in `pyproject.toml`, with `-c` on top.
//!
//! Read from TOML's tree with places instead of through serde: each error can then say where, and "did you
//! mean".

use std::fmt;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use staniel_facts::{Digest, Name, PythonVersion, RelPath, digest_of};
use toml::Spanned;
use toml::de::{DeTable, DeValue};

/// Files above this many bytes are not analysed unless the configuration says otherwise: larger ones are
/// generated data, and a syntax tree takes some fifty times its source.
pub const DEFAULT_MAX_FILE_SIZE: u64 = 2 << 20;

/// What `max-file-size` may be at most, in bytes: the limit of the guard before the parser.
const LARGEST_MAX_FILE_SIZE: u64 = 16 << 20;

/// The keys, as they are written.
const KEYS: [&str; 9] = [
    "exclude",
    "max-concurrent",
    "max-file-size",
    "platform",
    "provider",
    "python",
    "python-version",
    "roots",
    "servers",
];

/// Which provider infers types.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Default, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum ProviderChoice {
    /// Type inference in process.
    #[default]
    Ty,
    /// Annotations as written, nothing inferred.
    Declared,
    /// A language server.
    Pyright,
    /// A language server.
    Basedpyright,
    /// ty's own language server.
    TyServer,
    /// A language server.
    Pyrefly,
    /// A language server.
    Zuban,
}

impl ProviderChoice {
    /// All of them, by the word that configuration and command line use.
    pub const ALL: [(&'static str, Self); 7] = [
        ("ty", Self::Ty),
        ("declared", Self::Declared),
        ("pyright", Self::Pyright),
        ("basedpyright", Self::Basedpyright),
        ("ty-server", Self::TyServer),
        ("pyrefly", Self::Pyrefly),
        ("zuban", Self::Zuban),
    ];

    /// The word that configuration and command line use.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Ty => "ty",
            Self::Declared => "declared",
            Self::Pyright => "pyright",
            Self::Basedpyright => "basedpyright",
            Self::TyServer => "ty-server",
            Self::Pyrefly => "pyrefly",
            Self::Zuban => "zuban",
        }
    }
}

impl fmt::Display for ProviderChoice {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

/// The configuration, checked, with defaults where it says nothing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    /// `roots`: first-party search paths in order. `None`: found out from the layout.
    pub roots: Option<Vec<RelPath>>,
    /// `exclude`: patterns in the language of `.gitignore`; what they match is importable but not reported.
    pub exclude: Vec<String>,
    /// `python-version`.
    pub python_version: Option<PythonVersion>,
    /// `platform`: what `sys.platform` would say. `None`: that of this machine.
    pub platform: Option<Name>,
    /// `python`: an interpreter, virtual environment or prefix, made absolute.
    pub python: Option<Utf8PathBuf>,
    /// `max-file-size`, in bytes.
    pub max_file_size: u64,
    /// `provider`. `None`: the program's default.
    pub provider: Option<ProviderChoice>,
    /// `max-concurrent`: how many requests a language server has at a time. `None`: the program's default.
    pub max_concurrent: Option<usize>,
    /// `servers`: how many processes of a language server share the files. `None`: one.
    pub servers: Option<usize>,
}

impl Default for Config {
    fn default() -> Self {
        Self {
            roots: None,
            exclude: Vec::new(),
            python_version: None,
            platform: None,
            python: None,
            max_file_size: DEFAULT_MAX_FILE_SIZE,
            provider: None,
            max_concurrent: None,
            servers: None,
        }
    }
}

/// What is wrong with the configuration, where, and what to do.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ConfigError {
    /// `staniel.toml:3:1`, or `-c key`.
    pub place: String,
    /// What is wrong.
    pub message: String,
    /// What the user can do.
    pub hint: Option<String>,
}

impl std::error::Error for ConfigError {}

impl fmt::Display for ConfigError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}: {}", self.place, self.message)?;
        self.hint.iter().try_for_each(|hint| write!(f, " ({hint})"))
    }
}

/// A TOML text that errors can point into.
pub(crate) struct Document<'a> {
    /// The file's name, relative to the root.
    pub(crate) name: &'a str,
    pub(crate) text: &'a str,
}

impl<'a> Document<'a> {
    pub(crate) fn parse(&self) -> Result<DeTable<'a>, ConfigError> {
        DeTable::parse(self.text).map(Spanned::into_inner).map_err(|error| {
            let message = error.message().trim_end().to_owned();
            self.error(error.span().unwrap_or_default(), message, None)
        })
    }

    /// `value`, if it is a table.
    pub(crate) fn as_table<'t, 'i>(
        &self,
        value: &'t Spanned<DeValue<'i>>,
    ) -> Result<&'t DeTable<'i>, ConfigError> {
        value.get_ref().as_table().ok_or_else(|| {
            let Wrong { message, hint, .. } = kind(value.get_ref(), "a table");
            self.error(value.span(), message, hint)
        })
    }

    fn place(&self, span: &Range<usize>) -> String {
        let before = self.text.get(..span.start).unwrap_or(self.text);
        let line = before.matches('\n').count() + 1;
        let column = before.rsplit('\n').next().unwrap_or("").chars().count() + 1;
        format!("{}:{line}:{column}", self.name)
    }

    fn error(&self, span: Range<usize>, message: impl Into<String>, hint: Option<String>) -> ConfigError {
        ConfigError { place: self.place(&span), message: message.into(), hint }
    }
}

impl Config {
    /// A digest of the settings that answers depend on and that no other part of the environment digest
    /// covers: none of the present keys but `max-file-size` (a skipped file resolves differently), since
    /// roots, version and platform are covered in their final form, and what is excluded changes who is
    /// reported, not what is answered.
    pub fn digest(&self) -> Digest {
        digest_of("staniel 2026-11 settings that answers depend on", &self.max_file_size)
    }

    /// Takes over what `table` says. `root` anchors relative paths.
    pub(crate) fn read(
        &mut self,
        document: &Document<'_>,
        table: &DeTable<'_>,
        root: &Utf8Path,
    ) -> Result<(), ConfigError> {
        for (key, value) in table {
            self.set(key.get_ref(), value.get_ref(), root).map_err(|Wrong { message, hint, in_key }| {
                let span = if in_key { key.span() } else { value.span() };
                document.error(span, message, hint)
            })?;
        }
        Ok(())
    }

    /// Takes over `-c key=value`. The value is TOML; what is none, or has the wrong type as such (`3.12` is a
    /// number), is taken as text.
    pub(crate) fn override_with(
        &mut self,
        key: &str,
        value: &str,
        root: &Utf8Path,
    ) -> Result<(), ConfigError> {
        let as_text = DeValue::String(value.into());
        let result = match DeValue::parse(value) {
            Ok(parsed) => {
                let parsed = parsed.into_inner();
                let result = self.set(key, &parsed, root);
                if result.is_err() && parsed.as_str().is_none() {
                    self.set(key, &as_text, root).or(result)
                } else {
                    result
                }
            }
            Err(_) => self.set(key, &as_text, root),
        };
        result.map_err(|Wrong { message, hint, .. }| ConfigError {
            place: format!("-c {key}"),
            message,
            hint,
        })
    }

    fn set(&mut self, key: &str, value: &DeValue<'_>, root: &Utf8Path) -> Result<(), Wrong> {
        match key {
            "roots" => {
                let paths: Result<_, _> = texts(value)?.iter().map(|text| root_path(text)).collect();
                self.roots = Some(paths?);
            }
            "exclude" => self.exclude = texts(value)?,
            "python-version" => self.python_version = Some(version(value)?),
            "platform" => {
                let word = text(value)?;
                let plain = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
                if word.is_empty() || !word.chars().all(plain) {
                    return Err(wrong(
                        format!("`{word}` is no platform"),
                        "as in `sys.platform`: linux, darwin, win32",
                    ));
                }
                self.platform = Some(word.into());
            }
            "python" => self.python = Some(root.join(text(value)?)),
            "max-file-size" => {
                let DeValue::Integer(integer) = value else { return Err(kind(value, "a number of bytes")) };
                self.max_file_size = u64::from_str_radix(integer.as_str(), integer.radix())
                    .map_err(|_| wrong(format!("`{integer}` is no number of bytes"), "a positive integer"))?;
                if self.max_file_size > LARGEST_MAX_FILE_SIZE {
                    let most = format!("at most {LARGEST_MAX_FILE_SIZE}: the parser takes no larger files");
                    return Err(wrong(format!("`{integer}` is too much"), &most));
                }
            }
            "max-concurrent" => self.max_concurrent = Some(count(value)?),
            "servers" => self.servers = Some(count(value)?),
            "provider" => {
                let word = text(value)?;
                let known = ProviderChoice::ALL.iter().find(|(name, _)| *name == word);
                let Some((_, choice)) = known else {
                    let names = ProviderChoice::ALL.map(|(name, _)| name);
                    let hint = did_you_mean(&word, &names);
                    return Err(Wrong {
                        message: format!("there is no provider `{word}`"),
                        hint,
                        in_key: false,
                    });
                };
                self.provider = Some(*choice);
            }
            _ => {
                let hint = did_you_mean(key, &KEYS);
                return Err(Wrong { message: format!("unknown key `{key}`"), hint, in_key: true });
            }
        }
        Ok(())
    }
}

/// An error whose place the caller knows.
struct Wrong {
    message: String,
    hint: Option<String>,
    in_key: bool,
}

fn wrong(message: String, hint: &str) -> Wrong {
    Wrong { message, hint: Some(hint.to_owned()), in_key: false }
}

fn kind(value: &DeValue<'_>, wanted: &str) -> Wrong {
    Wrong {
        message: format!("{wanted} is expected here, not {}", value.type_str()),
        hint: None,
        in_key: false,
    }
}

fn text(value: &DeValue<'_>) -> Result<String, Wrong> {
    value.as_str().map(str::to_owned).ok_or_else(|| kind(value, "a string"))
}

fn texts(value: &DeValue<'_>) -> Result<Vec<String>, Wrong> {
    let array = value.as_array().ok_or_else(|| kind(value, "a list of strings"))?;
    array.iter().map(|item| text(item.get_ref())).collect()
}

/// A positive number of things.
fn count(value: &DeValue<'_>) -> Result<usize, Wrong> {
    let DeValue::Integer(integer) = value else { return Err(kind(value, "a number")) };
    let count = usize::from_str_radix(integer.as_str(), integer.radix()).ok().filter(|&count| count > 0);
    count.ok_or_else(|| wrong(format!("`{integer}` is too few, or too many"), "a positive integer"))
}

fn version(value: &DeValue<'_>) -> Result<PythonVersion, Wrong> {
    let hint = "a string such as \"3.12\"";
    // `3.10` without quotes is the number 3.1.
    let text = value.as_str().ok_or_else(|| wrong("a version must be in quotes".to_owned(), hint))?;
    let numbers =
        text.split_once('.').and_then(|(major, minor)| Some((major.parse().ok()?, minor.parse().ok()?)));
    match numbers {
        Some((major @ 3, minor)) => Ok(PythonVersion { major, minor }),
        _ => Err(wrong(format!("`{text}` is no Python version"), hint)),
    }
}

/// A path of `roots`: relative, inside the project. `.` is the root.
fn root_path(text: &str) -> Result<RelPath, Wrong> {
    let parts: Vec<&str> = text.split('/').filter(|part| !matches!(*part, "" | ".")).collect();
    let inside = !text.starts_with('/') && !parts.contains(&"..");
    RelPath::new(parts.join("/")).ok().filter(|_| inside).ok_or_else(|| {
        wrong(format!("`{text}` is not inside the project"), "roots are relative to the project's root")
    })
}

fn did_you_mean(word: &str, known: &[&str]) -> Option<String> {
    let near = known
        .iter()
        .map(|name| (strsim::jaro_winkler(word, name), name))
        .filter(|(likeness, _)| *likeness > 0.75)
        .max_by(|a, b| a.0.total_cmp(&b.0));
    Some(match near {
        Some((_, name)) => format!("did you mean `{name}`?"),
        None => format!("there are: {}", known.join(", ")),
    })
}
