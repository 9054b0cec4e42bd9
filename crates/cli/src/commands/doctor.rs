//! `staniel doctor`: how staniel sees this machine and this project.

use std::io::Write;
use std::thread;

use anyhow::Result;
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{Engine, ProviderChoice, head_status};
use staniel_facts::SCHEMA;

use crate::args::{DoctorArgs, Format};
use crate::error::Exit;
use crate::session::Session;

#[derive(Serialize)]
struct Report {
    schema: u32,
    version: &'static str,
    system: String,
    cores: usize,
    root: String,
    roots: Vec<String>,
    python: String,
    platform: String,
    prefix: Option<String>,
    site_packages: Vec<String>,
    third_party_modules: usize,
    environment: String,
    provider: String,
    providers: &'static [&'static str],
    cache: Option<String>,
    cache_state: String,
    notices: Vec<String>,
}

impl Report {
    fn new(engine: &Engine) -> Self {
        let project = engine.project();
        let environment = &project.environment;
        let cache = engine.cache_directory();
        Self {
            schema: SCHEMA,
            version: env!("CARGO_PKG_VERSION"),
            system: format!("{} {}", std::env::consts::OS, std::env::consts::ARCH),
            cores: thread::available_parallelism().map_or(1, usize::from),
            root: project.root.to_string(),
            roots: environment
                .roots
                .iter()
                .map(|root| if root.is_root() { "." } else { root.as_str() }.to_owned())
                .collect(),
            python: environment.python.to_string(),
            platform: environment.platform.to_string(),
            prefix: project.interpreter.as_ref().map(|interpreter| interpreter.prefix.to_string()),
            site_packages: environment.site_packages.to_vec(),
            third_party_modules: environment.third_party.len(),
            environment: environment.digest.0.short(),
            provider: engine.provider().to_string(),
            providers: ProviderChoice::NAMES,
            cache: cache.map(ToString::to_string),
            cache_state: cache.map_or_else(
                || "none".to_owned(),
                |cache| format!("{:?}", head_status(cache)).to_lowercase(),
            ),
            notices: project.notices.clone(),
        }
    }
}

pub(crate) fn run(session: &mut Session<'_>, args: &DoctorArgs) -> Result<Exit> {
    let engine = session.open(&args.project.root)?;
    let report = Report::new(&engine);
    let mut out = session.output();
    match args.format {
        Format::Json => {
            serde_json::to_writer(&mut out, &report)?;
            writeln!(out)?;
        }
        Format::Text => text(&report, &mut out)?,
    }
    out.finish()?;
    Ok(Exit::Fine)
}

fn text(report: &Report, out: &mut dyn Write) -> Result<()> {
    let none_found = || "none found: name one with --python, or activate it".to_owned();
    let list = |items: &[String]| if items.is_empty() { "none".to_owned() } else { items.join(", ") };
    let rows = [
        ("staniel", format!("{} on {}, {} cores", report.version, report.system, report.cores)),
        ("project", report.root.clone()),
        ("search paths", list(&report.roots)),
        ("python", format!("{} on {}", report.python, report.platform)),
        ("environment", report.prefix.clone().unwrap_or_else(none_found)),
        ("site-packages", list(&report.site_packages)),
        ("third-party", format!("{} top-level modules", report.third_party_modules)),
        ("digest", report.environment.clone()),
        ("provider", format!("{} (of {})", report.provider, report.providers.join(", "))),
        ("cache", report.cache.clone().unwrap_or_else(|| "none".to_owned())),
        ("cache head", report.cache_state.clone()),
    ];
    for (what, value) in rows {
        writeln!(out, "{what:<14} {}", escape_line(&value))?;
    }
    for notice in &report.notices {
        writeln!(out, "{:<14} {}", "notice", escape_line(notice))?;
    }
    Ok(())
}
