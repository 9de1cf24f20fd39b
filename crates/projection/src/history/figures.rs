//! The figures of usage reports, by metric and month.
//!
//! Most questions read some months of many, and of a figure its newest report alone. So the months of a saved state
//! are unpacked when they are first read, and reports that a newer one replaced apart from the newest.

use std::collections::{BTreeMap, HashMap, HashSet};
use std::sync::{Arc, OnceLock};

use ledger::{Amount, CustomerId, Month, Name, Usage, UsageMetric};

use super::pack::Packed;
use crate::identity;

/// The figures about one partner.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    months: BTreeMap<(UsageMetric, Month), MonthFigures>,
    names: Names,
}

/// What a figure is of, within its metric and month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FigureKey {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The product, folded as [`identity::product`] does.
    pub(crate) product: Arc<str>,
    /// The subscription.
    pub(crate) subscription: Option<Name>,
}

/// One report of a figure.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Version {
    pub(super) seq: u64,
    pub(super) value: Amount,
    pub(super) product: Name,
    pub(super) offer: Option<Name>,
}

/// The newest report of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'h> {
    /// What it is of.
    pub(crate) key: &'h FigureKey,
    /// The product as it was reported.
    pub(crate) product: &'h Name,
    /// How much.
    pub(crate) value: Amount,
    /// The kind of offer.
    pub(crate) offer: Option<&'h Name>,
    /// Its place in the ledger.
    pub(crate) seq: u64,
}

/// The newest report of each figure of a month.
pub(super) type Newest = BTreeMap<FigureKey, Version>;
/// The other reports, by seq.
pub(super) type Older = BTreeMap<FigureKey, Vec<Version>>;

/// The figures of a metric in a month.
#[derive(Clone, Debug, Default)]
pub(super) struct MonthFigures {
    packed: Packed,
    newest: OnceLock<Newest>,
    older: OnceLock<Older>,
}

/// Names that many figures have, each held once.
#[derive(Clone, Debug, Default)]
struct Names {
    held: HashSet<Name>,
    folded: HashMap<Name, Arc<str>>,
}

impl Names {
    fn share(&mut self, name: &Name) -> Name {
        if let Some(held) = self.held.get(name) {
            return held.clone();
        }
        self.held.insert(name.clone());
        name.clone()
    }

    fn fold(&mut self, product: &Name) -> Arc<str> {
        if let Some(folded) = self.folded.get(product) {
            return Arc::clone(folded);
        }
        let folded: Arc<str> = identity::product(product.as_str()).into();
        self.folded.insert(product.clone(), Arc::clone(&folded));
        folded
    }
}

impl FigureKey {
    /// What a usage report is of.
    pub(crate) fn of(usage: &Usage) -> Self {
        Self {
            customer: usage.customer,
            product: identity::product(usage.product.as_str()).into(),
            subscription: usage.subscription.clone(),
        }
    }

    /// Less than every key of a customer.
    pub(super) fn before(customer: CustomerId) -> Self {
        Self { customer, product: "".into(), subscription: None }
    }
}

impl<'h> Report<'h> {
    pub(super) fn of(key: &'h FigureKey, version: &'h Version) -> Self {
        let Version { seq, value, product, offer } = version;
        Self { key, product, value: *value, offer: offer.as_ref(), seq: *seq }
    }
}

impl Figures {
    pub(super) fn of_months(months: BTreeMap<(UsageMetric, Month), MonthFigures>) -> Self {
        Self { months, names: Names::default() }
    }

    pub(super) fn push(&mut self, seq: u64, month: Month, usage: &Usage) {
        let Self { months, names } = self;
        let product = names.share(&usage.product);
        let key = FigureKey {
            customer: usage.customer,
            product: names.fold(&product),
            subscription: usage.subscription.as_ref().map(|name| names.share(name)),
        };
        let offer = usage.offer.as_ref().map(|name| names.share(name));
        let version = Version { seq, value: usage.value, product, offer };
        months.entry((usage.metric, month)).or_default().push(key, version);
    }

    /// The figures of a metric in a month; `None` when there never was one.
    pub(super) fn of(&self, metric: UsageMetric, month: Month) -> Option<&MonthFigures> {
        self.months.get(&(metric, month))
    }

    /// The figures of every metric and month.
    pub(super) fn months(&self) -> &BTreeMap<(UsageMetric, Month), MonthFigures> {
        &self.months
    }
}

impl MonthFigures {
    pub(super) fn of_packed(packed: Packed) -> Self {
        Self { packed, ..Self::default() }
    }

    /// The newest report of each figure, retracted or not.
    pub(super) fn newest(&self) -> &Newest {
        self.newest.get_or_init(|| self.packed.newest())
    }

    /// Every other report.
    pub(super) fn older(&self) -> &Older {
        self.older.get_or_init(|| self.packed.older(self.newest()))
    }

    fn push(&mut self, key: FigureKey, version: Version) {
        // Both are unpacked: what is newest is no longer what the state says.
        self.older();
        let (Some(newest), Some(older)) = (self.newest.get_mut(), self.older.get_mut()) else { return };
        let Some(known) = newest.get_mut(&key) else {
            newest.insert(key, version);
            return;
        };
        let replaced = if version.seq > known.seq { std::mem::replace(known, version) } else { version };
        let older = older.entry(key).or_default();
        older.insert(older.partition_point(|earlier| earlier.seq < replaced.seq), replaced);
    }
}
