//! What a module binds at its top level: names, star imports, `__all__`.
//!
//! The branch, loop or `try` a statement stands in does not matter, nor what deletes a name again: the question is
//! what *can* be bound. Functions and classes are looked into only for `global`.

use staniel_facts::{Binding, Bindings, Import, Name};

use super::dunder_all::AllBuilder;
use super::token::identifier;
use crate::extend_path::extends_path;

#[derive(Default)]
pub(crate) struct BindingsBuilder {
    /// Each name, where it stands, and by what it is bound.
    found: Vec<(Name, usize, Binding)>,
    stars: Vec<u32>,
    pub(crate) all: AllBuilder,
}

impl BindingsBuilder {
    /// Binds an identifier that stands at byte `at`.
    pub(crate) fn define(&mut self, written: &str, at: usize) {
        self.found.push((identifier(written), at, Binding::Definition));
    }

    /// Binds what the import with this index does.
    pub(crate) fn import(&mut self, index: u32, import: &Import) {
        self.all.import(index, import);
        if import.is_star() {
            self.stars.push(index);
            return;
        }
        let name = match (&import.alias, &import.symbol) {
            (Some(alias), _) => alias.clone(),
            (None, Some(symbol)) => symbol.clone(),
            (None, None) => import.module.top().into(),
        };
        self.found.push((name, import.name.start as usize, Binding::Import(index)));
    }

    pub(crate) fn finish(mut self, text: &str) -> Bindings {
        let extends_path = extends_path(text);
        self.found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut names: Vec<(Name, Box<[Binding]>)> = Vec::new();
        for same in self.found.chunk_by(|a, b| a.0 == b.0) {
            names.push((same[0].0.clone(), same.iter().map(|(_, _, binding)| *binding).collect()));
        }
        Bindings { names: names.into(), stars: self.stars.into(), all: self.all.finish(), extends_path }
    }
}
