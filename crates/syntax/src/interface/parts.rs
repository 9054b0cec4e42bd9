//! Which definitions of a module stand apart: nobody who does not know their names can tell whether they are there.

use rustc_hash::FxHashMap;
use staniel_facts::NameHash;

use super::statements::Statement;
use super::words::Words;

/// A definition that stands apart, before it is digested.
#[derive(Clone)]
pub(super) struct Named {
    pub(super) name: NameHash,
    /// The names of others that it mentions, sorted.
    pub(super) uses: Box<[NameHash]>,
}

/// For each statement: whether it stands apart, and as what.
///
/// One does if it is all that binds its name, and only others that stand apart mention that.
pub(super) fn find(statements: &[Statement], words: &Words<'_>, text: &str) -> Vec<Option<Named>> {
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
    let mut uses: Vec<Vec<usize>> = vec![Vec::new(); statements.len()];
    let mut counting = Vec::new();
    for (name, number) in names.iter().filter_map(|(name, number)| Some((name, (*number)?))) {
        for home in words.homes(name).filter(|home| *home != number) {
            if apart.get(home) == Some(&true) {
                uses[home].push(number);
            } else {
                counting.push(number);
            }
        }
    }
    // And so does whom those mention.
    while let Some(number) = counting.pop() {
        if std::mem::replace(&mut apart[number], false) {
            counting.extend(&uses[number]);
        }
    }
    let hashes: Vec<Option<NameHash>> = statements
        .iter()
        .zip(&apart)
        .map(|(statement, apart)| {
            apart.then(|| statement.name.clone().map(|name| NameHash::of(&text[name])))?
        })
        .collect();
    let named = |(name, uses): (&Option<NameHash>, &Vec<usize>)| {
        let mut uses: Vec<NameHash> = uses.iter().filter_map(|number| hashes[*number]).collect();
        uses.sort_unstable();
        uses.dedup();
        Some(Named { name: (*name)?, uses: uses.into() })
    };
    hashes.iter().zip(&uses).map(named).collect()
}

/// Whether a name can be looked up under no other spelling, and by nobody who does not spell it: private names are
/// written without their class, and names with two underscores have meanings that nobody writes.
fn is_plain(name: &str) -> bool {
    name.is_ascii() && !name.contains("__")
}
