//! From facts to text and JSON. Pure: what is printed is a function of what is known, so that equal trees
//! print equal bytes on every machine.

pub(crate) mod delta;
pub(crate) mod hovers;
pub(crate) mod imports;
pub(crate) mod names;
pub(crate) mod numbers;
pub(crate) mod picture;
pub(crate) mod report;
pub(crate) mod sight;
pub(crate) mod steps;
