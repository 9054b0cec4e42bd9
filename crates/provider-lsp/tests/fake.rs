//! The provider with a server that does what servers must not do, and what they may but rarely do.

#![cfg(unix)]

use std::fs::{self, File};
use std::sync::Arc;
use std::time::Duration;

use camino::{Utf8Path, Utf8PathBuf};
use staniel_facts::{
    Answers, Cancel, ContentHash, FileState, Flags, RelPath, SourceKind, Tracked, Visibility, World,
};
use staniel_provider::{
    AskError, Observer, Outcome, Place, Question, SourceError, Sources, TargetFile, TypeProvider,
};
use staniel_provider_lsp::{LspOptions, LspProvider, Server, find};
use tempfile::TempDir;

struct Nobody;

impl Observer for Nobody {
    fn started(&self, _: &RelPath, _: ContentHash) {}
    fn done(&self, _: &RelPath) {}
    fn put_off(&self, _: &RelPath) {}
}

struct Files(Vec<(RelPath, Arc<str>)>);

impl Sources for Files {
    fn text(&self, path: &RelPath, _: ContentHash) -> Result<Arc<str>, SourceError> {
        let known = self.0.iter().find(|(known, _)| known == path);
        known.map(|(_, text)| Arc::clone(text)).ok_or_else(|| SourceError::Changed(path.clone()))
    }
}

/// A project of six files, and a server of some kind.
struct Setting {
    directory: TempDir,
    mode: &'static str,
    /// A file, and how many names that are deadly to some servers it begins with.
    deadly: (usize, usize),
    /// More files, as bytes.
    more: &'static [(&'static str, &'static [u8])],
}

impl Setting {
    fn new(mode: &'static str) -> Self {
        Self {
            directory: tempfile::tempdir().expect("a temporary directory"),
            mode,
            deadly: (2, 1),
            more: &[],
        }
    }

    fn path(&self) -> Utf8PathBuf {
        let path = Utf8Path::from_path(self.directory.path()).expect("UTF-8");
        path.canonicalize_utf8().expect("it is there")
    }

    fn options(&self) -> LspOptions {
        let script = concat!(env!("CARGO_MANIFEST_DIR"), "/../../tests/python/fake_server.py");
        let command = format!("python3 \"{script}\" {} \"{}\"", self.mode, self.path());
        let path = std::env::var_os("PATH");
        let server =
            find(Server::Other, "/nowhere".into(), path.as_deref(), Some(&command)).expect("python3");
        LspOptions { search_path: path, ..LspOptions::new(server, self.path()) }
    }

    fn provider(&self, options: LspOptions) -> (LspProvider, Vec<Question>) {
        let made = (0..6).map(|file| {
            let lines: String = (0..5).map(|line| format!("\"ä😀\"; v{file}_{line} = 1\n")).collect();
            let deadly = if file == self.deadly.0 { self.deadly.1 } else { 0 };
            let next = if file == 2 { "next = 2\n" } else { "" };
            (format!("f{file}.py"), format!("{}{next}{lines}", "deadly = 1\n".repeat(deadly)).into_bytes())
        });
        let more = self.more.iter().map(|(path, bytes)| ((*path).to_owned(), bytes.to_vec()));
        let mut texts = Vec::new();
        let mut world = World::default();
        let mut questions = Vec::new();
        for (path, bytes) in made.chain(more) {
            let path = RelPath::new(path).expect("a path");
            let hash = ContentHash::of(&bytes);
            let state = FileState::Present(hash);
            world.files.insert(path.clone(), Tracked { state, visibility: Visibility::Reported });
            let facts = Arc::new(staniel_syntax::facts(&bytes, SourceKind::Python));
            texts.push((path.clone(), staniel_syntax::provider_text(&bytes)));
            questions.push(Question { path, hash, facts });
        }
        let mut provider = LspProvider::new(options, Arc::new(Files(texts)));
        provider.advance(&world, &[]);
        (provider, questions)
    }

    fn ask(&self, options: LspOptions) -> Result<Vec<Outcome>, AskError> {
        let (mut provider, questions) = self.provider(options);
        provider.ask(&questions, &Nobody, &Cancel::new())
    }

    /// How often the log has a line that begins like this.
    fn logged(&self, beginning: &str) -> usize {
        let log = fs::read_to_string(self.path().join("log")).unwrap_or_default();
        log.lines().filter(|line| line.starts_with(beginning)).count()
    }
}

fn answers(outcomes: &[Outcome]) -> Vec<&Answers> {
    let answers = |outcome| match outcome {
        &Outcome::Answered(ref answers) | &Outcome::Partly(ref answers, _) => answers,
        other => panic!("{other:?}"),
    };
    outcomes.iter().map(answers).collect()
}

/// What an undisturbed server says, one question after the other.
fn undisturbed() -> Vec<Outcome> {
    let setting = Setting::new("plain");
    setting.ask(LspOptions { max_concurrent: 1, ..setting.options() }).expect("it is well")
}

#[track_caller]
fn equals_undisturbed(outcomes: &[Outcome]) {
    assert_eq!(answers(outcomes), answers(&undisturbed()));
}

#[test]
fn the_first_code_block_is_the_type() {
    let outcomes = undisturbed();
    let rows: Vec<_> = answers(&outcomes)[3].iter().collect();
    assert_eq!(rows[4].text, Some("(variable) v3_4: int"));
    assert_eq!((rows[4].normal, rows[4].flags), (Some("int"), Flags::empty()));
    assert_eq!(rows.len(), 5);
}

#[test]
fn what_a_server_leaves_unknown_is_flagged() {
    let setting = Setting { more: &[("more.py", b"partly = 1\n")], ..Setting::new("plain") };
    let outcomes = setting.ask(setting.options()).unwrap();
    let rows: Vec<_> = answers(&outcomes)[6].iter().collect();
    assert_eq!((rows[0].normal, rows[0].flags), (Some("list[Unknown]"), Flags::PARTLY_UNKNOWN));
}

#[test]
fn however_many_ask_however_many_the_answers_are_the_same() {
    for (max_concurrent, servers) in [(10, 1), (1, 2), (3, 2), (10, 6), (1000, 50)] {
        let setting = Setting::new("plain");
        let options = LspOptions { max_concurrent, servers, ..setting.options() };
        equals_undisturbed(&setting.ask(options).unwrap());
        assert!((servers.min(2)..=servers.min(6)).contains(&setting.logged("start")));
        assert_eq!(setting.logged("hover"), 32);
        assert_eq!(setting.logged("exit"), setting.logged("start"));
    }
}

#[test]
fn one_at_a_time_is_one_at_a_time() {
    for (max_concurrent, alone) in [(1, true), (10, false)] {
        let setting = Setting::new("count");
        equals_undisturbed(&setting.ask(LspOptions { max_concurrent, ..setting.options() }).unwrap());
        assert_eq!(setting.logged("together") == 0, alone);
    }
}

#[test]
fn replies_in_any_order_reach_their_questions() {
    let setting = Setting::new("reorder");
    equals_undisturbed(&setting.ask(setting.options()).unwrap());
}

#[test]
fn what_the_server_asks_is_answered() {
    let setting = Setting::new("ask-back");
    equals_undisturbed(&setting.ask(setting.options()).unwrap());
    assert_eq!(setting.logged("start"), 1);
}

#[test]
fn modified_content_is_asked_about_again_and_late_replies_are_dropped() {
    for max_concurrent in [1, 10] {
        let setting = Setting::new("modified");
        equals_undisturbed(&setting.ask(LspOptions { max_concurrent, ..setting.options() }).unwrap());
        assert_eq!(setting.logged("hover"), 64);
    }
}

/// ty takes each document that is opened for a change of what it was about to say.
#[test]
fn a_place_that_is_refused_for_the_sake_of_others_is_asked_alone() {
    static LINES: [[u8; 6]; 120] = [*b"v = 1\n"; 120];
    static MORE: [(&str, &[u8]); 2] = [("a.py", b"shy = 1\n"), ("b.py", LINES.as_flattened())];
    let setting = Setting { more: &MORE, ..Setting::new("shy") };
    let outcomes = setting.ask(setting.options()).unwrap();
    assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Answered(_))));
    assert_eq!(setting.logged("hover shy"), 4);
}

#[test]
fn a_server_that_never_rests_is_given_up() {
    let setting = Setting::new("restless");
    let error = setting.ask(LspOptions { max_concurrent: 1, ..setting.options() }).unwrap_err();
    assert!(error.to_string().contains("never comes to rest"), "{error}");
    assert!(setting.logged("hover") <= 9 * 32);
}

#[test]
fn after_a_crash_another_server_goes_on() {
    for (max_concurrent, mode) in [(1, "crash"), (10, "crash"), (10, "silent-once")] {
        let setting = Setting::new(mode);
        let options = LspOptions { max_concurrent, deadline: Duration::from_secs(5), ..setting.options() };
        let outcomes = setting.ask(options).unwrap();
        equals_undisturbed(&outcomes);
        assert!(outcomes.iter().all(|outcome| matches!(outcome, Outcome::Answered(_))));
        assert_eq!(setting.logged("start"), 2);
    }
}

const WAYS_OF_ASKING: [(usize, usize); 3] = [(1, 1), (10, 1), (10, 6)];

#[test]
fn a_place_that_kills_the_server_twice_is_left_out_and_reported() {
    for (max_concurrent, servers) in WAYS_OF_ASKING {
        let setting = Setting::new("deadly");
        let outcomes = setting.ask(LspOptions { max_concurrent, servers, ..setting.options() }).unwrap();
        assert_eq!(setting.logged("hover deadly"), 2);
        is_without_the_deadly_ones(&setting, &outcomes, "the server fails on it");
    }
}

#[test]
fn a_file_of_deadly_places_costs_nobody_else_an_answer() {
    for file in [0, 5] {
        for (max_concurrent, servers) in WAYS_OF_ASKING {
            let setting = Setting { deadly: (file, 8), ..Setting::new("deadly") };
            let outcomes = setting.ask(LspOptions { max_concurrent, servers, ..setting.options() }).unwrap();
            is_without_the_deadly_ones(&setting, &outcomes, "the server fails on it");
        }
    }
}

#[test]
fn a_place_on_which_the_server_is_silent_for_ever_costs_nobody_else_an_answer() {
    for (mode, file, count) in [("silent-place", 0, 1), ("silent-place", 5, 2), ("ignored-place", 2, 1)] {
        for (max_concurrent, servers) in WAYS_OF_ASKING {
            let setting = Setting { deadly: (file, count), ..Setting::new(mode) };
            let deadline = Duration::from_secs(1);
            let options = LspOptions { max_concurrent, servers, deadline, ..setting.options() };
            let outcomes = setting.ask(options).unwrap();
            is_without_the_deadly_ones(&setting, &outcomes, "no answer within");
        }
    }
}

#[test]
fn a_server_that_fails_on_place_after_place_is_given_up() {
    // One server has nothing but such places, while another one works.
    static DEADLY: [[u8; 11]; 200] = [*b"deadly = 1\n"; 200];
    static SHARE: [(&str, &[u8]); 1] = [("share.py", DEADLY.as_flattened())];
    let share = Setting { deadly: (0, 0), more: &SHARE, ..Setting::new("deadly") };
    let setting = Setting { deadly: (3, 40), ..Setting::new("deadly") };
    for (setting, servers, path) in [(setting, 1, "`f3.py`"), (share, 2, "`share.py`")] {
        let error = setting.ask(LspOptions { servers, ..setting.options() }).unwrap_err().to_string();
        assert!(error.contains("fails too often: it has ended") && error.contains(path), "{error}");
        // One for each place to blame, and for each ten that were asked together.
        assert!(setting.logged("start") <= 33 + 5 + servers, "{}", setting.logged("start"));
    }
}

#[test]
fn a_place_that_the_server_refuses_is_left_out_and_reported() {
    let setting = Setting::new("refuse");
    is_without_the_deadly_ones(&setting, &setting.ask(setting.options()).unwrap(), "internal");
}

#[track_caller]
fn is_without_the_deadly_ones(setting: &Setting, outcomes: &[Outcome], why: &str) {
    let plain = Setting { mode: "plain", directory: Setting::new("").directory, ..*setting };
    let undisturbed = plain.ask(plain.options()).expect("it is well");
    let (deadly, count) = setting.deadly;
    for (index, (is, was)) in answers(outcomes).into_iter().zip(answers(&undisturbed)).enumerate() {
        for (place, (is, was)) in is.iter().zip(was.iter()).enumerate() {
            if index == deadly && place < count {
                assert_eq!((is.text, is.flags), (None, Flags::UNKNOWN | Flags::QUARANTINED));
            } else {
                assert_eq!(is, was);
            }
        }
        let partly = matches!(&outcomes[index], Outcome::Partly(_, words) if words.contains(why));
        assert_eq!(partly, index == deadly, "{:?}", outcomes[index]);
    }
}

#[test]
fn a_server_that_does_not_work_is_an_error_with_advice() {
    for (mode, words) in [
        ("die", "does not start: it has ended (it says: no such option)"),
        ("nonsense", "does not start: its output is not the language server protocol: this is no header"),
        ("huge", "a message of an impossible length"),
        ("nonsense-later", "its output is not the language server protocol"),
        ("hang-start", "hangs: no answer to the greeting within"),
        ("hang", "no answer within"),
        ("worn-out", "no answer within"),
    ] {
        let setting = Setting::new(mode);
        let mut options = setting.options();
        match mode {
            "hang-start" => options.start_deadline = Duration::from_secs(1),
            "hang" | "worn-out" => options.deadline = Duration::from_secs(1),
            _ => {}
        }
        let error = setting.ask(options).unwrap_err();
        assert!(matches!(&error, AskError::Broken(why) if why.contains(words)), "{mode}: {error}");
        assert!(setting.logged("start") <= 2, "{mode}");
    }
    let setting = Setting::new("plain");
    let mut options = setting.options();
    options.server.program = setting.path().join("nothing");
    let error = setting.ask(options).unwrap_err();
    assert!(matches!(&error, AskError::Broken(why) if why.contains("cannot be started")), "{error}");
}

#[test]
fn a_program_that_is_no_server_is_called_so() {
    let setting = Setting::new("plain");
    for (command, words) in [
        ("cat", "does not start: it sends back what it is sent: this is no language server"),
        ("yes", "does not start: its output is not the language server protocol: this is no header: \"y"),
        ("true", "does not start: it has ended; is this a language server that talks over"),
        (
            "sleep 1000",
            "hangs: no answer to the greeting within 1 s; is this a language server that talks over",
        ),
    ] {
        let path = std::env::var_os("PATH");
        let server =
            find(Server::Other, "/nowhere".into(), path.as_deref(), Some(command)).expect("it is there");
        let options = LspOptions {
            // Only who says nothing at all takes that long.
            start_deadline: Duration::from_secs(if command.starts_with("sleep") { 1 } else { 60 }),
            ..LspOptions::new(server, setting.path())
        };
        let error = setting.ask(options).unwrap_err();
        assert!(matches!(&error, AskError::Broken(why) if why.contains(words)), "{command}: {error}");
    }
}

#[test]
fn a_flood_of_complaints_holds_up_nobody() {
    let setting = Setting::new("flood");
    equals_undisturbed(&setting.ask(setting.options()).unwrap());
}

#[test]
fn the_whole_process_group_goes_with_the_provider() {
    let setting = Setting::new("grandchild");
    let (mut provider, questions) = setting.provider(setting.options());
    provider.ask(&questions, &Nobody, &Cancel::new()).unwrap();
    let lock = File::open(setting.path().join("lock")).unwrap();
    assert!(lock.try_lock().is_err(), "the server's child holds it");
    drop(provider);
    // Held by nobody any more: else this would wait for a thousand seconds.
    lock.lock().unwrap();
    assert_eq!(setting.logged("exit"), 1);
}

#[test]
fn a_raised_flag_ends_the_asking() {
    let setting = Setting::new("hang");
    let (mut provider, questions) = setting.provider(setting.options());
    let cancel = Cancel::new();
    cancel.cancel();
    assert!(matches!(provider.ask(&questions, &Nobody, &cancel), Err(AskError::Cancelled)));
}

#[test]
fn a_world_has_a_server_of_its_own() {
    let setting = Setting::new("plain");
    let (mut provider, questions) = setting.provider(setting.options());
    for _ in 0..2 {
        provider.ask(&questions, &Nobody, &Cancel::new()).unwrap();
    }
    assert_eq!(setting.logged("start"), 1);
    let mut world = World::default();
    for question in &questions {
        let tracked = Tracked { state: FileState::Present(question.hash), visibility: Visibility::Reported };
        world.files.insert(question.path.clone(), tracked);
    }
    provider.advance(&world, &[]);
    provider.ask(&questions, &Nobody, &Cancel::new()).unwrap();
    assert_eq!(setting.logged("start"), 2);
}

#[test]
fn what_is_not_its_bytes_is_open_from_the_beginning_whoever_is_asked() {
    for (mode, starts) in [("plain", 1), ("crash", 2)] {
        for is_asked in [false, true] {
            let more: &[(&str, &[u8])] = &[
                ("bom.py", b"\xef\xbb\xbfname = 1\n"),
                ("latin.py", b"# coding: latin-1\nn\xe9 = 1\n"),
                ("broken.py", b"name = '\xe9'\n"),
            ];
            let setting = Setting { more, ..Setting::new(mode) };
            let (mut provider, mut questions) = setting.provider(setting.options());
            questions.truncate(if is_asked { 9 } else { 6 });
            for _ in 0..2 {
                provider.ask(&questions, &Nobody, &Cancel::new()).unwrap();
            }
            assert_eq!(setting.logged("start"), starts);
            for file in ["latin.py", "broken.py"] {
                assert_eq!(setting.logged(&format!("open {file}")), starts, "{mode} {is_asked} {file}");
                assert_eq!(setting.logged(&format!("close {file}")), 0, "{mode} {is_asked} {file}");
            }
            assert_eq!(setting.logged("open bom.py"), if is_asked { 2 } else { 0 });
            let said = setting.logged("hover n\u{e9}");
            assert_eq!(said, if is_asked { 2 } else { 0 });
        }
    }
}

#[test]
fn looking_sees_the_token_its_type_and_its_definition() {
    let setting = Setting::new("plain");
    let (mut provider, questions) = setting.provider(setting.options());
    let place = |offset| Place { path: questions[0].path.clone(), hash: questions[0].hash, offset };
    // `"ä😀"; v0_0 = 1` is 18 bytes; the name begins at 10.
    let places = [place(10), place(14), place(8), place(15), place(12 + 19)];
    let sights = provider.look(&places, &Nobody, &Cancel::new()).unwrap();
    let seen: Vec<_> = sights
        .iter()
        .map(|sight| sight.as_ref().map(|sight| (sight.token.start, sight.token.end, sight.text.as_deref())))
        .collect();
    let first = Some((10, 14, Some("(variable) v0_0: int")));
    assert_eq!(seen, [first, first, None, None, Some((29, 33, Some("(variable) v0_1: int")))]);
    let target = sights[4].as_ref().unwrap().target.as_ref().unwrap();
    assert_eq!(target.file, TargetFile::Project(questions[0].path.clone()));
    assert_eq!((target.name.start, target.name.end), (19, 20));
}
