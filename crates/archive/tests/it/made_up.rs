//! Snapshots of files that there never were.

use std::collections::BTreeMap;
use std::sync::Arc;

use proptest::prelude::*;
use staniel_archive::{Archive, ReadError, read, write};
use staniel_facts::*;

/// The program's version of facts, as far as these tests are concerned.
pub(crate) const FACTS: u32 = 7;

pub(crate) fn provenance(provider: &str) -> Provenance {
    Provenance {
        provider: ProviderId { name: provider.into(), version: "1".into() },
        environment: EnvironmentDigest(Digest([3; 32])),
        schema: SCHEMA,
    }
}

pub(crate) fn path(number: u8) -> RelPath {
    RelPath::new(format!("pkg/m{number}.py")).expect("a plain path")
}

/// A file with `content` definitions, whose type is `answer`; `None` if nobody was asked.
pub(crate) fn present(content: u8, answer: Option<u8>) -> Coverage {
    let definitions = (0..content).map(|number| Definition {
        id: DefinitionId {
            qualified_name: format!("f{number}").into(),
            namespace: Namespace::Binding,
            ordinal: 0,
        },
        kind: DefinitionKind::Function,
        name: Span::new(4, 6),
        full: Span::new(0, 50),
        signature: format!("def f{number}()").into(),
        annotation: Some("int".into()),
        decorators: ["@cache".into()].into(),
        doc: (number > 1).then(|| "Says so.".into()),
        near_error: false,
    });
    let outline = Outline { definitions: definitions.collect(), ..Outline::default() };
    let answers = answer.map(|answer| {
        let mut builder = AnswersBuilder::default();
        for _ in 0..content {
            let text = format!("type{answer}");
            builder.push(Answer { text: Some(&text), normal: Some(&text), flags: Flags::PARTIAL });
        }
        Arc::new(builder.finish())
    });
    let edge = EdgeContent {
        module: ModuleName::new("os.path"),
        symbol: None,
        class: TargetClass::Stdlib,
        resolved: None,
        stub: None,
        origin: None,
        contexts: Contexts::TYPING,
        implicit: true,
    };
    let edges = (0..content / 2).map(|_| Edge { content: Arc::new(edge.clone()), import: Edge::NO_IMPORT });
    let facts = FileFacts { outline: Arc::new(outline), ..FileFacts::default() };
    Coverage::Present(
        FileRecord::new(ContentHash::of(&[content]), Arc::new(facts), edges.collect(), answers).into(),
    )
}

pub(crate) type Files = BTreeMap<u8, Coverage>;

pub(crate) fn archive(complete: bool, files: &Files) -> Archive {
    let mut snapshot = Snapshot::new(Arc::new(provenance("declared")), complete);
    for (number, coverage) in files {
        snapshot.set(path(*number), coverage.clone());
    }
    Archive { snapshot, hermetic: false, whole: None }
}

/// Files of a project that was looked at: whether there is something is known of each.
pub(crate) fn files() -> impl Strategy<Value = Files> {
    let coverage = prop_oneof![
        6 => (0..5_u8, prop::option::of(0..3_u8)).prop_map(|(content, answer)| present(content, answer)),
        1 => Just(Coverage::Skipped(SkipReason::Unreadable("permission denied".into()))),
        1 => Just(Coverage::Absent),
    ];
    prop::collection::btree_map(0..8_u8, coverage, 0..8)
}

pub(crate) fn written(archive: &Archive) -> Vec<u8> {
    let mut bytes = Vec::new();
    write(archive, FACTS, &mut bytes).expect("memory takes everything");
    bytes
}

pub(crate) fn reread(bytes: &[u8]) -> Result<Archive, ReadError> {
    read(bytes, FACTS)
}
