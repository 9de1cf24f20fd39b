//! Security: an Azure part and a Microsoft 365 part, added.

use std::collections::{BTreeMap, BTreeSet};

use ledger::{Amount, CustomerId, Month, UsageMetric};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, ToPrimitive};

use super::near::{Judging, Near, Sighting, sight};
use super::seats::SeatReading;
use super::supply::{CENT, MOST, Supply, active_users, within};
use super::way::{ChangeUnit, Way};
use super::{Addition, Compute, Side, Sums, counted, customer_of, unmeasured};
use crate::points::decimal;
use crate::rulebook::security::{Deployments, NetCustomerAdds, Parts, UsageGrowth};
use crate::rulebook::{Bounds, Metric, Part};
use crate::scene::{MetricReading, Scene, last_months};
use crate::score::answer::{At, Measure, Unit};
use crate::tally::{PLACES, Tally, Weight, by_customer};

/// Customers with security consumption, and customers with protected seats.
impl Compute for NetCustomerAdds {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        let Parts { associations_azure, associations_m365, .. } = &self.parts;
        let mut missing = 0;
        let units = Side::each(scene, |side| {
            let (azure, m365) = ((UsageMetric::AcrUsd, 12), (UsageMetric::PaidSeats, 1));
            let measured = reading.units(side, because);
            let beside = (&mut missing, &mut *because);
            let of_azure = unmeasured(scene, side, associations_azure, azure, Some(Part::Azure), beside);
            let beside = (&mut missing, &mut *because);
            measured + of_azure + unmeasured(scene, side, associations_m365, m365, Some(Part::M365), beside)
        });
        Some(Sums { unmeasured: missing, ..Sums::of(units) })
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        counted(ChangeUnit::Customer, sums, (self.max, self.threshold))
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        supply_units(scene, metric, &self.parts, (addition.count(), supply))
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        near_in_parts(scene, metric, &self.parts, [ChangeUnit::Customer; 2])
    }
}

/// Customers with much security consumption, and customers that use their protected seats.
impl Compute for Deployments {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        Some(Sums::of(Side::each(scene, |side| reading.units(side, because))))
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        counted(ChangeUnit::Deployment, sums, (self.max, self.threshold))
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        supply_units(scene, metric, &self.parts, (addition.count(), supply))
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        near_in_parts(scene, metric, &self.parts, [ChangeUnit::Deployment; 2])
    }
}

/// Growth of security consumption and of protected users.
impl Compute for UsageGrowth {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let reading = PartsReading::new(scene, metric, &self.parts)?;
        let [now, then] = Side::each(scene, |side| -> [i128; 2] {
            let consumed = reading.in_range(side, because).values().sum();
            reading.m365.explain_users(side, Part::M365.name(), &BTreeMap::new(), because);
            [consumed, reading.m365.covered_users(side.month).values().sum()]
        });
        let parts = [Part::Azure, Part::M365].map(|part| part.name().to_owned());
        Some(Sums::named(
            parts.into_iter().zip(now.into_iter().zip(then)).map(|(part, (now, then))| (part, [now, then])),
        ))
    }

    /// Both ways have the points of the two parts.
    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let per_micro =
            |per_point: u32| BigRational::new(1.into(), (Amount::MICROS * i128::from(per_point.max(1))).into());
        let [usd, users] = [self.azure_usd_per_point, self.m365_users_per_point].map(per_micro);
        let n = &usd * sums.net(Part::Azure.name()) + &users * sums.net(Part::M365.name());
        let way = |unit: ChangeUnit, per_micro: BigRational| {
            let grain = BigRational::from_integer((Amount::MICROS / i128::from(unit.grains())).into());
            Way { per_grain: per_micro * grain, ..Way::counting(unit, n.clone(), (self.max, self.max)) }
        };
        vec![way(ChangeUnit::Usd, usd), way(ChangeUnit::User, users)]
    }

    fn measure(&self, sums: &Sums, _: Option<&Way>) -> Measure {
        let [azure, m365] = [Part::Azure, Part::M365].map(|part| sums.get(part.name()));
        let ([azure_now, azure_then], [m365_now, m365_then]) = (azure, m365);
        let shown = |parts: [BigInt; 2]| parts.map(|amount| decimal(&amount, PLACES));
        Measure::Parts { now: shown([azure_now, m365_now]), then: shown([azure_then, m365_then]) }
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let Parts { azure_usd, m365, associations_azure, associations_m365, .. } = &self.parts;
        if addition.unit == ChangeUnit::Usd {
            let product = azure_product(scene, metric, supply);
            let figures = (UsageMetric::AcrUsd, azure_usd);
            return supply.customers_with(scene, (associations_azure, &product), figures, &addition.micros());
        }
        let product = scene.products(metric, Some(Part::M365))?.list.first()?;
        let mut left = addition.micros();
        while left.is_positive() {
            let users = left.to_i128().map_or(MOST, |left| left.min(MOST));
            supply.seat_holders(scene, (associations_m365, product), m365, (1, users))?;
            left -= users;
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        near_in_parts(scene, metric, &self.parts, [ChangeUnit::Usd, ChangeUnit::User])
    }
}

/// The units of both parts that could count at the measured month and do not, each part with what it supplies.
fn near_in_parts(scene: &Scene<'_>, metric: Metric, parts: &Parts, [azure, m365]: [ChangeUnit; 2]) -> Vec<Near> {
    let Some(reading) = PartsReading::new(scene, metric, parts) else { return Vec::new() };
    let Parts { azure_usd, associations_azure, associations_m365, excluded_offers, .. } = parts;
    let products = scene.products(metric, Some(Part::Azure));
    let of_azure = MetricReading::new(UsageMetric::AcrUsd, associations_azure, products, excluded_offers);
    let months: Vec<Month> = last_months(scene.measured, 12).collect();
    let sightings = sight(scene, &of_azure, (&months, false, true), |customer, _| Some((customer, Amount::MICROS)));
    let in_range = reading.in_range(Side { at: At::Now, month: scene.measured }, &mut Vec::new());
    let (inside, outside) = sightings.into_iter().partition(|(customer, _)| in_range.contains_key(customer));
    let judge = |bounds, sightings: BTreeMap<CustomerId, Sighting>| {
        Judging::money(azure, associations_azure, bounds).judge(scene, sightings, |customer| (customer, None))
    };
    let mut near = judge(azure_usd, outside);
    if azure == ChangeUnit::Usd {
        // Of a customer that counts, what was consumed since the association ended does not.
        let uncovered = |(customer, sighting): (CustomerId, Sighting)| (customer, sighting.without_cover());
        near.extend(judge(&Bounds::default(), inside.into_iter().map(uncovered).collect()));
    }
    near.extend(reading.m365.near(&Judging::seats(m365, None, associations_m365, &parts.m365.seats)));
    near
}

/// Adds customers of the first part that has associations.
fn supply_units(
    scene: &Scene<'_>,
    metric: Metric,
    parts: &Parts,
    (customers, supply): (usize, &mut Supply<'_>),
) -> Option<()> {
    let Parts { azure_usd, m365, associations_azure, associations_m365, .. } = parts;
    if associations_azure.names().is_empty() {
        let product = scene.products(metric, Some(Part::M365))?.list.first()?;
        return supply.seat_holders(scene, (associations_m365, product), m365, (customers, active_users(m365)));
    }
    let product = azure_product(scene, metric, supply);
    for _ in 0..customers {
        let customer = supply.customer(scene, associations_azure, scene.measured)?;
        supply.report((customer, &product), UsageMetric::AcrUsd, scene.measured, within(azure_usd, CENT, CENT));
    }
    Some(())
}

/// A product that counts in the part of Azure.
fn azure_product(scene: &Scene<'_>, metric: Metric, supply: &mut Supply<'_>) -> String {
    let listed = scene.products(metric, Some(Part::Azure)).and_then(|products| products.list.first().cloned());
    listed.unwrap_or_else(|| supply.name("Planned service"))
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
        let first = because.len();
        let in_range = self.in_range(side, because).len();
        // Each customer is one here, whatever it consumes.
        because.iter_mut().skip(first).for_each(|unit| unit.weight = Weight::default());
        in_range + self.m365.units(side.month).len()
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
            let unit = tally.unit(side.at, subject, counted, &self.parts.azure_usd);
            because.push(unit.weighing(Part::Azure.name(), tally.weight()));
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
        by_customer(self.scene, &reading, last_months(month, 12))
    }
}
