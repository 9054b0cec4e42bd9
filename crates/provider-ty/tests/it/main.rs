//! The provider as its asker sees it: small worlds, what ty says of them, and what it says after an edit.

mod edits;
mod kinds;
mod project;
mod trouble;
