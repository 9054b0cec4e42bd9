//! First-party search paths: found out from the layout and the build's configuration, or checked where they are
//! configured.

use camino::Utf8Path;
use staniel_facts::RelPath;
use toml::de::{DeTable, DeValue};

use crate::metadata::{get, table};
use crate::setup_cfg::SetupCfg;

/// How deep below `src` Python files are looked for, before it counts as another language's.
const SOURCE_DEPTH: usize = 3;

/// The search paths of a project that configures none, in order of precedence:
///
/// 1. `code`: the directories in which the build looks for packages, where it says so;
/// 2. `src`, `NAME` (where `NAME/NAME` is a directory, `NAME` the project's) and `python` (mixed projects), where they are
///    directories, no packages, and hold Python files: ty's rules; `lib`, where a package lies directly in it;
/// 3. the root;
/// 4. `tests`, where it is a directory and no package: what test runners put on the path.
///
/// `editable` are further directories inside the project that the environment has on its path: the parts of
/// a workspace. They come before the root, after the conventional ones.
pub(crate) fn conventional(
    root: &Utf8Path,
    name: Option<&str>,
    code: &[RelPath],
    editable: Vec<RelPath>,
) -> Vec<RelPath> {
    let is_package = |directory: &Utf8Path| {
        ["__init__.py", "__init__.pyi"].iter().any(|init| directory.join(init).is_file())
    };
    let usable = |candidate: &str| {
        let directory = root.join(candidate);
        // A link may lead out of the project, where nobody looks for its files.
        let inside = directory.canonicalize_utf8().is_ok_and(|real| real.starts_with(root) && real != root);
        inside && directory.is_dir() && !is_package(&directory)
    };
    let holds_python =
        |candidate: &&str| usable(candidate) && has_python(&root.join(candidate), SOURCE_DEPTH);

    let mut roots = Vec::new();
    let mut add = |path: RelPath| {
        if !roots.contains(&path) {
            roots.push(path);
        }
    };
    code.iter().filter(|path| usable(path.as_str())).cloned().for_each(&mut add);
    let plain = |text: &str| RelPath::new(text).ok().filter(|path| !path.is_root());
    ["src"].iter().copied().filter(holds_python).filter_map(plain).for_each(&mut add);
    name.filter(|name| !name.contains('/') && root.join(name).join(name).is_dir())
        .filter(holds_python)
        .and_then(plain)
        .into_iter()
        .for_each(&mut add);
    ["python"].iter().copied().filter(holds_python).filter_map(plain).for_each(&mut add);
    // `lib` is a name for all kinds of things.
    if usable("lib") && holds_package(&root.join("lib")) {
        plain("lib").into_iter().for_each(&mut add);
    }
    editable.into_iter().for_each(&mut add);
    add(RelPath::root());
    if usable("tests") {
        plain("tests").into_iter().for_each(&mut add);
    }
    roots
}

/// The directories in which the build looks for packages, in order, by the configuration of setuptools, Poetry,
/// Hatch, PDM, maturin and uv. A directory for single packages (`package-dir = { a = "x/a" }`) is none.
pub(crate) fn named_by_the_build(pyproject: &DeTable<'_>, setup: &SetupCfg) -> Vec<RelPath> {
    let tool = table(pyproject, "tool");
    let at = |keys: &[&str]| {
        let (last, way) = keys.split_last()?;
        get(way.iter().try_fold(tool?, |parent, key| table(parent, key))?, last)
    };
    let mut named: Vec<&str> = Vec::new();
    for keys in [
        &["setuptools", "package-dir", ""][..],
        &["setuptools", "packages", "find", "where"],
        &["pdm", "build", "package-dir"],
        &["maturin", "python-source"],
        &["uv", "build-backend", "module-root"],
        &["hatch", "build", "sources"],
        &["hatch", "build", "targets", "wheel", "sources"],
    ] {
        match at(keys) {
            Some(DeValue::String(text)) => named.push(text),
            Some(DeValue::Array(items)) => {
                named.extend(items.iter().filter_map(|item| item.get_ref().as_str()));
            }
            _ => {}
        }
    }
    let packages = at(&["poetry", "packages"]).and_then(DeValue::as_array);
    let from =
        packages.into_iter().flatten().filter_map(|item| get(item.get_ref().as_table()?, "from")?.as_str());
    named.extend(from);
    // `packages = ["lib/shop"]`: the package's parent is the place to look.
    let packages = at(&["hatch", "build", "targets", "wheel", "packages"]).and_then(DeValue::as_array);
    let packages = packages.into_iter().flatten().filter_map(|item| item.get_ref().as_str());
    named.extend(packages.filter_map(|path| Some(path.trim_end_matches('/').rsplit_once('/')?.0)));
    named.extend(setup.list("options", "package_dir").filter_map(|item| item.strip_prefix('=')));
    named.extend(setup.list("options.packages.find", "where"));

    let mut roots: Vec<RelPath> = Vec::new();
    for text in named {
        let text = text.trim().trim_start_matches("./").trim_end_matches('/');
        let path = RelPath::new(text).ok().filter(|path| !path.is_root());
        roots.extend(path.filter(|path| !roots.contains(path)));
    }
    roots
}

/// Whether a package lies directly in `directory`.
fn holds_package(directory: &Utf8Path) -> bool {
    let entries = directory.read_dir_utf8().into_iter().flatten().flatten();
    entries.into_iter().any(|entry| entry.path().join("__init__.py").is_file())
}

/// Whether a Python file lies in `directory` or up to `depth` levels below it.
fn has_python(directory: &Utf8Path, depth: usize) -> bool {
    let Ok(entries) = directory.read_dir_utf8() else { return false };
    let mut below = Vec::new();
    for entry in entries.flatten() {
        let python = matches!(entry.path().extension(), Some("py" | "pyi"));
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => below.push(entry.into_path()),
            Ok(_) if python => return true,
            _ => {}
        }
    }
    depth > 0 && below.iter().any(|directory| has_python(directory, depth - 1))
}
