//! What is installed: module names, and a digest that changes when an answer could.
//!
//! An installer writes the hash of each installed file into its distribution's `RECORD`; hashing the rows of the files
//! that types come from therefore stands for hashing the files. Cost: one listing of each
//! `site-packages`, one read of each RECORD. What has no RECORD (editable installations outside the project, some
//! systems' packages) is read and hashed file by file on each run.

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
    /// The project's root, canonical. What lies in it is the project's, however one gets there.
    root: Utf8PathBuf,
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
        let mut installed = Self { root: root.to_owned(), ..Self::default() };
        let mut known: Vec<Utf8PathBuf> = site_packages.to_vec();
        for directory in site_packages {
            installed.add_site_packages(directory, site_packages, own_distribution, &mut known);
        }
        installed
    }

    fn add_site_packages(
        &mut self,
        directory: &Utf8Path,
        site_packages: &[Utf8PathBuf],
        own_distribution: Option<&Name>,
        known: &mut Vec<Utf8PathBuf>,
    ) {
        let names = self.installed_names(directory);
        let mut unhashed: Vec<String> = Vec::new();
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
            unhashed.extend(rows.iter().filter(|row| row.is_without_hash()).map(|row| row.path.to_owned()));
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
                    Some(target) => match inside(&target, &self.root, site_packages) {
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
        let unrecorded = self.contents(directory, rest.chain(&unhashed));
        debug_assert_eq!(index, self.digests.len());
        self.digests.push(PathDigest { kind: Kind::SitePackages, recorded, unrecorded, pth });

        for directory in editable {
            let names = self.installed_names(&directory);
            self.modules.extend(names.iter().filter_map(|name| module(&directory, name)));
            let unrecorded = self.contents(&directory, names.iter());
            self.search_paths.push(directory);
            self.digests.push(PathDigest { kind: Kind::Editable, recorded: vec![], unrecorded, pth: vec![] });
        }
    }

    /// The names in a search path, without those by which one gets into the project.
    fn installed_names(&self, directory: &Utf8Path) -> Vec<String> {
        let mut names = listing(directory);
        names.retain(|name| !leads_into(&directory.join(name), &self.root));
        names
    }

    /// Digests of the Python files in and below the entries `names` of `directory`.
    fn contents<'n>(
        &mut self,
        directory: &Utf8Path,
        names: impl Iterator<Item = &'n String>,
    ) -> Vec<(String, Digest)> {
        let mut collector = Collector { root: &self.root, read: 0, linked: BTreeSet::new() };
        let digests = names
            .filter_map(|name| {
                let mut files = BTreeMap::new();
                collector.collect(&directory.join(name), String::new(), &mut files, 0);
                let digest = digest_of("staniel 2026-11 unrecorded files", &files);
                (!files.is_empty()).then(|| (name.clone(), digest))
            })
            .collect();
        if collector.read > MAX_UNRECORDED {
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

/// Whether an entry of a directory outside the project is the project's root, or a link into it.
fn leads_into(entry: &Utf8Path, root: &Utf8Path) -> bool {
    let may = entry.file_name() == root.file_name()
        || entry.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
    may && entry.canonicalize_utf8().is_ok_and(|real| real.starts_with(root))
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

impl Row<'_> {
    /// `path,,`: the row says nothing of the content.
    fn is_without_hash(&self) -> bool {
        self.text.ends_with(",,") && !self.path.ends_with(".pth")
    }
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

/// Hashes Python files that no RECORD vouches for.
struct Collector<'a> {
    /// What lies in the project is not collected.
    root: &'a Utf8Path,
    read: usize,
    /// Directories that links led to: links may go in rings.
    linked: BTreeSet<Utf8PathBuf>,
}

impl Collector<'_> {
    /// Those at and below `path`, to which `name` leads.
    fn collect(&mut self, path: &Utf8Path, name: String, files: &mut BTreeMap<String, Digest>, depth: usize) {
        /// Deeper trees are not packages.
        const MAX_DEPTH: usize = 24;
        let Ok(metadata) = path.metadata() else { return };
        let file_name = path.file_name().unwrap_or("");
        if metadata.is_dir() {
            let pruned = ["__pycache__", "node_modules", "site-packages", ".git", ".hg", ".tox", ".nox"];
            if depth >= MAX_DEPTH
                || pruned.contains(&file_name)
                || path.join("pyvenv.cfg").is_file()
                || leads_into(path, self.root)
            {
                return;
            }
            let link = path.symlink_metadata().is_ok_and(|metadata| metadata.is_symlink());
            if link && !path.canonicalize_utf8().is_ok_and(|real| self.linked.insert(real)) {
                return;
            }
            for entry in listing(path) {
                self.collect(&path.join(&entry), format!("{name}/{entry}"), files, depth + 1);
            }
        } else if file_name == "py.typed" || file_name.ends_with(".py") || file_name.ends_with(".pyi") {
            self.read += 1;
            let readable = metadata.is_file() && self.read <= MAX_UNRECORDED;
            let bytes = if readable { std::fs::read(path).ok() } else { None };
            let digest = bytes.map_or_else(Digest::default, |bytes| Digest(*blake3::hash(&bytes).as_bytes()));
            files.insert(name, digest);
        }
    }
}
