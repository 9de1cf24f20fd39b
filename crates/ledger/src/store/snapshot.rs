//! The reading end of a ledger: a committed prefix that stays as it is. Takes no lock and never writes.

use std::ops::ControlFlow;
use std::path::{Path, PathBuf};
use std::sync::{Arc, RwLock};

use tlog_tiles::tlog::Hash;

use super::error::{Corrupt, Damage, DiskError, OpenError, ReadError};
use super::head::{self, Witness};
use super::locate;
use super::lock;
use super::mapping::MapLine;
use super::opening::check_witness;
use super::options::Options;
use super::view::View;
use super::volume::Volume;
use crate::log::reader::LogReader;
use crate::log::recover;
use crate::log::segment;
use crate::merkle;
use crate::runs::directory;
use crate::runs::format::BASE_COUNT;
use crate::runs::memory::MemoryIndex;
use crate::runs::piece::{self, Piece};
use crate::runs::run::Run;
use crate::tiles::Tile;

/// How often a snapshot is tried again when a writer comes or goes meanwhile.
const TRIES: usize = 5;

/// A stretch longer than this is indexed only when a question needs it.
const EAGER_ENTRIES: u64 = 8 * BASE_COUNT;

/// What a ledger takes.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct StoreStats {
    /// The number of entries.
    pub(crate) entries: u64,
    /// The number of segment files.
    pub(crate) segments: u64,
    /// The bytes of the log, pre-allocated ones included.
    pub(crate) log_bytes: u64,
    /// The number of index runs.
    pub(crate) runs: u64,
    /// The bytes of the index.
    pub(crate) index_bytes: u64,
}

/// A committed prefix of the ledger. Clones are cheap; all of them can be used from several threads.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    dir: PathBuf,
    volume: Volume,
    view: View,
}

impl Snapshot {
    /// Opens the ledger as it is committed now; while a writer has it, as it is acknowledged.
    ///
    /// # Errors
    ///
    /// [`OpenError::NoLedger`]; [`OpenError::Corrupt`] when the log is damaged before its tail or holds less than was
    /// acknowledged.
    pub(crate) fn open(dir: &Path, options: &Options) -> Result<Self, OpenError> {
        let options = &options.holding(dir)?;
        let volume = &options.volume;
        let mut tries = 1..=TRIES;
        loop {
            let is_last = tries.next() == Some(TRIES);
            let (is_live, witness) = (lock::is_held(volume, dir)?, head::read(volume, dir)?);
            let opened = try_open(dir, options, is_live, &witness);
            // A writer that came meanwhile may have written what is not durable, one that came and went what was judged
            // by an older `head`, and one that was there may have taken it back.
            let is_settled = match &opened {
                Ok(_) => is_live || !has_changed(volume, dir, &witness)?,
                Err(OpenError::Corrupt(_)) => !is_live && !has_changed(volume, dir, &witness)?,
                Err(_) => true,
            };
            if is_settled || is_last {
                return Ok(Self::of_view(dir, options, opened?));
            }
        }
    }

    pub(super) fn of_view(dir: &Path, options: &Options, view: View) -> Self {
        Self { dir: dir.to_owned(), volume: options.volume.clone(), view }
    }

    /// The directory of the ledger, by the path by which it was opened.
    pub(crate) fn dir(&self) -> &Path {
        &self.dir
    }

    /// The file system of the ledger.
    pub(crate) fn volume(&self) -> &Volume {
        &self.volume
    }

    /// The view behind it.
    pub(super) fn view(&self) -> &View {
        &self.view
    }

    /// The number of entries.
    pub(crate) fn size(&self) -> u64 {
        self.view.size
    }

    /// The number of entries recorded at or before an instant, in microseconds since 1970.
    pub(crate) fn size_at(&self, micros: i64) -> Result<u64, ReadError> {
        self.view.size_at(micros)
    }

    /// When an entry was recorded, in microseconds since 1970.
    pub(crate) fn recorded_at(&self, seq: u64) -> Result<i64, ReadError> {
        self.view.recorded_at(seq)
    }

    /// The root of the tree of the first `size` entries (L8).
    pub(crate) fn root(&self, size: u64) -> Result<Hash, ReadError> {
        merkle::root(&self.view, size)
    }

    /// The hashes that prove that an entry is in the tree of the first `size` entries.
    pub(crate) fn prove_entry(&self, size: u64, seq: u64) -> Result<Vec<Hash>, ReadError> {
        merkle::prove_entry(&self.view, size, seq)
    }

    /// The hashes that prove that the tree of `size` entries continues that of the first `from_size`, at least one.
    pub(crate) fn prove_growth(&self, size: u64, from_size: u64) -> Result<Vec<Hash>, ReadError> {
        merkle::prove_growth(&self.view, size, from_size)
    }

    /// The hashes between some entries in the tree of the first `size` entries, from left to right.
    pub(crate) fn prove_entries(&self, size: u64, seqs: &[u64]) -> Result<Vec<Hash>, ReadError> {
        merkle::prove_entries(&self.view, size, seqs)
    }

    /// The hashes of a tile of the tree.
    pub(crate) fn tile(&self, tile: &Tile) -> Result<Vec<u8>, ReadError> {
        merkle::tile(&self.view, tile)
    }

    /// Hands over the entries before `end_exclusive` of every partner, stretch by stretch.
    pub(crate) fn all_postings(
        &self,
        end_exclusive: u64,
        on_partner: &mut dyn FnMut(String, &[u64]),
    ) -> Result<(), ReadError> {
        self.view.all_postings(end_exclusive, on_partner)
    }

    /// The line of an entry.
    pub(crate) fn read(&self, seq: u64) -> Result<Vec<u8>, ReadError> {
        self.view.line(seq)
    }

    /// Hands over the lines of `[from, end_exclusive)` in order, until told to break.
    pub(crate) fn scan(
        &self,
        from: u64,
        end_exclusive: u64,
        on_line: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.view.scan(from, end_exclusive, on_line)
    }

    /// Maps the lines of `[from, end_exclusive)` on several threads, and hands the results over in order, until told to
    /// break.
    pub(crate) fn map<T: Send>(
        &self,
        from: u64,
        end_exclusive: u64,
        map: MapLine<'_, T>,
        take: &mut dyn FnMut(T) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.view.map(from, end_exclusive, map, take)
    }

    /// Hands over the lines of ascending entries, each frame read once, until told to break.
    pub(crate) fn read_many(
        &self,
        seqs: &[u64],
        on_line: &mut dyn FnMut(u64, &[u8]) -> ControlFlow<()>,
    ) -> Result<(), ReadError> {
        self.view.read_many(seqs, on_line)
    }

    /// The entries of a partner before `end_exclusive`, ascending; those that have none for the empty one.
    pub(crate) fn postings(&self, partner: &str, end_exclusive: u64) -> Result<Vec<u64>, ReadError> {
        self.view.postings(partner, end_exclusive)
    }

    /// The partners with an entry before `end_exclusive`, ascending.
    pub(crate) fn partners(&self, end_exclusive: u64) -> Result<Vec<String>, ReadError> {
        self.view.partners(end_exclusive)
    }

    /// The entries that may have a key, ascending; the caller compares.
    pub(crate) fn find(&self, key: u64) -> Result<Vec<u64>, ReadError> {
        self.view.find(key)
    }

    /// The error for an entry whose line is not what an entry is.
    pub(crate) fn broken_entry(&self, seq: u64) -> ReadError {
        match self.view.frame_of(seq) {
            Ok(frame) => Corrupt::at(frame.place, seq, Damage::Entry).into(),
            Err(error) => error,
        }
    }

    /// What the ledger takes on disk now.
    pub(crate) fn stats(&self) -> Result<StoreStats, DiskError> {
        let (segments, log_bytes) = self.volume.measure(&segment::log_dir(&self.dir))?;
        let (runs, index_bytes) = self.volume.measure(&directory::index_dir(&self.dir))?;
        Ok(StoreStats { entries: self.view.size, segments, log_bytes, runs, index_bytes })
    }
}

/// Whether a writer has come, or has come and gone, since `head` said this.
fn has_changed(volume: &Volume, dir: &Path, witness: &Witness) -> Result<bool, DiskError> {
    Ok(lock::is_held(volume, dir)? || head::read(volume, dir)? != *witness)
}

fn try_open(dir: &Path, options: &Options, is_live: bool, witness: &Witness) -> Result<View, OpenError> {
    let volume = &options.volume;
    let index_dir = directory::index_dir(dir);
    let log = Arc::new(LogReader::open(volume, dir)?);
    if is_live && let Witness::Says(head) = *witness {
        let runs = directory::open_runs(volume, &index_dir, &log, head.size)?;
        return view(log, options, runs, head.size);
    }
    let located = locate::committed_end(volume, &index_dir, &log, witness.size())?;
    if !is_live {
        check_witness(witness, &located.committed)?;
        recover::judge(&log, &located.walked, &located.committed)??;
    }
    view(log, options, located.runs, located.committed.size)
}

/// Joins runs and gaps to a view; what comes after the last run is indexed now, unless it is long.
fn view(log: Arc<LogReader>, options: &Options, runs: Vec<Arc<Run>>, size: u64) -> Result<View, OpenError> {
    let mut from = locate::place_after(runs.last());
    let mut pieces = Vec::new();
    let mut end = 0;
    for run in runs {
        if run.name().start > end {
            pieces.push(Arc::new(Piece::gap(end, run.name().start)));
        }
        end = run.name().end();
        pieces.push(Arc::new(Piece::of_run(run)));
    }
    if size - end > EAGER_ENTRIES {
        let start = size / BASE_COUNT * BASE_COUNT;
        pieces.push(Arc::new(Piece::gap(end, start)));
        end = start;
        from = log.segment_of(end);
    }
    let tail =
        if end < size { piece::read_index(&log, options.describe, from, end, size)? } else { MemoryIndex::new(end) };
    Ok(View { log, describe: options.describe, pieces: pieces.into(), tail: Arc::new(RwLock::new(tail)), size })
}
