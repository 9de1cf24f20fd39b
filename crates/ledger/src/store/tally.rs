//! Sums over what an index says, to compare a run with the log without holding either in memory.
//!
//! Each record is hashed and added up, so the order does not matter and sums of parts are the sum of the whole.

use sha2::{Digest, Sha256};
use tlog_tiles::tlog::Hash;

use crate::log::frame::{FieldReader, FrameRef};
use crate::runs::filter::Probe;
use crate::runs::format::{self, NODE_LEVEL};
use crate::runs::memory::MemoryIndex;
use crate::runs::run::Run;
use crate::runs::{Damaged, Fingerprint, records};

/// The sums over the four kinds of record.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Tally {
    frames: u128,
    partners: u128,
    keys: u128,
    nodes: u128,
}

impl Tally {
    /// Adds the sums of another stretch.
    pub(crate) fn add(&mut self, other: &Self) {
        self.frames = self.frames.wrapping_add(other.frames);
        self.partners = self.partners.wrapping_add(other.partners);
        self.keys = self.keys.wrapping_add(other.keys);
        self.nodes = self.nodes.wrapping_add(other.nodes);
    }

    /// Adds a node of the tree.
    pub(crate) fn add_node(&mut self, level: u8, n: u64, node: Hash) {
        let item = item(&[&[level], &n.to_le_bytes(), &node.0]);
        self.nodes = self.nodes.wrapping_add(item);
    }

    fn add_frame(&mut self, frame: &FrameRef) {
        let numbers = [frame.first_seq, u64::from(frame.count), frame.place.segment, frame.place.offset, frame.len];
        let [first, count, segment, offset, len] = numbers.map(u64::to_le_bytes);
        let item = item(&[&first, &count, &segment, &offset, &len, &frame.last_recorded_at.to_le_bytes()]);
        self.frames = self.frames.wrapping_add(item);
    }

    fn add_posting(&mut self, partner: &str, seq: u64) {
        self.partners = self.partners.wrapping_add(item(&[partner.as_bytes(), &seq.to_le_bytes()]));
    }

    fn add_key(&mut self, fingerprint: Fingerprint, seq: u64) {
        let item = item(&[&fingerprint.0.to_le_bytes(), &seq.to_le_bytes()]);
        self.keys = self.keys.wrapping_add(item);
    }

    /// The sums over an index of one full 1024, made from the log.
    pub(crate) fn of_log(index: &MemoryIndex) -> Self {
        let mut tally = Self::default();
        index.frames().iter().for_each(|frame| tally.add_frame(frame));
        for (partner, seqs) in index.by_partner() {
            for &seq in seqs {
                tally.add_posting(partner, seq);
            }
        }
        index.keys().iter().for_each(|&(fingerprint, seq)| tally.add_key(fingerprint, seq));
        for level in NODE_LEVEL..=10 {
            for (n, &node) in (index.start() >> level..).zip(index.level(level)) {
                tally.add_node(level, n, node);
            }
        }
        tally
    }

    /// The section in which two sums differ first.
    pub(crate) fn differs_in(&self, other: &Self) -> Option<&'static str> {
        let sections = [
            ("frames", self.frames == other.frames),
            ("partners", self.partners == other.partners),
            ("keys", self.keys == other.keys),
            ("nodes", self.nodes == other.nodes),
        ];
        sections.iter().find(|(_, is_same)| !is_same).map(|&(section, _)| section)
    }
}

/// The sums over a run, every block of it read; or the section that is damaged or out of order.
pub(crate) fn of_run(run: &Run) -> Result<Tally, &'static str> {
    let mut tally = Tally::default();
    frames(run, &mut tally).map_err(|Damaged| "frames")?;
    partners(run, &mut tally).map_err(|Damaged| "partners")?;
    run.filter().map_err(|Damaged| "filter")?;
    keys(run, &mut tally).map_err(|Damaged| "keys")?;
    nodes(run, &mut tally).map_err(|Damaged| "nodes")?;
    Ok(tally)
}

fn frames(run: &Run, tally: &mut Tally) -> Result<(), Damaged> {
    let mut next_seq = run.name().start;
    for fence in run.frame_fences()? {
        for frame in run.frames_in(fence)? {
            if frame.first_seq != next_seq {
                return Err(Damaged);
            }
            next_seq = frame.end_seq();
            tally.add_frame(&frame);
        }
    }
    Ok(())
}

fn partners(run: &Run, tally: &mut Tally) -> Result<(), Damaged> {
    let mut before: Option<String> = None;
    for fence in run.partner_fences()? {
        let block = run.block(fence)?;
        let mut fields = FieldReader { rest: &block };
        let mut is_first = true;
        while !fields.rest.is_empty() {
            let (partner, deltas) = records::take_partner(&mut fields).ok_or(Damaged)?;
            let mut seqs = Vec::new();
            records::parse_postings(run.name().start, deltas, &mut seqs).ok_or(Damaged)?;
            let is_ordered = before.as_deref().is_none_or(|before| before < partner) && seqs.is_sorted();
            if !is_ordered || (is_first && *fence.key != *partner.as_bytes()) {
                return Err(Damaged);
            }
            for &seq in &seqs {
                tally.add_posting(partner, seq);
            }
            before = Some(partner.to_owned());
            is_first = false;
        }
    }
    Ok(())
}

fn keys(run: &Run, tally: &mut Tally) -> Result<(), Damaged> {
    let held = run.filter()?;
    let mut before = None;
    for fence in run.key_fences()? {
        for key in run.keys_in(fence)? {
            if before.is_some_and(|before| before >= key) || !Probe::new(key.0).may_be_in(held) {
                return Err(Damaged);
            }
            tally.add_key(key.0, key.1);
            before = Some(key);
        }
    }
    Ok(())
}

fn nodes(run: &Run, tally: &mut Tally) -> Result<(), Damaged> {
    let name = run.name();
    for level in NODE_LEVEL..=name.root_level() {
        let (first, count) = (name.start >> level, name.count() >> level);
        let mut done = 0;
        while done < count {
            let at = format::level_offset(name.count(), level) + done;
            for node in run.nodes_from(at, usize::try_from(count - done).unwrap_or(usize::MAX))? {
                tally.add_node(level, first + done, node);
                done += 1;
            }
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
