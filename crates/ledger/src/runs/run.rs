//! An open run: reads the few blocks that a question needs.

use std::collections::{BTreeMap, VecDeque};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, Mutex, OnceLock, PoisonError};

use tlog_tiles::tlog::{HASH_SIZE, Hash};

use super::block::{self, Fence, Section};
use super::filter::Probe;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName, Sections};
use super::mac::{Part, RunKey};
use super::records::{self, NODES_PER_BLOCK};
use super::{Fingerprint, Index, RunDamage, Unusable};
use crate::disk::{Access, VolumeFile};
use crate::log::frame::FrameRef;
use crate::log::reader::LogReader;

/// How many bytes of a filter are read in the time of one look into a block.
const FILTER_BYTES_A_LOOK: u64 = 32 << 10;

/// How many blocks are kept for the next question: about as many as the fingerprints of a run of 65,536 entries take.
const KEPT_BLOCKS: usize = 128;

/// What was read and checked of blocks, by their offsets; the first read goes first.
type KeptBlocks<T> = Mutex<VecDeque<(u64, Arc<[T]>)>>;

/// A section whose fences are read when they are first needed.
#[derive(Debug)]
struct LazySection {
    part: Part,
    section: Section,
    fences: OnceLock<Arc<[Fence]>>,
}

impl LazySection {
    fn of(part: Part, section: Section) -> Self {
        Self { part, section, fences: OnceLock::new() }
    }
}

/// A run's file with its header.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    file: VolumeFile,
    header: RunHeader,
    key: RunKey,
    frames: LazySection,
    partners: LazySection,
    keys: LazySection,
    nodes: LazySection,
    filter: LazySection,
    filter_bytes: OnceLock<Vec<u8>>,
    kept: KeptBlocks<u8>,
    /// The fingerprints of blocks: whoever hands in known events again looks into each block hundreds of times.
    kept_keys: KeptBlocks<(Fingerprint, u64)>,
    /// How often something was looked for.
    looked: AtomicU32,
}

impl Run {
    /// Opens a run.
    pub(crate) fn open(log: &LogReader, name: RunName) -> Result<Self, Unusable> {
        let secret = log.secret().ok_or(Unusable::Foreign)?;
        let path = name.path(log.ledger_dir());
        let opened = log.volume().open(&path, Access::Read);
        let file = opened.map_err(|error| if error.is_not_found() { Unusable::Gone } else { Unusable::Damaged })?;
        let mut bytes = [0; HEADER_LEN];
        file.read(&mut bytes, 0).map_err(|_| Unusable::Damaged)?;
        let (header, key) = format::parse(&bytes, secret)?;
        let is_it = header.name == name && header.last_frame.end_seq() == name.end();
        if !is_it || file.size().ok() != Some(header.file_len) {
            return Err(Unusable::Damaged);
        }
        let Sections { frames, partners, keys, nodes, filter } = header.sections;
        Ok(Self {
            path,
            file,
            header,
            key,
            frames: LazySection::of(Part::Frames, frames),
            partners: LazySection::of(Part::Partners, partners),
            keys: LazySection::of(Part::Keys, keys),
            nodes: LazySection::of(Part::Nodes, nodes),
            filter: LazySection::of(Part::Filter, filter),
            filter_bytes: OnceLock::new(),
            kept: Mutex::default(),
            kept_keys: Mutex::default(),
            looked: AtomicU32::new(0),
        })
    }

    /// The path of the file.
    pub(crate) fn path(&self) -> &Path {
        &self.path
    }

    /// Which entries it covers.
    pub(crate) fn name(&self) -> RunName {
        self.header.name
    }

    /// What it says about itself.
    pub(crate) fn header(&self) -> &RunHeader {
        &self.header
    }

    fn fences<'a>(&self, of: &'a LazySection) -> Result<&'a [Fence], RunDamage> {
        if let Some(fences) = of.fences.get() {
            return Ok(fences);
        }
        let fences = block::read_fences(&self.file, &self.key, of.part, &of.section)?;
        Ok(of.fences.get_or_init(|| fences))
    }

    /// The bytes of the filter.
    pub(crate) fn filter(&self) -> Result<&[u8], RunDamage> {
        if let Some(filter) = self.filter_bytes.get() {
            return Ok(filter);
        }
        let fence = self.fences(&self.filter)?.first().ok_or(RunDamage)?;
        let bytes = block::read_block(&self.file, &self.key, fence)?;
        Ok(self.filter_bytes.get_or_init(|| bytes))
    }

    /// Whether it is certain that it has no entry with a fingerprint.
    pub(crate) fn lacks(&self, probe: &Probe) -> bool {
        self.is_filter_worth_it() && self.filter().is_ok_and(|filter| !probe.may_be_in(filter))
    }

    /// Whether so much is looked for that reading the filter, megabytes in a large run, pays.
    fn is_filter_worth_it(&self) -> bool {
        let looks = self.header.sections.filter.blocks_len / FILTER_BYTES_A_LOOK;
        self.filter_bytes.get().is_some() || u64::from(self.looked.fetch_add(1, Ordering::Relaxed)) >= looks
    }

    /// A block, which is read and checked once for the next few questions.
    fn block(&self, fence: &Fence) -> Result<Arc<[u8]>, RunDamage> {
        once(&self.kept, fence, || block::read_block(&self.file, &self.key, fence))
    }

    /// The fingerprints of a block with their entries, ascending.
    fn keys_in(&self, fence: &Fence) -> Result<Arc<[(Fingerprint, u64)]>, RunDamage> {
        once(&self.kept_keys, fence, || {
            let block = block::read_block(&self.file, &self.key, fence)?;
            records::parse_keys(&fence.key, &block, self.name().start).ok_or(RunDamage)
        })
    }

    fn frames_in(&self, fence: &Fence) -> Result<Vec<FrameRef>, RunDamage> {
        records::parse_frames(&fence.key, &self.block(fence)?).ok_or(RunDamage)
    }

    /// The frames, ascending.
    pub(crate) fn all_frames(&self) -> impl Iterator<Item = Result<FrameRef, RunDamage>> {
        records_of(self.fences(&self.frames), |fence| self.frames_in(fence))
    }

    /// The partners with their entries, ascending.
    pub(crate) fn all_partners(&self) -> impl Iterator<Item = Result<(String, Vec<u64>), RunDamage>> {
        let start = self.name().start;
        records_of(self.fences(&self.partners), move |fence| {
            records::parse_partners(&fence.key, &self.block(fence)?, start).ok_or(RunDamage)
        })
    }

    /// The fingerprints with their entries, ascending.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = Result<(Fingerprint, u64), RunDamage>> {
        let start = self.name().start;
        records_of(self.fences(&self.keys), move |fence| {
            records::parse_keys(&fence.key, &self.block(fence)?, start).ok_or(RunDamage)
        })
    }

    /// The nodes of a level, from left to right.
    pub(crate) fn level(&self, level: u8) -> Result<Vec<Hash>, RunDamage> {
        let count = self.name().count();
        let (at, count) = (format::level_offset(count, level), count >> level);
        let mut nodes = Vec::new();
        while let Some(left) = count.checked_sub(nodes.len() as u64).filter(|left| *left > 0) {
            nodes.extend(self.nodes_from(at + nodes.len() as u64, left)?);
        }
        Ok(nodes)
    }

    /// Up to `max` nodes from a position on, as they are kept: level by level.
    fn nodes_from(&self, at: u64, max: u64) -> Result<Vec<Hash>, RunDamage> {
        let (at, max) = (usize::try_from(at).map_err(|_| RunDamage)?, usize::try_from(max).unwrap_or(usize::MAX));
        let fence = self.fences(&self.nodes)?.get(at / NODES_PER_BLOCK).ok_or(RunDamage)?;
        let bytes = self.block(fence)?;
        let (nodes, _) = bytes.as_chunks::<HASH_SIZE>();
        let nodes = nodes.iter().skip(at % NODES_PER_BLOCK).take(max).map(|&node| Hash(node)).collect::<Vec<_>>();
        if nodes.is_empty() { Err(RunDamage) } else { Ok(nodes) }
    }
}

/// What is read of a block, or was read of it before.
fn once<T>(
    kept: &KeptBlocks<T>,
    fence: &Fence,
    read: impl FnOnce() -> Result<Vec<T>, RunDamage>,
) -> Result<Arc<[T]>, RunDamage> {
    let known = kept.lock().unwrap_or_else(PoisonError::into_inner).iter().find(|kept| kept.0 == fence.offset).cloned();
    if let Some((_, known)) = known {
        return Ok(known);
    }
    let read: Arc<[T]> = read()?.into();
    let mut kept = kept.lock().unwrap_or_else(PoisonError::into_inner);
    if kept.len() >= KEPT_BLOCKS {
        kept.pop_front();
    }
    kept.push_back((fence.offset, Arc::clone(&read)));
    Ok(read)
}

/// The records behind fences, a block at a time.
fn records_of<'a, T: 'a>(
    fences: Result<&'a [Fence], RunDamage>,
    read: impl Fn(&Fence) -> Result<Vec<T>, RunDamage> + 'a,
) -> impl Iterator<Item = Result<T, RunDamage>> + 'a {
    let (fences, damaged) = fences.map_or_else(|damaged| (&[][..], Some(Err(damaged))), |fences| (fences, None));
    damaged.into_iter().chain(fences.iter().flat_map(move |fence| each(read(fence))))
}

/// The records one after the other; when they are damaged, that alone.
pub(crate) fn each<T>(records: Result<Vec<T>, RunDamage>) -> impl Iterator<Item = Result<T, RunDamage>> {
    let (records, damaged) = records.map_or_else(|damaged| (Vec::new(), Some(Err(damaged))), |records| (records, None));
    records.into_iter().map(Ok).chain(damaged)
}

impl Index for Run {
    fn frame_of(&self, seq: u64) -> Result<Option<FrameRef>, RunDamage> {
        let fences = self.fences(&self.frames)?;
        let after = fences.partition_point(|fence| records::frame_key_seq(&fence.key) <= seq);
        let fence = after.checked_sub(1).and_then(|at| fences.get(at)).ok_or(RunDamage)?;
        let frames = self.frames_in(fence)?;
        let at = frames.partition_point(|frame| frame.end_seq() <= seq);
        Ok(Some(*frames.get(at).filter(|frame| frame.first_seq <= seq).ok_or(RunDamage)?))
    }

    fn frame_after(&self, micros: i64) -> Result<Option<FrameRef>, RunDamage> {
        let fences = self.fences(&self.frames)?;
        let after = fences.partition_point(|fence| records::frame_key_micros(&fence.key) <= micros);
        for fence in fences.iter().skip(after.saturating_sub(1)).take(2) {
            let frames = self.frames_in(fence)?;
            let at = frames.partition_point(|frame| frame.last_recorded_at <= micros);
            if let Some(frame) = frames.get(at) {
                return Ok(Some(*frame));
            }
        }
        Ok(None)
    }

    fn postings(&self, partner: &str, out: &mut Vec<u64>) -> Result<(), RunDamage> {
        let fences = self.fences(&self.partners)?;
        let after = fences.partition_point(|fence| *fence.key <= *partner.as_bytes());
        let Some(fence) = after.checked_sub(1).and_then(|at| fences.get(at)) else {
            return Ok(());
        };
        records::find_partner(&self.block(fence)?, self.name().start, partner, out).ok_or(RunDamage)
    }

    fn all_postings(&self, out: &mut BTreeMap<String, Vec<u64>>) -> Result<(), RunDamage> {
        for partner in self.all_partners() {
            let (name, seqs) = partner?;
            out.insert(name, seqs);
        }
        Ok(())
    }

    fn find(&self, probe: &Probe) -> Result<Vec<u64>, RunDamage> {
        let mut found = Vec::new();
        if self.is_filter_worth_it() && !probe.may_be_in(self.filter()?) {
            return Ok(found);
        }
        let fingerprint = probe.fingerprint;
        let wanted = fingerprint.0.to_be_bytes();
        let wanted = wanted.as_slice();
        let fences = self.fences(&self.keys)?;
        // Equal fingerprints may begin in the block before the first one that begins with them.
        let first = fences.partition_point(|fence| *fence.key < *wanted).saturating_sub(1);
        for fence in fences.iter().skip(first).take_while(|fence| *fence.key <= *wanted) {
            let keys = self.keys_in(fence)?;
            let from = keys.partition_point(|(key, _)| *key < fingerprint);
            found.extend(keys.iter().skip(from).take_while(|(key, _)| *key == fingerprint).map(|(_, seq)| *seq));
        }
        Ok(found)
    }

    fn node(&self, level: u8, n: u64) -> Result<Option<Hash>, RunDamage> {
        let name = self.name();
        if !(NODE_LEVEL..=name.root_level()).contains(&level) {
            return Ok(None);
        }
        if level == name.root_level() {
            return Ok((n == name.start >> level).then_some(self.header.root));
        }
        let Some(at) = n.checked_sub(name.start >> level).filter(|&at| at < name.count() >> level) else {
            return Ok(None);
        };
        let nodes = self.nodes_from(format::level_offset(name.count(), level) + at, 1)?;
        nodes.first().copied().map(Some).ok_or(RunDamage)
    }
}
