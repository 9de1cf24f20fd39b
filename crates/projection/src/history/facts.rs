//! Facts about one thing in the order of (`effective_at`, seq), wherever in that order the next one belongs.

use std::collections::BTreeMap;

use ledger::Timestamp;
use serde::{Deserialize, Serialize, Serializer};

/// So many facts, or more, become a tree when one comes that belongs between others.
const MANY: usize = 64;

/// A fact with the time when it became true and its place in the ledger.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) struct DatedFact<T> {
    /// When it became true.
    pub(crate) at: Timestamp,
    /// Its place.
    pub(crate) seq: u64,
    /// The fact.
    pub(crate) fact: T,
}

/// Facts in their order: all of them as a list or, to put one between many, as a tree.
#[derive(Clone, Debug, Deserialize)]
#[serde(from = "Vec<DatedFact<T>>")]
pub(super) struct Facts<T> {
    few: Vec<DatedFact<T>>,
    many: BTreeMap<(Timestamp, u64), DatedFact<T>>,
}

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Self::from(Vec::new())
    }
}

impl<T> From<Vec<DatedFact<T>>> for Facts<T> {
    /// Facts that are in their order.
    fn from(few: Vec<DatedFact<T>>) -> Self {
        Self { few, many: BTreeMap::new() }
    }
}

impl<T: Serialize> Serialize for Facts<T> {
    fn serialize<S: Serializer>(&self, to: S) -> Result<S::Ok, S::Error> {
        to.collect_seq(self.iter())
    }
}

impl<T> Facts<T> {
    pub(super) fn insert(&mut self, fact: DatedFact<T>) {
        let key = |fact: &DatedFact<T>| (fact.at, fact.seq);
        let Self { few, many } = self;
        if !many.is_empty() {
            many.insert(key(&fact), fact);
        } else if few.last().is_none_or(|last| key(last) < key(&fact)) {
            few.push(fact);
        } else if few.len() < MANY {
            few.insert(few.partition_point(|earlier| key(earlier) < key(&fact)), fact);
        } else {
            *many = std::mem::take(few).into_iter().chain([fact]).map(|fact| (key(&fact), fact)).collect();
        }
    }

    pub(super) fn iter(&self) -> impl DoubleEndedIterator<Item = &DatedFact<T>> + Clone {
        self.few.iter().chain(self.many.values())
    }
}

#[cfg(test)]
mod tests {
    use ledger::Timestamp;

    use super::{DatedFact, Facts, MANY};

    #[test]
    fn facts_stand_in_their_order_in_whatever_order_they_come() {
        let mut facts = Facts::default();
        let mut sorted = Vec::new();
        for nth in 0..4 * MANY as u64 {
            let fact = DatedFact {
                at: Timestamp::from_micros(i64::try_from(nth * 37 % 101).unwrap_or(0)),
                seq: nth,
                fact: nth,
            };
            sorted.push((fact.at, fact.seq));
            sorted.sort_unstable();
            facts.insert(fact);
            assert!(facts.iter().map(|fact| (fact.at, fact.seq)).eq(sorted.iter().copied()), "{nth}");
            assert!(facts.iter().rev().map(|fact| fact.seq).eq(sorted.iter().rev().map(|(_, seq)| *seq)), "{nth}");
        }
        assert!(facts.few.is_empty());
    }
}
