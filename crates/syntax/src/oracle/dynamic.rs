//! Calls that import a module by a name written down: `importlib.import_module("a.b")`, `__import__("a.b")`.

use staniel_facts::{Contexts, Import, Span};
use tree_sitter::Node;

use super::literal;
use crate::scan::dynamic::Call;
use crate::scan::known::{Known, KnownNames};

/// The import that a call makes, if it calls one of the two functions with a literal name.
pub(super) fn call(call: Node<'_>, text: &str, known: &KnownNames, contexts: Contexts) -> Option<Import> {
    let dunder = callee(call.child_by_field_name("function")?, text, known)? == Known::DunderImport;
    let list = call.child_by_field_name("arguments").filter(|list| list.kind() == "argument_list")?;
    let arguments = Arguments::of(list, text, dunder);
    let string = arguments.name?;
    let call = Call {
        dunder,
        name: literal(string, text)?,
        package: arguments.package.map(|package| (&text[package.byte_range()], literal(package, text))),
        level: arguments.level.map(|level| &text[level.byte_range()]),
        statement: Span::new(call.start_byte(), call.end_byte()),
        name_span: Span::new(string.start_byte(), string.end_byte()),
    };
    call.import(contexts)
}

/// Which of the two functions is called, if any.
fn callee(function: Node<'_>, text: &str, known: &KnownNames) -> Option<Known> {
    match function.kind() {
        "identifier" => known.importer(&text[function.byte_range()]),
        "attribute" => {
            let object =
                function.child_by_field_name("object").filter(|object| object.kind() == "identifier")?;
            let attribute = function.child_by_field_name("attribute")?;
            known.importer_of(&text[object.byte_range()], &text[attribute.byte_range()])
        }
        _ => None,
    }
}

/// The arguments that matter.
#[derive(Default)]
struct Arguments<'a> {
    name: Option<Node<'a>>,
    /// Of `import_module`.
    package: Option<Node<'a>>,
    /// Of `__import__`.
    level: Option<Node<'a>>,
}

impl<'a> Arguments<'a> {
    fn of(list: Node<'a>, text: &str, dunder: bool) -> Self {
        let mut arguments = Self::default();
        let mut cursor = list.walk();
        // Behind `*arguments` positions are unknown.
        let mut position = Some(0);
        for argument in list.named_children(&mut cursor).filter(|argument| !argument.is_extra()) {
            match argument.kind() {
                "keyword_argument" => {
                    let name =
                        argument.child_by_field_name("name").map_or("", |name| &text[name.byte_range()]);
                    let value = argument.child_by_field_name("value");
                    match name {
                        "name" => arguments.name = value,
                        "package" if !dunder => arguments.package = value,
                        "level" if dunder => arguments.level = value,
                        _ => {}
                    }
                }
                "list_splat" | "dictionary_splat" => position = None,
                _ => {
                    match position {
                        Some(0) => arguments.name = Some(argument),
                        Some(1) if !dunder => arguments.package = Some(argument),
                        Some(4) if dunder => arguments.level = Some(argument),
                        _ => {}
                    }
                    position = position.map(|position| position + 1);
                }
            }
        }
        arguments
    }
}
