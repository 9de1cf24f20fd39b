//! Events that are taken as if they were recorded, without a line written.

use crate::admission::{EarlierEntries, EarlierEvents, Outcome, PreparedEvent, PreparedEvents};
use crate::canonical::wrap_event;
use crate::entry::{Entry, Key};
use crate::error::{AppendError, ReadError, StoreError};
use crate::prefix::EntryLine;
use crate::reader::{Reader, unreadable};
use crate::time::Timestamp;

/// The first entries of a ledger, as far as they exist for whoever assumes something.
struct FirstEntries<'r> {
    reader: &'r Reader,
    end: u64,
    sees: &'r dyn Fn(&str) -> bool,
}

impl EarlierEntries for FirstEntries<'_> {
    fn size(&self) -> u64 {
        self.end
    }

    fn find(&self, key: Key) -> Result<Vec<u64>, ReadError> {
        let mut seqs = Vec::new();
        for seq in self.reader.find(key, self.end)? {
            let line = self.line(seq)?;
            let line = std::str::from_utf8(&line).ok().and_then(EntryLine::split);
            if line.and_then(|line| line.partner()).is_none_or(self.sees) {
                seqs.push(seq);
            }
        }
        Ok(seqs)
    }

    fn line(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        self.reader.snapshot().read(seq)
    }

    fn broken(&self, seq: u64, line: &[u8]) -> ReadError {
        unreadable(self.reader.snapshot(), seq, line)
    }
}

impl Reader {
    /// The entries that events would become if they were appended behind the first `end` entries, in their order, each
    /// with the place of its event: with the seqs that would be theirs, recorded a microsecond after one another. Events that
    /// stand in the ledger already, or earlier among these, are left out. Nothing is written. The entries of partners that
    /// `sees` denies are passed over, so that no answer tells what they are.
    ///
    /// # Errors
    /// [`AppendError::Refused`] with the first event that an append would refuse; the ledger cannot be read.
    pub fn assume(
        &self,
        end: u64,
        events: Vec<PreparedEvent>,
        sees: &dyn Fn(&str) -> bool,
    ) -> Result<Vec<(usize, Entry)>, AppendError> {
        let end = end.min(self.size());
        let entries = FirstEntries { reader: self, end, sees };
        let events: PreparedEvents = events.into_iter().map(Ok).collect();
        let mut earlier = EarlierEvents::of(&entries);
        let outcomes = earlier.admit_all(&events)?.into_iter().enumerate();
        let places = outcomes.filter(|(_, outcome)| matches!(outcome, Outcome::New { .. })).map(|(place, _)| place);
        let mut newest = end.checked_sub(1).map(|last| self.recorded_at(last)).transpose()?;
        let mut assumed = Vec::new();
        for ((seq, event), place) in (end..).zip(earlier.into_admitted()).zip(places) {
            let recorded_at = match newest {
                Some(newest) => newest.next().ok_or(StoreError::EndOfTime)?,
                None => Timestamp::from_micros(0),
            };
            newest = Some(recorded_at);
            let line = wrap_event(seq, recorded_at, &event.canonical);
            assumed.push((place, Entry::read(&line).expect("a line that was just made from an event is an entry")));
        }
        Ok(assumed)
    }
}

#[cfg(test)]
mod tests {
    use crate::admission::PreparedEvent;
    use crate::error::AppendError;
    use crate::event::Event;
    use crate::refusal::Code;
    use crate::testing::{at, churn, ledger, retract};

    fn prepared(events: &[Event]) -> Vec<PreparedEvent> {
        events.iter().map(|event| PreparedEvent::new(event).unwrap()).collect()
    }

    #[test]
    fn assumed_events_are_the_entries_that_an_append_would_make() {
        let (_dir, mut ledger) = ledger();
        ledger.append(&[churn(1, "A"), churn(2, "A"), churn(3, "B")], at(0)).unwrap();
        let reader = ledger.reader();
        let events = [churn(2, "A"), churn(4, "A"), retract(5, "A", 4), churn(4, "A"), retract(6, "A", 1)];
        let assumed = reader.assume(3, prepared(&events), &|_| true).unwrap();
        assert_eq!(assumed, reader.assume(3, prepared(&events), &|_| true).unwrap());
        assert_eq!(reader.size(), 3);
        ledger.append(&events, at(3)).unwrap();
        assert_eq!(assumed.iter().map(|(place, _)| *place).collect::<Vec<_>>(), [1, 2, 4]);
        let entries: Vec<_> = assumed.into_iter().map(|(_, entry)| entry).collect();
        assert_eq!(entries, ledger.reader().entries("A", 6).unwrap().split_off(2));
    }

    #[test]
    fn what_is_recorded_later_is_not_known_to_assumed_events() {
        let (_dir, mut ledger) = ledger();
        ledger.append(&[churn(1, "A"), churn(2, "A")], at(0)).unwrap();
        let reader = ledger.reader();
        let assumed = reader.assume(1, prepared(&[churn(2, "A"), churn(3, "A")]), &|_| true).unwrap();
        assert_eq!(assumed.iter().map(|(_, entry)| entry.seq).collect::<Vec<_>>(), [1, 2]);
        let refused = |end, events: &[Event]| match reader.assume(end, prepared(events), &|_| true) {
            Err(AppendError::Refused { index, refusal }) => (index, refusal.code),
            other => panic!("{other:?}"),
        };
        assert_eq!(refused(1, &[churn(3, "A"), retract(4, "A", 2)]), (1, Code::UnknownEvent));
        assert_eq!(refused(2, &[retract(4, "B", 2)]), (0, Code::UnknownEvent));
        assert_eq!(refused(2, &[churn(1, "B")]), (0, Code::IdReused));
        assert_eq!(refused(2, &[churn(5, "A"), churn(5, "B")]), (1, Code::IdReused));
    }

    #[test]
    fn an_entry_of_a_partner_that_is_not_seen_has_no_id_and_cannot_be_retracted() {
        let (_dir, mut ledger) = ledger();
        ledger.append(&[churn(1, "A"), churn(2, "B")], at(0)).unwrap();
        let assume = |events: &[Event]| ledger.reader().assume(2, prepared(events), &|partner| partner == "B");
        let taken = assume(&[churn(1, "B"), churn(2, "B")]).unwrap();
        assert_eq!(taken.iter().map(|(place, entry)| (*place, entry.seq)).collect::<Vec<_>>(), [(0, 2)]);
        let refused = |events: &[Event]| match assume(events) {
            Err(AppendError::Refused { refusal, .. }) => refusal,
            other => panic!("{other:?}"),
        };
        let hidden = refused(&[retract(4, "B", 1)]);
        assert_eq!(hidden.code, Code::UnknownEvent);
        assert_eq!(hidden.message.replace("0001", "0009"), refused(&[retract(4, "B", 9)]).message);
    }
}
