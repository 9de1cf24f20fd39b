//! Security: an Azure part and a Microsoft 365 part, added.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_rational::BigRational;
use num_traits::Zero;

use super::azure::include_unmeasured;
use super::seats::{SeatReading, SeatRule};
use super::{Net, growth};
use crate::points::Points;
use crate::rulebook::{
    AssociationList, Bounds, Metric, Part, SecurityDeployments, SecurityNetCustomerAdds, SecurityUsageGrowth,
};
use crate::scene::{Reading, Scene, trailing_twelve_months};
use crate::score::answer::{At, Measure, MetricScore, Subject, Unit};
use crate::tally::{Tally, amount, tally};

/// Customers with security consumption, and customers with protected seats.
pub(crate) fn net_customer_adds(scene: &Scene<'_>, rule: &SecurityNetCustomerAdds) -> Option<MetricScore> {
    let azure = AzurePart {
        scene,
        metric: Metric::NetCustomerAdds,
        list: &rule.associations_azure,
        usd: rule.azure_usd,
        promoted_tenant_stays: rule.promoted_tenant_stays,
        excluded_offers: &rule.excluded_offers,
    };
    let m365 = SeatReading::new(
        scene,
        SeatRule {
            products: scene.products(Metric::NetCustomerAdds, Some(Part::M365))?,
            list: &rule.associations_m365,
            seats: rule.m365_seats,
            promoted_tenant_stays: rule.promoted_tenant_stays,
            active_share_min: None,
        },
    );
    let mut because = Vec::new();
    let (now, then) = units(scene, &azure, &m365, &mut because);
    let mut unmeasured = |at, month| {
        let azure = scene.unmeasured(&rule.associations_azure, UsageMetric::AcrUsd, month, 12);
        let m365 = scene.unmeasured(&rule.associations_m365, UsageMetric::PaidSeats, month, 1);
        let counted = include_unmeasured(scene, at, Some(Part::Azure.name()), &azure, &mut because)
            + include_unmeasured(scene, at, Some(Part::M365.name()), &m365, &mut because);
        (counted, azure.len() + m365.len())
    };
    let (counted_now, unmeasured_now) = unmeasured(At::Now, scene.measured);
    let (counted_then, _) = unmeasured(At::Then, scene.compared);
    let net = Net {
        now: now + counted_now,
        then: Some(then + counted_then),
        unmeasured: unmeasured_now,
        option: None,
        because,
    };
    Some(net.adds(rule.max, rule.threshold))
}

/// Customers with much security consumption, and customers that use their protected seats.
pub(crate) fn deployments(scene: &Scene<'_>, rule: &SecurityDeployments) -> Option<MetricScore> {
    let azure = AzurePart {
        scene,
        metric: Metric::Deployments,
        list: &rule.associations_azure,
        usd: rule.azure_usd,
        promoted_tenant_stays: rule.promoted_tenant_stays,
        excluded_offers: &rule.excluded_offers,
    };
    let m365 = SeatReading::new(
        scene,
        SeatRule {
            products: scene.products(Metric::Deployments, Some(Part::M365))?,
            list: &rule.associations_m365,
            seats: rule.m365_seats,
            promoted_tenant_stays: rule.promoted_tenant_stays,
            active_share_min: Some(rule.m365_active_share_min),
        },
    );
    let mut because = Vec::new();
    let (now, then) = units(scene, &azure, &m365, &mut because);
    Some(Net { now, then: Some(then), unmeasured: 0, option: None, because }.deployments(rule.max, rule.threshold))
}

/// The units of both parts, now and then.
fn units(scene: &Scene<'_>, azure: &AzurePart<'_>, m365: &SeatReading<'_>, because: &mut Vec<Unit>) -> (usize, usize) {
    let mut side = |at, month| {
        m365.explain(at, month, Some(Part::M365.name()), because);
        azure.in_range(at, month, because).len() + m365.units(month).len()
    };
    (side(At::Now, scene.measured), side(At::Then, scene.compared))
}

/// Growth of security consumption and of protected users.
pub(crate) fn usage_growth(scene: &Scene<'_>, rule: &SecurityUsageGrowth) -> Option<MetricScore> {
    let azure = AzurePart {
        scene,
        metric: Metric::UsageGrowth,
        list: &rule.associations_azure,
        usd: rule.azure_usd,
        promoted_tenant_stays: rule.promoted_tenant_stays,
        excluded_offers: &rule.excluded_offers,
    };
    let m365 = SeatReading::new(
        scene,
        SeatRule {
            products: scene.products(Metric::UsageGrowth, Some(Part::M365))?,
            list: &rule.associations_m365,
            seats: rule.m365_seats,
            promoted_tenant_stays: rule.promoted_tenant_stays,
            active_share_min: None,
        },
    );
    let mut because = Vec::new();
    let mut side = |at, month| -> [i128; 2] {
        let consumed = azure.in_range(at, month, &mut because).values().sum();
        m365.explain_users((at, month), Part::M365.name(), &BTreeMap::new(), &mut because);
        [consumed, m365.covered_users(month).values().sum()]
    };
    let [azure_now, m365_now] = side(At::Now, scene.measured);
    let [azure_then, m365_then] = side(At::Then, scene.compared);
    let points = points_of(azure_now - azure_then, rule.azure_usd_per_point)
        + points_of(m365_now - m365_then, rule.m365_users_per_point);
    let measure =
        Measure::Parts { now: [amount(azure_now), amount(m365_now)], then: [amount(azure_then), amount(m365_then)] };
    Some(growth(Points::clamped(points, rule.max), rule.max, measure, vec![], because))
}

/// The points of an amount in millionths, a point for each `per_point`.
fn points_of(micros: i128, per_point: u32) -> BigRational {
    if per_point == 0 {
        return BigRational::zero();
    }
    BigRational::new(micros.into(), (Amount::MICROS * i128::from(per_point)).into())
}

/// The Azure part of a metric.
struct AzurePart<'r> {
    scene: &'r Scene<'r>,
    metric: Metric,
    list: &'r AssociationList,
    usd: Bounds,
    promoted_tenant_stays: bool,
    excluded_offers: &'r [String],
}

impl AzurePart<'_> {
    /// The consumption of twelve months of the customers in range, in millionths of a US dollar.
    fn in_range(&self, at: At, month: Month, because: &mut Vec<Unit>) -> BTreeMap<CustomerId, i128> {
        let figures = self.figures(month);
        let promoted = self.promoted(month, &figures);
        let mut in_range = BTreeMap::new();
        for (customer, tally) in figures {
            let counted = tally.is_within(&self.usd) || promoted.contains(&customer);
            if counted {
                in_range.insert(customer, tally.sum);
            }
            let subject = Subject::Customer { customer, part: Some(Part::Azure.name().to_owned()) };
            because.push(tally.unit(at, subject, counted, &self.usd));
        }
        in_range
    }

    /// The customers above the range at the measured month that were in it a year before, where they stay.
    fn promoted(&self, month: Month, figures: &BTreeMap<CustomerId, Tally>) -> BTreeSet<CustomerId> {
        let max = self.usd.max.filter(|_| self.promoted_tenant_stays && month == self.scene.measured);
        let Some(max) = max else { return BTreeSet::new() };
        let before = self.figures(self.scene.compared);
        let was_in_range = |customer: &CustomerId| before.get(customer).is_some_and(|tally| tally.is_within(&self.usd));
        let above = figures.iter().filter(|(_, tally)| tally.counts && tally.sum > max.micros());
        above.map(|(customer, _)| *customer).filter(was_in_range).collect()
    }

    fn figures(&self, month: Month) -> BTreeMap<CustomerId, Tally> {
        let products = self.scene.products(self.metric, Some(Part::Azure));
        let reading = Reading::new(UsageMetric::AcrUsd, self.list, products, self.excluded_offers);
        let months = trailing_twelve_months(month).map(|month| (month, month));
        tally(self.scene, &reading, months, |seen| seen.report.customer)
    }
}
