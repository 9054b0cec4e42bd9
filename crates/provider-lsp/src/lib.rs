//! The provider that asks language servers, over their standard input and output.
//!
//! A server is a program of somebody else's: it may be missing, hang, crash, flood its log, ask questions of its own or
//! say something that is no protocol at all. Each of these ends in an answer or in an error with advice, within a
//! deadline. What is asked is one hover for each definition; what is kept of a reply is its first code block.
//!
//! **Invariant:** no program is run that lies inside the project, unless the user named it, and none is started before
//! somebody asks. What a server is told of the Python environment is what the world says of it. The project's files are
//! read by the servers themselves, from disk, but for those in other encodings than UTF-8: that they are still what the world says is for the caller to see to.
//!
//! Start reading at [`LspProvider`]; then `sweep` (many places asked of one server), `session` (one conversation),
//! `process` and `wire` below it; `servers` finds programs, `surroundings` is what they are made to see, `recoded` what they
//! must not read by themselves.

mod configuration;
mod hover;
mod options;
mod process;
mod provider;
mod recoded;
mod servers;
mod session;
mod stop;
mod surroundings;
mod sweep;
mod uri;
mod wire;

pub use configuration::{ConfigurationError, Known, configuration_digest};
pub use options::LspOptions;
pub use provider::LspProvider;
pub use servers::{FindError, Installed, Server, find, outside};
