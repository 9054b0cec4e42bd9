//! On the real system. A deadline ends a test that has failed; none waits for time to pass.

use std::collections::BTreeSet;
use std::fs;

use super::*;

const FAILED: Duration = Duration::from_secs(30);

/// An empty directory by its real path, removed with the guard.
pub(crate) fn scratch() -> (tempfile::TempDir, Utf8PathBuf) {
    let guard = tempfile::tempdir().unwrap();
    let root = Utf8PathBuf::from_path_buf(guard.path().canonicalize().unwrap()).unwrap().join("root");
    fs::create_dir(&root).unwrap();
    (guard, root)
}

fn options(poll: bool) -> WatchOptions {
    let prune = |path: &Utf8Path| path.file_name() == Some("node_modules");
    let (settle, cap) = (Duration::from_millis(50), Duration::from_millis(500));
    WatchOptions { settle, cap, poll, prune: Arc::new(prune) }
}

/// Follows batches until each of `paths` is covered; what came in the end.
fn follow(batches: &Receiver<Batch>, paths: impl IntoIterator<Item = String>) -> BTreeSet<String> {
    let mut missing: BTreeSet<RelPath> = paths.into_iter().map(|path| RelPath::new(path).unwrap()).collect();
    let mut seen = BTreeSet::new();
    while !missing.is_empty() {
        match batches.recv_timeout(FAILED) {
            Ok(Batch::Paths(dirty)) => {
                missing.retain(|path| !dirty.iter().any(|dirty| path.strip_prefix(dirty).is_some()));
                seen.extend(dirty.iter().map(RelPath::to_string));
            }
            Ok(Batch::Everything(reason)) => {
                missing.clear();
                seen.insert(format!("everything: {reason:?}"));
            }
            Err(_) => panic!("never reported: {missing:?}"),
        }
    }
    seen
}

#[test]
fn every_file_in_directories_made_in_a_hurry_is_covered() {
    let (_guard, root) = scratch();
    let (watcher, batches) = Watcher::start(&root, options(false)).unwrap();
    let files: Vec<String> = (0..300).map(|number| format!("d{number}/b/c/f.py")).collect();
    for file in &files {
        fs::create_dir_all(root.join(file).parent().unwrap()).unwrap();
        fs::write(root.join(file), "").unwrap();
    }
    follow(&batches, files.clone());

    // And they are watched by now, each of them.
    for file in &files {
        fs::write(root.join(file), "changed").unwrap();
    }
    follow(&batches, files);
    assert_eq!(watcher.status(), Status { mode: WatchMode::Native, directories: 901, warnings: vec![] });
}

#[test]
fn renamed_directories_are_watched_under_their_new_name() {
    let (_guard, root) = scratch();
    fs::create_dir_all(root.join("a/b")).unwrap();
    fs::create_dir_all(root.parent().unwrap().join("outside/deep")).unwrap();
    let (watcher, batches) = Watcher::start(&root, options(false)).unwrap();
    let moves = [("a", "c"), ("c", "a"), ("a", "../away"), ("../away", "a"), ("../outside", "inside")];
    for (number, (from, to)) in moves.into_iter().enumerate() {
        fs::rename(root.join(from), root.join(to)).unwrap();
        let inside = [from, to].into_iter().filter(|path| !path.starts_with("..")).map(str::to_owned);
        follow(&batches, inside);
        if !to.starts_with("..") {
            let below = if to == "inside" { "deep" } else { "b" };
            let file = format!("{to}/{below}/f{number}.py");
            fs::write(root.join(&file), "").unwrap();
            follow(&batches, [file]);
        }
    }
    // The root, a, a/b, inside, inside/deep; nothing by an old name.
    assert_eq!(watcher.status().directories, 5);
}

/// Puts another directory in the place of `place`, with `inside` in it, and has somebody go on writing in the
/// old one.
fn exchange(place: &Utf8Path, inside: &str, round: usize) {
    let (next, old) = (place.with_file_name("next"), place.with_file_name(format!("old{round}")));
    fs::create_dir_all(next.join(inside)).unwrap();
    fs::rename(place, &old).unwrap();
    fs::rename(&next, place).unwrap();
}

#[test]
fn the_roots_successor_is_watched_and_the_old_one_is_not() {
    let (_guard, parent) = scratch();
    let root = parent.join("project");
    fs::create_dir_all(root.join("a")).unwrap();
    let (watcher, batches) = Watcher::start(&root, options(false)).unwrap();
    // The root itself, of which its parent tells; then the parent, of which nobody does; then the root again.
    for (round, (place, inside)) in
        [(&root, "a"), (&parent, "project/a"), (&root, "a")].into_iter().enumerate()
    {
        exchange(place, inside, round);
        while batches.recv_timeout(FAILED).unwrap() != Batch::Everything(Reason::RootReplaced) {}
        let old = place.with_file_name(format!("old{round}"));
        fs::write(old.join(inside).join("stale.py"), "").unwrap();
        fs::write(root.join("a/f.py"), "").unwrap();
        assert_eq!(follow(&batches, ["a/f.py".to_owned()]), BTreeSet::from(["a/f.py".to_owned()]));
    }
    assert_eq!(watcher.status().directories, 2);
}

#[test]
fn pruned_directories_are_silent_and_cost_no_watches() {
    let (_guard, root) = scratch();
    fs::create_dir_all(root.join("node_modules/a/b")).unwrap();
    fs::create_dir_all(root.join(".git/objects")).unwrap();
    let (watcher, batches) = Watcher::start(&root, options(false)).unwrap();
    fs::write(root.join("node_modules/a/x.py"), "").unwrap();
    fs::write(root.join(".git/index"), "").unwrap();
    fs::write(root.join("x.py"), "").unwrap();
    assert_eq!(follow(&batches, ["x.py".to_owned()]), BTreeSet::from(["x.py".to_owned()]));
    assert_eq!(watcher.status().directories, 1);
}

#[test]
fn reading_is_not_reported() {
    let (_guard, root) = scratch();
    fs::write(root.join("read.py"), "").unwrap();
    let (_watcher, batches) = Watcher::start(&root, options(false)).unwrap();
    fs::read(root.join("read.py")).unwrap();
    fs::write(root.join("written.py"), "").unwrap();
    let written = "written.py".to_owned();
    assert_eq!(follow(&batches, [written.clone()]), BTreeSet::from([written]));
}

#[test]
fn polling_and_asking_have_everything_looked_at() {
    let (_guard, root) = scratch();
    let (watcher, batches) = Watcher::start(&root, options(true)).unwrap();
    assert_eq!(watcher.status(), Status { mode: WatchMode::Polling, directories: 0, warnings: vec![] });
    watcher.rewatch();
    assert_eq!(batches.recv_timeout(FAILED), Ok(Batch::Everything(Reason::Asked)));
    assert_eq!(batches.recv_timeout(FAILED), Ok(Batch::Everything(Reason::Polling)));
}

#[test]
fn a_root_that_is_none_is_an_error() {
    let (_guard, root) = scratch();
    fs::write(root.join("file"), "").unwrap();
    for bad in ["file", "nothing"] {
        let error = Watcher::start(&root.join(bad), options(false)).unwrap_err();
        assert!(error.to_string().contains(bad), "{error}");
    }
}
