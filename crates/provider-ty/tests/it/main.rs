//! The provider as its asker sees it: small worlds, what ty says of them, and what it says after an edit.

#[cfg(test)]
mod edits;
#[cfg(test)]
mod kinds;
#[cfg(test)]
mod look;
#[cfg(test)]
mod project;
#[cfg(test)]
mod returns;
#[cfg(test)]
mod trouble;
