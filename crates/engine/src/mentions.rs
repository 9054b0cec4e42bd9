//! Which files mention which names: what decides which of a file's definitions count for others.
//!
//! A name counts as mentioned in a file's parts if any *other* file says it, wherever and as whatever. Who mentions it is
//! not asked: also a file that has nothing to do with the one that defines it. This is a function of the world, kept
//! file by file.

use std::collections::BTreeSet;
use std::sync::{Arc, LazyLock};

use rustc_hash::{FxHashMap, FxHashSet};
use staniel_facts::{FileFacts, Interface, NameHash, Part, RelPath};
use staniel_graph::ReverseIndex;

use crate::keys::Reach;

#[derive(Default)]
pub(crate) struct Mentions {
    files: FxHashMap<RelPath, Arc<FileFacts>>,
    /// How many files say a name.
    counts: FxHashMap<NameHash, u32>,
    /// Which files have a part of that name.
    homes: ReverseIndex<NameHash>,
    /// What was counted of a name before the changes since the last [`Mentions::take_turned`].
    before: FxHashMap<NameHash, u32>,
}

impl Mentions {
    /// Takes in what `path` says now; `None` if it is gone. Cost: what it says, before and now.
    pub(crate) fn set(&mut self, path: &RelPath, facts: Option<&Arc<FileFacts>>) {
        let before = match facts {
            Some(facts) => self.files.insert(path.clone(), Arc::clone(facts)),
            None => self.files.remove(path),
        };
        if let (Some(before), Some(facts)) = (&before, facts)
            && before.interface == facts.interface
        {
            return;
        }
        let (old, new) = (said(before.as_ref()), said(facts));
        for gone in old.iter().filter(|name| new.binary_search(name).is_err()) {
            let count = self.counts.entry(*gone).or_default();
            self.before.entry(*gone).or_insert(*count);
            *count -= 1;
            if *count == 0 {
                self.counts.remove(gone);
            }
        }
        for said in new.iter().filter(|name| old.binary_search(name).is_err()) {
            let count = self.counts.entry(*said).or_default();
            self.before.entry(*said).or_insert(*count);
            *count += 1;
        }
        let parts = facts.into_iter().flat_map(|facts| &facts.interface.parts);
        self.homes.set(path, parts.map(|part| part.name));
    }

    /// What was taken in last.
    pub(crate) fn facts(&self, path: &RelPath) -> Option<&Arc<FileFacts>> {
        self.files.get(path)
    }

    /// The files that have a part whose name is mentioned now and was not when this was last called, or the other
    /// way.
    pub(crate) fn take_turned(&mut self) -> BTreeSet<RelPath> {
        let before = std::mem::take(&mut self.before);
        let turned = before.into_iter().filter(|(name, count)| is_shared(*count) != self.is_mentioned(*name));
        turned.flat_map(|(name, _)| self.homes.dependents(&name)).cloned().collect()
    }

    /// Those of a file's parts that count for who looks so far.
    pub(crate) fn counting<'i>(&self, interface: &'i Interface, reach: Reach) -> Vec<&'i Part> {
        let parts = &interface.parts;
        let deep = |uses: &'i [NameHash]| if reach == Reach::Inferred { uses } else { &[] };
        let mut wanted: Vec<NameHash> = deep(&interface.deep_uses).to_vec();
        wanted.extend(parts.iter().map(|part| part.name).filter(|name| self.is_known(*name)));
        let mut found: FxHashSet<NameHash> = wanted.iter().copied().collect();
        while let Some(name) = wanted.pop() {
            // Two names of one hash are one here.
            let from = parts.partition_point(|part| part.name < name);
            for part in parts[from..].iter().take_while(|part| part.name == name) {
                let uses = part.uses.iter().chain(deep(&part.deep_uses));
                wanted.extend(uses.copied().filter(|used| found.insert(*used)));
            }
        }
        parts.iter().filter(|part| found.contains(&part.name)).collect()
    }

    /// Whether a file that has a part of that name is not the only one to know it.
    fn is_known(&self, name: NameHash) -> bool {
        self.is_mentioned(name) || PROTOCOL_MEMBERS.contains(&name)
    }

    fn is_mentioned(&self, name: NameHash) -> bool {
        is_shared(self.counts.get(&name).copied().unwrap_or_default())
    }
}

fn said(facts: Option<&Arc<FileFacts>>) -> &[NameHash] {
    facts.map(|facts| &*facts.interface.mentions).unwrap_or_default()
}

/// Whoever defines a name says it too.
fn is_shared(count: u32) -> bool {
    count > 1
}

/// What somebody looks for who was handed a module as a `SupportsWrite`, say: no first-party file spells that.
static PROTOCOL_MEMBERS: LazyLock<FxHashSet<NameHash>> =
    LazyLock::new(|| TYPESHED_PROTOCOL_MEMBERS.iter().map(|name| NameHash::of(name)).collect());

/// The members of typeshed's protocols, and of what these inherit from, without those that have two underscores in their
/// names. Made from the standard library's stubs in `ty_vendored` 0.0.10: of every class that names `Protocol` among its
/// bases, and of all classes that go by the names of its bases, what `def`, `x: T` and `x = y` in their bodies bind, also
/// below `if`.
#[rustfmt::skip]
const TYPESHED_PROTOCOL_MEMBERS: &[&str] = &[
    "_condition", "_state", "_waiters", "aclose", "adjustable", "arraysize", "as_integer_ratio", "asend",
    "athrow", "avoids_symlink_attacks", "block_size", "characters", "close", "closed", "commit",
    "connection_lost", "connection_made", "copy", "createDocument", "createDocumentType",
    "create_default_context", "cursor", "data_received", "decode", "decompress", "description", "detach",
    "digest", "digest_size", "dnd_end", "encode", "endDocument", "endElement", "endElementNS", "endPrefixMapping",
    "eof", "eof_received", "err_msg", "error", "exc_traceback", "exc_type", "exc_value", "execute", "executemany",
    "exists", "fatalError", "fetchall", "fetchmany", "fetchone", "fileno", "filter", "finalize", "find_spec",
    "flush", "get", "get_all", "getbuffer", "handle", "handleError", "hasFeature", "height", "hexdigest",
    "ignorableWhitespace", "implementation", "inverse", "is_dir", "is_file", "is_symlink", "isatty", "items",
    "iterdir", "iteritems", "joinpath", "json", "keys", "load_module", "max_count", "mode", "monotonic", "name",
    "notationDecl", "object", "open", "parent", "parse", "pause_writing", "processingInstruction", "put_nowait",
    "read", "read1", "read_bytes", "read_text", "readable", "readinto", "readline", "readlines", "resolution",
    "resolveEntity", "result", "resume_writing", "rowcount", "run", "search", "seek", "seekable", "send",
    "setDocumentLocator", "setinputsizes", "setoutputsize", "skippedEntity", "startDocument", "startElement",
    "startElementNS", "startPrefixMapping", "step", "tell", "throw", "timetuple", "truncate",
    "unparsedEntityDecl", "unused_data", "update", "value", "value_parser", "warning", "width", "writable",
    "write", "writelines", "writeln",
];

#[cfg(test)]
mod tests;
