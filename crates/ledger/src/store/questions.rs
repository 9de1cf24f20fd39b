//! What a prefix of the ledger is asked.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError};

use super::Snapshot;
use crate::log::error::{Corruption, Damage, ReadError};
use crate::log::frame::FrameRef;
use crate::log::lines::{self, FrameLines};
use crate::log::segment::Place;
use crate::runs::filter::Probe;
use crate::runs::piece::Piece;
use crate::runs::{Fingerprint, Index, RunDamage, described};

/// Takes an entry's line with its place, up to an error.
type LineReader<'r> = &'r mut dyn FnMut(u64, &[u8]) -> Result<(), ReadError>;

impl Snapshot {
    /// Refuses an entry that is not there.
    pub(crate) fn check(&self, seq: u64) -> Result<(), ReadError> {
        if seq < self.size { Ok(()) } else { Err(ReadError::OutOfRange { seq, size: self.size }) }
    }

    /// The piece that holds an entry; `None` when the tail does.
    pub(crate) fn piece_of(&self, seq: u64) -> Option<&Arc<Piece>> {
        self.pieces.get(self.pieces.partition_point(|piece| piece.end <= seq))
    }

    /// Asks the index of a stretch.
    fn ask<T>(&self, piece: &Piece, question: impl Fn(&dyn Index) -> Result<T, RunDamage>) -> Result<T, ReadError> {
        piece.ask(&self.log, self.describe, question)
    }

    /// Asks the index of the stretch that holds an entry.
    pub(crate) fn ask_at<T>(
        &self,
        seq: u64,
        question: impl Fn(&dyn Index) -> Result<T, RunDamage>,
    ) -> Result<T, ReadError> {
        match self.piece_of(seq) {
            Some(piece) => self.ask(piece, question),
            None => Ok(self.ask_tail(question)),
        }
    }

    fn ask_tail<T>(&self, question: impl Fn(&dyn Index) -> Result<T, RunDamage>) -> T {
        let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
        match question(&*tail) {
            Ok(answer) => answer,
            Err(RunDamage) => unreachable!("an index in memory cannot be damaged"),
        }
    }

    /// Asks the index of each stretch that begins before `end_exclusive`, and hands over what it appends to nothing.
    fn ask_each<C: Default>(
        &self,
        end_exclusive: u64,
        question: impl Fn(&dyn Index, &mut C) -> Result<(), RunDamage>,
        take: &mut dyn FnMut(C),
    ) -> Result<(), ReadError> {
        let collect = |index: &dyn Index| {
            let mut out = C::default();
            question(index, &mut out)?;
            Ok(out)
        };
        for piece in self.pieces.iter().take_while(|piece| piece.start < end_exclusive) {
            take(self.ask(piece, collect)?);
        }
        take(self.ask_tail(collect));
        Ok(())
    }

    /// The frame that holds an entry.
    pub(crate) fn frame_of(&self, seq: u64) -> Result<FrameRef, ReadError> {
        self.check(seq)?;
        let frame = self.ask_at(seq, |index| index.frame_of(seq))?;
        frame.ok_or_else(|| Corruption::at(self.log.segment_of(seq), seq, Damage::Frame).into())
    }

    /// A frame at or before an entry, without indexing anything for it.
    fn place_before(&self, seq: u64) -> Result<Place, ReadError> {
        match self.piece_of(seq) {
            Some(piece) if !piece.is_indexed() => Ok(self.log.segment_of(seq)),
            Some(_) | None => Ok(self.frame_of(seq)?.place),
        }
    }

    /// The line of an entry.
    pub(crate) fn read(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        self.check(seq)?;
        if let Some(line) = self.log.kept_lines(seq).as_ref().and_then(|lines| lines.line(seq)) {
            return Ok(line.to_vec());
        }
        let frame = self.frame_of(seq)?;
        let lines = self.log.lines(&frame)?;
        Ok(line_in(&lines, &frame, seq)?.to_vec())
    }

    fn recorded_at_in(&self, lines: &FrameLines, frame: &FrameRef, seq: u64) -> Result<i64, ReadError> {
        Ok(described(self.describe, line_in(lines, frame, seq)?, frame.place, seq)?.recorded_at)
    }

    /// When an entry was recorded, in microseconds since 1970.
    pub(crate) fn recorded_at(&self, seq: u64) -> Result<i64, ReadError> {
        let frame = self.frame_of(seq)?;
        if seq + 1 == frame.end_seq() {
            return Ok(frame.last_recorded_at);
        }
        self.recorded_at_in(&*self.log.lines(&frame)?, &frame, seq)
    }

    /// The number of entries recorded at or before an instant, in microseconds since 1970.
    pub(crate) fn size_at(&self, micros: i64) -> Result<u64, ReadError> {
        let mut frame = None;
        for piece in self.pieces.iter() {
            if piece.newest().is_some_and(|newest| newest <= micros) {
                continue;
            }
            frame = self.ask(piece, |index| index.frame_after(micros))?;
            if frame.is_some() {
                break;
            }
        }
        let frame = frame.or_else(|| self.ask_tail(|index| index.frame_after(micros)));
        let Some(frame) = frame.filter(|frame| frame.first_seq < self.size) else {
            return Ok(self.size);
        };
        let lines = self.log.lines(&frame)?;
        let (mut low, mut high) = (frame.first_seq, frame.end_seq() - 1);
        while low < high {
            let middle = low.midpoint(high);
            if self.recorded_at_in(&lines, &frame, middle)? <= micros {
                low = middle + 1;
            } else {
                high = middle;
            }
        }
        Ok(low)
    }

    /// A frame at or before the first of the entries `[from, end_exclusive)`, at least one.
    pub(super) fn start_of(&self, from: u64, end_exclusive: u64) -> Result<Place, ReadError> {
        self.check(end_exclusive - 1)?;
        self.place_before(from)
    }

    /// Hands over the lines of `[from, end_exclusive)` in order, a frame at a time, until told to break.
    pub(crate) fn scan(
        &self,
        from: u64,
        end_exclusive: u64,
        on_line: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        if from >= end_exclusive {
            return Ok(());
        }
        let start = self.start_of(from, end_exclusive)?;
        self.log.walk(start, from, end_exclusive, &mut |header, place, payload| {
            let lines = lines::decode(header, place, payload)?;
            for (seq, line) in lines.iter().filter(|(seq, _)| (from..end_exclusive).contains(seq)) {
                if on_line(seq, line).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Hands over the lines of ascending entries, each frame read once, up to an error.
    pub(crate) fn read_many(&self, seqs: &[u64], on_line: LineReader<'_>) -> Result<(), ReadError> {
        let mut current: Option<(FrameRef, Arc<FrameLines>)> = None;
        for &seq in seqs {
            let held = current.take().filter(|(frame, _)| (frame.first_seq..frame.end_seq()).contains(&seq));
            let (frame, lines) = if let Some(held) = held {
                held
            } else {
                let frame = self.frame_of(seq)?;
                (frame, self.log.lines(&frame)?)
            };
            on_line(seq, line_in(&lines, &frame, seq)?)?;
            current = Some((frame, lines));
        }
        Ok(())
    }

    /// The entries of a partner before `end_exclusive`, ascending; those that have none for the empty one.
    pub(crate) fn postings(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        let end_exclusive = end_exclusive.min(self.size);
        let mut seqs: Vec<u64> = Vec::new();
        self.ask_each(end_exclusive, |index, out| index.postings(partner, out), &mut |more: Vec<u64>| {
            seqs.extend(more);
        })?;
        seqs.truncate(seqs.partition_point(|&seq| seq < end_exclusive));
        Ok(seqs)
    }

    /// Hands over the entries before `end_exclusive` of every partner, stretch by stretch: a partner's are ascending
    /// over all calls. Those that have none come under the empty name.
    pub(crate) fn all_postings(
        &self,
        end_exclusive: u64,
        on_partner: &mut dyn FnMut(String, &[u64]),
    ) -> Result<(), ReadError> {
        let end_exclusive = end_exclusive.min(self.size);
        let mut hand_over = |found: BTreeMap<String, Vec<u64>>| {
            for (partner, seqs) in found {
                let early = seqs.partition_point(|&seq| seq < end_exclusive);
                if let Some(early) = seqs.get(..early).filter(|early| !early.is_empty()) {
                    on_partner(partner, early);
                }
            }
        };
        self.ask_each(end_exclusive, |index, out| index.all_postings(out), &mut hand_over)
    }

    /// The partners with an entry before `end_exclusive`, ascending.
    pub(crate) fn partners(&self, end_exclusive: u64) -> Result<BTreeSet<String>, ReadError> {
        let mut found = BTreeSet::new();
        self.all_postings(end_exclusive, &mut |partner, _| {
            found.insert(partner);
        })?;
        found.remove("");
        Ok(found)
    }

    /// The entries that may have a key, ascending; the caller compares.
    pub(crate) fn find(&self, key: u64) -> Result<Vec<u64>, ReadError> {
        let probe = Probe::new(Fingerprint::of(key));
        let question = |index: &dyn Index| index.find(&probe);
        let mut seqs = Vec::new();
        for piece in self.pieces.iter().filter(|piece| !piece.run().is_some_and(|run| run.lacks(&probe))) {
            seqs.extend(self.ask(piece, question)?);
        }
        seqs.extend(self.ask_tail(question));
        seqs.retain(|&seq| seq < self.size);
        Ok(seqs)
    }

    /// The error for an entry whose line is not what an entry is.
    pub(crate) fn broken_entry(&self, seq: u64) -> ReadError {
        match self.frame_of(seq) {
            Ok(frame) => Corruption::at(frame.place, seq, Damage::Entry).into(),
            Err(error) => error,
        }
    }
}

fn line_in<'a>(lines: &'a FrameLines, frame: &FrameRef, seq: u64) -> Result<&'a [u8], ReadError> {
    lines.line(seq).ok_or_else(|| Corruption::at(frame.place, seq, Damage::Payload).into())
}
