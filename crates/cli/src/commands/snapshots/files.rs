//! Files that snapshots are carried in.

use std::fs::{File, Permissions};
use std::io::{BufWriter, Write};

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use globset::{GlobBuilder, GlobMatcher};
use serde::Serialize;
use staniel_engine::{Archive, GenerationName, MergeError, write_archive};
use staniel_facts::{RelPath, SCHEMA};

use super::Row;
use super::keeping::named;
use crate::args::Format;
use crate::commands::operand::{find, latest, read_file};
use crate::error::UserError;
use crate::render::numbers::{bytes, counted};
use crate::session::Session;

pub(super) fn export(
    session: &mut Session<'_>,
    root: &Utf8Path,
    generation: Option<&str>,
    output: &Utf8Path,
    files: &[String],
) -> Result<()> {
    let mut engine = session.open_stored(root)?;
    let generations = engine.generations();
    let info = match generation {
        Some(text) => find(&generations, text)?,
        None => latest(session, &engine, &generations)?,
    };
    let mut archive = engine.archive(info.id)?;
    if !files.is_empty() {
        archive = part(&archive, files, info.id)?;
    }
    let size = write(output, &archive)?;
    let mut out = session.output();
    writeln!(out, "generation {}: {} written to {output}, {}", info.id, contents(&archive), bytes(size))?;
    Ok(out.finish()?)
}

/// How much is in it.
fn contents(archive: &Archive) -> String {
    let (counts, part) = (archive.snapshot.counts(), !archive.snapshot.is_complete());
    let files = counted(counts.files, "file", "files");
    if part { format!("{files}, a part of the project,") } else { files }
}

/// What is said of the files that `patterns` mean. Each of them means some.
fn part(archive: &Archive, patterns: &[String], generation: u64) -> Result<Archive, UserError> {
    let patterns: Vec<Pattern> = patterns.iter().map(|text| Pattern::new(text)).collect::<Result<_, _>>()?;
    for pattern in &patterns {
        if !archive.snapshot.files().any(|(path, _)| pattern.means(path)) {
            let message = format!("`{}` means no file of generation {generation}", pattern.text);
            return Err(UserError::new(message)
                .hint("paths and globs are relative to the project: `src/shop`, `**/test_*.py`"));
        }
    }
    Ok(archive.part(|path| patterns.iter().any(|pattern| pattern.means(path))))
}

/// A file, a directory with all that is in it, or a glob for either.
struct Pattern<'a> {
    text: &'a str,
    path: RelPath,
    glob: GlobMatcher,
}

impl<'a> Pattern<'a> {
    fn new(text: &'a str) -> Result<Self, UserError> {
        let plain = text.strip_prefix("./").unwrap_or(text).trim_end_matches('/');
        let plain = if plain == "." { "" } else { plain };
        let path = RelPath::new(plain).map_err(|error| UserError::new(error.to_string()))?;
        let glob = GlobBuilder::new(plain).literal_separator(true).build();
        let glob = glob.map_err(|error| UserError::new(format!("`{text}` is no glob: {}", error.kind())))?;
        Ok(Self { text, path, glob: glob.compile_matcher() })
    }

    fn means(&self, path: &RelPath) -> bool {
        let mut above = std::iter::successors(Some(path.clone()), RelPath::parent);
        path.strip_prefix(&self.path).is_some() || above.any(|path| self.glob.is_match(path.as_str()))
    }
}

/// What became of a file, in JSON.
#[derive(Serialize)]
struct Report {
    schema: u32,
    /// It was here before.
    known: bool,
    #[serde(flatten)]
    row: Row,
}

pub(super) fn import(
    session: &mut Session<'_>,
    root: &Utf8Path,
    file: &Utf8Path,
    name: Option<&GenerationName>,
    format: Format,
) -> Result<()> {
    let (bytes, archive) = read_file(file)?;
    let mut engine = session.open_stored(root)?;
    let imported = engine.import(&bytes)?;
    let id = imported.generation;
    let before = match name {
        Some(name) => engine.name_generation(id, name)?,
        None => None,
    };
    session.store(&mut engine)?;
    let mut out = session.output();
    match format {
        Format::Json => {
            let generations = engine.generations();
            let row = find(&generations, &id.to_string())?.into();
            serde_json::to_writer(&mut out, &Report { schema: SCHEMA, known: imported.known, row })?;
            writeln!(out)?;
        }
        Format::Text => {
            let verb = if imported.known { "was imported before" } else { "imported" };
            let provider = &archive.snapshot.provenance().provider;
            writeln!(
                out,
                "{file} {verb} as generation {id}: {} of {provider}",
                contents(&archive).trim_end_matches(',')
            )?;
            if let Some(name) = name {
                writeln!(out, "{}", named(id, name, before))?;
            }
        }
    }
    Ok(out.finish()?)
}

pub(super) fn merge(session: &mut Session<'_>, parts: &[Utf8PathBuf], output: &Utf8Path) -> Result<()> {
    let mut archives = Vec::new();
    for path in parts {
        archives.push((path.to_string(), read_file(path)?.1));
    }
    let merged = staniel_engine::merge(&archives).map_err(|error| {
        let refusal = UserError::new(error.to_string());
        match error {
            MergeError::Conflict { .. } => {
                refusal.hint("parts of one project must be made of one state of its files")
            }
            MergeError::Provenance { .. } => {
                refusal.hint("parts must be made by one provider and version in one environment")
            }
            MergeError::Nothing => refusal,
        }
    })?;
    let size = write(output, &merged)?;
    let mut out = session.output();
    let number = counted(parts.len() as u64, "part", "parts");
    writeln!(out, "{number} merged: {} written to {output}, {}", contents(&merged), bytes(size))?;
    Ok(out.finish()?)
}

/// Writes the file beside its place first, so that whatever happens there is a whole one or the one before. Says how
/// large it is.
fn write(output: &Utf8Path, archive: &Archive) -> Result<u64> {
    let failed = || format!("`{output}` cannot be written");
    // A device or a pipe is not to be replaced by a file.
    if output.metadata().is_ok_and(|metadata| !metadata.is_file() && !metadata.is_dir()) {
        let mut out = BufWriter::new(File::options().write(true).open(output).with_context(failed)?);
        write_archive(archive, &mut out).with_context(failed)?;
        out.flush().with_context(failed)?;
        return Ok(0);
    }
    let directory = match output.parent() {
        Some(parent) if !parent.as_str().is_empty() => parent,
        _ => Utf8Path::new("."),
    };
    let mut builder = tempfile::Builder::new();
    builder.prefix(".staniel-");
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        // As any file that a program makes; the user's mask takes away from it.
        builder.permissions(Permissions::from_mode(0o666));
    }
    let file = builder.tempfile_in(directory).with_context(failed)?;
    let mut out = BufWriter::new(file);
    write_archive(archive, &mut out).with_context(failed)?;
    let file = out.into_inner().map_err(std::io::IntoInnerError::into_error).with_context(failed)?;
    file.as_file().sync_all().with_context(failed)?;
    let size = file.as_file().metadata().with_context(failed)?.len();
    file.persist(output).map_err(|error| error.error).with_context(failed)?;
    Ok(size)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn patterns_mean_files_directories_and_globs() {
        let means = |pattern: &str, path: &str| {
            Pattern::new(pattern)
                .unwrap_or_else(|error| panic!("{error}"))
                .means(&RelPath::new(path).unwrap())
        };
        for (pattern, path) in [
            ("a.py", "a.py"),
            ("./src/", "src/a/b.py"),
            (".", "a.py"),
            ("src/*.py", "src/a.py"),
            ("**/test_*.py", "test_a.py"),
            ("**/test_*.py", "src/deep/test_a.py"),
            ("*/tests", "pkg/tests/a.py"),
            ("a[1].py", "a[1].py"),
        ] {
            assert!(means(pattern, path), "{pattern} {path}");
        }
        for (pattern, path) in
            [("a", "ab.py"), ("src/*.py", "src/a/b.py"), ("*.py", "src/a.py"), ("sr", "src/a.py")]
        {
            assert!(!means(pattern, path), "{pattern} {path}");
        }
        assert!(Pattern::new("../a").is_err() && Pattern::new("/a").is_err() && Pattern::new("a[").is_err());
    }
}
