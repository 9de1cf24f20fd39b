//! The metrics of the areas (scoring specification, section 6).

pub(crate) mod azure;
pub(crate) mod business_applications;
pub(crate) mod certified;
pub(crate) mod modern_work;
pub(crate) mod seats;
pub(crate) mod security;
pub(crate) mod skilling;

use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use crate::points::{Points, decimal};
use crate::rulebook::SkillMetric;
use crate::score::answer::{Measure, MetricScore, Unit};

pub(crate) const NET_CUSTOMER_ADDS: &str = "net_customer_adds";
pub(crate) const USAGE_GROWTH: &str = "usage_growth";
pub(crate) const DEPLOYMENTS: &str = "deployments";
/// The metrics in the order of an answer.
pub(crate) const NAMES: [&str; 5] =
    [NET_CUSTOMER_ADDS, SkillMetric::Intermediate.name(), SkillMetric::Advanced.name(), USAGE_GROWTH, DEPLOYMENTS];
const PERFORMANCE: &str = "performance";
const CUSTOMER_SUCCESS: &str = "customer_success";

/// What a net metric counted.
pub(crate) struct Net {
    pub(crate) now: usize,
    pub(crate) then: Option<usize>,
    pub(crate) unmeasured: usize,
    pub(crate) option: Option<String>,
    pub(crate) because: Vec<Unit>,
}

impl Net {
    pub(crate) fn adds(self, max: u32, threshold: u32) -> MetricScore {
        self.score(NET_CUSTOMER_ADDS, PERFORMANCE, max, threshold)
    }

    pub(crate) fn deployments(self, max: u32, threshold: u32) -> MetricScore {
        self.score(DEPLOYMENTS, CUSTOMER_SUCCESS, max, threshold)
    }

    fn score(self, metric: &'static str, category: &'static str, max: u32, threshold: u32) -> MetricScore {
        let now = count(self.now);
        let then = self.then.map(count);
        let net = now - then.unwrap_or(0);
        MetricScore {
            metric,
            category,
            points: Points::share(max, &BigRational::from_integer(net.into()), threshold),
            max,
            measure: Measure::Net { now, then, net, option: self.option, unmeasured: count(self.unmeasured) },
            notes: vec![],
            because: in_order(self.because),
        }
    }
}

/// A metric of usage growth.
pub(crate) fn growth(
    points: Points,
    max: u32,
    measure: Measure,
    notes: Vec<&'static str>,
    because: Vec<Unit>,
) -> MetricScore {
    let because = in_order(because);
    MetricScore { metric: USAGE_GROWTH, category: CUSTOMER_SUCCESS, points, max, measure, notes, because }
}

/// Growth in percent: `now` and `then` are in units of `10^-places`.
pub(crate) fn percent_growth(
    now: &BigInt,
    then: &BigInt,
    places: usize,
    minimum_is_met: bool,
    (max, threshold): (u32, u32),
    because: Vec<Unit>,
) -> MetricScore {
    let measure = |percent| Measure::Percent { now: decimal(now, places), then: decimal(then, places), percent };
    if !then.is_positive() {
        return growth(Points::zero(), max, measure(None), vec!["no_baseline"], because);
    }
    let percent = BigRational::new((now - then) * 100, then.clone());
    if !minimum_is_met {
        return growth(Points::zero(), max, measure(Some(percent)), vec!["below_minimum"], because);
    }
    let points = Points::share(max, &percent, threshold);
    growth(points, max, measure(Some(percent)), vec![], because)
}

/// The points of a threshold that is reached by an amount in millionths.
pub(crate) fn share_of_amount(max: u32, micros: i128, threshold: u32) -> Points {
    if micros.is_zero() {
        return Points::zero();
    }
    Points::share(max, &BigRational::new(micros.into(), ledger::Amount::MICROS.into()), threshold)
}

pub(crate) fn count(number: usize) -> i64 {
    i64::try_from(number).expect("a partner has fewer units than 2^63")
}

fn in_order(mut because: Vec<Unit>) -> Vec<Unit> {
    because.sort();
    because
}
