//! Whatever happens to the bytes that are kept: the next run succeeds and says what a fresh one says.

use std::fs;
use std::path::{Path, PathBuf};
use std::thread;
use std::time::Duration;

use staniel_tests::{Random, Report, Said, Tree, compare, corpus, note};

const WAYS: usize = 30;

#[test]
fn damage_costs_time_and_nothing_else() {
    let tree = Tree::copy_of(&corpus("requests"));
    tree.snapshot(&["--provider", "declared"]);
    tree.edit("src/requests/api.py", "def request(", "def request_by_another_name(");
    tree.snapshot(&["--provider", "ty"]);
    tree.edit("src/requests/api.py", "def request_by_another_name(", "def request(");
    tree.settle(&["--provider", "ty"]);

    let hovers = ["hovers", "--provider", "ty"];
    let imports = ["imports", "--format", "json"];
    let fresh = [hovers, imports].map(|args| tree.fresh(&args).run().answer());
    let sound = Cache::read(&tree.own_cache());
    let mut random = Random::new(41);
    let mut noticed = 0;
    for way in 0..WAYS {
        let done = sound.damage(way, &mut random);
        // Half of the time there is work to do on top of it.
        if way % 2 == 1 {
            let text = tree.read("setup.py").expect("requests has one");
            tree.write("setup.py", text);
        }
        let report = tree.staniel(&["snapshot", "--provider", "ty"]).run();
        assert_eq!(report.code, Some(0), "{done}\n{}", report.stderr);
        let runs = [hovers, imports].map(|args| tree.staniel(&args).run());
        noticed += usize::from(runs.iter().chain([&report]).any(|run| !run.stderr.is_empty()));
        let answers = runs.map(Said::good);
        assert_eq!(compare(&answers[0], &fresh[0]).files, compare(&fresh[0], &fresh[0]).files, "{done}");
        assert!(answers[1] == fresh[1], "{done}: another import map");
        calm_down(&tree, &done);
    }
    note(&format!("{noticed} of {WAYS} ways to damage a cache were noticed by the runs after them"));
    assert!(noticed > 0, "nothing was damaged that matters");
}

/// What could not be used is replaced: some run finds nothing amiss, and nothing to do. Whoever finds damage leaves it to the next
/// run that opens the store to build it anew, which says so; and files are read again while their times prove nothing.
fn calm_down(tree: &Tree, done: &str) {
    const PATIENCE: usize = 200;
    for _ in 0..PATIENCE {
        let run = tree.staniel(&["snapshot", "--format", "json", "--provider", "ty"]).run();
        assert_eq!(run.code, Some(0), "{done}\n{}", run.stderr);
        let is_calm = run.stderr.is_empty();
        let report = Report::parse(&run.good());
        if is_calm && report.work.values().all(|figure| *figure == 0) {
            return;
        }
        thread::sleep(Duration::from_millis(50));
    }
    panic!("{done}: no run finds nothing amiss");
}

/// A cache as it was when nothing had happened to it.
struct Cache {
    directory: PathBuf,
    files: Vec<(PathBuf, Vec<u8>)>,
}

impl Cache {
    fn read(directory: &Path) -> Self {
        let (mut files, mut pending) = (Vec::new(), vec![directory.to_path_buf()]);
        while let Some(directory) = pending.pop() {
            for entry in fs::read_dir(directory).expect("a listing") {
                let path = entry.expect("a listing").path();
                if path.is_dir() {
                    pending.push(path);
                } else {
                    files.push((path.clone(), fs::read(path).expect("it can be read")));
                }
            }
        }
        files.sort();
        Self { directory: directory.to_path_buf(), files }
    }

    /// Puts everything back, all but one file, and tells what became of that.
    fn damage(&self, way: usize, random: &mut Random) -> String {
        fs::remove_dir_all(&self.directory).expect("a directory of our own");
        for (path, bytes) in &self.files {
            fs::create_dir_all(path.parent().expect("it is below the cache")).expect("directories");
            fs::write(path, bytes).expect("a new file");
        }
        let (path, bytes) = &self.files[way % self.files.len()];
        let (mut bytes, length) = (bytes.clone(), bytes.len());
        let how = match (way + way / self.files.len()) % 5 {
            _ if length == 0 => {
                bytes = vec![0xff; 100];
                "something where there was nothing".to_owned()
            }
            0 => {
                let at = random.below(length);
                bytes[at] ^= 1 << random.below(8);
                format!("a bit at {at}")
            }
            1 => {
                bytes.truncate(random.below(length));
                format!("cut to {} of {length}", bytes.len())
            }
            2 => {
                for _ in 0..16 {
                    bytes[random.below(length)] ^= 0xff;
                }
                "16 bytes".to_owned()
            }
            3 => {
                bytes.clear();
                "emptied".to_owned()
            }
            _ => {
                bytes.iter_mut().for_each(|byte| *byte = random.number() as u8);
                "noise".to_owned()
            }
        };
        fs::write(path, bytes).expect("a file of our own");
        format!("{}: {how}", path.strip_prefix(&self.directory).expect("it is below").display())
    }
}
