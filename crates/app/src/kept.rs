//! Kept files: what was imported, byte for byte, in the directory `kept` of the ledger.
//!
//! A file is kept under the SHA-256 of its bytes as they came, of which the `source` of an event names the beginning.
//! `<sha256>.gz` has the bytes, `<sha256>.json` says what they are; the second is written last, and without it the first
//! counts as unfinished. Kept files prove nothing by themselves and can be erased: the events keep the digest.

mod file;
mod keeper;
mod shelf;

pub use file::{KeptFile, PUT_IN_ORDER, ZIP, damaged};
pub use keeper::Keeper;
pub use shelf::{Shelf, UNKNOWN, remove_left_overs, remove_unfinished};
