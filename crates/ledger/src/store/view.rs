//! A prefix of the ledger with its index: what every question is put to.

use std::collections::{BTreeMap, BTreeSet};
use std::ops::ControlFlow;
use std::sync::{Arc, PoisonError, RwLock};

use crate::log::frame::FrameRef;
use crate::log::lines::{self, Lines};
use crate::log::reader::LogReader;
use crate::log::segment::Place;
use crate::runs::filter::Probe;
use crate::runs::memory::MemoryIndex;
use crate::runs::piece::Piece;
use crate::runs::{Damaged, Describe, Fingerprint, Index};
use crate::store::error::{Corrupt, Damage, ReadError};

/// The first `size` entries. The pieces cover the entries up to the tail without gaps.
#[derive(Debug, Clone)]
pub(crate) struct View {
    pub(crate) log: Arc<LogReader>,
    pub(crate) describe: Describe,
    pub(crate) pieces: Arc<[Arc<Piece>]>,
    pub(crate) tail: Arc<RwLock<MemoryIndex>>,
    pub(crate) size: u64,
}

impl View {
    /// Refuses an entry that is not there.
    pub(crate) fn check(&self, seq: u64) -> Result<(), ReadError> {
        if seq < self.size { Ok(()) } else { Err(ReadError::OutOfRange { seq, size: self.size }) }
    }

    /// The piece that holds an entry; `None` when the tail does.
    pub(crate) fn piece_of(&self, seq: u64) -> Option<&Arc<Piece>> {
        self.pieces.get(self.pieces.partition_point(|piece| piece.end() <= seq))
    }

    /// Asks the index of the stretch that holds an entry.
    pub(crate) fn ask_at<T>(
        &self,
        seq: u64,
        question: impl Fn(&dyn Index) -> Result<T, Damaged>,
    ) -> Result<T, ReadError> {
        match self.piece_of(seq) {
            Some(piece) => piece.ask(&self.log, self.describe, question),
            None => Ok(self.ask_tail(question)),
        }
    }

    fn ask_tail<T>(&self, question: impl Fn(&dyn Index) -> Result<T, Damaged>) -> T {
        let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
        match question(&*tail) {
            Ok(answer) => answer,
            Err(Damaged) => unreachable!("an index in memory cannot be damaged"),
        }
    }

    /// The frame that holds an entry.
    pub(crate) fn frame_of(&self, seq: u64) -> Result<FrameRef, ReadError> {
        self.check(seq)?;
        let frame = self.ask_at(seq, |index| index.frame_of(seq))?;
        frame.ok_or_else(|| Corrupt::at(self.log.segment_of(seq), seq, Damage::Frame).into())
    }

    /// A frame at or before an entry, without indexing anything for it.
    fn place_before(&self, seq: u64) -> Result<Place, ReadError> {
        match self.piece_of(seq) {
            Some(piece) if !piece.is_indexed() => Ok(self.log.segment_of(seq)),
            Some(_) | None => Ok(self.frame_of(seq)?.place),
        }
    }

    /// The line of an entry.
    pub(crate) fn line(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        let frame = self.frame_of(seq)?;
        let lines = self.log.lines(&frame)?;
        Ok(line_in(&lines, &frame, seq)?.to_vec())
    }

    fn recorded_at_in(&self, lines: &Lines, frame: &FrameRef, seq: u64) -> Result<i64, ReadError> {
        let described = (self.describe)(line_in(lines, frame, seq)?).filter(|described| described.seq == seq);
        let described = described.ok_or_else(|| Corrupt::at(frame.place, seq, Damage::Entry))?;
        Ok(described.recorded_at)
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
            frame = piece.ask(&self.log, self.describe, |index| index.frame_after(micros))?;
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
            let lines =
                lines::decode(header, payload).ok_or_else(|| Corrupt::at(place, header.first_seq, Damage::Payload))?;
            let wanted = lines.iter().filter(|&(seq, _)| (from..end_exclusive).contains(&seq));
            for (seq, line) in wanted {
                if on_line(seq, line).is_break() {
                    return Ok(ControlFlow::Break(()));
                }
            }
            Ok(ControlFlow::Continue(()))
        })
    }

    /// Hands over the lines of ascending entries, each frame read once, until told to break.
    pub(crate) fn read_many(
        &self,
        seqs: &[u64],
        on_line: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        let mut current: Option<(FrameRef, Arc<Lines>)> = None;
        for &seq in seqs {
            let held = current.take().filter(|(frame, _)| (frame.first_seq..frame.end_seq()).contains(&seq));
            let (frame, lines) = if let Some(held) = held {
                held
            } else {
                let frame = self.frame_of(seq)?;
                (frame, self.log.lines(&frame)?)
            };
            if on_line(seq, line_in(&lines, &frame, seq)?).is_break() {
                return Ok(());
            }
            current = Some((frame, lines));
        }
        Ok(())
    }

    /// The entries of a partner before `end_exclusive`, ascending.
    pub(crate) fn postings(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        let end_exclusive = end_exclusive.min(self.size);
        let mut seqs = Vec::new();
        for piece in self.pieces.iter().take_while(|piece| piece.start() < end_exclusive) {
            seqs.extend(self.postings_in(piece, partner)?);
        }
        seqs.extend(self.ask_tail(|index| collect(|out| index.postings(partner, out))));
        seqs.truncate(seqs.partition_point(|&seq| seq < end_exclusive));
        Ok(seqs)
    }

    fn postings_in(&self, piece: &Piece, partner: &str) -> Result<Vec<u64>, ReadError> {
        piece.ask(&self.log, self.describe, |index| collect(|out| index.postings(partner, out)))
    }

    /// The partners with an entry before `end_exclusive`, ascending.
    pub(crate) fn partners(&self, end_exclusive: u64) -> Result<Vec<String>, ReadError> {
        let end_exclusive = end_exclusive.min(self.size);
        let mut found = BTreeSet::new();
        for piece in self.pieces.iter().take_while(|piece| piece.start() < end_exclusive) {
            let here = piece.ask(&self.log, self.describe, |index| collect(|out| index.partners(out)))?;
            for partner in here {
                let counts = piece.end() <= end_exclusive
                    || self.postings_in(piece, &partner)?.first().is_some_and(|&seq| seq < end_exclusive);
                if counts {
                    found.insert(partner);
                }
            }
        }
        let tail = self.tail.read().unwrap_or_else(PoisonError::into_inner);
        let early = tail.by_partner().iter();
        let early = early.filter(|(_, seqs)| seqs.first().is_some_and(|&seq| seq < end_exclusive));
        found.extend(early.map(|(partner, _)| partner.clone()));
        found.remove("");
        Ok(found.into_iter().collect())
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
        for piece in self.pieces.iter().take_while(|piece| piece.start() < end_exclusive) {
            hand_over(piece.ask(&self.log, self.describe, |index| collect(|out| index.all_postings(out)))?);
        }
        hand_over(self.ask_tail(|index| collect(|out| index.all_postings(out))));
        Ok(())
    }

    /// The entries that may have a key, ascending; the caller compares.
    pub(crate) fn find(&self, key: u64) -> Result<Vec<u64>, ReadError> {
        let probe = Probe::new(Fingerprint::of(key));
        let mut seqs = Vec::new();
        for piece in self.pieces.iter().filter(|piece| !piece.run().is_some_and(|run| run.lacks(&probe))) {
            seqs.extend(piece.ask(&self.log, self.describe, |index| collect(|out| index.find(&probe, out)))?);
        }
        seqs.extend(self.ask_tail(|index| collect(|out| index.find(&probe, out))));
        seqs.retain(|&seq| seq < self.size);
        Ok(seqs)
    }
}

fn line_in<'a>(lines: &'a Lines, frame: &FrameRef, seq: u64) -> Result<&'a [u8], ReadError> {
    lines.line(seq).ok_or_else(|| Corrupt::at(frame.place, seq, Damage::Payload).into())
}

/// Collects what a question appends to an empty collection.
fn collect<C: Default>(question: impl FnOnce(&mut C) -> Result<(), Damaged>) -> Result<C, Damaged> {
    let mut out = C::default();
    question(&mut out)?;
    Ok(out)
}
