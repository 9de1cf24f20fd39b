//! The runs of an association, as the ledger knows them.

use std::collections::BTreeSet;

use ledger::{AssociationId, Month, Timestamp};

/// From when to when an association is in force, under an id of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct AssociationRun {
    /// The association.
    pub(crate) id: AssociationId,
    /// When it began.
    pub(crate) start: Timestamp,
    /// When it ended.
    pub(crate) end: Option<Timestamp>,
    /// The first month in which a report showed it.
    pub(crate) first_shown: Month,
}

impl AssociationRun {
    /// Whether it is in force on a day of the month.
    pub(crate) fn is_in(&self, month: Month) -> bool {
        let is_over = self.end.is_some_and(|end| end <= start_of(month));
        self.start < start_of(month.plus(1)) && !is_over && !self.is_empty()
    }

    /// Whether it ended when it began: a report took back what another had shown.
    pub(crate) fn is_empty(&self) -> bool {
        self.end.is_some_and(|end| end <= self.start)
    }
}

/// The instant; or the next one, when a churn at that instant would end at once what begins then.
pub(crate) fn after_churn(at: Timestamp, churns: &BTreeSet<Timestamp>) -> Timestamp {
    if churns.contains(&at) { at.next().unwrap_or(at) } else { at }
}

/// The first instant of a month.
pub(crate) fn start_of(month: Month) -> Timestamp {
    Timestamp::start_of(month.first_day())
}
