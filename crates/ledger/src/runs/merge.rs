//! Merges eight adjacent runs into one of the next tier, a block of each at a time.

use std::iter;
use std::sync::Arc;

use tlog_tiles::tlog::{self, Hash};

use super::build::{self, Binding, Records, RunError};
use super::filter::FilterBuilder;
use super::format::{self, FAN_IN, NODE_LEVEL, RunName};
use super::run::{Run, each};
use super::{Fingerprint, RunDamage};
use crate::disk::draft::Durability;
use crate::log::reader::LogReader;

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
pub(crate) fn merge(log: &LogReader, runs: &[Arc<Run>], name: RunName, durability: Durability) -> Result<(), RunError> {
    let last = runs.last().ok_or(RunError::Damaged)?.header();
    let below = runs.first().map_or(0, |run| run.name().root_level());
    let (mut row, mut above): (Vec<Hash>, _) = (runs.iter().map(|run| run.header().root).collect(), Vec::new());
    while row.len() > 1 {
        row = row.as_chunks().0.iter().map(|&[left, right]| tlog::node_hash(left, right)).collect();
        above.extend_from_slice(&row);
    }
    let root = *row.first().ok_or(RunError::Damaged)?;
    let nodes = (NODE_LEVEL..=below).flat_map(|level| runs.iter().flat_map(move |run| each(run.level(level))));
    let records = Records {
        frames: runs.iter().flat_map(|run| run.all_frames()),
        partners: merged_partners(runs),
        keys: merged_keys(runs)?,
        nodes: nodes.chain(above.into_iter().map(Ok)),
    };
    let binding = Binding { root, last_frame: last.last_frame, last_frame_crc: last.last_frame_crc };
    let filter = FilterBuilder::of_len(runs.iter().map(|run| run.header().sections.filter.blocks_len).sum());
    build::write(log, name, durability, &binding, filter, records)
}

/// The partners of all runs, each once with all of its entries.
fn merged_partners(runs: &[Arc<Run>]) -> impl Iterator<Item = Result<(String, Vec<u64>), RunDamage>> {
    let mut streams: Vec<_> = runs.iter().map(|run| run.all_partners().peekable()).collect();
    iter::from_fn(move || {
        let mut least: Option<&String> = None;
        for stream in &mut streams {
            match stream.peek() {
                Some(Ok((partner, _))) if least.is_none_or(|least| partner < least) => least = Some(partner),
                Some(Err(RunDamage)) => return Some(Err(RunDamage)),
                Some(Ok(_)) | None => {}
            }
        }
        let (least, mut seqs) = (least?.clone(), Vec::new());
        for stream in &mut streams {
            let same = stream.next_if(|next| next.as_ref().is_ok_and(|(partner, _)| *partner == least));
            seqs.extend(same.into_iter().flatten().flat_map(|(_, more)| more));
        }
        Some(Ok((least, seqs)))
    })
}

/// The fingerprints of all runs, ascending.
fn merged_keys(runs: &[Arc<Run>]) -> Result<impl Iterator<Item = Result<(Fingerprint, u64), RunDamage>>, RunDamage> {
    // Behind the last key of a run there is one that is greater than any.
    let end = (Fingerprint(u64::MAX), u64::MAX);
    let mut streams: Vec<_> = runs.iter().map(|run| run.all_keys()).collect();
    let mut heads = [end; FAN_IN];
    for (head, stream) in heads.iter_mut().zip(&mut streams) {
        *head = stream.next().transpose()?.unwrap_or(end);
    }
    Ok(iter::from_fn(move || {
        let (mut at, mut least) = (0, end);
        for (nth, head) in heads.iter().enumerate() {
            if *head < least {
                (at, least) = (nth, *head);
            }
        }
        if least == end {
            return None;
        }
        match streams.get_mut(at)?.next().transpose() {
            Ok(next) => *heads.get_mut(at)? = next.unwrap_or(end),
            Err(RunDamage) => return Some(Err(RunDamage)),
        }
        Some(Ok(least))
    }))
}
