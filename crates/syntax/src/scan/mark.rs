//! The next place of a word in the text.

use std::sync::LazyLock;

use memchr::memmem::Finder;

pub(super) static IMPORT: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("import"));
pub(super) static GLOBAL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("global"));
pub(super) static DUNDER_ALL: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("__all__"));
pub(super) static TYPE_CHECKING: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("TYPE_CHECKING"));
pub(super) static SUPPRESS: LazyLock<Finder<'static>> = LazyLock::new(|| Finder::new("suppress"));

/// Looks ahead for a word. Whoever asks from places in order pays for one pass over the text in all, and that at the
/// speed of memory.
pub(super) struct Mark<'t> {
    bytes: &'t [u8],
    word: &'static Finder<'static>,
    /// The first place behind those that were asked about; `None` before the first question.
    next: Option<usize>,
}

impl<'t> Mark<'t> {
    pub(super) fn new(text: &'t str, word: &'static LazyLock<Finder<'static>>) -> Self {
        Self { bytes: text.as_bytes(), word, next: None }
    }

    /// Where the word stands next, from byte `at`; behind everything if nowhere.
    pub(super) fn next(&mut self, at: usize) -> usize {
        match self.next {
            Some(next) if next >= at => next,
            _ => {
                let found = self.word.find(&self.bytes[at..]).map_or(usize::MAX, |length| at + length);
                *self.next.insert(found)
            }
        }
    }
}
