//! Answers: what a provider says about the types of one file's definitions.

use std::fmt;
use std::sync::Arc;

use bitflags::bitflags;
use compact_str::CompactString;
use rustc_hash::FxHashMap;
use serde::{Deserialize, Serialize};

bitflags! {
    /// What must be known about an answer besides its text.
    #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
    pub struct Flags: u8 {
        /// The provider does not know the type.
        const UNKNOWN = 1;
        /// The text leaves something out (a long union was cut).
        const PARTIAL = 2;
        /// The provider's own parser has nothing at this place.
        const NO_SITE = 4;
        /// The parser had to recover around the definition.
        const NEAR_ERROR = 8;
        /// The provider crashed, hung or flooded memory on this file; the answer is the `declared` one.
        const QUARANTINED = 16;
        /// A part of the type is not known: a member of the union, an argument, what a parameter takes.
        const PARTLY_UNKNOWN = 32;
    }
}

impl Flags {
    /// The words of all that hold, in a fixed order.
    pub fn words(self) -> Vec<&'static str> {
        [
            (Self::UNKNOWN, "unknown"),
            (Self::PARTLY_UNKNOWN, "partly-unknown"),
            (Self::PARTIAL, "partial"),
            (Self::NO_SITE, "no-site"),
            (Self::NEAR_ERROR, "near-error"),
            (Self::QUARANTINED, "quarantined"),
        ]
        .into_iter()
        .filter_map(|(flag, word)| self.contains(flag).then_some(word))
        .collect()
    }
}

/// Who answers: part of every key and of a snapshot's provenance.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct ProviderId {
    /// `declared`, `ty`, …
    pub name: CompactString,
    /// Its own version.
    pub version: CompactString,
}

impl fmt::Display for ProviderId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.name, self.version)
    }
}

/// The answer for one definition.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub struct Answer<'a> {
    /// The provider's own text; `None` where it has nothing to say.
    pub text: Option<&'a str>,
    /// The normal form of the text: what deltas and drift compare.
    pub normal: Option<&'a str>,
    /// What else must be known.
    pub flags: Flags,
}

/// A file's answers, one per definition of its outline and in the same order. Equal texts are kept once: in
/// real files most are (`int`, `str`, `Unknown`).
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Answers {
    texts: Box<[Arc<str>]>,
    rows: Box<[(u32, u32, Flags)]>,
}

impl Answers {
    /// How many definitions are answered.
    pub fn len(&self) -> usize {
        self.rows.len()
    }

    /// Whether the file has no definitions.
    pub fn is_empty(&self) -> bool {
        self.rows.is_empty()
    }

    /// The answer for the definition with this index in the outline; an empty one behind the end.
    pub fn get(&self, index: usize) -> Answer<'_> {
        let Some(&(text, normal, flags)) = self.rows.get(index) else { return Answer::default() };
        // 0 stands for `None`; a number from a damaged row that leads nowhere does too.
        let text_at = |number: u32| {
            let index = (number as usize).checked_sub(1)?;
            self.texts.get(index).map(|text| &**text)
        };
        Answer { text: text_at(text), normal: text_at(normal), flags }
    }

    /// All answers, in the outline's order.
    pub fn iter(&self) -> impl ExactSizeIterator<Item = Answer<'_>> {
        (0..self.rows.len()).map(|index| self.get(index))
    }
}

/// Collects [`Answers`] in the outline's order.
#[derive(Debug, Default)]
pub struct AnswersBuilder {
    texts: Vec<Arc<str>>,
    known: FxHashMap<Arc<str>, u32>,
    rows: Vec<(u32, u32, Flags)>,
}

impl AnswersBuilder {
    /// The answer for the next definition.
    pub fn push(&mut self, answer: Answer<'_>) {
        let row = (self.intern(answer.text), self.intern(answer.normal), answer.flags);
        self.rows.push(row);
    }

    fn intern(&mut self, text: Option<&str>) -> u32 {
        let Some(text) = text else { return 0 };
        if let Some(&number) = self.known.get(text) {
            return number;
        }
        let text: Arc<str> = text.into();
        self.texts.push(Arc::clone(&text));
        let number = self.texts.len() as u32;
        self.known.insert(text, number);
        number
    }

    /// The finished answers.
    pub fn finish(self) -> Answers {
        Answers { texts: self.texts.into(), rows: self.rows.into() }
    }
}
