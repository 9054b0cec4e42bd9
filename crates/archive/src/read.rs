//! From a file to a snapshot.

use std::io::{self, Read};
use std::sync::Arc;

use staniel_facts::{RelPath, SCHEMA, Snapshot};

use crate::entry::Entry;
use crate::header::{FORMAT, Header, MAGIC, MOST_HEADER};
use crate::{Archive, MOST_PER_PATH, WINDOW_LOG, hasher, most_unfolded};

/// Why a file is not taken for a snapshot.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ReadError {
    /// It does not begin like one.
    #[error("it is not a staniel snapshot: `staniel snapshots export` makes those")]
    Foreign,
    /// It begins like one of another layout.
    #[error("it is of format {0}, and this version of staniel reads format {FORMAT} only")]
    OtherFormat(String),
    /// It is not what was written.
    #[error("it is damaged or cut short: get it again, or export it again")]
    Damaged,
    /// What is in it means something else to us.
    #[error(
        "it was written by another version of staniel (schema {}, facts {}; this one reads schema {}, facts {}): \
         export it again with this one", written.0, written.1, ours.0, ours.1
    )]
    OtherVersion {
        /// Schema and facts of the writer.
        written: (u32, u32),
        /// Those of this program.
        ours: (u32, u32),
    },
    /// It is whole, and yet nothing that staniel writes.
    #[error("it was not made by staniel, or by a faulty one: {0}")]
    Nonsense(&'static str),
}

use ReadError::Nonsense;

/// Reads what [`crate::write`] wrote. `facts` is the program's version of what facts and edges are.
///
/// Cost: `bytes` are hashed before anything in them is believed; then one path is unfolded at a time.
pub fn read(bytes: &[u8], facts: u32) -> Result<Archive, ReadError> {
    let after_magic = bytes.strip_prefix(MAGIC).ok_or(ReadError::Foreign)?;
    let (format, _) = line(after_magic).ok_or(ReadError::Damaged)?;
    if format != FORMAT.to_string().as_bytes() {
        let plain = format.len() <= 9 && !format.is_empty() && format.iter().all(u8::is_ascii_digit);
        // A number is a later format; anything else was a number once.
        let format = plain.then(|| String::from_utf8_lossy(format).into_owned());
        return Err(format.map_or(ReadError::Damaged, ReadError::OtherFormat));
    }
    let (content, checksum) = bytes.split_last_chunk::<32>().ok_or(ReadError::Damaged)?;
    if hasher().update(content).finalize() != *checksum {
        return Err(ReadError::Damaged);
    }
    let (_, rest) = line(&content[MAGIC.len()..]).ok_or(Nonsense("it ends within its first line"))?;
    let (header, frame) = line(rest).ok_or(Nonsense("it has no header"))?;
    let header: Header =
        serde_json::from_slice(header).map_err(|_| Nonsense("its header cannot be understood"))?;
    let (written, ours) = ((header.schema, header.facts), (SCHEMA, facts));
    if written != ours {
        return Err(ReadError::OtherVersion { written, ours });
    }
    let provenance = header.provenance().ok_or(Nonsense("its header does not say who made it"))?;
    let whole = header.whole().map_err(|()| Nonsense("its header does not say what it is a part of"))?;
    if header.complete && whole.is_some() {
        return Err(Nonsense("it is a whole and a part"));
    }
    let mut snapshot = Snapshot::new(Arc::new(provenance), header.complete);
    let paths = unfold(frame, &mut snapshot)?;
    if paths != header.paths {
        return Err(Nonsense("it does not have as many paths as it says"));
    }
    if header.digest() != Some(snapshot.digest()) {
        return Err(Nonsense("what is in it does not add up to its digest"));
    }
    Ok(Archive { snapshot, hermetic: header.hermetic, whole })
}

/// The first line and what comes after it.
fn line(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let end = bytes.iter().take(MOST_HEADER).position(|byte| *byte == b'\n')?;
    Some((&bytes[..end], &bytes[end + 1..]))
}

/// Sets in `snapshot` what the frame says of each path, and counts the paths.
fn unfold(frame: &[u8], snapshot: &mut Snapshot) -> Result<u64, ReadError> {
    const NO_FRAME: ReadError = Nonsense("what is in it does not unfold");
    let mut decoder = zstd::Decoder::with_buffer(frame).map_err(|_| NO_FRAME)?.single_frame();
    decoder.window_log_max(WINDOW_LOG).map_err(|_| NO_FRAME)?;
    let most = most_unfolded(frame.len() as u64);
    let mut unfolded = decoder.by_ref().take(most);
    let cut = |error: io::Error, left: u64| match error.kind() {
        io::ErrorKind::UnexpectedEof if left == 0 => Nonsense("it unfolds to far more than its size"),
        _ => NO_FRAME,
    };
    let (mut bytes, mut paths, mut before) = (Vec::new(), 0, None::<RelPath>);
    loop {
        let mut length = [0; 4];
        unfolded.read_exact(&mut length).map_err(|error| cut(error, unfolded.limit()))?;
        let length = u32::from_le_bytes(length) as usize;
        if length == 0 {
            break;
        }
        if length > MOST_PER_PATH {
            return Err(Nonsense("what it says of one path is too large"));
        }
        // Grows with what comes: the length is only a claim.
        bytes.clear();
        let read = unfolded.by_ref().take(length as u64).read_to_end(&mut bytes).map_err(|_| NO_FRAME)?;
        if read < length {
            return Err(cut(io::ErrorKind::UnexpectedEof.into(), unfolded.limit()));
        }
        let Ok(((path, entry), [])) = postcard::take_from_bytes::<(RelPath, Entry)>(&bytes) else {
            return Err(Nonsense("what it says of a path cannot be understood"));
        };
        if path.is_root() || before.is_some_and(|before| before >= path) {
            return Err(Nonsense("its paths are not in order"));
        }
        let coverage = entry.coverage().ok_or(Nonsense("what it says of a path contradicts itself"))?;
        before = Some(path.clone());
        snapshot.set(path, coverage);
        paths += 1;
    }
    if unfolded.read(&mut [0]).map_err(|_| NO_FRAME)? > 0 || !decoder.finish().is_empty() {
        return Err(Nonsense("there is more in it than a snapshot"));
    }
    Ok(paths)
}
