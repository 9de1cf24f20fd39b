//! The facts that become true in a time, in the order in which they do.

use std::collections::BTreeMap;

use ledger::{Area, AssociationId, CustomerId, PersonId, Segment, Timestamp};

use super::facts::{DatedFact, Facts};
use super::{AssociationStep, Enrolment, History, Link};
use crate::rulebook::Family;

/// A fact, and what it is about.
#[derive(Clone, Debug)]
pub(crate) enum Occurrence {
    /// A step of an association.
    Step(AssociationId, DatedFact<AssociationStep>),
    /// A customer left.
    Churn(CustomerId, DatedFact<()>),
    /// A customer was classified.
    Class(CustomerId, DatedFact<Segment>),
    /// A certification was linked or unlinked.
    Link(PersonId, DatedFact<Link>),
    /// A designation was bought or renewed, and its track is held.
    Enrolment(Area, DatedFact<Enrolment>),
    /// Something that no score reads.
    Unscored(DatedFact<()>),
}

impl Occurrence {
    /// When it becomes true, and its place.
    pub(crate) fn place(&self) -> (Timestamp, u64) {
        match self {
            Self::Step(_, DatedFact { at, seq, .. })
            | Self::Churn(_, DatedFact { at, seq, .. })
            | Self::Unscored(DatedFact { at, seq, .. })
            | Self::Class(_, DatedFact { at, seq, .. })
            | Self::Link(_, DatedFact { at, seq, .. })
            | Self::Enrolment(_, DatedFact { at, seq, .. }) => (*at, *seq),
        }
    }
}

impl History {
    /// The facts that become true behind one instant and not behind another, without what is retracted; in the order of
    /// (`effective_at`, seq).
    pub(crate) fn occurrences(&self, behind: Timestamp, until: Timestamp) -> Vec<Occurrence> {
        let mut all = Vec::new();
        self.add(&mut all, &self.associations, (behind, until), |id, step| Occurrence::Step(*id, step.clone()));
        self.add(&mut all, &self.churns, (behind, until), |id, churn| Occurrence::Churn(*id, bare(churn)));
        self.add(&mut all, &self.classes, (behind, until), |id, class| Occurrence::Class(*id, class.clone()));
        self.add(&mut all, &self.people, (behind, until), |id, link| Occurrence::Link(id.clone(), link.clone()));
        self.add(&mut all, &self.enrolments, (behind, until), |area, one| {
            let is_held = one.fact.track.is_some() && Family::of(*area).holds_track();
            if is_held { Occurrence::Enrolment(*area, one.clone()) } else { Occurrence::Unscored(bare(one)) }
        });
        self.add(&mut all, &self.earned, (behind, until), |_, earned| Occurrence::Unscored(bare(earned)));
        self.add(&mut all, &self.published, (behind, until), |_, shown| Occurrence::Unscored(bare(shown)));
        all.sort_by_key(Occurrence::place);
        all
    }

    fn add<K, T>(
        &self,
        all: &mut Vec<Occurrence>,
        facts: &BTreeMap<K, Facts<T>>,
        (behind, until): (Timestamp, Timestamp),
        occurrence: impl Fn(&K, &DatedFact<T>) -> Occurrence,
    ) {
        for (id, facts) in facts {
            // The newest are looked at first: most facts are older than what is asked for.
            let newest = facts.iter().rev().take_while(|fact| fact.at > behind);
            let wanted = newest.filter(|fact| fact.at <= until && !self.is_retracted(fact.seq));
            all.extend(wanted.map(|fact| occurrence(id, fact)));
        }
    }
}

/// A fact without what it says.
fn bare<T>(fact: &DatedFact<T>) -> DatedFact<()> {
    DatedFact { at: fact.at, seq: fact.seq, fact: () }
}
