//! Asking: questions that change nothing, the rules that answer them, and the proof that the answers hold.

pub mod advise;
pub mod assume;
pub mod check;
pub mod diff;
pub mod forecast;
mod json;
mod kept;
pub mod log;
pub mod partners;
pub mod reconcile;
pub mod replay;
pub mod rulebook;
pub mod score;
pub mod score_csv;
pub(crate) mod score_json;
pub mod stats;
pub mod status;
pub mod timeline;
pub mod verify;
