//! Bytes in, facts out: what one Python file or notebook says, and nothing about any other file.
//!
//! This crate decodes a file's bytes ([`decode`]) and reads them twice. A scanner of its own (`scan`) finds the imports
//! and what the module binds, in one pass at the speed of a loop over the bytes. Where more is asked for, text is kept
//! from the parser if it is hostile (`guard`), else parsed once with tree-sitter, and from that one tree come the outline
//! (every definition with its identity, signature and docstring), the digest of what other files can see, and the
//! complaints about the text. Then the tree dies: it takes some fifty times its source. Of notebooks (`notebook`) only
//! the imports are read.
//!
//! **Invariant:** pure functions of the bytes. No disk, no clock, no other file, no path or module name, no
//! salsa. Every input gives an answer: no panic, no abort, no recursion that grows with the input, and time
//! linear in the input's length. Broken text yields imports, an outline and diagnostics; text beyond what CPython
//! itself would accept is refused with a reason, and still has its imports.
//!
//! Start reading at [`facts`] and [`import_facts`], the doors; then `scan` and `outline`, which are most of the work.

mod complaints;
mod decode;
mod extend_path;
mod facts;
mod grammar;
mod guard;
mod interface;
mod notebook;
#[cfg(any(test, feature = "oracle"))]
pub mod oracle;
mod outline;
mod scan;

pub use decode::{Decoded, decode};
pub use facts::{facts, import_facts, provider_text};
pub use guard::SIZE_LIMIT;
