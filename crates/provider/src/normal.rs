//! The normal form of type texts.

/// The normal form of `text`: what deltas and drift compare.
pub fn normal_form(text: &str) -> String {
    text.split_whitespace().collect::<Vec<_>>().join(" ")
}
