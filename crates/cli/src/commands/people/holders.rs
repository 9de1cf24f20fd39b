//! Who holds which certifications, by all that is recorded.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Entry, Fact, Name, PartnerId, PersonId, Timestamp, When};
use projection::rulebook::Rulebook;

use app::known::retracted;

/// When something was so, and in which order of those of one instant.
type Moment = (Timestamp, u64);

/// The persons that a ledger knows.
#[derive(Default)]
pub(super) struct Holders(BTreeMap<PersonId, Holder>);

/// What a person holds.
#[derive(Default)]
pub(super) struct Holder {
    partners: BTreeSet<PartnerId>,
    /// By the code as which the rules read that of the certification.
    links: BTreeMap<(PartnerId, String), Link>,
    /// When all certifications were last unlinked from a partner.
    ends: BTreeMap<PartnerId, Moment>,
}

/// When a certification was last linked, and last unlinked by its name.
#[derive(Default)]
struct Link {
    start: Option<Moment>,
    end: Option<Moment>,
}

impl Holders {
    /// Adds what the entries of a partner say of persons, but for what is retracted.
    pub(super) fn add(&mut self, partner: &PartnerId, entries: &[Entry], rulebook: &Rulebook) {
        let code = |certification: &Name| rulebook.code_of(certification.as_str()).to_owned();
        let retracted = retracted(entries);
        for Entry { seq, event, .. } in entries.iter().filter(|entry| !retracted.contains(&entry.event.id)) {
            let When::At(at) = event.when else { continue };
            let at = (at, *seq);
            if let Fact::CertificationLinked { person, certification, .. } = &event.fact {
                let link = self.holder(person, partner).link(partner, code(certification));
                link.start = link.start.max(Some(at));
            } else if let Fact::CertificationUnlinked { person, certification, .. } = &event.fact {
                let holder = self.holder(person, partner);
                if let Some(certification) = certification {
                    let link = holder.link(partner, code(certification));
                    link.end = link.end.max(Some(at));
                } else {
                    let end = holder.ends.entry(partner.clone()).or_insert(at);
                    *end = at.max(*end);
                }
            }
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

    fn holder(&mut self, person: &PersonId, partner: &PartnerId) -> &mut Holder {
        let holder = self.0.entry(person.clone()).or_default();
        holder.partners.insert(partner.clone());
        holder
    }
}

impl Holder {
    /// The partners that the person's certifications were linked to, or are.
    pub(super) fn partners(&self) -> Vec<&str> {
        self.partners.iter().map(PartnerId::as_str).collect()
    }

    /// The certifications that are linked, to any partner.
    pub(super) fn certifications(&self) -> Vec<&str> {
        let stands = |partner: &PartnerId, link: &Link| {
            link.start.is_some() && link.start > link.end && link.start.as_ref() > self.ends.get(partner)
        };
        let standing = self.links.iter().filter(|((partner, _), link)| stands(partner, link));
        let codes: BTreeSet<&str> = standing.map(|((_, code), _)| code.as_str()).collect();
        codes.into_iter().collect()
    }

    fn link(&mut self, partner: &PartnerId, code: String) -> &mut Link {
        self.links.entry((partner.clone(), code)).or_default()
    }
}
