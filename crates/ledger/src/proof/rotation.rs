//! The change of a ledger's key: an entry that the old key signed.

use thiserror::Error;

use super::checkpoint::{Checkpoint, NoteError, SignedCheckpoint};
use super::keys::{SigningKey, VerifierKey};
use crate::entry::Entry;
use crate::event::Fact;

/// A change of key: a checkpoint of all entries before it, signed by the old key, that names the new one.
#[derive(Clone, Debug, PartialEq)]
pub struct Rotation {
    old_key: VerifierKey,
    new_key: VerifierKey,
    checkpoint: SignedCheckpoint,
}

// The signatures compare by bytes.
impl Eq for Rotation {}

/// Why something is no change of key.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum RotationError {
    /// The note is no checkpoint signed by the old key.
    #[error("`checkpoint` does not hold: {0}")]
    Checkpoint(#[from] NoteError),
    /// The checkpoint names another key, or none.
    #[error("`checkpoint` does not name `new_key` as the next key")]
    OtherKey,
}

impl Rotation {
    /// A change of key from its parts.
    ///
    /// # Errors
    /// [`RotationError`] unless the old key signed a checkpoint that names the new one.
    pub fn new(
        old_key: VerifierKey,
        new_key: VerifierKey,
        checkpoint: SignedCheckpoint,
    ) -> Result<Self, RotationError> {
        // Only the signature of an entry that stands is checked. Whoever follows the change looks at the rest.
        checkpoint.signature_of(&old_key)?;
        if checkpoint.checkpoint().claims.next_key.as_ref() != Some(&new_key) {
            return Err(RotationError::OtherKey);
        }
        Ok(Self { old_key, new_key, checkpoint })
    }

    /// Signs a change of key, to be appended as the next entry after those of the checkpoint.
    #[must_use]
    pub fn sign(mut checkpoint: Checkpoint, old_key: &SigningKey, new_key: &VerifierKey) -> Self {
        checkpoint.claims.next_key = Some(new_key.clone());
        let checkpoint = checkpoint.sign(old_key);
        Self { old_key: old_key.verifier(), new_key: new_key.clone(), checkpoint }
    }

    /// The key that signed until then.
    #[must_use]
    pub fn old_key(&self) -> &VerifierKey {
        &self.old_key
    }

    /// The key that signs from then on.
    #[must_use]
    pub fn new_key(&self) -> &VerifierKey {
        &self.new_key
    }

    /// The checkpoint of all entries before it.
    #[must_use]
    pub fn checkpoint(&self) -> &SignedCheckpoint {
        &self.checkpoint
    }
}

/// The keys of a ledger: the one that it has, and then those that were changed for it by these entries, which ascend.
/// With each stands the most entries that a checkpoint signed by it can have. A retired key signs nothing of more entries
/// than there were before its change.
pub fn signers<'e, I>(current: VerifierKey, entries: I) -> Vec<(VerifierKey, u64)>
where
    I: IntoIterator<Item = &'e Entry, IntoIter: DoubleEndedIterator>,
{
    let mut signers = vec![(current, u64::MAX)];
    for entry in entries.into_iter().rev() {
        if let Fact::KeyRotated(rotation) = &entry.event.fact
            && signers.iter().any(|(key, _)| *key == rotation.new_key)
        {
            signers.push((rotation.old_key.clone(), entry.seq));
        }
    }
    signers
}

/// The key that a key has become by the changes among these entries, in their order.
///
/// Changes that another key signed are passed over: a ledger made from an export has a key of its own.
#[must_use]
pub fn current_key<'e>(first: &'e VerifierKey, entries: impl IntoIterator<Item = &'e Entry>) -> VerifierKey {
    let mut key = first;
    for entry in entries {
        if let Fact::KeyRotated(rotation) = &entry.event.fact
            && rotation.old_key == *key
        {
            key = &rotation.new_key;
        }
    }
    key.clone()
}
