//! The pinned versions of everything that is downloaded: `xtask/corpus.toml`.

use anyhow::{Context, bail, ensure};
use serde::Deserialize;

use crate::workspace::Workspace;

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Pins {
    /// Source distributions: the corpus.
    #[serde(rename = "project")]
    pub(crate) projects: Vec<Project>,
    /// Programs and libraries to compare with.
    #[serde(rename = "peer")]
    pub(crate) peers: Vec<Peer>,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Project {
    pub(crate) name: String,
    pub(crate) version: String,
    /// Name of the archive, as the index calls it.
    pub(crate) file: String,
    /// Of the archive, 64 lower-case hexadecimal digits.
    pub(crate) sha256: String,
}

#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Peer {
    pub(crate) name: String,
    pub(crate) version: String,
    #[serde(default)]
    pub(crate) from: Source,
}

/// Where a peer is fetched from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Source {
    #[default]
    Pip,
    Npm,
}

impl Pins {
    pub(crate) fn read(workspace: &Workspace) -> anyhow::Result<Self> {
        let path = workspace.own_file("corpus.toml");
        let text = std::fs::read_to_string(&path).with_context(|| format!("reading {}", path.display()))?;
        Self::parse(&text).with_context(|| format!("in {}", path.display()))
    }

    fn parse(text: &str) -> anyhow::Result<Self> {
        let pins: Self = toml::from_str(text)?;
        for project in &pins.projects {
            let Project { name, version, file, sha256 } = project;
            let hexadecimal = |c: char| c.is_ascii_digit() || ('a'..='f').contains(&c);
            ensure!(
                sha256.len() == 64 && sha256.chars().all(hexadecimal),
                "the sha256 of {name} is not 64 lower-case hexadecimal digits"
            );
            // These become names of files and directories.
            for part in [name, version, file] {
                if part.is_empty() || part.starts_with('.') || part.contains(['/', '\\']) {
                    bail!("{part:?} cannot be part of a file name");
                }
            }
        }
        Ok(pins)
    }

    /// The pinned project of this name.
    pub(crate) fn project(&self, name: &str) -> anyhow::Result<&Project> {
        self.projects
            .iter()
            .find(|project| project.name == name)
            .with_context(|| format!("no project {name} in xtask/corpus.toml"))
    }

    /// The pinned version of the peer of this name.
    pub(crate) fn peer(&self, name: &str) -> anyhow::Result<&Peer> {
        self.peers
            .iter()
            .find(|peer| peer.name == name)
            .with_context(|| format!("no peer {name} in xtask/corpus.toml"))
    }
}

impl Project {
    /// Name of its directory below `target/corpus`.
    pub(crate) fn directory(&self) -> String {
        format!("{}-{}", self.name, self.version)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_committed_table_is_well_formed() {
        let pins = Pins::parse(include_str!("../corpus.toml")).unwrap();
        assert_eq!(pins.project("Django").unwrap().directory(), "Django-5.2");
        assert!(pins.peer("ruff").is_ok());
        assert!(pins.project("django").is_err());
    }

    #[test]
    fn a_bad_digest_or_name_is_refused() {
        let table = |file: &str, sha256: &str| {
            format!(
                "peer = []\n[[project]]\nname = 'a'\nversion = '1'\nfile = '{file}'\nsha256 = '{sha256}'\n"
            )
        };
        let digest = "0".repeat(64);
        assert!(Pins::parse(&table("a-1.tar.gz", &digest)).is_ok());
        assert!(Pins::parse(&table("a-1.tar.gz", &digest[1..])).is_err());
        assert!(Pins::parse(&table("a-1.tar.gz", &"G".repeat(64))).is_err());
        assert!(Pins::parse(&table("../a-1.tar.gz", &digest)).is_err());
    }
}
