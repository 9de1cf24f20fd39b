//! What partners claim that one alone may have, by what it is.

use std::collections::BTreeMap;

use ledger::{PartnerId, PersonId};

use super::exclusive::{ExclusiveRight, lasts, standing};
use super::overlaps::{NEVER, Period, Periods};
use super::people;
use crate::association::Association;
use crate::history::History;
use crate::identity;
use crate::rulebook::Rulebook;

/// What some partners claim. The findings about each of them come from a comparison with this.
#[derive(Debug, Default)]
pub struct Claims {
    partners: Vec<PartnerId>,
    numbers: BTreeMap<PartnerId, usize>,
    rights: BTreeMap<ExclusiveRight, Periods<Claim>>,
    people: BTreeMap<PersonId, Periods<u64>>,
}

/// The association by which something is claimed.
#[derive(Clone, Debug)]
pub(super) struct Claim {
    pub(super) made_by: Vec<u64>,
    pub(super) subscription: Option<String>,
}

impl Claims {
    /// Adds what a partner claims, once.
    pub fn add(&mut self, partner: &PartnerId, history: &History, rulebook: &Rulebook) {
        let number = self.partners.len();
        self.partners.push(partner.clone());
        self.numbers.insert(partner.clone(), number);
        for one in standing(history, rulebook).iter().filter(|one| lasts(one)) {
            let name = one.workload().map(identity::product);
            for right in ExclusiveRight::all_of(one, name.as_slice(), rulebook) {
                self.rights.entry(right).or_default().push(time(one, number));
            }
        }
        for (person, times) in people::times(history, rulebook, number) {
            let of_person = self.people.entry(person.clone()).or_default();
            for time in times {
                of_person.push(time);
            }
        }
    }

    /// The number of a partner, if it was added.
    pub(super) fn number(&self, partner: &PartnerId) -> Option<usize> {
        self.numbers.get(partner).copied()
    }

    /// The partner with a number.
    pub(super) fn partner(&self, number: usize) -> &PartnerId {
        self.partners.get(number).expect("numbers are those of partners that were added")
    }

    /// Who claims a right, and when.
    pub(super) fn of(&self, right: &ExclusiveRight) -> Option<&Periods<Claim>> {
        self.rights.get(right)
    }

    /// To whom a person is linked, and when.
    pub(super) fn of_person(&self, person: &PersonId) -> Option<&Periods<u64>> {
        self.people.get(person)
    }
}

/// The time of an association.
pub(super) fn time(one: &Association<'_>, partner: usize) -> Period<Claim> {
    let what = Claim { made_by: one.made_by.clone(), subscription: one.subscription().map(str::to_owned) };
    Period { start: one.start, end_exclusive: one.end_exclusive.unwrap_or(NEVER), partner, what }
}
