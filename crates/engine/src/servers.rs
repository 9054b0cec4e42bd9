//! Language servers: who is chosen, where it is, and what its answers depend on besides the world.

use staniel_facts::{EnvironmentDigest, digest_of};
use staniel_project::Project;
use staniel_provider_lsp::{Installed, LspOptions, Server, configuration_digest, find, outside};

use crate::engine::project_options;
use crate::error::EngineError;
use crate::options::{Options, ProviderChoice};

/// No machine has use for more processes, and a project's configuration may ask for any number.
const MOST_SERVERS: usize = 64;

/// A project, and who answers for it.
pub(crate) struct Settled {
    /// For a server its own configuration is part of the environment.
    pub(crate) project: Project,
    pub(crate) choice: ProviderChoice,
    pub(crate) server: Option<Installed>,
}

/// Loads the project and finds whoever is to answer. Starts nothing.
pub(crate) fn settle(options: &Options) -> Result<Settled, EngineError> {
    let mut project = staniel_project::load(&project_options(options))?;
    if options.any_provider && options.provider.is_none() {
        return Ok(Settled { project, choice: ProviderChoice::Declared, server: None });
    }
    let choice = choice(options, &project)?;
    let ProviderChoice::Server(server) = choice else { return Ok(Settled { project, choice, server: None }) };
    let (command, path) = (options.servers.command.as_deref(), options.servers.search_path.as_deref());
    let installed = find(server, &project.root, path, command)?;
    let digest = &mut project.environment.digest;
    let configuration = configuration_digest(server, &project.root);
    *digest = EnvironmentDigest(digest_of("staniel 2026 environment of a server", &(*digest, configuration)));
    Ok(Settled { project, choice, server: Some(installed) })
}

/// Whom the options, or else the configuration, want to answer.
fn choice(options: &Options, project: &Project) -> Result<ProviderChoice, EngineError> {
    let choice = match (options.provider, &project.config.provider) {
        (Some(choice), _) => return Ok(choice),
        _ if options.servers.command.is_some() => return Ok(ProviderChoice::Server(Server::Other)),
        (None, Some(configured)) => configured.as_str().parse()?,
        (None, None) => return Ok(ProviderChoice::default()),
    };
    // pyrefly runs the interpreter, and the build system, that its configuration names.
    let is_users = options.overrides.iter().any(|(key, _)| key == "provider");
    if choice == ProviderChoice::Server(Server::Pyrefly) && !is_users {
        return Err(EngineError::Untrusted(choice));
    }
    Ok(choice)
}

/// How a server is asked about a project.
pub(crate) fn lsp_options(server: Installed, options: &Options, project: &Project) -> LspOptions {
    let (asked, config) = (&options.servers, &project.config);
    let mut lsp = LspOptions::new(server, project.root.clone());
    lsp.prefix = project.interpreter.as_ref().map(|interpreter| interpreter.prefix.clone());
    lsp.search_path = outside(&project.root, asked.search_path.as_deref());
    lsp.max_concurrent = asked.max_concurrent.or(config.max_concurrent).unwrap_or(lsp.max_concurrent);
    lsp.servers = asked.count.or(config.servers).unwrap_or(lsp.servers).min(MOST_SERVERS);
    if let Some(deadline) = asked.deadline {
        (lsp.start_deadline, lsp.deadline) = (deadline, deadline);
    }
    lsp
}
