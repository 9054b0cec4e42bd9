//! Which definitions of a module stand apart: nobody who does not know their names can tell whether they are there.

use rustc_hash::FxHashMap;
use staniel_facts::NameHash;

use super::statements::Statement;
use super::words::Words;

/// A definition that stands apart, before it is digested.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) name: NameHash,
    /// The names of others that it mentions where everybody sees it, sorted.
    pub(super) uses: Box<[NameHash]>,
    /// And where only those do who infer what functions return.
    pub(super) deep_uses: Box<[NameHash]>,
}

/// Whom a statement mentions, by number.
#[derive(Clone, Default)]
struct Mentioned {
    seen: Vec<usize>,
    /// Where only those see it who infer.
    deep: Vec<usize>,
}

/// For each statement: whether it stands apart, and as what; and the names of those that all others mention where only
/// those see it who infer what functions return, sorted.
///
/// One does if it is all that binds its name, and only others that stand apart mention that where everybody sees it:
/// there it matters where it stands. Bodies run when all of the module has, if they do.
pub(super) fn find(
    statements: &[Statement],
    words: &Words<'_>,
    text: &str,
) -> (Vec<Option<Named>>, Box<[NameHash]>) {
    let mut names: FxHashMap<&str, Option<usize>> = FxHashMap::default();
    for (number, statement) in statements.iter().enumerate() {
        let name = statement.name.clone().map(|name| &text[name]);
        if let Some(name) = name.filter(|name| is_plain(name)) {
            names.entry(name).and_modify(|known| *known = None).or_insert(Some(number));
        }
    }
    let mut apart = vec![false; statements.len()];
    names.values().flatten().for_each(|number| apart[*number] = true);
    // Who mentions whom, among these; whom somebody else mentions counts for everybody.
    let mut mentioned = vec![Mentioned::default(); statements.len()];
    let mut counting = Vec::new();
    let mut deep = Vec::new();
    for (name, number) in names.iter().filter_map(|(name, number)| Some((name, (*number)?))) {
        for home in words.homes(name).filter(|home| home.statement() != number) {
            let is_apart = apart.get(home.statement()) == Some(&true);
            let all = match (is_apart, home.is_deep) {
                (true, false) => &mut mentioned[home.statement()].seen,
                (true, true) => &mut mentioned[home.statement()].deep,
                (false, false) => &mut counting,
                (false, true) => &mut deep,
            };
            all.push(number);
        }
    }
    // And so does whom those mention.
    while let Some(number) = counting.pop() {
        if std::mem::replace(&mut apart[number], false) {
            counting.extend(&mentioned[number].seen);
            deep.extend(&mentioned[number].deep);
        }
    }
    let hashes: Vec<Option<NameHash>> = statements
        .iter()
        .zip(&apart)
        .map(|(statement, apart)| {
            apart.then(|| statement.name.clone().map(|name| NameHash::of(&text[name])))?
        })
        .collect();
    let sorted = |numbers: &[usize]| -> Box<[NameHash]> {
        let mut names: Vec<NameHash> = numbers.iter().filter_map(|number| hashes[*number]).collect();
        names.sort_unstable();
        names.dedup();
        names.into()
    };
    let named = |(name, Mentioned { seen, deep }): (&Option<NameHash>, &Mentioned)| {
        Some(Named { name: (*name)?, uses: sorted(seen), deep_uses: sorted(deep) })
    };
    (hashes.iter().zip(&mentioned).map(named).collect(), sorted(&deep))
}

/// Whether a name can be looked up under no other spelling, and by nobody who does not spell it: private names are
/// written without their class, and names with two underscores have meanings that nobody writes.
fn is_plain(name: &str) -> bool {
    name.is_ascii() && !name.contains("__")
}
