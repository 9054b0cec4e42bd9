//! A project in memory and a provider on it.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex};

use staniel_facts::{
    Answers, Cancel, ContentHash, Environment, FileState, RelPath, SourceKind, Tracked, Visibility, World,
};
use staniel_provider::{AskError, Observer, Outcome, Question, SourceError, Sources, TypeProvider};
use staniel_provider_ty::{TyOptions, TyProvider};

/// Texts by hash; those that were taken out have "changed".
#[derive(Default)]
pub(crate) struct Shelf(Mutex<BTreeMap<ContentHash, Arc<[u8]>>>);

impl Sources for Shelf {
    fn text(&self, path: &RelPath, hash: ContentHash) -> Result<Arc<str>, SourceError> {
        let bytes = self.0.lock().unwrap().get(&hash).cloned();
        let bytes = bytes.ok_or_else(|| SourceError::Changed(path.clone()))?;
        Ok(staniel_syntax::provider_text(&bytes))
    }
}

impl Shelf {
    pub(crate) fn lose(&self, bytes: &[u8]) {
        self.0.lock().unwrap().remove(&ContentHash::of(bytes));
    }
}

/// What the observer was told, in order.
#[derive(Default)]
pub(crate) struct Log(Mutex<Vec<String>>);

impl Log {
    pub(crate) fn take(&self) -> Vec<String> {
        std::mem::take(&mut self.0.lock().unwrap())
    }
}

impl Observer for Log {
    fn started(&self, path: &RelPath, _hash: ContentHash) {
        self.0.lock().unwrap().push(format!("started {path}"));
    }

    fn done(&self, path: &RelPath) {
        self.0.lock().unwrap().push(format!("done {path}"));
    }

    fn put_off(&self, path: &RelPath) {
        self.0.lock().unwrap().push(format!("put off {path}"));
    }
}

pub(crate) struct Project {
    pub(crate) world: World,
    pub(crate) shelf: Arc<Shelf>,
    pub(crate) log: Log,
    pub(crate) provider: TyProvider,
    contents: BTreeMap<RelPath, Arc<[u8]>>,
}

pub(crate) fn rel(path: &str) -> RelPath {
    RelPath::new(path).unwrap()
}

impl Project {
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        Self::with(TyOptions { threads: 1, ..TyOptions::default() }, files)
    }

    pub(crate) fn with(options: TyOptions, files: &[(&str, &str)]) -> Self {
        let environment = Environment {
            roots: Box::new([RelPath::root()]),
            platform: "linux".into(),
            ..Environment::default()
        };
        Self::on("/nowhere/project", environment, options, files)
    }

    pub(crate) fn on(
        root: &str,
        environment: Environment,
        options: TyOptions,
        files: &[(&str, &str)],
    ) -> Self {
        let shelf = Arc::new(Shelf::default());
        let provider = TyProvider::new(root.into(), Arc::<Shelf>::clone(&shelf), options);
        let world = World { environment: Arc::new(environment), ..World::default() };
        let mut project = Self { world, shelf, log: Log::default(), provider, contents: BTreeMap::new() };
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, Some(text.as_bytes()))).collect();
        project.change(&files);
        project
    }

    /// Writes (or, without bytes, deletes) files, and tells the provider.
    pub(crate) fn change(&mut self, files: &[(&str, Option<&[u8]>)]) {
        let mut changed = Vec::new();
        for (path, bytes) in files {
            let path = rel(path);
            match bytes {
                Some(bytes) => {
                    let hash = ContentHash::of(bytes);
                    self.shelf.0.lock().unwrap().insert(hash, (*bytes).into());
                    let state = FileState::Present(hash);
                    self.world
                        .files
                        .insert(path.clone(), Tracked { state, visibility: Visibility::Reported });
                    self.contents.insert(path.clone(), (*bytes).into());
                }
                None => {
                    self.world.files.remove(&path);
                    self.contents.remove(&path);
                }
            }
            changed.push(path);
        }
        self.provider.advance(&self.world, &changed);
    }

    pub(crate) fn write(&mut self, path: &str, text: &str) {
        self.change(&[(path, Some(text.as_bytes()))]);
    }

    pub(crate) fn delete(&mut self, path: &str) {
        self.change(&[(path, None)]);
    }

    pub(crate) fn question(&self, path: &str) -> Question {
        let path = rel(path);
        let bytes = &self.contents[&path];
        let facts = staniel_syntax::facts(bytes, SourceKind::Python).into();
        Question { hash: ContentHash::of(bytes), facts, path }
    }

    pub(crate) fn ask(&mut self, paths: &[&str]) -> Result<Vec<Outcome>, AskError> {
        let questions: Vec<Question> = paths.iter().map(|path| self.question(path)).collect();
        self.provider.ask(&questions, &self.log, &Cancel::new())
    }

    pub(crate) fn answers(&mut self, path: &str) -> Answers {
        match self.ask(&[path]).unwrap().remove(0) {
            Outcome::Answered(answers) => answers,
            Outcome::Partly(_, words) | Outcome::Quarantined(words) => panic!("`{path}` {words}"),
        }
    }

    /// One line for each definition: name, what ty says, and what else is to be known.
    pub(crate) fn show(&mut self, path: &str) -> String {
        let answers = self.answers(path);
        let facts = self.question(path).facts;
        assert_eq!(answers.len(), facts.outline.definitions.len());
        let mut lines = String::new();
        for (definition, answer) in facts.outline.definitions.iter().zip(answers.iter()) {
            let text = answer.text.unwrap_or("-");
            lines += &format!("{}: {text}", definition.id.qualified_name);
            if answer.normal.is_some_and(|normal| normal != text) {
                lines += &format!("  ~  {}", answer.normal.unwrap_or_default());
            }
            if !answer.flags.is_empty() {
                lines += &format!("  [{}]", answer.flags.words().join(" "));
            }
            lines.push('\n');
        }
        lines
    }
}
