//! What the ledger says of itself, signed.

use ledger::proof::SignedCheckpoint;
use serde_json::json;

use super::signer::first;
use super::{KeySource, Signer};
use crate::error::Error;
use crate::session::Session;
use crate::text::base64;

/// Signs the checkpoint of the first entries, or of all.
///
/// # Errors
/// `out_of_range` when there are not so many; `signed_otherwise` when the key has signed another history; failures of the key.
pub fn run(session: &Session<'_>, key: &KeySource, size: Option<u64>) -> Result<SignedCheckpoint, Error> {
    Signer::open(session, key, &first(size))?.signed(session)
}

/// The object for programs.
#[must_use]
pub fn to_json(signed: &SignedCheckpoint) -> String {
    let (told, claims) = (signed.checkpoint(), &signed.checkpoint().claims);
    json!({
        "origin": told.origin, "size": told.size, "root": base64(&told.root),
        "partners": claims.partners.map(|root| base64(&root)), "newest": claims.newest.map(|at| at.to_string()),
        "next": claims.next.map(|at| at.to_string()), "note": signed.to_string(),
    })
    .to_string()
}
