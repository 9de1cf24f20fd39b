//! The one place where something is signed: checkpoints and changes of key for the ledger, cosignatures for a witness.
//!
//! Whoever signs folds the log's own bytes, from where the key signed last. Neither the index nor anything else that is
//! derived is asked for what a signature vouches for.

use std::cell::RefCell;
use std::fs::File;

use ledger::proof::{Checkpoint, CheckpointFold, SignedCheckpoint, SigningKey, VerifierKey};
use ledger::{EventId, FoldedLog, Ledger, LedgerKey, Reader, Timestamp};

use super::keys::KeySource;
use super::signed::{Folded, SignerMemory, lock};
use crate::error::Error;
use crate::session::Session;
use crate::text::counted;

/// A ledger with the key that signs for it, and what the log says of the entries that are signed for.
pub(crate) struct Signer {
    /// The entries that are signed for, and those behind them.
    pub(crate) reader: Reader,
    key: SigningKey,
    told: CheckpointFold,
    all: FoldedLog,
    /// The memory of the key until it signs, when no other process signs with it.
    memory: RefCell<Option<LockedMemory>>,
}

type LockedMemory = (SignerMemory, Option<File>);

/// How many of the entries that are read are signed for.
pub(crate) type Size<'a> = &'a dyn Fn(&Reader) -> Result<u64, Error>;

/// All entries.
pub(crate) const ALL: Size<'_> = &|reader| Ok(reader.size());

/// The first entries, or all.
///
/// # Errors
/// `out_of_range` when there are not so many.
pub(crate) fn first(size: Option<u64>) -> impl Fn(&Reader) -> Result<u64, Error> {
    move |reader| {
        let all = reader.size();
        let size = size.unwrap_or(all);
        if size > all {
            let what = format!("the ledger does not have {}", counted(size, "entry"));
            return Err(Error::new("out_of_range", what).hint(format!("it has {all}")));
        }
        Ok(size)
    }
}

impl Signer {
    /// Opens the ledger with the key that signs for the entries that are read, though it may be changed meanwhile. Whoever
    /// else signs with it waits until this one has signed.
    ///
    /// # Errors
    /// As [`KeySource::signing_key`] and [`SignerMemory::fold`].
    pub(crate) fn open(session: &Session<'_>, source: &KeySource, size: Size<'_>) -> Result<Self, Error> {
        let lock = lock(&source.place(session));
        let mut key = source.signing_key(session, &session.reader()?)?;
        loop {
            let reader = session.reader()?;
            let again = source.signing_key(session, &reader)?;
            // It was the key before the entries were read, and is so after it.
            if again.verifier() == key.verifier() {
                return Self::signing(session, (source, lock), reader, key, size);
            }
            key = again;
        }
    }

    /// The ledger that is open for writing, to which nobody else appends.
    ///
    /// # Errors
    /// As [`Signer::open`].
    pub(crate) fn of(
        session: &Session<'_>,
        ledger: &Ledger,
        source: &KeySource,
        size: Size<'_>,
    ) -> Result<Self, Error> {
        let lock = lock(&source.place(session));
        let reader = ledger.reader();
        let key = source.signing_key(session, &reader)?;
        Self::signing(session, (source, lock), reader, key, size)
    }

    fn signing(
        session: &Session<'_>,
        (source, lock): (&KeySource, Option<File>),
        reader: Reader,
        key: SigningKey,
        size: Size<'_>,
    ) -> Result<Self, Error> {
        let size = size(&reader)?.min(reader.size());
        let memory = SignerMemory::open(session, source)?;
        let Folded { all, told } = memory.fold(session, &reader, &key.verifier(), size)?;
        Ok(Self { reader, key, told, all, memory: RefCell::new(Some((memory, lock))) })
    }

    /// The key that checks what is signed.
    pub(crate) fn verifier(&self) -> VerifierKey {
        self.key.verifier()
    }

    /// What the log says of the entries that are signed for.
    pub(crate) fn told(&self) -> &CheckpointFold {
        &self.told
    }

    /// The checkpoint of them, to be signed.
    pub(crate) fn checkpoint(&self) -> Checkpoint {
        self.told.checkpoint(self.key.name())
    }

    /// Signs a checkpoint of the ledger, which the key remembers, durably, before that.
    ///
    /// # Errors
    /// The memory cannot be written.
    pub(crate) fn sign(&self, session: &Session<'_>, checkpoint: Checkpoint) -> Result<SignedCheckpoint, Error> {
        self.remember(session)?;
        Ok(checkpoint.sign(&self.key))
    }

    fn remember(&self, session: &Session<'_>) -> Result<(), Error> {
        let Some((memory, _lock)) = self.memory.take() else { return Ok(()) };
        memory.remember(session, &self.all, &self.key)
    }

    /// The signed checkpoint of all entries.
    ///
    /// # Errors
    /// As [`Signer::sign`].
    pub(crate) fn signed_all(&self, session: &Session<'_>) -> Result<SignedCheckpoint, Error> {
        self.sign(session, self.all.fold().checkpoint(self.key.name()))
    }

    /// The signed checkpoint of the entries that are signed for, with the cosignatures that are kept of it.
    ///
    /// # Errors
    /// As [`Signer::sign`]; what is kept cannot be read.
    pub(crate) fn signed(&self, session: &Session<'_>) -> Result<SignedCheckpoint, Error> {
        let mut signed = self.sign(session, self.checkpoint())?;
        for kept in self.reader.dir().witnessed()? {
            signed.add_cosignatures(&kept);
        }
        Ok(signed)
    }

    /// Changes the key of the ledger to another, which remembers what the old one signed; returns the place of the entry
    /// that says so. `source` is where the new key is, and `is_here` whether the ledger's directory is to hold it.
    ///
    /// # Errors
    /// As [`SignerMemory::fold`] for the new key, and whatever refuses the change.
    pub(crate) fn rotate(
        self,
        session: &Session<'_>,
        ledger: &mut Ledger,
        new: &SigningKey,
        (source, is_here): (&KeySource, bool),
        (id, now): (EventId, Timestamp),
    ) -> Result<u64, Error> {
        let (old_key, new_key) = (self.key.verifier(), new.verifier());
        ledger.check_change(&old_key, &new_key)?;
        self.remember(session)?;
        let _lock = lock(&source.place(session));
        let memory = SignerMemory::open(session, source)?;
        // The new key may have signed before: then it goes on from there, too.
        if memory.is_begun() {
            memory.fold(session, &self.reader, &old_key, self.reader.size())?;
        }
        let told = self.all.fold().checkpoint(self.key.name());
        let kept = if is_here { LedgerKey::Here(new.clone()) } else { LedgerKey::Elsewhere(new_key) };
        let seq = ledger.rotate_key(told, &self.key, &kept, id, now)?;
        let all = ledger.reader().fold_log(self.all, &[], &mut |_| {}, &mut |_| {})?;
        memory.keep(&all, new)?;
        Ok(seq)
    }

    /// Cosigns a checkpoint as a witness, which must remember it already.
    pub(super) fn cosign(note: &mut SignedCheckpoint, witness: &SigningKey, now: Timestamp) {
        let seconds = u64::try_from(now.micros().div_euclid(1_000_000)).unwrap_or_default();
        note.cosign(witness, seconds);
    }
}
