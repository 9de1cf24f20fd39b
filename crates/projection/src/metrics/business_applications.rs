//! Business Applications.

use std::collections::BTreeMap;

use ledger::{Amount, CustomerId, UsageMetric};
use num_bigint::BigInt;
use num_traits::{Signed, ToPrimitive, Zero};

use super::near::{Judging, Near, scaled, sight};
use super::supply::{CENT, MOST, Supply, within};
use super::way::{ChangeUnit, Way};
use super::{Addition, Compute, Side, Sums, counted, pair_of, percent, unmeasured};
use crate::identity;
use crate::points::decimal;
use crate::rulebook::business_applications::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{AssociationList, Bounds, Metric, Part, Products};
use crate::scene::{MetricReading, Scene};
use crate::score::answer::{Measure, Unit};
use crate::tally::{PLACES, Tally, tally};

/// The places of a consumption value: units and rates have six each.
const MCV_PLACES: usize = 2 * PLACES;

/// Products of customers with enough revenue in the month.
impl Compute for NetCustomerAdds {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(UsageMetric::RevenueUsd, &self.associations, products, &[]);
        let mut missing = 0;
        let units = Side::each(scene, |side| {
            let months = (std::iter::once(side.month), None);
            let mut eligible = 0;
            for ((customer, product), tally) in
                tally(scene, &reading, months, |seen| (seen.report.customer, seen.product))
            {
                let counted = tally.is_within(&self.usd);
                eligible += usize::from(counted);
                let subject = pair_of(customer, tally.name.or(product), None);
                because.push(tally.unit(side.at, subject, counted, &self.usd).weighing("", 1));
            }
            let figures = (UsageMetric::RevenueUsd, 1);
            eligible + unmeasured(scene, side, &self.associations, figures, None, (&mut missing, because))
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
        let product = scene.products(metric, None).and_then(|products| products.list.first().cloned());
        let product = product.unwrap_or_else(|| supply.name("Planned product"));
        for _ in 0..addition.count() {
            let customer = supply.customer(scene, &self.associations, scene.measured)?;
            let revenue = within(&self.usd, CENT, CENT);
            supply.report((customer, &product), UsageMetric::RevenueUsd, scene.measured, revenue);
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(UsageMetric::RevenueUsd, &self.associations, products, &[]);
        let sightings = sight(scene, &reading, (&[scene.measured], true, false), |customer, product| {
            Some(((customer, product.to_owned()), Amount::MICROS))
        });
        let judging = Judging::money(ChangeUnit::Customer, &self.associations, &self.usd);
        judging.judge(scene, sightings, |(customer, product)| (customer, Some(product)))
    }
}

/// Growth of the consumption value over the same month a year before.
impl Compute for UsageGrowth {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        Some(Sums::of(Side::each(scene, |side| {
            let mut total = BigInt::zero();
            for (pair, value) in consumption(scene, metric, lists, side) {
                let counted = value.tally.counts;
                if counted {
                    total += &value.mcv;
                }
                because.push(value.unit(side, pair, counted, &Bounds::default()).weighing("", value.weight));
            }
            total
        })))
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let [now, then] = sums.get("");
        let grain = BigInt::from(Amount::MICROS * Amount::MICROS / i128::from(ChangeUnit::Mcv.grains()));
        let way = Way::percent(ChangeUnit::Mcv, [&now, &then], &grain, (self.max, self.threshold));
        let below = (!contains(&self.baseline_mcv, &then)).then_some("below_minimum");
        vec![Way { closed: way.closed.or(below), ..way }]
    }

    fn measure(&self, sums: &Sums, _: Option<&Way>) -> Measure {
        percent(sums, MCV_PLACES)
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        let mut left = addition.micros();
        while left.is_positive() {
            left -= consume(scene, (metric, lists), left.clone(), supply)?;
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        near_by_value(scene, metric, lists, (ChangeUnit::Mcv, &Bounds::default()))
    }
}

/// Products of customers with enough consumption value in the month.
impl Compute for Deployments {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        Some(Sums::of(Side::each(scene, |side| {
            let mut units = 0;
            for (pair, value) in consumption(scene, metric, lists, side) {
                let counted = value.tally.counts && contains(&self.mcv, &value.mcv);
                units += usize::from(counted);
                because.push(value.unit(side, pair, counted, &self.mcv).weighing("", 1));
            }
            units
        })))
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
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        for _ in 0..addition.count() {
            consume(scene, (metric, lists), within(&self.mcv, CENT, CENT).into(), supply)?;
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let lists = [&self.associations_dynamics_365, &self.associations_power_platform];
        near_by_value(scene, metric, lists, (ChangeUnit::Deployment, &self.mcv))
    }
}

/// The monthly consumption value (MCV) of a product of a customer, in units of `10^-12`.
struct Consumption {
    mcv: BigInt,
    /// What it adds to growth if it counts, likewise.
    weight: BigInt,
    /// The units of the product that it is computed from.
    tally: Tally,
}

impl Consumption {
    fn unit(
        &self,
        side: Side,
        (customer, product, part): (CustomerId, &str, Part),
        counted: bool,
        mcv: &Bounds,
    ) -> Unit {
        let subject = pair_of(customer, self.tally.name.or(product), Some(part.name()));
        let figure = self.tally.counts.then(|| decimal(&self.mcv, MCV_PLACES));
        let unit = self.tally.unit_of(side.at, subject, figure, counted, mcv);
        unit.judged(mcv, |bound| self.mcv.cmp(&scaled(bound.micros())))
    }
}

/// The consumption value of every product of every customer in a month; of Dynamics 365 by the first list, of Power
/// Platform by the second.
fn consumption<'p>(
    scene: &Scene<'p>,
    metric: Metric,
    [dynamics_365, power_platform]: [&AssociationList; 2],
    side: Side,
) -> BTreeMap<(CustomerId, &'p str, Part), Consumption> {
    let mut values = BTreeMap::new();
    for (part, list) in [(Part::Dynamics365, dynamics_365), (Part::PowerPlatform, power_platform)] {
        let Some(products): Option<&'p Products> = scene.products(metric, Some(part)) else { continue };
        let reading = MetricReading::new(UsageMetric::ActiveUnits, list, Some(products), &[]);
        let months = (std::iter::once(side.month), None);
        let tallies = tally(scene, &reading, months, |seen| (seen.report.customer, seen.product.to_owned()));
        for ((customer, product), tally) in tallies {
            let Some((name, rate)) = products.rates.iter().find(|(name, _)| *name == product) else { continue };
            let [mcv, weight] = [tally.sum, tally.weight()].map(|units| BigInt::from(units) * rate.micros());
            values.insert((customer, name.as_str(), part), Consumption { mcv, weight, tally });
        }
    }
    values
}

/// The products of customers whose consumption value could count in the month and does not.
fn near_by_value(
    scene: &Scene<'_>,
    metric: Metric,
    lists: [&AssociationList; 2],
    (unit, bounds): (ChangeUnit, &Bounds),
) -> Vec<Near> {
    let of_part = |(part, list)| {
        let products = scene.products(metric, Some(part))?;
        let reading = MetricReading::new(UsageMetric::ActiveUnits, list, Some(products), &[]);
        let sightings = sight(scene, &reading, (&[scene.measured], true, false), |customer, product| {
            let (_, rate) = products.rates.iter().find(|(name, _)| *name == product)?;
            Some(((customer, product.to_owned()), rate.micros()))
        });
        let judging = Judging::money(unit, list, bounds);
        Some(judging.judge(scene, sightings, |(customer, product)| (customer, Some(product))))
    };
    [Part::Dynamics365, Part::PowerPlatform].into_iter().zip(lists).filter_map(of_part).flatten().collect()
}

/// Lets a new customer have a consumption value, in millionths, or as much of it as one report may say; returns how much.
fn consume(
    scene: &Scene<'_>,
    (metric, lists): (Metric, [&AssociationList; 2]),
    micros: BigInt,
    supply: &mut Supply<'_>,
) -> Option<BigInt> {
    let rated = |(part, list)| {
        let (product, rate) = scene.products(metric, Some(part))?.rates.iter().find(|(_, rate)| rate.micros() > 0)?;
        Some((list, product, rate.micros()))
    };
    let parts = [Part::Dynamics365, Part::PowerPlatform].into_iter().zip(lists);
    let (list, product, rate) = parts.filter(|(_, list)| !list.names().is_empty()).find_map(rated)?;
    // Of the units, in millionths, as few as make up the value.
    let units = (micros * Amount::MICROS + rate - 1_i32) / rate;
    let units = units.to_i128().map_or(MOST, |units| units.min(MOST));
    let customer = supply.customer(scene, list, scene.measured)?;
    supply.report((customer, product), UsageMetric::ActiveUnits, scene.measured, units);
    Some(BigInt::from(units) * rate / Amount::MICROS)
}

/// Whether a consumption value is within bounds.
fn contains(bounds: &Bounds, mcv: &BigInt) -> bool {
    bounds.admit(|bound| mcv.cmp(&scaled(bound.micros())))
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
