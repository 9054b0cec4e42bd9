//! What a condition says about TYPE_CHECKING, and what a handler or a `with` says about ImportError.

use super::known::KnownNames;
use super::token::{Kind, Tokens};

/// Whether TYPE_CHECKING must hold where a condition is true, and where it is false.
pub(super) type Implied = (bool, bool);

/// Reads a condition: `not`, `and`, `or` and parentheses around the flag. Everything else implies nothing. Linear, and
/// without recursion: parentheses that are open are kept on a stack.
pub(super) fn implies_typing(test: Tokens<'_>, known: &KnownNames) -> Implied {
    let mut groups = vec![Group::default()];
    let mut at = test.from;
    while at < test.until {
        let Some(group) = groups.last_mut() else { break };
        match (test.kind(at), test.word(at)) {
            (_, Some("not")) => {
                group.negations += 1;
                at += 1;
            }
            (_, Some("and")) => {
                group.and();
                at += 1;
            }
            (_, Some("or")) => {
                group.or();
                at += 1;
            }
            (Some(Kind::Close), _) => {
                let implied = group.value();
                groups.pop();
                if let Some(outside) = groups.last_mut() {
                    outside.operand(implied);
                }
                at += 1;
            }
            (Some(Kind::Open), _) if test.at(at) == "(" && ends_operand(test, test.after(at)) => {
                groups.push(Group::default());
                at += 1;
            }
            _ => {
                let rest = test.part(at, test.until);
                let end = rest.find(|at| ends_operand(test, at));
                let operand = rest.part(at, end);
                let holds = match operand.only_word() {
                    Some(name) => known.is_type_checking(name),
                    None => operand.attribute() == Some("TYPE_CHECKING"),
                };
                group.operand((holds, false));
                group.opaque |= is_opaque(operand);
                at = end.max(at + 1);
            }
        }
    }
    groups.first_mut().map_or((false, false), Group::value)
}

/// Whether an operand of `not`, `and` and `or` is over before token `at`.
fn ends_operand(test: Tokens<'_>, at: usize) -> bool {
    at >= test.until || test.kind(at) == Some(Kind::Close) || matches!(test.word(at), Some("and" | "or"))
}

/// Whether what looks like an operand is part of something that binds less tightly than `or`.
fn is_opaque(operand: Tokens<'_>) -> bool {
    let binds_less = |at| match operand.kind(at) {
        Some(Kind::Comma | Kind::Walrus | Kind::Colon | Kind::Equal) => true,
        Some(Kind::Star) => at == operand.from,
        _ => matches!(operand.word(at), Some("if" | "else" | "lambda" | "for" | "async" | "yield")),
    };
    operand.find(binds_less) < operand.until
}

/// What was read between the same parentheses.
#[derive(Default)]
struct Group {
    /// The operands before the last `or`.
    alternatives: Option<Implied>,
    /// The operands since, before the last `and`.
    factors: Option<Implied>,
    operand: Implied,
    /// How many `not` stand before the operand.
    negations: usize,
    /// Whether all of it is something else.
    opaque: bool,
}

impl Group {
    fn operand(&mut self, (holds, fails): Implied) {
        self.operand = if self.negations.is_multiple_of(2) { (holds, fails) } else { (fails, holds) };
        self.negations = 0;
    }

    fn and(&mut self) {
        let right = std::mem::take(&mut self.operand);
        self.factors = Some(match self.factors {
            Some(left) => (left.0 || right.0, left.1 && right.1),
            None => right,
        });
    }

    fn or(&mut self) {
        self.and();
        let right = self.factors.take().unwrap_or_default();
        self.alternatives = Some(match self.alternatives {
            Some(left) => (left.0 && right.0, left.1 || right.1),
            None => right,
        });
    }

    fn value(&mut self) -> Implied {
        self.or();
        if self.opaque { (false, false) } else { self.alternatives.unwrap_or_default() }
    }
}

/// Whether an `except` clause catches ImportError: by its name or that of a class near it, or because it is bare.
/// `clause` is what stands between the keyword and the `:`.
pub(super) fn handles_import_errors(clause: Tokens<'_>) -> bool {
    let star = usize::from(clause.kind(clause.from) == Some(Kind::Star));
    let clause = clause.part(clause.from + star, clause.until);
    let value = before_as(clause);
    value.is_empty() || value.split().any(covers_import_error)
}

/// Whether a `with` has an item `contextlib.suppress(…)` that covers ImportError.
pub(super) fn suppresses_import_errors(items: Tokens<'_>, known: &KnownNames) -> bool {
    items.split().any(|item| {
        let value = before_as(item).plain();
        // Parentheses around the items can look like a tuple.
        value.split().any(|item| is_suppression(before_as(item).plain(), known))
    })
}

/// What stands before `as`, if there is one.
fn before_as(item: Tokens<'_>) -> Tokens<'_> {
    item.part(item.from, item.find(|at| item.word(at) == Some("as")))
}

fn is_suppression(call: Tokens<'_>, known: &KnownNames) -> bool {
    let Some(arguments) = last_brackets(call) else { return false };
    let callee = call.part(call.from, arguments);
    let suppress = match callee.only_word() {
        Some(name) => known.is_suppress(name),
        None => callee.attribute() == Some("suppress"),
    };
    suppress && call.opens(arguments) == Some("(") && call.inside(arguments).split().any(covers_import_error)
}

/// Where the brackets open that `tokens` end with.
fn last_brackets(tokens: Tokens<'_>) -> Option<usize> {
    let mut last = None;
    let mut at = tokens.from;
    while at < tokens.until {
        last = Some(at);
        at = tokens.after(at);
    }
    last.filter(|last| tokens.kind(*last) == Some(Kind::Open))
}

/// Whether an exception class, or one of a tuple of them, is ImportError or a relative that is caught for its sake.
fn covers_import_error(value: Tokens<'_>) -> bool {
    value.plain().split().any(|class| {
        matches!(
            class.only_word().or_else(|| class.attribute()),
            Some("ImportError" | "ModuleNotFoundError" | "Exception" | "BaseException")
        )
    })
}
