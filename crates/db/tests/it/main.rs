//! Resolution as its users see it: fixture text, question, answer.
//!
//! `forms`, `layouts` and `classes` together are the list of what a correct import map says, and `cpython_order`
//! compares a part of it with CPython; `needs` is what invalidation has to know; `executed` and `random` hold the
//! incremental laws.

mod classes;
mod cpython_order;
mod executed;
mod fixture;
mod forms;
mod layouts;
mod needs;
mod random;
