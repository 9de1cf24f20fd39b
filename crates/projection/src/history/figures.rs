//! The figures of usage reports, by metric and month.
//!
//! Most questions read some months of many, and only the newest report of a figure. So a report is a row of places in
//! tables, and rows are put into order when their month is first read. The months of a saved state are unpacked when they
//! are first read, and reports that a newer one replaced are unpacked apart.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ledger::{Amount, CustomerId, Month, Name, Usage, UsageMetric};
use serde::Serialize;

use super::packed_rows::{PackedRows, packed};
use super::state_bytes::StateBytes;
use super::tables::{FigureRow, Tables};
use crate::identity;

/// The figures about one partner.
#[derive(Clone, Debug, Default)]
pub(super) struct Figures {
    tables: Tables,
    months: BTreeMap<(UsageMetric, Month), MonthFigures>,
}

/// What a figure is of, within its metric and month.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct FigureKey {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The product, folded as [`identity::product`] does.
    pub(crate) product: String,
    /// The subscription.
    pub(crate) subscription: Option<Name>,
}

/// A report of a figure.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Report<'h> {
    /// The customer.
    pub(crate) customer: CustomerId,
    /// The product as it was reported.
    pub(crate) product: &'h Name,
    /// The product as products are compared.
    pub(crate) folded_product: &'h str,
    /// The subscription.
    pub(crate) subscription: Option<&'h Name>,
    /// How much.
    pub(crate) value: Amount,
    /// The kind of offer.
    pub(crate) offer: Option<&'h Name>,
    /// Its place in the ledger.
    pub(crate) seq: u64,
}

/// The figures of a metric in a month.
#[derive(Clone, Debug)]
pub(super) enum MonthFigures {
    /// As a state has them.
    Packed {
        /// The newest report of each figure, in the order of figures.
        newest: PackedRows,
        /// The others, in the order of figures and seqs.
        older: PackedRows,
    },
    /// As they were folded.
    Loose {
        /// Every report.
        rows: Vec<FigureRow>,
        /// Their order.
        order: OnceLock<RowOrder>,
    },
}

/// Places among the rows of a month.
#[derive(Clone, Debug)]
pub(super) struct RowOrder {
    /// The newest report of each figure, in the order of figures.
    newest: Vec<u32>,
    /// The others, in the order of figures and seqs.
    older: Vec<u32>,
    /// How many rows were taken in one by one.
    taken_in: usize,
}

/// So many rows are taken into an order one by one. Each moves those behind it, so that many are put into order at once.
const MOST_TAKEN_IN: usize = 1_000;

/// The figures of a month with the tables that their rows refer to.
#[derive(Clone, Copy, Debug)]
pub(super) struct MonthView<'h> {
    tables: &'h Tables,
    figures: &'h MonthFigures,
}

impl FigureKey {
    /// What a usage report is of.
    pub(crate) fn of(usage: &Usage) -> Self {
        Self {
            customer: usage.customer,
            product: identity::product(usage.product.as_str()),
            subscription: usage.subscription.clone(),
        }
    }
}

impl Report<'_> {
    /// What it is of, within its metric and month.
    pub(super) fn key(&self) -> (CustomerId, &str, Option<&Name>) {
        (self.customer, self.folded_product, self.subscription)
    }
}

impl Figures {
    /// The figures of a state; `None` when the rows are not what was written.
    pub(super) fn of_packed(
        tables: (Vec<CustomerId>, Vec<Name>, Vec<Name>),
        months: BTreeMap<(UsageMetric, Month), [usize; 2]>,
        bytes: &mut StateBytes,
    ) -> Option<Self> {
        let tables = Tables::of(tables);
        let mut rows = |len| PackedRows::new(bytes.take(len)?, &tables);
        let mut month =
            |[newest, older]: [usize; 2]| Some(MonthFigures::Packed { newest: rows(newest)?, older: rows(older)? });
        let months = months.into_iter().map(|(key, lengths)| Some((key, month(lengths)?))).collect::<Option<_>>()?;
        Some(Self { tables, months })
    }

    /// What a state has of the figures: tables and the lengths of the rows of each month, and the rows.
    pub(super) fn packed(&self) -> (impl Serialize, Vec<u8>) {
        let (tables, numbering) = self.tables.ascending();
        let mut bytes = Vec::new();
        let lengths = |(key, figures)| {
            let month = MonthView { tables: &self.tables, figures };
            let rows = [packed(month.newest(), &numbering), packed(month.older(), &numbering)];
            bytes.extend(rows.iter().flatten());
            (key, rows.map(|rows| rows.len()))
        };
        let months: BTreeMap<_, [usize; 2]> = self.months.iter().map(lengths).collect();
        ((tables, months), bytes)
    }

    pub(super) fn push(&mut self, seq: u64, month: Month, usage: &Usage) {
        let Self { tables, months } = self;
        let row = FigureRow {
            value: usage.value,
            seq,
            customer: tables.customer(usage.customer),
            product: tables.product(&usage.product),
            subscription: usage.subscription.as_ref().map(|name| tables.name(name)),
            offer: usage.offer.as_ref().map(|name| tables.name(name)),
        };
        months.entry((usage.metric, month)).or_default().push(tables, row);
    }

    /// The figures of a metric in a month; `None` when there never was one.
    pub(super) fn of(&self, metric: UsageMetric, month: Month) -> Option<MonthView<'_>> {
        self.months.get(&(metric, month)).map(|figures| MonthView { tables: &self.tables, figures })
    }

    /// Every metric and month with figures.
    pub(super) fn months(&self) -> impl Iterator<Item = (UsageMetric, Month)> {
        self.months.keys().copied()
    }

    /// The months with figures of a metric, ascending.
    pub(super) fn months_of(&self, metric: UsageMetric) -> impl DoubleEndedIterator<Item = Month> {
        let range = (metric, Month::from_number(i32::MIN))..=(metric, Month::from_number(i32::MAX));
        self.months.range(range).map(|((_, month), _)| *month)
    }
}

impl Default for MonthFigures {
    fn default() -> Self {
        Self::Loose { rows: Vec::new(), order: OnceLock::new() }
    }
}

impl MonthFigures {
    fn push(&mut self, tables: &Tables, row: FigureRow) {
        if let Self::Packed { .. } = self {
            let packed = MonthView { tables, figures: self };
            let rows = packed.newest().chain(packed.older()).copied().collect();
            *self = Self::Loose { rows, order: OnceLock::new() };
        }
        if let Self::Loose { rows, order } = self {
            // Most partners have few figures in a month: no room is made for more than there are.
            if rows.len() < 4 {
                rows.reserve_exact(1);
            }
            rows.push(row);
            let is_taken_in = order.get_mut().is_some_and(|order| order.take_in(rows, tables));
            if !is_taken_in {
                order.take();
            }
        }
    }
}

impl<'h> MonthView<'h> {
    /// The newest report of each figure, retracted or not, in the order of figures.
    pub(super) fn newest(self) -> impl Iterator<Item = &'h FigureRow> {
        self.rows(true).from(0)
    }

    /// Every other report, in the order of figures and seqs.
    pub(super) fn older(self) -> impl Iterator<Item = &'h FigureRow> {
        self.rows(false).from(0)
    }

    /// The newest reports, about a customer if one is named.
    pub(super) fn newest_of(self, customer: Option<CustomerId>) -> impl Iterator<Item = &'h FigureRow> {
        let rows = self.rows(true);
        let customer_of = move |row: &FigureRow| self.tables.customer_at(row.customer);
        let first = customer.map_or(0, |customer| rows.first(|row| customer_of(row) >= customer));
        rows.from(first).take_while(move |row| customer.is_none_or(|customer| customer_of(row) == customer))
    }

    /// Whether a figure was reported.
    pub(super) fn has(self, key: &FigureKey) -> bool {
        let wanted = (key.customer, key.product.as_str(), key.subscription.as_ref());
        let rows = self.rows(true);
        rows.get(rows.first(|row| self.tables.key(row) >= wanted)).is_some_and(|row| self.tables.key(row) == wanted)
    }

    /// The reports of a figure before its newest, the latest first.
    pub(super) fn older_of(self, row: &'h FigureRow) -> impl Iterator<Item = &'h FigureRow> {
        let compare = move |other: &FigureRow| self.tables.compare(other, row);
        let rows = self.rows(false);
        let end = rows.first(|other| compare(other).is_gt());
        (0..end).rev().map_while(move |nth| rows.get(nth)).take_while(move |other| compare(other).is_eq())
    }

    /// A row with what it refers to.
    pub(super) fn report(self, row: &FigureRow) -> Report<'h> {
        let tables = self.tables;
        let (customer, folded_product, subscription) = tables.key(row);
        Report {
            customer,
            product: tables.product_at(row.product),
            folded_product,
            subscription,
            value: row.value,
            offer: row.offer.map(|place| tables.name_at(place)),
            seq: row.seq,
        }
    }

    /// The newest report of each figure, or the others.
    fn rows(self, are_newest: bool) -> Rows<'h> {
        match self.figures {
            MonthFigures::Packed { newest, older } => Rows::All(if are_newest { newest } else { older }.rows()),
            MonthFigures::Loose { rows, order } => {
                let order = order.get_or_init(|| RowOrder::of(rows, self.tables));
                Rows::Some(rows, if are_newest { &order.newest } else { &order.older })
            }
        }
    }
}

/// Rows in their order: all of some, or those at places.
#[derive(Clone, Copy)]
enum Rows<'h> {
    All(&'h [FigureRow]),
    Some(&'h [FigureRow], &'h [u32]),
}

impl<'h> Rows<'h> {
    fn get(self, nth: usize) -> Option<&'h FigureRow> {
        match self {
            Self::All(rows) => rows.get(nth),
            Self::Some(rows, places) => rows.get(*places.get(nth)? as usize),
        }
    }

    fn from(self, nth: usize) -> impl Iterator<Item = &'h FigureRow> {
        (nth..).map_while(move |nth| self.get(nth))
    }

    /// The first row for which something holds; it must hold for no row before that one and for all behind it.
    fn first(self, holds: impl Fn(&FigureRow) -> bool) -> usize {
        match self {
            Self::All(rows) => rows.partition_point(|row| !holds(row)),
            Self::Some(rows, places) => {
                places.partition_point(|place| rows.get(*place as usize).is_some_and(|row| !holds(row)))
            }
        }
    }
}

impl RowOrder {
    fn of(rows: &[FigureRow], tables: &Tables) -> Self {
        let mut sorted: Vec<(u32, &FigureRow)> = (0..).zip(rows).collect();
        sorted.sort_by(|(_, one), (_, other)| tables.compare(one, other).then(one.seq.cmp(&other.seq)));
        let (mut newest, mut older) = (Vec::new(), Vec::new());
        for (nth, (place, row)) in sorted.iter().enumerate() {
            let is_newest = sorted.get(nth + 1).is_none_or(|(_, next)| tables.compare(row, next).is_ne());
            if is_newest { newest.push(*place) } else { older.push(*place) }
        }
        Self { newest, older, taken_in: 0 }
    }

    /// Takes in the last of the rows, where it has all others; returns whether it did.
    fn take_in(&mut self, rows: &[FigureRow], tables: &Tables) -> bool {
        let Self { newest, older, taken_in } = self;
        let Some((new, others)) = rows.split_last() else { return true };
        let Ok(place) = u32::try_from(others.len()) else { return false };
        if *taken_in == MOST_TAKEN_IN {
            return false;
        }
        *taken_in += 1;
        let row = |place: &u32| rows.get(*place as usize).unwrap_or(new);
        let at = newest.partition_point(|place| tables.compare(row(place), new).is_lt());
        let of_figure = newest.get_mut(at).filter(|place| tables.compare(row(place), new).is_eq());
        let replaced = match of_figure {
            Some(newest) if row(newest).seq < new.seq => std::mem::replace(newest, place),
            Some(_) => place,
            None => {
                newest.insert(at, place);
                return true;
            }
        };
        let seq = row(&replaced).seq;
        let at = older.partition_point(|place| tables.compare(row(place), new).then(row(place).seq.cmp(&seq)).is_lt());
        older.insert(at, replaced);
        true
    }
}

#[cfg(test)]
mod tests {
    use ledger::{Amount, CustomerId, Name};

    use super::{FigureRow, MOST_TAKEN_IN, MonthFigures, RowOrder};
    use crate::history::tables::{Tables, ValueNumber};

    #[test]
    fn rows_taken_in_one_by_one_have_the_order_of_rows_put_into_order_at_once() {
        let customers = [3, 1, 4, 2].map(|nth| CustomerId(uuid::Uuid::from_u128(nth))).to_vec();
        let names = || ["b", "a", "c"].map(|name| Name::new(name).expect("a name")).to_vec();
        let tables = Tables::of((customers, names(), names()));
        let mut state = 1_u64;
        let mut below = |bound: u32| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            u32::try_from(state >> 33).expect("31 bits") % bound
        };
        let mut month = MonthFigures::default();
        for nth in 0..u64::try_from(2 * MOST_TAKEN_IN).expect("not many") {
            let row = FigureRow {
                value: Amount::from_micros(0),
                // Entries come in any order.
                seq: nth ^ 5,
                customer: ValueNumber::new(1 + below(4)).expect("not 0"),
                product: ValueNumber::new(1 + below(3)).expect("not 0"),
                subscription: ValueNumber::new(below(4)),
                offer: None,
            };
            month.push(&tables, row);
            let MonthFigures::Loose { rows, order } = &month else { panic!("nothing is packed") };
            let order = order.get_or_init(|| RowOrder::of(rows, &tables));
            if nth < 200 || nth % 97 == 0 {
                let at_once = RowOrder::of(rows, &tables);
                assert_eq!((&order.newest, &order.older), (&at_once.newest, &at_once.older), "{nth}");
            }
        }
    }
}
