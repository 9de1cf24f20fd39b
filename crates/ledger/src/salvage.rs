//! What can still be read of a damaged ledger: the longest whole beginning, what is whole behind it, and what is lost.

use std::ops::ControlFlow;

use serde::Serialize;

use crate::entry::Entry;
use crate::error::{Corruption, Damage, OpenError, ReadError};
use crate::ledger_dir::LedgerDir;
use crate::log::frame::FrameHeader;
use crate::log::reader::LogReader;
use crate::log::segment::{self, Place};
use crate::log::whole_frames::{self, WholeFrame};
use crate::store::head;

/// What can still be read of a ledger. Reading it changes nothing, and takes no lock.
///
/// An entry keeps its place and bytes (L1, L2), so entries behind a gap can never follow those before it: they are
/// given apart.
#[derive(Debug)]
pub struct Salvage {
    log: LogReader,
    beginning: Vec<WholeFrame>,
    behind: Vec<WholeFrame>,
    losses: Vec<Loss>,
}

/// Entries that cannot be read any more.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The first entry that is lost.
    pub first_seq: u64,
    /// The entry after the last that is lost.
    pub end_seq_exclusive: u64,
    /// The file name of the segment in which they must have begun.
    pub segment: String,
    /// The offset there in bytes.
    pub offset: u64,
    /// The offset of the next whole frame, when it is in the same segment.
    pub end_offset_exclusive: Option<u64>,
}

impl Salvage {
    /// Looks for every whole entry of a ledger. `known_size` is how many entries it is known to have had, by a
    /// checkpoint; its own file `head` is asked too.
    ///
    /// # Errors
    /// [`OpenError::NoLedger`], [`OpenError::Disk`].
    pub fn of(dir: &LedgerDir, known_size: u64) -> Result<Self, OpenError> {
        let (volume, dir) = (dir.volume(), dir.path());
        let log = LogReader::list(volume, dir)?;
        let acknowledged = head::read(volume, dir)?.size().max(known_size);
        let mut whole = whole_frames::find(volume, dir, acknowledged)?;
        whole.retain(|frame| is_of_entries(&log, frame));
        let (beginning, behind) = part(whole);
        let losses = losses(&beginning, &behind, acknowledged);
        Ok(Self { log, beginning, behind, losses })
    }

    /// The number of entries of the longest beginning that is whole.
    #[must_use]
    pub fn size(&self) -> u64 {
        self.beginning.last().map_or(0, |frame| frame.header.end_seq())
    }

    /// The number of entries behind it that are whole.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.behind.iter().map(|frame| u64::from(frame.header.count)).sum()
    }

    /// What is lost, in order.
    #[must_use]
    pub fn losses(&self) -> &[Loss] {
        &self.losses
    }

    /// Hands over the lines of the beginning in order, until told to break.
    pub fn each_of_beginning(&self, on_line: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), ReadError> {
        self.each(&self.beginning, on_line)
    }

    /// Hands over the lines behind the first gap in order, until told to break.
    pub fn each_behind(&self, on_line: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), ReadError> {
        self.each(&self.behind, on_line)
    }

    fn each(&self, frames: &[WholeFrame], on_line: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), ReadError> {
        for frame in frames {
            for (seq, line) in self.log.lines(&frame.at())?.iter() {
                let line = std::str::from_utf8(line).map_err(|_| Corruption::at(frame.place, seq, Damage::Entry))?;
                if on_line(line).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

/// Whether the lines of a frame are the entries of their places, in canonical form.
fn is_of_entries(log: &LogReader, frame: &WholeFrame) -> bool {
    let Ok(lines) = log.lines(&frame.at()) else { return false };
    lines.iter().all(|(seq, line)| {
        let entry = std::str::from_utf8(line).ok().and_then(|line| Entry::parse(line).ok());
        entry.is_some_and(|entry| entry.seq == seq)
    })
}

/// Parts whole frames into those that continue from the first entry on, and the others.
fn part(frames: Vec<WholeFrame>) -> (Vec<WholeFrame>, Vec<WholeFrame>) {
    let (mut beginning, mut behind): (Vec<WholeFrame>, Vec<WholeFrame>) = (Vec::new(), Vec::new());
    let mut group_first_seq = 0;
    for frame in frames {
        let FrameHeader { first_seq, commit, .. } = frame.header;
        let last = beginning.last().map(|last| last.header);
        let is_next = first_seq == last.map_or(0, |last| last.end_seq());
        let is_later = last.is_none_or(|last| last.last_recorded_at < frame.header.first_recorded_at);
        if is_next && is_later && frame.header.group_first_seq == group_first_seq {
            if commit {
                group_first_seq = frame.header.end_seq();
            }
            beginning.push(frame);
        } else {
            behind.push(frame);
        }
    }
    // A second frame of the same entries was left by a group that was taken back.
    let size = beginning.last().map_or(0, |last| last.header.end_seq());
    behind.retain(|frame| frame.header.first_seq >= size);
    (beginning, behind)
}

fn losses(beginning: &[WholeFrame], behind: &[WholeFrame], acknowledged: u64) -> Vec<Loss> {
    let mut losses = Vec::new();
    let start = beginning.last();
    let mut next_seq = start.map_or(0, |frame| frame.header.end_seq());
    let mut next_place = start.map_or(Place::first_in(0), |frame| frame.at().end());
    let mut lose = |first_seq, end_seq_exclusive, from: Place, to: Option<Place>| {
        if first_seq < end_seq_exclusive {
            let end_offset_exclusive = to.filter(|to| to.segment == from.segment).map(|to| to.offset);
            let segment = segment::format_name(from.segment);
            losses.push(Loss { first_seq, end_seq_exclusive, segment, offset: from.offset, end_offset_exclusive });
        }
    };
    for frame in behind {
        lose(next_seq, frame.header.first_seq, next_place, Some(frame.place));
        next_seq = next_seq.max(frame.header.end_seq());
        next_place = frame.at().end();
    }
    lose(next_seq, acknowledged, next_place, None);
    losses
}

#[cfg(test)]
mod tests;
