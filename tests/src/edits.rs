//! Random edits to a real project, as people and their tools make them.

use std::collections::{BTreeMap, BTreeSet};

use crate::{Random, Tree, python_files};

/// A sequence of edits to one tree, the same for the same seed. It knows what it has touched, and now and then
/// puts something back as it was.
#[derive(Debug)]
pub struct Edits {
    random: Random,
    /// What was at the paths that were touched before they were: `None` for nothing.
    originals: BTreeMap<String, Option<Vec<u8>>>,
    /// Makes names that nothing else has.
    count: usize,
}

type Edit = fn(&mut Edits, &Tree, &str) -> Option<String>;

/// With how likely they are. Each tells what it did, or declines.
const EDITS: &[(usize, Edit)] = &[
    (5, Edits::insert_statement),
    (5, Edits::insert_in_body),
    (3, Edits::delete_line),
    (4, Edits::rename_function),
    (5, Edits::change_annotation),
    (2, Edits::comment_on_top),
    (2, Edits::add_file),
    (2, Edits::delete_file),
    (2, Edits::rename_file),
    (3, Edits::swap_module_and_package),
    (3, Edits::restore),
];

impl Edits {
    /// The sequence with this number.
    pub fn new(seed: u64) -> Self {
        Self { random: Random::new(seed), originals: BTreeMap::new(), count: 0 }
    }

    /// The chance that the edits are made with.
    pub fn random(&mut self) -> &mut Random {
        &mut self.random
    }

    /// Makes one edit and tells which.
    pub fn make(&mut self, tree: &Tree) -> String {
        let weights: usize = EDITS.iter().map(|(weight, _)| weight).sum();
        let files: Vec<String> = python_files(&tree.root()).into_iter().collect();
        loop {
            let path = self.random.pick(&files).clone();
            let mut chance = self.random.below(weights);
            let edit = EDITS.iter().find(|(weight, _)| match chance.checked_sub(*weight) {
                Some(rest) => {
                    chance = rest;
                    false
                }
                None => true,
            });
            let (_, edit) = edit.expect("the chance is below the sum of weights");
            if let Some(done) = edit(self, tree, &path) {
                return done;
            }
        }
    }

    fn name(&mut self) -> String {
        self.count += 1;
        format!("added_{}", self.count)
    }

    /// Before anything happens to `path`.
    fn remember(&mut self, tree: &Tree, path: &str) {
        if !self.originals.contains_key(path) {
            self.originals.insert(path.to_owned(), tree.read(path));
        }
    }

    fn put(&mut self, tree: &Tree, path: &str, text: &str) {
        self.remember(tree, path);
        tree.write(path, text);
    }

    /// Replaces one of the lines that `which` takes by what it makes of it.
    fn replace_line(
        &mut self,
        tree: &Tree,
        path: &str,
        which: impl Fn(&str) -> Option<String>,
    ) -> Option<String> {
        let text = text(tree, path)?;
        let candidates: Vec<(usize, String)> =
            text.lines().enumerate().filter_map(|(number, line)| Some((number, which(line)?))).collect();
        if candidates.is_empty() {
            return None;
        }
        let (number, new) = self.random.pick(&candidates);
        let mut lines: Vec<&str> = text.lines().collect();
        let old = std::mem::replace(&mut lines[*number], new);
        let done = format!("{path}:{}: {old:?} → {new:?}", number + 1);
        self.put(tree, path, &(lines.join("\n") + "\n"));
        Some(done)
    }

    /// At top level, before something that begins there.
    fn insert_statement(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let name = self.name();
        let module = self.some_module(tree);
        let statement = match self.random.below(8) {
            0 => format!("{name}: int = 1"),
            1 => format!("def {name}(value: str, *rest: int) -> str: return value"),
            2 => format!("class {name}:\n    field: int = 1\n    def method(self): self.other = self.field"),
            3 => format!("import {module}"),
            4 => format!("from {module} import *"),
            5 => format!("import {module} as {name}"),
            6 => "from typing import Any, TYPE_CHECKING".to_owned(),
            _ => format!("{name} = [len]"),
        };
        let begins = ["def ", "class ", "import ", "from ", "@"];
        self.replace_line(tree, path, |line| {
            begins.iter().any(|begin| line.starts_with(begin)).then(|| format!("{statement}\n{line}"))
        })
    }

    fn insert_in_body(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let name = self.name();
        let statement = match self.random.below(5) {
            0 => format!("{name} = 1"),
            1 => format!("global {name}; {name} = 1"),
            2 => format!("yield {name}"),
            3 => "import os.path".to_owned(),
            _ => format!("{name} = None  # nothing"),
        };
        self.replace_line(tree, path, |line| {
            let body = line.trim_start();
            let indentation = &line[..line.len() - body.len()];
            (body.starts_with("return") && !indentation.is_empty())
                .then(|| format!("{indentation}{statement}\n{line}"))
        })
    }

    /// Whatever it says: sometimes the file does not parse afterwards.
    fn delete_line(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let text = text(tree, path).filter(|text| !text.is_empty())?;
        let mut lines: Vec<&str> = text.lines().collect();
        let number = self.random.below(lines.len());
        let old = lines.remove(number);
        let done = format!("{path}:{}: without {old:?}", number + 1);
        self.put(tree, path, &(lines.join("\n") + "\n"));
        Some(done)
    }

    fn rename_function(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let suffix = self.name();
        self.replace_line(tree, path, |line| {
            let (indentation, rest) = line.split_once("def ")?;
            let (name, rest) = rest.split_once('(')?;
            let blank = indentation.trim().is_empty() || indentation.trim() == "async";
            (blank && !name.starts_with("__")).then(|| format!("{indentation}def {name}_{suffix}({rest}"))
        })
    }

    fn change_annotation(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let new = *self.random.pick(&["int", "str", "object", "list[int]", "\"Missing\""]);
        self.replace_line(tree, path, |line| {
            if let Some((before, after)) = line.split_once("-> ") {
                let (_, rest) = after.split_once(':')?;
                return Some(format!("{before}-> {new}:{rest}"));
            }
            for old in [": str", ": int", ": bool", ": object"] {
                if let Some((before, after)) = line.split_once(old) {
                    return Some(format!("{before}: {new}{after}"));
                }
            }
            None
        })
    }

    fn comment_on_top(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let text = text(tree, path)?;
        self.put(tree, path, &format!("# a comment\n{text}"));
        Some(format!("{path}: a comment on top"))
    }

    fn add_file(&mut self, tree: &Tree, path: &str) -> Option<String> {
        // Now and then a name that others have: of a sister's, of a standard module.
        let name = match self.random.below(6) {
            0 => "enum".to_owned(),
            1 => "typing".to_owned(),
            _ => self.name(),
        };
        let path = match path.rsplit_once('/') {
            Some((directory, _)) => format!("{directory}/{name}.py"),
            None => format!("{name}.py"),
        };
        if tree.root().join(&path).exists() {
            return None;
        }
        let module = self.some_module(tree);
        let text = format!(
            "import {module}\nfrom . import *\n\n\ndef here(x: int = 1) -> str:\n    return {module}\n"
        );
        self.put(tree, &path, &text);
        Some(format!("{path}: new"))
    }

    fn delete_file(&mut self, tree: &Tree, path: &str) -> Option<String> {
        self.remember(tree, path);
        tree.remove(path);
        Some(format!("{path}: deleted"))
    }

    fn rename_file(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let name = self.name();
        self.relocate(tree, path, &format!("{}_{name}.py", path.strip_suffix(".py")?))
    }

    fn swap_module_and_package(&mut self, tree: &Tree, path: &str) -> Option<String> {
        let other = match path.strip_suffix("/__init__.py") {
            Some(package) => format!("{package}.py"),
            None => format!("{}/__init__.py", path.strip_suffix(".py")?),
        };
        self.relocate(tree, path, &other)
    }

    fn relocate(&mut self, tree: &Tree, from: &str, to: &str) -> Option<String> {
        if tree.root().join(to).exists() {
            return None;
        }
        self.remember(tree, from);
        self.remember(tree, to);
        tree.rename(from, to);
        Some(format!("{from} → {to}"))
    }

    /// Puts a path back as it was at the beginning, what was absent included.
    fn restore(&mut self, tree: &Tree, _: &str) -> Option<String> {
        let touched: Vec<String> = self.originals.keys().cloned().collect();
        if touched.is_empty() {
            return None;
        }
        let path = self.random.pick(&touched).clone();
        let original = self.originals.get(&path)?.clone();
        if tree.read(&path) == original {
            return None;
        }
        match original {
            Some(bytes) => tree.write(&path, bytes),
            None => tree.remove(&path),
        }
        Some(format!("{path}: as it was"))
    }

    /// The dotted name of some file, by its path below the first directory that is no package.
    fn some_module(&mut self, tree: &Tree) -> String {
        let files = python_files(&tree.root());
        let packages: BTreeSet<&str> =
            files.iter().filter_map(|path| path.strip_suffix("/__init__.py")).collect();
        let paths: Vec<&String> = files.iter().filter(|path| path.ends_with(".py")).collect();
        let path = self.random.pick(&paths).as_str();
        let stem = path.trim_end_matches(".py").trim_end_matches("/__init__");
        let mut top = stem;
        while let Some((directory, _)) =
            top.rsplit_once('/').filter(|(directory, _)| packages.contains(directory))
        {
            top = directory;
        }
        let outside = top.rsplit_once('/').map_or(0, |(outside, _)| outside.len() + 1);
        stem[outside..].replace('/', ".")
    }
}

/// A file's text, if it is there and UTF-8 with plain line ends: others are not edited.
fn text(tree: &Tree, path: &str) -> Option<String> {
    String::from_utf8(tree.read(path)?).ok().filter(|text| !text.contains('\r'))
}
