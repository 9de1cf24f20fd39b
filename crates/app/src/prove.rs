//! What a ledger signs and proves of itself, and the keys by which that is checked.

pub mod checkpoint;
pub mod extends;
pub mod key;
mod keyring;
mod keys;
mod memory;
pub mod proof;
mod signed;
mod signer;
pub mod tiles;
pub mod witness;

use crate::error::Error;

pub(crate) use keyring::Keyring;
pub use keys::KeySource;
pub(crate) use keys::{other_key, signing_key};
pub(crate) use signed::SignerMemory;
pub(crate) use signer::{ALL, Signer, Size};

/// What was made from the index does not hold against what the key signed of the log.
pub(crate) fn index_lies(what: &str) -> Error {
    Error::disproved("index_lies", format!("{what} does not hold: the index does not fit the log"))
        .hint("delete `index/` in the ledger's directory, which is made again from the log, and try again")
        .hint("when that does not help, the log was rewritten since the key signed: `pcs verify --checkpoint FILE` tells by a checkpoint that was kept")
}
