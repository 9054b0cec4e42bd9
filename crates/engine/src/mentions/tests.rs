use staniel_facts::{Part, Seen};

use super::*;

fn name(number: u32) -> NameHash {
    NameHash(number)
}

/// A file with parts that use others, and what else it says.
fn facts(parts: &[(u32, &[u32])], said: &[u32]) -> Arc<FileFacts> {
    let parts: Vec<_> = parts.iter().map(|(name, uses)| (*name, *uses, &[][..])).collect();
    deep_facts(&parts, &[], said)
}

/// The same, with whom parts and all else use in bodies.
fn deep_facts(parts: &[(u32, &[u32], &[u32])], deep_uses: &[u32], said: &[u32]) -> Arc<FileFacts> {
    let names = |numbers: &[u32]| numbers.iter().copied().map(name).collect();
    let part = |(number, uses, deep_uses): &(u32, &[u32], &[u32])| Part {
        name: name(*number),
        seen: Seen::default(),
        uses: names(uses),
        deep_uses: names(deep_uses),
    };
    let all: BTreeSet<u32> = parts.iter().map(|(number, ..)| *number).chain(said.iter().copied()).collect();
    let interface = Interface {
        rest: Seen::default(),
        deep_uses: names(deep_uses),
        parts: parts.iter().map(part).collect(),
        mentions: all.into_iter().map(name).collect(),
    };
    Arc::new(FileFacts { interface, ..FileFacts::default() })
}

fn path(path: &str) -> RelPath {
    RelPath::new(path).expect("relative")
}

fn counting(mentions: &Mentions, file: &str) -> Vec<u32> {
    counting_for(mentions, file, Reach::Declared)
}

fn counting_for(mentions: &Mentions, file: &str, reach: Reach) -> Vec<u32> {
    let facts = mentions.facts(&path(file)).expect("it is there");
    mentions.counting(&facts.interface, reach).iter().map(|part| part.name.0).collect()
}

fn turned(mentions: &mut Mentions) -> Vec<String> {
    mentions.take_turned().iter().map(|path| path.as_str().to_owned()).collect()
}

#[test]
fn who_is_mentioned_counts_and_whom_he_uses() {
    let mut mentions = Mentions::default();
    mentions.set(&path("a.py"), Some(&facts(&[(1, &[2]), (2, &[3]), (3, &[]), (4, &[3])], &[])));
    assert_eq!(counting(&mentions, "a.py"), [0; 0]);
    mentions.set(&path("b.py"), Some(&facts(&[], &[2, 9])));
    assert_eq!(turned(&mut mentions), ["a.py"]);
    assert_eq!(counting(&mentions, "a.py"), [2, 3]);
    // One more who says it changes nothing,
    mentions.set(&path("c.py"), Some(&facts(&[], &[2])));
    assert_eq!(turned(&mut mentions), [""; 0]);
    // nor does it if another does instead.
    mentions.set(&path("b.py"), None);
    mentions.set(&path("c.py"), Some(&facts(&[], &[4])));
    mentions.set(&path("d.py"), Some(&facts(&[], &[2])));
    assert_eq!(turned(&mut mentions), ["a.py"]);
    assert_eq!(counting(&mentions, "a.py"), [2, 3, 4]);
    mentions.set(&path("c.py"), None);
    mentions.set(&path("d.py"), Some(&facts(&[], &[])));
    assert_eq!(turned(&mut mentions), ["a.py"]);
    assert_eq!(counting(&mentions, "a.py"), [0; 0]);
    assert!(mentions.counts.len() == 4 && mentions.before.is_empty());
}

#[test]
fn whom_bodies_use_counts_for_who_looks_into_them() {
    let mut mentions = Mentions::default();
    // What is used in a body uses others, either way.
    let parts: &[(u32, &[u32], &[u32])] =
        &[(1, &[], &[2]), (2, &[3], &[4]), (3, &[], &[]), (4, &[], &[1]), (5, &[], &[6]), (6, &[5], &[])];
    mentions.set(&path("a.py"), Some(&deep_facts(parts, &[], &[])));
    mentions.set(&path("b.py"), Some(&facts(&[], &[1])));
    assert_eq!(counting_for(&mentions, "a.py", Reach::Declared), [1]);
    assert_eq!(counting_for(&mentions, "a.py", Reach::Inferred), [1, 2, 3, 4]);
    // Nobody need know what the rest uses.
    mentions.set(&path("a.py"), Some(&deep_facts(parts, &[5], &[])));
    assert_eq!(counting_for(&mentions, "a.py", Reach::Declared), [1]);
    assert_eq!(counting_for(&mentions, "a.py", Reach::Inferred), [1, 2, 3, 4, 5, 6]);
}

#[test]
fn two_files_that_define_a_name_mention_each_other() {
    let mut mentions = Mentions::default();
    mentions.set(&path("a.py"), Some(&facts(&[(1, &[])], &[])));
    mentions.set(&path("b.py"), Some(&facts(&[(1, &[])], &[])));
    assert_eq!(turned(&mut mentions), ["a.py", "b.py"]);
    assert_eq!(counting(&mentions, "a.py"), [1]);
}

#[test]
fn members_of_protocols_are_always_mentioned() {
    assert!(TYPESHED_PROTOCOL_MEMBERS.is_sorted());
    let mut mentions = Mentions::default();
    let write = NameHash::of("write").0;
    mentions.set(&path("a.py"), Some(&facts(&[(write, &[])], &[])));
    assert_eq!(counting(&mentions, "a.py"), [write]);
}
