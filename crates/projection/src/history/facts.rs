//! Facts about one thing in the order of (`effective_at`, seq), wherever in that order the next one belongs.

use std::collections::{BTreeMap, btree_map};
use std::slice;

use ledger::Timestamp;

use super::Dated;

/// Facts of which so many or more are kept as a tree, when one comes that belongs between others.
const MANY: usize = 64;

/// Facts in their order.
#[derive(Clone, Debug)]
pub(super) enum Facts<T> {
    /// One behind the other, as most facts come.
    Few(Vec<Dated<T>>),
    /// By their places: to put one between others moves few of them.
    Many(BTreeMap<(Timestamp, u64), Dated<T>>),
}

/// The facts from the first to the last.
pub(super) enum Iter<'f, T> {
    Few(slice::Iter<'f, Dated<T>>),
    Many(btree_map::Values<'f, (Timestamp, u64), Dated<T>>),
}

impl<T> Default for Facts<T> {
    fn default() -> Self {
        Self::Few(Vec::new())
    }
}

impl<T> Facts<T> {
    /// Facts that are in their order.
    pub(super) fn of(facts: Vec<Dated<T>>) -> Self {
        Self::Few(facts)
    }

    pub(super) fn insert(&mut self, fact: Dated<T>) {
        let key = |fact: &Dated<T>| (fact.at, fact.seq);
        match self {
            Self::Few(facts) if facts.last().is_none_or(|last| key(last) < key(&fact)) => facts.push(fact),
            Self::Few(facts) if facts.len() < MANY => {
                let place = facts.partition_point(|earlier| key(earlier) < key(&fact));
                facts.insert(place, fact);
            }
            Self::Few(facts) => {
                let facts = std::mem::take(facts).into_iter().chain([fact]);
                *self = Self::Many(facts.map(|fact| (key(&fact), fact)).collect());
            }
            Self::Many(facts) => {
                facts.insert(key(&fact), fact);
            }
        }
    }

    pub(super) fn len(&self) -> usize {
        match self {
            Self::Few(facts) => facts.len(),
            Self::Many(facts) => facts.len(),
        }
    }

    pub(super) fn iter(&self) -> Iter<'_, T> {
        match self {
            Self::Few(facts) => Iter::Few(facts.iter()),
            Self::Many(facts) => Iter::Many(facts.values()),
        }
    }
}

impl<'f, T> IntoIterator for &'f Facts<T> {
    type Item = &'f Dated<T>;
    type IntoIter = Iter<'f, T>;

    fn into_iter(self) -> Self::IntoIter {
        self.iter()
    }
}

impl<T> Clone for Iter<'_, T> {
    fn clone(&self) -> Self {
        match self {
            Self::Few(facts) => Self::Few(facts.clone()),
            Self::Many(facts) => Self::Many(facts.clone()),
        }
    }
}

impl<'f, T> Iterator for Iter<'f, T> {
    type Item = &'f Dated<T>;

    fn next(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(facts) => facts.next(),
            Self::Many(facts) => facts.next(),
        }
    }
}

impl<T> DoubleEndedIterator for Iter<'_, T> {
    fn next_back(&mut self) -> Option<Self::Item> {
        match self {
            Self::Few(facts) => facts.next_back(),
            Self::Many(facts) => facts.next_back(),
        }
    }
}

#[cfg(test)]
mod tests {
    use ledger::Timestamp;

    use super::super::Dated;
    use super::{Facts, MANY};

    #[test]
    fn facts_stand_in_their_order_in_whatever_order_they_come() {
        let mut facts = Facts::default();
        let mut sorted = Vec::new();
        for nth in 0..4 * MANY as u64 {
            let fact =
                Dated { at: Timestamp::from_micros(i64::try_from(nth * 37 % 101).unwrap_or(0)), seq: nth, fact: nth };
            sorted.push((fact.at, fact.seq));
            sorted.sort_unstable();
            facts.insert(fact);
            assert!(facts.iter().map(|fact| (fact.at, fact.seq)).eq(sorted.iter().copied()), "{nth}");
            assert!(facts.iter().rev().map(|fact| fact.seq).eq(sorted.iter().rev().map(|(_, seq)| *seq)), "{nth}");
            assert_eq!(facts.len(), sorted.len());
        }
        assert!(matches!(facts, Facts::Many(_)));
    }
}
