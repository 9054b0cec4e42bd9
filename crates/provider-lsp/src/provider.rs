//! The provider: servers for the world of the day, and the work shared out among them.

use std::sync::Arc;
use std::sync::atomic::AtomicBool;

use rustc_hash::{FxHashMap, FxHashSet};
use serde_json::Value;
use staniel_facts::{
    Answer, Answers, AnswersBuilder, Cancel, ContentHash, FileState, Flags, LineIndex, Position,
    PositionEncoding, ProviderId, RelPath, Span, World,
};
use staniel_provider::{
    AskError, Observer, Outcome, Place, Question, Sight, Sources, Target, TargetFile, TypeProvider,
    check_content, flags, normal_form,
};

use crate::recoded::Recoded;
use crate::session::Session;
use crate::stop::Stop;
use crate::surroundings::Surroundings;
use crate::sweep::{Document, Reply, Sweep};
use crate::{LspOptions, hover, uri};

/// A language server, or several that share the files.
///
/// Servers read the project's files from disk: whoever asks must see to it that the disk is what the world says, before
/// and after. Each world has servers of its own.
pub struct LspProvider {
    options: LspOptions,
    sources: Arc<dyn Sources>,
    world: World,
    surroundings: Option<Surroundings>,
    /// Of this world, once somebody asks.
    recoded: Option<Recoded>,
    /// Contents that are their text.
    plain: FxHashSet<ContentHash>,
    sessions: Vec<Option<Session>>,
    /// Files that one server must be asked about, by number.
    components: FxHashMap<RelPath, usize>,
}

impl LspProvider {
    /// Nothing is started before somebody asks.
    pub fn new(options: LspOptions, sources: Arc<dyn Sources>) -> Self {
        Self {
            options,
            sources,
            world: World::default(),
            surroundings: None,
            recoded: None,
            plain: FxHashSet::default(),
            sessions: Vec::new(),
            components: FxHashMap::default(),
        }
    }

    fn dismiss(&mut self) {
        let sessions: Vec<Session> = self.sessions.drain(..).flatten().collect();
        std::thread::scope(|scope| {
            for session in sessions {
                scope.spawn(|| session.close());
            }
        });
        self.surroundings = None;
    }

    /// Asks all servers, each about its share of `documents`.
    fn sweep(
        &mut self,
        method: &'static str,
        documents: &[Document],
        observer: Option<&dyn Observer>,
        cancel: &Cancel,
    ) -> Result<Vec<Vec<Reply>>, AskError> {
        if self.surroundings.is_none() {
            let made = Surroundings::new(&self.options, &self.world.environment);
            let failed =
                |error| AskError::Broken(format!("no room for what the language server needs: {error}"));
            self.surroundings = Some(made.map_err(failed)?);
        }
        if self.recoded.is_none() {
            let recoded = Recoded::find(&self.world, &*self.sources, &mut self.plain, cancel)?;
            self.recoded = Some(recoded);
        }
        let (Some(surroundings), Some(recoded)) = (&self.surroundings, &self.recoded) else {
            return Ok(Vec::new());
        };
        let shares = shares(documents, self.options.servers.max(1), &self.components);
        self.sessions.resize_with(shares.len().max(self.sessions.len()), || None);
        // The first to fail stops the others.
        let (options, sources) = (&self.options, &*self.sources);
        let failed = Cancel::new();
        let answered = AtomicBool::new(false);
        let results: Vec<_> = std::thread::scope(|scope| {
            let threads: Vec<_> = self
                .sessions
                .iter_mut()
                .zip(&shares)
                .map(|(session, share)| {
                    let (failed, answered) = (&failed, &answered);
                    let documents = share.iter().map(|&index| &documents[index]).collect();
                    scope.spawn(move || {
                        let stop = Stop { asker: cancel, others: failed };
                        let sweep = Sweep {
                            options,
                            surroundings,
                            sources,
                            recoded,
                            method,
                            documents,
                            observer,
                            answered,
                            stop,
                        };
                        let result = sweep.run(session);
                        if result.is_err() {
                            failed.cancel();
                        }
                        result
                    })
                })
                .collect();
            threads.into_iter().map(|thread| thread.join().expect("asking does not panic")).collect()
        });
        let mut replies = vec![Vec::new(); documents.len()];
        let mut error = None;
        for (share, result) in shares.iter().zip(results) {
            match result {
                Ok(said) => {
                    for (&index, said) in share.iter().zip(said) {
                        replies[index] = said;
                    }
                }
                // Not the one that was only stopped.
                Err(AskError::Cancelled) if error.is_some() => {}
                Err(other) => {
                    if error.is_none() || matches!(error, Some(AskError::Cancelled)) {
                        error = Some(other);
                    }
                }
            }
        }
        match error {
            None => Ok(replies),
            Some(error) => {
                self.dismiss();
                Err(error)
            }
        }
    }
}

impl Drop for LspProvider {
    fn drop(&mut self) {
        self.dismiss();
    }
}

impl TypeProvider for LspProvider {
    fn id(&self) -> ProviderId {
        self.options.server.id()
    }

    /// The servers of the world before are dismissed: that one which was told of changes answers like a fresh one is
    /// nothing that anybody promises.
    fn advance(&mut self, world: &World, _changed: &[RelPath]) {
        self.dismiss();
        self.recoded = None;
        self.world = world.clone();
    }

    fn keep_together(&mut self, components: FxHashMap<RelPath, usize>) {
        self.components = components;
    }

    fn ask(
        &mut self,
        questions: &[Question],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Outcome>, AskError> {
        let mut documents = Vec::new();
        for question in questions {
            check_content(&self.world, &question.path, question.hash)?;
            let definitions = &question.facts.outline.definitions;
            if definitions.is_empty() {
                observer.done(&question.path);
                continue;
            }
            documents.push(Document {
                path: question.path.clone(),
                hash: question.hash,
                offsets: definitions.iter().map(|definition| definition.name.start).collect(),
            });
        }
        let mut replies = if documents.is_empty() {
            Vec::new().into_iter()
        } else {
            self.sweep("textDocument/hover", &documents, Some(observer), cancel)?.into_iter()
        };
        let outcome = |question: &Question| {
            if question.facts.outline.definitions.is_empty() {
                return Outcome::Answered(Answers::default());
            }
            outcome(replies.next().unwrap_or_default())
        };
        Ok(questions.iter().map(outcome).collect())
    }

    fn look(
        &mut self,
        places: &[Place],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Option<Sight>>, AskError> {
        let mut seen = Vec::with_capacity(places.len());
        let mut documents: Vec<Document> = Vec::new();
        let mut known: FxHashMap<&RelPath, (usize, Arc<str>)> = FxHashMap::default();
        for place in places {
            check_content(&self.world, &place.path, place.hash)?;
            let (document, text) = match known.get(&place.path) {
                Some((document, text)) => (*document, Arc::clone(text)),
                None => {
                    let text = self
                        .sources
                        .text(&place.path, place.hash)
                        .map_err(|_| AskError::Stale(place.path.clone()))?;
                    let (path, hash) = (place.path.clone(), place.hash);
                    documents.push(Document { path, hash, offsets: Vec::new() });
                    known.insert(&place.path, (documents.len() - 1, Arc::clone(&text)));
                    (documents.len() - 1, text)
                }
            };
            seen.push(identifier(&text, place.offset).map(|token| {
                documents[document].offsets.push(token.start);
                (document, documents[document].offsets.len() - 1, token)
            }));
        }
        if documents.iter().all(|document| document.offsets.is_empty()) {
            return Ok(vec![None; places.len()]);
        }
        let hovers = self.sweep("textDocument/hover", &documents, Some(observer), cancel)?;
        let definitions = self.sweep("textDocument/definition", &documents, None, cancel)?;
        let encoding =
            self.sessions.iter().flatten().map(|session| session.encoding).next().unwrap_or_default();
        let said = |replies: &[Vec<Reply>], document: usize, place: usize| match &replies[document][place] {
            Reply::Said(value) => value.clone(),
            Reply::Failed(_) => Value::Null,
        };
        let sight = |(document, place, token): (usize, usize, Span)| {
            let text = hover::text(&said(&hovers, document, place));
            let target = self.target(&said(&definitions, document, place), encoding);
            (text.is_some() || target.is_some()).then_some(Sight { token, text, target })
        };
        Ok(seen.into_iter().map(|place| place.and_then(sight)).collect())
    }
}

impl LspProvider {
    /// Where a reply to `textDocument/definition` leads first: it is a `Location`, a list of them, or of `LocationLink`s.
    fn target(&self, reply: &Value, encoding: PositionEncoding) -> Option<Target> {
        let location = reply.as_array().map_or(Some(reply), |all| all.first())?;
        let (uri, range) = match location.get("targetUri") {
            Some(uri) => (uri, location.get("targetSelectionRange")?),
            None => (location.get("uri")?, location.get("range")?),
        };
        let path = uri::path(uri.as_str()?)?;
        let inside =
            path.strip_prefix(&self.options.root).ok().and_then(|path| RelPath::new(path.as_str()).ok());
        let ours = inside.and_then(|path| {
            let FileState::Present(hash) = self.world.state(path.as_str()) else { return None };
            Some((self.sources.text(&path, hash).ok()?, TargetFile::Project(path)))
        });
        let (text, file) = match ours {
            Some(ours) => ours,
            None => {
                let text: Arc<str> = String::from_utf8_lossy(&std::fs::read(&path).ok()?).into();
                let name = path.into_string();
                (Arc::clone(&text), TargetFile::Elsewhere { name, text })
            }
        };
        let lines = LineIndex::new(&text).resolver();
        let offset = |end: &str| {
            let part = |name: &str| u32::try_from(range[end][name].as_u64()?).ok();
            lines.offset(Position { line: part("line")?, character: part("character")? }, encoding)
        };
        let (start, end) = (offset("start")?, offset("end")?);
        Some(Target { file, name: Span { start, end: end.max(start) } })
    }
}

/// The answers for one file.
fn outcome(replies: Vec<Reply>) -> Outcome {
    let mut failed = None;
    let mut normals: FxHashMap<String, String> = FxHashMap::default();
    let mut answers = AnswersBuilder::default();
    for reply in replies {
        let text = match reply {
            Reply::Said(value) => hover::text(&value),
            Reply::Failed(words) => {
                failed.get_or_insert(words);
                let flags = Flags::UNKNOWN | Flags::QUARANTINED;
                answers.push(Answer { text: None, normal: None, flags });
                continue;
            }
        };
        let Some(text) = text else {
            answers.push(Answer { text: None, normal: None, flags: Flags::UNKNOWN | Flags::NO_SITE });
            continue;
        };
        let normal = normals.entry(text.clone()).or_insert_with(|| normal_form(&text));
        answers.push(Answer { text: Some(&text), normal: Some(normal), flags: flags(&text, normal) });
    }
    match failed {
        None => Outcome::Answered(answers.finish()),
        Some(words) => Outcome::Partly(answers.finish(), words),
    }
}

/// The identifier at `offset`, or directly before it.
fn identifier(text: &str, offset: u32) -> Option<Span> {
    let offset = offset as usize;
    if !text.is_char_boundary(offset) {
        return None;
    }
    let part = |c: &char| c.is_alphanumeric() || *c == '_';
    let before: usize = text[..offset].chars().rev().take_while(part).map(char::len_utf8).sum();
    let after: usize = text[offset..].chars().take_while(part).map(char::len_utf8).sum();
    let token = Span::new(offset - before, offset + after);
    let is_number = text[offset - before..].starts_with(|c: char| c.is_ascii_digit());
    (before + after > 0 && !is_number).then_some(token)
}

/// Who asks what: for each of at most `count` servers the documents, by index and in their order. Components are kept
/// together, the largest handed out first, each to whom has least to do.
fn shares(documents: &[Document], count: usize, components: &FxHashMap<RelPath, usize>) -> Vec<Vec<usize>> {
    let mut parts: Vec<(usize, Vec<usize>)> = Vec::new();
    let mut known: FxHashMap<usize, usize> = FxHashMap::default();
    for (index, document) in documents.iter().enumerate() {
        // One that nobody has put anywhere is alone.
        let part = match components.get(&document.path) {
            Some(&component) => *known.entry(component).or_insert(parts.len()),
            None => parts.len(),
        };
        if part == parts.len() {
            parts.push((0, Vec::new()));
        }
        parts[part].0 += document.offsets.len();
        parts[part].1.push(index);
    }
    parts.sort_by_key(|(places, _)| std::cmp::Reverse(*places));
    let mut shares = vec![(0, Vec::new()); count.min(parts.len())];
    for (places, part) in parts {
        if let Some((has, share)) = shares.iter_mut().min_by_key(|(has, _)| *has) {
            *has += places;
            share.extend(part);
        }
    }
    shares
        .into_iter()
        .map(|(_, mut share)| {
            share.sort_unstable();
            share
        })
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn components_stay_together_and_servers_have_about_as_much_to_do() {
        let path = |index: usize| RelPath::new(format!("{index}.py")).unwrap();
        let documents: Vec<Document> = [3, 1, 2, 9, 1]
            .into_iter()
            .enumerate()
            .map(|(index, places)| Document {
                path: path(index),
                hash: ContentHash::default(),
                offsets: vec![0; places],
            })
            .collect();
        let together = FxHashMap::from_iter([(path(0), 7), (path(2), 7), (path(1), 8)]);
        assert_eq!(shares(&documents, 2, &together), [vec![3], vec![0, 1, 2, 4]]);
        assert_eq!(shares(&documents, 1, &together), [[0, 1, 2, 3, 4]]);
        assert_eq!(shares(&documents, 9, &together), [vec![3], vec![0, 2], vec![1], vec![4]]);
        assert!(shares(&[], 3, &together).is_empty());
    }
}
