//! Small projects as text: `#- path` begins a file.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use expect_test::Expect;
use staniel_db::{Database, FactSource, Touched};
use staniel_facts::{
    ContentHash, Edge, EdgeContent, Environment, FileFacts, FileState, ImportFacts, PositionEncoding,
    PythonVersion, RelPath, SourceKind, Tracked, World,
};

pub(crate) fn path(text: &str) -> RelPath {
    RelPath::new(text).expect("fixtures have plain paths")
}

/// Parses what it is asked for, as the engine would, and counts.
#[derive(Default)]
pub(crate) struct Texts {
    texts: Mutex<BTreeMap<ContentHash, String>>,
    /// How often it was asked for what a file imports and binds.
    pub(crate) scanned: AtomicUsize,
    /// How often it was asked for all facts.
    pub(crate) outlined: AtomicUsize,
}

impl Texts {
    pub(crate) fn add(&self, text: &str) -> ContentHash {
        let hash = ContentHash::of(text.as_bytes());
        self.texts.lock().expect("no test panics while it holds the lock").insert(hash, text.to_owned());
        hash
    }

    fn text(&self, hash: ContentHash) -> String {
        self.texts.lock().expect("no test panics while it holds the lock")[&hash].clone()
    }
}

impl FactSource for Texts {
    fn import_facts(&self, _: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        self.scanned.fetch_add(1, Ordering::Relaxed);
        Arc::new(staniel_syntax::import_facts(self.text(hash).as_bytes(), SourceKind::Python))
    }

    fn facts(&self, _: &RelPath, hash: ContentHash) -> Arc<FileFacts> {
        self.outlined.fetch_add(1, Ordering::Relaxed);
        Arc::new(staniel_syntax::facts(self.text(hash).as_bytes(), SourceKind::Python))
    }
}

pub(crate) fn environment(roots: &[&str]) -> Environment {
    Environment {
        roots: roots.iter().map(|root| path(root)).collect(),
        python: PythonVersion { major: 3, minor: 13 },
        third_party: BTreeSet::from(["numpy".into(), "google".into()]),
        ..Environment::default()
    }
}

/// A project that can be edited.
pub(crate) struct Project {
    pub(crate) source: Arc<Texts>,
    pub(crate) world: World,
    pub(crate) db: Database,
}

impl Project {
    pub(crate) fn new(environment: Environment) -> Self {
        let source = Arc::new(Texts::default());
        let environment = Arc::new(environment);
        let db = Database::logging(source.clone(), Arc::clone(&environment));
        Self { source, world: World { environment, ..World::default() }, db }
    }

    pub(crate) fn of(roots: &[&str], fixture: &str) -> Self {
        let mut project = Self::new(environment(roots));
        let files = parse(fixture);
        let edits: Vec<(&str, Option<&str>)> =
            files.iter().map(|(path, text)| (path.as_str(), Some(text.as_str()))).collect();
        project.edit(&edits);
        project
    }

    /// Writes files, or deletes them (`None`).
    pub(crate) fn edit(&mut self, edits: &[(&str, Option<&str>)]) -> Touched {
        for (file, text) in edits {
            match text {
                Some(text) => {
                    let state = FileState::Present(self.source.add(text));
                    self.world.files.insert(path(file), Tracked { state, ..Tracked::default() });
                }
                None => {
                    self.world.files.remove(*file);
                }
            }
        }
        let changed: Vec<RelPath> = edits.iter().map(|(file, _)| path(file)).collect();
        self.db.advance(&self.world, &changed)
    }

    /// A database that has never known anything but the world as it is.
    pub(crate) fn fresh(&self) -> Database {
        let mut db = Database::new(self.source.clone(), Arc::clone(&self.world.environment));
        let all: Vec<RelPath> = self.world.files.keys().cloned().collect();
        db.advance(&self.world, &all);
        db
    }

    /// Asks for everything, and returns the queries that ran.
    pub(crate) fn ask_everything(&self) -> String {
        self.db.take_executed();
        for path in self.world.files.keys() {
            self.db.facts(path);
            self.db.resolution(path);
            self.db.needs(path);
        }
        self.db.take_executed().join("\n")
    }

    /// The edges of one file, a line each.
    pub(crate) fn edges(&self, file: &str) -> String {
        self.db.resolution(&path(file)).edges.iter().map(line).collect::<Vec<_>>().join("\n")
    }

    /// Where each name in a file's imports stands, and what it means: `line:column module symbol`, from 1.
    pub(crate) fn lines(&self, file: &str) -> String {
        let facts = self.db.import_facts(&path(file)).expect("the file is there");
        let resolution = self.db.resolution(&path(file));
        let rows = resolution.edges.iter().filter_map(|edge| {
            let import = facts.imports.get(edge.import as usize)?;
            let start = facts.range(import.name, PositionEncoding::Utf32).range.start;
            let (module, symbol) = (&edge.content.module, edge.content.symbol.as_deref().unwrap_or("-"));
            Some(format!("{}:{} {module} {symbol}", start.line + 1, start.character + 1))
        });
        rows.collect::<Vec<_>>().join("\n")
    }

    /// What a file needs, and where it would look for more.
    pub(crate) fn needs(&self, file: &str) -> String {
        let needs = self.db.needs(&path(file));
        let mut text = String::new();
        for target in &needs.targets {
            writeln!(text, "{target}").expect("strings take any text");
        }
        for (slot, bits) in &needs.slots {
            writeln!(text, "{}/ {} = {bits}", slot.dir, slot.name).expect("strings take any text");
        }
        text
    }
}

fn line(edge: &Edge) -> String {
    let EdgeContent { module, symbol, class, resolved, stub, origin, contexts, implicit } = &*edge.content;
    let mut line = match edge.import {
        Edge::NO_IMPORT => format!("- {module}"),
        import => format!("{import} {module}"),
    };
    if let Some(symbol) = symbol {
        write!(line, ":{symbol}").expect("strings take any text");
    }
    match resolved {
        Some(resolved) => write!(line, " → {resolved}").expect("strings take any text"),
        None => write!(line, " → ({})", class.as_str()).expect("strings take any text"),
    }
    if let Some(stub) = stub {
        write!(line, " + {stub}").expect("strings take any text");
    }
    if let Some(origin) = origin {
        write!(line, " from {}", origin.module).expect("strings take any text");
        if let Some(symbol) = &origin.symbol {
            write!(line, ":{symbol}").expect("strings take any text");
        }
    }
    for word in contexts.words() {
        write!(line, " {word}").expect("strings take any text");
    }
    if *implicit {
        line.push_str(" (implicit)");
    }
    line
}

/// The edges of `main.py` (or of the file marked with `$`) in a project with the roots given.
pub(crate) fn check_in(roots: &[&str], fixture: &str, expected: &Expect) {
    let marked = fixture.lines().find_map(|line| line.strip_prefix("#- ")?.strip_suffix(" $"));
    let project = Project::of(roots, &fixture.replace(" $\n", "\n"));
    expected.assert_eq(&project.edges(marked.unwrap_or("main.py")));
}

/// [`check_in`] with the one root that most projects have.
pub(crate) fn check(fixture: &str, expected: &Expect) {
    check_in(&[""], fixture, expected);
}

pub(crate) fn parse(fixture: &str) -> Vec<(String, String)> {
    let mut files: Vec<(String, String)> = Vec::new();
    for line in fixture.lines() {
        if let Some(path) = line.strip_prefix("#- ") {
            files.push((path.to_owned(), String::new()));
        } else if let Some((_, text)) = files.last_mut() {
            text.push_str(line);
            text.push('\n');
        }
    }
    files
}
