//! The scanner over made-up texts: it answers whatever it is given, and where the tree has no errors, as the tree does.

use std::cell::{Cell, RefCell};
use std::io::{BufRead as _, BufReader, Lines, Write as _};
use std::process::{Child, ChildStdin, ChildStdout, Command, Stdio};

use proptest::prelude::*;
use proptest::test_runner::TestRunner;
use serde_json::{Value, json};
use staniel_facts::{Contexts, ImportFacts, PositionEncoding, SourceKind};
use staniel_syntax::{import_facts, oracle};

/// One a line; `␤` stands for a line end.
static PIECES: &str = include_str!("pieces.txt");

const CHANGES: [&str; 24] = [
    " ", "\t", "\n", "\r", "\r\n", "\\\n", "'", "\"", "'''", "\"\"\"", "#", "(", ")", "[", "]", "{", "}",
    ":", ";", ",", "=", ".", "\x0c", "f",
];

const EXPRESSIONS: [&str; 14] = [
    "@",
    "(@)",
    "[@, @]",
    "{@: @}",
    "f(@, k=@)",
    "@ + @",
    "(@ if @ else @)",
    "(lambda: @)",
    "(lambda x=@, *y: @)",
    "[@ for i in @ if @]",
    "f'{(@)}'",
    "(@,\n  @ # )\n)",
    "(u := @)",
    "a.b(@)[@].c",
];

/// Beginnings of compound statements, each with the clauses that can follow: as many as there are, in this order.
const COMPOUND: [(&[&str], &[&str]); 9] = [
    (
        &["if x:", "if TYPE_CHECKING:", "if not (T or @):", "if t.TYPE_CHECKING and (@):"],
        &["elif @:", "elif not TYPE_CHECKING:", "else:"],
    ),
    (&["try:"], &["except (A, m.ImportError) as f:", "except E:", "except:", "else:", "finally:"]),
    (&["try:"], &["except ImportError:", "except (E) as (e):"]),
    (&["try:"], &["except* A:", "finally:"]),
    (&["for i, (j, *k) in @:", "for a.b, c[@] in d:", "while @:"], &["else:"]),
    (
        &[
            "with a as b:",
            "with (a as b, c as (d, [e])):",
            "with suppress(ImportError), @ as x:",
            "with (s(A, m.Exception) as x, y):",
        ],
        &[],
    ),
    (
        &[
            "def f(a, b=@, *c, d: int = @, **e) -> @:",
            "async def f():",
            "def f(x):",
            "class C(B, k=@):",
            "class D:",
        ],
        &[],
    ),
    (&["@d\ndef f(x=@):", "@d(@)\n@e\nclass C:"], &[]),
    (&["match @:", "match x, y:", "match [a, b]:"], &[]),
];

const CASES: [&str; 6] =
    ["[a, *b]", "{'k': v, **r}", "C(a, b=c) if (@)", "a.b | c.d as e", "(1 | -2.5) as n", "x, [y, (z)]"];

/// The pieces of which texts are made, with what CPython says they are.
struct Pieces {
    statements: Vec<String>,
    expressions: Vec<String>,
    all: Vec<String>,
}

impl Pieces {
    fn new(cpython: &mut CPython) -> Self {
        let all: Vec<String> = PIECES.lines().map(|piece| piece.replace('␤', "\n")).collect();
        let mut accepted = |text: String| !cpython.ask(&text).is_null();
        let statements = all.iter().filter(|piece| accepted(format!("{piece}\n"))).cloned().collect();
        let mut accepted = |text: String| !cpython.ask(&text).is_null();
        let expressions =
            all.iter().filter(|piece| accepted(format!("[{piece}, {piece}]\n"))).cloned().collect();
        Self { statements, expressions, all }
    }
}

/// Picks, from numbers that proptest shrinks to nothing.
struct Choices<'c> {
    numbers: &'c [u16],
    next: usize,
}

impl Choices<'_> {
    fn below(&mut self, count: usize) -> usize {
        let number = self.numbers.get(self.next).copied().unwrap_or(0);
        self.next += 1;
        usize::from(number) % count.max(1)
    }

    fn of<'t, T: ?Sized>(&mut self, all: &'t [impl std::borrow::Borrow<T>]) -> &'t T {
        all[self.below(all.len())].borrow()
    }

    /// Whether it happens, one time in so many.
    fn one_in(&mut self, times: usize) -> bool {
        self.below(times) == times - 1
    }
}

/// Puts expressions for each `@` of a pattern.
fn fill(pattern: &str, depth: usize, choices: &mut Choices<'_>, pieces: &Pieces) -> String {
    let mut filled = String::new();
    let mut parts = pattern.split_inclusive('@').peekable();
    while let Some(part) = parts.next() {
        match part.strip_suffix('@') {
            // A decorator.
            Some(before) if parts.peek().is_some_and(|next| next.starts_with(['d', 'e'])) => {
                filled.push_str(before);
                filled.push('@');
            }
            Some(before) => {
                filled.push_str(before);
                if depth > 0 && choices.one_in(3) {
                    let pattern = choices.of::<&str>(&EXPRESSIONS);
                    filled.push_str(&fill(pattern, depth - 1, choices, pieces));
                } else {
                    filled.push_str(choices.of::<String>(&pieces.expressions));
                }
            }
            None => filled.push_str(part),
        }
    }
    filled
}

fn simple(choices: &mut Choices<'_>, pieces: &Pieces) -> String {
    match choices.below(4) {
        0 => fill(choices.of::<&str>(&EXPRESSIONS), 2, choices, pieces),
        1 => format!("x = {}", fill(choices.of::<&str>(&EXPRESSIONS), 2, choices, pieces)),
        _ => choices.of::<String>(&pieces.statements).to_owned(),
    }
}

/// Appends the block of a header: on its line, or indented.
fn block(
    header: &str,
    indent: &str,
    depth: usize,
    choices: &mut Choices<'_>,
    pieces: &Pieces,
    text: &mut String,
) {
    for line in header.split_inclusive('\n') {
        text.push_str(indent);
        text.push_str(line);
    }
    if choices.one_in(3) {
        text.push_str(choices.of::<&str>(&[" ", "", "\t", " \\\n "]));
        text.push_str(&simple(choices, pieces));
        if choices.one_in(3) {
            text.push_str("; ");
            text.push_str(&simple(choices, pieces));
        }
        text.push('\n');
        return;
    }
    text.push_str(choices.of::<&str>(&["\n", " # c\n", "\n\n", "\n# d\n"]));
    let inner = format!("{indent}{}", choices.of::<&str>(&["    ", " ", "\t"]));
    statements(&inner, depth, choices, pieces, text);
}

fn statements(indent: &str, depth: usize, choices: &mut Choices<'_>, pieces: &Pieces, text: &mut String) {
    for _ in 0..1 + choices.below(4) {
        if depth == 0 || choices.below(3) == 0 {
            text.push_str(indent);
            text.push_str(&simple(choices, pieces));
            text.push_str(choices.of::<&str>(&[
                "\n",
                "\n",
                ";\n",
                "; import z\n",
                " # e\n",
                "\n\n",
                "\n\x0c",
            ]));
            continue;
        }
        let (headers, clauses) = COMPOUND[choices.below(COMPOUND.len())];
        let header = fill(choices.of::<&str>(headers), 1, choices, pieces);
        if header.starts_with("match") {
            text.push_str(&format!("{indent}{header}\n"));
            for _ in 0..1 + choices.below(2) {
                let case = fill(choices.of::<&str>(&CASES), 1, choices, pieces);
                block(&format!("case {case}:"), &format!("{indent}  "), depth - 1, choices, pieces, text);
            }
            continue;
        }
        block(&header, indent, depth - 1, choices, pieces, text);
        let needed = header == "try:";
        for (number, clause) in clauses.iter().enumerate() {
            if choices.below(2) == 0 || needed && number == 0 {
                let clause = fill(clause, 1, choices, pieces);
                block(&clause, indent, depth - 1, choices, pieces, text);
            }
        }
    }
}

/// A program, some of them spoilt.
fn program(numbers: &[u16], pieces: &Pieces) -> String {
    let mut choices = Choices { numbers, next: 0 };
    let mut text = String::new();
    let line_end = choices.of::<&str>(&["\n", "\n", "\r\n", "\r"]);
    statements("", 3, &mut choices, pieces, &mut text);
    let mut text = text.replace('\n', line_end);
    if choices.one_in(3) {
        for _ in 0..1 + choices.below(3) {
            let at = choices.below(text.len() + 1);
            let cut = choices.below(3);
            let boundary = |from: usize| (from..=text.len()).find(|at| text.is_char_boundary(*at));
            let (Some(at), Some(end)) = (boundary(at), boundary(at + cut)) else { continue };
            let put = match choices.below(3) {
                0 => "",
                1 => choices.of::<&str>(&CHANGES),
                _ => choices.of::<String>(&pieces.all),
            };
            text.replace_range(at..end, put);
        }
    }
    text
}

/// The texts that CPython accepts must give its imports and names, and what the tree says where that has no errors. (The
/// tree alone is no measure: it finds no error in many a text that is none.)
#[test]
fn cpython_and_the_tree_say_the_same() {
    let mut cpython = CPython::start();
    let pieces = Pieces::new(&mut cpython);
    let cpython = RefCell::new(cpython);
    let (valid, agreed, imports) = (Cell::new(0), Cell::new(0), Cell::new(0));
    let config = ProptestConfig { failure_persistence: None, ..ProptestConfig::default() };
    let config = ProptestConfig { cases: config.cases.max(4_000), ..config };
    let outcome = TestRunner::new(config).run(&prop::collection::vec(any::<u16>(), 0..150), |numbers| {
        let text = program(&numbers, &pieces);
        let found = import_facts(text.as_bytes(), SourceKind::Python);
        let answer = cpython.borrow_mut().ask(&text);
        if answer.is_null() {
            return Ok(());
        }
        valid.set(valid.get() + 1);
        imports.set(imports.get() + found.imports.len());
        prop_assert_eq!(json!(rows(&found)), answer["imports"].clone(), "{}", text);
        if let Some(expected) = oracle::import_facts(&text) {
            agreed.set(agreed.get() + 1);
            prop_assert_eq!(found, expected, "{}", text);
        }
        Ok(())
    });
    println!("{} valid texts, {} of them to the tree, {} imports", valid.get(), agreed.get(), imports.get());
    outcome.unwrap();
    assert!(agreed.get() >= 500 && imports.get() >= 300);
}

/// The import statements as the script prints them.
fn rows(facts: &ImportFacts) -> Vec<Value> {
    let imports = facts.imports.iter().filter(|import| !import.contexts.contains(Contexts::DYNAMIC));
    let rows = imports.map(|import| {
        let at = facts.range(import.statement, PositionEncoding::Utf8).range.start;
        json!([import.level, import.module, import.symbol, import.alias, at.line + 1, at.character])
    });
    rows.collect()
}

/// A process that answers for one text after another.
struct CPython {
    process: Child,
    questions: ChildStdin,
    answers: Lines<BufReader<ChildStdout>>,
}

impl CPython {
    fn start() -> Self {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/cpython_imports.py");
        let mut process = Command::new("python3")
            .args(["-X", "utf8", script, "--texts"])
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .spawn()
            .expect("this test needs `python3` on the PATH");
        let questions = process.stdin.take().expect("it is piped");
        let answers = BufReader::new(process.stdout.take().expect("it is piped")).lines();
        Self { process, questions, answers }
    }

    fn ask(&mut self, text: &str) -> Value {
        writeln!(self.questions, "{}", json!(text)).expect("it reads until its input ends");
        let answer = self.answers.next().expect("it answers each line").expect("in UTF-8");
        serde_json::from_str(&answer).expect("it prints JSON")
    }
}

impl Drop for CPython {
    fn drop(&mut self) {
        // It waits for questions still.
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

proptest! {
    #[test]
    fn anything_has_an_answer(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        import_facts(&bytes, SourceKind::Python);
        import_facts(&bytes, SourceKind::Notebook);
    }

    #[test]
    fn any_characters_have_an_answer(text in "[\\PC\r\n\t '\"#()\\[\\]{}:;,.=\\\\frb]{0,60}") {
        import_facts(text.as_bytes(), SourceKind::Python);
    }
}
