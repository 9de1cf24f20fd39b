//! The index of a stretch of entries, held in memory: the newest entries, or those of a run that is missing.

use std::collections::{BTreeMap, BTreeSet};

use tlog_tiles::tlog::{self, Hash};

use super::filter::Probe;
use super::{Description, Fingerprint, Index, RunDamage};
use crate::log::frame::FrameRef;

/// An index that grows at its end.
#[derive(Debug, Clone)]
pub(crate) struct MemoryIndex {
    start: u64,
    end: u64,
    frames: Vec<FrameRef>,
    postings: BTreeMap<String, Vec<u64>>,
    keys: BTreeSet<(Fingerprint, u64)>,
    /// The complete subtrees by level; a level begins with the first node that lies after `start`.
    levels: Vec<Vec<Hash>>,
}

impl MemoryIndex {
    /// An empty index of the entries from `start` on.
    pub(crate) fn new(start: u64) -> Self {
        Self {
            start,
            end: start,
            frames: Vec::new(),
            postings: BTreeMap::new(),
            keys: BTreeSet::new(),
            levels: Vec::new(),
        }
    }

    /// The first entry.
    pub(crate) fn start(&self) -> u64 {
        self.start
    }

    /// The entry after the last.
    pub(crate) fn end(&self) -> u64 {
        self.end
    }

    /// The frames, ascending.
    pub(crate) fn frames(&self) -> &[FrameRef] {
        &self.frames
    }

    /// The entries by partner.
    pub(crate) fn by_partner(&self) -> &BTreeMap<String, Vec<u64>> {
        &self.postings
    }

    /// The fingerprints with their entries.
    pub(crate) fn keys(&self) -> &BTreeSet<(Fingerprint, u64)> {
        &self.keys
    }

    /// The complete nodes of a level, from left to right.
    pub(crate) fn level(&self, level: u8) -> &[Hash] {
        self.levels.get(usize::from(level)).map_or(&[], Vec::as_slice)
    }

    /// Adds the next entry, whose leaf comes later by [`Self::push_leaves`].
    pub(crate) fn push(&mut self, partner: &str, keys: &[u64]) {
        let seq = self.end;
        self.end += 1;
        match self.postings.get_mut(partner) {
            Some(seqs) => seqs.push(seq),
            None => drop(self.postings.insert(partner.to_owned(), vec![seq])),
        }
        self.keys.extend(keys.iter().map(|&key| (Fingerprint::of(key), seq)));
    }

    /// Adds the leaves of the next entries that have none yet.
    pub(crate) fn push_leaves(&mut self, leaves: &[Hash]) {
        let first = self.start + self.level(0).len() as u64;
        for (seq, leaf) in (first..).zip(leaves) {
            self.push_leaf(seq, *leaf);
        }
    }

    /// Adds the next entry as its line describes it, with its leaf.
    pub(crate) fn push_described(&mut self, line: &[u8], described: &Description<'_>) {
        self.push(described.partner, described.keys());
        self.push_leaves(&[tlog::record_hash(line)]);
    }

    /// Adds the frame that holds the next entries not yet in a frame.
    pub(crate) fn push_frame(&mut self, frame: FrameRef) {
        self.frames.push(frame);
    }

    /// Forgets the entries from `end` on.
    pub(crate) fn truncate(&mut self, end: u64) {
        self.end = self.end.min(end.max(self.start));
        self.frames.retain(|frame| frame.end_seq() <= end);
        self.keys.retain(|&(_, seq)| seq < end);
        self.postings.retain(|_, seqs| {
            seqs.truncate(seqs.partition_point(|&seq| seq < end));
            !seqs.is_empty()
        });
        for (level, nodes) in (0_u32..).zip(&mut self.levels) {
            let first = self.start.div_ceil(1 << level);
            let complete = (self.end >> level).saturating_sub(first);
            nodes.truncate(usize::try_from(complete).unwrap_or(usize::MAX));
        }
    }

    fn push_leaf(&mut self, seq: u64, leaf: Hash) {
        let (mut node, mut n) = (leaf, seq);
        for level in 0_usize.. {
            if self.levels.len() == level {
                self.levels.push(Vec::new());
            }
            let Some(nodes) = self.levels.get_mut(level) else {
                return;
            };
            let left = nodes.last().copied();
            nodes.push(node);
            let Some(left) = left.filter(|_| n % 2 == 1) else {
                return;
            };
            node = tlog::node_hash(left, node);
            n /= 2;
        }
    }
}

impl Index for MemoryIndex {
    fn frame_of(&self, seq: u64) -> Result<Option<FrameRef>, RunDamage> {
        let at = self.frames.partition_point(|frame| frame.end_seq() <= seq);
        Ok(self.frames.get(at).filter(|frame| frame.first_seq <= seq).copied())
    }

    fn frame_after(&self, micros: i64) -> Result<Option<FrameRef>, RunDamage> {
        let at = self.frames.partition_point(|frame| frame.last_recorded_at <= micros);
        Ok(self.frames.get(at).copied())
    }

    fn postings(&self, partner: &str, out: &mut Vec<u64>) -> Result<(), RunDamage> {
        out.extend(self.postings.get(partner).into_iter().flatten());
        Ok(())
    }

    fn all_postings(&self, out: &mut BTreeMap<String, Vec<u64>>) -> Result<(), RunDamage> {
        for (partner, seqs) in &self.postings {
            out.entry(partner.clone()).or_default().extend(seqs);
        }
        Ok(())
    }

    fn find(&self, probe: &Probe) -> Result<Vec<u64>, RunDamage> {
        let fingerprint = probe.fingerprint;
        let hits = self.keys.range((fingerprint, 0)..=(fingerprint, u64::MAX));
        Ok(hits.map(|&(_, seq)| seq).collect())
    }

    fn node(&self, level: u8, n: u64) -> Result<Option<Hash>, RunDamage> {
        let first = self.start.div_ceil(1 << level);
        let at = n.checked_sub(first).and_then(|at| usize::try_from(at).ok());
        Ok(at.and_then(|at| self.level(level).get(at)).copied())
    }
}
