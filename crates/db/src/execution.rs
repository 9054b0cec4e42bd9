//! A log of the queries that ran: how tests see what an edit costs.

use std::sync::{Mutex, PoisonError};

use salsa::plumbing::FromId;
use salsa::{Database as _, DatabaseKeyIndex};

use crate::Database;
use crate::inputs::File;
use crate::wanted::{Directory, DottedName, NameFrom, RelativeName};

/// The keys of the queries that ran since it was last taken.
#[derive(Default)]
pub(crate) struct ExecutionLog(Mutex<Vec<DatabaseKeyIndex>>);

impl ExecutionLog {
    pub(crate) fn push(&self, key: DatabaseKeyIndex) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).push(key);
    }

    /// The queries that ran, as `query(key)`, sorted; a query that ran twice is there twice.
    pub(crate) fn take(&self, db: &Database) -> Vec<String> {
        let keys = std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner));
        let mut lines: Vec<String> = keys.into_iter().map(|key| describe(db, key)).collect();
        lines.sort();
        lines
    }
}

fn describe(db: &Database, key: DatabaseKeyIndex) -> String {
    let query = db.ingredient_debug_name(key.ingredient_index());
    let id = key.key_index();
    let argument = match &*query {
        "resolve_module" => DottedName::from_id(id).name(db).to_string(),
        "resolve_relative" => {
            let key = RelativeName::from_id(id);
            let (dir, dots) = (key.directory(db).path(db), ".".repeat(key.level(db) as usize));
            format!("{dir}/: {dots}{}", key.dotted(db).name(db))
        }
        "resolve_beside" | "portions" | "above" | "anywhere" | "inside" => {
            let key = NameFrom::from_id(id);
            format!("{}/: {}", key.dir(db), key.name(db))
        }
        "conftests" => format!("{}/", Directory::from_id(id).path(db)),
        _ => File::from_id(id).path(db).to_string(),
    };
    format!("{query}({argument})")
}
