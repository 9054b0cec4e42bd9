//! Where two import maps differ, and which differences are meant.

use std::fmt::{self, Write};

use globset::{GlobBuilder, GlobMatcher};
use serde::Deserialize;

use crate::Edges;

/// An edge that only one side has.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Difference {
    /// Which project it is in.
    pub project: String,
    /// Whom staniel was compared with.
    pub oracle: String,
    /// Who has it.
    pub only: Side,
    /// The file that imports, relative to the project.
    pub from: String,
    /// The imported file.
    pub to: String,
}

/// One of the two that are compared.
#[derive(Clone, Copy, Debug, Deserialize, PartialEq, Eq, PartialOrd, Ord)]
#[serde(rename_all = "lowercase")]
pub enum Side {
    /// Us.
    Staniel,
    /// The other program.
    Oracle,
}

impl fmt::Display for Side {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self {
            Self::Staniel => "staniel",
            Self::Oracle => "the oracle",
        })
    }
}

/// All edges of one side that the other does not have.
pub fn differences(project: &str, oracle: &str, ours: &Edges, theirs: &Edges) -> Vec<Difference> {
    let sides = [(Side::Staniel, ours - theirs), (Side::Oracle, theirs - ours)];
    let differences = sides.into_iter().flat_map(|(only, edges)| {
        edges.into_iter().map(move |(from, to)| Difference {
            project: project.to_owned(),
            oracle: oracle.to_owned(),
            only,
            from,
            to,
        })
    });
    differences.collect()
}

/// The differences that are meant, each with its reason. A table in TOML.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Intended {
    #[serde(rename = "rule")]
    rules: Vec<Rule>,
}

/// Something that staniel and others see differently.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Rule {
    name: String,
    reason: String,
    edges: Vec<Pattern>,
}

/// Where that shows, and how often.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
struct Pattern {
    project: String,
    oracle: String,
    only: Side,
    /// Globs in which a star stops at a slash and two do not.
    #[serde(deserialize_with = "glob")]
    from: GlobMatcher,
    #[serde(deserialize_with = "glob")]
    to: GlobMatcher,
    count: usize,
}

fn glob<'de, D: serde::Deserializer<'de>>(deserializer: D) -> Result<GlobMatcher, D::Error> {
    let text = String::deserialize(deserializer)?;
    let glob = GlobBuilder::new(&text).literal_separator(true).build().map_err(serde::de::Error::custom)?;
    Ok(glob.compile_matcher())
}

impl Pattern {
    fn covers(&self, difference: &Difference) -> bool {
        self.project == difference.project
            && self.oracle == difference.oracle
            && self.only == difference.only
            && self.from.is_match(&difference.from)
            && self.to.is_match(&difference.to)
    }
}

impl Intended {
    /// Reads the table.
    #[track_caller]
    pub fn parse(toml: &str) -> Self {
        let table: Self = toml::from_str(toml).unwrap_or_else(|error| panic!("{error}"));
        for rule in &table.rules {
            assert!(!rule.reason.is_empty(), "{}: a difference is meant for a reason", rule.name);
        }
        table
    }

    /// Whether these are the differences of the table, no more and no less; if not, a report. Where two patterns
    /// cover one difference, the first counts it.
    pub fn check(&self, found: &[Difference]) -> Result<(), String> {
        const SHOWN: usize = 100;
        let patterns: Vec<(&Rule, &Pattern)> = self
            .rules
            .iter()
            .flat_map(|rule| rule.edges.iter().map(move |pattern| (rule, pattern)))
            .collect();
        let mut counts = vec![0; patterns.len()];
        let mut unlisted = Vec::new();
        for difference in found {
            match patterns.iter().position(|(_, pattern)| pattern.covers(difference)) {
                Some(index) => counts[index] += 1,
                None => unlisted.push(difference),
            }
        }
        let mut report = String::new();
        if !unlisted.is_empty() {
            _ = writeln!(report, "{} edges of one side alone that no rule covers:", unlisted.len());
            for Difference { project, oracle, only, from, to } in unlisted.iter().take(SHOWN) {
                _ = writeln!(report, "  {project}, {oracle}: only {only} has {from} → {to}");
            }
            if let Some(more) = unlisted.len().checked_sub(SHOWN).filter(|more| *more > 0) {
                _ = writeln!(report, "  and {more} more");
            }
        }
        for ((rule, pattern), count) in patterns.into_iter().zip(counts) {
            if count != pattern.count {
                let Pattern { project, oracle, only, from, to, count: listed } = pattern;
                let (from, to) = (from.glob(), to.glob());
                let advice = if count == 0 { "; take the pattern out" } else { "" };
                _ = writeln!(
                    report,
                    "rule `{}`: {project}, {oracle}: only {only} has {from} → {to}: {count} edges, {listed} are \
                     listed{advice}",
                    rule.name
                );
            }
        }
        if report.is_empty() { Ok(()) } else { Err(report) }
    }
}

#[cfg(test)]
mod tests {
    use expect_test::{Expect, expect};

    use super::*;

    fn edges(lines: &[&str]) -> Edges {
        let edges = lines.iter().map(|line| line.split_once(' ').unwrap());
        edges.map(|(from, to)| (from.to_owned(), to.to_owned())).collect()
    }

    const TABLE: &str = r#"
        [[rule]]
        name = "tests"
        reason = "they are all alike"
        edges = [
            { project = "shop", oracle = "ruff", only = "staniel", from = "tests/*", to = "**", count = 2 },
            { project = "shop", oracle = "ruff", only = "oracle", from = "tests/**", to = "b.py", count = 1 },
        ]
    "#;

    fn check(ours: &[&str], theirs: &[&str], expected: &Expect) {
        let found = differences("shop", "ruff", &edges(ours), &edges(theirs));
        expected.assert_eq(&Intended::parse(TABLE).check(&found).err().unwrap_or_default());
    }

    #[test]
    fn what_is_listed_is_meant() {
        let same = "a.py b.py";
        check(&[same, "tests/a.py c.py", "tests/b.py d/e.py"], &[same, "tests/c/d.py b.py"], &expect![""]);
    }

    #[test]
    fn what_is_not_listed_is_reported() {
        check(
            &["tests/a.py c.py", "tests/b.py c.py", "tests/c/d.py c.py"],
            &["tests/a.py b.py", "tests/a.py d.py"],
            &expect![[r#"
                2 edges of one side alone that no rule covers:
                  shop, ruff: only staniel has tests/c/d.py → c.py
                  shop, ruff: only the oracle has tests/a.py → d.py
            "#]],
        );
    }

    #[test]
    fn what_is_listed_must_be_there() {
        check(
            &["tests/a.py c.py"],
            &[],
            &expect![[r#"
                rule `tests`: shop, ruff: only staniel has tests/* → **: 1 edges, 2 are listed
                rule `tests`: shop, ruff: only the oracle has tests/** → b.py: 0 edges, 1 are listed; take the pattern out
            "#]],
        );
    }
}
