//! Persons: the pseudonyms under which the ledger knows them, and the map that leads back, where there is one.
//!
//! The ledger never forgets, so no name may enter it. What enters is a keyed digest of the person's id: whoever has the
//! ledger without the secret cannot tell who it is, not even by trying all ids. The map stands beside the ledger, is
//! kept only when it is asked for, and can be erased.

mod forget;
mod holders;
mod map;
mod secret;
mod source;
mod used;

pub use forget::{Erasure, NamingFile, forget};
pub use holders::{Holder, Holdings, holders};
pub use map::Contact;
pub(crate) use map::PeopleMap;
pub(crate) use secret::Secret;
pub(crate) use source::sealed_row;
pub use source::write_source;
pub(crate) use used::{check_used, no_secret};
