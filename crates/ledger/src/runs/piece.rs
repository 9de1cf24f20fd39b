//! A stretch of entries with its index: a run, or what is read from the log in its place.

use std::ops::ControlFlow;
use std::sync::{Arc, OnceLock};

use super::memory::MemoryIndex;
use super::run::Run;
use super::{Describer, Index, RunDamage, described};
use crate::log::error::{Corruption, Damage, ReadError};
use crate::log::frame::FrameHeader;
use crate::log::lines;
use crate::log::reader::LogReader;
use crate::log::segment::Place;

/// A stretch of entries, `[start, end)`.
#[derive(Debug)]
pub(crate) struct Piece {
    /// The first entry.
    pub(crate) start: u64,
    /// The entry after the last.
    pub(crate) end: u64,
    run: Option<Arc<Run>>,
    instead: OnceLock<MemoryIndex>,
}

impl Piece {
    /// The stretch of a run.
    pub(crate) fn of_run(run: Arc<Run>) -> Self {
        let name = run.name();
        Self { start: name.start, end: name.end(), run: Some(run), instead: OnceLock::new() }
    }

    /// A stretch that no run covers.
    pub(crate) fn gap(start: u64, end: u64) -> Self {
        Self { start, end, run: None, instead: OnceLock::new() }
    }

    /// A stretch that is indexed in memory already.
    pub(crate) fn of_memory(index: MemoryIndex) -> Self {
        Self { start: index.start(), end: index.end(), run: None, instead: OnceLock::from(index) }
    }

    /// The run, if there is one that has shown no damage.
    pub(crate) fn run(&self) -> Option<&Arc<Run>> {
        self.run.as_ref().filter(|_| self.instead.get().is_none())
    }

    /// Whether a question can be answered without reading the log first.
    pub(crate) fn is_indexed(&self) -> bool {
        self.run.is_some() || self.instead.get().is_some()
    }

    /// When the last entry was recorded, in microseconds since 1970, if a run says it.
    pub(crate) fn newest(&self) -> Option<i64> {
        self.run().map(|run| run.header().last_frame.last_recorded_at)
    }

    /// Asks the run, and the log in its place when there is none or it is damaged (L7).
    pub(crate) fn ask<T>(
        &self,
        log: &LogReader,
        describe: Describer,
        question: impl Fn(&dyn Index) -> Result<T, RunDamage>,
    ) -> Result<T, ReadError> {
        if let Some(run) = self.run() {
            match question(run.as_ref()) {
                Ok(answer) => return Ok(answer),
                Err(RunDamage) => {
                    tracing::warn!(run = %run.path().display(), "run is damaged, reading the log instead");
                }
            }
        }
        if self.instead.get().is_none() {
            let index = read_index(log, describe, log.segment_of(self.start), self.start, self.end)?;
            // Another thread may have been faster; its index is the same.
            drop(self.instead.set(index));
        }
        let instead = self.instead.get().and_then(|index| question(index).ok());
        Ok(instead.expect("an index in memory was made above and cannot be damaged"))
    }
}

/// Indexes `[start, end)` from the log, beginning at a frame at or before `start`.
pub(crate) fn read_index(
    log: &LogReader,
    describe: Describer,
    from: Place,
    start: u64,
    end: u64,
) -> Result<MemoryIndex, ReadError> {
    let mut index = MemoryIndex::new(start);
    if start < end {
        log.walk(from, start, end, &mut |header, place, payload| {
            push_frame(describe, &mut index, header, place, payload)?;
            Ok(ControlFlow::Continue(()))
        })?;
    }
    Ok(index)
}

/// Adds the entries of a frame to an index that ends where the frame begins.
pub(crate) fn push_frame(
    describe: Describer,
    index: &mut MemoryIndex,
    header: &FrameHeader,
    place: Place,
    payload: &[u8],
) -> Result<(), ReadError> {
    let seq = header.first_seq;
    if seq != index.end() {
        return Err(Corruption::at(place, seq, Damage::Order).into());
    }
    for (seq, line) in lines::decode(header, place, payload)?.iter() {
        index.push_described(line, &described(describe, line, place, seq)?);
    }
    index.push_frame(header.at(place));
    Ok(())
}
