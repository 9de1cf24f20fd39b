//! Business Applications.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_bigint::BigInt;
use num_traits::Zero;

use super::azure::include_unmeasured;
use super::{Net, percent_growth};
use crate::identity;
use crate::points::decimal;
use crate::rulebook::{
    AssociationList, Bounds, BusinessApplicationsDeployments, BusinessApplicationsNetCustomerAdds,
    BusinessApplicationsUsageGrowth, Metric, Part, Products,
};
use crate::scene::{Reading, Scene};
use crate::score::answer::{At, MetricScore, Subject, Unit};
use crate::tally::{PLACES, ProductName, describe, tally, unit};

/// The places of a consumption value: units and rates have six each.
const MCV_PLACES: usize = 2 * PLACES;

/// Products of customers with enough revenue in the month.
pub(crate) fn net_customer_adds(scene: &Scene<'_>, rule: &BusinessApplicationsNetCustomerAdds) -> MetricScore {
    let products = scene.products(Metric::NetCustomerAdds, None);
    let reading = Reading::new(UsageMetric::RevenueUsd, &rule.associations, products, &[]);
    let mut because = Vec::new();
    let mut side = |at, month| {
        let pairs =
            tally(scene, &reading, std::iter::once((month, month)), |seen| (seen.report.customer, seen.product));
        let mut eligible = 0;
        for ((customer, product), tally) in pairs {
            let counted = tally.is_within(&rule.usd);
            eligible += usize::from(counted);
            because.push(tally.unit(at, pair(customer, tally.name.or(product), None), counted, &rule.usd));
        }
        let unmeasured = scene.unmeasured(&rule.associations, UsageMetric::RevenueUsd, month, 1);
        (eligible + include_unmeasured(scene, at, None, &unmeasured, &mut because), unmeasured.len())
    };
    let (now, unmeasured) = side(At::Now, scene.measured);
    let (then, _) = side(At::Then, scene.compared);
    Net { now, then: Some(then), unmeasured, option: None, because }.adds(rule.max, rule.threshold)
}

fn pair(customer: CustomerId, product: String, part: Option<&str>) -> Subject {
    Subject::Pair { customer, product, part: part.map(str::to_owned) }
}

/// Growth of the consumption value over the same month a year before.
pub(crate) fn usage_growth(scene: &Scene<'_>, rule: &BusinessApplicationsUsageGrowth) -> MetricScore {
    let parts = parts(scene, Metric::UsageGrowth, &rule.associations_dynamics_365, &rule.associations_power_platform);
    let mut because = Vec::new();
    let mut total = |at, month| {
        let values = consumption(scene, &parts, at, month);
        let sum = values.values().filter(|value| value.counts()).map(|value| &value.mcv).sum::<BigInt>();
        because.extend(values.into_iter().map(|((customer, product, part), value)| {
            let counted = value.counts();
            let subject = pair(customer, value.name.or(product), Some(part));
            value.unit(at, subject, counted, &Bounds::default())
        }));
        sum
    };
    let now = total(At::Now, scene.measured);
    let then = total(At::Then, scene.compared);
    let minimum_is_met = contains(&rule.baseline_mcv, &then);
    percent_growth(&now, &then, MCV_PLACES, minimum_is_met, (rule.max, rule.threshold), because)
}

/// Products of customers with enough consumption value in the month.
pub(crate) fn deployments(scene: &Scene<'_>, rule: &BusinessApplicationsDeployments) -> MetricScore {
    let parts = parts(scene, Metric::Deployments, &rule.associations_dynamics_365, &rule.associations_power_platform);
    let mut because = Vec::new();
    let mut side = |at, month| {
        let mut units = 0;
        for ((customer, product, part), value) in consumption(scene, &parts, at, month) {
            let counted = value.counts() && contains(&rule.mcv, &value.mcv);
            units += usize::from(counted);
            let subject = pair(customer, value.name.or(product), Some(part));
            because.push(value.unit(at, subject, counted, &rule.mcv));
        }
        units
    };
    let now = side(At::Now, scene.measured);
    let then = side(At::Then, scene.compared);
    Net { now, then: Some(then), unmeasured: 0, option: None, because }.deployments(rule.max, rule.threshold)
}

/// The two parts with the associations that count for each.
fn parts<'p>(
    scene: &Scene<'p>,
    metric: Metric,
    dynamics_365: &'p AssociationList,
    power_platform: &'p AssociationList,
) -> Vec<(Part, &'p AssociationList, &'p Products)> {
    let lists = [(Part::Dynamics365, dynamics_365), (Part::PowerPlatform, power_platform)];
    let with_products =
        lists.into_iter().filter_map(|(part, list)| Some((part, list, scene.products(metric, Some(part))?)));
    with_products.collect()
}

/// The monthly consumption value (MCV) of a product of a customer, in units of `10^-12`.
struct Consumption {
    mcv: BigInt,
    explained: Unit,
    is_counted: bool,
    name: ProductName,
}

impl Consumption {
    fn counts(&self) -> bool {
        self.is_counted
    }

    fn unit(self, at: At, subject: Subject, counted: bool, bounds: &Bounds) -> Unit {
        let figure = self.is_counted.then(|| decimal(&self.mcv, MCV_PLACES));
        let missed = match &figure {
            _ if counted => None,
            Some(figure) => Some(format!("{figure} is not {}", describe(bounds))),
            None => self.explained.missed,
        };
        unit(at, subject, missed, figure, self.explained.entries)
    }
}

/// The consumption value of every product of every customer in a month.
fn consumption<'p>(
    scene: &Scene<'p>,
    parts: &[(Part, &'p AssociationList, &'p Products)],
    at: At,
    month: Month,
) -> BTreeMap<(CustomerId, &'p str, &'static str), Consumption> {
    let mut values = BTreeMap::new();
    for (part, list, products) in parts {
        let reading = Reading::new(UsageMetric::ActiveUnits, list, Some(products), &[]);
        let tallies = tally(scene, &reading, std::iter::once((month, month)), |seen| {
            (seen.report.customer, seen.product.to_owned())
        });
        for ((customer, product), tally) in tallies {
            let Some((name, rate)) = products.rates.iter().find(|(name, _)| *name == product) else { continue };
            let subject = Subject::Customer { customer, part: None };
            let value = Consumption {
                mcv: BigInt::from(tally.sum) * rate.micros(),
                explained: tally.unit(at, subject, tally.counts, &Bounds::default()),
                is_counted: tally.counts,
                name: tally.name,
            };
            values.insert((customer, name.as_str(), part.name()), value);
        }
    }
    values
}

/// Whether a consumption value is within bounds.
fn contains(bounds: &Bounds, mcv: &BigInt) -> bool {
    let at = |bound: Amount| BigInt::from(bound.micros()) * Amount::MICROS;
    bounds.min.is_none_or(|bound| *mcv >= at(bound))
        && bounds.max.is_none_or(|bound| *mcv <= at(bound))
        && bounds.above.is_none_or(|bound| *mcv > at(bound))
        && bounds.below.is_none_or(|bound| *mcv < at(bound))
}

/// How many products of customers had revenue within the bounds in both months, counted or not.
pub(crate) fn large_pairs(scene: &Scene<'_>, usd: &Bounds) -> usize {
    let revenue = |month| {
        let mut pairs: BTreeMap<(CustomerId, String), i128> = BTreeMap::new();
        for report in scene.history.reports(UsageMetric::RevenueUsd, month) {
            let product = identity::product(report.product.as_str());
            let sum = pairs.entry((report.customer, product)).or_insert_with(i128::zero);
            *sum += report.value.micros();
        }
        pairs
    };
    let (now, then) = (revenue(scene.measured), revenue(scene.compared));
    let is_large = |sum: &i128| usd.contains(Amount::from_micros(*sum));
    now.iter().filter(|(pair, sum)| is_large(sum) && then.get(pair).is_some_and(is_large)).count()
}
