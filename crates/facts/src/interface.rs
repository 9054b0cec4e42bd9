//! What a file shows to others, and which names it says itself.

use std::sync::LazyLock;

use serde::{Deserialize, Serialize};

use crate::InterfaceHash;

/// A name, as far as it takes to tell whether somebody mentions it: 32 bits of its blake3 hash. Two names with
/// one hash count as one, and then the rarer is taken for mentioned, which asks too much and never too little.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct NameHash(pub u32);

impl NameHash {
    /// Hashes an identifier in NFKC. Cost: one compression of blake3.
    pub fn of(name: &str) -> Self {
        static KEY: LazyLock<[u8; 32]> =
            LazyLock::new(|| blake3::derive_key("staniel 2026 mentioned names", b""));
        let [a, b, c, d, ..] = *blake3::keyed_hash(&KEY, name.as_bytes()).as_bytes();
        Self(u32::from_le_bytes([a, b, c, d]))
    }
}

/// How many statements the body of a *factory* has at most, its docstring not counted.
///
/// A factory is a function of the module's own block, not `async` and without `->`, whose body consists of simple statements
/// only, the last of which returns a name or what a call gives. What it is there for is what it makes, so its body is in sight
/// of everybody, as a signature is: an interface covers it, and a type provider may look into it from other files.
pub const LONGEST_FACTORY: usize = 8;

/// What can be seen of some text from other files, for each way to look.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Seen {
    /// By those to whom a function is what its signature declares; a factory ([`LONGEST_FACTORY`]) and an `__exit__`, what
    /// their bodies do.
    pub declared: InterfaceHash,
    /// By those who find out from its body what a function without `->` returns.
    pub inferred: InterfaceHash,
}

/// A definition at the top of a file that counts only for somebody who knows its name.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Part {
    /// What it defines.
    pub name: NameHash,
    /// What can be seen of it.
    pub seen: Seen,
    /// The names of other parts of the same file that it mentions where everybody sees it: if it counts, they do.
    /// Sorted.
    pub uses: Box<[NameHash]>,
    /// Those that it mentions in bodies into which only those look who find out what a function without `->` returns:
    /// if it counts, they do for these. Sorted; it may have what `uses` has too.
    pub deep_uses: Box<[NameHash]>,
}

/// What a file shows to others, in parts, and which names it says itself.
///
/// Most definitions at the top of a file count only for somebody who knows their names. `parts` has those of which
/// that is certain: taking some away, adding or changing them leaves `rest` and all other parts as they are, wherever
/// they stand, as long as nothing that stays mentions them. What a body says that nobody sees is no such mention, so
/// an edit in there changes nothing but `mentions`.
#[derive(Clone, Debug, PartialEq, Eq, Default, Serialize, Deserialize)]
pub struct Interface {
    /// What counts whoever looks.
    pub rest: Seen,
    /// The names of parts that `rest` mentions in bodies into which only those look who find out what a function without
    /// `->` returns: for these they count. Sorted, each once.
    pub deep_uses: Box<[NameHash]>,
    /// What counts if another file mentions its name, or what counts of this one does. Sorted.
    pub parts: Box<[Part]>,
    /// The names that the text says, wherever and as whatever; those of `parts` too. Sorted, each once.
    pub mentions: Box<[NameHash]>,
}
