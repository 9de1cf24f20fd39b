//! Persons: the pseudonyms under which the ledger knows them, and the map that leads back, where there is one.
//!
//! The ledger never forgets, so no name may enter it. What enters is a keyed digest of the person's id: whoever has the
//! ledger without the secret cannot tell who it is, not even by trying all ids. The map stands beside the ledger, is
//! kept only when it is asked for, and can be erased.

mod map;
mod secret;
mod used;

pub use map::{Contact, PeopleMap};
pub use secret::Secret;
pub use used::{check_used, no_secret};
