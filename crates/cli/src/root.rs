//! Which project a file belongs to, and what the file is called in it.

use std::env;

use anyhow::{Context, Result};
use camino::{Utf8Path, Utf8PathBuf};
use staniel_engine::{HeadStatus, cache_directory, head_status};
use staniel_facts::RelPath;

use crate::error::UserError;

/// What lies in a project's directory and nowhere else.
const MARKERS: [&str; 5] = ["staniel.toml", "pyproject.toml", "setup.py", "setup.cfg", ".git"];

/// The project's directory for a command that was given paths instead: the one that was named; else the nearest one
/// above the first path of which something is remembered; else the present directory, if the path lies below
/// it; else the nearest one that looks like a project.
pub(crate) fn find(
    named: Option<&Utf8Path>,
    paths: &[Utf8PathBuf],
    cache_base: Option<&Utf8Path>,
) -> Result<Utf8PathBuf> {
    if let Some(root) = named {
        return Ok(root.to_owned());
    }
    let Some(path) = paths.first() else { return Ok(".".into()) };
    let here = present_directory()?;
    let path = canonical(path)?;
    let directory = if path.is_dir() { &*path } else { path.parent().unwrap_or(&path) };
    if let Some(remembered) =
        cache_base.and_then(|base| directory.ancestors().find(|above| is_remembered(base, above)))
    {
        return Ok(remembered.to_owned());
    }
    if directory.starts_with(&here) {
        return Ok(here);
    }
    let marked = directory.ancestors().find(|above| MARKERS.iter().any(|marker| above.join(marker).exists()));
    Ok(marked.unwrap_or(directory).to_owned())
}

fn is_remembered(base: &Utf8Path, root: &Utf8Path) -> bool {
    let directory = cache_directory(base, root);
    matches!(head_status(&directory), HeadStatus::Current | HeadStatus::Previous)
}

/// What `path`, as typed in the present directory, is called in the project at `root`. It need not exist any
/// more, but its directory must.
pub(crate) fn relative(root: &Utf8Path, path: &Utf8Path) -> Result<RelPath> {
    let root = canonical(root)?;
    let whole = match (path.parent(), path.file_name()) {
        // The last part is taken as it is written: a symbolic link in the project has a name of its own.
        (Some(parent), Some(name)) => {
            let parent = if parent.as_str().is_empty() { Utf8Path::new(".") } else { parent };
            canonical(parent)?.join(name)
        }
        _ => canonical(path)?,
    };
    let inside = whole.strip_prefix(&root).ok().or_else(|| path.strip_prefix(&root).ok());
    let inside = inside.map(|inside| inside.as_str().trim_end_matches('/'));
    match inside.and_then(|inside| RelPath::new(inside).ok()) {
        Some(relative) => Ok(relative),
        None => Err(UserError::new(format!("`{path}` does not lie in the project `{root}`"))
            .hint("name the project's directory with `--root DIR`")
            .into()),
    }
}

fn present_directory() -> Result<Utf8PathBuf> {
    let here = env::current_dir().context("the present directory cannot be used")?;
    let here = here.canonicalize().context("the present directory cannot be used")?;
    Utf8PathBuf::from_path_buf(here)
        .map_err(|path| UserError::new(format!("`{}` is not UTF-8", path.display())).into())
}

fn canonical(path: &Utf8Path) -> Result<Utf8PathBuf> {
    path.canonicalize_utf8()
        .map_err(|error| UserError::new(format!("`{path}` cannot be used: {error}")).into())
}

#[cfg(test)]
mod tests {
    use super::*;
    use staniel_engine::{CacheChoice, Engine, Options};

    #[test]
    fn caches_are_looked_for_where_the_engine_puts_them() {
        let project = tempfile::tempdir().unwrap();
        let root = canonical(Utf8Path::from_path(project.path()).unwrap()).unwrap();
        let base = root.join("cache");
        let options = Options { cache: CacheChoice::Base(base.clone()), ..Options::new(&*root) };
        let engine = Engine::open(options).unwrap();
        assert_eq!(engine.cache_directory(), Some(&*cache_directory(&base, &root)));
    }

    #[test]
    fn the_project_of_a_path_elsewhere_is_what_looks_like_one() {
        let elsewhere = tempfile::tempdir().unwrap();
        let root = canonical(Utf8Path::from_path(elsewhere.path()).unwrap()).unwrap();
        std::fs::create_dir_all(root.join("project/package")).unwrap();
        let package = root.join("project/package");
        assert_eq!(find(None, std::slice::from_ref(&package), None).unwrap(), package);
        std::fs::write(root.join("project/pyproject.toml"), "").unwrap();
        assert_eq!(find(None, std::slice::from_ref(&package), None).unwrap(), root.join("project"));
        assert_eq!(find(Some(&root), std::slice::from_ref(&package), None).unwrap(), root);
        assert_eq!(relative(&root, &package).unwrap().as_str(), "project/package");
        assert_eq!(relative(&root, &root).unwrap().as_str(), "");
        assert!(relative(&package, &root).is_err());
    }
}
