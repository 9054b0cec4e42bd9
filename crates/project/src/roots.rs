//! First-party search paths: found out from the layout, or checked where they are configured.

use camino::Utf8Path;
use staniel_facts::RelPath;

/// How deep below `src` Python files are looked for, before it counts as another language's.
const SOURCE_DEPTH: usize = 3;

/// The search paths of a project that configures none, in order of precedence:
///
/// 1. `src`, `NAME` (where `NAME/NAME` is a directory, `NAME` the project's) and `python` (mixed projects), where they are
///    directories, no packages, and hold Python files: ty's rules;
/// 2. the root;
/// 3. `tests`, where it is a directory and no package: what test runners put on the path.
///
/// `editable` are further directories inside the project that the environment has on its path: the parts of
/// a workspace. They come before the root, after the conventional ones.
pub(crate) fn conventional(root: &Utf8Path, name: Option<&str>, editable: Vec<RelPath>) -> Vec<RelPath> {
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
    let plain = |text: &str| RelPath::new(text).ok().filter(|path| !path.is_root());
    ["src"].iter().copied().filter(holds_python).filter_map(plain).for_each(&mut add);
    name.filter(|name| !name.contains('/') && root.join(name).join(name).is_dir())
        .filter(holds_python)
        .and_then(plain)
        .into_iter()
        .for_each(&mut add);
    ["python"].iter().copied().filter(holds_python).filter_map(plain).for_each(&mut add);
    editable.into_iter().for_each(&mut add);
    add(RelPath::root());
    if usable("tests") {
        plain("tests").into_iter().for_each(&mut add);
    }
    roots
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
