//! A look at what has changed sees what a look at everything sees.

use std::fs;

use staniel_facts::{Manifest, World};

use crate::fixture::{Tree, changes};
use crate::git::Dice;

/// Does something to the tree, and says where.
fn edit(tree: &Tree, dice: &mut Dice, step: usize) -> Vec<String> {
    let places = ["a", "b", "a/c", "a/c/d", "b/e", "l", "l/c", "x.py", "a/x.py", ".venv", "a/c/build"];
    let files = ["x.py", "y.py", "z.pyi", "pyproject.toml", "note.txt"];
    let place = dice.pick(&places);
    let file = format!("{place}/{}", dice.pick(&files));
    let exists = |path: &str| tree.path(path).symlink_metadata().is_ok();
    // Somebody may be in the way: a file where a directory is wanted.
    let make_room = |path: &str| fs::create_dir_all(tree.path(path)).is_ok();
    match dice.roll(12) {
        0..=3 => {
            // What a watcher reports of nested new directories is the outermost.
            let mut outermost = file.clone();
            for (at, _) in file.match_indices('/') {
                if !exists(&file[..at]) {
                    outermost = file[..at].to_owned();
                    break;
                }
            }
            if !make_room(place) || tree.path(&file).is_dir() {
                return vec![];
            }
            // Each step has a size of its own: the clock may not have moved since the last.
            tree.write(&file, &"#".repeat(step));
            vec![outermost, file]
        }
        4 | 5 if exists(&file) => {
            tree.remove(&file);
            vec![file]
        }
        6 if exists(place) => {
            tree.remove(place);
            vec![place.to_owned()]
        }
        7 => {
            let to = dice.pick(&places);
            if exists(place) && fs::rename(tree.path(place), tree.path(to)).is_ok() {
                vec![place.to_owned(), to.to_owned()]
            } else {
                vec![]
            }
        }
        8 => {
            let rules = dice.pick(&["build", "x.py", "!x.py", "c/", "*"]);
            let path = format!("{}/.gitignore", dice.pick(&["a", "b", "a/c"]));
            if !make_room(path.trim_end_matches("/.gitignore")) {
                return vec![];
            }
            tree.write(&path, rules);
            // The directory itself may be new.
            vec![path.trim_end_matches("/.gitignore").to_owned(), path]
        }
        9 => {
            let targets = ["a", "b", "a/c", "..", ".", "b/e/x.py", "../a", "../outside", "l", "m"];
            let link = dice.pick(&["l", "m", "a/l.py", "b/l", "a/c/up", "l.py"]);
            if exists(link) && tree.path(link).symlink_metadata().unwrap().is_dir() {
                return vec![];
            }
            if exists(link) {
                tree.remove(link);
            }
            let target = dice.pick(&targets);
            if std::os::unix::fs::symlink(target, tree.path(link)).is_err() {
                return vec![link.to_owned()];
            }
            vec![link.to_owned()]
        }
        10 => {
            if !exists("b") || !tree.path("b").is_dir() {
                return vec![];
            }
            let venv = "b/pyvenv.cfg";
            if exists(venv) {
                tree.remove(venv);
            } else {
                tree.write(venv, "");
            }
            vec![venv.to_owned()]
        }
        _ => vec![],
    }
}

/// `place`, in the directory where it really is, if that is in the tree.
fn real(tree: &Tree, place: &str) -> Option<String> {
    let path = tree.path(place);
    let parent = path.parent()?.canonicalize().ok()?;
    Some(parent.join(path.file_name()?).strip_prefix(tree.path("")).ok()?.to_str()?.to_owned())
}

#[test]
fn looks_agree_after_random_edits() {
    for seed in 0..25 {
        let mut dice = Dice(seed);
        let tree = Tree::new("a/x.py: 1\na/c/y.py: 1\nb/e/x.py: 1\na/c/build/x.py: 1");
        fs::create_dir(tree.outside("outside")).unwrap();
        let mut manifest = tree.scan(&Manifest::default()).manifest;
        let mut world = World::default();
        for step in 0..60 {
            let mut places = Vec::new();
            for _ in 0..=dice.roll(3) {
                let done = edit(&tree, &mut dice, step);
                // Through a link, an edit happens at the link's target: that is where a watcher sees it.
                places.extend(done.iter().filter_map(|place| real(&tree, place)));
                places.extend(done);
            }
            let all: Vec<&str> = places.iter().map(String::as_str).collect();
            let whole = tree.scan(&manifest);
            let part = tree.scan_paths(&manifest, &all);
            assert_eq!(part.manifest, whole.manifest, "seed {seed}, step {step}, {all:?}");
            assert_eq!(changes(&part), changes(&whole), "seed {seed}, step {step}, {all:?}");
            let fresh = tree.scan(&Manifest::default());
            assert_eq!(fresh.manifest, whole.manifest, "seed {seed}, step {step}");
            world = if step == 0 { World::default().after(&fresh.change) } else { world.after(&part.change) };
            assert_eq!(world, World::default().after(&fresh.change), "seed {seed}, step {step}");
            manifest = part.manifest;
        }
    }
}
