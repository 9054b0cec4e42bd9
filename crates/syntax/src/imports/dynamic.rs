//! Calls that import a module by a name written down: `importlib.import_module("a.b")`, `__import__("a.b")`.

use compact_str::CompactString;
use staniel_facts::{Contexts, Import, ModuleName, Span};
use tree_sitter::Node;

use super::{Known, KnownNames, literal};

/// The import that a call makes, if it calls one of the two functions with a literal name.
///
/// A relative name needs a literal package, which it is resolved against here, or `__package__` or `__name__`.
pub(super) fn call(call: Node<'_>, text: &str, known: &KnownNames, contexts: Contexts) -> Option<Import> {
    let dunder = callee(call.child_by_field_name("function")?, text, known)? == Known::DunderImport;
    let arguments = Arguments::of(call.child_by_field_name("arguments")?, text, dunder);
    let string = arguments.name?;
    let written = literal(string, text)?;
    let stem = written.trim_start_matches('.');
    let dots = written.len() - stem.len();
    let (level, module) = if dunder {
        let level = arguments.level.map_or(Some(0), |level| text[level.byte_range()].parse().ok())?;
        (level, (dots == 0).then(|| CompactString::new(stem))?)
    } else if dots == 0 {
        (0, stem.into())
    } else {
        let package = arguments.package?;
        match literal(package, text) {
            Some(package) => (0, absolute(&package, dots, stem)?),
            None if matches!(&text[package.byte_range()], "__package__" | "__name__") => {
                (u32::try_from(dots).ok()?, stem.into())
            }
            None => return None,
        }
    };
    let plain =
        |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
    if !(module.split('.').all(plain) || module.is_empty() && level > 0) {
        return None;
    }
    Some(Import {
        level,
        module: ModuleName::new(module),
        symbol: None,
        alias: None,
        contexts: contexts | Contexts::DYNAMIC,
        statement: Span::new(call.start_byte(), call.end_byte()),
        name: Span::new(string.start_byte(), string.end_byte()),
    })
}

/// Which of the two functions is called, if any.
fn callee(function: Node<'_>, text: &str, known: &KnownNames) -> Option<Known> {
    let meaning = |name: &str| match known.get(name) {
        Some(&known) => Some(known),
        None if name == "__import__" => Some(Known::DunderImport),
        None => None,
    };
    match function.kind() {
        "identifier" => meaning(&text[function.byte_range()])
            .filter(|known| matches!(known, Known::ImportModule | Known::DunderImport)),
        "attribute" => {
            let object =
                function.child_by_field_name("object").filter(|object| object.kind() == "identifier")?;
            let object = &text[object.byte_range()];
            match &text[function.child_by_field_name("attribute")?.byte_range()] {
                "import_module" => (object == "importlib" || meaning(object) == Some(Known::Importlib))
                    .then_some(Known::ImportModule),
                "__import__" => Some(Known::DunderImport),
                _ => None,
            }
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

/// `dots` and `stem` seen from `package`, as `importlib` reckons; `None` beyond the top.
fn absolute(package: &str, dots: usize, stem: &str) -> Option<CompactString> {
    let mut package = package;
    for _ in 1..dots {
        package = package.rsplit_once('.')?.0;
    }
    let mut module = CompactString::new(package);
    if !stem.is_empty() {
        module.push('.');
        module.push_str(stem);
    }
    Some(module)
}
