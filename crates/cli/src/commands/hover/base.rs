//! What a path is called in a project, by its text alone: nothing is looked at on disk.

use anyhow::Result;
use camino::{Utf8Component, Utf8Path, Utf8PathBuf};
use staniel_engine::canonical_root;
use staniel_facts::RelPath;

/// A project's directory, which programs and people name in several ways.
pub(super) struct Base {
    /// As it was given, and absolute; then without links in it.
    directories: [Utf8PathBuf; 2],
}

impl Base {
    /// Of a directory that is there.
    pub(super) fn new(root: &Utf8Path) -> Result<Self> {
        Ok(Self { directories: [normal(&camino::absolute_utf8(root)?), canonical_root(root)?] })
    }

    /// The file that `path` means, which is relative to the project's directory or absolute. `None` outside of it.
    pub(super) fn inside(&self, path: &str) -> Option<RelPath> {
        self.directories.iter().find_map(|directory| {
            let whole = normal(&directory.join(path));
            RelPath::new(whole.strip_prefix(directory).ok()?.as_str()).ok()
        })
    }
}

/// Without `.`, `..` and doubled slashes.
fn normal(path: &Utf8Path) -> Utf8PathBuf {
    let mut whole = Utf8PathBuf::new();
    for component in path.components() {
        match component {
            Utf8Component::CurDir => {}
            Utf8Component::ParentDir => {
                whole.pop();
            }
            _ => whole.push(component),
        }
    }
    whole
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_understood_however_they_are_written() {
        let base = Base { directories: ["/tmp/link".into(), "/private/project".into()] };
        let inside = |path: &str| base.inside(path).map(|path| path.to_string());
        let written = [
            "pkg/a.py",
            "./pkg/a.py",
            "pkg//a.py",
            "pkg/sub/../a.py",
            "pkg/./a.py",
            "../link/pkg/a.py",
            "../project/pkg/a.py",
            "/tmp/link/pkg/a.py",
            "/tmp//other/../link/pkg/a.py",
            "/private/project/pkg/a.py",
        ];
        for path in written {
            assert_eq!(inside(path).as_deref(), Some("pkg/a.py"), "{path}");
        }
        for path in
            ["../a.py", "/tmp/a.py", "/tmp/linked/a.py", "/private/a.py", "../../../../a.py", "a\0.py"]
        {
            assert_eq!(inside(path), None, "{path}");
        }
    }
}
