//! The newest figures of a partner, each in some hundred bytes: a partner may have millions. Those of a month that were
//! kept are read when they are asked for.

use std::cell::OnceCell;
use std::collections::{BTreeMap, BTreeSet};
use std::rc::Rc;

use ledger::{Amount, CustomerId, Month, Name, Usage, UsageMetric};
use projection::identity;
use serde::{Deserialize, Serialize};

use super::numbered::{Number, NumberedValues};
use super::packed::{KeptFigures, packed, unpacked};
use crate::kind::Kind;
use crate::provenance::Download;

/// What a figure is about, beside its subscription.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct FigureSubject<'a> {
    /// The customer's tenant.
    pub(crate) customer: CustomerId,
    /// The product, in any case of A-Z.
    pub(crate) product: &'a str,
    /// What was measured.
    pub(crate) metric: UsageMetric,
    /// The month.
    pub(crate) month: Month,
}

/// The newest figures by key, in the order in which figures of a report are handed over.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct KnownFigures {
    /// Products as they were recorded, subscriptions and offers.
    names: NumberedValues<Name>,
    /// Products without the case of A-Z.
    products: NumberedValues<String>,
    told: NumberedValues<Download>,
    months: BTreeMap<Month, MonthFigures>,
    /// Where those are that were not read yet.
    #[serde(skip)]
    kept: Option<Rc<dyn KeptFigures>>,
}

/// The figures of a month, once they are read. They are kept apart from all else.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
struct MonthFigures {
    #[serde(skip)]
    newest: OnceCell<BTreeMap<FigureId, NewestFigure>>,
    /// Whether they are others than those that were kept.
    #[serde(skip)]
    is_changed: bool,
}

/// Which figure of a partner.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(crate) struct FigureId {
    pub(crate) month: Month,
    pub(crate) customer: CustomerId,
    product: Number,
    pub(crate) metric: UsageMetric,
    subscription: Number,
}

/// The newest figure of a key.
#[derive(Clone, Copy, Debug, Serialize, Deserialize)]
struct NewestFigure {
    value: Amount,
    product: Number,
    offer: Number,
    told: Number,
    is_gone: bool,
}

/// The newest figure of a key, with its names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct KnownFigure<'a> {
    /// Which.
    pub(crate) id: FigureId,
    /// The product as it was recorded.
    pub(crate) product: &'a Name,
    /// The subscription, if the report had it.
    pub(crate) subscription: Option<&'a Name>,
    /// How much.
    pub(crate) value: Amount,
    /// The kind of offer.
    pub(crate) offer: Option<&'a Name>,
    /// Which report told it.
    pub(crate) told: Option<Download>,
    /// Whether a snapshot set it to 0 because its rows were gone. Then no kind of report tells the figure any more.
    pub(crate) is_gone: bool,
}

impl FigureId {
    fn of(about: &FigureSubject<'_>, product: Number, subscription: Number) -> Self {
        let &FigureSubject { customer, metric, month, .. } = about;
        Self { month, customer, product, metric, subscription }
    }
}

impl KnownFigures {
    /// Lets a report of usage be the newest of its key.
    pub(super) fn learn(&mut self, usage: &Usage, month: Month, told: Option<Download>, is_gone: bool) {
        let id = FigureId {
            month,
            customer: usage.customer,
            product: self.products.number(&identity::product(usage.product.as_str())),
            metric: usage.metric,
            subscription: self.names.number_or_none(usage.subscription.as_ref()),
        };
        let newest = NewestFigure {
            value: usage.value,
            product: self.names.number(&usage.product),
            offer: self.names.number_or_none(usage.offer.as_ref()),
            told: self.told.number_or_none(told.as_ref()),
            is_gone,
        };
        self.newest(month);
        let MonthFigures { newest: figures, is_changed } = self.months.entry(month).or_default();
        figures.get_or_init(BTreeMap::new);
        if let Some(figures) = figures.get_mut() {
            figures.insert(id, newest);
        }
        *is_changed = true;
    }

    /// The figures of a customer's product in a month, by subscription.
    pub(super) fn about<'a>(&'a self, about: &FigureSubject<'_>) -> impl Iterator<Item = KnownFigure<'a>> + use<'a> {
        let month = self.newest(about.month);
        let product = month.and_then(|_| self.products.known(Some(&identity::product(about.product))));
        let range = product
            .map(|product| FigureId::of(about, product, Number::MIN)..=FigureId::of(about, product, Number::MAX));
        let of_product = range.into_iter().zip(month).flat_map(|(range, newest)| newest.range(range));
        of_product.filter_map(|(id, newest)| self.named(*id, newest))
    }

    /// The figure of a product and a subscription.
    pub(crate) fn find(&self, about: &FigureSubject<'_>, subscription: Option<&Name>) -> Option<FigureId> {
        let product = self.products.known(Some(&identity::product(about.product)))?;
        let id = FigureId::of(about, product, self.names.known(subscription)?);
        self.newest(about.month)?.contains_key(&id).then_some(id)
    }

    /// A figure with its names.
    pub(crate) fn get(&self, id: FigureId) -> Option<KnownFigure<'_>> {
        self.named(id, self.newest(id.month)?.get(&id)?)
    }

    /// The figures of some months.
    pub(super) fn of_months(&self, months: &BTreeSet<Month>) -> impl Iterator<Item = KnownFigure<'_>> {
        let newest = months.iter().filter_map(|month| self.newest(*month)).flatten();
        newest.filter_map(|(id, newest)| self.named(*id, newest))
    }

    /// The customers and months of which a kind of report told the newest figures.
    pub(super) fn told_by(&self, kind: Kind) -> impl Iterator<Item = (CustomerId, Month)> {
        let is_of_kind = move |(_, newest): &(&FigureId, &NewestFigure)| {
            self.told.value(newest.told).is_some_and(|told| told.kind == kind)
        };
        let newest = self.months.keys().filter_map(|month| self.newest(*month)).flatten();
        newest.filter(is_of_kind).map(|(id, _)| (id.customer, id.month))
    }

    /// The customers with the months in which they used something.
    pub(super) fn used(&self) -> impl Iterator<Item = (CustomerId, Month)> {
        let newest = self.months.keys().filter_map(|month| self.newest(*month)).flatten();
        newest.filter(|(_, newest)| newest.value.micros() > 0).map(|(id, _)| (id.customer, id.month))
    }

    /// The newest figures of a month.
    fn newest(&self, month: Month) -> Option<&BTreeMap<FigureId, NewestFigure>> {
        let read = || self.kept.as_ref().map_or_else(BTreeMap::new, |kept| read(&**kept, month));
        self.months.get(&month).map(|figures| figures.newest.get_or_init(read))
    }

    fn named(&self, id: FigureId, newest: &NewestFigure) -> Option<KnownFigure<'_>> {
        Some(KnownFigure {
            id,
            product: self.names.value(newest.product)?,
            subscription: self.names.value(id.subscription),
            value: newest.value,
            offer: self.names.value(newest.offer),
            told: self.told.value(newest.told).copied(),
            is_gone: newest.is_gone,
        })
    }
}

impl KnownFigures {
    /// The same figures, those of their months as they were kept.
    pub(super) fn kept_in(self, kept: Rc<dyn KeptFigures>) -> Self {
        Self { kept: Some(kept), ..self }
    }

    /// The figures of each month as bytes; none where they are as they were kept.
    pub(super) fn parts(&self) -> impl Iterator<Item = (Month, Option<Vec<u8>>)> {
        self.months.iter().map(|(month, figures)| {
            let is_kept = self.kept.is_some() && !figures.is_changed;
            (*month, if is_kept { None } else { self.newest(*month).map(packed) })
        })
    }
}

/// The figures of a month that were kept.
fn read(kept: &dyn KeptFigures, month: Month) -> BTreeMap<FigureId, NewestFigure> {
    let read = kept.part(month).and_then(|bytes| unpacked(&bytes));
    // The same entries have the same names, under the same numbers.
    read.unwrap_or_else(|| kept.facts().figures.newest(month).cloned().unwrap_or_default())
}
