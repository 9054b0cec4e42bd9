//! `staniel doctor`: how staniel sees this machine and this project.

use std::env;
use std::io::Write;
use std::thread;

use anyhow::Result;
use serde::Serialize;
use staniel_check::escape_line;
use staniel_engine::{
    Engine, EngineError, Installed, Options, ProviderChoice, Server, find_server, head_status,
};
use staniel_facts::SCHEMA;

use crate::args::{DoctorArgs, Format};
use crate::error::Exit;
use crate::session::Session;

/// A language server that is known by name.
#[derive(Serialize)]
struct ServerRow {
    name: &'static str,
    #[serde(skip_serializing_if = "Option::is_none")]
    version: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    program: Option<String>,
    /// Why it cannot be asked.
    #[serde(skip_serializing_if = "Option::is_none")]
    missing: Option<String>,
}

impl ServerRow {
    fn all(engine: &Engine) -> Vec<Self> {
        let path = env::var_os("PATH");
        let known = Server::ALL.into_iter().filter(|&server| server != Server::Other);
        known
            .map(|server| {
                let name = server.name();
                match find_server(server, &engine.project().root, path.as_deref(), None) {
                    Ok(Installed { version, program, .. }) => Self {
                        name,
                        version: Some(version),
                        program: Some(program.into_string()),
                        missing: None,
                    },
                    Err(error) => {
                        Self { name, version: None, program: None, missing: Some(error.to_string()) }
                    }
                }
            })
            .collect()
    }
}

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
    servers: Vec<ServerRow>,
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
            servers: ServerRow::all(engine),
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
    let root = &args.project.root;
    let (engine, trouble) = match session.open(root) {
        // What is wrong with a server is what people come here to learn.
        Err(error @ (EngineError::Server(_) | EngineError::Untrusted(_))) => {
            let options = Options { provider: Some(ProviderChoice::Declared), ..session.options(root) };
            (Engine::open(options)?, Some(error.to_string()))
        }
        engine => (engine?, None),
    };
    let mut report = Report::new(&engine);
    report.notices.extend(trouble);
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
    for ServerRow { name, version, program, missing } in &report.servers {
        let found = version.iter().zip(program).map(|(version, program)| format!("{version}, {program}"));
        let said = found.chain(missing.clone()).collect::<String>();
        writeln!(out, "{name:<14} {}", escape_line(&said))?;
    }
    for notice in &report.notices {
        writeln!(out, "{:<14} {}", "notice", escape_line(notice))?;
    }
    Ok(())
}
