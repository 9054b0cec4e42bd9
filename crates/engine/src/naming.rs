//! What people call generations.
//!
//! A name is a row of its own, beside the generations and not in HEAD: a process that read HEAD before another one
//! wrote it would take names away with the next one that it writes.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use staniel_facts::SnapshotDigest;
use staniel_store::{Batch, Store, Table};

use crate::engine::Engine;
use crate::error::EngineError;
use crate::stored::{self, HeadValue};

/// What people call a generation: letters, digits, `.`, `_`, `-` and `+` of ASCII, a letter or a digit first, and not
/// digits alone. So it is neither a number nor an option nor a path, and has one spelling on all machines.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct GenerationName(Box<str>);

/// Why something is no name.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NameError {
    /// Nothing, or too much.
    #[error("a name has between 1 and {} characters", GenerationName::LONGEST)]
    Length,
    /// Generations have numbers already.
    #[error("`{0}` is a number, as every generation has one: a name has something else in it")]
    Number(String),
    /// It could be taken for something else.
    #[error("`{0}` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first")]
    Characters(String),
}

impl GenerationName {
    /// No name is longer.
    pub const LONGEST: usize = 100;

    /// The name.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Under which key it lies.
    pub(crate) fn key(&self) -> &[u8] {
        self.0.as_bytes()
    }
}

impl FromStr for GenerationName {
    type Err = NameError;
    fn from_str(text: &str) -> Result<Self, Self::Err> {
        let inside = |c: char| c.is_ascii_alphanumeric() || "._-+".contains(c);
        if text.is_empty() || text.chars().count() > Self::LONGEST {
            Err(NameError::Length)
        } else if !text.starts_with(|c: char| c.is_ascii_alphanumeric()) || !text.chars().all(inside) {
            Err(NameError::Characters(text.to_owned()))
        } else if text.chars().all(|c| c.is_ascii_digit()) {
            Err(NameError::Number(text.to_owned()))
        } else {
            Ok(Self(text.into()))
        }
    }
}

impl fmt::Display for GenerationName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a name stands for. By digest too: should the rows be lost and numbers begin anew, a name stands for nothing
/// rather than for something else.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct Named {
    pub(crate) generation: u64,
    digest: SnapshotDigest,
}

impl Named {
    pub(crate) fn stands_for(&self, generation: u64, digest: SnapshotDigest) -> bool {
        self.generation == generation && self.digest == digest
    }
}

/// All names, sorted.
pub(crate) fn all(store: &Store) -> Vec<(GenerationName, Named)> {
    let name = |key: &Vec<u8>| std::str::from_utf8(key).ok()?.parse::<GenerationName>().ok();
    let keys = store.keys(Table::Names);
    let names = keys.iter().filter_map(name);
    names.filter_map(|name| Some((name.clone(), store.get::<Named>(Table::Names, name.key())?))).collect()
}

impl Engine {
    /// Calls a stored generation `name` from now on, and says which other one was called so before. It is durable
    /// once [`Self::flush`] has returned without complaint.
    pub fn name_generation(&mut self, id: u64, name: &GenerationName) -> Result<Option<u64>, EngineError> {
        self.save();
        let before =
            self.generations().into_iter().find(|info| info.names.contains(name)).map(|info| info.id);
        let store = self.open_store();
        let generation = stored::generation(store, id).ok_or(EngineError::NoGeneration(id))?;
        let mut batch = Batch::new();
        batch.put(Table::Names, name.key(), &Named { generation: id, digest: generation.digest });
        store.commit::<HeadValue>(batch, None);
        Ok(before.filter(|before| *before != id))
    }

    /// Calls nothing `name` any more; the generation stays.
    pub fn remove_name(&mut self, name: &GenerationName) -> Result<(), EngineError> {
        let store = self.open_store();
        if store.get::<Named>(Table::Names, name.key()).is_none() {
            return Err(EngineError::NoName(name.clone()));
        }
        let mut batch = Batch::new();
        batch.remove(Table::Names, name.key());
        store.commit::<HeadValue>(batch, None);
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use expect_test::expect;

    #[test]
    fn names_are_nothing_else() {
        for good in ["release-2.1", "v1", "2.1", "a", "main+dirty", "A_b"] {
            assert_eq!(good.parse::<GenerationName>().unwrap().as_str(), good);
        }
        let refused: Vec<String> = ["", "12", "-x", ".x", "a/b", "a b", "é", &"x".repeat(101)]
            .iter()
            .map(|bad| bad.parse::<GenerationName>().unwrap_err().to_string())
            .collect();
        expect![[r#"
            a name has between 1 and 100 characters
            `12` is a number, as every generation has one: a name has something else in it
            `-x` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first
            `.x` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first
            `a/b` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first
            `a b` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first
            `é` is no name: letters, digits and any of `._-+` make one, with a letter or a digit first
            a name has between 1 and 100 characters
        "#]]
        .assert_eq(&(refused.join("\n") + "\n"));
    }
}
