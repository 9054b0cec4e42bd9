//! The names that a text says: identifiers, and words in strings.
//!
//! They are found in the text and not in the tree, as all words that stand in no comment and no docstring: an attribute,
//! a keyword, a part of an imported name, a name in a quoted annotation, in `__all__` or for `hasattr` are all the same
//! here, and so is what is no name at all. A word too many costs a question, one too few a wrong answer.

use std::hash::Hash;
use std::ops::Range;

use rustc_hash::FxHashMap;
use smallvec::SmallVec;
use staniel_facts::NameHash;
use unicode_normalization::UnicodeNormalization as _;

use super::survey::Survey;
use crate::outline::unescape;

/// The number of no statement.
const NOWHERE: usize = usize::MAX;

/// Statements that have a word, by number, each once in a row.
type Homes = SmallVec<[usize; 2]>;

/// Each word, and in which statements of the module it stands.
#[derive(Default)]
pub(super) struct Words<'t> {
    plain: FxHashMap<&'t str, Homes>,
    /// Those that the text spells in another way.
    odd: FxHashMap<String, Homes>,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str, survey: &Survey) -> Self {
        let mut words = Self::default();
        let ranges: Vec<Range<usize>> =
            survey.statements.iter().map(|statement| statement.range.clone()).collect();
        let mut at = 0;
        let mut next = 0;
        for hole in survey.unsaid.iter().cloned().chain(std::iter::once(text.len()..text.len())) {
            if at < hole.start {
                words.look(text, at..hole.start, &ranges, &mut next);
            }
            at = at.max(hole.end);
        }
        for (start, value) in &survey.values {
            let home = ranges.partition_point(|range| range.end <= *start);
            words.look_odd(value, home);
        }
        words
    }

    /// The words of a text of which nothing is known, its comments too.
    pub(super) fn of_all(text: &'t str) -> Self {
        let mut words = Self::default();
        words.look(text, 0..text.len(), &[], &mut 0);
        if text.contains('\\') {
            let mut value = String::new();
            unescape(text, &mut value);
            words.look_odd(&value, NOWHERE);
        }
        words
    }

    /// The statements that `name` stands in, by number, in no order and perhaps more than once; those that are none have
    /// a number that no statement has.
    pub(super) fn homes(&self, name: &str) -> impl Iterator<Item = usize> {
        [self.plain.get(name), self.odd.get(name)].into_iter().flatten().flatten().copied()
    }

    /// Their hashes, sorted.
    pub(super) fn hashes(&self) -> Box<[NameHash]> {
        let odd = self.odd.keys().map(|word| NameHash::of(word));
        let mut hashes: Vec<NameHash> = self.plain.keys().map(|word| NameHash::of(word)).chain(odd).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into()
    }

    /// Takes down the words in a part of a text; the statements before `next` end before it.
    fn look(&mut self, text: &'t str, part: Range<usize>, statements: &[Range<usize>], next: &mut usize) {
        for word in runs(text, part) {
            while statements.get(*next).is_some_and(|statement| statement.end <= word.start) {
                *next += 1;
            }
            let inside = statements.get(*next).is_some_and(|statement| statement.start <= word.start);
            let home = if inside { *next } else { NOWHERE };
            let word = &text[word];
            if word.is_ascii() {
                if !word.starts_with(|first: char| first.is_ascii_digit()) {
                    note(&mut self.plain, word, home);
                }
            } else {
                self.look_foreign(word, home);
            }
        }
    }

    fn look_odd(&mut self, value: &str, home: usize) {
        for word in runs(value, 0..value.len()) {
            self.look_foreign(&value[word], home);
        }
    }

    /// Takes down the words in a run of letters that are not all ASCII: Python compares them in NFKC.
    fn look_foreign(&mut self, run: &str, home: usize) {
        let is_letter = |letter: char| unicode_ident::is_xid_continue(letter);
        for word in run.split(|letter| !is_letter(letter)).filter(|word| !word.is_empty()) {
            note(&mut self.odd, word.nfkc().collect(), home);
        }
    }
}

fn note<W: Eq + Hash>(words: &mut FxHashMap<W, Homes>, word: W, home: usize) {
    let homes = words.entry(word).or_default();
    if homes.last() != Some(&home) {
        homes.push(home);
    }
}

/// The longest runs of bytes that may belong to names, in a part of a text.
fn runs(text: &str, part: Range<usize>) -> impl Iterator<Item = Range<usize>> {
    const IN_NAMES: [bool; 256] = {
        let mut table = [false; 256];
        let mut byte = 0;
        while byte < 256 {
            let ascii = byte as u8;
            table[byte] = ascii.is_ascii_alphanumeric() || ascii == b'_' || !ascii.is_ascii();
            byte += 1;
        }
        table
    };
    let is_in_name = |byte: &u8| IN_NAMES[usize::from(*byte)];
    let bytes = &text.as_bytes()[..part.end];
    let mut at = part.start;
    std::iter::from_fn(move || {
        let start = at + bytes[at..].iter().position(is_in_name)?;
        at = bytes[start..]
            .iter()
            .position(|byte| !is_in_name(byte))
            .map_or(bytes.len(), |length| start + length);
        Some(start..at)
    })
}
