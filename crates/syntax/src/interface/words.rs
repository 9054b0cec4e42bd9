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

use super::statements::Statement;
use super::survey::Survey;
use crate::outline::unescape;

/// Where a word stands that somebody sees.
#[derive(Clone, Copy, PartialEq)]
pub(super) struct Home {
    statement: u32,
    /// Whether only those see it who infer what functions return.
    pub(super) is_deep: bool,
}

impl Home {
    /// In no statement, for all to see.
    const NOWHERE: Self = Self { statement: u32::MAX, is_deep: false };

    /// The number of the statement of the module; one that no statement has if it stands in none.
    pub(super) fn statement(self) -> usize {
        self.statement as usize
    }
}

/// Where a word stands, each place once.
type Homes = SmallVec<[Home; 2]>;

/// Each word, and where somebody sees it.
#[derive(Default)]
pub(super) struct Words<'t> {
    plain: FxHashMap<&'t str, Homes>,
    /// Those that the text spells in another way.
    odd: FxHashMap<String, Homes>,
}

impl<'t> Words<'t> {
    pub(super) fn of(text: &'t str, survey: &Survey) -> Self {
        let mut words = Self::default();
        let unseen = survey.bodies.unseen(text);
        let places = || Places {
            statements: &survey.statements,
            begun: 0,
            hidden: Along(&unseen.hidden),
            deep: Along(&unseen.deep),
        };
        let mut at = 0;
        let mut along = places();
        for hole in survey.unsaid.iter().cloned().chain(std::iter::once(text.len()..text.len())) {
            if at < hole.start {
                words.look(text, at..hole.start, &mut along);
            }
            at = at.max(hole.end);
        }
        let mut along = places();
        for (start, value) in &survey.values {
            words.look_odd(value, along.home(*start));
        }
        words
    }

    /// The words of a text of which nothing is known, its comments too.
    pub(super) fn of_all(text: &'t str) -> Self {
        let mut words = Self::default();
        words.look(text, 0..text.len(), &mut Places::default());
        if text.contains('\\') {
            let mut value = String::new();
            unescape(text, &mut value);
            words.look_odd(&value, Some(Home::NOWHERE));
        }
        words
    }

    /// Where somebody sees `name`, in no order and perhaps more than once.
    pub(super) fn homes(&self, name: &str) -> impl Iterator<Item = Home> {
        [self.plain.get(name), self.odd.get(name)].into_iter().flatten().flatten().copied()
    }

    /// All of them, each with the statements in which everybody sees it, by number, in order and once.
    pub(super) fn in_sight(&self) -> impl Iterator<Item = (&str, SmallVec<[usize; 2]>)> {
        let plain = self.plain.iter().map(|(word, homes)| (*word, homes));
        let odd = self.odd.iter().map(|(word, homes)| (word.as_str(), homes));
        plain.chain(odd).map(|(word, homes)| {
            let seen = homes.iter().filter(|home| !home.is_deep).map(|home| home.statement());
            let mut seen: SmallVec<[usize; 2]> = seen.collect();
            seen.sort_unstable();
            seen.dedup();
            (word, seen)
        })
    }

    /// Their hashes, sorted.
    pub(super) fn hashes(&self) -> Box<[NameHash]> {
        let odd = self.odd.keys().map(|word| NameHash::of(word));
        let mut hashes: Vec<NameHash> = self.plain.keys().map(|word| NameHash::of(word)).chain(odd).collect();
        hashes.sort_unstable();
        hashes.dedup();
        hashes.into()
    }

    /// Takes down the words in a part of a text.
    fn look(&mut self, text: &'t str, part: Range<usize>, places: &mut Places<'_>) {
        for word in runs(text, part) {
            let home = places.home(word.start);
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

    fn look_odd(&mut self, value: &str, home: Option<Home>) {
        for word in runs(value, 0..value.len()) {
            self.look_foreign(&value[word], home);
        }
    }

    /// Takes down the words in a run of letters that are not all ASCII: Python compares them in NFKC.
    fn look_foreign(&mut self, run: &str, home: Option<Home>) {
        let is_letter = |letter: char| unicode_ident::is_xid_continue(letter);
        for word in run.split(|letter| !is_letter(letter)).filter(|word| !word.is_empty()) {
            note(&mut self.odd, word.nfkc().collect(), home);
        }
    }
}

/// Takes a word down; where nobody sees it, it is said all the same.
fn note<W: Eq + Hash>(words: &mut FxHashMap<W, Homes>, word: W, home: Option<Home>) {
    let homes = words.entry(word).or_default();
    // A statement has no more than two.
    let is_known = |home: &Home| homes.iter().rev().take(2).any(|known| known == home);
    homes.extend(home.filter(|home| !is_known(home)));
}

/// Finds out where words stand that come in source order.
#[derive(Default)]
struct Places<'s> {
    statements: &'s [Statement],
    /// How many of these have begun.
    begun: usize,
    hidden: Along<'s>,
    deep: Along<'s>,
}

impl Places<'_> {
    /// `None` where nobody sees what stands at that byte.
    fn home(&mut self, at: usize) -> Option<Home> {
        while self.statements.get(self.begun).is_some_and(|next| next.range.start <= at) {
            self.begun += 1;
        }
        if self.hidden.holds(at) {
            return None;
        }
        let is_deep = self.deep.holds(at);
        let Some(last) = self.begun.checked_sub(1) else { return Some(Home::NOWHERE) };
        // Comments behind a body may stand behind the statement.
        if !is_deep && self.statements[last].range.end <= at {
            return Some(Home::NOWHERE);
        }
        Some(Home { statement: u32::try_from(last).unwrap_or(u32::MAX), is_deep })
    }
}

/// Sorted ranges that do not overlap, without those that are behind.
#[derive(Default)]
struct Along<'r>(&'r [Range<usize>]);

impl Along<'_> {
    fn holds(&mut self, at: usize) -> bool {
        while let Some((_, next)) = self.0.split_first().filter(|(first, _)| first.end <= at) {
            self.0 = next;
        }
        self.0.first().is_some_and(|range| range.start <= at)
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
