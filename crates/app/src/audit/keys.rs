//! Who signed a bundle, and which keys are the ledger's.

use ledger::proof::{Rotation, SignedCheckpoint, VerifierKey, current_key};
use ledger::{Entry, ErrorKind, Fact};

use super::parts::lead_to;
use super::{Bundle, bad};
use crate::error::Error;
use crate::prove::Keyring;

/// What an auditor does about a bundle that another key signed.
const OTHER_KEY: &str = "ask whoever gave you the key: a bundle that another key signed shows nothing of that ledger";
/// What an auditor does about a bundle that a retired key signed.
const RETIRED_KEY: &str = "ask for a new bundle, which the ledger's key signs";

/// Checks who signed; returns the keys that the ledger has and had, as far as the bundle shows, and the checkpoint that
/// holds the later changes of key.
///
/// # Errors
/// `other_key`, `bad_signature`, `bad_note` and `foreign_rotation`.
pub(super) fn check_key(
    bundle: &Bundle,
    entries: &[Entry],
    checkpoint: &SignedCheckpoint,
    trusted: Option<&VerifierKey>,
) -> Result<(Keyring, Option<SignedCheckpoint>), Error> {
    let signer = bundle.evidence.key()?;
    let rotations = bundle.evidence.rotations()?;
    let changes: Vec<&Entry> = entries.iter().chain(&rotations).collect();
    if let Some(trusted) = trusted
        && *trusted != signer
        && current_key(trusted, changes.iter().copied()) != signer
    {
        return Err(Error::disproved(
            ErrorKind::OtherKey,
            format!(
                "the bundle is signed by {signer}, and {trusted} is trusted: no changes of key in the bundle lead from \
                 the trusted key to the one that signed"
            ),
        )
        .hint_alone(OTHER_KEY.to_owned()));
    }
    let current = current_key(&signer, changes.iter().copied());
    if current != signer {
        let what = format!("the bundle is signed by {signer}, which was retired: {current} follows it");
        return Err(Error::disproved(ErrorKind::OtherKey, what).hint_alone(RETIRED_KEY.to_owned()));
    }
    Keyring::of_one(signer.clone()).check(checkpoint, "the checkpoint")?;
    if checkpoint.signature_count() != 1 {
        return Err(Error::disproved("bad_note", "the checkpoint has signatures beside that of the ledger"));
    }
    let later = check_rotations(bundle, &rotations, checkpoint, &signer)?;
    Ok((Keyring::of(signer, changes), later))
}

/// Checks that the changes of key behind the entries of the bundle are entries of the ledger, and lead to its key.
fn check_rotations(
    bundle: &Bundle,
    rotations: &[Entry],
    checkpoint: &SignedCheckpoint,
    signer: &VerifierKey,
) -> Result<Option<SignedCheckpoint>, Error> {
    let foreign = |what: &str| {
        let failure = Error::disproved("foreign_rotation", format!("a change of key {what}"));
        Err(failure.hint("ask for a new bundle, in which every change of key is proved"))
    };
    let Some(rotated) = &bundle.evidence.rotated else {
        return if rotations.is_empty() { Ok(None) } else { foreign("is not shown to be an entry of the ledger") };
    };
    if rotations.is_empty() {
        return Err(bad("it shows where changes of key are, and has none"));
    }
    let own_keys = Keyring::of_one(signer.clone());
    let later = rotated.link.check(checkpoint, &own_keys, "the checkpoint of the changes of key")?;
    if !lead_to(later.checkpoint(), rotations, &bundle.evidence.rotations, &rotated.between)? {
        return foreign("is not an entry of the ledger");
    }
    if rotations.first().is_some_and(|first| first.seq < checkpoint.checkpoint().size) {
        return foreign("stands beside the entries, and is one of them");
    }
    if chain(signer, rotations).len() != rotations.len() {
        return foreign("does not lead to the key that signed");
    }
    Ok(Some(later))
}

/// The changes by which a ledger came to a key, from the first of an unbroken chain on.
pub(super) fn chain<'e>(key: &VerifierKey, entries: &'e [Entry]) -> Vec<&'e Entry> {
    let (mut key, mut rest, mut chain) = (key, entries, Vec::new());
    // The first entry that names a key made it the ledger's key; later ones may name it again.
    while let Some((at, rotation)) = rest.iter().enumerate().find_map(|(at, entry)| {
        let Fact::KeyRotated(rotation) = &entry.event.fact else { return None };
        (rotation.new_key() == key && is_own(rotation, entry.seq)).then_some((at, rotation))
    }) {
        chain.extend(rest.get(at));
        key = rotation.old_key();
        rest = rest.get(..at).unwrap_or_default();
    }
    chain.reverse();
    chain
}

/// Whether a change of key is of this ledger: both keys have one name, and the checkpoint is of the entries before it.
fn is_own(rotation: &Rotation, seq: u64) -> bool {
    let (old, new, told) = (rotation.old_key(), rotation.new_key(), rotation.checkpoint().checkpoint());
    old.name() == new.name() && rotation.checkpoint().verify(old).is_ok() && told.size == seq
}
