//! `setup.cfg`, as far as setuptools reads it: sections of keys, values over several indented lines.
//!
//! Python's `configparser` in its default dialect, without interpolation, which setuptools does not use either.
//! What is no such file has no keys: setuptools complains where it matters.

/// The keys of a `setup.cfg`.
#[derive(Debug, Default, PartialEq, Eq)]
pub(crate) struct SetupCfg {
    /// Section, key (lower case), value; in the order of the text.
    entries: Vec<(String, String, String)>,
}

impl SetupCfg {
    pub(crate) fn parse(text: &str) -> Self {
        let mut entries: Vec<(String, String, String)> = Vec::new();
        let mut section = String::new();
        // Whether an indented line goes on with the last value.
        let mut open = false;
        for line in text.lines() {
            let trimmed = line.trim();
            if trimmed.starts_with(['#', ';']) || trimmed.is_empty() {
                continue;
            }
            if line.starts_with([' ', '\t']) {
                if let Some((_, _, value)) = entries.last_mut().filter(|_| open) {
                    value.push('\n');
                    value.push_str(trimmed);
                }
            } else if let Some(name) = trimmed.strip_prefix('[').and_then(|rest| rest.strip_suffix(']')) {
                section = name.to_owned();
                open = false;
            } else if let Some((key, value)) = trimmed.split_once(['=', ':']) {
                entries.push((section.clone(), key.trim().to_lowercase(), value.trim().to_owned()));
                open = true;
            }
        }
        Self { entries }
    }

    /// The last value of a key.
    pub(crate) fn get(&self, section: &str, key: &str) -> Option<&str> {
        let found = self.entries.iter().rev().find(|(s, k, _)| s == section && k == key);
        found.map(|(_, _, value)| value.as_str())
    }

    /// The items of a list: a line each, or separated by `separator` where one is given.
    pub(crate) fn list<'a>(&'a self, section: &str, key: &str) -> impl Iterator<Item = &'a str> {
        self.get(section, key).unwrap_or_default().lines().map(str::trim).filter(|item| !item.is_empty())
    }

    /// All values in a section, line by line.
    pub(crate) fn values<'a>(&'a self, section: &'a str) -> impl Iterator<Item = &'a str> {
        let values = self.entries.iter().filter(move |(s, _, _)| s == section);
        values.flat_map(|(_, _, value)| value.lines()).map(str::trim).filter(|item| !item.is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn values_over_several_lines() {
        let text = "[metadata]\nname = Shop\n\n[options]\npackage_dir =\n\t=lib\n# a comment\ninstall_requires:\n  a>=1\n\n  b ; python_version<'3'\nEmpty =\n  [not a section]\n[x]\n  lost\n";
        let setup = SetupCfg::parse(text);
        assert_eq!(setup.get("metadata", "name"), Some("Shop"));
        assert_eq!(setup.list("options", "package_dir").collect::<Vec<_>>(), ["=lib"]);
        let requirements: Vec<_> = setup.list("options", "install_requires").collect();
        assert_eq!(requirements, ["a>=1", "b ; python_version<'3'"]);
        assert_eq!(setup.get("options", "empty"), Some("\n[not a section]"));
        assert_eq!(setup.values("x").count(), 0);
        assert_eq!(SetupCfg::parse("\u{0}garbage"), SetupCfg::default());
    }
}
