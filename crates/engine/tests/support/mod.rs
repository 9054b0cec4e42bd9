//! A project in a temporary directory, and engines on it.

#![allow(dead_code, reason = "each test binary uses its own part")]

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::fs;
use std::time::{Duration, SystemTime};

use camino::{Utf8Path, Utf8PathBuf};
use staniel_engine::{CacheChoice, Engine, Options, ProviderChoice, Published};
use staniel_facts::{Cancel, RelPath, Snapshot};

/// A project's directory and its cache, both gone when the test is over.
pub(crate) struct Project {
    directory: tempfile::TempDir,
}

impl Project {
    /// Writes `fixture`: files, each after a line `#- path`.
    pub(crate) fn new(fixture: &str) -> Self {
        let project = Self { directory: tempfile::tempdir().expect("temporary directory") };
        fs::create_dir(project.root()).expect("root");
        for (path, text) in parse(fixture) {
            project.write(&path, text.as_bytes());
        }
        project
    }

    pub(crate) fn root(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.directory.path()).expect("UTF-8").join("project")
    }

    pub(crate) fn cache(&self) -> Utf8PathBuf {
        Utf8Path::from_path(self.directory.path()).expect("UTF-8").join("cache")
    }

    pub(crate) fn write(&self, path: &str, bytes: &[u8]) {
        let file = self.root().join(path);
        fs::create_dir_all(file.parent().expect("below the root")).expect("directories");
        fs::write(file, bytes).expect("write");
    }

    pub(crate) fn remove(&self, path: &str) {
        let file = self.root().join(path);
        if file.is_dir() { fs::remove_dir_all(file) } else { fs::remove_file(file) }.expect("remove");
    }

    pub(crate) fn edit(&self, path: &str, from: &str, to: &str) {
        let text = fs::read_to_string(self.root().join(path)).expect("read");
        assert!(text.contains(from), "{path} does not contain {from:?}");
        self.write(path, text.replacen(from, to, 1).as_bytes());
    }

    pub(crate) fn options(&self, provider: ProviderChoice) -> Options {
        Options {
            provider: Some(provider),
            cache: CacheChoice::Base(self.cache()),
            // Files that a test has just written count as settled: only then can their stamps be relied on.
            clock: || SystemTime::now() + Duration::from_secs(60),
            ..Options::new(self.root())
        }
    }

    pub(crate) fn engine(&self, provider: ProviderChoice) -> Engine {
        Engine::open(self.options(provider)).expect("opens")
    }

    /// What an engine that remembers nothing says.
    pub(crate) fn fresh(&self, provider: ProviderChoice) -> Published {
        let options =
            Options { cache: CacheChoice::None, shuffle: Some(7), jobs: 1, ..self.options(provider) };
        refresh(&mut Engine::open(options).expect("opens"))
    }
}

pub(crate) fn refresh(engine: &mut Engine) -> Published {
    engine.refresh(&Cancel::new()).expect("publishes")
}

pub(crate) fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("relative")
}

/// The files of a fixture.
pub(crate) fn parse(fixture: &str) -> BTreeMap<String, String> {
    let mut files = BTreeMap::new();
    let mut current: Option<&mut String> = None;
    for line in fixture.lines() {
        if let Some(path) = line.strip_prefix("#- ") {
            current = Some(files.entry(path.trim().to_owned()).or_default());
        } else if let Some(text) = &mut current {
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}

/// All content of a snapshot, a line each: what two runs must agree on to the letter.
pub(crate) fn content(snapshot: &Snapshot) -> String {
    let mut out = String::new();
    for (path, coverage) in snapshot.files() {
        let Some(record) = coverage.record() else {
            writeln!(out, "{path}: {coverage:?}").expect("string");
            continue;
        };
        writeln!(out, "{path}: {}", record.hash()).expect("string");
        for (index, definition) in record.facts().outline.definitions.iter().enumerate() {
            writeln!(out, "  {:?} {:?} {:?}", definition.id, definition.name, record.hover(index))
                .expect("string");
        }
        for edge in record.edges().iter() {
            writeln!(out, "  {edge:?}").expect("string");
        }
    }
    out
}

/// The figures that the counting tests look at.
pub(crate) fn work(published: &Published) -> String {
    let work = published.summary.work;
    format!(
        "read {} parsed {} candidates {} asked {} changed {}",
        work.read, work.outlined, work.candidates, work.asked, work.changed
    )
}

/// The delta, a line each.
pub(crate) fn delta(published: &Published) -> String {
    use staniel_facts::HoverChange;
    let mut out = String::new();
    for (path, file) in published.delta.files() {
        writeln!(out, "{path}").expect("string");
        for (id, change) in file.hovers() {
            let name = &id.qualified_name;
            match change {
                HoverChange::Added(_) => writeln!(out, "  + {name}"),
                HoverChange::Removed(_) => writeln!(out, "  - {name}"),
                HoverChange::Modified(old, new) => {
                    writeln!(out, "  ~ {name}: {:?} → {:?}", old.normal, new.normal)
                }
            }
            .expect("string");
        }
        let (added, removed) = file.edges();
        for (sign, edges) in [("+", added), ("-", removed)] {
            for edge in edges {
                let symbol = edge.symbol.as_deref().unwrap_or("");
                writeln!(out, "  {sign} import {} {symbol} → {}", edge.module, edge.class.as_str())
                    .expect("string");
            }
        }
    }
    out
}
