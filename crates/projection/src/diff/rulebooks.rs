//! The rulebooks that were in force on the way, each read once.

use std::collections::BTreeMap;

use ledger::{Date, Entry, EventType};

use crate::adopted::{adoption_in_force, adoptions};
use crate::rulebook::{Rulebook, RulebookErrors};

/// The adopted rulebooks that are in force at some point of the way.
pub(crate) struct Rulebooks<'e> {
    shared: &'e [Entry],
    read: BTreeMap<u64, Rulebook>,
}

/// The rules in force.
#[derive(Clone, Copy)]
pub(crate) struct RulesInForce<'r> {
    /// The entry that adopted them; none for the built-in ones.
    pub(crate) adopted_by: Option<u64>,
    /// The rules.
    pub(crate) rulebook: &'r Rulebook,
    /// The name under which they were adopted.
    pub(crate) name: &'r str,
}

impl<'e> Rulebooks<'e> {
    /// Those among the entries that hold for all.
    pub(crate) fn of(shared: &'e [Entry]) -> Self {
        Self { shared, read: BTreeMap::new() }
    }

    /// Reads those that are needed on the way from one day and size of the ledger to another: one that never was in
    /// force need not be valid.
    pub(crate) fn read(&mut self, from: (Date, u64), to: (Date, u64)) -> Result<(), RulebookErrors> {
        let ((from_day, known_from), (to_day, known_to)) = (from, to);
        self.read_in_force(known_from, from_day)?;
        for adoption in adoptions(self.shared).filter(|adoption| adoption.seq < known_to) {
            let day = adoption.at.date();
            if day <= from_day && adoption.seq >= known_from {
                self.read_in_force(adoption.seq + 1, from_day)?;
            } else if from_day < day && day <= to_day {
                self.read_in_force(known_to, day)?;
            }
        }
        Ok(())
    }

    fn read_in_force(&mut self, size: u64, day: Date) -> Result<(), RulebookErrors> {
        if let Some(adopted) = adoption_in_force(self.known(size), day)
            && !self.read.contains_key(&adopted.seq)
        {
            self.read.insert(adopted.seq, Rulebook::parse(adopted.text.as_str())?);
        }
        Ok(())
    }

    /// The shared entries known when the ledger had so many entries.
    fn known(&self, size: u64) -> &'e [Entry] {
        self.shared.split_at(self.shared.partition_point(|entry| entry.seq < size)).0
    }

    /// The rules in force on a day, known when the ledger had so many entries.
    pub(crate) fn in_force(&self, size: u64, day: Date) -> RulesInForce<'_> {
        let Some(adopted) = adoption_in_force(self.known(size), day) else {
            let rulebook = Rulebook::builtin();
            return RulesInForce { adopted_by: None, rulebook, name: rulebook.name() };
        };
        let rulebook = self.read.get(&adopted.seq).expect("what is in force on the way was read");
        RulesInForce { adopted_by: Some(adopted.seq), rulebook, name: adopted.name.as_ref() }
    }

    /// The adoptions that became known from one size of the ledger to another.
    pub(crate) fn new_entries(&self, from: u64, to: u64) -> impl Iterator<Item = &'e Entry> + use<'e> {
        let (_, new) = self.known(to).split_at(self.known(from).len());
        new.iter().filter(|entry| entry.event.fact.event_type() == EventType::RulebookAdopted)
    }
}
