//! A batch under way: events are judged and staged one by one, and committed as one.

use crate::admission::{EarlierEntries as _, EarlierEvents, Outcome, PreparedEvent};
use crate::entry::{Entry, Key, keys_of};
use crate::error::{AppendError, PushError, ReadError};
use crate::event::Event;
use crate::ledger::Ledger;
use crate::prefix::EntryLine;
use crate::refusal::{Code, Refusal};
use crate::time::Timestamp;

/// A batch under way, of any length. When it is dropped without [`Batch::commit`], it leaves nothing.
#[derive(Debug)]
#[must_use = "a batch that is dropped is rolled back"]
pub struct Batch<'a> {
    ledger: &'a mut Ledger,
    now: Timestamp,
    new: u64,
    already: u64,
    /// The place after the last event that stood in the ledger already: where the next one stands, too, when all are
    /// handed in again.
    expected: Option<u64>,
    /// Whether the store failed in a push.
    is_abandoned: bool,
}

/// What a commit makes of a batch.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Commit {
    /// The number of new entries.
    pub new: u64,
    /// The number of events that stood in the ledger already.
    pub already: u64,
    /// The number of entries of the ledger now.
    pub size: u64,
}

impl Ledger {
    /// Begins a batch that is appended as a whole.
    #[must_use = "a batch that is dropped is rolled back"]
    pub fn begin(&mut self, now: Timestamp) -> Batch<'_> {
        Batch { ledger: self, now, new: 0, already: 0, expected: None, is_abandoned: false }
    }
}

impl Batch<'_> {
    /// Stages an event.
    ///
    /// # Errors
    /// [`PushError::Refused`] leaves the batch as it was; after [`PushError::Store`] it can only be dropped.
    #[expect(
        clippy::needless_pass_by_value,
        reason = "the batch takes the event; what it keeps of it is its own matter"
    )]
    pub fn push(&mut self, event: Event) -> Result<Outcome, PushError> {
        self.push_prepared(&PreparedEvent::new(&event)?)
    }

    /// Stages an event that was prepared, perhaps by another thread.
    ///
    /// # Errors
    /// As [`Batch::push`].
    pub fn push_prepared(&mut self, event: &PreparedEvent) -> Result<Outcome, PushError> {
        let pushed = self.try_push(event);
        self.count(pushed)
    }

    fn try_push(&mut self, event: &PreparedEvent) -> Result<Outcome, PushError> {
        self.ledger.writer.check()?;
        let outcome = EarlierEvents::of(&self.ledger.writer).expecting(self.expected).judge(event)?;
        if let Outcome::New { .. } = outcome {
            self.ledger.stage(event, self.now)?;
        }
        Ok(outcome)
    }

    /// Stages an entry by its canonical line, as it was exported: with its own place and instant.
    ///
    /// It must be the next entry, recorded after the newest, or be the very one that stands in its place.
    ///
    /// # Errors
    /// As [`Batch::push`]. A line that is not canonical, an entry of another place, and one that was not recorded
    /// after the newest, are [`Code::Malformed`].
    pub fn push_entry(&mut self, line: &str) -> Result<Outcome, PushError> {
        let pushed = self.try_push_entry(line);
        self.count(pushed)
    }

    fn try_push_entry(&mut self, line: &str) -> Result<Outcome, PushError> {
        self.ledger.writer.check()?;
        let writer = &self.ledger.writer;
        let next = writer.size();
        // The very bytes of an entry need not be parsed again.
        if let Some(seq) = EntryLine::split(line).and_then(|line| line.seq()).filter(|seq| *seq < next)
            && writer.read(seq)? == line.as_bytes()
        {
            return Ok(Outcome::Already { seq });
        }
        let Entry { seq, recorded_at, event } = Entry::parse(line)?;
        if seq < next {
            let hint = "entries go into an empty ledger, or into one that they continue";
            let message = format!("another entry stands at seq {seq}");
            return Err(Refusal::new(Code::Malformed, message).with_hint(hint).into());
        }
        if seq > next {
            let refusal = Refusal::new(Code::Malformed, format!("seq {seq} does not follow, the next is {next}"));
            return Err(refusal.with_hint("export the entries from there on with --from-seq").into());
        }
        if let Some(last) = self.ledger.last_instant()
            && recorded_at <= last
        {
            let is_closed = writer.last_recorded_at().is_none_or(|newest| newest < last.micros());
            let before = if is_closed { "the instant that the ledger closed" } else { "that of the entry before" };
            let message = format!("recorded_at {recorded_at} is not after {before}, {last}");
            return Err(Refusal::new(Code::Malformed, message).into());
        }
        EarlierEvents::of(writer).judge_entry(&event)?;
        let partner = event.partner.as_ref().map_or("", |partner| partner.as_str());
        self.ledger.writer.stage(line.as_bytes(), partner, &keys_of(&event), recorded_at.micros())?;
        Ok(Outcome::New { seq })
    }

    fn count(&mut self, pushed: Result<Outcome, PushError>) -> Result<Outcome, PushError> {
        match &pushed {
            Ok(Outcome::New { .. }) => self.new += 1,
            Ok(Outcome::Already { seq }) => {
                self.already += 1;
                self.expected = Some(seq + 1);
            }
            Err(PushError::Refused(_)) => {}
            Err(PushError::Store(_)) => self.is_abandoned = true,
        }
        pushed
    }

    /// What [`Self::commit`] would make of it now.
    #[must_use]
    pub fn so_far(&self) -> Commit {
        Commit { new: self.new, already: self.already, size: self.ledger.writer.size() }
    }

    /// The entries that may have a key, those of the batch included, ascending; the caller compares.
    pub fn find(&self, key: Key) -> Result<Vec<u64>, ReadError> {
        self.ledger.writer.find(key.0)
    }

    /// An entry, of the ledger or of the batch.
    pub fn entry(&self, seq: u64) -> Result<Entry, ReadError> {
        self.ledger.writer.entry(seq)
    }

    /// Makes the batch part of the ledger, and returns when it is durable (L5).
    ///
    /// # Errors
    /// [`AppendError::Store`], and [`AppendError::Abandoned`] when the store failed in an earlier push.
    pub fn commit(self) -> Result<Commit, AppendError> {
        if self.is_abandoned {
            return Err(AppendError::Abandoned);
        }
        self.ledger.writer.commit()?;
        Ok(self.so_far())
    }
}

impl Drop for Batch<'_> {
    /// Takes back what is not committed.
    fn drop(&mut self) {
        if self.ledger.writer.size() > self.ledger.size() {
            self.ledger.rollback();
        }
    }
}
