//! Azure: Data & AI, Infrastructure, Digital & App Innovation.

use std::collections::BTreeMap;
use std::sync::LazyLock;

use ledger::{Amount, CustomerId, Month, UsageMetric::AcrUsd};
use num_bigint::BigInt;
use num_rational::BigRational;
use num_traits::Signed;

use super::near::{Judging, Near, sight};
use super::supply::{CENT, Supply, within};
use super::way::{Admission, ChangeUnit, Way};
use super::{Addition, Compute, Side, Sums, count, counted, customer_of, percent, unmeasured};
use crate::identity;
use crate::month_sums::KeptSums;
use crate::rulebook::azure::{Deployments, NetCustomerAdds, UsageGrowth};
use crate::rulebook::{Bounds, Metric};
use crate::scene::{MetricReading, RowNotes, Scene, last_months};
use crate::score::answer::{At, Measure, Unit, UnitSubject};
use crate::tally::{PLACES, Tally, tally};

/// Customers with enough consumption in a recent month.
impl Compute for NetCustomerAdds {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let mut missing = 0;
        let units = Side::each(scene, |side| {
            let figures = (AcrUsd, self.months.0);
            self.eligible(scene, &reading, side, because)
                + unmeasured(scene, side, &self.associations, figures, None, (&mut missing, because))
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
        self.eligible(
            &Scene { kept: None, rows: RowNotes::default(), ..*scene },
            &reading,
            Side { at: At::Now, month: scene.measured },
            &mut because,
        );
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
    fn eligible(&self, scene: &Scene<'_>, reading: &MetricReading<'_>, side: Side, because: &mut Vec<Unit>) -> usize {
        if let Some(kept) = KeptSums::of(scene, reading) {
            return kept.eligible(&self.usd, side.month, self.months.0);
        }
        // By customer the months in which it has a figure: one of them within the bounds is enough.
        let mut customers: BTreeMap<CustomerId, Vec<(Month, Tally)>> = BTreeMap::new();
        for month in last_months(side.month, self.months.0) {
            let months = (std::iter::once(month), Some(side.month));
            for (customer, tally) in tally(scene, reading, months, |seen| seen.report.customer) {
                customers.entry(customer).or_default().push((month, tally));
            }
        }
        let mut eligible = 0;
        for (customer, months) in customers {
            let met = months.iter().find(|(_, tally)| tally.is_within(&self.usd));
            eligible += usize::from(met.is_some());
            if let Some((month, tally)) =
                met.or_else(|| months.iter().find(|(_, tally)| tally.counts)).or(months.first())
            {
                let unit = tally.unit(side.at, customer_of(customer, None), met.is_some(), &self.usd);
                because.push(Unit { month: Some(*month), ..unit });
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
        // What counted in its own month counts; what was consumed since the association ended does not.
        let sightings = sight(scene, &reading, (&months, false, false), |customer, _| Some((customer, Amount::MICROS)));
        let uncovered =
            sightings.into_iter().map(|(customer, sighting)| (customer, sighting.without_cover())).collect();
        let anything = Bounds::default();
        let judging = Judging::money(ChangeUnit::Usd, &self.associations, &anything);
        judging.judge(scene, uncovered, |customer| (customer, None))
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
    let kept = KeptSums::of(scene, &reading);
    let total = |month| kept.as_ref().map_or_else(|| in_month(month), |kept| kept.month(month, month).total());
    last_months(month, 12).map(total).sum()
}

/// Distinct services with consumption over all customers in twelve months.
impl Compute for Deployments {
    fn sums(&self, scene: &Scene<'_>, metric: Metric, because: &mut Vec<Unit>) -> Option<Sums> {
        let excluded: Vec<String> = self.excluded_products.iter().map(|product| identity::product(product)).collect();
        let is_excluded = |product: &str| excluded.iter().any(|excluded| excluded == product);
        let products = scene.products(metric, None);
        let reading = MetricReading::new(AcrUsd, &self.associations, products, &self.excluded_offers);
        let months = last_months(scene.measured, 12);
        let mut sums = Sums::default();
        if let Some(kept) = KeptSums::of(scene, &reading) {
            let months: Vec<_> = months.map(|month| kept.month(month, month)).collect();
            let mut products: BTreeMap<&str, i128> = BTreeMap::new();
            for (product, sum) in months.iter().flat_map(|sums| sums.products()) {
                *products.entry(product).or_default() += sum;
            }
            products.retain(|product, _| !is_excluded(product));
            return Some(Sums::named(products.into_iter().map(|(product, sum)| (product.to_owned(), [sum, 0]))));
        }
        let mut products: BTreeMap<String, Tally> = BTreeMap::new();
        for (product, tally) in tally(scene, &reading, (months, None), |seen| seen.product) {
            products.entry(identity::product(product)).or_default().join(tally);
        }
        for (product, tally) in products {
            let is_excluded = is_excluded(&product);
            let counted = !is_excluded && tally.is_within(&MORE_THAN_NOTHING);
            let subject = UnitSubject::Product { product: tally.name.or(&product) };
            // What does not count as it is would count with a millionth more than nothing.
            let weight = if counted || is_excluded { tally.sum.max(1) } else { 1 - tally.sum };
            let mut unit = tally.unit(At::Now, subject, counted, &MORE_THAN_NOTHING).weighing(&product, weight);
            if is_excluded {
                unit.missed = Some("the product is left out of this metric".into());
            }
            because.push(unit);
            if !is_excluded {
                sums.by_name.insert(product, [tally.sum, 0].map(BigInt::from));
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
