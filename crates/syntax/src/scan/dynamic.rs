//! Calls that import a module by a name written down: `importlib.import_module("a.b")`, `__import__("a.b")`.

use compact_str::CompactString;
use staniel_facts::{Contexts, Import, ModuleName, Span};

use super::known::{Known, KnownNames};
use super::token::{Kind, Tokens};

/// The arguments of such a call that matter, and where the call stands.
pub(crate) struct Call<'t> {
    pub(crate) dunder: bool,
    /// The module's name, if it is written down.
    pub(crate) name: CompactString,
    /// Of `import_module`: as written, and its value if that is a literal.
    pub(crate) package: Option<(&'t str, Option<CompactString>)>,
    /// Of `__import__`, as written.
    pub(crate) level: Option<&'t str>,
    pub(crate) statement: Span,
    pub(crate) name_span: Span,
}

impl Call<'_> {
    /// The import that the call makes. A relative name needs a literal package, which it is resolved against here, or
    /// `__package__` or `__name__`.
    pub(crate) fn import(self, contexts: Contexts) -> Option<Import> {
        let stem = self.name.trim_start_matches('.');
        let dots = self.name.len() - stem.len();
        let (level, module) = if self.dunder {
            let level = self.level.map_or(Some(0), |level| level.parse().ok())?;
            (level, (dots == 0).then(|| CompactString::new(stem))?)
        } else if dots == 0 {
            (0, stem.into())
        } else {
            match self.package? {
                (_, Some(package)) => (0, absolute(&package, dots, stem)?),
                ("__package__" | "__name__", None) => (u32::try_from(dots).ok()?, stem.into()),
                _ => return None,
            }
        };
        let plain =
            |part: &str| !part.is_empty() && !part.contains(|c: char| c.is_whitespace() || c.is_control());
        if !(module.split('.').all(plain) || module.is_empty() && level > 0) {
            return None;
        }
        Some(Import {
            level,
            module: ModuleName::new(module),
            symbol: None,
            alias: None,
            contexts: contexts | Contexts::DYNAMIC,
            statement: self.statement,
            name: self.name_span,
        })
    }
}

/// The call whose callee begins at token `at`, if it calls one of the two functions with a literal name.
pub(super) fn call<'t>(tokens: Tokens<'t>, at: usize, known: &KnownNames) -> Option<Call<'t>> {
    let name = tokens.word(at)?;
    if at > tokens.from && tokens.kind(at - 1) == Some(Kind::Dot) {
        return None;
    }
    let (importer, arguments) = match tokens.kind(at + 1)? {
        Kind::Open => (known.importer(name)?, at + 1),
        Kind::Dot => (known.importer_of(name, tokens.word(at + 2)?)?, at + 3),
        _ => return None,
    };
    if tokens.opens(arguments) != Some("(") || super::statement::is_keyword(name) {
        return None;
    }
    let dunder = importer == Known::DunderImport;
    let Arguments { name: Some(string), package, level } = Arguments::of(tokens.inside(arguments), dunder)
    else {
        return None;
    };
    Some(Call {
        dunder,
        name: string.literal()?,
        package: package.map(|package| (package.written(), package.literal())),
        level: level.map(Tokens::written),
        statement: Span::new(tokens.start(at), tokens.end(tokens.after(arguments) - 1)),
        name_span: Span::new(tokens.start(string.from), tokens.end(string.until - 1)),
    })
}

/// The arguments that matter.
#[derive(Default)]
struct Arguments<'t> {
    name: Option<Tokens<'t>>,
    package: Option<Tokens<'t>>,
    level: Option<Tokens<'t>>,
}

impl<'t> Arguments<'t> {
    fn of(list: Tokens<'t>, dunder: bool) -> Self {
        let mut arguments = Self::default();
        // Behind `*arguments` positions are unknown.
        let mut position = Some(0);
        for argument in list.split() {
            let first = argument.from;
            if argument.kind(first + 1) == Some(Kind::Equal) {
                let value = Some(argument.part(first + 2, argument.until)).filter(|value| !value.is_empty());
                match argument.word(first) {
                    Some("name") => arguments.name = value,
                    Some("package") if !dunder => arguments.package = value,
                    Some("level") if dunder => arguments.level = value,
                    _ => {}
                }
            } else if argument.kind(first) == Some(Kind::Star) || argument.at(first) == "**" {
                position = None;
            } else {
                match position {
                    Some(0) => arguments.name = Some(argument),
                    Some(1) if !dunder => arguments.package = Some(argument),
                    Some(4) if dunder => arguments.level = Some(argument),
                    _ => {}
                }
                position = position.map(|position| position + 1);
            }
        }
        arguments
    }
}

/// `dots` and `stem` seen from `package`, as `importlib` reckons; `None` beyond the top.
fn absolute(package: &str, dots: usize, stem: &str) -> Option<CompactString> {
    let mut package = package;
    for _ in 1..dots {
        package = package.rsplit_once('.')?.0;
    }
    let mut module = CompactString::new(package);
    if !stem.is_empty() {
        module.push('.');
        module.push_str(stem);
    }
    Some(module)
}
