//! Events that are taken as if they were recorded, without a line written.

use crate::admission::{EarlierEntries, EarlierEvents, PreparedEvent, PreparedEvents};
use crate::canonical::wrap_event;
use crate::entry::{Entry, Key};
use crate::error::{AppendError, ReadError, StoreError};
use crate::reader::Reader;
use crate::time::Timestamp;

/// The first entries of a ledger.
struct FirstEntries<'r> {
    reader: &'r Reader,
    end: u64,
}

impl EarlierEntries for FirstEntries<'_> {
    fn size(&self) -> u64 {
        self.end
    }

    fn find(&self, key: Key) -> Result<Vec<u64>, ReadError> {
        self.reader.find(key, self.end)
    }

    fn line(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        self.reader.snapshot().read(seq)
    }

    fn broken(&self, seq: u64) -> ReadError {
        self.reader.snapshot().broken_entry(seq)
    }
}

impl Reader {
    /// The entries that events would become if they were appended behind the first `end` entries, in their order: with
    /// the seqs that would be theirs, each recorded a microsecond after the one before. Events that stand in the ledger
    /// already, or earlier among these, are left out. Nothing is written.
    ///
    /// # Errors
    /// [`AppendError::Refused`] with the first event that an append would refuse; the ledger cannot be read.
    pub fn assume(&self, end: u64, events: Vec<PreparedEvent>) -> Result<Vec<Entry>, AppendError> {
        let end = end.min(self.size());
        let entries = FirstEntries { reader: self, end };
        let events: PreparedEvents = events.into_iter().map(Ok).collect();
        let mut earlier = EarlierEvents::of(&entries);
        earlier.admit_all(&events)?;
        let mut newest = end.checked_sub(1).map(|last| self.recorded_at(last)).transpose()?;
        let mut assumed = Vec::new();
        for (seq, event) in (end..).zip(earlier.into_admitted()) {
            let recorded_at = match newest {
                Some(newest) => newest.next().ok_or(StoreError::EndOfTime)?,
                None => Timestamp::from_micros(0),
            };
            newest = Some(recorded_at);
            let line = wrap_event(seq, recorded_at, &event.canonical);
            assumed.push(Entry::read(&line).expect("a line that was just made from an event is an entry"));
        }
        Ok(assumed)
    }
}
