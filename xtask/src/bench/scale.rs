//! `cargo xtask bench scale`: the import map of made-up projects, each larger than the one before. What a file costs
//! should not depend on how many others there are.

use std::fmt;
use std::iter;

use anyhow::ensure;
use serde::Serialize;

use super::imports::{COLD, IMPORTS, RUFF, WALK, WARM, megabytes, milliseconds};
use super::measure::{Runs, capture};
use super::subject::{Subject, edges};
use super::{Programs, made_up};
use crate::stats::median;

const SIZES: &[usize] = &[1_000, 10_000, 100_000];

const ROWS: &[&str] = &[RUFF, WALK, COLD, WARM];

/// What `--json` writes.
#[derive(Serialize)]
pub(super) struct Report {
    schema: u32,
    runs: usize,
    cpus: usize,
    /// What each program says of itself.
    programs: Vec<String>,
    sizes: Vec<Size>,
}

/// What was found out about one project.
#[derive(Serialize)]
struct Size {
    files: usize,
    edges: usize,
    runs: Runs,
}

pub(super) fn run(programs: &Programs, runs: usize, sizes: &[usize]) -> anyhow::Result<Report> {
    let sizes = if sizes.is_empty() { SIZES } else { sizes };
    let sizes = sizes.iter().map(|files| measure(programs, runs, *files)).collect::<Result<_, _>>()?;
    Ok(Report { schema: 1, runs, cpus: programs.cpus, programs: programs.versions.clone(), sizes })
}

fn measure(programs: &Programs, runs: usize, files: usize) -> anyhow::Result<Size> {
    eprintln!("{files} files: writing them, then every program once, untimed");
    let subject = Subject::new(programs, "made-up", |tree| made_up::write(tree, files))?;
    subject.settle();
    let ruff = subject.map(&mut subject.ruff())?;
    let staniel = subject.map(&mut subject.staniel(IMPORTS.0, IMPORTS.1, &subject.cache()?))?;
    ensure!(ruff.len() == files, "ruff found {} files of {files}", ruff.len());
    ensure!(ruff == staniel, "ruff and staniel find different edges in the made-up project");
    capture(&mut subject.walk_hash())?;

    let mut size = Size { files, edges: edges(&staniel), runs: Runs::default() };
    for number in 0..runs {
        eprintln!("{files} files: round {} of {runs}", number + 1);
        let cache = subject.cache()?;
        let staniel = subject.staniel(IMPORTS.0, IMPORTS.1, &cache);
        for (row, command) in
            [(RUFF, &subject.ruff()), (WALK, &subject.walk_hash()), (COLD, &staniel), (WARM, &staniel)]
        {
            size.runs.add(row, subject.measure(command)?);
        }
    }
    Ok(size)
}

/// Something that a project takes, and each of its files takes a part of.
struct Cost {
    of: fn(&Runs, &str) -> Option<f64>,
    show: fn(f64) -> String,
    show_part: fn(f64) -> String,
}

const COSTS: [Cost; 2] = [
    Cost {
        of: |runs, row| median(&runs.seconds(row)),
        show: milliseconds,
        show_part: |seconds| format!("{:.1} µs", seconds * 1e6),
    },
    Cost { of: Runs::peak, show: megabytes, show_part: |bytes| format!("{:.1} kB", bytes / 1e3) },
];

impl Cost {
    fn per_file(&self, row: &str, size: &Size) -> Option<f64> {
        Some((self.of)(&size.runs, row)? / size.files as f64)
    }

    /// Of all files, of a file, and how many times that of a file of the project before.
    fn cells(&self, row: &str, size: &Size, before: Option<&Size>) -> String {
        let part = self.per_file(row, size);
        let growth = before.and_then(|before| Some(part? / self.per_file(row, before)?));
        let cells = [
            (self.of)(&size.runs, row).map(self.show),
            part.map(self.show_part),
            growth.map(|growth| format!("{growth:.2}")),
        ];
        cells.map(Option::unwrap_or_default).join(" | ")
    }
}

/// The results as Markdown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(
            f,
            "| made-up projects, median of {} | files | time | per file | × | peak memory | per file | × |",
            self.runs
        )?;
        writeln!(f, "| :-- | --: | --: | --: | --: | --: | --: | --: |")?;
        for row in ROWS {
            let befores = iter::once(None).chain(self.sizes.iter().map(Some));
            for (size, before) in self.sizes.iter().zip(befores) {
                let [time, memory] = COSTS.map(|cost| cost.cells(row, size, before));
                writeln!(f, "| {row} | {} | {time} | {memory} |", size.files)?;
            }
        }
        let edges = self.sizes.iter().map(|size| format!("{} in {} files", size.edges, size.files));
        write!(
            f,
            "\n× says how many times as much a file costs as in the project before: 1 is linear. Edges: {}. {} CPUs. {}.",
            edges.collect::<Vec<_>>().join(", "),
            self.cpus,
            self.programs.join(", ")
        )
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::measure::Measured;
    use super::*;

    #[test]
    fn the_table_says_what_a_file_costs() {
        let size = |files: usize, seconds: f64, megabytes: u64| {
            let mut runs = Runs::default();
            for row in ROWS {
                runs.add(row, Measured { seconds, peak_bytes: megabytes * 1_000_000 });
            }
            Size { files, edges: files * 6, runs }
        };
        let report = Report {
            schema: 1,
            runs: 1,
            cpus: 2,
            programs: vec!["ruff 1".into(), "staniel 2".into()],
            sizes: vec![size(1000, 0.1, 20), size(10_000, 1.0, 110), size(100_000, 30.0, 1100)],
        };
        expect![[r#"
            | made-up projects, median of 1 | files | time | per file | × | peak memory | per file | × |
            | :-- | --: | --: | --: | --: | --: | --: | --: |
            | ruff analyze graph | 1000 | 100 ms | 100.0 µs |  | 20 MB | 20.0 kB |  |
            | ruff analyze graph | 10000 | 1000 ms | 100.0 µs | 1.00 | 110 MB | 11.0 kB | 0.55 |
            | ruff analyze graph | 100000 | 30000 ms | 300.0 µs | 3.00 | 1100 MB | 11.0 kB | 1.00 |
            | walk, read, hash | 1000 | 100 ms | 100.0 µs |  | 20 MB | 20.0 kB |  |
            | walk, read, hash | 10000 | 1000 ms | 100.0 µs | 1.00 | 110 MB | 11.0 kB | 0.55 |
            | walk, read, hash | 100000 | 30000 ms | 300.0 µs | 3.00 | 1100 MB | 11.0 kB | 1.00 |
            | staniel, cold | 1000 | 100 ms | 100.0 µs |  | 20 MB | 20.0 kB |  |
            | staniel, cold | 10000 | 1000 ms | 100.0 µs | 1.00 | 110 MB | 11.0 kB | 0.55 |
            | staniel, cold | 100000 | 30000 ms | 300.0 µs | 3.00 | 1100 MB | 11.0 kB | 1.00 |
            | staniel, warm | 1000 | 100 ms | 100.0 µs |  | 20 MB | 20.0 kB |  |
            | staniel, warm | 10000 | 1000 ms | 100.0 µs | 1.00 | 110 MB | 11.0 kB | 0.55 |
            | staniel, warm | 100000 | 30000 ms | 300.0 µs | 3.00 | 1100 MB | 11.0 kB | 1.00 |

            × says how many times as much a file costs as in the project before: 1 is linear. Edges: 6000 in 1000 files, 60000 in 10000 files, 600000 in 100000 files. 2 CPUs. ruff 1, staniel 2.
        "#]]
        .assert_eq(&format!("{report}\n"));
    }
}
