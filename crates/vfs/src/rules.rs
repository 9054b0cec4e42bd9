//! Git's ignore rules, and the configuration's `exclude`: who sees a file.
//!
//! What they match stays importable (a git-ignored `_version.py` resolves); they only decide what is
//! *reported*. Hence ignored directories are walked too, and the rules are matchers asked on the way down
//! (`ignore::gitignore`) instead of `ignore`'s own walker, which would prune.
//!
//! Decided: rules need no repository (`.gitignore` works in an unpacked archive); the user's global ignore
//! file is not read, since answers must not differ between machines; `.ignore` files are not git's and not
//! read; the index is not read, so a tracked file that a rule matches counts as ignored, as in ripgrep and
//! ruff. A root inside a repository obeys the rules above it up to the repository's top, unless they ignore the
//! root itself: who names an ignored directory as the root means it.

use std::io::Read;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use ignore::gitignore::{Gitignore, GitignoreBuilder};
use rustix::fs::{Mode, OFlags};

/// Larger ignore files are not read: compiling hundreds of thousands of globs takes minutes.
const MAX_RULES_BYTES: u64 = 1 << 20;

/// One ignore file's globs on top of those of the directories above.
///
/// Paths are relative to the *top*: the repository's top where the root lies inside one, else the root.
pub(crate) struct Rules {
    above: Option<Arc<Rules>>,
    matcher: Gitignore,
    /// How many bytes of a path lead to the ignore file's directory, its slash included.
    skip: usize,
}

/// Whether the path is ignored. The deepest ignore file that says anything about it decides, in it the last
/// such line. What holds for a directory holds for everything in it: callers carry that down.
pub(crate) fn ignores(mut rules: Option<&Arc<Rules>>, path: &str, is_dir: bool) -> bool {
    while let Some(current) = rules {
        let matched = current.matcher.matched(&path[current.skip..], is_dir);
        if !matched.is_none() {
            return matched.is_ignore();
        }
        rules = current.above.as_ref();
    }
    false
}

/// Which of the files that change the rules a directory holds.
#[derive(Clone, Copy, Default)]
pub(crate) struct RuleFiles {
    /// `.git`, a directory or (in worktrees and submodules) a file: a repository's top.
    pub(crate) git: bool,
    /// `.gitignore`.
    pub(crate) gitignore: bool,
}

impl RuleFiles {
    /// Looks for them in a directory whose entries are not at hand.
    pub(crate) fn of(directory: &Path) -> Self {
        let there = |name: &str| directory.join(name).symlink_metadata().is_ok();
        Self { git: there(".git"), gitignore: there(".gitignore") }
    }
}

/// The rules inside the directory at `location` on disk, `path` below the top.
pub(crate) fn inside(
    above: Option<&Arc<Rules>>,
    location: &Path,
    path: &str,
    files: RuleFiles,
) -> Option<Arc<Rules>> {
    let skip = if path.is_empty() { 0 } else { path.len() + 1 };
    let mut rules = above.cloned();
    if files.git {
        // Another repository begins here: the rules of the one around it end.
        rules = repository_excludes(location).and_then(|text| compile(None, &text, skip));
    }
    if files.gitignore
        // git does not follow a link here either.
        && let Some(text) = small_file(&location.join(".gitignore"), OFlags::NOFOLLOW)
        && let Some(own) = compile(rules.as_ref(), &text, skip)
    {
        rules = Some(own);
    }
    rules
}

/// The way from a repository's top to a root below it, with a slash at the end, and the rules on that way (the
/// root's own not included). Empty where the root is in no repository, is a top itself, or is ignored.
pub(crate) fn around(root: &Path) -> (String, Option<Arc<Rules>>) {
    let nothing = || (String::new(), None);
    if RuleFiles::of(root).git {
        return nothing();
    }
    let Some(top) = root.ancestors().skip(1).find(|directory| RuleFiles::of(directory).git) else {
        return nothing();
    };
    let Some(way) = root.strip_prefix(top).ok().and_then(Path::to_str) else {
        return nothing();
    };
    let mut rules = inside(None, top, "", RuleFiles::of(top));
    let mut path = String::new();
    for part in way.split('/') {
        path.push_str(part);
        if ignores(rules.as_ref(), &path, true) {
            return nothing();
        }
        if path != way {
            let location = top.join(&path);
            rules = inside(rules.as_ref(), &location, &path, RuleFiles::of(&location));
        }
        path.push('/');
    }
    (path, rules)
}

/// A glob of `exclude` in the configuration that cannot be understood.
#[derive(Debug, thiserror::Error)]
#[error("`{pattern}` in `exclude` is not a pattern: {reason}")]
pub struct BadPattern {
    /// The pattern as written.
    pub pattern: String,
    /// What is wrong with it.
    pub reason: String,
}

/// The configuration's `exclude`, in the language of `.gitignore`, relative to the root.
pub(crate) fn excludes(patterns: &[String]) -> Result<Option<Gitignore>, BadPattern> {
    if patterns.is_empty() {
        return Ok(None);
    }
    let bad = |pattern: &str, error: &ignore::Error| BadPattern {
        pattern: pattern.to_owned(),
        reason: error.to_string(),
    };
    let mut builder = GitignoreBuilder::new("");
    for pattern in patterns {
        builder.add_line(None, pattern).map_err(|error| bad(pattern, &error))?;
    }
    builder.build().map(Some).map_err(|error| bad(&patterns.join(" "), &error))
}

fn compile(above: Option<&Arc<Rules>>, text: &[u8], skip: usize) -> Option<Arc<Rules>> {
    let mut builder = GitignoreBuilder::new("");
    let text = String::from_utf8_lossy(text);
    for line in text.trim_start_matches('\u{feff}').lines() {
        // A line that is no glob matches nothing, as in git.
        if let Err(error) = builder.add_line(None, line) {
            tracing::debug!("ignore rule `{line}`: {error}");
        }
    }
    let matcher = builder.build().inspect_err(|error| tracing::warn!("ignore rules: {error}")).ok()?;
    (!matcher.is_empty()).then(|| Arc::new(Rules { above: above.cloned(), matcher, skip }))
}

/// `info/exclude` of the repository whose top is `directory`. In a worktree or submodule `.git` is a file
/// that says where the repository is, and a worktree's `commondir` where the shared part is.
fn repository_excludes(directory: &Path) -> Option<Vec<u8>> {
    let git = directory.join(".git");
    let mut repository = git.clone();
    if !git.is_dir() {
        let text = String::from_utf8(small_file(&git, OFlags::empty())?).ok()?;
        repository = directory.join(text.strip_prefix("gitdir:")?.trim());
        if let Some(common) = small_file(&repository.join("commondir"), OFlags::empty()) {
            repository = repository.join(PathBuf::from(String::from_utf8(common).ok()?.trim()));
        }
    }
    small_file(&repository.join("info/exclude"), OFlags::empty())
}

/// A regular file's bytes, if it is one and not large; never blocks.
fn small_file(path: &Path, flags: OFlags) -> Option<Vec<u8>> {
    let flags = flags | OFlags::RDONLY | OFlags::NONBLOCK | OFlags::CLOEXEC;
    let file = std::fs::File::from(rustix::fs::open(path, flags, Mode::empty()).ok()?);
    let metadata = file.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MAX_RULES_BYTES {
        tracing::debug!("{}: not read as ignore rules", path.display());
        return None;
    }
    let mut bytes = Vec::new();
    file.take(MAX_RULES_BYTES).read_to_end(&mut bytes).ok()?;
    Some(bytes)
}
