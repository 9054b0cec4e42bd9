//! Any bytes have an answer; Python has the one that the syntax tree gives.

#![no_main]

use libfuzzer_sys::fuzz_target;
use staniel_facts::SourceKind;
use staniel_syntax::{Decoded, decode, import_facts, oracle};

fuzz_target!(|bytes: &[u8]| {
    let found = import_facts(bytes, SourceKind::Python);
    import_facts(bytes, SourceKind::Notebook);
    let Decoded { text, diagnostics } = decode(bytes);
    if diagnostics.is_empty()
        && ruff_python_parser::parse_module(&text).is_ok()
        && let Some(expected) = oracle::import_facts(&text)
    {
        assert_eq!(found, expected, "\n{text}\n");
    }
});
