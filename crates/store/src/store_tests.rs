//! What a caller may rely on, on disk and in memory.

use std::time::Duration;

use camino::Utf8PathBuf;

use super::*;
use crate::head::read_head;

/// A directory that is removed with the guard, and the place of a cache in it.
pub(crate) fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let dir = Utf8PathBuf::from_path_buf(guard.path().join("cache")).unwrap();
    (guard, dir)
}

fn open(dir: &Utf8Path) -> Store {
    Store::open_waiting(dir, Duration::ZERO)
}

fn codes(store: &Store) -> Vec<&'static str> {
    store.notices().into_iter().map(|notice| notice.code).collect()
}

fn put(store: &Store, table: Table, rows: &[(&str, &str)]) {
    let mut batch = Batch::new();
    for (key, value) in rows {
        batch.put(table, key.as_bytes(), value);
    }
    store.commit::<()>(batch, None);
}

fn get(store: &Store, table: Table, key: &str) -> Option<String> {
    store.get(table, key.as_bytes())
}

#[test]
fn a_store_is_send_and_sync() {
    fn shared_between_threads<T: Send + Sync>() {}
    shared_between_threads::<Store>();
}

#[test]
fn memory_and_disk_answer_alike() {
    let (_guard, dir) = scratch();
    for (store, persistent) in [(Store::in_memory(), false), (open(&dir), true)] {
        assert_eq!(store.is_persistent(), persistent);
        assert_eq!(codes(&store), [""; 0]);
        put(&store, Table::Facts, &[("b", "2"), ("a", "1"), ("c", "3")]);
        put(&store, Table::Answers, &[("a", "other table")]);
        let mut batch = Batch::new();
        batch.remove(Table::Facts, b"b");
        batch.put(Table::Facts, b"c", &"4");
        store.commit::<()>(batch, None);
        for _ in 0..2 {
            assert_eq!(get(&store, Table::Facts, "a").as_deref(), Some("1"));
            assert_eq!(get(&store, Table::Facts, "b"), None);
            assert_eq!(get(&store, Table::Answers, "a").as_deref(), Some("other table"));
            assert_eq!(get(&store, Table::Facts, "c").as_deref(), Some("4"));
            assert_eq!(store.keys(Table::Facts), [b"a", b"c"]);
            let facts = store.stats().tables[0];
            assert_eq!((facts.rows, facts.bytes), (2, 4));
            assert_eq!(store.flush(), Ok(()));
        }
    }
}

#[test]
fn what_was_committed_is_there_after_reopening() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    let mut batch = Batch::new();
    let long = "x".repeat(300_000);
    batch.put(Table::Generations, b"long", &long);
    batch.put(Table::Lists, b"gone", &1u8);
    store.commit(batch, Some(&"first"));
    let mut batch = Batch::new();
    batch.remove(Table::Lists, b"gone");
    store.commit(batch, Some(&"second"));
    drop(store);

    assert_eq!(read_head::<String>(&dir).unwrap().value, "second");
    let store = open(&dir);
    assert!(store.is_persistent());
    assert_eq!(get(&store, Table::Generations, "long"), Some(long));
    assert_eq!(store.get::<u8>(Table::Lists, b"gone"), None);
    assert_eq!(store.verify(), VerifyReport { good: 1, ..VerifyReport::default() });
}

#[test]
fn a_row_of_another_type_is_a_miss_and_goes() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    put(&store, Table::Facts, &[("k", "text")]);
    store.flush().unwrap();
    assert_eq!(store.get::<(u8, u8)>(Table::Facts, b"k"), None);
    store.flush().unwrap();
    assert_eq!(get(&store, Table::Facts, "k"), None);
    assert_eq!(store.keys(Table::Facts), [[0u8; 0]; 0]);
}

#[test]
fn the_second_of_two_works_in_memory_and_the_first_is_not_disturbed() {
    let (_guard, dir) = scratch();
    let first = open(&dir);
    let second = open(&dir);
    assert_eq!(codes(&second), ["cache-locked"]);
    put(&second, Table::Facts, &[("k", "second's")]);
    put(&first, Table::Facts, &[("k", "first's")]);
    first.flush().unwrap();
    assert_eq!(get(&second, Table::Facts, "k").as_deref(), Some("second's"));
    drop(second);
    drop(first);
    let third = open(&dir);
    assert_eq!(codes(&third), [""; 0]);
    assert_eq!(get(&third, Table::Facts, "k").as_deref(), Some("first's"));
}

#[test]
fn a_place_that_cannot_be_written_means_memory() {
    let (_guard, dir) = scratch();
    std::fs::write(&dir, "a file").unwrap();
    let mut places = vec![dir.join("below/a/file")];
    if cfg!(target_os = "linux") {
        places.push("/proc/staniel".into());
    }
    for place in places {
        let store = open(&place);
        assert_eq!(codes(&store), ["cache-unusable"], "{place}");
        put(&store, Table::Facts, &[("k", "v")]);
        assert_eq!(get(&store, Table::Facts, "k").as_deref(), Some("v"));
        assert_eq!(store.flush(), Ok(()));
    }
}

#[test]
fn a_disk_that_fails_in_the_middle_leaves_head_and_answers() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    let mut batch = Batch::new();
    batch.put(Table::Facts, b"a", &"1");
    store.commit(batch, Some(&"first"));
    store.flush().unwrap();

    // The sync of what belongs to sled fails, for any user and on any file system.
    std::fs::remove_dir_all(dir.join("rows/blobs")).unwrap();
    let mut batch = Batch::new();
    batch.put(Table::Facts, b"b", &"2");
    store.commit(batch, Some(&"second"));
    assert!(store.flush().is_err());
    assert_eq!(codes(&store), ["cache-failed"]);
    assert!(!store.is_persistent());
    assert_eq!(get(&store, Table::Facts, "b").as_deref(), Some("2"));
    put(&store, Table::Facts, &[("c", "3")]);
    assert_eq!(get(&store, Table::Facts, "c").as_deref(), Some("3"));
    assert!(store.flush().is_err());
    drop(store);

    assert_eq!(read_head::<String>(&dir).unwrap().value, "first");
    assert_eq!(get(&open(&dir), Table::Facts, "a").as_deref(), Some("1"));
}

#[test]
fn an_unfinished_snapshot_is_no_damage() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    put(&store, Table::Facts, &[("k", "v")]);
    drop(store);
    std::fs::write(dir.join("rows/snap.7FFFFFFFFFFFFFFF.generating"), "").unwrap();
    let store = open(&dir);
    assert_eq!(codes(&store), [""; 0]);
    assert_eq!(get(&store, Table::Facts, "k").as_deref(), Some("v"));
}

#[test]
fn a_damaged_snapshot_costs_nothing() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    put(&store, Table::Facts, &[("k", "v")]);
    drop(store);
    std::fs::write(dir.join("rows/snap.7FFFFFFFFFFFFFFF"), "").unwrap();
    let store = open(&dir);
    assert_eq!(codes(&store), [""; 0]);
    assert_eq!(get(&store, Table::Facts, "k").as_deref(), Some("v"));
}

#[test]
fn damage_that_cannot_be_opened_is_put_aside_twice_at_most() {
    let (_guard, dir) = scratch();
    for round in 1..5 {
        let store = open(&dir);
        assert_eq!(codes(&store), if round == 1 { vec![] } else { vec!["cache-rebuilt"] });
        put(&store, Table::Facts, &[("k", "v")]);
        drop(store);
        opening::mark_damaged(&dir);
    }
    let mut names: Vec<String> = dir
        .read_dir_utf8()
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_owned())
        .filter(|name| name.starts_with("quarantine"))
        .collect();
    names.sort();
    assert_eq!(names, ["quarantine-2", "quarantine-3"]);
}

#[test]
fn clean_removes_what_is_ours_and_nothing_else() {
    let (_guard, dir) = scratch();
    assert_eq!(crate::clean(&dir).unwrap(), 0);
    let store = open(&dir);
    put(&store, Table::Facts, &[("k", "v")]);
    store.commit(Batch::new(), Some(&1));
    store.flush().unwrap();
    assert_eq!(crate::clean(&dir).unwrap_err().kind(), std::io::ErrorKind::WouldBlock);
    drop(store);
    let size = disk::size(&dir);
    std::fs::write(dir.join("letter"), "dear").unwrap();
    let freed = crate::clean(&dir).unwrap();
    assert!(freed > 0 && freed <= size, "{freed} of {size}");
    let left: Vec<_> = dir.read_dir_utf8().unwrap().map(|e| e.unwrap().file_name().to_owned()).collect();
    assert_eq!(left, ["letter"]);
    std::fs::remove_file(dir.join("letter")).unwrap();
    crate::clean(&dir).unwrap();
    assert!(!dir.exists());
}

#[test]
fn what_is_not_live_makes_room() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    let value = |version: usize| format!("{version}").repeat(5_000);
    for version in 0..200 {
        put(
            &store,
            Table::Facts,
            &[("live", &value(version)), (&format!("dead {version}"), &value(version))],
        );
    }
    put(&store, Table::Edges, &[("live", "edges")]);
    store.flush().unwrap();
    let before = store.disk_bytes();
    let live = |table: Table, key: &str| (table, Box::from(key.as_bytes()));
    store.collect(vec![
        live(Table::Facts, "live"),
        live(Table::Edges, "live"),
        live(Table::Lists, "missing"),
    ]);
    // As long as it is open nothing is gone.
    assert_eq!(get(&store, Table::Facts, "dead 7"), Some(value(7)));
    drop(store);

    let store = open(&dir);
    assert_eq!(codes(&store), [""; 0]);
    assert!(store.disk_bytes() * 2 < before, "{} of {before}", store.disk_bytes());
    assert_eq!(get(&store, Table::Facts, "live"), Some(value(199)));
    assert_eq!(get(&store, Table::Edges, "live").as_deref(), Some("edges"));
    assert_eq!(get(&store, Table::Facts, "dead 7"), None);
    assert_eq!(store.verify().good, 2);
}

#[test]
fn a_commit_after_a_collection_takes_it_back() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    put(&store, Table::Facts, &[("a", "1")]);
    store.collect(Vec::new());
    put(&store, Table::Facts, &[("b", "2")]);
    drop(store);
    let store = open(&dir);
    assert_eq!(
        (get(&store, Table::Facts, "a").as_deref(), get(&store, Table::Facts, "b").as_deref()),
        (Some("1"), Some("2"))
    );
}

#[test]
fn a_collection_that_was_interrupted_is_finished_or_forgotten() {
    let (_guard, dir) = scratch();
    let store = open(&dir);
    put(&store, Table::Facts, &[("a", "1"), ("b", "2")]);
    store.collect(vec![(Table::Facts, Box::from(&b"a"[..]))]);
    store.flush().unwrap();
    store.shared.collected.store(false, Ordering::Relaxed);
    drop(store);
    // The process ended before it exchanged anything.
    assert!(dir.join("rows.next").exists());
    let copy = dir.with_file_name("copy");
    std::fs::rename(dir.join("rows.next"), &copy).unwrap();
    std::fs::create_dir(dir.join("rows.next")).unwrap();
    let store = open(&dir);
    assert_eq!(get(&store, Table::Facts, "b").as_deref(), Some("2"));
    drop(store);
    assert!(!dir.join("rows.next").exists());
    // In the middle of it.
    std::fs::rename(dir.join("rows"), dir.join("rows.old")).unwrap();
    std::fs::rename(&copy, dir.join("rows.next")).unwrap();
    let store = open(&dir);
    assert_eq!(
        (get(&store, Table::Facts, "a").as_deref(), get(&store, Table::Facts, "b")),
        (Some("1"), None)
    );
    drop(store);
    assert!(!dir.join("rows.next").exists() && !dir.join("rows.old").exists());
}
