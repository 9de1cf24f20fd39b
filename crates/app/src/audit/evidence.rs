//! The proof that the entries of a bundle are entries of the ledger, and that none of the partner's is missing.

use ledger::proof::VerifierKey;
use ledger::{Entry, Refusal};
use serde::{Deserialize, Serialize};

use super::bad;
use super::link::Link;
use crate::error::Error;

/// The line of a bundle between answers and entries.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Evidence {
    /// The key that signed the checkpoint.
    pub key: String,
    /// The checkpoint of the instant that was asked.
    pub checkpoint: String,
    /// The path from the partner's leaf in the map of partners to its root.
    pub partner_path: Vec<String>,
    /// The path from the leaf of the entries that hold for all to that root.
    pub shared_path: Vec<String>,
    /// The hashes between the entries in the tree, from left to right.
    pub between: String,
    /// The changes of key that came after the instant that was asked.
    pub rotations: Vec<String>,
    /// The proof that these are entries of the ledger.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub rotated: Option<Rotated>,
    /// A checkpoint that the one who asked had kept, if it is of another size.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub kept: Option<Link>,
    /// A checkpoint that witnesses saw.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub witnessed: Option<Link>,
}

/// The proof that changes of key are in the ledger: a larger checkpoint, and the hashes between them in its tree.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Rotated {
    pub link: Link,
    pub between: String,
}

impl Evidence {
    pub(super) fn key(&self) -> Result<VerifierKey, Error> {
        VerifierKey::parse(&self.key).ok().filter(|key| !key.is_cosigner()).ok_or_else(|| bad("its key is none"))
    }

    pub(super) fn rotations(&self) -> Result<Vec<Entry>, Error> {
        let entries = self.rotations.iter().map(|line| Entry::parse(line));
        let none = |refusal: &Refusal| bad(&format!("a change of key is none: {refusal}"));
        entries.collect::<Result<_, _>>().map_err(|refusal| Error::entry(refusal, none).disproving())
    }
}
