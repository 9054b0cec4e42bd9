//! The forms in which findings are shown.

mod concise;
mod full;
mod json;

pub use concise::render_concise;
pub use full::{Colours, render_full};
pub use json::render_json;
