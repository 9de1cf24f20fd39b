//! An open run: reads the few blocks that a question needs.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};
use std::sync::atomic::{AtomicU32, Ordering};
use std::sync::{Arc, OnceLock};

use tlog_tiles::tlog::{HASH_SIZE, Hash};

use super::block::{self, Fence, Section};
use super::filter::Probe;
use super::format::{self, HEADER_LEN, NODE_LEVEL, RunHeader, RunName};
use super::records::{self, NODES_PER_BLOCK};
use super::{Damaged, Fingerprint, Index};
use crate::log::frame::{FieldReader, FrameRef};
use crate::store::disk::Access;
use crate::store::volume::{Volume, VolumeFile};

/// Bytes of a filter that are read in the time of a look into a block.
const FILTER_BYTES_A_LOOK: u64 = 32 << 10;

/// A section with its fences, read when first needed.
#[derive(Debug, Default)]
struct LazyFences(OnceLock<Arc<[Fence]>>);

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
            frames: LazyFences::default(),
            partners: LazyFences::default(),
            keys: LazyFences::default(),
            nodes: LazyFences::default(),
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
        if let Some(fences) = lazy.0.get() {
            return Ok(fences);
        }
        let fences = block::read_fences(&self.file, section)?;
        Ok(lazy.0.get_or_init(|| fences))
    }

    /// The fences of the frames.
    pub(crate) fn frame_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.frames, &self.header.frames)
    }

    /// The fences of the partners.
    pub(crate) fn partner_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.partners, &self.header.partners)
    }

    /// The fences of the fingerprints.
    pub(crate) fn key_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.keys, &self.header.keys)
    }

    /// The fences of the nodes.
    fn node_fences(&self) -> Result<&[Fence], Damaged> {
        self.fences(&self.nodes, &self.header.nodes)
    }

    /// The bytes of the filter.
    pub(crate) fn filter(&self) -> Result<&[u8], Damaged> {
        if let Some(filter) = self.filter.get() {
            return Ok(filter);
        }
        let section = &self.header.filter;
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
        let looks = self.header.filter.blocks_len / FILTER_BYTES_A_LOOK;
        self.filter.get().is_some() || u64::from(self.looked.fetch_add(1, Ordering::Relaxed)) >= looks
    }

    /// The block behind a fence.
    pub(crate) fn block(&self, fence: &Fence) -> Result<Vec<u8>, Damaged> {
        block::read_block(&self.file, fence)
    }

    /// The frames of a block.
    pub(crate) fn frames_in(&self, fence: &Fence) -> Result<Vec<FrameRef>, Damaged> {
        records::parse_frames(&fence.key, &self.block(fence)?).ok_or(Damaged)
    }

    /// The fingerprints of a block.
    pub(crate) fn keys_in(&self, fence: &Fence) -> Result<Vec<(Fingerprint, u64)>, Damaged> {
        records::parse_keys(&fence.key, &self.block(fence)?, self.name().start).ok_or(Damaged)
    }

    /// Up to `max` nodes from a position on, as they are kept: level by level.
    pub(crate) fn nodes_from(&self, at: u64, max: usize) -> Result<Vec<Hash>, Damaged> {
        let at = usize::try_from(at).map_err(|_| Damaged)?;
        let fence = self.node_fences()?.get(at / NODES_PER_BLOCK).ok_or(Damaged)?;
        let bytes = self.block(fence)?;
        let (nodes, _) = bytes.as_chunks::<HASH_SIZE>();
        let nodes = nodes.iter().skip(at % NODES_PER_BLOCK).take(max).map(|&node| Hash(node)).collect::<Vec<_>>();
        if nodes.is_empty() { Err(Damaged) } else { Ok(nodes) }
    }
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
        let block = self.block(fence)?;
        let mut fields = FieldReader { rest: &block };
        while !fields.rest.is_empty() {
            let (name, deltas) = records::take_partner(&mut fields).ok_or(Damaged)?;
            if name == partner {
                return records::parse_postings(self.name().start, deltas, out).ok_or(Damaged);
            }
        }
        Ok(())
    }

    fn partners(&self, out: &mut BTreeSet<String>) -> Result<(), Damaged> {
        for fence in self.partner_fences()? {
            let block = self.block(fence)?;
            let mut fields = FieldReader { rest: &block };
            while !fields.rest.is_empty() {
                let (name, _) = records::take_partner(&mut fields).ok_or(Damaged)?;
                if !out.contains(name) {
                    out.insert(name.to_owned());
                }
            }
        }
        Ok(())
    }

    fn all_postings(&self, out: &mut BTreeMap<String, Vec<u64>>) -> Result<(), Damaged> {
        for fence in self.partner_fences()? {
            let block = self.block(fence)?;
            let mut fields = FieldReader { rest: &block };
            while !fields.rest.is_empty() {
                let (name, deltas) = records::take_partner(&mut fields).ok_or(Damaged)?;
                let seqs = out.entry(name.to_owned()).or_default();
                records::parse_postings(self.name().start, deltas, seqs).ok_or(Damaged)?;
            }
        }
        Ok(())
    }

    fn find(&self, probe: &Probe, out: &mut Vec<u64>) -> Result<(), Damaged> {
        if self.is_filter_worth_it() && !probe.may_be_in(self.filter()?) {
            return Ok(());
        }
        let fingerprint = probe.fingerprint;
        let wanted = fingerprint.0.to_be_bytes();
        let wanted = wanted.as_slice();
        let fences = self.key_fences()?;
        // Equal fingerprints may begin in the block before the first one that begins with them.
        let first = fences.partition_point(|fence| *fence.key < *wanted).saturating_sub(1);
        for fence in fences.iter().skip(first).take_while(|fence| *fence.key <= *wanted) {
            let block = self.block(fence)?;
            records::find_key(&fence.key, &block, self.name().start, fingerprint, out).ok_or(Damaged)?;
        }
        Ok(())
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
