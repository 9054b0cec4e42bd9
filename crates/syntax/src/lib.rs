//! Bytes in, facts out: what one Python file says, and nothing about any other file.
//!
//! This crate decodes a file's bytes ([`decode`]), keeps hostile text away from the parser (`guard`), parses
//! once with tree-sitter, and reads from that one tree the imports, what the module binds, the outline (every
//! definition with its identity, signature and docstring), the digest of what other files can see, and the
//! complaints about the text. Then the tree dies: it takes some fifty times its source.
//!
//! **Invariant:** pure functions of the bytes. No disk, no clock, no other file, no path or module name, no
//! salsa. Every input gives an answer: no panic, no abort, no recursion that grows with the input, and time
//! linear in the input's length. Broken text yields an outline and diagnostics; text beyond what CPython
//! itself would accept is refused with a reason.
//!
//! Start reading at [`facts`], the door; then `outline`, which is most of the work.

mod bindings;
mod complaints;
mod decode;
mod facts;
mod grammar;
mod guard;
mod imports;
mod interface;
mod outline;

pub use decode::{Decoded, decode};
pub use facts::{facts, provider_text};
pub use guard::SIZE_LIMIT;
