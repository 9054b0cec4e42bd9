//! How fast imports are found: `cargo run --release -p staniel-syntax --example scan -- DIRECTORY…`.

use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use staniel_facts::SourceKind;
use staniel_syntax::import_facts;

#[expect(clippy::print_stdout, reason = "that is what it is for")]
fn main() {
    for directory in std::env::args_os().skip(1) {
        let mut files = Vec::new();
        collect(Path::new(&directory), &mut files);
        let size: usize = files.iter().map(Vec::len).sum();
        // The best of some passes: the others were disturbed.
        let passes = (0..20).map(|_| {
            let (start, used) = (Instant::now(), used());
            let imports: usize =
                files.iter().map(|bytes| import_facts(bytes, SourceKind::Python).imports.len()).sum();
            (
                self::used().zip(used).map_or_else(|| start.elapsed(), |(after, before)| after - before),
                imports,
            )
        });
        let Some((time, imports)) = passes.min() else { continue };
        println!(
            "{}: {} files, {:.1} MB, {imports} imports in {:.1} ms: {:.0} MB/s",
            PathBuf::from(&directory).display(),
            files.len(),
            size as f64 / 1e6,
            time.as_secs_f64() * 1e3,
            size as f64 / 1e6 / time.as_secs_f64()
        );
    }
}

/// The processor time that this thread has used, where the system tells.
fn used() -> Option<Duration> {
    let figures = std::fs::read_to_string("/proc/thread-self/schedstat").ok()?;
    Some(Duration::from_nanos(figures.split(' ').next()?.parse().ok()?))
}

fn collect(directory: &Path, files: &mut Vec<Vec<u8>>) {
    for entry in std::fs::read_dir(directory).into_iter().flatten().flatten() {
        let path = entry.path();
        if path.is_dir() {
            collect(&path, files);
        } else if path.extension().is_some_and(|extension| extension == "py") {
            files.extend(std::fs::read(path));
        }
    }
}
