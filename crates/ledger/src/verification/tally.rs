//! Sums over what an index says, to compare a run with the log without holding either in memory.
//!
//! Each record is hashed and added up, so the order does not matter and sums of parts are the sum of the whole.

use sha2::{Digest, Sha256};
use tlog_tiles::tlog::Hash;

use crate::log::frame::FrameRef;
use crate::runs::filter::Probe;
use crate::runs::format::NODE_LEVEL;
use crate::runs::memory::MemoryIndex;
use crate::runs::run::Run;
use crate::runs::{Fingerprint, RunDamage};

/// The kinds of record, by the sections that hold them.
const SECTIONS: [&str; 4] = ["frames", "partners", "keys", "nodes"];
const FRAMES: usize = 0;
const PARTNERS: usize = 1;
const KEYS: usize = 2;
const NODES: usize = 3;

/// The sums over the kinds of record, in the order of [`SECTIONS`].
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct SectionSums([u128; 4]);

impl SectionSums {
    /// Adds the sums of another stretch.
    pub(crate) fn add(&mut self, other: &Self) {
        self.0.iter_mut().zip(other.0).for_each(|(sum, other)| *sum = sum.wrapping_add(other));
    }

    /// Adds a node of the tree.
    pub(crate) fn add_node(&mut self, level: u8, n: u64, node: Hash) {
        self.0[NODES] = self.0[NODES].wrapping_add(item(&[&[level], &n.to_le_bytes(), &node.0]));
    }

    fn add_frame(&mut self, frame: &FrameRef) {
        let numbers = [frame.first_seq, u64::from(frame.count), frame.place.segment, frame.place.offset, frame.len];
        let [first, count, segment, offset, len] = numbers.map(u64::to_le_bytes);
        let item = item(&[&first, &count, &segment, &offset, &len, &frame.last_recorded_at.to_le_bytes()]);
        self.0[FRAMES] = self.0[FRAMES].wrapping_add(item);
    }

    fn add_partner(&mut self, partner: &str, seqs: &[u64]) {
        for seq in seqs {
            self.0[PARTNERS] = self.0[PARTNERS].wrapping_add(item(&[partner.as_bytes(), &seq.to_le_bytes()]));
        }
    }

    fn add_key(&mut self, (fingerprint, seq): (Fingerprint, u64)) {
        self.0[KEYS] = self.0[KEYS].wrapping_add(item(&[&fingerprint.0.to_le_bytes(), &seq.to_le_bytes()]));
    }

    /// The sums over an index of one full 1024, made from the log.
    pub(crate) fn of_log(index: &MemoryIndex) -> Self {
        let mut tally = Self::default();
        index.frames().iter().for_each(|frame| tally.add_frame(frame));
        index.by_partner().iter().for_each(|(partner, seqs)| tally.add_partner(partner, seqs));
        index.keys().iter().for_each(|&key| tally.add_key(key));
        for level in NODE_LEVEL..=10 {
            for (n, &node) in (index.start() >> level..).zip(index.level(level)) {
                tally.add_node(level, n, node);
            }
        }
        tally
    }

    /// The section in which two sums differ first.
    pub(crate) fn differs_in(&self, other: &Self) -> Option<&'static str> {
        SECTIONS
            .into_iter()
            .zip(self.0.iter().zip(other.0))
            .find(|(_, (own, other))| *own != other)
            .map(|found| found.0)
    }
}

/// The sums over a run, every block of it read; or the section that is damaged or out of order.
pub(crate) fn of_run(run: &Run) -> Result<SectionSums, &'static str> {
    let mut tally = SectionSums::default();
    frames(run, &mut tally).map_err(|RunDamage| "frames")?;
    partners(run, &mut tally).map_err(|RunDamage| "partners")?;
    let filter = run.filter().map_err(|RunDamage| "filter")?;
    keys(run, filter, &mut tally).map_err(|RunDamage| "keys")?;
    nodes(run, &mut tally).map_err(|RunDamage| "nodes")?;
    Ok(tally)
}

fn frames(run: &Run, tally: &mut SectionSums) -> Result<(), RunDamage> {
    let mut next_seq = run.name().start;
    for frame in run.all_frames() {
        let frame = frame?;
        if frame.first_seq != next_seq {
            return Err(RunDamage);
        }
        next_seq = frame.end_seq();
        tally.add_frame(&frame);
    }
    Ok(())
}

fn partners(run: &Run, tally: &mut SectionSums) -> Result<(), RunDamage> {
    let mut before: Option<String> = None;
    for partner in run.all_partners() {
        let (partner, seqs) = partner?;
        if before.is_some_and(|before| before >= partner) || !seqs.is_sorted() {
            return Err(RunDamage);
        }
        tally.add_partner(&partner, &seqs);
        before = Some(partner);
    }
    Ok(())
}

fn keys(run: &Run, filter: &[u8], tally: &mut SectionSums) -> Result<(), RunDamage> {
    let mut before = None;
    for key in run.all_keys() {
        let key = key?;
        if before.is_some_and(|before| before >= key) || !Probe::new(key.0).may_be_in(filter) {
            return Err(RunDamage);
        }
        tally.add_key(key);
        before = Some(key);
    }
    Ok(())
}

fn nodes(run: &Run, tally: &mut SectionSums) -> Result<(), RunDamage> {
    let name = run.name();
    for level in NODE_LEVEL..=name.root_level() {
        for (n, node) in (name.start >> level..).zip(run.level(level)?) {
            tally.add_node(level, n, node);
        }
    }
    Ok(())
}

fn item(parts: &[&[u8]]) -> u128 {
    let mut hasher = Sha256::new();
    for part in parts {
        hasher.update((part.len() as u64).to_le_bytes());
        hasher.update(part);
    }
    let hash: [u8; 32] = hasher.finalize().into();
    hash.first_chunk().map_or(0, |bytes| u128::from_le_bytes(*bytes))
}
