//! Which modules a project's declared dependencies provide.
//!
//! What is installed says exactly which modules a distribution has. Where nothing is installed (a fresh checkout, a CI
//! job that only checks) declarations are all there is, and an `import yaml` beside a declared `PyYAML` must
//! not be reported as a mistake.

use std::collections::BTreeSet;

use staniel_facts::Name;
use toml::de::{DeTable, DeValue};

use crate::metadata::{get, module_spelling, table, values};
use crate::setup_cfg::SetupCfg;

/// Where dependencies are declared.
pub(crate) struct Declarations<'a> {
    pub(crate) pyproject: &'a DeTable<'a>,
    pub(crate) setup: &'a SetupCfg,
    /// The texts of `requirements*.txt` files.
    pub(crate) requirements: &'a [String],
}

impl Declarations<'_> {
    /// The modules that the declared distributions provide, all kinds of dependencies together: named like
    /// the distribution (`-` and `.` become `_`, lower case), and as is well known of the others. `own` is the
    /// project itself, whose extras may name its other extras.
    pub(crate) fn modules(&self, own: Option<&Name>) -> BTreeSet<Name> {
        let mut modules = BTreeSet::new();
        let lines = self.requirements.iter().flat_map(|text| text.lines());
        let distributions = in_pyproject(self.pyproject)
            .chain(in_setup(self.setup))
            .chain(lines.filter_map(requirement))
            .map(|requirement| module_spelling(distribution(requirement)));
        for name in distributions.filter(|name| !name.is_empty() && Some(name) != own) {
            provided(&name, &mut modules);
        }
        modules
    }
}

/// PEP 621 and PEP 735 lists, and Poetry's tables.
fn in_pyproject<'t>(pyproject: &'t DeTable<'_>) -> impl Iterator<Item = &'t str> {
    let project = table(pyproject, "project");
    let extras = project.and_then(|project| table(project, "optional-dependencies"));
    let lists = project
        .and_then(|project| get(project, "dependencies"))
        .into_iter()
        .chain(extras.into_iter().flat_map(values))
        .chain(table(pyproject, "dependency-groups").into_iter().flat_map(values));
    let requirements =
        lists.filter_map(DeValue::as_array).flatten().filter_map(|item| item.get_ref().as_str());

    let poetry = table(pyproject, "tool").and_then(|tool| table(tool, "poetry"));
    let groups = poetry.and_then(|poetry| table(poetry, "group"));
    let tables = ["dependencies", "dev-dependencies"]
        .into_iter()
        .filter_map(move |key| poetry.and_then(|poetry| table(poetry, key)))
        .chain(
            groups
                .into_iter()
                .flat_map(values)
                .filter_map(DeValue::as_table)
                .filter_map(|group| table(group, "dependencies")),
        );
    let names = tables.flat_map(|table| table.keys().map(|key| key.get_ref().as_ref()));
    requirements.chain(names.filter(|name| *name != "python"))
}

fn in_setup(setup: &SetupCfg) -> impl Iterator<Item = &str> {
    let required = ["install_requires", "tests_require", "setup_requires"];
    let required = required.into_iter().flat_map(|key| setup.list("options", key));
    required.chain(setup.values("options.extras_require"))
}

/// The requirement in a line of a `requirements.txt`; options, paths and URLs without a name have none.
fn requirement(line: &str) -> Option<&str> {
    let line = line.split(" #").next().unwrap_or(line).trim();
    let (name, rest) = line.split_at(distribution(line).len());
    let named =
        name.starts_with(|c: char| c.is_ascii_alphanumeric()) && !rest.starts_with(['/', '\\', ':', '+']);
    named.then_some(line)
}

/// The name at the start of a requirement such as `Pillow[xmp] >=9 ; python_version > "3"`.
fn distribution(requirement: &str) -> &str {
    let requirement = requirement.trim_start();
    let end = requirement.find(|c: char| !(c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_')));
    &requirement[..end.unwrap_or(requirement.len())]
}

/// The modules of a distribution, whose name is spelled as a module.
fn provided(distribution: &Name, modules: &mut BTreeSet<Name>) {
    // Stubs are for the modules of somebody else.
    let bare = distribution.strip_prefix("types_").or_else(|| distribution.strip_suffix("_stubs"));
    let bare = bare.unwrap_or(distribution);
    for name in [distribution.as_str(), bare] {
        modules.insert(name.into());
        if let Ok(index) = WELL_KNOWN.binary_search_by_key(&name, |(distribution, _)| distribution) {
            modules.extend(WELL_KNOWN[index].1.iter().map(|module| Name::from(*module)));
        }
    }
}

/// Distributions, spelled as modules, whose modules have other names: those among the most downloaded whose
/// modules nobody could guess. Not meant to grow: what is installed is known exactly.
#[rustfmt::skip]
const WELL_KNOWN: &[(&str, &[&str])] = &[
    ("antlr4_python3_runtime", &["antlr4"]),
    ("attrs", &["attr"]),
    ("beautifulsoup4", &["bs4"]),
    ("discord_py", &["discord"]),
    ("djangorestframework", &["rest_framework"]),
    ("faiss_cpu", &["faiss"]),
    ("gitpython", &["git"]),
    ("google_api_python_client", &["apiclient", "googleapiclient"]),
    ("google_cloud_storage", &["google"]),
    ("grpcio", &["grpc"]),
    ("ipython", &["IPython"]),
    ("mysql_connector_python", &["mysql"]),
    ("mysqlclient", &["MySQLdb"]),
    ("opencv_python", &["cv2"]),
    ("opencv_python_headless", &["cv2"]),
    ("pillow", &["PIL"]),
    ("protobuf", &["google"]),
    ("psycopg2_binary", &["psycopg2"]),
    ("pycryptodome", &["Crypto"]),
    ("pygithub", &["github"]),
    ("pyjwt", &["jwt"]),
    ("pymupdf", &["fitz"]),
    ("pyopenssl", &["OpenSSL"]),
    ("pyqt5", &["PyQt5"]),
    ("pyqt6", &["PyQt6"]),
    ("pyserial", &["serial"]),
    ("pyside6", &["PySide6"]),
    ("pytest", &["_pytest"]),
    ("python_dateutil", &["dateutil"]),
    ("python_docx", &["docx"]),
    ("python_dotenv", &["dotenv"]),
    ("python_jose", &["jose"]),
    ("python_magic", &["magic"]),
    ("python_multipart", &["multipart"]),
    ("python_slugify", &["slugify"]),
    ("pyyaml", &["yaml"]),
    ("pyzmq", &["zmq"]),
    ("ruamel_yaml", &["ruamel"]),
    ("scikit_image", &["skimage"]),
    ("scikit_learn", &["sklearn"]),
    ("setuptools", &["pkg_resources"]),
];

#[cfg(test)]
mod tests {
    use super::*;

    fn modules(pyproject: &str, setup: &str, requirements: &[&str]) -> String {
        let pyproject = DeTable::parse(pyproject).unwrap();
        let requirements: Vec<String> = requirements.iter().map(|text| (*text).to_owned()).collect();
        let declarations = Declarations {
            pyproject: pyproject.get_ref(),
            setup: &SetupCfg::parse(setup),
            requirements: &requirements,
        };
        declarations.modules(Some(&"shop".into())).into_iter().collect::<Vec<_>>().join(" ")
    }

    #[test]
    fn lists_of_the_standard() {
        let text = r#"
            [project]
            dependencies = ["Pillow[xmp]>=9 ; python_version > '3'", "ruamel.yaml", "typing-extensions @ https://x"]
            optional-dependencies = { all = ["shop[web]"], web = ["flask"] }
            [dependency-groups]
            test = ["pytest", { include-group = "web" }]
        "#;
        assert_eq!(
            modules(text, "", &[]),
            "PIL _pytest flask pillow pytest ruamel ruamel_yaml typing_extensions"
        );
    }

    #[test]
    fn tables_of_poetry() {
        let text = r#"
            [tool.poetry.dependencies]
            python = "^3.9"
            PyYAML = "*"
            uvicorn = { version = "1", optional = true }
            [tool.poetry.dev-dependencies]
            black = "*"
            [tool.poetry.group.docs.dependencies]
            sphinx = "*"
        "#;
        assert_eq!(modules(text, "", &[]), "black pyyaml sphinx uvicorn yaml");
    }

    #[test]
    fn other_files() {
        let setup = "[options]\ninstall_requires =\n  greenlet >= 1;(a == 'b')\n[options.extras_require]\nx = pyodbc\ny =\n  pymssql\n";
        let requirements = "-r base.txt\n-e .\n--hash=sha256:1\n./local\nhttps://x/y.whl\ngit+https://x#egg=z\n# no\nrequests==2 \\\n    --hash=1\ntypes-PyYAML # why\nname @ file:///x\npandas-stubs\nC:\\x\n";
        assert_eq!(
            modules("", setup, &[requirements]),
            "greenlet name pandas pandas_stubs pymssql pyodbc pyyaml requests types_pyyaml yaml"
        );
    }

    #[test]
    fn the_table_is_sorted_for_binary_search() {
        assert!(WELL_KNOWN.is_sorted());
        let same: Vec<_> = WELL_KNOWN.iter().filter(|(name, modules)| modules.contains(name)).collect();
        assert_eq!(same, [&("", &[][..]); 0], "these need no row");
    }
}
