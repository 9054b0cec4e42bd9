//! What the scanner says about texts, for `fuzz/cpython.py`: reads one JSON string a line, prints for each the imports and
//! names as `tests/cpython_imports.py` does.

use std::io::{BufRead as _, Write as _};

use serde_json::json;
use staniel_facts::{Contexts, PositionEncoding, SourceKind};

fn main() -> std::io::Result<()> {
    let mut out = std::io::stdout().lock();
    for line in std::io::stdin().lock().lines() {
        let text: String = serde_json::from_str(&line?)?;
        let facts = staniel_syntax::import_facts(text.as_bytes(), SourceKind::Python);
        let statements = facts
            .imports
            .iter()
            .filter(|import| !import.contexts.contains(Contexts::DYNAMIC))
            .map(|import| {
                let at = facts.range(import.statement, PositionEncoding::Utf8).range.start;
                json!([import.level, import.module, import.symbol, import.alias, at.line + 1, at.character])
            });
        let names = facts.bindings.names.iter().map(|(name, _)| name);
        let answer = json!({"imports": statements.collect::<Vec<_>>(), "names": names.collect::<Vec<_>>()});
        writeln!(out, "{answer}")?;
        out.flush()?;
    }
    Ok(())
}
