//! The provider that only repeats what is written.

use staniel_facts::{Answer, Answers, AnswersBuilder, Cancel, FileFacts, Flags, ProviderId, RelPath, World};

use crate::{AskError, Observer, Outcome, Question, TypeProvider, normal_form};

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
}
