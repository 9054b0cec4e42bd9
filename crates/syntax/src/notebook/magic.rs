//! What IPython adds to Python: `%magic`, `!command`, `?help`, `help?`, `%%cell magic`.

use std::ops::Range;

use crate::scan::lexer::{End, Lexer, Look};
use crate::scan::token::{Kind, Tokens};

/// Cell magics whose cell is Python all the same.
const PYTHON: [&str; 3] = ["time", "timeit", "capture"];

/// The parts of a cell that are no Python, in order. They begin where a statement would, or behind `name =`.
pub(super) fn blanks(code: &str) -> Vec<Range<usize>> {
    let mut blanks = Vec::new();
    let mut lexer = Lexer::new(code);
    let mut first = true;
    while lexer.next_line().is_some() {
        let start = lexer.at;
        let end = lexer.end_of_line(start);
        if let Some(magic) = code[start..].strip_prefix("%%").filter(|_| first) {
            let name = magic.split(|character: char| character.is_whitespace()).next();
            if !name.is_some_and(|name| PYTHON.contains(&name)) {
                blanks.push(start..code.len());
                break;
            }
        }
        first = false;
        if let Some(begin) = begin(&mut lexer, code, start..end) {
            let end = continued(&lexer, code, end);
            blanks.push(begin..end);
            lexer.at = end;
        } else {
            while lexer.read(Look::Nothing) != End::Line {}
        }
    }
    blanks
}

/// Where something that is no Python begins in a line, which begins with a statement.
fn begin(lexer: &mut Lexer<'_>, code: &str, line: Range<usize>) -> Option<usize> {
    if code[line.clone()].starts_with(['%', '!', '?']) {
        return Some(line.start);
    }
    if !code[line.clone()].contains(['%', '!', '?']) {
        return None;
    }
    let all = lexer.tokens(line.start, line.end);
    let tokens = Tokens::new(code, &all);
    let last = tokens.until.saturating_sub(1);
    let begin = if tokens.kind(last).is_some() && tokens.at(last) == "?" {
        Some(line.start)
    } else {
        let behind_equal = |at: usize| at > 0 && tokens.kind(at - 1) == Some(Kind::Equal);
        let at = tokens.find(|at| behind_equal(at) && matches!(tokens.at(at), "%" | "!"));
        (at < tokens.until).then(|| tokens.start(at))
    };
    lexer.recycle(all);
    begin
}

/// The end of a line, and of those that continue it behind a backslash.
fn continued(lexer: &Lexer<'_>, code: &str, mut end: usize) -> usize {
    while code[..end].ends_with('\\') && end < code.len() {
        let next = end + if code[end..].starts_with("\r\n") { 2 } else { 1 };
        end = lexer.end_of_line(next);
    }
    end
}
