//! What expressions import and bind in passing: calls that import, `:=`, and methods of `__all__`.

use staniel_facts::Contexts;

use super::blocks::Place;
use super::dunder_all::{self, ALL};
use super::token::{Kind, Tokens};
use super::{Scan, dynamic};

impl Scan<'_> {
    /// Looks through the expressions of a statement that stands at `place`.
    pub(super) fn expressions(&mut self, tokens: Tokens<'_>, place: Place) {
        let mut lambdas = Lambdas::default();
        for at in tokens.from..tokens.until {
            match tokens.kind(at) {
                Some(Kind::Open) => lambdas.open(),
                Some(Kind::Close) => lambdas.close(),
                Some(Kind::Colon) => lambdas.colon(),
                Some(Kind::Comma | Kind::Equal) => lambdas.end(),
                Some(Kind::Name) => match tokens.at(at) {
                    "lambda" => lambdas.begin(),
                    "for" | "async" | "as" | "from" => lambdas.end(),
                    word => self.name(tokens, at, word, lambdas.inside(place)),
                },
                _ => {}
            }
        }
    }

    fn name(&mut self, tokens: Tokens<'_>, at: usize, word: &str, place: Place) {
        if place.scopes == 0 && tokens.kind(at + 1) == Some(Kind::Walrus) {
            self.define(tokens, at, place);
        }
        if let Some(call) = dynamic::call(tokens, at, &self.known)
            && let Some(import) = call.import(place.contexts)
        {
            self.found.push(import, place.functions);
        }
        let is_attribute = at > tokens.from && tokens.kind(at - 1) == Some(Kind::Dot);
        if word == ALL && place.scopes == 0 && !is_attribute {
            self.method_of_all(tokens.part(at, tokens.until));
        }
    }

    /// `__all__.append(…)` and the like, if that is what `tokens` begin with.
    fn method_of_all(&mut self, tokens: Tokens<'_>) {
        let (dot, name, brackets) = (tokens.from + 1, tokens.from + 2, tokens.from + 3);
        let (Some(Kind::Dot), Some(name), Some("(")) =
            (tokens.kind(dot), tokens.word(name), tokens.opens(brackets))
        else {
            return;
        };
        let mut arguments = tokens.inside(brackets).split();
        let argument = arguments.next().filter(|_| arguments.next().is_none());
        let literal = argument.and_then(Tokens::literal);
        let parts = argument.filter(|_| name == "extend").map(dunder_all::parts);
        self.bindings.all.method(name, parts, literal);
    }
}

/// Where the bodies of lambdas begin and end.
#[derive(Default)]
struct Lambdas {
    /// Brackets and lambdas that are open, from the outside in.
    open: Vec<Open>,
    /// How many of them are bodies.
    bodies: u32,
}

#[derive(PartialEq)]
enum Open {
    Bracket,
    /// The parameters of a lambda, up to its `:`.
    Parameters,
    Body,
}

impl Lambdas {
    fn open(&mut self) {
        self.open.push(Open::Bracket);
    }

    fn close(&mut self) {
        while let Some(last) = self.open.pop()
            && last != Open::Bracket
        {
            self.bodies -= u32::from(last == Open::Body);
        }
    }

    fn begin(&mut self) {
        self.open.push(Open::Parameters);
    }

    /// Ends the bodies that are open between the innermost brackets, or in the default of a parameter.
    fn end(&mut self) {
        while self.open.pop_if(|last| *last == Open::Body).is_some() {
            self.bodies -= 1;
        }
    }

    fn colon(&mut self) {
        self.end();
        if let Some(last) = self.open.last_mut()
            && *last == Open::Parameters
        {
            *last = Open::Body;
            self.bodies += 1;
        }
    }

    /// The circumstances of what stands here, given those of the statement.
    fn inside(&self, place: Place) -> Place {
        if self.bodies == 0 { place } else { place.in_function(self.bodies) }
    }
}

impl Place {
    /// The circumstances in the bodies of `functions` that are nested in each other. A body runs when it is called: the `try`
    /// around its `def` does not catch what fails then.
    pub(super) fn in_function(self, functions: u32) -> Self {
        Self {
            contexts: (self.contexts | Contexts::DEFERRED) - Contexts::OPTIONAL,
            functions: self.functions + functions,
            scopes: self.scopes + functions,
            ..self
        }
    }
}
