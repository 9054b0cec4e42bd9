//! The environment: what answers depend on besides the project's own files.

use std::collections::BTreeSet;
use std::fmt;

use serde::{Deserialize, Serialize};

use crate::{EnvironmentDigest, Name, RelPath};

/// A Python version, as far as it matters to types and the standard library.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct PythonVersion {
    /// 3.
    pub major: u8,
    /// 12 in 3.12.
    pub minor: u8,
}

impl Default for PythonVersion {
    /// The version assumed where nothing says otherwise.
    fn default() -> Self {
        Self { major: 3, minor: 13 }
    }
}

impl fmt::Display for PythonVersion {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}.{}", self.major, self.minor)
    }
}

/// What answers depend on besides the project's own files.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
pub struct Environment {
    /// Covers everything below except `site_packages` (where they lie is no input; what is in them is).
    pub digest: EnvironmentDigest,
    /// First-party search paths, in the order of precedence; the project's root is the empty path.
    pub roots: Box<[RelPath]>,
    /// The version that code is read for.
    pub python: PythonVersion,
    /// `linux`, `darwin`, `win32`: what `sys.platform` would say.
    pub platform: Name,
    /// Top-level module names that installed distributions provide, and those that the project declares
    /// as dependencies: what makes an import third-party.
    pub third_party: BTreeSet<Name>,
    /// Absolute `site-packages` directories, in the order of precedence.
    pub site_packages: Box<[String]>,
}
