//! Who imports whom, as files.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

/// By file: the files that it imports. This is what `imports --format ruff` prints.
pub type ImportMap = BTreeMap<String, BTreeSet<String>>;

/// Importer and imported.
pub type Edges = BTreeSet<(String, String)>;

/// The edges of a map.
pub fn edges(map: &ImportMap) -> Edges {
    map.iter().flat_map(|(from, targets)| targets.iter().map(|to| (from.clone(), to.clone()))).collect()
}

/// What `imports --format json` says, as far as `which` takes an import statement.
#[track_caller]
pub fn import_map(json: &str, which: impl Fn(&Value) -> bool) -> ImportMap {
    let map: Value = serde_json::from_str(json).expect("JSON");
    let text = |value: &Value| value.as_str().map(str::to_owned);
    let files = map["files"].as_array().expect("a list");
    let rows = files.iter().map(|file| {
        let imports = file["imports"].as_array().expect("a list").iter().filter(|import| which(import));
        (
            text(&file["path"]).expect("a path"),
            imports.filter_map(|import| text(&import["resolved"])).collect(),
        )
    });
    rows.collect()
}
