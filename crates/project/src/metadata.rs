//! What `pyproject.toml` says of the project itself, where it is meant for everybody: `[project]` and
//! `[dependency-groups]`. What other tools would complain about is passed over here.

use std::collections::BTreeSet;

use staniel_facts::{Name, PythonVersion};
use toml::de::{DeTable, DeValue};

/// The parts that staniel uses.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct Metadata {
    /// `project.name`, as written.
    pub(crate) name: Option<String>,
    /// The lower bound of `project.requires-python`.
    pub(crate) oldest_python: Option<PythonVersion>,
    /// The distributions that the project declares as dependencies, all kinds together, as module names are
    /// spelled: `-` and `.` become `_`, lower case. That a distribution provides a module of another name is
    /// not guessed.
    pub(crate) dependencies: BTreeSet<Name>,
}

impl Metadata {
    pub(crate) fn of(pyproject: &DeTable<'_>) -> Self {
        let project = table(pyproject, "project");
        let name = project.and_then(|project| get(project, "name")).and_then(DeValue::as_str);
        let lists = project
            .and_then(|project| get(project, "dependencies"))
            .into_iter()
            .chain(
                project
                    .and_then(|project| table(project, "optional-dependencies"))
                    .into_iter()
                    .flat_map(values),
            )
            .chain(table(pyproject, "dependency-groups").into_iter().flat_map(values));
        let own = name.map(module_spelling);
        let dependencies = lists
            .filter_map(DeValue::as_array)
            .flatten()
            .filter_map(|item| item.get_ref().as_str())
            .map(|requirement| module_spelling(distribution(requirement)))
            // Extras that name the project's other extras.
            .filter(|name| !name.is_empty() && Some(name) != own.as_ref())
            .collect();
        let oldest_python = project
            .and_then(|project| get(project, "requires-python"))
            .and_then(DeValue::as_str)
            .and_then(oldest);
        Self { name: name.map(str::to_owned), oldest_python, dependencies }
    }
}

pub(crate) fn get<'t, 'i>(table: &'t DeTable<'i>, key: &str) -> Option<&'t DeValue<'i>> {
    table.get(key).map(|value| value.get_ref())
}

pub(crate) fn table<'t, 'i>(parent: &'t DeTable<'i>, key: &str) -> Option<&'t DeTable<'i>> {
    get(parent, key).and_then(DeValue::as_table)
}

fn values<'t, 'i>(table: &'t DeTable<'i>) -> impl Iterator<Item = &'t DeValue<'i>> {
    table.values().map(|value| value.get_ref())
}

/// The name at the start of a requirement such as `Pillow[xmp] >=9 ; python_version > "3"`.
fn distribution(requirement: &str) -> &str {
    let requirement = requirement.trim_start();
    let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')));
    &requirement[..end.unwrap_or(requirement.len())]
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
    fn dependencies_of_all_kinds() {
        let text = r#"
            [project]
            name = "shop"
            requires-python = ">=3.11"
            dependencies = ["Pillow[xmp]>=9 ; python_version > '3'", "ruamel.yaml", "typing-extensions @ https://x"]
            optional-dependencies = { all = ["shop[web]"], web = ["flask"] }
            [dependency-groups]
            test = ["pytest", { include-group = "web" }]
        "#;
        let metadata = Metadata::of(DeTable::parse(text).unwrap().get_ref());
        expect_test::expect![[r#"
            Metadata {
                name: Some(
                    "shop",
                ),
                oldest_python: Some(
                    PythonVersion {
                        major: 3,
                        minor: 11,
                    },
                ),
                dependencies: {
                    "flask",
                    "pillow",
                    "pytest",
                    "ruamel_yaml",
                    "typing_extensions",
                },
            }
        "#]]
        .assert_debug_eq(&metadata);
    }
}
