//! Files whose text is not their bytes.

use std::collections::BTreeMap;
use std::sync::Arc;

use camino::Utf8Path;
use rustc_hash::FxHashSet;
use serde_json::json;
use staniel_facts::{Cancel, ContentHash, FileState, RelPath, SourceKind, World};
use staniel_provider::{AskError, Sources};

use crate::session::Session;
use crate::uri;

/// What UTF-8 may begin with.
const BYTE_ORDER_MARK: &[u8] = b"\xef\xbb\xbf";

/// The Python files of a world that a server would misread on disk, with what they say: those in another encoding than
/// UTF-8, and those that the guard keeps from parsers, which are empty to everybody.
///
/// Servers are told of them at the beginning and for good. Else what others import from them would be what the server
/// makes of the bytes, or what the text says, as long as somebody happens to ask about such a file.
#[derive(Default)]
pub(crate) struct Recoded(BTreeMap<RelPath, Arc<str>>);

impl Recoded {
    /// Finds them. `plain` are contents that are known to be their text; afterwards, those of this world. Cost: reads
    /// and hashes what is not among them.
    pub(crate) fn find(
        world: &World,
        sources: &dyn Sources,
        plain: &mut FxHashSet<ContentHash>,
        cancel: &Cancel,
    ) -> Result<Self, AskError> {
        let known = std::mem::take(plain);
        let mut recoded = BTreeMap::new();
        for (path, tracked) in &world.files {
            let FileState::Present(hash) = tracked.state else { continue };
            if path.source_kind() != Some(SourceKind::Python) {
                continue;
            }
            if known.contains(&hash) {
                plain.insert(hash);
                continue;
            }
            if cancel.is_cancelled() {
                return Err(AskError::Cancelled);
            }
            let text = sources.text(path, hash).map_err(|_| AskError::Stale(path.clone()))?;
            if is(text.as_bytes(), hash) {
                plain.insert(hash);
            } else {
                recoded.insert(path.clone(), text);
            }
        }
        Ok(Self(recoded))
    }

    /// Tells a new server of them.
    pub(crate) fn open(&self, session: &Session, root: &Utf8Path) {
        for (path, text) in &self.0 {
            open(session, &uri::of(&root.join(path.as_str())), text);
        }
    }

    pub(crate) fn contains(&self, path: &RelPath) -> bool {
        self.0.contains_key(path)
    }
}

/// From now on `text` counts, not what lies on disk.
pub(crate) fn open(session: &Session, uri: &str, text: &str) {
    let item = json!({"uri": uri, "languageId": "python", "version": 1, "text": text});
    session.notify("textDocument/didOpen", &json!({"textDocument": item}));
}

/// Whether a text is what bytes of this hash say as UTF-8.
fn is(text: &[u8], hash: ContentHash) -> bool {
    ContentHash::of(text) == hash || ContentHash::of(&[BYTE_ORDER_MARK, text].concat()) == hash
}
