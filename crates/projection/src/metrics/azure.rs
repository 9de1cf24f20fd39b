//! Azure: Data & AI, Infrastructure, Digital & App Innovation.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, Month, UsageMetric::AcrUsd};
use num_bigint::BigInt;

use super::{Compute, MetricOutcome, Net, Side, customer_of, percent_growth};
use crate::identity;
use crate::memory::{Memory, MetricKey};
use crate::rulebook::azure::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{Bounds, Metric, Rule};
use crate::scene::{MetricReading, Scene, last_months};
use crate::score::answer::{At, Unit, UnitSubject};
use crate::tally::{PLACES, Tally, by_customer, by_product, tally};

/// Customers with enough consumption in a recent month.
impl Compute for NetCustomerAdds {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let kept = scene.key_of(metric, || Rule::AzureNetCustomerAdds(self.clone()));
        let net = Net::compare(scene, |side, net| {
            self.eligible((scene, kept.as_ref()), &reading, side, &mut net.because)
                + net.unmeasured(scene, side, &self.associations, (AcrUsd, self.months.0), None)
        });
        Some(net.outcome(self.max, self.threshold))
    }
}

impl NetCustomerAdds {
    /// How many customers are eligible at a month by their figures.
    fn eligible(
        &self,
        (scene, kept): (&Scene<'_>, Option<&(&Memory, MetricKey)>),
        reading: &MetricReading<'_>,
        side: Side,
        because: &mut Vec<Unit>,
    ) -> usize {
        // By customer the months in which it has a figure: one of them within the bounds is enough.
        let mut customers: BTreeMap<CustomerId, Vec<Tally>> = BTreeMap::new();
        for of in last_months(side.month, self.months.0) {
            for (customer, tally) in &*by_customer(scene, kept, reading, (of, side.month)) {
                customers.entry(*customer).or_default().push(tally.clone());
            }
        }
        let mut eligible = 0;
        for (customer, months) in customers {
            let met = months.iter().find(|tally| tally.is_within(&self.usd));
            eligible += usize::from(met.is_some());
            if let Some(tally) = met.or_else(|| months.iter().find(|tally| tally.counts)).or(months.first()) {
                because.push(tally.unit(side.at, customer_of(customer, None), met.is_some(), &self.usd));
            }
        }
        eligible
    }
}

/// Growth of the consumption of twelve months over the twelve before.
impl Compute for UsageGrowth {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let mut because = Vec::new();
        let [now, then] = Side::each(scene, |side| {
            if !scene.question.explain {
                return total(scene, self, side.month);
            }
            let products = scene.products(metric, None);
            let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
            let months = (last_months(side.month, 12), None);
            let customers = tally(scene, &reading, months, |seen| seen.report.customer);
            let sum: i128 = customers.values().map(|tally| tally.sum).sum();
            because.extend(customers.into_iter().map(|(customer, tally)| {
                tally.unit(side.at, customer_of(customer, None), tally.counts, &Bounds::default())
            }));
            sum
        });
        let minimum_is_met = self.total_usd.contains(Amount::from_micros(now));
        let [now, then] = [now, then].map(BigInt::from);
        Some(percent_growth([&now, &then], PLACES, minimum_is_met, (self.max, self.threshold), because))
    }
}

/// The consumption that counts in the twelve months up to one, in millionths of a US dollar.
pub(crate) fn total(scene: &Scene<'_>, rule: &UsageGrowth, month: Month) -> i128 {
    let products = scene.products(Metric::UsageGrowth, None);
    let reading = MetricReading::new(AcrUsd, &rule.associations, products, &rule.excluded_offers);
    let in_month = |month| -> i128 {
        let counting = reading.month(scene, month, month).filter(|seen| seen.cover.is_ok());
        counting.map(|seen| seen.report.value.micros()).sum()
    };
    // Each month is in the sums of many others.
    let kept = scene.key_of(Metric::UsageGrowth, || Rule::AzureUsageGrowth(rule.clone()));
    let months = last_months(month, 12).map(|month| match &kept {
        Some((kept, key)) => kept.totals.get_or(month, key, || in_month(month)),
        None => in_month(month),
    });
    months.sum()
}

/// Distinct services with consumption over all customers in twelve months.
impl Compute for Deployments {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let excluded: Vec<String> = self.excluded_products.iter().map(|product| identity::product(product)).collect();
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let kept = scene.key_of(metric, || Rule::AzureDeployments(self.clone()));
        let tallies = by_product(scene, kept.as_ref(), &reading, last_months(scene.measured, 12));
        let more_than_nothing = Bounds { above: Some(Amount::from_micros(0)), ..Bounds::default() };
        let mut net = Net::default();
        for (product, tally) in tallies {
            let is_excluded = excluded.contains(&product);
            let counted = !is_excluded && tally.is_within(&more_than_nothing);
            net.now += usize::from(counted);
            let product = tally.name.or(&product);
            let mut unit = tally.unit(At::Now, UnitSubject::Product { product }, counted, &more_than_nothing);
            if is_excluded {
                unit.missed = Some("the product is left out of this metric".into());
            }
            net.because.push(unit);
        }
        Some(net.outcome(self.max, self.threshold))
    }
}
