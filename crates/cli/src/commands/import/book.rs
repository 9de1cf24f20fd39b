//! What the ledger knows of the partners that a report names.

use std::collections::BTreeMap;

use ledger::{Event, PartnerId};

use crate::error::Error;
use crate::known::Known;
use crate::reports::{PartnerFacts, SharedFacts};

/// What the ledger knows of the partners that were asked for, kept up to date with what is appended.
pub(super) struct Book<'a> {
    known: &'a Known,
    partners: BTreeMap<PartnerId, SharedFacts>,
    failure: Option<Error>,
}

impl<'a> Book<'a> {
    pub(super) fn new(known: &'a Known) -> Self {
        Self { known, partners: BTreeMap::new(), failure: None }
    }

    /// Why the ledger could not be read, if it could not.
    pub(super) fn failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// What is known of a partner.
    pub(super) fn facts(&mut self, partner: &PartnerId) -> SharedFacts {
        if let Some(facts) = self.partners.get(partner.as_str()) {
            return facts.clone();
        }
        let facts = match self.known.reader.entries(partner.as_str(), self.known.end) {
            Ok(entries) => PartnerFacts::of(&entries),
            Err(error) => {
                self.failure.get_or_insert(error.into());
                PartnerFacts::default()
            }
        };
        let facts = SharedFacts::new(facts);
        self.partners.insert(partner.clone(), facts.clone());
        facts
    }

    /// Notes an event that was appended.
    pub(super) fn learn(&mut self, event: &Event) {
        if let Some(partner) = &event.partner {
            self.facts(partner).learn(event);
        }
    }
}
