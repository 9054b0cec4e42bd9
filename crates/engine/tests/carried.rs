//! What comes from elsewhere is shown, and nothing is built on it.

mod support;

use std::sync::Arc;

use staniel_engine::{Archive, EngineError, ProviderChoice, ReadError, write_archive};
use staniel_facts::{Answer, AnswersBuilder, Coverage, FileFacts, FileRecord, Flags, Outline, Snapshot};
use support::{Project, content, path, refresh, work};

const SHOP: &str = "
#- shop/__init__.py
from shop.model import Model
#- shop/model.py
class Model:
    def save(self) -> int: ...
";

fn written(snapshot: &Snapshot) -> Vec<u8> {
    let archive = Archive { snapshot: snapshot.clone(), hermetic: false, whole: None };
    let mut bytes = Vec::new();
    write_archive(&archive, &mut bytes).expect("memory takes everything");
    bytes
}

/// The same files under the same hashes, with nothing true said of them.
fn forged(honest: &Snapshot) -> Snapshot {
    let mut forged = Snapshot::new(Arc::clone(honest.provenance()), true);
    for (path, record) in honest.records() {
        let mut definitions = record.facts().outline.definitions.clone();
        let mut answers = AnswersBuilder::default();
        for definition in &mut definitions {
            definition.signature = "a lie".into();
            answers.push(Answer { text: Some("Lie"), normal: Some("Lie"), flags: Flags::empty() });
        }
        let outline = Outline { definitions, ..Outline::clone(&record.facts().outline) };
        let facts = FileFacts { outline: Arc::new(outline), ..FileFacts::clone(record.facts()) };
        let record =
            FileRecord::new(record.hash(), facts.into(), Arc::new([]), Some(answers.finish().into()));
        forged.set(path.clone(), Coverage::Present(record.into()));
    }
    forged
}

#[test]
fn a_forged_file_changes_no_answer() {
    let project = Project::new(SHOP);
    let honest = project.fresh(ProviderChoice::Declared).snapshot;
    let lies = forged(&honest);
    let mut engine = project.engine(ProviderChoice::Declared);
    assert_eq!(engine.import(&written(&lies)).expect("it is well made").generation, 1);
    assert!(engine.flush().is_empty());
    // The engine that has it, and whoever comes after.
    assert_eq!(engine.load(1).expect("it is stored"), lies);
    assert_eq!(content(&refresh(&mut engine).snapshot), content(&honest));
    drop(engine);
    project.write("shop/view.py", b"from shop import Model\n");
    let mut engine = project.engine(ProviderChoice::Declared);
    let published = refresh(&mut engine);
    assert_eq!(published.summary.parent, Some(2));
    assert_eq!(content(&published.snapshot), content(&project.fresh(ProviderChoice::Declared).snapshot));
    assert!(content(&engine.load(1).expect("it is stored")).contains("Lie"));
}

/// Nor does an honest one save any work: whether it is honest, nobody can tell.
#[test]
fn a_file_answers_no_question() {
    let project = Project::new(SHOP);
    let honest = project.fresh(ProviderChoice::Declared).snapshot;
    let mut engine = project.engine(ProviderChoice::Declared);
    engine.import(&written(&honest)).expect("it is well made");
    assert_eq!(work(&refresh(&mut engine)), "read 2 parsed 2 candidates 2 asked 2 changed 2");
}

#[test]
fn a_damaged_file_is_not_stored() {
    let project = Project::new(SHOP);
    let mut engine = project.engine(ProviderChoice::Declared);
    let mut bytes = written(&project.fresh(ProviderChoice::Declared).snapshot);
    bytes[100] ^= 1;
    let refused = engine.import(&bytes);
    assert!(matches!(refused, Err(EngineError::Archive(ReadError::Damaged))), "{refused:?}");
    assert_eq!(engine.generations(), []);
}

/// A number that another snapshot has by now is not called so any more.
#[test]
fn names_of_what_is_gone_stand_for_nothing() {
    let project = Project::new(SHOP);
    let name = "release".parse().expect("a name");
    let mut engine = project.engine(ProviderChoice::Declared);
    refresh(&mut engine);
    assert_eq!(engine.name_generation(1, &name).expect("it is stored"), None);
    let refused = engine.name_generation(7, &name);
    assert!(matches!(refused, Err(EngineError::NoGeneration(7))), "{refused:?}");
    engine.remove_generation(1).expect("it is stored");
    assert!(matches!(engine.remove_name(&name), Err(EngineError::NoName(_))));
    project.remove(path("shop/model.py").as_str());
    refresh(&mut engine);
    assert!(engine.generations().iter().all(|info| info.names.is_empty()));
}
