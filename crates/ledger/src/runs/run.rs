//! An open run: reads the few blocks that a question needs.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tlog_tiles::tlog::{HASH_SIZE, Hash};

use super::block::{self, Fence, Section};
use super::filter::Probe;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName};
use super::records::{self, NODES_PER_BLOCK};
use super::{Damaged, Fingerprint, Index};
use crate::disk::{Access, Volume, VolumeFile};
use crate::log::frame::FrameRef;

/// Bytes of a filter that are read in the time of a look into a block.
const FILTER_BYTES_A_LOOK: u64 = 32 << 10;

/// The fences of a section, read when first needed.
type LazyFences = OnceLock<Arc<[Fence]>>;

/// A run's file with its header.
#[derive(Debug)]
pub(crate) struct Run {
    path: PathBuf,
    file: VolumeFile,
    header: RunHeader,
    frames: LazyFences,
    partners: LazyFences,
    keys: LazyFences,
    nodes: LazyFences,
    filter: OnceLock<Vec<u8>>,
    /// How often something was looked for.
    looked: AtomicU32,
}

impl Run {
    /// Opens a run. `Ok(None)` when the file is gone.
    pub(crate) fn open(volume: &Volume, dir: &Path, name: RunName) -> Result<Option<Self>, Damaged> {
        let path = dir.join(name.format());
        let file = match volume.open(&path, Access::Read) {
            Ok(file) => file,
            Err(error) if error.is_not_found() => return Ok(None),
            Err(_) => return Err(Damaged),
        };
        let mut bytes = [0; HEADER_LEN];
        let filled = file.read(&mut bytes, 0).map_err(|_| Damaged)?;
        let header = format::parse(&bytes)
            .filter(|header| filled == HEADER_LEN && header.name == name && header.last_frame.end_seq() == name.end());
        let header = header.ok_or(Damaged)?;
        if file.size().map_err(|_| Damaged)? != header.file_len {
            return Err(Damaged);
        }
        Ok(Some(Self {
            path,
            file,
            header,
            frames: LazyFences::new(),
            partners: LazyFences::new(),
            keys: LazyFences::new(),
            nodes: LazyFences::new(),
            filter: OnceLock::new(),
            looked: AtomicU32::new(0),
        }))
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

    fn fences<'a>(&'a self, lazy: &'a LazyFences, section: &Section) -> Result<&'a [Fence], Damaged> {
        if let Some(fences) = lazy.get() {
            return Ok(fences);
        }
        let fences = block::read_fences(&self.file, section)?;
        Ok(lazy.get_or_init(|| fences))
    }

    fn frame_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.frames, &self.header.sections.frames)
    }

    fn partner_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.partners, &self.header.sections.partners)
    }

    fn key_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.keys, &self.header.sections.keys)
    }

    fn node_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.nodes, &self.header.sections.nodes)
    }

    /// The bytes of the filter.
    pub(crate) fn filter(&self) -> Result<&[u8], Damaged> {
        if let Some(filter) = self.filter.get() {
            return Ok(filter);
        }
        let section = &self.header.sections.filter;
        let len = usize::try_from(section.blocks_len).map_err(|_| Damaged)?;
        let bytes = block::read_checked(&self.file, section.start, len, section.crc)?;
        Ok(self.filter.get_or_init(|| bytes))
    }

    /// Whether it is certain that it has no entry with a fingerprint.
    pub(crate) fn lacks(&self, probe: &Probe) -> bool {
        self.is_filter_worth_it() && self.filter().is_ok_and(|filter| !probe.may_be_in(filter))
    }

    /// Whether so much is looked for that the filter, megabytes of a large run, is read sooner than a block each time.
    fn is_filter_worth_it(&self) -> bool {
        let looks = self.header.sections.filter.blocks_len / FILTER_BYTES_A_LOOK;
        self.filter.get().is_some() || u64::from(self.looked.fetch_add(1, Ordering::Relaxed)) >= looks
    }

    fn block(&self, fence: &Fence) -> Result<Vec<u8>, Damaged> {
        block::read_block(&self.file, fence)
    }

    fn frames_in(&self, fence: &Fence) -> Result<Vec<FrameRef>, Damaged> {
        records::parse_frames(&fence.key, &self.block(fence)?).ok_or(Damaged)
    }

    /// The records behind fences, a block at a time.
    fn records<'a, T: 'a>(
        &'a self,
        fences: Result<&'a [Fence], Damaged>,
        read: impl Fn(&Fence) -> Result<Vec<T>, Damaged> + 'a,
    ) -> impl Iterator<Item = Result<T, Damaged>> + 'a {
        let (fences, damaged) = fences.map_or_else(|damaged| (&[][..], Some(Err(damaged))), |fences| (fences, None));
        damaged.into_iter().chain(fences.iter().flat_map(move |fence| each(read(fence))))
    }

    /// The frames, ascending.
    pub(crate) fn all_frames(&self) -> impl Iterator<Item = Result<FrameRef, Damaged>> {
        self.records(self.frame_fences(), |fence| self.frames_in(fence))
    }

    /// The partners with their entries, ascending.
    pub(crate) fn all_partners(&self) -> impl Iterator<Item = Result<(String, Vec<u64>), Damaged>> {
        let start = self.name().start;
        self.records(self.partner_fences(), move |fence| {
            records::parse_partners(&fence.key, &self.block(fence)?, start).ok_or(Damaged)
        })
    }

    /// The fingerprints with their entries, ascending.
    pub(crate) fn all_keys(&self) -> impl Iterator<Item = Result<(Fingerprint, u64), Damaged>> {
        let start = self.name().start;
        self.records(self.key_fences(), move |fence| {
            records::parse_keys(&fence.key, &self.block(fence)?, start).ok_or(Damaged)
        })
    }

    /// The nodes of a level, from left to right.
    pub(crate) fn level(&self, level: u8) -> Result<Vec<Hash>, Damaged> {
        let count = self.name().count();
        let (at, count) = (format::level_offset(count, level), count >> level);
        let mut nodes = Vec::new();
        while let Some(left) = count.checked_sub(nodes.len() as u64).filter(|left| *left > 0) {
            nodes.extend(self.nodes_from(at + nodes.len() as u64, left)?);
        }
        Ok(nodes)
    }

    /// Up to `max` nodes from a position on, as they are kept: level by level.
    fn nodes_from(&self, at: u64, max: u64) -> Result<Vec<Hash>, Damaged> {
        let (at, max) = (usize::try_from(at).map_err(|_| Damaged)?, usize::try_from(max).unwrap_or(usize::MAX));
        let fence = self.node_fences()?.get(at / NODES_PER_BLOCK).ok_or(Damaged)?;
        let bytes = self.block(fence)?;
        let (nodes, _) = bytes.as_chunks::<HASH_SIZE>();
        let nodes = nodes.iter().skip(at % NODES_PER_BLOCK).take(max).map(|&node| Hash(node)).collect::<Vec<_>>();
        if nodes.is_empty() { Err(Damaged) } else { Ok(nodes) }
    }
}

/// One after the other, or that they are damaged.
pub(crate) fn each<T>(records: Result<Vec<T>, Damaged>) -> impl Iterator<Item = Result<T, Damaged>> {
    let (records, damaged) = records.map_or_else(|damaged| (Vec::new(), Some(Err(damaged))), |records| (records, None));
    records.into_iter().map(Ok).chain(damaged)
}

impl Index for Run {
    fn frame_of(&self, seq: u64) -> Result<Option<FrameRef>, Damaged> {
        let fences = self.frame_fences()?;
        let after = fences.partition_point(|fence| records::frame_key_seq(&fence.key) <= seq);
        let fence = after.checked_sub(1).and_then(|at| fences.get(at)).ok_or(Damaged)?;
        let frames = self.frames_in(fence)?;
        let at = frames.partition_point(|frame| frame.end_seq() <= seq);
        Ok(Some(*frames.get(at).filter(|frame| frame.first_seq <= seq).ok_or(Damaged)?))
    }

    fn frame_after(&self, micros: i64) -> Result<Option<FrameRef>, Damaged> {
        let fences = self.frame_fences()?;
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

    fn postings(&self, partner: &str, out: &mut Vec<u64>) -> Result<(), Damaged> {
        let fences = self.partner_fences()?;
        let after = fences.partition_point(|fence| *fence.key <= *partner.as_bytes());
        let Some(fence) = after.checked_sub(1).and_then(|at| fences.get(at)) else {
            return Ok(());
        };
        records::find_partner(&self.block(fence)?, self.name().start, partner, out).ok_or(Damaged)
    }

    fn all_postings(&self, out: &mut BTreeMap<String, Vec<u64>>) -> Result<(), Damaged> {
        for partner in self.all_partners() {
            let (name, seqs) = partner?;
            out.insert(name, seqs);
        }
        Ok(())
    }

    fn find(&self, probe: &Probe) -> Result<Vec<u64>, Damaged> {
        let mut found = Vec::new();
        if self.is_filter_worth_it() && !probe.may_be_in(self.filter()?) {
            return Ok(found);
        }
        let fingerprint = probe.fingerprint;
        let wanted = fingerprint.0.to_be_bytes();
        let wanted = wanted.as_slice();
        let fences = self.key_fences()?;
        // Equal fingerprints may begin in the block before the first one that begins with them.
        let first = fences.partition_point(|fence| *fence.key < *wanted).saturating_sub(1);
        for fence in fences.iter().skip(first).take_while(|fence| *fence.key <= *wanted) {
            let block = self.block(fence)?;
            records::find_key(&fence.key, &block, self.name().start, fingerprint, &mut found).ok_or(Damaged)?;
        }
        Ok(found)
    }

    fn node(&self, level: u8, n: u64) -> Result<Option<Hash>, Damaged> {
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
        nodes.first().copied().map(Some).ok_or(Damaged)
    }
}
