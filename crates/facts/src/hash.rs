//! Digests. Every digest in staniel is 32 bytes of blake3; the types keep the kinds apart.

use std::fmt;

use serde::{Deserialize, Serialize};

/// A bare blake3 digest, for rows and values that need no type of their own.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
pub struct Digest(pub [u8; 32]);

impl Digest {
    /// The first 16 hexadecimal digits: enough for people to tell two digests apart.
    pub fn short(&self) -> String {
        self.to_string()[..16].to_owned()
    }

    /// The digest that is displayed as `text`; `None` if that is not 64 hexadecimal digits.
    pub fn from_hex(text: &str) -> Option<Self> {
        blake3::Hash::from_hex(text).ok().map(|hash| Self(*hash.as_bytes()))
    }
}

impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(blake3::Hash::from_bytes(self.0).to_hex().as_str())
    }
}

impl fmt::Debug for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.short())
    }
}

macro_rules! digest_types {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Default, Serialize, Deserialize)]
        pub struct $name(pub Digest);

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { self.0.fmt(f) }
        }

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result { write!(f, "{:?}", self.0) }
        }
    )*};
}

digest_types! {
    /// blake3 of a file's bytes as they lie on disk: the only proof that two files are the same.
    ContentHash;
    /// What *other* files can see of a text. Equal interfaces stop an edit from travelling further.
    InterfaceHash;
    /// Everything outside the project's own files that an answer depends on: Python version, platform,
    /// settings, installed distributions. Contains no absolute path, so two machines can agree.
    EnvironmentDigest;
    /// Names every input of a stored answer; two equal keys have equal answers.
    AnswerKey;
    /// Names a snapshot: equal digests mean equal content, layout, coverage and provenance.
    SnapshotDigest;
}

impl ContentHash {
    /// Hashes a file's bytes. Plain blake3, so that `b3sum FILE` prints the same.
    pub fn of(bytes: &[u8]) -> Self {
        Self(Digest(*blake3::hash(bytes).as_bytes()))
    }
}

/// The digest of a value's canonical (postcard) encoding, in the domain named by `context`.
///
/// `context` follows blake3's `derive_key` advice: a constant sentence that names the use, so that equal
/// bytes of different meaning never share a digest.
pub fn digest_of<T: Serialize + ?Sized>(context: &'static str, value: &T) -> Digest {
    struct Sink(blake3::Hasher);
    impl postcard::ser_flavors::Flavor for Sink {
        type Output = Digest;
        fn try_push(&mut self, data: u8) -> postcard::Result<()> {
            self.0.update(&[data]);
            Ok(())
        }
        fn try_extend(&mut self, data: &[u8]) -> postcard::Result<()> {
            self.0.update(data);
            Ok(())
        }
        fn finalize(self) -> postcard::Result<Digest> {
            Ok(Digest(*self.0.finalize().as_bytes()))
        }
    }
    postcard::serialize_with_flavor(value, Sink(blake3::Hasher::new_derive_key(context)))
        .expect("plain data of known length always encodes, and the hasher accepts any byte")
}

impl SnapshotDigest {
    /// Adds one file's digest: addition modulo 2^256, so the sum does not depend on the order and one file
    /// can be exchanged in constant time. It guards against mistakes (a delta applied to the wrong base),
    /// not against somebody who constructs files to make two sums collide.
    pub(crate) fn plus(self, part: Digest) -> Self {
        let mut out = [0u8; 32];
        let mut carry = 0u16;
        for (slot, (a, b)) in out.iter_mut().zip(self.0.0.iter().zip(part.0)) {
            let sum = u16::from(*a) + u16::from(b) + carry;
            *slot = (sum & 0xff) as u8;
            carry = sum >> 8;
        }
        Self(Digest(out))
    }

    /// Takes one file's digest out again; the inverse of [`Self::plus`].
    pub(crate) fn minus(self, part: Digest) -> Self {
        let mut out = [0u8; 32];
        let mut borrow = 0i16;
        for (slot, (a, b)) in out.iter_mut().zip(self.0.0.iter().zip(part.0)) {
            let difference = i16::from(*a) - i16::from(b) - borrow;
            *slot = difference.rem_euclid(256) as u8;
            borrow = i16::from(difference < 0);
        }
        Self(Digest(out))
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn sum_is_commutative_and_invertible(a: [u8; 32], b: [u8; 32], c: [u8; 32]) {
            let start = SnapshotDigest(Digest(a));
            let (b, c) = (Digest(b), Digest(c));
            prop_assert_eq!(start.plus(b).plus(c), start.plus(c).plus(b));
            prop_assert_eq!(start.plus(b).minus(b), start);
        }
    }

    #[test]
    fn what_is_displayed_is_read_again() {
        let digest = Digest([0xa7; 32]);
        assert_eq!(Digest::from_hex(&digest.to_string()), Some(digest));
        assert_eq!(Digest::from_hex(&digest.short()), None);
        assert_eq!(Digest::from_hex("é"), None);
    }

    #[test]
    fn contexts_separate_equal_bytes() {
        assert_ne!(digest_of("staniel test a", "x"), digest_of("staniel test b", "x"));
    }
}
