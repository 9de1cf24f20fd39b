//! The index: runs derived from the log, so that a question reads little of it.
//!
//! A *run* is an immutable file over a complete subtree of entries: 1024 of them at tier 0, eight times as many at
//! each tier above. Entries after the last run are indexed in memory. Every run can be deleted at any time (L7):
//! what is missing, stale or damaged is made again from the log. MACs tell what was made with the secret of the ledger
//! from what somebody else put there. `docs/format.md` draws every byte.

pub(crate) mod block;
pub(crate) mod build;
pub(crate) mod directory;
pub(crate) mod filter;
pub(crate) mod format;
pub(crate) mod mac;
pub(crate) mod memory;
pub(crate) mod merge;
pub(crate) mod piece;
pub(crate) mod records;
pub(crate) mod run;

use std::collections::BTreeMap;

use tlog_tiles::tlog::Hash;

use crate::log::error::{Corruption, Damage, LaterEntry, ReadError};
use crate::log::frame::FrameRef;
use crate::log::segment::Place;

/// What an entry is found by; made from its line by the caller of the store.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Description<'a> {
    /// The sequence number that the line says.
    pub(crate) seq: u64,
    /// When the line says that it was recorded, in microseconds since 1970.
    pub(crate) recorded_at: i64,
    /// The partner; empty for an entry that has none.
    pub(crate) partner: &'a str,
    /// The fingerprints by which it is found; only the first `key_count` count.
    pub(crate) keys: [u64; MAX_KEYS],
    /// The number of fingerprints, at most [`MAX_KEYS`].
    pub(crate) key_count: usize,
}

impl Description<'_> {
    /// The fingerprints that count.
    pub(crate) fn keys(&self) -> &[u64] {
        self.keys.get(..self.key_count).expect("there are at most MAX_KEYS")
    }
}

/// The most fingerprints of one entry.
pub(crate) const MAX_KEYS: usize = 4;

/// Reads what an entry is found by from its line. Without that, the line is no entry, or one of a later version.
pub(crate) type Describer = for<'a> fn(&'a [u8]) -> Result<Description<'a>, Option<LaterEntry>>;

/// Reads what the entry of a place is found by from its line.
///
/// # Errors
/// The line is not that entry, or a later version wrote it.
pub(crate) fn described(
    describe: Describer,
    line: &[u8],
    place: Place,
    seq: u64,
) -> Result<Description<'_>, ReadError> {
    match describe(line) {
        Ok(described) if described.seq == seq => Ok(described),
        Err(Some(later)) => Err(later.into()),
        Ok(_) | Err(None) => Err(Corruption::at(place, seq, Damage::Entry).into()),
    }
}

/// A run whose bytes are not what was written: it counts as missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct RunDamage;

/// Why a file is not used as a run.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Unusable {
    /// It is gone.
    Gone,
    /// Another version of the program made it, or the ledger has no secret with which to tell who did.
    Foreign,
    /// It is not what was written.
    Damaged,
}

/// What can be asked about a stretch of entries, whether it is indexed in a file or in memory.
pub(crate) trait Index {
    /// The frame that holds an entry; `None` when none does, as with an entry not yet in a frame.
    fn frame_of(&self, seq: u64) -> Result<Option<FrameRef>, RunDamage>;
    /// The first frame whose last entry was recorded after an instant.
    fn frame_after(&self, micros: i64) -> Result<Option<FrameRef>, RunDamage>;
    /// Appends the entries of a partner, ascending.
    fn postings(&self, partner: &str, out: &mut Vec<u64>) -> Result<(), RunDamage>;
    /// Appends the entries of every partner, ascending; those that have none to those of the empty one.
    fn all_postings(&self, out: &mut BTreeMap<String, Vec<u64>>) -> Result<(), RunDamage>;
    /// The entries that may have a fingerprint.
    fn find(&self, probe: &filter::Probe) -> Result<Vec<u64>, RunDamage>;
    /// The hash of a node of the tree, when it is kept here.
    fn node(&self, level: u8, n: u64) -> Result<Option<Hash>, RunDamage>;
}

/// A key as the index keeps it: 40 evenly spread bits. Two keys may share one.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) struct Fingerprint(pub(crate) u64);

impl Fingerprint {
    /// The fingerprint of a caller's key.
    pub(crate) fn of(key: u64) -> Self {
        Self(filter::spread(key) >> 24)
    }
}
