//! Associations as they stand on the way, kept from step to step: whether a further fact can change what they cover.

use std::collections::BTreeMap;

use ledger::{AssociationId, Fact, Timestamp};

use crate::association::{Details, Life};
use crate::history::History;
use crate::standpoint::Cut;

/// Associations as they stand behind the facts that were seen, each once it is asked about.
#[derive(Debug, Default)]
pub(super) struct Lives(BTreeMap<AssociationId, Life<String>>);

/// What of an association decides about what it covers up to an instant: its details, start and end. Churns decide
/// beside it.
pub(super) type Cover = (Details<String>, Timestamp, Option<Timestamp>);

impl Lives {
    /// Takes in facts about an association, which become true behind all others; returns whether what it covers up to
    /// an instant is another. `before` is where the facts end that were seen.
    pub(super) fn become_true<'f>(
        &mut self,
        history: &History,
        before: Cut,
        association: AssociationId,
        facts: impl Iterator<Item = (Timestamp, u64, &'f Fact)>,
        until: Timestamp,
    ) -> bool {
        let life = self.0.entry(association).or_insert_with(|| Life::of(history.steps_of(association, before)));
        let was = cover_of(life, until);
        for (at, seq, fact) in facts {
            if let Fact::AssociationRequested(terms) = fact {
                life.request(seq, terms);
            } else if let Fact::AssociationAccepted(terms) = fact {
                life.accept((at, seq), terms);
            } else {
                life.end((at, seq));
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
