//! Associations as they stand on the way, kept from step to step: whether a further fact can change what they cover.

use std::collections::BTreeMap;

use ledger::{AssociationId, Month, Timestamp};

use crate::association::{Details, Life};
use crate::history::{AssociationStep, DatedFact, History};
use crate::standpoint::Cut;

/// Associations as they stand behind the facts that were seen, each once it is asked about.
#[derive(Debug, Default)]
pub(super) struct Lives(BTreeMap<AssociationId, Life<String>>);

/// What of an association decides about what it covers up to an instant: its details, start and end. Churns decide
/// beside it.
pub(super) type Cover = (Details<String>, Timestamp, Option<Timestamp>);

impl Lives {
    /// Takes in steps of an association, which become true behind all others; returns whether what it covers up to
    /// an instant is another. `before` is where the facts end that were seen.
    pub(super) fn become_true<'f>(
        &mut self,
        history: &History,
        before: Cut,
        association: AssociationId,
        steps: impl Iterator<Item = &'f DatedFact<AssociationStep>>,
        until: Timestamp,
    ) -> bool {
        let life = self.0.entry(association).or_insert_with(|| Life::of(history.steps_of(association, before)));
        let was = cover_of(life, until);
        for DatedFact { at, seq, fact } in steps {
            match fact {
                AssociationStep::Requested(terms) => life.request(*seq, terms),
                AssociationStep::Accepted(terms) => life.accept((*at, *seq), terms),
                AssociationStep::Declined(_) | AssociationStep::Revoked(_) => life.end((*at, *seq)),
            }
        }
        was != cover_of(life, until)
    }
}

/// What an association covers up to an instant, of the facts before a cut.
pub(super) fn cover(history: &History, association: AssociationId, cut: Cut, until: Timestamp) -> Option<Cover> {
    cover_of(&Life::of(history.steps_of(association, cut)), until)
}

fn cover_of(life: &Life<String>, until: Timestamp) -> Option<Cover> {
    let at = |end: Option<(Timestamp, u64)>| end.map(|(at, _)| at).filter(|at| *at <= until);
    let (start, details) = (at(life.start)?, life.details());
    (details.customer.is_some() && details.mechanism.is_some()).then(|| (details, start, at(life.end)))
}

/// The first month at whose end an association may cover otherwise.
pub(super) fn first_month(was: Option<&Cover>, is: Option<&Cover>) -> Option<Month> {
    let earliest = |times: [Option<Timestamp>; 2]| times.into_iter().flatten().min();
    let month = |at: Timestamp| Month::of(at.date());
    match (was, is) {
        (Some((details, start, end)), Some((details_now, start_now, end_now)))
            if (details, start) == (details_now, start_now) =>
        {
            if end == end_now {
                None
            } else {
                earliest([*end, *end_now]).map(month)
            }
        }
        (was, is) => earliest([was, is].map(|cover| cover.map(|(_, start, _)| *start))).map(month),
    }
}
