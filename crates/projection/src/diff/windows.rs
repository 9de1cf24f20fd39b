//! The months that metrics read, and which of them come and go when the measured month moves.

use std::collections::BTreeSet;

use ledger::{Area, Month, Timestamp, UsageMetric};

use crate::history::{History, Report};
use crate::metrics::{DEPLOYMENTS, NET_CUSTOMER_ADDS, USAGE_GROWTH};
use crate::rulebook::{Family, Metric, NetCustomerAdds, Part, Rulebook, Track};
use crate::standpoint::{Cut, Standpoint};

/// The months in which a figure is read, as first and last distance from the measured month.
struct Window {
    figure: UsageMetric,
    now: (i32, i32),
    then: Option<(i32, i32)>,
}

/// The measured month moves from one to another.
pub(super) struct Roll<'h> {
    pub(super) history: &'h History,
    pub(super) rulebook: &'h Rulebook,
    pub(super) standpoint: Standpoint,
    pub(super) from: Month,
    pub(super) to: Month,
}

/// The months that one side of a comparison takes in and gives up.
#[derive(Default)]
struct Moved {
    entered: BTreeSet<Month>,
    left: BTreeSet<Month>,
}

impl Roll<'_> {
    /// What a metric reads otherwise, in words, and the entries behind it: the reports of the months that came or went,
    /// and the facts about associations that begin to count with them.
    pub(super) fn because(&self, area: Area, metric: &str) -> (String, Vec<u64>) {
        let (mut now, mut then, mut entries) = (Moved::default(), Moved::default(), Vec::new());
        for window in self.windows(area, metric) {
            let moved = [self.moved(Some(window.now)), self.moved(window.then)];
            let months: BTreeSet<Month> =
                moved.iter().flat_map(|side| side.entered.iter().chain(&side.left)).copied().collect();
            let reports = months.into_iter().flat_map(|month| self.history.reports(window.figure, month));
            entries.extend(reports.filter(|report| self.reads(area, metric, report)).map(|report| report.seq));
            let [moved_now, moved_then] = moved;
            now.add(moved_now);
            then.add(moved_then);
        }
        entries.extend(self.association_facts());
        let words = match (now.words(), then.words()) {
            (None, _) => format!("measured month {} instead of {}", self.to, self.from),
            (Some(now), None) => format!("months measured: {now}"),
            (Some(now), Some(then)) => format!("months measured: {now}; compared: {then}"),
        };
        (words, entries)
    }

    /// Whether a metric reads the product of a report.
    fn reads(&self, area: Area, metric: &str, report: &Report<'_>) -> bool {
        let Some(metric) = Metric::from_name(metric) else { return true };
        let parts = Part::of(Family::of(area), metric).iter().map(|part| Some(*part)).chain([None]);
        let lists = parts.filter_map(|part| self.rulebook.products(area, metric, part, self.standpoint.rules_on));
        let mut read = lists.map(|chosen| chosen.row.value.find(report.product.as_str()).is_some()).peekable();
        read.peek().is_none() || read.any(|is_read| is_read)
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

    fn moved(&self, window: Option<(i32, i32)>) -> Moved {
        let Some((first, last)) = window else { return Moved::default() };
        let months = |of: Month| -> BTreeSet<Month> { (first..=last).map(|distance| of.plus(distance)).collect() };
        let (before, after) = (months(self.from), months(self.to));
        Moved {
            entered: after.difference(&before).copied().collect(),
            left: before.difference(&after).copied().collect(),
        }
    }

    /// What a metric reads; behind a certification metric, which other months give by another track, what decides that.
    fn windows(&self, area: Area, metric: &str) -> Vec<Window> {
        use UsageMetric::{AcrUsd, ActiveUnits, ActiveUsers, PaidSeats, RevenueUsd};
        let month = |figure| Window { figure, now: (0, 0), then: Some((-12, -12)) };
        let year = |figure| Window { figure, now: (-11, 0), then: Some((-23, -12)) };
        match (Family::of(area), metric) {
            (Family::Azure, NET_CUSTOMER_ADDS) => {
                let back = self.months_of_adds(area).cast_signed() - 1;
                vec![Window { figure: AcrUsd, now: (-back, 0), then: Some((-12 - back, -12)) }]
            }
            (Family::Azure, DEPLOYMENTS) => vec![Window { figure: AcrUsd, now: (-11, 0), then: None }],
            (Family::Azure, _) => vec![year(AcrUsd)],
            (Family::BusinessApplications, USAGE_GROWTH | DEPLOYMENTS) => vec![month(ActiveUnits)],
            (Family::BusinessApplications, _) => vec![month(RevenueUsd)],
            (Family::ModernWork, NET_CUSTOMER_ADDS) => vec![month(PaidSeats)],
            (Family::ModernWork, _) => vec![month(PaidSeats), month(ActiveUsers)],
            (Family::Security, NET_CUSTOMER_ADDS) => vec![year(AcrUsd), month(PaidSeats)],
            (Family::Security, _) => vec![year(AcrUsd), month(PaidSeats), month(ActiveUsers)],
        }
    }

    /// The months that net customer adds of Azure read for one, by the rule that reads the most.
    fn months_of_adds(&self, area: Area) -> u32 {
        let tracks = [Track::Single, Track::Enterprise, Track::Smb];
        let rules = tracks.iter().filter_map(|track| {
            let chosen = self.rulebook.net_customer_adds(area, *track, self.standpoint.rules_on)?;
            match &chosen.row.value {
                NetCustomerAdds::Azure(rule) => Some(rule.months),
                NetCustomerAdds::BusinessApplications(_)
                | NetCustomerAdds::ModernWork(_)
                | NetCustomerAdds::Security(_) => None,
            }
        });
        rules.max().unwrap_or(1)
    }
}

impl Moved {
    fn add(&mut self, other: Self) {
        self.entered.extend(other.entered);
        self.left.extend(other.left);
    }

    /// `2025-02 in, 2025-01 out`, if anything moved.
    fn words(&self) -> Option<String> {
        let listed = |months: &BTreeSet<Month>, word: &str| {
            let months: Vec<String> = months.iter().map(ToString::to_string).collect();
            (!months.is_empty()).then(|| format!("{} {word}", months.join(" ")))
        };
        let words: Vec<String> =
            [listed(&self.entered, "in"), listed(&self.left, "out")].into_iter().flatten().collect();
        (!words.is_empty()).then(|| words.join(", "))
    }
}
