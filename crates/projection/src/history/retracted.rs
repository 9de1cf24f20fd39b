//! What is retracted, by the retractions that are not retracted themselves.

use std::collections::{BTreeSet, HashMap};

/// What is retracted.
#[derive(Clone, Debug, Default)]
pub(super) struct Retracted {
    seqs: BTreeSet<u64>,
    /// How many retractions that hold name each; none where it was not counted.
    named: Option<HashMap<u64, u64>>,
}

impl Retracted {
    /// What a state says.
    pub(super) fn of_state(seqs: BTreeSet<u64>) -> Self {
        Self { seqs, named: None }
    }

    /// The events that are retracted, from the highest retraction to the lowest (scoring specification, section 1).
    pub(super) fn resolve(retractions: impl DoubleEndedIterator<Item = (u64, Option<u64>)>) -> Self {
        let mut seqs = BTreeSet::new();
        let mut named: HashMap<u64, u64> = HashMap::new();
        for (seq, target) in retractions.rev() {
            if let (Some(target), false) = (target, seqs.contains(&seq)) {
                seqs.insert(target);
                *named.entry(target).or_default() += 1;
            }
        }
        Self { seqs, named: Some(named) }
    }

    pub(super) fn contains(&self, seq: u64) -> bool {
        self.seqs.contains(&seq)
    }

    /// The seqs, ascending.
    pub(super) fn seqs(&self) -> &BTreeSet<u64> {
        &self.seqs
    }

    /// Takes in a retraction that is behind all others, and whose target is before it; `targets` are those of the
    /// others. Returns whether it could be: else everything is to be resolved anew.
    ///
    /// Nothing retracts the newest, so that it holds; what it names was a retraction that held, perhaps, and does so no
    /// longer, and so on.
    pub(super) fn add(&mut self, target: u64, targets: impl Fn(u64) -> Option<u64>) -> bool {
        let Some(named) = &mut self.named else { return false };
        let (mut at, mut holds) = (target, true);
        loop {
            let times = named.entry(at).or_default();
            if holds {
                *times += 1;
                if *times > 1 {
                    return true;
                }
                self.seqs.insert(at);
            } else {
                *times = times.saturating_sub(1);
                if *times > 0 {
                    return true;
                }
                self.seqs.remove(&at);
            }
            match targets(at) {
                Some(next) => (at, holds) = (next, !holds),
                None => return true,
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::Retracted;

    #[test]
    fn retractions_one_by_one_retract_what_all_at_once_do() {
        let mut numbers = fastrand::Rng::with_seed(1);
        let mut below = |bound: u64| numbers.u64(..bound);
        for _ in 0..200 {
            let facts = 1 + below(4);
            let mut targets: BTreeMap<u64, u64> = BTreeMap::new();
            let mut one_by_one = Retracted::resolve(std::iter::empty());
            for seq in facts..facts + 40 {
                // Near ones make chains, any ones trees.
                let target = if below(2) == 0 { seq - 1 - below(facts.min(seq)) } else { below(seq) };
                assert!(one_by_one.add(target, |at| targets.get(&at).copied()));
                targets.insert(seq, target);
                let at_once = Retracted::resolve(targets.iter().map(|(seq, target)| (*seq, Some(*target))));
                assert_eq!(one_by_one.seqs(), at_once.seqs(), "{targets:?}");
            }
        }
    }
}
