//! What the arguments mean together: options for the engine, a terminal, a way to stop.

use std::collections::BTreeSet;
use std::env;
use std::sync::Arc;
use std::time::Duration;

use anyhow::Result;
use camino::{Utf8Path, Utf8PathBuf};
use crossbeam_channel::Receiver;
use staniel_engine::{
    CacheChoice, Engine, EngineError, Fallback, Imports, Options, Published, ServerOptions, Silent, Summary,
    default_base,
};
use staniel_facts::Cancel;

use crate::args::GlobalArgs;
use crate::error::{UserError, say};
use crate::interrupt::Interrupt;
use crate::isolation::Child;
use crate::output::Output;
use crate::progress::Bar;
use crate::render::names::Names;

/// One run of the program.
pub(crate) struct Session<'a> {
    args: &'a GlobalArgs,
    bar: Option<Arc<Bar>>,
    interrupt: Interrupt,
    /// Notices that were given: each is given once.
    told: BTreeSet<String>,
}

impl<'a> Session<'a> {
    pub(crate) fn new(args: &'a GlobalArgs) -> Self {
        let bar = if args.quiet || args.no_progress { None } else { Bar::for_terminal().map(Arc::new) };
        Self { args, bar, interrupt: Interrupt::listen(), told: BTreeSet::new() }
    }

    /// Raised by Ctrl-C.
    pub(crate) fn cancel(&self) -> &Cancel {
        &self.interrupt.cancel
    }

    /// Does work that ends soon after Ctrl-C by itself.
    pub(crate) fn politely<T>(&mut self, work: impl FnOnce(&mut Self) -> T) -> T {
        let interrupt = self.interrupt.clone();
        interrupt.politely(|| work(self))
    }

    /// Speaks up on Ctrl-C.
    pub(crate) fn interrupted(&self) -> &Receiver<()> {
        &self.interrupt.happened
    }

    /// Standard output.
    pub(crate) fn output(&self) -> Output {
        Output::new(self.args.color)
    }

    /// Whether hints for newcomers are welcome.
    pub(crate) fn is_quiet(&self) -> bool {
        self.args.quiet
    }

    /// Whether each file is asked about in isolation.
    pub(crate) fn is_hermetic(&self) -> bool {
        self.args.hermetic
    }

    /// Below which directory caches lie; `None` with `--no-cache`, and where the system does not say.
    pub(crate) fn cache_base(&self) -> Option<Utf8PathBuf> {
        if self.args.no_cache {
            return None;
        }
        // An empty name is none: that is how a variable is unset for one command.
        let named = self.args.cache_dir.clone().filter(|directory| !directory.as_str().is_empty());
        named.or_else(default_base)
    }

    /// The engine's options for the project at `root`.
    pub(crate) fn options(&self, root: &Utf8Path) -> Options {
        let mut options = Options::new(root);
        options.provider = self.args.provider;
        options.servers = ServerOptions {
            command: self.args.provider_command.clone(),
            search_path: env::var_os("PATH"),
            max_concurrent: self.args.max_concurrent,
            count: self.args.servers,
            deadline: self.args.deadline.map(|seconds| Duration::from_secs(seconds as u64)),
        };
        options.hermetic = self.args.hermetic;
        options.jobs = self.args.jobs;
        options.shuffle = self.args.ask_order;
        options.cache = self.cache_base().map_or(CacheChoice::None, CacheChoice::Base);
        options.overrides.clone_from(&self.args.config);
        options.python.clone_from(&self.args.python);
        options.virtual_env =
            env::var("VIRTUAL_ENV").ok().filter(|path| !path.is_empty()).map(Utf8PathBuf::from);
        options.progress = match &self.bar {
            Some(bar) => Arc::clone(bar) as _,
            None => Arc::new(Silent),
        };
        options.ends_process = true;
        options.isolation = Child::like(&options).map(|child| Arc::new(child) as _);
        options
    }

    /// The engine for commands that want types.
    pub(crate) fn open(&self, root: &Utf8Path) -> Result<Engine, EngineError> {
        Engine::open(self.options(root))
    }

    /// The engine for a command that may go on without it.
    pub(crate) fn open_for_now(&self, root: &Utf8Path) -> Result<Engine, EngineError> {
        Engine::open(Options { ends_process: false, ..self.options(root) })
    }

    /// The engine for commands that are about what is stored, with the store open. Where that is out of reach, an
    /// empty one in memory would only tell lies.
    pub(crate) fn open_stored(&self, root: &Utf8Path) -> Result<Engine> {
        let engine = self.open(root)?;
        let store = engine.open_store();
        if engine.cache_directory().is_some() && store.is_persistent() {
            return Ok(engine);
        }
        let words = store.notices().into_iter().map(|notice| notice.message).next();
        let words = words.unwrap_or_else(|| "this run remembers nothing".to_owned());
        Err(UserError::new(words)
            .hint("this command is about what is stored, and has nothing to say without it")
            .into())
    }

    /// The engine for commands that want no types: whatever snapshot is at hand will do, and where there is
    /// none nobody is asked who takes long to answer.
    pub(crate) fn open_untyped(&self, root: &Utf8Path) -> Result<Engine, EngineError> {
        Engine::open(Options { any_provider: true, ..self.options(root) })
    }

    /// The import map, up to date, for commands that want nothing else.
    pub(crate) fn imports(&mut self, root: &Utf8Path) -> Result<Imports, EngineError> {
        let options = self.options(root);
        let imports = self.politely(|session| Imports::open(options, session.cancel()));
        self.clear_progress();
        let imports = imports?;
        for notice in &imports.project().notices {
            self.notice(notice.clone());
        }
        match imports.skipped().len() {
            0 => {}
            1 => self.notice("one file was not read: `staniel check` says which, and why".to_owned()),
            number => {
                self.notice(format!("{number} files were not read: `staniel check` says which, and why"));
            }
        }
        tracing::info!("{:?}", imports.work());
        Ok(imports)
    }

    /// Stores the import map; what could not be is told.
    pub(crate) fn keep(&mut self, imports: &mut Imports) {
        let fallbacks = imports.save();
        self.clear_progress();
        self.tell_fallbacks(&fallbacks);
    }

    /// Brings the engine up to date, and tells what must be told about it.
    pub(crate) fn refresh(&mut self, engine: &mut Engine) -> Result<Published, EngineError> {
        let published = self.politely(|session| engine.refresh(session.cancel()));
        self.clear_progress();
        let published = published?;
        self.tell(&published.summary);
        Ok(published)
    }

    /// Makes room on the screen.
    pub(crate) fn clear_progress(&self) {
        if let Some(bar) = &self.bar {
            bar.clear();
        }
    }

    /// Notices about a step, on stderr.
    pub(crate) fn tell(&mut self, summary: &Summary) {
        for notice in &summary.notices {
            self.notice(notice.clone());
        }
        self.tell_fallbacks(&summary.fallbacks);
    }

    /// What did not work as it should, on stderr.
    pub(crate) fn tell_fallbacks(&mut self, fallbacks: &[Fallback]) {
        for fallback in fallbacks {
            self.notice(fallback.message.clone());
        }
    }

    /// One notice, the first time that it is given.
    pub(crate) fn notice(&mut self, text: String) {
        if !self.args.quiet && !self.told.contains(&text) {
            say("notice", &text);
            self.told.insert(text);
        }
    }

    /// Waits until everything is stored, for commands that have nothing else to show for themselves.
    pub(crate) fn store(&mut self, engine: &mut Engine) -> Result<()> {
        let fallbacks = engine.flush();
        self.clear_progress();
        match fallbacks.into_iter().find(|fallback| fallback.code == "not-persisted") {
            Some(fallback) => Err(EngineError::NotStored(fallback.message).into()),
            None => Ok(()),
        }
    }

    /// Waits until everything is stored; what could not be is told.
    pub(crate) fn flush(&mut self, engine: &mut Engine) {
        let fallbacks = engine.flush();
        self.clear_progress();
        self.tell_fallbacks(&fallbacks);
    }
}

/// How the engine's project calls its files.
pub(crate) fn names(engine: &Engine) -> Names {
    Names::new(&engine.project().environment.roots)
}
