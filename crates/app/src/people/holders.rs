//! Who holds which certifications, by all that is recorded.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{PartnerId, PersonId};
use serde_json::Value;

use super::{Contact, PeopleMap};
use crate::error::Error;
use crate::known::Known;
use crate::session::Session;

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
    let partners = partner.map_or_else(|| known.partners(), |partner| Ok(vec![partner.clone()]))?;
    for partner in partners {
        for (person, codes) in known.history(&partner)?.linked(&rules.book) {
            let holdings = holders.entry(person.clone()).or_default();
            holdings.partners.insert(partner.clone());
            holdings.certifications.extend(codes.into_iter().map(str::to_owned));
        }
    }
    if partner.is_none() {
        // Whoever is named is listed, so that they can be forgotten.
        for person in map.pseudonyms().filter_map(|person| PersonId::new(person).ok()) {
            holders.entry(person).or_default();
        }
    }
    let holder = |(person, holdings): (PersonId, Holdings)| {
        let contact = map.get(person.as_str()).cloned().unwrap_or_default();
        Holder { person, contact, holdings }
    };
    Ok(holders.into_iter().map(holder).collect())
}

impl Holder {
    /// The object for programs.
    #[must_use]
    pub fn to_json(&self) -> String {
        let Self { person, contact, holdings: Holdings { partners, certifications } } = self;
        let contact = contact.fields().map(|(name, value)| (name, Value::from(value)));
        let mut fields = vec![("person", Value::from(person.as_str()))];
        fields.extend(contact);
        fields.push(("partners", partners.iter().map(PartnerId::as_str).collect()));
        fields.push(("certifications", certifications.iter().map(String::as_str).collect()));
        let object: Value = fields.into_iter().collect();
        object.to_string()
    }
}
