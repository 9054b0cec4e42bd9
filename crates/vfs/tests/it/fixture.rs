//! A directory that tests can do everything to.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use camino::Utf8PathBuf;
use staniel_facts::{Cancel, FileState, Manifest, RelPath, Visibility};
use staniel_vfs::{Scan, ScanOptions, scan, scan_paths};

pub(crate) struct Tree {
    directory: tempfile::TempDir,
    pub(crate) options: ScanOptions,
}

/// Later than everything that a test touches, so that no file is racily fresh.
pub(crate) fn later() -> SystemTime {
    SystemTime::now() + Duration::from_secs(3600)
}

impl Tree {
    /// A tree of files, written `path: text`, one a line.
    pub(crate) fn new(files: &str) -> Self {
        let directory = tempfile::tempdir().unwrap();
        let root = Utf8PathBuf::from_path_buf(directory.path().canonicalize().unwrap()).unwrap().join("root");
        fs::create_dir(&root).unwrap();
        let tree = Self { directory, options: ScanOptions::new(root) };
        for line in files.lines().map(str::trim).filter(|line| !line.is_empty()) {
            let (path, text) = line.split_once(':').unwrap_or((line, ""));
            tree.write(path.trim(), text.trim());
        }
        tree
    }

    pub(crate) fn path(&self, path: &str) -> PathBuf {
        self.options.root.join(path).into()
    }

    /// A place outside the root.
    pub(crate) fn outside(&self, path: &str) -> PathBuf {
        self.directory.path().canonicalize().unwrap().join(path)
    }

    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.path(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }

    /// Waits until the file system's clock has moved: what is touched from now on has other times than what
    /// was touched before. (It ticks every few milliseconds.)
    pub(crate) fn tick(&self) {
        let probe = self.outside("probe");
        let touched = || {
            fs::write(&probe, "").unwrap();
            fs::metadata(&probe).unwrap().modified().unwrap()
        };
        let before = touched();
        while touched() == before {}
    }

    pub(crate) fn remove(&self, path: &str) {
        let path = self.path(path);
        if path.symlink_metadata().unwrap().is_dir() {
            fs::remove_dir_all(path).unwrap();
        } else {
            fs::remove_file(path).unwrap();
        }
    }

    pub(crate) fn rename(&self, from: &str, to: &str) {
        fs::rename(self.path(from), self.path(to)).unwrap();
    }

    pub(crate) fn link(&self, link: &str, target: &str) {
        std::os::unix::fs::symlink(target, self.path(link)).unwrap();
    }

    pub(crate) fn scan(&self, before: &Manifest) -> Scan {
        scan(&self.options, before, later(), &Cancel::new()).unwrap()
    }

    pub(crate) fn scan_paths(&self, before: &Manifest, paths: &[&str]) -> Scan {
        let paths: Vec<RelPath> = paths.iter().map(|path| RelPath::new(path).unwrap()).collect();
        scan_paths(&self.options, before, &paths, later(), &Cancel::new()).unwrap()
    }

    /// What a first scan sees, a line for each path.
    pub(crate) fn seen(&self) -> String {
        let mut out = String::new();
        for (path, (_, tracked)) in &self.scan(&Manifest::default()).manifest.files {
            let state = match &tracked.state {
                FileState::Present(_) => "present".to_owned(),
                FileState::Absent => "absent".to_owned(),
                FileState::Skipped(reason) => format!("{}: {reason}", reason.code()),
            };
            let ignored = if tracked.visibility == Visibility::Importable { " (importable)" } else { "" };
            writeln!(out, "{path}{ignored} {state}").unwrap();
        }
        out
    }
}

/// What a scan says has changed, a line for each path.
pub(crate) fn changes(scan: &Scan) -> String {
    let mut out = String::new();
    for file in &scan.change.files {
        let what = match (&file.tracked.state, &file.bytes) {
            (FileState::Present(_), Some(bytes)) => String::from_utf8_lossy(bytes).into_owned(),
            (FileState::Present(_), None) => "present, not read".to_owned(),
            (FileState::Absent, _) => "absent".to_owned(),
            (FileState::Skipped(reason), _) => reason.code().to_owned(),
        };
        writeln!(out, "{}: {what}", file.path).unwrap();
    }
    out
}
