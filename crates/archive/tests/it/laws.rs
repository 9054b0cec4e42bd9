//! Reading undoes writing; parts come to the whole in any order.

use std::sync::Arc;

use proptest::prelude::*;
use staniel_archive::{Archive, MergeError, merge};
use staniel_facts::*;

use crate::made_up::*;

fn named(archives: impl IntoIterator<Item = Archive>) -> Vec<(String, Archive)> {
    archives.into_iter().enumerate().map(|(number, archive)| (format!("part{number}"), archive)).collect()
}

/// Everything that a digest does not cover, too.
fn contents(snapshot: &Snapshot) -> Vec<(RelPath, String)> {
    snapshot.files().map(|(path, coverage)| (path.clone(), format!("{coverage:?}"))).collect()
}

proptest! {
    #[test]
    fn what_is_read_is_what_was_written(files in files(), complete: bool, hermetic: bool) {
        let archive = Archive { hermetic, ..archive(complete, &files) };
        let bytes = written(&archive);
        let read = reread(&bytes).unwrap();
        prop_assert_eq!(&read, &archive);
        prop_assert_eq!(contents(&read.snapshot), contents(&archive.snapshot));
        prop_assert_eq!(read.snapshot.counts(), archive.snapshot.counts());
        prop_assert_eq!(written(&read), bytes);
    }

    #[test]
    fn parts_are_the_whole_in_any_order(
        files in files(),
        owners in prop::collection::vec(0..3_usize, 8),
        twice in 0..8_u8,
        order in Just(vec![0, 1, 2]).prop_shuffle(),
    ) {
        let whole = archive(true, &files);
        let parts: Vec<Archive> = (0..3)
            .map(|part| {
                let owner = |number: u8| owners[usize::from(number)];
                let mine: Vec<_> =
                    (0..8).filter(|number| owner(*number) == part || *number == twice).map(path).collect();
                // Through a file, as between machines.
                reread(&written(&whole.part(|path| mine.contains(path)))).unwrap()
            })
            .collect();
        let merged = merge(&named(order.iter().map(|part| parts[*part].clone()))).unwrap();
        prop_assert_eq!(written(&merged), written(&whole));
        // Two at a time, too.
        let two = merge(&named([parts[2].clone(), parts[0].clone()])).unwrap();
        let three = merge(&named([parts[1].clone(), two])).unwrap();
        prop_assert_eq!(written(&three), written(&whole));
    }

    #[test]
    fn what_is_not_all_there_is_no_whole(files in files(), left_out in 0..8_u8) {
        let whole = archive(true, &files);
        let part = whole.part(|name| *name != path(left_out));
        let merged = merge(&named([part.clone(), part])).unwrap();
        prop_assert_eq!(merged.snapshot.is_complete(), whole.snapshot.coverage(path(left_out).as_str()) == &Coverage::Absent);
    }

    #[test]
    fn the_order_does_not_matter_where_parts_disagree(left in files(), right in files()) {
        let [left, right] = [archive(false, &left), archive(false, &right)];
        let both = [
            merge(&named([left.clone(), right.clone()])),
            merge(&named([right.clone(), left.clone()])),
        ];
        match both {
            [Ok(one), Ok(other)] => prop_assert_eq!(written(&one), written(&other)),
            [
                Err(MergeError::Conflict { path: one, .. }),
                Err(MergeError::Conflict { path: other, .. }),
            ] => {
                prop_assert_eq!(&one, &other);
                prop_assert_ne!(left.snapshot.coverage(one.as_str()), right.snapshot.coverage(one.as_str()));
            }
            other => prop_assert!(false, "{other:?}"),
        }
    }
}

#[test]
fn parts_of_two_wholes_are_no_whole() {
    let files: Files = [(1, present(1, None)), (2, present(2, None))].into();
    let more = archive(true, &files.clone().into_iter().chain([(3, present(3, None))]).collect());
    let parts = [archive(true, &files).part(|name| *name == path(1)), more.part(|name| *name == path(2))];
    let merged = merge(&named(parts)).unwrap();
    assert!(!merged.snapshot.is_complete());
    assert_eq!((merged.snapshot.files().count(), merged.whole), (2, None));
}

#[test]
fn conflicts_name_the_path_and_who_disagrees() {
    let same: Files = [(1, present(1, None))].into();
    let parts = [
        archive(false, &same),
        archive(false, &[(2, present(2, Some(0)))].into()),
        archive(false, &[(1, present(1, None)), (2, present(2, Some(1)))].into()),
    ];
    assert_eq!(
        merge(&named(parts)).unwrap_err().to_string(),
        "`part1` and `part2` disagree about `pkg/m2.py`"
    );
}

/// A digest covers a file's content hash and not what follows from it: a forged file may say both.
#[test]
fn facts_that_do_not_follow_from_the_content_are_a_conflict() {
    let honest = present(2, None);
    let record = honest.record().unwrap();
    let mut facts = (**record.facts()).clone();
    facts.diagnostics = [Diagnostic {
        code: DiagnosticCode::SyntaxError,
        message: "there is none".into(),
        span: Span::new(0, 1),
    }]
    .into();
    let forged = FileRecord::new(record.hash(), Arc::new(facts), Arc::clone(record.edges()), None);
    let forged = Coverage::Present(Arc::new(forged));
    assert_eq!(forged, honest);
    let parts = named([honest, forged].map(|coverage| archive(false, &[(1, coverage)].into())));
    let conflict = merge(&parts).unwrap_err();
    assert_eq!(conflict.to_string(), "`part0` and `part1` disagree about `pkg/m1.py`");
}

#[test]
fn mixed_circumstances_are_refused_with_what_differs() {
    let plain = archive(false, &Files::new());
    let with = |change: fn(&mut Provenance)| {
        let mut other = provenance("declared");
        change(&mut other);
        Archive { snapshot: Snapshot::new(Arc::new(other), false), ..plain.clone() }
    };
    let refusal = |other: Archive| merge(&named([plain.clone(), other])).unwrap_err().to_string();
    assert_eq!(
        refusal(with(|other| other.provider.version = "2".into())),
        "`part0` and `part1` were made under different circumstances: the types are those of declared 1 and of \
         declared 2"
    );
    assert_eq!(
        refusal(with(|other| other.environment = EnvironmentDigest(Digest([4; 32])))),
        "`part0` and `part1` were made under different circumstances: two environments, 0303030303030303 and \
         0404040404040404 (Python version, platform, settings and installed packages are in that)"
    );
    assert_eq!(
        refusal(with(|other| other.schema += 1)),
        "`part0` and `part1` were made under different circumstances: schema 1 and schema 2"
    );
    assert_eq!(
        refusal(Archive { hermetic: true, ..plain.clone() }),
        "`part0` and `part1` were made under different circumstances: one is hermetic, the other is not"
    );
    assert_eq!(merge(&[]), Err(MergeError::Nothing));
}
