//! One area, by one track, from one standpoint: what every metric reads.

use std::cell::Cell;

use ledger::{Area, CustomerId, Month, Segment, UsageMetric};

use crate::association::{Association, Associations};
use crate::customer_sets::{CustomerSet, SetKey};
use crate::history::{History, Report};
use crate::identity;
use crate::memory::{Memory, MetricKey, ShareKey};
use crate::metrics::credit::Credit;
use crate::month_sums::ReadingKey;
use crate::question::Question;
use crate::rulebook::{AssociationList, Choice, Family, Metric, Part, Products, Rule, Rulebook, Track};
use crate::standpoint::Standpoint;

/// What every metric of an area reads.
pub(crate) struct Scene<'a> {
    pub(crate) history: &'a History,
    pub(crate) rulebook: &'a Rulebook,
    pub(crate) associations: &'a Associations<'a>,
    /// What was computed for other questions; without it everything is computed.
    pub(crate) kept: Option<&'a Memory>,
    /// The only customer whose reports are read; all without it.
    pub(crate) only: Option<CustomerId>,
    pub(crate) area: Area,
    pub(crate) track: Track,
    pub(crate) question: Question,
    pub(crate) standpoint: Standpoint,
    pub(crate) measured: Month,
    pub(crate) compared: Month,
    pub(crate) rows: RowNotes,
}

/// How the dates of the rows that were used are known.
#[derive(Clone, Debug, Default)]
pub(crate) struct RowNotes {
    assumed: Cell<bool>,
    bounded: Cell<bool>,
}

impl RowNotes {
    /// The value of a row, remembering how its date is known.
    pub(crate) fn used<'a, T>(&self, chosen: &Choice<'a, T>) -> &'a T {
        self.assumed.set(self.assumed.get() || chosen.assumed);
        self.bounded.set(self.bounded.get() || chosen.bounded);
        &chosen.row.value
    }

    /// Adds what others remember.
    pub(crate) fn add(&self, other: &Self) {
        self.assumed.set(self.assumed.get() || other.assumed.get());
        self.bounded.set(self.bounded.get() || other.bounded.get());
    }

    /// The notes in alphabetical order.
    pub(crate) fn notes(&self) -> Vec<&'static str> {
        let notes = [("assumed_rules", &self.assumed), ("bounded_rules", &self.bounded)];
        notes.into_iter().filter(|(_, is_noted)| is_noted.get()).map(|(note, _)| note).collect()
    }
}

impl<'a> Scene<'a> {
    /// The newest report of every figure of a metric in a month.
    pub(crate) fn reports(&self, metric: UsageMetric, month: Month) -> impl Iterator<Item = Report<'a>> {
        self.history.newest_reports(metric, month, self.only)
    }

    /// The same for another measured month.
    pub(crate) fn at(&self, measured: Month) -> Self {
        let rows = RowNotes::default();
        let standpoint = Standpoint { measured, ..self.standpoint };
        Self { standpoint, measured, compared: measured.plus(-12), rows, ..*self }
    }

    /// The same for the reports of one customer alone.
    pub(crate) fn of_customer(&self, customer: CustomerId) -> Self {
        Self { only: Some(customer), rows: RowNotes::default(), ..*self }
    }

    /// A certification of a list that would count on the day if it were earned on it.
    pub(crate) fn earnable<'l>(&self, list: &'l [String]) -> Option<&'l str> {
        let day = self.standpoint.certified_on;
        let counts = |code: &&String| Credit::earned(self.rulebook, code, day).why_over(day).is_none();
        list.iter().find(counts).map(String::as_str)
    }

    /// The products of a metric or of a part of it; none where every product is read.
    pub(crate) fn products(&self, metric: Metric, part: Option<Part>) -> Option<&'a Products> {
        self.rulebook.products(self.area, metric, part, self.standpoint.rules_on).map(|chosen| self.rows.used(&chosen))
    }

    /// What is kept, and the number by which that of a metric is found; `None` where nothing is.
    pub(crate) fn kept_of(&self, metric: Metric, rule: &Rule) -> Option<(&'a Memory, usize)> {
        let kept = self.kept?;
        let parts = Part::of(Family::of(self.area), metric);
        let products: Vec<Option<&Products>> = match parts {
            [] => vec![self.products(metric, None)],
            parts => parts.iter().map(|part| self.products(metric, Some(*part))).collect(),
        };
        // Nothing is kept where a part is missing: the metric itself decides what it reads then.
        if !parts.is_empty() && products.contains(&None) {
            return None;
        }
        let (area, unmeasured) = (Some(self.area).filter(|_| kept.by_area), self.question.unmeasured);
        let is_it = |known: &MetricKey| {
            (known.area, known.unmeasured, &known.rule) == (area, unmeasured, rule)
                && known.products.iter().map(Option::as_ref).eq(products.iter().copied())
        };
        let make = || {
            let products = products.iter().map(|products| products.cloned()).collect();
            MetricKey { area, rule: rule.clone(), products, unmeasured }
        };
        Some((kept, kept.metric_keys.of(is_it, make)))
    }

    /// The customers with an association of the list in force at the end of the measured month, and whether each is a
    /// small or medium business.
    pub(crate) fn classes(&self, list: &AssociationList) -> impl Iterator<Item = (CustomerId, bool)> {
        let customers = self.associations.customers(list, self.measured);
        customers.map(|(customer, _)| (customer, self.is_smb(customer)))
    }

    /// Whether a customer is a small or medium business.
    pub(crate) fn is_smb(&self, customer: CustomerId) -> bool {
        self.history.segment(customer, self.standpoint.cut) == Some(Segment::Smb)
    }

    /// How many customers with an association of the list in force at the end of the measured month are small and
    /// medium businesses, and how many there are.
    pub(crate) fn share_of_smb(&self, list: &AssociationList) -> (i128, i128) {
        let cut = self.standpoint.cut;
        let count = || self.classes(list).fold((0, 0), |(smb, all), (_, is_smb)| (smb + i128::from(is_smb), all + 1));
        let Some(kept) = self.kept else { return count() };
        let area = Some(self.area).filter(|_| kept.by_area);
        let classes = kept.classes.partition_point(|(at, seq)| cut.shows(*at, *seq));
        kept.shares.get_or(self.measured, &ShareKey { area, list: list.clone(), classes }, count)
    }

    /// The customers with an association of the list in force at the end of a month, and no report of the metric in
    /// the `months` that end there, each with the entries that made the association.
    pub(crate) fn unmeasured(
        &self,
        list: &AssociationList,
        metric: UsageMetric,
        month: Month,
        months: u32,
    ) -> Vec<(CustomerId, Vec<u64>)> {
        let customers = self.associations.customers(list, month);
        let customers = customers.filter(|(customer, _)| !self.has_report(metric, (month, months), *customer));
        customers.map(|(customer, association)| (customer, association.made_by.clone())).collect()
    }

    /// How many customers [`Scene::unmeasured`] has.
    pub(crate) fn count_unmeasured(
        &self,
        list: &AssociationList,
        metric: UsageMetric,
        month: Month,
        months: u32,
    ) -> usize {
        let is_unmeasured = |customer: &CustomerId| !self.has_report(metric, (month, months), *customer);
        let customers = || self.associations.customers(list, month).map(|(customer, _)| customer).filter(is_unmeasured);
        let Some(kept) = self.kept else { return customers().count() };
        let area = Some(self.area).filter(|_| kept.by_area);
        let key = SetKey::Unmeasured { area, list: list.clone(), metric, months };
        let holds = |customer| self.associations.has_customer(list, month, customer) && is_unmeasured(&customer);
        kept.customers.look(month, &key, || CustomerSet::of(customers()), |set| set.count(holds))
    }

    /// Whether a customer has a report of a metric in one of so many months up to one.
    fn has_report(&self, metric: UsageMetric, (month, months): (Month, u32), customer: CustomerId) -> bool {
        last_months(month, months).any(|month| self.history.reports_of(metric, month, customer).next().is_some())
    }
}

/// The months that end with one, the latest first.
pub(crate) fn last_months(month: Month, months: u32) -> impl Iterator<Item = Month> {
    (0..months.cast_signed()).map(move |back| month.plus(-back))
}

/// How a metric reads reports: which associations count, which products, and which offers do not.
pub(crate) struct MetricReading<'r> {
    metric: UsageMetric,
    list: &'r AssociationList,
    products: Option<&'r Products>,
    excluded_offers: Vec<String>,
}

/// A report of a product that counts, and what covers it.
pub(crate) struct CoveredReport<'s> {
    pub(crate) report: Report<'s>,
    /// The product as the rulebook names it, or folded as reported where every product is read.
    pub(crate) product: &'s str,
    /// What covers it, or why it does not count.
    pub(crate) cover: Result<&'s Association<'s>, Exclusion<'s>>,
}

/// Why a report does not count.
#[derive(Clone, Copy)]
pub(crate) enum Exclusion<'s> {
    /// Its offer is excluded.
    Offer(&'s str),
    /// No association covers it.
    NoCover,
}

impl<'r> MetricReading<'r> {
    pub(crate) fn new(
        metric: UsageMetric,
        list: &'r AssociationList,
        products: Option<&'r Products>,
        excluded_offers: &[String],
    ) -> Self {
        let excluded_offers = excluded_offers.iter().map(|name| identity::offer(name)).collect();
        Self { metric, list, products, excluded_offers }
    }

    /// Whether its sums in an area, or in all, are found by a key.
    pub(crate) fn has_key(&self, key: &ReadingKey, area: Option<Area>) -> bool {
        (key.area, key.metric, &key.list, key.products.as_ref()) == (area, self.metric, self.list, self.products)
            && key.excluded_offers == self.excluded_offers
    }

    /// By what its sums are found, in an area or in all.
    pub(crate) fn key(&self, area: Option<Area>) -> ReadingKey {
        let Self { metric, list, products, ref excluded_offers } = *self;
        let (list, products) = (list.clone(), products.cloned());
        ReadingKey { area, metric, list, products, excluded_offers: excluded_offers.clone() }
    }

    /// The reports of a month, judged by the associations in force at the end of `judged`.
    pub(crate) fn month<'s>(
        &'s self,
        scene: &'s Scene<'_>,
        month: Month,
        judged: Month,
    ) -> impl Iterator<Item = CoveredReport<'s>> {
        let reports = scene.reports(self.metric, month);
        reports.filter_map(move |report| self.see(scene, report, judged))
    }

    /// The reports of a month about a customer, judged at the end of that month.
    pub(crate) fn customer<'s>(
        &'s self,
        scene: &'s Scene<'_>,
        month: Month,
        customer: CustomerId,
    ) -> impl Iterator<Item = CoveredReport<'s>> {
        let reports = scene.history.reports_of(self.metric, month, customer);
        reports.filter_map(move |report| self.see(scene, report, month))
    }

    fn see<'s>(&'s self, scene: &'s Scene<'_>, report: Report<'s>, judged: Month) -> Option<CoveredReport<'s>> {
        let product = match self.products {
            Some(products) => products.find(report.product.as_str())?,
            None => report.folded_product,
        };
        let offer = report.offer.map(AsRef::as_ref);
        let excluded = offer
            .filter(|offer| !self.excluded_offers.is_empty() && self.excluded_offers.contains(&identity::offer(offer)));
        let cover = match excluded {
            Some(offer) => Err(Exclusion::Offer(offer)),
            None => scene.associations.cover(Some(self.list), self.products, &report, judged).ok_or(Exclusion::NoCover),
        };
        Some(CoveredReport { report, product, cover })
    }

    /// Why no association covers a report, in words, with the entries that show it.
    pub(crate) fn why_uncovered(&self, scene: &Scene<'_>, report: &Report<'_>, judged: Month) -> (String, Vec<u64>) {
        let (newest, first) = scene.associations.newest_and_first(self.list, report.customer, judged);
        let Some(newest) = newest else {
            // One that would cover the report says more than any other of the customer.
            let covering = scene.associations.cover(None, self.products, report, judged);
            let other = covering.or_else(|| scene.associations.with(report.customer).last());
            let Some(other) = other else { return ("no association with the customer".into(), vec![]) };
            return (format!("an association by {} does not count here", other.mechanism), other.made_by.clone());
        };
        // As none that is in force covers the report, the first is limited to something else.
        if let Some(limited) = first {
            return ("the association is limited to another workload or subscription".into(), limited.made_by.clone());
        }
        match (newest.end_exclusive, newest.ended_by) {
            (Some(end), Some(ended_by)) if newest.start.date() <= judged.last_day() => {
                let mut entries = newest.made_by.clone();
                entries.push(ended_by);
                (format!("the association ended on {}", end.date()), entries)
            }
            _ => (format!("the association began on {}", newest.start.date()), newest.made_by.clone()),
        }
    }
}
