//! Which definitions of a module stand apart: nobody who does not know their names can tell whether they are there.

use rustc_hash::FxHashMap;
use staniel_facts::{Digest, NameHash, digest_of};

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
    /// How it stands to what it mentions where everybody sees it; see [`order`].
    pub(super) order: Digest,
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
    let mut orders = order(&apart, &names, words).into_iter();
    let named = |(name, Mentioned { seen, deep }): (&Option<NameHash>, &Mentioned)| {
        let order = orders.next().unwrap_or_default();
        Some(Named { name: (*name)?, uses: sorted(seen), deep_uses: sorted(deep), order })
    };
    (hashes.iter().zip(&mentioned).map(named).collect(), sorted(&deep))
}

/// For each statement that stands apart a digest of what stands above it, as far as it is concerned: of each word that it
/// says where everybody sees it, how many of the statements above that do not stand apart say it too, and whether what
/// stands apart under that name does so above.
///
/// `bar = foo` is another `bar` above `foo = 1` than below. What nobody mentions is not counted, so it changes nothing.
fn order(apart: &[bool], names: &FxHashMap<&str, Option<usize>>, words: &Words<'_>) -> Vec<Digest> {
    let mut orders: Vec<Vec<(NameHash, usize, bool)>> = vec![Vec::new(); apart.len()];
    for (word, homes) in words.in_sight() {
        let own = names.get(word).copied().flatten().filter(|number| apart[*number]);
        let mut hash = None;
        let mut above = 0;
        for home in homes {
            match apart.get(home) {
                Some(true) if own != Some(home) && (above > 0 || own.is_some()) => {
                    let hash = *hash.get_or_insert_with(|| NameHash::of(word));
                    orders[home].push((hash, above, own.is_some_and(|own| own < home)));
                }
                Some(true) => {}
                _ => above += 1,
            }
        }
    }
    let digest = |mut order: Vec<(NameHash, usize, bool)>| {
        order.sort_unstable();
        digest_of("staniel 2026 order of a part", &order)
    };
    orders.into_iter().map(digest).collect()
}

/// Whether a name can be looked up under no other spelling, and by nobody who does not spell it: private names are
/// written without their class, and names with two underscores have meanings that nobody writes.
fn is_plain(name: &str) -> bool {
    name.is_ascii() && !name.contains("__")
}
