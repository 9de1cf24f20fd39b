//! Which events are retracted, by the retractions that are not retracted themselves.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The events that are retracted, each with the number of retractions that hold and name it: from the newest retraction
/// to the oldest (scoring specification, section 1).
///
/// `retractions` are in the order of their seq, each with the event that it names.
///
/// # Examples
/// ```
/// // The second retraction takes the first back, and the event stands.
/// assert_eq!(projection::retracted([(7, 3), (9, 7)].into_iter()).into_keys().collect::<Vec<_>>(), [7]);
/// ```
#[must_use]
pub fn retracted<I: Copy + Ord>(retractions: impl DoubleEndedIterator<Item = (I, I)>) -> BTreeMap<I, u64> {
    let mut named = BTreeMap::new();
    for (retraction, target) in retractions.rev() {
        if !named.contains_key(&retraction) {
            *named.entry(target).or_default() += 1;
        }
    }
    named
}

/// What is retracted: by seq, how many retractions that hold name it.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Retractions(BTreeMap<u64, u64>);

impl Retractions {
    /// What follows from all retractions, of which those count whose target is known.
    pub(super) fn resolve(retractions: impl DoubleEndedIterator<Item = (u64, Option<u64>)>) -> Self {
        Self(retracted(retractions.filter_map(|(seq, target)| Some((seq, target?)))))
    }

    pub(super) fn contains(&self, seq: u64) -> bool {
        self.0.contains_key(&seq)
    }

    /// Takes in a retraction that is behind all others, and whose target is before it; `targets` are those of the
    /// others.
    ///
    /// Nothing retracts the newest, so that it holds; what it names was a retraction that held, perhaps, and does so no
    /// longer, and so on.
    pub(super) fn add(&mut self, target: u64, targets: impl Fn(u64) -> Option<u64>) {
        let (mut at, mut holds) = (target, true);
        loop {
            let times = self.0.entry(at).or_default();
            *times = if holds { *times + 1 } else { times.saturating_sub(1) };
            let is_as_before = if holds { *times > 1 } else { *times > 0 };
            if *times == 0 {
                self.0.remove(&at);
            }
            let Some(next) = targets(at).filter(|_| !is_as_before) else { return };
            (at, holds) = (next, !holds);
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Retractions;

    #[test]
    fn retractions_one_by_one_retract_what_all_at_once_do() {
        let mut state = 1_u64;
        let mut below = |bound: u64| {
            state = state.wrapping_mul(6_364_136_223_846_793_005).wrapping_add(1_442_695_040_888_963_407);
            (state >> 33) % bound
        };
        for _ in 0..200 {
            let facts = 1 + below(4);
            let mut targets: BTreeMap<u64, u64> = BTreeMap::new();
            let mut one_by_one = Retractions::resolve(std::iter::empty());
            for seq in facts..facts + 40 {
                // Near ones make chains, any ones trees.
                let target = if below(2) == 0 { seq - 1 - below(facts.min(seq)) } else { below(seq) };
                one_by_one.add(target, |at| targets.get(&at).copied());
                targets.insert(seq, target);
                let at_once = Retractions::resolve(targets.iter().map(|(seq, target)| (*seq, Some(*target))));
                assert_eq!(one_by_one, at_once, "{targets:?}");
            }
        }
    }
}
