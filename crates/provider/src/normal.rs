//! The normal form of type texts.
//!
//! Engines spell one type in many ways, and one engine spells it differently from one moment to the next:
//! the order of a union, the place of a class that has a namesake. The normal form is what deltas, drift and
//! agreement between engines compare; the engine's own text is kept beside it.
//!
//! This is no parser of Python's type grammar: it has to digest whatever engines print and people annotate.
//! It knows brackets, strings, words and a few separators; everything else passes through. What does not
//! even have balanced brackets stays as it is, white space apart.

mod form;
mod parse;

/// More than brackets can be uncovered one after the other.
const ROUNDS: usize = 2 * parse::DEPTH;

/// The normal form of `text`: what deltas and drift compare.
///
/// * Gone: labels (`(function)`), the `name:` before a type, `def`, a trailing `: ...`, `bound method X.`,
///   `@Scope` behind type variables, `(invariant)`, module qualifiers.
/// * Unions are flat, sorted and without repetition; literals are merged; strings have single quotes.
/// * `C @ path:line:column`, by which ty tells namesakes apart, is `C#1`: the first such `C` of the text.
/// * `Divergent`, ty's mark for an inference cycle that was cut, is `Unknown`.
///
/// Total: any text has a normal form, which is its own normal form. Cost: linear times the depth of
/// brackets, of which a fixed number is looked into, plus the sorting.
pub fn normal_form(text: &str) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What is left out may uncover something else to leave out; each round makes the text smaller, but for
    // the last one, and for types as they are the second is the last.
    for _ in 0..ROUNDS {
        let Some(elements) = parse::parse(&text) else { break };
        let form = form::whole(elements);
        if form == text {
            break;
        }
        text = form;
    }
    text
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn spellings_of_engines() {
        let table = [
            // Labels, names, `def`.
            ("(constant) MAX: Literal[100]", "Literal[100]"),
            ("(variable) count: int", "int"),
            ("(function) def f(x: int, flag: bool) -> (int | str)", "f(x: int, flag: bool) -> int | str"),
            ("(function) f: def f(x: int) -> str | int: ...", "f(x: int) -> int | str"),
            ("async def f() -> None", "f() -> None"),
            ("(method) get: def get(self: Self@Box) -> T: ...", "get(self: Self) -> T"),
            ("bound method Box[int].get(self) -> int", "get(self) -> int"),
            ("(type) -> int", "(type) -> int"),
            // Unions and literals.
            ("str | int | str", "int | str"),
            ("None | (str | (int | bytes))", "None | bytes | int | str"),
            ("Unknown | int | Divergent", "Unknown | int"),
            ("Literal[2] | None | Literal[1]", "Literal[1, 2] | None"),
            ("Literal[\"b\", 'a']", "Literal['a', 'b']"),
            ("dict[str, list[str | int] | None]", "dict[str, None | list[int | str]]"),
            ("((x: int) -> str | bytes) | None", "((x: int) -> bytes | str) | None"),
            ("((int | str) -> None)", "(int | str) -> None"),
            ("int | ... omitted 3 union elements", "... omitted 3 union elements | int"),
            // Names.
            ("typing.Sequence[a.b.C]", "Sequence[C]"),
            ("T@f | list[U@g]", "T | list[U]"),
            ("Box[T (invariant)]", "Box[T]"),
            ("P.args", "P.args"),
            ("<class 'lib.sub.C'>", "<class 'C'>"),
            ("<module 'os.path'>", "<module 'os.path'>"),
            ("Literal[3.5, -1, b\"x\"]", "Literal[-1, 3.5, b'x']"),
            // Namesakes.
            ("lib.C @ lib.py:3:11 | lib.C @ src/my lib.py:9:11", "C#1 | C#2"),
            ("tuple[lib.C @ b.py:9:1, lib.C @ a.py:3:1, lib.C @ b.py:9:1]", "tuple[C#1, C#2, C#1]"),
            ("<class 'lib.C @ lib.py:3:11'> | D @ lib.py:3:11", "<class 'C#1'> | D#1"),
            // White space, defaults, tuples, the unintelligible.
            ("f(x:int=3,\n  *args : str)->None", "f(x: int = 3, *args: str) -> None"),
            ("tuple[()] | tuple[int, ...] | (int,)", "(int,) | tuple[()] | tuple[int, ...]"),
            ("list[int  ", "list[int"),
            ("  it's ", "it's"),
            ("", ""),
        ];
        for (text, normal) in table {
            assert_eq!(normal_form(text), normal, "of {text}");
            assert_eq!(normal_form(normal), normal, "again, of {text}");
        }
    }

    #[test]
    fn depth_ends_on_no_stack() {
        // Compared without `assert_eq!`, which would print them.
        for open in ["(", "list[", "((("] {
            let deep = open.repeat(100_000);
            assert!(normal_form(&deep) == deep, "{open}");
        }
        let balanced = format!("{}int{}", "list[".repeat(100_000), "]".repeat(100_000));
        assert!(normal_form(&balanced) == balanced);
        let quoted = normal_form(&"<class '".repeat(50_000));
        assert!(normal_form(&quoted) == quoted);
    }

    /// Texts made of the parts that mean something to the normal form.
    fn texts() -> impl Strategy<Value = String> {
        let part = prop::sample::select(vec![
            "int",
            "str",
            "Divergent",
            "Unknown",
            "Literal",
            "def",
            "async",
            "bound",
            "method",
            "a.b",
            "x.def",
            ".get",
            "...",
            "T@f",
            "C @ a.py:1:2",
            "@",
            "class",
            "<",
            ">",
            "(",
            ")",
            "[",
            "]",
            "{",
            "}",
            ",",
            ":",
            "=",
            "->",
            "-",
            "|",
            "||",
            "&",
            "'",
            "\"",
            "'a'",
            "\"it's\"",
            "\\",
            "b",
            "b'x'",
            "3.5",
            "#1",
            "(function)",
            "(invariant)",
            "(int)",
            "((x) -> y)",
            "[1]",
            " ",
            " ",
            "name: ",
            ": ...",
            "P.args",
            "<class 'a.b[c | b]'>",
            "世",
        ]);
        prop::collection::vec(part, 0..14).prop_map(|parts| parts.concat())
    }

    proptest! {
        #![proptest_config(ProptestConfig { cases: 4000, ..ProptestConfig::default() })]

        #[test]
        fn a_normal_form_is_its_own(text in prop_oneof![texts(), "\\PC{0,40}", any::<String>()]) {
            let once = normal_form(&text);
            prop_assert_eq!(normal_form(&once), once, "of {:?}", text);
        }

        #[test]
        fn the_order_of_a_union_does_not_matter(
            mut members in prop::collection::vec("[a-d]{1,2}|Literal\\[[1-9]\\]|list\\[[a-c] \\| [a-c]\\]", 1..6),
            seed in any::<prop::sample::Index>(),
        ) {
            let before = normal_form(&members.join(" | "));
            let by = seed.index(members.len());
            members.rotate_left(by);
            prop_assert_eq!(normal_form(&members.join(" | ")), before);
        }
    }
}
