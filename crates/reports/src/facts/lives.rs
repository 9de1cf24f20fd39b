//! What the ledger knows of single associations, as far as instants of their begins and ends matter.

use std::collections::BTreeSet;

use ledger::{AssociationId, AssociationTerms, Timestamp};

use super::PartnerFacts;
use crate::Kind;

/// What is known of an association that was accepted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct KnownLife {
    /// Which.
    pub(crate) id: AssociationId,
    /// Its terms.
    pub(crate) terms: AssociationTerms,
    /// The kinds of report that told it.
    pub(crate) kinds: BTreeSet<Kind>,
    /// The instants at which it was accepted, at least one.
    pub(crate) begins: BTreeSet<Timestamp>,
    /// The instants at which it was declined or revoked.
    pub(crate) ends: BTreeSet<Timestamp>,
}

impl PartnerFacts {
    /// The associations that were accepted, by their ids.
    pub(crate) fn lives(&self) -> impl Iterator<Item = KnownLife> + '_ {
        self.associations.iter().filter_map(|(id, life)| {
            let terms = life.terms.clone().filter(|_| !life.begins.is_empty())?;
            let ends = life.ends.iter().copied().collect();
            Some(KnownLife { id: *id, terms, kinds: life.kinds.clone(), begins: life.begins.clone(), ends })
        })
    }

    /// When an association was declined or revoked, even if nothing else is known of it.
    pub(crate) fn ends(&self, id: AssociationId) -> impl Iterator<Item = Timestamp> + '_ {
        self.associations.get(&id).into_iter().flat_map(|life| life.ends.iter().copied())
    }
}
