//! How the metrics of the areas are computed (scoring specification, section 6).

pub(crate) mod azure;
pub(crate) mod business_applications;
pub(crate) mod credit;
pub(crate) mod credit_times;
pub(crate) mod holders;
mod modern_work;
pub(crate) mod near;
mod seats;
mod security;
pub(crate) mod skilling;
pub(crate) mod supply;
pub(crate) mod turned;
pub(crate) mod way;

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive, Zero};

use crate::points::{Points, decimal};
use crate::question::Unmeasured;
use crate::rulebook::{AssociationList, Metric, Part, Rule, each_rule};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, MetricScore, Unit, UnitSubject};
use crate::tally::unit;
use near::Near;
use supply::Supply;
use way::{ChangeUnit, Way};

/// A rule that can be computed: what it adds up over customers, and the points that this gives.
trait Compute {
    /// What is added up, with the units behind it; none where the rulebook lacks the products that it needs.
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums>;

    /// The ways in which that gives points: the best is the answer, of equal ones the first.
    fn ways(&self, sums: &Sums) -> Vec<Way>;

    /// What was counted, by the best of the ways: units, unless the rule says otherwise.
    fn measure(&self, sums: &Sums, best: Option<&Way>) -> Measure {
        let option = best.and_then(|best| best.option.clone());
        let [now, then] = sums.get(option.as_deref().unwrap_or_default()).map(|units| count_of(&units));
        Measure::Net { now, then: Some(then), net: now - then, option, unmeasured: count(sums.unmeasured) }
    }

    /// Adds the events that supply an amount to one of the ways; none where no event can.
    fn supply(&self, scene: &Scene<'_>, metric: Metric, addition: &Addition<'_>, supply: &mut Supply<'_>)
    -> Option<()>;

    /// The units that could count at the measured month and do not.
    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near>;
}

/// An amount that is added to a metric.
pub(crate) struct Addition<'a> {
    pub(crate) unit: ChangeUnit,
    /// The option, where the rule has several.
    pub(crate) option: Option<&'a str>,
    /// In the least amounts of the unit.
    pub(crate) grains: &'a BigInt,
}

impl Addition<'_> {
    /// The number of units that are counted.
    fn count(&self) -> usize {
        self.grains.to_usize().unwrap_or(usize::MAX)
    }

    /// The amount in millionths.
    fn micros(&self) -> BigInt {
        self.grains * (Amount::MICROS / i128::from(self.unit.grains()))
    }
}

/// What a metric adds up over customers, at the measured month and at the compared one, by the name of what it is: an
/// option, a part or a product. So what is without a customer is less what that customer alone comes to.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Sums {
    by_name: BTreeMap<String, [BigInt; 2]>,
    /// Units that could not be measured at the measured month.
    unmeasured: usize,
}

impl Sums {
    /// Sums of one thing that has no name.
    fn of(sums: [impl Into<BigInt>; 2]) -> Self {
        Self::named([(String::new(), sums)])
    }

    fn named(sums: impl IntoIterator<Item = (String, [impl Into<BigInt>; 2])>) -> Self {
        let by_name = sums.into_iter().map(|(name, sums)| (name, sums.map(Into::into))).collect();
        Self { by_name, unmeasured: 0 }
    }

    /// What is added up under a name.
    fn get(&self, name: &str) -> [BigInt; 2] {
        self.by_name.get(name).cloned().unwrap_or_default()
    }

    /// The growth of what is added up under a name.
    fn net(&self, name: &str) -> BigInt {
        let [now, then] = self.get(name);
        now - then
    }

    /// Whether growth in percent has something to grow from.
    pub(crate) fn has_baseline(&self) -> bool {
        let [_, then] = self.get("");
        then.is_positive()
    }

    /// These sums with one share of them in place of another.
    pub(crate) fn with(&self, share: &Self, in_place_of: &Self) -> Self {
        let mut sums = self.clone();
        for (name, [now, then]) in &share.by_name {
            let sum = sums.by_name.entry(name.clone()).or_default();
            sum[0] += now;
            sum[1] += then;
        }
        for (name, [now, then]) in &in_place_of.by_name {
            let sum = sums.by_name.entry(name.clone()).or_default();
            sum[0] -= now;
            sum[1] -= then;
        }
        sums.unmeasured = (sums.unmeasured + share.unmeasured).saturating_sub(in_place_of.unmeasured);
        sums
    }
}

/// The rule, as what can be computed.
fn computed(rule: &Rule) -> &dyn Compute {
    macro_rules! rules {
        ($($variant:ident($type:path) = $family:ident.$metric:ident,)+) => {
            match rule {
                $(Rule::$variant(rule) => rule,)+
            }
        };
    }
    each_rule!(rules)
}

/// The score of a metric of usage.
pub(crate) fn score(scene: &Scene<'_>, metric: Metric, rule: &Rule) -> Option<MetricScore> {
    let mut because = Vec::new();
    let sums = computed(rule).sums(scene, metric, &mut because)?;
    Some(score_of(metric, rule, &sums, because))
}

/// What a metric of usage adds up over customers.
pub(crate) fn sums(scene: &Scene<'_>, metric: Metric, rule: &Rule) -> Option<Sums> {
    computed(rule).sums(scene, metric, &mut Vec::new())
}

/// The ways in which sums give points.
pub(crate) fn ways(rule: &Rule, sums: &Sums) -> Vec<Way> {
    computed(rule).ways(sums)
}

/// The units that could count in a metric at the measured month and do not.
pub(crate) fn near(scene: &Scene<'_>, metric: Metric, rule: &Rule) -> Vec<Near> {
    computed(rule).near(scene, metric)
}

/// Adds the events that supply an amount to a metric; none where no event can.
pub(crate) fn supply(
    scene: &Scene<'_>,
    (metric, rule): (Metric, &Rule),
    addition: &Addition<'_>,
    supply: &mut Supply<'_>,
) -> Option<()> {
    computed(rule).supply(scene, metric, addition, supply)
}

/// The score that sums give, with the units behind them.
pub(crate) fn score_of(metric: Metric, rule: &Rule, sums: &Sums, mut because: Vec<Unit>) -> MetricScore {
    let ways = ways(rule, sums);
    let points = |way: &Way| way.points(&BigInt::zero());
    let best = ways.iter().rev().max_by_key(|way| points(way));
    if let Some(winner) = best.and_then(|best| best.option.as_deref()) {
        modern_work::settle(winner, &mut because);
    }
    because.sort();
    MetricScore {
        metric,
        points: best.map_or_else(Points::zero, points),
        max: rule.max(),
        measure: computed(rule).measure(sums, best),
        notes: best.and_then(Way::note).into_iter().collect(),
        because,
    }
}

/// The one way of a metric that counts units.
fn counted(unit: ChangeUnit, sums: &Sums, sides: (u32, u32)) -> Vec<Way> {
    vec![Way::counting(unit, BigRational::from_integer(sums.net("")), sides)]
}

/// Growth in percent, of sums in units of `10^-places`.
fn percent(sums: &Sums, places: usize) -> Measure {
    let [now, then] = sums.get("");
    let percent = then.is_positive().then(|| BigRational::new((&now - &then) * 100, then.clone()));
    Measure::Percent { now: decimal(&now, places), then: decimal(&then, places), percent }
}

/// How many of the customers count that have an association of a list and lack the figures of so many months; adds
/// those that could not be measured at the measured month.
fn unmeasured(
    scene: &Scene<'_>,
    side: Side,
    list: &AssociationList,
    (figure, months): (UsageMetric, u32),
    part: Option<Part>,
    (unmeasured, because): (&mut usize, &mut Vec<Unit>),
) -> usize {
    let count = scene.question.unmeasured == Unmeasured::Include;
    if side.at != At::Now && !count && !scene.question.explain {
        return 0;
    }
    let customers = if scene.question.explain {
        let customers = scene.unmeasured(list, figure, side.month, months);
        because.extend(customers.iter().map(|(customer, entries)| {
            let missed = (!count).then(|| "no figure was reported for the customer".to_owned());
            unit(side.at, customer_of(*customer, part), missed, None, entries.clone())
        }));
        customers.len()
    } else {
        scene.count_unmeasured(list, figure, side.month, months)
    };
    *unmeasured += if side.at == At::Now { customers } else { 0 };
    if count { customers } else { 0 }
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

fn count(number: usize) -> i64 {
    i64::try_from(number).expect("a partner has fewer units than 2^63")
}

fn count_of(units: &BigInt) -> i64 {
    i64::try_from(units).expect("a partner has fewer units than 2^63")
}
