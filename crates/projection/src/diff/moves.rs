//! What moved the points of a contribution: the figures that became others, and the units that count otherwise.
//!
//! Units are told by scores with their units before and behind a step. These take long, so a way is gone twice where
//! they are asked for: the first time shows which steps change points, the second time stops at those.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, Area, CustomerId, Entry, Fact, Month, Name, UsageMetric, When, named};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::sight::Waypoint;
use super::windows::reads_product;
use crate::history::{FigureKey, History};
use crate::identity;
use crate::question::Question;
use crate::rulebook::{Family, Metric, Part};
use crate::score::answer::{AreaScore, At, MetricScore, Unit, UnitSubject};
use crate::score::score_from;

/// The steps of an area of which it is told what moved the points. Each takes two explained scores.
const MOST_TOLD: usize = 100;

/// What moved the points of a contribution; nothing where that was not asked for, nor of any but the changes of the most
/// points where there are more than a hundred in an area or another.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moves {
    /// The figures that became known otherwise, as far as the metric reads them, in the order of month, metric, customer
    /// and product. None where days pass: then other months are read.
    pub figures: Vec<FigureMove>,
    /// The units that count now and did not, or the other way round; of growth also those that count with another
    /// figure. Those that moved most come first.
    pub units: Vec<UnitMove>,
}

/// A figure that became another.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FigureMove {
    /// The month.
    pub month: Month,
    /// What is measured, and in which unit.
    pub metric: UsageMetric,
    /// The customer.
    pub customer: CustomerId,
    /// The product as it was reported last.
    pub product: Name,
    /// The subscription, where the report names one.
    pub subscription: Option<Name>,
    /// The figure before; none where nothing was reported, or all of it was taken back.
    pub from: Option<Amount>,
    /// The figure behind, likewise.
    pub to: Option<Amount>,
}

/// A unit that counts otherwise.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct UnitMove {
    /// The side of the comparison on which it stands.
    pub at: At,
    /// What it is.
    pub subject: UnitSubject,
    /// In what its figures are; none for people.
    pub measured_in: Option<FigureUnit>,
    /// The months that its figures add up, of which the last is told.
    pub months: u32,
    /// The month that was read on that side before, and the unit then; none where it was no unit.
    pub from: (Month, Option<Unit>),
    /// The month that is read behind, and the unit then, likewise.
    pub to: (Month, Option<Unit>),
}

/// A bound that a unit crossed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct CrossedBound {
    /// The end of its field's name in a rulebook: `min`, `max`, `above`, `below`.
    pub name: &'static str,
    /// The bound, in the unit of the figure.
    pub value: Amount,
    /// Whether the figure holds it now; else it did before.
    pub is_held: bool,
}

named! {
    /// In what the figures of units are.
    FigureUnit {
        /// US dollars of consumption or revenue.
        Usd = "usd",
        /// The monthly consumption value of Business Applications, in US dollars.
        Mcv = "mcv",
        /// Paid seats.
        Seats = "seats",
        /// Active users.
        Users = "users",
    }
}

impl Moves {
    /// Whether nothing is told.
    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.figures.is_empty() && self.units.is_empty()
    }
}

impl UnitMove {
    /// The months of its figures before and behind; without one the month that is read.
    #[must_use]
    pub fn figure_months(&self) -> [Month; 2] {
        let month = |(month, unit): &(Month, Option<Unit>)| unit.as_ref().and_then(|unit| unit.month).unwrap_or(*month);
        [&self.from, &self.to].map(month)
    }

    /// The bound that decides about the unit now and did not before, or the other way round, if it is a bound that does.
    #[must_use]
    pub fn crossed(&self) -> Option<CrossedBound> {
        let failed = |unit: &Option<Unit>| unit.as_ref().and_then(|unit| unit.judged?.failed);
        // What has no figure to be judged has less than the least.
        let lowest = |unit: &Option<Unit>| unit.as_ref().and_then(|unit| unit.judged?.bounds.lowest());
        let has_none = |unit: &Option<Unit>| unit.as_ref().is_none_or(|unit| unit.judged.is_none());
        let ((_, from), (_, to)) = (&self.from, &self.to);
        let ((name, value), is_held) = match (counts(from.as_ref()), counts(to.as_ref())) {
            (true, false) => (failed(to).or_else(|| lowest(from).filter(|_| has_none(to)))?, false),
            (false, true) => (failed(from).or_else(|| lowest(to).filter(|_| has_none(from)))?, true),
            (true, true) | (false, false) => return None,
        };
        Some(CrossedBound { name, value, is_held })
    }
}

/// Whether a unit counts.
fn counts(unit: Option<&Unit>) -> bool {
    unit.is_some_and(|unit| unit.missed.is_none())
}

/// The steps of a way that change points, and of which of them the units are told.
#[derive(Debug, Default)]
pub(super) struct Retelling {
    /// The number of steps taken.
    steps: usize,
    /// The steps that changed the points of areas, with the most points by which a metric changed.
    turns: BTreeMap<(usize, Area), BigRational>,
    /// The steps of which the units are told.
    asked: BTreeMap<usize, BTreeSet<Area>>,
    /// The scores before the next step, with their units, of the areas of which they are told.
    before: BTreeMap<Area, AreaScore>,
    /// Those behind it.
    after: BTreeMap<Area, AreaScore>,
}

impl Retelling {
    /// Tells of the steps that changed points when the same way was gone before; of those that changed them most, where
    /// there are many.
    pub(super) fn of(gone: Self) -> Self {
        let mut turns: Vec<_> = gone.turns.into_iter().map(|(turn, points)| (Reverse(points), turn)).collect();
        turns.sort();
        let mut asked: BTreeMap<usize, BTreeSet<Area>> = BTreeMap::new();
        for (_, (step, area)) in turns.into_iter().take(MOST_TOLD) {
            asked.entry(step).or_default().insert(area);
        }
        Self { asked, ..Self::default() }
    }

    /// Whether the units of the next step are told.
    pub(super) fn is_asked(&self) -> bool {
        self.asked.contains_key(&self.steps)
    }

    /// Looks at the place that the next step leaves.
    pub(super) fn leave(&mut self, place: Waypoint<'_>, question: Question) {
        let areas = self.asked.get(&self.steps).into_iter().flatten();
        self.before = areas.map(|area| (*area, explained(place, *area, question))).collect();
    }

    /// Takes in that the next step was taken.
    pub(super) fn arrive(&mut self) {
        self.steps += 1;
        self.after.clear();
    }

    /// What moved the points of a metric in the next step, which leads to a place.
    pub(super) fn moves(
        &mut self,
        place: Waypoint<'_>,
        question: Question,
        (area, metric, change): (Area, Metric, &BigRational),
        figures: &[FigureMove],
    ) -> Moves {
        let most = self.turns.entry((self.steps, area)).or_default();
        *most = change.abs().max(std::mem::take(most));
        let Some(before) = self.before.get(&area) else { return Moves::default() };
        let after = self.after.entry(area).or_insert_with(|| explained(place, area, question));
        let is_read = |figure: &&FigureMove| {
            let (rulebook, day) = (place.rulebook, place.standpoint.rules_on);
            let reads = Family::of(area).reads(metric, figure.metric);
            reads && reads_product(rulebook, (area, metric), day, figure.product.as_str())
        };
        Moves { figures: figures.iter().filter(is_read).cloned().collect(), units: units(before, after, metric) }
    }
}

/// A score with its units.
fn explained(place: Waypoint<'_>, area: Area, question: Question) -> AreaScore {
    let Waypoint { history, rulebook, standpoint } = place;
    score_from(history, rulebook, area, Question { explain: true, ..question }, standpoint)
}

/// The units of a metric that count otherwise in one score than in another.
fn units(before: &AreaScore, after: &AreaScore, metric: Metric) -> Vec<UnitMove> {
    let month = |score: &AreaScore, at| match at {
        At::Now => score.measured_month,
        At::Then => score.compared_month,
    };
    let mut units: BTreeMap<(At, UnitSubject), [Option<&Unit>; 2]> = BTreeMap::new();
    for (nth, score) in [before, after].into_iter().enumerate() {
        for unit in metric_of(score, metric).into_iter().flat_map(|metric| &metric.because) {
            let sides = units.entry((unit.at, folded(&unit.subject))).or_default();
            if let Some(side) = sides.get_mut(nth) {
                *side = Some(unit);
            }
        }
    }
    let moved = units.into_iter().filter_map(|((at, subject), [from, to])| {
        let by = weight(metric, to) - weight(metric, from);
        let subject = to.or(from).map_or(subject, |unit| unit.subject.clone());
        let measured_in = measured_in(after.area, metric, &subject);
        let months = summed_months(after.area, metric, measured_in);
        let (from, to) = ((month(before, at), from.cloned()), (month(after, at), to.cloned()));
        (!by.is_zero()).then_some((Reverse(by.abs()), UnitMove { at, subject, measured_in, months, from, to }))
    });
    let mut moved: Vec<_> = moved.collect();
    moved.sort_by(|(one, _), (other, _)| one.cmp(other));
    moved.into_iter().map(|(_, unit)| unit).collect()
}

/// A metric of a score.
fn metric_of(score: &AreaScore, metric: Metric) -> Option<&MetricScore> {
    score.score.metrics.iter().find(|of| of.metric == metric)
}

/// What a unit adds to a metric: growth adds up amounts, every other metric counts.
fn weight(metric: Metric, unit: Option<&Unit>) -> BigInt {
    match unit.filter(|unit| counts(Some(unit))) {
        None => BigInt::zero(),
        Some(unit) if metric == Metric::UsageGrowth => unit.weight.amount.clone().unwrap_or_default(),
        Some(_) => BigInt::from(1),
    }
}

/// A unit by what it is, whatever its product was called.
fn folded(subject: &UnitSubject) -> UnitSubject {
    let mut subject = subject.clone();
    match &mut subject {
        UnitSubject::Pair { product, .. } | UnitSubject::Product { product } => *product = identity::product(product),
        UnitSubject::Customer { .. } | UnitSubject::Person { .. } => {}
    }
    subject
}

/// In what the figures of a metric's units are.
fn measured_in(area: Area, metric: Metric, subject: &UnitSubject) -> Option<FigureUnit> {
    let part = match subject {
        UnitSubject::Customer { part, .. } | UnitSubject::Pair { part, .. } => part.as_deref(),
        UnitSubject::Product { .. } | UnitSubject::Person { .. } => None,
    };
    match (Family::of(area), metric) {
        (_, Metric::Intermediate | Metric::Advanced) => None,
        (Family::BusinessApplications, Metric::UsageGrowth | Metric::Deployments) => Some(FigureUnit::Mcv),
        (Family::Azure, _) | (Family::BusinessApplications, Metric::NetCustomerAdds) => Some(FigureUnit::Usd),
        (Family::Security, _) if part == Some(Part::Azure.name()) => Some(FigureUnit::Usd),
        (Family::ModernWork | Family::Security, Metric::UsageGrowth) => Some(FigureUnit::Users),
        (Family::ModernWork | Family::Security, Metric::NetCustomerAdds | Metric::Deployments) => {
            Some(FigureUnit::Seats)
        }
    }
}

/// The months that the figures of a metric's units add up.
fn summed_months(area: Area, metric: Metric, measured_in: Option<FigureUnit>) -> u32 {
    match (Family::of(area), metric) {
        (Family::Azure, Metric::UsageGrowth | Metric::Deployments) => 12,
        (Family::Security, _) if measured_in == Some(FigureUnit::Usd) => 12,
        (Family::Azure | Family::BusinessApplications | Family::ModernWork | Family::Security, _) => 1,
    }
}

/// Figures as they are known at some time, by what they are of.
pub(super) type KnownFigures = BTreeMap<(Month, UsageMetric, FigureKey), Option<(Name, Amount)>>;

/// The figures that facts are about, as they are known.
pub(super) fn figures(history: &History, facts: &[&Entry]) -> KnownFigures {
    let of = |entry: &&Entry| {
        let (Fact::UsageReported(usage), When::In(month)) = (&entry.event.fact, entry.event.when) else { return None };
        Some(((month, usage.metric, FigureKey::of(usage)), None))
    };
    let mut known: KnownFigures = facts.iter().filter_map(of).collect();
    // The reports of a customer are read once, however many of them are asked for.
    let customers: BTreeSet<(Month, UsageMetric, CustomerId)> =
        known.keys().map(|(month, metric, key)| (*month, *metric, key.customer)).collect();
    for (month, metric, customer) in customers {
        for report in history.reports_of(metric, month, customer) {
            let (product, subscription) = (report.folded_product.to_owned(), report.subscription.cloned());
            if let Some(figure) = known.get_mut(&(month, metric, FigureKey { customer, product, subscription })) {
                *figure = Some((report.product.clone(), report.value));
            }
        }
    }
    known
}

/// The figures that became others.
pub(super) fn moved(before: &KnownFigures, after: KnownFigures) -> Vec<FigureMove> {
    let moved = after.into_iter().filter_map(|((month, metric, key), to)| {
        let from = before.get(&(month, metric, key.clone())).cloned().flatten();
        let product = to.as_ref().or(from.as_ref())?.0.clone();
        let [from, to] = [from, to].map(|known| known.map(|(_, value)| value));
        let FigureKey { customer, subscription, .. } = key;
        (from != to).then_some(FigureMove { month, metric, customer, product, subscription, from, to })
    });
    moved.collect()
}
