//! The Python environment as a server must see it: the one that staniel's keys name, and no other.
//!
//! Left alone, servers look for an interpreter themselves, on PATH or in the project, and run it. Then their answers
//! would depend on what no key says, and a checkout could bring along a program of its own. So pyright, basedpyright
//! and pyrefly get a stand-in: a script that prints what they ask an interpreter for, and cannot do anything else. ty
//! and zuban read directories and are told which.

use std::ffi::OsStr;
use std::fs;
use std::io;
use std::process::Command;

use camino::{Utf8Path, Utf8PathBuf};
use serde_json::{Value, json};
use staniel_facts::{Environment, PythonVersion};
use tempfile::TempDir;

use crate::LspOptions;
use crate::servers::Server;
use crate::session::Launch;

/// Variables by which servers, and the interpreters that they start, are led elsewhere: by name, or by how the name begins.
const MISLEADING: &[&str] = &[
    "BASEDPYRIGHT_*",
    "CONDA_PREFIX",
    "MYPY*",
    "NODE_OPTIONS",
    "NODE_PATH",
    "PYREFLY_*",
    "PYRIGHT_*",
    "PYTHON*",
    "TY_*",
    "VIRTUAL_ENV",
    "ZUBAN_*",
];

/// Where programs look for what their user has configured: no key names that.
const HOMES: &[&str] = &["HOME", "USERPROFILE", "APPDATA", "LOCALAPPDATA", "XDG_CONFIG_HOME"];

fn is_misleading(name: &OsStr) -> bool {
    let name = name.to_string_lossy();
    MISLEADING.iter().any(|pattern| match pattern.strip_suffix('*') {
        Some(beginning) => name.starts_with(beginning),
        None => name == *pattern,
    })
}

/// What is made for the servers of one world, and goes with them.
pub(crate) struct Surroundings {
    /// What lies in it is needed as long as a server runs.
    _directory: TempDir,
    python: Utf8PathBuf,
    /// An empty directory.
    home: Utf8PathBuf,
    prefix: Utf8PathBuf,
    roots: Vec<String>,
    version: PythonVersion,
    platform: String,
}

impl Surroundings {
    pub(crate) fn new(options: &LspOptions, environment: &Environment) -> io::Result<Self> {
        let directory = tempfile::Builder::new().prefix("staniel-").tempdir()?;
        let place = Utf8Path::from_path(directory.path()).ok_or_else(|| {
            io::Error::other("the directory for temporary files has a name that is not UTF-8")
        })?;
        let PythonVersion { major, minor } = environment.python;
        let prefix = match &options.prefix {
            Some(prefix) => prefix.clone(),
            None => {
                // Nothing is installed: an environment that says so, or servers take their own.
                let nothing = place.join("nothing");
                fs::create_dir_all(nothing.join(format!("lib/python{major}.{minor}/site-packages")))?;
                fs::create_dir_all(nothing.join("bin"))?;
                fs::write(
                    nothing.join("pyvenv.cfg"),
                    format!(
                        "home = {place}\nversion = {major}.{minor}.0\nversion_info = {major}.{minor}.0\n"
                    ),
                )?;
                nothing
            }
        };
        let python = stand_in(place, environment)?;
        let home = place.join("home");
        fs::create_dir_all(&home)?;
        let roots =
            environment.roots.iter().map(|root| options.root.join(root.as_str()).into_string()).collect();
        Ok(Self {
            python,
            home,
            prefix,
            roots,
            version: environment.python,
            platform: environment.platform.to_string(),
            _directory: directory,
        })
    }

    /// How to start a server in them.
    pub(crate) fn launch<'a>(&self, options: &'a LspOptions) -> Launch<'a> {
        let mut command = Command::new(&options.server.program);
        command.args(&options.server.args).current_dir(&options.root);
        for (name, _) in std::env::vars_os().filter(|(name, _)| is_misleading(name)) {
            command.env_remove(name);
        }
        for name in HOMES {
            command.env(name, &self.home);
        }
        if let Some(path) = &options.search_path {
            command.env("PATH", path);
        }
        command.env("VIRTUAL_ENV", &self.prefix);
        let (initialization, settings) = match options.server.server {
            Server::Pyright | Server::Basedpyright | Server::Other => (json!({}), self.pyright()),
            Server::Pyrefly => (json!({"pythonPath": self.python}), self.pyrefly()),
            Server::Ty => (self.ty(), json!({"ty": self.ty()})),
            Server::Zuban => (json!({}), json!({})),
        };
        Launch { options, command, initialization, settings }
    }

    fn pyright(&self) -> Value {
        let analysis = json!({
            "autoSearchPaths": true,
            "diagnosticMode": "openFilesOnly",
            "extraPaths": self.roots,
            "logLevel": "Error",
            "useLibraryCodeForTypes": true,
        });
        json!({
            "python": {"pythonPath": self.python, "analysis": analysis},
            "basedpyright": {"analysis": analysis},
            "pyright": {"disableTaggedHints": true},
        })
    }

    /// Where a project does not configure it, pyrefly infers no returns unless it is told to check as it does by default.
    fn pyrefly(&self) -> Value {
        json!({
            "python": {
                "pythonPath": self.python,
                "analysis": {"diagnosticMode": "openFilesOnly"},
                "pyrefly": {"typeCheckingMode": "default"},
            },
        })
    }

    fn ty(&self) -> Value {
        json!({
            "diagnosticMode": "off",
            "logLevel": "error",
            "configuration": {
                "environment": {
                    "python": self.prefix,
                    "python-version": self.version.to_string(),
                    "python-platform": self.platform,
                    "root": self.roots,
                },
            },
        })
    }
}

/// A script that answers the three questions which pyright and pyrefly put to an interpreter.
///
/// Pyright asks for `sys.path` and `sys.prefix` in one run and for `sys.version_info` in another (with `-c`); pyrefly
/// for all in one, and calls the list `site_package_path`.
fn stand_in(place: &Utf8Path, environment: &Environment) -> io::Result<Utf8PathBuf> {
    let PythonVersion { major, minor } = environment.python;
    let paths = json!({"path": environment.site_packages, "prefix": place});
    let version = json!([major, minor, 0, "final", 0]);
    let all = json!({
        "python_platform": environment.platform,
        "python_version": format!("{major}.{minor}.0"),
        "site_package_path": environment.site_packages,
        "stdlib_paths": [],
        "distribution_urls": [],
    });
    let quoted = |value: &Value| format!("'{}'", value.to_string().replace('\'', r"'\''"));
    let script = format!(
        "#!/bin/sh\ncase \"$*\" in\n*site_package_path*) echo {} ;;\n*sys.prefix*) echo {} ;;\n*) echo {} ;;\nesac\n",
        quoted(&all),
        quoted(&paths),
        quoted(&version),
    )
    // `echo` of some shells understands backslashes, which JSON has for quotes and control characters.
    .replace("echo ", "printf '%s\\n' ");
    let path = place.join("python");
    fs::write(&path, script)?;
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt;
        fs::set_permissions(&path, fs::Permissions::from_mode(0o700))?;
    }
    Ok(path)
}
