//! How the metrics of the areas are computed (scoring specification, section 6).

pub(crate) mod azure;
pub(crate) mod business_applications;
pub(crate) mod credit;
pub(crate) mod credit_times;
pub(crate) mod holders;
mod modern_work;
mod seats;
mod security;
pub(crate) mod skilling;

use ledger::{CustomerId, Month, UsageMetric};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use crate::points::{Points, decimal};
use crate::question::Unmeasured;
use crate::rulebook::{AssociationList, Metric, Part, Rule, each_rule};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, MetricScore, Unit, UnitSubject};
use crate::tally::unit;

/// A rule that can be computed.
trait Compute {
    /// What the metric comes to; none where the rulebook lacks the products that it needs.
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome>;
}

/// What a metric comes to.
struct MetricOutcome {
    points: Points,
    measure: Measure,
    notes: Vec<&'static str>,
    because: Vec<Unit>,
}

/// The score of a metric of usage.
pub(crate) fn score(scene: &Scene<'_>, metric: Metric, rule: &Rule) -> Option<MetricScore> {
    macro_rules! outcome {
        ($($variant:ident($type:path) = $family:ident.$metric:ident,)+) => {
            match rule {
                $(Rule::$variant(rule) => rule.outcome(scene, metric),)+
            }
        };
    }
    let MetricOutcome { points, measure, notes, mut because } = each_rule!(outcome)?;
    because.sort();
    Some(MetricScore { metric, points, max: rule.max(), measure, notes, because })
}

/// What a metric that counts units counted.
#[derive(Default)]
struct Net {
    now: usize,
    then: Option<usize>,
    unmeasured: usize,
    option: Option<String>,
    because: Vec<Unit>,
}

impl Net {
    /// Counts the units of the measured month and of the compared one.
    fn compare(scene: &Scene<'_>, mut count: impl FnMut(Side, &mut Self) -> usize) -> Self {
        let mut net = Self::default();
        let [now, then] = Side::each(scene, |side| count(side, &mut net));
        Self { now, then: Some(then), ..net }
    }

    /// How many of the customers count that have an association of a list and lack the figures of so many months.
    fn unmeasured(
        &mut self,
        scene: &Scene<'_>,
        side: Side,
        list: &AssociationList,
        (figure, months): (UsageMetric, u32),
        part: Option<Part>,
    ) -> usize {
        let customers = scene.unmeasured(list, figure, side.month, months);
        let count = scene.question.unmeasured == Unmeasured::Include;
        self.unmeasured += if side.at == At::Now { customers.len() } else { 0 };
        self.because.extend(customers.iter().map(|(customer, entries)| {
            let missed = (!count).then(|| "no figure was reported for the customer".to_owned());
            unit(side.at, customer_of(*customer, part), missed, None, entries.clone())
        }));
        if count { customers.len() } else { 0 }
    }

    /// The points of the net units as a share of a threshold.
    fn outcome(self, max: u32, threshold: u32) -> MetricOutcome {
        let (now, then) = (count(self.now), self.then.map(count));
        let net = now - then.unwrap_or(0);
        MetricOutcome {
            points: Points::share(max, &BigRational::from_integer(net.into()), threshold),
            measure: Measure::Net { now, then, net, option: self.option, unmeasured: count(self.unmeasured) },
            notes: vec![],
            because: self.because,
        }
    }
}

/// The measured month or the compared one.
#[derive(Clone, Copy)]
struct Side {
    at: At,
    month: Month,
}

impl Side {
    /// What is found at the measured month and at the compared one.
    fn each<T>(scene: &Scene<'_>, mut find: impl FnMut(Self) -> T) -> [T; 2] {
        [(At::Now, scene.measured), (At::Then, scene.compared)].map(|(at, month)| find(Self { at, month }))
    }
}

/// A customer as a unit.
fn customer_of(customer: CustomerId, part: Option<Part>) -> UnitSubject {
    UnitSubject::Customer { customer, part: part.map(|part| part.name().to_owned()) }
}

/// A product of a customer as a unit.
fn pair_of(customer: CustomerId, product: String, part: Option<&str>) -> UnitSubject {
    UnitSubject::Pair { customer, product, part: part.map(str::to_owned) }
}

/// Growth in percent: `now` and `then` are in units of `10^-places`.
fn percent_growth(
    [now, then]: [&BigInt; 2],
    places: usize,
    minimum_is_met: bool,
    (max, threshold): (u32, u32),
    because: Vec<Unit>,
) -> MetricOutcome {
    let percent = then.is_positive().then(|| BigRational::new((now - then) * 100, then.clone()));
    let (points, notes) = match &percent {
        None => (Points::zero(), vec!["no_baseline"]),
        Some(_) if !minimum_is_met => (Points::zero(), vec!["below_minimum"]),
        Some(percent) => (Points::share(max, percent, threshold), vec![]),
    };
    let measure = Measure::Percent { now: decimal(now, places), then: decimal(then, places), percent };
    MetricOutcome { points, measure, notes, because }
}

fn count(number: usize) -> i64 {
    i64::try_from(number).expect("a partner has fewer units than 2^63")
}
