//! The doors: one decoding, one scan for imports; one look by the guard, one parse, every other fact.

use std::ops::ControlFlow;
use std::sync::Arc;

use staniel_facts::{
    Cell, Diagnostic, DiagnosticCode, FileFacts, ImportFacts, ImportLines, LineIndex, SkipReason, SourceKind,
    Span,
};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::grammar::GRAMMAR;
use crate::guard::{self, Blanks};
use crate::notebook::{self, Notebook};
use crate::{Decoded, decode, interface, outline, scan};

/// What a file imports and binds, and where.
///
/// Pure and total: any bytes give an answer, in time linear in their number, at several hundred megabytes a second. Files
/// that are too large, and notebooks that are no JSON, have none.
pub fn import_facts(bytes: &[u8], kind: SourceKind) -> ImportFacts {
    if let Err(reason) = guard::check_size(bytes) {
        return unread(reason);
    }
    match kind {
        SourceKind::Python => scanned(&decode::text(bytes).0, &[]),
        SourceKind::Notebook => match notebook::read(bytes) {
            Ok(Notebook { text, cells }) => scanned(&text, &cells),
            Err(error) => unread(SkipReason::BadNotebook(error.to_string().into())),
        },
    }
}

/// The imports of a file of which nothing can be read.
fn unread(reason: SkipReason) -> ImportFacts {
    ImportFacts { refused: Some(reason), ..ImportFacts::default() }
}

/// Everything that is known of a file by itself; the imports are those of [`import_facts`].
///
/// Pure and total: any bytes give an answer, in time linear in their number. A file that the guard keeps from the parser
/// has the facts of an empty one, but for its imports, and says why in [`FileFacts::refused`]. Notebooks have no outline.
pub fn facts(bytes: &[u8], kind: SourceKind) -> FileFacts {
    if let Err(reason) = guard::check_size(bytes) {
        let imports = Arc::new(unread(reason.clone()));
        return FileFacts { imports, refused: Some(reason), ..empty() };
    }
    match kind {
        SourceKind::Python => {
            let (text, diagnostics) = decode::text(bytes);
            let imports = Arc::new(scanned(&text, &[]));
            match guard::check_text(&text) {
                Ok(blanks) => {
                    FileFacts { imports, ..parsed(&text, diagnostics, &blanks, steps(bytes.len())) }
                }
                Err(reason) => FileFacts { imports, refused: Some(reason), ..empty() },
            }
        }
        SourceKind::Notebook => match notebook::read(bytes) {
            Ok(Notebook { text, cells }) => FileFacts {
                imports: Arc::new(scanned(&text, &cells)),
                interface: interface::whole(&text),
                ..FileFacts::default()
            },
            Err(error) => {
                let reason = SkipReason::BadNotebook(error.to_string().into());
                let imports = Arc::new(unread(reason.clone()));
                FileFacts { imports, refused: Some(reason), ..FileFacts::default() }
            }
        },
    }
}

/// What providers of types are given for a file: its decoded text, or the empty text if the guard refuses it,
/// because what is too much for our parser may be too much for theirs.
pub fn provider_text(bytes: &[u8]) -> Arc<str> {
    if guard::check_size(bytes).is_err() {
        return "".into();
    }
    let Decoded { text, .. } = decode(bytes);
    guard::check_text(&text).map_or_else(|_| "".into(), |_| text)
}

fn scanned(text: &str, cells: &[Cell]) -> ImportFacts {
    let (imports, bindings) = scan::scan(text);
    let lines = ImportLines::new(text, imports.iter().map(|import| import.statement), cells);
    ImportFacts { imports, bindings, lines, refused: None }
}

/// The facts of an empty file.
fn empty() -> FileFacts {
    parsed("", Vec::new(), &Blanks::default(), steps(0))
}

/// What the tree says: everything but the imports.
fn parsed(original: &str, mut diagnostics: Vec<Diagnostic>, blanks: &Blanks, steps: usize) -> FileFacts {
    let text = guard::for_parser(original, blanks);
    let text = text.as_ref();
    let Some(tree) = parse(text, steps) else {
        let message = "too broken for the parser to make anything of it".into();
        let code = DiagnosticCode::SyntaxError;
        diagnostics.push(Diagnostic { code, message, span: Span::new(0, text.len()) });
        let interface = interface::whole(original);
        return FileFacts { interface, diagnostics: diagnostics.into(), ..empty() };
    };
    let root = tree.root_node();

    let (outline, complaints) = outline::outline(root, text, LineIndex::new(original));
    diagnostics.extend(complaints);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);

    // A NUL is a blank to the parser and a syntax error to everybody else.
    let is_digestible = !original.contains('\0');
    FileFacts {
        imports: Arc::default(),
        outline: Arc::new(outline),
        interface: if is_digestible {
            interface::interface(root, text, original)
        } else {
            interface::whole(original)
        },
        diagnostics: diagnostics.into(),
        refused: None,
    }
}

/// How often the parser may report progress (every hundred operations) on a text of so many bytes. The worst texts
/// that were tried, valid or broken, need 70 reports for 1,000 bytes; the limit turns "linear as far as was tried" into a
/// promise, and counts instead of using a clock, so that the answer is a function of the text.
fn steps(bytes: usize) -> usize {
    10_000 + bytes
}

/// The tree; `None` if the parser needs too many steps.
pub(crate) fn parse(text: &str, steps: usize) -> Option<Tree> {
    let mut parser = Parser::new();
    parser
        .set_language(GRAMMAR.language())
        .expect("the grammar was generated for an ABI that this tree-sitter accepts");
    let mut left = steps;
    let mut count = |_: &ParseState| match left {
        0 => ControlFlow::Break(()),
        _ => {
            left -= 1;
            ControlFlow::Continue(())
        }
    };
    let options = ParseOptions::new().progress_callback(&mut count);
    parser.parse_with_options(&mut |at, _| text.as_bytes().get(at..).unwrap_or_default(), None, Some(options))
}

#[cfg(test)]
mod tests {
    use staniel_facts::SkipReason;

    use super::*;

    fn python(bytes: &[u8]) -> FileFacts {
        facts(bytes, SourceKind::Python)
    }

    #[test]
    fn refused_files_have_imports_and_else_the_facts_of_an_empty_one() {
        let text = format!("import a\n{}", "(".repeat(500));
        let hostile = python(text.as_bytes());
        assert_eq!(hostile.refused.as_ref().map(SkipReason::code), Some("hostile"));
        assert_eq!(hostile.imports.imports.len(), 1);
        assert_eq!(*hostile.imports, import_facts(text.as_bytes(), SourceKind::Python));
        assert_eq!(FileFacts { refused: None, imports: Arc::default(), ..hostile }, python(b""));
        assert_eq!(&*provider_text("(".repeat(500).as_bytes()), "");

        let large = [b"import a\n".as_slice(), &[b'\n'; 17 << 20]].concat();
        let found = import_facts(&large, SourceKind::Python);
        assert_eq!(found.refused.as_ref().map(SkipReason::code), Some("too-large"));
        assert_eq!(ImportFacts { refused: None, ..found.clone() }, ImportFacts::default());
        assert_eq!((&python(&large).refused, &*python(&large).imports), (&found.refused, &found));
        assert_eq!(&*provider_text(&large), "");
    }

    #[test]
    fn both_doors_give_the_same_imports() {
        for text in
            ["import a\nx = 1\n", "x = (\nimport a\n", "\u{feff}import a", "# coding: latin-1\nimport a"]
        {
            let imports = import_facts(text.as_bytes(), SourceKind::Python);
            assert_eq!(imports.imports.len(), 1);
            assert_eq!(*python(text.as_bytes()).imports, imports);
        }
    }

    #[test]
    fn providers_get_the_decoded_text() {
        assert_eq!(&*provider_text(b"\xef\xbb\xbf# coding: utf-8\r\nx\0y"), "# coding: utf-8\r\nx\0y");
    }

    #[test]
    fn a_text_that_takes_too_many_steps_still_has_an_interface() {
        let unparsed = |text: &str| parsed(text, Vec::new(), &Blanks::default(), 1);
        let (one, other) = (unparsed(&"x = 1\n".repeat(1_000)), unparsed(&"y = 1\n".repeat(1_000)));
        assert_eq!(one.diagnostics.len(), 1);
        assert_eq!(one.outline.definitions.len(), 0);
        assert_ne!(one.interface, other.interface);
    }
}
