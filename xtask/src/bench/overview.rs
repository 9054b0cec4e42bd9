//! `cargo xtask bench`: all commands on Django, cold, warm and after one edit, beside other programs.

use std::collections::BTreeMap;
use std::fmt;
use std::process::Command;

use anyhow::{Context, ensure};
use serde::Serialize;

use super::Programs;
use super::imports::RUFF;
use super::measure::capture;
use super::subject::Subject;
use crate::corpus;
use crate::pins::Pins;
use crate::stats::{median, paired_ratio};
use crate::workspace::Workspace;

/// The project that is measured.
const PROJECT: &str = "Django";

/// What a round edits, in turn: files of a few and of many importers, 200 to 2,700 lines.
pub(super) const EDITED: &[&str] = &[
    "django/db/models/query.py",
    "django/utils/text.py",
    "django/shortcuts.py",
    "django/template/defaulttags.py",
    "django/forms/models.py",
];

/// The ways to call staniel that are measured: the name in the results, the subcommand, and its options.
const WAYS: &[(&str, &str, &[&str])] = &[
    ("staniel imports", "imports", &["--format", "json"]),
    ("staniel snapshot (declared)", "snapshot", &["--format", "json", "--provider", "declared"]),
    ("staniel snapshot (ty)", "snapshot", &["--format", "json", "--provider", "ty"]),
];

const AST_POOL: &str = "ast + ProcessPoolExecutor";
const TY: &str = "ty check";

/// Which peer a way is compared with: one that does the same work.
fn peers_of(way: &str) -> &'static [&'static str] {
    if way.ends_with("(ty)") { &[TY] } else { &[RUFF, AST_POOL] }
}

/// What `--json` writes.
#[derive(Serialize)]
pub(super) struct Overview {
    schema: u32,
    project: String,
    runs: usize,
    cpus: usize,
    /// What each program says of itself.
    programs: Vec<String>,
    /// Files in the import map, by program: that they did the same work.
    files: BTreeMap<String, usize>,
    /// Wall time in seconds, one for each round. staniel's names end in `, cold`, `, warm` or `, one edit`.
    seconds: BTreeMap<String, Vec<f64>>,
}

pub(super) fn run(
    workspace: &Workspace,
    pins: &Pins,
    programs: &Programs,
    runs: usize,
) -> anyhow::Result<Overview> {
    let project = pins.project(PROJECT)?;
    corpus::fetch(workspace, pins)?;
    let subject = Subject::copy_of(programs, workspace, project)?;
    eprintln!("every program once, untimed");
    let mut overview = Overview {
        schema: 1,
        project: format!("{} {}", project.name, project.version),
        runs,
        cpus: programs.cpus,
        programs: programs.versions.clone(),
        files: rehearse(&subject)?,
        seconds: BTreeMap::new(),
    };
    for number in 0..runs {
        eprintln!("round {} of {runs}", number + 1);
        round(&subject, number, &mut overview.seconds)?;
    }
    Ok(overview)
}

/// Runs everything once: fills the file system's cache, and shows that all saw the same files.
fn rehearse(subject: &Subject<'_>) -> anyhow::Result<BTreeMap<String, usize>> {
    let mut files = BTreeMap::new();
    files.insert(RUFF.to_owned(), subject.map(&mut subject.ruff())?.len());
    files.insert(AST_POOL.to_owned(), subject.map(&mut subject.ast_pool())?.len());
    capture(&mut subject.ty())?;
    let (way, subcommand, options) = WAYS[0];
    let output = capture(&mut subject.staniel(subcommand, options, &subject.cache()?))?;
    let map: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("reading the output of staniel")?;
    ensure!(map["schema"] == 1, "`{way}` printed schema {}, 1 is known here", map["schema"]);
    files
        .insert(way.to_owned(), map["files"].as_array().context("`staniel imports` printed no files")?.len());
    Ok(files)
}

/// Everybody's turn.
fn round(
    subject: &Subject<'_>,
    number: usize,
    seconds: &mut BTreeMap<String, Vec<f64>>,
) -> anyhow::Result<()> {
    let mut record = |name: &str, command: &Command| -> anyhow::Result<()> {
        seconds.entry(name.to_owned()).or_default().push(subject.measure(command)?.seconds);
        Ok(())
    };
    record(RUFF, &subject.ruff())?;
    record(AST_POOL, &subject.ast_pool())?;
    record(TY, &subject.ty())?;
    for (way, subcommand, options) in WAYS {
        let cache = subject.cache()?;
        let staniel = subject.staniel(subcommand, options, &cache);
        record(&format!("{way}, cold"), &staniel)?;
        record(&format!("{way}, warm"), &staniel)?;
        let edit = subject.edit(EDITED[number % EDITED.len()], &format!("edit_{number} = {number}"))?;
        record(&format!("{way}, one edit"), &staniel)?;
        edit.undo()?;
    }
    Ok(())
}

/// The results as Markdown.
impl fmt::Display for Overview {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let of = |name: &str| self.seconds.get(name).map(Vec::as_slice).unwrap_or_default();
        let cell = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.3} s"));
        let times = |value: Option<f64>| value.map_or_else(String::new, |v| format!("{v:.1}"));
        let columns = [RUFF, AST_POOL, TY];

        writeln!(f, "| {}, median of {} | time | × {} |", self.project, self.runs, columns.join(" | × "))?;
        writeln!(f, "| :-- | --: | --: | --: | --: |")?;
        for (way, ..) in WAYS {
            for state in ["cold", "warm", "one edit"] {
                let name = format!("{way}, {state}");
                let ratios = columns.map(|peer| {
                    if peers_of(way).contains(&peer) {
                        times(paired_ratio(of(peer), of(&name)))
                    } else {
                        String::new()
                    }
                });
                writeln!(f, "| {name} | {} | {} |", cell(median(of(&name))), ratios.join(" | "))?;
            }
        }
        for peer in columns {
            writeln!(f, "| {peer} | {} | | | |", cell(median(of(peer))))?;
        }
        write!(
            f,
            "\n× says how many times as long that program took in the same round (median of the rounds). {} CPUs. {}.\n\
             Files in the import map: {}.",
            self.cpus,
            self.programs.join(", "),
            self.files.iter().map(|(name, count)| format!("{name} {count}")).collect::<Vec<_>>().join(", "),
        )
    }
}

#[cfg(test)]
mod tests {
    use expect_test::expect;

    use super::*;

    #[test]
    fn the_table_compares_equal_work() {
        let mut seconds = BTreeMap::from([
            (RUFF.to_owned(), vec![0.3, 0.6]),
            (AST_POOL.to_owned(), vec![3.0, 6.0]),
            (TY.to_owned(), vec![8.0, 8.0]),
        ]);
        for (way, ..) in WAYS {
            for (state, took) in [("cold", 0.1), ("warm", 0.01), ("one edit", 0.02)] {
                seconds.insert(format!("{way}, {state}"), vec![took, took * 2.0]);
            }
        }
        let overview = Overview {
            schema: 1,
            project: "Django 5.2".into(),
            runs: 2,
            cpus: 2,
            programs: vec!["ruff 1".into(), "ty 2".into()],
            files: BTreeMap::from([("a".into(), 7), ("b".into(), 7)]),
            seconds,
        };
        expect![[r#"
            | Django 5.2, median of 2 | time | × ruff analyze graph | × ast + ProcessPoolExecutor | × ty check |
            | :-- | --: | --: | --: | --: |
            | staniel imports, cold | 0.150 s | 3.0 | 30.0 |  |
            | staniel imports, warm | 0.015 s | 30.0 | 300.0 |  |
            | staniel imports, one edit | 0.030 s | 15.0 | 150.0 |  |
            | staniel snapshot (declared), cold | 0.150 s | 3.0 | 30.0 |  |
            | staniel snapshot (declared), warm | 0.015 s | 30.0 | 300.0 |  |
            | staniel snapshot (declared), one edit | 0.030 s | 15.0 | 150.0 |  |
            | staniel snapshot (ty), cold | 0.150 s |  |  | 60.0 |
            | staniel snapshot (ty), warm | 0.015 s |  |  | 600.0 |
            | staniel snapshot (ty), one edit | 0.030 s |  |  | 300.0 |
            | ruff analyze graph | 0.450 s | | | |
            | ast + ProcessPoolExecutor | 4.500 s | | | |
            | ty check | 8.000 s | | | |

            × says how many times as long that program took in the same round (median of the rounds). 2 CPUs. ruff 1, ty 2.
            Files in the import map: a 7, b 7."#]].assert_eq(&overview.to_string());
    }
}
