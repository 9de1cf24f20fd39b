//! A checkpoint of another size in a bundle, with the proof that it and the bundle's own are of one history.

use ledger::Reader;
use ledger::proof::{Checkpoint, GrowthProof, SignedCheckpoint};
use serde::{Deserialize, Serialize};

use super::parts::{each, note, read_each};
use crate::error::Error;
use crate::prove::Keyring;

/// A checkpoint with the consistency proof of RFC 6962 from the smaller to the larger of it and that of the bundle.
#[derive(Debug, Serialize, Deserialize)]
#[serde(deny_unknown_fields)]
pub(super) struct Link {
    pub checkpoint: String,
    pub growth: Vec<String>,
}

impl Link {
    /// Links a checkpoint to the first `size` entries.
    pub(super) fn make(reader: &Reader, size: u64, other: &SignedCheckpoint) -> Result<Self, Error> {
        let (smaller, larger) = (other.checkpoint().size.min(size), other.checkpoint().size.max(size));
        let growth =
            if smaller == larger || smaller == 0 { Vec::new() } else { reader.prove_growth(larger, smaller)? };
        Ok(Self { checkpoint: other.to_string(), growth: each(&growth) })
    }

    /// Checks that a key of the ledger signed the checkpoint, and that it and that of the bundle are of one history;
    /// `what` is how an error calls it.
    pub(super) fn check(&self, own: &SignedCheckpoint, keys: &Keyring, what: &str) -> Result<SignedCheckpoint, Error> {
        let other = note(&self.checkpoint)?;
        keys.check(&other, what)?;
        if other.signature_count() != 1 + other.cosignatures().len() {
            return Err(Error::disproved("bad_note", format!("{what} has signatures that are none of a witness")));
        }
        check_one_history(own, &other, &read_each(&self.growth)?, what)?;
        Ok(other)
    }
}

/// Checks that two checkpoints are of one history, by the hashes from the smaller to the larger; `what` is how an error
/// calls the other.
pub(super) fn check_one_history(
    own: &SignedCheckpoint,
    other: &SignedCheckpoint,
    hashes: &[[u8; 32]],
    what: &str,
) -> Result<(), Error> {
    let (older, later) = if other.checkpoint().size < own.checkpoint().size { (other, own) } else { (own, other) };
    let growth = GrowthProof { from_size: older.checkpoint().size, hashes: hashes.to_vec(), checkpoint: later.clone() };
    if growth.check(older.checkpoint()).is_ok() && is_one_tale(older.checkpoint(), later.checkpoint()) {
        return Ok(());
    }
    Err(Error::disproved("other_history", format!("{what} is not of the same history"))
        .hint("keep both: checkpoints of one key that do not fit together show that history was rewritten"))
}

/// Whether the claims of two checkpoints of one history can both be true.
fn is_one_tale(older: &Checkpoint, later: &Checkpoint) -> bool {
    let (one, other) = (&older.claims, &later.claims);
    let Some(newest) = other.newest else { return true };
    if older.size < later.size {
        // The newest entry of the later checkpoint comes after all entries of the older one.
        return one.newest.is_none_or(|at| at < newest)
            && one.next.is_none_or(|at| at <= newest)
            && one.closed.is_none_or(|at| at < newest);
    }
    let is_same = |one: Option<i64>, other: Option<i64>| one.is_none() || other.is_none() || one == other;
    let micros = |at: Option<ledger::Timestamp>| at.map(ledger::Timestamp::micros);
    let is_open = |closed: Option<i64>, next: Option<i64>| closed.zip(next).is_none_or(|(closed, next)| closed < next);
    (one.partners.is_none() || other.partners.is_none() || one.partners == other.partners)
        && is_same(micros(one.newest), micros(other.newest))
        && is_same(micros(one.next), micros(other.next))
        && is_open(micros(one.closed), micros(other.next))
        && is_open(micros(other.closed), micros(one.next))
}
