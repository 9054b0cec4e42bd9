//! A process killed at any moment leaves a cache whose HEAD can be read and whose rows are right or absent.
#![cfg(unix)]

use std::io::{self, BufRead, BufReader, Write};
use std::process::{Command, Stdio};
use std::thread;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};
use staniel_store::{Batch, InFlight, Mode, Store, Table, read_head};

/// Tells this test binary, started anew, to be the process that is killed.
const CHILD: &str = "STANIEL_STORE_TEST_CHILD";

const KILLS: u64 = 50;
const ROWS: u64 = 20;

/// A head that names the rows of one round.
#[derive(Serialize, Deserialize)]
struct Round {
    number: u64,
    keys: Vec<String>,
}

/// What the row holds: in pieces, for some.
fn value(key: &str) -> String {
    key.repeat(1 + key.bytes().map(usize::from).sum::<usize>() % 2000)
}

/// Commits round after round, until killed; a line on stdout for each that is durable.
fn commit_for_ever(dir: &Utf8Path) {
    let store = Store::open(dir, Mode::Persistent);
    let (log, _) = InFlight::open(dir);
    let first = read_head::<Round>(dir).map_or(0, |head| head.value.number + 1);
    log.started("being committed.py", [7; 32]);
    for number in first.. {
        let keys: Vec<String> = (0..ROWS).map(|row| format!("{number}/{row}")).collect();
        let mut batch = Batch::new();
        for key in &keys {
            batch.put(Table::Facts, key.as_bytes(), &value(key));
        }
        if let Some(old) = number.checked_sub(3) {
            for row in 0..ROWS {
                batch.remove(Table::Facts, format!("{old}/{row}").as_bytes());
            }
        }
        store.commit(batch, Some(&Round { number, keys }));
        store.flush().expect("nothing is wrong with the disk");
        writeln!(io::stdout(), "durable {number}").expect("the parent listens");
    }
}

#[test]
fn head_keeps_its_promise_after_kill() {
    if let Ok(dir) = std::env::var(CHILD) {
        return commit_for_ever(Utf8Path::new(&dir));
    }
    let guard = tempfile::tempdir().unwrap();
    let dir = Utf8PathBuf::from_path_buf(guard.path().join("cache")).unwrap();
    let mut last = None;
    for kill in 0..KILLS {
        let mut child = Command::new(std::env::current_exe().unwrap())
            .args(["--exact", "head_keeps_its_promise_after_kill", "--nocapture"])
            .env(CHILD, &dir)
            .stdout(Stdio::piped())
            .stderr(Stdio::null())
            .spawn()
            .unwrap();
        let mut lines = BufReader::new(child.stdout.take().unwrap()).lines();
        let mut durable = 0;
        while durable < kill % 4 {
            let line = lines.next().expect("the child commits until it is killed").unwrap();
            if let Some((_, number)) = line.rsplit_once("durable ") {
                last = Some(number.parse::<u64>().unwrap());
                durable += 1;
            }
        }
        // Not to wait for anything: so that the kill hits a commit anywhere, or the opening.
        thread::sleep(Duration::from_micros(kill * 7919 % 10_000));
        child.kill().unwrap();
        child.wait().unwrap();

        let head = read_head::<Round>(&dir);
        assert!(head.as_ref().map(|head| head.value.number) >= last, "kill {kill}: HEAD went back");
        let store = Store::open(&dir, Mode::Persistent);
        assert_eq!(store.notices(), [], "kill {kill}");
        if let Some(head) = &head {
            for key in &head.value.keys {
                let found: Option<String> = store.get(Table::Facts, key.as_bytes());
                assert_eq!(found.as_deref(), Some(&*value(key)), "kill {kill}: {key}");
            }
        }
        for key in store.keys(Table::Facts) {
            let key = String::from_utf8(key).unwrap();
            let found: Option<String> = store.get(Table::Facts, key.as_bytes());
            assert!(found.is_none_or(|found| found == value(&key)), "kill {kill}: {key}");
        }
        drop(store);
        let (_, left) = InFlight::open(&dir);
        if durable > 0 {
            assert_eq!(left, [("being committed.py".to_owned(), [7; 32])], "kill {kill}");
        }
    }
    assert!(last >= Some(KILLS));
}
