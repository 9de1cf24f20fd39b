//! Lines of the log on several threads, and what becomes of them in order.
//!
//! ```text
//! walker: frames, checksums ──► workers: unpack, map each line ──► caller: take, in the order of the log
//! ```
//!
//! Few frames are under way at a time, so that memory is bounded. Whoever ends ends the others: a channel that nobody
//! listens to any more is the sign.

use std::collections::BTreeMap;
use std::num::NonZero;
use std::ops::{ControlFlow, Range};
use std::sync::mpsc::{Receiver, SyncSender, sync_channel};
use std::sync::{Arc, Mutex, PoisonError};
use std::thread;

use super::Snapshot;
use crate::log::error::ReadError;
use crate::log::frame::FrameHeader;
use crate::log::lines;
use crate::log::segment::Place;

/// Unpacked bytes that go to a worker at a time, unless one frame has more.
const CHUNK_BYTES: usize = 256 << 10;

/// What becomes of a line.
pub(crate) type LineMapper<'a, T> = &'a (dyn Fn(u64, &[u8]) -> Result<T, ReadError> + Sync);

/// Frames that go to a worker together.
#[derive(Default)]
struct Chunk {
    nth: u64,
    frames: Vec<(FrameHeader, Place, Range<usize>)>,
    payloads: Vec<u8>,
    raw_bytes: usize,
}

/// What became of a chunk.
type MappedChunk<T> = (u64, Result<Vec<T>, ReadError>);

impl Snapshot {
    /// Maps the lines of `[from, end_exclusive)` on as many threads as there are cores, and hands the results over in
    /// order until told to break. The results are those of [`Snapshot::scan`], up to the first error. Where the
    /// operating system has no threads to give, this one does all.
    pub(crate) fn map<T: Send>(
        &self,
        from: u64,
        end_exclusive: u64,
        map: LineMapper<'_, T>,
        take: &mut dyn FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        if from >= end_exclusive {
            return Ok(());
        }
        let start = self.start_of(from, end_exclusive)?;
        let workers = thread::available_parallelism().map_or(1, NonZero::get);
        let mapped = thread::scope(|scope| {
            let (to_workers, chunks) = sync_channel(workers);
            let (to_caller, mapped) = sync_channel(workers);
            let chunks = Arc::new(Mutex::new(chunks));
            let started = (0..workers).map_while(|_| {
                let (chunks, to_caller) = (Arc::clone(&chunks), to_caller.clone());
                let work = move || work(&chunks, from..end_exclusive, map, &to_caller);
                thread::Builder::new().spawn_scoped(scope, work).ok()
            });
            if started.count() == 0 {
                return None;
            }
            drop(chunks);
            let hand_out = move || self.hand_out(start, from, end_exclusive, &to_workers, &to_caller);
            thread::Builder::new().spawn_scoped(scope, hand_out).ok()?;
            Some(in_order(&mapped, take))
        });
        mapped.unwrap_or_else(|| self.map_here(start, from..end_exclusive, map, take))
    }

    /// Does the same on this thread.
    fn map_here<T>(
        &self,
        start: Place,
        wanted: Range<u64>,
        map: LineMapper<'_, T>,
        take: &mut dyn FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.log.walk(start, wanted.start, wanted.end, &mut |header, place, payload| {
            let mut chunk = Chunk::default();
            chunk.push(header, place, payload);
            let mut results = chunk.map(&wanted, map)?.into_iter();
            Ok(results.try_for_each(&mut *take))
        })
    }

    /// Walks the frames and hands them to the workers, a chunk at a time; an error to the caller behind them.
    fn hand_out<T>(
        &self,
        start: Place,
        from: u64,
        end_exclusive: u64,
        to_workers: &SyncSender<Chunk>,
        to_caller: &SyncSender<MappedChunk<T>>,
    ) {
        let mut chunk = Chunk::default();
        let walked = self.log.walk(start, from, end_exclusive, &mut |header, place, payload| {
            chunk.push(header, place, payload);
            if chunk.raw_bytes < CHUNK_BYTES {
                return Ok(ControlFlow::Continue(()));
            }
            let next = Chunk { nth: chunk.nth + 1, ..Chunk::default() };
            let sent = to_workers.send(std::mem::replace(&mut chunk, next));
            Ok(if sent.is_ok() { ControlFlow::Continue(()) } else { ControlFlow::Break(()) })
        });
        let behind = chunk.nth + 1;
        // Nobody listens any more when the caller has enough.
        drop(to_workers.send(chunk));
        if let Err(error) = walked {
            drop(to_caller.send((behind, Err(error))));
        }
    }
}

impl Chunk {
    fn push(&mut self, header: &FrameHeader, place: Place, payload: &[u8]) {
        let start = self.payloads.len();
        self.payloads.extend_from_slice(payload);
        self.frames.push((*header, place, start..self.payloads.len()));
        self.raw_bytes += header.raw_len as usize;
    }

    fn map<T>(&self, wanted: &Range<u64>, map: LineMapper<'_, T>) -> Result<Vec<T>, ReadError> {
        let mut mapped = Vec::new();
        for (header, place, payload) in &self.frames {
            let payload = self.payloads.get(payload.clone()).expect("a frame comes with its payload");
            for (seq, line) in lines::decode(header, *place, payload)?.iter().filter(|(seq, _)| wanted.contains(seq)) {
                mapped.push(map(seq, line)?);
            }
        }
        Ok(mapped)
    }
}

fn work<T>(
    chunks: &Mutex<Receiver<Chunk>>,
    wanted: Range<u64>,
    map: LineMapper<'_, T>,
    to_caller: &SyncSender<MappedChunk<T>>,
) {
    loop {
        let received = chunks.lock().unwrap_or_else(PoisonError::into_inner).recv();
        let Ok(chunk) = received else { return };
        if to_caller.send((chunk.nth, chunk.map(&wanted, map))).is_err() {
            return;
        }
    }
}

/// Takes what was mapped in the order of the log, whichever comes first.
fn in_order<T>(mapped: &Receiver<MappedChunk<T>>, take: &mut dyn FnMut(T) -> ControlFlow<()>) -> Result<(), ReadError> {
    let mut early = BTreeMap::new();
    let mut next = 0;
    for (nth, results) in mapped {
        early.insert(nth, results);
        while let Some(results) = early.remove(&next) {
            next += 1;
            for result in results? {
                if take(result).is_break() {
                    return Ok(());
                }
            }
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests;
