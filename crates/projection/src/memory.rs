//! What was computed for one question and holds for others: kept by month.
//!
//! A metric of usage reads the rules, the products, the reports and the associations as they cover its months. Where
//! the associations are settled (see [`crate::association::are_settled`]) all of these depend on the day by its measured
//! month alone. So the score is the same for every day with the same month and the same rules.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use ledger::{Area, CustomerId, Month, Timestamp};

use crate::customer_sets::{CustomerSet, SetKey};
use crate::month_sums::{MonthSums, ReadingKey};
use crate::question::Unmeasured;
use crate::rulebook::{AssociationList, Bounds, Products, Rule};
use crate::score::answer::{AreaScore, MetricScore};

/// What is kept for other questions.
#[derive(Debug, Default)]
pub(crate) struct Memory {
    /// Whether a churn is limited to areas, so that what stands depends on the area.
    pub(crate) by_area: bool,
    /// The scores of areas.
    pub(crate) answers: Memo<AnswerKey, AreaScore>,
    /// The scores of metrics of usage, by the numbers of their keys.
    pub(crate) metrics: Memo<usize, Option<MetricScore>>,
    /// How many of the customers with an association are small and medium businesses, and how many there are.
    pub(crate) shares: Memo<ShareKey, (i128, i128)>,
    /// What counts in the month, by the number of a reading and the month at whose end it is judged.
    pub(crate) months: Memo<(usize, Month), Arc<MonthSums>>,
    /// The customers of which something holds at the end of the month.
    pub(crate) customers: Memo<SetKey, CustomerSet>,
    /// The number of products of customers with large revenue.
    pub(crate) large: Memo<Bounds, usize>,
    /// The times of all classifications, ascending.
    pub(crate) classes: Vec<(Timestamp, u64)>,
    /// What metrics depend on.
    pub(crate) metric_keys: Numbers<MetricKey>,
    /// What the sums of months depend on.
    pub(crate) readings: Numbers<ReadingKey>,
}

impl Memory {
    /// Forgets what reads the reports of some customers in a month.
    pub(crate) fn forget_reports(&mut self, month: Month, customers: &BTreeSet<CustomerId>) {
        self.months.mend(|(of, _), sums| {
            if of == month {
                Arc::make_mut(sums).forget(customers);
            }
        });
        self.customers.mend(|(of, _), set| {
            if of >= month {
                set.forget(customers);
            }
        });
        self.metrics.forget_from(month);
        self.large.forget_from(month);
        self.answers.forget_from(month);
    }

    /// Forgets what reads which associations are in force at the end of a month, or of one behind it: those with some
    /// customers, or all.
    pub(crate) fn forget_associations(&mut self, from: Month, customers: Option<&BTreeSet<CustomerId>>) {
        if let Some(customers) = customers {
            self.months.mend(|(_, (_, judged)), sums| {
                if *judged >= from {
                    Arc::make_mut(sums).forget(customers);
                }
            });
            self.customers.mend(|(judged, _), set| {
                if judged >= from {
                    set.forget(customers);
                }
            });
        } else {
            self.months.retain(|(_, judged)| *judged < from);
            self.customers.forget_from(from);
        }
        self.metrics.forget_from(from);
        self.shares.forget_from(from);
        self.answers.forget_from(from);
    }
}

/// What the score of an area depends on, beside the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct AnswerKey {
    /// The area.
    pub(crate) area: Area,
    /// How many of the days on which anything may change are over.
    pub(crate) changes: usize,
    /// How customers without figures are treated.
    pub(crate) unmeasured: Unmeasured,
}

/// What a metric depends on, beside the month.
#[derive(Debug)]
pub(crate) struct MetricKey {
    /// The area, where a churn is limited to areas.
    pub(crate) area: Option<Area>,
    /// The rule.
    pub(crate) rule: Rule,
    /// The products of the metric or of each of its parts.
    pub(crate) products: Vec<Option<Products>>,
    /// How customers without figures are treated.
    pub(crate) unmeasured: Unmeasured,
}

/// What the share of small and medium businesses depends on, beside the month.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct ShareKey {
    /// The area, where a churn is limited to areas.
    pub(crate) area: Option<Area>,
    /// The associations that count.
    pub(crate) list: AssociationList,
    /// How many classifications are seen.
    pub(crate) classes: usize,
}

/// Numbers that stand for long keys, so that these are compared once for many months, and copied once for all.
#[derive(Debug)]
pub(crate) struct Numbers<K>(RefCell<Vec<K>>);

impl<K> Default for Numbers<K> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K> Numbers<K> {
    /// The number of the key that is known, else of the one that is made.
    pub(crate) fn of(&self, is_it: impl Fn(&K) -> bool, make: impl FnOnce() -> K) -> usize {
        let mut known = self.0.borrow_mut();
        known.iter().position(is_it).unwrap_or_else(|| {
            known.push(make());
            known.len() - 1
        })
    }
}

/// Values by month and by what else they depend on. There are few of these for a month.
#[derive(Debug)]
pub(crate) struct Memo<K, V>(RefCell<BTreeMap<Month, Vec<(K, V)>>>);

impl<K, V> Default for Memo<K, V> {
    fn default() -> Self {
        Self(RefCell::default())
    }
}

impl<K, V> Memo<K, V> {
    /// Forgets what is kept by a month and by those behind it.
    pub(crate) fn forget_from(&mut self, month: Month) {
        self.0.get_mut().split_off(&month);
    }

    /// Brings up to date what is kept.
    pub(crate) fn mend(&mut self, mut mend: impl FnMut((Month, &K), &mut V)) {
        for (month, kept) in self.0.get_mut() {
            for (key, value) in kept {
                mend((*month, key), value);
            }
        }
    }

    /// Forgets what is kept by other keys than these.
    pub(crate) fn retain(&mut self, is_kept: impl Fn(&K) -> bool) {
        self.0.get_mut().values_mut().for_each(|kept| kept.retain(|(key, _)| is_kept(key)));
    }
}

impl<K: PartialEq + Clone, V> Memo<K, V> {
    /// Whether something is kept by such a key.
    pub(crate) fn has(&self, is_it: impl Fn(&K) -> bool) -> bool {
        self.0.borrow().values().flatten().any(|(key, _)| is_it(key))
    }

    /// The value that is kept, else the one that is made, which is kept from now on.
    pub(crate) fn get_or(&self, month: Month, key: &K, make: impl FnOnce() -> V) -> V
    where
        V: Clone,
    {
        self.look(month, key, make, |value| value.clone())
    }

    /// Looks at the value that is kept, else at the one that is made, which is kept from now on; it may be brought up to
    /// date.
    pub(crate) fn look<T>(&self, month: Month, key: &K, make: impl FnOnce() -> V, look: impl FnOnce(&mut V) -> T) -> T {
        let find = |kept: &Vec<(K, V)>| kept.iter().position(|(known, _)| known == key);
        let found = self.0.borrow().get(&month).and_then(find);
        // Whoever makes a value may look at others.
        let new = if found.is_some() { None } else { Some(make()) };
        let mut months = self.0.borrow_mut();
        let kept = months.entry(month).or_default();
        let place = found.unwrap_or(kept.len());
        kept.extend(new.map(|new| (key.clone(), new)));
        let (_, value) = kept.get_mut(place).expect("it was found, or it is the last");
        look(value)
    }
}
