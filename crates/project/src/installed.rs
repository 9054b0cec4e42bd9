//! What is installed: module names, and a digest that changes when an answer could.
//!
//! An installer writes the hash of each installed file into its distribution's `RECORD`; hashing the rows of the files
//! that types come from therefore stands for hashing the files. Cost: one listing of each
//! `site-packages`, one read of each RECORD (a hundred distributions: 2 to 4 ms). What has no RECORD (editable
//! installations outside the project, some systems' packages) is read and hashed file by file on each run.

use std::collections::{BTreeMap, BTreeSet};

use camino::{Utf8Path, Utf8PathBuf};
use serde::Serialize;
use staniel_facts::{Digest, Name, RelPath, digest_of};

use crate::interpreter::small_file;
use crate::metadata::module_spelling;

/// How many files without RECORD are read in one search path. Who has more gets a notice, and a digest that
/// covers the names of the others.
const MAX_UNRECORDED: usize = 20_000;

/// What the environment's search paths hold.
#[derive(Default)]
pub(crate) struct Installed {
    /// Search paths, absolute, in order: `site-packages` directories, each followed by what its `.pth` files add.
    pub(crate) search_paths: Vec<Utf8PathBuf>,
    /// Directories inside the project that `.pth` files name: parts of the project, not of the environment.
    pub(crate) inside: Vec<RelPath>,
    /// Top-level module names.
    pub(crate) modules: BTreeSet<Name>,
    /// One for each search path, in order.
    pub(crate) digests: Vec<PathDigest>,
    pub(crate) notices: Vec<String>,
}

/// What a search path holds, without saying where it lies.
#[derive(Debug, PartialEq, Eq, Serialize)]
pub(crate) struct PathDigest {
    /// Which files are meant.
    kind: Kind,
    /// Distributions with a RECORD: directory name, digest of its rows.
    recorded: Vec<(String, Digest)>,
    /// Other top-level entries: name, digest of the contents.
    unrecorded: Vec<(String, Digest)>,
    /// What each `.pth` file adds.
    pth: Vec<(String, Vec<PthLine>)>,
}

#[derive(Debug, PartialEq, Eq, Serialize)]
enum Kind {
    SitePackages,
    Editable,
}

/// A line of a `.pth` file, as far as answers can depend on it.
#[derive(Debug, PartialEq, Eq, Serialize)]
enum PthLine {
    /// A directory inside the project: its files are the project's.
    Inside(RelPath),
    /// A directory elsewhere, which is this search path (or one that comes earlier).
    SearchPath(usize),
    /// Code, which is never run, or a directory that is not there.
    Nothing,
}

impl Installed {
    /// Looks at `site_packages`. `root` is the project's, canonical; `own_distribution` what it is called as
    /// a distribution (spelled as a module): its modules are nobody else's, though it be installed here.
    pub(crate) fn at(
        site_packages: &[Utf8PathBuf],
        root: &Utf8Path,
        own_distribution: Option<&Name>,
    ) -> Self {
        let mut installed = Self::default();
        let mut known: Vec<Utf8PathBuf> = site_packages.to_vec();
        for directory in site_packages {
            installed.add_site_packages(directory, site_packages, root, own_distribution, &mut known);
        }
        installed
    }

    fn add_site_packages(
        &mut self,
        directory: &Utf8Path,
        site_packages: &[Utf8PathBuf],
        root: &Utf8Path,
        own_distribution: Option<&Name>,
        known: &mut Vec<Utf8PathBuf>,
    ) {
        let names = listing(directory);
        let mut covered: BTreeSet<String> = BTreeSet::new();
        let mut recorded = Vec::new();
        for name in names.iter().filter(|name| name.ends_with(".dist-info")) {
            let information = directory.join(name);
            let Some(record) = large_text(&information.join("RECORD")) else { continue };
            let rows = relevant_rows(&record);
            covered.extend(rows.iter().map(|row| top(row.path).to_owned()));
            let own = own_distribution.is_some_and(|own| module_spelling(distribution_of(name)) == *own);
            if !own
                && rows.iter().all(|row| row.path.ends_with(".pth") || row.path.starts_with("__editable__"))
            {
                // An editable installation whose modules an import hook finds: only names are known.
                self.modules.extend(declared_modules(&information, name));
            }
            let rows: Vec<&str> = rows.iter().map(|row| row.text).collect();
            recorded.push((name.clone(), digest_of("staniel 2026-11 RECORD rows", &rows)));
        }
        self.modules.extend(names.iter().filter_map(|name| module(directory, name)));

        let index = self.search_paths.len();
        self.search_paths.push(directory.to_owned());
        let mut editable = Vec::new();
        let mut pth = Vec::new();
        for name in names.iter().filter(|name| name.ends_with(".pth")) {
            let lines = small_file(&directory.join(name)).unwrap_or_default();
            let mut effects = Vec::new();
            for line in
                lines.lines().map(str::trim_end).filter(|line| !line.is_empty() && !line.starts_with('#'))
            {
                let code = line.starts_with("import ") || line.starts_with("import\t");
                let target =
                    directory.join(line).canonicalize_utf8().ok().filter(|path| !code && path.is_dir());
                effects.push(match target {
                    None => PthLine::Nothing,
                    Some(target) => match inside(&target, root, site_packages) {
                        Some(path) => {
                            if !self.inside.contains(&path) {
                                self.inside.push(path.clone());
                            }
                            PthLine::Inside(path)
                        }
                        None => {
                            if !known.contains(&target) {
                                known.push(target.clone());
                                editable.push(target.clone());
                            }
                            let place = known.iter().position(|path| *path == target);
                            PthLine::SearchPath(place.expect("added above if it was not there"))
                        }
                    },
                });
            }
            pth.push((name.clone(), effects));
        }

        let rest = names.iter().filter(|name| {
            !covered.contains(*name) && !name.ends_with(".dist-info") && !name.ends_with(".egg-info")
        });
        let unrecorded = self.contents(directory, rest);
        debug_assert_eq!(index, self.digests.len());
        self.digests.push(PathDigest { kind: Kind::SitePackages, recorded, unrecorded, pth });

        for directory in editable {
            let names = listing(&directory);
            self.modules.extend(names.iter().filter_map(|name| module(&directory, name)));
            let unrecorded = self.contents(&directory, names.iter());
            self.search_paths.push(directory);
            self.digests.push(PathDigest { kind: Kind::Editable, recorded: vec![], unrecorded, pth: vec![] });
        }
    }

    /// Digests of the Python files in and below the entries `names` of `directory`.
    fn contents<'n>(
        &mut self,
        directory: &Utf8Path,
        names: impl Iterator<Item = &'n String>,
    ) -> Vec<(String, Digest)> {
        let mut read = 0;
        let digests = names
            .filter_map(|name| {
                let mut files = BTreeMap::new();
                collect(&directory.join(name), String::new(), &mut read, &mut files, 0);
                let digest = digest_of("staniel 2026-11 unrecorded files", &files);
                (!files.is_empty()).then(|| (name.clone(), digest))
            })
            .collect();
        if read > MAX_UNRECORDED {
            self.notices.push(format!(
                "`{directory}` has more than {MAX_UNRECORDED} files that no RECORD lists: changes in the rest are not noticed"
            ));
        }
        digests
    }
}

/// Where in the project `target` lies, unless an environment inside the project contains it.
fn inside(target: &Utf8Path, root: &Utf8Path, site_packages: &[Utf8PathBuf]) -> Option<RelPath> {
    let way = target.strip_prefix(root).ok()?;
    let installed = site_packages.iter().any(|packages| target.starts_with(packages))
        || way.components().any(|part| matches!(part.as_str(), "site-packages" | "node_modules"))
        || target.ancestors().take_while(|path| *path != root).any(|path| path.join("pyvenv.cfg").is_file());
    if installed { None } else { RelPath::new(way.as_str()).ok() }
}

/// The names in a directory, sorted, without those that are not UTF-8.
fn listing(directory: &Utf8Path) -> Vec<String> {
    let Ok(entries) = directory.read_dir_utf8() else { return Vec::new() };
    let mut names: Vec<String> = entries.flatten().map(|entry| entry.file_name().to_owned()).collect();
    names.sort();
    names
}

struct Row<'a> {
    path: &'a str,
    /// What goes into the digest.
    text: &'a str,
}

/// The rows of a RECORD that answers can depend on, sorted by path. Scripts outside `site-packages` are
/// written for one place; what a `.pth` file says is looked at itself, since it may name a place.
fn relevant_rows(record: &str) -> Vec<Row<'_>> {
    let mut rows: Vec<Row<'_>> = record
        .lines()
        .filter_map(|text| {
            let path = match text.strip_prefix('"') {
                Some(quoted) => quoted.split('"').next()?,
                None => text.split(',').next()?,
            };
            let kept = [".py", ".pyi", ".pth"].iter().any(|end| path.ends_with(end)) || top_is_marker(path);
            let text = if path.ends_with(".pth") { path } else { text };
            (kept && !path.starts_with("..") && !path.starts_with('/')).then_some(Row { path, text })
        })
        .collect();
    rows.sort_by(|a, b| a.text.cmp(b.text));
    rows
}

fn top_is_marker(path: &str) -> bool {
    path == "py.typed" || path.ends_with("/py.typed")
}

fn top(path: &str) -> &str {
    path.split('/').next().unwrap_or(path)
}

/// Whose information a `NAME-VERSION.dist-info` directory holds.
fn distribution_of(directory_name: &str) -> &str {
    directory_name.split('-').next().unwrap_or(directory_name)
}

/// The modules of a distribution that has none in its RECORD.
fn declared_modules(information: &Utf8Path, directory_name: &str) -> Vec<Name> {
    match small_file(&information.join("top_level.txt")) {
        Some(text) => {
            text.lines().map(str::trim).filter(|line| is_module_name(line)).map(Name::from).collect()
        }
        None => {
            vec![module_spelling(distribution_of(directory_name))]
        }
    }
}

/// The module that an entry of a search path is: `six.py`, `yaml/`, `_yaml.cpython-312-x86_64-linux-gnu.so`,
/// `requests-stubs/`.
fn module(directory: &Utf8Path, name: &str) -> Option<Name> {
    let stem = match name.split_once('.') {
        Some((stem, "py" | "pyi" | "so" | "pyd")) => stem,
        Some((stem, rest)) if rest.ends_with(".so") || rest.ends_with(".pyd") => stem,
        Some(_) => return None,
        None => name.strip_suffix("-stubs").unwrap_or(name),
    };
    let importable = is_module_name(stem) && stem != "__pycache__";
    (importable && (name.contains('.') || directory.join(name).is_dir())).then(|| stem.into())
}

fn is_module_name(text: &str) -> bool {
    !text.starts_with(|c: char| c.is_ascii_digit())
        && !text.is_empty()
        && text.chars().all(|c| c == '_' || c.is_alphanumeric())
}

/// RECORD files are larger than other metadata: tensorflow's has 3 MB.
fn large_text(path: &Utf8Path) -> Option<String> {
    const MAX: u64 = 64 << 20;
    let metadata = path.metadata().ok()?;
    if !metadata.is_file() || metadata.len() > MAX {
        return None;
    }
    Some(String::from_utf8_lossy(&std::fs::read(path).ok()?).into_owned())
}

/// Hashes the Python files at and below `path`.
fn collect(
    path: &Utf8Path,
    name: String,
    read: &mut usize,
    files: &mut BTreeMap<String, Digest>,
    depth: usize,
) {
    /// Deeper trees are not packages; also what ends rings of links.
    const MAX_DEPTH: usize = 24;
    let Ok(metadata) = path.symlink_metadata() else { return };
    if metadata.is_dir() && depth < MAX_DEPTH {
        let pruned = ["__pycache__", "node_modules", "site-packages", ".git", ".hg", ".tox", ".nox"];
        if pruned.contains(&path.file_name().unwrap_or("")) || path.join("pyvenv.cfg").is_file() {
            return;
        }
        for entry in listing(path) {
            collect(&path.join(&entry), format!("{name}/{entry}"), read, files, depth + 1);
        }
    } else {
        let file_name = path.file_name().unwrap_or("");
        if !(file_name == "py.typed" || file_name.ends_with(".py") || file_name.ends_with(".pyi")) {
            return;
        }
        *read += 1;
        let regular = path.metadata().is_ok_and(|metadata| metadata.is_file());
        let bytes = if regular && *read <= MAX_UNRECORDED { std::fs::read(path).ok() } else { None };
        files.insert(
            name,
            bytes.map_or_else(Digest::default, |bytes| Digest(*blake3::hash(&bytes).as_bytes())),
        );
    }
}
