//! The provider that only repeats what is written.

use staniel_facts::{Answer, Answers, AnswersBuilder, Cancel, FileFacts, Flags, ProviderId, RelPath, World};

use crate::{AskError, Observer, Outcome, Place, Question, Sight, TypeProvider, normal_form};

/// Annotations as written: exact in itself, nothing guessed. Depends on the file's own content alone.
#[derive(Clone, Copy, Debug, Default)]
pub struct Declared;

impl Declared {
    /// One file's answers.
    pub fn answers(facts: &FileFacts) -> Answers {
        let mut answers = AnswersBuilder::default();
        for definition in &facts.outline.definitions {
            let text = definition.annotation.as_deref();
            let normal = text.map(normal_form);
            let flags = if text.is_none() { Flags::UNKNOWN } else { Flags::empty() };
            answers.push(Answer { text, normal: normal.as_deref(), flags });
        }
        answers.finish()
    }
}

impl TypeProvider for Declared {
    fn id(&self) -> ProviderId {
        ProviderId { name: "declared".into(), version: "1".into() }
    }

    fn advance(&mut self, _world: &World, _changed: &[RelPath]) {}

    fn ask(
        &mut self,
        questions: &[Question],
        observer: &dyn Observer,
        cancel: &Cancel,
    ) -> Result<Vec<Outcome>, AskError> {
        questions
            .iter()
            .map(|question| {
                cancel.check().map_err(|_| AskError::Cancelled)?;
                observer.started(&question.path, question.hash);
                let outcome = Outcome::Answered(Self::answers(&question.facts));
                observer.done(&question.path);
                Ok(outcome)
            })
            .collect()
    }

    /// Nothing: what a name means where it is used is not written there.
    fn look(
        &mut self,
        places: &[Place],
        _observer: &dyn Observer,
        _cancel: &Cancel,
    ) -> Result<Vec<Option<Sight>>, AskError> {
        Ok(vec![None; places.len()])
    }
}

#[cfg(test)]
mod tests {
    use std::sync::Mutex;

    use staniel_facts::{ContentHash, Definition, DefinitionId, DefinitionKind, Namespace, Outline, Span};

    use super::*;

    fn facts(annotations: &[Option<&str>]) -> FileFacts {
        let definitions = annotations.iter().enumerate().map(|(index, annotation)| Definition {
            id: DefinitionId {
                qualified_name: format!("x{index}").into(),
                namespace: Namespace::Binding,
                ordinal: 0,
            },
            kind: DefinitionKind::Variable,
            name: Span::new(index, index + 1),
            full: Span::new(index, index + 1),
            signature: "".into(),
            annotation: annotation.map(Into::into),
            decorators: Box::default(),
            doc: None,
            near_error: false,
        });
        let outline = Outline { definitions: definitions.collect(), ..Outline::default() };
        FileFacts { outline: outline.into(), ..FileFacts::default() }
    }

    #[derive(Default)]
    struct Log(Mutex<Vec<String>>);

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

    fn questions() -> Vec<Question> {
        let question = |path: &str, annotations: &[Option<&str>]| Question {
            path: RelPath::new(path).unwrap(),
            hash: ContentHash::default(),
            facts: facts(annotations).into(),
        };
        vec![question("a.py", &[Some("typing.Optional[int]"), None]), question("b.py", &[])]
    }

    #[test]
    fn repeats_what_is_written_and_nothing_else() {
        let log = Log::default();
        let outcomes = Declared.ask(&questions(), &log, &Cancel::new()).unwrap();
        let [Outcome::Answered(a), Outcome::Answered(b)] = outcomes.as_slice() else {
            panic!("{outcomes:?}")
        };
        assert!(b.is_empty());
        let rows: Vec<Answer> = a.iter().collect();
        let written = Some("typing.Optional[int]");
        assert_eq!(rows[0], Answer { text: written, normal: Some("None | int"), flags: Flags::empty() });
        assert_eq!(rows[1], Answer { text: None, normal: None, flags: Flags::UNKNOWN });
        let told = log.0.into_inner().unwrap().join(", ");
        assert_eq!(told, "started a.py, done a.py, started b.py, done b.py");
    }

    #[test]
    fn a_raised_flag_ends_the_batch() {
        let cancel = Cancel::new();
        cancel.cancel();
        let outcome = Declared.ask(&questions(), &Log::default(), &cancel);
        assert!(matches!(outcome, Err(AskError::Cancelled)));
    }
}
