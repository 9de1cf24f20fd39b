//! The customers of which something holds at a month: kept for other questions, and put right for single customers.

use std::collections::BTreeSet;

use ledger::{Area, CustomerId, UsageMetric};

use crate::rulebook::{AssociationList, Bounds};

/// What holds of customers at the end of a month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) enum SetKey {
    /// What a reading counts is within bounds in one of the months that end there.
    Eligible {
        /// The number of the reading.
        reading: usize,
        /// The bounds.
        bounds: Bounds,
        /// The number of months.
        months: u32,
    },
    /// An association is in force, and nothing is reported in the months that end there.
    Unmeasured {
        /// The area, where a churn is limited to areas.
        area: Option<Area>,
        /// The associations that count.
        list: AssociationList,
        /// Which figures.
        metric: UsageMetric,
        /// The number of months.
        months: u32,
    },
}

/// The customers of which something holds.
#[derive(Clone, Debug)]
pub(crate) struct CustomerSet {
    members: BTreeSet<CustomerId>,
    /// Those of whom something else is known since.
    stale: BTreeSet<CustomerId>,
}

impl CustomerSet {
    /// The set of some customers.
    pub(crate) fn of(members: impl Iterator<Item = CustomerId>) -> Self {
        Self { members: members.collect(), stale: BTreeSet::new() }
    }

    /// Takes in that something else is known of some customers.
    pub(crate) fn forget(&mut self, customers: &BTreeSet<CustomerId>) {
        self.stale.extend(customers);
    }

    /// How many there are; `holds` is asked about those of whom something else is known.
    pub(crate) fn count(&mut self, holds: impl Fn(CustomerId) -> bool) -> usize {
        for customer in std::mem::take(&mut self.stale) {
            if holds(customer) {
                self.members.insert(customer);
            } else {
                self.members.remove(&customer);
            }
        }
        self.members.len()
    }
}
