//! Modern Work.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{CustomerId, Month, UsageMetric};

use super::azure::include_unmeasured;
use super::seats::{Pair, SeatReading, SeatRule};
use super::{Net, growth, share_of_amount};
use crate::rulebook::{
    AssociationOption, Metric, ModernWorkDeployments, ModernWorkNetCustomerAdds, ModernWorkUsageGrowth,
};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, MetricScore, Subject, Unit};
use crate::tally::amount;

/// Customers with a workload of enough paid seats.
pub(crate) fn net_customer_adds(scene: &Scene<'_>, rule: &ModernWorkNetCustomerAdds) -> Option<MetricScore> {
    let products = scene.products(Metric::NetCustomerAdds, None)?;
    let reading = SeatReading::new(
        scene,
        SeatRule {
            products,
            list: &rule.associations,
            seats: rule.seats,
            promoted_tenant_stays: rule.promoted_tenant_stays,
            active_share_min: None,
        },
    );
    let mut because = Vec::new();
    let mut side = |at, month| {
        let units = reading.units(month);
        reading.explain(at, month, None, &mut because);
        let unmeasured = scene.unmeasured(&rule.associations, UsageMetric::PaidSeats, month, 1);
        (units.len() + include_unmeasured(scene, at, None, &unmeasured, &mut because), unmeasured.len())
    };
    let (now, unmeasured) = side(At::Now, scene.measured);
    let (then, _) = side(At::Then, scene.compared);
    Some(Net { now, then: Some(then), unmeasured, option: None, because }.adds(rule.max, rule.threshold))
}

/// Growth of active users, by the better of the options.
pub(crate) fn usage_growth(scene: &Scene<'_>, rule: &ModernWorkUsageGrowth) -> Option<MetricScore> {
    let products = scene.products(Metric::UsageGrowth, None)?;
    let scores = rule.options.iter().map(|option| {
        let list = option.list();
        let reading = SeatReading::new(
            scene,
            SeatRule {
                products,
                list: &list,
                seats: rule.seats,
                promoted_tenant_stays: rule.promoted_tenant_stays,
                active_share_min: None,
            },
        );
        option_growth(scene, rule.max, option, &reading)
    });
    best(&rule.options, scores)
}

fn option_growth(scene: &Scene<'_>, max: u32, option: &AssociationOption, reading: &SeatReading<'_>) -> MetricScore {
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
        reading.explain_users((At::Now, scene.measured), name, &BTreeMap::new(), &mut because);
        reading.explain_users((At::Then, scene.compared), name, &firsts, &mut because);
        because.extend(
            firsts.iter().map(|((customer, product), pair)| pair.users_unit(At::Then, *customer, product, name)),
        );
    }
    let measure = Measure::Difference {
        now: amount(now),
        then: amount(then),
        net: amount(now - then),
        option: option.association.clone(),
    };
    growth(share_of_amount(max, now - then, option.threshold), max, measure, vec![], because)
}

/// Customers that use enough of their seats, by the better of the options.
pub(crate) fn deployments(scene: &Scene<'_>, rule: &ModernWorkDeployments) -> Option<MetricScore> {
    let products = scene.products(Metric::Deployments, None)?;
    let scores = rule.options.iter().map(|option| {
        let list = option.list();
        let reading = SeatReading::new(
            scene,
            SeatRule {
                products,
                list: &list,
                seats: rule.seats,
                promoted_tenant_stays: rule.promoted_tenant_stays,
                active_share_min: Some(rule.active_share_min),
            },
        );
        let mut because = Vec::new();
        let name = Some(option.association.as_str());
        reading.explain(At::Now, scene.measured, name, &mut because);
        reading.explain(At::Then, scene.compared, name, &mut because);
        let units = reading.units(scene.measured);
        let (active_when_claimed, now): (BTreeSet<_>, BTreeSet<_>) =
            units.into_iter().partition(|customer| was_unit_when_claimed(scene, &reading, *customer));
        for unit in because.iter_mut().filter(|unit| unit.at == At::Now && unit.missed.is_none()) {
            if matches!(&unit.subject, Subject::Pair { customer, .. } if active_when_claimed.contains(customer)) {
                unit.missed = Some("it was active enough already in the first month of the association".into());
            }
        }
        let then = Some(reading.units(scene.compared).len());
        Net { now: now.len(), then, unmeasured: 0, option: Some(option.association.clone()), because }
            .deployments(rule.max, option.threshold)
    });
    best(&rule.options, scores)
}

/// Whether the first month in which the customer was ever covered lies after the compared one, and the customer was
/// such a unit in that month already.
fn was_unit_when_claimed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> bool {
    let mut months = scene.history.months(UsageMetric::PaidSeats);
    let first: Option<Month> = months.find(|month| reading.is_covered(customer, *month));
    first.is_some_and(|first| first > scene.compared && reading.is_unit(customer, first))
}

/// The option with the most points; of equal ones the first.
///
/// What counts by it is shown, and what nearly counts by any option: an option without points may have come closest.
fn best(options: &[AssociationOption], scores: impl Iterator<Item = MetricScore>) -> Option<MetricScore> {
    let mut scores: Vec<(&str, MetricScore)> =
        options.iter().map(|option| option.association.as_str()).zip(scores).collect();
    let place = (0..scores.len()).rev().max_by_key(|place| scores.get(*place).map(|(_, score)| &score.points))?;
    let (winner, mut best) = scores.remove(place);
    let counted: BTreeSet<_> = best.because.iter().filter(|unit| unit.missed.is_none()).map(pair_of).collect();
    let mut others: Vec<Unit> = Vec::new();
    for (name, score) in scores {
        others.extend(score.because.into_iter().filter(|unit| !counted.contains(&pair_of(unit))).map(|mut unit| {
            unit.missed.get_or_insert_with(|| format!("it counts by {name}, and the answer is by {winner}"));
            unit
        }));
    }
    best.because.extend(others);
    best.because.sort();
    Some(best)
}

/// A unit whatever the option.
fn pair_of(unit: &Unit) -> (At, Subject) {
    match &unit.subject {
        Subject::Pair { customer, product, .. } => {
            (unit.at, Subject::Pair { customer: *customer, product: product.clone(), part: None })
        }
        other @ (Subject::Customer { .. } | Subject::Product { .. } | Subject::Person { .. }) => {
            (unit.at, other.clone())
        }
    }
}
