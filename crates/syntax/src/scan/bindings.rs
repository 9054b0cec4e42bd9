//! What a module binds at its top level: names, star imports, `__all__`.
//!
//! The branch, loop or `try` a statement stands in does not matter: the question is what *can* be bound. So a `del` counts
//! only where it is certain to be executed. Functions and classes are looked into only for `global`.

use compact_str::format_compact;
use staniel_facts::{Binding, Bindings, Contexts, Import, Name};

use super::dunder_all::AllBuilder;
use super::token::identifier;
use crate::extend_path::extends_path;

#[derive(Default)]
pub(crate) struct BindingsBuilder {
    /// Each name, where it stands, and what happens to it; how many imports stand before that is filled in at the end.
    found: Vec<(Name, usize, Binding)>,
    stars: Vec<u32>,
    pub(crate) all: AllBuilder,
}

impl BindingsBuilder {
    /// Binds an identifier that stands at byte `at`.
    pub(crate) fn define(&mut self, written: &str, at: usize) {
        self.found.push((identifier(written), at, Binding::Definition(0)));
    }

    /// Names an identifier that stands at byte `at` without binding it while the module is loaded.
    pub(crate) fn declare(&mut self, written: &str, at: usize) {
        self.found.push((identifier(written), at, Binding::Declaration));
    }

    /// Unbinds an identifier that stands at byte `at`.
    pub(crate) fn delete(&mut self, written: &str, at: usize) {
        self.found.push((identifier(written), at, Binding::Deletion(0)));
    }

    /// Names what a function or class calls global, and which stands at byte `at`. In a `class` (the innermost one's
    /// name) private names are others than are written.
    pub(crate) fn declare_global(&mut self, written: &str, at: usize, class: Option<&str>) {
        let name = identifier(written);
        let class = class.map(|class| class.trim_start_matches('_')).filter(|class| !class.is_empty());
        let name = match class {
            Some(class) if name.starts_with("__") && !name.ends_with("__") => {
                format_compact!("_{}{name}", identifier(class))
            }
            _ => name,
        };
        self.found.push((name, at, Binding::Declaration));
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

    /// All of it; `imports` are those of the whole text.
    pub(crate) fn finish(mut self, text: &str, imports: &[Import]) -> Bindings {
        let extends_path = extends_path(text);
        for (_, at, binding) in &mut self.found {
            if let Binding::Definition(before) | Binding::Deletion(before) = binding {
                *before = imports.partition_point(|import| (import.statement.start as usize) < *at) as u32;
            }
        }
        self.found.sort_by(|a, b| (&a.0, a.1).cmp(&(&b.0, b.1)));
        let mut names: Vec<(Name, Box<[Binding]>)> = Vec::new();
        for same in self.found.chunk_by(|a, b| a.0 == b.0) {
            names.push((same[0].0.clone(), same.iter().map(|(_, _, binding)| *binding).collect()));
        }
        let waits = Contexts::TYPING | Contexts::DEFERRED;
        let idle = (0..).zip(imports).filter(|(_, import)| import.contexts.intersects(waits));
        Bindings {
            names: names.into(),
            stars: self.stars.into(),
            idle: idle.map(|(index, _)| index).collect(),
            all: self.all.finish(),
            extends_path,
        }
    }
}
