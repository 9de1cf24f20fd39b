//! Modern Work.

use std::collections::BTreeSet;

use ledger::{CustomerId, Month, UsageMetric};

use super::azure::include_unmeasured;
use super::seats::{SeatReading, SeatRule};
use super::{Net, growth, share_of_amount};
use crate::points::Points;
use crate::rulebook::{
    AssociationOption, Metric, ModernWorkDeployments, ModernWorkNetCustomerAdds, ModernWorkUsageGrowth,
};
use crate::scene::Scene;
use crate::score::answer::{At, Measure, MetricScore, Subject};
use crate::tally::{amount, unit};

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
    best(rule.options.iter().map(|option| {
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
    }))
}

fn option_growth(scene: &Scene<'_>, max: u32, option: &AssociationOption, reading: &SeatReading<'_>) -> MetricScore {
    let current = reading.covered_users(scene.measured);
    let baseline = reading.covered_users(scene.compared);
    let mut because = Vec::new();
    let mut explain = |at, customer, product: &str, users, missed: Option<&str>| {
        let part = Some(option.association.clone());
        let subject = Subject::Pair { customer, product: product.to_owned(), part };
        because.push(unit(at, subject, missed.map(str::to_owned), Some(amount(users)), vec![]));
    };
    for (&(customer, product), &users) in &current {
        explain(At::Now, customer, product, users, None);
    }
    for (&(customer, product), &users) in &baseline {
        explain(At::Then, customer, product, users, None);
    }
    let mut then: i128 = baseline.values().sum();
    // What was not covered a year before begins with its first covered month.
    for &(customer, product) in current.keys() {
        if let Some(users) = reading.first_covered_users(customer, product) {
            then += users;
            explain(At::Then, customer, product, users, None);
        }
    }
    let now: i128 = current.values().sum();
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
    best(rule.options.iter().map(|option| {
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
    }))
}

/// Whether the first month in which the customer was ever covered lies after the compared one, and the customer was
/// such a unit in that month already.
fn was_unit_when_claimed(scene: &Scene<'_>, reading: &SeatReading<'_>, customer: CustomerId) -> bool {
    let mut months = scene.history.months(UsageMetric::PaidSeats);
    let first: Option<Month> = months.find(|month| reading.is_covered(customer, *month));
    first.is_some_and(|first| first > scene.compared && reading.is_unit(customer, first))
}

/// The option with the most points; of equal ones the first.
fn best(options: impl Iterator<Item = MetricScore>) -> Option<MetricScore> {
    let points = |score: &MetricScore| -> Points { score.points.clone() };
    options.reduce(|best, next| if points(&next) > points(&best) { next } else { best })
}
