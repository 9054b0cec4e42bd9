//! Whose keys change after which edits, for each way to look, without a type checker.

use std::collections::HashMap;
use std::sync::Mutex;

use proptest::prelude::*;
use staniel_facts::{Environment, ImportFacts, SourceKind};

use super::*;

/// Contents by hash.
#[derive(Default)]
struct Texts(Mutex<HashMap<ContentHash, Arc<FileFacts>>>);

impl FactSource for Texts {
    fn import_facts(&self, path: &RelPath, hash: ContentHash) -> Arc<ImportFacts> {
        Arc::clone(&self.facts(path, hash).imports)
    }

    fn facts(&self, _path: &RelPath, hash: ContentHash) -> Arc<FileFacts> {
        Arc::clone(&self.0.lock().expect("no panic while it is held")[&hash])
    }
}

/// A world, and an analysis of it for each reach that looks at other files.
struct Living {
    texts: Arc<Texts>,
    world: World,
    analyses: [(Reach, Analysis); 3],
}

const REACHES: [Reach; 3] = [Reach::Declared, Reach::Inferred, Reach::Contents];

impl Living {
    fn new(files: &[(&str, &str)]) -> Self {
        let environment = Environment { roots: [RelPath::root()].into(), ..Environment::default() };
        let world = World { environment: Arc::new(environment), ..World::default() };
        let texts = Arc::new(Texts::default());
        let analyses = REACHES.map(|reach| (reach, analysis(&texts, &world, reach)));
        let mut living = Self { texts, world, analyses };
        let files: Vec<_> = files.iter().map(|(path, text)| (*path, Some(*text))).collect();
        living.edit(&files);
        living
    }

    /// Writes and removes files; the files whose keys change, for each reach.
    fn edit(&mut self, files: &[(&str, Option<&str>)]) -> [Vec<String>; 3] {
        let mut changed = Vec::new();
        for (path, text) in files {
            let path = RelPath::new(path).expect("relative");
            match text {
                Some(text) => {
                    let hash = ContentHash::of(text.as_bytes());
                    let facts = Arc::new(staniel_syntax::facts(text.as_bytes(), SourceKind::Python));
                    self.texts.0.lock().expect("no panic while it is held").insert(hash, facts);
                    let tracked =
                        Tracked { state: FileState::Present(hash), visibility: Visibility::Reported };
                    self.world.files.insert(path.clone(), tracked);
                }
                None => {
                    self.world.files.remove(&path);
                }
            }
            changed.push(path);
        }
        let world = &self.world;
        self.analyses.each_mut().map(|(_, analysis)| {
            analysis.advance(world, &changed).keys.iter().map(|path| path.as_str().to_owned()).collect()
        })
    }

    /// Everybody's keys are those that somebody finds who knows of nothing before.
    fn is_as_fresh(&self) {
        let paths: Vec<RelPath> = self.world.files.keys().cloned().collect();
        for (reach, living) in &self.analyses {
            let mut fresh = analysis(&self.texts, &self.world, *reach);
            fresh.advance(&self.world, &paths);
            for path in &paths {
                assert_eq!(living.key(path), fresh.key(path), "{reach:?} {path}");
            }
        }
    }
}

fn analysis(texts: &Arc<Texts>, world: &World, reach: Reach) -> Analysis {
    let provider = ProviderId { name: "test".into(), version: "1".into() };
    Analysis::new(Arc::clone(texts) as _, world, provider, false, reach)
}

const FILES: &[(&str, &str)] = &[
    ("shop/__init__.py", "from shop.model import make\n"),
    (
        "shop/model.py",
        "import os\ndef make(): return 1\ndef price() -> int: return 1\ndef _help(): return 1\n",
    ),
    ("shop/view.py", "from shop import model\nitem = model.make()\n"),
    ("shop/main.py", "from shop import view\nresult = view.item\n"),
    ("lone.py", "value = 1\n"),
];

const MODEL: &str = "shop/model.py";
/// Everybody who reaches `shop/model.py`.
const ALL: [&str; 4] = ["shop/__init__.py", "shop/main.py", MODEL, "shop/view.py"];

/// What changes when `path` says `to` where it said `from`.
#[track_caller]
fn check(path: &str, from: &str, to: &str, [declared, inferred]: [&[&str]; 2]) {
    let mut living = Living::new(FILES);
    let before = FILES.iter().find(|(known, _)| *known == path).map_or("", |(_, text)| text);
    let after = before.replacen(from, to, 1);
    assert_ne!(before, after, "nothing is edited");
    let changed = living.edit(&[(path, Some(&after))]);
    living.is_as_fresh();
    assert_eq!(changed[0], declared, "declared");
    assert_eq!(changed[1], inferred, "inferred");
    // And back again.
    let back = living.edit(&[(path, Some(before))]);
    living.is_as_fresh();
    assert_eq!(changed, back);
}

#[test]
fn a_comment() {
    check(MODEL, "import", "# c\nimport", [&[MODEL], &[MODEL]]);
}

#[test]
fn a_body_edit() {
    // The first is mentioned, and does not say what it returns.
    check(MODEL, "return 1", "return 2", [&[MODEL], &ALL]);
    check(MODEL, "-> int: return 1", "-> int: return 2", [&[MODEL], &[MODEL]]);
    check(MODEL, "_help(): return 1", "_help(): return 2", [&[MODEL], &[MODEL]]);
}

#[test]
fn a_signature_edit() {
    check(MODEL, "make()", "make(a=1)", [&ALL, &ALL]);
    // Nobody knows this one.
    check(MODEL, "price()", "price(a=1)", [&[MODEL], &[MODEL]]);
}

#[test]
fn a_new_name_that_nobody_mentions() {
    for text in
        ["def extra(a): return a\n", "class Extra: ...\n", "EXTRA = 1\n", "def _help2(): return _help()\n"]
    {
        check(MODEL, "def make", &format!("{text}def make"), [&[MODEL], &[MODEL]]);
    }
    // Who uses a known one counts no more for that; whom a known one uses in a body does for who looks into that.
    check(MODEL, "def _help", "def extra(): return make()\ndef _help", [&[MODEL], &[MODEL]]);
    check(MODEL, "make(): return 1", "make(): return [_help()]", [&[MODEL], &ALL]);
    // A factory's body is as good as a signature.
    check(MODEL, "make(): return 1", "make(): return _help()", [&ALL, &ALL]);
    check(MODEL, "_help(): return 1", "_help(): return make()", [&[MODEL], &[MODEL]]);
}

/// What a body says of its own file is as much out as the body.
#[test]
fn a_body_that_mentions_others() {
    let head = "import os\n";
    let tail = "def _help() -> int: return 1\ndef _other(): return 2\n";
    // Of what stands apart and is mentioned, of what counts always, of a method, of an inner function.
    for (declares, text) in [
        (true, "def make() -> int: return BODY\n"),
        (false, "def make(): return BODY\n"),
        (true, "@os.call()\ndef run() -> int: return BODY\n"),
        (false, "@os.call()\ndef run(): return BODY\n"),
        (true, "class make:\n    def m(self) -> int:\n        return BODY\n"),
        (false, "class make:\n    def m(self):\n        return BODY\n"),
        (true, "@os.call()\nclass C:\n    def m(self) -> int:\n        return BODY\n"),
        (true, "def make():\n    def inner() -> int: return BODY\n    return inner\n"),
        (true, "def make():\n    global x\n    def inner() -> int: return BODY\n    x = inner\n"),
        (false, "def make() -> int: return 1\n_help().x()\ndef run(): return BODY\nos.call(run)\n"),
    ] {
        let body = |body: &str| format!("{head}{}{tail}", text.replace("BODY", body));
        let mut living = Living::new(FILES);
        living.edit(&[(MODEL, Some(&body("1")))]);
        for said in ["[_help()]", "[_other()]", "_help() + _other()", "'_help'", "1  # type: _other", "2"] {
            let changed = living.edit(&[(MODEL, Some(&body(said)))]);
            living.is_as_fresh();
            assert_eq!(changed[0], [MODEL], "{}", body(said));
            let all: &[&str] = if declares { &[MODEL] } else { &ALL };
            assert_eq!(changed[1], all, "{}", body(said));
        }
    }
}

/// Of a function that nobody knows, whoever looks.
#[test]
fn an_unknown_body_that_mentions_others() {
    check(MODEL, "_help(): return 1", "_help(): return make() + price()", [&[MODEL], &[MODEL]]);
    check(MODEL, "-> int: return 1", "-> int: return _help()", [&[MODEL], &[MODEL]]);
}

/// Who looks into bodies sees whom they use change.
#[test]
fn whom_a_body_uses() {
    let using = |help: &str| format!("def make(): return [_help()]\ndef _help({help}): return 1\n");
    let mut living = Living::new(FILES);
    living.edit(&[(MODEL, Some(&using("a")))]);
    let changed = living.edit(&[(MODEL, Some(&using("b")))]);
    living.is_as_fresh();
    assert_eq!(changed[0], [MODEL]);
    assert_eq!(changed[1], ALL);
}

#[test]
fn a_new_name_that_somebody_mentions() {
    // `item` is what `shop/view.py` says, and `shop/main.py` too.
    check(MODEL, "def make", "def item(): ...\ndef make", [&ALL, &ALL]);
    // It need not be anybody who has to do with it.
    check(MODEL, "def make", "def value(): ...\ndef make", [&ALL, &ALL]);
}

#[test]
fn what_is_no_definition() {
    check(MODEL, "def make", "print(1)\ndef make", [&ALL, &ALL]);
}

#[test]
fn a_binding_in_a_package() {
    let package = "shop/__init__.py";
    // `view` is a submodule, which who imports `shop.view` by name finds no more.
    check(package, "from", "view = 1\nfrom", [&[package, "shop/main.py", MODEL, "shop/view.py"]; 2]);
    check(package, "from", "extra = 1\nfrom", [&[package]; 2]);
}

#[test]
fn contents_count_whole() {
    let mut living = Living::new(FILES);
    let text = format!("# c\n{}", FILES[1].1);
    assert_eq!(living.edit(&[(MODEL, Some(&text))])[2], ALL);
    living.is_as_fresh();
}

/// A name becomes known, and unknown, by a file that nothing connects with the one that defines it.
#[test]
fn a_mention_turns() {
    let mut living = Living::new(FILES);
    let (lone, said) = (FILES[4].1, "value = 1\nother = value._help\n");
    for text in [said, lone] {
        let changed = living.edit(&[("lone.py", Some(text))]);
        assert_eq!(changed[0], ["lone.py", ALL[0], ALL[1], ALL[2], ALL[3]]);
        assert_eq!(changed[0], changed[1]);
        assert_eq!(changed[2], ["lone.py"]);
        living.is_as_fresh();
    }
    // A new file may do it, and one that goes.
    let changed = living.edit(&[("new.py", Some("'price'\nprice\n"))]);
    assert_eq!(changed[0], ["new.py", ALL[0], ALL[1], ALL[2], ALL[3]]);
    let changed = living.edit(&[("new.py", None)]);
    assert_eq!(changed[0], ALL);
    living.is_as_fresh();
    // Two at once that take turns change nothing.
    living.edit(&[("lone.py", Some(said))]);
    let changed = living.edit(&[("lone.py", Some(lone)), ("new.py", Some("_help\n"))]);
    assert_eq!(changed[0], ["lone.py", "new.py"]);
    living.is_as_fresh();
}

/// What the standard library's stubs may import, they may mention.
#[test]
fn who_shadows_the_standard_library_shows_everything() {
    let files =
        [("enum.py", "from helper import *\n"), ("helper.py", "def f(): ...\n"), ("lone.py", "x = 1\n")];
    let mut living = Living::new(&files);
    let edited = [("helper.py", Some("def f(): ...\ndef extra(): ...\n"))];
    assert_eq!(living.edit(&edited)[0], ["enum.py", "helper.py", "lone.py"]);
    living.is_as_fresh();
    // Without it nobody sees that.
    living.edit(&[("enum.py", None), ("helper.py", Some("def f(): ...\n"))]);
    living.is_as_fresh();
    assert_eq!(living.edit(&edited)[0], ["helper.py"]);
    living.is_as_fresh();
    // Nor is it seen before it is reached.
    living.edit(&[("enum.py", Some("import lone\n"))]);
    living.is_as_fresh();
    assert_eq!(living.edit(&[("helper.py", Some("def g(): ...\n"))])[0], ["helper.py"]);
    living.edit(&[("lone.py", Some("import helper\n"))]);
    living.is_as_fresh();
    assert_eq!(living.edit(&edited)[0], ["enum.py", "helper.py", "lone.py"]);
    living.is_as_fresh();
}

#[test]
fn files_that_the_provider_fails_on() {
    let mut living = Living::new(FILES);
    let world = living.world.clone();
    let model = RelPath::new(MODEL).expect("relative");
    for (_, analysis) in &mut living.analyses {
        analysis.quarantine(&world, [model.clone()].into());
    }
    let changed = living.edit(&[(MODEL, Some("def other(): ...\n"))]);
    assert_eq!(changed[0], [MODEL]);
    for (_, analysis) in &mut living.analyses {
        analysis.quarantine(&living.world, BTreeSet::new());
    }
    living.is_as_fresh();
}

const PATHS: [&str; 7] = ["a.py", "b.py", "p/__init__.py", "p/c.py", "enum.py", "p/d.pyi", "lone.py"];

const PIECES: [&str; 18] = [
    "import a, b\n",
    "from p import c\n",
    "from a import *\n",
    "from .c import one\n",
    "import p.d\n",
    "def one(): return 1\n",
    "def one() -> int: return 1\n",
    "def one(): return two()\n",
    "class two:\n    def m(self): self.x = 1\n",
    "class two: ...\n",
    "three = 3\n",
    "three: 'two'\n",
    "one(two, 'three')\n",
    "if one: three = 2\n",
    "def four(): return three\n",
    "def five() -> int: return four() + one()\n",
    "@one()\ndef six(): return three\n",
    "x = (\n",
];

proptest! {
    #![proptest_config(ProptestConfig { cases: 100, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn who_lives_knows_what_who_is_fresh_does(
        steps in prop::collection::vec(
            prop::collection::vec(
                (0..PATHS.len(), prop::option::weighted(0.8, prop::collection::vec(0..PIECES.len(), 0..5))),
                1..3,
            ),
            1..8,
        ),
    ) {
        let mut living = Living::new(&[]);
        for step in steps {
            let texts: Vec<(&str, Option<String>)> = step
                .iter()
                .map(|(path, pieces)| {
                    let text = pieces.as_ref().map(|pieces| pieces.iter().map(|piece| PIECES[*piece]).collect());
                    (PATHS[*path], text)
                })
                .collect();
            let files: Vec<_> = texts.iter().map(|(path, text)| (*path, text.as_deref())).collect();
            living.edit(&files);
            living.is_as_fresh();
        }
    }
}
