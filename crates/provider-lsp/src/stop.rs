//! When several threads are to stop.

use staniel_facts::Cancel;
use staniel_provider::AskError;

/// Up as soon as the asker's flag is, or that of those who work together.
#[derive(Clone, Copy)]
pub(crate) struct Stop<'a> {
    pub(crate) asker: &'a Cancel,
    pub(crate) others: &'a Cancel,
}

impl Stop<'_> {
    pub(crate) fn check(self) -> Result<(), AskError> {
        let up = self.asker.is_cancelled() || self.others.is_cancelled();
        if up { Err(AskError::Cancelled) } else { Ok(()) }
    }
}
