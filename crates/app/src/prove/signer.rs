//! The one place where something is signed: checkpoints and changes of key for the ledger, cosignatures for a witness.

use ledger::proof::{Checkpoint, SignedCheckpoint, SigningKey, VerifierKey};
use ledger::{EventId, Ledger, LedgerKey, Reader, Timestamp};

use super::keys::KeySource;
use crate::error::Error;
use crate::session::Session;

/// A ledger with the key that signs for it.
pub(crate) struct Signer {
    /// The entries that are signed for.
    pub(crate) reader: Reader,
    key: SigningKey,
}

impl Signer {
    /// Opens the ledger with the key that signs for the entries that are read, though it may be changed meanwhile.
    ///
    /// # Errors
    /// As [`KeySource::signing_key`].
    pub(crate) fn open(session: &Session<'_>, source: &KeySource) -> Result<Self, Error> {
        let mut signer = Self::of(session, session.reader()?, source)?;
        loop {
            let again = Self::of(session, session.reader()?, source)?;
            // It was the key before the entries were read, and is so after it.
            if again.key.verifier() == signer.key.verifier() {
                return Ok(again);
            }
            signer = again;
        }
    }

    /// Entries that are read already, with the key that signs for them.
    pub(crate) fn of(session: &Session<'_>, reader: Reader, source: &KeySource) -> Result<Self, Error> {
        let key = source.signing_key(session, &reader)?;
        Ok(Self { reader, key })
    }

    /// The key that checks what is signed.
    pub(crate) fn verifier(&self) -> VerifierKey {
        self.key.verifier()
    }

    /// What the ledger says of its first entries, to be signed.
    pub(crate) fn checkpoint(&self, size: u64) -> Result<Checkpoint, Error> {
        Ok(self.reader.checkpoint(self.key.name(), size)?)
    }

    /// Signs a checkpoint of the ledger.
    pub(crate) fn sign(&self, checkpoint: Checkpoint) -> SignedCheckpoint {
        checkpoint.sign(&self.key)
    }

    /// The signed checkpoint of the first entries, or of all, with the cosignatures that are kept of it.
    ///
    /// # Errors
    /// `out_of_range` when there are not so many.
    pub(crate) fn signed(&self, size: Option<u64>) -> Result<SignedCheckpoint, Error> {
        let all = self.reader.size();
        let size = size.unwrap_or(all);
        if size > all {
            let what = format!("the ledger does not have {size} entries");
            return Err(Error::new("out_of_range", what).hint(format!("it has {all}")));
        }
        let mut signed = self.sign(self.checkpoint(size)?);
        for kept in self.reader.dir().witnessed()? {
            signed.add_cosignatures(&kept);
        }
        Ok(signed)
    }

    /// Changes the key of the ledger; returns the place of the entry that says so.
    pub(crate) fn rotate(
        &self,
        ledger: &mut Ledger,
        new: &LedgerKey,
        id: EventId,
        now: Timestamp,
    ) -> Result<u64, Error> {
        Ok(ledger.rotate_key(&self.key, new, id, now)?)
    }

    /// Cosigns a checkpoint as a witness, which must remember it already.
    pub(super) fn cosign(note: &mut SignedCheckpoint, witness: &SigningKey, now: Timestamp) {
        let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or_default();
        note.cosign(witness, seconds);
    }
}
