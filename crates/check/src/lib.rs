//! The rules of `staniel check`, and the forms in which their findings are shown.
//!
//! A rule looks at a [`Snapshot`](staniel_facts::Snapshot) and says what is wrong with it. Everything it
//! needs was computed before: checking reads no file, asks no provider and changes nothing, so it costs one
//! walk over the snapshot, and the same snapshot always has the same findings in the same order.
//!
//! **Invariant:** pure functions of facts. This crate knows no disk, no clock, no terminal and no engine; the
//! texts for code frames come through a function of the caller.
//!
//! Start reading at [`check`]; each rule has a module of its own under `rules`, each form one under `render`.

mod code;
mod escape;
mod finding;
mod modules;
mod render;
mod rules;

#[cfg(test)]
mod fixture;
#[cfg(test)]
mod tests;

pub use code::{Code, Severity, UnknownCode};
pub use escape::{escape_line, escape_text};
pub use finding::{Finding, Place};
pub use modules::{KnownModules, module_of, nearest};
pub use render::{Colours, render_concise, render_full, render_json};
pub use rules::{Subject, Texts, check};
