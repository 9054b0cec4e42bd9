//! The outline: what a file defines, from its tree.
//!
//! One iterative walk ([`walk`]) collects what is bound and the scopes; afterwards [`scope`] knows what `global`,
//! `nonlocal` and closed-over receivers mean, and gives each definition its identity.

mod docstring;
mod scope;
mod targets;
mod walk;
mod written;

use staniel_facts::{Diagnostic, LineIndex, Outline};
use tree_sitter::Node;

use crate::complaints::Complaints;
pub(crate) use docstring::unescape;
use walk::Walk;

/// The outline of a parsed text with the given lines, and the complaints about its syntax.
pub(crate) fn outline(root: Node<'_>, text: &str, lines: LineIndex) -> (Outline, Vec<Diagnostic>) {
    let mut walk = Walk::new(text);
    walk.run(root);
    let (scopes, found, complaints) = walk.finish();
    let mut definitions = scopes.name(found);
    mark_near_errors(&mut definitions, &complaints);
    let outline = Outline { definitions: definitions.into(), doc: docstring::docstring(text, root), lines };
    (outline, complaints.into_diagnostics())
}

fn mark_near_errors(definitions: &mut [staniel_facts::Definition], complaints: &Complaints) {
    for definition in definitions {
        definition.near_error = complaints.near(definition.full);
    }
}

#[cfg(test)]
mod tests;
