//! What is known of each file's text, by path.

use std::sync::Arc;

use rayon::prelude::*;
use rustc_hash::FxHashMap;
use staniel_db::FactSource;
use staniel_facts::{ContentHash, FileFacts, ImportFacts, Manifest, RelPath};
use staniel_store::Pack;

use super::{map, packed};

/// What a look at a file's bytes gave; `None` where its imports are known already, or it is no source.
pub(super) type Scanned = Option<Arc<ImportFacts>>;

/// The import facts of all sources, reported or only importable.
#[derive(Default)]
pub(super) struct Known {
    facts: FxHashMap<RelPath, Arc<ImportFacts>>,
    /// How many of them were extracted in this run.
    pub(super) scanned: u64,
}

impl Known {
    /// What a pack says of the files of `manifest`; `None` if any of it is damaged.
    pub(super) fn stored(manifest: &Manifest, pack: &Pack) -> Option<Self> {
        let reported = map::analysed(manifest);
        let chunks: Option<Vec<_>> = (0..packed::chunks(reported.len()))
            .into_par_iter()
            .map(|chunk| packed::read_chunk(pack, chunk))
            .collect();
        let rows: Vec<_> = chunks?.into_iter().flatten().collect();
        if rows.len() != reported.len() {
            return None;
        }
        let mut facts: FxHashMap<RelPath, Arc<ImportFacts>> =
            reported.into_iter().zip(rows.into_iter().map(|row| row.facts)).collect();
        facts.extend(packed::read_hidden(pack)?);
        Some(Self { facts, scanned: 0 })
    }

    /// The same, but for what was found out now.
    pub(super) fn with(mut self, scanned: Vec<(RelPath, Scanned)>) -> Self {
        for (path, facts) in scanned {
            if let Some(facts) = facts {
                self.scanned += 1;
                self.facts.insert(path, facts);
            }
        }
        self
    }

    /// The facts of the source at `path`.
    pub(super) fn facts(&self, path: &RelPath) -> Arc<ImportFacts> {
        self.facts.get(path).cloned().unwrap_or_default()
    }
}

impl FactSource for Known {
    fn import_facts(&self, path: &RelPath, _: ContentHash) -> Arc<ImportFacts> {
        self.facts(path)
    }

    /// Nobody asks for more than imports here, and there is no more.
    fn facts(&self, path: &RelPath, _: ContentHash) -> Arc<FileFacts> {
        Arc::new(FileFacts { imports: self.facts(path), ..FileFacts::default() })
    }
}
