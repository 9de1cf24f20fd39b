//! What a ledger signs and proves of itself, and the keys by which that is checked.

pub mod checkpoint;
pub mod extends;
pub mod key;
mod keyring;
mod keys;
mod memory;
pub mod proof;
mod signer;
pub mod tiles;
pub mod witness;

pub(crate) use keyring::Keyring;
pub use keys::KeySource;
pub(crate) use keys::{other_key, signing_key};
pub(crate) use signer::Signer;
