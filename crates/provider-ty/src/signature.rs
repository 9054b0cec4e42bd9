//! Signatures: as ty prints them, and as they are put together here.
//!
//! ty prints the signature of a function's *type*, which is not always that of the function: decorators replace it, and if
//! they are not known, nothing is left. What stands at a `def` is put together from the parts, each of which ty knows.

use ruff_db::source::source_text;
use ruff_python_ast::{AnyParameterRef, Expr};
use ruff_text_size::{Ranged, TextRange};
use staniel_provider::widened_form;
use ty_python_semantic::HasType;
use ty_python_semantic::types::Type;

use crate::sites::Function;
use crate::types::Words;

/// A default that is longer than this is not shown.
const LONGEST_DEFAULT: usize = 40;

/// `def f(x: int, flag: bool = True)`: with the types of annotations, and where there is none, with what the default says.
///
/// A default that is `None` or a collection says too little about what else may be given.
pub(crate) fn head(words: &Words<'_, '_>, function: Function<'_>) -> String {
    let text = source_text(words.model().db(), words.model().file());
    let generic = function.node.type_params.as_ref().map_or_else(String::new, |parameters| {
        written(&text, parameters.range()).split_whitespace().collect::<Vec<_>>().join(" ")
    });
    format!("def {}{generic}{}", function.node.name, parameters(words, function))
}

fn written(text: &str, range: TextRange) -> &str {
    text.get(range.start().into()..range.end().into()).unwrap_or("...")
}

/// `(x: int, flag: bool = True)`
pub(crate) fn parameters(words: &Words<'_, '_>, function: Function<'_>) -> String {
    let text = source_text(words.model().db(), words.model().file());
    let parameters = &function.node.parameters;
    let mut parts: Vec<String> = Vec::new();
    for parameter in parameters.iter_source_order() {
        let node = parameter.as_parameter();
        let starts_keywords =
            parameters.kwonlyargs.first().is_some_and(|first| first.range() == parameter.range());
        if starts_keywords && parameters.vararg.is_none() {
            parts.push("*".to_owned());
        }
        let stars = match parameter {
            AnyParameterRef::NonVariadic(_) => "",
            AnyParameterRef::Variadic(_) if parameters.vararg.as_deref().is_some_and(|args| args == node) => {
                "*"
            }
            AnyParameterRef::Variadic(_) => "**",
        };
        let ty = match (&node.annotation, parameter.default()) {
            (Some(annotation), _) => annotation.inferred_type(words.model()).map(|ty| words.of(ty)),
            (None, default) => words
                .inherited(function, node)
                .or_else(|| default.and_then(|default| said_by(words, default))),
        };
        let mut part = format!("{stars}{}", node.name);
        if let Some(ty) = &ty {
            part += &format!(": {ty}");
        }
        if let Some(default) = parameter.default() {
            let written = written(&text, default.range());
            let short = written.len() <= LONGEST_DEFAULT && !written.contains('\n');
            let sign = if ty.is_some() { " = " } else { "=" };
            part += &format!("{sign}{}", if short { written } else { "..." });
        }
        parts.push(part);
        if parameters.posonlyargs.last().is_some_and(|last| last.range() == parameter.range()) {
            parts.push("/".to_owned());
        }
    }
    format!("({})", parts.join(", "))
}

/// What a default says about a parameter without an annotation.
fn said_by(words: &Words<'_, '_>, default: &Expr) -> Option<String> {
    match default {
        Expr::NoneLiteral(_) => Some("Unknown | None".to_owned()),
        Expr::Tuple(_) | Expr::List(_) | Expr::Dict(_) | Expr::Set(_) => None,
        _ => {
            let ty = default.inferred_type(words.model())?;
            let nominal = matches!(ty, Type::NominalInstance(_) | Type::LiteralValue(_));
            nominal.then(|| widened_form(&words.of(ty)))
        }
    }
}

/// Splits `def f(x: int = 3) -> str` into what stands before the arrow and what stands behind it; `None` for what is
/// not the signature of one function.
pub(crate) fn split(text: &str) -> Option<(&str, &str)> {
    if !text.starts_with("def ") {
        return None;
    }
    let mut depth = 0_usize;
    let mut quote = None;
    let mut bytes = text.bytes().enumerate();
    while let Some((at, byte)) = bytes.next() {
        match (quote, byte) {
            (Some(_), b'\\') => {
                bytes.next();
            }
            (Some(open), byte) if byte == open => quote = None,
            (Some(_), _) => {}
            (None, b'\'' | b'"') => quote = Some(byte),
            (None, b'(' | b'[' | b'{') => depth += 1,
            (None, b')' | b']' | b'}') => depth = depth.checked_sub(1)?,
            (None, b'-') if depth == 0 && text[at..].starts_with("-> ") => {
                return Some((text[..at].trim_end(), &text[at + 3..]));
            }
            _ => {}
        }
    }
    None
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_arrow_that_counts() {
        let table = [
            ("def f() -> int", Some(("def f()", "int"))),
            (
                "def f[T](x: (T) -> int = \")->\") -> (T) -> str",
                Some(("def f[T](x: (T) -> int = \")->\")", "(T) -> str")),
            ),
            ("(x) -> int", None),
            ("def f(x", None),
            ("Overload[() -> int, (x: int) -> str]", None),
        ];
        for (text, expected) in table {
            assert_eq!(split(text), expected, "{text}");
        }
    }
}
