//! From a snapshot to a file.

use std::io::{self, Write};

use staniel_facts::{Digest, RelPath};

use crate::entry::Entry;
use crate::header::{FORMAT, Header, MAGIC};
use crate::{Archive, MOST_PER_PATH, WINDOW_LOG, hasher, most_unfolded};

/// Pinned, because another level is other bytes. Higher ones take several times as long for a few per cent.
const LEVEL: i32 = 9;

/// Why a snapshot cannot be written.
#[derive(Debug, thiserror::Error)]
pub enum WriteError {
    /// The writer's own.
    #[error(transparent)]
    Io(#[from] io::Error),
    /// No reader would take it.
    #[error("what is known of `{0}` is too large for a snapshot file")]
    TooLarge(RelPath),
    /// Likewise.
    #[error("these files are too much alike for a snapshot file: it would unfold to {0} times its size")]
    TooMuchAlike(u64),
}

/// Passes on what is written, and hashes and counts it.
struct Sealed<W> {
    out: W,
    hasher: blake3::Hasher,
    written: u64,
}

impl<W: Write> Write for Sealed<W> {
    fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
        let written = self.out.write(bytes)?;
        self.hasher.update(&bytes[..written]);
        self.written += written as u64;
        Ok(written)
    }

    fn flush(&mut self) -> io::Result<()> {
        self.out.flush()
    }
}

/// Writes `archive`, and says what its checksum is: equal checksums are equal files. `facts` is the program's
/// version of what facts and edges are. Holds one path's bytes at a time.
///
/// What was written before an error is no archive, and must go.
pub fn write(archive: &Archive, facts: u32, out: impl Write) -> Result<Digest, WriteError> {
    let mut out = Sealed { out, hasher: hasher(), written: 0 };
    out.write_all(MAGIC)?;
    writeln!(out, "{FORMAT}")?;
    serde_json::to_writer(&mut out, &Header::of(archive, facts)).map_err(io::Error::from)?;
    out.write_all(b"\n")?;
    let begun = out.written;
    let mut frame = zstd::Encoder::new(&mut out, LEVEL)?;
    frame.window_log(WINDOW_LOG)?;
    // There is a better checksum around it, and the size is not known yet.
    frame.include_checksum(false)?;
    frame.include_contentsize(false)?;
    let (mut bytes, mut unfolded) = (Vec::new(), 0);
    for (path, coverage) in archive.snapshot.files() {
        bytes.clear();
        bytes = postcard::to_extend(&(path, Entry::of(coverage)), bytes)
            .expect("plain data of known length always encodes");
        let length = u32::try_from(bytes.len()).ok().filter(|length| *length as usize <= MOST_PER_PATH);
        let length = length.ok_or_else(|| WriteError::TooLarge(path.clone()))?;
        frame.write_all(&length.to_le_bytes())?;
        frame.write_all(&bytes)?;
        unfolded += 4 + u64::from(length);
    }
    frame.write_all(&0u32.to_le_bytes())?;
    frame.finish()?;
    let compressed = out.written - begun;
    if unfolded > most_unfolded(compressed) {
        return Err(WriteError::TooMuchAlike(unfolded / compressed));
    }
    let Sealed { mut out, hasher, .. } = out;
    let digest = Digest(*hasher.finalize().as_bytes());
    out.write_all(&digest.0)?;
    out.flush()?;
    Ok(digest)
}
