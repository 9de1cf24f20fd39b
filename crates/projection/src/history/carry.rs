//! Figures of months that nobody has reported yet, carried from the newest month that is reported.

use std::collections::BTreeMap;
use std::sync::OnceLock;

use ledger::{CustomerId, Month, UsageMetric};

use super::History;
use super::figures::{MonthView, Report};
use super::tables::FigureRow;

/// How figures are carried into the months behind the newest that is reported.
///
/// In every month behind it, each figure of that month has the value, the offer and the entries that it has there. A
/// report that is assumed of a later month goes before what is carried into it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Carry {
    /// The last month whose reports count, unless they are assumed; all of them without it.
    pub from: Option<Month>,
    /// The number of entries of the ledger itself: those with this seq and behind it are assumed.
    pub own_end: u64,
}

/// That figures are carried, and the newest reported month of each metric once that is asked.
#[derive(Clone, Debug)]
pub(super) struct Carrying {
    carry: Carry,
    reported_to: OnceLock<BTreeMap<UsageMetric, Month>>,
}

impl Carrying {
    /// Forgets what was reported: more is now.
    pub(super) fn learn(&mut self) {
        self.reported_to.take();
    }
}

/// Where the figures of a month are read.
#[derive(Clone, Copy)]
struct MonthSource<'h> {
    /// What was reported of the month.
    reported: Option<MonthView<'h>>,
    /// The first of its entries that counts.
    first_seq: u64,
    /// The month that is carried into it.
    carried: Option<MonthView<'h>>,
}

impl History {
    /// Carries figures from now on, in whatever is computed. Nothing of it is ever in a saved state.
    ///
    /// What contradicts is found in what is reported alone: findings are made before figures are carried.
    pub fn carry(&mut self, carry: Carry) {
        self.carrying = Some(Carrying { carry, reported_to: OnceLock::new() });
    }

    /// The newest month of each metric of which the ledger itself has a report that is not retracted, assumed events
    /// aside; a metric without one is left out.
    #[must_use]
    pub fn reported_to(&self, Carry { from, own_end }: Carry) -> BTreeMap<UsageMetric, Month> {
        let retracted = self.entries.retracted_before(own_end);
        let counts = |row: &FigureRow| row.seq < own_end && !retracted.contains(row.seq);
        let newest = |metric| {
            let months = self.figures.months_of(metric).rev().filter(|month| from.is_none_or(|from| *month <= from));
            months.into_iter().find(|month| {
                let figures = self.figures.of(metric, *month);
                figures.is_some_and(|figures| figures.newest().any(counts) || figures.older().any(counts))
            })
        };
        UsageMetric::ALL.iter().filter_map(|metric| Some((*metric, newest(*metric)?))).collect()
    }

    /// The month from which a metric is carried, where it is.
    fn carried_from(&self, metric: UsageMetric) -> Option<Month> {
        let Carrying { carry, reported_to } = self.carrying.as_ref()?;
        reported_to.get_or_init(|| self.reported_to(*carry)).get(&metric).copied()
    }

    fn source(&self, metric: UsageMetric, month: Month) -> MonthSource<'_> {
        let is_left_out = |carry: &Carry| carry.from.is_some_and(|from| month > from);
        let carry = self.carrying.as_ref().map(|carrying| carrying.carry).filter(is_left_out);
        let carried_from = self.carried_from(metric).filter(|from| *from < month);
        MonthSource {
            reported: self.figures.of(metric, month),
            first_seq: carry.map_or(0, |carry| carry.own_end),
            carried: carried_from.and_then(|from| self.figures.of(metric, from)),
        }
    }

    /// The newest report of every figure of a metric in a month, in the order of figures; only those about a customer,
    /// if one is named.
    pub(crate) fn newest_reports<'h>(
        &'h self,
        metric: UsageMetric,
        month: Month,
        customer: Option<CustomerId>,
    ) -> impl Iterator<Item = Report<'h>> {
        let MonthSource { reported, first_seq, carried } = self.source(metric, month);
        let read = move |figures: Option<MonthView<'h>>, first_seq: u64| {
            let figures = figures.into_iter();
            figures.flat_map(move |figures| {
                figures.newest_of(customer).filter_map(move |row| self.report(figures, row, first_seq))
            })
        };
        // What is rarely needed is not moved with every iterator.
        let merged = carried.map(|carried| -> Box<dyn Iterator<Item = Report<'h>> + 'h> {
            Box::new(merge(read(reported, first_seq), read(Some(carried), 0)))
        });
        let plain = merged.is_none().then(|| read(reported, first_seq));
        plain.into_iter().flatten().chain(merged.into_iter().flatten())
    }

    /// The months up to one in which a metric has figures, reported or carried, ascending.
    pub(crate) fn months(&self, metric: UsageMetric, until: Month) -> impl Iterator<Item = Month> {
        let carried_from = self.carried_from(metric);
        let last = carried_from.unwrap_or(until).min(until);
        let carried = (last.number() + 1..=until.number()).map(Month::from_number);
        let reported = self.figures.months_of(metric).take_while(move |month| *month <= last);
        reported.chain(carried)
    }

    /// The newest report of a figure that is not retracted, from an entry on.
    fn report<'h>(&'h self, figures: MonthView<'h>, newest: &'h FigureRow, first_seq: u64) -> Option<Report<'h>> {
        if newest.seq >= first_seq && !self.is_retracted(newest.seq) {
            return Some(figures.report(newest));
        }
        let mut older = figures.older_of(newest).take_while(|row| row.seq >= first_seq);
        older.find(|row| !self.is_retracted(row.seq)).map(|row| figures.report(row))
    }
}

/// Reports of two months, each in the order of figures, as one; of two of the same figure the first.
fn merge<'h>(
    first: impl Iterator<Item = Report<'h>>,
    second: impl Iterator<Item = Report<'h>>,
) -> impl Iterator<Item = Report<'h>> {
    let (mut first, mut second) = (first.peekable(), second.peekable());
    std::iter::from_fn(move || {
        let (Some(one), Some(other)) = (first.peek(), second.peek()) else {
            return first.next().or_else(|| second.next());
        };
        let order = one.key().cmp(&other.key());
        if order.is_eq() {
            second.next();
        }
        if order.is_gt() { second.next() } else { first.next() }
    })
}
