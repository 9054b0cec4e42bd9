//! The first two lines of a file: what it is, and what is in it.

use serde::{Deserialize, Serialize};
use staniel_facts::{Digest, EnvironmentDigest, Provenance, ProviderId, SnapshotDigest};

use crate::Archive;

/// The first line, up to the number of the format.
pub(crate) const MAGIC: &[u8] = b"staniel snapshot ";

/// The version of this layout. It covers header, frame and checksum; what lies in the frame has versions of
/// its own, in the header.
pub(crate) const FORMAT: u32 = 1;

/// No header is longer.
pub(crate) const MOST_HEADER: usize = 4 << 10;

/// A provider's name or version is no longer.
const MOST_NAME: usize = 100;

/// The second line.
#[derive(Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Header {
    /// [`staniel_facts::SCHEMA`] of the writer.
    pub(crate) schema: u32,
    /// The writer's version of what facts and edges are, and of how they are encoded.
    pub(crate) facts: u32,
    provider: String,
    version: String,
    environment: String,
    pub(crate) hermetic: bool,
    pub(crate) complete: bool,
    part_of: Option<String>,
    /// How many paths there are.
    pub(crate) paths: u64,
    digest: String,
}

impl Header {
    pub(crate) fn of(archive: &Archive, facts: u32) -> Self {
        let Archive { snapshot, hermetic, whole } = archive;
        let Provenance { provider, environment, schema } = &**snapshot.provenance();
        Self {
            schema: *schema,
            facts,
            provider: provider.name.to_string(),
            version: provider.version.to_string(),
            environment: environment.to_string(),
            hermetic: *hermetic,
            complete: snapshot.is_complete(),
            part_of: whole.filter(|_| !snapshot.is_complete()).map(|whole| whole.to_string()),
            paths: snapshot.files().count() as u64,
            digest: snapshot.digest().to_string(),
        }
    }

    /// `None` where a digest is none, or a name is not one that can be shown to people.
    pub(crate) fn provenance(&self) -> Option<Provenance> {
        let plain = |text: &String| {
            !text.is_empty()
                && text.len() <= MOST_NAME
                && text.chars().all(|c| c == ' ' || c.is_ascii_graphic())
        };
        if ![&self.provider, &self.version].into_iter().all(plain) {
            return None;
        }
        Some(Provenance {
            provider: ProviderId { name: (&*self.provider).into(), version: (&*self.version).into() },
            environment: EnvironmentDigest(Digest::from_hex(&self.environment)?),
            schema: self.schema,
        })
    }

    /// `Err` where it is no digest.
    pub(crate) fn whole(&self) -> Result<Option<SnapshotDigest>, ()> {
        match &self.part_of {
            Some(digest) => Digest::from_hex(digest).map(|digest| Some(SnapshotDigest(digest))).ok_or(()),
            None => Ok(None),
        }
    }

    pub(crate) fn digest(&self) -> Option<SnapshotDigest> {
        Digest::from_hex(&self.digest).map(SnapshotDigest)
    }
}
