//! From the types of a file's sites to the answers for its outline.

use rustc_hash::FxHashMap;
use staniel_facts::{Answer, Answers, AnswersBuilder, Flags};
use staniel_provider::{Question, flags, normal_form};

use crate::replica::Replica;

/// What ty says of the question's definitions, in the outline's order.
///
/// Outline and ty have a parser each; they meet at the byte ranges of name tokens. Where ty recovers from an
/// error in another way, a site has nothing to meet.
pub(crate) fn answer(replica: &Replica, question: &Question) -> Answers {
    let types = replica.types(&question.path);
    let mut normals: FxHashMap<&str, (String, Flags)> = FxHashMap::default();
    let mut answers = AnswersBuilder::default();
    for definition in &question.facts.outline.definitions {
        let found = types.and_then(|types| types.at(definition.name));
        answers.push(match found {
            None => Answer { text: None, normal: None, flags: Flags::UNKNOWN | Flags::NO_SITE },
            Some(None) => Answer { text: None, normal: None, flags: Flags::UNKNOWN },
            Some(Some(text)) => {
                let (normal, flags) = &*normals.entry(text).or_insert_with(|| {
                    let normal = normal_form(text);
                    let flags = flags(text, &normal);
                    (normal, flags)
                });
                Answer { text: Some(text), normal: Some(normal), flags: *flags }
            }
        });
    }
    answers.finish()
}
