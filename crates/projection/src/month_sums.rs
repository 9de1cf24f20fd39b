//! What counts in a month by customer and by product: kept for other questions, and put right for single customers.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::{Amount, Area, CustomerId, Month, UsageMetric};

use crate::customer_sets::{CustomerSet, SetKey};
use crate::identity;
use crate::memory::Memory;
use crate::rulebook::{AssociationList, Bounds, Products};
use crate::scene::{MetricReading, Scene, last_months};

/// What a reading counts in a month; amounts in millionths. Nothing is here of customers of whom nothing counts.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct MonthSums {
    customers: BTreeMap<CustomerId, CustomerSums>,
    /// By product the sum, and how many reports it is of.
    products: BTreeMap<Arc<str>, (i128, usize)>,
    total: i128,
    /// The customers of whom something else is known since they were summed.
    stale: BTreeSet<CustomerId>,
}

/// What counts of one customer.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
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
        memory.months.look(month, &(number, judged), make, |sums| {
            if !sums.stale.is_empty() {
                Arc::make_mut(sums).read_again(scene, reading, (month, judged));
            }
            Arc::clone(sums)
        })
    }

    /// How many customers have a sum within bounds in one of so many months up to one, at the end of which all are judged.
    pub(crate) fn eligible(&self, bounds: &Bounds, judged: Month, months: u32) -> usize {
        let key = SetKey::Eligible { reading: self.number, bounds: *bounds, months };
        let sums: Vec<_> = last_months(judged, months).map(|month| self.month(month, judged)).collect();
        let is_within = |sum: i128| bounds.contains(Amount::from_micros(sum));
        let make = || {
            let within = sums.iter().flat_map(|sums| sums.customers()).filter(|(_, sum)| is_within(*sum));
            CustomerSet::of(within.map(|(customer, _)| customer))
        };
        let holds = |customer: CustomerId| {
            sums.iter().any(|sums| sums.customers.get(&customer).is_some_and(|of| is_within(of.sum)))
        };
        self.memory.customers.look(judged, &key, make, |set| set.count(holds))
    }
}

impl MonthSums {
    /// The customers of whom something counts, ascending, each with the sum.
    pub(crate) fn customers(&self) -> impl Iterator<Item = (CustomerId, i128)> {
        self.customers.iter().map(|(customer, sums)| (*customer, sums.sum))
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

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::sync::Arc;

    use ledger::{Area, CustomerId, Entry, Month, UsageMetric, parse_date};

    use super::{KeptSums, MonthSums};
    use crate::association::Associations;
    use crate::memory::Memory;
    use crate::metrics::skilling::People;
    use crate::rulebook::{AssociationList, Bounds, Rulebook, Track};
    use crate::scene::MetricReading;
    use crate::score::Ground;
    use crate::standpoint::{Cut, Standpoint};
    use crate::{Basis, History, Question, Unmeasured};

    fn customer(nth: u64) -> String {
        format!("4fdbff88-9d6b-42e0-9713-{nth:012}")
    }

    fn entry(seq: u64, event: &str) -> Entry {
        let id = format!("0195d3c0-0000-7000-8000-{seq:012}");
        let line =
            format!(r#"{{"seq":{seq},"recorded_at":"2026-01-01T00:00:00.{seq:06}Z","event":{{"id":"{id}",{event}}}}}"#);
        Entry::parse(&line).unwrap_or_else(|refusal| panic!("{refusal}: {line}"))
    }

    fn accepted(seq: u64, of: u64) -> Entry {
        let customer = customer(of);
        entry(
            seq,
            &format!(
                r#""type":"association_accepted","partner":"1","effective_at":"2022-01-01T00:00:00.000000Z","association":"{customer}","customer":"{customer}","mechanism":"csp","role":"direct_bill""#
            ),
        )
    }

    fn report(seq: u64, of: u64, product: &str, value: u64) -> Entry {
        let customer = customer(of);
        entry(
            seq,
            &format!(
                r#""type":"usage_reported","partner":"1","month":"2025-01","customer":"{customer}","product":"{product}","metric":"acr_usd","value":"{value}""#
            ),
        )
    }

    /// The sums of January 2025, and how many customers have one of 6 or more.
    fn sums(history: &History, memory: &Memory) -> (Arc<MonthSums>, usize) {
        let (rulebook, as_of) = (Rulebook::builtin(), parse_date("2025-01-31").expect("a date"));
        let associations = Associations::stand(history, rulebook, None, Cut::END);
        let question = Question { as_of, basis: Basis::Live, unmeasured: Unmeasured::Exclude, explain: false };
        let people = People::Listed(Vec::new());
        let ground = Ground { history, rulebook, associations: &associations, people, kept: Some(memory), usage: None };
        let standpoint = Standpoint::of(question, rulebook);
        let scene = ground.scene(Area::Infrastructure, Track::Single, question, standpoint);
        let list = AssociationList::of("csp_t1");
        let reading = MetricReading::new(UsageMetric::AcrUsd, &list, None, &[]);
        let kept = KeptSums::of(&scene, &reading).expect("something is kept");
        let six = Bounds { min: Some(ledger::Amount::from_micros(6_000_000)), ..Bounds::default() };
        let month = Month::of(as_of);
        (kept.month(month, month), kept.eligible(&six, month, 1))
    }

    #[test]
    fn sums_that_are_put_right_for_single_customers_are_those_that_are_made_anew() {
        let first = [
            accepted(0, 1),
            accepted(1, 2),
            report(2, 1, "A", 5),
            report(3, 2, "B", 7),
            report(4, 2, "A", 1),
            report(5, 3, "C", 9),
        ];
        let target = first[3].event.id;
        let taken_back = format!(
            r#""type":"event_retracted","partner":"1","effective_at":"2026-01-01T00:00:00.000000Z","event":"{target}","reason":"x""#
        );
        let later = [report(6, 1, "a", 6), entry(7, &taken_back), accepted(8, 3)];
        let (mut history, mut memory) = (History::fold(&first), Memory::default());
        let (before, eligible) = sums(&history, &memory);
        assert_eq!((before.total(), eligible), (13_000_000, 1));
        assert_eq!(before.products().collect::<Vec<_>>(), [("a", 6_000_000), ("b", 7_000_000)]);

        history.extend(&later);
        let id = |nth| CustomerId(uuid::Uuid::parse_str(&customer(nth)).expect("an id"));
        let month = Month::parse("2025-01").expect("a month");
        memory.forget_reports(month, &BTreeSet::from([id(1), id(2)]));
        memory.forget_associations(month, Some(&BTreeSet::from([id(3)])));
        let mended = sums(&history, &memory);
        assert_eq!(mended, sums(&history, &Memory::default()));
        let (after, eligible) = mended;
        assert_eq!((after.total(), eligible), (16_000_000, 2));
        assert_eq!(after.products().collect::<Vec<_>>(), [("a", 7_000_000), ("c", 9_000_000)]);
        assert_eq!(after.customers().map(|(_, sum)| sum).collect::<Vec<_>>(), [6_000_000, 1_000_000, 9_000_000]);
    }
}
