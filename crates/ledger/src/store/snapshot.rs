//! The reading end of a ledger: a committed prefix that stays as it is. Takes no lock and never writes.

use std::path::Path;
use std::sync::{Arc, RwLock};

use super::head::{self, HeadFile};
use super::locate;
use super::opening::check_head;
use super::options::Options;
use crate::disk::{DiskError, Volume, lock};
use crate::log::error::OpenError;
use crate::log::reader::LogReader;
use crate::log::recover;
use crate::runs::format::BASE_COUNT;
use crate::runs::memory::MemoryIndex;
use crate::runs::piece::{self, Piece};
use crate::runs::run::Run;
use crate::runs::{Describer, directory};

/// How often a snapshot is tried again when a writer comes or goes meanwhile.
const TRIES: usize = 5;

/// A stretch longer than this is indexed only when a question needs it.
const EAGER_ENTRIES: u64 = 8 * BASE_COUNT;

/// The first `size` entries of a ledger with their index. The pieces cover the entries up to the tail without gaps.
///
/// Clones are cheap; all of them can be used from several threads.
#[derive(Debug, Clone)]
pub(crate) struct Snapshot {
    pub(crate) log: Arc<LogReader>,
    pub(crate) describe: Describer,
    pub(crate) pieces: Arc<[Arc<Piece>]>,
    pub(crate) tail: Arc<RwLock<MemoryIndex>>,
    pub(crate) size: u64,
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
            let (is_live, head) = (lock::is_held(volume, dir)?, head::read(volume, dir)?);
            let opened = try_open(dir, options, is_live, &head);
            // A writer that came meanwhile may have written what is not durable. What one wrote that came and went was
            // judged by an older `head`. One that was there may have taken back what was read.
            let is_settled = match &opened {
                Ok(_) => is_live || !has_changed(volume, dir, &head)?,
                Err(OpenError::Corrupt(_)) => !is_live && !has_changed(volume, dir, &head)?,
                Err(_) => true,
            };
            if is_settled || is_last {
                return opened;
            }
        }
    }

    /// The directory of the ledger, by the path by which it was opened.
    pub(crate) fn dir(&self) -> &Path {
        self.log.ledger_dir()
    }

    /// The file system of the ledger.
    pub(crate) fn volume(&self) -> &Volume {
        self.log.volume()
    }

    /// The number of entries.
    pub(crate) fn size(&self) -> u64 {
        self.size
    }
}

/// Whether a writer has come, or has come and gone, since `head` said this.
fn has_changed(volume: &Volume, dir: &Path, head: &HeadFile) -> Result<bool, DiskError> {
    Ok(lock::is_held(volume, dir)? || head::read(volume, dir)? != *head)
}

fn try_open(dir: &Path, options: &Options, is_live: bool, head: &HeadFile) -> Result<Snapshot, OpenError> {
    let log = Arc::new(LogReader::open(&options.volume, dir)?);
    if is_live && let HeadFile::Says(head) = *head {
        let runs = directory::open_runs(&log, head.size)?;
        return join(log, options, runs, head.size);
    }
    let end = locate::committed_end(&log, head.size())?;
    if !is_live {
        check_head(head, &end.committed)?;
        recover::judge(&log, &end.walk, &end.committed)?;
    }
    join(log, options, end.runs, end.committed.size)
}

/// Joins runs and gaps; what comes after the last run is indexed now, unless it is long.
fn join(log: Arc<LogReader>, options: &Options, runs: Vec<Arc<Run>>, size: u64) -> Result<Snapshot, OpenError> {
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
    let tail = piece::read_index(&log, options.describe, from, end, size)?;
    Ok(Snapshot { log, describe: options.describe, pieces: pieces.into(), tail: Arc::new(RwLock::new(tail)), size })
}
