//! The imports that were found so far.

use std::cmp::Reverse;

use staniel_facts::{Contexts, Import};

#[derive(Default)]
pub(super) struct Found {
    imports: Vec<Import>,
    /// How many functions are around each.
    functions: Vec<u32>,
    caught: Vec<Caught>,
}

/// The first block of a `try` that catches ImportError.
struct Caught {
    /// The imports in it, by index.
    from: usize,
    until: usize,
    /// How many functions are around it.
    functions: u32,
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
    /// ImportError.
    pub(super) fn catch(&mut self, from: usize, until: usize, functions: u32) {
        if from < until {
            self.caught.push(Caught { from, until, functions });
        }
    }

    /// Hands the `try`s on to the imports in them, once for all: they can be nested as deep as the text is long.
    pub(super) fn into_imports(mut self) -> Box<[Import]> {
        self.caught.sort_by_key(|caught| (caught.from, Reverse(caught.until), caught.functions));
        let mut next = self.caught.into_iter().peekable();
        // The blocks around an import, from the outside in.
        let mut around: Vec<Caught> = Vec::new();
        for (index, (import, functions)) in self.imports.iter_mut().zip(self.functions).enumerate() {
            while around.pop_if(|caught| caught.until <= index).is_some() {}
            while let Some(caught) = next.next_if(|caught| caught.from <= index) {
                around.push(caught);
            }
            // An import in a function inside of the block is not caught. Further out there are fewer functions still.
            if around.last().is_some_and(|caught| caught.functions == functions) {
                import.contexts |= Contexts::OPTIONAL;
            }
        }
        self.imports.into()
    }
}
