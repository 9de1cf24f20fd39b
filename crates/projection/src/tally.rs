//! Sums by unit, and the units behind them.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month};
use num_bigint::BigInt;

use crate::month_sums::KeptSums;
use crate::points::decimal;
use crate::rulebook::Bounds;
use crate::scene::{CoveredReport, Exclusion, MetricReading, Scene};
use crate::score::answer::{At, Judged, Unit, UnitSubject};

/// The places of an amount.
pub(crate) const PLACES: usize = 6;

/// What was summed for one unit.
#[derive(Clone, Debug, Default)]
pub(crate) struct Tally {
    /// The sum of what counts, in millionths.
    pub(crate) sum: i128,
    /// Whether anything counts.
    pub(crate) counts: bool,
    /// The entries that made it count.
    pub(crate) entries: Vec<u64>,
    /// The sum of what nothing covers, if there is any; only where the units behind a score are asked for.
    uncovered: Option<i128>,
    /// The sum of what has an offer that does not count, likewise.
    excluded: Option<i128>,
    /// Why something did not count, with the entries that show it.
    pub(crate) missed: Option<(String, Vec<u64>)>,
    pub(crate) name: NewestName,
}

/// The name of a product as the newest of its reports has it: of those that count, where one does.
///
/// A product that was renamed has the name by which it was reported last, whatever the rules call it.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct NewestName(Option<(bool, u64, String)>);

impl NewestName {
    /// Takes a report into account.
    pub(crate) fn see(&mut self, seen: &CoveredReport<'_>) {
        let is_newer = |(counts, seq, _): &(bool, u64, String)| (seen.cover.is_ok(), seen.report.seq) > (*counts, *seq);
        if self.0.as_ref().is_none_or(is_newer) {
            self.0 = Some((seen.cover.is_ok(), seen.report.seq, seen.report.product.as_str().to_owned()));
        }
    }

    /// The name; that of the rules where no report was seen.
    pub(crate) fn or(&self, known: &str) -> String {
        self.0.as_ref().map_or_else(|| known.to_owned(), |(_, _, name)| name.clone())
    }
}

impl Tally {
    /// Adds a report; the words and entries behind it only where they are asked for.
    pub(crate) fn add(
        &mut self,
        scene: &Scene<'_>,
        reading: &MetricReading<'_>,
        seen: &CoveredReport<'_>,
        judged: Month,
    ) {
        if scene.question.explain {
            self.name.see(seen);
        }
        match seen.cover {
            Ok(association) => {
                self.sum += seen.report.value.micros();
                self.counts = true;
                if scene.question.explain {
                    self.entries.push(seen.report.seq);
                    self.entries.extend(&association.made_by);
                }
            }
            Err(reason) if scene.question.explain => {
                let beside = match reason {
                    Exclusion::Offer(_) => &mut self.excluded,
                    Exclusion::NoCover => &mut self.uncovered,
                };
                *beside.get_or_insert(0) += seen.report.value.micros();
                if self.missed.is_none() {
                    let (words, mut entries) = match reason {
                        Exclusion::Offer(offer) => (format!("the offer {offer:?} does not count"), vec![]),
                        Exclusion::NoCover => reading.why_uncovered(scene, &seen.report, judged),
                    };
                    entries.push(seen.report.seq);
                    self.missed = Some((words, entries));
                }
            }
            Err(_) => {}
        }
    }

    /// Adds what was summed of the same unit under another name.
    pub(crate) fn join(&mut self, other: Self) {
        self.sum += other.sum;
        self.counts |= other.counts;
        self.entries.extend(other.entries);
        self.uncovered = added(self.uncovered, other.uncovered);
        self.excluded = added(self.excluded, other.excluded);
        self.missed = self.missed.take().or(other.missed);
        self.name = std::mem::take(&mut self.name).max(other.name);
    }

    /// What the unit adds if it counts, in millionths: what counts of it; where nothing does, what only lacks cover; where
    /// nothing is left then, what has an offer that does not count.
    pub(crate) fn weight(&self) -> i128 {
        if self.counts { self.sum } else { self.uncovered.or(self.excluded).unwrap_or(0) }
    }

    /// Whether there is a figure, and it is within the bounds.
    pub(crate) fn is_within(&self, bounds: &Bounds) -> bool {
        self.counts && bounds.contains(Amount::from_micros(self.sum))
    }

    /// The unit behind the tally: counted, or why not.
    pub(crate) fn unit(&self, at: At, subject: UnitSubject, counted: bool, bounds: &Bounds) -> Unit {
        let unit = self.unit_of(at, subject, self.counts.then(|| amount(self.sum)), counted, bounds);
        unit.judged(bounds, |bound| self.sum.cmp(&bound.micros()))
    }

    /// The unit behind a figure that is computed from the tally, where anything counts.
    pub(crate) fn unit_of(
        &self,
        at: At,
        subject: UnitSubject,
        figure: Option<String>,
        counted: bool,
        bounds: &Bounds,
    ) -> Unit {
        if counted {
            return unit(at, subject, None, figure, self.entries.clone());
        }
        match (&self.missed, &figure) {
            (Some((words, entries)), None) => unit(at, subject, Some(words.clone()), None, entries.clone()),
            (_, Some(value)) => {
                let words = format!("{value} is not {bounds}");
                unit(at, subject, Some(words), figure, self.entries.clone())
            }
            (None, None) => unit(at, subject, Some("no figure".into()), None, self.entries.clone()),
        }
    }
}

/// A unit with its entries in order.
pub(crate) fn unit(
    at: At,
    subject: UnitSubject,
    missed: Option<String>,
    figure: Option<String>,
    mut entries: Vec<u64>,
) -> Unit {
    entries.sort_unstable();
    entries.dedup();
    Unit { at, subject, missed, figure, month: None, entries, judged: None, weight: Weight::default() }
}

/// What a unit adds to the sums of its metric where it stands, if it counts.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Weight {
    /// The name of the sum.
    pub(crate) sum: String,
    /// How much; without an amount one, which all units of a customer that count in the same part add together.
    pub(crate) amount: Option<BigInt>,
}

impl Unit {
    /// The unit, whose figure, where it has one, compares so to each of the bounds by which it was judged.
    pub(crate) fn judged(self, bounds: &Bounds, figure_to: impl Fn(Amount) -> Ordering) -> Self {
        let failed = self.figure.as_ref().and_then(|_| bounds.failed(figure_to));
        let judged = (!bounds.is_unbounded()).then_some(Judged { bounds: *bounds, failed });
        Self { judged, ..self }
    }

    /// The unit, which adds an amount of its own to a sum.
    pub(crate) fn weighing(self, sum: &str, amount: impl Into<BigInt>) -> Self {
        Self { weight: Weight { sum: sum.to_owned(), amount: Some(amount.into()) }, ..self }
    }
}

/// The sum of two amounts, as far as there are any.
fn added(one: Option<i128>, other: Option<i128>) -> Option<i128> {
    one.map_or(other, |one| Some(one + other.unwrap_or(0)))
}

/// Sums what a reading sees of some months, by what `key` makes of each report. All are judged at the end of one month,
/// or else each at its own end.
pub(crate) fn tally<'s, K: Ord>(
    scene: &'s Scene<'_>,
    reading: &'s MetricReading<'_>,
    (months, judged): (impl Iterator<Item = Month>, Option<Month>),
    key: impl Fn(&CoveredReport<'s>) -> K,
) -> BTreeMap<K, Tally> {
    let mut tallies: BTreeMap<K, Tally> = BTreeMap::new();
    for month in months {
        let judged = judged.unwrap_or(month);
        for seen in reading.month(scene, month, judged) {
            if seen.cover.is_ok() || scene.question.explain {
                tallies.entry(key(&seen)).or_default().add(scene, reading, &seen, judged);
            }
        }
    }
    tallies
}

/// What counts in some months by customer, each judged at its own end: the sums alone of what is kept, else with what
/// is behind them.
pub(crate) fn by_customer(
    scene: &Scene<'_>,
    reading: &MetricReading<'_>,
    months: impl Iterator<Item = Month>,
) -> BTreeMap<CustomerId, Tally> {
    let Some(kept) = KeptSums::of(scene, reading) else {
        return tally(scene, reading, (months, None), |seen| seen.report.customer);
    };
    let mut customers: BTreeMap<CustomerId, Tally> = BTreeMap::new();
    for month in months {
        for (customer, sum) in kept.month(month, month).customers() {
            let tally = customers.entry(customer).or_default();
            tally.sum += sum;
            tally.counts = true;
        }
    }
    customers
}

/// An amount in millionths as an exact decimal.
pub(crate) fn amount(micros: i128) -> String {
    decimal(&BigInt::from(micros), PLACES)
}
