//! The ledger as a list: what each event should become, by the rules alone.

use std::collections::BTreeMap;

use crate::admission::Outcome;
use crate::canonical::canonical_entry;
use crate::event::{Event, Fact};
use crate::ids::EventId;
use crate::refusal::Code;
use crate::store::testing::naive_root;
use crate::time::Timestamp;

/// A ledger that is a list of events with their instants.
#[derive(Clone, Debug, Default)]
pub(super) struct NaiveLedger {
    pub(super) entries: Vec<(Timestamp, Event)>,
    places: BTreeMap<EventId, usize>,
}

impl NaiveLedger {
    /// Takes an event as the ledger should, or says with which code it is refused.
    pub(super) fn push(&mut self, event: &Event, now: Timestamp) -> Result<Outcome, Code> {
        if let Some(&place) = self.places.get(&event.id) {
            let is_same = self.entries[place].1 == *event;
            return if is_same { Ok(Outcome::Already { seq: place as u64 }) } else { Err(Code::IdReused) };
        }
        if let Fact::EventRetracted { event: retracted, .. } = &event.fact {
            let known = self.places.get(retracted).map(|&place| &self.entries[place].1);
            if known.is_none_or(|known| known.partner != event.partner) {
                return Err(Code::UnknownEvent);
            }
        }
        let after = self.entries.last().map(|(last, _)| Timestamp::from_micros(last.micros() + 1));
        let recorded_at = after.map_or(now, |after| now.max(after));
        self.places.insert(event.id, self.entries.len());
        self.entries.push((recorded_at, event.clone()));
        Ok(Outcome::New { seq: self.entries.len() as u64 - 1 })
    }

    /// Takes all of a batch or nothing of it; the place of the first event that is refused, and the code.
    pub(super) fn append(&mut self, events: &[Event], now: Timestamp) -> Result<Vec<Outcome>, (usize, Code)> {
        let before = self.clone();
        let push = |(at, event)| self.push(event, now).map_err(|code| (at, code));
        let outcomes: Result<Vec<Outcome>, _> = events.iter().enumerate().map(push).collect();
        if outcomes.is_err() {
            *self = before;
        }
        outcomes
    }

    /// The number of entries.
    pub(super) fn size(&self) -> usize {
        self.entries.len()
    }

    /// The line of each entry.
    pub(super) fn lines(&self) -> Vec<String> {
        let lines = (0..).zip(&self.entries).map(|(seq, (at, event))| canonical_entry(seq, *at, event));
        lines.collect()
    }

    /// The places of a partner's entries.
    pub(super) fn of_partner(&self, partner: &str) -> Vec<u64> {
        let is_one = |event: &Event| event.partner.as_ref().is_some_and(|other| other.as_str() == partner);
        (0..).zip(&self.entries).filter(|(_, (_, event))| is_one(event)).map(|(seq, _)| seq).collect()
    }

    /// How many entries were recorded by an instant.
    pub(super) fn size_at(&self, known_at: Timestamp) -> u64 {
        self.entries.iter().filter(|(at, _)| *at <= known_at).count() as u64
    }

    /// The place of an event.
    pub(super) fn place(&self, id: EventId) -> Option<u64> {
        self.places.get(&id).map(|&place| place as u64)
    }

    /// The hash of all that is in it.
    pub(super) fn root(&self) -> [u8; 32] {
        naive_root(&self.lines())
    }
}
