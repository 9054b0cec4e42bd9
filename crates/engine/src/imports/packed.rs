//! How the import map lies in its pack.
//!
//! ```text
//! 0 Meta | 1 links | 2 names | 3 sources that are not reported | 4… groups of analysed files, in order
//! ```

use std::sync::Arc;

use rayon::prelude::*;
use serde::{Deserialize, Serialize};
use staniel_facts::{EnvironmentDigest, ImportFacts, Manifest, RelPath, SCHEMA};
use staniel_store::{Pack, PackWriter, encoded};

use super::links::Links;
use super::map::{Damaged, FileImports, ImportMap, Names};

/// How many files a group has: what a question about one file must read.
pub(super) const CHUNK: usize = 32;

const META: usize = 0;
const LINKS: usize = 1;
const NAMES: usize = 2;
const HIDDEN: usize = 3;
const FIRST_CHUNK: usize = 4;

/// What the map was made of.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Meta {
    schema: u32,
    pub(super) environment: EnvironmentDigest,
    /// The tree as it was seen.
    pub(super) manifest: Manifest,
}

impl Meta {
    pub(super) fn new(environment: EnvironmentDigest, manifest: &Manifest) -> Self {
        Self { schema: SCHEMA, environment, manifest: manifest.clone() }
    }

    pub(super) fn read(pack: &Pack) -> Option<Self> {
        pack.get::<Self>(META).filter(|meta| meta.schema == SCHEMA)
    }
}

/// How many groups so many files make.
pub(super) fn chunks(files: usize) -> usize {
    files.div_ceil(CHUNK)
}

pub(super) fn read_links(pack: &Pack) -> Option<Links> {
    pack.get(LINKS)
}

pub(super) fn read_names(pack: &Pack) -> Option<Names> {
    pack.get(NAMES)
}

pub(super) fn read_hidden(pack: &Pack) -> Option<Vec<(RelPath, Arc<ImportFacts>)>> {
    pack.get(HIDDEN)
}

pub(super) fn read_chunk(pack: &Pack, chunk: usize) -> Option<Vec<FileImports>> {
    pack.get(FIRST_CHUNK + chunk)
}

/// A pack of the map; what the map itself would read from a pack is copied as it lies there. Encodes in the present
/// thread pool.
pub(super) fn pack(meta: &Meta, map: &ImportMap) -> Result<PackWriter, Damaged> {
    let sections = FIRST_CHUNK + map.chunk_count();
    let bytes: Vec<Vec<u8>> = (0..sections)
        .into_par_iter()
        .map(|section| match (section, map.pack()) {
            (META, _) => Ok(encoded(meta)),
            (section, Some(pack)) => pack.bytes(section).ok_or(Damaged),
            (LINKS, None) => Ok(encoded(map.read_links()?)),
            (NAMES, None) => Ok(encoded(map.read_names()?)),
            (HIDDEN, None) => Ok(encoded(&map.hidden)),
            (section, None) => Ok(encoded(map.chunk(section - FIRST_CHUNK)?)),
        })
        .collect::<Result<_, Damaged>>()?;
    let mut pack = PackWriter::new();
    for section in bytes {
        pack.put_bytes(section);
    }
    Ok(pack)
}
