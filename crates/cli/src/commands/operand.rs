//! What people write for a snapshot: a generation's number, its name, or a file.

use std::fmt;
use std::fs::File;
use std::io::Read;

use anyhow::Result;
use camino::Utf8Path;
use staniel_check::nearest;
use staniel_engine::{Archive, Engine, GenerationInfo, read_archive};
use staniel_facts::Snapshot;

use crate::error::UserError;
use crate::session::Session;

/// A snapshot that somebody asks for.
pub(super) enum Operand<'a> {
    Stored(&'a GenerationInfo),
    File { path: &'a Utf8Path, archive: Box<Archive> },
}

impl<'a> Operand<'a> {
    /// A number or a name of a stored generation, else a file. A file with such a name is `./NAME`.
    pub(super) fn resolve(generations: &'a [GenerationInfo], text: &'a str) -> Result<Self> {
        match find(generations, text) {
            Ok(info) => Ok(Self::Stored(info)),
            Err(_) if text.contains('/') || Utf8Path::new(text).is_file() => {
                let path = Utf8Path::new(text);
                Ok(Self::File { path, archive: Box::new(read_file(path)?.1) })
            }
            Err(error) if text.parse::<u64>().is_ok() => Err(error.into()),
            Err(error) => Err(error.hint(format!("nor is `{text}` a file that is there")).into()),
        }
    }

    pub(super) fn generation(&self) -> Option<u64> {
        match self {
            Self::Stored(info) => Some(info.id),
            Self::File { .. } => None,
        }
    }

    pub(super) fn file(&self) -> Option<&'a Utf8Path> {
        match self {
            Self::Stored(_) => None,
            Self::File { path, .. } => Some(path),
        }
    }

    pub(super) fn is_hermetic(&self) -> bool {
        match self {
            Self::Stored(info) => info.hermetic,
            Self::File { archive, .. } => archive.hermetic,
        }
    }

    pub(super) fn load(&self, engine: &mut Engine) -> Result<Snapshot> {
        Ok(match self {
            Self::Stored(info) => engine.load(info.id)?,
            Self::File { archive, .. } => archive.snapshot.clone(),
        })
    }
}

impl fmt::Display for Operand<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Stored(info) => write!(f, "generation {}", info.id),
            Self::File { path, .. } => write!(f, "`{path}`"),
        }
    }
}

/// The stored generation with this number or name.
pub(super) fn find<'a>(
    generations: &'a [GenerationInfo],
    text: &str,
) -> Result<&'a GenerationInfo, UserError> {
    if !text.is_empty() && text.chars().all(|c| c.is_ascii_digit()) {
        let id = text.parse::<u64>().ok();
        let found = generations.iter().find(|info| Some(info.id) == id);
        return found.ok_or_else(|| {
            UserError::new(format!("there is no generation {text}")).hint(stored(generations))
        });
    }
    let names = || generations.iter().flat_map(|info| &info.names);
    let is_called = |info: &&GenerationInfo| info.names.iter().any(|name| name.as_str() == text);
    generations.iter().find(is_called).ok_or_else(|| {
        let error = UserError::new(format!("no generation is called `{text}`"));
        match nearest(text, names().map(|name| name.as_str())) {
            Some(meant) => error.hint(format!("did you mean `{meant}`?")),
            None => error.hint(stored(generations)),
        }
    })
}

/// The newest generation of the kind that this run would make.
pub(super) fn latest<'a>(
    session: &Session<'_>,
    engine: &Engine,
    generations: &'a [GenerationInfo],
) -> Result<&'a GenerationInfo, UserError> {
    let of_provider = |info: &&GenerationInfo| {
        info.provenance.provider == *engine.provider() && info.hermetic == session.is_hermetic()
    };
    let made_here = || generations.iter().rev().filter(|info| !info.imported);
    made_here().find(of_provider).or_else(|| made_here().next()).ok_or_else(|| {
        UserError::new("no generation is stored for this project")
            .hint("`staniel snapshot` makes the first one")
    })
}

/// Which generations there are, in words.
pub(super) fn stored(generations: &[GenerationInfo]) -> String {
    const FEW: usize = 8;
    let latest = generations.len().saturating_sub(FEW);
    let called = |info: &GenerationInfo| match &*info.names {
        [] => info.id.to_string(),
        [name, ..] => format!("{} ({name})", info.id),
    };
    let numbers: Vec<_> = generations[latest..].iter().map(called).collect();
    match numbers.len() {
        0 => "none is stored for this project; `staniel snapshot` makes the first one".to_owned(),
        _ if latest == 0 => format!("there are {}", numbers.join(", ")),
        _ => format!("the latest are {}; `staniel snapshots list` shows all", numbers.join(", ")),
    }
}

/// No snapshot file may be larger.
const LARGEST: u64 = 512 << 20;

/// A snapshot file: its bytes, and what is in it.
pub(super) fn read_file(path: &Utf8Path) -> Result<(Vec<u8>, Archive), UserError> {
    let unreadable = |error: std::io::Error| UserError::new(format!("`{path}` cannot be read: {error}"));
    // Asked before it is opened: opening a pipe would wait for somebody to write into it.
    let metadata = path.metadata().map_err(unreadable)?;
    if !metadata.is_file() || metadata.len() > LARGEST {
        return Err(UserError::new(format!("`{path}` is not a staniel snapshot, but {}", what(&metadata))));
    }
    let mut bytes = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(LARGEST).read_to_end(&mut bytes).map_err(unreadable)?;
    let archive =
        read_archive(&bytes).map_err(|error| UserError::new(format!("`{path}` cannot be used: {error}")))?;
    Ok((bytes, archive))
}

fn what(metadata: &std::fs::Metadata) -> &'static str {
    if metadata.is_dir() {
        "a directory"
    } else if metadata.is_file() {
        "far too large for one"
    } else {
        "not a regular file"
    }
}
