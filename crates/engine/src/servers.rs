//! Language servers: who is chosen, where it is, and what its answers depend on besides the world.

use rustc_hash::FxHashMap;
use staniel_facts::{EnvironmentDigest, RelPath, digest_of};
use staniel_graph::Graph;
use staniel_project::Project;
use staniel_provider_lsp::{Installed, Known, LspOptions, Server, configuration_digest, find, outside};

use crate::engine::project_options;
use crate::error::EngineError;
use crate::options::{Options, ProviderChoice};

/// No machine has use for more processes, and a project's configuration may ask for any number.
pub const MOST_SERVERS: usize = 64;

/// The same for requests that a server has at a time; fifty bring nearly nothing that ten do not.
pub const MOST_REQUESTS: usize = 1_000;

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
    let environment = &project.environment;
    let known = Known {
        roots: environment.roots.iter().map(|root| project.root.join(root.as_str())).collect(),
        prefix: project.interpreter.as_ref().map(|interpreter| interpreter.prefix.clone()),
        site_packages: environment.site_packages.iter().map(Into::into).collect(),
    };
    let configuration = configuration_digest(server, &project.root, &known)?;
    let digest = &mut project.environment.digest;
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
    let requests = asked.max_concurrent.or(config.max_concurrent).unwrap_or(lsp.max_concurrent);
    let servers = asked.count.or(config.servers).unwrap_or(lsp.servers);
    (lsp.max_concurrent, lsp.servers) = (requests.min(MOST_REQUESTS), servers.min(MOST_SERVERS));
    if let Some(deadline) = asked.deadline {
        (lsp.start_deadline, lsp.deadline) = (deadline, deadline);
    }
    lsp
}

/// The weakly connected components that `paths` lie in, by number; what is installed connects nobody. Cost: linear in
/// the nodes and edges of those components.
pub(crate) fn components<'a>(
    graph: &Graph,
    paths: impl Iterator<Item = &'a RelPath>,
) -> FxHashMap<RelPath, usize> {
    let mut components: FxHashMap<RelPath, usize> = FxHashMap::default();
    let mut pending: Vec<&RelPath> = Vec::new();
    for (number, path) in paths.enumerate() {
        pending.push(path);
        while let Some(path) = pending.pop() {
            if path.is_root() || components.contains_key(path) {
                continue;
            }
            components.insert(path.clone(), number);
            pending.extend(graph.successors(path).chain(graph.predecessors(path)));
        }
    }
    components
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::options::ServerOptions;

    #[test]
    fn a_project_cannot_ask_for_any_number() {
        let directory = tempfile::tempdir().unwrap();
        let root = camino::Utf8Path::from_path(directory.path()).unwrap();
        let lsp = |config: &str, asked: ServerOptions| {
            std::fs::write(root.join("staniel.toml"), config).unwrap();
            let options = Options { servers: asked, ..Options::new(root) };
            let project = staniel_project::load(&project_options(&options)).unwrap();
            let (program, args) = ("/server".into(), Vec::new());
            let server = Installed { server: Server::Other, program, args, version: String::new() };
            let lsp = lsp_options(server, &options, &project);
            (lsp.max_concurrent, lsp.servers)
        };
        let nobody = ServerOptions::default;
        assert_eq!(lsp("", nobody()), (10, 1));
        assert_eq!(lsp("max-concurrent = 999\nservers = 63", nobody()), (999, 63));
        let greedy = "max-concurrent = 4_000_000_000\nservers = 4_000_000_000";
        assert_eq!(lsp(greedy, nobody()), (MOST_REQUESTS, MOST_SERVERS));
        let (max_concurrent, count) = (Some(4_000_000_000), Some(4_000_000_000));
        let asked = ServerOptions { max_concurrent, count, ..nobody() };
        assert_eq!(lsp(greedy, asked), (MOST_REQUESTS, MOST_SERVERS));
        let asked = ServerOptions { max_concurrent: Some(3), count: Some(2), ..nobody() };
        assert_eq!(lsp(greedy, asked), (3, 2));
    }

    #[test]
    fn components_follow_imports_both_ways_but_not_through_what_is_installed() {
        let path = |name: &str| RelPath::new(name).unwrap();
        let mut graph = Graph::new();
        graph.set(&path("a"), &[path("shared"), RelPath::root()]);
        graph.set(&path("b"), &[path("shared")]);
        graph.set(&path("c"), &[RelPath::root()]);
        let paths = ["a", "b", "c", "alone"].map(path);
        let components = components(&graph, paths.iter());
        assert_eq!(paths.map(|path| components[&path]), [0, 0, 2, 3]);
    }
}
