//! Security: an Azure part and a Microsoft 365 part, added.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_rational::BigRational;
use num_traits::Zero;

use super::seats::SeatReading;
use super::{Compute, MetricOutcome, Net, Side, customer_of};
use crate::points::Points;
use crate::rulebook::security::{Deployments, NetCustomerAdds, Parts, UsageGrowth};
use crate::rulebook::{Metric, Part};
use crate::scene::{MetricReading, Scene, last_months};
use crate::score::answer::{Measure, Unit};
use crate::tally::{Tally, amount, by_customer};

/// Customers with security consumption, and customers with protected seats.
impl Compute for NetCustomerAdds {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        let Parts { associations_azure, associations_m365, .. } = &self.parts;
        let net = Net::compare(scene, |side, net| {
            reading.units(side, &mut net.because)
                + net.unmeasured(scene, side, associations_azure, (UsageMetric::AcrUsd, 12), Some(Part::Azure))
                + net.unmeasured(scene, side, associations_m365, (UsageMetric::PaidSeats, 1), Some(Part::M365))
        });
        Some(net.outcome(self.max, self.threshold))
    }
}

/// Customers with much security consumption, and customers that use their protected seats.
impl Compute for Deployments {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        let net = Net::compare(scene, |side, net| reading.units(side, &mut net.because));
        Some(net.outcome(self.max, self.threshold))
    }
}

/// Growth of security consumption and of protected users.
impl Compute for UsageGrowth {
    fn outcome(&self, scene: &Scene<'_>, metric: Metric) -> Option<MetricOutcome> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        let mut because = Vec::new();
        let [now, then] = Side::each(scene, |side| -> [i128; 2] {
            let consumed = reading.in_range(side, &mut because).values().sum();
            reading.m365.explain_users(side, Part::M365.name(), &BTreeMap::new(), &mut because);
            [consumed, reading.m365.covered_users(side.month).values().sum()]
        });
        let ([azure_now, m365_now], [azure_then, m365_then]) = (now, then);
        let points = points_of(azure_now - azure_then, self.azure_usd_per_point)
            + points_of(m365_now - m365_then, self.m365_users_per_point);
        let measure = Measure::Parts { now: now.map(amount), then: then.map(amount) };
        Some(MetricOutcome { points: Points::clamped(points, self.max), measure, notes: vec![], because })
    }
}

/// The points of an amount in millionths, a point for each `per_point`.
fn points_of(micros: i128, per_point: u32) -> BigRational {
    if per_point == 0 {
        return BigRational::zero();
    }
    BigRational::new(micros.into(), (Amount::MICROS * i128::from(per_point)).into())
}

/// How the two parts of a metric are read.
struct PartsReading<'r> {
    scene: &'r Scene<'r>,
    metric: Metric,
    parts: &'r Parts,
    m365: SeatReading<'r>,
}

impl<'r> PartsReading<'r> {
    fn new(scene: &'r Scene<'r>, metric: Metric, parts: &'r Parts) -> Option<Self> {
        let products = scene.products(metric, Some(Part::M365))?;
        let m365 = SeatReading::new(scene, products, &parts.associations_m365, &parts.m365);
        Some(Self { scene, metric, parts, m365 })
    }

    /// The units of both parts.
    fn units(&self, side: Side, because: &mut Vec<Unit>) -> usize {
        self.m365.explain(side, Some(Part::M365.name()), because);
        self.in_range(side, because).len() + self.m365.units(side.month).len()
    }

    /// The consumption of twelve months of the customers in range, in millionths of a US dollar.
    fn in_range(&self, side: Side, because: &mut Vec<Unit>) -> BTreeMap<CustomerId, i128> {
        let figures = self.figures(side.month);
        let promoted = self.promoted(side.month, &figures);
        let mut in_range = BTreeMap::new();
        for (customer, tally) in figures {
            let counted = tally.is_within(&self.parts.azure_usd) || promoted.contains(&customer);
            if counted {
                in_range.insert(customer, tally.sum);
            }
            let subject = customer_of(customer, Some(Part::Azure));
            because.push(tally.unit(side.at, subject, counted, &self.parts.azure_usd));
        }
        in_range
    }

    /// The customers above the range at the measured month that were in it a year before, where they stay.
    fn promoted(&self, month: Month, figures: &BTreeMap<CustomerId, Tally>) -> BTreeSet<CustomerId> {
        let Parts { azure_usd, m365, .. } = self.parts;
        let max = azure_usd.max.filter(|_| m365.promoted_tenant_stays && month == self.scene.measured);
        let Some(max) = max else { return BTreeSet::new() };
        let before = self.figures(self.scene.compared);
        let was_in_range = |customer: &CustomerId| before.get(customer).is_some_and(|tally| tally.is_within(azure_usd));
        let above = figures.iter().filter(|(_, tally)| tally.counts && tally.sum > max.micros());
        above.map(|(customer, _)| *customer).filter(was_in_range).collect()
    }

    fn figures(&self, month: Month) -> BTreeMap<CustomerId, Tally> {
        let products = self.scene.products(self.metric, Some(Part::Azure));
        let Parts { associations_azure, excluded_offers, .. } = self.parts;
        let reading = MetricReading::new(UsageMetric::AcrUsd, associations_azure, products, excluded_offers);
        let Scene { rulebook, area, track, standpoint, .. } = *self.scene;
        let rule = rulebook.rule(area, self.metric, track, standpoint.rules_on);
        let kept = rule.and_then(|rule| self.scene.key_of(self.metric, || rule.row.value.clone()));
        let mut customers: BTreeMap<CustomerId, Tally> = BTreeMap::new();
        for month in last_months(month, 12) {
            for (customer, tally) in &*by_customer(self.scene, kept.as_ref(), &reading, (month, month)) {
                customers.entry(*customer).or_default().join(tally.clone());
            }
        }
        customers
    }
}
