//! Asking.

pub mod diff_json;
pub mod score;
pub mod score_json;
