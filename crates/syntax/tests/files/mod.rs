//! Python files that we did not write.

use std::io::Write as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// All files of the standard library of `python3`, and of the projects in the directory that `STANIEL_CORPUS` names.
pub(crate) fn all() -> Vec<PathBuf> {
    let library = python(&["-c", "import sysconfig; print(sysconfig.get_path('stdlib'))"], "")
        .expect("this test needs `python3` on the PATH: it reads its library");
    let mut files = Vec::new();
    collect(Path::new(library.trim_end()), &mut files);
    assert!(files.len() > 200, "no standard library with source in {}", library.trim_end());
    if let Some(corpus) = std::env::var_os("STANIEL_CORPUS") {
        collect(Path::new(&corpus), &mut files);
    }
    files.sort();
    files
}

/// The Python files below a directory, but for installed packages.
fn collect(directory: &Path, files: &mut Vec<PathBuf>) {
    for entry in std::fs::read_dir(directory).expect("the directory can be read").flatten() {
        let path = entry.path();
        if path.is_dir() && !path.ends_with("site-packages") {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "py") && path.to_str().is_some() {
            files.push(path);
        }
    }
}

/// What `python3` prints, given some standard input; `None` if there is none, or it fails.
pub(crate) fn python(arguments: &[&str], input: &str) -> Option<String> {
    let mut child =
        Command::new("python3").args(arguments).stdin(Stdio::piped()).stdout(Stdio::piped()).spawn().ok()?;
    let mut stdin = child.stdin.take()?;
    let input = input.to_owned();
    let writer = std::thread::spawn(move || stdin.write_all(input.as_bytes()));
    let output = child.wait_with_output().ok()?;
    writer.join().ok()?.ok()?;
    output.status.success().then(|| String::from_utf8_lossy(&output.stdout).into_owned())
}
