//! Resolution as its users see it: fixture text, question, answer.

mod executed;
mod fixture;
mod needs;
mod random;
mod resolution;
