//! The guard before the parser: linear, and no parser itself.
//!
//! tree-sitter's Python grammar can abort the process (more than some 380 open indentations and a string overflow a
//! fixed buffer of its scanner), and its scanner reads comment lines and continued lines in an indented block again
//! for each of them, which is quadratic. So a text is looked at first: what CPython itself would refuse for its
//! nesting is refused, and long runs of comments and continuations are blanked for the parser, which needs neither;
//! so are line ends between brackets that it would misunderstand.
//!
//! The guard knows strings (nested in f-strings too), comments and brackets well enough to be right about every text
//! that CPython accepts; about others it need only be safe.

use std::borrow::Cow;
use std::ops::Range;

use staniel_facts::SkipReason;

use crate::scan::statement::begins_statement;

/// The largest file that is analysed, in bytes. A parsed file takes some fifty times its size in memory.
pub const SIZE_LIMIT: u64 = 16 << 20;

/// CPython allows 99.
const MOST_INDENTATIONS: usize = 100;
/// What CPython allows.
const MOST_BRACKETS: usize = 200;
/// How deep an expression may be: a chain of calls, attributes or operators nests as deep as it is long, though no
/// bracket shows it, and who walks syntax trees by recursion overflows the stack there, which nobody can catch.
/// CPython 3.11 refuses the same length, later versions some more.
const DEEPEST_EXPRESSION: usize = 3_000;
/// Lines inside strings and brackets count here too, since the parser may lose its way in broken text and take
/// them for blocks. With this many, and the most strings it remembers, its scanner's buffer still suffices.
const LONGEST_STAIRCASE: usize = 380;
/// Longer runs of comments and continued lines, without a token between them, are blanked.
const LONGEST_RUN: usize = 50;

/// Refuses files that are too large, before they are decoded.
pub(crate) fn check_size(bytes: &[u8]) -> Result<(), SkipReason> {
    let size = bytes.len() as u64;
    if size > SIZE_LIMIT { Err(SkipReason::TooLarge { size, limit: SIZE_LIMIT }) } else { Ok(()) }
}

/// What the parser need not see of a text: comments, backslashes with the line ends behind them, line ends
/// between brackets.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Blanks(Vec<Range<usize>>);

/// Refuses a text that would harm the parser; tells what to blank in all others. Linear.
pub(crate) fn check_text(text: &str) -> Result<Blanks, SkipReason> {
    if staircase(text.as_bytes()) > LONGEST_STAIRCASE {
        let words = format!("more than {LONGEST_STAIRCASE} lines, each indented further than the one before");
        return Err(SkipReason::Hostile(words.into()));
    }
    let mut lexer = Lexer::new(text.as_bytes());
    match lexer.read() {
        Ok(()) => Ok(Blanks(lexer.blanks)),
        Err(words) => {
            let line = 1 + text.as_bytes()[..lexer.at].iter().filter(|byte| **byte == b'\n').count();
            Err(SkipReason::Hostile(format!("{words} at line {line}").into()))
        }
    }
}

/// The text as the parser is given it, of equal length, so that offsets hold: without `blanks`; and since the grammar
/// takes NUL for the end of the file and a lone carriage return, which ends a line in Python, for a blank, these are
/// replaced too.
pub(crate) fn for_parser<'t>(text: &'t str, blanks: &Blanks) -> Cow<'t, str> {
    if blanks.0.is_empty() && !text.bytes().any(|byte| matches!(byte, b'\0' | b'\r')) {
        return Cow::Borrowed(text);
    }
    let mut bytes = text.as_bytes().to_vec();
    for at in 0..bytes.len() {
        match bytes[at] {
            b'\0' => bytes[at] = b' ',
            b'\r' if bytes.get(at + 1) != Some(&b'\n') => bytes[at] = b'\n',
            _ => {}
        }
    }
    for blank in &blanks.0 {
        bytes[blank.clone()].fill(b' ');
    }
    Cow::Owned(String::from_utf8(bytes).expect("only whole characters were replaced, by ASCII"))
}

/// The length of the longest sequence of lines, not necessarily adjacent, each of which is indented further than the one
/// before, measured as the grammar's scanner does: an upper bound for the indentations it can have open at once.
fn staircase(bytes: &[u8]) -> usize {
    // The smallest width with which a sequence of each length can end (patience sorting).
    let mut ends: Vec<u16> = Vec::new();
    let mut at = 0;
    while let Some(newline) = bytes[at..].iter().position(|byte| matches!(byte, b'\n' | b'\r')) {
        at += newline;
        let mut width = 0u16;
        loop {
            match bytes.get(at) {
                Some(b' ') => width = width.wrapping_add(1),
                Some(b'\t') => width = width.wrapping_add(8),
                Some(b'\n' | b'\r' | b'\x0c') => width = 0,
                // A continued line adds its indentation to that of the next.
                Some(b'\\') if matches!(bytes.get(at + 1), Some(b'\n')) => at += 1,
                Some(b'\\') if bytes[at + 1..].starts_with(b"\r\n") => at += 2,
                _ => break,
            }
            at += 1;
        }
        let place = ends.partition_point(|end| *end < width);
        if let Some(end) = ends.get_mut(place) {
            *end = width;
        } else if ends.len() <= LONGEST_STAIRCASE {
            ends.push(width);
        } else {
            return ends.len();
        }
    }
    ends.len()
}

/// A replacement field `{…}` of an f-string that is being read as code.
struct Field {
    quote: Quote,
    /// Open brackets outside the field.
    outside: usize,
    /// Whether it stands in the format specification of another field.
    nested: bool,
}

/// The part of an expression that stands between the same brackets, and how deep it is nested.
struct Chain {
    /// The depth of what the brackets stand in.
    outside: usize,
    /// What nests to the right whatever operators follow: `lambda`, conditions.
    heads: usize,
    /// Operators since the last that only lists its operands, as comparisons and `and` do.
    operators: usize,
    /// Attributes, calls and subscripts of the last operand.
    trailers: usize,
}

impl Chain {
    fn depth(&self) -> usize {
        self.outside + self.heads + self.operators + self.trailers
    }
}

#[derive(Clone, Copy)]
struct Quote {
    byte: u8,
    triple: bool,
    raw: bool,
    format: bool,
}

struct Lexer<'t> {
    bytes: &'t [u8],
    at: usize,
    brackets: usize,
    indentations: Vec<usize>,
    fields: Vec<Field>,
    /// What is being read at each level of brackets, as far as an operator was seen there.
    chains: Vec<Chain>,
    /// Comments and continuations since the last token.
    run: Vec<Range<usize>>,
    /// Line ends since the last token.
    newlines: Vec<Range<usize>>,
    /// What to blank if the open brackets are closed.
    outdents: Vec<Range<usize>>,
    blanks: Vec<Range<usize>>,
}

type Refusal = &'static str;

impl<'t> Lexer<'t> {
    fn new(bytes: &'t [u8]) -> Self {
        Self {
            bytes,
            at: 0,
            brackets: 0,
            indentations: vec![0],
            fields: Vec::new(),
            chains: Vec::new(),
            run: Vec::new(),
            newlines: Vec::new(),
            outdents: Vec::new(),
            blanks: Vec::new(),
        }
    }

    fn peek(&self, ahead: usize) -> u8 {
        self.bytes.get(self.at + ahead).copied().unwrap_or(b'\0')
    }

    /// The name or number that comes next; empty if there is none.
    fn next_word(&self) -> &'t [u8] {
        let rest = &self.bytes[self.at..];
        let in_word = |byte: &u8| byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'\x80'..);
        &rest[..rest.iter().position(|byte| !in_word(byte)).unwrap_or(rest.len())]
    }

    fn read(&mut self) -> Result<(), Refusal> {
        self.line_start()?;
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b' ' | b'\t' | b'\x0c' => self.at += 1,
                b'\n' | b'\r' => {
                    self.newlines.push(self.at..self.at + 1);
                    self.at += 1;
                    self.line_start()?;
                }
                b'\\' if self.line_end(self.at + 1) > 0 => self.continuation(),
                b'#' => self.comment(),
                _ => {
                    self.end_run();
                    self.token(byte)?;
                }
            }
        }
        self.end_run();
        Ok(())
    }

    /// The length of the line end at `at`; 0 if there is none.
    fn line_end(&self, at: usize) -> usize {
        match (self.bytes.get(at), self.bytes.get(at + 1)) {
            (Some(b'\r'), Some(b'\n')) => 2,
            (Some(b'\n' | b'\r'), _) => 1,
            _ => 0,
        }
    }

    /// Measures the indentation of a line that begins a statement, as CPython does.
    fn line_start(&mut self) -> Result<(), Refusal> {
        if self.brackets > 0 {
            return Ok(());
        }
        self.chains.clear();
        let mut column = 0;
        let mut at = self.at;
        let mut before_continuation = None;
        loop {
            match self.bytes.get(at) {
                Some(b' ') => column += 1,
                Some(b'\t') => column = (column / 8 + 1) * 8,
                Some(b'\x0c') => column = 0,
                Some(b'\\') if self.line_end(at + 1) > 0 => {
                    before_continuation.get_or_insert(column);
                    at += self.line_end(at + 1);
                }
                _ => break,
            }
            at += 1;
        }
        if matches!(self.bytes.get(at), None | Some(b'#' | b'\n' | b'\r')) {
            return Ok(());
        }
        let column = before_continuation.filter(|column| *column > 0).unwrap_or(column);
        while self.indentations.last().is_some_and(|last| *last > column) {
            self.indentations.pop();
        }
        if self.indentations.last().is_none_or(|last| *last < column) {
            self.indentations.push(column);
        }
        if self.indentations.len() > MOST_INDENTATIONS + 1 {
            return Err("more than 100 levels of indentation");
        }
        Ok(())
    }

    fn continuation(&mut self) {
        let end = self.at + 1 + self.line_end(self.at + 1);
        self.run.push(self.at..end);
        self.at = end;
    }

    fn comment(&mut self) {
        let rest = &self.bytes[self.at..];
        let length = rest.iter().position(|byte| matches!(byte, b'\n' | b'\r')).unwrap_or(rest.len());
        self.run.push(self.at..self.at + length);
        self.at += length;
    }

    /// Ends a run before a token.
    fn end_run(&mut self) {
        if self.run.len() > LONGEST_RUN {
            self.blanks.extend_from_slice(&self.run);
        }
        if self.brackets > 0 && self.fields.is_empty() && !self.newlines.is_empty() {
            self.line_between_brackets();
        }
        self.run.clear();
        self.newlines.clear();
    }

    /// Looks at a line between brackets that begins with the token ahead. It may be indented less than the statement it
    /// belongs to; where no bracket could close (behind an operator, say), the grammar's scanner takes that for the
    /// end of a block, so the line end is blanked, provided the bracket turns out to be closed.
    fn line_between_brackets(&mut self) {
        if begins_statement(self.next_word()) {
            self.brackets = 0;
            self.outdents.clear();
            return;
        }
        let start = self.newlines.last().map_or(self.at, |newline| newline.end);
        let tabbed =
            |column: usize, byte: &u8| if *byte == b'\t' { (column / 8 + 1) * 8 } else { column + 1 };
        let column = self.bytes[start..self.at].iter().fold(0, tabbed);
        if self.indentations.last().is_some_and(|last| column < *last) {
            self.outdents.append(&mut self.run);
            self.outdents.append(&mut self.newlines);
        }
    }

    fn token(&mut self, byte: u8) -> Result<(), Refusal> {
        match byte {
            b'"' | b'\'' => return self.string(false, false),
            b'(' | b'[' | b'{' => {
                self.at += 1;
                self.deepen(|chain| chain.trailers += 1)?;
                return self.open();
            }
            b')' | b']' | b'}' => {
                let inside = self.fields.last().map_or(0, |field| field.outside + 1);
                if byte == b'}' && !self.fields.is_empty() && self.brackets <= inside {
                    self.at += 1;
                    return self.close_field();
                }
                self.brackets = self.brackets.saturating_sub(1).max(inside);
                if self.brackets == 0 {
                    self.blanks.append(&mut self.outdents);
                }
            }
            b':' if self.fields.last().is_some_and(|field| field.outside + 1 == self.brackets) => {
                self.at += 1;
                return self.specification();
            }
            b'_' | b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'\x80'.. => return self.word(),
            b',' | b';' => self.chains.truncate(self.brackets),
            b'.' => self.deepen(|chain| chain.trailers += 1)?,
            b'*' | b'/' | b'<' | b'>' if self.peek(1) == byte => {
                self.at += 1;
                self.operator()?;
            }
            b'<' | b'>' | b'=' => self.operand_ends()?,
            b'+' | b'-' | b'*' | b'/' | b'%' | b'@' | b'&' | b'|' | b'^' | b'~' => self.operator()?,
            _ => {}
        }
        self.at += 1;
        Ok(())
    }

    fn operator(&mut self) -> Result<(), Refusal> {
        self.deepen(|chain| {
            chain.operators += 1;
            chain.trailers = 0;
        })
    }

    fn operand_ends(&mut self) -> Result<(), Refusal> {
        self.deepen(|chain| (chain.operators, chain.trailers) = (0, 0))
    }

    /// Adds to the chain that is being read.
    fn deepen(&mut self, add: impl FnOnce(&mut Chain)) -> Result<(), Refusal> {
        self.chains.truncate(self.brackets + 1);
        while self.chains.len() <= self.brackets {
            let outside = self.chains.last().map_or(0, Chain::depth);
            self.chains.push(Chain { outside, heads: 0, operators: 0, trailers: 0 });
        }
        let chain = &mut self.chains[self.brackets];
        add(chain);
        if chain.depth() > DEEPEST_EXPRESSION {
            Err("an expression nested more than 3000 deep")
        } else {
            Ok(())
        }
    }

    fn open(&mut self) -> Result<(), Refusal> {
        self.chains.truncate(self.brackets + 1);
        self.brackets += 1;
        if self.brackets > MOST_BRACKETS { Err("more than 200 open brackets") } else { Ok(()) }
    }

    /// A name or number, or the prefix of a string.
    fn word(&mut self) -> Result<(), Refusal> {
        let word = self.next_word();
        self.at += word.len();
        let prefix = word.len() <= 2 && word.iter().all(|byte| b"rRbBuUfFtT".contains(byte));
        if prefix && matches!(self.peek(0), b'"' | b'\'') {
            let has = |letter: u8| word.iter().any(|byte| byte.eq_ignore_ascii_case(&letter));
            return self.string(has(b'r'), has(b'f') || has(b't'));
        }
        match word {
            b"if" | b"lambda" => self.deepen(|chain| chain.heads += 1),
            b"not" | b"await" => self.operator(),
            b"and" | b"or" | b"in" | b"is" => self.operand_ends(),
            _ => Ok(()),
        }
    }

    fn string(&mut self, raw: bool, format: bool) -> Result<(), Refusal> {
        let byte = self.peek(0);
        let triple = self.peek(1) == byte && self.peek(2) == byte;
        self.at += if triple { 3 } else { 1 };
        self.literal(Quote { byte, triple, raw, format })
    }

    /// Reads the text of a string, to its end or to the beginning of a field.
    fn literal(&mut self, quote: Quote) -> Result<(), Refusal> {
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'\\' => {
                    self.at += 1;
                    match self.peek(0) {
                        b'N' if quote.format && !quote.raw && self.peek(1) == b'{' => {
                            let rest = &self.bytes[self.at..];
                            let stop = rest
                                .iter()
                                .position(|byte| matches!(byte, b'}' | b'\n'))
                                .unwrap_or(rest.len());
                            self.at += stop;
                            // The brace belongs to the name.
                            self.at += usize::from(self.peek(0) == b'}');
                        }
                        b'{' | b'}' if quote.format => {}
                        b'\r' => self.at += self.line_end(self.at),
                        _ => self.at += 1,
                    }
                }
                b'\n' | b'\r' if !quote.triple => return Ok(()),
                b'{' | b'}' if quote.format && self.peek(1) == byte => self.at += 2,
                b'{' if quote.format => {
                    self.at += 1;
                    self.fields.push(Field { quote, outside: self.brackets, nested: false });
                    return self.open();
                }
                _ if byte == quote.byte => {
                    if !quote.triple {
                        self.at += 1;
                        return Ok(());
                    }
                    if self.peek(1) == byte && self.peek(2) == byte {
                        self.at += 3;
                        return Ok(());
                    }
                    self.at += 1;
                }
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// Behind the `}` of a field its string goes on; if the field stood in a format specification, that does.
    fn close_field(&mut self) -> Result<(), Refusal> {
        let Some(field) = self.fields.pop() else { return Ok(()) };
        self.brackets = field.outside;
        if field.nested { self.specification() } else { self.literal(field.quote) }
    }

    /// Reads a format specification, to the end of its field or to the beginning of a nested one.
    fn specification(&mut self) -> Result<(), Refusal> {
        let Some(quote) = self.fields.last().map(|field| field.quote) else { return Ok(()) };
        while let Some(&byte) = self.bytes.get(self.at) {
            match byte {
                b'{' => {
                    self.at += 1;
                    self.fields.push(Field { quote, outside: self.brackets, nested: true });
                    return self.open();
                }
                b'}' => {
                    self.at += 1;
                    return self.close_field();
                }
                // The string ends inside its field: broken text.
                _ if byte == quote.byte && !quote.triple => return self.abandon(),
                b'\n' | b'\r' if !quote.triple => return self.abandon(),
                _ => self.at += 1,
            }
        }
        Ok(())
    }

    /// Takes the f-strings that are open for ended.
    fn abandon(&mut self) -> Result<(), Refusal> {
        self.brackets = self.fields.first().map_or(self.brackets, |field| field.outside);
        self.fields.clear();
        self.at += 1;
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn verdict(text: &str) -> String {
        match check_text(text) {
            Ok(blanks) if blanks.0.is_empty() => "fine".to_owned(),
            Ok(blanks) => format!("{} blanks", blanks.0.len()),
            Err(reason) => reason.to_string(),
        }
    }

    fn nested_ifs(levels: usize) -> String {
        (0..levels).map(|level| format!("{}if x:\n", " ".repeat(level))).collect()
    }

    #[test]
    fn what_cpython_accepts_passes() {
        assert_eq!(verdict(&(nested_ifs(98) + &" ".repeat(98) + "pass\n")), "fine");
        assert_eq!(verdict(&format!("x = {}1{}\n", "(".repeat(200), ")".repeat(200))), "fine");
        // Brackets, quotes and indentation inside strings and comments are none.
        assert_eq!(verdict(&"x = '((('  # [[[\n".repeat(100)), "fine");
        assert_eq!(verdict(&"x = r'\\' + '\\'((('\n".repeat(100)), "fine");
        assert_eq!(verdict(&format!("'''\n{}'''\n", nested_ifs(300))), "fine");
        assert_eq!(verdict(&"f'{{{x!r:>{\"(\" + y[0]}}}}' + f'{a[\"(\"]:%H:%M}'\n".repeat(100)), "fine");
        assert_eq!(verdict(&"f'\\N{LEFT PARENTHESIS}((' rf'\\{x}'\n".repeat(100)), "fine");
        assert_eq!(
            verdict(&format!("x = [\n{}]\n", (0..300).map(|n| " ".repeat(n) + "1,\n").collect::<String>())),
            "fine"
        );
    }

    #[test]
    fn what_cpython_refuses_for_its_nesting_is_refused() {
        let refused = "kept from the parser: ";
        assert_eq!(
            verdict(&nested_ifs(101 + 1)),
            format!("{refused}more than 100 levels of indentation at line 102")
        );
        assert_eq!(verdict(&"\n(".repeat(201)), format!("{refused}more than 200 open brackets at line 202"));
        assert_eq!(verdict(&"f'{".repeat(201)), format!("{refused}more than 200 open brackets at line 1"));
    }

    #[test]
    fn what_nests_without_brackets_is_refused() {
        for (begin, link, end) in [
            ("x = 1", " + 1", ""),
            ("x = 1", " ** 1", ""),
            ("a", ".b", ""),
            ("f", "()", ""),
            ("x", "[0]", ""),
            ("x = ", "not ", "1"),
            ("x = ", "-", "1"),
            ("x = ", "1 if 2 else ", "3"),
            ("x = ", "lambda: ", "1"),
            ("x = ", "lambda: a or ", "1"),
            ("x = ", "1 if a or b else ", "3"),
            ("f'{x", ".b", "}'"),
        ] {
            let chain = |length: usize| format!("{begin}{}{end}\n", link.repeat(length));
            assert_eq!(verdict(&chain(2_998)), "fine", "{link}");
            let refused = "kept from the parser: an expression nested more than 3000 deep at line 1";
            assert_eq!(verdict(&chain(3_001)), refused);
        }
    }

    #[test]
    fn what_is_long_and_not_deep_passes() {
        assert_eq!(verdict(&format!("x = [{}]\n", "f(a.b) + -1, ".repeat(10_000))), "fine");
        assert_eq!(verdict(&format!("x = {{{}}}\n", "'a': (b + c).d,\n".repeat(10_000))), "fine");
        assert_eq!(verdict(&"x = a.b + c[1] ** 2; y = not x\n".repeat(10_000)), "fine");
        assert_eq!(verdict(&format!("x = {}z\n", "a.b.c(d.e.f) + ".repeat(2_900))), "fine");
        assert_eq!(verdict(&format!("x = {}z\n", "a or b < ".repeat(10_000))), "fine");
        assert_eq!(
            verdict(&format!("x = {}z\n", "c == k.A or c is not k.B or c not in k.C or ".repeat(10_000))),
            "fine"
        );
        assert_eq!(verdict(&format!("x = ({})\n", "'a' f'{b.c}'\n".repeat(10_000))), "fine");
    }

    #[test]
    fn a_staircase_is_refused_even_in_a_string() {
        let words = "kept from the parser: more than 380 lines, each indented further than the one before";
        assert_eq!(verdict(&format!("'''\n{}'''\n", nested_ifs(400))), words);
        let continued: String = (0..400).map(|_| "\\\n ").collect();
        assert_eq!(verdict(&format!("\n{continued}x\n")), "400 blanks");
    }

    #[test]
    fn long_runs_are_blanked_in_place() {
        let text = format!("def f():\n    x = 1\n{}    y = '''\n# no comment\n'''\n", "    # é\n".repeat(60));
        let blanks = check_text(&text).unwrap();
        let calm = for_parser(&text, &blanks);
        assert_eq!(calm.len(), text.len());
        assert_eq!(
            calm.split_whitespace().collect::<Vec<_>>().join(" "),
            "def f(): x = 1 y = ''' # no comment '''"
        );
        assert_eq!(calm.matches('\n').count(), text.matches('\n').count());

        let continued = format!("x = 1{} + 2\n", "\\\n".repeat(60));
        assert_eq!(for_parser(&continued, &check_text(&continued).unwrap()).lines().count(), 1);
    }

    #[test]
    fn lines_between_brackets_may_be_indented_less() {
        for text in [
            "def f():\n    x = (a +\nb)\n    y = 1\n",
            "def f():\n    x = (a.  # c\r\n  # d\r\n\r\n  b)\n    y = 1\n",
            "def f():\n    x = (a +\nimport_b)\n    y = 1\n",
        ] {
            let calm = for_parser(text, &check_text(text).unwrap()).into_owned();
            assert_eq!(calm.lines().count(), 3, "{calm}");
        }
        // Never closed.
        assert_eq!(verdict("def f():\n    x = (a +\ndef g(): pass\nx)\n"), "fine");
        assert_eq!(verdict("def f():\n    x = (a +\ny = 1\n"), "fine");
        assert_eq!(verdict("if x:\n    y = [\n    1,\n    ]\n"), "fine");
    }

    #[test]
    fn short_runs_and_plain_texts_are_not_copied() {
        let text = "# a\n# b\nx = 1 \\\n  + 2\r\n";
        let blanks = check_text(text).unwrap();
        assert_eq!(blanks, Blanks::default());
        assert_eq!(for_parser("x\0\ry\r\n", &blanks), "x \ny\r\n");
        assert!(matches!(for_parser("# a\n", &blanks), Cow::Borrowed(_)));
    }
}
