//! A world read as a tree of directories.
//!
//! A world is a sorted map of files; directories exist in it only as common prefixes. Everything here is a
//! range query on that map: logarithmic for "is it there", one such step per child for a listing, so that
//! no second structure has to be kept in step with the world.

use std::ops::Bound;

use ruff_db::file_revision::FileRevision;
use ruff_db::system::FileType;
use staniel_facts::{ContentHash, FileState, RelPath, SkipReason, Tracked, World};

/// What lies at a path of a world.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Node {
    /// A file with this content; `None` for one that exists but whose text nobody may read.
    File(Option<ContentHash>),
    /// At least one Python file lies below.
    Directory,
}

/// What lies at `path`.
pub(crate) fn node(world: &World, path: &str) -> Option<Node> {
    if let Some(hash) = world.files.get(path).and_then(visible) {
        return Some(Node::File(hash));
    }
    first_below(world, &below(path)).map(|_| Node::Directory)
}

/// The names directly inside `directory`, sorted bytewise; empty where there is no such directory.
pub(crate) fn listing<'w>(world: &'w World, directory: &str) -> Vec<(&'w str, FileType)> {
    let prefix = below(directory);
    let mut names = Vec::new();
    let mut from = prefix.clone();
    while let Some(path) = first_at_or_after(world, &from, &prefix) {
        let rest = &path.as_str()[prefix.len()..];
        match rest.split_once('/') {
            None => {
                names.push((rest, FileType::File));
                // The least text that sorts after `path`.
                from = format!("{path}\0");
            }
            // No directory for the sake of a `pyproject.toml`: an empty one would be a namespace package.
            Some(_) if !path.is_python() => from = format!("{path}\0"),
            Some((name, _)) => {
                names.push((name, FileType::Directory));
                // `0` follows `/`: past everything below the directory.
                from = format!("{prefix}{name}0");
            }
        }
    }
    // A name with a byte below `/` in it (`a-b.py` next to `a/`) sorts before the directory's files, and a
    // path may be file and directory at once in a damaged world; the file wins, as in `node`.
    names.sort_by(|left, right| {
        left.0.cmp(right.0).then((left.1 == FileType::Directory).cmp(&(right.1 == FileType::Directory)))
    });
    names.dedup_by(|later, kept| later.0 == kept.0);
    names
}

/// Differs whenever the file's content differs: the first half of its hash.
pub(crate) fn file_revision(hash: Option<ContentHash>) -> FileRevision {
    let mut half = [0; 16];
    if let Some(hash) = hash {
        half.copy_from_slice(&hash.0.0[..16]);
    }
    FileRevision::new(u128::from_be_bytes(half))
}

/// Differs whenever the directory's listing differs.
pub(crate) fn directory_revision(world: &World, directory: &str) -> FileRevision {
    let mut bytes = Vec::new();
    for (name, kind) in listing(world, directory) {
        bytes.extend_from_slice(name.as_bytes());
        bytes.push(if kind == FileType::Directory { b'/' } else { 0 });
    }
    file_revision(Some(ContentHash::of(&bytes)))
}

/// `None` where nothing can be imported from what is tracked.
///
/// A file that is there but was not read (too large, unreadable, hostile) is there for imports, as an empty
/// module: what depends on it then knows that it exists, and knows nothing about it.
fn visible(tracked: &Tracked) -> Option<Option<ContentHash>> {
    match &tracked.state {
        FileState::Present(hash) => Some(Some(*hash)),
        FileState::Skipped(
            SkipReason::Unreadable(_)
            | SkipReason::TooLarge { .. }
            | SkipReason::Unstable
            | SkipReason::Hostile(_),
        ) => Some(None),
        FileState::Skipped(
            SkipReason::NotRegular
            | SkipReason::BadLink(_)
            | SkipReason::BadName
            | SkipReason::BadNotebook(_),
        )
        | FileState::Absent => None,
    }
}

/// The prefix of everything below `directory`.
fn below(directory: &str) -> String {
    if directory.is_empty() { String::new() } else { format!("{directory}/") }
}

fn first_below<'w>(world: &'w World, prefix: &str) -> Option<&'w RelPath> {
    let bounds = (Bound::Included(prefix), Bound::Unbounded);
    let mut below =
        world.files.range::<_, str>(bounds).take_while(|(path, _)| path.as_str().starts_with(prefix));
    below.find(|(path, tracked)| path.is_python() && visible(tracked).is_some()).map(|(path, _)| path)
}

/// The first visible file at or after `from` that begins with `prefix`.
fn first_at_or_after<'w>(world: &'w World, from: &str, prefix: &str) -> Option<&'w RelPath> {
    let bounds = (Bound::Included(from), Bound::Unbounded);
    world
        .files
        .range::<_, str>(bounds)
        .take_while(|(path, _)| path.as_str().starts_with(prefix))
        .find(|(_, tracked)| visible(tracked).is_some())
        .map(|(path, _)| path)
}

#[cfg(test)]
mod tests {
    use super::*;
    use staniel_facts::Visibility;

    fn world(paths: &[&str]) -> World {
        let mut world = World::default();
        for path in paths {
            let tracked = Tracked {
                state: FileState::Present(ContentHash::of(path.as_bytes())),
                visibility: Visibility::Reported,
            };
            world.files.insert(RelPath::new(path).unwrap(), tracked);
        }
        world
    }

    fn names(world: &World, directory: &str) -> String {
        let listing = listing(world, directory);
        let shown = listing.iter().map(|(name, kind)| match kind {
            FileType::Directory => format!("{name}/"),
            _ => (*name).to_owned(),
        });
        shown.collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn directories_are_prefixes() {
        let world = world(&["a-b.py", "a.py", "a/b/c.py", "a/b.py", "a/z.py", "ab/c.py", "z.py"]);
        assert_eq!(names(&world, ""), "a a-b.py a.py ab z.py".replace("a a-", "a/ a-").replace("ab", "ab/"));
        assert_eq!(names(&world, "a"), "b/ b.py z.py");
        assert_eq!(names(&world, "a/b"), "c.py");
        assert_eq!(names(&world, "nothing"), "");
        assert_eq!(node(&world, "a"), Some(Node::Directory));
        assert_eq!(node(&world, "a/b.py"), Some(Node::File(Some(ContentHash::of(b"a/b.py")))));
        assert_eq!(node(&world, "a/b.pyi"), None);
        assert_eq!(node(&world, ""), Some(Node::Directory));
        assert_eq!(node(&World::default(), ""), None);
    }

    #[test]
    fn what_is_no_file_is_not_there() {
        let mut world = world(&[]);
        for (path, reason) in [
            ("pipe.py", SkipReason::NotRegular),
            ("d/link.py", SkipReason::BadLink("to itself".into())),
            ("large.py", SkipReason::TooLarge { size: 2, limit: 1 }),
        ] {
            let tracked = Tracked { state: FileState::Skipped(reason), visibility: Visibility::Reported };
            world.files.insert(RelPath::new(path).unwrap(), tracked);
        }
        assert_eq!(names(&world, ""), "large.py");
        assert_eq!(node(&world, "d"), None);
        assert_eq!(node(&world, "large.py"), Some(Node::File(None)));
    }

    #[test]
    fn a_directory_has_a_new_revision_when_a_name_appears_and_not_when_a_text_changes() {
        let before = world(&["p/a.py", "p/q/b.py"]);
        let revision = directory_revision(&before, "p");
        let mut edited = before.clone();
        edited.files[&RelPath::new("p/a.py").unwrap()].state = FileState::Present(ContentHash::of(b"other"));
        edited.files.insert(RelPath::new("p/q/c.py").unwrap(), before.files["p/a.py"].clone());
        assert_eq!(directory_revision(&edited, "p"), revision);
        let mut grown = before.clone();
        grown.files.insert(RelPath::new("p/c.py").unwrap(), before.files["p/a.py"].clone());
        assert_ne!(directory_revision(&grown, "p"), revision);
    }
}
