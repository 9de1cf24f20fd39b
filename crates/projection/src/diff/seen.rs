//! Associations as they stand on the way, kept from step to step: whether a further fact can change what they cover.

use std::collections::BTreeMap;

use ledger::{AssociationId, AssociationTerms, CustomerId, Fact, Mechanism, Name, Role, Timestamp};

use crate::history::{Dated, History, Step};
use crate::standpoint::Cut;

/// Associations as they stand behind the facts that were seen, each once it is asked about.
#[derive(Debug, Default)]
pub(super) struct Seen(BTreeMap<AssociationId, Life>);

/// What was seen of an association, which stands as [`crate::association::Association`] says.
#[derive(Clone, Debug, Default)]
struct Life {
    start: Option<Timestamp>,
    accepted: Details,
    requested: Details,
    /// The first end at its start or behind it.
    end: Option<Timestamp>,
    /// The newest end, for one that comes before the start and at the same instant.
    newest_end: Option<Timestamp>,
}

/// Each detail by the first who told it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Details {
    customer: Option<CustomerId>,
    mechanism: Option<Mechanism>,
    role: Option<Role>,
    workload: Option<Name>,
    subscription: Option<Name>,
}

/// What of an association decides about what it covers up to an instant; churns decide beside it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Cover {
    details: Details,
    start: Timestamp,
    end: Option<Timestamp>,
}

impl Seen {
    /// Takes in facts about an association, which become true behind all others; returns whether what it covers up to
    /// an instant is another. `before` is where the facts end that were seen.
    pub(super) fn become_true<'f>(
        &mut self,
        history: &History,
        before: Cut,
        association: AssociationId,
        facts: impl Iterator<Item = (Timestamp, &'f Fact)>,
        until: Timestamp,
    ) -> bool {
        let life = self.0.entry(association).or_insert_with(|| Life::of(history, association, before));
        let was = life.cover(until);
        for (at, fact) in facts {
            if let Fact::AssociationRequested(terms) = fact {
                life.requested(terms);
            } else if let Fact::AssociationAccepted(terms) = fact {
                life.accepted(at, terms);
            } else {
                life.ended(at);
            }
        }
        was != life.cover(until)
    }
}

/// What an association covers up to an instant, of the facts before a cut.
pub(super) fn cover(history: &History, association: AssociationId, cut: Cut, until: Timestamp) -> Option<Cover> {
    Life::of(history, association, cut).cover(until)
}

impl Life {
    fn of(history: &History, association: AssociationId, cut: Cut) -> Self {
        let mut life = Self::default();
        for Dated { at, fact, .. } in history.steps_of(association, cut) {
            match fact {
                Step::Requested(terms) => life.requested(terms),
                Step::Accepted(terms) => life.accepted(*at, terms),
                Step::Declined(_) | Step::Revoked(_) => life.ended(*at),
            }
        }
        life
    }

    fn requested(&mut self, terms: &AssociationTerms) {
        self.requested.fill(terms);
    }

    fn accepted(&mut self, at: Timestamp, terms: &AssociationTerms) {
        self.accepted.fill(terms);
        if self.start.is_none() {
            self.start = Some(at);
            self.end = self.newest_end.filter(|end| *end == at);
        }
    }

    fn ended(&mut self, at: Timestamp) {
        self.newest_end = Some(at);
        if self.start.is_some() && self.end.is_none() {
            self.end = Some(at);
        }
    }

    fn cover(&self, until: Timestamp) -> Option<Cover> {
        let start = self.start.filter(|start| *start <= until)?;
        let details = self.accepted.clone().or(&self.requested);
        (details.customer.is_some() && details.mechanism.is_some()).then(|| Cover {
            details,
            start,
            end: self.end.filter(|end| *end <= until),
        })
    }
}

impl Details {
    fn fill(&mut self, terms: &AssociationTerms) {
        let Self { customer, mechanism, role, workload, subscription } = self;
        *customer = customer.or(terms.customer);
        *mechanism = mechanism.or(terms.mechanism);
        *role = role.or(terms.role);
        for (name, told) in [(workload, &terms.workload), (subscription, &terms.subscription)] {
            if name.is_none() {
                name.clone_from(told);
            }
        }
    }

    fn or(self, other: &Self) -> Self {
        Self {
            customer: self.customer.or(other.customer),
            mechanism: self.mechanism.or(other.mechanism),
            role: self.role.or(other.role),
            workload: self.workload.or_else(|| other.workload.clone()),
            subscription: self.subscription.or_else(|| other.subscription.clone()),
        }
    }
}
