//! How the provider is set up.

use std::time::Duration;

use camino::Utf8PathBuf;

use crate::servers::Installed;

/// Who is asked, about what, and how patiently. Only the first four can change an answer.
#[derive(Clone, Debug)]
pub struct LspOptions {
    /// The server.
    pub server: Installed,
    /// The project's root, absolute and without links in it.
    pub root: Utf8PathBuf,
    /// The prefix of the Python environment whose packages are visible; `None`: nothing is installed.
    pub prefix: Option<Utf8PathBuf>,
    /// `PATH` for the server, with nothing in it that lies inside the project.
    pub search_path: Option<std::ffi::OsString>,
    /// How many requests a server has at a time; 1: one after the other.
    pub max_concurrent: usize,
    /// How many processes share the files.
    pub servers: usize,
    /// How long a server may take to start.
    pub start_deadline: Duration,
    /// How long a server may say nothing while it is being asked.
    pub deadline: Duration,
}

impl LspOptions {
    /// The defaults for a server and a project: ten at a time, one process, a minute of patience.
    pub fn new(server: Installed, root: Utf8PathBuf) -> Self {
        Self {
            server,
            root,
            prefix: None,
            search_path: None,
            max_concurrent: 10,
            servers: 1,
            start_deadline: Duration::from_secs(60),
            deadline: Duration::from_secs(60),
        }
    }
}
