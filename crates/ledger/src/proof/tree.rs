//! Proofs in the tree of RFC 6962, and the files in which they travel.

use std::fmt;
use std::str::Lines;

use base64::Engine as _;
use base64::prelude::BASE64_STANDARD;
use thiserror::Error;
use tlog_tiles::tlog::{self, Hash};

use super::checkpoint::{Checkpoint, NoteError, SignedCheckpoint};

const ENTRY_PROOF: &str = "c2sp.org/tlog-proof@v1";

/// The hash of an entry's canonical line as a leaf of the tree.
#[must_use]
pub fn leaf_hash(line: &str) -> [u8; 32] {
    tlog::record_hash(line.as_bytes()).0
}

/// The tree over leaves that come one after the other: the roots of its full subtrees, from the largest on.
#[derive(Clone, Debug, Default)]
pub struct GrowingTree {
    size: u64,
    full: Vec<Hash>,
}

impl GrowingTree {
    /// Adds the next leaf, by its hash.
    pub fn push(&mut self, leaf: [u8; 32]) {
        let mut node = Hash(leaf);
        let mut rest = self.size;
        while rest & 1 == 1
            && let Some(left) = self.full.pop()
        {
            node = tlog::node_hash(left, node);
            rest >>= 1;
        }
        self.full.push(node);
        self.size += 1;
    }

    /// The number of leaves.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.size
    }

    /// The roots of the full subtrees, from the largest on, from which [`GrowingTree::of_edge`] goes on.
    pub(super) fn edge(&self) -> impl Iterator<Item = [u8; 32]> {
        self.full.iter().map(|hash| hash.0)
    }

    /// The tree of `size` leaves with these roots of full subtrees; `None` when they are too few or too many.
    pub(super) fn of_edge(size: u64, edge: Vec<[u8; 32]>) -> Option<Self> {
        let is_whole = edge.len() as u64 == u64::from(size.count_ones());
        is_whole.then(|| Self { size, full: edge.into_iter().map(Hash).collect() })
    }

    /// The root; of no leaves the hash of nothing.
    #[must_use]
    pub fn root(&self) -> [u8; 32] {
        let joined = self.full.iter().rev().copied().reduce(|right, left| tlog::node_hash(left, right));
        joined.map_or_else(|| tlog::EMPTY_HASH.0, |root| root.0)
    }
}

/// The root of the tree of `size` entries in which some stand, by the hashes of what is between them, from left to right.
///
/// `entries` are sequence numbers, ascending, with leaf hashes. None when the hashes are too few or too many, or an
/// entry is out of place.
#[must_use]
pub fn root_of_entries(size: u64, entries: &[(u64, [u8; 32])], between: &[[u8; 32]]) -> Option<[u8; 32]> {
    let is_ascending = entries.is_sorted_by(|one, next| one.0 < next.0);
    if !is_ascending || entries.last().is_some_and(|last| last.0 >= size) || (size == 0 && !between.is_empty()) {
        return None;
    }
    if size == 0 {
        return Some(tlog::EMPTY_HASH.0);
    }
    let mut between = between.iter();
    let root = root_between(0, size, entries, &mut between)?;
    between.next().is_none().then_some(root.0)
}

fn root_between(
    start: u64,
    end_exclusive: u64,
    entries: &[(u64, [u8; 32])],
    between: &mut std::slice::Iter<'_, [u8; 32]>,
) -> Option<Hash> {
    match entries {
        [] => between.next().map(|hash| Hash(*hash)),
        [(_, leaf)] if end_exclusive - start == 1 => Some(Hash(*leaf)),
        _ => {
            let middle = middle(start, end_exclusive);
            let (left, right) = entries.split_at(entries.partition_point(|(seq, _)| *seq < middle));
            let left = root_between(start, middle, left, between)?;
            Some(tlog::node_hash(left, root_between(middle, end_exclusive, right, between)?))
        }
    }
}

/// Where RFC 6962 parts a tree of at least two entries: at the largest power of two below their number.
pub(crate) fn middle(start: u64, end_exclusive: u64) -> u64 {
    start + (1 << (end_exclusive - start - 1).ilog2())
}

/// What is wrong with a proof.
#[derive(Clone, Debug, PartialEq, Eq, Error)]
#[non_exhaustive]
pub enum ProofError {
    /// The text is no proof.
    #[error("it is no proof: {what}")]
    Malformed {
        /// What is wrong.
        what: &'static str,
    },
    /// The checkpoint in it cannot be read.
    #[error("its checkpoint cannot be read")]
    Checkpoint(#[source] NoteError),
    /// The hashes do not lead to the root of the checkpoint.
    #[error("its hashes do not lead to the root of its checkpoint")]
    OtherRoot,
    /// The checkpoints are of different ledgers.
    #[error("the checkpoints are of {one:?} and {other:?}")]
    OtherOrigin {
        /// The origin of the older one.
        one: String,
        /// The origin of the later one.
        other: String,
    },
    /// The proof begins at another size than the older checkpoint has.
    #[error("it begins at the size {from_size}, and the older checkpoint has {size}")]
    OtherSize {
        /// Where the proof begins.
        from_size: u64,
        /// The size of the older checkpoint.
        size: u64,
    },
}

/// That an entry is in a ledger: a C2SP tlog-proof. [`fmt::Display`] writes the file.
#[derive(Clone, Debug, PartialEq)]
pub struct EntryProof {
    /// The place of the entry.
    pub seq: u64,
    /// From the leaf's sibling up.
    pub hashes: Vec<[u8; 32]>,
    /// The tree that it leads to.
    pub checkpoint: SignedCheckpoint,
}

impl EntryProof {
    /// Reads a proof, without checking it.
    ///
    /// # Errors
    /// [`ProofError::Malformed`], [`ProofError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let (mut lines, checkpoint) = open(text)?;
        let malformed = |what| ProofError::Malformed { what };
        lines.next().filter(|line| *line == ENTRY_PROOF).ok_or(malformed("its first line is another"))?;
        let seq = number(lines.next(), "index ").ok_or(malformed("it has no index"))?;
        let proof = Self { seq, hashes: hashes(lines)?, checkpoint };
        if proof.to_string() == text { Ok(proof) } else { Err(malformed("it is not written in the one way")) }
    }

    /// Checks that an entry's canonical line is where the proof says. The signatures are checked elsewhere.
    ///
    /// # Errors
    /// [`ProofError::OtherRoot`].
    pub fn check(&self, line: &str) -> Result<(), ProofError> {
        let Checkpoint { size, root, .. } = *self.checkpoint.checkpoint();
        let checked = tlog::check_record(&tree_hashes(&self.hashes), size, Hash(root), self.seq, Hash(leaf_hash(line)));
        checked.map_err(|_| ProofError::OtherRoot)
    }
}

impl fmt::Display for EntryProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "{ENTRY_PROOF}\nindex {}", self.seq)?;
        close(f, &self.hashes, &self.checkpoint)
    }
}

/// That a ledger continues an older state of itself: the request of a C2SP tlog-witness. [`fmt::Display`] writes it.
#[derive(Clone, Debug, PartialEq)]
pub struct GrowthProof {
    /// The size of the older state.
    pub from_size: u64,
    /// The consistency proof of RFC 6962; none when the older state is empty, or the same.
    pub hashes: Vec<[u8; 32]>,
    /// The later state.
    pub checkpoint: SignedCheckpoint,
}

impl GrowthProof {
    /// Reads a proof, without checking it.
    ///
    /// # Errors
    /// [`ProofError::Malformed`], [`ProofError::Checkpoint`].
    pub fn parse(text: &str) -> Result<Self, ProofError> {
        let (mut lines, checkpoint) = open(text)?;
        let malformed = |what| ProofError::Malformed { what };
        let from_size = number(lines.next(), "old ").ok_or(malformed("it has no old size"))?;
        let proof = Self { from_size, hashes: hashes(lines)?, checkpoint };
        if proof.to_string() == text { Ok(proof) } else { Err(malformed("it is not written in the one way")) }
    }

    /// Checks that the later state continues the older one. The signatures are checked elsewhere.
    ///
    /// # Errors
    /// [`ProofError::OtherOrigin`], [`ProofError::OtherSize`], [`ProofError::OtherRoot`].
    pub fn check(&self, older: &Checkpoint) -> Result<(), ProofError> {
        let later = self.checkpoint.checkpoint();
        if older.origin != later.origin {
            return Err(ProofError::OtherOrigin { one: older.origin.clone(), other: later.origin.clone() });
        }
        if older.size != self.from_size {
            return Err(ProofError::OtherSize { from_size: self.from_size, size: older.size });
        }
        check_growth((older.size, older.root), (later.size, later.root), &self.hashes)
    }
}

/// Checks that one tree continues another.
///
/// # Errors
/// [`ProofError::OtherRoot`].
fn check_growth(older: (u64, [u8; 32]), later: (u64, [u8; 32]), hashes: &[[u8; 32]]) -> Result<(), ProofError> {
    let is_proved = if older.0 == 0 {
        hashes.is_empty() && older.1 == tlog::EMPTY_HASH.0
    } else if older.0 == later.0 {
        hashes.is_empty() && older.1 == later.1
    } else {
        tlog::check_tree(&tree_hashes(hashes), later.0, Hash(later.1), older.0, Hash(older.1)).is_ok()
    };
    if is_proved { Ok(()) } else { Err(ProofError::OtherRoot) }
}

impl fmt::Display for GrowthProof {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        writeln!(f, "old {}", self.from_size)?;
        close(f, &self.hashes, &self.checkpoint)
    }
}

fn tree_hashes(hashes: &[[u8; 32]]) -> Vec<Hash> {
    hashes.iter().map(|hash| Hash(*hash)).collect()
}

/// The lines before the empty one, and the checkpoint behind it.
fn open(text: &str) -> Result<(Lines<'_>, SignedCheckpoint), ProofError> {
    let malformed = ProofError::Malformed { what: "it has no checkpoint behind an empty line" };
    let (head, note) = text.split_once("\n\n").ok_or(malformed)?;
    Ok((head.lines(), SignedCheckpoint::parse(note).map_err(ProofError::Checkpoint)?))
}

fn close(f: &mut fmt::Formatter<'_>, hashes: &[[u8; 32]], checkpoint: &SignedCheckpoint) -> fmt::Result {
    hashes.iter().try_for_each(|hash| writeln!(f, "{}", Hash(*hash)))?;
    write!(f, "\n{checkpoint}")
}

fn number(line: Option<&str>, name: &str) -> Option<u64> {
    line?.strip_prefix(name)?.parse().ok()
}

fn hashes(lines: Lines<'_>) -> Result<Vec<[u8; 32]>, ProofError> {
    let read = lines.map(|line| BASE64_STANDARD.decode(line).ok()?.try_into().ok());
    read.collect::<Option<_>>().ok_or(ProofError::Malformed { what: "a line is no SHA-256 in base64" })
}
