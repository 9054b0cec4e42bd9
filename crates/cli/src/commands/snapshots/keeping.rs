//! Which generations are kept: names, removal, and room on disk.

use std::io::Write;

use anyhow::Result;
use camino::Utf8Path;
use serde::Serialize;
use staniel_engine::GenerationName;
use staniel_facts::SCHEMA;

use super::Row;
use crate::args::Format;
use crate::commands::operand::find;
use crate::render::numbers::{bytes, counted};
use crate::session::Session;

/// What `gc` did, in JSON.
#[derive(Serialize)]
struct Report {
    schema: u32,
    removed: Vec<Row>,
    kept: Vec<Row>,
    bytes_before: u64,
    bytes_after: u64,
}

pub(super) fn remove(session: &mut Session<'_>, root: &Utf8Path, generations: &[String]) -> Result<()> {
    let mut engine = session.open_stored(root)?;
    let stored = engine.generations();
    // All or none: a misspelt number must not leave half of the work done.
    let mut found = Vec::new();
    for text in generations {
        let info = find(&stored, text)?;
        if !found.contains(&info) {
            found.push(info);
        }
    }
    for info in found {
        engine.remove_generation(info.id)?;
        for name in info.names.iter().filter(|name| !generations.iter().any(|text| text == name.as_str())) {
            session.notice(format!("generation {} was `{name}`: the name is gone with it", info.id));
        }
    }
    session.store(&mut engine)
}

pub(super) fn give_name(
    session: &mut Session<'_>,
    root: &Utf8Path,
    generation: &str,
    name: &GenerationName,
) -> Result<()> {
    let mut engine = session.open_stored(root)?;
    let generations = engine.generations();
    let id = find(&generations, generation)?.id;
    let before = engine.name_generation(id, name)?;
    session.store(&mut engine)?;
    let mut out = session.output();
    writeln!(out, "{}", named(id, name, before))?;
    Ok(out.finish()?)
}

/// That a generation has a name now, in words.
pub(crate) fn named(id: u64, name: &GenerationName, before: Option<u64>) -> String {
    match before {
        Some(before) => format!("generation {id} is `{name}` now; before, generation {before} was"),
        None => format!("generation {id} is `{name}` now"),
    }
}

pub(super) fn take_name(session: &mut Session<'_>, root: &Utf8Path, name: &GenerationName) -> Result<()> {
    let mut engine = session.open_stored(root)?;
    let generations = engine.generations();
    engine.remove_name(name)?;
    session.store(&mut engine)?;
    let mut out = session.output();
    match generations.iter().find(|info| info.names.contains(name)) {
        Some(info) => writeln!(out, "generation {} is not `{name}` any more", info.id)?,
        None => writeln!(out, "`{name}` stood for nothing any more, and is gone")?,
    }
    Ok(out.finish()?)
}

pub(super) fn keep(session: &mut Session<'_>, root: &Utf8Path, keep: usize, format: Format) -> Result<()> {
    let engine = session.open_stored(root)?;
    let kept = engine.keep(keep)?;
    let mut out = session.output();
    match format {
        Format::Json => {
            let rows = |generations: &[_]| generations.iter().map(Row::from).collect();
            let report = Report {
                schema: SCHEMA,
                removed: rows(&kept.removed),
                kept: rows(&kept.kept),
                bytes_before: kept.bytes_before,
                bytes_after: kept.bytes_after,
            };
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
        Format::Text => {
            let numbers: Vec<_> = kept.removed.iter().map(|info| info.id).collect();
            let removed = match &*numbers {
                [] => "nothing to remove".to_owned(),
                numbers => {
                    let number = counted(numbers.len() as u64, "generation", "generations");
                    format!("{number} removed: {}", ranges(numbers))
                }
            };
            let named = kept.kept.iter().filter(|info| !info.names.is_empty()).count() as u64;
            let named = if named > 0 { format!(", {named} of them by name") } else { String::new() };
            writeln!(out, "{removed}; {} kept{named}", kept.kept.len())?;
            let won = kept.bytes_before.saturating_sub(kept.bytes_after);
            let after = bytes(kept.bytes_after);
            match won {
                0 => writeln!(out, "no room to win: {after} are in use")?,
                _ => writeln!(out, "{} won, {after} are in use", bytes(won))?,
            }
        }
    }
    Ok(out.finish()?)
}

/// `1-3, 5`: sorted numbers, shortly.
fn ranges(numbers: &[u64]) -> String {
    let runs = numbers.chunk_by(|one, next| one + 1 == *next);
    let run = |run: &[u64]| match run {
        [one] => one.to_string(),
        [first, .., last] => format!("{first}-{last}"),
        [] => String::new(),
    };
    runs.map(run).collect::<Vec<_>>().join(", ")
}

#[cfg(test)]
mod tests {
    use super::ranges;

    #[test]
    fn neighbours_are_one_range() {
        assert_eq!(ranges(&[1, 2, 3, 5, 7, 8]), "1-3, 5, 7-8");
        assert_eq!(ranges(&[]), "");
    }
}
