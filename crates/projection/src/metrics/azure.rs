//! Azure: Data & AI, Infrastructure, Digital & App Innovation.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_bigint::BigInt;

use super::{Net, percent_growth};
use crate::identity;
use crate::rulebook::{AssociationList, AzureDeployments, AzureNetCustomerAdds, AzureUsageGrowth, Bounds, Metric};
use crate::scene::{Reading, Scene, last_months, trailing_twelve_months};
use crate::score::answer::{At, MetricScore, Subject, Unit};
use crate::tally::{PLACES, Tally, tally, unit};

/// Customers with enough consumption in a recent month.
pub(crate) fn net_customer_adds(scene: &Scene<'_>, rule: &AzureNetCustomerAdds) -> MetricScore {
    let products = scene.products(Metric::NetCustomerAdds, None);
    let reading = Reading::new(UsageMetric::AcrUsd, &rule.associations, products, &rule.excluded_offers);
    let mut because = Vec::new();
    let mut side = |at, month| eligible(scene, rule, &reading, at, month, &mut because);
    let (now, unmeasured) = side(At::Now, scene.measured);
    let (then, _) = side(At::Then, scene.compared);
    Net { now, then: Some(then), unmeasured, option: None, because }.adds(rule.max, rule.threshold)
}

/// The eligible customers at a month, and how many were not measured.
fn eligible(
    scene: &Scene<'_>,
    rule: &AzureNetCustomerAdds,
    reading: &Reading<'_>,
    at: At,
    month: Month,
    because: &mut Vec<Unit>,
) -> (usize, usize) {
    // By customer the months in which it has a figure: one of them within the bounds is enough.
    let mut customers: BTreeMap<CustomerId, Vec<Tally>> = BTreeMap::new();
    for of in last_months(month, rule.months) {
        for (customer, tally) in tally(scene, reading, std::iter::once((of, month)), |seen| seen.report.customer) {
            customers.entry(customer).or_default().push(tally);
        }
    }
    let mut eligible = 0;
    for (customer, months) in customers {
        let met = months.iter().find(|tally| tally.is_within(&rule.usd));
        eligible += usize::from(met.is_some());
        if let Some(shown) = met.or_else(|| months.iter().find(|tally| tally.counts)).or(months.first()) {
            because.push(shown.unit(at, Subject::Customer { customer, part: None }, met.is_some(), &rule.usd));
        }
    }
    let unmeasured = scene.unmeasured(&rule.associations, UsageMetric::AcrUsd, month, rule.months);
    (eligible + include_unmeasured(scene, at, None, &unmeasured, because), unmeasured.len())
}

/// How many of the unmeasured customers count.
pub(crate) fn include_unmeasured(
    scene: &Scene<'_>,
    at: At,
    part: Option<&str>,
    unmeasured: &[(CustomerId, Vec<u64>)],
    because: &mut Vec<Unit>,
) -> usize {
    let counted = scene.includes_unmeasured();
    for (customer, entries) in unmeasured {
        let subject = Subject::Customer { customer: *customer, part: part.map(str::to_owned) };
        let missed = (!counted).then(|| "no figure was reported for the customer".to_owned());
        because.push(unit(at, subject, missed, None, entries.clone()));
    }
    if counted { unmeasured.len() } else { 0 }
}

/// Growth of the consumption of twelve months over the twelve before.
pub(crate) fn usage_growth(scene: &Scene<'_>, rule: &AzureUsageGrowth) -> MetricScore {
    let mut because = Vec::new();
    let mut sum_of = |at, month| {
        if !scene.question.explain {
            return total(scene, rule, month);
        }
        let customers = twelve_months(scene, &rule.associations, &rule.excluded_offers, month);
        let sum: i128 = customers.values().map(|tally| tally.sum).sum();
        because.extend(customers.into_iter().map(|(customer, tally)| {
            tally.unit(at, Subject::Customer { customer, part: None }, tally.counts, &Bounds::default())
        }));
        sum
    };
    let now = sum_of(At::Now, scene.measured);
    let then = sum_of(At::Then, scene.compared);
    let minimum_is_met = rule.total_usd.contains(Amount::from_micros(now));
    let points = (rule.max, rule.threshold);
    percent_growth(&BigInt::from(now), &BigInt::from(then), PLACES, minimum_is_met, points, because)
}

/// The consumption that counts in the twelve months up to one, in millionths of a US dollar.
pub(crate) fn total(scene: &Scene<'_>, rule: &AzureUsageGrowth, month: Month) -> i128 {
    let products = scene.products(Metric::UsageGrowth, None);
    let reading = Reading::new(UsageMetric::AcrUsd, &rule.associations, products, &rule.excluded_offers);
    let in_month = |month| -> i128 {
        let counting = reading.month(scene, month, month).filter(|seen| seen.cover.is_ok());
        counting.map(|seen| seen.report.value.micros()).sum()
    };
    // Each month is in the sums of many others.
    let kept = scene.key_of(Metric::UsageGrowth, rule);
    let months = trailing_twelve_months(month).map(|month| match &kept {
        Some((kept, key)) => kept.totals.get_or(month, key, || in_month(month)),
        None => in_month(month),
    });
    months.sum()
}

fn twelve_months(
    scene: &Scene<'_>,
    list: &AssociationList,
    excluded_offers: &[String],
    month: Month,
) -> BTreeMap<CustomerId, Tally> {
    let products = scene.products(Metric::UsageGrowth, None);
    let reading = Reading::new(UsageMetric::AcrUsd, list, products, excluded_offers);
    let months = trailing_twelve_months(month).map(|month| (month, month));
    tally(scene, &reading, months, |seen| seen.report.customer)
}

/// Distinct services with consumption over all customers in twelve months.
pub(crate) fn deployments(scene: &Scene<'_>, rule: &AzureDeployments) -> MetricScore {
    let excluded: Vec<String> = rule.excluded_products.iter().map(|product| identity::product(product)).collect();
    let products = scene.products(Metric::Deployments, None);
    let reading = Reading::new(UsageMetric::AcrUsd, &rule.associations, products, &rule.excluded_offers);
    let months = trailing_twelve_months(scene.measured).map(|month| (month, month));
    let mut tallies: BTreeMap<String, Tally> = BTreeMap::new();
    for (product, tally) in tally(scene, &reading, months, |seen| seen.product) {
        tallies.entry(identity::product(product)).or_default().join(tally);
    }
    let more_than_nothing = Bounds { above: Some(Amount::from_micros(0)), ..Bounds::default() };
    let mut now = 0;
    let mut because = Vec::new();
    for (product, tally) in tallies {
        let is_excluded = excluded.contains(&product);
        let counted = !is_excluded && tally.is_within(&more_than_nothing);
        now += usize::from(counted);
        let product = tally.name.or(&product);
        let mut shown = tally.unit(At::Now, Subject::Product { product }, counted, &more_than_nothing);
        if is_excluded {
            shown.missed = Some("the product is left out of this metric".into());
        }
        because.push(shown);
    }
    Net { now, then: None, unmeasured: 0, option: None, because }.deployments(rule.max, rule.threshold)
}
