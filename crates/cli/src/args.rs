//! Arguments as they are written on the command line. What they mean together is `session`'s business.

use camino::Utf8PathBuf;
use clap::builder::NonEmptyStringValueParser;
use clap::{ArgAction, Args as Group, Parser, Subcommand, ValueEnum};
use staniel_engine::{GenerationName, MOST_REQUESTS, MOST_SERVERS, ProviderChoice};
use staniel_facts::{Contexts, PositionEncoding};

const EXAMPLES: &str = "\
Examples:
  staniel snapshot                  analyse this project, store a snapshot, show what changed
  staniel importers shop.cart.Cart  who imports this class
  staniel why shop.cart billing     by which chain of imports it gets there
  staniel graph --collapse 1 -T html > graph.html
  staniel hover shop/cart.py:12:7   what is the thing there
  staniel watch                     stay, and print what each change changes
  staniel check                     unresolved imports, broken files, import cycles";

/// Import maps and type snapshots of Python projects, kept up to date.
#[derive(Debug, Parser)]
#[command(name = "staniel", version, about, after_help = EXAMPLES, max_term_width = 100)]
#[command(disable_help_subcommand = true, infer_subcommands = false)]
pub(crate) struct Args {
    #[command(subcommand)]
    pub(crate) command: Command,
    #[command(flatten)]
    pub(crate) global: GlobalArgs,
}

/// Options that every command understands.
#[derive(Debug, Group)]
#[command(next_help_heading = "Global options")]
pub(crate) struct GlobalArgs {
    /// Who says which types things have
    #[arg(long, global = true, value_name = "NAME", value_parser = provider)]
    pub(crate) provider: Option<ProviderChoice>,

    /// Ask this language server, wherever it lies; with `--provider` it stands in for that one's usual command
    #[arg(long, global = true, value_name = "COMMAND", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) provider_command: Option<String>,

    /// How many requests a language server has at a time; 1 asks one after the other [default: 10]
    #[arg(long, global = true, value_name = "N", value_parser = requests)]
    pub(crate) max_concurrent: Option<usize>,

    /// How many processes of a language server share the files [default: 1]
    #[arg(long, global = true, value_name = "N", value_parser = servers)]
    pub(crate) servers: Option<usize>,

    /// Seconds that a language server may take to start, or say nothing while it is asked [default: 60]
    #[arg(long, global = true, value_name = "SECONDS", value_parser = count)]
    pub(crate) deadline: Option<usize>,

    /// Ask about each file in isolation: the same answers in any order, at ten times the cost
    #[arg(long, global = true)]
    pub(crate) hermetic: bool,

    /// Worker threads; 0 for one per core
    #[arg(long, short, global = true, value_name = "N", default_value_t = 0)]
    pub(crate) jobs: usize,

    /// Interpreter, virtual environment or prefix whose packages are visible
    #[arg(long, global = true, value_name = "PATH")]
    pub(crate) python: Option<Utf8PathBuf>,

    /// Where to remember; each project has a directory of its own below it
    #[arg(long, global = true, value_name = "DIR", env = "STANIEL_CACHE_DIR", hide_env_values = true)]
    pub(crate) cache_dir: Option<Utf8PathBuf>,

    /// Remember nothing, whatever the cache directory
    #[arg(long, global = true)]
    pub(crate) no_cache: bool,

    /// A setting that wins over the configuration file; can be given several times
    #[arg(short = 'c', long = "config", global = true, value_name = "KEY=VALUE", value_parser = setting)]
    pub(crate) config: Vec<(String, String)>,

    /// No notices and no progress
    #[arg(long, short, global = true)]
    pub(crate) quiet: bool,

    /// Say more about what is done, on stderr; up to three times
    #[arg(long, short, global = true, action = ArgAction::Count)]
    pub(crate) verbose: u8,

    /// When to use colours
    #[arg(long, global = true, value_name = "WHEN", default_value = "auto")]
    pub(crate) color: ColourChoice,

    /// No progress on the terminal
    #[arg(long, global = true)]
    pub(crate) no_progress: bool,

    /// Ask about files in the order that this number decides: for tests that no order matters
    #[arg(long, global = true, value_name = "N", hide = true)]
    pub(crate) ask_order: Option<u64>,
}

/// When to use colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ColourChoice {
    /// On a terminal, unless `NO_COLOR` is set
    Auto,
    Always,
    Never,
}

#[derive(Debug, Subcommand)]
pub(crate) enum Command {
    /// Analyse what changed, store a generation, print figures and what differs
    Snapshot(SnapshotArgs),
    /// Who imports whom
    Imports(ImportsArgs),
    /// Who imports a module, a symbol or a file
    Importers(ImportersArgs),
    /// By which chain of imports one module reaches another
    Why(WhyArgs),
    /// Modules that import each other in circles
    Cycles(CyclesArgs),
    /// A picture of who imports whom
    Graph(GraphArgs),
    /// What is defined at one place
    Hover(HoverArgs),
    /// What is defined everywhere, a line each
    Hovers(HoversArgs),
    /// What differs between two stored generations
    Delta(DeltaArgs),
    /// The stored generations
    Snapshots(SnapshotsArgs),
    /// Stay, and print what each change changes
    Watch(WatchArgs),
    /// Findings: unresolved imports, broken and skipped files, import cycles
    Check(CheckArgs),
    /// Look after what is remembered
    Cache(CacheArgs),
    /// How staniel sees this machine and this project
    Doctor(DoctorArgs),
    /// What a rule of `check` is about
    Explain(ExplainArgs),
    /// Completions for a shell
    Completions(CompletionsArgs),
}

/// A project given as an argument.
#[derive(Debug, Group)]
pub(crate) struct RootArg {
    /// The project's directory
    #[arg(default_value = ".")]
    pub(crate) root: Utf8PathBuf,
}

/// A project given as an option, where the arguments are something else.
#[derive(Debug, Group)]
pub(crate) struct RootOption {
    /// The project's directory
    #[arg(long, value_name = "DIR", default_value = ".")]
    pub(crate) root: Utf8PathBuf,
}

/// Which kinds of imports count.
#[derive(Debug, Group)]
#[command(next_help_heading = "Kinds of imports")]
pub(crate) struct KindOptions {
    /// Without imports under `if TYPE_CHECKING`
    #[arg(long)]
    no_typing: bool,
    /// Without imports whose failure is caught
    #[arg(long)]
    no_optional: bool,
    /// Without imports in functions
    #[arg(long)]
    no_deferred: bool,
    /// Without `lazy` imports
    #[arg(long)]
    no_lazy: bool,
    /// Without imports by string: `importlib.import_module("…")`
    #[arg(long)]
    no_dynamic: bool,
}

impl KindOptions {
    pub(crate) fn kinds(&self) -> Kinds {
        let mut excluded = Contexts::empty();
        excluded.set(Contexts::TYPING, self.no_typing);
        excluded.set(Contexts::OPTIONAL, self.no_optional);
        excluded.set(Contexts::DEFERRED, self.no_deferred);
        excluded.set(Contexts::LAZY, self.no_lazy);
        excluded.set(Contexts::DYNAMIC, self.no_dynamic);
        Kinds { excluded }
    }
}

/// Which kinds of imports count: all but those that stand in one of the excluded contexts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Kinds {
    excluded: Contexts,
}

impl Kinds {
    /// Whether an import in these contexts counts.
    pub(crate) fn admit(self, contexts: Contexts) -> bool {
        !contexts.intersects(self.excluded)
    }
}

/// In what units `range` counts characters.
#[derive(Debug, Group)]
pub(crate) struct EncodingOption {
    /// In what units `range` counts characters
    #[arg(long, value_name = "ENCODING", default_value = "utf-16")]
    position_encoding: EncodingChoice,
}

impl EncodingOption {
    pub(crate) fn encoding(&self) -> PositionEncoding {
        match self.position_encoding {
            EncodingChoice::Utf8 => PositionEncoding::Utf8,
            EncodingChoice::Utf16 => PositionEncoding::Utf16,
            EncodingChoice::Utf32 => PositionEncoding::Utf32,
        }
    }
}

#[derive(Clone, Copy, Debug, ValueEnum)]
enum EncodingChoice {
    #[value(name = "utf-8")]
    Utf8,
    #[value(name = "utf-16")]
    Utf16,
    #[value(name = "utf-32")]
    Utf32,
}

/// Text for people, JSON for programs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum Format {
    Text,
    Json,
}

#[derive(Debug, Group)]
pub(crate) struct SnapshotArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Show all of the delta, however long
    #[arg(long)]
    pub(crate) all: bool,
    /// What to call the generation: it is kept until it is removed, and found by this name
    #[arg(long)]
    pub(crate) name: Option<GenerationName>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportsFormat {
    Text,
    Json,
    /// What `ruff analyze graph` prints
    Ruff,
}

#[derive(Debug, Group)]
pub(crate) struct ImportsArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: ImportsFormat,
    /// Also what is not written: parent packages, and names that star imports bring
    #[arg(long)]
    pub(crate) implicit: bool,
    #[command(flatten)]
    pub(crate) encoding: EncodingOption,
    #[command(flatten)]
    pub(crate) kinds: KindOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum ImportersFormat {
    Text,
    Json,
    /// The importing files, a line each
    Paths,
}

#[derive(Debug, Group)]
pub(crate) struct ImportersArgs {
    /// A module, a symbol (`pkg.module.Class`, where it is defined or where it is re-exported), or a path
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) target: String,
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: ImportersFormat,
    /// Only who writes this very name: not who reaches it through re-exports or star imports
    #[arg(long, conflicts_with = "implicit")]
    pub(crate) direct: bool,
    /// Also who imports it without writing so: through a module below it
    #[arg(long)]
    pub(crate) implicit: bool,
    #[command(flatten)]
    pub(crate) encoding: EncodingOption,
    #[command(flatten)]
    pub(crate) kinds: KindOptions,
}

#[derive(Debug, Group)]
pub(crate) struct WhyArgs {
    /// Who imports: a module, a package with all that is in it, or a path
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) from: String,
    /// What is imported: likewise, or a module from elsewhere
    #[arg(value_parser = NonEmptyStringValueParser::new())]
    pub(crate) to: String,
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// All shortest chains, not one of them
    #[arg(long)]
    pub(crate) all: bool,
    /// Also by way of what is not written: parent packages, and names that star imports bring
    #[arg(long)]
    pub(crate) implicit: bool,
    #[command(flatten)]
    pub(crate) kinds: KindOptions,
}

#[derive(Debug, Group)]
pub(crate) struct CyclesArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Also by way of what is not written: parent packages, and names that star imports bring
    #[arg(long)]
    pub(crate) implicit: bool,
    #[command(flatten)]
    pub(crate) kinds: KindOptions,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum GraphFormat {
    Text,
    /// For Graphviz
    Dot,
    Mermaid,
    Json,
    /// What `ruff analyze graph` prints
    Ruff,
    /// A picture
    Svg,
    /// A picture to look around in: one file that needs nothing else
    Html,
}

#[derive(Debug, Group)]
pub(crate) struct GraphArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, short = 'T', alias = "type", default_value = "text")]
    pub(crate) format: GraphFormat,
    /// Only what this module or package imports, and what imports it; can be given several times
    #[arg(long, value_name = "MODULE", value_parser = NonEmptyStringValueParser::new())]
    pub(crate) focus: Vec<String>,
    /// How many steps away from the focus
    #[arg(long, value_name = "N", requires = "focus")]
    pub(crate) depth: Option<usize>,
    /// One box for each package of N name parts, with all that is in it
    #[arg(long, value_name = "N", value_parser = clap::value_parser!(u32).range(1..))]
    pub(crate) collapse: Option<u32>,
    /// From what is imported to its importers
    #[arg(long)]
    pub(crate) reverse: bool,
    /// Also what is not written: parent packages, and names that star imports bring
    #[arg(long)]
    pub(crate) implicit: bool,
    #[command(flatten)]
    pub(crate) kinds: KindOptions,
}

#[derive(Debug, Group)]
pub(crate) struct HoverArgs {
    /// FILE:LINE or FILE:LINE:COL, counted from 1 as editors show them; with `--positions`, the project's directory
    #[arg(value_name = "FILE:LINE[:COL]", required_unless_present = "positions")]
    pub(crate) place: Option<String>,
    /// Many places of one project: JSON lines `{"path":"x.py","line":0,"character":4}`, counted from 0 as editors'
    /// protocols do; `-` for standard input. Answered in the same order, a JSON line each
    #[arg(long, value_name = "FILE")]
    pub(crate) positions: Option<Utf8PathBuf>,
    /// The project's directory, if it is not found from the file's
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<Utf8PathBuf>,
    /// `text` for people or `json`; always `jsonl` with `--positions`
    #[arg(long)]
    pub(crate) format: Option<HoverFormat>,
    #[command(flatten)]
    pub(crate) encoding: EncodingOption,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HoverFormat {
    Text,
    Json,
    /// With `--positions`: a JSON object per line
    Jsonl,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum HoversFormat {
    /// A JSON object per line
    Jsonl,
    Text,
}

#[derive(Debug, Group)]
pub(crate) struct HoversArgs {
    /// Files and directories; everything, if none are given
    pub(crate) paths: Vec<Utf8PathBuf>,
    /// The project's directory, if it is not found from the paths
    #[arg(long, value_name = "DIR")]
    pub(crate) root: Option<Utf8PathBuf>,
    #[arg(long, default_value = "jsonl")]
    pub(crate) format: HoversFormat,
    #[command(flatten)]
    pub(crate) encoding: EncodingOption,
}

#[derive(Debug, Group)]
pub(crate) struct DeltaArgs {
    /// A generation's number or name, or a snapshot file; the parent of TO, if it is not given
    pub(crate) from: Option<String>,
    /// Likewise; the latest generation, if it is not given
    pub(crate) to: Option<String>,
    #[command(flatten)]
    pub(crate) project: RootOption,
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
    /// Show all of it, however long
    #[arg(long)]
    pub(crate) all: bool,
}

#[derive(Debug, Group)]
pub(crate) struct SnapshotsArgs {
    #[command(subcommand)]
    pub(crate) action: SnapshotsAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum SnapshotsAction {
    /// All stored generations, oldest first
    List {
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// One generation's circumstances and figures
    Show {
        /// Its number or its name, or a snapshot file
        generation: String,
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Remove generations
    Rm {
        /// Their numbers or names
        #[arg(required = true)]
        generations: Vec<String>,
        #[command(flatten)]
        project: RootOption,
    },
    /// Give a generation a name; it is kept as long as it has one
    Name {
        /// Its number, or another name of it
        #[arg(required_unless_present = "remove")]
        generation: Option<String>,
        /// Letters, digits and any of `._-+`; one that another generation has moves
        #[arg(required_unless_present = "remove")]
        name: Option<GenerationName>,
        /// Take this name away from whichever generation has it
        #[arg(long, value_name = "NAME", conflicts_with_all = ["generation", "name"])]
        remove: Option<GenerationName>,
        #[command(flatten)]
        project: RootOption,
    },
    /// Remove all but the newest generations and those with a name, and make room on disk
    Gc {
        /// How many to keep; the newest of each provider stays in any case
        #[arg(long, value_name = "N")]
        keep: usize,
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Write a generation into one file that can be carried elsewhere
    Export {
        /// Its number or its name; the latest, if it is not given
        generation: Option<String>,
        /// Where to write it
        #[arg(long, short, value_name = "FILE")]
        output: Utf8PathBuf,
        /// Only these files, directories and globs (`src/**/api_*.py`), relative to the project: a part, which
        /// `merge` joins with others
        #[arg(long, value_name = "PATH|GLOB", num_args = 1..)]
        files: Vec<String>,
        #[command(flatten)]
        project: RootOption,
    },
    /// Keep a snapshot file beside the generations of this project, to show it and to compare with it
    Import {
        /// What `export` or `merge` wrote
        file: Utf8PathBuf,
        /// What to call it
        #[arg(long)]
        name: Option<GenerationName>,
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Join parts that were exported from one project into one file; their order does not matter
    Merge {
        /// What `export` or `merge` wrote
        #[arg(required = true, value_name = "FILE")]
        parts: Vec<Utf8PathBuf>,
        /// Where to write what they come to
        #[arg(long, short, value_name = "FILE")]
        output: Utf8PathBuf,
    },
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum WatchFormat {
    Text,
    /// A JSON object per change; ends when standard input does, if that is a pipe
    Jsonl,
}

#[derive(Debug, Group)]
pub(crate) struct WatchArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: WatchFormat,
    /// Look at regular intervals instead of waiting to be told: for network file systems
    #[arg(long)]
    pub(crate) poll: bool,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
pub(crate) enum CheckFormat {
    /// With the lines they are about
    Full,
    /// A line each
    Concise,
    Json,
}

#[derive(Debug, Group)]
pub(crate) struct CheckArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "full")]
    pub(crate) format: CheckFormat,
    /// Findings are no reason to fail
    #[arg(long)]
    pub(crate) exit_zero: bool,
    #[command(flatten)]
    pub(crate) encoding: EncodingOption,
}

#[derive(Debug, Group)]
pub(crate) struct CacheArgs {
    #[command(subcommand)]
    pub(crate) action: CacheAction,
}

#[derive(Debug, Subcommand)]
pub(crate) enum CacheAction {
    /// Where the project's cache lies
    Dir {
        #[command(flatten)]
        project: RootOption,
    },
    /// What is in it
    Stats {
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Check every row, drop damaged ones
    Verify {
        #[command(flatten)]
        project: RootOption,
        #[arg(long, default_value = "text")]
        format: Format,
    },
    /// Remove it
    Clean {
        #[command(flatten)]
        project: RootOption,
    },
}

#[derive(Debug, Group)]
pub(crate) struct DoctorArgs {
    #[command(flatten)]
    pub(crate) project: RootArg,
    #[arg(long, default_value = "text")]
    pub(crate) format: Format,
}

#[derive(Debug, Group)]
pub(crate) struct ExplainArgs {
    /// The rule's name; all of them are listed, if none is given
    pub(crate) code: Option<String>,
}

#[derive(Debug, Group)]
pub(crate) struct CompletionsArgs {
    pub(crate) shell: clap_complete::Shell,
}

fn provider(name: &str) -> Result<ProviderChoice, String> {
    name.parse::<ProviderChoice>().map_err(|error| {
        match staniel_check::nearest(name, ProviderChoice::NAMES.iter().copied()) {
            Some(meant) => format!("{error}; did you mean `{meant}`?"),
            None => error.to_string(),
        }
    })
}

fn count(text: &str) -> Result<usize, String> {
    text.parse()
        .ok()
        .filter(|&count| count > 0)
        .ok_or_else(|| "a positive number is expected here".to_owned())
}

fn requests(text: &str) -> Result<usize, String> {
    at_most(MOST_REQUESTS, text)
}

fn servers(text: &str) -> Result<usize, String> {
    at_most(MOST_SERVERS, text)
}

fn at_most(most: usize, text: &str) -> Result<usize, String> {
    let number = text.parse().ok().filter(|number| (1..=most).contains(number));
    number.ok_or_else(|| format!("a number from 1 to {most} is expected here"))
}

fn setting(text: &str) -> Result<(String, String), String> {
    let (key, value) =
        text.split_once('=').ok_or("a setting is written KEY=VALUE, for example `-c provider=declared`")?;
    Ok((key.trim().to_owned(), value.trim().to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use clap::CommandFactory;

    #[test]
    fn the_arguments_do_not_contradict_each_other() {
        Args::command().debug_assert();
    }

    #[test]
    fn mistakes_are_explained() {
        let error = |arguments: &[&str]| Args::try_parse_from(arguments).unwrap_err().to_string();
        assert!(
            error(&["staniel", "snapshot", "--provider", "declard"]).contains("did you mean `declared`?")
        );
        assert!(error(&["staniel", "snapshot", "-c", "provider"]).contains("KEY=VALUE"));
        assert!(error(&["staniel", "snapshots"]).contains("Usage"));
        for number in ["0", "1001", "4000000000", "99999999999999999999", "-1"] {
            let concurrent = format!("--max-concurrent={number}");
            assert!(error(&["staniel", "snapshot", &concurrent]).contains("a number from 1 to 1000"));
        }
        assert!(error(&["staniel", "snapshot", "--servers", "65"]).contains("a number from 1 to 64"));
    }

    #[test]
    fn global_options_stand_anywhere() {
        let args =
            Args::try_parse_from(["staniel", "-q", "imports", "x", "--provider", "declared", "-j2"]).unwrap();
        assert!(args.global.quiet);
        assert_eq!((args.global.provider, args.global.jobs), (Some(ProviderChoice::Declared), 2));
    }
}
