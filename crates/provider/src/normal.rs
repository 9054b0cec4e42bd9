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

use std::borrow::Cow;

use staniel_facts::Flags;

/// More than brackets can be uncovered one after the other.
const ROUNDS: usize = 2 * parse::DEPTH;

/// The normal form of `text`: what deltas and drift compare.
///
/// * Gone: labels (`(function)`), the `name:` before a type, `def`, a trailing `: ...`, `bound method X.`,
///   `@Scope` behind type variables, `(invariant)`, module qualifiers.
/// * Unions are flat, sorted and without repetition, `Optional` and `Union` too; literals are merged; strings have
///   single quotes. `Unknown` beside something known is left out of a union (see [`flags`]).
/// * Of signatures: type parameters, `self` and `cls` go; a default is `...`; a parameter's `Unknown` goes; a coroutine as the
///   result is what it yields in the end, so that `async def` reads as it is written.
/// * A property is what is read from it. Overloads are `Overload[…, …]`.
/// * A class, however it is shown, is `type[C]`, a type alias `type[…]` of what it means, a module `Module[name]`;
///   `typing.List[…]` is `list[…]`.
/// * `C @ path:line:column`, by which ty tells namesakes apart, is `C#1`: the first such `C` of the text.
/// * `Divergent`, ty's mark for an inference cycle that was cut, is `Unknown`; so are `UnspecializedTypeVar`, its mark for a
///   type variable that nobody has given a type, and `@Todo(…)`.
///
/// Total: any text has a normal form, which is its own normal form. Cost: linear times the depth of
/// brackets, of which a fixed number is looked into, plus the sorting.
pub fn normal_form(text: &str) -> String {
    settle(&without_lines(text), form::whole)
}

/// What only zuban's lines tell: its guess at an argument, which goes; overloads without a body each.
fn without_lines(text: &str) -> Cow<'_, str> {
    let text = text.split_once("\n\nMight be: ").map_or(text, |(text, _)| text);
    let overloads = text.trim_end().strip_suffix(')').and_then(|text| text.split_once("Overload(\n"));
    match overloads {
        Some((label, variants)) if label.is_empty() || label.ends_with(") ") => {
            let variants: Vec<String> =
                variants.lines().map(|variant| format!("{}: ...", variant.trim())).collect();
            format!("{label}{}", variants.join(" ")).into()
        }
        _ => text.into(),
    }
}

/// The normal form with the classes of literals in their place: `Literal[1, 2] | None` → `None | int`. Engines differ most in
/// when they give a literal up.
pub fn widened_form(text: &str) -> String {
    normal_form(&settle(&normal_form(text), form::widened))
}

/// The widened form, in which besides `Any` is `Unknown` and `NoReturn` is `Never`: whether what goes with everything does so
/// because somebody says so or because nobody knows is no difference of the types.
pub fn loose_form(text: &str) -> String {
    normal_form(&settle(&widened_form(text), form::loosened))
}

/// What a type text itself says about how much is known of the type; `normal` is its normal form.
pub fn flags(text: &str, normal: &str) -> Flags {
    let mut flags = Flags::empty();
    if normal == "Unknown" {
        flags |= Flags::UNKNOWN;
    } else if has_unknown(text) {
        flags |= Flags::PARTLY_UNKNOWN;
    }
    // ty's words for members of a union (or literals, or types) that it leaves out: "... omitted 3 union elements". A
    // literal string that says the same is an oddity that costs a flag.
    flags.set(Flags::PARTIAL, text.contains("... omitted "));
    flags
}

/// Whether a type text leaves anything unknown: what the normal form leaves out of unions and parameters.
fn has_unknown(text: &str) -> bool {
    text.split(|c: char| c != '_' && c != '@' && !c.is_alphanumeric())
        .any(|word| matches!(word, "Unknown" | "Divergent" | "UnspecializedTypeVar" | "@Todo"))
}

/// Applies a form until nothing changes.
fn settle(text: &str, form: impl Fn(Vec<parse::Element>) -> String) -> String {
    let mut text = text.split_whitespace().collect::<Vec<_>>().join(" ");
    // What is left out may uncover something else to leave out; each round makes the text smaller, but for
    // the last one, and for types as they are the second is the last.
    for _ in 0..ROUNDS {
        let Some(elements) = parse::parse(&text) else { break };
        let next = form(elements);
        if next == text {
            break;
        }
        text = next;
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
            ("(method) get: def get(self: Self@Box) -> T: ...", "get() -> T"),
            ("bound method Box[int].get(self) -> int", "get() -> int"),
            ("(type) -> int", "(type) -> int"),
            // Unions and literals.
            ("str | int | str", "int | str"),
            ("None | (str | (int | bytes))", "None | bytes | int | str"),
            ("Unknown | int | Divergent", "int"),
            ("list[UnspecializedTypeVar]", "list[Unknown]"),
            ("Literal[2] | None | Literal[1]", "Literal[1, 2] | None"),
            ("Literal[\"b\", 'a']", "Literal['a', 'b']"),
            ("dict[str, list[str | int] | None]", "dict[str, None | list[int | str]]"),
            ("((x: int) -> str | bytes) | None", "((x: int) -> bytes | str) | None"),
            ("((int | str) -> None)", "(int | str) -> None"),
            ("int | ... omitted 3 union elements", "... omitted 3 union elements | int"),
            // Names.
            ("typing.Sequence[a.b.C]", "Sequence[C]"),
            ("T@f | list[U@g]", "T | list[U]"),
            ("dict[Self@Box[list[T@Box]], int]", "dict[Self, int]"),
            ("Box[T (invariant)]", "Box[T]"),
            ("P.args", "P.args"),
            ("<class 'lib.sub.C'>", "type[C]"),
            ("<module 'os.path'>", "Module[path]"),
            ("Literal[3.5, -1, b\"x\"]", "Literal[-1, 3.5, b'x']"),
            // Namesakes.
            ("lib.C @ lib.py:3:11 | lib.C @ src/my lib.py:9:11", "C#1 | C#2"),
            ("tuple[lib.C @ b.py:9:1, lib.C @ a.py:3:1, lib.C @ b.py:9:1]", "tuple[C#1, C#2, C#1]"),
            ("<class 'lib.C @ lib.py:3:11'> | D @ lib.py:3:11", "D#1 | type[C#1]"),
            // Classes, aliases, modules.
            ("class Box(value: int = 0)", "type[Box]"),
            ("class D(): ...\n\nclass D(x: int): ...", "type[D]"),
            ("(class) Box: type[Box]", "type[Box]"),
            ("(class) Any", "type[Any]"),
            ("<special-form 'typing.Any'>", "type[Any]"),
            ("<special-form 'typing.List'> | type[List[_T]]", "type[list]"),
            ("type[A | B]", "type[A] | type[B]"),
            ("(type) Text = str | a.Rich", "type[Rich] | type[str]"),
            ("<UnionType special-form 'str | Rich'>", "type[Rich] | type[str]"),
            ("(module) os", "Module[os]"),
            ("(import) threading: Module(\"dummy.threading\")", "Module[threading]"),
            ("Optional[Union[int, List[str]]]", "None | int | list[str]"),
            // Signatures.
            (
                "def f[T](cls, /, x: T@f, y=1, *, z: Unknown | None = None) -> T@f",
                "f(x: T, y = ..., *, z: None = ...) -> T",
            ),
            ("def f(self, x: Unknown, **k: Unknown) -> None", "f(x, **k) -> None"),
            ("(self) -> int", "() -> int"),
            ("async def f() -> CoroutineType[Any, Any, int | str]", "f() -> int | str"),
            ("(property) size: (self: Self@Box) -> int", "int"),
            ("(property) size: int", "int"),
            (
                "(function)\ndef f(x: int, /) -> int: ...\n\ndef f(x: str) -> str: ...",
                "Overload[(x: int, /) -> int, (x: str) -> str]",
            ),
            ("Overload[[T](x: T = 1) -> T, (_T'return) -> int]", "Overload[(x: T = ...) -> T, (_T) -> int]"),
            // As zuban has them.
            ("(param) x: Literal['y', \"x\"]", "Literal['x', 'y']"),
            ("(param) y: Any\n\nMight be: int | str", "Any"),
            ("(TypeVar) T", "T"),
            ("(ParamSpec) **P", "**P"),
            ("(TypeVarTuple) *Ts", "*Ts"),
            ("(type alias) Alias = int | str", "type[int] | type[str]"),
            ("(class) None", "type[None]"),
            ("(class) Box(size, *args: int, **kwargs: str) -> Box[T, Unpack[Us]]", "type[Box]"),
            ("(property) def area(self) -> int", "int"),
            ("(function) def later(self) -> CoroutineType[Any, Any, int]", "later() -> int"),
            ("(function) def [_F: Callable[..., Any]] overload(func: _F) -> _F", "overload(func: _F) -> _F"),
            ("(variable) f: def (*a: Any, **k: Any) -> str | int", "(*a: Any, **k: Any) -> int | str"),
            ("list[def [T] (T) -> int]", "list[(T) -> int]"),
            (
                "(function) Overload(\n    def f(x: int) -> int\n    def [T] f(x: T, y: Any = 3) -> T)",
                "Overload[(x: int) -> int, (x: T, y: Any = ...) -> T]",
            ),
            // White space, defaults, tuples, the unintelligible.
            ("f(x:int=3,\n  *args : str)->None", "f(x: int = ..., *args: str) -> None"),
            ("tuple[()] | tuple[int, ...] | (int,)", "(int,) | tuple[()] | tuple[int, ...]"),
            ("list[int  ", "list[int"),
            ("... def:", "... def:"),
            ("  it's ", "it's"),
            ("", ""),
        ];
        for (text, normal) in table {
            assert_eq!(normal_form(text), normal, "of {text}");
            assert_eq!(normal_form(normal), normal, "again, of {text}");
        }
    }

    #[test]
    fn literals_give_way_to_their_classes() {
        let table = [
            ("Literal[1, 'a', b'b', True] | None", "None | bool | bytes | int | str"),
            ("dict[Literal['a'], a.Color]", "dict[str, Color]"),
            ("Literal[enums.Color.RED, Color.BLUE]", "Color"),
            ("int & ~AlwaysFalsy | Unknown & bytes | ~None & Unknown", "bytes | int"),
            ("f(x: Literal[2] = 2) -> LiteralString", "(x: int = ...) -> str"),
            ("f(*args: Any, **kwargs) -> float*", "(...) -> float"),
            ("((int, /) -> f(*args) -> int) | None", "((int) -> (*args) -> int) | None"),
            ("f(x: int, /) -> (int, str, /) -> None", "(x: int, /) -> (int, str) -> None"),
        ];
        for (text, widened) in table {
            assert_eq!(widened_form(text), widened, "of {text}");
            assert_eq!(widened_form(widened), widened, "again, of {text}");
        }
        assert!(
            has_unknown("list[Unknown]") && has_unknown("Divergent | int") && !has_unknown("UnknownHost")
        );
    }

    #[test]
    fn what_goes_with_everything_is_one() {
        let table = [
            ("f(x: Any, y: list[Any]) -> Any | None", "(x, y: list[Unknown]) -> None"),
            ("f() -> NoReturn", "() -> Never"),
            ("dict[Any, Literal[1]]", "dict[Unknown, int]"),
        ];
        for (text, loose) in table {
            assert_eq!(loose_form(text), loose, "of {text}");
            assert_eq!(loose_form(loose), loose, "again, of {text}");
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
        fn a_widened_form_is_its_own(text in prop_oneof![texts(), "\\PC{0,40}"]) {
            let once = widened_form(&text);
            prop_assert_eq!(widened_form(&once), once.as_str(), "of {:?}", text);
            prop_assert_eq!(widened_form(&normal_form(&text)), once, "of the normal form of {:?}", text);
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
