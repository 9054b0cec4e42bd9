//! Several archives as one.

use staniel_facts::{Provenance, RelPath, Snapshot, SnapshotError};

use crate::Archive;

/// Why archives cannot be joined. They are called by the names that the caller gave them.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum MergeError {
    /// There are none.
    #[error("nothing comes of no snapshots at all")]
    Nothing,
    /// Different providers, versions, environments or ways of asking.
    #[error("`{left}` and `{right}` were made under different circumstances: {difference}")]
    Provenance {
        /// One of them.
        left: String,
        /// Another.
        right: String,
        /// What differs, in words.
        difference: String,
    },
    /// Both say something of this path, and not the same.
    #[error("`{left}` and `{right}` disagree about `{path}`")]
    Conflict {
        /// What they disagree about; the first of several in the order of paths.
        path: RelPath,
        /// One of them.
        left: String,
        /// Another.
        right: String,
    },
}

/// Joins parts of one project, each with what it is called in errors. The order does not matter. What they
/// both cover they must agree about, to the letter; parts that come to the whole they were taken from are
/// that whole.
pub fn merge(parts: &[(String, Archive)]) -> Result<Archive, MergeError> {
    let Some(((first, archive), others)) = parts.split_first() else { return Err(MergeError::Nothing) };
    let mut joined = archive.snapshot.clone();
    for (index, (name, other)) in others.iter().enumerate() {
        if let Some(difference) = difference(archive, other) {
            return Err(MergeError::Provenance { left: first.clone(), right: name.clone(), difference });
        }
        let conflict = |path: &RelPath| {
            let disagrees = |(_, part): &&(String, Archive)| !agree(&part.snapshot, &other.snapshot, path);
            let left = parts[..=index].iter().find(disagrees).map_or(first, |(name, _)| name);
            MergeError::Conflict { path: path.clone(), left: left.clone(), right: name.clone() }
        };
        // Two records are equal if their digests are, and those leave out what follows from the content. In a
        // forged file it need not.
        if let Some((path, _)) =
            other.snapshot.records().find(|(path, _)| !same_facts(&joined, &other.snapshot, path))
        {
            return Err(conflict(path));
        }
        joined = joined.join(&other.snapshot).map_err(|error| match error {
            SnapshotError::Conflict(path) => conflict(&path),
            error => MergeError::Provenance {
                left: first.clone(),
                right: name.clone(),
                difference: error.to_string(),
            },
        })?;
    }
    let mut whole = archive
        .belongs_to()
        .filter(|whole| others.iter().all(|(_, other)| other.belongs_to() == Some(*whole)));
    if !joined.is_complete() && whole.is_some() {
        let completed = joined.completed();
        if Some(completed.digest()) == whole {
            joined = completed;
        }
    }
    if joined.is_complete() {
        whole = None;
    }
    Ok(Archive { snapshot: joined, hermetic: archive.hermetic, whole })
}

fn same_facts(left: &Snapshot, right: &Snapshot, path: &RelPath) -> bool {
    match (left.record(path.as_str()), right.record(path.as_str())) {
        (Some(left), Some(right)) => left != right || left.facts() == right.facts(),
        _ => true,
    }
}

/// Whether two say the same of `path`, or one of them nothing.
fn agree(left: &Snapshot, right: &Snapshot, path: &RelPath) -> bool {
    use staniel_facts::Coverage::NotAsked;
    let (one, other) = (left.coverage(path.as_str()), right.coverage(path.as_str()));
    *one == NotAsked || *other == NotAsked || (one == other && same_facts(left, right, path))
}

/// What keeps two archives from being one, in words.
fn difference(left: &Archive, right: &Archive) -> Option<String> {
    let Provenance { provider, environment, schema } = &**left.snapshot.provenance();
    let other = &**right.snapshot.provenance();
    if *provider != other.provider {
        return Some(format!("the types are those of {provider} and of {}", other.provider));
    }
    if *environment != other.environment {
        return Some(format!(
            "two environments, {} and {} (Python version, platform, settings and installed packages are in that)",
            environment.0.short(),
            other.environment.0.short()
        ));
    }
    if *schema != other.schema {
        return Some(format!("schema {schema} and schema {}", other.schema));
    }
    (left.hermetic != right.hermetic).then(|| "one is hermetic, the other is not".to_owned())
}
