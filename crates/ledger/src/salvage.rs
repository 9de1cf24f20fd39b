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
use crate::prefix::{EntryLine, later_entry};
use crate::store::head;
use crate::time::Timestamp;

/// What can still be read of a ledger. Reading it changes nothing, and takes no lock.
///
/// An entry keeps its place and bytes (L1, L2), so entries behind a gap can never follow those before it: they are
/// given apart.
#[derive(Debug)]
pub struct Salvage {
    log: LogReader,
    beginning: Vec<Stretch>,
    behind: Vec<Stretch>,
    losses: Vec<Loss>,
}

/// Entries that cannot be read any more, or one that is whole and wrong.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Loss {
    /// The first entry that is lost.
    pub first_seq: u64,
    /// The entry after the last that is lost.
    pub end_seq_exclusive: u64,
    /// The file name of the segment in which they must have begun.
    pub segment: String,
    /// The offset there in bytes; of an entry that is wrong, that of its frame.
    pub offset: u64,
    /// The offset of the next whole frame, when it is in the same segment.
    pub end_offset_exclusive: Option<u64>,
    /// Why an entry whose frame is whole is not saved.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub reason: Option<String>,
}

/// Entries of a frame that stand one behind the other: they can be saved, or one of them that cannot.
#[derive(Debug, Clone)]
struct Stretch {
    frame: WholeFrame,
    first_seq: u64,
    end_seq_exclusive: u64,
    /// Why the one entry is not saved.
    reason: Option<String>,
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
        let (beginning, behind, wrong) = part(&log, whole_frames::find(volume, dir, acknowledged)?);
        let losses = losses(&beginning, &behind, wrong, acknowledged);
        Ok(Self { log, beginning, behind, losses })
    }

    /// The number of entries of the longest beginning that is whole.
    #[must_use]
    pub fn size(&self) -> u64 {
        size(&self.beginning)
    }

    /// The number of entries behind it that are whole.
    #[must_use]
    pub fn behind(&self) -> u64 {
        self.behind.iter().map(|stretch| stretch.end_seq_exclusive - stretch.first_seq).sum()
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

    fn each(&self, stretches: &[Stretch], on_line: &mut dyn FnMut(&str) -> ControlFlow<()>) -> Result<(), ReadError> {
        for Stretch { frame, first_seq, end_seq_exclusive, .. } in stretches {
            let lines = self.log.lines(&frame.at())?;
            for (seq, line) in lines.iter().filter(|(seq, _)| (*first_seq..*end_seq_exclusive).contains(seq)) {
                let line = std::str::from_utf8(line).map_err(|_| Corruption::at(frame.place, seq, Damage::Entry))?;
                if on_line(line).is_break() {
                    return Ok(());
                }
            }
        }
        Ok(())
    }
}

impl Stretch {
    /// Where its frame ends.
    fn end(&self) -> Place {
        self.frame.at().end()
    }
}

/// The number of entries of a beginning.
fn size(beginning: &[Stretch]) -> u64 {
    beginning.last().map_or(0, |last| last.end_seq_exclusive)
}

/// Parts the lines of a frame into those that are entries and each that is not; none when it has no lines. `before` is
/// the entry before, as far as it can be read: its place, and when it says that it was recorded.
fn stretches(log: &LogReader, frame: WholeFrame, before: &mut Option<(u64, Timestamp)>) -> Vec<Stretch> {
    let Ok(lines) = log.lines(&frame.at()) else { return Vec::new() };
    let mut stretches: Vec<Stretch> = Vec::new();
    for (seq, line) in lines.iter() {
        let found = read(seq, line, before.filter(|(last, _)| last + 1 == seq).map(|(_, at)| at));
        // What says when it was recorded is what the next one follows, though it may be wrong itself.
        let recorded_at = std::str::from_utf8(line).ok().and_then(EntryLine::split).and_then(|line| line.recorded_at());
        *before = recorded_at.map(|at| (seq, at));
        let reason = found.err();
        match stretches.last_mut() {
            Some(last) if reason.is_none() && last.reason.is_none() => last.end_seq_exclusive = seq + 1,
            _ => stretches.push(Stretch { frame, first_seq: seq, end_seq_exclusive: seq + 1, reason }),
        }
    }
    stretches
}

/// Checks that a line is the entry of its place, in canonical form, and was recorded after the one before; says why not,
/// else.
fn read(seq: u64, line: &[u8], before: Option<Timestamp>) -> Result<(), String> {
    let line = std::str::from_utf8(line).map_err(|_| "it is no text".to_owned())?;
    let entry = Entry::parse(line).map_err(|refusal| match later_entry(line) {
        Some(later) => later.to_string(),
        None => format!("it is no entry: {refusal}"),
    })?;
    if entry.seq != seq {
        return Err(format!("it says that it is entry {}", entry.seq));
    }
    match before {
        Some(before) if entry.recorded_at <= before => {
            Err(format!("it was recorded at {}, and the entry before it at {before}", entry.recorded_at))
        }
        _ => Ok(()),
    }
}

/// Parts whole frames into entries that continue from the first one on, the others, and what is wrong.
fn part(log: &LogReader, frames: Vec<WholeFrame>) -> (Vec<Stretch>, Vec<Stretch>, Vec<Stretch>) {
    let (mut beginning, mut behind, mut wrong) = (Vec::new(), Vec::new(), Vec::new());
    let (mut group_first_seq, mut before) = (0, None);
    for frame in frames {
        let FrameHeader { first_seq, commit, .. } = frame.header;
        let mut continues = first_seq == size(&beginning) && frame.header.group_first_seq == group_first_seq;
        for stretch in stretches(log, frame, &mut before) {
            continues &= stretch.reason.is_none();
            match (continues, &stretch.reason) {
                (true, _) => beginning.push(stretch),
                (false, None) => behind.push(stretch),
                (false, Some(_)) => wrong.push(stretch),
            }
        }
        if commit && size(&beginning) == frame.header.end_seq() {
            group_first_seq = frame.header.end_seq();
        }
    }
    // A second frame of the same entries was left by a group that was taken back.
    behind.retain(|stretch| stretch.first_seq >= size(&beginning));
    let is_saved = |seq: u64| behind.iter().any(|other| (other.first_seq..other.end_seq_exclusive).contains(&seq));
    wrong.retain(|stretch| stretch.first_seq >= size(&beginning) && !is_saved(stretch.first_seq));
    (beginning, behind, wrong)
}

fn losses(beginning: &[Stretch], behind: &[Stretch], wrong: Vec<Stretch>, acknowledged: u64) -> Vec<Loss> {
    let mut losses = Vec::new();
    let mut next_seq = size(beginning);
    let mut next_place = beginning.last().map_or(Place::first_in(0), Stretch::end);
    let mut lose = |first_seq, end_seq_exclusive, from: Place, to: Option<Place>, reason: Option<String>| {
        if first_seq < end_seq_exclusive {
            let end_offset_exclusive = to.filter(|to| to.segment == from.segment).map(|to| to.offset);
            let segment = segment::format_name(from.segment);
            losses.push(Loss {
                first_seq,
                end_seq_exclusive,
                segment,
                offset: from.offset,
                end_offset_exclusive,
                reason,
            });
        }
    };
    let mut rest: Vec<Stretch> = behind.iter().cloned().chain(wrong).collect();
    rest.sort_by_key(|stretch| (stretch.first_seq, stretch.frame.header.crc, stretch.frame.place));
    for stretch in rest {
        let (place, end) = (stretch.frame.place, stretch.end());
        lose(next_seq, stretch.first_seq, next_place, Some(place), None);
        if stretch.reason.is_some() {
            lose(next_seq.max(stretch.first_seq), stretch.end_seq_exclusive, place, Some(end), stretch.reason);
        }
        next_seq = next_seq.max(stretch.end_seq_exclusive);
        next_place = end;
    }
    lose(next_seq, acknowledged, next_place, None, None);
    losses
}

#[cfg(test)]
mod tests;
