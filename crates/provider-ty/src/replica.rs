//! The salsa database that ty's queries run on, and the one query of our own.

use std::sync::Arc;

use camino::Utf8Path;
use ruff_db::diagnostic::Diagnostic;
use ruff_db::files::{File, FileRootKind, Files, system_path_to_file};
use ruff_db::system::{System, SystemPathBuf};
use ruff_db::vendored::VendoredFileSystem;
use ruff_python_ast::PythonVersion;
use salsa::Database as _;
use staniel_facts::{RelPath, World};
use staniel_provider::Sources;
use ty_module_resolver::{SearchPathSettings, UseDefaultStrategy};
use ty_python_core::platform::PythonPlatform;
use ty_python_core::program::ProgramSettings;
use ty_python_core::{Program, ProgramFile};
use ty_python_semantic::lint::{LintRegistry, RuleSelection};
use ty_python_semantic::{
    AnalysisSettings, PythonVersionSource, PythonVersionWithSource, default_lint_registry,
};

use crate::system::{OpenedLog, WorldSystem};
use crate::types::{Types, inferred_types};

/// What our own query needs besides what ty's queries need.
#[salsa::db]
pub(crate) trait Db: ty_python_semantic::Db {
    fn settings(&self) -> &ProgramSettings;
}

/// ty's view of one world in one environment.
///
/// Clones are handles on the same memory, one for each thread. While a second handle lives, a write waits
/// for it for ever: drop them first.
#[salsa::db]
#[derive(Clone)]
pub(crate) struct Replica {
    files: Files,
    system: WorldSystem,
    settings: Arc<ProgramSettings>,
    rules: Arc<RuleSelection>,
    analysis: Arc<AnalysisSettings>,
    storage: salsa::Storage<Self>,
}

impl Replica {
    /// A database that knows nothing yet. Cost: under a millisecond; ty reads the standard library's stubs
    /// when they are first needed.
    pub(crate) fn new(
        root: &Utf8Path,
        world: World,
        sources: Arc<dyn Sources>,
        log_opened: Option<OpenedLog>,
    ) -> Self {
        let environment = Arc::clone(&world.environment);
        let system = WorldSystem::new(root, world, sources, log_opened);
        let search_paths = SearchPathSettings {
            src_roots: environment.roots.iter().map(|root| system.path_of(root)).collect(),
            site_packages_paths: environment.site_packages.iter().map(|path| path.as_str().into()).collect(),
            ..SearchPathSettings::empty()
        };
        // Never fails: a directory that is not there is left out.
        let Ok(search_paths) =
            search_paths.to_search_paths(&system, ty_vendored::file_system(), &UseDefaultStrategy);
        let python = environment.python;
        let replica = Self {
            files: Files::default(),
            system,
            settings: Arc::new(ProgramSettings {
                python_version: PythonVersionWithSource {
                    version: PythonVersion { major: python.major, minor: python.minor },
                    source: PythonVersionSource::Default,
                },
                python_platform: match environment.platform.as_str() {
                    "" => PythonPlatform::All,
                    platform => PythonPlatform::from(platform.to_owned()),
                },
                search_paths,
            }),
            rules: Arc::new(RuleSelection::from_registry(default_lint_registry())),
            analysis: Arc::default(),
            storage: salsa::Storage::new(None),
        };
        // The project's root first: what lies under it changes often, and the first root that covers a path
        // decides how ty expects it to change.
        let root = replica.system.current_directory().to_path_buf();
        replica.files.try_add_root(&replica, &root, FileRootKind::Project);
        replica.settings.search_paths.try_register_static_roots(&replica);
        replica
    }

    /// See [`WorldSystem::stale`].
    pub(crate) fn stale(&self) -> Option<RelPath> {
        self.system.stale()
    }

    /// The next world, of the same environment. `changed` names every path whose state differs.
    pub(crate) fn advance(&mut self, world: World, changed: &[RelPath]) {
        self.system.set_world(world);
        let mut paths: Vec<RelPath> = Vec::new();
        for path in changed {
            // A new file may bring its directories into being, and the last one takes them along: a
            // directory's listing is what tells ty that an import can be resolved by now.
            paths.extend(std::iter::successors(Some(path.clone()), RelPath::parent));
        }
        paths.sort();
        paths.dedup();
        for path in paths {
            let path = self.system.path_of(&path);
            File::sync_path_only(self, &path);
        }
    }

    /// Begins an empty revision: what only the old one held is freed now, not when somebody waits for the
    /// answer to an edit.
    pub(crate) fn turn_over(&mut self) {
        self.synthetic_write(salsa::Durability::LOW);
    }

    /// Where ty sees `path`.
    pub(crate) fn path_of(&self, path: &RelPath) -> SystemPathBuf {
        self.system.path_of(path)
    }

    /// Which file of the world `file` is, if it is one.
    pub(crate) fn path_in_world(&self, file: File) -> Option<RelPath> {
        self.system.path_in_world(file.path(self).as_system_path()?)
    }

    /// The types of everything `path` defines; nothing where ty has no such file.
    pub(crate) fn types(&self, path: &RelPath) -> Option<&Types> {
        let path = self.system.path_of(path);
        let file = system_path_to_file(self, &path).ok()?;
        Some(inferred_types(self, file))
    }
}

/// The settings under which every file is read.
#[salsa::tracked(returns(copy))]
fn whole_program(db: &dyn Db) -> Program<'_> {
    Program::from_settings(db, db.settings())
}

#[salsa::db]
impl Db for Replica {
    fn settings(&self) -> &ProgramSettings {
        &self.settings
    }
}

#[salsa::db]
impl ruff_db::Db for Replica {
    fn vendored(&self) -> &VendoredFileSystem {
        ty_vendored::file_system()
    }

    fn system(&self) -> &dyn System {
        &self.system
    }

    fn files(&self) -> &Files {
        &self.files
    }
}

#[salsa::db]
impl ty_module_resolver::Db for Replica {}

#[salsa::db]
impl ty_python_core::Db for Replica {
    /// Never: nobody reads ty's diagnostics here, and looking for them is half of its work.
    fn should_check_file(&self, _file: File) -> bool {
        false
    }
}

#[salsa::db]
impl ty_python_semantic::Db for Replica {
    fn check_file(&self, _file: File) -> Vec<Diagnostic> {
        Vec::new()
    }

    fn program_file(&self, file: File) -> ProgramFile<'_> {
        whole_program(self).program_file(self, file)
    }

    fn python_version_with_source(&self, _file: File) -> &PythonVersionWithSource {
        &self.settings.python_version
    }

    fn rule_selection(&self, _file: File) -> &RuleSelection {
        &self.rules
    }

    fn lint_registry(&self) -> &LintRegistry {
        default_lint_registry()
    }

    fn analysis_settings(&self, _file: File) -> &AnalysisSettings {
        &self.analysis
    }

    fn verbose(&self) -> bool {
        false
    }

    fn is_open_file(&self, _file: File) -> bool {
        false
    }

    fn dyn_clone(&self) -> Box<dyn ty_python_semantic::Db> {
        Box::new(self.clone())
    }
}

#[salsa::db]
impl salsa::Database for Replica {}
