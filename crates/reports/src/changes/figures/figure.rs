//! One figure under way: what the rows of a key add up to.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerId, Month, UsageMetric};
use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::changes::agreement::Agreement;
use crate::facts::numbered::Number;
use crate::rows::exact::Exact;

/// The key of a figure, in the order in which figures are handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub(super) struct CompactKey {
    pub(super) partner: Number,
    pub(super) month: i32,
    pub(super) customer: Uuid,
    pub(super) product: Number,
    pub(super) metric: u8,
    pub(super) subscription: Number,
}

/// The rows of a key.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Figure {
    pub(super) line: u64,
    pub(super) rows: u64,
    /// A row of it cannot be read.
    pub(super) is_broken: bool,
    /// The sum is beyond all bounds.
    pub(super) is_beyond: bool,
    /// The spelling of the product that is first in the alphabet.
    pub(super) product: Number,
    /// The names that reports gave the product where the maps have another.
    pub(super) reported: Vec<Number>,
    pub(super) location: Agreement,
    /// The rows under counting offers.
    pub(super) counting: OfferSum,
    /// The rows under excluded offers, which are rare.
    pub(super) excluded: Option<Box<ExcludedRows>>,
    /// What each view says of each part, where nothing marks the rows that repeat others.
    pub(super) views: BTreeMap<(Number, Number), Vec<Exact>>,
}

/// The sum of some rows, and the offer on which they agree.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct OfferSum {
    pub(super) sum: Option<Exact>,
    pub(super) offer: Agreement,
}

/// The rows under excluded offers.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct ExcludedRows {
    pub(super) part: OfferSum,
    pub(super) rows: u64,
    pub(super) offers: BTreeSet<Number>,
}

impl CompactKey {
    /// Whether two figures differ by their subscriptions alone.
    pub(super) fn is_of_product(&self, other: &Self) -> bool {
        Self { subscription: 0, ..*self } == Self { subscription: 0, ..*other }
    }

    pub(super) fn month(&self) -> Month {
        Month::from_number(self.month)
    }

    pub(super) fn customer(&self) -> CustomerId {
        CustomerId(self.customer)
    }

    pub(super) fn metric(&self) -> Option<UsageMetric> {
        UsageMetric::ALL.get(usize::from(self.metric)).copied()
    }
}

impl Figure {
    /// Adds an amount under an offer; `None` stands for one that cannot be read.
    pub(super) fn add(&mut self, value: Option<Exact>, offer: Number, is_excluded: bool) {
        let part = if is_excluded {
            let excluded = self.excluded.get_or_insert_default();
            excluded.rows += 1;
            excluded.offers.insert(offer);
            &mut excluded.part
        } else {
            &mut self.counting
        };
        part.offer.add(offer);
        let sum = value.and_then(|value| part.sum.unwrap_or_default().plus(value));
        self.is_broken |= value.is_none();
        self.is_beyond |= value.is_some() && sum.is_none();
        part.sum = sum.or(part.sum);
    }

    /// Adds what a row of one view says of a part.
    pub(super) fn add_view(&mut self, value: Option<Exact>, part: Number, view: Number) {
        match value {
            Some(value) => self.views.entry((part, view)).or_default().push(value),
            None => self.is_broken = true,
        }
    }

    /// Adds further rows of the same key.
    pub(super) fn merge(&mut self, other: Self) {
        self.line = self.line.min(other.line);
        self.rows += other.rows;
        self.is_broken |= other.is_broken;
        self.is_beyond |= other.is_beyond;
        self.location.merge(other.location);
        self.reported.extend(other.reported);
        self.is_beyond |= !self.counting.merge(&other.counting);
        if let Some(other) = other.excluded {
            let excluded = self.excluded.get_or_insert_default();
            excluded.rows += other.rows;
            excluded.offers.extend(other.offers);
            self.is_beyond |= !excluded.part.merge(&other.part);
        }
    }

    /// Sums the parts. Where all views of a part come to the same sum, that sum counts. Otherwise each amount counts as
    /// often as in the view that has it most often. So a row that stands there once for each view counts once.
    pub(super) fn settle_views(&mut self) {
        let mut parts: BTreeMap<Number, Vec<Vec<Exact>>> = BTreeMap::new();
        for ((part, _), values) in std::mem::take(&mut self.views) {
            parts.entry(part).or_default().push(values);
        }
        for views in parts.into_values() {
            let sum = |view: &Vec<Exact>| view.iter().try_fold(Exact::default(), |sum, value| sum.plus(*value));
            let is_one = views.windows(2).all(|pair| pair.first().map(sum) == pair.last().map(sum));
            let one = || views.first().cloned().expect("a part has a view");
            let counted = if is_one { one() } else { united(&views) };
            for value in counted {
                self.add(Some(value), 0, false);
            }
        }
    }
}

/// Each amount as often as in the view that has it most often.
fn united(views: &[Vec<Exact>]) -> Vec<Exact> {
    let mut most: BTreeMap<Exact, usize> = BTreeMap::new();
    for view in views {
        let mut counts: BTreeMap<Exact, usize> = BTreeMap::new();
        for value in view {
            *counts.entry(*value).or_default() += 1;
        }
        for (value, count) in counts {
            let known = most.entry(value).or_default();
            *known = count.max(*known);
        }
    }
    most.into_iter().flat_map(|(value, count)| std::iter::repeat_n(value, count)).collect()
}

impl OfferSum {
    /// Adds further rows; `false` when the sum is beyond all bounds.
    fn merge(&mut self, other: &Self) -> bool {
        self.offer.merge(other.offer);
        let Some(value) = other.sum else { return true };
        let sum = self.sum.unwrap_or_default().plus(value);
        self.sum = sum.or(self.sum);
        sum.is_some()
    }
}
