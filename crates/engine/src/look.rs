//! What stands at any place: references as well as definitions.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use rustc_hash::FxHashMap;
use staniel_db::FactSource;
use staniel_facts::{
    Cancel, ContentHash, Definition, FileFacts, Flags, LineResolver, Manifest, RelPath, SourceKind, Span,
    World,
};
use staniel_provider::{AskError, Place, Sight, TargetFile, flags, normal_form};

use crate::analysis::reported;
use crate::answering::still_quarantined;
use crate::asker::{ABORTS, Circumstances};
use crate::engine::{Engine, Looked};
use crate::error::EngineError;
use crate::publish::Void;

/// An identifier where it stands.
#[derive(Clone, Debug)]
pub struct Seen {
    /// Its token, in the file that was looked at.
    pub token: Span,
    /// The type at this very place, in the provider's words.
    pub text: Option<String>,
    /// The type in normal form.
    pub normal: Option<String>,
    /// What the provider's text says of itself.
    pub flags: Flags,
    /// What it means, if the provider knows.
    pub target: Option<Defined>,
}

/// What an identifier means, and where that is defined.
#[derive(Clone, Debug)]
pub struct Defined {
    /// A path of the project, or what stands for a file outside.
    pub file: String,
    /// The project's file, if it is one.
    pub path: Option<RelPath>,
    /// The token that defines it; empty, at the start, for a module.
    pub name: Span,
    /// Lines and columns of that file.
    pub lines: Arc<LineResolver>,
    /// What the outline of that file has there; `None` for modules, and for what an outline does not name.
    pub definition: Option<Definition>,
    /// The docstring: the definition's, or the module's.
    pub doc: Option<Arc<str>>,
}

/// The disk's world as it was at one look, published by nobody: enough to look at single places.
#[derive(Clone, Debug)]
pub struct View {
    world: World,
    /// What was seen, where a server reads the disk by itself: to look whether it is still there afterwards.
    seen: Option<Manifest>,
}

impl View {
    /// The content of a file that is analysed: a module of the project that git does not ignore.
    fn content(&self, path: &RelPath) -> Option<ContentHash> {
        reported(path, self.world.files.get(path)?)
    }
}

impl Engine {
    /// Looks at the tree, and at nothing in it; not again, after [`Self::unchanged`]. The next [`Self::refresh`] goes on
    /// from this look.
    pub fn view(&mut self, cancel: &Cancel) -> Result<View, EngineError> {
        let scan = match self.looked.take() {
            Some(Looked::Unchanged(counts)) => {
                self.looked = Some(Looked::Unchanged(counts));
                return Ok(self.published_view());
            }
            Some(Looked::Changed(scan)) => scan,
            None => self.scan(cancel)?,
        };
        let world = self.world.after(&scan.change);
        for file in &scan.change.files {
            if let (Some(hash), Some(bytes)) = (file.tracked.state.hash(), &file.bytes) {
                self.texts.carry(hash, Arc::clone(bytes));
            }
        }
        let seen = self.server.is_some().then(|| scan.manifest.clone());
        self.looked = Some(Looked::Changed(scan));
        Ok(View { world, seen })
    }

    /// The tree as it was seen last, without another look: that of the last publication, after one.
    pub fn published_view(&self) -> View {
        let seen = self.server.is_some().then(|| self.head.manifest.clone());
        View { world: self.world.clone(), seen }
    }

    /// What one analysed file says; `None` if there is no such file.
    pub fn facts(&self, view: &View, path: &RelPath) -> Option<Arc<FileFacts>> {
        self.open_store();
        Some(self.texts.facts(path, view.content(path)?))
    }

    /// What stands at each of these byte offsets into decoded texts, in the same order.
    ///
    /// Asked of the provider each time and never stored. Cost: what the provider needs to understand those files.
    pub fn look(
        &mut self,
        view: &View,
        places: &[(RelPath, u32)],
        cancel: &Cancel,
    ) -> Result<Vec<Option<Seen>>, EngineError> {
        let mut asked = Vec::new();
        let mut indexes = Vec::new();
        for (index, (path, offset)) in places.iter().enumerate() {
            if let Some(hash) = view.content(path) {
                asked.push(Place { path: path.clone(), hash, offset: *offset });
                indexes.push(index);
            }
        }
        let mut seen: Vec<Option<Seen>> = vec![None; places.len()];
        if asked.is_empty() {
            return Ok(seen);
        }
        let (shunned, accused) = self.failed_on(&view.world);
        let circumstances = Circumstances { shunned, accused, ..Circumstances::default() };
        let sights = match self.asker().look(&view.world, &asked, circumstances, cancel) {
            Ok(sights) => sights,
            Err(AskError::Cancelled) => return Err(EngineError::Cancelled),
            Err(AskError::Broken(why)) => return Err(EngineError::Broken(why)),
            Err(AskError::Stale(path)) => return Err(EngineError::Restless(vec![path])),
        };
        if let Some(manifest) = &view.seen {
            self.check_disk(manifest, cancel).map_err(|void| match void {
                Void::Stale(paths) => EngineError::Restless(paths),
                Void::Failed(error) => error,
            })?;
        }
        let mut defining = FxHashMap::default();
        for (index, sight) in indexes.into_iter().zip(sights) {
            seen[index] = sight.map(|sight| self.seen(view, sight, &mut defining));
        }
        Ok(seen)
    }

    /// The files that the provider is known to fail on, as far as they are what they were; and those among them that
    /// abort its process.
    fn failed_on(&self, world: &World) -> (BTreeMap<RelPath, ContentHash>, BTreeSet<RelPath>) {
        let aborting = |(path, words): (&RelPath, &String)| (*words == ABORTS).then(|| path.clone());
        if let Some(state) = &self.published {
            return (
                still_quarantined(state, world),
                state.quarantined.iter().filter_map(aborting).collect(),
            );
        }
        // The world that HEAD describes is not loaded; its manifest says what was in these files.
        let words = self.current_line().into_iter().flat_map(|line| &line.quarantined);
        let unchanged = |(path, _): &(RelPath, String)| {
            let (_, before) = self.head.manifest.files.get(path)?;
            (world.state(path.as_str()) == before.state).then_some((path.clone(), before.state.hash()?))
        };
        let files = words.clone().filter_map(unchanged).collect();
        (files, words.map(|(path, words)| (path, words)).filter_map(aborting).collect())
    }

    /// `defining` has the files that were met before, by what they are called.
    fn seen(&self, view: &View, sight: Sight, defining: &mut FxHashMap<String, Defining>) -> Seen {
        let normal = sight.text.as_deref().map(normal_form);
        let flags = match (&sight.text, &normal) {
            (Some(text), Some(normal)) => flags(text, normal),
            _ => Flags::UNKNOWN,
        };
        let target = sight.target.and_then(|target| {
            let (file, path) = match &target.file {
                TargetFile::Project(path) => (path.to_string(), Some(path)),
                TargetFile::Elsewhere { name, .. } => (name.clone(), None),
            };
            if !defining.contains_key(&file) {
                let facts = match &target.file {
                    TargetFile::Project(path) => self.facts(view, path)?,
                    TargetFile::Elsewhere { text, .. } => {
                        Arc::new(staniel_syntax::facts(text.as_bytes(), SourceKind::Python))
                    }
                };
                defining.insert(file.clone(), Defining::new(facts));
            }
            Some(defining.get(&file)?.defined(&file, path, target.name))
        });
        Seen { token: sight.token, text: sight.text, normal, flags, target }
    }
}

/// A file that defines something which stands somewhere.
struct Defining {
    facts: Arc<FileFacts>,
    lines: Arc<LineResolver>,
    /// Its definitions, by their tokens.
    definitions: FxHashMap<Span, usize>,
}

impl Defining {
    fn new(facts: Arc<FileFacts>) -> Self {
        let mut definitions = FxHashMap::default();
        for (index, definition) in facts.outline.definitions.iter().enumerate() {
            definitions.entry(definition.name).or_insert(index);
        }
        Self { lines: Arc::new(facts.outline.lines.resolver()), facts, definitions }
    }

    fn defined(&self, file: &str, path: Option<&RelPath>, name: Span) -> Defined {
        let outline = &self.facts.outline;
        let definition = self.definitions.get(&name).map(|&index| outline.definitions[index].clone());
        let doc = match &definition {
            Some(definition) => definition.doc.clone(),
            None if name.start == name.end => outline.doc.clone(),
            None => None,
        };
        let (file, path, lines) = (file.to_owned(), path.cloned(), Arc::clone(&self.lines));
        Defined { file, path, name, lines, definition, doc }
    }
}
