//! Small projects for tests, resolved by hand: what is tested here is the rules, not the resolver.

use std::collections::BTreeMap;
use std::sync::Arc;

use staniel_facts::{
    ContentHash, Contexts, Coverage, Diagnostic, DiagnosticCode, Edge, EdgeContent, Environment, FileFacts,
    FileRecord, Import, ImportFacts, LineIndex, ModuleName, Outline, Provenance, RelPath, Snapshot, Span,
    TargetClass,
};

use crate::{Finding, Subject, check};

pub(crate) struct Fixture {
    pub(crate) snapshot: Snapshot,
    pub(crate) environment: Environment,
    texts: BTreeMap<RelPath, Arc<str>>,
}

impl Fixture {
    /// Files from paths and texts. Each line `import m` or `from m import n` is an import; one that ends
    /// with a comment is under the contexts it names. A line `!` is a syntax error. Modules that are among
    /// the files are first-party, `sys` is the standard library's, `.…` and others lead nowhere.
    pub(crate) fn new(files: &[(&str, &str)]) -> Self {
        let environment = Environment { roots: Box::new([RelPath::root()]), ..Environment::default() };
        let paths: Vec<_> = files.iter().map(|(path, _)| RelPath::new(path).unwrap()).collect();
        let by_module: BTreeMap<_, _> = paths
            .iter()
            .filter_map(|path| Some((crate::module_of(path, &environment.roots)?, path.clone())))
            .collect();
        let mut snapshot = Snapshot::new(Arc::new(Provenance::default()), true);
        for (path, (_, text)) in paths.iter().zip(files) {
            snapshot.set(path.clone(), Coverage::Present(Arc::new(record(text, &by_module))));
        }
        let texts = paths.into_iter().zip(files.iter().map(|(_, text)| Arc::from(*text))).collect();
        Self { snapshot, environment, texts }
    }

    pub(crate) fn text(&self, path: &RelPath) -> Option<Arc<str>> {
        self.texts.get(path).cloned()
    }

    pub(crate) fn findings(&self) -> Vec<Finding> {
        let texts = |path: &RelPath| self.text(path);
        check(Subject { snapshot: &self.snapshot, environment: &self.environment, texts: &texts })
    }
}

fn record(text: &str, by_module: &BTreeMap<ModuleName, RelPath>) -> FileRecord {
    let (mut imports, mut edges, mut diagnostics) = (Vec::new(), Vec::new(), Vec::new());
    let mut at = 0;
    for line in text.split_inclusive('\n') {
        let (code, comment) = line.trim_end().split_once("  # ").unwrap_or((line.trim_end(), ""));
        let words: Vec<_> = code.split_whitespace().collect();
        let start = at + line.len() - line.trim_start().len();
        let statement = Span::new(start, at + code.len());
        at += line.len();
        let (written, symbol) = match words[..] {
            ["import", module] => (module, None),
            ["from", module, "import", symbol] => (module, Some(symbol)),
            ["!"] => {
                let message = "this is not Python".into();
                diagnostics.push(Diagnostic { code: DiagnosticCode::SyntaxError, message, span: statement });
                continue;
            }
            _ => continue,
        };
        let contexts = match comment {
            "typing" => Contexts::TYPING,
            "optional" => Contexts::OPTIONAL,
            "deferred" => Contexts::DEFERRED,
            _ => Contexts::empty(),
        };
        let module = ModuleName::new(written);
        let level = (written.len() - written.trim_start_matches('.').len()) as u32;
        let name =
            Span::new((statement.end as usize) - symbol.unwrap_or(written).len(), statement.end as usize);
        let resolved = by_module.get(&module).cloned();
        let class = match (&resolved, written) {
            (Some(_), _) => TargetClass::FirstParty,
            (None, "sys") => TargetClass::Stdlib,
            _ => TargetClass::Unresolved,
        };
        let content = EdgeContent {
            module: module.clone(),
            symbol: symbol.map(Into::into),
            class,
            resolved,
            stub: None,
            origin: None,
            contexts,
            implicit: false,
        };
        edges.push(Edge { content: Arc::new(content), import: imports.len() as u32 });
        let module = ModuleName::new(written.trim_start_matches('.'));
        imports.push(Import {
            level,
            module,
            symbol: symbol.map(Into::into),
            alias: None,
            contexts,
            statement,
            name,
        });
    }
    let facts = FileFacts {
        imports: Arc::new(ImportFacts { imports: imports.into(), ..ImportFacts::default() }),
        outline: Arc::new(Outline { lines: LineIndex::new(text), ..Outline::default() }),
        diagnostics: diagnostics.into(),
        ..FileFacts::default()
    };
    FileRecord::new(ContentHash::of(text.as_bytes()), Arc::new(facts), edges.into(), None)
}
