//! `cargo xtask bench imports`: the import map, beside `ruff analyze graph` and beside what no import map can be faster
//! than, with what it is meant to reach.

use std::collections::BTreeMap;
use std::fmt;

use serde::Serialize;

use super::measure::{Runs, capture};
use super::subject::{Subject, edges};
use super::{Programs, overview};
use crate::corpus;
use crate::pins::Pins;
use crate::stats::{median, paired_excess, paired_ratio};
use crate::workspace::Workspace;

pub(super) const RUFF: &str = "ruff analyze graph";
pub(super) const WALK: &str = "walk, read, hash";
/// Nothing is remembered: there is not even a directory for it.
pub(super) const COLD: &str = "staniel, cold";
/// A second process; nothing has changed.
pub(super) const WARM: &str = "staniel, warm";
/// After an edit inside of a function body.
const EDIT: &str = "staniel, one edit";
/// All files have new times and the same content, as in CI where the cache was kept.
const CHECKOUT: &str = "staniel, new checkout";

const ROWS: &[&str] = &[RUFF, WALK, COLD, WARM, EDIT, CHECKOUT];

/// The command that is measured, as its subcommand and options.
pub(super) const IMPORTS: (&str, &[&str]) = ("imports", &["--format", "ruff"]);

/// What a row is meant to reach.
#[derive(Clone, Copy, Debug)]
enum Goal {
    /// ruff takes so many times as long.
    Ruff(f64),
    /// Walking, reading and hashing takes this part of the time.
    Walk(f64),
    /// So many seconds longer than walking, reading and hashing.
    OverWalk(f64),
    /// So many seconds.
    Seconds(f64),
    /// So many bytes at the peak.
    Bytes(f64),
}

impl fmt::Display for Goal {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Ruff(times) => write!(f, "× ruff ≥ {times:.1}"),
            Self::Walk(times) => write!(f, "× walk ≥ {times:.1}"),
            Self::OverWalk(seconds) => write!(f, "≤ walk + {:.0} ms", seconds * 1e3),
            Self::Seconds(seconds) => write!(f, "≤ {:.0} ms", seconds * 1e3),
            Self::Bytes(bytes) => write!(f, "≤ {}", megabytes(*bytes)),
        }
    }
}

/// For all projects.
const GOALS: &[(&str, Goal)] = &[
    (COLD, Goal::Ruff(3.0)),
    (COLD, Goal::Walk(0.5)),
    (WARM, Goal::Ruff(4.0)),
    (CHECKOUT, Goal::OverWalk(0.020)),
];

/// A project of the corpus.
struct Measurement {
    project: &'static str,
    /// What a round edits, in turn.
    edited: &'static [&'static str],
    /// Beside [`GOALS`].
    goals: &'static [(&'static str, Goal)],
}

const MEASUREMENTS: &[Measurement] = &[
    Measurement {
        project: "Django",
        edited: overview::EDITED,
        goals: &[(WARM, Goal::Seconds(0.060)), (COLD, Goal::Bytes(150e6))],
    },
    Measurement {
        project: "SQLAlchemy",
        edited: &[
            "lib/sqlalchemy/orm/util.py",
            "lib/sqlalchemy/util/langhelpers.py",
            "lib/sqlalchemy/sql/util.py",
            "lib/sqlalchemy/orm/loading.py",
            "lib/sqlalchemy/engine/create.py",
        ],
        goals: &[],
    },
];

/// What `--json` writes.
#[derive(Serialize)]
pub(super) struct Report {
    schema: u32,
    runs: usize,
    cpus: usize,
    /// What each program says of itself.
    programs: Vec<String>,
    projects: Vec<Figures>,
}

/// What was found out about a project.
#[derive(Serialize)]
struct Figures {
    project: String,
    files: usize,
    /// By program, how many edges it finds: that they did the same work.
    edges: BTreeMap<&'static str, usize>,
    runs: Runs,
    #[serde(skip)]
    goals: Vec<(&'static str, Goal)>,
}

pub(super) fn run(
    workspace: &Workspace,
    pins: &Pins,
    programs: &Programs,
    runs: usize,
) -> anyhow::Result<Report> {
    corpus::fetch(workspace, pins)?;
    let mut subjects = Vec::new();
    let mut projects = Vec::new();
    for measurement in MEASUREMENTS {
        let project = pins.project(measurement.project)?;
        eprintln!("{}: every program once, untimed", project.name);
        let subject = Subject::copy_of(programs, workspace, project)?;
        let ruff = subject.map(&mut subject.ruff())?;
        let staniel = subject.map(&mut subject.staniel(IMPORTS.0, IMPORTS.1, &subject.cache()?))?;
        capture(&mut subject.walk_hash())?;
        projects.push(Figures {
            project: format!("{} {}", project.name, project.version),
            files: ruff.len(),
            edges: [(RUFF, edges(&ruff)), ("staniel", edges(&staniel))].into(),
            runs: Runs::default(),
            goals: [GOALS, measurement.goals].concat(),
        });
        subjects.push((measurement, subject));
    }
    for number in 0..runs {
        eprintln!("round {} of {runs}", number + 1);
        for ((measurement, subject), figures) in subjects.iter().zip(&mut projects) {
            round(measurement, subject, number, &mut figures.runs)?;
        }
    }
    Ok(Report { schema: 1, runs, cpus: programs.cpus, programs: programs.versions.clone(), projects })
}

/// Everybody's turn.
fn round(
    measurement: &Measurement,
    subject: &Subject<'_>,
    number: usize,
    runs: &mut Runs,
) -> anyhow::Result<()> {
    let mut record = |row, command: &_| -> anyhow::Result<()> {
        runs.add(row, subject.measure(command)?);
        Ok(())
    };
    let cache = subject.cache()?;
    let staniel = subject.staniel(IMPORTS.0, IMPORTS.1, &cache);
    record(RUFF, &subject.ruff())?;
    record(WALK, &subject.walk_hash())?;
    record(COLD, &staniel)?;
    record(WARM, &staniel)?;
    let edited = measurement.edited[number % measurement.edited.len()];
    let edit = subject.edit(edited, &format!("edit_{number} = {number}"))?;
    record(EDIT, &staniel)?;
    edit.undo()?;
    // What is stored is of the edited tree: a checkout of equal contents is one of what is stored.
    subject.measure(&staniel)?;
    subject.touch()?;
    subject.settle();
    record(CHECKOUT, &staniel)
}

impl Figures {
    /// Whether it is reached; `None` if that was not measured.
    fn reaches(&self, row: &str, goal: Goal) -> Option<bool> {
        let ours = self.runs.seconds(row);
        Some(match goal {
            Goal::Ruff(times) => paired_ratio(&self.runs.seconds(RUFF), &ours)? >= times,
            Goal::Walk(times) => paired_ratio(&self.runs.seconds(WALK), &ours)? >= times,
            Goal::OverWalk(seconds) => paired_excess(&ours, &self.runs.seconds(WALK))? <= seconds,
            Goal::Seconds(seconds) => median(&ours)? <= seconds,
            Goal::Bytes(bytes) => self.runs.peak(row)? <= bytes,
        })
    }

    fn goals(&self, row: &str) -> String {
        let goals = self.goals.iter().filter(|(of, _)| *of == row).map(|(_, goal)| {
            let mark = match self.reaches(row, *goal) {
                Some(true) => " ✓",
                Some(false) => " ✗",
                None => "",
            };
            format!("{goal}{mark}")
        });
        goals.collect::<Vec<_>>().join(", ")
    }
}

/// The results as Markdown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for figures in &self.projects {
            let Figures { project, files, .. } = figures;
            writeln!(
                f,
                "| {project}, {files} files, median of {} | time | × ruff | × walk | peak memory | to reach |",
                self.runs
            )?;
            writeln!(f, "| :-- | --: | --: | --: | --: | :-- |")?;
            for row in ROWS {
                let ours = figures.runs.seconds(row);
                let times = |other| match paired_ratio(&figures.runs.seconds(other), &ours) {
                    Some(ratio) if other != *row => format!("{ratio:.2}"),
                    _ => String::new(),
                };
                writeln!(
                    f,
                    "| {row} | {} | {} | {} | {} | {} |",
                    median(&ours).map_or_else(String::new, milliseconds),
                    times(RUFF),
                    times(WALK),
                    figures.runs.peak(row).map_or_else(String::new, megabytes),
                    figures.goals(row)
                )?;
            }
            let edges = figures.edges.iter().map(|(program, count)| format!("{program} {count}"));
            writeln!(f, "\nEdges: {}.\n", edges.collect::<Vec<_>>().join(", "))?;
        }
        write!(
            f,
            "× says how many times as long that program took in the same round (median of the rounds); peak memory is \
             the highest of all rounds. {} CPUs. {}.",
            self.cpus,
            self.programs.join(", ")
        )
    }
}

pub(super) fn milliseconds(seconds: f64) -> String {
    format!("{:.0} ms", seconds * 1e3)
}

pub(super) fn megabytes(bytes: f64) -> String {
    format!("{:.0} MB", bytes / 1e6)
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::super::measure::Measured;
    use super::*;

    #[test]
    fn the_table_says_what_is_reached() {
        let mut runs = Runs::default();
        for (row, seconds, megabytes) in [
            (RUFF, 0.32, 50),
            (WALK, 0.05, 20),
            (COLD, 0.1, 160),
            (WARM, 0.02, 30),
            (EDIT, 0.03, 30),
            (CHECKOUT, 0.1, 30),
        ] {
            // The second round is twice as slow for all.
            for seconds in [seconds, seconds * 2.0] {
                runs.add(row, Measured { seconds, peak_bytes: megabytes * 1_000_000 });
            }
        }
        let figures = |project: &str, runs, goals: &[_]| Figures {
            project: project.into(),
            files: 7,
            edges: [(RUFF, 12), ("staniel", 13)].into(),
            runs,
            goals: goals.to_vec(),
        };
        let own = [(WARM, Goal::Seconds(0.060)), (COLD, Goal::Bytes(150e6))];
        let report = Report {
            schema: 1,
            runs: 2,
            cpus: 2,
            programs: vec!["ruff 1".into(), "staniel 2".into()],
            projects: vec![
                figures("a 1", runs, &[GOALS, &own].concat()),
                figures("b 2", Runs::default(), GOALS),
            ],
        };
        expect![[r#"
            | a 1, 7 files, median of 2 | time | × ruff | × walk | peak memory | to reach |
            | :-- | --: | --: | --: | --: | :-- |
            | ruff analyze graph | 480 ms |  | 0.16 | 50 MB |  |
            | walk, read, hash | 75 ms | 6.40 |  | 20 MB |  |
            | staniel, cold | 150 ms | 3.20 | 0.50 | 160 MB | × ruff ≥ 3.0 ✓, × walk ≥ 0.5 ✓, ≤ 150 MB ✗ |
            | staniel, warm | 30 ms | 16.00 | 2.50 | 30 MB | × ruff ≥ 4.0 ✓, ≤ 60 ms ✓ |
            | staniel, one edit | 45 ms | 10.67 | 1.67 | 30 MB |  |
            | staniel, new checkout | 150 ms | 3.20 | 0.50 | 30 MB | ≤ walk + 20 ms ✗ |

            Edges: ruff analyze graph 12, staniel 13.

            | b 2, 7 files, median of 2 | time | × ruff | × walk | peak memory | to reach |
            | :-- | --: | --: | --: | --: | :-- |
            | ruff analyze graph |  |  |  |  |  |
            | walk, read, hash |  |  |  |  |  |
            | staniel, cold |  |  |  |  | × ruff ≥ 3.0, × walk ≥ 0.5 |
            | staniel, warm |  |  |  |  | × ruff ≥ 4.0 |
            | staniel, one edit |  |  |  |  |  |
            | staniel, new checkout |  |  |  |  | ≤ walk + 20 ms |

            Edges: ruff analyze graph 12, staniel 13.

            × says how many times as long that program took in the same round (median of the rounds); peak memory is the highest of all rounds. 2 CPUs. ruff 1, staniel 2.
        "#]]
        .assert_eq(&format!("{report}\n"));
    }
}
