//! Which entries were folded, and which of them are retracted.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap};
use std::sync::OnceLock;

use ledger::EventId;
use uuid::Uuid;

use super::retractions::Retractions;
use super::state_bytes::StateBytes;

/// Bytes of an id.
const ID_LEN: usize = 16;

/// The entries that were folded, by seq.
#[derive(Clone, Debug, Default)]
pub(super) struct Entries {
    seqs: Vec<u64>,
    ids: Ids,
    /// Those that came after one with a higher seq.
    belated: BTreeMap<u64, EventId>,
    /// The seq of every id, once a retraction is resolved: most histories have none.
    by_id: OnceLock<HashMap<EventId, u64>>,
    retractions: BTreeMap<u64, EventId>,
    /// What is retracted, once that is asked.
    retracted: OnceLock<Retractions>,
}

/// The ids of entries in the order of their seqs: those of a saved state as it has them, and behind them others.
#[derive(Clone, Debug, Default)]
struct Ids {
    saved: StateBytes,
    further: Vec<EventId>,
}

impl Ids {
    fn iter(&self) -> impl Iterator<Item = EventId> {
        let saved = self.saved.as_slice().as_chunks::<ID_LEN>().0.iter().map(|bytes| EventId(Uuid::from_bytes(*bytes)));
        saved.chain(self.further.iter().copied())
    }
}

impl Entries {
    /// The entries of a state, each by how much its seq is above the one before; `None` unless there are as many ids.
    pub(super) fn of_state(
        distances: Vec<u64>,
        ids: StateBytes,
        retractions: BTreeMap<u64, EventId>,
        retracted: Retractions,
    ) -> Option<Self> {
        let mut seqs = distances;
        let mut before = 0_u64;
        for seq in &mut seqs {
            before = before.checked_add(*seq)?;
            *seq = before;
        }
        let is_right = seqs.len().checked_mul(ID_LEN) == Some(ids.as_slice().len());
        is_right.then(|| Self {
            seqs,
            ids: Ids { saved: ids, further: Vec::new() },
            retractions,
            retracted: retracted.into(),
            ..Self::default()
        })
    }

    pub(super) fn push(&mut self, seq: u64, id: EventId) {
        if self.seqs.last().is_none_or(|last| *last < seq) {
            self.seqs.push(seq);
            self.ids.further.push(id);
        } else {
            self.belated.insert(seq, id);
        }
        if let Some(by_id) = self.by_id.get_mut() {
            by_id.insert(id, seq);
        }
    }

    /// Takes in that an entry retracts another.
    ///
    /// Nothing is resolved before somebody asks. After that, a retraction behind all others is resolved by itself.
    pub(super) fn retract(&mut self, seq: u64, target: EventId) {
        let is_newest = self.retractions.last_key_value().is_none_or(|(last, _)| *last < seq);
        let Self { by_id, retractions, retracted, .. } = self;
        let place = |id: &EventId| by_id.get().and_then(|by_id| by_id.get(id)).copied();
        match (retracted.get_mut(), place(&target)) {
            (Some(retracted), Some(target)) if is_newest && target < seq => {
                retracted.add(target, |at| retractions.get(&at).and_then(place));
            }
            _ => drop(retracted.take()),
        }
        retractions.insert(seq, target);
    }

    /// How many entries were folded.
    pub(super) fn count(&self) -> u64 {
        (self.seqs.len() + self.belated.len()) as u64
    }

    /// Whether an entry was folded.
    pub(super) fn has(&self, seq: u64) -> bool {
        self.seqs.binary_search(&seq).is_ok() || self.belated.contains_key(&seq)
    }

    /// The entries with their seqs and ids in order, whatever the order in which they came.
    pub(super) fn in_order(&self) -> Cow<'_, Self> {
        if self.belated.is_empty() {
            return Cow::Borrowed(self);
        }
        let mut all: Vec<(u64, EventId)> = self.all().collect();
        all.sort_unstable();
        let (seqs, further) = all.into_iter().unzip();
        let ids = Ids { saved: StateBytes::default(), further };
        Cow::Owned(Self { seqs, ids, belated: BTreeMap::new(), ..self.clone() })
    }

    fn all(&self) -> impl Iterator<Item = (u64, EventId)> {
        let belated = self.belated.iter().map(|(seq, id)| (*seq, *id));
        self.seqs.iter().copied().zip(self.ids.iter()).chain(belated)
    }

    /// By how much each seq of entries in order is above the one before.
    pub(super) fn distances(&self) -> Vec<u64> {
        let before = std::iter::once(&0).chain(&self.seqs);
        self.seqs.iter().zip(before).map(|(seq, before)| seq - before).collect()
    }

    /// The bytes of the ids, in the order of the seqs, of entries in order.
    pub(super) fn ids(&self) -> Vec<u8> {
        self.ids.iter().flat_map(|id| id.0.into_bytes()).collect()
    }

    /// What each retraction names.
    pub(super) fn retractions(&self) -> &BTreeMap<u64, EventId> {
        &self.retractions
    }

    /// What is retracted.
    pub(super) fn retracted(&self) -> &Retractions {
        self.retracted.get_or_init(|| {
            if self.retractions.is_empty() {
                return Retractions::default();
            }
            self.resolve(self.retractions.iter())
        })
    }

    /// What the entries before one retract.
    pub(super) fn retracted_before(&self, end: u64) -> Cow<'_, Retractions> {
        if self.retractions.range(end..).next().is_none() {
            return Cow::Borrowed(self.retracted());
        }
        Cow::Owned(self.resolve(self.retractions.range(..end)))
    }

    fn resolve<'e>(&self, retractions: impl DoubleEndedIterator<Item = (&'e u64, &'e EventId)>) -> Retractions {
        let by_id = self.by_id.get_or_init(|| self.all().map(|(seq, id)| (id, seq)).collect());
        Retractions::resolve(retractions.map(|(seq, target)| (*seq, by_id.get(target).copied())))
    }
}
