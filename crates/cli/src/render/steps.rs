//! Steps of chains and cycles: which statement leads from one file to the next.

use std::io::{self, Write};

use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Damaged, FileNumber};
use staniel_facts::{Edge, ModuleName, PositionEncoding};

use crate::modules::{Modules, Wanted};

/// One step: a statement that imports.
#[derive(Clone, Debug, Serialize)]
pub(crate) struct Step {
    path: String,
    pub(crate) module: String,
    /// The module that is reached.
    pub(crate) imports: String,
    /// Its file, if it is one of ours.
    resolved: Option<String>,
    /// The name in the statement.
    name: String,
    kind: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    cell: Option<u32>,
    /// `None` where no statement says it: pytest loads a `conftest.py`.
    line: Option<u32>,
    column: Option<u32>,
}

impl Step {
    /// The statement by which `from` imports `to`: the first one that counts, rather one that runs when the
    /// module is loaded than one that does not. `None` if nothing in the file says so.
    pub(crate) fn between(
        modules: &Modules<'_>,
        from: FileNumber,
        to: FileNumber,
        wanted: Wanted,
    ) -> Result<Option<Self>, Damaged> {
        let target = modules.map.path(to)?;
        let leads = |edge: &Edge| edge.content.resolved.as_ref() == Some(target);
        Self::first(modules, from, wanted, leads, modules.name(to).to_string(), Some(target.to_string()))
    }

    /// The statement by which `from` imports something called `name`, or something in it.
    pub(crate) fn by_name(
        modules: &Modules<'_>,
        from: FileNumber,
        name: &ModuleName,
        wanted: Wanted,
    ) -> Result<Option<Self>, Damaged> {
        Self::first(modules, from, wanted, |edge| Self::names(edge, name), name.to_string(), None)
    }

    /// Whether an edge imports something called `name`, as it is written or where it is defined, or something in it.
    pub(crate) fn names(edge: &Edge, name: &ModuleName) -> bool {
        let within = |other: &ModuleName| {
            let rest = other.as_str().strip_prefix(name.as_str());
            rest.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
        };
        let content = &*edge.content;
        let written = content.symbol.as_ref().map(|symbol| content.module.child(symbol));
        let origin = content.origin.as_ref().map(|origin| match &origin.symbol {
            Some(symbol) => origin.module.child(symbol),
            None => origin.module.clone(),
        });
        within(&content.module) || written.as_ref().is_some_and(within) || origin.as_ref().is_some_and(within)
    }

    fn first(
        modules: &Modules<'_>,
        from: FileNumber,
        wanted: Wanted,
        leads: impl Fn(&Edge) -> bool,
        imports: String,
        resolved: Option<String>,
    ) -> Result<Option<Self>, Damaged> {
        let file = modules.map.file(from)?;
        let edges = file.edges.iter().filter(|edge| wanted.counts(edge) && leads(edge));
        // Of those that say the same, the one that is written, and that matters most.
        let Some(edge) = edges.min_by_key(|edge| (edge.content.implicit, edge.content.contexts, edge.import))
        else {
            return Ok(None);
        };
        let import = file.facts.imports.get(edge.import as usize);
        let place = import.map(|import| file.facts.range(import.statement, PositionEncoding::Utf32));
        let start = place.map(|place| place.range.start);
        Ok(Some(Self {
            path: modules.map.path(from)?.to_string(),
            module: modules.name(from).to_string(),
            imports,
            resolved,
            name: super::imports::name(edge),
            kind: edge.content.contexts.kind().as_str(),
            cell: place.and_then(|place| place.cell),
            line: start.map(|start| start.line + 1),
            column: start.map(|start| start.character + 1),
        }))
    }

    /// `path:line`, or `path:cell:line`.
    pub(crate) fn place(&self) -> String {
        let numbers = self.cell.into_iter().chain(self.line);
        numbers.fold(escape_line(&self.path).into_owned(), |place, number| format!("{place}:{number}"))
    }
}

/// For people: a line for each step, behind `margin`.
pub(crate) fn print_steps(steps: &[Step], margin: &str, out: &mut dyn Write) -> io::Result<()> {
    let places: Vec<String> = steps.iter().map(Step::place).collect();
    let width = places.iter().map(|place| place.chars().count()).max().unwrap_or(0);
    for (place, step) in places.iter().zip(steps) {
        let kind = if step.kind == "runtime" { String::new() } else { format!("  [{}]", step.kind) };
        writeln!(out, "{margin}{place:<width$}  imports {}{kind}", step.name)?;
    }
    Ok(())
}
