//! What the ends that records tell mean for the associations that other reports show month by month.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{AssociationId, CustomerId, Mechanism, PartnerId, Timestamp};

use super::relation::Relation;
use crate::changes::runs::RunChange;
use crate::facts::PartnerFacts;
use crate::facts::run::AssociationRun;

/// When records ended the relationships of a reseller with these customers, as far as the ledger knows.
pub(crate) fn recorded_ends(
    facts: &PartnerFacts,
    partner: &PartnerId,
    customers: impl Iterator<Item = CustomerId>,
) -> BTreeMap<CustomerId, BTreeSet<Timestamp>> {
    let mut ended: BTreeMap<CustomerId, BTreeSet<Timestamp>> = BTreeMap::new();
    for customer in customers {
        let relation = Relation::reseller(customer);
        let ids = relation.roles().into_iter().map(|role| relation.id(partner, role));
        ended.insert(customer, ids.flat_map(|id| facts.ends(id)).collect());
    }
    for life in facts.lives().filter(|life| life.terms.mechanism == Some(Mechanism::Csp)) {
        if let Some(relation) = life.terms.customer.map(Relation::reseller)
            && let Some(ended) = ended.get_mut(&relation.customer)
            && life.kinds.iter().any(|kind| relation.is_told_by(*kind))
        {
            ended.extend(life.ends);
        }
    }
    ended.retain(|_, ends| !ends.is_empty());
    ended
}

/// The runs that an end cuts, each with that end: those of which the ledger does not know one that is as early.
///
/// `before` has the runs as the ledger knew them, `made` what a file has changed in them since.
pub(crate) fn cut(
    before: &[AssociationRun],
    runs: &[AssociationRun],
    made: &[RunChange],
    ends: &BTreeSet<Timestamp>,
    churns: &BTreeSet<Timestamp>,
) -> Vec<(AssociationId, Timestamp)> {
    let known_end = |run: &AssociationRun| {
        let told = made.iter().filter_map(|change| match change {
            RunChange::End { id, at, .. } if *id == run.id => Some(*at),
            RunChange::End { .. } | RunChange::Begin { .. } => None,
        });
        let before = before.iter().filter(|known| known.id == run.id).filter_map(|known| known.end);
        told.chain(before).chain(churns.iter().copied()).filter(|at| *at >= run.start).min()
    };
    let cut_of = |run: &AssociationRun| {
        let end = ends.range(run.start..).next().copied()?;
        known_end(run).is_none_or(|known| known > end).then_some((run.id, end))
    };
    runs.iter().filter_map(cut_of).collect()
}
