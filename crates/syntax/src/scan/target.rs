//! What targets and patterns bind.

use super::dunder_all::ALL;
use super::statement::is_keyword;
use super::token::{Kind, Tokens};

/// Calls `bind` with the index of each name in an assignment target, however deep in tuples and lists. Gives whether a
/// part of it is `__all__` or an element of that. Attributes and subscripts bind nothing, and what is no target neither.
pub(super) fn targets(target: Tokens<'_>, mut bind: impl FnMut(usize)) -> bool {
    let mut touches_all = false;
    let mut at = target.from;
    while at < target.until {
        let next = match target.kind(at) {
            Some(Kind::Star | Kind::Comma | Kind::Close) => at + 1,
            Some(Kind::Open) if matches!(target.at(at), "(" | "[") && target.ends_part(target.after(at)) => {
                at + 1
            }
            Some(Kind::Name) if target.ends_part(at + 1) && !is_keyword(target.at(at)) => {
                touches_all |= target.at(at) == ALL;
                bind(at);
                at + 1
            }
            _ => {
                let element_of_all = target.word(at) == Some(ALL) && target.opens(at + 1) == Some("[");
                touches_all |= element_of_all && target.ends_part(target.after(at + 1));
                let rest = target.part(at, target.until);
                rest.find(|at| target.ends_part(at)).max(at + 1)
            }
        };
        at = next;
    }
    touches_all
}

/// Calls `bind` with the index of each name that the pattern of a `case` captures. A name with a dot is a value to
/// compare with, and the name before `=` or `(` an attribute or a class.
pub(super) fn captures(pattern: Tokens<'_>, mut bind: impl FnMut(usize)) {
    for at in pattern.from..pattern.until {
        let Some(name) = pattern.word(at) else { continue };
        let before = at.checked_sub(1).and_then(|before| pattern.kind(before));
        let behind = pattern.kind(at + 1);
        if before != Some(Kind::Dot)
            && !matches!(behind, Some(Kind::Dot | Kind::Equal | Kind::Open))
            && name != "_"
            && !is_keyword(name)
        {
            bind(at);
        }
    }
}
