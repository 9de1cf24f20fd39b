//! What the ledger knows of the partners that a report names.

use std::borrow::Cow;
use std::collections::BTreeMap;

use ledger::{Entry, Event, Fact, Name, PartnerId, ReadError};
use projection::rulebook::Rulebook;

use crate::error::Error;
use crate::known::{Known, retracted};
use reports::{PartnerFacts, SharedFacts};

/// What the ledger knows of the partners that were asked for, kept up to date with what is appended.
pub(super) struct Book<'a> {
    known: &'a Known,
    rulebook: &'a Rulebook,
    partners: BTreeMap<PartnerId, SharedFacts>,
    failure: Option<Error>,
}

impl<'a> Book<'a> {
    pub(super) fn new(known: &'a Known, rulebook: &'a Rulebook) -> Self {
        Self { known, rulebook, partners: BTreeMap::new(), failure: None }
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
        let facts = SharedFacts::new(self.read(partner).unwrap_or_else(|error| {
            self.failure.get_or_insert(error.into());
            PartnerFacts::default()
        }));
        self.partners.insert(partner.clone(), facts.clone());
        facts
    }

    /// Reads what the partner's entries say, one at a time: again without the retracted ones if there are any.
    fn read(&self, partner: &PartnerId) -> Result<PartnerFacts, ReadError> {
        let each = |take: &mut dyn FnMut(Entry)| self.known.reader.each_entry(partner.as_str(), self.known.end, take);
        let mut facts = PartnerFacts::default();
        let mut retractions = Vec::new();
        each(&mut |entry| {
            facts.learn(&by_code(&entry.event, self.rulebook));
            if matches!(entry.event.fact, Fact::EventRetracted { .. }) {
                retractions.push(entry);
            }
        })?;
        if retractions.is_empty() {
            return Ok(facts);
        }
        let retracted = retracted(&retractions);
        facts = PartnerFacts::default();
        each(&mut |entry| {
            if !retracted.contains(&entry.event.id) {
                facts.learn(&by_code(&entry.event, self.rulebook));
            }
        })?;
        Ok(facts)
    }

    /// Notes an event that was appended.
    pub(super) fn learn(&mut self, event: &Event) {
        if let Some(partner) = &event.partner {
            self.facts(partner).learn(&by_code(event, self.rulebook));
        }
    }
}

/// An event with the code as which the rules read its certification, as titles of reports are read.
fn by_code<'e>(event: &'e Event, rulebook: &Rulebook) -> Cow<'e, Event> {
    let mut read = Cow::Borrowed(event);
    if let Fact::CertificationLinked { certification, .. }
    | Fact::CertificationUnlinked { certification: Some(certification), .. } = &event.fact
        && let Ok(code) = Name::new(rulebook.code_of(certification.as_str()))
        && code != *certification
        && let Fact::CertificationLinked { certification, .. }
        | Fact::CertificationUnlinked { certification: Some(certification), .. } = &mut read.to_mut().fact
    {
        *certification = code;
    }
    read
}
