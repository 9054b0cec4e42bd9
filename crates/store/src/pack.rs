//! A pack: values that belong together in one file, each of which can be read alone.
//!
//! ```text
//! envelope of the contents | contents: offset, length and digest of each section | sections
//! ```
//!
//! A pack is written whole and swapped by rename, so that readers need no lock and see one that is of a piece. It is
//! not synced: what a power loss leaves of it does not match its digests, and a reader finds nothing, which costs it
//! time and nothing else. That is why a pack can be written where waiting for the medium would be too dear.

use std::fs::{File, OpenOptions};
use std::io::{self, ErrorKind, Read, Write};
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};

use crate::batch::{decode, encode};
use crate::disk;
use crate::envelope::{Context, HEADER, Header};

/// What the names of unfinished packs begin with, behind that of the pack.
const UNFINISHED: &str = ".next-";

/// How old an unfinished pack must be to have no writer any more.
const ABANDONED: Duration = Duration::from_secs(60);

/// Where a section lies and what it must be.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct Section {
    /// Behind the contents.
    offset: u64,
    len: u64,
    digest: [u8; 32],
}

/// A pack that was opened for reading.
#[derive(Debug)]
pub struct Pack {
    file: File,
    /// Where the first section begins.
    start: u64,
    sections: Vec<Section>,
}

impl Pack {
    /// Opens the pack `name` in `dir` and reads its contents; `None` where there is none that is intact and of this
    /// schema. Takes no lock.
    pub fn open(dir: &Utf8Path, name: &str) -> Option<Self> {
        let path = dir.join(name);
        let pack = Self::open_file(&path);
        if let Err(error) = &pack
            && error.kind() != ErrorKind::NotFound
        {
            tracing::debug!("{path} cannot be used: {error}");
        }
        pack.ok()
    }

    fn open_file(path: &Utf8Path) -> io::Result<Self> {
        let damaged = || io::Error::from(ErrorKind::InvalidData);
        let mut file = disk::no_follow(OpenOptions::new().read(true)).open(path)?;
        let size = file.metadata()?.len();
        let mut header = [0; HEADER];
        file.read_exact(&mut header)?;
        let (header, _) = Header::decode(&header).ok_or_else(damaged)?;
        let start = HEADER as u64 + header.len;
        if start > size {
            return Err(damaged());
        }
        let mut contents = vec![0; usize::try_from(header.len).map_err(|_| damaged())?];
        file.read_exact(&mut contents)?;
        if !header.matches(Context::Contents, &contents) {
            return Err(damaged());
        }
        let sections = decode(&contents).ok_or_else(damaged)?;
        Ok(Self { file, start, sections })
    }

    /// How many sections there are.
    pub fn len(&self) -> usize {
        self.sections.len()
    }

    /// Whether there are no sections.
    pub fn is_empty(&self) -> bool {
        self.sections.is_empty()
    }

    /// The value of a section; `None` if it is damaged or of another type. Reads that section alone.
    pub fn get<T: DeserializeOwned>(&self, section: usize) -> Option<T> {
        decode(&self.bytes(section)?)
    }

    /// The bytes of a section, as [`PackWriter::put`] encoded them; `None` if they are damaged.
    pub fn bytes(&self, section: usize) -> Option<Vec<u8>> {
        let Section { offset, len, digest } = *self.sections.get(section)?;
        let at = self.start.checked_add(offset)?;
        let size = self.file.metadata().ok()?.len();
        // A length beyond the file is nonsense, not a reason to allocate.
        at.checked_add(len).filter(|end| *end <= size)?;
        let mut bytes = vec![0; usize::try_from(len).ok()?];
        disk::read_exact_at(&self.file, &mut bytes, at).ok()?;
        Header { len, digest }.matches(Context::Section(section as u64), &bytes).then_some(bytes)
    }
}

/// The sections of a pack that is being put together.
#[derive(Default)]
pub struct PackWriter {
    sections: Vec<Vec<u8>>,
}

impl PackWriter {
    /// A pack without sections.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a section and gives its number. Encodes at once.
    ///
    /// # Panics
    ///
    /// As [`crate::Batch::put`].
    pub fn put<T: Serialize + ?Sized>(&mut self, value: &T) -> usize {
        self.put_bytes(encode(value))
    }

    /// Adds a section that [`encoded`] or [`Pack::bytes`] gave.
    pub fn put_bytes(&mut self, bytes: Vec<u8>) -> usize {
        self.sections.push(bytes);
        self.sections.len() - 1
    }

    /// Writes the pack `name` in `dir`, in the place of what was there.
    ///
    /// # Errors
    ///
    /// Whatever the file system says; what was there is then there still.
    pub fn write(self, dir: &Utf8Path, name: &str) -> io::Result<()> {
        let mut offset = 0;
        let sections: Vec<Section> = (0..)
            .zip(&self.sections)
            .map(|(number, bytes)| {
                let Header { len, digest } = Header::of(Context::Section(number), bytes);
                let section = Section { offset, len, digest };
                offset += len;
                section
            })
            .collect();
        let contents = encode(&sections);
        disk::create_private_dir(dir)?;
        remove_abandoned(dir, name);
        // Removed again if anything goes wrong: the disk is full, most likely.
        let next = tempfile::Builder::new().prefix(&format!("{name}{UNFINISHED}")).tempfile_in(dir)?;
        write_all(next.as_file(), &contents, &self.sections)?;
        let path = dir.join(name);
        if path.symlink_metadata().is_ok_and(|there| there.is_dir()) {
            // Nobody knows why, and no rename would replace it.
            disk::remove(&path)?;
        }
        next.persist(path).map(drop).map_err(|error| error.error)
    }
}

/// The bytes of `value` as a section has them: for encoding several at once.
///
/// # Panics
///
/// As [`crate::Batch::put`].
pub fn encoded<T: Serialize + ?Sized>(value: &T) -> Vec<u8> {
    encode(value)
}

fn write_all(file: &File, contents: &[u8], sections: &[Vec<u8>]) -> io::Result<()> {
    let mut file = io::BufWriter::with_capacity(1 << 18, file);
    file.write_all(&Header::of(Context::Contents, contents).encode())?;
    file.write_all(contents)?;
    for section in sections {
        file.write_all(section)?;
    }
    file.flush()
}

/// Removes what killed writers of the pack have left, as far as that works.
fn remove_abandoned(dir: &Utf8Path, name: &str) {
    for path in unfinished(dir, name).unwrap_or_default() {
        let touched = path.symlink_metadata().and_then(|metadata| metadata.modified());
        // One from the future has a writer with another clock.
        let age = touched.ok().and_then(|time| SystemTime::now().duration_since(time).ok());
        if age.is_some_and(|age| age > ABANDONED)
            && let Err(error) = disk::remove(&path)
        {
            tracing::debug!("{path} cannot be removed: {error}");
        }
    }
}

fn unfinished(dir: &Utf8Path, name: &str) -> io::Result<Vec<Utf8PathBuf>> {
    let mut found = Vec::new();
    for entry in dir.read_dir_utf8()? {
        let entry = entry?;
        if is_unfinished(entry.file_name(), name) {
            found.push(entry.into_path());
        }
    }
    Ok(found)
}

fn is_unfinished(file: &str, name: &str) -> bool {
    file.strip_prefix(name).is_some_and(|rest| rest.starts_with(UNFINISHED))
}

/// Whether `file` is the pack `name`, finished or not.
pub(crate) fn belongs_to(file: &str, name: &str) -> bool {
    file == name || is_unfinished(file, name)
}

#[cfg(test)]
mod tests {
    use std::fs;

    use super::*;
    use crate::store::tests::scratch;

    const NAME: &str = "pack";

    fn write(dir: &Utf8Path, values: &[&str]) {
        let mut pack = PackWriter::new();
        for value in values {
            pack.put(value);
        }
        pack.write(dir, NAME).unwrap();
    }

    fn values(dir: &Utf8Path) -> Option<Vec<Option<String>>> {
        let pack = Pack::open(dir, NAME)?;
        Some((0..pack.len()).map(|section| pack.get(section)).collect())
    }

    #[test]
    fn a_pack_is_what_was_written_last() {
        let (_guard, dir) = scratch();
        assert_eq!(values(&dir), None);
        write(&dir, &["a", "bc", ""]);
        let before = Pack::open(&dir, NAME).unwrap();
        write(&dir, &["d"]);
        assert_eq!(values(&dir), Some(vec![Some("d".to_owned())]));
        // Whoever has it open goes on reading the one that it opened.
        assert_eq!(before.get::<String>(1).as_deref(), Some("bc"));
        assert_eq!(before.get::<String>(3), None);
        assert_eq!(before.get::<u64>(1), None);
    }

    #[test]
    fn damage_is_a_missing_section_or_a_missing_pack() {
        let (_guard, dir) = scratch();
        write(&dir, &["first", "second"]);
        let intact = fs::read(dir.join(NAME)).unwrap();
        let expected = values(&dir).unwrap();
        for at in 0..intact.len() {
            let mut bytes = intact.clone();
            bytes[at] ^= 1;
            fs::write(dir.join(NAME), &bytes).unwrap();
            let found = values(&dir);
            assert_ne!(found.as_ref(), Some(&expected), "byte {at}");
            let wrong = found.iter().flatten().zip(&expected).any(|(a, b)| a.is_some() && a != b);
            assert!(!wrong, "byte {at}");
            fs::write(dir.join(NAME), &intact[..at]).unwrap();
            assert_ne!(values(&dir).as_ref(), Some(&expected), "cut at {at}");
        }
    }

    #[test]
    fn what_killed_writers_left_is_removed_in_time() {
        let (_guard, dir) = scratch();
        write(&dir, &["a"]);
        let (fresh, old) = (dir.join("pack.next-1"), dir.join("pack.next-2"));
        for path in [&fresh, &old] {
            fs::write(path, "x").unwrap();
        }
        let long_ago = SystemTime::now() - 2 * ABANDONED;
        File::options().write(true).open(&old).unwrap().set_modified(long_ago).unwrap();
        write(&dir, &["b"]);
        assert!(fresh.exists() && !old.exists());
    }

    #[test]
    fn a_directory_in_the_place_of_a_pack_gives_way() {
        let (_guard, dir) = scratch();
        fs::create_dir_all(dir.join(NAME).join("inside")).unwrap();
        assert_eq!(values(&dir), None);
        write(&dir, &["a"]);
        assert_eq!(values(&dir), Some(vec![Some("a".to_owned())]));
    }

    #[cfg(unix)]
    #[test]
    fn a_link_in_the_place_of_a_pack_is_neither_read_nor_written_through() {
        let (_guard, dir) = scratch();
        write(&dir, &["a"]);
        fs::rename(dir.join(NAME), dir.join("elsewhere")).unwrap();
        std::os::unix::fs::symlink("elsewhere", dir.join(NAME)).unwrap();
        assert_eq!(values(&dir), None);
        write(&dir, &["b"]);
        assert_eq!(values(&dir), Some(vec![Some("b".to_owned())]));
        assert!(dir.join("elsewhere").exists());
    }
}
