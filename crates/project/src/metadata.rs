//! What a project says of itself to everybody: in `[project]` of `pyproject.toml`, or where older tools have it.
//! What those tools would complain about is passed over here.

use staniel_facts::{Name, PythonVersion};
use toml::de::{DeTable, DeValue};

use crate::setup_cfg::SetupCfg;

/// The parts that staniel uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// The distribution's name, as written.
    pub(crate) name: Option<String>,
    /// The lower bound of `project.requires-python`.
    pub(crate) oldest_python: Option<PythonVersion>,
}

impl Metadata {
    pub(crate) fn of(pyproject: &DeTable<'_>, setup: &SetupCfg) -> Self {
        let project = table(pyproject, "project");
        let poetry = table(pyproject, "tool").and_then(|tool| table(tool, "poetry"));
        let name = [project, poetry].into_iter().flatten().find_map(|table| get(table, "name")?.as_str());
        let name = name.or_else(|| setup.get("metadata", "name")).map(str::to_owned);
        let oldest_python = project
            .and_then(|project| get(project, "requires-python"))
            .and_then(DeValue::as_str)
            .and_then(oldest);
        Self { name, oldest_python }
    }
}

pub(crate) fn get<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeValue<'i>> {
    table.get(key).map(|value| value.get_ref())
}

pub(crate) fn table<'t, 'i>(parent: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    get(parent, key).and_then(DeValue::as_table)
}

pub(crate) fn values<'t, 'i>(table: &'t DeTable<'i>) -> impl Iterator<Item = &'t DeValue<'i>> {
    table.values().map(|value| value.get_ref())
}

/// A distribution's name as a module of that name would be spelled.
pub(crate) fn module_spelling(distribution: &str) -> Name {
    distribution.to_ascii_lowercase().replace(['-', '.'], "_").into()
}

/// The oldest Python 3 that the version specifiers allow, if they have a lower bound.
fn oldest(specifiers: &str) -> Option<PythonVersion> {
    let bound = |specifier: &str| {
        let specifier = specifier.trim();
        let version =
            [">=", "~=", "===", "==", ">"].iter().find_map(|operator| specifier.strip_prefix(operator))?;
        let mut numbers = version.trim().split('.').map(|number| number.trim().parse::<u8>().ok());
        match (numbers.next()??, numbers.next()) {
            (major @ 3, minor) => Some(PythonVersion { major, minor: minor.flatten().unwrap_or(0) }),
            _ => None,
        }
    };
    // `>=3` says no more than "Python 3".
    specifiers.split(',').filter_map(bound).max().filter(|version| version.minor > 0)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn oldest_python() {
        let oldest = |text: &str| oldest(text).map(|version| version.to_string());
        assert_eq!(oldest(">=3.10,<4").as_deref(), Some("3.10"));
        assert_eq!(oldest("!=3.9.1, ~= 3.8").as_deref(), Some("3.8"));
        assert_eq!(oldest("==3.11.*").as_deref(), Some("3.11"));
        assert_eq!(oldest(">=2.7, >=3.7").as_deref(), Some("3.7"));
        assert_eq!(oldest("<3.12"), None);
        assert_eq!(oldest(">=3"), None);
        assert_eq!(oldest("nonsense"), None);
    }

    #[test]
    fn names() {
        let name = |pyproject: &str, setup: &str| {
            let pyproject = DeTable::parse(pyproject).unwrap();
            Metadata::of(pyproject.get_ref(), &SetupCfg::parse(setup)).name
        };
        let setup = "[metadata]\nname = old\n";
        assert_eq!(name("", setup).as_deref(), Some("old"));
        assert_eq!(name("tool.poetry.name = 'poet'", setup).as_deref(), Some("poet"));
        assert_eq!(name("project.name = 'new'\ntool.poetry.name = 'poet'", setup).as_deref(), Some("new"));
        assert_eq!(name("", ""), None);
    }
}
