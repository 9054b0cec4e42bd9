//! Whatever happens to the bytes on disk: opening succeeds, and a row is right or absent.

use std::{fs, io};

use camino::{Utf8Path, Utf8PathBuf};
use staniel_store::{Batch, Mode, Store, Table, head_status, read_head};

/// How often each file is damaged in each way.
const ROUNDS: u64 = 30;

/// xorshift64*: the same damage in every run.
struct Random(u64);

impl Random {
    fn below(&mut self, limit: u64) -> u64 {
        self.0 ^= self.0 >> 12;
        self.0 ^= self.0 << 25;
        self.0 ^= self.0 >> 27;
        self.0.wrapping_mul(0x2545_f491_4f6c_dd1d) % limit
    }
}

fn key(number: u64) -> [u8; 32] {
    *blake3::hash(&number.to_le_bytes()).as_bytes()
}

/// The one right value of a row; some are in pieces.
fn value(table: Table, number: u64) -> Vec<u64> {
    vec![number * 10 + table as u64; (number * 37 % 3000) as usize + 1]
}

const ROWS: u64 = 60;
const TABLES: [Table; 2] = [Table::Facts, Table::Answers];

fn fill(dir: &Utf8Path) {
    for head in 1..=2u64 {
        let store = Store::open(dir, Mode::Persistent);
        let mut batch = Batch::new();
        for table in TABLES {
            for number in (0..ROWS).filter(|number| number % 2 + 1 == head) {
                batch.put(table, &key(number), &value(table, number));
            }
        }
        store.commit(batch, Some(&head));
        store.flush().expect("nothing is wrong yet");
    }
}

/// Opens the damaged cache and returns how many rows were left.
fn check(dir: &Utf8Path) -> u64 {
    assert!(read_head::<u64>(dir).is_none_or(|head| head.value == 1 || head.value == 2));
    let mut left = 0;
    let store = Store::open(dir, Mode::Persistent);
    for table in TABLES {
        for number in 0..ROWS {
            let found: Option<Vec<u64>> = store.get(table, &key(number));
            assert!(found.is_none() || found == Some(value(table, number)), "{table:?} {number}");
            left += u64::from(found.is_some());
        }
    }
    left
}

/// Whatever the first process made of the damage, the second has a cache that works.
fn check_recovery(dir: &Utf8Path) {
    Store::open(dir, Mode::Persistent).verify();
    let store = Store::open(dir, Mode::Persistent);
    assert!(store.is_persistent(), "{:?}", store.notices());
    let mut batch = Batch::new();
    batch.put(Table::Facts, b"new", &value(Table::Facts, 99));
    store.commit(batch, Some(&2u64));
    assert_eq!(store.flush(), Ok(()));
    assert_eq!(store.get(Table::Facts, b"new"), Some(value(Table::Facts, 99)));
    assert_eq!(read_head::<u64>(dir).map(|head| head.value), Some(2), "{:?}", head_status(dir));
}

fn files(dir: &Utf8Path, below: &str) -> io::Result<Vec<String>> {
    let mut files = Vec::new();
    for entry in dir.join(below).read_dir_utf8()? {
        let entry = entry?;
        let name = format!("{below}{}", entry.file_name());
        match entry.file_type()?.is_dir() {
            true => files.extend(self::files(dir, &format!("{name}/"))?),
            false => files.push(name),
        }
    }
    files.sort();
    Ok(files)
}

fn with_each_file(damage: impl Fn(&mut Vec<u8>, &mut Random)) -> io::Result<()> {
    // Hundreds of caches are opened here, and each waits for the disk. Nothing here depends on that: where
    // there is a file system in memory, it will do.
    let memory = Utf8Path::new("/dev/shm");
    let guard = if memory.is_dir() { tempfile::tempdir_in(memory)? } else { tempfile::tempdir()? };
    let base = Utf8PathBuf::from_path_buf(guard.path().to_owned()).expect("the scratch path is UTF-8");
    let (intact, dir) = (base.join("intact"), base.join("damaged"));
    fill(&intact);
    assert_eq!(check(&intact), ROWS * TABLES.len() as u64);

    let files = files(&intact, "")?;
    let kinds = ["HEAD", "HEAD.previous", "lock", "rows/conf", "rows/db", "rows/snap."];
    for kind in kinds {
        assert!(files.iter().any(|name| name.starts_with(kind)), "no {kind} among {files:?}");
    }
    let mut random = Random(0x9e37_79b9_7f4a_7c15);
    for damaged in &files {
        for round in 0..ROUNDS {
            fs::create_dir_all(dir.join("rows/blobs"))?;
            for name in &files {
                let mut bytes = fs::read(intact.join(name))?;
                if name == damaged {
                    damage(&mut bytes, &mut random);
                }
                fs::write(dir.join(name), bytes)?;
            }
            check(&dir);
            // What this waits for is the disk, so not every time.
            if round % 5 == 0 {
                check_recovery(&dir);
            }
            fs::remove_dir_all(&dir)?;
        }
    }
    Ok(())
}

#[test]
fn flipped_bytes() -> io::Result<()> {
    with_each_file(|bytes, random| {
        if !bytes.is_empty() {
            let at = random.below(bytes.len() as u64) as usize;
            bytes[at] ^= random.below(255) as u8 + 1;
        }
    })
}

#[test]
fn truncated_files() -> io::Result<()> {
    with_each_file(|bytes, random| {
        bytes.truncate(random.below(bytes.len() as u64 + 1) as usize);
    })
}
