//! The laws of snapshots and deltas, for any snapshots; and what a delta says of one file, by example.

use std::collections::BTreeMap;
use std::sync::Arc;

use expect_test::{Expect, expect};
use proptest::prelude::*;
use staniel_facts::*;

/// One version of a file, as few numbers as matter.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Version {
    /// How many definitions it has, and what its content hash is.
    content: u8,
    /// How far the definitions stand from the file's start.
    shift: u8,
    /// What the provider answers; `None` if it was not asked.
    answer: Option<u8>,
    /// Where its imports lead.
    edges: u8,
}

impl Version {
    const PLAIN: Self = Self { content: 2, shift: 0, answer: Some(0), edges: 1 };

    fn record(self) -> Arc<FileRecord> {
        let definitions = (0..self.content).map(|number| {
            let start = 100 * usize::from(number) + usize::from(self.shift);
            Definition {
                id: DefinitionId {
                    qualified_name: format!("f{number}").into(),
                    namespace: Namespace::Binding,
                    ordinal: 0,
                },
                kind: DefinitionKind::Function,
                name: Span::new(start + 4, start + 6),
                full: Span::new(start, start + 50),
                signature: format!("def f{number}()").into(),
                annotation: None,
                decorators: Box::default(),
                doc: None,
                near_error: false,
            }
        });
        let outline = Outline { definitions: definitions.collect(), ..Outline::default() };
        let answers = self.answer.map(|answer| {
            let mut builder = AnswersBuilder::default();
            for _ in 0..self.content {
                let text = format!("type{answer}");
                builder.push(Answer { text: Some(&text), normal: Some(&text), flags: Flags::empty() });
            }
            Arc::new(builder.finish())
        });
        let edges = (0..self.edges).map(|number| edge(&format!("m{number}"), number, number > 1));
        FileRecord::new(
            ContentHash::of(&[self.content, self.shift, self.edges]),
            Arc::new(FileFacts { outline: Arc::new(outline), ..FileFacts::default() }),
            edges.collect(),
            answers,
        )
        .into()
    }

    fn present(self) -> Coverage {
        Coverage::Present(self.record())
    }
}

fn edge(module: &str, class: u8, implicit: bool) -> Edge {
    let class =
        [TargetClass::FirstParty, TargetClass::Stdlib, TargetClass::ThirdParty, TargetClass::Unresolved]
            [usize::from(class) % 4];
    let content = EdgeContent {
        module: ModuleName::new(module),
        symbol: None,
        class,
        resolved: None,
        stub: None,
        origin: None,
        contexts: Contexts::empty(),
        implicit,
    };
    Edge { content: Arc::new(content), import: 0 }
}

fn provenance() -> Arc<Provenance> {
    Arc::new(Provenance { schema: SCHEMA, ..Provenance::default() })
}

type Files = BTreeMap<u8, Coverage>;

fn path(number: u8) -> RelPath {
    RelPath::new(format!("{number}.py")).expect("a plain name")
}

fn snapshot<'a>(complete: bool, files: impl IntoIterator<Item = (&'a u8, &'a Coverage)>) -> Snapshot {
    let mut snapshot = Snapshot::new(provenance(), complete);
    for (number, coverage) in files {
        snapshot.set(path(*number), coverage.clone());
    }
    snapshot
}

fn versions() -> impl Strategy<Value = Version> {
    (0..4_u8, 0..2_u8, prop::option::of(0..2_u8), 0..5_u8)
        .prop_map(|(content, shift, answer, edges)| Version { content, shift, answer, edges })
}

fn coverages() -> impl Strategy<Value = Coverage> {
    prop_oneof![
        6 => versions().prop_map(Version::present),
        1 => Just(Coverage::Absent),
        1 => Just(Coverage::Skipped(SkipReason::Unstable)),
        1 => Just(Coverage::Skipped(SkipReason::BadName)),
        1 => Just(Coverage::NotAsked),
    ]
}

fn files() -> impl Strategy<Value = Files> {
    prop::collection::btree_map(0..6_u8, coverages(), 0..6)
}

/// Several snapshots that can be compared with each other.
fn snapshots<const N: usize>() -> impl Strategy<Value = [Snapshot; N]> {
    let states: [_; N] = std::array::from_fn(|_| files());
    (any::<bool>(), states).prop_map(|(complete, states)| states.map(|files| snapshot(complete, &files)))
}

fn delta(base: &Snapshot, target: &Snapshot) -> Delta {
    Delta::between(base, target).expect("of one provenance")
}

proptest! {
    #[test]
    fn merging_the_delta_restores_the_target([a, b] in snapshots()) {
        let merged = a.merge(&delta(&a, &b)).unwrap();
        prop_assert_eq!(&merged, &b);
        prop_assert_eq!(merged.counts(), b.counts());
        prop_assert!(merged.files().eq(b.files()));
    }

    #[test]
    fn a_delta_to_itself_is_empty([a] in snapshots()) {
        prop_assert!(delta(&a, &a).is_empty());
    }

    #[test]
    fn a_delta_is_empty_only_between_equals([a, b] in snapshots()) {
        prop_assert_eq!(delta(&a, &b).is_empty(), a == b);
    }

    #[test]
    fn composition_is_associative_and_equals_the_direct_delta([a, b, c, d] in snapshots()) {
        let (ab, bc, cd) = (delta(&a, &b), delta(&b, &c), delta(&c, &d));
        let left = ab.then(&bc).unwrap().then(&cd).unwrap();
        let right = ab.then(&bc.then(&cd).unwrap()).unwrap();
        prop_assert_eq!(&left, &right);
        prop_assert_eq!(&left, &delta(&a, &d));
    }

    #[test]
    fn what_returns_to_its_base_vanishes([a, b] in snapshots()) {
        let there_and_back = delta(&a, &b).then(&delta(&b, &a)).unwrap();
        prop_assert!(there_and_back.is_empty());
        prop_assert_eq!(there_and_back, delta(&a, &a));
    }

    #[test]
    fn another_base_is_refused([a, b, c] in snapshots()) {
        let step = delta(&a, &b);
        let refusal = |found: &Snapshot| DeltaError::OtherBase { expected: a.digest(), found: found.digest() };
        if c != a {
            prop_assert_eq!(c.merge(&step), Err(refusal(&c)));
            prop_assert_eq!(delta(&b, &c).then(&step), Err(refusal(&c)));
        }
    }

    #[test]
    fn another_provenance_is_an_error(files in files(), what in 0..3) {
        let mut other = (*provenance()).clone();
        match what {
            0 => other.provider.version = "2".into(),
            1 => other.environment = EnvironmentDigest(Digest([1; 32])),
            _ => other.schema += 1,
        }
        let ours = snapshot(true, &files);
        let mut theirs = Snapshot::new(Arc::new(other), true);
        for (path, coverage) in ours.files() {
            theirs.set(path.clone(), coverage.clone());
        }
        prop_assert!(ours != theirs);
        let refused =
            matches!(Delta::between(&ours, &theirs), Err(DeltaError::Incomparable(SnapshotError::Provenance(_))));
        prop_assert!(refused);
        prop_assert!(matches!(ours.join(&theirs), Err(SnapshotError::Provenance(_))));
    }

    #[test]
    fn parts_that_cover_everything_join_to_the_whole(files in files(), cut in 0..6_u8) {
        let whole = snapshot(true, &files);
        let parts = [whole.part(|name| *name < path(cut)), whole.part(|name| *name >= path(cut / 2))];
        let joined = parts[0].join(&parts[1]).unwrap();
        prop_assert!(!joined.is_complete());
        // Only a whole can say of a path that nobody was asked about it.
        if files.values().all(|coverage| *coverage != Coverage::NotAsked) {
            prop_assert_eq!(joined.completed(), whole);
        }
    }

    /// Whoever knows only one side of a path can say nothing of what is in it.
    #[test]
    fn asking_more_files_neither_adds_nor_removes(version in versions(), skipped: bool) {
        let unknown = if skipped { Coverage::Skipped(SkipReason::Unstable) } else { Coverage::NotAsked };
        for (old, new) in [(unknown.clone(), version.present()), (version.present(), unknown)] {
            let change = FileDelta { old, new };
            prop_assert_eq!(change.hovers(), []);
            prop_assert_eq!(change.edges(), (vec![], vec![]));
        }
    }

    #[test]
    fn asking_the_provider_modifies_nothing(version in versions(), answer in 0..2_u8) {
        let asked = Version { answer: Some(answer), ..version }.present();
        let silent = Version { answer: None, ..version }.present();
        for (old, new) in [(silent.clone(), asked.clone()), (asked, silent)] {
            let change = FileDelta { old, new };
            prop_assert_eq!(change.hovers(), []);
        }
    }

    #[test]
    fn a_moved_definition_is_not_modified(version in versions()) {
        let [old, new] = [0, 1].map(|shift| Version { shift, ..version }.present());
        prop_assert!(old != new);
        let change = FileDelta { old, new };
        prop_assert_eq!(change.hovers(), []);
        prop_assert_eq!(change.edges(), (vec![], vec![]));
    }

    #[test]
    fn what_one_side_adds_the_other_removes(old in versions(), new in versions()) {
        let forth = FileDelta { old: old.present(), new: new.present() };
        let back = FileDelta { old: new.present(), new: old.present() };
        let mirrored = back.hovers().into_iter().map(|(id, change)| (id, match change {
            HoverChange::Added(hover) => HoverChange::Removed(hover),
            HoverChange::Removed(hover) => HoverChange::Added(hover),
            HoverChange::Modified(before, after) => HoverChange::Modified(after, before),
        }));
        prop_assert_eq!(forth.hovers(), mirrored.collect::<Vec<_>>());
        let (added, removed) = back.edges();
        prop_assert_eq!(forth.edges(), (removed, added));
    }

    #[test]
    fn shards_of_disjoint_coverage_join_in_any_order(
        files in files(),
        shards in prop::collection::vec(0..3_usize, 6),
        first in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let shard = |number: usize| {
            snapshot(false, files.iter().filter(|(path, _)| shards[usize::from(**path)] == number))
        };
        let [a, b, c] = [first[0], first[1], first[2]].map(shard);
        let joined = a.join(&b).unwrap().join(&c).unwrap();
        prop_assert_eq!(&joined, &snapshot(false, &files));
        prop_assert_eq!(&joined, &a.join(&b.join(&c).unwrap()).unwrap());
        prop_assert_eq!(joined.counts(), snapshot(false, &files).counts());
    }

    #[test]
    fn overlaps_must_be_equal(mut files in files(), number in 0..6_u8, ours in coverages(), theirs in coverages()) {
        files.insert(number, ours.clone());
        let a = snapshot(false, &files);
        prop_assert_eq!(a.join(&a), Ok(a.clone()));
        let b = snapshot(false, [(&number, &theirs)]);
        let agree = ours == theirs || ours == Coverage::NotAsked || theirs == Coverage::NotAsked;
        let expected = if agree { Ok(()) } else { Err(SnapshotError::Conflict(path(number))) };
        prop_assert_eq!(&a.join(&b).map(drop), &expected);
        prop_assert_eq!(&b.join(&a).map(drop), &expected);
    }

    #[test]
    fn a_shard_fits_into_a_complete_snapshot_that_says_the_same(files in files(), some: [bool; 6]) {
        let known: Files = files.into_iter().filter(|(_, coverage)| *coverage != Coverage::NotAsked).collect();
        let whole = snapshot(true, &known);
        let shard = snapshot(false, known.iter().filter(|(path, _)| some[usize::from(**path)]));
        for joined in [whole.join(&shard), shard.join(&whole)] {
            prop_assert_eq!(joined.as_ref(), Ok(&whole));
        }
    }

    #[test]
    fn digest_and_counts_do_not_depend_on_the_way(
        complete: bool,
        steps in prop::collection::vec((0..6_u8, coverages()), 0..20),
        order in Just((0..6_u8).collect::<Vec<_>>()).prop_shuffle(),
    ) {
        let mut walked = Snapshot::new(provenance(), complete);
        let mut last = Files::new();
        for (number, coverage) in steps {
            walked.set(path(number), coverage.clone());
            last.insert(number, coverage);
        }
        let afresh = snapshot(complete, order.iter().filter_map(|number| last.get_key_value(number)));
        prop_assert_eq!(walked.digest(), afresh.digest());
        prop_assert_eq!(walked.counts(), afresh.counts());
        prop_assert!(walked.files().eq(afresh.files()));
    }

    #[test]
    fn equal_digests_mean_equal_files([a, b] in snapshots()) {
        prop_assert_eq!(a.digest() == b.digest(), a.files().eq(b.files()));
    }

    #[test]
    fn answers_are_what_was_pushed(
        answers in prop::collection::vec((prop::option::of("[ab]{0,2}"), prop::option::of("[ab]{0,2}"), 0..32_u8), 0..20),
    ) {
        let pushed = answers.iter().map(|(text, normal, flags)| Answer {
            text: text.as_deref(),
            normal: normal.as_deref(),
            flags: Flags::from_bits_truncate(*flags),
        });
        let mut builder = AnswersBuilder::default();
        pushed.clone().for_each(|answer| builder.push(answer));
        let built = builder.finish();
        prop_assert!(built.iter().eq(pushed));
        prop_assert_eq!(built.len(), answers.len());
        prop_assert_eq!(built.is_empty(), answers.is_empty());
        prop_assert_eq!(built.get(built.len()), Answer::default());
        let bytes = postcard::to_stdvec(&built).unwrap();
        prop_assert_eq!(postcard::from_bytes::<Answers>(&bytes).unwrap(), built);
    }
}

/// Compares what a delta says of one file.
#[expect(clippy::needless_pass_by_value, reason = "that is what `expect!` makes")]
fn check(old: Coverage, new: Coverage, expected: Expect) {
    let change = FileDelta { old, new };
    let mut shown = String::new();
    let show = |hover: &Hover<'_>| {
        let mut shown =
            format!("{} `{}` {}", hover.kind.as_str(), hover.signature, hover.normal.unwrap_or("-"));
        shown.extend(hover.flags.words().into_iter().map(|flag| format!(" {flag}")));
        shown.extend(hover.doc.map(|doc| format!(" {doc:?}")));
        shown.extend(hover.decorators.iter().map(|decorator| format!(" @{decorator}")));
        shown
    };
    for (id, change) in change.hovers() {
        let what = match &change {
            HoverChange::Added(hover) => format!("+ {}", show(hover)),
            HoverChange::Removed(hover) => format!("- {}", show(hover)),
            HoverChange::Modified(old, new) => format!("~ {} → {}", show(old), show(new)),
        };
        shown += &format!("{}: {what}\n", id.qualified_name);
    }
    let (added, removed) = change.edges();
    for (sign, edges) in [("+", added), ("-", removed)] {
        for edge in edges {
            shown += &format!("{sign} {} {}\n", edge.module, edge.class.as_str());
        }
    }
    expected.assert_eq(&shown);
}

#[test]
fn a_file_that_appears_or_vanishes() {
    let version = Version::PLAIN;
    check(
        Coverage::Absent,
        version.present(),
        expect![[r#"
            f0: + function `def f0()` type0
            f1: + function `def f1()` type0
            + m0 first-party
        "#]],
    );
    check(
        version.present(),
        Coverage::Absent,
        expect![[r#"
            f0: - function `def f0()` type0
            f1: - function `def f1()` type0
            - m0 first-party
        "#]],
    );
}

#[test]
fn a_file_that_changes() {
    let version = Version::PLAIN;
    check(
        version.present(),
        Version { content: 3, ..version }.present(),
        expect![[r#"
            f2: + function `def f2()` type0
        "#]],
    );
    check(
        version.present(),
        Version { answer: Some(1), ..version }.present(),
        expect![[r#"
            f0: ~ function `def f0()` type0 → function `def f0()` type1
            f1: ~ function `def f1()` type0 → function `def f1()` type1
        "#]],
    );
    check(
        version.present(),
        Version { edges: 3, ..version }.present(),
        expect![[r#"
        + m1 stdlib
        + m2 third-party
    "#]],
    );
    check(
        version.present(),
        Version { answer: None, content: 1, edges: 0, ..version }.present(),
        expect![[r#"
            f1: - function `def f1()` -
            - m0 first-party
        "#]],
    );
}

#[test]
fn equal_edges_count_as_often_as_they_occur() {
    let with = |modules: &[&str]| {
        let edges = modules.iter().map(|module| edge(module, 0, false)).collect();
        Coverage::Present(Arc::new(FileRecord::new(ContentHash::default(), Arc::default(), edges, None)))
    };
    check(
        with(&["a", "a", "b"]),
        with(&["b", "a", "c", "c"]),
        expect![[r#"
        + c first-party
        + c first-party
        - a first-party
    "#]],
    );
}

#[test]
fn flags_and_docstrings_are_content() {
    let definition = Version::PLAIN.record().facts().outline.definitions[0].clone();
    let with = |change: &dyn Fn(&mut Definition)| {
        let mut definition = definition.clone();
        change(&mut definition);
        let outline = Outline { definitions: [definition].into(), ..Outline::default() };
        let facts = FileFacts { outline: Arc::new(outline), ..FileFacts::default() };
        Coverage::Present(Arc::new(FileRecord::new(
            ContentHash::default(),
            Arc::new(facts),
            Arc::new([]),
            None,
        )))
    };
    check(
        with(&|_| {}),
        with(&|definition| definition.near_error = true),
        expect![[r#"
            f0: ~ function `def f0()` - → function `def f0()` - near-error
        "#]],
    );
    check(
        with(&|_| {}),
        with(&|definition| definition.doc = Some("new".into())),
        expect![[r#"
            f0: ~ function `def f0()` - → function `def f0()` - "new"
        "#]],
    );
    check(
        with(&|_| {}),
        with(&|definition| definition.kind = DefinitionKind::AsyncFunction),
        expect![[r#"
            f0: ~ function `def f0()` - → async-function `def f0()` -
        "#]],
    );
    check(
        with(&|_| {}),
        with(&|definition| definition.decorators = [Arc::from("d")].into()),
        expect![[r#"
            f0: ~ function `def f0()` - → function `def f0()` - @d
        "#]],
    );
    check(with(&|_| {}), with(&|definition| definition.full = Span::new(7, 8)), expect![[""]]);
}

#[test]
fn counts_of_a_small_project() {
    let files: Files = [
        (0, Version { edges: 5, ..Version::PLAIN }.present()),
        (1, Version { edges: 1, content: 1, ..Version::PLAIN }.present()),
        (2, Coverage::Skipped(SkipReason::Unstable)),
        (3, Coverage::Absent),
        (4, Coverage::NotAsked),
    ]
    .into();
    expect![[r#"
        Counts {
            files: 3,
            skipped: 1,
            definitions: 3,
            edges: 3,
            imports: ImportCounts {
                first_party: 2,
                stdlib: 1,
                third_party: 0,
                unresolved: 0,
            },
        }
    "#]]
    .assert_debug_eq(&snapshot(true, &files).counts());
}

#[test]
fn the_kind_is_the_first_context_of_five() {
    let mut shown = String::new();
    for bits in 0..32 {
        let contexts = Contexts::from_bits(bits).unwrap();
        shown += &format!("{}: {}\n", contexts.words().join(" "), contexts.kind().as_str());
    }
    expect![[r#"
        : runtime
        typing: typing
        optional: optional
        typing optional: typing
        deferred: deferred
        typing deferred: typing
        optional deferred: optional
        typing optional deferred: typing
        lazy: lazy
        typing lazy: typing
        optional lazy: lazy
        typing optional lazy: typing
        deferred lazy: lazy
        typing deferred lazy: typing
        optional deferred lazy: lazy
        typing optional deferred lazy: typing
        dynamic: dynamic
        typing dynamic: dynamic
        optional dynamic: dynamic
        typing optional dynamic: dynamic
        deferred dynamic: dynamic
        typing deferred dynamic: dynamic
        optional deferred dynamic: dynamic
        typing optional deferred dynamic: dynamic
        lazy dynamic: dynamic
        typing lazy dynamic: dynamic
        optional lazy dynamic: dynamic
        typing optional lazy dynamic: dynamic
        deferred lazy dynamic: dynamic
        typing deferred lazy dynamic: dynamic
        optional deferred lazy dynamic: dynamic
        typing optional deferred lazy dynamic: dynamic
    "#]]
    .assert_eq(&shown);
}

#[test]
fn equal_texts_of_answers_are_kept_once() {
    let mut builder = AnswersBuilder::default();
    for text in ["int", "str", "int", "int"] {
        builder.push(Answer { text: Some(text), normal: Some(text), flags: Flags::empty() });
    }
    let answers = builder.finish();
    let [first, third] = [0, 2].map(|index| answers.get(index).text.unwrap().as_ptr());
    assert_eq!(first, third);
    assert_eq!(answers.get(0).normal.unwrap().as_ptr(), first);
}
