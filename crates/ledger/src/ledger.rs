//! The writing end of a ledger.

use std::path::Path;
use std::time::Duration;

use crate::admission::{EarlierEvents, Outcome, PreparedEvent, PreparedEvents};
use crate::canonical::wrap_event;
use crate::error::{AppendError, CreateError, OpenError, StoreError, WitnessedError};
use crate::event::Event;
use crate::key::{KEY, LedgerKey};
use crate::ledger_dir::LedgerDir;
use crate::prefix::describe;
use crate::proof::{SignedCheckpoint, SigningKey, VerifierKey};
use crate::reader::Reader;
use crate::store::Writer;
use crate::store::options::{Options, Progress};
use crate::store::writer::Recovery;
use crate::time::Timestamp;

/// Prepares events that are handed in together.
pub(crate) fn prepare(events: &[Event]) -> PreparedEvents {
    events.iter().map(PreparedEvent::new).collect()
}

/// The one writer of a ledger. Its lock ends with it, and dies with its process.
pub struct Ledger {
    pub(crate) writer: Writer,
    /// The instant up to which nothing is recorded any more, whatever the clock says.
    closed: Option<Timestamp>,
}

impl Ledger {
    /// Makes an empty ledger and its key; returns the verifier key too.
    ///
    /// The origin is the name of the ledger in checkpoints and of its key, by custom a URL without a scheme. The key
    /// is written before the log is begun, and the log is what makes a ledger: after a crash in between, creating can
    /// be tried again, and makes another key.
    ///
    /// # Errors
    /// [`CreateError::Origin`]; [`OpenError::Exists`] and [`OpenError::Locked`], when the directory is left alone.
    pub fn create(dir: &Path, origin: &str) -> Result<(Self, VerifierKey), CreateError> {
        let key = SigningKey::generate(origin)?;
        let verifier = key.verifier();
        Ok((Self::create_with(dir, &LedgerKey::Here(key))?, verifier))
    }

    /// Makes an empty ledger with a key that is there already; its name becomes the origin.
    ///
    /// A key that is kept elsewhere is known to the ledger by its verifier key alone.
    ///
    /// # Errors
    /// [`OpenError::Exists`] and [`OpenError::Locked`], when the directory is left alone.
    pub fn create_with(dir: &Path, key: &LedgerKey) -> Result<Self, CreateError> {
        Self::create_on(dir, key, &Options::new(describe))
    }

    pub(crate) fn create_on(dir: &Path, key: &LedgerKey, options: &Options) -> Result<Self, CreateError> {
        let writer = Writer::create_after(dir, options, &mut |volume| key.write_as(volume, dir, KEY))?;
        Ok(Self { writer, closed: None })
    }

    /// Opens a ledger for appending; cuts off what was torn and never acknowledged, and mends the index.
    ///
    /// # Errors
    /// [`OpenError::NoLedger`], [`OpenError::Locked`], [`OpenError::Corrupt`], [`OpenError::Closing`] and others.
    pub fn open(dir: &Path, progress: &mut dyn FnMut(Progress)) -> Result<(Self, Recovery), OpenError> {
        Self::open_on(dir, &Options::new(describe), progress)
    }

    pub(crate) fn open_on(
        dir: &Path,
        options: &Options,
        progress: &mut dyn FnMut(Progress),
    ) -> Result<(Self, Recovery), OpenError> {
        let (writer, recovery) = Writer::open(dir, options, progress)?;
        let mut ledger = Self { writer, closed: None };
        let reader = ledger.reader();
        ledger.closed = ledger.dir().closed(&|note| LedgerKey::has_signed(dir, &reader, note))?;
        Ok((ledger, recovery))
    }

    /// The directory of the ledger that is written to.
    #[must_use]
    pub fn dir(&self) -> LedgerDir {
        LedgerDir::held(self.writer.volume(), self.writer.dir())
    }

    /// The number of committed entries.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.writer.committed_size()
    }

    /// When the newest entry was recorded, staged ones included; none of an empty ledger.
    #[must_use]
    pub fn newest(&self) -> Option<Timestamp> {
        self.writer.last_recorded_at().map(Timestamp::from_micros)
    }

    /// Reads what is committed now; later appends do not change it.
    #[must_use]
    pub fn reader(&self) -> Reader {
        Reader::of(self.writer.snapshot())
    }

    /// Appends events, all or none, and returns when they are durable (L5).
    ///
    /// The first is recorded at `now`, and each further one a microsecond later. Where the clock went back, they are
    /// recorded after the newest entry all the same, and after an instant that is closed (L3).
    ///
    /// # Errors
    /// [`AppendError::Refused`] with the first event that was refused; [`AppendError::Store`].
    pub fn append(&mut self, events: &[Event], now: Timestamp) -> Result<Vec<Outcome>, AppendError> {
        let outcomes = self.stage_all(&prepare(events), now).and_then(|outcomes| {
            self.writer.commit()?;
            Ok(outcomes)
        });
        if outcomes.is_err() {
            self.rollback();
        }
        outcomes
    }

    /// Appends batches, each all or none, and returns when they are durable: they share one commit, and one that is refused
    /// fails alone. They are recorded as [`Ledger::append`] says, one behind the other.
    ///
    /// # Errors
    /// Of each batch, those of [`Ledger::append`]; of all of them, when they cannot be made durable.
    pub fn append_each(&mut self, batches: &[Vec<Event>], now: Timestamp) -> Vec<Result<Vec<Outcome>, AppendError>> {
        let mut failure = None;
        let mut answers = Vec::with_capacity(batches.len());
        for events in batches {
            let size = self.writer.size();
            let staged = self.stage_all(&prepare(events), now);
            // Judging leaves nothing behind; staging that failed may have left a part of the batch.
            failure = failure.or_else(|| staged.as_ref().err().filter(|_| self.writer.size() != size).cloned());
            answers.push(staged);
        }
        if failure.is_none() {
            failure = self.writer.commit().map_err(AppendError::from).err();
        }
        let Some(failure) = failure else { return answers };
        self.rollback();
        answers.into_iter().map(|answer| answer.and_then(|_| Err(failure.clone()))).collect()
    }

    /// Closes the instant that a checkpoint of all entries claims to be closed: whatever is recorded from here on is
    /// recorded after it, also by whoever opens the ledger later. The checkpoint is kept, durably; one without such a
    /// claim, or of an instant that is closed already, changes nothing.
    ///
    /// # Errors
    /// [`WitnessedError`], when nothing is closed.
    ///
    /// # Panics
    /// When the checkpoint closes an instant and is not of all entries.
    pub fn close(&mut self, checkpoint: &SignedCheckpoint) -> Result<(), WitnessedError> {
        let claimed = checkpoint.checkpoint().claims.closed;
        if claimed > self.closed {
            assert_eq!(checkpoint.checkpoint().size, self.size(), "an instant is closed behind all entries");
            self.dir().keep_closing(checkpoint)?;
            self.closed = claimed;
        }
        Ok(())
    }

    /// Judges all the events, and stages them only when none is refused.
    ///
    /// What was staged before stays as it is when one is refused, or the ledger cannot be read.
    pub(crate) fn stage_all(&mut self, events: &PreparedEvents, now: Timestamp) -> Result<Vec<Outcome>, AppendError> {
        self.writer.check()?;
        let mut earlier = EarlierEvents::of(&self.writer);
        let outcomes = earlier.admit_all(events)?;
        for event in earlier.into_admitted() {
            self.stage(event, now)?;
        }
        Ok(outcomes)
    }

    /// Stages an admitted event.
    pub(crate) fn stage(&mut self, event: &PreparedEvent, now: Timestamp) -> Result<(), StoreError> {
        let recorded_at = self.next_instant(now)?;
        let line = wrap_event(self.writer.size(), recorded_at, &event.canonical);
        Ok(self.writer.stage(line.as_bytes(), event.partner(), &event.keys, recorded_at.micros())?)
    }

    /// The instant after which the next entry is recorded: that of the newest entry, or a later one that is closed.
    #[must_use]
    pub fn last_instant(&self) -> Option<Timestamp> {
        self.newest().max(self.closed)
    }

    fn next_instant(&self, now: Timestamp) -> Result<Timestamp, StoreError> {
        match self.last_instant() {
            Some(last) if now <= last => last.next().ok_or(StoreError::EndOfTime),
            Some(_) | None => Ok(now),
        }
    }

    /// Takes back what is staged. When that fails the writer is poisoned, and refuses everything from then on.
    pub(crate) fn rollback(&mut self) {
        if let Err(error) = self.writer.rollback() {
            tracing::warn!(%error, "what was staged was not taken back, the ledger must be opened again");
        }
    }
}

/// A ledger that was opened for appending, and lets others write for the time being.
#[derive(Debug)]
pub struct RestingLedger(Ledger);

impl Ledger {
    /// Lets others write until [`RestingLedger::resume`], which costs much less than opening. What is staged is taken back.
    /// `None` when a write failed: then the ledger must be opened anew.
    #[must_use]
    pub fn rest(mut self) -> Option<RestingLedger> {
        self.writer.rest().ok()?;
        Some(RestingLedger(self))
    }
}

impl RestingLedger {
    /// Takes the lock again, and waits so long for another process that has it. `None` when another writer had the ledger
    /// meanwhile, or another directory has its path now: then it must be opened anew.
    ///
    /// # Errors
    /// [`OpenError::Locked`], [`OpenError::Disk`].
    pub fn resume(mut self, wait: Duration) -> Result<Option<Ledger>, OpenError> {
        Ok(self.0.writer.resume(wait)?.then_some(self.0))
    }
}

impl LedgerDir {
    /// Opens the ledger for appending, as [`Ledger::open`] does; waits so long for another process that has it.
    ///
    /// # Errors
    /// As [`Ledger::open`].
    pub fn ledger(&self, wait: Duration, progress: &mut dyn FnMut(Progress)) -> Result<(Ledger, Recovery), OpenError> {
        Ledger::open_on(self.path(), &Options { wait, ..self.options() }, progress)
    }
}

impl std::fmt::Debug for Ledger {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Ledger").field("size", &self.size()).finish_non_exhaustive()
    }
}

#[cfg(test)]
mod resting;
#[cfg(test)]
mod tests;
