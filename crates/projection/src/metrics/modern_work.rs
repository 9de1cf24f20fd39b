//! Modern Work.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_rational::BigRational;

use super::seats::{Pair, SeatReading};
use super::{Compute, MetricOutcome, Net, Side, pair_of};
use crate::points::Points;
use crate::rulebook::modern_work::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{AssociationOption, Metric};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, Unit, UnitSubject};
use crate::tally::amount;

/// Customers with a workload of enough paid seats.
impl Compute for NetCustomerAdds {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let reading = SeatReading::new(scene, scene.products(metric, None)?, &self.associations, &self.band);
        let net = Net::compare(scene, |side, net| {
            reading.explain(side, None, &mut net.because);
            reading.units(side.month).len()
                + net.unmeasured(scene, side, &self.associations, (UsageMetric::PaidSeats, 1), None)
        });
        Some(net.outcome(self.max, self.threshold))
    }
}

/// Growth of active users, by the better of the options.
impl Compute for UsageGrowth {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let products = scene.products(metric, None)?;
        best(&self.options, |option| {
            let list = option.list();
            option_growth(scene, self.max, option, &SeatReading::new(scene, products, &list, &self.band))
        })
    }
}

fn option_growth(scene: &Scene<'_>, max: u32, option: &AssociationOption, reading: &SeatReading<'_>) -> MetricOutcome {
    let current = reading.covered_users(scene.measured);
    // What was not covered a year before begins with its first covered month.
    let firsts = current
        .keys()
        .filter_map(|&(customer, product)| Some(((customer, product), reading.first_covered(customer, product)?)));
    let firsts: BTreeMap<(CustomerId, &str), Pair> = firsts.collect();
    let now: i128 = current.values().sum();
    let then =
        reading.covered_users(scene.compared).values().sum::<i128>() + firsts.values().map(Pair::users).sum::<i128>();
    let mut because = Vec::new();
    if scene.question.explain {
        let name = option.association.as_str();
        Side::each(scene, |side| {
            let elsewhere = if side.at == At::Then { &firsts } else { &BTreeMap::new() };
            reading.explain_users(side, name, elsewhere, &mut because);
        });
        because.extend(
            firsts.iter().map(|((customer, product), pair)| pair.users_unit(At::Then, *customer, product, name, &[])),
        );
    }
    let measure = Measure::Difference {
        now: amount(now),
        then: amount(then),
        net: amount(now - then),
        option: option.association.clone(),
    };
    let net = BigRational::new((now - then).into(), Amount::MICROS.into());
    MetricOutcome { points: Points::share(max, &net, option.threshold), measure, notes: vec![], because }
}

/// Customers that use enough of their seats, by the better of the options.
impl Compute for Deployments {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let products = scene.products(metric, None)?;
        best(&self.options, |option| {
            let list = option.list();
            let reading = SeatReading::new(scene, products, &list, &self.band);
            let mut because = Vec::new();
            let [units, before] = Side::each(scene, |side| {
                reading.explain(side, Some(&option.association), &mut because);
                reading.units(side.month)
            });
            let (active_when_claimed, now): (BTreeSet<_>, BTreeSet<_>) =
                units.into_iter().partition(|customer| was_unit_when_claimed(scene, &reading, *customer));
            for unit in because.iter_mut().filter(|unit| unit.at == At::Now && unit.missed.is_none()) {
                if matches!(&unit.subject, UnitSubject::Pair { customer, .. } if active_when_claimed.contains(customer))
                {
                    unit.missed = Some("it was active enough already in the first month of the association".into());
                }
            }
            let option_name = Some(option.association.clone());
            Net { now: now.len(), then: Some(before.len()), unmeasured: 0, option: option_name, because }
                .outcome(self.max, option.threshold)
        })
    }
}

/// Whether the first month in which the customer was ever covered lies after the compared one, and the customer was
/// such a unit in that month already.
fn was_unit_when_claimed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> bool {
    let mut months = scene.history.months(UsageMetric::PaidSeats, scene.measured);
    let first: Option<Month> = months.find(|month| reading.is_covered(customer, *month));
    first.is_some_and(|first| first > scene.compared && reading.is_unit(customer, first))
}

/// What the option with the most points comes to; of equal ones the first.
///
/// What counts by it is shown, and what nearly counts by any option: an option without points may have come closest.
fn best(options: &[AssociationOption], outcome: impl Fn(&AssociationOption) -> MetricOutcome) -> Option<MetricOutcome> {
    let mut outcomes: Vec<(&str, MetricOutcome)> =
        options.iter().map(|option| (option.association.as_str(), outcome(option))).collect();
    let place = (0..outcomes.len()).rev().max_by_key(|place| outcomes.get(*place).map(|(_, one)| &one.points))?;
    let (winner, mut best) = outcomes.remove(place);
    let counted: BTreeSet<_> = best.because.iter().filter(|unit| unit.missed.is_none()).map(whatever_option).collect();
    for (name, other) in outcomes {
        let missed = other.because.into_iter().filter(|unit| !counted.contains(&whatever_option(unit)));
        best.because.extend(missed.map(|mut unit| {
            unit.missed.get_or_insert_with(|| format!("it counts by {name}, and the answer is by {winner}"));
            unit
        }));
    }
    Some(best)
}

/// A unit whatever the option.
fn whatever_option(unit: &Unit) -> (At, UnitSubject) {
    match &unit.subject {
        UnitSubject::Pair { customer, product, .. } => (unit.at, pair_of(*customer, product.clone(), None)),
        other @ (UnitSubject::Customer { .. } | UnitSubject::Product { .. } | UnitSubject::Person { .. }) => {
            (unit.at, other.clone())
        }
    }
}
