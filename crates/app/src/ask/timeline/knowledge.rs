//! What was known of a partner from one instant to another.

use std::collections::BTreeSet;

use ledger::{Date, Entry, EventType, PartnerId, Timestamp};
use projection::{History, Stop};

use super::KnownStep;
use crate::error::Error;
use crate::known::Known;

/// The facts about a partner: what was known at first, and what became known.
pub(super) struct Facts {
    /// The history of the entries that were known at first; none where the partner was not known.
    first: Option<History>,
    /// How many entries the ledger had then.
    first_size: u64,
    /// The entries that became known since, or all where one of these is a retraction.
    pub(super) entries: Vec<Entry>,
}

impl Facts {
    /// Reads them from a ledger.
    pub(super) fn read(known: &Known, partner: &PartnerId, first_known: Timestamp) -> Result<Self, Error> {
        let first_size = known.reader.size_at(first_known)?.min(known.end);
        let first = known.reader.folded(partner.as_str(), first_size)?;
        let mut entries = Vec::new();
        known.reader.each_entry(partner.as_str(), first_size, known.end, &mut |entry| entries.push(entry))?;
        let retracts = |entry: &Entry| entry.event.fact.event_type() == EventType::EventRetracted;
        if first.is_some() && entries.iter().any(retracts) {
            entries = known.reader.entries(partner.as_str(), known.end)?;
        }
        Ok(Self { first, first_size, entries })
    }

    /// The entries that became known since the first instant and that the score may depend on.
    fn learnt<'e>(&'e self, shared: &'e [Entry]) -> impl Iterator<Item = &'e Entry> {
        self.entries.iter().chain(shared).filter(|entry| entry.seq >= self.first_size)
    }

    /// The first instant, and those behind it at which something became known that the score may depend on: each, or the
    /// end of each day.
    pub(super) fn instants(
        &self,
        shared: &[Entry],
        (from, to): (Timestamp, Timestamp),
        step: KnownStep,
    ) -> BTreeSet<Timestamp> {
        let known_at = |entry: &Entry| match step {
            KnownStep::Change => Timestamp::end_of(entry.recorded_at.date()).min(to),
            KnownStep::Instant => entry.recorded_at,
        };
        std::iter::once(from).chain(self.learnt(shared).map(known_at)).collect()
    }

    /// Whether the partner was known at first.
    pub(super) fn was_known(&self) -> bool {
        self.first.is_some()
    }

    /// Hands over the history of what was known when the ledger had so many entries, which is no less than at first.
    pub(super) fn take_history(&mut self, size: u64) -> History {
        let mut history = self.first.take().unwrap_or_default();
        history.extend(self.entries.iter().filter(|entry| (self.first_size..size).contains(&entry.seq)));
        history
    }
}

/// How many entries of the ledger matter to a partner at an instant.
pub(super) struct Sizes {
    first: Option<u64>,
    /// The instants at which something became known that matters, each with the size of the ledger behind it.
    later: Vec<(Timestamp, u64)>,
    /// The first instant at which the partner is known, unless it was known at first.
    known_from: Option<Timestamp>,
}

impl Sizes {
    /// Those by the facts about a partner and by the entries that hold for all.
    pub(super) fn of(facts: &Facts, shared: &[Entry], partner: &PartnerId) -> Self {
        let later = facts.learnt(shared).map(|entry| (entry.recorded_at, entry.seq + 1));
        let later: BTreeSet<(Timestamp, u64)> = later.collect();
        let first_entry = facts.entries.iter().find(|entry| entry.event.partner.as_ref() == Some(partner));
        Self {
            first: facts.first.as_ref().map(|_| facts.first_size),
            later: later.into_iter().collect(),
            known_from: first_entry.map(|entry| entry.recorded_at),
        }
    }

    /// A day with what was known at an instant; none where the partner was not known.
    pub(super) fn stop(&self, day: Date, at: Timestamp) -> Option<Stop> {
        if self.first.is_none() && self.known_from.is_none_or(|from| at < from) {
            return None;
        }
        let later = self.later.partition_point(|(recorded, _)| *recorded <= at);
        let size = later.checked_sub(1).and_then(|nth| self.later.get(nth)).map(|(_, size)| *size);
        size.or(self.first).map(|size| Stop { day, size })
    }
}

/// How many entries, which are in the order of their seq, were recorded by an instant.
pub(super) fn known_at(entries: &[Entry], at: Timestamp) -> usize {
    entries.partition_point(|entry| entry.recorded_at <= at)
}
