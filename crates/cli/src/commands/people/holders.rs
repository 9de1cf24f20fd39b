//! Who holds which certifications, by all that is recorded.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{PartnerId, PersonId};
use projection::History;
use projection::rulebook::Rulebook;

/// The persons that a ledger knows.
#[derive(Default)]
pub(super) struct Holders(BTreeMap<PersonId, Holder>);

/// What a person holds.
#[derive(Default)]
pub(super) struct Holder {
    partners: BTreeSet<PartnerId>,
    /// By the codes as which the rules read them.
    certifications: BTreeSet<String>,
}

impl Holders {
    /// Adds what is known of a partner's people.
    pub(super) fn add(&mut self, partner: &PartnerId, history: &History, rulebook: &Rulebook) {
        for (person, codes) in history.linked(rulebook) {
            let holder = self.0.entry(person.clone()).or_default();
            holder.partners.insert(partner.clone());
            holder.certifications.extend(codes.into_iter().map(str::to_owned));
        }
    }

    /// Adds persons of whom nothing is recorded.
    pub(super) fn extend(&mut self, persons: impl Iterator<Item = PersonId>) {
        for person in persons {
            self.0.entry(person).or_default();
        }
    }

    /// Whether there is nobody.
    pub(super) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Everybody, by their pseudonyms.
    pub(super) fn iter(&self) -> impl Iterator<Item = (&PersonId, &Holder)> {
        self.0.iter()
    }
}

impl Holder {
    /// The partners that the person's certifications were linked to, or are.
    pub(super) fn partners(&self) -> Vec<&str> {
        self.partners.iter().map(PartnerId::as_str).collect()
    }

    /// The certifications that are linked, to any partner.
    pub(super) fn certifications(&self) -> Vec<&str> {
        self.certifications.iter().map(String::as_str).collect()
    }
}
