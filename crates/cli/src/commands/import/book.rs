//! What the ledger knows, as far as readers of reports ask for it.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use ledger::{
    AssociationId, AssociationTerms, CustomerId, Entry, Event, Fact, Name, PartnerId, Timestamp, Usage, When,
};

use crate::error::Error;
use crate::known::{Known, retracted};
use crate::reports::{CurrentFigure, Kind, KnownAssociation, UsageKey};

/// What the ledger knows of the partners that were asked for, kept up to date with what is appended.
pub(super) struct Book<'a> {
    known: &'a Known,
    partners: BTreeMap<PartnerId, Facts>,
    failure: Option<Error>,
}

/// What is known of a partner.
#[derive(Default)]
struct Facts {
    figures: HashMap<UsageKey, CurrentFigure>,
    associations: BTreeMap<AssociationId, Life>,
    churns: Vec<(CustomerId, Timestamp)>,
}

/// What is known of an association.
#[derive(Default)]
struct Life {
    start: Option<Timestamp>,
    ends: Vec<Timestamp>,
    customer: Option<CustomerId>,
    kinds: BTreeSet<Kind>,
}

impl<'a> Book<'a> {
    pub(super) fn new(known: &'a Known) -> Self {
        Self { known, partners: BTreeMap::new(), failure: None }
    }

    /// Why the ledger could not be read, if it could not.
    pub(super) fn failure(&mut self) -> Option<Error> {
        self.failure.take()
    }

    /// The newest figure of a key.
    pub(super) fn figure(&mut self, key: &UsageKey) -> Option<CurrentFigure> {
        self.facts(&key.partner).figures.get(&folded(key.clone())).cloned()
    }

    /// What is known of an association.
    pub(super) fn association(&mut self, partner: &PartnerId, id: AssociationId) -> Option<KnownAssociation> {
        let facts = self.facts(partner);
        facts.known(facts.associations.get(&id)?)
    }

    /// The associations of which an acceptance was taken from a report of the kind.
    pub(super) fn reported(&mut self, partner: &PartnerId, kind: Kind) -> Vec<(AssociationId, KnownAssociation)> {
        let facts = self.facts(partner);
        let of_kind = facts.associations.iter().filter(|(_, life)| life.kinds.contains(&kind));
        of_kind.filter_map(|(id, life)| Some((*id, facts.known(life)?))).collect()
    }

    /// Notes an event that was appended; reports give no retractions.
    pub(super) fn learn(&mut self, event: &Event) {
        if let Some(partner) = &event.partner {
            self.facts(partner).learn(event);
        }
    }

    fn facts(&mut self, partner: &PartnerId) -> &mut Facts {
        if !self.partners.contains_key(partner.as_str()) {
            let facts = match self.known.reader.entries(partner.as_str(), self.known.end) {
                Ok(entries) => Facts::of(&entries),
                Err(error) => {
                    self.failure.get_or_insert(error.into());
                    Facts::default()
                }
            };
            self.partners.insert(partner.clone(), facts);
        }
        self.partners.entry(partner.clone()).or_default()
    }
}

impl Facts {
    fn of(entries: &[Entry]) -> Self {
        let retracted = retracted(entries);
        let mut facts = Self::default();
        for entry in entries.iter().filter(|entry| !retracted.contains(&entry.event.id)) {
            facts.learn(&entry.event);
        }
        facts
    }

    fn learn(&mut self, event: &Event) {
        match (&event.fact, event.when) {
            (Fact::UsageReported(usage), When::In(month)) => {
                let Some(partner) = event.partner.clone() else { return };
                let Usage { customer, product, metric, value, subscription, offer } = usage.clone();
                let key = folded(UsageKey { partner, customer, product, metric, month, subscription });
                self.figures.insert(key, CurrentFigure { value, offer });
            }
            (Fact::AssociationRequested(terms), When::At(_)) => {
                self.life(terms);
            }
            (Fact::AssociationAccepted(terms), When::At(at)) => {
                let source = event.source.as_ref().map_or("", |source| source.as_str());
                let kind = source.split_once(' ').and_then(|(name, _)| Kind::from_name(name));
                let life = self.life(terms);
                life.start = Some(life.start.map_or(at, |start| start.min(at)));
                life.kinds.extend(kind);
            }
            (
                Fact::AssociationDeclined { association, .. } | Fact::AssociationRevoked { association, .. },
                When::At(at),
            ) => {
                self.associations.entry(*association).or_default().ends.push(at);
            }
            (Fact::CustomerChurned { customer, areas: None, .. }, When::At(at)) => self.churns.push((*customer, at)),
            _ => {}
        }
    }

    fn life(&mut self, terms: &AssociationTerms) -> &mut Life {
        let life = self.associations.entry(terms.association).or_default();
        life.customer = life.customer.or(terms.customer);
        life
    }

    /// From when to when the association is in force, if it ever was.
    fn known(&self, life: &Life) -> Option<KnownAssociation> {
        let start = life.start?;
        let churns = self.churns.iter().filter(|(customer, _)| life.customer == Some(*customer)).map(|(_, at)| at);
        let end = life.ends.iter().chain(churns).filter(|at| **at >= start).min().copied();
        Some(KnownAssociation { start, end })
    }
}

/// The key as keys are compared: its product without the case of A-Z.
fn folded(key: UsageKey) -> UsageKey {
    let product = Name::new(&key.product.as_str().to_ascii_lowercase()).unwrap_or_else(|_| key.product.clone());
    UsageKey { product, ..key }
}
