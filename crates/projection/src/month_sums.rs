//! What counts in a month by customer and by product: kept for other questions, and put right for single customers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::{Area, CustomerId, Month, UsageMetric};

use crate::identity;
use crate::memory::Memory;
use crate::rulebook::{AssociationList, Products};
use crate::scene::{MetricReading, Scene};

/// What a reading counts in a month; amounts in millionths. Nothing is here of customers of whom nothing counts.
#[derive(Clone, Debug, Default)]
pub(crate) struct MonthSums {
    customers: BTreeMap<CustomerId, CustomerSums>,
    /// By product the sum, and how many reports it is of.
    products: BTreeMap<Arc<str>, (i128, usize)>,
    total: i128,
    /// The customers of whom something else is known since they were summed.
    stale: BTreeSet<CustomerId>,
}

/// What counts of one customer.
#[derive(Clone, Debug, Default)]
struct CustomerSums {
    sum: i128,
    /// The product and the amount of each report.
    reports: Vec<(Arc<str>, i128)>,
}

/// What the sums of a month depend on beside the months.
#[derive(Debug)]
pub(crate) struct ReadingKey {
    /// The area, where a churn is limited to areas.
    pub(crate) area: Option<Area>,
    /// Which figures.
    pub(crate) metric: UsageMetric,
    /// The associations that count.
    pub(crate) list: AssociationList,
    /// The products that count; all without them.
    pub(crate) products: Option<Products>,
    /// The offers that do not count.
    pub(crate) excluded_offers: Vec<String>,
}

/// A reading whose sums are kept by month.
pub(crate) struct KeptSums<'s> {
    memory: &'s Memory,
    scene: &'s Scene<'s>,
    reading: &'s MetricReading<'s>,
    /// The number that stands for the reading.
    number: usize,
}

impl<'s> KeptSums<'s> {
    /// The sums of a reading; none where nothing is kept, or the units behind a score are asked for.
    pub(crate) fn of(scene: &'s Scene<'s>, reading: &'s MetricReading<'s>) -> Option<Self> {
        let memory = scene.kept.filter(|_| !scene.question.explain)?;
        let area = Some(scene.area).filter(|_| memory.by_area);
        let number = memory.readings.of(|known| reading.has_key(known, area), || reading.key(area));
        Some(Self { memory, scene, reading, number })
    }

    /// The sums of a month, judged by the associations in force at the end of `judged`.
    pub(crate) fn month(&self, month: Month, judged: Month) -> Arc<MonthSums> {
        let Self { memory, scene, reading, number } = *self;
        let make = || {
            let mut sums = MonthSums::default();
            sums.read(scene, reading, (month, judged));
            Arc::new(sums)
        };
        memory.months.get_or_mend(month, &(number, judged), make, |sums| {
            if !sums.stale.is_empty() {
                Arc::make_mut(sums).read_again(scene, reading, (month, judged));
            }
        })
    }
}

impl MonthSums {
    /// The customers of whom something counts, ascending, each with the sum.
    pub(crate) fn customers(&self) -> impl Iterator<Item = (CustomerId, i128)> {
        self.customers.iter().map(|(customer, sums)| (*customer, sums.sum))
    }

    /// What counts of a customer; none where nothing does.
    pub(crate) fn of(&self, customer: CustomerId) -> Option<i128> {
        self.customers.get(&customer).map(|sums| sums.sum)
    }

    /// The products of which something counts, as products are compared, each with the sum.
    pub(crate) fn products(&self) -> impl Iterator<Item = (&str, i128)> {
        self.products.iter().map(|(product, (sum, _))| (&**product, *sum))
    }

    /// The sum of all.
    pub(crate) fn total(&self) -> i128 {
        self.total
    }

    /// Takes in that something else is known of some customers.
    pub(crate) fn forget(&mut self, customers: &BTreeSet<CustomerId>) {
        self.stale.extend(customers);
    }

    fn read(&mut self, scene: &Scene<'_>, reading: &MetricReading<'_>, (month, judged): (Month, Month)) {
        for seen in reading.month(scene, month, judged).filter(|seen| seen.cover.is_ok()) {
            let (value, product) = (seen.report.value.micros(), self.product(seen.product));
            let product_sum = self.products.entry(Arc::clone(&product)).or_default();
            *product_sum = (product_sum.0 + value, product_sum.1 + 1);
            let customer = self.customers.entry(seen.report.customer).or_default();
            customer.sum += value;
            customer.reports.push((product, value));
            self.total += value;
        }
    }

    /// Sums again what counts of customers of whom something else is known.
    fn read_again(&mut self, scene: &Scene<'_>, reading: &MetricReading<'_>, months: (Month, Month)) {
        for customer in std::mem::take(&mut self.stale) {
            for (product, value) in self.customers.remove(&customer).map(|sums| sums.reports).unwrap_or_default() {
                self.total -= value;
                let Some((sum, reports)) = self.products.get_mut(&product) else { continue };
                (*sum, *reports) = (*sum - value, *reports - 1);
                if *reports == 0 {
                    self.products.remove(&product);
                }
            }
            self.read(&scene.of_customer(customer), reading, months);
        }
    }

    /// A product as products are compared, the same text for all of its reports.
    fn product(&self, name: &str) -> Arc<str> {
        let known = |name: &str| self.products.get_key_value(name).map(|(known, _)| Arc::clone(known));
        known(name).unwrap_or_else(|| {
            let folded = identity::product(name);
            known(&folded).unwrap_or_else(|| folded.into())
        })
    }
}
