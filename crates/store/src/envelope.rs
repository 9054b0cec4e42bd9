//! The envelope around each value on disk: what makes a wrong row a missing row.
//!
//! ```text
//! magic 4 | format 2 | schema 2 | payload length 8 | blake3 32 | payload, where it fits
//! ```
//!
//! The checksum covers table, key and payload, so that a row which ends up in another's place is found out
//! too. sled has checksums of its own; they do not tell a page that is intact but stale, or one that belongs
//! elsewhere.

use std::sync::LazyLock;

use staniel_facts::SCHEMA;

use crate::table::Table;

/// Bytes before the payload.
pub(crate) const HEADER: usize = 48;

const MAGIC: [u8; 4] = *b"stnl";

/// The version of this layout; the schema is that of what lies inside.
const FORMAT: u16 = 1;

/// No value is larger. A length beyond it is nonsense from a damaged row, not a reason to allocate.
pub(crate) const PAYLOAD_LIMIT: u64 = 1 << 30;

/// The head of an envelope whose payload may lie elsewhere.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Header {
    /// Bytes of payload.
    pub(crate) len: u64,
    /// What [`digest`] says of table, key and payload.
    pub(crate) digest: [u8; 32],
}

impl Header {
    pub(crate) fn of(context: Context<'_>, payload: &[u8]) -> Self {
        Self { len: payload.len() as u64, digest: digest(context, payload) }
    }

    pub(crate) fn encode(self) -> [u8; HEADER] {
        let mut out = [0; HEADER];
        out[..4].copy_from_slice(&MAGIC);
        out[4..6].copy_from_slice(&FORMAT.to_le_bytes());
        out[6..8].copy_from_slice(&schema().to_le_bytes());
        out[8..16].copy_from_slice(&self.len.to_le_bytes());
        out[16..].copy_from_slice(&self.digest);
        out
    }

    /// The header and what follows it; `None` where this is no envelope of this format and schema.
    pub(crate) fn decode(bytes: &[u8]) -> Option<(Self, &[u8])> {
        let (header, rest) = bytes.split_first_chunk::<HEADER>()?;
        let (magic, header) = header.split_first_chunk::<4>()?;
        let (format, header) = header.split_first_chunk::<2>()?;
        let (inner, header) = header.split_first_chunk::<2>()?;
        let (len, digest) = header.split_first_chunk::<8>()?;
        let known = *magic == MAGIC
            && u16::from_le_bytes(*format) == FORMAT
            && u16::from_le_bytes(*inner) == schema()
            && u64::from_le_bytes(*len) <= PAYLOAD_LIMIT;
        known.then_some((Self { len: u64::from_le_bytes(*len), digest: digest.try_into().ok()? }, rest))
    }

    pub(crate) fn matches(self, context: Context<'_>, payload: &[u8]) -> bool {
        self.len == payload.len() as u64 && self.digest == digest(context, payload)
    }
}

/// The schema as the envelope writes it; truncation is harmless, since it only tells versions apart.
fn schema() -> u16 {
    (SCHEMA & 0xffff) as u16
}

/// Where a payload belongs.
#[derive(Clone, Copy, Debug)]
pub(crate) enum Context<'a> {
    /// A row.
    Row(Table, &'a [u8]),
    /// HEAD.
    Head,
    /// The contents of a pack.
    Contents,
    /// A pack's section of this number.
    Section(u64),
}

fn digest(context: Context<'_>, payload: &[u8]) -> [u8; 32] {
    static ROW: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("staniel store: table, key and value of a row"));
    static HEAD: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("staniel store: the contents of HEAD"));
    static CONTENTS: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("staniel store: the contents of a pack"));
    static SECTION: LazyLock<blake3::Hasher> =
        LazyLock::new(|| blake3::Hasher::new_derive_key("staniel store: a section of a pack"));
    let mut hasher = match context {
        Context::Row(table, key) => {
            let mut hasher = ROW.clone();
            hasher.update(table.name().as_bytes()).update(&[0]);
            hasher.update(&(key.len() as u64).to_le_bytes()).update(key);
            hasher
        }
        Context::Head => HEAD.clone(),
        Context::Contents => CONTENTS.clone(),
        Context::Section(number) => {
            let mut hasher = SECTION.clone();
            hasher.update(&number.to_le_bytes());
            hasher
        }
    };
    *hasher.update(payload).finalize().as_bytes()
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn sealed(context: Context<'_>, payload: &[u8]) -> Vec<u8> {
        [&Header::of(context, payload).encode(), payload].concat()
    }

    fn opened<'a>(context: Context<'_>, bytes: &'a [u8]) -> Option<&'a [u8]> {
        let (header, payload) = Header::decode(bytes)?;
        header.matches(context, payload).then_some(payload)
    }

    #[test]
    fn an_envelope_opens_only_where_it_belongs() {
        let bytes = sealed(Context::Row(Table::Facts, b"key"), b"value");
        assert_eq!(opened(Context::Row(Table::Facts, b"key"), &bytes), Some(&b"value"[..]));
        assert_eq!(opened(Context::Row(Table::Facts, b"kez"), &bytes), None);
        assert_eq!(opened(Context::Row(Table::Answers, b"key"), &bytes), None);
        assert_eq!(opened(Context::Head, &bytes), None);
    }

    proptest! {
        #[test]
        fn any_flipped_bit_closes_the_envelope(payload: Vec<u8>, at: prop::sample::Index, bit in 0..8u8) {
            let context = Context::Row(Table::Answers, b"k");
            let mut bytes = sealed(context, &payload);
            let at = at.index(bytes.len());
            bytes[at] ^= 1u8 << bit;
            prop_assert_eq!(opened(context, &bytes), None);
        }

        #[test]
        fn hostile_bytes_are_no_envelope(bytes: Vec<u8>) {
            prop_assert_eq!(opened(Context::Head, &bytes), None);
        }
    }
}
