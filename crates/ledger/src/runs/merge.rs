//! Merges eight adjacent runs into one of the next tier, a block of each at a time.

use std::collections::VecDeque;
use std::path::Path;
use std::sync::Arc;

use tlog_tiles::tlog::{self, Hash};

use super::block::Section;
use super::build::{Binding, Durable, RunFile, Sections};
use super::filter::FilterBuilder;
use super::format::{self, FAN_IN, NODE_LEVEL, RunName};
use super::records::{self, FramesWriter, KeysWriter, NODES_PER_BLOCK, NodesWriter, PartnersWriter};
use super::run::Run;
use super::{Damaged, Fingerprint};
use crate::log::frame::FieldReader;
use crate::store::error::DiskError;
use crate::store::volume::Volume;

/// Why runs were not merged. Nothing depends on it: they stay as they are.
#[derive(Debug, thiserror::Error)]
pub(crate) enum MergeError {
    /// One of them is damaged.
    #[error("a run is damaged")]
    Damaged,
    /// The operating system refused.
    #[error(transparent)]
    Disk(#[from] DiskError),
}

impl From<Damaged> for MergeError {
    fn from(_: Damaged) -> Self {
        Self::Damaged
    }
}

/// The run that adjacent runs make; `None` when they do not make one.
pub(crate) fn merged_name(runs: &[Arc<Run>]) -> Option<RunName> {
    let first = runs.first()?.name();
    let name = RunName { start: first.start, tier: first.tier + 1 };
    let whole = runs.len() == FAN_IN
        && name.tier <= format::MAX_TIER
        && name.start.is_multiple_of(name.count())
        && runs.iter().all(|run| run.name().tier == first.tier);
    whole.then_some(name)
}

/// Writes the run of the next tier; the runs themselves are left.
pub(crate) fn merge(
    volume: &Volume,
    dir: &Path,
    runs: &[Arc<Run>],
    name: RunName,
    durable: Durable,
) -> Result<(), MergeError> {
    let last = runs.last().ok_or(MergeError::Damaged)?.header();
    let mut file = RunFile::create(volume, dir, name, durable)?;
    let frames = merge_frames(&mut file, runs)?;
    let partners = merge_partners(&mut file, runs, name)?;
    let (keys, filter) = merge_keys(&mut file, runs, name)?;
    let (nodes, root) = merge_nodes(&mut file, runs)?;
    let filter = file.filter(filter)?;
    let binding = Binding { root, last_frame: last.last_frame, last_frame_crc: last.last_frame_crc };
    file.finish(volume, &binding, &Sections { frames, partners, keys, nodes, filter })?;
    Ok(())
}

fn merge_frames(file: &mut RunFile, runs: &[Arc<Run>]) -> Result<Section, MergeError> {
    let mut frames = FramesWriter::new(&mut file.out);
    for run in runs {
        for fence in run.frame_fences()? {
            for frame in run.frames_in(fence)? {
                frames.add(&frame)?;
            }
        }
    }
    Ok(frames.finish()?)
}

/// The partners of a run with their entries, a block at a time.
struct PartnerStream<'a> {
    run: &'a Run,
    next_block: usize,
    ready: VecDeque<(String, Vec<u64>)>,
}

impl PartnerStream<'_> {
    fn fill(&mut self) -> Result<(), Damaged> {
        while self.ready.is_empty() {
            let Some(fence) = self.run.partner_fences()?.get(self.next_block) else {
                return Ok(());
            };
            self.next_block += 1;
            let block = self.run.block(fence)?;
            let mut fields = FieldReader { rest: &block };
            while !fields.rest.is_empty() {
                let (partner, deltas) = records::take_partner(&mut fields).ok_or(Damaged)?;
                let mut seqs = Vec::new();
                records::parse_postings(self.run.name().start, deltas, &mut seqs).ok_or(Damaged)?;
                self.ready.push_back((partner.to_owned(), seqs));
            }
        }
        Ok(())
    }
}

fn merge_partners(file: &mut RunFile, runs: &[Arc<Run>], name: RunName) -> Result<Section, MergeError> {
    let mut partners = PartnersWriter::new(&mut file.out, name.start);
    let mut streams: Vec<PartnerStream<'_>> =
        runs.iter().map(|run| PartnerStream { run, next_block: 0, ready: VecDeque::new() }).collect();
    loop {
        for stream in &mut streams {
            stream.fill()?;
        }
        let fronts = streams.iter().filter_map(|stream| stream.ready.front());
        let Some(least) = fronts.map(|(partner, _)| partner).min().cloned() else {
            break;
        };
        let mut seqs = Vec::new();
        for stream in &mut streams {
            if let Some((_, more)) = stream.ready.pop_front_if(|(partner, _)| *partner == least) {
                seqs.extend(more);
            }
        }
        partners.add(&least, &seqs)?;
    }
    Ok(partners.finish()?)
}

/// The fingerprints of a run, a block at a time.
struct KeyStream<'a> {
    run: &'a Run,
    next_block: usize,
    ready: std::vec::IntoIter<(Fingerprint, u64)>,
}

impl KeyStream<'_> {
    fn next(&mut self) -> Result<Option<(Fingerprint, u64)>, Damaged> {
        loop {
            if let Some(key) = self.ready.next() {
                return Ok(Some(key));
            }
            let Some(fence) = self.run.key_fences()?.get(self.next_block) else {
                return Ok(None);
            };
            self.next_block += 1;
            self.ready = self.run.keys_in(fence)?.into_iter();
        }
    }
}

fn merge_keys(file: &mut RunFile, runs: &[Arc<Run>], name: RunName) -> Result<(Section, FilterBuilder), MergeError> {
    let mut filter_bytes = 0;
    for run in runs {
        filter_bytes += run.header().filter.blocks_len;
    }
    let mut filter = FilterBuilder::of_len(filter_bytes);
    let mut keys = KeysWriter::new(&mut file.out, name.start);
    let mut streams: Vec<KeyStream<'_>> =
        runs.iter().map(|run| KeyStream { run, next_block: 0, ready: Vec::new().into_iter() }).collect();
    // Behind the last key of a run there is one that is greater than any.
    let end = (Fingerprint(u64::MAX), u64::MAX);
    let mut heads = [end; FAN_IN];
    for (head, stream) in heads.iter_mut().zip(&mut streams) {
        *head = stream.next()?.unwrap_or(end);
    }
    loop {
        let (mut at, mut least) = (0, end);
        for (nth, head) in heads.iter().enumerate() {
            if *head < least {
                (at, least) = (nth, *head);
            }
        }
        if least == end {
            break;
        }
        filter.insert(least.0);
        keys.add(least)?;
        if let (Some(head), Some(stream)) = (heads.get_mut(at), streams.get_mut(at)) {
            *head = stream.next()?.unwrap_or(end);
        }
    }
    Ok((keys.finish()?, filter))
}

fn merge_nodes(file: &mut RunFile, runs: &[Arc<Run>]) -> Result<(Section, Hash), MergeError> {
    let mut nodes = NodesWriter::new(&mut file.out);
    let below = runs.first().map_or(0, |run| run.name().root_level());
    for level in NODE_LEVEL..=below {
        for run in runs {
            let count = run.name().count();
            let (mut at, mut left) = (format::level_offset(count, level), count >> level);
            while left > 0 {
                let max = usize::try_from(left).unwrap_or(NODES_PER_BLOCK).min(NODES_PER_BLOCK);
                let found = run.nodes_from(at, max)?;
                at += found.len() as u64;
                left -= found.len() as u64;
                found.into_iter().try_for_each(|node| nodes.add(node))?;
            }
        }
    }
    let mut row: Vec<Hash> = runs.iter().map(|run| run.header().root).collect();
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|&[left, right]| tlog::node_hash(left, right)).collect();
        row.iter().try_for_each(|&node| nodes.add(node))?;
    }
    let root = row.first().copied().ok_or(MergeError::Damaged)?;
    Ok((nodes.finish()?, root))
}
