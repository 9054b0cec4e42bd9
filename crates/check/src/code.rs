//! The rules' names, how serious they are, and what `staniel explain` says of them.

use std::fmt;
use std::str::FromStr;

use serde::Serialize;

/// How serious a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Something does not work, or will not when it is reached.
    Error,
    /// Something works, but not as well as its author believes.
    Warning,
}

impl Severity {
    /// The word as JSON and people read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Error => "error",
            Self::Warning => "warning",
        }
    }
}

/// The rules. Their words are stable: people write them into configuration and scripts.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize)]
#[serde(rename_all = "kebab-case")]
pub enum Code {
    /// An import that leads nowhere.
    UnresolvedImport,
    /// A text that is not Python 3.
    SyntaxError,
    /// A file that could not be analysed.
    SkippedFile,
    /// Modules that need each other to be loaded.
    ImportCycle,
    /// A file that is the same module as another one, which is found first.
    ShadowedModule,
}

/// No rule has this name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnknownCode {
    /// What was asked for.
    pub written: String,
    /// The rule whose name is nearest, where one is near.
    pub nearest: Option<Code>,
}

impl fmt::Display for UnknownCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "there is no rule `{}`", self.written)?;
        match self.nearest {
            Some(code) => write!(f, "; did you mean `{code}`?"),
            None => {
                let known: Vec<_> = Code::ALL.iter().map(|code| code.as_str()).collect();
                write!(f, "; there are {}", known.join(", "))
            }
        }
    }
}

impl std::error::Error for UnknownCode {}

impl Code {
    /// All rules, in the order in which they are listed.
    pub const ALL: [Self; 5] = [
        Self::UnresolvedImport,
        Self::SyntaxError,
        Self::SkippedFile,
        Self::ImportCycle,
        Self::ShadowedModule,
    ];

    /// The name as people and programs read it.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::UnresolvedImport => "unresolved-import",
            Self::SyntaxError => "syntax-error",
            Self::SkippedFile => "skipped-file",
            Self::ImportCycle => "import-cycle",
            Self::ShadowedModule => "shadowed-module",
        }
    }

    /// What the rule is about, why it matters, and what can be done: the page of `staniel explain`.
    pub fn explanation(self) -> &'static str {
        match self {
            Self::UnresolvedImport => include_str!("explain/unresolved-import.md"),
            Self::SyntaxError => include_str!("explain/syntax-error.md"),
            Self::SkippedFile => include_str!("explain/skipped-file.md"),
            Self::ImportCycle => include_str!("explain/import-cycle.md"),
            Self::ShadowedModule => include_str!("explain/shadowed-module.md"),
        }
    }
}

impl fmt::Display for Code {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Code {
    type Err = UnknownCode;

    fn from_str(written: &str) -> Result<Self, UnknownCode> {
        Self::ALL.into_iter().find(|code| code.as_str() == written).ok_or_else(|| UnknownCode {
            written: written.to_owned(),
            nearest: crate::nearest(written, Self::ALL.iter().map(|code| code.as_str()))
                .and_then(|name| Self::ALL.into_iter().find(|code| code.as_str() == name)),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_rule_is_found_by_its_name_and_explained() {
        for code in Code::ALL {
            assert_eq!(code.as_str().parse(), Ok(code));
            assert!(code.explanation().starts_with(&format!("# {code}\n")), "{code}");
        }
    }

    #[test]
    fn a_misspelt_rule_gets_its_nearest_neighbour() {
        let error = "unresolved-imports".parse::<Code>().unwrap_err();
        assert_eq!(
            error.to_string(),
            "there is no rule `unresolved-imports`; did you mean `unresolved-import`?"
        );
    }
}
