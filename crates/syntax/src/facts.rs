//! The door: one decoding, one look by the guard, one parse, every fact.

use std::ops::ControlFlow;
use std::sync::Arc;

use staniel_facts::{
    Diagnostic, DiagnosticCode, FileFacts, ImportFacts, ImportLines, LineIndex, SkipReason, Span,
};
use tree_sitter::{ParseOptions, ParseState, Parser, Tree};

use crate::grammar::GRAMMAR;
use crate::guard::{self, Blanks};
use crate::{Decoded, bindings, decode, imports, interface, outline};

/// Everything that one parse of a file yields.
///
/// Pure and total: any bytes give an answer, in time linear in their number. A file that the guard refuses has the
/// facts of an empty one, and says why in [`FileFacts::refused`].
pub fn facts(bytes: &[u8]) -> FileFacts {
    match admit(bytes) {
        Ok((decoded, blanks)) => admitted(decoded, &blanks, steps(bytes.len())),
        Err(reason) => FileFacts { refused: Some(reason), ..facts(b"") },
    }
}

/// What providers of types are given for a file: its decoded text, or the empty text if the guard refuses it,
/// because what is too much for our parser may be too much for theirs.
pub fn provider_text(bytes: &[u8]) -> Arc<str> {
    admit(bytes).map_or_else(|_| "".into(), |(decoded, _)| decoded.text)
}

/// Decodes, unless the guard has something against the bytes or the text.
fn admit(bytes: &[u8]) -> Result<(Decoded, Blanks), SkipReason> {
    guard::check_size(bytes)?;
    let decoded = decode(bytes);
    let blanks = guard::check_text(&decoded.text)?;
    Ok((decoded, blanks))
}

fn admitted(decoded: Decoded, blanks: &Blanks, steps: usize) -> FileFacts {
    let Decoded { text: original, mut diagnostics } = decoded;
    let text = guard::for_parser(&original, blanks);
    let text = text.as_ref();
    let Some(tree) = parse(text, steps) else {
        let message = "too broken for the parser to make anything of it".into();
        let code = DiagnosticCode::SyntaxError;
        diagnostics.push(Diagnostic { code, message, span: Span::new(0, text.len()) });
        let interface = interface::whole(&original);
        return FileFacts { interface, diagnostics: diagnostics.into(), ..facts(b"") };
    };
    let root = tree.root_node();

    let imports = imports::imports(root, text);
    let lines = ImportLines::new(&original, imports.iter().map(|import| import.statement), &[]);
    let bindings = bindings::bindings(root, text, &imports);
    let (outline, complaints) = outline::outline(root, text, LineIndex::new(&original));
    diagnostics.extend(complaints);
    diagnostics.sort_by_key(|diagnostic| diagnostic.span);

    // A NUL is a blank to the parser and a syntax error to everybody else.
    let is_digestible = !original.contains('\0');
    FileFacts {
        imports: Arc::new(ImportFacts { imports, bindings, lines }),
        outline: Arc::new(outline),
        interface: if is_digestible { interface::interface(root, text) } else { interface::whole(&original) },
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
fn parse(text: &str, steps: usize) -> Option<Tree> {
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
    use super::*;

    #[test]
    fn refused_files_have_the_facts_of_an_empty_one() {
        let hostile = facts("(".repeat(500).as_bytes());
        assert_eq!(hostile.refused.as_ref().map(SkipReason::code), Some("hostile"));
        assert_eq!(FileFacts { refused: None, ..hostile }, facts(b""));
        assert_eq!(&*provider_text("(".repeat(500).as_bytes()), "");

        let large = vec![b'\n'; 17 << 20];
        assert_eq!(facts(&large).refused.as_ref().map(SkipReason::code), Some("too-large"));
        assert_eq!(&*provider_text(&large), "");
    }

    #[test]
    fn providers_get_the_decoded_text() {
        assert_eq!(&*provider_text(b"\xef\xbb\xbf# coding: utf-8\r\nx\0y"), "# coding: utf-8\r\nx\0y");
    }

    #[test]
    fn a_text_that_takes_too_many_steps_still_has_an_interface() {
        let unparsed = |text: &str| {
            let (decoded, blanks) = admit(text.as_bytes()).unwrap();
            admitted(decoded, &blanks, 1)
        };
        let (one, other) = (unparsed(&"x = 1\n".repeat(1_000)), unparsed(&"y = 1\n".repeat(1_000)));
        assert_eq!(one.diagnostics.len(), 1);
        assert_eq!(one.outline.definitions.len(), 0);
        assert_ne!(one.interface, other.interface);
    }
}
