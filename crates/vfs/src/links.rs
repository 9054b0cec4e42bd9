//! Symbolic links: where they lead, and which other names a path has because of them.

use std::collections::{BTreeSet, VecDeque};
use std::io;
use std::path::{Component, Path, PathBuf};
use std::sync::Arc;

use staniel_facts::{Manifest, RelPath, SkipReason};

use crate::look::unreadable;
use crate::name::{is_pruned, is_python};

/// Hops that are followed by hand, as many as Linux follows.
const MAX_HOPS: usize = 40;

/// More other names than this, or longer ones (no system call takes them), and a look at single paths becomes one
/// at the whole tree.
const MAX_ALIASES: usize = 1_000;
const MAX_PATH: usize = 4096;

/// What is at the end of a link.
pub(crate) enum Target {
    /// A regular file inside the root.
    File,
    /// A directory inside the root, by its canonical path.
    Directory(PathBuf),
    /// Something else inside the root.
    Special,
    /// Nothing there.
    Dangling,
    /// A ring of links.
    Ring,
    /// A file outside the root.
    FileOutside,
    /// A directory outside the root.
    DirectoryOutside,
    /// The operating system would not say.
    Unreadable(SkipReason),
}

/// Follows the link at `location`. `root` is canonical.
pub(crate) fn target(location: &Path, root: &Path) -> Target {
    let found = location.canonicalize().and_then(|real| Ok((real.metadata()?, real)));
    match found {
        Ok((metadata, real)) => match (metadata.is_dir(), real.starts_with(root)) {
            (true, true) => Target::Directory(real),
            (true, false) => Target::DirectoryOutside,
            (false, false) => Target::FileOutside,
            (false, true) if metadata.is_file() => Target::File,
            (false, true) => Target::Special,
        },
        Err(error) if matches!(error.kind(), io::ErrorKind::NotFound | io::ErrorKind::NotADirectory) => {
            Target::Dangling
        }
        Err(error) if error.raw_os_error() == Some(rustix::io::Errno::LOOP.raw_os_error()) => Target::Ring,
        Err(error) => Target::Unreadable(unreadable(&error)),
    }
}

/// Every path inside the root that the link at `location` goes through or leads to, existing or not.
pub(crate) fn hops(location: &Path, root: &Path) -> Vec<RelPath> {
    let inside = |path: &Path| RelPath::new(path.strip_prefix(root).ok()?.to_str()?).ok();
    let mut hops = Vec::new();
    let mut current = location.to_path_buf();
    for _ in 0..MAX_HOPS {
        let Ok(next) = current.read_link() else { break };
        current = plain(&current.parent().unwrap_or(root).join(next));
        hops.extend(inside(&current));
    }
    hops.extend(location.canonicalize().ok().as_deref().and_then(inside));
    hops
}

/// Takes `.` and `..` out of a path by its text alone. Wrong where `..` follows a link; the canonical path
/// is recorded beside it.
fn plain(path: &Path) -> PathBuf {
    let mut out = PathBuf::new();
    for part in path.components() {
        match part {
            Component::CurDir => {}
            Component::ParentDir => {
                out.pop();
            }
            part => out.push(part),
        }
    }
    out
}

/// The way into a linked directory, from the last link back to the first.
pub(crate) struct Via {
    pub(crate) before: Option<Arc<Via>>,
    /// The canonical directory that holds the link.
    pub(crate) left: PathBuf,
}

/// Whether entering `target` from the canonical directory `here`, reached by `via`, would lead back into
/// what one is already in.
pub(crate) fn leads_back(target: &Path, here: &Path, via: Option<&Arc<Via>>) -> bool {
    let mut left = here;
    let mut via = via;
    loop {
        if left.starts_with(target) {
            return true;
        }
        let Some(step) = via else { return false };
        left = &step.left;
        via = step.before.as_ref();
    }
}

/// What must be looked at when somebody says that something happened at `paths`: these, or directories
/// around them, under all names that they have. No result lies below another.
pub(crate) fn widen(paths: &[RelPath], before: &Manifest) -> BTreeSet<RelPath> {
    let mut queue: VecDeque<RelPath> = paths.iter().filter_map(|path| clip(path, before)).collect();
    let mut all = BTreeSet::new();
    while let Some(path) = queue.pop_front() {
        if !all.insert(path.clone()) {
            continue;
        }
        if all.len() > MAX_ALIASES.max(paths.len() * 4) || path.as_str().len() > MAX_PATH {
            return BTreeSet::from([RelPath::root()]);
        }
        for (link, target) in &before.links {
            let other = if let Some(rest) = path.strip_prefix(target) {
                below(link, rest)
            } else if let Some(rest) = path.strip_prefix(link) {
                below(target, rest)
            } else if target.strip_prefix(&path).is_some() {
                link.clone()
            } else {
                continue;
            };
            queue.extend(clip(&other, before));
        }
    }
    let outermost = |path: &RelPath| !ancestors(path).any(|ancestor| all.contains(&ancestor));
    all.iter().filter(|path| outermost(path)).cloned().collect()
}

fn below(directory: &RelPath, rest: &str) -> RelPath {
    if rest.is_empty() {
        directory.clone()
    } else {
        rest.split('/').fold(directory.clone(), |path, part| path.join(part))
    }
}

/// The directories around a path, the nearest first, the root last.
fn ancestors(path: &RelPath) -> impl Iterator<Item = RelPath> {
    std::iter::successors(path.parent(), RelPath::parent)
}

/// The outermost thing that an event at `path` may have changed: a file that decides about its directory
/// stands for the directory; a path below something that is, or has the name of, a file stands for that;
/// one below a name that had to be escaped stands for the directory around it. `None` for what nobody looks
/// at.
fn clip(path: &RelPath, before: &Manifest) -> Option<RelPath> {
    if path.is_root() {
        return Some(path.clone());
    }
    let part = |text: &str| Some(RelPath::new(text).expect("a part of a path is one"));
    let text = path.as_str();
    let ends = text.match_indices('/').map(|(at, _)| at).chain([text.len()]);
    let mut around = "";
    for end in ends {
        let here = &text[..end];
        let name = here.rsplit('/').next().unwrap_or(here);
        if name.contains(|c: char| c == '\\' || c.is_control())
            || matches!(name, ".gitignore" | ".git")
            || crate::name::ENVIRONMENT_MARKERS.contains(&name)
        {
            let inside = text[end..].trim_start_matches('/');
            if name == ".git" && !matches!(inside, "" | "info" | "info/exclude") {
                return None;
            }
            return part(around);
        }
        if is_pruned(name.as_bytes()) {
            return None;
        }
        if is_python(name.as_bytes()) || before.files.contains_key(here) {
            return part(here);
        }
        around = here;
    }
    Some(path.clone())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn path(text: &str) -> RelPath {
        RelPath::new(text).unwrap()
    }

    fn widened(paths: &[&str], links: &[(&str, &str)]) -> Vec<String> {
        let before = Manifest {
            links: links.iter().map(|(link, target)| (path(link), path(target))).collect(),
            ..Manifest::default()
        };
        let paths: Vec<RelPath> = paths.iter().map(|text| path(text)).collect();
        widen(&paths, &before).iter().map(ToString::to_string).collect()
    }

    #[test]
    fn a_change_at_the_target_is_one_at_the_link() {
        assert_eq!(widened(&["a/m.py"], &[("b", "a")]), ["a/m.py", "b/m.py"]);
        assert_eq!(widened(&["a"], &[("b.py", "a/m.py")]), ["a", "b.py"]);
        assert_eq!(widened(&["a/m.py"], &[("b", "a"), ("c", "b")]), ["a/m.py", "b/m.py", "c/m.py"]);
    }

    #[test]
    fn files_that_decide_about_a_directory_stand_for_it() {
        assert_eq!(widened(&["a/.gitignore", "a/b/m.py"], &[]), ["a"]);
        assert_eq!(widened(&[".git/info/exclude"], &[]), [""]);
        assert!(widened(&[".git/index", "a/node_modules/x.py"], &[]).is_empty());
        assert_eq!(widened(&["env/pyvenv.cfg"], &[]), ["env"]);
        assert_eq!(widened(&["a/x.py/y/z"], &[]), ["a/x.py"]);
    }

    #[test]
    fn rings_of_names_end() {
        let ring = [("a/x", "b"), ("b/y", "a")];
        assert_eq!(widened(&["a/m.py"], &ring), [""]);
    }
}
