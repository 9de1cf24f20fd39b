//! Which entries were folded, and which of them are retracted.

use std::collections::{BTreeMap, BTreeSet, HashMap};
use std::sync::Arc;

use ledger::EventId;
use uuid::Uuid;

/// Bytes of an id.
const ID_LEN: usize = 16;

/// The entries that were folded, by seq.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    seqs: Vec<u64>,
    ids: Ids,
    /// The seq of every id, from the first retraction on: most histories have none.
    by_id: Option<HashMap<EventId, u64>>,
    retractions: BTreeMap<u64, EventId>,
    retracted: BTreeSet<u64>,
}

/// The ids of entries in the order of their seqs: those of a saved state as it has them, and behind them others.
#[derive(Clone, Debug, Default)]
struct Ids {
    saved: Saved,
    further: Vec<EventId>,
}

/// Ids one behind the other in the bytes of a state.
#[derive(Clone, Debug, Default)]
struct Saved {
    state: Arc<Vec<u8>>,
    start: usize,
    count: usize,
}

impl Saved {
    fn bytes(&self) -> &[u8] {
        self.state.get(self.start..).and_then(|rest| rest.get(..self.count * ID_LEN)).unwrap_or_default()
    }

    fn iter(&self) -> impl Iterator<Item = EventId> {
        self.bytes().as_chunks::<ID_LEN>().0.iter().map(|bytes| EventId(Uuid::from_bytes(*bytes)))
    }
}

impl Ids {
    fn insert(&mut self, at: usize, id: EventId) {
        if at < self.saved.count {
            self.further = self.iter().collect();
            self.saved = Saved::default();
        }
        self.further.insert(at - self.saved.count, id);
    }

    fn iter(&self) -> impl Iterator<Item = EventId> {
        self.saved.iter().chain(self.further.iter().copied())
    }
}

impl Entries {
    /// The entries of a state: ids begin at a place in its bytes, and there are as many as seqs.
    ///
    /// `None` when the bytes end before.
    pub(super) fn of_state(
        seqs: Vec<u64>,
        retractions: BTreeMap<u64, EventId>,
        retracted: BTreeSet<u64>,
        state: &Arc<Vec<u8>>,
        start: usize,
    ) -> Option<Self> {
        let count = seqs.len();
        let is_whole = state.len().checked_sub(start)? == count.checked_mul(ID_LEN)?;
        let saved = Saved { state: Arc::clone(state), start, count };
        is_whole.then_some(Self { seqs, ids: Ids { saved, further: Vec::new() }, by_id: None, retractions, retracted })
    }

    pub(super) fn push(&mut self, seq: u64, id: EventId) {
        let at = self.seqs.partition_point(|earlier| *earlier < seq);
        self.seqs.insert(at, seq);
        self.ids.insert(at, id);
        if let Some(by_id) = &mut self.by_id {
            by_id.insert(id, seq);
        }
    }

    /// An entry retracts another.
    pub(super) fn retract(&mut self, seq: u64, target: EventId) {
        self.retractions.insert(seq, target);
    }

    /// Finds what is retracted, when there are more retractions than before.
    pub(super) fn resolve(&mut self) {
        let Self { seqs, ids, by_id, retractions, retracted } = self;
        let by_id = by_id.get_or_insert_with(|| ids.iter().zip(seqs.iter().copied()).collect());
        *retracted = resolve(retractions.iter().map(|(seq, target)| (*seq, by_id.get(target).copied())));
    }

    /// The seqs, ascending.
    pub(super) fn seqs(&self) -> &[u64] {
        &self.seqs
    }

    /// The ids, in the order of the seqs.
    pub(super) fn ids(&self) -> impl Iterator<Item = EventId> {
        self.ids.iter()
    }

    /// What each retraction names.
    pub(super) fn retractions(&self) -> &BTreeMap<u64, EventId> {
        &self.retractions
    }

    /// What is retracted.
    pub(super) fn retracted(&self) -> &BTreeSet<u64> {
        &self.retracted
    }
}

/// The events that are retracted, from the highest retraction to the lowest (scoring specification, section 1).
fn resolve(retractions: impl DoubleEndedIterator<Item = (u64, Option<u64>)>) -> BTreeSet<u64> {
    let mut retracted = BTreeSet::new();
    for (seq, target) in retractions.rev() {
        if let (Some(target), false) = (target, retracted.contains(&seq)) {
            retracted.insert(target);
        }
    }
    retracted
}
