//! What producers and readers saw, in the order of one clock, and what must be true of it.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::atomic::{AtomicU64, Ordering};

use ledger::{EventId, Reader, Timestamp};
use sha2::{Digest as _, Sha256};

/// The one clock: each look at it is later than the one before, whoever looks.
#[derive(Debug, Default)]
pub struct Clock(AtomicU64);

impl Clock {
    pub fn tick(&self) -> u64 {
        self.0.fetch_add(1, Ordering::SeqCst)
    }
}

/// A batch that was acknowledged.
#[derive(Debug)]
pub struct Append {
    pub begun: u64,
    pub acknowledged: u64,
    /// The place of each event.
    pub places: Vec<(EventId, u64)>,
}

/// What somebody saw of the ledger.
#[derive(Debug)]
pub struct Look {
    pub who: &'static str,
    pub begun: u64,
    pub ended: u64,
    pub size: u64,
    /// The root of the size, where it was asked.
    pub root: Option<[u8; 32]>,
    /// The hash of all lines, where they were read.
    pub lines: Option<[u8; 32]>,
}

/// An answer to a question that names when it is known.
#[derive(Debug, PartialEq, Eq, Hash, Clone, PartialOrd, Ord)]
pub struct Answer {
    pub question: String,
    pub answer: String,
}

/// Everything that was recorded.
#[derive(Debug, Default)]
pub struct History {
    pub appends: Vec<Append>,
    pub looks: Vec<Look>,
    pub answers: Vec<Answer>,
    /// Writers that found the ledger locked.
    pub locked: usize,
}

impl History {
    pub fn add(&mut self, other: History) {
        self.appends.extend(other.appends);
        self.looks.extend(other.looks);
        self.answers.extend(other.answers);
        self.locked += other.locked;
    }

    /// Checks everything, with the ledger as it is at the end.
    pub fn check(&self, end: &Reader) {
        let (hashes, ids) = check_entries(end);
        self.check_appends(&ids);
        for look in &self.looks {
            let at = format!("{} saw {look:?}", look.who);
            let size = usize::try_from(look.size).unwrap();
            assert!(look.size <= end.size(), "entries are gone: {at}");
            assert!(look.root.is_none_or(|root| root == end.root(look.size).unwrap()), "another root (L8): {at}");
            assert!(look.lines.is_none_or(|lines| lines == hashes[size]), "no prefix (L2): {at}");
            for append in &self.appends {
                let (first, last) = (append.places[0].1, append.places[append.places.len() - 1].1);
                assert!(append.acknowledged > look.begun || last < look.size, "{append:?} is not seen (L5): {at}");
                assert!(append.begun < look.ended || first >= look.size, "{append:?} was seen before it was: {at}");
                assert!(first >= look.size || last < look.size, "a part of {append:?} is seen (L6): {at}");
            }
        }
        self.check_sizes();
        let mut answers: BTreeMap<&str, &str> = BTreeMap::new();
        for Answer { question, answer } in &self.answers {
            let first = *answers.entry(question).or_insert(answer);
            assert!(first == answer, "{question} was {first}, and then {answer} (P3)");
        }
    }

    /// Each event has the place that was acknowledged; batches have theirs side by side, in the order of the clock.
    fn check_appends(&self, ids: &BTreeMap<EventId, u64>) {
        let mut by_begin: Vec<&Append> = self.appends.iter().collect();
        by_begin.sort_by_key(|append| append.begun);
        let mut by_end = by_begin.clone();
        by_end.sort_by_key(|append| append.acknowledged);
        let (mut ended, mut highest) = (by_end.into_iter().peekable(), None);
        for append in by_begin {
            for pair in append.places.windows(2) {
                assert_eq!(pair[0].1 + 1, pair[1].1, "a batch was torn apart: {append:?}");
            }
            for (id, place) in &append.places {
                assert_eq!(ids.get(id), Some(place), "{id} is not where it was acknowledged");
            }
            while let Some(before) = ended.next_if(|before| before.acknowledged < append.begun) {
                highest = highest.max(before.places.last().map(|(_, place)| *place));
            }
            assert!(highest < Some(append.places[0].1), "{append:?} is before what was acknowledged before it began");
        }
        assert_eq!(
            self.appends.iter().map(|append| append.places.len()).sum::<usize>(),
            ids.len(),
            "entries of nobody"
        );
    }

    /// Whoever looks after another sees no less.
    fn check_sizes(&self) {
        let mut by_begin: Vec<&Look> = self.looks.iter().collect();
        by_begin.sort_by_key(|look| look.begun);
        let mut by_end = by_begin.clone();
        by_end.sort_by_key(|look| look.ended);
        let (mut ended, mut greatest) = (by_end.into_iter().peekable(), 0);
        for look in by_begin {
            while let Some(before) = ended.next_if(|before| before.ended < look.begun) {
                greatest = greatest.max(before.size);
            }
            assert!(greatest <= look.size, "{greatest} entries were seen before {look:?}");
        }
    }
}

/// Checks the entries by themselves (L1, L3, L4); returns the hash of every prefix, and the places of the ids.
fn check_entries(end: &Reader) -> (Vec<[u8; 32]>, BTreeMap<EventId, u64>) {
    let (mut ids, mut instants, mut seen) = (BTreeMap::new(), BTreeSet::<Timestamp>::new(), 0);
    for seq in 0..end.size() {
        let entry = end.entry(seq).unwrap();
        assert_eq!(entry.seq, seq, "L1");
        assert!(instants.last().is_none_or(|last| *last < entry.recorded_at), "L3 at {seq}");
        instants.insert(entry.recorded_at);
        assert_eq!(ids.insert(entry.event.id, seq), None, "L4 at {seq}");
    }
    let mut hash = Sha256::new();
    let mut hashes = vec![hash.clone().finalize().into()];
    let scanned = end.scan(0, end.size(), &mut |seq, line| {
        assert_eq!(seq, seen, "a hole");
        seen += 1;
        hash.update(line);
        hash.update(b"\n");
        hashes.push(hash.clone().finalize().into());
        ControlFlow::Continue(())
    });
    scanned.unwrap();
    assert_eq!(seen, end.size(), "L1");
    (hashes, ids)
}

mod tests {
    use uuid::Uuid;

    use super::*;

    fn append(begun: u64, acknowledged: u64, first: u64) -> Append {
        let id = |number: u64| EventId(Uuid::from_u128(u128::from(number)));
        Append { begun, acknowledged, places: vec![(id(first), first), (id(first + 1), first + 1)] }
    }

    fn look(begun: u64, ended: u64, size: u64) -> Look {
        Look { who: "test", begun, ended, size, root: None, lines: None }
    }

    fn holds(history: &History) -> bool {
        let ids = history.appends.iter().flat_map(|append| append.places.iter().copied()).collect();
        let check = || {
            history.check_appends(&ids);
            history.check_sizes();
        };
        std::panic::catch_unwind(std::panic::AssertUnwindSafe(check)).is_ok()
    }

    #[test]
    fn histories_that_cannot_be_are_noticed() {
        let good = History { appends: vec![append(0, 5, 2), append(1, 3, 0)], ..History::default() };
        assert!(holds(&good));
        let late = History { appends: vec![append(0, 1, 2), append(2, 3, 0)], ..History::default() };
        assert!(!holds(&late), "the second was acknowledged before the first");
        let grows = History { looks: vec![look(0, 1, 2), look(2, 3, 2), look(1, 4, 1)], ..History::default() };
        assert!(holds(&grows));
        let shrinks = History { looks: vec![look(2, 3, 1), look(0, 1, 2)], ..History::default() };
        assert!(!holds(&shrinks));
    }
}
