//! The facts about imports from the syntax tree: slow, by other means, and for tests only. What this and the scanner
//! agree on about a text that parses is right as far as two independent readers can tell.
//!
//! Shared with the scanner is what no tree helps with: how one import statement reads ([`crate::scan::statement`]), and
//! what follows from what was read (names that are known, `__all__` and bindings as they add up).

use staniel_facts::{ImportFacts, ImportLines};

use crate::{facts, guard};

mod bindings;
mod condition;
mod dunder_all;
mod dynamic;
mod imports;
mod literal;
mod misread;

use literal::literal;

/// The facts; `None` if the guard refuses the text, the tree has errors, or the grammar is known to misread it.
pub fn import_facts(text: &str) -> Option<ImportFacts> {
    let blanks = guard::check_text(text).ok()?;
    let calm = guard::for_parser(text, &blanks);
    let tree = facts::parse(&calm, usize::MAX).filter(|tree| !tree.root_node().has_error())?;
    if misread::is_misread(tree.root_node(), &calm) {
        return None;
    }
    let (imports, typing) = imports::imports(tree.root_node(), &calm);
    let bindings = bindings::bindings(tree.root_node(), &calm, &imports, &typing);
    let lines = ImportLines::new(text, imports.iter().map(|import| import.statement), &[]);
    Some(ImportFacts { imports, bindings, lines, refused: None })
}
