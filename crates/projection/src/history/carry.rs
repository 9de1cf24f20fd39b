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

    /// Whether figures are carried.
    pub(crate) fn carries(&self) -> bool {
        self.carrying.is_some()
    }

    /// The newest month of each metric of which the ledger itself has a report that is not retracted, assumed events
    /// aside; a metric without one is left out.
    #[must_use]
    pub fn reported_to(&self, Carry { from, own_end }: Carry) -> BTreeMap<UsageMetric, Month> {
        let is_reported = self.is_reported(own_end);
        let newest = |metric| {
            let months = self.figures.months_of(metric).rev().filter(|month| from.is_none_or(|from| *month <= from));
            months.into_iter().find(|month| is_reported(metric, *month))
        };
        UsageMetric::ALL.iter().filter_map(|metric| Some((*metric, newest(*metric)?))).collect()
    }

    /// The first month of each metric of which there is a report that is not retracted, assumed ones included; a metric
    /// without one is left out.
    #[must_use]
    pub fn reported_from(&self) -> BTreeMap<UsageMetric, Month> {
        let is_reported = self.is_reported(u64::MAX);
        let first = |metric| self.figures.months_of(metric).find(|month| is_reported(metric, *month));
        UsageMetric::ALL.iter().filter_map(|metric| Some((*metric, first(*metric)?))).collect()
    }

    /// Whether a month has a report of a metric before an entry that is not retracted.
    fn is_reported(&self, own_end: u64) -> impl Fn(UsageMetric, Month) -> bool {
        let retracted = self.entries.retracted_before(own_end);
        let counts = move |row: &FigureRow| row.seq < own_end && !retracted.contains(row.seq);
        move |metric, month| {
            let figures = self.figures.of(metric, month);
            figures.is_some_and(|figures| figures.newest().any(&counts) || figures.older().any(&counts))
        }
    }

    /// The newest month of which a metric has a report that is not retracted, assumed ones included.
    pub(crate) fn newest_reported(&self, metric: UsageMetric) -> Option<Month> {
        self.reported_to(Carry { from: None, own_end: u64::MAX }).get(&metric).copied()
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

    /// The months of which a metric has reports, ascending.
    pub(crate) fn reported_months(&self, metric: UsageMetric) -> impl DoubleEndedIterator<Item = Month> {
        self.figures.months_of(metric)
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

#[cfg(test)]
mod tests {
    use ledger::{Entry, Fold as _, Month, UsageMetric};

    use super::{Carry, History};

    fn entry(seq: u64, event: &str) -> Entry {
        let line = format!(
            r#"{{"seq":{seq},"recorded_at":"2026-01-01T00:00:00.{seq:06}Z","event":{{"id":"0195d3c0-0000-7000-8000-{seq:012}",{event}}}}}"#
        );
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    }

    fn report(seq: u64, month: &str, product: &str, value: &str) -> Entry {
        let customer = "4fdbff88-9d6b-42e0-9713-45c922ba8001";
        entry(
            seq,
            &format!(
                r#""type":"usage_reported","partner":"1","month":"{month}","customer":"{customer}","product":"{product}","metric":"acr_usd","value":"{value}""#
            ),
        )
    }

    fn retraction(seq: u64, target: u64) -> Entry {
        let target = format!("0195d3c0-0000-7000-8000-{target:012}");
        entry(
            seq,
            &format!(
                r#""type":"event_retracted","partner":"1","effective_at":"2026-01-01T00:00:00.000000Z","event":"{target}","reason":"x""#
            ),
        )
    }

    fn month(text: &str) -> Month {
        Month::parse(text).expect("a month")
    }

    /// Product, value and seq of each report of a month.
    fn read(history: &History, of: &str) -> Vec<(String, String, u64)> {
        let reports = history.reports(UsageMetric::AcrUsd, month(of));
        reports.map(|report| (report.product.to_string(), report.value.to_string(), report.seq)).collect()
    }

    fn rows(rows: &[(&str, &str, u64)]) -> Vec<(String, String, u64)> {
        rows.iter().map(|(product, value, seq)| ((*product).to_owned(), (*value).to_owned(), *seq)).collect()
    }

    fn carrying(entries: &[Entry], from: Option<&str>, own_end: u64) -> History {
        let mut history = History::fold(entries);
        history.carry(Carry { from: from.map(month), own_end });
        history
    }

    #[test]
    fn later_months_have_the_figures_of_the_newest_month_with_their_entries() {
        let entries = [report(0, "2025-01", "B", "1"), report(1, "2025-02", "C", "2"), report(2, "2025-02", "A", "3")];
        let history = carrying(&entries, None, u64::MAX);
        assert_eq!(read(&history, "2025-01"), rows(&[("B", "1", 0)]));
        for later in ["2025-03", "2027-12"] {
            assert_eq!(read(&history, later), rows(&[("A", "3", 2), ("C", "2", 1)]));
        }
        assert_eq!(read(&History::fold(&entries), "2025-03"), []);
        let months = |until| history.months(UsageMetric::AcrUsd, month(until)).map(|month| month.to_string());
        assert_eq!(months("2025-04").collect::<Vec<_>>(), ["2025-01", "2025-02", "2025-03", "2025-04"]);
        assert_eq!(months("2025-01").collect::<Vec<_>>(), ["2025-01"]);
    }

    #[test]
    fn assumed_reports_stand_at_their_months_and_are_carried_from_the_reported_one_alone() {
        let entries = [
            report(0, "2025-02", "A", "1"),
            report(1, "2025-02", "B", "2"),
            report(2, "2025-04", "A", "10"),
            report(3, "2025-04", "C", "20"),
            report(4, "2025-02", "B", "3"),
        ];
        let history = carrying(&entries, None, 2);
        assert_eq!(read(&history, "2025-02"), rows(&[("A", "1", 0), ("B", "3", 4)]));
        assert_eq!(read(&history, "2025-04"), rows(&[("A", "10", 2), ("B", "3", 4), ("C", "20", 3)]));
        assert_eq!(read(&history, "2025-05"), rows(&[("A", "1", 0), ("B", "3", 4)]));
    }

    #[test]
    fn what_is_reported_to_is_what_the_ledger_itself_has_and_has_not_retracted() {
        let mut entries = vec![report(0, "2025-01", "A", "1"), report(1, "2025-02", "A", "2"), retraction(2, 1)];
        let to = |entries: &[Entry], from: Option<&str>, own_end| {
            let carry = Carry { from: from.map(month), own_end };
            History::fold(entries).reported_to(carry).get(&UsageMetric::AcrUsd).map(ToString::to_string)
        };
        assert_eq!(to(&entries, None, u64::MAX).as_deref(), Some("2025-01"));
        assert_eq!(to(&entries, None, 2).as_deref(), Some("2025-02"), "an assumed retraction does not count");
        assert_eq!(to(&entries, Some("2024-12"), u64::MAX), None);
        entries.extend([retraction(3, 2), report(4, "2025-06", "A", "3"), report(5, "2025-02", "A", "4")]);
        assert_eq!(to(&entries, None, 4).as_deref(), Some("2025-02"), "an older report of the figure is the ledger's");
        assert_eq!(to(&entries, Some("2025-05"), u64::MAX).as_deref(), Some("2025-02"));
        assert_eq!(to(&entries, None, 0), None);
    }

    #[test]
    fn reports_behind_the_month_to_carry_from_count_only_where_they_are_assumed() {
        let entries = [
            report(0, "2025-01", "A", "1"),
            report(1, "2025-03", "A", "5"),
            report(2, "2025-03", "B", "6"),
            report(3, "2025-03", "A", "7"),
        ];
        assert_eq!(read(&carrying(&entries, Some("2025-02"), 3), "2025-03"), rows(&[("A", "7", 3)]));
        assert_eq!(read(&carrying(&entries, Some("2025-02"), 4), "2025-03"), rows(&[("A", "1", 0)]));
        assert_eq!(read(&carrying(&entries, Some("2024-12"), 4), "2025-03"), [], "nothing is left to be carried");
    }

    #[test]
    fn a_newer_report_ends_the_carrying_and_no_state_has_it() {
        let mut history = carrying(&[report(0, "2025-01", "A", "1")], None, u64::MAX);
        assert_eq!(read(&history, "2025-02"), rows(&[("A", "1", 0)]));
        let newer = report(1, "2025-03", "B", "2");
        history.extend([&newer]);
        assert_eq!(read(&history, "2025-02"), []);
        assert_eq!(read(&history, "2025-04"), rows(&[("B", "2", 1)]));
        let plain = History::fold([&report(0, "2025-01", "A", "1"), &newer]);
        assert_eq!(history.to_bytes(), plain.to_bytes());
        assert_eq!(read(&History::from_bytes(history.to_bytes()).expect("a state"), "2025-04"), []);
    }
}
