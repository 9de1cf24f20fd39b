//! What the ledger knows of a partner's customers, as far as churn asks for it.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerId, Month, Timestamp};

use super::PartnerFacts;
use crate::kind::Kind;
use crate::provenance::Download;

/// What is known of a customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct KnownCustomer {
    /// The first month in which reports of the kind showed it.
    pub(crate) shown_since: Option<Month>,
    /// The months in which it used something.
    pub(crate) used: BTreeSet<Month>,
    /// When it churned.
    pub(crate) churns: BTreeSet<Timestamp>,
    /// When its associations began.
    pub(crate) began: BTreeSet<Timestamp>,
    /// The months in which the other kind of report that knows states shows it active.
    pub(crate) active_elsewhere: BTreeSet<Month>,
}

impl PartnerFacts {
    /// The customers that anything is known of, with what reports of a kind showed.
    pub(crate) fn customers(&self, kind: Kind) -> BTreeMap<CustomerId, KnownCustomer> {
        let mut customers: BTreeMap<CustomerId, KnownCustomer> = BTreeMap::new();
        let others = Kind::ALL.iter().copied().filter(|other| other.tells_states() && *other != kind);
        let elsewhere: Vec<(Kind, BTreeSet<Month>)> = others.map(|other| (other, self.covered(other))).collect();
        let is_of_kind = |told: Option<Download>| told.is_some_and(|told| told.kind == kind);
        for (customer, month) in self.figures.told_by(kind) {
            customers.entry(customer).or_default().show(month);
        }
        for (id, life) in &self.associations {
            let Some(customer) = life.terms.as_ref().and_then(|terms| terms.customer) else { continue };
            let known = customers.entry(customer).or_default();
            known.began.extend(life.start);
            if let Some(month) = life.first_shown.filter(|_| life.kinds.contains(&kind)) {
                known.show(month);
            }
            for (_, months) in elsewhere.iter().filter(|(other, _)| life.kinds.contains(other)) {
                let run = self.run(*id, life);
                known.active_elsewhere.extend(months.iter().filter(|month| run.is_some_and(|run| run.is_in(**month))));
            }
        }
        for (customer, segments) in &self.segments {
            for (at, _) in segments.iter().filter(|(_, (_, told))| is_of_kind(*told)) {
                customers.entry(*customer).or_default().show(Month::of(at.date()));
            }
        }
        for (customer, churns) in &self.churns {
            customers.entry(*customer).or_default().churns.extend(churns);
        }
        for (customer, month) in self.figures.used() {
            customers.entry(customer).or_default().used.insert(month);
        }
        customers
    }

    /// The months that downloads of a kind have.
    fn covered(&self, kind: Kind) -> BTreeSet<Month> {
        let mut months = BTreeSet::new();
        for (_, (first, last)) in self.downloads.get(&kind).into_iter().flatten() {
            months.extend((first.number()..=last.number()).map(Month::from_number));
        }
        months
    }
}

impl KnownCustomer {
    fn show(&mut self, month: Month) {
        self.shown_since = Some(self.shown_since.map_or(month, |since| since.min(month)));
    }
}
