//! What `staniel snapshot --format json` says.

use std::collections::BTreeMap;

use serde::Deserialize;

/// The report. Figures are maps, so that a test prints all there are.
#[derive(Debug, Deserialize)]
pub struct Report {
    /// 1.
    pub schema: u32,
    /// Name and version.
    pub provider: String,
    /// What holds this snapshot.
    pub generation: Option<u64>,
    /// What `delta` starts from.
    pub parent: Option<u64>,
    /// Files by what became of them.
    pub files: BTreeMap<String, u64>,
    /// What had to be done.
    pub work: BTreeMap<String, u64>,
    /// How many there are.
    pub definitions: u64,
    /// How many there are.
    pub edges: u64,
    /// Imports by class.
    pub imports: BTreeMap<String, u64>,
    /// What differs from the parent, by kind.
    pub delta: BTreeMap<String, BTreeMap<String, u64>>,
    /// What did not work as it should.
    pub fallbacks: Vec<serde_json::Value>,
    /// Files that were not analysed.
    pub skipped: Vec<Skipped>,
    /// Files that the provider could not answer.
    pub quarantined: Vec<serde_json::Value>,
    /// Remarks.
    pub notices: Vec<String>,
}

/// A file that was not analysed.
#[derive(Clone, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
pub struct Skipped {
    /// Where.
    pub path: String,
    /// A short stable word.
    pub code: String,
    /// For people.
    pub reason: String,
}

impl Report {
    /// Reads it.
    #[track_caller]
    pub fn parse(json: &str) -> Self {
        serde_json::from_str(json).unwrap_or_else(|error| panic!("{error}: {json}"))
    }

    /// One of the figures of `work`.
    #[track_caller]
    pub fn work(&self, name: &str) -> u64 {
        *self.work.get(name).unwrap_or_else(|| panic!("no figure {name}"))
    }

    /// Some figures of `work`, on one line.
    pub fn demands(&self) -> String {
        let figures = ["read", "hashed", "scanned", "outlined", "candidates", "asked"];
        figures.map(|name| format!("{name} {}", self.work(name))).join(", ")
    }

    /// The delta's figures that are not zero, on one line.
    pub fn changes(&self) -> String {
        let figures = self.delta.iter().flat_map(|(what, figures)| {
            figures
                .iter()
                .filter(|(_, number)| **number > 0)
                .map(move |(how, number)| format!("{what} {how} {number}"))
        });
        figures.collect::<Vec<_>>().join(", ")
    }
}
