//! The months that metrics read, and which of them come and go when the measured month moves.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Area, Date, Month, Timestamp, UsageMetric};

use super::answer::Cause;
use crate::history::{History, Report};
use crate::rulebook::{Extent, Family, Metric, Rulebook, Track};
use crate::scene::last_months;
use crate::standpoint::{Cut, Standpoint};

/// The measured month moves from one to another.
pub(super) struct Roll<'h> {
    pub(super) history: &'h History,
    pub(super) rulebook: &'h Rulebook,
    pub(super) standpoint: Standpoint,
    pub(super) from: Month,
    pub(super) to: Month,
}

/// A figure that is not known of a month that comes in.
struct Gap {
    figure: UsageMetric,
    month: Month,
    /// The newest month of which it is known.
    newest: Month,
}

/// The months that come in and those that go.
type Shift = [BTreeSet<Month>; 2];

impl Roll<'_> {
    /// Why a metric reads otherwise: other months are measured, or months of which nothing that it reads is known.
    pub(super) fn cause(&self, area: Area, metric: Metric) -> Cause {
        if self.gaps(area, metric).is_empty() { Cause::MonthRolled } else { Cause::NotReported }
    }

    /// The figures that are not known of a measured month that comes in, though they are known of others. What was never
    /// reported is none of them.
    fn gaps(&self, area: Area, metric: Metric) -> Vec<Gap> {
        let of_figure = |(figure, (months, _)): (UsageMetric, (u32, bool))| {
            let [came, _] = self.shift(0, months);
            let unknown = came.into_iter().filter(move |month| self.history.reports(figure, *month).next().is_none());
            unknown.filter_map(move |month| Some(Gap { figure, month, newest: self.history.newest_reported(figure)? }))
        };
        self.windows(area, metric).into_iter().flat_map(of_figure).collect()
    }

    /// What a metric reads otherwise, in words, and the entries behind it: the reports of the months that came or went,
    /// and the facts about associations that begin to count with them.
    pub(super) fn because(&self, area: Area, metric: Metric) -> (String, Vec<u64>) {
        let (mut sides, mut entries): ([Shift; 2], _) = (Default::default(), Vec::new());
        for (figure, (months, is_compared)) in self.windows(area, metric) {
            let shifts = [self.shift(0, months), self.shift(-12, if is_compared { months } else { 0 })];
            let months: BTreeSet<Month> = shifts.iter().flatten().flatten().copied().collect();
            let reports = months.into_iter().flat_map(|month| self.history.reports(figure, month));
            let (rulebook, day) = (self.rulebook, self.standpoint.rules_on);
            let is_read = |report: &Report<'_>| reads_product(rulebook, (area, metric), day, report.product.as_str());
            entries.extend(reports.filter(is_read).map(|report| report.seq));
            for (all, one) in sides.iter_mut().flatten().zip(shifts.into_iter().flatten()) {
                all.extend(one);
            }
        }
        entries.extend(self.association_facts());
        let words = match sides.map(|side| words(&side)) {
            [None, _] => format!("measured month {} instead of {}", self.to, self.from),
            [Some(now), None] => format!("months measured: {now}"),
            [Some(now), Some(then)] => format!("months measured: {now}; compared: {then}"),
        };
        let gaps = self
            .gaps(area, metric)
            .into_iter()
            .map(|Gap { figure, month, newest }| format!("no {figure} of {month} is known, the newest is of {newest}"));
        (gaps.chain([words]).collect::<Vec<String>>().join("; "), entries)
    }

    /// The facts about associations that fall between the ends of the old months and those of the new ones.
    fn association_facts(&self) -> impl Iterator<Item = u64> {
        let ends = [0, -12].map(|back| {
            let end = |month: Month| Cut::end_of(month.plus(back).last_day());
            let (from, to) = (end(self.from), end(self.to).min(self.standpoint.cut));
            (from, to)
        });
        self.history.association_facts().filter_map(move |(at, seq): (Timestamp, u64)| {
            ends.iter().any(|(from, to)| !from.shows(at, seq) && to.shows(at, seq)).then_some(seq)
        })
    }

    /// The months that come and go: of `months` up to the measured one, or up to the one at a `distance` from it.
    fn shift(&self, distance: i32, months: u32) -> Shift {
        let read = |of: Month| -> BTreeSet<Month> { last_months(of.plus(distance), months).collect() };
        let (before, after) = (read(self.from), read(self.to));
        [&after - &before, &before - &after]
    }

    /// How many months of each figure a metric reads, by the rule that reads the most, and whether it compares them. A
    /// certification metric reads no figures, but other months may lead to another track: it has what decides the track.
    fn windows(&self, area: Area, metric: Metric) -> BTreeMap<UsageMetric, (u32, bool)> {
        let rule = |track: &Track| self.rulebook.rule(area, metric, *track, self.standpoint.rules_on);
        let by_track = Track::ALL.iter().filter_map(rule).flat_map(|chosen| chosen.row.value.reads());
        let mut extents: Vec<Extent> = by_track.collect();
        if extents.is_empty() {
            extents.extend(Family::of(area).reads_for_track());
        }
        let mut windows: BTreeMap<UsageMetric, (u32, bool)> = BTreeMap::new();
        for Extent { figures, months, is_compared } in extents {
            for figure in figures {
                let (most, compares) = windows.entry(*figure).or_default();
                *most = months.max(*most);
                *compares |= is_compared;
            }
        }
        windows
    }
}

/// Whether a metric reads a product by the rules of a day.
pub(super) fn reads_product(rulebook: &Rulebook, (area, metric): (Area, Metric), day: Date, product: &str) -> bool {
    let lists = rulebook.products_of(area, metric, day);
    let mut read = lists.map(|products| products.find(product).is_some()).peekable();
    read.peek().is_none() || read.any(|is_read| is_read)
}

/// `2025-02 in, 2025-01 out`, if anything moved.
fn words(shift: &Shift) -> Option<String> {
    let moved = shift.iter().zip(["in", "out"]).filter(|(months, _)| !months.is_empty());
    let words = moved.map(|(months, word)| {
        let months: Vec<String> = months.iter().map(ToString::to_string).collect();
        format!("{} {word}", months.join(" "))
    });
    let words: Vec<String> = words.collect();
    (!words.is_empty()).then(|| words.join(", "))
}
