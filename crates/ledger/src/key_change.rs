//! The change of a ledger's key.
//!
//! It is crash-safe: the new key stands in `key.next` before the entry that names it is appended, and takes the place of
//! `key` after it. In between, the entry decides which of the two is the ledger's.

use std::path::Path;

use crate::disk::Volume;
use crate::error::{KeyError, RotateError};
use crate::event::{Event, Fact, When};
use crate::ids::EventId;
use crate::key::{KEY, LedgerKey, NEXT_KEY, read_key_on};
use crate::ledger::Ledger;
use crate::proof::{Checkpoint, Rotation, SigningKey, VerifierKey};
use crate::time::Timestamp;

impl Ledger {
    /// Changes the key of the ledger: appends an entry that the old key signed and that names the new one.
    ///
    /// `told` is what the ledger says of all its entries, as whoever signs has read it from the log. Returns the place of
    /// the entry. The old key is overwritten in the ledger's directory; whoever has it elsewhere can sign with it still,
    /// but not as this ledger.
    ///
    /// # Errors
    /// [`RotateError`]. When it is one of the store, opening the ledger again tells whether the key was changed.
    ///
    /// # Panics
    /// When the checkpoint is not of all entries.
    pub fn rotate_key(
        &mut self,
        told: Checkpoint,
        old_key: &SigningKey,
        new_key: &LedgerKey,
        id: EventId,
        now: Timestamp,
    ) -> Result<u64, RotateError> {
        let dir = self.writer.dir().to_owned();
        let (size, current, verifier) = (self.size(), old_key.verifier(), new_key.verifier());
        self.check_change(&current, &verifier)?;
        assert_eq!((told.origin.as_str(), told.size), (old_key.name(), size), "the key is changed behind all entries");
        let rotation = Rotation::sign(told, old_key, &verifier);
        let volume = self.writer.volume().clone();
        finish(&volume, &dir, &current)?;
        new_key.write_as(&volume, &dir, NEXT_KEY)?;
        let fact = Fact::KeyRotated(Box::new(rotation));
        let event = Event { id, partner: None, location: None, when: When::At(now), fact, note: None, source: None };
        self.append(&[event], now)?;
        finish(&volume, &dir, &verifier)?;
        Ok(size)
    }

    /// Refuses a change of key that is none, or not the ledger's.
    ///
    /// # Errors
    /// [`RotateError::OtherKey`], [`RotateError::OtherName`], [`RotateError::SameKey`], [`RotateError::Key`].
    pub fn check_change(&self, old_key: &VerifierKey, new_key: &VerifierKey) -> Result<(), RotateError> {
        let current = LedgerKey::of(self.writer.dir(), &self.reader())?.verifier();
        if *old_key != current {
            return Err(RotateError::OtherKey(current));
        }
        if new_key.name() != current.name() {
            let name = new_key.name().to_owned();
            return Err(RotateError::OtherName { origin: current.name().to_owned(), name });
        }
        if *new_key == current { Err(RotateError::SameKey) } else { Ok(()) }
    }
}

/// Puts `key.next` in the place of `key` when it is the ledger's key.
fn finish(volume: &Volume, dir: &Path, current: &VerifierKey) -> Result<(), RotateError> {
    match read_key_on(volume, &dir.join(NEXT_KEY)) {
        Ok(next) if next.verifier() == *current => {
            volume.rename(&dir.join(NEXT_KEY), &dir.join(KEY))?;
            Ok(volume.sync_dir(dir)?)
        }
        Ok(_) | Err(KeyError::Missing(_)) => Ok(()),
        Err(error) => Err(error.into()),
    }
}
