//! `cargo xtask bench hover`: what hovers cost, by provider.
//!
//! Whole processes here too: what a row says includes the start of staniel and, for a language server, of the server. How much
//! that is, the rows for one place say.

use std::fmt;
use std::time::Instant;

use anyhow::Context;
use serde::Serialize;

use super::measure::capture;
use super::subject::{Cache, Subject};
use super::{Programs, made_up};
use crate::corpus;
use crate::pins::Pins;
use crate::stats::{median, paired_ratio};
use crate::workspace::Workspace;

const PROVIDERS: &[&str] = &["ty", "pyright", "pyrefly", "zuban", "ty-server"];

/// A small, a medium and a large project.
const SIZES: &[(&str, &str)] = &[("small", "flask"), ("medium", "rich"), ("large", "Django")];

/// How many places are asked for at once.
const PLACES: &[usize] = &[1, 10, 20, 50, 100];

/// How many are asked at the same time.
const ONE_BY_ONE: usize = 1;
const CONCURRENT: usize = 10;

/// The project in which files are changed, and how many of its files are.
const FILES: usize = 100;
const CHANGED: &[(&str, usize)] = &[("one changed", 1), ("ten changed", 10)];

/// All hovers of a project beside other programs: ty's own on all of it, pyright on a part of which it is asked the same.
const WHOLE: &str = "Django";
const PART: &str = "django/db";

/// What `--json` writes.
#[derive(Serialize)]
pub(super) struct Report {
    schema: u32,
    runs: usize,
    cpus: usize,
    /// What each program says of itself.
    programs: Vec<String>,
    places: Vec<Places>,
    edits: Vec<Edits>,
    /// All hovers of Django with ty, and `ty check`, in seconds.
    beside_ty: [Vec<f64>; 2],
    /// All hovers of a part of Django with ty and with pyright, in seconds.
    beside_pyright: [Vec<f64>; 2],
}

/// So many places of a project, one at a time and several.
#[derive(Serialize)]
struct Places {
    provider: String,
    size: &'static str,
    project: String,
    places: usize,
    /// Seconds, one for each round.
    one_by_one: Vec<f64>,
    concurrent: Vec<f64>,
}

/// All hovers of a made-up project, from nothing and after changes.
#[derive(Serialize)]
struct Edits {
    provider: String,
    step: &'static str,
    /// Files that the provider was asked about.
    asked: u64,
    seconds: Vec<f64>,
}

pub(super) fn run(
    workspace: &Workspace,
    pins: &Pins,
    programs: &Programs,
    runs: usize,
    providers: &[String],
) -> anyhow::Result<Report> {
    corpus::fetch(workspace, pins)?;
    let named: Vec<&str> = providers.iter().map(String::as_str).collect();
    let providers = if named.is_empty() { PROVIDERS } else { &named };
    let mut report = Report {
        schema: 1,
        runs,
        cpus: programs.cpus,
        programs: programs.versions.clone(),
        places: Vec::new(),
        edits: Vec::new(),
        beside_ty: Default::default(),
        beside_pyright: Default::default(),
    };
    for (size, name) in SIZES {
        let project = pins.project(name)?;
        let subject = Subject::copy_of(programs, workspace, project)?;
        let sites = sites(&subject)?;
        for provider in providers {
            eprintln!("{provider} about places of {name}");
            for count in PLACES {
                let mut row = Places {
                    provider: (*provider).to_owned(),
                    size,
                    project: project.directory(),
                    places: *count,
                    one_by_one: Vec::new(),
                    concurrent: Vec::new(),
                };
                let list = subject.note("places.jsonl", &spread(&sites, *count))?;
                for _ in 0..runs {
                    for (at_a_time, seconds) in
                        [(ONE_BY_ONE, &mut row.one_by_one), (CONCURRENT, &mut row.concurrent)]
                    {
                        let at_a_time = at_a_time.to_string();
                        let options = [
                            "--positions",
                            list.to_str().context("the temporary directory is not UTF-8")?,
                            "--provider",
                            provider,
                            "--max-concurrent",
                            &at_a_time,
                        ];
                        let command = subject.staniel("hover", &options, &subject.cache()?);
                        seconds.push(subject.measure(&command)?.seconds);
                    }
                }
                report.places.push(row);
            }
        }
    }
    for provider in providers {
        eprintln!("{provider} about {FILES} files, some of them changed");
        report.edits.extend(edits(programs, runs, provider)?);
    }
    beside(workspace, pins, programs, &mut report)?;
    Ok(report)
}

/// Where a project defines something: lines as `hover --positions` reads them.
fn sites(subject: &Subject<'_>) -> anyhow::Result<Vec<String>> {
    let options = ["--provider", "declared"];
    let mut command = subject.staniel("hovers", &options, &subject.cache()?);
    let output = capture(&mut command)?;
    let text = String::from_utf8(output.stdout).context("reading the output of `staniel hovers`")?;
    text.lines()
        .map(|line| {
            let row: serde_json::Value = serde_json::from_str(line)?;
            let (path, start) = (&row["path"], &row["range"]["start"]);
            Ok(format!("{{\"path\":{path},\"line\":{},\"character\":{}}}", start["line"], start["character"]))
        })
        .collect()
}

/// So many of them, all over the project, the same each time.
fn spread(sites: &[String], count: usize) -> String {
    (0..count).map(|number| sites[number * sites.len() / count].clone() + "\n").collect()
}

fn edits(programs: &Programs, runs: usize, provider: &str) -> anyhow::Result<Vec<Edits>> {
    let subject = Subject::new(programs, "made-up", |tree| made_up::write(tree, FILES))?;
    subject.settle();
    let step = |step| Edits { provider: provider.to_owned(), step, asked: 0, seconds: Vec::new() };
    let mut full = step("full");
    let mut changed: Vec<Edits> = CHANGED.iter().map(|(name, _)| step(name)).collect();
    for number in 0..runs {
        let cache = subject.cache()?;
        snapshot(&subject, provider, &cache, &mut full)?;
        for ((_, files), row) in CHANGED.iter().zip(&mut changed) {
            let edits = (0..*files).map(|file| {
                // Neither a package nor the same file twice.
                let path = made_up::path(file * (FILES / files) + 3);
                subject.edit(&path, &format!("edit_{number}_{files} = {file}"))
            });
            let edits = edits.collect::<anyhow::Result<Vec<_>>>()?;
            snapshot(&subject, provider, &cache, row)?;
            for edit in edits {
                edit.undo()?;
            }
            // Back to where it was, which is known: not measured.
            capture(&mut subject.staniel("snapshot", &["--provider", provider], &cache))?;
        }
    }
    Ok(std::iter::once(full).chain(changed).collect())
}

/// Measured from here, since what it prints says how many files were asked about.
fn snapshot(subject: &Subject<'_>, provider: &str, cache: &Cache, row: &mut Edits) -> anyhow::Result<()> {
    let mut command = subject.staniel("snapshot", &["--provider", provider, "--format", "json"], cache);
    let start = Instant::now();
    let output = capture(&mut command)?;
    row.seconds.push(start.elapsed().as_secs_f64());
    let report: serde_json::Value =
        serde_json::from_slice(&output.stdout).context("reading the output of `staniel snapshot`")?;
    row.asked =
        report["work"]["asked"].as_u64().context("`staniel snapshot` does not say how many it asked")?;
    Ok(())
}

/// All hovers of Django beside `ty check`, and of a part of it with ty beside pyright.
fn beside(
    workspace: &Workspace,
    pins: &Pins,
    programs: &Programs,
    report: &mut Report,
) -> anyhow::Result<()> {
    let whole = Subject::copy_of(programs, workspace, pins.project(WHOLE)?)?;
    let part = whole.part(PART)?;
    for number in 0..report.runs {
        eprintln!("all hovers of {WHOLE}: round {} of {}", number + 1, report.runs);
        let [ours, theirs] = &mut report.beside_ty;
        ours.push(whole.measure(&whole.staniel("snapshot", &["--provider", "ty"], &whole.cache()?))?.seconds);
        theirs.push(whole.measure(&whole.ty())?.seconds);
        for (provider, seconds) in ["ty", "pyright"].into_iter().zip(&mut report.beside_pyright) {
            let command = part.staniel("snapshot", &["--provider", provider], &part.cache()?);
            seconds.push(part.measure(&command)?.seconds);
        }
    }
    Ok(())
}

/// The results as Markdown.
impl fmt::Display for Report {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let milliseconds = |seconds: &[f64]| median(seconds).map_or(0.0, |seconds| seconds * 1e3);
        writeln!(f, "Median of {}, {} cpus; {}\n", self.runs, self.cpus, self.programs.join(", "))?;
        writeln!(
            f,
            "| provider | project | places | one by one | each | {CONCURRENT} at a time | each | × |"
        )?;
        writeln!(f, "| :-- | :-- | --: | --: | --: | --: | --: | --: |")?;
        for row in &self.places {
            let (slow, fast) = (milliseconds(&row.one_by_one), milliseconds(&row.concurrent));
            let (provider, size, project, places) = (&row.provider, row.size, &row.project, row.places);
            let each = places as f64;
            writeln!(
                f,
                "| {provider} | {size} ({project}) | {places} | {slow:.0} ms | {:.1} ms | {fast:.0} ms | {:.1} ms | {:.2} |",
                slow / each,
                fast / each,
                paired_ratio(&row.one_by_one, &row.concurrent).unwrap_or_default(),
            )?;
        }
        writeln!(f, "\n| provider | {FILES} files | asked | time |\n| :-- | :-- | --: | --: |")?;
        for row in &self.edits {
            let time = milliseconds(&row.seconds);
            writeln!(f, "| {} | {} | {} | {time:.0} ms |", row.provider, row.step, row.asked)?;
        }
        let [ours, theirs] = &self.beside_ty;
        let ratio = paired_ratio(ours, theirs).unwrap_or_default();
        writeln!(
            f,
            "\nAll hovers of {WHOLE} with ty take {ratio:.2} times as long as `ty check` on the same tree."
        )?;
        let [ours, theirs] = &self.beside_pyright;
        let ratio = paired_ratio(theirs, ours).unwrap_or_default();
        writeln!(f, "All hovers of {PART} take {ratio:.1} times as long with pyright as with ty.")
    }
}
