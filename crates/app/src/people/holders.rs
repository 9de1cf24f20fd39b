//! Who holds which certifications, by all that is recorded.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{PartnerId, PersonId};
use serde_json::json;

use super::{Contact, PeopleMap};
use crate::error::Error;
use crate::known::Known;
use crate::session::Session;
use crate::text::without_nulls;

/// A person that a ledger knows.
#[derive(Debug)]
pub struct Holder {
    /// The pseudonym.
    pub person: PersonId,
    /// Who it is, as far as that is kept.
    pub contact: Contact,
    /// What the person holds.
    pub holdings: Holdings,
}

/// What a person holds.
#[derive(Debug, Default)]
pub struct Holdings {
    /// The partners that the person's certifications were linked to, or are.
    pub partners: BTreeSet<PartnerId>,
    /// The certifications that are linked, to any partner, by the codes as which the rules read them.
    pub certifications: BTreeSet<String>,
}

/// The persons of a partner, or everybody, by their pseudonyms.
///
/// # Errors
/// `unknown_partner`, `bad_people`, and a ledger that cannot be read.
pub fn holders(session: &mut Session<'_>, partner: Option<&PartnerId>) -> Result<Vec<Holder>, Error> {
    let known = Known::open(session, None)?;
    let map = PeopleMap::read(&known.reader.dir())?;
    let rules = known.rules_in_force(session.now().date())?;
    let mut holders: BTreeMap<PersonId, Holdings> = BTreeMap::new();
    for partner in known.asked_or_all(partner)? {
        for (person, codes) in known.history(&partner)?.linked(&rules.book) {
            let holdings = holders.entry(person.clone()).or_default();
            holdings.partners.insert(partner.clone());
            holdings.certifications.extend(codes.into_iter().map(str::to_owned));
        }
    }
    if partner.is_none() {
        // Everybody in the map is listed, so that they can be forgotten.
        for person in map.people.keys().filter_map(|person| PersonId::new(person).ok()) {
            holders.entry(person).or_default();
        }
    }
    let holder = |(person, holdings): (PersonId, Holdings)| {
        let contact = map.people.get(person.as_str()).cloned().unwrap_or_default();
        Holder { person, contact, holdings }
    };
    Ok(holders.into_iter().map(holder).collect())
}

impl Holder {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { person, contact: Contact { name, email, work_email }, holdings } = self;
        let partners: Vec<&str> = holdings.partners.iter().map(PartnerId::as_str).collect();
        without_nulls(json!({
            "person": person.as_str(), "name": name, "email": email, "work_email": work_email,
            "partners": partners, "certifications": holdings.certifications,
        }))
        .to_string()
    }
}
