//! The imports that were found so far.

use staniel_facts::{Contexts, Import};

#[derive(Default)]
pub(super) struct Found {
    imports: Vec<Import>,
    /// How many functions are around each.
    functions: Vec<u32>,
    /// Ranges of imports that no `try` further out can change any more, apart from each other and in order.
    settled: Vec<(usize, usize)>,
}

impl Found {
    pub(super) fn push(&mut self, import: Import, functions: u32) {
        self.imports.push(import);
        self.functions.push(functions);
    }

    pub(super) fn len(&self) -> usize {
        self.imports.len()
    }

    /// Notes that the imports from one index to before another stand in a `try`, in `functions`, that catches
    /// ImportError. Imports in a function inside of it are not its. What is optional now, or in such a function, is
    /// the same to every `try` further out; so no import is looked at twice, however deep the nesting.
    pub(super) fn make_optional(&mut self, from: usize, until: usize, functions: u32) {
        let mut end = until;
        while let Some((inner, inner_end)) = self.settled.pop_if(|(inner, _)| *inner >= from) {
            self.mark(inner_end, end, functions);
            end = inner;
        }
        self.mark(from, end, functions);
        self.settled.push((from, until));
    }

    fn mark(&mut self, from: usize, until: usize, functions: u32) {
        for index in from..until {
            if self.functions[index] == functions {
                self.imports[index].contexts |= Contexts::OPTIONAL;
            }
        }
    }

    pub(super) fn into_imports(self) -> Box<[Import]> {
        self.imports.into()
    }
}
