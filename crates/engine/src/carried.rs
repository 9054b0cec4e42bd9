//! Snapshots that are carried elsewhere, and those that come from there.
//!
//! What comes in a file is kept as that file, under its checksum, and read from there whenever somebody wants to see
//! it. None of it becomes facts, edges or answers of ours: those are found by content hash and key, and whoever makes
//! a file can put what he likes under either. So a forged file shows what its maker wrote to those who look at it,
//! and changes no answer that is given here.

use std::io::Write;
use std::time::UNIX_EPOCH;

use staniel_archive::{Archive, ReadError, WriteError};
use staniel_facts::Digest;
use staniel_store::{Batch, Table};

use crate::engine::{Engine, FACTS};
use crate::error::EngineError;
use crate::stored::{self, Elsewhere, Generation, HeadValue};

/// What became of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Imported {
    /// The generation that it is now.
    pub generation: u64,
    /// Whether it was that before.
    pub known: bool,
}

/// Reads a snapshot file.
pub fn read_archive(bytes: &[u8]) -> Result<Archive, ReadError> {
    staniel_archive::read(bytes, FACTS)
}

/// Writes a snapshot file, and says what its checksum is.
pub fn write_archive(archive: &Archive, out: impl Write) -> Result<Digest, WriteError> {
    staniel_archive::write(archive, FACTS, out)
}

impl Engine {
    /// A stored generation in the form in which it can be carried elsewhere.
    pub fn archive(&mut self, id: u64) -> Result<Archive, EngineError> {
        let store = self.open_store();
        let lost = || EngineError::NoGeneration(id);
        let generation = stored::generation(store, id).ok_or_else(lost)?;
        let Some(origin) = generation.origin else {
            let snapshot = self.load_generation(id).ok_or_else(lost)?.snapshot;
            return Ok(Archive { snapshot, hermetic: generation.hermetic, whole: None });
        };
        let bytes = store.get::<Vec<u8>>(Table::Archives, &origin.archive.0).ok_or_else(lost)?;
        read_archive(&bytes)
            .ok()
            .filter(|archive| archive.snapshot.digest() == generation.digest)
            .ok_or_else(lost)
    }

    /// Keeps a snapshot file as a generation that was made elsewhere. A file that is here already stays the
    /// generation that it is. Nothing is stored of one that cannot be read. It is durable once [`Self::flush`]
    /// has returned without complaint.
    pub fn import(&mut self, bytes: &[u8]) -> Result<Imported, EngineError> {
        let archive = read_archive(bytes)?;
        let checksum = bytes.last_chunk::<32>().ok_or(ReadError::Damaged)?;
        let origin = Elsewhere { archive: Digest(*checksum), complete: archive.snapshot.is_complete() };
        self.save();
        let known =
            stored::generations(self.open_store()).into_iter().find(|known| known.origin == Some(origin));
        if let Some(Generation { id, .. }) = known
            && self.archive(id).is_ok()
        {
            return Ok(Imported { generation: id, known: true });
        }
        let id = self.head.next_generation.max(self.newest_generation() + 1);
        let generation = Generation {
            id,
            parent: None,
            hermetic: archive.hermetic,
            created_ms: (self.options.clock)()
                .duration_since(UNIX_EPOCH)
                .map_or(0, |age| age.as_millis() as u64),
            provenance: (**archive.snapshot.provenance()).clone(),
            counts: archive.snapshot.counts(),
            digest: archive.snapshot.digest(),
            lists: Vec::new(),
            quarantined: Vec::new(),
            origin: Some(origin),
        };
        let mut batch = Batch::new();
        self.drop_old_generations(&mut batch);
        batch.put(Table::Archives, checksum, &bytes);
        batch.put(Table::Generations, &stored::generation_key(id), &generation);
        self.open_store().commit::<HeadValue>(batch, None);
        self.head.next_generation = id + 1;
        Ok(Imported { generation: id, known: false })
    }
}
