//! Azure: Data & AI, Infrastructure, Digital & App Innovation.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use ledger::{Amount, CustomerId, Month, UsageMetric::AcrUsd};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::{Signed, Zero};

use super::near::{Judging, Near, sight};
use super::supply::{CENT, Supply, within};
use super::way::{Admission, ChangeUnit, Way};
use super::{Addition, Compute, Side, Sums, count, counted, customer_of, net, percent, unmeasured};
use crate::identity;
use crate::memory::{Memory, MetricKey};
use crate::rulebook::azure::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{Bounds, Metric, Rule};
use crate::scene::{MetricReading, Scene, last_months};
use crate::score::answer::{At, Measure, Unit, UnitSubject};
use crate::tally::{PLACES, Tally, by_customer, by_product, tally};

/// Customers with enough consumption in a recent month.
impl Compute for NetCustomerAdds {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        // What is summed by customer does not depend on how much is enough, which differs by track.
        let kept = scene.key_of(metric, || Rule::AzureNetCustomerAdds(Self { usd: Bounds::default(), ..self.clone() }));
        let mut missing = 0;
        let units = Side::each(scene, |side| {
            let figures = (AcrUsd, self.months.0);
            self.eligible((scene, kept.as_ref()), &reading, side, because)
                + unmeasured(scene, side, &self.associations, figures, None, (&mut missing, because))
        });
        Some(Sums { unmeasured: missing, ..Sums::of(units) })
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        counted(ChangeUnit::Customer, sums, (self.max, self.threshold))
    }

    fn measure(&self, sums: &Sums, best: Option<&Way>) -> Measure {
        net(sums, best)
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let product = product(scene, metric, supply);
        for _ in 0..addition.count() {
            let customer = supply.customer(scene, &self.associations, scene.measured)?;
            supply.report((customer, &product), AcrUsd, scene.measured, within(&self.usd, CENT, CENT));
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let months: Vec<Month> = last_months(scene.measured, self.months.0).collect();
        let sightings = sight(scene, &reading, (&months, true, false), |customer, _| Some((customer, Amount::MICROS)));
        let judging = Judging::money(ChangeUnit::Customer, &self.associations, &self.usd);
        // One month within the bounds is enough.
        let mut near = judging.judge(scene, sightings, |customer| (customer, None));
        let mut because = Vec::new();
        self.eligible((scene, None), &reading, Side { at: At::Now, month: scene.measured }, &mut because);
        let counts = |customer| {
            let subject = customer_of(customer, None);
            because.iter().any(|unit| unit.missed.is_none() && unit.subject == subject)
        };
        near.retain(|near| !counts(near.customer));
        near
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
        let sums = |of| by_customer(scene, kept, reading, (of, side.month));
        let months: Vec<_> = last_months(side.month, self.months.0).map(sums).collect();
        let figures = || months.iter().flat_map(|figures| figures.iter());
        if !wants_units(scene, kept) {
            let within = figures().filter(|(_, tally)| tally.is_within(&self.usd)).map(|(customer, _)| *customer);
            return within.collect::<BTreeSet<CustomerId>>().len();
        }
        // By customer the months in which it has a figure: one of them within the bounds is enough.
        let mut customers: BTreeMap<CustomerId, Vec<&Tally>> = BTreeMap::new();
        for (customer, tally) in figures() {
            customers.entry(*customer).or_default().push(tally);
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
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        Some(Sums::of(Side::each(scene, |side| {
            if !scene.question.explain {
                return total(scene, self, side.month);
            }
            let products = scene.products(metric, None);
            let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
            let months = (last_months(side.month, 12), None);
            let customers = tally(scene, &reading, months, |seen| seen.report.customer);
            let sum: i128 = customers.values().map(|tally| tally.sum).sum();
            because.extend(customers.into_iter().map(|(customer, tally)| {
                let unit = tally.unit(side.at, customer_of(customer, None), tally.counts, &Bounds::default());
                unit.weighing("", tally.weight())
            }));
            sum
        })))
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let [now, then] = sums.get("");
        let grain = BigInt::from(Amount::MICROS / i128::from(ChangeUnit::Usd.grains()));
        let way = Way::percent(ChangeUnit::Usd, [&now, &then], &grain, (self.max, self.threshold));
        vec![Way { admission: Some(Admission { value: now, grain, bounds: self.total_usd }), ..way }]
    }

    fn measure(&self, sums: &Sums, _: Option<&Way>) -> Measure {
        percent(sums, PLACES)
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let product = product(scene, metric, supply);
        let anything = (AcrUsd, &Bounds::default());
        supply.customers_with(scene, (&self.associations, &product), anything, &addition.micros())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let months: Vec<Month> = last_months(scene.measured, 12).collect();
        // What counted in its own month counts, though the association has ended since.
        let sightings = sight(scene, &reading, (&months, false, false), |customer, _| Some((customer, Amount::MICROS)));
        let judging = Judging::money(ChangeUnit::Usd, &self.associations, &MORE_THAN_NOTHING);
        let near = judging.judge(scene, sightings, |customer| (customer, None));
        near.into_iter().filter(|near| near.missing.is_none()).collect()
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
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let excluded: Vec<String> = self.excluded_products.iter().map(|product| identity::product(product)).collect();
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let kept = scene.key_of(metric, || Rule::AzureDeployments(self.clone()));
        let tallies = by_product(scene, kept.as_ref(), &reading, last_months(scene.measured, 12));
        let mut sums = Sums::default();
        for (product, tally) in tallies {
            let is_excluded = excluded.contains(&product);
            if wants_units(scene, kept.as_ref()) {
                let counted = !is_excluded && tally.is_within(&MORE_THAN_NOTHING);
                let subject = UnitSubject::Product { product: tally.name.or(&product) };
                // What does not count as it is would count with a millionth more than nothing.
                let weight = if counted || is_excluded { tally.sum.max(1) } else { 1 - tally.sum };
                let unit = tally.unit(At::Now, subject, counted, &MORE_THAN_NOTHING);
                let mut unit = unit.weighing(&product, weight);
                if is_excluded {
                    unit.missed = Some("the product is left out of this metric".into());
                }
                because.push(unit);
            }
            if !is_excluded {
                sums.by_name.insert(product, [tally.sum.into(), BigInt::zero()]);
            }
        }
        Some(sums)
    }

    fn ways(&self, sums: &Sums) -> Vec<Way> {
        let deployed = BigRational::from_integer(deployed(sums).into());
        vec![Way::counting(ChangeUnit::Deployment, deployed, (self.max, self.threshold))]
    }

    fn measure(&self, sums: &Sums, _: Option<&Way>) -> Measure {
        let now = count(deployed(sums));
        Measure::Net { now, then: None, net: now, option: None, unmeasured: 0 }
    }

    fn supply(
        &self,
        scene: &Scene<'_>,
        metric: Metric,
        addition: &Addition<'_>,
        supply: &mut Supply<'_>,
    ) -> Option<()> {
        let customer = supply.customer(scene, &self.associations, scene.measured)?;
        let deployed = self.sums(scene, metric, &mut Vec::new())?;
        let is_new = |product: &&String| !deployed.by_name.contains_key(&identity::product(product));
        let listed = scene.products(metric, None).map(|products| products.list.iter().filter(is_new));
        let listed: Option<Vec<&String>> = listed.map(|listed| listed.take(addition.count()).collect());
        for nth in 0..addition.count() {
            let product = match &listed {
                Some(listed) => (*listed.get(nth)?).clone(),
                None => supply.name("Planned service"),
            };
            supply.report((customer, &product), AcrUsd, scene.measured, CENT);
        }
        Some(())
    }

    fn near(&self, scene: &Scene<'_>, metric: Metric) -> Vec<Near> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let months: Vec<Month> = last_months(scene.measured, 12).collect();
        let deployed = self.sums(scene, metric, &mut Vec::new()).unwrap_or_default();
        let excluded: Vec<String> = self.excluded_products.iter().map(|product| identity::product(product)).collect();
        let total = |product: &String| deployed.by_name.get(product).map(|[consumed, _]| scaled_sum(consumed));
        let counts = |product: &String| total(product).is_some_and(|total| total.is_positive());
        let sightings = sight(scene, &reading, (&months, false, true), |customer, product| {
            let product = identity::product(product);
            let is_open = !excluded.contains(&product) && !counts(&product);
            is_open.then_some(((customer, product), Amount::MICROS))
        });
        let judging = Judging::money(ChangeUnit::Deployment, &self.associations, &MORE_THAN_NOTHING);
        let mut near = judging.judge(scene, sightings, |(customer, product)| (customer, Some(product)));
        // A product is deployed by what all customers consume of it together.
        near.retain_mut(|near| {
            let total = near.product.as_ref().and_then(total).unwrap_or_default();
            match &mut near.missing {
                Some(missing) => *missing += &near.figure - &total,
                None => return (&near.figure + total).is_positive(),
            }
            true
        });
        near
    }
}

/// Millionths as millionths of millionths, as figures of candidates are.
fn scaled_sum(micros: &BigInt) -> BigInt {
    micros * Amount::MICROS
}

/// Whether somebody reads the units behind a metric: nobody does where scores are kept for other questions, unless they
/// are explained.
fn wants_units(scene: &Scene<'_>, kept: Option<&(&Memory, MetricKey)>) -> bool {
    scene.question.explain || kept.is_none()
}

/// The consumption with which a product is deployed.
static MORE_THAN_NOTHING: LazyLock<Bounds> =
    LazyLock::new(|| Bounds { above: Some(Amount::from_micros(0)), ..Bounds::default() });

/// How many products have consumption.
fn deployed(sums: &Sums) -> usize {
    sums.by_name.values().filter(|[consumed, _]| consumed.is_positive()).count()
}

/// A product that counts: one of the list, or one that does not exist where every product is read.
fn product(scene: &Scene<'_>, metric: Metric, supply: &mut Supply<'_>) -> String {
    let listed = scene.products(metric, None).and_then(|products| products.list.first().cloned());
    listed.unwrap_or_else(|| supply.name("Planned service"))
}
