//! `__all__`, as far as it is written down.

use rustc_hash::{FxHashMap, FxHashSet};
use staniel_facts::{DunderAll, Import, Name};

use super::token::{Kind, Tokens};

pub(crate) const ALL: &str = "__all__";

/// A piece of a value that is assigned or added to `__all__`.
#[derive(Debug)]
pub(crate) enum Part<'t> {
    Name(Name),
    /// `sub.__all__`: what stands before the dot.
    Module(&'t str),
    /// `__all__`: what there is stays.
    Itself,
    Unknown,
}

/// Collects what a module does to its `__all__`, in source order. Every operation costs what its text is long.
#[derive(Default)]
pub(crate) struct AllBuilder {
    /// Whether anything was done to it.
    seen: bool,
    partial: bool,
    /// In order of appearance; removed ones leave a gap, so that removal does not search.
    names: Vec<Option<Name>>,
    index: FxHashMap<Name, usize>,
    from: Vec<u32>,
    /// What is in `from`.
    from_set: FxHashSet<u32>,
    /// The imports by which a module's submodules or other modules can be meant in `name.__all__`.
    modules: FxHashMap<Name, u32>,
}

impl AllBuilder {
    /// Takes note of an import of the module's top level: `sub.__all__` may be added later.
    pub(super) fn import(&mut self, index: u32, import: &Import) {
        let name = match (&import.alias, &import.symbol) {
            (Some(alias), _) => alias.clone(),
            (None, Some(symbol)) if import.is_star() => {
                debug_assert_eq!(symbol, "*");
                // `from .sub import *` in a package's `__init__` binds `sub` too, in passing.
                let Some(last) = import.module.parts().next_back() else { return };
                // What binds the name outright is the better answer.
                self.modules.entry(last.into()).or_insert(index);
                return;
            }
            (None, Some(symbol)) => symbol.clone(),
            (None, None) => import.module.as_str().into(),
        };
        self.modules.insert(name, index);
    }

    /// `__all__ = …`, `__all__: … = …`. One that is certain to be executed forgets what came before.
    pub(crate) fn assign(&mut self, value: Vec<Part<'_>>, conditional: bool) {
        if !conditional && !value.iter().any(|part| matches!(part, Part::Itself)) {
            let modules = std::mem::take(&mut self.modules);
            *self = Self { modules, ..Self::default() };
        }
        self.extend(value);
    }

    /// `__all__ += …`.
    pub(crate) fn extend(&mut self, value: Vec<Part<'_>>) {
        self.seen = true;
        for part in value {
            match part {
                Part::Name(name) => self.add(name),
                Part::Module(name) => match self.modules.get(name) {
                    Some(&index) if self.from_set.insert(index) => self.from.push(index),
                    Some(_) => {}
                    None => self.partial = true,
                },
                Part::Itself => {}
                Part::Unknown => self.partial = true,
            }
        }
    }

    /// `__all__.append(…)` and the like. The argument is `None` unless there is exactly one; `literal` is its value.
    pub(crate) fn method(&mut self, name: &str, argument: Option<Vec<Part<'_>>>, literal: Option<Name>) {
        match (name, argument, literal) {
            ("append", _, Some(value)) => self.add(value),
            ("remove", _, Some(value)) => self.remove(&value),
            ("extend", Some(value), _) => self.extend(value),
            // What reads, and what changes only the order.
            ("index" | "count" | "copy" | "sort" | "reverse", ..) => {}
            _ => self.give_up(),
        }
    }

    /// Something was done that is not understood.
    pub(crate) fn give_up(&mut self) {
        self.seen = true;
        self.partial = true;
    }

    pub(super) fn finish(self) -> Option<DunderAll> {
        self.seen.then(|| DunderAll {
            names: self.names.into_iter().flatten().collect(),
            from: self.from.into(),
            partial: self.partial,
        })
    }

    fn add(&mut self, name: Name) {
        self.seen = true;
        if !self.index.contains_key(&name) {
            self.index.insert(name.clone(), self.names.len());
            self.names.push(Some(name));
        }
    }

    fn remove(&mut self, name: &Name) {
        self.seen = true;
        match self.index.remove(name) {
            Some(at) => self.names[at] = None,
            // It may come from another module's `__all__`.
            None => self.partial = true,
        }
    }
}

/// The pieces of a value: the elements of lists, tuples and sets of names, `sub.__all__`, and sums of such. Every
/// token is looked at once or twice, and nesting is kept on a stack.
pub(super) fn parts(value: Tokens<'_>) -> Vec<Part<'_>> {
    let mut parts = Vec::new();
    // What is left to do, the next last.
    let mut pending = vec![Pending::Value(value)];
    while let Some(next) = pending.pop() {
        match next {
            Pending::Value(value) if value.has_comma() => pending.push(Pending::Elements(value)),
            Pending::Value(value) => sum(value, &mut pending),
            Pending::Elements(rest) => {
                let comma = rest.find(|at| rest.kind(at) == Some(Kind::Comma));
                if comma < rest.until {
                    pending.push(Pending::Elements(rest.part(comma + 1, rest.until)));
                }
                let element = rest.part(rest.from, comma);
                match element.literal() {
                    Some(name) => parts.push(Part::Name(name)),
                    None if element.is_empty() => {}
                    None if element.kind(element.from) == Some(Kind::Star) => {
                        pending.push(Pending::Value(element.part(element.from + 1, element.until)));
                    }
                    None => parts.push(Part::Unknown),
                }
            }
            Pending::Unknown => parts.push(Part::Unknown),
            Pending::Term(term) => {
                match term.opens(term.from).filter(|_| term.after(term.from) == term.until) {
                    Some("(") if !term.inside(term.from).is_empty() => {
                        pending.push(Pending::Value(term.inside(term.from)));
                    }
                    Some("(") => {}
                    Some("[") => pending.push(Pending::Elements(term.inside(term.from))),
                    Some("{") if !term.inside(term.from).is_empty() => {
                        pending.push(Pending::Elements(term.inside(term.from)));
                    }
                    _ => parts.push(operand(term)),
                }
            }
        }
    }
    parts
}

enum Pending<'t> {
    /// An expression.
    Value(Tokens<'t>),
    /// The elements of a display.
    Elements(Tokens<'t>),
    /// An operand of `+`.
    Term(Tokens<'t>),
    Unknown,
}

fn operand(term: Tokens<'_>) -> Part<'_> {
    if term.only_word() == Some(ALL) {
        return Part::Itself;
    }
    let last = term.until.saturating_sub(1);
    if term.word(last) == Some(ALL) && last > term.from + 1 && term.kind(last - 1) == Some(Kind::Dot) {
        return Part::Module(term.part(term.from, last - 1).written());
    }
    Part::Unknown
}

/// Takes a sum apart. What something is taken from, and what is part of anything that binds less tightly than `+`, is
/// unknown.
fn sum<'t>(value: Tokens<'t>, pending: &mut Vec<Pending<'t>>) {
    let mut terms = Vec::new();
    let mut taken_away = false;
    let mut rest = value;
    loop {
        let end = rest.find(|at| is_binary(value, at) || binds_less(value, at));
        if end < value.until && binds_less(value, end) {
            return pending.push(Pending::Unknown);
        }
        if taken_away {
            terms.clear();
            terms.push(Pending::Unknown);
        } else {
            terms.push(Pending::Term(rest.part(rest.from, end)));
        }
        if end >= value.until {
            return pending.extend(terms.into_iter().rev());
        }
        taken_away = value.kind(end) == Some(Kind::Minus);
        rest = rest.part(end + 1, value.until);
    }
}

/// Whether a token is a `+` or `-` between two operands.
fn is_binary(value: Tokens<'_>, at: usize) -> bool {
    let behind_operand = || {
        let before = at.checked_sub(1).and_then(|before| value.kind(before));
        matches!(before, Some(Kind::Name | Kind::Number | Kind::String | Kind::Close))
    };
    matches!(value.kind(at), Some(Kind::Plus | Kind::Minus)) && behind_operand()
}

/// Whether a token binds less tightly than `+`, or is no part of an expression that is understood.
fn binds_less(value: Tokens<'_>, at: usize) -> bool {
    match value.kind(at) {
        Some(Kind::Other | Kind::Walrus | Kind::Colon | Kind::Equal | Kind::Augment) => true,
        Some(Kind::Name) => matches!(
            value.at(at),
            "if" | "else" | "and" | "or" | "not" | "in" | "is" | "lambda" | "for" | "async" | "yield"
        ),
        _ => false,
    }
}
